/*
 * Counting to infinity, measured: how long routers pass a lost route round.
 *
 * For each topology and split-horizon mode a few worlds settle in peace; then a
 * prefix is withdrawn, its owner dies, or a cable of the owner is cut silently. What
 * is reported is the time from when the first table changed until all agree with the
 * oracle again, and how often a table changed its metric for that prefix meanwhile.
 */
#ifndef SIM_INFINITY_H
#define SIM_INFINITY_H

#include <stdint.h>

/* `n` seeds for each row. Returns the exit code. */
int infinity_report(uint64_t first, unsigned n);

#endif
