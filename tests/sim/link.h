/*
 * Links: how a packet gets from one port to the others, late, twice, or not at all.
 *
 * A link connects two or more ports. Latency and jitter are drawn for each receiver;
 * loss, duplicates and reordering come from the link's present faults, cuts from the
 * link (all), a port (mute, deaf) or a pair of ports.
 */
#ifndef SIM_LINK_H
#define SIM_LINK_H

#include "router.h"

/* What a router sends: to a link, or to a tool that asked. */
void link_send(struct world *w, struct router *r, const struct ripng_send *out, const void *data);
/* A packet of somebody else's making, for one port; sent by nobody in particular. */
void link_inject(struct world *w, struct port *to, const struct ripng_packet *p);
/* `generation`: of the only process that it is for; 0: any. */
void link_arrive(struct world *w, struct port *to, uint32_t generation, struct sim_packet *packet);

bool port_has_address(const struct port *p, const struct in6_addr *addr);
/* Can `to` hear `from` at present? */
bool link_connects(const struct world *w, const struct port *from, const struct port *to);

/* Is somebody there who answers for this address, where no packet is lost? */
bool link_answers(const struct world *w, const struct port *p, const struct in6_addr *addr);
/* A neighbour solicitation: does the answer come back? */
bool link_asks(struct world *w, const struct port *p, const struct in6_addr *addr);

#endif
