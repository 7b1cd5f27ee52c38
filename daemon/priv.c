/*
 * Least privilege: the only door to libcap-ng.
 *
 * Called by main.c once the sockets are open, and for what -t must know beforehand.
 * What needs which right: routes and neighbour probes over netlink
 * need CAP_NET_ADMIN, with each message; port 521 needs CAP_NET_BIND_SERVICE, once.
 * Joining a group on a new interface, and all else that the daemon does later, needs
 * none. It never executes a program.
 */
#include "priv.h"

#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))

static const unsigned priv_kept[] = {CAP_NET_ADMIN, CAP_NET_BIND_SERVICE};

struct priv_user {
    uid_t uid;
    gid_t gid;
};

static int priv_find(const char *name, struct priv_user *user)
{
    errno = 0;
    const struct passwd *p = getpwnam(name);
    if (!p)
        return errno ? -errno : -ESRCH;
    *user = (struct priv_user){p->pw_uid, p->pw_gid};
    return 0;
}

static bool priv_has(unsigned capability)
{
    return capng_have_capability(CAPNG_EFFECTIVE, capability);
}

/* Is there nothing but what is kept? */
static bool priv_is_least(void)
{
    for (unsigned c = 0; c <= CAP_LAST_CAP; c++) {
        bool kept = false;
        for (size_t i = 0; i < COUNT(priv_kept); i++)
            kept = kept || c == priv_kept[i];
        if (!kept && capng_have_capability(CAPNG_PERMITTED, c))
            return false;
    }
    return true;
}

/* What libcap-ng is to apply next: of the two, those that are here. */
static void priv_select(void)
{
    bool kept[COUNT(priv_kept)];
    for (size_t i = 0; i < COUNT(priv_kept); i++)
        kept[i] = priv_has(priv_kept[i]);
    capng_clear(CAPNG_SELECT_ALL);
    for (size_t i = 0; i < COUNT(priv_kept); i++)
        if (kept[i])
            capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, priv_kept[i]);
}

/* Becomes `user`, with what is to be left of the capabilities. 0 or -errno. */
static int priv_change(const struct priv_user *user)
{
    bool is_user = user->uid == geteuid();
    if (capng_get_caps_process() < 0)
        return -ENOSYS; /* it looks into /proc */
    if (!is_user && !(priv_has(CAP_SETUID) && priv_has(CAP_SETGID)))
        return -EPERM;
    bool least = priv_is_least(), bounding = priv_has(CAP_SETPCAP);
    priv_select();
    errno = 0;
    int r;
    if (is_user) /* a sandbox may forbid the system call for what is so already */
        r = capng_apply(least ? CAPNG_SELECT_AMBIENT : CAPNG_SELECT_CAPS);
    else
        r = capng_change_id((int)user->uid, (int)user->gid,
                            CAPNG_INIT_SUPP_GRP | CAPNG_CLEAR_AMBIENT |
                                (bounding ? CAPNG_CLEAR_BOUNDING : CAPNG_NO_FLAG));
    if (r < 0)
        return errno ? -errno : -EPERM;
    return 0;
}

int priv_drop(const char *name, char *why)
{
    struct priv_user user = {0};
    int r = priv_find(name, &user);
    if (r == 0)
        r = priv_change(&user);
    if (r == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        r = -errno;
    if (r < 0) {
        snprintf(why, PRIV_WHY_MAX, "%s",
                 r == -ESRCH    ? "there is no such user"
                 : r == -EPERM  ? "no permission to become this user, CAP_SETUID and CAP_SETGID are needed; "
                                  "start as root, or as this user with CAP_NET_ADMIN and CAP_NET_BIND_SERVICE"
                 : r == -ENOSYS ? "can't see the capabilities of this process, is there no /proc?"
                                : strerror(-r));
        return r;
    }
    /* Changing the user forbade core files; a failed assertion is to leave one, as that of any other service.
     */
    prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
    return 0;
}

/* In a process of its own: what the kernel, an access list or a security module thinks of that user. */
static int priv_try_read(const char *name, const struct priv_user *user, const char *path)
{
    if (initgroups(name, user->gid) < 0 || setgid(user->gid) < 0 || setuid(user->uid) < 0)
        return 0;
    return open(path, O_RDONLY | O_CLOEXEC) < 0 ? errno : 0;
}

int priv_may_read(const char *name, const char *path)
{
    struct priv_user user = {0};
    int status;
    if (priv_find(name, &user) < 0 || user.uid == geteuid() || geteuid() != 0)
        return 0;
    pid_t child = fork();
    if (child < 0)
        return 0;
    if (child == 0)
        _exit(priv_try_read(name, &user, path) == EACCES);
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return 0;
    return WIFEXITED(status) && WEXITSTATUS(status) ? -EACCES : 0;
}
