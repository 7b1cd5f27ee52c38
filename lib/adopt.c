/*
 * What the kernel holds of ours without our having just put it there: what an earlier
 * run left, and what others did to our routes.
 *
 * Called by engine.c for each kernel route with our protocol that is seen or gone, by
 * fib.c, input.c and detect.c. What an earlier run left is adopted: kept until
 * somebody announces it or `timeout` is over. One with several next hops is not
 * replaced when the first of them is heard: it waits for the others for as long as it
 * may take until each has sent its whole table, or is found dead. Of a multipath
 * route the kernel tells the deletion of a part, too. What is to be done about a
 * difference is for fib.c; RFC 2080 says nothing on kernels.
 */
#include "internal.h"

/* --- what is kept -------------------------------------------------------------------- */

/* Has the kernel more next hops for it than those, which are wished for? */
static bool has_more(const struct ripng *r, const struct route *t)
{
    struct hops h;
    unsigned n;
    hops_list(r, &t->fib_gateway, &n);
    fib_wish(r, t, &h);
    if (!h.n || n <= h.n || n > r->config.kernel.multipath)
        return false;
    for (unsigned i = 0; i < h.n; i++)
        if (!hops_contain(r, t->fib_gateway, h.peer[i]))
            return false;
    return true;
}

bool adopt_keeps(const struct ripng *r, const struct route *t)
{
    const struct path *p = route_chosen(r, t);
    bool welcome = !(t->flags & ROUTE_OWNED) && (t->len || r->config.default_route.accept);
    if (!fib_holds(t) || !(t->flags & FIB_ADOPTED) || !welcome || r->stopping)
        return false;
    if (!p || p->metric >= INFINITY_METRIC)
        return r->now < r->adopt_until;
    return r->now < r->complete_until && has_more(r, t);
}

/* What was adopted through a dead next hop is no use to anybody. */
void adopt_disown_gateway(struct ripng *r, uint16_t gateway)
{
    for (uint32_t i = pool_next(&r->routes, 0); i; i = pool_next(&r->routes, i)) {
        struct route *t = route_at(r, i);
        if ((t->flags & FIB_ADOPTED) && hops_contain(r, t->fib_gateway, gateway)) {
            t->flags &= (uint16_t)~FIB_ADOPTED;
            fib_update(r, i);
        }
    }
}

void adopt_disown(struct ripng *r, uint32_t route, uint16_t gateway)
{
    struct route *t = route_at(r, route);
    if (!(t->flags & FIB_ADOPTED) || !hops_contain(r, t->fib_gateway, gateway))
        return;
    t->flags &= (uint16_t)~FIB_ADOPTED;
    fib_update(r, route);
    table_release(r, route);
}

void adopt_end(struct ripng *r, bool announced)
{
    for (uint32_t i = pool_next(&r->routes, 0); i; i = pool_next(&r->routes, i)) {
        struct route *t = route_at(r, i);
        if (!(t->flags & FIB_ADOPTED) || (announced && !t->paths))
            continue;
        t->flags &= (uint16_t)~FIB_ADOPTED;
        fib_update(r, i);
    }
}

/* --- seen and gone --------------------------------------------------------------------- */

static bool ours(const struct ripng *r, const struct ripng_kernel_route *k)
{
    return !k->source_len && k->metric == r->config.kernel.metric && !ripng_prefix_martian(&k->prefix);
}

/* Our protocol, but not as we write it: of an earlier configuration. Goes once it is not missed. */
static void note_stray(struct ripng *r, const struct ripng_kernel_route *k)
{
    struct ripng_kernel_config with = r->config.kernel;
    with.metric = k->metric;
    if (!k->source_len)
        fib_add_stray(r, &k->prefix, &with);
}

static void hops_let_go(struct ripng *r, struct hops *h)
{
    while (h->n)
        hops_drop(r, h->peer[--h->n]);
}

/* The next hops of a kernel route, to be held until hops_let_go(); none: not as we write them, or unknown. */
static void hops_found(struct ripng *r, const struct ripng_kernel_route *k, bool add, struct hops *h)
{
    const struct ripng_nexthop one = {k->ifindex, k->gateway}, *list = k->n_nexthops > 1 ? k->nexthops : &one;
    h->n = 0;
    if (k->type != RIPNG_TYPE_UNICAST || k->n_nexthops > RIPNG_NEXTHOPS_MAX)
        return;
    for (unsigned i = 0; i < k->n_nexthops; i++) {
        const struct ripng_nexthop *n = &list[i];
        uint16_t peer = 0;
        if (n->ifindex && !ripng_addr_is_unspecified(&n->gateway))
            peer = add ? neigh_add(r, n->ifindex, &n->gateway) : neigh_find(r, n->ifindex, &n->gateway);
        if (!peer) {
            hops_let_go(r, h);
            return;
        }
        hops_hold(r, peer);
        h->peer[h->n++] = peer;
    }
}

/* hops_take(), but 0 where that would be less than asked for. */
static uint16_t take_all(struct ripng *r, const struct hops *h)
{
    uint16_t id = hops_take(r, h);
    if (h->n <= 1 || hops_is_set(id))
        return id;
    hops_drop(r, id);
    return 0;
}

void adopt_route(struct ripng *r, const struct ripng_kernel_route *k)
{
    if (!ours(r, k)) {
        if (r->dumping)
            note_stray(r, k);
        return;
    }
    uint32_t route = table_add(r, &k->prefix);
    if (!route) {
        fib_redump_later(r, 0);
        return;
    }
    struct route *t = route_at(r, route);
    struct hops h;
    hops_found(r, k, true, &h);
    uint16_t hops = k->type == RIPNG_TYPE_DISCARD ? FIB_DISCARD : take_all(r, &h);
    t->flags |= FIB_SEEN;
    if (!r->dumped && !fib_holds(t))
        t->flags |= FIB_ADOPTED;
    fib_set_held(r, t, hops, !hops);
    hops_drop(r, hops);
    hops_let_go(r, &h);
    fib_update(r, route);
}

/* The kernel has it no more, or without one of its next hops. False: that was an older one, replaced since.
 */
static bool lose_hops(struct ripng *r, struct route *t, uint16_t whole, const struct hops *gone)
{
    if (t->flags & FIB_STRANGE) {
        /* Whether anything is left is not known: it goes or is replaced. */
        t->flags &= (uint16_t)~FIB_ADOPTED;
        return true;
    }
    if (!t->fib_gateway || whole == t->fib_gateway) {
        t->flags &= (uint16_t)~FIB_ADOPTED;
        fib_set_held(r, t, 0, false);
        return true;
    }
    if (gone->n != 1 || !hops_contain(r, t->fib_gateway, gone->peer[0]))
        return false;
    struct hops rest = {0};
    unsigned n;
    const uint16_t *list = hops_list(r, &t->fib_gateway, &n);
    for (unsigned i = 0; i < n; i++)
        if (list[i] != gone->peer[0])
            rest.peer[rest.n++] = list[i];
    uint16_t hops = take_all(r, &rest);
    fib_set_held(r, t, hops, !hops);
    hops_drop(r, hops);
    return true;
}

void adopt_route_gone(struct ripng *r, const struct ripng_kernel_route *k)
{
    uint32_t route = ours(r, k) ? table_find(r, &k->prefix) : 0;
    if (!route)
        return;
    struct route *t = route_at(r, route);
    struct hops h;
    hops_found(r, k, false, &h);
    bool lost = lose_hops(r, t, k->type == RIPNG_TYPE_DISCARD ? FIB_DISCARD : hops_id(r, &h), &h);
    hops_let_go(r, &h);
    if (!lost)
        return;
    fib_put_back(r, route);
    table_release(r, route);
}
