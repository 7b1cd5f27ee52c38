/*
 * The simulated world: routers with their engines and kernels, links, prefixes, time.
 *
 * One struct world is one run of one seed. topology.c fills it, router.c drives the
 * engines as the daemon would, link.c and kernel.c are what a router stands on,
 * fault.c breaks things, watch.c, check.c and oracle.c say whether all is well, and
 * scenario.c is the story of a run. Indices name things: routers, ports, links and
 * prefixes ("pid") lie in arrays that do not move once a run has begun.
 */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include "events.h"
#include "kernel.h"
#include "policy.h"
#include "ripng.h"
#include "rng.h"
#include "watch.h"

#include <stdio.h>

#define NONE UINT32_MAX
#define SECOND 1000000LL
#define ADDRS_MAX 4
#define ON_LINK_MAX 8
#define IP_AND_UDP 48 /* bytes before a RIPng packet */

/* The settings of one interface; those of a router are in struct router. */
struct port_settings {
    bool enabled, passive;
    bool unicast; /* multicast = false: the others on the link are listed as neighbours */
    uint8_t metric;
    enum ripng_split_horizon split_horizon;
    struct sentence_of import, export;
};

struct port_addr {
    struct in6_addr addr;
    bool usable;
};

/* An interface of a router. Port 0 of each is lo. */
struct port {
    uint32_t id, router;
    uint32_t link; /* NONE: lo */
    uint32_t ifindex;
    char name[RIPNG_IFNAME];
    bool exists, up, carrier;
    uint32_t generation;    /* rises with each coming up, so that late address checks are known */
    uint32_t mtu, told_mtu; /* the kernel's, and what the engine was told last */
    bool joined;            /* the daemon's socket is in ff02::9 here */
    bool mute, deaf;        /* one-way cuts */
    struct in6_addr link_local, global;
    uint32_t pid;                  /* on-link prefix; NONE */
    uint32_t on_link[ON_LINK_MAX]; /* others that are at times */
    unsigned n_on_link;
    struct port_addr addrs[ADDRS_MAX];
    unsigned n_addrs;
    struct port_settings set, set_at_start;
    struct watch_port watch;
};

/* A kernel route that somebody else on the router wants: connected, delegated, static. */
struct share {
    uint32_t pid, port; /* `port`: world index */
    uint8_t type, protocol;
    uint32_t metric;
    struct in6_addr gateway, other; /* `other`: what it moves to at times; :: none */
    bool active;
    bool relied_on; /* another router on the link sends packets for it here */
};

struct router {
    uint32_t id;
    struct ripng *engine; /* NULL: not running */
    bool stopping, paused;
    bool reload;         /* settings changed during the pause */
    bool off;            /* the whole machine */
    uint32_t generation; /* of starts and ends, so that late events are known */
    int64_t skew;        /* its clock against the world's */
    int64_t resume_at;
    uint32_t timer_generation;
    int64_t timer_at;
    unsigned held_packets; /* while paused */
    uint32_t lost_packets; /* not reported to the engine yet */

    uint32_t first_port, n_ports;
    uint32_t next_ifindex;
    struct share *shares;
    size_t n_shares;

    /* settings */
    struct ripng_timers timers;
    struct ripng_redistribute_config redistribute[RIPNG_N_REDISTRIBUTE];
    struct ripng_kernel_config kernel_set;
    struct ripng_limits_config limits;
    uint32_t neighbors_at_start; /* limits.neighbors */
    bool graceful, failure_detection, detection_at_start;
    struct policy policy;

    /* habits, drawn at start */
    bool lazy;            /* puts its work off a little, so that inputs come in heaps */
    uint32_t blocked_ppm; /* the socket is full for a while, or refuses a packet */
    int64_t full_until;
    uint32_t rx_loss_ppm; /* the receive buffer overflows */

    struct kernel kernel;
    struct watch watch;
};

/* Two or more ports that hear each other. */
struct link {
    uint32_t id;
    uint32_t *ports; /* world indices */
    size_t n_ports;
    int64_t latency, jitter; /* microseconds */
    uint32_t loss_ppm, duplicate_ppm, reorder_ppm;
    bool cut;                    /* silently */
    uint32_t pair_from, pair_to; /* ports: the one is not heard by the other; NONE */
    struct in6_addr host;        /* a gateway that is no RIPng router */
    bool has_host, host_off;
};

struct stats {
    uint64_t events, packets, packets_sent, rtes, faults, loops, requests;
    int64_t loop_longest, loop_total;
    int64_t converged; /* after the faults stopped, the longest */
    uint64_t entries;  /* of all tables of a world in peace, the most */
    uint64_t asked;    /* next hops, while they lived */
    uint64_t settled;  /* how often, in a home, and how long it took altogether */
    int64_t settling;
};

struct limits_of_run { /* drawn by topology.c, told to the liveness bound */
    struct ripng_timers timers;
    unsigned diameter;
};

struct world {
    uint64_t seed;
    struct rng rng;
    int64_t now;
    struct events events;
    struct router *routers;
    struct port *ports;
    struct link *links;
    uint32_t n_routers, n_ports, n_links;

    /* Prefixes: the first `n_real` belong to somebody at times, the others are lies. */
    struct ripng_prefix *prefixes;
    uint32_t n_prefixes, n_real;
    uint32_t *parent;     /* the longest other prefix that contains it; NONE */
    uint32_t *host_link;  /* where its gateway that is no router lies; NONE */
    uint32_t *third_port; /* the port that others name as its next hop; NONE */
    bool third_parties;   /* there are such */
    uint32_t *pid_hash, pid_buckets;
    char topology[64];
    struct limits_of_run run;
    bool policies;              /* there are filters, aggregates and the like: policy.h */
    bool tags_decide, defaults; /* some filters read tags; somebody has a default route */
    unsigned nesting;           /* aggregates in each other, at most */
    struct rng policy_rng;

    struct addresses addresses;
    bool watching;    /* watch.c keeps books; too much for worlds of a thousand routers */
    bool chaos;       /* faults may be under way */
    int64_t quiet_at; /* since when they are not */
    uint32_t fault_mask;
    int64_t fault_gap;

    uint8_t *want; /* oracle.c: metric for each router and prefix */
    int64_t *loop_since;
    uint32_t *loop_at;
    uint64_t changes; /* of any kernel or table: anything new to look at? */

    bool failed;
    char failure[1024];
    uint8_t *answer; /* scenario.c: metrics that a tool was told, by pid */
    int trace;       /* 0 none, 1 decisions and routes, 2 packets too */
    struct stats stats;
    /* Answers to tools go here. */
    void (*home)(struct world *w, uint32_t what, uint32_t who, void *arg);
    void (*tool)(struct world *w, struct router *r, const struct ripng_send *out, const void *data);
};

/* --- world.c ------------------------------------------------------------ */

struct world *world_new(uint64_t seed, int trace);
void world_free(struct world *w);
/* Lets events happen until then, or until something failed. */
void world_run(struct world *w, int64_t until);

uint32_t world_add_prefix(struct world *w, const struct ripng_prefix *p); /* its pid */
uint32_t world_pid(const struct world *w, const struct ripng_prefix *p);  /* NONE: unknown */
void world_index_prefixes(struct world *w);                               /* once all are there */

struct port *world_port(const struct world *w, const struct router *r, uint32_t ifindex); /* NULL: none */
/* Is the prefix on-link there, at times at least? */
bool port_on_link(const struct port *p, uint32_t pid);
static inline struct router *port_router(const struct world *w, const struct port *p)
{
    return &w->routers[p->router];
}

/* Something is wrong: the first of these ends the run. `r` may be NULL. */
__attribute__((format(printf, 3, 4))) void world_fail(struct world *w, const struct router *r,
                                                      const char *format, ...);
__attribute__((format(printf, 3, 4))) void world_trace(struct world *w, const struct router *r,
                                                       const char *format, ...);
#define TRACE(w, r, ...)                                                                                     \
    do {                                                                                                     \
        if ((w)->trace)                                                                                      \
            world_trace(w, r, __VA_ARGS__);                                                                  \
    } while (0)

const char *pid_text(const struct world *w, uint32_t pid); /* in a static buffer of a few */

/* Memory for the simulator: a failure ends the process. */
void *sim_calloc(size_t n, size_t size);
void *sim_realloc(void *p, size_t size);

#endif
