/*
 * A router: its engine, and the part of the daemon between engine, kernel and links.
 *
 * Does what daemon/pump.c does, in virtual time: kernel messages first, a tick where
 * one is due, then changes, then packets, and events after each input. Also the life
 * of the process: start, orderly stop, crash, pause.
 */
#ifndef SIM_ROUTER_H
#define SIM_ROUTER_H

#include "world.h"

struct sim_packet { /* in flight; freed where it arrives */
    struct in6_addr source, dest;
    uint16_t source_port;
    uint8_t hop_limit;
    uint32_t sender; /* router; NONE: somebody else */
    size_t size;
    uint8_t data[];
};

struct ripng_time router_clock(const struct world *w, const struct router *r);
static inline bool router_runs(const struct router *r)
{
    return r->engine && !r->stopping;
}

void router_start(struct world *w, struct router *r);
/* The process ends without a word; the kernel keeps its routes. */
void router_crash(struct world *w, struct router *r);
void router_stop(struct world *w, struct router *r);
void router_give_up(struct world *w, struct router *r, uint32_t generation);
void router_pause(struct world *w, struct router *r, int64_t length);
void router_resume(struct world *w, struct router *r);
void router_configure(struct world *w, struct router *r);

void router_pump(struct world *w, struct router *r);
void router_timer(struct world *w, struct router *r, uint32_t generation);
void router_packet(struct world *w, struct port *p, struct sim_packet *packet); /* takes it */
void router_events(struct world *w, struct router *r);

#endif
