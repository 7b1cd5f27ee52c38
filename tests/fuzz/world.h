/*
 * The fuzzer's side of the engine: a clock, a driver that pulls what comes out and
 * looks at it, and allocations that fail when told to.
 *
 * fuzz_engine.c turns bytes into inputs; what any driver may rely on is checked here:
 * packets and changes as ripng.h promises them, deadlines that move on, a stop that
 * ends, tables that empty themselves when nobody speaks any more.
 */
#ifndef WORLD_H
#define WORLD_H

#include "fuzz.h"

#include "internal.h"

#define WORLD_PACKET_MAX 1452

struct world {
    struct fuzz_in in;
    struct ripng *r;
    struct ripng_config config; /* as the engine has it */
    struct ripng_time now;
    bool dumping, stopping;
    uint32_t oldest_id, next_id; /* changes handed out and not answered */
    size_t buffer_size;          /* of what packets are written into */
    uint64_t digest;             /* of all packets and changes so far */

    struct ripng_send sent; /* the last packet, to come back */
    uint8_t sent_data[WORLD_PACKET_MAX];
    struct ripng_change set; /* the last RIPNG_ROUTE_SET, for the kernel to tell of */
    bool has_sent, has_set;
    uint32_t route_cursor, neigh_cursor, iface_cursor; /* of a reader that takes its time */
};

/* --- allocations that fail -------------------------------------------------- */

/* The next allocation but `after` fails, and `more` that follow. */
void world_fail_allocations(unsigned after, unsigned more);
void world_fail_none(void);
void *world_alloc(size_t size); /* never fails */

/* --- driving ------------------------------------------------------------------ */

/* A new engine with w->config. Tries again where the first one could not be made. */
void world_start(struct world *w, uint64_t seed);
void world_end(struct world *w);

void world_pull_events(struct world *w);
/* As many packets as there are, at most `max`. */
unsigned world_pull_packets(struct world *w, unsigned max);
unsigned world_pull_changes(struct world *w, unsigned max);
/* Answers the change `ahead` of the oldest unanswered one, and with it those before. */
void world_answer(struct world *w, uint32_t ahead, int error);
void world_answer_all(struct world *w);

/* Does what is due now. The deadline must be later than now after a bounded number of ticks. */
void world_settle(struct world *w);
/* Time goes on to the next deadline, but not beyond `until`. */
void world_next_deadline(struct world *w, int64_t until_us);

/* invariants_hold(), and that the engine counts changes as we do. */
void world_check(const struct world *w);

/* Nothing is heard any more and the kernel obeys: all that was learned must be gone in time. */
void world_fall_silent(struct world *w);
/* The kernel obeys: ripng_stopped() must come true. */
void world_stop(struct world *w);

#endif
