/*
 * Which user the daemon is, and what it may do.
 */
#ifndef DAEMON_PRIV_H
#define DAEMON_PRIV_H

#define PRIV_WHY_MAX 256

/*
 * From now on this process is `user`, with CAP_NET_ADMIN and CAP_NET_BIND_SERVICE
 * alone (those of the two that it has), and nothing that it runs gets more. Where it
 * is that user already it needs no right to become it. 0 or -errno, with the reason
 * in `why` (PRIV_WHY_MAX bytes).
 */
int priv_drop(const char *user, char *why);

/* -EACCES: `user` could not open this file for reading. 0: it could, or that can't be told from here. */
int priv_may_read(const char *user, const char *path);

#endif
