/*
 * The pump: the engine on one side, the sockets on the other.
 *
 * All calls that feed the engine with packets and kernel facts are here, and all that
 * pull packets, changes and events out of it. It runs once a turn of the loop, with a
 * budget for each kind of work, so that no flood keeps the control socket waiting.
 */
#ifndef DAEMON_PUMP_H
#define DAEMON_PUMP_H

#include "control.h"
#include "loop.h"
#include "netlink.h"
#include "socket.h"

struct pump {
    struct loop *loop;
    struct ripng *engine;
    struct socket *socket;
    struct netlink *netlink;
    bool stopping;
    bool dumped;               /* the kernel has told all that it has */
    struct ripng_time give_up; /* when stopping */
    struct ripng_time retry;   /* of a dump that failed or has gaps */
    struct control *control;   /* is told of each event; NULL: not open yet */
    uint64_t events_lost;      /* of which it has been told */
};

/* What socket_open() and netlink_open() are given; their `arg` is the struct pump. */
extern const struct socket_ops pump_socket_ops;
extern const struct netlink_ops pump_netlink_ops;

/* A turn's work; a loop_turn_fn is to call it. Stops the loop when an orderly stop is done. */
void pump_turn(struct pump *p);

/* Logs what the engine has to tell, and passes it on to those who monitor. For callers that gave it an input
 * of their own. */
void pump_events(struct pump *p);

/* Sends a packet that is not the engine's. False: the socket is full. */
bool pump_send(struct pump *p, const struct ripng_send *send, const void *data);

/* New settings. False: no memory, the old ones stay. */
bool pump_configure(struct pump *p, const struct ripng_config *config);

/* An orderly stop: poison and withdrawals go out, for a bounded time. */
void pump_stop(struct pump *p);

#endif
