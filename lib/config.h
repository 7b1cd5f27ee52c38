/*
 * Settings as plain data, with their limits and the reasons for them.
 *
 * daemon/config.c fills it from a file, the tests by hand; ripng_configure()
 * takes a copy of its own. Names and meanings are those of ripngd.conf(5).
 */
#ifndef RIPNG_CONFIG_H
#define RIPNG_CONFIG_H

#include "prefix.h"

#define RIPNG_METRIC_INFINITY 16 /* RFC 2080 2.1 */

/*
 * Limits of the settings. Each entry gives its reason; ripngd.conf(5) repeats
 * the numbers and a test compares them.
 */
#define RIPNG_TIMER_MIN_US 50000LL       /* below 50 ms a busy machine misses its own updates */
#define RIPNG_TIMER_MAX_US 86400000000LL /* a day: longer is a static route */
#define RIPNG_PATTERN_MAX 32           /* an interface name is at most 15 characters, a glob a little more */
#define RIPNG_UNICAST_MAX 16           /* each costs a copy of every update */
#define RIPNG_ACCEPT_MAX 16            /* searched for each packet */
#define RIPNG_IFACE_SECTIONS_MAX 256   /* searched for each new interface */
#define RIPNG_NEXTHOPS_MAX 16          /* as many paths as a route keeps */
#define RIPNG_LIMIT_ROUTES_MAX 4000000 /* 32-bit routers can't hold more in 80 bytes each */
#define RIPNG_LIMIT_NEIGHBORS_MAX                                                                            \
    16384 /* a neighbour's number is 15 bits, next hops of others share them                                 \
           */

#define RIPNG_AGGREGATES_MAX 64     /* each is compared with every route that comes or goes */
#define RIPNG_STATIC_ROUTES_MAX 256 /* what a program makes belongs into the kernel's table */

enum ripng_split_horizon {
    RIPNG_SPLIT_POISON, /* RFC 2080 2.6: announced back with metric 16 */
    RIPNG_SPLIT_SIMPLE, /* not announced back */
    RIPNG_SPLIT_OFF,
};

struct ripng_timers { /* microseconds, RFC 2080 2.3 and 2.5.1 */
    int64_t update_us;
    int64_t timeout_us;
    int64_t garbage_us;
    int64_t triggered_min_us;
    int64_t triggered_max_us;
};

struct ripng_filter; /* filter.h */

struct ripng_iface_config {
    char pattern[RIPNG_PATTERN_MAX]; /* exact name or glob */
    bool enabled;
    bool passive;   /* listen, never send on our own account */
    bool multicast; /* false: send to `neighbors` alone */
    uint8_t metric; /* 1..15 */
    enum ripng_split_horizon split_horizon;
    unsigned n_neighbors, n_accept;
    struct in6_addr neighbors[RIPNG_UNICAST_MAX];  /* link-local; also sent to */
    struct in6_addr accept_from[RIPNG_ACCEPT_MAX]; /* link-local; none: from anybody */
    unsigned import, export;                       /* filters, see ripng_config_filter() */
};

/* Where a route comes from. The order is the order of preference among a router's own. */
enum ripng_source {
    RIPNG_SOURCE_CONNECTED,
    RIPNG_SOURCE_DELEGATED,
    RIPNG_SOURCE_STATIC,
    RIPNG_SOURCE_KERNEL,
    RIPNG_SOURCE_DEFAULT, /* these three are named by the configuration, not found in the kernel */
    RIPNG_SOURCE_AGGREGATE,
    RIPNG_SOURCE_ROUTE,
    RIPNG_SOURCE_RIPNG, /* learned */
    RIPNG_N_SOURCES,
};
#define RIPNG_N_REDISTRIBUTE 4 /* the sources up to RIPNG_SOURCE_KERNEL */

struct ripng_redistribute_config {
    bool enabled;
    uint8_t metric; /* 1..15, announced */
    uint16_t tag;
    uint8_t protocols[32]; /* RIPNG_SOURCE_KERNEL: a bit for each RTPROT_* */
    unsigned filter;
};

enum ripng_originate {
    RIPNG_ORIGINATE_NEVER,
    RIPNG_ORIGINATE_ALWAYS,
    RIPNG_ORIGINATE_IF_PRESENT, /* while the kernel has a default route of somebody else */
};

struct ripng_default_config {
    enum ripng_originate originate;
    uint8_t metric; /* 1..15, announced */
    bool accept;    /* false: ::/0 is not learned */
};

struct ripng_aggregate_config {
    struct ripng_prefix prefix;
    uint8_t metric; /* 1..15, announced */
    uint16_t tag;
    bool summary_only; /* what is inside is not announced */
};

struct ripng_static_config {
    struct ripng_prefix prefix;
    uint8_t metric; /* 1..15, announced */
    uint16_t tag;
};

struct ripng_kernel_config {
    uint32_t table;
    uint32_t
        metric; /* priority of the routes this router installs; a foreign route of the same is left alone */
    uint8_t protocol;  /* RTPROT_*: what carries it in `table` is taken for ours */
    uint8_t multipath; /* 1..RIPNG_NEXTHOPS_MAX: next hops of a route, as long as they cost the same */
};

struct ripng_limits_config {
    uint32_t routes;              /* learned prefixes; 0: none */
    uint32_t routes_per_neighbor; /* 0: none */
    uint32_t neighbors;           /* 1..RIPNG_LIMIT_NEIGHBORS_MAX */
};

struct ripng_config {
    struct ripng_timers timers;
    struct ripng_iface_config
        *ifaces; /* owned; searched exact name first, then in order; none: all interfaces */
    size_t n_ifaces;
    struct ripng_filter *filters; /* owned */
    size_t n_filters;
    struct ripng_redistribute_config redistribute[RIPNG_N_REDISTRIBUTE];
    struct ripng_default_config default_route;
    struct ripng_aggregate_config aggregates[RIPNG_AGGREGATES_MAX];
    size_t n_aggregates;
    struct ripng_static_config statics[RIPNG_STATIC_ROUTES_MAX];
    size_t n_statics;
    struct ripng_kernel_config kernel;
    struct ripng_limits_config limits;
    bool failure_detection; /* act on carriers and on the kernel's neighbour unreachability detection */
    bool graceful_restart;  /* ripng_stop() leaves the kernel's routes and poisons nothing */
};

/* The defaults of INTERFACE.md; no interface section. */
void ripng_config_init(struct ripng_config *c);

/* A deep copy into uninitialised `to`. False: no memory, `to` holds nothing. */
bool ripng_config_copy(struct ripng_config *to, const struct ripng_config *from);

/* Frees what `c` owns; `c` itself is the caller's. */
void ripng_config_clear(struct ripng_config *c);

/* One more interface section with the defaults. NULL: no memory. */
struct ripng_iface_config *ripng_config_add_iface(struct ripng_config *c, const char *pattern);

/* One more aggregate or static route with the defaults. NULL: as many as there may be. */
struct ripng_aggregate_config *ripng_config_add_aggregate(struct ripng_config *c,
                                                          const struct ripng_prefix *p);
struct ripng_static_config *ripng_config_add_static(struct ripng_config *c, const struct ripng_prefix *p);

/*
 * One more filter, without rules. NULL: no memory. Settings name a filter by its number,
 * which counts from 1 in the order of these calls; 0 is none, and permits everything.
 */
struct ripng_filter *ripng_config_add_filter(struct ripng_config *c, const char *name);
unsigned ripng_config_find_filter(const struct ripng_config *c, const char *name); /* 0: there is none */
const struct ripng_filter *ripng_config_filter(const struct ripng_config *c, unsigned number); /* 0: NULL */

/* The section for an interface: exact name, else the first glob that matches; NULL: none. */
const struct ripng_iface_config *ripng_config_iface(const struct ripng_config *c, const char *name);

/* "connected", ...: the words of the file and of the JSON. */
const char *ripng_source_name(enum ripng_source s);
const char *ripng_split_horizon_name(enum ripng_split_horizon s);
const char *ripng_originate_name(enum ripng_originate o);

#endif
