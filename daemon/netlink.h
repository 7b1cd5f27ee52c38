/*
 * The kernel's links, addresses and routes, live. With nlmsg.c the only door to libmnl.
 *
 * Two sockets: a monitor, on which dumps and events arrive in one order, and one for
 * route changes, sent in batches. What is read and answered is handed to `ops`, in
 * the order in which the kernel said it; pump.c stands between it and the engine.
 */
#ifndef DAEMON_NETLINK_H
#define DAEMON_NETLINK_H

#include "loop.h"
#include "nlmsg.h"

struct netlink;

struct netlink_ops {
    /* A link, address or route; what our own changes caused is left out. */
    void (*fact)(void *arg, const struct nlmsg *m);
    /* Events were lost. Where a dump is under way, it begins again by itself. */
    void (*lost)(void *arg);
    void (*dump_begin)(void *arg); /* may come again before the end: what came since does not count */
    /* Not `whole`: the tables did not hold still, something may be missing. Ask again some time later. */
    void (*dump_end)(void *arg, bool whole);
    void (*dump_failed)(void *arg, int error); /* a positive errno; nothing is under way any more */
    /* For RIPNG_ROUTE_SET and RIPNG_ROUTE_DELETE; `error` as for ripng_kernel_answer(). */
    void (*answer)(void *arg, uint32_t id, int error);
};

/*
 * 0 or -errno: -EPERM where this process may not change routes. Events are handed
 * out once the loop runs; a dump has to be asked for.
 */
int netlink_open(struct netlink **out, struct loop *loop, uint32_t table, const struct netlink_ops *ops,
                 void *arg);
void netlink_close(struct netlink *n); /* NULL is fine */

/* Another routing table from now on. A dump that is under way begins again. */
void netlink_set_table(struct netlink *n, uint32_t table);

/* Starts a dump of links, addresses and routes, unless one is under way; the loop does the rest. */
void netlink_dump(struct netlink *n);
bool netlink_dumping(const struct netlink *n);

/* Hands out what has arrived, up to a budget; the loop comes back for the rest. */
void netlink_read(struct netlink *n);

/*
 * RIPNG_NEIGH_PROBE: makes the kernel ask that neighbour; what it finds out comes as a
 * fact. 0 or -errno; nothing is answered by this.
 */
int netlink_probe(struct netlink *n, const struct ripng_change *change);

/* A route change, into the batch; a full batch is sent. Their ids rise by one within a batch. */
void netlink_change(struct netlink *n, const struct ripng_change *change);
/* Sends the batch; its answers are handed out before this returns. */
void netlink_flush(struct netlink *n);

#endif
