/*
 * The fake kernel's mailbox: what it tells the engine, in order, late or not at all. See kernel.h.
 *
 * Messages of changes, the parts of a dump, and their delivery, as daemon/netlink.c and
 * daemon/pump.c have them. Called by kernel.c and kernel_change.c, and by router.c, which
 * reads the box.
 */
#include "kernel_parts.h"

#include "router.h"
#include "world.h"

#include <stdlib.h>
#include <string.h>

#define DUMP_RESTARTS 8   /* as daemon/netlink.c */
#define DUMP_RETRY SECOND /* as daemon/pump.c */

/* --- the mailbox ------------------------------------------------------------ */

/* Sees to it that the first message is looked at when it is due. */
static void look_later(struct world *w, struct router *r)
{
    struct kernel *k = &r->kernel;
    int64_t due = k->box_n ? k->box[k->box_head].at : INT64_MAX;
    if (due == k->box_due)
        return;
    k->box_due = due;
    k->box_generation++;
    if (due < INT64_MAX)
        events_push(&w->events, due, EV_KERNEL, r->id, k->box_generation, NULL);
}

struct kmsg *kernel_put(struct world *w, struct router *r, bool front)
{
    struct kernel *k = &r->kernel;
    if (k->box_n == k->box_room) {
        size_t room = k->box_room ? k->box_room * 2 : 16;
        struct kmsg *grown = sim_calloc(room, sizeof *grown);
        for (size_t i = 0; i < k->box_n; i++)
            grown[i] = k->box[(k->box_head + i) % k->box_room];
        free(k->box);
        k->box = grown;
        k->box_head = 0;
        k->box_room = room;
    }
    if (front)
        k->box_head = (k->box_head + k->box_room - 1) % k->box_room;
    struct kmsg *m = &k->box[(k->box_head + (front ? 0 : k->box_n)) % k->box_room];
    k->box_n++;
    *m = (struct kmsg){.at = front ? w->now : w->now + rng_between(&w->rng, 0, k->lag)};
    if (!front && m->at < k->box_last)
        m->at = k->box_last;
    if (!front)
        k->box_last = m->at;
    look_later(w, r);
    return m;
}

/* A message to the engine; NULL: nobody listens, or there was no room for it. */
struct kmsg *kernel_event(struct world *w, struct router *r, enum kmsg_kind kind)
{
    struct kernel *k = &r->kernel;
    if (!r->engine || k->overrun)
        return NULL;
    if (w->chaos && rng_ppm(&w->rng, k->drop_event_ppm)) {
        TRACE(w, r, "kernel: events lost");
        k->overrun = true;
        struct kmsg *lost = kernel_put(w, r, true);
        lost->kind = KMSG_LOST;
        return NULL;
    }
    struct kmsg *m = kernel_put(w, r, false);
    m->kind = kind;
    return m;
}

static void fill_route(const struct world *w, const struct kernel_route *e, struct ripng_kernel_route *out)
{
    *out = (struct ripng_kernel_route){
        .prefix = w->prefixes[e->pid],
        .type = (enum ripng_route_type)e->type,
        .protocol = e->protocol,
        .metric = e->metric,
        .ifindex = e->ifindex,
        .gateway = e->gateway,
        .n_nexthops = e->n_hops > 1 ? e->n_hops : 1,
    };
    memcpy(out->nexthops, e->hops, sizeof out->nexthops);
}

void kernel_tell_route(struct world *w, struct router *r, const struct kernel_route *e, enum kmsg_kind kind,
                       bool replaced)
{
    struct kmsg *m = kernel_event(w, r, kind);
    if (!m)
        return;
    fill_route(w, e, &m->route);
    m->replaced = replaced;
}

static void fill_link(const struct port *p, struct ripng_link *out)
{
    *out = (struct ripng_link){
        .ifindex = p->ifindex,
        .mtu = p->mtu,
        .up = p->up,
        .no_carrier = !p->carrier,
        .multicast = p->link != NONE,
        .loopback = p->link == NONE,
    };
    memcpy(out->name, p->name, sizeof out->name);
}

void kernel_port_changed(struct world *w, struct router *r, struct port *p)
{
    struct kmsg *m = kernel_event(w, r, KMSG_LINK);
    if (m)
        fill_link(p, &m->link);
    w->changes++;
}

void kernel_port_gone(struct world *w, struct router *r, struct port *p)
{
    struct kmsg *m = kernel_event(w, r, KMSG_LINK_GONE);
    if (m)
        m->ifindex = p->ifindex;
    w->changes++;
}

void kernel_address(struct world *w, struct router *r, struct port *p, const struct in6_addr *addr,
                    bool usable)
{
    struct kmsg *m = kernel_event(w, r, KMSG_ADDRESS);
    if (!m)
        return;
    m->ifindex = p->ifindex;
    m->addr = *addr;
    m->usable = usable;
}

void kernel_address_gone(struct world *w, struct router *r, struct port *p, const struct in6_addr *addr)
{
    struct kmsg *m = kernel_event(w, r, KMSG_ADDRESS_GONE);
    if (!m)
        return;
    m->ifindex = p->ifindex;
    m->addr = *addr;
}

/* --- dumps ---------------------------------------------------------------------------------- */

static void dump_links(struct world *w, struct router *r)
{
    for (uint32_t i = 0; i < r->n_ports; i++) {
        struct port *p = &w->ports[r->first_port + i];
        if (!p->exists)
            continue;
        struct kmsg *m = kernel_put(w, r, false);
        m->kind = KMSG_LINK;
        fill_link(p, &m->link);
    }
}

static void dump_addresses(struct world *w, struct router *r)
{
    for (uint32_t i = 0; i < r->n_ports; i++) {
        const struct port *p = &w->ports[r->first_port + i];
        for (unsigned n = 0; n < p->n_addrs; n++) {
            struct kmsg *m = kernel_put(w, r, false);
            m->kind = KMSG_ADDRESS;
            m->ifindex = p->ifindex;
            m->addr = p->addrs[n].addr;
            m->usable = p->addrs[n].usable;
        }
    }
}

static void dump_routes(struct world *w, struct router *r, uint32_t from, uint32_t to)
{
    struct kernel *k = &r->kernel;
    for (uint32_t pid = from; pid < to; pid++)
        for (const struct kernel_route *e = kernel_first(k, pid); e; e = kernel_next(k, e)) {
            struct kmsg *m = kernel_put(w, r, false);
            m->kind = KMSG_ROUTE;
            fill_route(w, e, &m->route);
        }
}

/* The table of routes comes in two pieces, taken at two times. */
static void dump_part(struct world *w, struct router *r)
{
    struct kernel *k = &r->kernel;
    switch (k->dump) {
    case DUMP_LINKS:
        dump_links(w, r);
        break;
    case DUMP_ADDRESSES:
        dump_addresses(w, r);
        break;
    case DUMP_ROUTES:
        k->dump_version = k->version;
        k->dump_pid = rng_below(&w->rng, w->n_prefixes);
        dump_routes(w, r, 0, k->dump_pid);
        break;
    case DUMP_MORE_ROUTES:
        k->dump_again |= k->dump_version != k->version; /* NLM_F_DUMP_INTR */
        dump_routes(w, r, k->dump_pid, w->n_prefixes);
        break;
    case DUMP_NONE:
    case DUMP_AGAIN:
    case DUMP_LATER:
    default:
        break;
    }
    struct kmsg *m = kernel_put(w, r, false);
    m->kind = KMSG_PART;
}

static void dump_begin(struct world *w, struct router *r)
{
    struct kernel *k = &r->kernel;
    k->dump = DUMP_LINKS;
    k->dump_again = false;
    ripng_kernel_dump_begin(r->engine, router_clock(w, r));
    dump_part(w, r);
}

void kernel_dump(struct world *w, struct router *r)
{
    struct kernel *k = &r->kernel;
    if (k->box_n || k->queue_n || r->stopping)
        return;
    if (k->dump == DUMP_NONE ? !ripng_kernel_wants_dump(r->engine)
                             : k->dump != DUMP_AGAIN && (k->dump != DUMP_LATER || w->now < k->dump_retry))
        return;
    if (k->dump != DUMP_AGAIN)
        k->dump_restarts = 0;
    k->dump_retry = 0;
    dump_begin(w, r);
}

/* While messages or changes are on their way it waits for them, and is looked at when they are done. */
int64_t kernel_dump_due(const struct router *r)
{
    const struct kernel *k = &r->kernel;
    bool waits = k->dump == DUMP_LATER && !r->stopping && !k->box_n && !k->queue_n;
    return waits ? k->dump_retry : INT64_MAX;
}

static void dump_part_done(struct world *w, struct router *r)
{
    struct kernel *k = &r->kernel;
    if (w->chaos && rng_ppm(&w->rng, k->dump_fault_ppm)) {
        if (rng_percent(&w->rng, 50)) {
            TRACE(w, r, "kernel: dump fails");
            k->dump = DUMP_LATER;
            k->dump_retry = w->now + DUMP_RETRY;
            return;
        }
        k->dump_again = true;
    }
    if (k->dump_again && k->dump_restarts++ < DUMP_RESTARTS) {
        k->dump = DUMP_AGAIN;
        return;
    }
    if (k->dump != DUMP_MORE_ROUTES) {
        k->dump++;
        dump_part(w, r);
        return;
    }
    k->dump = k->dump_again ? DUMP_LATER : DUMP_NONE;
    k->dump_retry = k->dump_again ? w->now + DUMP_RETRY : 0;
    ripng_kernel_dump_end(r->engine, router_clock(w, r));
}

/* --- to the engine --------------------------------------------------------------------------- */

static void hand_over(struct world *w, struct router *r, const struct kmsg *m)
{
    struct ripng *e = r->engine;
    struct ripng_time now = router_clock(w, r);
    struct port *p;
    static const char *const names[] = {"link",       "link gone", "address", "address gone", "route",
                                        "route gone", "neigh",     "answer",  "lost",         "end of part"};
    if (w->trace > 1)
        world_trace(w, r, "kernel message: %s", names[m->kind]);
    switch (m->kind) {
    case KMSG_LINK:
        if ((p = world_port(w, r, m->link.ifindex)))
            p->told_mtu = m->link.mtu;
        ripng_link(e, now, &m->link);
        break;
    case KMSG_LINK_GONE:
        ripng_link_gone(e, now, m->ifindex);
        break;
    case KMSG_ADDRESS:
        ripng_address(e, now, m->ifindex, &m->addr, m->usable);
        break;
    case KMSG_ADDRESS_GONE:
        ripng_address_gone(e, now, m->ifindex, &m->addr);
        break;
    case KMSG_ROUTE:
        ripng_kernel_route(e, now, &m->route, m->replaced);
        break;
    case KMSG_ROUTE_GONE:
        ripng_kernel_route_gone(e, now, &m->route);
        break;
    case KMSG_NEIGH:
        ripng_neighbor(e, now, m->ifindex, &m->addr, m->usable);
        break;
    case KMSG_ANSWER:
        ripng_kernel_answer(e, now, m->id, m->error);
        break;
    case KMSG_LOST:
        r->kernel.dump_again = true;
        ripng_kernel_lost(e, now);
        break;
    case KMSG_PART:
        dump_part_done(w, r);
        break;
    }
}

void kernel_deliver(struct world *w, struct router *r, bool all)
{
    struct kernel *k = &r->kernel;
    while (k->box_n && (all || k->box[k->box_head].at <= w->now)) {
        struct kmsg m = k->box[k->box_head];
        k->box_head = (k->box_head + 1) % k->box_room;
        k->box_n--;
        if (!k->box_n)
            k->overrun = false; /* the socket has been read empty */
        hand_over(w, r, &m);
        router_events(w, r);
    }
    look_later(w, r);
}

void kernel_message_due(struct world *w, struct router *r, uint32_t generation)
{
    if (generation != r->kernel.box_generation || !r->engine)
        return;
    r->kernel.box_due = INT64_MAX;
    if (!r->paused)
        router_pump(w, r);
}
