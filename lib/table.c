/*
 * The route table: routes and their paths, found by a keyed hash.
 *
 * Called by input.c, origin.c, fib.c, select.c and, for reading, by engine.c. It
 * knows what belongs to what, not which path is best (select.c), when one ends
 * (expire.c) or who hears of it (advert.c). RFC 2080 2.3 leaves the form of the
 * table to the implementation; there is no trie, because the protocol asks for
 * exact matches alone.
 */
#include "internal.h"

#include <assert.h>
#include <stdlib.h>

/* --- finding --------------------------------------------------------------------- */

static uint32_t *bucket_of(const struct ripng *r, const struct ripng_prefix *p)
{
    return &r->buckets[ripng_prefix_hash(p, r->hash_seed) & (r->n_buckets - 1)];
}

uint32_t table_find(const struct ripng *r, const struct ripng_prefix *p)
{
    if (!r->n_buckets || !r->lengths[p->len])
        return 0;
    uint32_t i = *bucket_of(r, p);
    while (i) {
        const struct route *t = route_at(r, i);
        if (t->len == p->len && ripng_addr_equal(&t->addr, &p->addr))
            return i;
        i = t->hash_next;
    }
    return 0;
}

/* At most one route a bucket on average. Without memory the chains just get longer. */
static bool buckets_grow(struct ripng *r)
{
    uint32_t n = r->n_buckets ? r->n_buckets * 2 : 64;
    uint32_t *fresh = calloc(n, sizeof *fresh);
    if (!fresh)
        return r->n_buckets > 0;
    free(r->buckets);
    r->buckets = fresh;
    r->n_buckets = n;
    for (uint32_t i = pool_next(&r->routes, 0); i; i = pool_next(&r->routes, i)) {
        struct route *t = route_at(r, i);
        struct ripng_prefix p = route_prefix(t);
        uint32_t *b = bucket_of(r, &p);
        t->hash_next = *b;
        *b = i;
    }
    return true;
}

uint32_t table_add(struct ripng *r, const struct ripng_prefix *p)
{
    uint32_t i = table_find(r, p);
    if (i)
        return i;
    if (r->routes.count >= r->n_buckets && !buckets_grow(r))
        return 0;
    i = pool_add(&r->routes);
    if (!i)
        return 0;
    uint32_t *b = bucket_of(r, p);
    struct route *t = route_at(r, i);
    t->addr = p->addr;
    t->len = p->len;
    t->feasible = INFINITY_METRIC;
    t->hash_next = *b;
    *b = i;
    r->lengths[p->len]++;
    return i;
}

/* --- the list of changes: the oldest first ------------------------------------------ */

static void change_unlink(struct ripng *r, uint32_t route)
{
    struct route *t = route_at(r, route);
    for (size_t k = 0; k < r->n_ifaces; k++)
        if (r->ifaces[k]->triggered_next == route)
            r->ifaces[k]->triggered_next = t->change_next;
    if (t->change_prev)
        route_at(r, t->change_prev)->change_next = t->change_next;
    else
        r->change_head = t->change_next;
    if (t->change_next)
        route_at(r, t->change_next)->change_prev = t->change_prev;
    else
        r->change_tail = t->change_prev;
    t->change_prev = t->change_next = 0;
}

void table_changed(struct ripng *r, uint32_t route)
{
    struct route *t = route_at(r, route);
    if (t->flags & ROUTE_CHANGED)
        change_unlink(r, route);
    t->flags |= ROUTE_CHANGED;
    t->change_prev = r->change_tail;
    if (r->change_tail)
        route_at(r, r->change_tail)->change_next = route;
    else
        r->change_head = route;
    r->change_tail = route;
    for (size_t k = 0; k < r->n_ifaces; k++)
        if (!r->ifaces[k]->triggered_next && r->ifaces[k]->state == IFACE_ACTIVE)
            r->ifaces[k]->triggered_next = route;
}

/* --- the end of a route -------------------------------------------------------------- */

void table_release(struct ripng *r, uint32_t route)
{
    struct route *t = route_at(r, route);
    const unsigned held = FIB_QUEUED | FIB_FLYING | FIB_REFUSED | FIB_STRANGE | ROUTE_NAMED;
    if (t->paths || t->origin || t->fib_gateway || (t->flags & held))
        return;
    if (t->flags & ROUTE_CHANGED)
        change_unlink(r, route);
    struct ripng_prefix p = route_prefix(t);
    uint32_t *at = bucket_of(r, &p);
    while (*at != route)
        at = &route_at(r, *at)->hash_next;
    *at = t->hash_next;
    r->lengths[t->len]--;
    pool_del(&r->routes, route);
}

/* --- paths ----------------------------------------------------------------------------- */

uint32_t table_path_from(const struct ripng *r, uint32_t route, uint16_t peer)
{
    uint32_t i = route_at(r, route)->paths;
    while (i && path_at(r, i)->peer != peer)
        i = path_at(r, i)->next;
    return i;
}

uint32_t table_add_path(struct ripng *r, uint32_t route, uint16_t peer)
{
    unsigned n = 0;
    for (uint32_t i = route_at(r, route)->paths; i; i = path_at(r, i)->next)
        n++;
    uint32_t path = n < PATHS_PER_ROUTE ? pool_add(&r->paths) : 0;
    if (!path)
        return 0;
    struct path *p = path_at(r, path);
    p->route = route;
    p->peer = peer;
    p->source = RIPNG_SOURCE_RIPNG;
    if (peer)
        peer_at(r, peer)->refs++;

    uint32_t *at = &route_at(r, route)->paths;
    r->n_pathed += !*at;
    while (*at)
        at = &path_at(r, *at)->next;
    *at = path;
    return path;
}

static void path_unlink(struct ripng *r, uint32_t path)
{
    uint32_t *at = &route_at(r, path_at(r, path)->route)->paths;
    while (*at != path)
        at = &path_at(r, *at)->next;
    *at = path_at(r, path)->next;
}

void table_del_path(struct ripng *r, uint32_t path)
{
    struct path *p = path_at(r, path);
    path_unlink(r, path);
    r->n_pathed -= !route_at(r, p->route)->paths;
    table_set_gateway(r, p, 0);
    if (p->peer) {
        peer_at(r, p->peer)->refs--;
        neigh_release(r, p->peer);
    }
    pool_del(&r->paths, path);
}

void table_set_gateway(struct ripng *r, struct path *p, uint16_t gateway)
{
    uint16_t old = p->gateway;
    if (old == gateway)
        return;
    if (gateway)
        peer_at(r, gateway)->refs++;
    p->gateway = gateway;
    if (old) {
        peer_at(r, old)->refs--;
        neigh_release(r, old);
    }
}

void table_to_front(struct ripng *r, uint32_t path)
{
    struct path *p = path_at(r, path);
    struct route *t = route_at(r, p->route);
    path_unlink(r, path);
    p->next = t->paths;
    t->paths = path;
}

/* --- lists of paths, the longest waiting first -------------------------------------------- */

void list_append(struct ripng *r, struct path_list *l, uint32_t path)
{
    struct path *p = path_at(r, path);
    p->list_prev = l->tail;
    p->list_next = 0;
    if (l->tail)
        path_at(r, l->tail)->list_next = path;
    else
        l->head = path;
    l->tail = path;
}

void list_remove(struct ripng *r, struct path_list *l, uint32_t path)
{
    struct path *p = path_at(r, path);
    if (p->list_prev)
        path_at(r, p->list_prev)->list_next = p->list_next;
    else
        l->head = p->list_next;
    if (p->list_next)
        path_at(r, p->list_next)->list_prev = p->list_prev;
    else
        l->tail = p->list_prev;
    p->list_prev = p->list_next = 0;
}

void table_clear(struct ripng *r)
{
    pool_clear(&r->routes);
    pool_clear(&r->paths);
    free(r->buckets);
    r->buckets = NULL;
    r->n_buckets = 0;
}
