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
 *    we ever announced for this route, so it can't lead back through us. One that
 *    is not must be heard again first: the RFC's way, through metric 16.
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
        if (i != head && i != fresh && p->heard >= t->feasible)
            continue;
        const struct path *b = best ? path_at(r, best) : NULL;
        if (!b || p->metric < b->metric || (p->metric == b->metric && i == fresh && half_expired(r, b)))
            best = i;
    }
    return best;
}

/* The interface that a path leads out of; 0: ours, or none in particular. */
static uint32_t out_of(const struct ripng *r, const struct path *p)
{
    return p->peer ? peer_at(r, p->peer)->ifindex : 0;
}

/* What the chosen path of a route was before a change. */
struct before {
    bool valid; /* there was one, and more than a blank, just added one */
    bool told;  /* the others know it, be it as unreachable */
    uint32_t out;
    uint16_t tag;
    enum ripng_source source;
};

static struct before before(const struct ripng *r, uint32_t route)
{
    const struct path *p = route_chosen(r, route_at(r, route));
    if (!p)
        return (struct before){.valid = false};
    return (struct before){
        .valid = valid(p) && p->metric,
        .told = p->metric != 0,
        .out = out_of(r, p),
        .tag = p->tag,
        .source = (enum ripng_source)p->source,
    };
}

/* The chosen path of a route is settled and differs from before. */
static void announce_choice(struct ripng *r, uint32_t route, const struct before *was)
{
    struct route *t = route_at(r, route);
    const struct path *p = route_chosen(r, t);
    if (was->out != out_of(r, p))
        t->flags |= ROUTE_TURNED;
    if (was->told && (was->tag != p->tag || was->source != p->source))
        export_path_was(r, route, was->tag, was->source);
    if (p->metric < t->feasible)
        t->feasible = p->metric & 31u;
    t->flags &= (uint16_t)~FIB_ADOPTED;
    table_changed(r, route);
    fib_update(r, route);
    engine_event_route(r, was->valid ? RIPNG_EV_ROUTE_CHANGED : RIPNG_EV_ROUTE_NEW, t, p, RIPNG_WHY_NONE);
    aggregate_follow(r, route);
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
    const struct before was = before(r, route);

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
    if (best != t->paths || (best == path && touched))
        choose(r, route, best, &was);
}

void select_revised(struct ripng *r, uint32_t path, const struct heard_rte *h)
{
    struct path *p = path_at(r, path);
    uint32_t route = p->route;
    struct route *t = route_at(r, route);
    bool touched = p->metric != h->metric || p->tag != h->tag;
    const struct before was = before(r, route);
    set_heard(p, h);
    uint32_t best = pick(r, t, 0);
    if (best != t->paths || (best == path && touched))
        choose(r, route, best, &was);
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
    path_free(r, worst);
    return false;
}

void select_local(struct ripng *r, uint32_t route, enum ripng_source source, uint8_t metric, uint16_t tag,
                  uint16_t gateway)
{
    const struct before was = before(r, route);
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
    const struct before was = before(r, route);
    if (!valid(p))
        return;
    if (path != t->paths) {
        path_free(r, path);
        return;
    }
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
    table_changed(r, route);
    fib_update(r, route);
    engine_event_route(r, RIPNG_EV_ROUTE_LOST, t, p, why);
    bool ours = !p->peer, known = p->next, by_choice = why == RIPNG_WHY_OWNED || why == RIPNG_WHY_CONFIG;
    if (ours ? known : !by_choice)
        advert_ask_all(r); /* somebody may know another way: why wait for the next update? */
    aggregate_follow(r, route);
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
