/*
 * Faults: what goes wrong in a run, when, and how it is set right.
 *
 * While w->chaos holds, EV_FAULT comes again and again; each draws one kind of those
 * that this seed allows, finds a victim and, mostly, arranges the repair. fault_heal()
 * ends it all. The single steps (a cable, an interface, a prefix) are used by
 * scenario.c and infinity.c too.
 */
#ifndef SIM_FAULT_H
#define SIM_FAULT_H

#include "world.h"

enum repair {
    REPAIR_LINK,    /* its loss, latency and cuts */
    REPAIR_PORT,    /* up, with carrier, hearing and heard */
    REPAIR_SHARE,   /* a prefix comes back; `a`: router << 16 | share */
    REPAIR_BLOCKER, /* another program's route goes */
    REPAIR_KERNEL,  /* it obeys again */
    REPAIR_ADDRESS, /* the second link-local address goes */
    REPAIR_HOST,    /* the host on a link is there again */
    REPAIR_FLAP,    /* a prefix that comes and goes does it once more */
};

void faults_begin(struct world *w); /* draws which kinds, and how often */
void fault_happens(struct world *w);
void fault_repair(struct world *w, enum repair what, uint32_t a);
/* Everything that was set to fail works again; a few routers and ports stay dead for good. */
void fault_heal(struct world *w);

void fault_port_down(struct world *w, struct port *p);
/* The interface itself goes, and comes back, as another one. */
void fault_port_remove(struct world *w, struct port *p);
void fault_port_repair(struct world *w, struct port *p);
void fault_port_up(struct world *w, struct port *p);
void fault_address_ready(struct world *w, struct port *p, uint32_t generation);
void fault_share(struct world *w, struct router *r, struct share *s, bool active);

#endif
