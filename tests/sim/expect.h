/*
 * What a port must tell of a route, by the settings and the table alone.
 *
 * Split horizon (RFC 2080 2.6), next hops (2.1.1), export filters and aggregates in one
 * plain place, for check.c (each RTE), watch.c (in time) and scenario.c (a tool's answer).
 */
#ifndef SIM_EXPECT_H
#define SIM_EXPECT_H

#include "world.h"

struct expected {
    unsigned metric; /* 0: nothing is told */
    uint16_t tag;
    struct in6_addr next_hop;
    bool hidden;          /* by a filter or an aggregate: what was told before is taken back */
    int64_t policy_since; /* since when filter and aggregates are what they are; the router's clock */
    int64_t hidden_since; /* the same, or the route what it is */
};

/* `i`: the route in the engine's table. */
void expect(const struct world *w, const struct router *r, const struct port *p,
            const struct ripng_route_info *i, struct expected *out);
/* May what is hidden still be told as unreachable? Filters take back for one to two garbage times. */
bool expect_taken_back(const struct world *w, const struct router *r, const struct expected *x);
/* The route to this very prefix, valid or not. */
bool expect_find(const struct world *w, const struct router *r, const struct ripng_prefix *prefix,
                 struct ripng_route_info *i);

#endif
