/*
 * Which path of a route is chosen, and what follows from a choice.
 *
 * Called by input.c (a path heard or withdrawn), origin.c (the router's own),
 * expire.c (timeouts) and iface.c (an interface that goes). RFC 2080 2.4.2 gives
 * the rules for one path a route; the others that were heard are remembered here
 * and step in under these rules:
 *
 *  - The router's own path always wins.
 *  - A path just heard wins if its metric is lower. Equal: the chosen one stays,
 *    unless it was not heard for half of the timeout (the heuristic at the end of
 *    2.4.2). Each path has its own timeout, so an equal RTE from one neighbour
 *    never keeps a dead one's route alive.
 *  - When the chosen path is lost or gets worse, a remembered one takes over at
 *    once if it is feasible: its neighbour's metric is lower than any metric that
 *    we announced for this route and that others may remember, so it can't lead back
 *    through us. One that is not must be heard again first: the RFC's way, through
 *    metric 16.
 *  - With kernel.multipath over 1, others of the chosen one's metric are used beside
 *    it: those that are feasible, so that no packet leads back through us whichever
 *    of them it takes. The route leads out of the interfaces of all of them, and
 *    split horizon (2.6) holds on each. An equal one that is used already does not
 *    take the chosen one's place.
 *
 * A change goes two ways from here: fib.c (the kernel) and table_changed(), where
 * advert.c finds it (2.5.1).
 */
#include "internal.h"

#include <assert.h>

/* After a failure seen here, for the answers of those who know another way. */
#define SETTLE_LOSS_US 20000

static bool valid(const struct path *p)
{
    return p && p->metric < INFINITY_METRIC;
}

static bool half_expired(const struct ripng *r, const struct path *p)
{
    return r->now - p->time >= r->config.timers.timeout_us / 2;
}

static void set_heard(struct path *p, const struct heard_rte *h)
{
    p->metric = h->metric;
    p->tag = h->tag;
    p->heard = h->said & 15u;
    p->retagged = h->retagged;
}

/* It can't lead back through us. */
static bool feasible(const struct route *t, const struct path *p)
{
    return p->heard < t->feasible;
}

/* --- the next hops that are used ------------------------------------------------------- */

/* To those behind the first, unless it is there; where there is room for `max`, the last one goes. */
static void add_hop(const struct ripng *r, struct hops *h, unsigned max, uint16_t peer)
{
    for (unsigned i = 0; i < h->n; i++)
        if (h->peer[i] == peer)
            return;
    unsigned at = h->n < max ? h->n++ : max;
    for (; at > 1 && hops_before(r, peer, h->peer[at - 1]); at--)
        if (at < max) {
            h->peer[at] = h->peer[at - 1];
            h->out[at] = h->out[at - 1];
        }
    if (at == max)
        return;
    h->peer[at] = peer;
    h->out[at] = peer_at(r, peer)->ifindex;
}

static void hops_within(const struct ripng *r, const struct route *t, unsigned max, struct hops *h)
{
    const struct path *p = route_chosen(r, t);
    h->n = 0;
    if (!p || !p->peer)
        return;
    h->n = 1;
    h->peer[0] = p->gateway;
    h->out[0] = peer_at(r, p->peer)->ifindex;
    if (max == 1 || !valid(p))
        return;
    for (uint32_t i = p->next; i; i = path_at(r, i)->next) {
        const struct path *q = path_at(r, i);
        if (q->metric == p->metric && feasible(t, q))
            add_hop(r, h, max, q->gateway);
    }
}

void select_hops(const struct ripng *r, const struct route *t, struct hops *h)
{
    hops_within(r, t, r->config.kernel.multipath, h);
}

bool select_leads_out(const struct ripng *r, const struct route *t, uint32_t ifindex)
{
    struct hops h;
    select_hops(r, t, &h);
    for (unsigned i = 0; i < h.n; i++)
        if (h.out[i] == ifindex)
            return true;
    return false;
}

/* Does `b` lead out of each interface that `a` leads out of? */
static bool leads_like(const struct hops *a, const struct hops *b)
{
    for (unsigned i = 0, k; i < a->n; i++) {
        for (k = 0; k < b->n && b->out[k] != a->out[i]; k++)
            ;
        if (k == b->n)
            return false;
    }
    return true;
}

/* Has `b` each next hop that `a` has? */
static bool within(const struct hops *a, const struct hops *b)
{
    for (unsigned i = 0, k; i < a->n; i++) {
        for (k = 0; k < b->n && b->peer[k] != a->peer[i]; k++)
            ;
        if (k == b->n && a->peer[i])
            return false;
    }
    return true;
}

/* The next hops of a route were others before: what follows for split horizon, and for what is adopted. */
static void hops_settled(struct route *t, const struct hops *before, const struct hops *now)
{
    if (!leads_like(now, before))
        t->flags |= ROUTE_TURNED;
    if (!within(before, now))
        t->flags &= (uint16_t)~FIB_ADOPTED;
}

/* --- the choice ------------------------------------------------------------------------ */

/* Would it be used beside the chosen one if it costs the same? */
static bool used_too(const struct ripng *r, const struct route *t, const struct path *p)
{
    return r->config.kernel.multipath > 1 && feasible(t, p);
}

/* The best path that may be chosen now; `fresh` was just heard. 0: none. */
static uint32_t pick(const struct ripng *r, const struct route *t, uint32_t fresh)
{
    uint32_t head = t->paths, best = 0;
    for (uint32_t i = head; i; i = path_at(r, i)->next) {
        const struct path *p = path_at(r, i);
        if (!valid(p))
            continue;
        if (!p->peer)
            return i;
        if (i != head && i != fresh && !feasible(t, p))
            continue;
        const struct path *b = best ? path_at(r, best) : NULL;
        if (!b || p->metric < b->metric ||
            (p->metric == b->metric && i == fresh && half_expired(r, b) && !used_too(r, t, p)))
            best = i;
    }
    return best;
}

/* What the chosen path of a route was before a change. */
struct before {
    bool valid; /* there was one, and more than a blank, just added one */
    bool told;  /* the others know it, be it as unreachable */
    uint16_t tag;
    enum ripng_source source;
    struct hops hops;
};

static void note_before(const struct ripng *r, uint32_t route, struct before *was)
{
    const struct route *t = route_at(r, route);
    const struct path *p = route_chosen(r, t);
    was->valid = p && valid(p) && p->metric;
    was->told = p && p->metric != 0;
    was->tag = p ? p->tag : 0;
    was->source = p ? (enum ripng_source)p->source : RIPNG_SOURCE_RIPNG;
    select_hops(r, t, &was->hops);
}

/* The route may have begun or ceased to be there. */
static void note_validity(struct ripng *r, uint32_t route)
{
    struct route *t = route_at(r, route);
    bool is = valid(route_chosen(r, t));
    if (is == !!(t->flags & ROUTE_VALID))
        return;
    t->flags ^= ROUTE_VALID;
    r->n_valid += is ? 1 : UINT32_MAX; /* one more, or one less */
    aggregate_follow(r, t, is);
}

/* The chosen path of a route is settled and differs from before. */
static void announce_choice(struct ripng *r, uint32_t route, const struct before *was)
{
    struct route *t = route_at(r, route);
    const struct path *p = route_chosen(r, t);
    struct hops now;
    if (was->told && (was->tag != p->tag || was->source != p->source))
        export_path_was(r, route, was->tag, was->source);
    t->stood = false;
    if (p->metric < t->feasible)
        t->feasible = p->metric & 31u;
    else if (p->metric > t->feasible && r->relax_due == NEVER)
        r->relax_due = r->now + r->config.timers.timeout_us;
    select_hops(r, t, &now);
    hops_settled(t, &was->hops, &now);
    table_changed(r, route);
    fib_update(r, route);
    engine_event_route(r, was->valid ? RIPNG_EV_ROUTE_CHANGED : RIPNG_EV_ROUTE_NEW, t, p, RIPNG_WHY_NONE);
    note_validity(r, route);
}

static void path_free(struct ripng *r, uint32_t path)
{
    struct path *p = path_at(r, path);
    uint32_t route = p->route;
    struct route *t = route_at(r, route);
    if (p->peer && valid(p) && p->metric)
        peer_at(r, p->peer)->routes--;
    expire_forget(r, path);
    table_del_path(r, path);

    bool learned = false;
    for (uint32_t i = t->paths; i; i = path_at(r, i)->next)
        learned |= path_at(r, i)->peer != 0;
    if (!learned && (t->flags & ROUTE_LEARNED)) {
        t->flags &= (uint16_t)~ROUTE_LEARNED;
        r->n_learned--;
    }
}

/* A path that is not the chosen one came, went or changed. */
static void others_changed(struct ripng *r, uint32_t route, const struct hops *was)
{
    struct route *t = route_at(r, route);
    struct hops now;
    select_hops(r, t, &now);
    if (now.n == was->n && within(&now, was))
        return;
    hops_settled(t, was, &now);
    if (!leads_like(&now, was) || !leads_like(was, &now))
        table_changed(r, route);
    fib_update(r, route);
    engine_event_route(r, RIPNG_EV_ROUTE_HOPS, t, route_chosen(r, t), RIPNG_WHY_NONE);
}

static void other_free(struct ripng *r, uint32_t path)
{
    uint32_t route = path_at(r, path)->route;
    struct hops was;
    select_hops(r, route_at(r, route), &was);
    path_free(r, path);
    others_changed(r, route, &was);
}

/* Makes `best` the chosen path; a dead one that stood there has served. */
static void choose(struct ripng *r, uint32_t route, uint32_t best, const struct before *was)
{
    uint32_t old = route_at(r, route)->paths;
    if (best != old) {
        table_to_front(r, best);
        if (!valid(path_at(r, old)))
            path_free(r, old);
    }
    announce_choice(r, route, was);
}

void select_heard(struct ripng *r, uint32_t path, const struct heard_rte *h, uint16_t gateway)
{
    struct path *p = path_at(r, path);
    uint32_t route = p->route;
    struct route *t = route_at(r, route);
    bool began = !p->metric || !valid(p); /* new, or back from garbage */
    bool touched = p->metric != h->metric || p->tag != h->tag || p->gateway != gateway;
    bool moved = touched || p->heard != h->said;
    struct before was;

    if (moved)
        note_before(r, route, &was);
    expire_forget(r, path);
    set_heard(p, h);
    table_set_gateway(r, p, gateway);
    expire_enter(r, path);
    if (began)
        peer_at(r, p->peer)->routes++;
    if (!(t->flags & ROUTE_LEARNED)) {
        t->flags |= ROUTE_LEARNED;
        r->n_learned++;
    }

    uint32_t best = pick(r, t, path);
    if (!moved && best == t->paths)
        return; /* nearly all that is ever heard */
    if (!moved)
        note_before(r, route, &was); /* it looks at nothing that was set above */
    if (best != t->paths || (best == path && touched))
        choose(r, route, best, &was);
    else
        others_changed(r, route, &was.hops);
}

void select_revised(struct ripng *r, uint32_t path, const struct heard_rte *h)
{
    struct path *p = path_at(r, path);
    uint32_t route = p->route;
    struct route *t = route_at(r, route);
    bool touched = p->metric != h->metric || p->tag != h->tag;
    struct before was;
    note_before(r, route, &was);
    set_heard(p, h);
    uint32_t best = pick(r, t, 0);
    if (best != t->paths || (best == path && touched))
        choose(r, route, best, &was);
    else
        others_changed(r, route, &was.hops);
}

bool select_crowded(struct ripng *r, uint32_t route, uint8_t metric)
{
    unsigned n = 0;
    uint32_t worst = 0, head = route_at(r, route)->paths;
    for (uint32_t i = head; i; i = path_at(r, i)->next, n++)
        if (i != head && (!worst || path_at(r, i)->metric > path_at(r, worst)->metric))
            worst = i;
    if (n < PATHS_PER_ROUTE)
        return false;
    if (path_at(r, worst)->metric <= metric)
        return true;
    other_free(r, worst);
    return false;
}

void select_local(struct ripng *r, uint32_t route, enum ripng_source source, uint8_t metric, uint16_t tag,
                  uint16_t gateway)
{
    struct before was;
    note_before(r, route, &was);
    uint32_t path = table_path_from(r, route, 0);
    if (!path)
        select_crowded(r, route, 0); /* the worst of too many gives its place */
    if (!path && !(path = table_add_path(r, route, 0))) {
        r->drops[RIPNG_WHY_MEMORY]++;
        engine_event(r, RIPNG_EV_NO_MEMORY, 0);
        return;
    }
    struct path *p = path_at(r, path);
    if (p->metric == metric && p->tag == tag && p->gateway == gateway && p->source == source)
        return;
    int64_t since = p->metric && valid(p) ? p->time : r->now;
    expire_forget(r, path);
    p->metric = metric;
    p->tag = tag;
    p->source = (unsigned)source & 7u;
    table_set_gateway(r, p, gateway);
    expire_enter(r, path);
    p->time = since;
    choose(r, route, path, &was);
}

void select_local_gone(struct ripng *r, uint32_t route, enum ripng_reason why)
{
    uint32_t path = table_path_from(r, route, 0);
    if (path)
        select_lost(r, path, why);
}

void select_lost(struct ripng *r, uint32_t path, enum ripng_reason why)
{
    struct path *p = path_at(r, path);
    uint32_t route = p->route;
    struct route *t = route_at(r, route);
    struct before was;
    if (!valid(p))
        return;
    if (path != t->paths) {
        other_free(r, path);
        return;
    }
    note_before(r, route, &was);
    expire_forget(r, path);
    p->metric = INFINITY_METRIC;
    if (p->peer)
        peer_at(r, p->peer)->routes--;
    expire_enter(r, path);

    uint32_t best = pick(r, t, 0);
    if (best) {
        choose(r, route, best, &was);
        return;
    }
    t->flags &= (uint16_t)~FIB_ADOPTED;
    table_changed(r, route);
    fib_update(r, route);
    engine_event_route(r, RIPNG_EV_ROUTE_LOST, t, p, why);
    bool ours = !p->peer, known = p->next, by_choice = why == RIPNG_WHY_OWNED || why == RIPNG_WHY_CONFIG;
    if (ours ? known : !by_choice)
        advert_ask_all(r); /* somebody may know another way: why wait for the next update? */
    note_validity(r, route);
}

/* What was not heard in the whole garbage period is not worth remembering either. */
void select_free(struct ripng *r, uint32_t route)
{
    struct route *t = route_at(r, route);
    engine_event_route(r, RIPNG_EV_ROUTE_FREED, t, route_chosen(r, t), RIPNG_WHY_NONE);
    while (t->paths)
        path_free(r, t->paths);
    t->feasible = INFINITY_METRIC;
    table_release(r, route);
}

void select_lose_learned(struct ripng *r, uint32_t route, enum ripng_reason why)
{
    uint32_t head = route_at(r, route)->paths, next;
    /* The chosen one last, lest another take over for a moment. */
    for (uint32_t i = head ? path_at(r, head)->next : 0; i; i = next) {
        next = path_at(r, i)->next;
        if (path_at(r, i)->peer)
            select_lost(r, i, why);
    }
    if (head && path_at(r, head)->peer)
        select_lost(r, head, why);
}

void select_lose_gateway(struct ripng *r, uint16_t gateway)
{
    advert_settle(r, SETTLE_LOSS_US);
    for (uint32_t i = pool_next(&r->paths, 0); i; i = pool_next(&r->paths, i))
        if (path_at(r, i)->gateway == gateway && path_at(r, i)->peer)
            select_lost(r, i, RIPNG_WHY_UNREACHABLE);
}

void select_lose_iface(struct ripng *r, uint32_t ifindex, enum ripng_reason why)
{
    advert_settle(r, SETTLE_LOSS_US);
    for (uint32_t i = pool_next(&r->paths, 0); i; i = pool_next(&r->paths, i)) {
        const struct path *p = path_at(r, i);
        if (p->peer && valid(p) &&
            (peer_at(r, p->peer)->ifindex == ifindex || peer_at(r, p->gateway)->ifindex == ifindex))
            select_lost(r, i, why);
    }
}

/* --- what got worse for good ------------------------------------------------------------- */

/* Others have forgotten the better metric; so paths as good as the chosen one are feasible again. */
static void relax(struct ripng *r, uint32_t route)
{
    struct route *t = route_at(r, route);
    struct hops was;
    select_hops(r, t, &was);
    t->feasible = route_chosen(r, t)->metric & 31u;
    t->stood = false;
    others_changed(r, route, &was);
}

/* A metric that stood at one sweep and at the next has stood for a timeout. */
void select_tick(struct ripng *r)
{
    if (r->relax_due > r->now)
        return;
    r->relax_due = NEVER;
    for (uint32_t i = pool_next(&r->routes, 0); i; i = pool_next(&r->routes, i)) {
        struct route *t = route_at(r, i);
        if (!(t->flags & ROUTE_VALID) || route_chosen(r, t)->metric == t->feasible)
            continue;
        if (t->stood) {
            relax(r, i);
            continue;
        }
        t->stood = true;
        r->relax_due = r->now + r->config.timers.timeout_us;
    }
}

int64_t select_deadline(const struct ripng *r)
{
    return r->relax_due;
}

void select_init(struct ripng *r)
{
    r->relax_due = NEVER;
}

void select_reconfigure(struct ripng *r, const struct ripng_kernel_config *old)
{
    engine_no_later(&r->relax_due, r->now + r->config.timers.timeout_us);
    if (old->multipath == r->config.kernel.multipath)
        return;
    for (uint32_t i = pool_next(&r->routes, 0); i; i = pool_next(&r->routes, i)) {
        struct hops was;
        hops_within(r, route_at(r, i), old->multipath, &was);
        others_changed(r, i, &was);
    }
}
