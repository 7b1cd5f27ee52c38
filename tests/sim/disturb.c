/* Settings, liars and tools; see disturb.h. */
#include "disturb.h"

#include "link.h"
#include "router.h"

#include <string.h>

#define TOOL_PORT 40521

/* --- settings ------------------------------------------------------------------------- */

static void port_setting(struct world *w, struct router *r)
{
    if (r->n_ports < 2)
        return;
    struct port *p = &w->ports[r->first_port + 1 + rng_below(&w->rng, r->n_ports - 1)];
    switch (rng_below(&w->rng, 6)) {
    case 0:
    case 1:
        p->set.metric = (uint8_t)(1 + rng_below(&w->rng, rng_percent(&w->rng, 20) ? 15 : 4));
        break;
    case 2:
        p->set.split_horizon = (enum ripng_split_horizon)rng_below(&w->rng, 3);
        break;
    case 3:
        p->set.passive = !p->set.passive && rng_percent(&w->rng, 50);
        break;
    case 4:
        p->set.enabled = !p->set.enabled || rng_percent(&w->rng, 50);
        break;
    default: /* back to what was: most runs end with most routers speaking */
        p->set = p->set_at_start;
        break;
    }
    TRACE(w, r, "settings of %s: %s%smetric %u, split horizon %s", p->name,
          p->set.enabled ? "" : "disabled, ", p->set.passive ? "passive, " : "", p->set.metric,
          ripng_split_horizon_name(p->set.split_horizon));
}

static void timers(struct world *w, struct router *r)
{
    r->timers = w->run.timers;
    r->timers.update_us = r->timers.update_us * rng_between(&w->rng, 50, 150) / 100;
    r->timers.timeout_us = r->timers.timeout_us * rng_between(&w->rng, 80, 150) / 100;
    r->timers.garbage_us = r->timers.garbage_us * rng_between(&w->rng, 80, 150) / 100;
}

static void redistribution(struct world *w, struct router *r)
{
    struct ripng_redistribute_config *c = &r->redistribute[rng_below(&w->rng, RIPNG_SOURCE_STATIC + 1)];
    switch (rng_below(&w->rng, 3)) {
    case 0:
        c->enabled = !c->enabled;
        break;
    case 1:
        c->metric = (uint8_t)(1 + rng_below(&w->rng, rng_percent(&w->rng, 20) ? 15 : 3));
        break;
    default:
        c->tag = (uint16_t)rng_below(&w->rng, 65536);
        break;
    }
}

void disturb_settings(struct world *w)
{
    struct router *r = fault_router(w);
    switch (rng_below(&w->rng, 11)) {
    case 4:
        r->failure_detection = !r->failure_detection;
        TRACE(w, r, "failure detection %s", r->failure_detection ? "on" : "off");
        break;
    case 0:
        timers(w, r);
        break;
    case 1:
        redistribution(w, r);
        break;
    case 2:
        /* What was not even read yet would be taken for another program's under the new protocol. */
        if (!router_runs(r) || !kernel_quiet(r) || ripng_kernel_wants_dump(r->engine))
            break;
        if (rng_percent(&w->rng, 50))
            r->kernel_set.metric = 2048 + rng_below(&w->rng, 2);
        else
            r->kernel_set.protocol = (uint8_t)(189 + rng_below(&w->rng, 2));
        TRACE(w, r, "kernel metric %u, protocol %u", r->kernel_set.metric, r->kernel_set.protocol);
        break;
    case 3:
        r->limits.routes = rng_percent(&w->rng, 50) ? 1 + rng_below(&w->rng, w->n_prefixes) : 0;
        r->limits.neighbors = rng_percent(&w->rng, 50) ? 1 + rng_below(&w->rng, 4) : r->neighbors_at_start;
        break;
    default:
        port_setting(w, r);
        break;
    }
    router_configure(w, r);
}

void disturb_settle(struct world *w, struct router *r)
{
    r->timers = w->run.timers;
    r->limits.routes = 0;
    r->limits.neighbors = r->neighbors_at_start;
    r->failure_detection = r->detection_at_start;
    policy_settle(w, r);
    router_configure(w, r);
}

/* --- packets of others -------------------------------------------------------------------- */

static void inject(struct world *w, struct port *to, const uint8_t *data, size_t size,
                   const struct in6_addr *source, uint16_t port, uint8_t hop_limit, bool group)
{
    struct in6_addr dest = {{{0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9}}};
    struct ripng_packet p = {
        .data = data,
        .size = size,
        .source = *source,
        .source_port = port,
        .dest = group ? dest : to->link_local,
        .hop_limit = hop_limit,
    };
    link_inject(w, to, &p);
}

static void put_rte(struct world *w, uint8_t *b, const struct port *to)
{
    const struct ripng_prefix *p = &w->prefixes[rng_below(&w->rng, w->n_prefixes)];
    memcpy(b, &p->addr, 16);
    b[16] = (uint8_t)rng_next(&w->rng);
    b[17] = (uint8_t)rng_next(&w->rng);
    b[18] = p->len;
    b[19] = (uint8_t)(1 + rng_below(&w->rng, 16));
    switch (rng_below(&w->rng, 12)) {
    case 0: /* a next hop: a port on the link, a global address, or nobody */
        memset(b, 0, 19);
        b[19] = 255;
        if (rng_percent(&w->rng, 60)) {
            const struct link *l = &w->links[to->link];
            const struct port *named = &w->ports[l->ports[rng_below(&w->rng, (uint32_t)l->n_ports)]];
            bool host = l->has_host && rng_percent(&w->rng, 20);
            memcpy(b, host ? &l->host : &named->link_local, 16);
        } else {
            b[0] = (uint8_t)rng_next(&w->rng);
        }
        break;
    case 1:
        b[19] = (uint8_t)rng_next(&w->rng);
        break;
    case 2: /* too long; other lengths would make prefixes that nobody knows */
        b[18] = (uint8_t)(129 + rng_below(&w->rng, 127));
        break;
    case 3: /* a martian */
        b[0] = rng_percent(&w->rng, 50) ? 0xff : 0xfe;
        b[1] = 0x80;
        break;
    case 4: /* host bits */
        if (p->len <= 120)
            b[15] |= (uint8_t)rng_next(&w->rng);
        break;
    default:
        break;
    }
}

/*
 * `impostor`: perhaps under the name of a router on the link, or of the victim itself.
 * Not of another port of the victim's on this link: as a neighbour known by that name it
 * hears itself from then on, as RFC 2080 would have it, and watch.c could not follow.
 */
static struct in6_addr liar(struct world *w, const struct port *to, bool impostor)
{
    struct in6_addr a = {{{0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xba, 0xd0}}};
    const struct link *l = &w->links[to->link];
    a.s6_addr[15] = (uint8_t)(0xd0 + rng_below(&w->rng, 3));
    if (impostor && rng_percent(&w->rng, 15)) {
        const struct port *p = &w->ports[l->ports[rng_below(&w->rng, (uint32_t)l->n_ports)]];
        if (p == to || p->router != to->router)
            a = p->link_local;
    }
    if (rng_percent(&w->rng, 5))
        a.s6_addr[0] = 0x20;
    return a;
}

void disturb_lie(struct world *w)
{
    uint8_t data[4 + 70 * 20] = {2, 1};
    struct port *to = fault_port(w);
    unsigned n = 1 + rng_below(&w->rng, rng_percent(&w->rng, 20) ? 70 : 6);
    for (unsigned i = 0; i < n; i++)
        put_rte(w, data + 4 + i * 20, to);
    struct in6_addr source = liar(w, to, true);
    TRACE(w, port_router(w, to), "is lied to on %s", to->name);
    bool group = rng_percent(&w->rng, 80);
    uint8_t hop_limit = rng_percent(&w->rng, 90) ? 255 : 64;
    inject(w, to, data, 4 + n * 20, &source, rng_percent(&w->rng, 90) ? 521 : 522, hop_limit, group);
}

void disturb_garbage(struct world *w)
{
    uint8_t data[256];
    struct port *to = fault_port(w);
    size_t size = rng_below(&w->rng, sizeof data);
    for (size_t i = 0; i < size; i++)
        data[i] = (uint8_t)rng_next(&w->rng);
    if (size > 2 && rng_percent(&w->rng, 80)) {
        data[0] = (uint8_t)(1 + rng_below(&w->rng, 2));
        data[1] = 1;
        if (data[0] == 2) /* prefixes that nobody knows would be believed, and nothing checked */
            size = size > 23 ? 23 : size;
    }
    struct in6_addr source = liar(w, to, data[0] != 1);
    bool group = rng_percent(&w->rng, 50);
    inject(w, to, data, size, &source, (uint16_t)(rng_percent(&w->rng, 50) ? 521 : rng_below(&w->rng, 65536)),
           255, group);
}

void disturb_ask(struct world *w, struct port *p)
{
    static const struct in6_addr tool = {{{0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x70, 0x01}}};
    uint8_t data[24] = {1, 1};
    data[23] = 16;
    inject(w, p, data, sizeof data, &tool, TOOL_PORT, 64, false);
}

void disturb_request(struct world *w)
{
    uint8_t data[4 + 70 * 20] = {1, 1};
    struct port *to = fault_port(w);
    w->stats.requests++;
    if (rng_percent(&w->rng, 40)) {
        disturb_ask(w, to);
        return;
    }
    unsigned n = rng_below(&w->rng, rng_percent(&w->rng, 20) ? 71 : 4);
    for (unsigned i = 0; i < n; i++)
        put_rte(w, data + 4 + i * 20, to);
    bool whole = n == 1 && rng_percent(&w->rng, 50);
    if (whole) {
        memset(data + 4, 0, 19);
        data[23] = 16;
    }
    struct in6_addr source = liar(w, to, whole);
    if (rng_percent(&w->rng, 20) && to->pid != NONE) { /* from off-link, to the global address */
        source = to->global;
        source.s6_addr[6] ^= 1;
    }
    bool group = rng_percent(&w->rng, 50);
    inject(w, to, data, 4 + n * 20, &source, (uint16_t)(rng_percent(&w->rng, 50) ? 521 : 1024), 255, group);
}
