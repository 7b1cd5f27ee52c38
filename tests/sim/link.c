/* Links; see link.h. */
#include "link.h"

#include <stdlib.h>
#include <string.h>

bool port_has_address(const struct port *p, const struct in6_addr *addr)
{
    for (unsigned n = 0; n < p->n_addrs; n++)
        if (p->addrs[n].usable && ripng_addr_equal(&p->addrs[n].addr, addr))
            return true;
    return false;
}

bool link_connects(const struct world *w, const struct port *from, const struct port *to)
{
    const struct link *l = &w->links[from->link];
    return from->exists && to->exists && from->up && to->up && from->carrier && to->carrier && !l->cut &&
           !w->routers[from->router].off && !w->routers[to->router].off && !from->mute && !to->deaf &&
           (l->pair_from != from->id || l->pair_to != to->id);
}

static bool survives(struct world *w, const struct link *l)
{
    return !rng_ppm(&w->rng, l->loss_ppm);
}

bool link_answers(const struct world *w, const struct port *p, const struct in6_addr *addr)
{
    const struct link *l = &w->links[p->link];
    if (!p->exists || !p->up || !p->carrier)
        return false;
    if (l->has_host && ripng_addr_equal(&l->host, addr))
        return !l->host_off && !l->cut && !p->mute && !p->deaf;
    for (size_t n = 0; n < l->n_ports; n++) {
        const struct port *to = &w->ports[l->ports[n]];
        if (to != p && port_has_address(to, addr))
            return link_connects(w, p, to) && link_connects(w, to, p);
    }
    return false;
}

bool link_asks(struct world *w, const struct port *p, const struct in6_addr *addr)
{
    const struct link *l = &w->links[p->link];
    bool both = survives(w, l) && survives(w, l);
    return both && link_answers(w, p, addr);
}

static struct sim_packet *make(const struct ripng_packet *p, uint32_t sender)
{
    struct sim_packet *k = sim_calloc(1, sizeof *k + p->size);
    k->source = p->source;
    k->dest = p->dest;
    k->source_port = p->source_port;
    k->hop_limit = p->hop_limit;
    k->sender = sender;
    k->size = p->size;
    if (p->size)
        memcpy(k->data, p->data, p->size);
    return k;
}

static int64_t travel(struct world *w, const struct link *l)
{
    int64_t t = l->latency + (l->jitter ? rng_between(&w->rng, 0, l->jitter) : 0);
    if (rng_ppm(&w->rng, l->reorder_ppm))
        t += rng_between(&w->rng, 0, SECOND);
    return t;
}

static void transmit(struct world *w, const struct link *l, const struct port *to,
                     const struct ripng_packet *p, uint32_t sender)
{
    unsigned copies = 1;
    if (rng_ppm(&w->rng, l->loss_ppm))
        return;
    if (rng_ppm(&w->rng, l->duplicate_ppm))
        copies = 2;
    while (copies--)
        events_push(&w->events, w->now + travel(w, l), EV_PACKET, to->id, 0, make(p, sender));
}

void link_send(struct world *w, struct router *r, const struct ripng_send *out, const void *data)
{
    w->stats.packets_sent++;
    const struct port *from = world_port(w, r, out->ifindex);
    if (out->dest_port != RIPNG_PORT || !from) {
        if (w->tool)
            w->tool(w, r, out, data);
        return;
    }
    if (from->link == NONE || !port_has_address(from, &out->source))
        return; /* the address went, the engine has not heard of it yet: sendmsg() fails */
    const struct ripng_packet p = {
        .data = data,
        .size = out->size,
        .source = out->source,
        .source_port = RIPNG_PORT,
        .dest = out->dest,
        .hop_limit = RIPNG_HOP_LIMIT,
    };
    const struct link *l = &w->links[from->link];
    bool group = IN6_IS_ADDR_MULTICAST(&out->dest);
    for (size_t n = 0; n < l->n_ports; n++) {
        const struct port *to = &w->ports[l->ports[n]];
        if (to == from || !link_connects(w, from, to))
            continue;
        if (group ? to->joined : port_has_address(to, &out->dest))
            transmit(w, l, to, &p, r->id);
    }
}

void link_inject(struct world *w, struct port *to, const struct ripng_packet *p)
{
    events_push(&w->events, w->now + 1, EV_PACKET, to->id, 0, make(p, NONE));
}

void link_arrive(struct world *w, struct port *to, uint32_t generation, struct sim_packet *packet)
{
    /* It may have been on its way when the port left the group, or in a socket that is closed. */
    if ((generation && generation != port_router(w, to)->generation) || !to->exists || !to->up ||
        !to->carrier || (IN6_IS_ADDR_MULTICAST(&packet->dest) && !to->joined)) {
        free(packet);
        return;
    }
    router_packet(w, to, packet);
}
