/*
 * The engine's own structures: the one place that looks behind ripng.h.
 *
 * Called by check.c every few seconds of virtual time. What is checked here is what
 * state.h promises: lists are sorted and linked both ways, references are as many
 * as there are referrers, counters count. Memory is bounded because the pools hold
 * nothing that the table does not show.
 */
#include "check.h"
#include "internal.h"

#include <stdlib.h>
#include <string.h>

struct tally {
    uint32_t *refs, *routes; /* by peer */
    uint32_t *sets;          /* by set of next hops */
    uint32_t learned, pathed, valid, installed, queued, refused, paths, changed, origins;
};

uint64_t check_engine_events_lost(const struct ripng *e)
{
    return e->events_lost;
}

bool check_engine_has_strays(const struct ripng *e)
{
    return e->n_strays > 0;
}

bool check_engine_adopts(const struct ripng *e)
{
    return !e->dumped || e->adopt_until != NEVER;
}

static void tally_hops(uint16_t id, struct tally *t)
{
    if (hops_is_set(id))
        t->sets[id & ~HOPS_SET]++;
    else if (id && id != FIB_DISCARD)
        t->refs[id]++;
}

static const char *check_sets(const struct ripng *e, struct tally *t)
{
    for (uint32_t i = 1; i < e->n_sets; i++) {
        const struct hop_set *s = &e->sets[i];
        if (s->refs != t->sets[i])
            return "a set of next hops has other references than counted";
        for (unsigned k = 0; s->refs && k < s->n; k++) {
            t->refs[s->peer[k]]++;
            if (k && !hops_before(e, s->peer[k - 1], s->peer[k]))
                return "a set of next hops is not sorted";
        }
        if (s->refs && s->n < 2)
            return "a set of one next hop";
    }
    return NULL;
}

static const char *tally_route(const struct ripng *e, uint32_t index, struct tally *t)
{
    const struct route *r = route_at(e, index);
    bool learned = false, first = true;
    unsigned n = 0;
    for (uint32_t i = r->paths; i; i = path_at(e, i)->next, n++) {
        const struct path *p = path_at(e, i);
        if (p->route != index)
            return "a path of another route";
        if (!p->metric || p->metric > INFINITY_METRIC)
            return "a path with a metric out of range";
        if (p->metric == INFINITY_METRIC && !first)
            return "a lost path that is not the chosen one";
        t->refs[p->gateway] += p->gateway != 0;
        t->refs[p->peer] += p->peer != 0;
        t->routes[p->peer] += p->peer && p->metric < INFINITY_METRIC;
        if (p->peer && p->metric < INFINITY_METRIC && !p->gateway)
            return "a learned path without next hop";
        learned |= p->peer != 0;
        if (!p->peer && !first && p->metric < INFINITY_METRIC)
            return "an own path that is not the chosen one";
        first = false;
    }
    t->paths += n;
    if (n > PATHS_PER_ROUTE)
        return "too many paths";
    if (learned != !!(r->flags & ROUTE_LEARNED))
        return "ROUTE_LEARNED is wrong";
    t->learned += learned;
    t->pathed += n != 0;
    t->valid += n && path_at(e, r->paths)->metric < INFINITY_METRIC;
    t->installed += r->fib_gateway || (r->flags & FIB_STRANGE);
    t->queued += !!(r->flags & FIB_QUEUED);
    t->refused += !!(r->flags & FIB_REFUSED);
    t->changed += !!(r->flags & ROUTE_CHANGED);
    tally_hops(r->fib_gateway, t);
    tally_hops(r->fib_wish, t);
    if (r->fib_wish && !(r->flags & (FIB_FLYING | FIB_REFUSED)))
        return "a wish that nobody waits for";
    if (!!(r->flags & FIB_QUEUED) + !!(r->flags & FIB_FLYING) + !!(r->flags & FIB_REFUSED) > 1)
        return "a route in two queues of fib.c";
    if (!r->paths && !r->origin && !r->fib_gateway &&
        !(r->flags & (FIB_QUEUED | FIB_FLYING | FIB_REFUSED | FIB_STRANGE | ROUTE_NAMED)))
        return "a route that nothing holds";
    struct ripng_prefix p = route_prefix(r);
    return table_find(e, &p) == index ? NULL : "a route that is not found by its prefix";
}

static const char *check_list(const struct ripng *e, const struct path_list *l, bool garbage, uint32_t *n)
{
    uint32_t before = 0;
    for (uint32_t i = l->head; i; before = i, i = path_at(e, i)->list_next, (*n)++) {
        const struct path *p = path_at(e, i);
        if (p->list_prev != before)
            return "a list of paths is not linked both ways";
        if (before && path_at(e, before)->time > p->time)
            return "a list of paths is not sorted";
        if ((p->metric == INFINITY_METRIC) != garbage)
            return "a path on the wrong list";
        if (*n > e->paths.count)
            return "a list of paths goes round";
    }
    return l->tail == before ? NULL : "a list of paths has a wrong end";
}

static const char *check_changes(const struct ripng *e, uint32_t expected)
{
    uint32_t n = 0, before = 0;
    for (uint32_t i = e->change_head; i; before = i, i = route_at(e, i)->change_next, n++) {
        const struct route *t = route_at(e, i);
        if (!(t->flags & ROUTE_CHANGED) || t->change_prev != before)
            return "the list of changes is broken";
        if (n > expected)
            return "the list of changes goes round";
    }
    return n == expected && e->change_tail == before ? NULL : "the list of changes has lost some";
}

static const char *check_peers(const struct ripng *e, const struct tally *t, char *text, size_t size)
{
    uint32_t heard = 0, used = 0;
    for (uint32_t i = 1; i < e->n_peers; i++) {
        const struct peer *p = &e->peers[i];
        if (!p->used) {
            if (t->refs[i])
                return "a peer that is free is named";
            continue;
        }
        used++;
        heard += p->heard;
        if (p->refs != t->refs[i] || p->routes != t->routes[i]) {
            snprintf(text, size, "peer %u has refs %u (%u counted), routes %u (%u counted)", i, p->refs,
                     t->refs[i], p->routes, t->routes[i]);
            return text;
        }
        if (!p->refs && !p->heard && !p->gone)
            return "a peer that nothing holds";
        if (neigh_find(e, p->ifindex, &p->addr) != i)
            return "a peer that is not found by its address";
    }
    if (heard != e->n_heard || used != e->n_gateways)
        return "peers are counted wrong";
    return e->n_heard <= e->config.limits.neighbors || e->config.limits.neighbors == 0 ? NULL : NULL;
}

static const char *check_ifaces(const struct ripng *e)
{
    for (size_t k = 0; k < e->n_ifaces; k++) {
        const struct iface *i = e->ifaces[k];
        if (!i->config)
            return "an interface without settings";
        if (i->state == IFACE_ACTIVE && ripng_addr_is_unspecified(&i->designated))
            return "an active interface without address";
        if (i->triggered_next && !(route_at(e, i->triggered_next)->flags & ROUTE_CHANGED))
            return "a triggered update stands on a route that is not on the list";
    }
    return NULL;
}

static const char *check_counts(const struct ripng *e, const struct tally *t, char *text, size_t size)
{
    if (t->pathed != e->n_pathed || t->valid != e->n_valid) {
        snprintf(text, size, "counts: with a path %u/%u valid %u/%u", e->n_pathed, t->pathed, e->n_valid,
                 t->valid);
        return text;
    }
    if (t->learned != e->n_learned || t->installed != e->n_installed || t->queued != e->n_queued ||
        t->refused != e->n_retry || t->paths != e->paths.count) {
        snprintf(text, size, "counts: learned %u/%u installed %u/%u queued %u/%u refused %u/%u paths %u/%u",
                 e->n_learned, t->learned, e->n_installed, t->installed, e->n_queued, t->queued, e->n_retry,
                 t->refused, e->paths.count, t->paths);
        return text;
    }
    return NULL;
}

const char *check_engine(const struct ripng *e, char *text, size_t size)
{
    struct tally t = {0};
    const char *wrong = NULL;
    uint32_t waiting = 0, garbage = 0;
    t.refs = calloc(e->n_peers + 1, sizeof *t.refs);
    t.routes = calloc(e->n_peers + 1, sizeof *t.routes);
    t.sets = calloc(e->n_sets + 1, sizeof *t.sets);
    for (uint32_t i = pool_next(&e->routes, 0); i && !wrong; i = pool_next(&e->routes, i))
        wrong = tally_route(e, i, &t);
    if (!wrong)
        wrong = check_sets(e, &t);
    if (!wrong)
        wrong = check_counts(e, &t, text, size);
    if (!wrong)
        wrong = check_list(e, &e->timeouts, false, &waiting);
    if (!wrong)
        wrong = check_list(e, &e->garbage, true, &garbage);
    if (!wrong)
        wrong = check_changes(e, t.changed);
    if (!wrong)
        wrong = check_peers(e, &t, text, size);
    if (!wrong)
        wrong = check_ifaces(e);
    free(t.refs);
    free(t.routes);
    free(t.sets);
    return wrong;
}
