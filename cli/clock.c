/*
 * CLOCK_MONOTONIC, which the engine wants too. Called by what waits for an answer: cmd_query.c,
 * doctor_query.c, doctor_nft.c.
 */
#include "clock.h"

#include <time.h>

int64_t clock_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}
