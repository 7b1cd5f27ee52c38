/*
 * The engine's entry points: the clock, the order of work, the deadline, events.
 *
 * Called by whoever drives it: the daemon, tests, fuzzers, the simulator. Each
 * input sets the clock and goes to the file that knows what it means; see the
 * picture in internal.h. Reading the tables for `show` is in read.c.
 */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

/* --- clock and random numbers ------------------------------------------------------ */

static void set_clock(struct ripng *r, struct ripng_time now)
{
    if (now.us > r->now)
        r->now = now.us;
}

/* SplitMix64: small, and the same everywhere. Nothing here needs to be secret but the hash seed. */
uint64_t engine_random(struct ripng *r)
{
    uint64_t z = r->rng += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

int64_t engine_random_between(struct ripng *r, int64_t low, int64_t high)
{
    return low + (int64_t)(engine_random(r) % (uint64_t)(high - low + 1));
}

/* --- life ------------------------------------------------------------------------------ */

struct ripng *ripng_new(const struct ripng_config *config, uint64_t seed, struct ripng_time now)
{
    struct ripng *r = calloc(1, sizeof *r);
    if (!r || !ripng_config_copy(&r->config, config)) {
        free(r);
        return NULL;
    }
    r->now = r->started = now.us;
    r->rng = seed;
    r->hash_seed[0] = engine_random(r);
    r->hash_seed[1] = engine_random(r);
    pool_init(&r->routes, sizeof(struct route));
    pool_init(&r->paths, sizeof(struct path));
    origin_init(r);
    fib_init(r);
    select_init(r);
    advert_init(r);
    r->neigh_due = r->detect_due = NEVER;
    return r;
}

void ripng_free(struct ripng *r)
{
    if (!r)
        return;
    advert_clear(r);
    iface_clear(r);
    table_clear(r);
    origin_clear(r);
    fib_clear(r);
    hops_clear(r);
    free(r->peers);
    ripng_config_clear(&r->config);
    free(r);
}

/* 0: no limit. */
static bool raised(uint32_t from, uint32_t to)
{
    return from && (!to || to > from);
}

bool ripng_configure(struct ripng *r, struct ripng_time now, const struct ripng_config *config)
{
    struct ripng_config fresh;
    set_clock(r, now);
    if (r->stopping)
        return true; /* nothing that it could change */
    if (!ripng_config_copy(&fresh, config))
        return false;
    struct ripng_config old = r->config; /* interfaces point into it until they are told */
    r->config = fresh;
    fib_reconfigure(r, &old.kernel);
    iface_reconfigure(r, &old);
    export_reconfigure(r);
    select_reconfigure(r, &old.kernel);
    origin_reconfigure(r, &old);
    detect_reconfigure(r);
    r->neigh_due = r->now; /* `timeout` may be another */
    if (raised(old.limits.routes, fresh.limits.routes) ||
        raised(old.limits.routes_per_neighbor, fresh.limits.routes_per_neighbor))
        advert_ask_all(r); /* what found no room before */
    ripng_config_clear(&old);
    return true;
}

void ripng_stop(struct ripng *r, struct ripng_time now)
{
    set_clock(r, now);
    if (r->stopping)
        return;
    r->stopping = true;
    r->want_dump = r->dumping = false;
    advert_stop_all(r);
    iface_stop(r);
    fib_stop(r);
}

bool ripng_stopped(const struct ripng *r)
{
    return r->stopping && iface_silent(r) && (r->config.graceful_restart || fib_idle(r));
}

/* --- time --------------------------------------------------------------------------------- */

void ripng_tick(struct ripng *r, struct ripng_time now)
{
    set_clock(r, now);
    if (!r->stopping) {
        expire_tick(r);
        select_tick(r);
        neigh_expire(r);
        detect_tick(r);
        iface_tick(r);
        advert_tick(r);
    }
    fib_tick(r);
}

bool ripng_deadline(const struct ripng *r, struct ripng_time *when)
{
    const int64_t always[] = {advert_deadline(r), fib_deadline(r)};
    const int64_t running[] = {expire_deadline(r), select_deadline(r), neigh_deadline(r), detect_deadline(r),
                               iface_deadline(r)};
    int64_t due = NEVER;
    for (size_t i = 0; i < sizeof always / sizeof always[0]; i++)
        due = always[i] < due ? always[i] : due;
    for (size_t i = 0; i < sizeof running / sizeof running[0] && !r->stopping; i++)
        due = running[i] < due ? running[i] : due;
    when->us = due;
    return due != NEVER;
}

/* --- inputs ---------------------------------------------------------------------------------- */

void ripng_packet(struct ripng *r, struct ripng_time now, const struct ripng_packet *p)
{
    set_clock(r, now);
    if (!r->stopping)
        input_packet(r, p);
}

void ripng_packets_lost(struct ripng *r, struct ripng_time now, uint32_t count)
{
    set_clock(r, now);
    r->packets_lost += count;
    if (count && !r->stopping)
        advert_ask_all(r);
}

void ripng_link(struct ripng *r, struct ripng_time now, const struct ripng_link *l)
{
    set_clock(r, now);
    if (r->stopping)
        return;
    iface_link(r, l);
    default_reconsider(r);
}

void ripng_link_gone(struct ripng *r, struct ripng_time now, uint32_t ifindex)
{
    set_clock(r, now);
    if (r->stopping)
        return;
    iface_link_gone(r, ifindex);
    default_reconsider(r);
}

void ripng_address(struct ripng *r, struct ripng_time now, uint32_t ifindex, const struct in6_addr *addr,
                   bool usable)
{
    set_clock(r, now);
    if (!r->stopping)
        iface_address(r, ifindex, addr, usable);
}

void ripng_address_gone(struct ripng *r, struct ripng_time now, uint32_t ifindex, const struct in6_addr *addr)
{
    set_clock(r, now);
    if (!r->stopping)
        iface_address_gone(r, ifindex, addr);
}

void ripng_neighbor(struct ripng *r, struct ripng_time now, uint32_t ifindex, const struct in6_addr *addr,
                    bool reachable)
{
    set_clock(r, now);
    if (!r->stopping)
        detect_neighbor(r, ifindex, addr, reachable);
}

static bool own_protocol(const struct ripng *r, const struct ripng_kernel_route *k)
{
    return k->protocol == r->config.kernel.protocol;
}

void ripng_kernel_route(struct ripng *r, struct ripng_time now, const struct ripng_kernel_route *k,
                        bool replaced)
{
    set_clock(r, now);
    if (r->stopping)
        return;
    if (own_protocol(r, k))
        adopt_route(r, k);
    else
        origin_kernel_route(r, k, replaced);
}

void ripng_kernel_route_gone(struct ripng *r, struct ripng_time now, const struct ripng_kernel_route *k)
{
    set_clock(r, now);
    if (r->stopping)
        return;
    if (own_protocol(r, k))
        adopt_route_gone(r, k);
    else
        origin_kernel_route_gone(r, k);
}

void ripng_kernel_lost(struct ripng *r, struct ripng_time now)
{
    set_clock(r, now);
    if (r->stopping)
        return;
    r->kernel_resyncs++;
    r->want_dump = true;
    engine_event(r, RIPNG_EV_KERNEL_LOST, 0);
}

bool ripng_kernel_wants_dump(const struct ripng *r)
{
    return r->want_dump && fib_ready_for_dump(r);
}

void ripng_kernel_dump_begin(struct ripng *r, struct ripng_time now)
{
    set_clock(r, now);
    if (r->stopping)
        return;
    r->want_dump = false;
    r->dumping = true;
    iface_stale_all(r);
    origin_stale_all(r);
    fib_dump_begin(r);
}

void ripng_kernel_dump_end(struct ripng *r, struct ripng_time now)
{
    set_clock(r, now);
    if (r->stopping || !r->dumping)
        return;
    r->dumping = false;
    iface_sweep(r);
    origin_sweep(r);
    fib_dump_end(r);
}

void ripng_kernel_answer(struct ripng *r, struct ripng_time now, uint32_t id, int error)
{
    set_clock(r, now);
    fib_answer(r, id, error);
}

/* --- outputs ------------------------------------------------------------------------------------ */

bool ripng_next_packet(struct ripng *r, struct ripng_time now, struct ripng_send *out, void *buffer,
                       size_t size)
{
    set_clock(r, now);
    return advert_next_packet(r, out, buffer, size);
}

bool ripng_next_change(struct ripng *r, struct ripng_time now, struct ripng_change *out)
{
    set_clock(r, now);
    if (!fib_room(r))
        return false;
    return iface_next_change(r, out) || fib_next_change(r, out) || detect_next_change(r, out);
}

/* --- events -------------------------------------------------------------------------------------- */

#define EVENT_INTERVAL 1000000LL /* microseconds: one a second ... */
#define EVENT_BURST 5            /* ... after so many at once */

static bool rate_limited(enum ripng_event_kind kind)
{
    return kind == RIPNG_EV_PACKET_DROPPED || kind == RIPNG_EV_RTE_DROPPED || kind == RIPNG_EV_LIMIT ||
           kind == RIPNG_EV_NO_MEMORY || kind == RIPNG_EV_KERNEL_REFUSED;
}

/* False: held back, and counted for the next one. */
static bool within_rate(struct ripng *r, enum ripng_event_kind kind, uint32_t ifindex, enum ripng_reason why,
                        uint32_t *suppressed)
{
    struct event_limit *l = &r->limits[kind][(ifindex * 5 + why) % EVENT_LIMITS];
    if (l->tat > r->now + (EVENT_BURST - 1) * EVENT_INTERVAL) {
        l->suppressed++;
        return false;
    }
    l->tat = (l->tat > r->now ? l->tat : r->now) + EVENT_INTERVAL;
    *suppressed = l->suppressed;
    l->suppressed = 0;
    return true;
}

struct ripng_event *engine_event_why(struct ripng *r, enum ripng_event_kind kind, uint32_t ifindex,
                                     enum ripng_reason why)
{
    uint32_t suppressed = 0;
    if (rate_limited(kind) && !within_rate(r, kind, ifindex, why, &suppressed))
        return NULL;
    if (r->event_count == EVENT_RING) {
        r->events_lost++;
        return NULL;
    }
    struct ripng_event *e = &r->events[(r->event_head + r->event_count++) % EVENT_RING];
    *e = (struct ripng_event){.kind = kind, .reason = why, .ifindex = ifindex, .suppressed = suppressed};
    const struct iface *i = ifindex ? iface_find(r, ifindex) : NULL;
    if (i)
        memcpy(e->ifname, i->link.name, sizeof e->ifname);
    return e;
}

struct ripng_event *engine_event(struct ripng *r, enum ripng_event_kind kind, uint32_t ifindex)
{
    return engine_event_why(r, kind, ifindex, RIPNG_WHY_NONE);
}

void engine_event_route(struct ripng *r, enum ripng_event_kind kind, const struct route *t,
                        const struct path *p, enum ripng_reason why)
{
    const struct peer *via = p->gateway ? peer_at(r, p->gateway) : NULL;
    const struct peer *from = p->peer ? peer_at(r, p->peer) : NULL;
    struct ripng_event *e = engine_event_why(r, kind, via ? via->ifindex : 0, why);
    if (!e)
        return;
    e->prefix = route_prefix(t);
    e->metric = p->metric;
    e->tag = p->tag;
    if (via)
        e->nexthop = via->addr;
    if (from && from != via)
        e->neighbor = from->addr;
    struct hops h;
    select_hops(r, t, &h);
    e->more = (uint8_t)(h.n > 1 ? h.n - 1 : 0);
}

bool ripng_next_event(struct ripng *r, struct ripng_event *out)
{
    if (!r->event_count)
        return false;
    *out = r->events[r->event_head];
    r->event_head = (r->event_head + 1) % EVENT_RING;
    r->event_count--;
    return true;
}

uint64_t ripng_events_lost(const struct ripng *r)
{
    return r->events_lost;
}
