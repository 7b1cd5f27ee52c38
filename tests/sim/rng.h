/*
 * Random numbers of the simulator: SplitMix64, the same on every machine.
 *
 * All chance of a run comes from one of these, seeded by the run's seed; nothing
 * in tests/sim asks the C library or the clock. Draws happen in the order of the
 * event heap, so a seed is a whole story and replays to the byte.
 */
#ifndef SIM_RNG_H
#define SIM_RNG_H

#include <stdbool.h>
#include <stdint.h>

struct rng {
    uint64_t state;
};

static inline uint64_t rng_next(struct rng *g)
{
    uint64_t z = g->state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

/* 0 .. n-1; n over 0. The bias of a modulo is no matter here. */
static inline uint32_t rng_below(struct rng *g, uint32_t n)
{
    return (uint32_t)((rng_next(g) >> 16) % n);
}

/* Both included. */
static inline int64_t rng_between(struct rng *g, int64_t low, int64_t high)
{
    return low + (int64_t)((rng_next(g) >> 1) % (uint64_t)(high - low + 1));
}

static inline bool rng_percent(struct rng *g, uint32_t percent)
{
    return rng_below(g, 100) < percent;
}

static inline bool rng_ppm(struct rng *g, uint32_t ppm)
{
    return ppm && rng_below(g, 1000000) < ppm;
}

#endif
