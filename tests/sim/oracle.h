/*
 * The oracle: what each router's table must be once nothing goes wrong any more.
 *
 * Reads the world, not the engines: whose kernel has which routes of others, which
 * ports speak and hear, what each costs. From that a Bellman-Ford capped at 16 gives
 * each router's metric for each prefix, and a walk along the fake kernels' next hops
 * shows where packets end up.
 */
#ifndef SIM_ORACLE_H
#define SIM_ORACLE_H

#include "world.h"

/* Fills w->want. */
void oracle_compute(struct world *w);
static inline uint8_t oracle_want(const struct world *w, const struct router *r, uint32_t pid)
{
    return w->want[(size_t)r->id * w->n_prefixes + pid];
}
/* Do all running routers' tables equal it, and do packets arrive? Else `why` says where not. */
bool oracle_agrees(struct world *w, char *why, size_t size);

/* A route to `pid` changed in a kernel: is there a loop, does one end? For the statistics. */
void loops_look(struct world *w, struct router *r, uint32_t pid);

#endif
