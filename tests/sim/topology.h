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

/* What worlds were before there was more in them: for the stories of seeds.txt. */
enum era {
    ERA_NOW,
    ERA_LAWLESS, /* no policies */
    ERA_SINGLE,  /* nor several next hops */
};

struct topology_wish {
    enum topology kind;
    uint32_t routers;  /* 0: drawn */
    uint32_t prefixes; /* at least; 0: drawn */
    int split_horizon; /* -1: drawn */
    enum era era;      /* how old the story is */
    bool plain;        /* default timers and settings, no lossy habits */
};

/* For worlds of another making: who is on which link; settings, once prefixes are there; what comes last. */
struct topology_member {
    uint32_t link, router;
};
void topology_members(struct world *w, const struct topology_member *members, size_t n, uint32_t n_routers,
                      uint32_t n_links);
/* Of the router of `p`, its last one then. */
void topology_share(struct world *w, struct port *p, uint32_t pid, enum ripng_route_type type,
                    uint8_t protocol, const struct in6_addr *gateway);
/* A port of `r` on a link with a gateway that is no router; NULL: none. */
struct port *topology_gateway_port(struct world *w, const struct router *r);
void topology_settings(struct world *w, const struct topology_wish *wish);
void topology_finish(struct world *w);

void topology_build(struct world *w, const struct topology_wish *wish);

#endif
