/*
 * The people behind the control socket: as whom they came, and a record of those who
 * had to go.
 *
 * Called by control.c. The kernel says who has connected (SO_PEERCRED): whoever that
 * was then, not who holds the socket now. Clients can be cut and refused as often as
 * they like, so the log takes a few lines and the counters have the rest.
 */
#include "peer.h"

#include <sys/socket.h>
#include <unistd.h>

static bool peer_credentials(int fd, struct ucred *who)
{
    socklen_t size = sizeof *who;
    *who = (struct ucred){.uid = (uid_t)-1};
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, who, &size) == 0;
}

bool peer_is_owner(int fd)
{
    struct ucred who;
    return peer_credentials(fd, &who) && (who.uid == 0 || who.uid == geteuid());
}

static void peer_log(struct log_limit *limit, int fd, struct ripng_time now, const char *what,
                     const char *why)
{
    struct ucred who;
    unsigned held;
    if (!log_limit_pass(limit, now, &held))
        return;
    peer_credentials(fd, &who);
    log_line(RIPNG_NOTICE, "control socket: a client (pid %d, uid %u) was %s: %s", (int)who.pid, who.uid,
             what, why);
    if (held)
        log_line(RIPNG_NOTICE, "control socket: and %u more before it", held);
}

void peer_was_cut(struct peer_book *b, int fd, struct ripng_time now, const char *why)
{
    b->cut++;
    peer_log(&b->cut_log, fd, now, "cut", why);
}

void peer_was_refused(struct peer_book *b, int fd, struct ripng_time now, const char *why)
{
    b->refused++;
    peer_log(&b->refused_log, fd, now, "refused", why);
}
