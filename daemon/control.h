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

/* --- limits, each with its reason -------------------------------------- */

/* A few people and scripts; times what one costs. More push out the one that is still for longest. */
#define CONTROL_CLIENTS_MAX 16
/* Of these, for members of the group; the rest is root's, whatever the members do. */
#define CONTROL_MEMBERS_MAX 12
/* What a client waits with, and the most that is made for it in one turn: about 64 routes, 0.1 ms. */
#define CONTROL_OUT_SIZE 16384
/* Of it, kept free for any one line: a status with all its counters is the longest, about 2,000 bytes. */
#define CONTROL_ROOM 4096
/* 5 minutes without a command or a byte read: longer than a person pages, then it is forgotten. */
#define CONTROL_STILL_US 300000000LL
/* 30 seconds from the connection to its first command: a person with socat types one by then. */
#define CONTROL_MUTE_US 30000000LL
/* A second without reading its reply: may be cut when others wait for the place. */
#define CONTROL_STUCK_US 1000000LL
/* New clients in one turn: the rest of the turn is the protocol's. */
#define CONTROL_ACCEPT_MAX 8
/* Clients that wait while all places are at work. */
#define CONTROL_BACKLOG 64

struct control;

struct control_ops {
    /* Reads the configuration again; reports as config_read(). 0 or -errno. Must not close the control. */
    int (*reload)(void *arg, config_report_fn *report, void *report_arg);
    /* Sends a packet from the RIPng port. False: not now. */
    bool (*send)(void *arg, const struct ripng_send *send, const void *data);
};

/*
 * 0 or -errno: -EADDRINUSE where a living daemon answers there (a stale socket is
 * replaced), -ENOTSOCK where the path is something else (left alone), -ENAMETOOLONG,
 * -ESRCH where there is no such group, else what the system says of the directory.
 * The mode is 0660 with `group`, 0600 without ("": none), before anybody can connect.
 * `engine` and `ops` must outlive it.
 */
int control_open(struct control **out, struct loop *loop, struct ripng *engine, const char *path,
                 const char *group, const struct control_ops *ops, void *arg);
/* Tells the clients that monitor: what happened, and how many events were lost on the way here. */
void control_event(struct control *c, const struct ripng_event *e);
void control_events_lost(struct control *c, uint64_t count);
/* A packet came in: it may be the answer to a client's `query`. */
void control_packet(struct control *c, const struct ripng_packet *p);
void control_close(struct control *c); /* removes the socket if it is still ours; NULL is fine */

/* What an error of control_open() means, to follow "control socket PATH: ". */
const char *control_error_text(int error);

/* Instead of CONTROL_STILL_US and CONTROL_MUTE_US; for tests, which cannot wait. */
void control_set_still(struct control *c, int64_t still_us);
void control_set_mute(struct control *c, int64_t mute_us);

#endif
