/*
 * Disturbances that are no failures: settings that change, liars, tools that ask.
 */
#ifndef SIM_DISTURB_H
#define SIM_DISTURB_H

#include "fault.h"

void disturb_settings(struct world *w);
/* Timers and limits are the run's again: the liveness bound knows them only. */
void disturb_settle(struct world *w, struct router *r);
void disturb_lie(struct world *w);     /* a well-formed packet with false routes, some of them forbidden */
void disturb_garbage(struct world *w); /* any bytes */
void disturb_request(struct world *w); /* requests, from neighbours' and from other addresses and ports */
/* A request for the whole table from a tool on the link of `p`. */
void disturb_ask(struct world *w, struct port *p);

/* What fault.c offers to it. */
struct router *fault_router(struct world *w);
struct port *fault_port(struct world *w);
void fault_later(struct world *w, int64_t after, enum repair what, uint32_t a);

#endif
