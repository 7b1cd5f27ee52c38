/*
 * What happened, as typed facts: the log, `ripngctl monitor` and the tests all
 * read the same ones. Pulled with ripng_next_event().
 *
 * Those that a neighbour can cause at will pass a rate limit per kind and
 * interface (5 at once, then one a second); the next one through says how many
 * were held back. Counters are never rate-limited.
 */
#ifndef RIPNG_EVENT_H
#define RIPNG_EVENT_H

#include "prefix.h"

enum ripng_severity { RIPNG_ERROR, RIPNG_WARNING, RIPNG_NOTICE, RIPNG_INFO, RIPNG_DEBUG };

enum ripng_event_kind {
    RIPNG_EV_IFACE_UP,       /* RIPng runs on it now */
    RIPNG_EV_IFACE_DOWN,     /* `reason`: why not any more */
    RIPNG_EV_NEIGH_NEW,      /* first response of a router */
    RIPNG_EV_NEIGH_SILENT,   /* a next hop answers nothing any more: what it leads to is lost */
    RIPNG_EV_NEIGH_BACK,     /* a silent one gave a sign of life */
    RIPNG_EV_NEIGH_GONE,     /* silent, nothing left of it */
    RIPNG_EV_ROUTE_NEW,      /* a prefix got a route */
    RIPNG_EV_ROUTE_CHANGED,  /* other metric, next hop or tag */
    RIPNG_EV_ROUTE_HOPS,     /* other next hops are used beside the chosen one: `more` */
    RIPNG_EV_ROUTE_LOST,     /* metric 16; `reason`: why */
    RIPNG_EV_ROUTE_FREED,    /* garbage collected */
    RIPNG_EV_PACKET_DROPPED, /* `reason`; rate-limited */
    RIPNG_EV_RTE_DROPPED,    /* `reason`; rate-limited */
    RIPNG_EV_LIMIT,          /* a limit reached, mostly of the configuration; rate-limited */
    RIPNG_EV_KERNEL_REFUSED, /* `error`: errno; retried */
    RIPNG_EV_KERNEL_FOREIGN, /* another program's route took the place of ours */
    RIPNG_EV_KERNEL_LOST,    /* netlink events lost, dumping again */
    RIPNG_EV_ADOPTED,        /* `value` routes of an earlier run found in the kernel */
    RIPNG_EV_NO_MEMORY,      /* something was dropped for want of memory; rate-limited */
    RIPNG_N_EVENTS
};

/* Why something was dropped or ended. One table of words serves log, JSON and counters. */
enum ripng_reason {
    RIPNG_WHY_NONE,
    /* packets */
    RIPNG_WHY_INACTIVE,       /* no RIPng on that interface */
    RIPNG_WHY_OWN,            /* our own packet came back */
    RIPNG_WHY_SHORT,          /* shorter than a header */
    RIPNG_WHY_LENGTH,         /* not a whole number of RTEs */
    RIPNG_WHY_VERSION,        /* not version 1 */
    RIPNG_WHY_COMMAND,        /* neither request nor response */
    RIPNG_WHY_PORT,           /* response from another port than 521 */
    RIPNG_WHY_SOURCE,         /* response from an address that is not link-local */
    RIPNG_WHY_HOP_LIMIT,      /* multicast with another hop limit than 255 */
    RIPNG_WHY_NOT_ACCEPTED,   /* not in accept-from */
    RIPNG_WHY_NEIGHBOR_LIMIT, /* limits.neighbors */
    RIPNG_WHY_NO_ADDRESS,     /* no address of ours to answer from */
    /* RTEs */
    RIPNG_WHY_PREFIX_LENGTH, /* over 128 */
    RIPNG_WHY_METRIC,        /* 0 or 17 to 254 */
    RIPNG_WHY_MARTIAN,       /* a prefix that must never be a route */
    RIPNG_WHY_ON_LINK,       /* on-link on the very interface it came from */
    RIPNG_WHY_FILTERED,      /* an import filter; `value`: its rule, from 1; 0: none matched */
    RIPNG_WHY_ROUTE_LIMIT,   /* limits.routes or limits.routes-per-neighbor */
    RIPNG_WHY_DEFAULT,       /* default-route.accept is false */
    RIPNG_WHY_MEMORY,
    RIPNG_WHY_HOPS_LIMIT, /* more different sets of next hops than hops.c has numbers for */
    /* routes and interfaces */
    RIPNG_WHY_WITHDRAWN,   /* metric 16 received, or its source went */
    RIPNG_WHY_TIMEOUT,     /* not heard for timers.timeout */
    RIPNG_WHY_UNREACHABLE, /* its next hop answers nothing any more */
    RIPNG_WHY_IFACE_DOWN,  /* the interface went */
    RIPNG_WHY_CONFIG,      /* a changed setting */
    RIPNG_WHY_OWNED,       /* became the router's own prefix */
    RIPNG_WHY_NO_LINK_LOCAL,
    RIPNG_WHY_STOPPED,     /* the daemon stops */
    RIPNG_WHY_BRIDGE_PORT, /* its master speaks for it */
    /* paths that are not used */
    RIPNG_WHY_GARBAGE,      /* lost, announced as unreachable for a while */
    RIPNG_WHY_WORSE,        /* a better one is there */
    RIPNG_WHY_EQUAL,        /* one as good was there before */
    RIPNG_WHY_NOT_FEASIBLE, /* may lead back through us until it is heard again */
    RIPNG_WHY_FOREIGN,      /* another program's route has its place in the kernel */
    RIPNG_WHY_REFUSED,      /* the kernel refused it; retried */
    RIPNG_N_REASONS
};

struct ripng_event {
    enum ripng_event_kind kind;
    enum ripng_reason reason;
    uint32_t ifindex;           /* 0: none */
    char ifname[16];            /* as it was called then */
    struct in6_addr neighbor;   /* ::: none */
    struct ripng_prefix prefix; /* see ripng_event_has_prefix() */
    struct in6_addr nexthop;
    uint8_t metric;
    uint16_t tag;
    uint8_t more;        /* next hops of the route beside `nexthop` */
    int error;           /* errno, 0: none */
    uint64_t value;      /* the offending number, where there is one */
    uint32_t suppressed; /* like events held back before this one */
};

enum ripng_severity ripng_event_severity(const struct ripng_event *e);
bool ripng_event_has_prefix(const struct ripng_event *e);
const char *ripng_event_name(enum ripng_event_kind k); /* "route-new", ... */
const char *ripng_reason_name(enum ripng_reason r);    /* "hop-limit", ... */
const char *ripng_reason_text(enum ripng_reason r);    /* for people */

/* One line for people, without newline; cut to `size`. Returns `text`. */
const char *ripng_event_text(const struct ripng_event *e, char *text, size_t size);

#endif
