/*
 * Aggregates of the configuration: one prefix announced for what lies inside it.
 *
 * Called by select.c for each route that begins or ceases to be there, by origin.c
 * for settings, by advert.c for what is to be held back. That the aggregate itself is
 * announced (RFC 2080 2.5), or ends with metric 16, is origin.c's and select.c's
 * work, the kernel's discard route fib.c's.
 *
 * An aggregate is announced while a route inside it, longer than itself, is valid:
 * the router's own or learned, for a border router has most of a site from others.
 * No ring of routers can keep it alive, as it hangs on longer prefixes alone and
 * makes only a shorter one: in the end there is a prefix that somebody owns. What
 * comes for a part of it that nobody has would follow a default route and come
 * back; so the kernel gets a discard route, as every aggregate needs one (RFC 4632 5.1).
 *
 * With summary-only the longer prefixes are held back. Those that were announced
 * before are taken back first: with metric 16, for as long as garbage would be.
 */
#include "internal.h"

static bool inside(const struct aggregate *a, const struct route *t)
{
    struct ripng_prefix p = route_prefix(t);
    return p.len > a->prefix.len && ripng_prefix_contains(&a->prefix, &p);
}

bool aggregate_wanted(const struct ripng *r, uint32_t route, size_t *which)
{
    for (size_t i = 0; i < r->n_aggregates; i++)
        if (r->aggregates[i].route == route) {
            *which = i;
            return r->aggregates[i].inside > 0;
        }
    return false;
}

void aggregate_follow(struct ripng *r, const struct route *t, bool is)
{
    for (size_t i = 0; i < r->n_aggregates; i++) {
        struct aggregate *a = &r->aggregates[i];
        if (!inside(a, t))
            continue;
        a->inside += is ? 1 : UINT32_MAX; /* one more, or one less */
        if (a->inside == is && a->route)
            origin_reconsider(r, a->route, RIPNG_WHY_WITHDRAWN);
    }
}

/* --- holding back ---------------------------------------------------------------------- */

/* Announced by this router itself: only then others can do without what is inside. */
static bool stands_in(const struct ripng *r, const struct aggregate *a)
{
    const struct route *t = a->summary_only && a->route ? route_at(r, a->route) : NULL;
    return t && (t->flags & ROUTE_VALID) && !route_chosen(r, t)->peer;
}

enum aggregate_hold aggregate_holds(const struct ripng *r, const struct route *t)
{
    enum aggregate_hold hold = AGGREGATE_SHOWN;
    for (size_t i = 0; i < r->n_aggregates; i++) {
        const struct aggregate *a = &r->aggregates[i];
        if (!inside(a, t) || !stands_in(r, a))
            continue;
        hold = AGGREGATE_HELD;
        if (r->now - a->since < r->config.timers.garbage_us)
            return AGGREGATE_TAKEN_BACK;
    }
    return hold;
}

void aggregate_began(struct ripng *r, uint32_t route)
{
    for (size_t i = 0; i < r->n_aggregates; i++)
        if (r->aggregates[i].route == route)
            r->aggregates[i].since = r->now;
}

void aggregate_mark_held(struct ripng *r)
{
    for (uint32_t i = pool_next(&r->routes, 0); i && r->n_aggregates; i = pool_next(&r->routes, i))
        if (aggregate_holds(r, route_at(r, i)) != AGGREGATE_SHOWN)
            route_at(r, i)->flags |= ROUTE_HELD;
}

void aggregate_tell_held(struct ripng *r)
{
    for (uint32_t i = pool_next(&r->routes, 0); i; i = pool_next(&r->routes, i)) {
        struct route *t = route_at(r, i);
        bool was = t->flags & ROUTE_HELD, is = aggregate_holds(r, t) != AGGREGATE_SHOWN;
        t->flags &= (uint16_t)~ROUTE_HELD;
        if (was != is && (t->flags & ROUTE_VALID))
            table_changed(r, i);
    }
}

/* --- settings --------------------------------------------------------------------------- */

/* The same one as before, where there was one, with what it has been through. */
static struct aggregate renewed(const struct ripng *r, const struct ripng_aggregate_config *c)
{
    struct aggregate a = {.prefix = c->prefix, .summary_only = c->summary_only, .since = r->now};
    for (size_t i = 0; i < r->n_aggregates; i++)
        if (ripng_prefix_equal(&r->aggregates[i].prefix, &c->prefix) &&
            r->aggregates[i].summary_only == c->summary_only)
            a.since = r->aggregates[i].since;
    return a;
}

void aggregate_reconfigure(struct ripng *r)
{
    struct aggregate fresh[RIPNG_AGGREGATES_MAX];
    size_t n = r->config.n_aggregates;
    for (size_t i = 0; i < n; i++)
        fresh[i] = renewed(r, &r->config.aggregates[i]);
    for (size_t i = 0; i < n; i++)
        r->aggregates[i] = fresh[i];
    r->n_aggregates = n;
    for (uint32_t route = pool_next(&r->routes, 0); route; route = pool_next(&r->routes, route)) {
        const struct route *t = route_at(r, route);
        for (size_t i = 0; i < n && (t->flags & ROUTE_VALID); i++)
            r->aggregates[i].inside += inside(&r->aggregates[i], t);
    }
}
