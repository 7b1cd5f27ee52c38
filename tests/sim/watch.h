/*
 * The watch: what each router has heard and said, kept beside the engine.
 *
 * An independent reading of the packets: for each neighbour and prefix what was last
 * announced to a router, and for each port and prefix what the router last announced
 * there. check.c compares both with the engine's table: a route must stand on an
 * announcement that is no older than the timeout, a change must be announced within
 * the triggered hold, a lost route stay in garbage for its time. Times are those of
 * the router's own clock.
 */
#ifndef SIM_WATCH_H
#define SIM_WATCH_H

#include "ripng.h"

struct world;
struct router;
struct port;
struct sim_packet;

/* The last RTE of one neighbour for one prefix. */
struct heard {
    uint64_t key; /* port, sender, pid; 0: empty */
    int64_t at;
    uint32_t gateway; /* address id; 0: the router itself */
    uint16_t tag;
    uint8_t metric; /* as announced */
};

struct voice {
    int64_t at; /* 0: never */
    uint8_t metric;
};

struct watch_port {
    struct voice *voice;    /* by pid */
    int64_t speaking_since; /* -1: it does not */
    uint32_t *senders;      /* address ids heard */
    unsigned n_senders;
    int64_t tokens, tokens_at; /* packets it may still send, in thousandths */
};

struct watch {
    struct heard *heard;
    size_t n_heard, room;
    int64_t *changed_at, *lost_at; /* by pid; 0: not */
    int64_t *hops_at; /* the next hops beside the chosen one changed: split horizon may be another */
    uint8_t *lowest;  /* by pid: the lowest metric of the route that others may remember; 0: none */
    uint8_t *stands;  /* its metric, and since when that is */
    int64_t *stands_since;
    int64_t started_at, disturbed_at, configured_at;
    int64_t check_at;
};

/* Addresses as numbers, over the whole world; 0 is none. */
struct addresses {
    struct in6_addr *list;
    uint32_t n, room;
    uint32_t *hash, buckets;
};

void watch_init(struct world *w);
void watch_free(struct world *w);
void watch_started(struct world *w, struct router *r);
/* Settings, clock or process changed in a way that shifts deadlines. */
void watch_disturbed(struct world *w, struct router *r);
void watch_heard(struct world *w, struct port *p, const struct sim_packet *packet);
void watch_said(struct world *w, struct router *r, struct port *p, uint32_t pid, uint8_t metric);
void watch_event(struct world *w, struct router *r, const struct ripng_event *e);
/* Does a valid learned route stand on something that was heard in time? */
/* Is one of several next hops of a learned route there? */
bool watch_leads_out(const struct ripng_route_info *i, const struct port *p);
bool watch_backs(struct world *w, const struct router *r, const struct ripng_route_info *i);
/* Has `p` announced this route of the table when it should have? `on_link`: not announced there. */
void watch_check_voice(struct world *w, struct router *r, struct port *p, const struct ripng_route_info *i,
                       uint32_t pid);
/* What was announced on `p` and is in the table no more must have been taken back. `in_table`: by pid. */
void watch_check_silence(struct world *w, struct router *r, struct port *p, const bool *in_table);
/* An update too many? `packets`: of an update; to be called for each packet sent on our own account. */
void watch_rate(struct world *w, struct router *r, struct port *p, unsigned packets);

#endif
