/*
 * ripng: the RIPng protocol (RFC 2080) as a pure state machine.
 *
 * The engine makes no system call, has no clock, no socket, no thread and no
 * global. Facts go in with the time at which they were learned; packets, kernel
 * changes and events are pulled out until there are none; one deadline says when
 * to look again. The daemon, the unit tests, the fuzzers and the simulator all
 * drive this same interface.
 *
 *      links, addresses, kernel routes, packets, answers, settings
 *                                |
 *                          struct ripng  <--- ripng_tick() at ripng_deadline()
 *                                |
 *      ripng_next_change()  ripng_next_packet()  ripng_next_event()
 *
 * Who holds what (the structs are in state.h; here only their names matter):
 *
 *  - struct ripng owns everything. It is freed as a whole.
 *  - An interface exists from the first ripng_link() to ripng_link_gone(). It is
 *    active, i.e. RIPng runs on it, while the settings want it, it is up, can
 *    multicast, and has a usable link-local address.
 *  - A route is a prefix with one or more paths: one path for the router itself
 *    (a kernel route that is shared) and one for each neighbour that announces
 *    it. The best path's metric and tag are what this router announces.
 *  - A peer is an address on an interface: a neighbour heard, a next hop, or both.
 *
 * The life of a learned route: a valid RTE makes a path and, where it is the
 * first, a route (input.c); select.c finds it best, so it is wanted in the kernel
 * (fib.c; with others of the same cost, hops.c) and noted as changed, which advert.c turns into a triggered
 * update. Refreshed, it moves to the tail of the timeout list. Not refreshed for `timeout`, or announced with
 * metric 16, it is lost: out of the kernel, announced with 16 for `garbage` (expire.c), then freed unless
 * somebody announced it anew.
 *
 * Time: CLOCK_MONOTONIC in microseconds. Each call's `now` must not be before
 * the last one's (an earlier one counts as the last). Errors: inputs take any
 * bytes a neighbour or the kernel can send; what they can't use becomes a counter
 * and an event. Only ripng_new() and ripng_configure() can fail, for want of
 * memory; then nothing has changed. Strings and structs handed in are copied.
 */
#ifndef RIPNG_H
#define RIPNG_H

#include "config.h"
#include "event.h"
#include "prefix.h"

#define RIPNG_PORT 521
#define RIPNG_HOP_LIMIT 255
#define RIPNG_PACKET_MAX 1452 /* the most we send: larger ones gain nothing, and FRR refuses them */
#define RIPNG_IFNAME 16

struct ripng;

/* CLOCK_MONOTONIC; a struct so that it mixes with nothing. */
struct ripng_time {
    int64_t us;
};

/* --- life ------------------------------------------------------------- */

/*
 * A new engine with a copy of `config`. `seed` starts the random numbers (jitter,
 * hash keys): same seed and same inputs, same outputs. NULL: no memory.
 */
struct ripng *ripng_new(const struct ripng_config *config, uint64_t seed, struct ripng_time now);
void ripng_free(struct ripng *r);

/* New settings. What they do not concern stays as it is. False: no memory, the old ones stay. */
bool ripng_configure(struct ripng *r, struct ripng_time now, const struct ripng_config *config);

/*
 * Orderly stop: poison is queued for all neighbours and every kernel route of
 * ours is withdrawn (neither with graceful_restart). Pull changes and packets until
 * ripng_stopped(); inputs other than answers are ignored from here on.
 */
void ripng_stop(struct ripng *r, struct ripng_time now);
bool ripng_stopped(const struct ripng *r);

/* --- inputs ----------------------------------------------------------- */

/* Does what is due. Bounded work: after a call the deadline may be due still. */
void ripng_tick(struct ripng *r, struct ripng_time now);

/* When ripng_tick() wants to be called. False: not until some input. */
bool ripng_deadline(const struct ripng *r, struct ripng_time *when);

struct ripng_packet {
    const void *data;
    size_t size;
    struct in6_addr source;
    uint16_t source_port; /* host order */
    struct in6_addr dest; /* ff02::9 or an address of ours */
    uint8_t hop_limit;
    uint32_t ifindex;
};
void ripng_packet(struct ripng *r, struct ripng_time now, const struct ripng_packet *p);

/* The socket dropped packets for want of room (SO_RXQ_OVFL): the neighbours are asked again. */
void ripng_packets_lost(struct ripng *r, struct ripng_time now, uint32_t count);

struct ripng_link {
    uint32_t ifindex;
    char name[RIPNG_IFNAME];
    uint32_t mtu;
    bool up;         /* administratively */
    bool no_carrier; /* as good as down, unless failure_detection is off */
    bool multicast;  /* IFF_MULTICAST */
    bool loopback;
    bool port; /* of a bridge, bond or team: its master speaks */
};
/* A link is there, or changed; the same again is no change. A new name is a new configuration. */
void ripng_link(struct ripng *r, struct ripng_time now, const struct ripng_link *l);
void ripng_link_gone(struct ripng *r, struct ripng_time now, uint32_t ifindex);

/* An address of ours; `usable`: not tentative, not a duplicate. Deprecated ones are usable. */
void ripng_address(struct ripng *r, struct ripng_time now, uint32_t ifindex, const struct in6_addr *addr,
                   bool usable);
void ripng_address_gone(struct ripng *r, struct ripng_time now, uint32_t ifindex,
                        const struct in6_addr *addr);

enum ripng_route_type {
    RIPNG_TYPE_UNICAST,
    RIPNG_TYPE_DISCARD, /* unreachable, blackhole, prohibit */
};
/* One of several. */
struct ripng_nexthop {
    uint32_t ifindex;
    struct in6_addr gateway;
};

struct ripng_kernel_route { /* of the table in struct ripng_kernel_config; no other is passed in */
    struct ripng_prefix prefix;
    struct in6_addr source; /* source-specific where source_len is over 0 */
    uint8_t source_len;
    enum ripng_route_type type;
    uint8_t protocol;        /* RTPROT_* */
    uint32_t metric;         /* priority */
    uint32_t ifindex;        /* 0: none or several */
    struct in6_addr gateway; /* ::: on-link */
    unsigned n_nexthops;     /* 1 but for multipath routes; `ifindex` and `gateway` are the first's */
    struct ripng_nexthop nexthops[RIPNG_NEXTHOPS_MAX]; /* of multipath routes: all of them, or so many */
};
/*
 * Somebody else changed the kernel's table: a route is there, or gone. `replaced`
 * (NLM_F_REPLACE): it took the place of any with its prefix and metric.
 * Routes with our own protocol are ours: at start they are adopted.
 */
void ripng_kernel_route(struct ripng *r, struct ripng_time now, const struct ripng_kernel_route *k,
                        bool replaced);
void ripng_kernel_route_gone(struct ripng *r, struct ripng_time now, const struct ripng_kernel_route *k);

/*
 * What the kernel's neighbour unreachability detection says of a router on a link:
 * it answers, or it does not (NUD_FAILED). Of hosts that are nobody's next hop it is ignored.
 */
void ripng_neighbor(struct ripng *r, struct ripng_time now, uint32_t ifindex, const struct in6_addr *addr,
                    bool reachable);

/*
 * A full dump of links, addresses and routes, in that order, passed in between
 * begin and end by the calls above: what was known and is not in it is gone.
 * While one is under way ripng_next_change() gives nothing. A dump that was
 * interrupted is begun again without an end. ripng_kernel_wants_dump(): events
 * were lost, or the table is another: do one now. The engine wants one at start.
 */
void ripng_kernel_lost(struct ripng *r, struct ripng_time now);
bool ripng_kernel_wants_dump(const struct ripng *r);
void ripng_kernel_dump_begin(struct ripng *r, struct ripng_time now);
void ripng_kernel_dump_end(struct ripng *r, struct ripng_time now);

/*
 * The answer to the change with this id; `error` is 0 or a positive errno.
 * Answers come in order; one for N says that all before N that had none are done
 * (netlink acknowledges the last of a batch, and each that failed).
 */
void ripng_kernel_answer(struct ripng *r, struct ripng_time now, uint32_t id, int error);

/* --- outputs ---------------------------------------------------------- */

/*
 * The next packet to send, always with hop limit 255 and from port 521. Written
 * into `buffer` of `size` bytes: RIPNG_PACKET_MAX, or packets are shorter. False:
 * none now. One handed out counts as sent: a driver whose socket is full keeps it and
 * pulls no more until there is room, so that nothing is queued but positions in the table.
 */
struct ripng_send {
    uint32_t ifindex;       /* 0: whichever leads to an off-link `dest` */
    struct in6_addr source; /* to be set with IPV6_PKTINFO */
    struct in6_addr dest;
    uint16_t dest_port; /* host order */
    size_t size;
};
bool ripng_next_packet(struct ripng *r, struct ripng_time now, struct ripng_send *out, void *buffer,
                       size_t size);

enum ripng_change_kind {
    RIPNG_ROUTE_SET,    /* create, or replace in place */
    RIPNG_ROUTE_DELETE, /* gone already (ESRCH) is as good as done */
    RIPNG_GROUP_JOIN,   /* ff02::9 on `ifindex` */
    RIPNG_GROUP_LEAVE,
    RIPNG_NEIGH_PROBE, /* ask `gateway` on `ifindex` whether it is there; ripng_neighbor() has the reply */
};
struct ripng_change {
    enum ripng_change_kind kind;
    uint32_t id; /* to be passed to ripng_kernel_answer(); rises by one */
    uint32_t ifindex;
    struct ripng_prefix prefix;
    enum ripng_route_type type; /* RIPNG_TYPE_DISCARD: no gateway, no ifindex */
    struct in6_addr gateway;
    struct ripng_kernel_config kernel; /* table, metric and protocol */
    unsigned n_nexthops;               /* over 1: all are in `nexthops`, and the first is above, too */
    struct ripng_nexthop nexthops[RIPNG_NEXTHOPS_MAX]; /* by interface and address */
};
/* The next kernel change. False: none now, or too many unanswered. Each needs an answer. */
bool ripng_next_change(struct ripng *r, struct ripng_time now, struct ripng_change *out);

bool ripng_next_event(struct ripng *r, struct ripng_event *out);
/* How many events were lost so far, because nobody pulled them in time. */
uint64_t ripng_events_lost(const struct ripng *r);

/* --- reading ---------------------------------------------------------- */

/* Cursors start as 0 and survive any change in between; each call gives one entry, false at the end. */

enum ripng_route_state { RIPNG_ROUTE_VALID, RIPNG_ROUTE_GARBAGE };
struct ripng_route_info {
    struct ripng_prefix prefix;
    struct in6_addr nexthop; /* :: where local */
    uint32_t ifindex;        /* 0: none */
    uint8_t metric;
    uint16_t tag;
    enum ripng_source source;
    enum ripng_route_state state;
    int64_t age_us;      /* since it was last heard, or appeared */
    int64_t expires_us;  /* until timeout or garbage collection; -1: does not */
    bool installed;      /* by us, acknowledged by the kernel */
    unsigned n_nexthops; /* of a learned route; over 1: all are in `nexthops`, the one above first */
    struct ripng_nexthop nexthops[RIPNG_NEXTHOPS_MAX];
};
bool ripng_read_route(const struct ripng *r, struct ripng_time now, uint32_t *cursor,
                      struct ripng_route_info *out);
/* The longest route that contains `p`, valid ones before garbage. */
bool ripng_match_route(const struct ripng *r, struct ripng_time now, const struct ripng_prefix *p,
                       struct ripng_route_info *out);

/* A way to a destination, used or not; also what was heard lately and not kept. */
struct ripng_path_info {
    struct ripng_route_info route;
    struct in6_addr from; /* the neighbour that announced it; ::: the router itself */
    bool used;
    enum ripng_reason why; /* it is not used */
    unsigned rule;         /* of the filter that denies it, from 1; 0: none */
};
struct ripng_path_cursor {
    uint32_t route, path, reject; /* to begin with: all 0 */
};
bool ripng_read_path(const struct ripng *r, struct ripng_time now, struct ripng_path_cursor *cursor,
                     struct ripng_path_info *out);

struct ripng_neigh_info {
    struct in6_addr address;
    uint32_t ifindex;
    uint32_t routes;
    int64_t seen_us;     /* since the last good packet */
    int64_t interval_us; /* between its regular updates; -1: not known yet */
    uint64_t packets, bad_packets, bad_routes;
    enum ripng_reason last_error; /* of what came from it; NONE: none yet */
    int64_t last_error_us;        /* since then */
};
bool ripng_read_neigh(const struct ripng *r, struct ripng_time now, uint32_t *cursor,
                      struct ripng_neigh_info *out);

struct ripng_iface_info {
    char name[RIPNG_IFNAME];
    uint32_t ifindex;
    struct in6_addr address; /* the link-local one in use; :: none */
    uint32_t mtu;
    bool up; /* active: RIPng runs on it */
    enum ripng_reason
        why; /* if not; RIPNG_WHY_NONE: it is about to, the kernel has been asked for the group */
    bool passive;
    uint8_t metric;
    enum ripng_split_horizon split_horizon;
    char section[RIPNG_PATTERN_MAX]; /* of the configuration; "": there are none */
    uint32_t neighbors;
    uint64_t rx_packets, tx_packets, rx_errors;
    uint64_t drops[RIPNG_N_REASONS]; /* by reason, packets and RTEs */
};
/* Interfaces that the configuration wants, active or not. One without multicast must be named. */
bool ripng_read_iface(const struct ripng *r, uint32_t *cursor, struct ripng_iface_info *out);

/* The name of an interface known to the engine; "?" where it is not. */
const char *ripng_iface_name(const struct ripng *r, uint32_t ifindex);

struct ripng_status {
    int64_t uptime_us;
    uint32_t routes;                                    /* valid ones; the rest in `garbage` */
    uint32_t garbage, installed, neighbors, interfaces; /* interfaces: active ones */
    uint32_t kernel_pending;                            /* changes that wait or are unanswered */
    uint64_t rx_packets, tx_packets, rx_errors;
    uint64_t drops[RIPNG_N_REASONS]; /* by reason, packets and RTEs */
    uint64_t kernel_errors, kernel_resyncs, events_lost, packets_lost;
    uint32_t kernel_retries; /* changes that were refused and wait for another attempt ... */
    int64_t kernel_retry_us; /* ... which is so far away; -1: none */
    struct ripng_timers timers;
    struct ripng_kernel_config kernel;
    bool redistribute[RIPNG_N_REDISTRIBUTE];
};
void ripng_read_status(const struct ripng *r, struct ripng_time now, struct ripng_status *out);

#endif
