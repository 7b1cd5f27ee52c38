/*
 * Topologies: which routers, links, prefixes and settings a run begins with.
 *
 * Drawn from the world's random numbers; what the caller fixes (kind, number of
 * routers and prefixes, split horizon) is not drawn.
 */
#ifndef SIM_TOPOLOGY_H
#define SIM_TOPOLOGY_H

#include "world.h"

enum topology {
    TOPOLOGY_LINE,
    TOPOLOGY_RING,
    TOPOLOGY_GRID,
    TOPOLOGY_STAR,
    TOPOLOGY_LAN,    /* all on one link */
    TOPOLOGY_CLIQUE, /* a link for each pair */
    TOPOLOGY_TREE,
    TOPOLOGY_RANDOM, /* links of two to five ports, any loops */
    TOPOLOGY_ANY,
};
extern const char *const topology_names[TOPOLOGY_ANY];

struct topology_wish {
    enum topology kind;
    uint32_t routers;  /* 0: drawn */
    uint32_t prefixes; /* at least; 0: drawn */
    int split_horizon; /* -1: drawn */
    bool single;       /* one next hop everywhere, as in the stories of seeds.txt */
    bool plain;        /* default timers and settings, no lossy habits */
};

void topology_build(struct world *w, const struct topology_wish *wish);

#endif
