/*
 * The control socket: a Unix stream socket that answers ripngctl and scripts.
 *
 * A line with the command in, JSON lines out, the last {"end":true} or
 * {"error":"..."}. Each client has a cursor into the engine's tables and a small
 * buffer: nothing is built in memory, and a client that does not read waits alone.
 */
#ifndef DAEMON_CONTROL_H
#define DAEMON_CONTROL_H

#include "config.h"
#include "loop.h"

struct control;

struct control_ops {
    /* Reads the configuration again; reports as config_read(). 0 or -errno. */
    int (*reload)(void *arg, config_report_fn *report, void *report_arg);
};

/*
 * 0 or -errno: -EADDRINUSE where a living daemon answers there (a stale socket is
 * replaced). The mode is 0660 with `group`, 0600 without ("": none).
 * `engine` and `ops` must outlive it.
 */
int control_open(struct control **out, struct loop *loop, struct ripng *engine, const char *path,
                 const char *group, const struct control_ops *ops, void *arg);
void control_close(struct control *c); /* removes the socket; NULL is fine */

#endif
