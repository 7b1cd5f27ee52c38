/*
 * Safety: what must hold at every step, whatever goes wrong around a router.
 *
 * Each packet sent is read again here, with a reader of its own, and held against
 * the engine's table as ripng.h shows it. Every few seconds of virtual time the
 * table itself is held against what was heard (watch.c), against the fake kernel and
 * against the engine's own structures (check_engine.c).
 */
#ifndef SIM_CHECK_H
#define SIM_CHECK_H

#include "world.h"

void check_sent(struct world *w, struct router *r, const struct ripng_send *out, const void *data);
/* `packets`: given out in one go. */
void check_burst(struct world *w, struct router *r, unsigned packets);
/* After each turn of a router; looks closer from time to time. */
void check_router(struct world *w, struct router *r);
/* The closer look, now. */
void check_tables(struct world *w, struct router *r);
void check_stopped(struct world *w, struct router *r);

/* check_engine.c: lists, references and counters of state.h. NULL: sound; else what is not. */
const char *check_engine(const struct ripng *e, char *text, size_t size);
uint64_t check_engine_events_lost(const struct ripng *e);
bool check_engine_has_strays(const struct ripng *e);
/* Does the kernel hold nothing that is to change, adopted routes apart? */
bool check_engine_adopts(const struct ripng *e);

#endif
