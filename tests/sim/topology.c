/* What a run begins with; see topology.h. */
#include "topology.h"

#include "router.h"

#include <stdlib.h>
#include <string.h>

#define PROTO_KERNEL 2
#define PROTO_STATIC 4
#define PROTO_DHCP 16

const char *const topology_names[TOPOLOGY_ANY] = {"line", "ring",   "grid", "star",
                                                  "lan",  "clique", "tree", "random"};

/* Who is on which link, before there are ports. */
struct plan {
    struct topology_member *members;
    size_t n, room;
    uint32_t n_links, n_routers;
    bool twice_allowed; /* a router may have two ports on a link */
};

static void join(struct plan *p, uint32_t link, uint32_t router)
{
    if (p->n == p->room) {
        p->room = p->room ? p->room * 2 : 64;
        p->members = sim_realloc(p->members, p->room * sizeof *p->members);
    }
    p->members[p->n++] = (struct topology_member){link, router};
}

static void cable(struct plan *p, uint32_t a, uint32_t b)
{
    join(p, p->n_links, a);
    join(p, p->n_links, b);
    p->n_links++;
}

/* --- shapes ---------------------------------------------------------------------------- */

static uint32_t draw_size(struct world *w, enum topology kind)
{
    static const uint32_t most[TOPOLOGY_ANY] = {20, 18, 36, 20, 24, 8, 32, 24};
    uint32_t dice = rng_below(&w->rng, 100);
    if (dice < 55)
        return 2 + rng_below(&w->rng, 6);
    if (dice < 99 || kind == TOPOLOGY_CLIQUE || kind == TOPOLOGY_LAN || kind == TOPOLOGY_STAR)
        return 2 + rng_below(&w->rng, most[kind] - 1);
    return 40 + rng_below(&w->rng, 161);
}

static void shape_grid(struct plan *p)
{
    uint32_t side = 1;
    while ((side + 1) * (side + 1) <= p->n_routers)
        side++;
    for (uint32_t i = 0; i < p->n_routers; i++) {
        if ((i + 1) % side && i + 1 < p->n_routers)
            cable(p, i, i + 1);
        if (i + side < p->n_routers)
            cable(p, i, i + side);
    }
}

static void shape_random(struct world *w, struct plan *p)
{
    for (uint32_t i = 1; i < p->n_routers; i++) /* all in one piece */
        if (p->n_links && rng_percent(&w->rng, 35))
            join(p, rng_below(&w->rng, p->n_links), i);
        else
            cable(p, rng_below(&w->rng, i), i);
    uint32_t more = rng_below(&w->rng, p->n_routers / 2 + 2);
    while (more--) {
        uint32_t a = rng_below(&w->rng, p->n_routers), b = rng_below(&w->rng, p->n_routers);
        if (a != b || p->twice_allowed)
            cable(p, a, b);
    }
}

static void shape(struct world *w, struct plan *p, enum topology kind)
{
    uint32_t n = p->n_routers;
    switch (kind) {
    case TOPOLOGY_LINE:
    case TOPOLOGY_RING:
        for (uint32_t i = 1; i < n; i++)
            cable(p, i - 1, i);
        if (kind == TOPOLOGY_RING && n > 2)
            cable(p, n - 1, 0);
        break;
    case TOPOLOGY_GRID:
        shape_grid(p);
        break;
    case TOPOLOGY_STAR:
        for (uint32_t i = 1; i < n; i++)
            cable(p, 0, i);
        break;
    case TOPOLOGY_LAN:
        for (uint32_t i = 0; i < n; i++)
            join(p, 0, i);
        p->n_links = 1;
        break;
    case TOPOLOGY_CLIQUE:
        for (uint32_t i = 0; i < n; i++)
            for (uint32_t k = i + 1; k < n; k++)
                cable(p, i, k);
        break;
    case TOPOLOGY_TREE:
        for (uint32_t i = 1; i < n; i++)
            cable(p, rng_below(&w->rng, i), i);
        break;
    case TOPOLOGY_RANDOM:
    case TOPOLOGY_ANY:
        shape_random(w, p);
        break;
    }
}

/* A LAN of their own for most routers, with nobody else on it. */
static void shape_stubs(struct world *w, struct plan *p, bool all)
{
    for (uint32_t i = 0; i < p->n_routers; i++)
        if (all || rng_percent(&w->rng, 60))
            join(p, p->n_links++, i);
}

/* --- routers, ports, links --------------------------------------------------------------- */

enum address_habit { BY_PORT, BY_ROUTER, BY_LINK };

static struct in6_addr link_local(enum address_habit habit, const struct port *p, uint32_t place)
{
    struct in6_addr a = {{{0xfe, 0x80}}};
    uint32_t n = habit == BY_LINK ? place + 1 : p->router + 1;
    a.s6_addr[14] = (uint8_t)(n >> 8);
    a.s6_addr[15] = (uint8_t)n;
    if (habit == BY_PORT)
        a.s6_addr[13] = (uint8_t)(p->ifindex);
    return a;
}

static void port_init(struct port *p, uint32_t id, uint32_t router, uint32_t link, uint32_t number)
{
    *p = (struct port){
        .id = id,
        .router = router,
        .link = link,
        .ifindex = number + 1,
        .exists = true,
        .up = true,
        .carrier = true,
        .mtu = link == NONE ? 65536 : 1500,
        .pid = NONE,
        .set = {.enabled = true, .metric = 1, .import = policy_nothing(), .export = policy_nothing()},
    };
    if (number)
        snprintf(p->name, sizeof p->name, "eth%u", number - 1);
    else
        snprintf(p->name, sizeof p->name, "lo");
}

static void make_ports(struct world *w, const struct plan *p)
{
    w->n_routers = p->n_routers;
    w->n_links = p->n_links;
    w->n_ports = p->n_routers + (uint32_t)p->n;
    w->routers = sim_calloc(w->n_routers, sizeof *w->routers);
    w->links = sim_calloc(w->n_links, sizeof *w->links);
    w->ports = sim_calloc(w->n_ports, sizeof *w->ports);
    uint32_t id = 0;
    for (uint32_t i = 0; i < w->n_routers; i++) {
        struct router *r = &w->routers[i];
        r->id = i;
        r->first_port = id;
        port_init(&w->ports[id], id, i, NONE, 0);
        id++;
        for (size_t k = 0; k < p->n; k++)
            if (p->members[k].router == i) {
                port_init(&w->ports[id], id, i, p->members[k].link, id - r->first_port);
                id++;
            }
        r->n_ports = id - r->first_port;
        r->next_ifindex = r->n_ports + 1;
        policy_of_nobody(&r->policy);
    }
}

static void make_links(struct world *w, enum address_habit habit)
{
    for (uint32_t i = 0; i < w->n_links; i++) {
        struct link *l = &w->links[i];
        *l = (struct link){.id = i, .pair_from = NONE, .pair_to = NONE};
        l->latency = rng_between(&w->rng, 20, rng_percent(&w->rng, 20) ? 200000 : 2000);
        l->jitter = rng_below(&w->rng, 1000);
        l->has_host = rng_percent(&w->rng, 25);
        l->host = (struct in6_addr){{{0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0xff}}};
        l->host.s6_addr[15] = (uint8_t)i;
    }
    for (uint32_t i = 0; i < w->n_ports; i++) {
        struct port *p = &w->ports[i];
        if (p->link == NONE)
            continue;
        struct link *l = &w->links[p->link];
        uint32_t place = (uint32_t)l->n_ports++;
        l->ports = sim_realloc(l->ports, l->n_ports * sizeof *l->ports);
        l->ports[place] = i;
        p->link_local = link_local(habit, p, place);
        p->addrs[p->n_addrs++] = (struct port_addr){p->link_local, true};
    }
}

/* --- prefixes ------------------------------------------------------------------------------- */

static struct ripng_prefix make_prefix(uint32_t block, uint32_t n, unsigned len)
{
    struct in6_addr a = {{{0x20, 0x01, 0x0d, 0xb8}}};
    a.s6_addr[3] = (uint8_t)(0xb8 + block);
    a.s6_addr[4] = (uint8_t)(n >> 16);
    a.s6_addr[5] = (uint8_t)(n >> 8);
    a.s6_addr[6] = (uint8_t)n;
    return ripng_prefix_make(&a, len);
}

void topology_share(struct world *w, struct port *p, uint32_t pid, enum ripng_route_type type,
                    uint8_t protocol, const struct in6_addr *gateway)
{
    struct router *r = port_router(w, p);
    r->shares = sim_realloc(r->shares, (r->n_shares + 1) * sizeof *r->shares);
    r->shares[r->n_shares++] = (struct share){
        .pid = pid,
        .port = p->id,
        .type = (uint8_t)type,
        .protocol = protocol,
        .metric = protocol == PROTO_KERNEL ? 256 : 1024,
        .active = true,
    };
    if (gateway)
        r->shares[r->n_shares - 1].gateway = *gateway;
}

/* Link prefixes: each port on the link has an address in it. */
static void connected(struct world *w, bool plain)
{
    for (uint32_t i = 0; i < w->n_links; i++) {
        struct link *l = &w->links[i];
        if (!plain && l->n_ports > 1 && rng_percent(&w->rng, 50))
            continue;
        struct ripng_prefix prefix = make_prefix(0, i, 64);
        uint32_t pid = world_add_prefix(w, &prefix);
        for (uint32_t n = 0; n < l->n_ports; n++) {
            struct port *p = &w->ports[l->ports[n]];
            p->pid = pid;
            p->global = prefix.addr;
            p->global.s6_addr[15] = (uint8_t)(n + 1);
            p->addrs[p->n_addrs++] = (struct port_addr){p->global, true};
            topology_share(w, p, pid, RIPNG_TYPE_UNICAST, PROTO_KERNEL, NULL);
        }
    }
}

struct port *topology_gateway_port(struct world *w, const struct router *r)
{
    for (uint32_t i = 1; i < r->n_ports; i++)
        if (w->links[w->ports[r->first_port + i].link].has_host)
            return &w->ports[r->first_port + i];
    return NULL;
}

struct onward { /* noted after the prefixes are indexed */
    uint32_t pid, link, port;
};

static void note_onward(struct onward **onward, size_t *n, struct onward o)
{
    *onward = sim_realloc(*onward, (*n + 1) * sizeof **onward);
    (*onward)[(*n)++] = o;
}

static void delegated(struct world *w, struct router *r, struct onward **onward, size_t *n)
{
    struct port *lo = &w->ports[r->first_port], *out = topology_gateway_port(w, r);
    struct ripng_prefix whole = make_prefix(1, r->id << 12, 44),
                        piece = make_prefix(1, r->id << 12 | 0xfff, 64);
    topology_share(w, lo, world_add_prefix(w, &whole), RIPNG_TYPE_DISCARD, PROTO_DHCP, NULL);
    if (!out)
        return;
    uint32_t pid = world_add_prefix(w, &piece);
    topology_share(w, out, pid, RIPNG_TYPE_UNICAST, PROTO_DHCP, &w->links[out->link].host);
    note_onward(onward, n, (struct onward){pid, out->link, NONE});
}

static void statics(struct world *w, struct router *r, struct onward **onward, size_t *n)
{
    struct port *out = topology_gateway_port(w, r);
    if (!out)
        return;
    r->redistribute[RIPNG_SOURCE_STATIC].enabled = true;
    struct ripng_prefix prefix =
        make_prefix(2, out->link << 8, 48); /* the same for all routers of that link */
    uint32_t pid = world_add_prefix(w, &prefix);
    topology_share(w, out, pid, RIPNG_TYPE_UNICAST, PROTO_STATIC, &w->links[out->link].host);
    note_onward(onward, n, (struct onward){pid, out->link, NONE});
}

/*
 * A router has a network behind it, and others on a link of its have static routes through
 * it, which they share with it as the next hop (RFC 2080 2.1.1). At times they move to the
 * host on that link.
 */
static void third_party(struct world *w, const struct link *l, struct onward **onward, size_t *n)
{
    struct port *via = &w->ports[l->ports[rng_below(&w->rng, (uint32_t)l->n_ports)]];
    struct router *owner = port_router(w, via);
    struct ripng_prefix prefix = make_prefix(6, l->id << 8, 48);
    uint32_t pid = world_add_prefix(w, &prefix);
    topology_share(w, &w->ports[owner->first_port], pid, RIPNG_TYPE_UNICAST, PROTO_KERNEL, NULL);
    owner->shares[owner->n_shares - 1].relied_on = true;
    for (size_t i = 0; i < l->n_ports; i++) {
        struct port *p = &w->ports[l->ports[i]];
        struct router *r = port_router(w, p);
        if (r == owner || !rng_percent(&w->rng, 40))
            continue;
        r->redistribute[RIPNG_SOURCE_STATIC].enabled = true;
        topology_share(w, p, pid, RIPNG_TYPE_UNICAST, PROTO_STATIC, &via->link_local);
        if (l->has_host && rng_percent(&w->rng, 40))
            r->shares[r->n_shares - 1].other = l->host;
    }
    /* Some third parties do not speak RIPng at all, not there at least. */
    if (rng_percent(&w->rng, 40))
        via->set.enabled = false;
    w->third_parties = true;
    note_onward(onward, n, (struct onward){pid, l->id, via->id});
}

static void make_prefixes(struct world *w, const struct topology_wish *wish)
{
    struct onward *onward = NULL;
    size_t n = 0;
    connected(w, wish->plain);
    for (uint32_t i = 0; i < w->n_routers && !wish->plain; i++) {
        struct router *r = &w->routers[i];
        if (rng_percent(&w->rng, 25))
            delegated(w, r, &onward, &n);
        if (rng_percent(&w->rng, 20))
            statics(w, r, &onward, &n);
        if (rng_percent(&w->rng, 20)) { /* on lo; sometimes another router has the same */
            struct ripng_prefix p = make_prefix(3, rng_percent(&w->rng, 30) ? 0 : i, 128);
            topology_share(w, &w->ports[r->first_port], world_add_prefix(w, &p), RIPNG_TYPE_UNICAST,
                           PROTO_KERNEL, NULL);
        }
    }
    for (uint32_t i = 0; i < w->n_links && !wish->plain; i++)
        if (w->links[i].n_ports > 2 && rng_percent(&w->rng, 40))
            third_party(w, &w->links[i], &onward, &n);
    for (uint32_t i = 0; w->n_prefixes < wish->prefixes; i++) {
        struct router *r = &w->routers[i % w->n_routers];
        struct ripng_prefix p = make_prefix(4, i, 56);
        topology_share(w, &w->ports[r->first_port], world_add_prefix(w, &p), RIPNG_TYPE_UNICAST, PROTO_KERNEL,
                       NULL);
    }
    w->policies &= w->n_prefixes > 0; /* about what, else? */
    if (w->policies)
        policy_prefixes(w);
    w->n_real = w->n_prefixes;
    for (uint32_t i = 0; i < 4; i++) { /* for liars */
        struct ripng_prefix p = make_prefix(5, i, i ? 32 + i * 24 : 0);
        if (!i)
            p.addr = (struct in6_addr){0};
        world_add_prefix(w, &p);
    }
    world_index_prefixes(w);
    for (size_t i = 0; i < n; i++) {
        w->host_link[onward[i].pid] = onward[i].link;
        w->third_port[onward[i].pid] = onward[i].port;
    }
    free(onward);
}

/* --- settings ----------------------------------------------------------------------------------- */

static const struct ripng_timers timer_sets[] = {
    {30 * SECOND, 180 * SECOND, 120 * SECOND, 1 * SECOND, 5 * SECOND}, /* the RFC's */
    {10 * SECOND, 60 * SECOND, 40 * SECOND, 1 * SECOND, 5 * SECOND},
    {5 * SECOND, 30 * SECOND, 20 * SECOND, SECOND / 2, 2 * SECOND},
    {2 * SECOND, 12 * SECOND, 8 * SECOND, SECOND / 5, SECOND},
    {60 * SECOND, 360 * SECOND, 240 * SECOND, 1 * SECOND, 5 * SECOND},
};

/* The default, but for a hub that has more of them, next hops besides. */
static uint32_t neighbors_limit(const struct world *w, const struct router *r)
{
    size_t n = 0;
    for (uint32_t i = 1; i < r->n_ports; i++)
        n += w->links[w->ports[r->first_port + i].link].n_ports;
    return n < 200 ? 256 : RIPNG_LIMIT_NEIGHBORS_MAX;
}

static void router_settings(struct world *w, struct router *r, const struct topology_wish *wish)
{
    struct ripng_config c;
    ripng_config_init(&c);
    r->timers = w->run.timers;
    for (unsigned s = 0; s < RIPNG_N_REDISTRIBUTE; s++) {
        bool enabled = r->redistribute[s].enabled;
        r->redistribute[s] = c.redistribute[s];
        r->redistribute[s].enabled |= enabled;
        if (!wish->plain && rng_percent(&w->rng, 15)) {
            r->redistribute[s].metric = (uint8_t)(1 + rng_below(&w->rng, 4));
            r->redistribute[s].tag = (uint16_t)rng_below(&w->rng, 65536);
        }
    }
    r->kernel_set = c.kernel;
    /* From numbers of its own: the rest of the story is the same without it. */
    struct rng own = {w->seed * 2654435761u + r->id};
    if (!wish->plain && wish->era != ERA_SINGLE && rng_percent(&own, 50))
        r->kernel_set.multipath = (uint8_t)(2 + rng_below(&own, RIPNG_NEXTHOPS_MAX - 1));
    r->limits = c.limits;
    r->limits.routes = 0;
    r->neighbors_at_start = r->limits.neighbors = neighbors_limit(w, r);
    r->failure_detection = r->detection_at_start = true;
    r->skew = rng_between(&w->rng, 0, 1000 * SECOND);
    if (wish->plain)
        return;
    r->failure_detection = r->detection_at_start = !rng_percent(&w->rng, 25);
    /* A third party's death is the same to all, or the oracle could not tell whose routes end. */
    if (w->third_parties)
        r->failure_detection = r->detection_at_start = w->routers[0].failure_detection;
    r->graceful = rng_percent(&w->rng, 10);
    r->lazy = rng_percent(&w->rng, 30);
    r->blocked_ppm = rng_percent(&w->rng, 10) ? rng_below(&w->rng, 20000) : 0;
    r->rx_loss_ppm = rng_percent(&w->rng, 10) ? rng_below(&w->rng, 20000) : 0;
}

static void port_settings(struct world *w, struct port *p, int split_horizon, bool plain)
{
    p->set.split_horizon = (enum ripng_split_horizon)(
        split_horizon < RIPNG_SPLIT_OFF + 1 ? split_horizon : (int)rng_below(&w->rng, 3));
    p->set_at_start = p->set;
    if (plain)
        return;
    const struct link *l = &w->links[p->link];
    if (rng_percent(&w->rng, 25))
        p->set.metric = (uint8_t)(1 + rng_below(&w->rng, 4));
    p->set.passive = rng_percent(&w->rng, l->n_ports == 1 ? 15 : 2);
    p->set.enabled &= !rng_percent(&w->rng, l->n_ports == 1 ? 15 : 1);
    if (l->n_ports == 2)
        p->set.unicast = l->ports[0] != p->id ? w->ports[l->ports[0]].set.unicast : rng_percent(&w->rng, 6);
    p->set_at_start = p->set;
}

void topology_settings(struct world *w, const struct topology_wish *wish)
{
    uint32_t dice = rng_below(&w->rng, 100), split;
    w->run.timers = timer_sets[wish->plain || dice < 70 ? 0 : 1 + dice % 4];
    split = rng_below(&w->rng, 100);
    int mode = wish->split_horizon >= 0 ? wish->split_horizon
               : split < 50             ? RIPNG_SPLIT_POISON
               : split < 65             ? RIPNG_SPLIT_SIMPLE
               : split < 80             ? RIPNG_SPLIT_OFF
                                        : RIPNG_SPLIT_OFF + 1; /* mixed */
    for (uint32_t i = 0; i < w->n_routers; i++)
        router_settings(w, &w->routers[i], wish);
    for (uint32_t i = 0; i < w->n_ports; i++)
        if (w->ports[i].link != NONE)
            port_settings(w, &w->ports[i], mode, wish->plain);
}

void topology_finish(struct world *w)
{
    /* The books of watch.c grow with neighbours times prefixes. */
    w->watching = (uint64_t)w->n_routers * w->n_prefixes < 200000;
    watch_init(w);
    for (uint32_t i = 0; i < w->n_routers; i++) {
        struct router *r = &w->routers[i];
        kernel_init(w, r);
        for (size_t k = 0; k < r->n_shares; k++)
            if (r->shares[k].active)
                kernel_share(w, r, &r->shares[k], false);
    }
}

void topology_members(struct world *w, const struct topology_member *members, size_t n, uint32_t n_routers,
                      uint32_t n_links)
{
    struct plan p = {.n = n, .n_links = n_links, .n_routers = n_routers};
    p.members = sim_calloc(n, sizeof *members);
    memcpy(p.members, members, n * sizeof *members);
    make_ports(w, &p);
    make_links(w, BY_PORT);
    free(p.members);
}

/* Four worlds in ten have administrators with wishes: policy.h. It has dice of its own, as below. */
static bool has_policies(struct world *w, const struct topology_wish *wish)
{
    w->policy_rng = (struct rng){w->seed * 0x94d049bb133111ebu + 1};
    return wish->era == ERA_NOW && !wish->plain && rng_percent(&w->policy_rng, 40);
}

/*
 * Three worlds in a hundred have few routers and a table of so many packets that they go out one by
 * one. It has dice of its own, so that the others keep their stories.
 */
static void many_prefixes(const struct world *w, struct topology_wish *wish)
{
    struct rng dice = {w->seed * 0x9e3779b97f4a7c15u};
    if (wish->prefixes || wish->routers || wish->plain || !rng_percent(&dice, 3))
        return;
    wish->prefixes = 600 + rng_below(&dice, 300);
    wish->routers = 2 + rng_below(&dice, 3);
}

void topology_build(struct world *w, const struct topology_wish *wanted)
{
    struct topology_wish some = *wanted, *wish = &some;
    many_prefixes(w, wish);
    struct plan p = {0};
    enum address_habit habit = (enum address_habit)rng_below(&w->rng, 3);
    enum topology kind = wish->kind;
    if (kind == TOPOLOGY_ANY)
        kind = (enum topology)rng_below(&w->rng, TOPOLOGY_ANY);
    p.n_routers = wish->routers ? wish->routers : draw_size(w, kind);
    p.twice_allowed = habit != BY_ROUTER && !wish->plain;
    shape(w, &p, kind);
    shape_stubs(w, &p, wish->plain);
    make_ports(w, &p);
    make_links(w, habit);
    w->policies = has_policies(w, wish);
    make_prefixes(w, wish);
    topology_settings(w, wish);
    if (w->policies)
        policy_draw(w);
    free(p.members);
    snprintf(w->topology, sizeof w->topology, "%s of %u routers, %u links, %u prefixes%s",
             topology_names[kind], w->n_routers, w->n_links, w->n_real, w->policies ? ", with policies" : "");
    topology_finish(w);
}
