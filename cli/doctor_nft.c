/*
 * Probe: the firewall's rules, as `nft list ruleset` prints them.
 *
 * Called by cmd_doctor.c. Runs nft where it is there and this is root; it only
 * lists. Reading the text is firewall.c's.
 */
#include "clock.h"
#include "doctor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_US 10000000 /* a ruleset with large sets takes a second or two on a small router */

static void run_nft(int out)
{
    char name[] = "nft", list[] = "list", ruleset[] = "ruleset";
    char *const argv[] = {name, list, ruleset, NULL};
    static const char *const places[] = {"/usr/sbin/nft", "/sbin/nft", "/usr/bin/nft", "/usr/local/sbin/nft"};
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    dup2(null, STDIN_FILENO);
    dup2(null, STDERR_FILENO);
    dup2(out, STDOUT_FILENO);
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        execv(places[i], argv);
    _exit(127);
}

/* All that comes from `fd`, malloc'ed; NULL: too much, too slow, or no memory. */
static char *read_all(int fd, size_t *size)
{
    size_t room = 1 << 16;
    char *text = malloc(room);
    int64_t end = clock_us() + PATIENCE_US;
    *size = 0;
    while (text) {
        if (*size == room) {
            char *grown = room < FIREWALL_TEXT_MAX ? realloc(text, room * 2) : NULL;
            if (!grown)
                break;
            text = grown;
            room *= 2;
        }
        int64_t left = end - clock_us();
        struct pollfd p = {.fd = fd, .events = POLLIN};
        if (left <= 0 || poll(&p, 1, (int)(left / 1000 + 1)) == 0)
            break;
        ssize_t got = read(fd, text + *size, room - *size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got == 0)
            return text;
        if (got < 0)
            break;
        *size += (size_t)got;
    }
    free(text);
    return NULL;
}

/* Its output; *status as of waitpid(). */
static char *ask_nft(size_t *size, int *status)
{
    int ends[2];
    *status = -1;
    if (pipe2(ends, O_CLOEXEC) < 0)
        return NULL;
    pid_t child = fork();
    if (child == 0)
        run_nft(ends[1]);
    close(ends[1]);
    char *text = child > 0 ? read_all(ends[0], size) : NULL;
    close(ends[0]);
    if (child > 0) {
        if (!text)
            kill(child, SIGKILL);
        while (waitpid(child, status, 0) < 0 && errno == EINTR)
            ;
    }
    return text;
}

void doctor_read_firewall(struct doctor *d)
{
    size_t size;
    int status;
    if (!d->root) {
        doctor_unseen(d, "the firewall: only root may read it");
        return;
    }
    if (access("/proc/net/ip6_tables_names", F_OK) == 0) {
        char names[64] = "";
        FILE *f = fopen("/proc/net/ip6_tables_names", "re");
        if (f && fgets(names, sizeof names, f))
            doctor_unseen(d, "the rules of ip6tables-legacy: see `ip6tables-legacy -S`");
        if (f)
            fclose(f);
    }
    d->firewall_text = ask_nft(&size, &status);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127) {
        doctor_unseen(d, "the firewall: there is no nft to list it");
        return;
    }
    d->firewall_read =
        d->firewall_text && status == 0 && firewall_parse(&d->firewall, d->firewall_text, size);
    if (!d->firewall_read)
        doctor_unseen(d, "the firewall: `nft list ruleset` failed, or said too much");
}
