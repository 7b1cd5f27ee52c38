/*
 * Who is at the other end of a control client's socket, and what is told and counted of it.
 */
#ifndef DAEMON_PEER_H
#define DAEMON_PEER_H

#include "log.h"

struct peer_book {
    uint64_t cut, refused;
    struct log_limit cut_log, refused_log;
};

/* Root, or the daemon's own user, who can send it signals as well. */
bool peer_is_owner(int fd);

/* Ended for our own reasons; asked for what is not its to ask for. Both are counted, and logged now and then.
 */
void peer_was_cut(struct peer_book *b, int fd, struct ripng_time now, const char *why);
void peer_was_refused(struct peer_book *b, int fd, struct ripng_time now, const char *why);

#endif
