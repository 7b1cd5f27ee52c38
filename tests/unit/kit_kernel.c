/*
 * The kit's fake kernel: a table of routes, ours and those of others, that obeys
 * or refuses, answers at once, later or never, and may keep what changes in it
 * to itself. The rules of the Linux kernel that matter: a route is known by
 * prefix and priority, NLM_F_REPLACE takes the place of any that has both.
 */
#include "kit.h"

#define N_BUCKETS 65536
#define NONE UINT32_MAX

#define MUST(what)                                                                                           \
    do {                                                                                                     \
        if (!(what))                                                                                         \
            kit_fail(k, __FILE__, __LINE__, "rule of the kit broken: %s", #what);                            \
    } while (0)

/* --- the table -------------------------------------------------------- */

static uint32_t *bucket(const struct kit *k, const struct ripng_prefix *p)
{
    uint32_t h = 2166136261U;
    for (size_t i = 0; i < 16; i++)
        h = (h ^ p->addr.s6_addr[i]) * 16777619U;
    h = (h ^ p->len) * 16777619U;
    return &k->buckets[(h ^ h >> 16) % N_BUCKETS];
}

static uint32_t first(const struct kit *k, const struct ripng_prefix *p)
{
    return k->buckets ? *bucket(k, p) : NONE;
}

static void insert(struct kit *k, const struct ripng_kernel_route *r, bool told)
{
    if (!k->buckets) {
        k->buckets = kit_grow(NULL, N_BUCKETS * sizeof(*k->buckets));
        memset(k->buckets, 0xff, N_BUCKETS * sizeof(*k->buckets));
    }
    if (k->n_routes == k->cap_routes) {
        k->cap_routes = k->cap_routes ? 2 * k->cap_routes : 64;
        k->routes = kit_grow(k->routes, k->cap_routes * sizeof(*k->routes));
    }
    uint32_t *b = bucket(k, &r->prefix);
    k->routes[k->n_routes] = (struct kit_route){.r = *r, .used = true, .told = told, .next = *b};
    *b = k->n_routes++;
}

static void erase(struct kit *k, uint32_t i)
{
    uint32_t *at = bucket(k, &k->routes[i].r.prefix);
    while (*at != i)
        at = &k->routes[*at].next;
    *at = k->routes[i].next;
    k->routes[i].used = false;
}

static uint32_t find(const struct kit *k, const struct ripng_prefix *p, uint32_t metric, int protocol)
{
    for (uint32_t i = first(k, p); i != NONE; i = k->routes[i].next)
        if (ripng_prefix_equal(&k->routes[i].r.prefix, p) && k->routes[i].r.metric == metric &&
            !k->routes[i].r.source_len && (protocol < 0 || k->routes[i].r.protocol == protocol))
            return i;
    return NONE;
}

const struct ripng_kernel_route *kit_kernel_find(const struct kit *k, const char *prefix, uint8_t protocol)
{
    struct ripng_prefix p = kit_prefix(prefix);
    for (uint32_t i = first(k, &p); i != NONE; i = k->routes[i].next)
        if (ripng_prefix_equal(&k->routes[i].r.prefix, &p) && k->routes[i].r.protocol == protocol)
            return &k->routes[i].r;
    return NULL;
}

size_t kit_kernel_count_ours(const struct kit *k)
{
    size_t n = 0;
    for (uint32_t i = 0; i < k->n_routes; i++)
        n += k->routes[i].used && k->routes[i].r.protocol == k->config.kernel.protocol;
    return n;
}

void kit_kernel_free(struct kit *k)
{
    free(k->routes);
    free(k->buckets);
}

/* --- routes of others ------------------------------------------------- */

struct ripng_kernel_route kit_onlink(const char *prefix, uint32_t ifindex)
{
    return (struct ripng_kernel_route){.prefix = kit_prefix(prefix),
                                       .type = RIPNG_TYPE_UNICAST,
                                       .protocol = PROTO_KERNEL,
                                       .metric = 256,
                                       .ifindex = ifindex,
                                       .n_nexthops = 1};
}

struct ripng_kernel_route kit_discard(const char *prefix)
{
    return (struct ripng_kernel_route){.prefix = kit_prefix(prefix),
                                       .type = RIPNG_TYPE_DISCARD,
                                       .protocol = PROTO_STATIC,
                                       .metric = 2147483647, /* netifd's */
                                       .ifindex = KIT_LO,
                                       .n_nexthops = 1};
}

struct ripng_kernel_route kit_gateway(const char *prefix, const char *gateway, uint32_t ifindex,
                                      uint8_t protocol)
{
    return (struct ripng_kernel_route){.prefix = kit_prefix(prefix),
                                       .type = RIPNG_TYPE_UNICAST,
                                       .protocol = protocol,
                                       .metric = 1024,
                                       .ifindex = ifindex,
                                       .gateway = kit_addr(gateway),
                                       .n_nexthops = 1};
}

struct ripng_kernel_route kit_several(const char *prefix, const struct ripng_nexthop *hops, unsigned n,
                                      uint8_t protocol)
{
    struct ripng_kernel_route r = kit_gateway(prefix, "::", hops[0].ifindex, protocol);
    r.metric = 2048; /* ours */
    r.gateway = hops[0].gateway;
    r.n_nexthops = n;
    memcpy(r.nexthops, hops, n * sizeof *hops);
    return r;
}

static void tell(struct kit *k, const struct ripng_kernel_route *r, bool gone, bool replaced)
{
    if (!k->r || k->deaf)
        return;
    if (gone)
        ripng_kernel_route_gone(k->r, k->now, r);
    else
        ripng_kernel_route(k->r, k->now, r, replaced);
    kit_pump(k);
}

void kit_kernel_add(struct kit *k, struct ripng_kernel_route r)
{
    insert(k, &r, !k->deaf);
    tell(k, &r, false, false);
}

void kit_kernel_replace(struct kit *k, struct ripng_kernel_route r)
{
    uint32_t i;
    while ((i = find(k, &r.prefix, r.metric, -1)) != NONE)
        erase(k, i);
    insert(k, &r, !k->deaf);
    tell(k, &r, false, true);
}

void kit_kernel_del(struct kit *k, struct ripng_kernel_route r)
{
    for (uint32_t i = first(k, &r.prefix); i != NONE; i = k->routes[i].next) {
        const struct ripng_kernel_route *q = &k->routes[i].r;
        if (ripng_prefix_equal(&q->prefix, &r.prefix) && q->protocol == r.protocol && q->metric == r.metric &&
            q->ifindex == r.ifindex && q->type == r.type && q->source_len == r.source_len &&
            ripng_addr_equal(&q->source, &r.source) && ripng_addr_equal(&q->gateway, &r.gateway)) {
            erase(k, i);
            tell(k, &r, true, false);
            return;
        }
    }
    kit_fail(k, __FILE__, __LINE__, "the test's own mistake: no such kernel route");
}

void kit_kernel_del_ours(struct kit *k, const char *prefix)
{
    struct ripng_prefix p = kit_prefix(prefix);
    uint32_t i = find(k, &p, k->config.kernel.metric, k->config.kernel.protocol);

    assert_true(i != NONE);
    struct ripng_kernel_route r = k->routes[i].r;
    erase(k, i);
    tell(k, &r, true, false);
}

/* Takes one next hop out of a multipath route, as Linux tells of it: as if it were a route of its own. */
static struct ripng_kernel_route take_hop(struct ripng_kernel_route *r, unsigned n)
{
    struct ripng_kernel_route part = *r;
    part.n_nexthops = 1;
    part.ifindex = r->nexthops[n].ifindex;
    part.gateway = r->nexthops[n].gateway;
    r->n_nexthops--;
    memmove(&r->nexthops[n], &r->nexthops[n + 1], (r->n_nexthops - n) * sizeof r->nexthops[0]);
    r->ifindex = r->nexthops[0].ifindex;
    r->gateway = r->nexthops[0].gateway;
    return part;
}

void kit_kernel_del_hop(struct kit *k, const char *prefix, const char *via, uint32_t ifindex)
{
    struct ripng_prefix p = kit_prefix(prefix);
    struct in6_addr gateway = kit_addr(via);
    uint32_t i = find(k, &p, k->config.kernel.metric, k->config.kernel.protocol);
    unsigned n = 0;

    assert_true(i != NONE);
    struct ripng_kernel_route *r = &k->routes[i].r;
    assert_true(r->n_nexthops > 1);
    while (n < r->n_nexthops &&
           (r->nexthops[n].ifindex != ifindex || !ripng_addr_equal(&r->nexthops[n].gateway, &gateway)))
        n++;
    assert_true(n < r->n_nexthops);
    struct ripng_kernel_route part = take_hop(r, n);
    tell(k, &part, true, false);
}

void kit_link_del(struct kit *k, uint32_t ifindex)
{
    for (size_t i = 0; i < k->n_links; i++)
        if (k->links[i].ifindex == ifindex) {
            k->links[i] = k->links[--k->n_links];
            break;
        }
    for (size_t i = k->n_addresses; i-- > 0;)
        if (k->addresses[i].ifindex == ifindex)
            k->addresses[i] = k->addresses[--k->n_addresses];
    /* The kernel drops the routes silently or not, the link's end comes first or not: here, first. */
    if (k->r && !k->deaf)
        ripng_link_gone(k->r, k->now, ifindex);
    for (uint32_t i = 0; i < k->n_routes; i++) {
        struct ripng_kernel_route *q = &k->routes[i].r;
        for (unsigned n = q->n_nexthops; k->routes[i].used && q->n_nexthops > 1 && n-- > 0;)
            if (q->nexthops[n].ifindex == ifindex) {
                struct ripng_kernel_route part = take_hop(q, n);
                if (k->r && !k->deaf)
                    ripng_kernel_route_gone(k->r, k->now, &part);
            }
        if (k->routes[i].used && q->n_nexthops == 1 && q->ifindex == ifindex) {
            struct ripng_kernel_route r = *q;
            erase(k, i);
            if (k->r && !k->deaf)
                ripng_kernel_route_gone(k->r, k->now, &r);
        }
    }
    if (k->r)
        kit_pump(k);
}

/* --- changes that the engine wants ------------------------------------ */

/* linux/rtnetlink.h: Zebra, BIRD, XORP, Babel, Open/R, BGP, IS-IS, OSPF, RIP, EIGRP. */
const uint8_t kit_daemons[KIT_DAEMONS] = {11, 12, 14, PROTO_BABEL, 99, 186, 187, 188, 189, 192};

/* A prefix that belongs to the router itself: on-link somewhere, or a discard aggregate that nobody
 * calculated. */
static bool owned(const struct kit *k, const struct ripng_prefix *p)
{
    if (p->len == 0)
        return false;
    for (uint32_t i = first(k, p); i != NONE; i = k->routes[i].next) {
        const struct kit_route *kr = &k->routes[i];
        if (kr->told && ripng_prefix_equal(&kr->r.prefix, p) && !kr->r.source_len &&
            kr->r.protocol != k->config.kernel.protocol &&
            (kr->r.type == RIPNG_TYPE_DISCARD ? !memchr(kit_daemons, kr->r.protocol, KIT_DAEMONS)
                                              : ripng_addr_is_unspecified(&kr->r.gateway)))
            return true;
    }
    return false;
}

/* As far as the engine was told. */
bool kit_kernel_on_link(const struct kit *k, uint32_t ifindex, const struct ripng_prefix *p)
{
    for (uint32_t i = first(k, p); i != NONE; i = k->routes[i].next) {
        const struct kit_route *kr = &k->routes[i];
        if (kr->told && kr->r.type == RIPNG_TYPE_UNICAST && kr->r.ifindex == ifindex && !kr->r.source_len &&
            kr->r.protocol != k->config.kernel.protocol && ripng_addr_is_unspecified(&kr->r.gateway) &&
            ripng_prefix_equal(&kr->r.prefix, p))
            return true;
    }
    return false;
}

static void check_change(struct kit *k, const struct ripng_change *c)
{
    MUST(c->id == k->last_id + 1 || k->last_id == 0);
    if (c->kind == RIPNG_GROUP_JOIN || c->kind == RIPNG_GROUP_LEAVE)
        return;
    if (c->kind == RIPNG_ROUTE_SET) {
        uint32_t i = find(k, &c->prefix, c->kernel.metric, -1);
        bool discard = c->type == RIPNG_TYPE_DISCARD;
        MUST(discard ? !c->ifindex && ripng_addr_is_unspecified(&c->gateway)
                     : c->ifindex && ripng_addr_is_linklocal(&c->gateway));
        MUST(c->n_nexthops <= k->config.kernel.multipath && discard == !c->n_nexthops);
        for (unsigned n = 0; n < c->n_nexthops; n++)
            MUST(c->nexthops[n].ifindex && ripng_addr_is_linklocal(&c->nexthops[n].gateway));
        MUST(!ripng_prefix_martian(&c->prefix));
        MUST(k->forgetful || !owned(k, &c->prefix));
        if (i != NONE && k->routes[i].told && !k->forgetful) /* never over another program's route */
            MUST(k->routes[i].r.protocol == c->kernel.protocol || k->routes[i].r.protocol == PROTO_OURS);
    }
}

/* Obeys or refuses: the errno. */
static int obey(struct kit *k, const struct ripng_change *c)
{
    bool join = c->kind == RIPNG_GROUP_JOIN;
    int *refuse = join                            ? &k->refuse_join
                  : c->kind == RIPNG_ROUTE_SET    ? &k->refuse
                  : c->kind == RIPNG_ROUTE_DELETE ? &k->refuse_delete
                                                  : NULL;
    if (refuse && *refuse) {
        int error = *refuse;
        if (k->refuse_times > 0 && --k->refuse_times == 0)
            *refuse = 0;
        return error;
    }
    if (join || c->kind == RIPNG_GROUP_LEAVE)
        return 0;

    uint32_t i = find(k, &c->prefix, c->kernel.metric, -1);
    if (c->kind == RIPNG_ROUTE_DELETE) {
        if (i == NONE || k->routes[i].r.protocol != c->kernel.protocol)
            return ESRCH;
        erase(k, i);
        return 0;
    }
    struct ripng_kernel_route r = {.prefix = c->prefix,
                                   .type = c->type,
                                   .protocol = c->kernel.protocol,
                                   .metric = c->kernel.metric,
                                   .ifindex = c->type == RIPNG_TYPE_DISCARD ? KIT_LO : c->ifindex,
                                   .gateway = c->gateway,
                                   .n_nexthops = c->n_nexthops ? c->n_nexthops : 1};
    memcpy(r.nexthops, c->nexthops, sizeof r.nexthops);
    if (i != NONE)
        k->routes[i].r = r;
    else
        insert(k, &r, true);
    return 0;
}

static void keep(struct kit_change **list, size_t *n, size_t *cap, const struct kit_change *c)
{
    if (*n == *cap) {
        *cap = *cap ? 2 * *cap : 64;
        *list = kit_grow(*list, *cap * sizeof(**list));
    }
    (*list)[(*n)++] = *c;
}

/* A router on the link is there, and says so, unless it is `k->dead` or a packet got lost. */
static void probe(struct kit *k, const struct ripng_change *c)
{
    MUST(c->id == k->last_id + 1 || k->last_id == 0);
    MUST(ripng_addr_is_linklocal(&c->gateway));
    k->last_id = c->id;
    k->n_probes++;
    k->probed = c->gateway;
    ripng_kernel_answer(k->r, k->now, c->id, k->refuse_probe);
    if (k->refuse_probe || ripng_addr_equal(&c->gateway, &k->dead))
        return;
    k->chance = k->chance * 1103515245 + 12345;
    if ((k->chance >> 16) % 100 < k->deaf_percent)
        return;
    ripng_neighbor(k->r, k->now, c->ifindex, &c->gateway, true);
}

void kit_kernel_take(struct kit *k, const struct ripng_change *c)
{
    if (c->kind == RIPNG_NEIGH_PROBE) {
        probe(k, c);
        return;
    }
    struct kit_change kept = {.c = *c, .at_us = k->now.us};

    check_change(k, c);
    k->last_id = c->id;
    keep(&k->changes, &k->n_changes, &k->cap_changes, &kept);
    if (k->hold) {
        keep(&k->waiting, &k->n_waiting, &k->cap_waiting, &kept);
        return;
    }
    int error = obey(k, c);
    if (k->lose_answers) {
        k->lossy = true;
        return;
    }
    if (!k->batch || error)
        ripng_kernel_answer(k->r, k->now, c->id, error);
}

void kit_release(struct kit *k)
{
    struct kit_change *list = k->waiting;
    size_t n = k->n_waiting;

    k->waiting = NULL;
    k->n_waiting = k->cap_waiting = 0;
    k->hold = false;
    for (size_t i = 0; i < n; i++)
        ripng_kernel_answer(k->r, k->now, list[i].c.id, obey(k, &list[i].c));
    free(list);
    kit_pump(k);
}

/* --- dumps ------------------------------------------------------------ */

void kit_dump_begin(struct kit *k)
{
    k->dumping = true;
    k->n_dumps++;
    ripng_kernel_dump_begin(k->r, k->now);
    for (size_t i = 0; i < k->n_links; i++)
        ripng_link(k->r, k->now, &k->links[i]);
    for (size_t i = 0; i < k->n_addresses; i++)
        ripng_address(k->r, k->now, k->addresses[i].ifindex, &k->addresses[i].addr, k->addresses[i].usable);
    for (uint32_t i = 0; i < k->n_routes; i++)
        if (k->routes[i].used) {
            k->routes[i].told = true;
            ripng_kernel_route(k->r, k->now, &k->routes[i].r, false);
        }
    kit_pump(k);
}

void kit_dump(struct kit *k)
{
    kit_dump_begin(k);
    ripng_kernel_dump_end(k->r, k->now);
    k->dumping = false;
    kit_pump(k);
}

void kit_lose(struct kit *k)
{
    ripng_kernel_lost(k->r, k->now);
    kit_pump(k);
}
