/*
 * The control socket's place in the file system: taken over from a dead daemon,
 * never from a living one, and never open to more people than it should be.
 *
 * Called by control.c, which listens on it. Knows nothing of commands or loops.
 *
 * A socket file outlives its daemon, so one that is there is asked: an answer
 * means a living daemon, ECONNREFUSED a dead one. Between that question and
 * bind() another daemon could do the same, so both happen under a lock on the
 * directory, which leaves no file behind.
 */
#include "endpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define ENDPOINT_LOCK_TRIES 100 /* of 10 ms: the lock is held for less than one of them */

/* A group by name or number. */
static int endpoint_group(const char *group, gid_t *gid)
{
    char text[4096], *end;
    struct group entry, *found = NULL;
    if (getgrnam_r(group, &entry, text, sizeof text, &found) == 0 && found) {
        *gid = found->gr_gid;
        return 0;
    }
    errno = 0;
    unsigned long number = strtoul(group, &end, 10);
    if (errno || *end || group[0] < '0' || group[0] > '9' || number >= (gid_t)-1)
        return -ESRCH;
    *gid = (gid_t)number;
    return 0;
}

/*
 * The directory, locked; -1 where that can't be had: then go on without, because
 * a file system without locks, or a stranger's lock, must not keep routing down.
 */
static int endpoint_lock(const char *path)
{
    char dir[CONFIG_PATH_MAX];
    strcpy(dir, path);
    char *slash = strrchr(dir, '/');
    if (!slash)
        strcpy(dir, ".");
    else
        slash[slash == dir] = '\0';
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (int i = 0; fd >= 0 && i < ENDPOINT_LOCK_TRIES; i++) {
        if (flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
            break;
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    }
    return fd;
}

/* Makes the path free where a dead daemon left its socket there. */
static int endpoint_clear(const struct sockaddr_un *addr)
{
    struct stat st;
    if (lstat(addr->sun_path, &st) < 0)
        return errno == ENOENT ? 0 : -errno;
    if (!S_ISSOCK(st.st_mode))
        return -ENOTSOCK;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    int err = connect(fd, (const struct sockaddr *)addr, sizeof *addr) < 0 ? errno : 0;
    close(fd);
    switch (err) {
    case ECONNREFUSED:
        return unlink(addr->sun_path) < 0 && errno != ENOENT ? -errno : 0;
    case ENOENT:
        return 0;
    case 0:
    case EAGAIN:     /* alive, and its backlog is full */
    case EPROTOTYPE: /* alive, and another kind of program */
        return -EADDRINUSE;
    default:
        return -err;
    }
}

static int endpoint_bind(struct endpoint *e, const struct sockaddr_un *addr, const gid_t *gid, int backlog)
{
    struct stat st;
    mode_t old = umask(gid ? 0117 : 0177);
    int err = bind(e->fd, (const struct sockaddr *)addr, sizeof *addr) < 0 ? -errno : 0;
    umask(old);
    if (err < 0)
        return err;
    /* Nobody can connect before listen(), so the group is right by then. (A sandbox may forbid lchown().) */
    if (lstat(addr->sun_path, &st) < 0 ||
        (gid && st.st_gid != *gid && lchown(addr->sun_path, (uid_t)-1, *gid) < 0) ||
        listen(e->fd, backlog) < 0) {
        err = -errno;
        unlink(addr->sun_path);
        return err;
    }
    e->dev = st.st_dev;
    e->ino = st.st_ino;
    return 0;
}

/* Where the path leads to. A stranger's link is not followed, but found to be no socket. */
static int endpoint_resolve(const char *path, char real[CONFIG_PATH_MAX])
{
    struct stat st;
    char target[CONFIG_PATH_MAX];
    strcpy(real, path);
    if (lstat(path, &st) < 0 || !S_ISLNK(st.st_mode) || (st.st_uid != 0 && st.st_uid != geteuid()))
        return 0;
    ssize_t n = readlink(path, target, sizeof target);
    if (n < 0)
        return -errno;
    const char *slash = target[0] == '/' ? NULL : strrchr(path, '/');
    size_t dir = slash ? (size_t)(slash + 1 - path) : 0;
    if (dir + (size_t)n >= CONFIG_PATH_MAX)
        return -ENAMETOOLONG;
    memcpy(real + dir, target, (size_t)n);
    real[dir + (size_t)n] = '\0';
    return 0;
}

int endpoint_open(struct endpoint *e, const char *path, const char *group, int backlog)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    gid_t gid;
    e->fd = -1;
    if (path[0] == '\0') /* the kernel would choose a name that nobody knows */
        return -EINVAL;
    if (strlen(path) >= sizeof addr.sun_path || strlen(path) >= sizeof e->path)
        return -ENAMETOOLONG;
    int err = endpoint_resolve(path, e->path);
    if (err == 0 && group[0])
        err = endpoint_group(group, &gid);
    if (err < 0)
        return err;
    strcpy(addr.sun_path, e->path);
    e->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (e->fd < 0)
        return -errno;
    int lock = endpoint_lock(e->path);
    err = endpoint_clear(&addr);
    if (err == 0)
        err = endpoint_bind(e, &addr, group[0] ? &gid : NULL, backlog);
    if (lock >= 0)
        close(lock);
    if (err < 0) {
        close(e->fd);
        e->fd = -1;
    }
    return err;
}

int endpoint_close(struct endpoint *e)
{
    struct stat st;
    int err = 0;
    if (e->fd < 0)
        return 0;
    /* While we still listen: nobody takes us for dead and puts his own socket there in between. */
    if (lstat(e->path, &st) < 0)
        err = errno == ENOENT ? 0 : -errno;
    else if (st.st_dev == e->dev && st.st_ino == e->ino && unlink(e->path) < 0)
        err = -errno;
    close(e->fd);
    e->fd = -1;
    return err;
}
