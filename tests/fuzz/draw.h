/*
 * Bytes to the things of a small world; see draw.c.
 */
#ifndef DRAW_H
#define DRAW_H

#include "world.h"

struct in6_addr draw_text_addr(const char *text);
/* fe80::KIND+n: routers (0xb0), ours (0xa0), next hops that never speak (0xc0). */
struct in6_addr draw_link_local(unsigned kind, unsigned n);

struct in6_addr draw_addr(struct world *w);
struct ripng_prefix draw_prefix(struct world *w);
uint32_t draw_ifindex(struct world *w); /* 1..4; the fourth is not there at the start */
struct ripng_link draw_link(struct world *w, uint32_t ifindex);
struct ripng_kernel_route draw_kernel_route(struct world *w);

/* Where a packet comes from, mostly as it should be; its data is the caller's. */
struct ripng_packet draw_packet(struct world *w, bool request);
void draw_rte(struct world *w, struct ripng_writer *to);

/* These change w->config. */
void draw_timers(struct world *w);
void draw_section(struct world *w);
void draw_redistribution(struct world *w);
void draw_originated(struct world *w);
void draw_filter(struct world *w);

#endif
