/*
 * Policy: what administrators forbid, add and announce of their own accord.
 *
 * Filters of interfaces and of redistribution, default-route, aggregate and route, drawn
 * for a part of the worlds. A filter is one sentence about prefixes here, written out as
 * rules for the engine, and judged in plain words for check.c, watch.c and oracle.c: they
 * read nothing of lib/export.c, filter.c and aggregate.c.
 *
 * Which of two ways of the same cost a router takes is a matter of chance, and so is its
 * tag. Where filters read tags, the tag therefore follows from the prefix, all over the
 * world; in other worlds they set them. `set metric` breaks the count of hops
 * (ripngd.conf(5)), so it is for redistribution alone.
 */
#ifndef SIM_POLICY_H
#define SIM_POLICY_H

#include "ripng.h"

struct world;
struct router;
struct port;

enum sentence {
    SAYS_NOTHING,
    SAYS_DENY,   /* those; all others pass */
    SAYS_ONLY,   /* those; all others are denied */
    SAYS_ADD,    /* `number` to their metric */
    SAYS_SET,    /* their metric to `number` */
    SAYS_TAG,    /* their tag to `number` */
    SAYS_COLOUR, /* the tag of each prefix to policy_colour() */
};

struct sentence_of {
    enum sentence says;
    uint32_t pid;             /* that and all inside it; NONE: everything */
    enum ripng_source source; /* of this alone; RIPNG_N_SOURCES: of any */
    int tag;                  /* with this alone; -1: with any */
    uint16_t number;
};

#define NAMED_MAX 2
#define POLICY_COLOURS 8

/* An aggregate or a route of the configuration. */
struct named {
    uint32_t pid;
    uint8_t metric;
    uint16_t tag;
    bool on, summary_only;
};

struct policy {
    struct sentence_of share[RIPNG_N_REDISTRIBUTE];
    struct ripng_default_config default_route;
    struct named aggregates[NAMED_MAX], routes[NAMED_MAX];
    unsigned n_aggregates, n_routes;
};

/* --- policy_draw.c ---------------------------------------------------------- */

/* Is there policy in this world? Adds the prefixes that it needs. */
void policy_prefixes(struct world *w);
void policy_draw(struct world *w);
struct sentence_of policy_nothing(void);
void policy_of_nobody(struct policy *p); /* the defaults */
/* Somebody changes his mind, and tells his daemon. */
void policy_disturb(struct world *w);
/* What the oracle can't know is as at first. */
void policy_settle(struct world *w, struct router *r);

/* --- policy.c: what the engine is told --------------------------------------- */

/* The interface section of `p`; filters are added to `c`. */
void policy_section(const struct world *w, const struct port *p, struct ripng_config *c,
                    struct ripng_iface_config *i);
void policy_settings(const struct world *w, const struct router *r, struct ripng_config *c);

/* --- policy.c: what it means --------------------------------------------------- */

/* A route before a filter, and behind it. */
struct told {
    uint32_t pid;
    enum ripng_source source;
    unsigned metric;
    uint16_t tag;
};
/* False: denied. */
bool policy_passes(const struct world *w, const struct sentence_of *s, struct told *t);
uint16_t policy_colour(const struct world *w, uint32_t pid);

/* What the settings alone announce: aggregates while `inside`, default routes while `present`. 0: not. */
unsigned policy_names(const struct world *w, const struct router *r, uint32_t pid, bool inside, bool present,
                      enum ripng_source *source);
/* Is it an aggregate of this router? */
const struct named *policy_aggregate(const struct router *r, uint32_t pid);
/* The n-th aggregate that holds back `pid`, while it is announced; NULL: no more. */
const struct named *policy_holder(const struct world *w, const struct router *r, uint32_t pid, unsigned n);

#endif
