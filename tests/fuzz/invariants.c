/*
 * The engine's insides, checked as a whole: lists against flags, counters against
 * counts, references against what they point to.
 *
 * Called between inputs by fuzz_engine.c and by the simulator. Everything is counted
 * anew from the tables and compared with what the engine keeps beside them, and each
 * list is walked with a bound, so that a broken one is told and not followed for
 * ever. Of what select.c and fib.c decide only the outcome is checked: which path may
 * stand first, and that each route the kernel does not have as wished is in a queue.
 */
#include "invariants.h"

#include "internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct check {
    const struct ripng *r;
    char *why;
    uint32_t *peer_refs, *peer_routes, *peer_hops; /* by peer: counted here */
    uint32_t *set_refs;                            /* by set of next hops */
    uint32_t n_paths, n_kroutes, n_learned, n_pathed, n_valid, n_held, n_changed, n_queued, n_refused,
        n_flying;
    uint32_t n_timeouts, n_garbage;
    uint32_t lengths[129];
};

static bool fail(const struct check *c, int line, const char *what, unsigned long long index)
{
    snprintf(c->why, INVARIANTS_TEXT, "invariants.c:%d: %s (at %llu)", line, what, index);
    return false;
}

#define NEED(condition, index)                                                                               \
    do {                                                                                                     \
        if (!(condition))                                                                                    \
            return fail(c, __LINE__, #condition, (unsigned long long)(index));                               \
    } while (0)

/* --- pools ----------------------------------------------------------------- */

static bool in_use(const struct pool *p, uint32_t index)
{
    uint32_t at = index >> POOL_CHUNK_BITS, bit = index & (POOL_CHUNK - 1);
    return index && at < p->n_chunks && p->chunks[at] && (p->chunks[at]->map[bit / 64] >> bit % 64 & 1);
}

static bool check_pool(struct check *c, const struct pool *p)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < p->n_chunks; i++) {
        const struct pool_chunk *k = p->chunks[i];
        NEED(k || i >= p->hint, i);
        if (!k)
            continue;
        uint32_t used = 0;
        for (uint32_t w = 0; w < POOL_CHUNK / 64; w++)
            used += (uint32_t)__builtin_popcountll(k->map[w]);
        NEED(used == k->used && used > (i == 0), i);
        NEED(i > 0 || (k->map[0] & 1), i);
        NEED(i >= p->hint || used == POOL_CHUNK, i);
        count += used - (i == 0);
    }
    NEED(count == p->count, count);
    return true;
}

/* --- a route --------------------------------------------------------------- */

static bool is_held(const struct route *t)
{
    return t->fib_gateway || (t->flags & FIB_STRANGE);
}

static bool check_path(struct check *c, uint32_t route, uint32_t i)
{
    const struct ripng *r = c->r;
    NEED(in_use(&r->paths, i), i);
    const struct path *p = path_at(r, i);
    const struct route *t = route_at(r, route);
    NEED(p->route == route, i);
    NEED(p->metric >= 1 && p->metric <= INFINITY_METRIC, i);
    NEED(p->time <= r->now, i);
    NEED(p->peer < r->n_peers || !p->peer, i);
    NEED(p->gateway < r->n_peers || !p->gateway, i);
    NEED(!p->peer == (p->source != RIPNG_SOURCE_RIPNG), i);
    NEED(!p->peer || p->heard >= 1, i); /* what it announced */
    NEED(!p->peer || p->gateway, i);
    /* What is shared is in the kernel, or in the configuration. */
    NEED(p->peer || p->metric == INFINITY_METRIC || t->origin || (t->flags & ROUTE_NAMED), i);
    NEED(i == t->paths || p->metric < INFINITY_METRIC, i); /* only the chosen path waits in garbage */
    NEED(i == t->paths || p->peer, i);                     /* the router's own is chosen */
    NEED(!(t->flags & ROUTE_OWNED) || !p->peer || p->metric == INFINITY_METRIC, i);
    NEED(i != t->paths || p->metric == INFINITY_METRIC || t->feasible <= p->metric, i);
    c->n_garbage += p->metric == INFINITY_METRIC;
    c->n_timeouts += p->peer && p->metric < INFINITY_METRIC;
    if (p->peer) {
        c->peer_refs[p->peer]++;
        c->peer_routes[p->peer] += p->metric < INFINITY_METRIC;
    }
    if (p->gateway)
        c->peer_refs[p->gateway]++;
    c->n_paths++;
    return true;
}

static bool check_paths(struct check *c, uint32_t route)
{
    const struct ripng *r = c->r;
    const struct route *t = route_at(r, route);
    uint16_t from[PATHS_PER_ROUTE];
    unsigned n = 0;
    bool learned = false;
    for (uint32_t i = t->paths; i; i = path_at(r, i)->next) {
        NEED(n < PATHS_PER_ROUTE, route);
        if (!check_path(c, route, i))
            return false;
        for (unsigned k = 0; k < n; k++)
            NEED(from[k] != path_at(r, i)->peer, i);
        from[n++] = path_at(r, i)->peer;
        learned |= path_at(r, i)->peer != 0;
    }
    NEED(learned == !!(t->flags & ROUTE_LEARNED), route);
    c->n_learned += learned;
    bool valid = t->paths && path_at(r, t->paths)->metric < INFINITY_METRIC;
    NEED(valid == !!(t->flags & ROUTE_VALID), route);
    c->n_pathed += t->paths != 0;
    c->n_valid += valid;
    return true;
}

static bool check_kroutes(struct check *c, uint32_t route)
{
    const struct ripng *r = c->r;
    const struct route *t = route_at(r, route);
    uint32_t n = 0;
    for (uint32_t i = t->origin; i; n++) {
        NEED(in_use(&r->kroutes, i) && n < r->kroutes.count, i);
        const struct kroute *k = pool_at(&r->kroutes, i);
        NEED(k->route == route, i);
        NEED(!k->stale || r->dumping || r->stopping, i);
        i = k->next;
    }
    c->n_kroutes += n;
    NEED(n || !(t->flags & ROUTE_OWNED), route);
    return true;
}

/* Next hops that are used together: each of another gateway, and of a path as good as the chosen one. */
static bool check_hops(struct check *c, uint32_t route, const struct hops *h)
{
    const struct ripng *r = c->r;
    const struct path *p = route_chosen(r, route_at(r, route));
    NEED(h->n <= r->config.kernel.multipath, route);
    for (unsigned k = 1; k < h->n; k++) {
        const struct path *q = path_at(r, p->next);
        while (q->gateway != h->peer[k] || q->metric != p->metric) {
            NEED(q->next, route);
            q = path_at(r, q->next);
        }
        NEED(h->peer[k] != h->peer[0] && (k == 1 || hops_before(r, h->peer[k - 1], h->peer[k])), route);
    }
    return true;
}

static bool count_hops(struct check *c, uint16_t id)
{
    NEED(!hops_is_set(id) || (id & ~HOPS_SET) < c->r->n_sets, id);
    if (hops_is_set(id))
        c->set_refs[id & ~HOPS_SET]++;
    else if (id && id != FIB_DISCARD)
        c->peer_refs[id]++;
    return true;
}

/* The kernel has it as wished, or something is going to be done about it. */
static bool check_wish(struct check *c, uint32_t route)
{
    const struct ripng *r = c->r;
    const struct route *t = route_at(r, route);
    const unsigned busy = t->flags & (FIB_QUEUED | FIB_FLYING | FIB_REFUSED);
    NEED((busy & (busy - 1)) == 0, route);
    NEED(!t->fib_gateway || !(t->flags & FIB_STRANGE), route);
    /* Else it should have been released. */
    NEED(t->paths || t->origin || is_held(t) || busy || (t->flags & ROUTE_NAMED), route);
    c->n_held += is_held(t);
    c->n_queued += !!(t->flags & FIB_QUEUED);
    c->n_refused += !!(t->flags & FIB_REFUSED);
    c->n_flying += !!(t->flags & FIB_FLYING);
    unsigned n;
    const uint16_t *list = hops_list(r, &t->fib_gateway, &n);
    for (unsigned i = 0; i < n; i++)
        c->peer_hops[list[i]]++;
    if (!count_hops(c, t->fib_gateway) || !count_hops(c, t->fib_wish))
        return false;
    NEED(!t->fib_wish || (busy & (FIB_FLYING | FIB_REFUSED)), route);
    if (busy || (r->stopping && r->config.graceful_restart))
        return true;
    const struct path *p = t->paths ? path_at(r, t->paths) : NULL;
    struct hops h;
    select_hops(r, t, &h);
    if (!check_hops(c, route, &h))
        return false;
    uint16_t wish = p && p->peer && p->metric < INFINITY_METRIC && !r->stopping ? hops_id(r, &h) : 0;
    if (p && !p->peer && p->source == RIPNG_SOURCE_AGGREGATE && p->metric < INFINITY_METRIC && !r->stopping)
        wish = FIB_DISCARD;
    if (wish && origin_blocks(r, t))
        wish = 0;
    bool more = wish && wish != FIB_DISCARD && r->now < r->complete_until;
    for (unsigned i = 0; i < h.n && more; i++)
        more = hops_contain(r, t->fib_gateway, h.peer[i]);
    bool kept = (!wish || more) && (t->flags & FIB_ADOPTED) && !(t->flags & ROUTE_OWNED) && !r->stopping &&
                (t->len || r->config.default_route.accept);
    NEED(kept || (wish == t->fib_gateway && !(t->flags & FIB_STRANGE)), route);
    return true;
}

/* --- the table --------------------------------------------------------------- */

static bool check_hash(struct check *c)
{
    const struct ripng *r = c->r;
    uint32_t n = 0;
    NEED((r->n_buckets & (r->n_buckets - 1)) == 0, r->n_buckets);
    for (uint32_t b = 0; b < r->n_buckets; b++)
        for (uint32_t i = r->buckets[b]; i; n++) {
            NEED(in_use(&r->routes, i) && n < r->routes.count, i);
            const struct route *t = route_at(r, i);
            struct ripng_prefix p = route_prefix(t);
            NEED((ripng_prefix_hash(&p, r->hash_seed) & (r->n_buckets - 1)) == b, i);
            NEED(table_find(r, &p) == i, i); /* and there is no second one */
            i = t->hash_next;
        }
    NEED(n == r->routes.count, n);
    return true;
}

static bool check_route(struct check *c, uint32_t i)
{
    const struct ripng *r = c->r;
    const struct route *t = route_at(r, i);
    struct ripng_prefix p = ripng_prefix_make(&t->addr, t->len);
    NEED(t->len <= 128 && ripng_addr_equal(&p.addr, &t->addr), i);
    NEED(!invariants_martian(&p), i);
    NEED(t->feasible >= 1 && t->feasible <= INFINITY_METRIC, i);
    c->lengths[t->len]++;
    c->n_changed += !!(t->flags & ROUTE_CHANGED);
    return check_paths(c, i) && check_kroutes(c, i) && check_wish(c, i);
}

static bool check_table(struct check *c)
{
    const struct ripng *r = c->r;
    uint32_t n = 0;
    if (!check_pool(c, &r->routes) || !check_pool(c, &r->paths) || !check_pool(c, &r->kroutes) ||
        !check_hash(c))
        return false;
    for (uint32_t i = pool_next(&r->routes, 0); i; i = pool_next(&r->routes, i), n++) {
        NEED(n < r->routes.count, i);
        if (!check_route(c, i))
            return false;
    }
    NEED(n == r->routes.count, n);
    NEED(c->n_paths == r->paths.count, c->n_paths);
    NEED(c->n_kroutes == r->kroutes.count, c->n_kroutes);
    NEED(c->n_learned == r->n_learned, c->n_learned);
    NEED(c->n_pathed == r->n_pathed && c->n_valid == r->n_valid, c->n_valid);
    NEED(c->n_held == r->n_installed, c->n_held);
    NEED(memcmp(c->lengths, r->lengths, sizeof c->lengths) == 0, 0);
    return true;
}

/* --- lists ------------------------------------------------------------------- */

static bool check_changes(struct check *c)
{
    const struct ripng *r = c->r;
    uint32_t n = 0, last = 0;
    for (uint32_t i = r->change_head; i; n++) {
        NEED(in_use(&r->routes, i) && n < c->n_changed, i);
        const struct route *t = route_at(r, i);
        NEED((t->flags & ROUTE_CHANGED) && t->change_prev == last, i);
        last = i;
        i = t->change_next;
    }
    NEED(n == c->n_changed && r->change_tail == last, n);
    return true;
}

static bool check_waiting(struct check *c, const struct path_list *l, bool garbage, uint32_t count)
{
    const struct ripng *r = c->r;
    uint32_t n = 0, last = 0;
    int64_t time = INT64_MIN;
    for (uint32_t i = l->head; i; n++) {
        NEED(in_use(&r->paths, i) && n < count, i);
        const struct path *p = path_at(r, i);
        NEED(p->list_prev == last && p->time >= time, i);
        NEED(garbage == (p->metric == INFINITY_METRIC) && (garbage || p->peer), i);
        time = p->time;
        last = i;
        i = p->list_next;
    }
    NEED(n == count && l->tail == last, n);
    return true;
}

static bool check_queue(struct check *c, uint32_t head, uint32_t tail, unsigned flag, uint32_t count)
{
    const struct ripng *r = c->r;
    uint32_t n = 0, last = 0;
    for (uint32_t i = head; i; n++) {
        NEED(in_use(&r->routes, i) && n < count, i);
        NEED(route_at(r, i)->flags & flag, i);
        last = i;
        i = route_at(r, i)->fib_next;
    }
    NEED(n == count && (flag != FIB_QUEUED || last == tail), n);
    return true;
}

static bool check_flights(struct check *c)
{
    const struct ripng *r = c->r;
    uint32_t n = 0;
    NEED(r->next_id - r->oldest_id <= FLIGHTS, r->next_id - r->oldest_id);
    for (uint32_t id = r->oldest_id; id != r->next_id; id++) {
        const struct flight *f = &r->flights[id % FLIGHTS];
        if ((f->kind != RIPNG_ROUTE_SET && f->kind != RIPNG_ROUTE_DELETE) || !f->route)
            continue;
        if (f->route == UINT32_MAX) { /* a stray of other settings: it has no route */
            NEED(f->kind == RIPNG_ROUTE_DELETE, id);
            continue;
        }
        NEED(in_use(&r->routes, f->route), id);
        NEED(route_at(r, f->route)->flags & FIB_FLYING, id);
        NEED((f->kind == RIPNG_ROUTE_SET) == (route_at(r, f->route)->fib_wish != 0), id);
        n++;
    }
    NEED(n == c->n_flying, n);
    return true;
}

static bool check_lists(struct check *c)
{
    const struct ripng *r = c->r;
    NEED(r->n_queued == c->n_queued, c->n_queued);
    NEED(r->n_retry == c->n_refused, c->n_refused);
    NEED(r->event_count <= EVENT_RING && r->event_head < EVENT_RING, r->event_count);
    NEED(!r->n_strays || r->strays, r->n_strays);
    return check_changes(c) && check_waiting(c, &r->timeouts, false, c->n_timeouts) &&
           check_waiting(c, &r->garbage, true, c->n_garbage) &&
           check_queue(c, r->fib_head, r->fib_tail, FIB_QUEUED, c->n_queued) &&
           check_queue(c, r->retry_head, 0, FIB_REFUSED, c->n_refused) && check_flights(c);
}

/* --- sets of next hops ----------------------------------------------------------- */

static bool check_sets(struct check *c)
{
    const struct ripng *r = c->r;
    uint32_t unused = 0, used = 0, chained = 0;
    for (unsigned b = 0; b < SET_BUCKETS; b++)
        for (uint16_t i = r->set_buckets[b]; i; i = r->sets[i].next, chained++)
            NEED(i < r->n_sets && r->sets[i].refs && chained < r->n_sets, i);
    for (uint16_t i = r->free_set; i; i = r->sets[i].next, unused++)
        NEED(i < r->n_sets && !r->sets[i].refs && unused < r->n_sets, i);
    for (uint32_t i = 1; i < r->n_sets; i++) {
        const struct hop_set *s = &r->sets[i];
        NEED(s->refs == c->set_refs[i], i);
        used += s->refs > 0;
        NEED(!s->refs || (s->n >= 2 && s->n <= RIPNG_NEXTHOPS_MAX), i);
        for (unsigned k = 0; s->refs && k < s->n; k++) {
            NEED(s->peer[k] && s->peer[k] < r->n_peers, i);
            c->peer_refs[s->peer[k]]++;
            NEED(!k || hops_before(r, s->peer[k - 1], s->peer[k]), i);
        }
    }
    NEED(used == chained && (!r->n_sets || used + unused + 1 == r->n_sets), used);
    return true;
}

/* --- peers --------------------------------------------------------------------- */

static bool check_peer(struct check *c, uint32_t i)
{
    const struct ripng *r = c->r;
    const struct peer *p = &r->peers[i];
    NEED(p->refs == c->peer_refs[i], i);
    NEED(p->routes == c->peer_routes[i], i);
    NEED(p->hops == c->peer_hops[i], i);
    bool watched = p->used && p->hops && r->config.failure_detection;
    NEED(!watched || r->detect_due <= p->probe_due || r->detect_due <= r->now, i);
    NEED(p->used || (!p->refs && !p->heard && !p->gone), i);
    NEED(!p->used || p->refs || p->heard || p->gone, i); /* else it should have been released */
    NEED(!p->heard || p->seen <= r->now, i);
    NEED(!p->used || neigh_find(r, p->ifindex, &p->addr) == i, i);
    return true;
}

static bool check_peers(struct check *c)
{
    const struct ripng *r = c->r;
    uint32_t used = 0, heard = 0, chained = 0, unused = 0;
    for (unsigned b = 0; b < PEER_BUCKETS; b++)
        for (uint16_t i = r->peer_buckets[b]; i; i = r->peers[i].hash_next) {
            NEED(i < r->n_peers && r->peers[i].used && chained < r->n_peers, i);
            chained++;
        }
    for (uint16_t i = r->free_peer; i; i = r->peers[i].hash_next) {
        NEED(i < r->n_peers && !r->peers[i].used && unused < r->n_peers, i);
        unused++;
    }
    for (uint32_t i = 1; i < r->n_peers; i++) {
        used += r->peers[i].used;
        heard += r->peers[i].heard;
        if (!check_peer(c, i))
            return false;
    }
    NEED(chained == used && r->n_gateways == used, used);
    NEED(r->n_heard == heard, heard);
    NEED(!r->n_peers || used + unused + 1 == r->n_peers, unused);
    return true;
}

/* --- interfaces ------------------------------------------------------------------ */

static bool has_usable(const struct iface *i, const struct in6_addr *a)
{
    for (size_t k = 0; k < i->n_addrs; k++)
        if (i->addrs[k].usable && ripng_addr_equal(&i->addrs[k].addr, a))
            return true;
    return false;
}

static bool check_updates(struct check *c, const struct iface *i)
{
    const struct ripng *r = c->r;
    unsigned targets = i->config->n_neighbors + i->config->multicast;
    bool sends = i->state == IFACE_ACTIVE || i->state == IFACE_LEAVING;
    NEED(!i->triggered_next || (in_use(&r->routes, i->triggered_next) &&
                                (route_at(r, i->triggered_next)->flags & ROUTE_CHANGED)),
         i->link.ifindex);
    NEED(!i->full.active || i->full.target < targets, i->link.ifindex);
    NEED(!i->want_request || i->request_target < targets, i->link.ifindex);
    NEED(!i->triggered_left || i->triggered_target < targets, i->link.ifindex);
    NEED(sends || (!i->full.active && !i->want_request && !i->speaks && !i->poisoning), i->link.ifindex);
    NEED(i->state != IFACE_LEAVING || (i->poisoning && i->full.active), i->link.ifindex);
    NEED((i->state == IFACE_ACTIVE && !r->stopping) == (i->regular_due != NEVER), i->link.ifindex);
    return true;
}

static bool check_iface(struct check *c, const struct iface *i)
{
    const struct ripng *r = c->r;
    const struct ripng_iface_config *settings = ripng_config_iface(&r->config, i->link.name);
    NEED(i->config && (i->config == settings || (!settings && !i->config->enabled)), i->link.ifindex);
    NEED(iface_find(r, i->link.ifindex) == i, i->link.ifindex); /* and there is no second one */
    NEED(ripng_addr_is_unspecified(&i->designated) || has_usable(i, &i->designated), i->link.ifindex);
    bool none = ripng_addr_is_unspecified(&i->designated);
    NEED(none || ripng_addr_is_linklocal(&i->designated), i->link.ifindex);
    NEED(!i->stale || r->dumping || r->stopping, i->link.ifindex);
    for (size_t k = 0; k < i->n_addrs; k++)
        NEED(!i->addrs[k].stale || r->dumping || r->stopping, i->link.ifindex);
    bool cut = i->link.no_carrier && r->config.failure_detection;
    bool may = i->known && i->link.up && !cut && i->link.multicast && !i->link.port && !none;
    NEED(i->state != IFACE_ACTIVE || (may && i->config->enabled && !i->link.loopback), i->link.ifindex);
    NEED(i->state != IFACE_LEAVING || may, i->link.ifindex);
    /* A group that is to be joined or left is asked for, or will be. */
    NEED(i->join_wish == i->joined || i->join_flying || r->join_pending || (i->join_wish && !i->joined),
         i->link.ifindex);
    struct ripng_time due;
    bool waits = i->state == IFACE_JOINING && !i->join_flying && !r->join_pending;
    NEED(!waits || (ripng_deadline(r, &due) && due.us <= i->join_retry), i->link.ifindex);
    NEED(i->state != IFACE_JOINING || i->join_wish, i->link.ifindex);
    return check_updates(c, i);
}

static bool check_ifaces(struct check *c)
{
    const struct ripng *r = c->r;
    for (size_t k = 0; k < r->n_ifaces; k++)
        if (!check_iface(c, r->ifaces[k]))
            return false;
    for (unsigned n = 0; n < JOBS_MAX; n++) {
        const struct job *j = r->jobs[n];
        if (!j)
            continue;
        NEED(!j->request == !j->request_size && (!j->request || j->at < j->request_size), n);
        NEED(iface_runs(iface_find(r, j->ifindex)), n);
    }
    for (size_t k = 0; k < r->n_delegations; k++) {
        uint32_t route = table_find(r, &r->delegations[k]);
        NEED(route && route_at(r, route)->origin, k);
        for (size_t n = 0; n < k; n++)
            NEED(!ripng_prefix_equal(&r->delegations[n], &r->delegations[k]), k);
    }
    return true;
}

/* --- what the configuration names ------------------------------------------------- */

/* The valid routes inside it, counted by a walk; it is announced while there are any. */
static bool check_aggregate(struct check *c, size_t n)
{
    const struct ripng *r = c->r;
    const struct aggregate *a = &r->aggregates[n];
    uint32_t inside = 0;
    for (uint32_t i = pool_next(&r->routes, 0); i; i = pool_next(&r->routes, i)) {
        struct ripng_prefix p = route_prefix(route_at(r, i));
        const struct path *k = route_chosen(r, route_at(r, i));
        bool valid = k && k->metric < INFINITY_METRIC;
        inside += valid && p.len > a->prefix.len && ripng_prefix_contains(&a->prefix, &p);
    }
    NEED(inside == a->inside, n);
    if (!a->route)
        return true; /* for want of memory */
    NEED(table_find(r, &a->prefix) == a->route && (route_at(r, a->route)->flags & ROUTE_NAMED), n);
    const struct path *k = route_chosen(r, route_at(r, a->route));
    NEED(r->redump_due != NEVER || !inside || r->stopping || (k && !k->peer && k->metric < INFINITY_METRIC),
         n);
    return true;
}

static bool check_named(struct check *c)
{
    const struct ripng *r = c->r;
    NEED(!r->dumped || r->n_aggregates == r->config.n_aggregates, r->n_aggregates);
    for (size_t n = 0; n < r->n_aggregates; n++)
        if (!check_aggregate(c, n))
            return false;
    for (uint32_t i = pool_next(&r->routes, 0); i; i = pool_next(&r->routes, i)) {
        const struct route *t = route_at(r, i);
        const struct path *k = route_chosen(r, t);
        NEED(!(t->flags & ROUTE_HELD), i);
        NEED(t->len || r->config.default_route.accept || !k || !k->peer || k->metric == INFINITY_METRIC, i);
    }
    for (size_t n = 0; n < r->n_source_defaults; n++)
        NEED(!r->source_defaults[n].stale || r->dumping || r->stopping, n);
    return true;
}

/* --- what is told --------------------------------------------------------------- */

/* The status against walks of the same tables. */
static bool check_reading(struct check *c)
{
    const struct ripng *r = c->r;
    const struct ripng_time now = {r->now};
    struct ripng_status s;
    struct ripng_route_info t;
    struct ripng_neigh_info p;
    struct ripng_iface_info i;
    uint32_t routes = 0, garbage = 0, installed = 0, neighbors = 0, ifaces = 0, n = 0, cursor = 0;
    uint64_t errors = 0;
    ripng_read_status(r, now, &s);
    for (; ripng_read_route(r, now, &cursor, &t); n++) {
        NEED(n < r->routes.count, cursor);
        routes += t.state == RIPNG_ROUTE_VALID;
        garbage += t.state == RIPNG_ROUTE_GARBAGE;
        installed += t.installed;
        NEED(t.age_us >= 0 && t.expires_us >= -1 && t.metric >= 1 && t.metric <= 16, cursor);
    }
    for (cursor = n = 0; ripng_read_neigh(r, now, &cursor, &p); n++) {
        NEED(n < r->n_peers && p.seen_us >= 0, cursor);
        neighbors++;
    }
    for (cursor = n = 0; ripng_read_iface(r, &cursor, &i); n++) {
        NEED(n < r->n_ifaces, cursor);
        ifaces += i.up;
        errors += i.rx_errors;
    }
    NEED(s.routes == routes && s.garbage == garbage, routes);
    NEED(s.installed >= installed && s.neighbors == neighbors, installed);
    NEED(s.interfaces == ifaces && s.rx_errors >= errors, ifaces);
    NEED(s.kernel_pending == c->n_queued + c->n_refused + (r->next_id - r->oldest_id), s.kernel_pending);
    return true;
}

bool invariants_hold(const struct ripng *r, char *why)
{
    struct check c = {.r = r, .why = why};
    size_t n = r->n_peers ? r->n_peers : 1;
    c.peer_refs = calloc(n, sizeof *c.peer_refs);
    c.peer_routes = calloc(n, sizeof *c.peer_routes);
    c.peer_hops = calloc(n, sizeof *c.peer_hops);
    c.set_refs = calloc(r->n_sets + 1, sizeof *c.set_refs);
    snprintf(why, INVARIANTS_TEXT, "no memory for the check");
    bool ok = c.peer_refs && c.peer_routes && c.peer_hops && c.set_refs && check_table(&c) &&
              check_lists(&c) && check_sets(&c) && check_peers(&c) && check_ifaces(&c) && check_named(&c) &&
              check_reading(&c);
    free(c.peer_refs);
    free(c.peer_routes);
    free(c.peer_hops);
    free(c.set_refs);
    if (ok)
        why[0] = '\0';
    return ok;
}
