/*
 * The router's own prefixes: what the kernel's routes of others make us share, and
 * what the configuration names.
 *
 * Called by engine.c for each kernel route seen or gone, by aggregate.c and default.c
 * where what they watch begins or ends. The kernel decides, not
 * the addresses: a deprecated address without its route is no prefix to share.
 * Every such route is remembered under its prefix, shared or not, because the
 * prefix may be on-link (then it is neither announced nor accepted on that link)
 * or owned (then nothing learned is installed over it).
 *
 * RFC 2080 2.3 and 2.6: an own prefix that goes is announced with metric 16.
 */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

#define RTPROT_STATIC 4

/* --- what a kernel route is -------------------------------------------------------- */

static bool is_default(const struct route *t)
{
    return t->len == 0;
}

static bool is_on_link(const struct kroute *k)
{
    return k->type == RIPNG_TYPE_UNICAST && !k->several && ripng_addr_is_unspecified(&k->gateway);
}

/*
 * A prefix as an ISP or a router delegates it. systemd-networkd, Fedora's scripts and
 * careful administrators also reject ranges that nobody was given (2002:a00::/24,
 * 3ffe:ffff::/32, fc00::/7, all of 2000::/3 where there is no default route): those have
 * other shapes. To take the last for a delegation would draw in the whole Internet's
 * traffic, and announce every gateway route as a part of it.
 */
static bool is_delegation(const struct ripng_prefix *p)
{
    static const struct ripng_prefix global = {{{{0x20}}}, 3}, ula = {{{{0xfc}}}, 7},
                                     six_to_four = {{{{0x20, 0x02}}}, 16}, six_bone = {{{{0x3f, 0xfe}}}, 16};
    enum { SHORTEST = 16 }; /* a registry's own share; a provider's customers get /29 to /64 */
    if (p->len < SHORTEST || p->len > 64)
        return false;
    if (ripng_prefix_contains(&six_to_four, p) || ripng_prefix_contains(&six_bone, p))
        return false;
    return ripng_prefix_contains(&global, p) || ripng_prefix_contains(&ula, p);
}

/*
 * Does a routing daemon answer for it (numbers of linux/rtnetlink.h)? Its discard routes are
 * no delegation: babeld leaves one for each network that it has just lost, BGP for those under attack.
 */
static bool is_routing_protocol(uint8_t protocol)
{
    enum { ZEBRA = 11, BIRD = 12, XORP = 14, BABEL = 42, OPENR = 99, BGP = 186, EIGRP = 192 };
    return protocol == ZEBRA || protocol == BIRD || protocol == XORP || protocol == BABEL ||
           protocol == OPENR || (protocol >= BGP && protocol <= EIGRP);
}

static bool is_aggregate(const struct route *t, const struct kroute *k)
{
    struct ripng_prefix p = route_prefix(t);
    return k->type == RIPNG_TYPE_DISCARD && !is_routing_protocol(k->protocol) && is_delegation(&p);
}

/* A gateway route inside one of our aggregates: we delegated that piece onwards. */
static bool is_onward(const struct ripng *r, const struct route *t, const struct kroute *k)
{
    if (k->type != RIPNG_TYPE_UNICAST || is_on_link(k))
        return false;
    struct ripng_prefix p = route_prefix(t);
    for (size_t i = 0; i < r->n_delegations; i++)
        if (r->delegations[i].len < p.len && ripng_prefix_contains(&r->delegations[i], &p))
            return true;
    return false;
}

/* The first shared source of the configuration that it belongs to; RIPNG_SOURCE_RIPNG: none. */
static enum ripng_source classify(const struct ripng *r, const struct route *t, const struct kroute *k)
{
    const struct ripng_redistribute_config *c = r->config.redistribute;
    struct ripng_prefix p = route_prefix(t);
    if (is_default(t) || ripng_prefix_martian(&p))
        return RIPNG_SOURCE_RIPNG;
    bool unicast = k->type == RIPNG_TYPE_UNICAST;
    const bool is[RIPNG_N_REDISTRIBUTE] = {
        [RIPNG_SOURCE_CONNECTED] = is_on_link(k),
        [RIPNG_SOURCE_DELEGATED] = is_aggregate(t, k) || is_onward(r, t, k),
        [RIPNG_SOURCE_STATIC] = unicast && k->protocol == RTPROT_STATIC,
        [RIPNG_SOURCE_KERNEL] =
            unicast && (c[RIPNG_SOURCE_KERNEL].protocols[k->protocol / 8] >> k->protocol % 8 & 1),
    };
    for (unsigned s = 0; s < RIPNG_N_REDISTRIBUTE; s++)
        if (c[s].enabled && is[s])
            return (enum ripng_source)s;
    return RIPNG_SOURCE_RIPNG;
}

/*
 * Is it shared, and as what? The first source that it belongs to decides, its filter, too:
 * what that denies no other source lets through.
 */
static bool share(const struct ripng *r, const struct route *t, const struct kroute *k,
                  struct ripng_subject *s)
{
    enum ripng_source source = classify(r, t, k);
    if (source == RIPNG_SOURCE_RIPNG)
        return false;
    const struct ripng_redistribute_config *c = &r->config.redistribute[source];
    *s = (struct ripng_subject){
        .prefix = route_prefix(t), .source = source, .metric = c->metric, .tag = c->tag};
    return ripng_filter_apply(ripng_config_filter(&r->config, c->filter), s, NULL) &&
           s->metric < INFINITY_METRIC;
}

/* --- what follows for the route ------------------------------------------------------- */

/* The next hop that others on its link may use directly (2.1.1). */
static uint16_t third_party_gateway(struct ripng *r, const struct kroute *k)
{
    if (k->several || !ripng_addr_is_linklocal(&k->gateway))
        return 0;
    return neigh_add(r, k->ifindex, &k->gateway);
}

static void set_owned(struct ripng *r, uint32_t route, bool owned)
{
    struct route *t = route_at(r, route);
    if (owned == !!(t->flags & ROUTE_OWNED))
        return;
    t->flags ^= ROUTE_OWNED;
    if (owned)
        select_lose_learned(r, route, RIPNG_WHY_OWNED);
    else if (r->dumped)
        advert_ask_all(r); /* others may announce what we refused until now */
}

/* What the configuration itself says of a prefix: its source, RIPNG_SOURCE_RIPNG: nothing. */
static enum ripng_source named(const struct ripng *r, uint32_t route, uint8_t *metric, uint16_t *tag)
{
    const struct ripng_config *c = &r->config;
    const struct route *t = route_at(r, route);
    struct ripng_prefix p = route_prefix(t);
    size_t i;
    *tag = 0;
    if (!(t->flags & ROUTE_NAMED))
        return RIPNG_SOURCE_RIPNG;
    if (is_default(t)) {
        enum ripng_originate o = c->default_route.originate;
        *metric = c->default_route.metric;
        return o == RIPNG_ORIGINATE_ALWAYS || default_present(r, t) ? RIPNG_SOURCE_DEFAULT
                                                                    : RIPNG_SOURCE_RIPNG;
    }
    if (aggregate_wanted(r, route, &i)) {
        *metric = c->aggregates[i].metric;
        *tag = c->aggregates[i].tag;
        return RIPNG_SOURCE_AGGREGATE;
    }
    for (i = 0; i < c->n_statics; i++)
        if (ripng_prefix_equal(&c->statics[i].prefix, &p)) {
            *metric = c->statics[i].metric;
            *tag = c->statics[i].tag;
            return RIPNG_SOURCE_ROUTE;
        }
    return RIPNG_SOURCE_RIPNG;
}

/* Announced as the router's own? */
static bool is_own(const struct ripng *r, uint32_t route)
{
    const struct path *p = route_chosen(r, route_at(r, route));
    return p && !p->peer && p->metric && p->metric < INFINITY_METRIC;
}

/* No kernel route makes it ours: it may be the configuration. */
static void reconsider_named(struct ripng *r, uint32_t route, enum ripng_reason why)
{
    uint8_t metric;
    uint16_t tag;
    enum ripng_source s = named(r, route, &metric, &tag);
    if (s != RIPNG_SOURCE_RIPNG)
        select_local(r, route, s, metric, tag, 0);
    else
        select_local_gone(r, route, why);
}

/* A prefix's kernel routes changed, or what they mean did. */
void origin_reconsider(struct ripng *r, uint32_t route, enum ripng_reason why)
{
    struct route *t = route_at(r, route);
    bool was_own = is_own(r, route);
    struct ripng_subject s, best = {.source = RIPNG_SOURCE_RIPNG};
    const struct kroute *chosen = NULL;
    bool owned = false;
    for (uint32_t i = t->origin; i; i = kroute_at(r, i)->next) {
        const struct kroute *k = kroute_at(r, i);
        owned |= !is_default(t) && (is_on_link(k) || is_aggregate(t, k));
        if (share(r, t, k, &s) &&
            (s.source < best.source || (s.source == best.source && k->metric < chosen->metric))) {
            best = s;
            chosen = k;
        }
    }
    set_owned(r, route, owned);
    if (chosen) {
        uint16_t gateway = is_on_link(chosen) ? 0 : third_party_gateway(r, chosen);
        select_local(r, route, best.source, best.metric, best.tag, gateway);
        if (gateway)
            neigh_release(r, gateway); /* where it could not be noted */
    } else {
        reconsider_named(r, route, why);
    }
    if (!was_own && is_own(r, route))
        aggregate_began(r, route);
    fib_update(r, route);
    table_release(r, route);
}

static void reconsider_all(struct ripng *r, enum ripng_reason why)
{
    for (uint32_t i = pool_next(&r->routes, 0); i; i = pool_next(&r->routes, i))
        if (route_at(r, i)->origin || (route_at(r, i)->flags & ROUTE_NAMED) || table_path_from(r, i, 0))
            origin_reconsider(r, i, why);
}

/* The list of delegations follows `prefix`; true: other routes may mean something else now. */
static bool delegations_follow(struct ripng *r, uint32_t route)
{
    const struct route *t = route_at(r, route);
    struct ripng_prefix p = route_prefix(t);
    bool is = false;
    for (uint32_t i = t->origin; i; i = kroute_at(r, i)->next)
        is |= is_aggregate(t, kroute_at(r, i));

    size_t at = 0;
    while (at < r->n_delegations && !ripng_prefix_equal(&r->delegations[at], &p))
        at++;
    if (is == (at < r->n_delegations))
        return false;
    if (!is) {
        r->delegations[at] = r->delegations[--r->n_delegations];
        return true;
    }
    struct ripng_prefix *grown = realloc(r->delegations, (r->n_delegations + 1) * sizeof *grown);
    if (!grown) {
        fib_redump_later(r, 0);
        return false;
    }
    r->delegations = grown;
    grown[r->n_delegations++] = p;
    return true;
}

static void origins_changed(struct ripng *r, uint32_t route)
{
    if (r->dumped)
        advert_settle_own(r);
    bool others = delegations_follow(r, route);
    origin_reconsider(r, route, RIPNG_WHY_WITHDRAWN); /* it may be gone now */
    if (others)
        reconsider_all(r, RIPNG_WHY_WITHDRAWN);
}

/* --- seen and gone ----------------------------------------------------------------------- */

static bool same(const struct kroute *a, const struct ripng_kernel_route *b)
{
    return a->type == b->type && a->ifindex == b->ifindex && a->metric == b->metric &&
           a->protocol == b->protocol && a->several == (b->n_nexthops > 1) &&
           ripng_addr_equal(&a->gateway, &b->gateway);
}

static uint32_t kroute_find(const struct ripng *r, const struct route *t, const struct ripng_kernel_route *k)
{
    uint32_t i = t->origin;
    while (i && !same(kroute_at(r, i), k))
        i = kroute_at(r, i)->next;
    return i;
}

static void kroute_del(struct ripng *r, struct route *t, uint32_t index)
{
    uint32_t *at = &t->origin;
    while (*at != index)
        at = &kroute_at(r, *at)->next;
    *at = kroute_at(r, index)->next;
    pool_del(&r->kroutes, index);
}

static unsigned with_metric(const struct ripng *r, const struct route *t, uint32_t metric, uint32_t *first)
{
    unsigned n = 0;
    for (uint32_t i = t->origin; i; i = kroute_at(r, i)->next)
        if (kroute_at(r, i)->metric == metric && n++ == 0)
            *first = i;
    return n;
}

/* It took a place: whose? With several of that metric only the kernel knows. */
static void displace(struct ripng *r, uint32_t route, const struct ripng_kernel_route *k)
{
    struct route *t = route_at(r, route);
    uint32_t first = 0;
    if (k->metric == r->config.kernel.metric)
        fib_overwritten(r, route);
    unsigned n = with_metric(r, t, k->metric, &first);
    if (n == 1)
        kroute_del(r, t, first);
    else if (n > 1)
        r->want_dump = true;
}

void origin_kernel_route(struct ripng *r, const struct ripng_kernel_route *k, bool replaced)
{
    if (k->source_len)
        default_kernel_route(r, k, replaced);
    if (k->source_len || ripng_prefix_martian(&k->prefix))
        return;
    uint32_t route = table_add(r, &k->prefix);
    if (!route) {
        fib_redump_later(r, 0);
        return;
    }
    uint32_t known = kroute_find(r, route_at(r, route), k);
    if (known) {
        kroute_at(r, known)->stale = false;
        return;
    }
    if (replaced)
        displace(r, route, k);
    else if (k->metric == r->config.kernel.metric && fib_holds(route_at(r, route)) && !r->dumping)
        r->want_dump = true; /* ours took its place, or was added to it, before we heard of it */
    uint32_t i = pool_add(&r->kroutes);
    if (i) {
        struct route *t = route_at(r, route);
        *kroute_at(r, i) = (struct kroute){
            .route = route,
            .next = t->origin,
            .gateway = k->gateway,
            .ifindex = k->ifindex,
            .metric = k->metric,
            .protocol = k->protocol,
            .type = (uint8_t)k->type,
            .several = k->n_nexthops > 1,
        };
        t->origin = i;
    } else {
        fib_redump_later(r, 0);
    }
    origins_changed(r, route);
}

void origin_kernel_route_gone(struct ripng *r, const struct ripng_kernel_route *k)
{
    if (k->source_len) {
        default_kernel_route_gone(r, k);
        return;
    }
    uint32_t route = table_find(r, &k->prefix);
    if (!route)
        return;
    struct route *t = route_at(r, route);
    uint32_t i = kroute_find(r, t, k), first;
    if (i) {
        kroute_del(r, t, i);
        origins_changed(r, route);
    } else if (with_metric(r, t, k->metric, &first)) {
        r->want_dump = true; /* a part of a multipath route, say */
    }
}

void origin_stray_gone(struct ripng *r, const struct ripng_prefix *p, const struct ripng_kernel_config *k)
{
    uint32_t route = table_find(r, p), next;
    bool found = false;
    for (uint32_t i = route ? route_at(r, route)->origin : 0; i; i = next) {
        next = kroute_at(r, i)->next;
        if (kroute_at(r, i)->metric != k->metric || kroute_at(r, i)->protocol != k->protocol)
            continue;
        kroute_del(r, route_at(r, route), i);
        found = true;
    }
    if (found)
        origins_changed(r, route);
}

/* --- asked by others --------------------------------------------------------------------- */

bool origin_on_link(const struct ripng *r, const struct route *t, uint32_t ifindex)
{
    for (uint32_t i = t->origin; i; i = kroute_at(r, i)->next)
        if (kroute_at(r, i)->ifindex == ifindex && is_on_link(kroute_at(r, i)))
            return true;
    return false;
}

bool origin_blocks(const struct ripng *r, const struct route *t)
{
    uint32_t first;
    return t->origin && with_metric(r, t, r->config.kernel.metric, &first);
}

/* --- settings ------------------------------------------------------------------------------ */

/* The route of a prefix that the configuration names; it stays while it is named. 0: no memory. */
static uint32_t name(struct ripng *r, const struct ripng_prefix *p)
{
    uint32_t route = table_add(r, p);
    if (route)
        route_at(r, route)->flags |= ROUTE_NAMED;
    else
        fib_redump_later(r, 0); /* tried again then */
    return route;
}

static void name_all(struct ripng *r)
{
    static const struct ripng_prefix any;
    if (r->config.default_route.originate != RIPNG_ORIGINATE_NEVER)
        name(r, &any);
    for (size_t i = 0; i < r->n_aggregates; i++)
        r->aggregates[i].route = name(r, &r->aggregates[i].prefix);
    for (size_t i = 0; i < r->config.n_statics; i++)
        name(r, &r->config.statics[i].prefix);
}

void origin_reconfigure(struct ripng *r, const struct ripng_config *old)
{
    aggregate_mark_held(r);
    for (uint32_t i = pool_next(&r->routes, 0); i; i = pool_next(&r->routes, i))
        route_at(r, i)->flags &= (uint16_t)~ROUTE_NAMED;
    if (r->dumped) {
        aggregate_reconfigure(r);
        name_all(r);
    }
    reconsider_all(r, RIPNG_WHY_CONFIG);
    default_reconfigure(r, &old->default_route);
    aggregate_tell_held(r);
    for (uint32_t i = pool_next(&r->routes, 0); i; i = pool_next(&r->routes, i))
        table_release(r, i); /* named no more, and nothing else holds it */
}

void origin_stale_all(struct ripng *r)
{
    default_stale_all(r);
    for (uint32_t i = pool_next(&r->kroutes, 0); i; i = pool_next(&r->kroutes, i))
        kroute_at(r, i)->stale = true;
}

void origin_sweep(struct ripng *r)
{
    for (uint32_t i = pool_next(&r->kroutes, 0); i; i = pool_next(&r->kroutes, i)) {
        if (!kroute_at(r, i)->stale)
            continue;
        uint32_t route = kroute_at(r, i)->route;
        kroute_del(r, route_at(r, route), i);
        origins_changed(r, route);
    }
    default_sweep(r);
    if (!r->dumped)
        aggregate_reconfigure(r);
    name_all(r);
    for (uint32_t i = pool_next(&r->routes, 0); i; i = pool_next(&r->routes, i))
        if (route_at(r, i)->flags & ROUTE_NAMED)
            origin_reconsider(r, i, RIPNG_WHY_WITHDRAWN);
}

/* Where an own prefix lies, for people: the interface of its best kernel route; 0: on none. */
uint32_t origin_ifindex(const struct ripng *r, const struct route *t)
{
    for (uint32_t i = t->origin; i; i = kroute_at(r, i)->next)
        if (is_on_link(kroute_at(r, i)))
            return kroute_at(r, i)->ifindex;
    return 0;
}

void origin_init(struct ripng *r)
{
    pool_init(&r->kroutes, sizeof(struct kroute));
}

void origin_clear(struct ripng *r)
{
    pool_clear(&r->kroutes);
    free(r->delegations);
    default_clear(r);
}
