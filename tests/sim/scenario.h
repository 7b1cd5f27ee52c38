/*
 * The story of a run: chaos, then peace, then a few small questions.
 *
 *  1. Routers start, faults happen, safety is checked at every step.
 *  2. Faults stop. Within a bound that follows from the timers every table equals
 *     the oracle's and every packet arrives, and it stays so.
 *  3. Probes in peace: a prefix goes and comes back, a router stops or dies, a tool
 *     asks for the table. Each has a bound of its own.
 */
#ifndef SIM_SCENARIO_H
#define SIM_SCENARIO_H

#include "topology.h"

/* What failed is in w->failed and w->failure. */
void scenario_run(struct world *w, const struct topology_wish *wish);

/* For infinity.c: all routers start now, without faults. */
void scenario_start(struct world *w);
/* Lets time pass until the oracle agrees, at most `most`; false: it does not. */
bool scenario_settle(struct world *w, int64_t most, int64_t step);

#endif
