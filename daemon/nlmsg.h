/*
 * Netlink messages: bytes to facts, wishes to bytes. With netlink.c the only door to libmnl.
 *
 * Pure: no socket, no memory, no state, so that the unit tests and a fuzzer reach
 * all of it. Any bytes are safe to read. netlink.c does the sockets and the order
 * of things.
 */
#ifndef DAEMON_NLMSG_H
#define DAEMON_NLMSG_H

#include "ripng.h"

/* The most that one route change takes: one with all next hops. */
#define NLMSG_CHANGE_MAX 520

enum nlmsg_kind {
    NLMSG_KIND_OTHER, /* nothing that concerns us, or not understood */
    NLMSG_KIND_LINK,
    NLMSG_KIND_LINK_GONE,
    NLMSG_KIND_ADDRESS,
    NLMSG_KIND_ADDRESS_GONE,
    NLMSG_KIND_ROUTE,
    NLMSG_KIND_ROUTE_GONE,
    NLMSG_KIND_NEIGH,  /* what the kernel knows of a host on a link */
    NLMSG_KIND_ANSWER, /* an acknowledgement or an error */
    NLMSG_KIND_DONE,   /* the end of a dump */
    NLMSG_KIND_OVERRUN,
};

struct nlmsg_address {
    uint32_t ifindex;
    struct in6_addr addr;
    bool usable;
};

enum nlmsg_neigh_state {
    NLMSG_NEIGH_UNSURE,    /* being asked, or not asked lately */
    NLMSG_NEIGH_REACHABLE, /* answers, or is on a link where nobody is asked */
    NLMSG_NEIGH_FAILED,    /* does not answer */
};

#define NLMSG_LLADDR_MAX 32 /* the kernel's MAX_ADDR_LEN */

struct nlmsg_neigh {
    uint32_t ifindex;
    struct in6_addr addr;
    enum nlmsg_neigh_state state;
    bool unasked; /* a link or an entry without neighbour unreachability detection */
    bool router;
    uint8_t lladdr_len; /* 0: unknown */
    uint8_t lladdr[NLMSG_LLADDR_MAX];
};

struct nlmsg {
    enum nlmsg_kind kind;
    uint32_t seq;     /* of the request that caused it */
    uint32_t port_id; /* of the socket that made that request; 0: the kernel's own doing */
    bool interrupted; /* what is dumped changed meanwhile: the dump is worth nothing */
    bool replaced;    /* ROUTE: it took the place of any with its prefix and metric */
    int error;        /* ANSWER, DONE: 0 or a positive errno */
    union {
        struct ripng_link link; /* LINK_GONE: the ifindex alone */
        struct nlmsg_address address;
        struct ripng_kernel_route route;
        struct nlmsg_neigh neigh;
    };
};

/*
 * Reads the message at `data`, aligned to 4 bytes, and returns the bytes it takes
 * with its padding; 0 where there is none (more). Of routes only those of `table`
 * are told, without cached ones and types that are no business of a router's.
 */
size_t nlmsg_read(const void *data, size_t size, uint32_t table, struct nlmsg *out);

/*
 * RIPNG_ROUTE_SET or RIPNG_ROUTE_DELETE with its id as the sequence number, into
 * `buffer`, aligned to 4 bytes. Bytes written; 0: no room, or another kind of change.
 */
size_t nlmsg_write_change(void *buffer, size_t size, const struct ripng_change *change);
/* Asks for an acknowledgement of the message at `message`, not only for its errors. */
void nlmsg_want_ack(void *message);

enum nlmsg_dump { NLMSG_DUMP_LINKS, NLMSG_DUMP_ADDRESSES, NLMSG_DUMP_ROUTES, NLMSG_N_DUMPS };
size_t nlmsg_write_dump(void *buffer, size_t size, enum nlmsg_dump what, uint32_t table, uint32_t seq);

/* What does the kernel know of a neighbour? The reply is a NLMSG_KIND_NEIGH, or ENOENT. */
size_t nlmsg_write_neigh_query(void *buffer, size_t size, uint32_t ifindex, const struct in6_addr *addr,
                               uint32_t seq);
/*
 * Makes the kernel ask a neighbour now whether it is there: with its link-layer
 * address by unicast, at once, even if it is being asked; without, by multicast,
 * unless it is being asked. Two messages at most; only the last is acknowledged.
 */
size_t nlmsg_write_neigh_probe(void *buffer, size_t size, const struct nlmsg_neigh *n, uint32_t seq);

/*
 * A route deletion without a route: EPERM tells that this process may not change
 * routes, EINVAL that it may. Nothing is changed by it.
 */
size_t nlmsg_write_probe(void *buffer, size_t size, uint32_t seq);

#endif
