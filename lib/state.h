/*
 * The structs behind ripng.h: all that an engine holds.
 *
 * Only the files of lib/ and tests/unit see this, through internal.h. Indices are into
 * the pools; 0 is none. Times are int64_t microseconds of the engine's clock (struct
 * ripng's `now`).
 */
#ifndef RIPNG_STATE_H
#define RIPNG_STATE_H

#include "filter.h"
#include "hops.h"
#include "pool.h"
#include "ripng.h"
#include "wire.h"

#define NEVER INT64_MAX
#define INFINITY_METRIC RIPNG_METRIC_INFINITY

/* A route keeps at most this many paths: multipath ends at 16, more alternates serve nobody. */
#define PATHS_PER_ROUTE 16

enum route_flag {
    ROUTE_CHANGED = 1,   /* is on the list of changes */
    ROUTE_OWNED = 2,     /* on-link or delegated here: never installed, nor chosen, from others */
    ROUTE_LEARNED = 4,   /* has a learned path (counts against limits.routes) */
    ROUTE_NAMED = 8,     /* by the configuration: default-route, aggregate or route */
    ROUTE_VALID = 8192,  /* its chosen path is: counted, by aggregates too */
    ROUTE_HELD = 16384,  /* was held back by an aggregate of the settings that are being replaced */
    ROUTE_TURNED = 4096, /* leads out of another interface than what was announced: news there, too */
    FIB_QUEUED = 16,     /* waits in the queue of changes */
    FIB_FLYING = 32,     /* handed out, not answered */
    FIB_ADOPTED = 64,    /* found in the kernel at start; kept until announced or `timeout` */
    FIB_SEEN = 128,      /* seen in the dump under way */
    FIB_STRANGE = 256,   /* ours, in a shape that we don't make: to be replaced */
    FIB_REFUSED = 512,   /* waits in the queue of retries */
    FIB_PUT_BACK = 2048, /* somebody deleted it, and we put it back */
    FIB_BLOCKED = 1024,  /* a foreign route has our prefix and metric */
};

/* A destination: 48 bytes. Its first path is the chosen one. */
struct route {
    struct in6_addr addr;
    uint8_t len;
    uint8_t feasible : 5;  /* lowest metric announced that others may remember: see select.c */
    uint8_t retracted : 2; /* an export filter lets it out no more: sweeps that it still has, see export.c */
    uint8_t stood : 1;     /* the metric, worse than `feasible`, is that of the last sweep: see select.c */
    uint16_t flags;        /* enum route_flag */
    uint32_t hash_next;
    uint32_t paths; /* chosen one first; 0: only the kernel holds something */
    uint32_t change_prev, change_next;
    uint32_t fib_next; /* in the queue of changes or of retries */
    uint32_t origin;   /* kernel routes of others with this prefix */
    uint16_t
        fib_gateway;   /* next hops with which the kernel has it from us (hops.c), or FIB_DISCARD; 0: none */
    uint16_t fib_wish; /* the same: what the change in flight, or refused, will make of it */
};

/* One way to a destination: 32 bytes. */
struct path {
    uint32_t route;
    uint32_t next;                 /* of the same route */
    uint32_t list_prev, list_next; /* of the timeout or the garbage list */
    int64_t time;                  /* last heard; in garbage: when lost; local: since when */
    uint16_t peer;                 /* who announced it; 0: local */
    uint16_t gateway;              /* peer that is the next hop; 0: local and on-link */
    uint16_t tag;
    uint8_t metric;       /* cost included, filtered; 16: in garbage */
    uint8_t source : 3;   /* enum ripng_source */
    uint8_t retagged : 1; /* `tag` is an import filter's, not the neighbour's */
    uint8_t heard : 4;    /* the neighbour's own metric */
};
_Static_assert(RIPNG_N_SOURCES <= 8 && INFINITY_METRIC <= 16, "the bits of struct path");

struct path_list { /* all wait equally long, so it is sorted: libev's "be smart about timeouts" no. 4 */
    uint32_t head, tail;
};

#define PEER_SILENCES 8

/* An address on an interface: a neighbour heard, a next hop, or both. Index 0 is none. */
struct peer {
    struct in6_addr addr;
    uint32_t ifindex;
    uint16_t hash_next;
    bool used;
    bool heard;      /* a neighbour: it has sent a good response */
    uint32_t refs;   /* paths, sets and kernel states that name it as gateway */
    uint32_t routes; /* paths that it announced */
    int64_t seen;    /* last good packet */
    uint32_t hops;   /* routes in the kernel through it; watched while there are any: detect.c */
    int64_t alive;   /* last sign of life, be it RIPng's or the kernel's */
    int64_t probe_due;
    uint8_t probes; /* asked in vain so often */
    bool probe_wish;
    bool gone; /* found dead, no sign of life since */
    uint64_t packets, bad_packets, bad_routes;
    int64_t last_error;
    enum ripng_reason last_why;          /* NONE: no error yet */
    uint32_t silences_ms[PEER_SILENCES]; /* between its last updates, oldest overwritten first */
    uint32_t n_silences;
};
#define PEER_BUCKETS 256

/* A kernel route of somebody else. */
struct kroute {
    uint32_t route;
    uint32_t next;
    struct in6_addr gateway;
    uint32_t ifindex, metric;
    uint8_t protocol, type;
    bool several; /* multipath */
    bool stale;   /* not seen yet in the dump under way */
};

/* An aggregate of the configuration. */
struct aggregate {
    struct ripng_prefix prefix;
    bool summary_only;
    uint32_t route;  /* 0: no memory for it yet */
    uint32_t inside; /* valid routes inside it */
    int64_t since;   /* announced */
};

/* A default route of somebody else for some sources alone. */
struct source_default {
    struct ripng_kernel_route k;
    bool stale; /* not seen yet in the dump under way */
};

struct own_addr {
    struct in6_addr addr;
    bool usable, stale;
};

enum iface_state {
    IFACE_IDLE,    /* RIPng does not run on it */
    IFACE_JOINING, /* waits for the answer to GROUP_JOIN */
    IFACE_ACTIVE,
    IFACE_LEAVING, /* settings say no: poison is being sent, then it is idle */
};

/* Where an update stands: nothing is queued, packets are built from here. */
struct update {
    bool active;
    uint32_t at;     /* last route done */
    unsigned target; /* 0: the group, else a unicast neighbour; all get a packet before `at` moves on */
};

#define SENT_RING 16

/* An export filter that was in force until lately: what it let out is taken back. */
struct retired {
    struct ripng_filter filter;
    bool everything; /* there was none */
    int64_t until;
};
#define RETIRED_MAX 8 /* different ones within a garbage time: more reloads than anybody means to do */

struct iface {
    struct ripng_link link;
    bool known, stale;
    const struct ripng_iface_config *config; /* never NULL */
    enum iface_state state;
    bool join_wish, joined, join_flying; /* group membership: wanted, held, asked for */
    int64_t join_retry;
    int64_t join_backoff;
    struct in6_addr designated; /* link-local address in use (2.5.2), :: none */
    struct own_addr *addrs;
    size_t n_addrs;

    bool speaks;       /* has sent, and not taken it back */
    bool poisoning;    /* the full update under way takes everything back */
    bool want_request; /* for the whole table */
    unsigned request_target;
    int64_t regular_due;
    int64_t triggered_hold; /* no triggered update before */
    int64_t pace, pace_due; /* theoretical arrival time of the next packet; none before, see advert.c */
    struct update full;
    uint32_t triggered_next; /* first change not sent yet; 0: none */
    unsigned triggered_target;
    uint32_t triggered_left; /* packets that the triggered update under way may still have; 0: none is */
    uint64_t sent_hash[SENT_RING]; /* of what was sent lately to the group or to ourselves: to know it on
                                      another interface */
    unsigned sent_at;
    struct retired retired[RETIRED_MAX]; /* export.c; the oldest first */
    unsigned n_retired;
    uint64_t rx_packets, tx_packets, rx_errors, drops[RIPNG_N_REASONS];
};

/* An answer that is owed: whole table (no `request`) or RTE by RTE. */
struct job {
    uint32_t ifindex;
    struct in6_addr asked; /* the address that was asked */
    struct in6_addr dest;
    uint16_t port;
    uint8_t *request; /* owned; RTEs as they came */
    size_t request_size;
    uint32_t at; /* last route, or bytes of the request, done */
    bool started;
};
#define JOBS_MAX 64 /* askers served at the same time; more wait for the next update */

/* A change in flight. */
struct flight {
    enum ripng_change_kind kind;
    uint32_t route; /* or ifindex */
};
#define FLIGHTS 1024 /* a netlink batch of several hundred, and the next one */

/* A kernel route of ours with settings that are no longer ours: to be deleted. */
struct stray {
    struct ripng_prefix prefix;
    struct ripng_kernel_config kernel;
};

/* An RTE that was not kept, for those who ask why. */
struct reject {
    struct ripng_prefix prefix;
    struct in6_addr from;
    uint32_t ifindex; /* 0: a free place */
    uint16_t tag;
    uint8_t metric;
    uint8_t why; /* enum ripng_reason */
    unsigned rule;
    int64_t time;
};
#define REJECT_WAYS 4
#define REJECT_BUCKETS 64 /* 256 in all, 16 KB: the latest will do to explain things */

struct event_limit {
    int64_t tat; /* theoretical arrival time: 5 at once, then one a second */
    uint32_t suppressed;
};
#define EVENT_RING 512
#define EVENT_LIMITS 8 /* slots per kind; interfaces and reasons that meet in one share it */

struct ripng {
    struct ripng_config config;
    int64_t now, started;
    uint64_t rng, hash_seed[2];
    bool stopping;

    /* table.c */
    struct pool routes, paths;
    uint32_t *buckets, n_buckets; /* n_buckets: a power of two */
    uint32_t lengths[129];        /* routes of each prefix length */
    uint32_t change_head, change_tail;
    uint32_t n_learned, n_installed;
    uint32_t n_pathed, n_valid; /* routes with a path; with one that leads there, the others are garbage */

    struct path_list timeouts, garbage;                 /* expire.c */
    struct reject rejects[REJECT_BUCKETS][REJECT_WAYS]; /* reject.c */

    /* origin.c */
    struct pool kroutes;
    struct ripng_prefix *delegations; /* discard routes of others: what was delegated to us */
    size_t n_delegations;

    /* aggregate.c, default.c */
    struct aggregate aggregates[RIPNG_AGGREGATES_MAX];
    size_t n_aggregates;
    struct source_default *source_defaults;
    size_t n_source_defaults;

    /* neigh.c */
    struct peer *peers;
    uint32_t n_peers; /* size of the array */
    uint32_t n_heard, n_gateways;
    uint16_t peer_buckets[PEER_BUCKETS], free_peer;
    int64_t neigh_due; /* no neighbour is to be forgotten before */

    /* hops.c */
    struct hop_set *sets;
    uint32_t n_sets; /* size of the array */
    uint16_t set_buckets[SET_BUCKETS], free_set;
    bool sets_full; /* no room for another */

    /* detect.c */
    int64_t detect_due; /* no next hop is to be looked at before */
    uint32_t n_probe_wishes;

    /* iface.c */
    struct iface **ifaces;
    size_t n_ifaces, next_iface;
    bool join_pending; /* a group may have to be joined or left */

    /* fib.c */
    uint32_t fib_head, fib_tail, n_queued;
    uint32_t retry_head, n_retry;
    int64_t retry_due, retry_backoff;
    struct flight flights[FLIGHTS];
    uint32_t next_id, oldest_id;
    bool want_dump, dumping, dumped;
    int64_t redump_due; /* want_dump then */
    int64_t adopt_until;
    int64_t complete_until; /* what is adopted with more next hops than were heard of stays so */
    uint32_t n_adopted;
    struct stray *strays;
    size_t n_strays;
    struct stray flying_stray;
    int64_t strays_due;

    /* select.c */
    int64_t relax_due; /* the next sweep over what got worse */

    /* export.c */
    int64_t retract_due; /* the next sweep over `retracted` */

    /* advert.c */
    struct job *jobs[JOBS_MAX];
    unsigned next_job;
    int64_t ask_due, ask_hold;  /* everybody is to be asked then; not before */
    int64_t settle, settle_end; /* more news of our own is about to come: triggered updates wait a moment */

    /* engine.c */
    struct ripng_event events[EVENT_RING];
    uint32_t event_head, event_count;
    struct event_limit limits[RIPNG_N_EVENTS][EVENT_LIMITS];
    uint64_t rx_packets, tx_packets, rx_errors, drops[RIPNG_N_REASONS];
    uint64_t kernel_errors, kernel_resyncs, events_lost, packets_lost;
};

/* --- by index ----------------------------------------------------------------- */

static inline struct route *route_at(const struct ripng *r, uint32_t i)
{
    return pool_at(&r->routes, i);
}
static inline struct path *path_at(const struct ripng *r, uint32_t i)
{
    return pool_at(&r->paths, i);
}
static inline struct ripng_prefix route_prefix(const struct route *t)
{
    return (struct ripng_prefix){t->addr, t->len};
}
/* The chosen path, NULL: none. Valid while its metric is under 16, else garbage. */
static inline struct path *route_chosen(const struct ripng *r, const struct route *t)
{
    return t->paths ? path_at(r, t->paths) : NULL;
}
static inline struct peer *peer_at(const struct ripng *r, uint16_t i)
{
    return &r->peers[i];
}
static inline struct kroute *kroute_at(const struct ripng *r, uint32_t i)
{
    return pool_at(&r->kroutes, i);
}

#endif
