/* Bellman-Ford and forwarding; see oracle.h. */
#include "oracle.h"

#include "link.h"
#include "router.h"

#include <stdlib.h>
#include <string.h>

/* --- what a router owns and shares ------------------------------------------------------ */

static bool on_link(const struct kernel_route *e)
{
    return e->type == RIPNG_TYPE_UNICAST && ripng_addr_is_unspecified(&e->gateway);
}

/* A reject route of a shape that an ISP delegates: global or unique local, up to /64. */
static bool aggregate(const struct world *w, const struct kernel_route *e)
{
    const struct ripng_prefix *p = &w->prefixes[e->pid];
    unsigned first = p->addr.s6_addr[0];
    return e->type == RIPNG_TYPE_DISCARD && p->len <= 64 && (first >> 5 == 1 || first >> 1 == 0x7e);
}

static bool in_aggregate(const struct world *w, const struct router *r, uint32_t pid)
{
    for (uint32_t up = w->parent[pid]; up != NONE; up = w->parent[up])
        for (const struct kernel_route *e = kernel_first(&r->kernel, up); e; e = kernel_next(&r->kernel, e))
            if (e->protocol != r->kernel_set.protocol && aggregate(w, e))
                return true;
    return false;
}

/* The metric with which a router shares a prefix of its own, and as what; 0: it does not. */
static unsigned shared(const struct world *w, const struct router *r, uint32_t pid, bool *owned,
                       enum ripng_source *as)
{
    unsigned best = RIPNG_SOURCE_RIPNG, metric = 0;
    *owned = false;
    if (!w->prefixes[pid].len)
        return 0; /* a default route is nobody's prefix */
    for (const struct kernel_route *e = kernel_first(&r->kernel, pid); e; e = kernel_next(&r->kernel, e)) {
        if (e->protocol == r->kernel_set.protocol)
            continue;
        bool gateway = e->type == RIPNG_TYPE_UNICAST && !on_link(e);
        unsigned source = RIPNG_SOURCE_RIPNG;
        if (on_link(e) && r->redistribute[RIPNG_SOURCE_CONNECTED].enabled)
            source = RIPNG_SOURCE_CONNECTED;
        else if ((aggregate(w, e) || (gateway && in_aggregate(w, r, pid))) &&
                 r->redistribute[RIPNG_SOURCE_DELEGATED].enabled)
            source = RIPNG_SOURCE_DELEGATED;
        else if (gateway && e->protocol == 4 && r->redistribute[RIPNG_SOURCE_STATIC].enabled)
            source = RIPNG_SOURCE_STATIC;
        *owned |= on_link(e) || aggregate(w, e);
        if (source >= best)
            continue;
        struct told t = {pid, (enum ripng_source)source, r->redistribute[source].metric, 0};
        if (!policy_passes(w, &r->policy.share[source], &t) || t.metric >= 16)
            continue;
        best = source;
        metric = t.metric;
    }
    *as = (enum ripng_source)best;
    return metric;
}

/* A default route of any other program, out of a link that has its carrier. */
static bool default_present(const struct world *w, const struct router *r, uint32_t pid)
{
    for (const struct kernel_route *e = kernel_first(&r->kernel, pid); e; e = kernel_next(&r->kernel, e)) {
        const struct port *p = world_port(w, r, e->ifindex);
        if (!kernel_own_protocol(e->protocol) && e->type == RIPNG_TYPE_UNICAST && p && p->up && p->carrier)
            return true;
    }
    return false;
}

static uint8_t *want_of(struct world *w, uint32_t router, uint32_t pid)
{
    return &w->want[(size_t)router * w->n_prefixes + pid];
}

/* Has it a route to anything longer inside? Longer ones are solved first. */
static bool has_inside(struct world *w, const struct router *r, uint32_t pid)
{
    for (uint32_t k = 0; k < w->n_prefixes; k++)
        if (w->prefixes[k].len > w->prefixes[pid].len && *want_of(w, r->id, k) < 16 &&
            ripng_prefix_contains(&w->prefixes[pid], &w->prefixes[k]))
            return true;
    return false;
}

/* The same for what a router announces of its own accord: shared, or named by its settings. */
static unsigned announces(struct world *w, const struct router *r, uint32_t pid, bool *owned,
                          enum ripng_source *as)
{
    unsigned metric = shared(w, r, pid, owned, as);
    if (metric || !w->policies)
        return metric;
    bool inside = policy_aggregate(r, pid) && has_inside(w, r, pid);
    metric = policy_names(w, r, pid, inside, default_present(w, r, pid), as);
    *as = metric ? *as : RIPNG_SOURCE_RIPNG;
    return metric;
}

static bool is_on_link(const struct world *w, const struct router *r, const struct port *p, uint32_t pid)
{
    (void)w;
    for (const struct kernel_route *e = kernel_first(&r->kernel, pid); e; e = kernel_next(&r->kernel, e))
        if (on_link(e) && e->ifindex == p->ifindex)
            return true;
    return false;
}

/* --- who hears whom ------------------------------------------------------------------------- */

static bool has_link_local(const struct port *p)
{
    for (unsigned n = 0; n < p->n_addrs; n++)
        if (p->addrs[n].usable && ripng_addr_is_linklocal(&p->addrs[n].addr))
            return true;
    return false;
}

static bool active(const struct world *w, const struct port *p)
{
    return router_runs(&w->routers[p->router]) && p->link != NONE && p->exists && p->up && p->carrier &&
           p->set.enabled && has_link_local(p);
}

/* What a router has of a prefix by itself. */
struct owner {
    unsigned metric; /* 0: nothing */
    enum ripng_source as;
    bool owned; /* nothing is learned over it */
};

struct edge {
    const struct port *from, *to;
};

static struct edge *edges_of(const struct world *w, size_t *n)
{
    struct edge *list = NULL;
    size_t room = 0;
    *n = 0;
    for (uint32_t i = 0; i < w->n_links; i++) {
        const struct link *l = &w->links[i];
        for (size_t a = 0; a < l->n_ports; a++)
            for (size_t b = 0; b < l->n_ports; b++) {
                const struct port *from = &w->ports[l->ports[a]], *to = &w->ports[l->ports[b]];
                if (from->router == to->router || !active(w, from) || !active(w, to) || from->set.passive ||
                    !link_connects(w, from, to))
                    continue;
                if (*n == room) {
                    room = room ? room * 2 : 64;
                    list = sim_realloc(list, room * sizeof *list);
                }
                list[(*n)++] = (struct edge){from, to};
            }
    }
    return list;
}

/* 2.1.1: `from` names a third party as the next hop; is it dead to `to`, and does that one notice? */
static bool dead_end(const struct world *w, const struct edge *e, uint32_t pid)
{
    const struct router *r = &w->routers[e->from->router], *listener = &w->routers[e->to->router];
    if (w->third_port[pid] == NONE || !listener->failure_detection)
        return false;
    for (const struct kernel_route *k = kernel_first(&r->kernel, pid); k; k = kernel_next(&r->kernel, k))
        if (k->protocol == 4 && k->ifindex == e->from->ifindex && !link_answers(w, e->to, &k->gateway))
            return true;
    return false;
}

/* What comes of a route that is told over an edge; 16 and more: nothing. */
static unsigned heard_over(const struct world *w, const struct edge *e, struct told t)
{
    const struct router *listener = port_router(w, e->to);
    if (policy_holder(w, port_router(w, e->from), t.pid, 0) || !policy_passes(w, &e->from->set.export, &t))
        return 16;
    t.metric += e->to->set.metric;
    t.source = RIPNG_SOURCE_RIPNG;
    if (t.metric >= 16 || !policy_passes(w, &e->to->set.import, &t))
        return 16;
    return w->prefixes[t.pid].len || listener->policy.default_route.accept ? t.metric : 16;
}

static void solve(struct world *w, uint32_t pid, const struct edge *edges, size_t n, struct owner *owners)
{
    for (uint32_t i = 0; i < w->n_routers; i++) {
        struct owner *o = &owners[i];
        *o = (struct owner){.as = RIPNG_SOURCE_RIPNG};
        if (router_runs(&w->routers[i]))
            o->metric = announces(w, &w->routers[i], pid, &o->owned, &o->as);
        *want_of(w, i, pid) = (uint8_t)(o->metric ? o->metric : 16);
    }
    bool better = true;
    while (better) {
        better = false;
        for (size_t k = 0; k < n; k++) {
            const struct port *from = edges[k].from, *to = edges[k].to;
            const struct owner *listener = &owners[to->router];
            uint8_t *at = want_of(w, to->router, pid);
            struct told t = {pid, owners[from->router].as, *want_of(w, from->router, pid),
                             policy_colour(w, pid)};
            if (listener->owned || listener->metric || t.metric + to->set.metric >= *at)
                continue; /* its own path always wins */
            unsigned metric = heard_over(w, &edges[k], t);
            if (metric >= *at || dead_end(w, &edges[k], pid) ||
                is_on_link(w, port_router(w, from), from, pid))
                continue;
            *at = (uint8_t)metric;
            better = true;
        }
    }
}

static void solve_all(struct world *w, const struct edge *edges, size_t n, struct owner *owners, unsigned len)
{
    for (uint32_t pid = 0; pid < w->n_prefixes; pid++)
        if (w->prefixes[pid].len == len || !w->policies)
            solve(w, pid, edges, n, owners);
}

void oracle_compute(struct world *w)
{
    size_t n;
    struct edge *edges = edges_of(w, &n);
    struct owner *owners = sim_calloc(w->n_routers, sizeof *owners);
    if (!w->want)
        w->want = sim_calloc((size_t)w->n_routers * w->n_prefixes, 1);
    /* The longest first: aggregates hang on what is inside. */
    for (unsigned len = w->policies ? 129 : 1; len-- > 0;)
        solve_all(w, edges, n, owners, len);
    free(edges);
    free(owners);
}

/* --- tables ------------------------------------------------------------------------------------- */

static bool table_agrees(struct world *w, struct router *r, uint8_t *seen, char *why, size_t size)
{
    struct ripng_route_info i;
    uint32_t cursor = 0;
    memset(seen, 16, w->n_prefixes);
    while (ripng_read_route(r->engine, router_clock(w, r), &cursor, &i)) {
        uint32_t pid = world_pid(w, &i.prefix);
        if (pid != NONE)
            seen[pid] = i.metric;
    }
    for (uint32_t pid = 0; pid < w->n_prefixes; pid++)
        if (seen[pid] != oracle_want(w, r, pid)) {
            snprintf(why, size, "r%u has metric %u for %s, the oracle %u", r->id, seen[pid], pid_text(w, pid),
                     oracle_want(w, r, pid));
            return false;
        }
    return true;
}

/* --- forwarding ------------------------------------------------------------------------------------ */

enum { ARRIVED = UINT32_MAX - 1, DROPPED = UINT32_MAX - 2 };

/* The best kernel route for packets to `pid`: the longest prefix, then the lowest metric. */
static const struct kernel_route *look_up(const struct world *w, const struct router *r, uint32_t pid,
                                          uint32_t *found)
{
    for (uint32_t at = pid; at != NONE; at = w->parent[at]) {
        const struct kernel_route *best = NULL;
        for (const struct kernel_route *e = kernel_first(&r->kernel, at); e; e = kernel_next(&r->kernel, e))
            if (!best || e->metric < best->metric)
                best = e;
        *found = best ? at : NONE;
        if (best)
            return best;
    }
    return NULL;
}

/* Does the configuration alone announce it? An aggregate is in the kernel. */
static bool names_route(const struct world *w, const struct router *r, uint32_t pid)
{
    enum ripng_source as;
    return router_runs(r) && policy_names(w, r, pid, false, false, &as) > 0;
}

/* Where a packet to `pid` goes from `r` by one of its next hops, and how many there are: a router, ARRIVED or
 * DROPPED. */
static uint32_t next_router(const struct world *w, const struct router *r, uint32_t pid, unsigned hop,
                            unsigned *hops)
{
    uint32_t found = NONE;
    const struct kernel_route *e = look_up(w, r, pid, &found);
    *hops = e && e->n_hops ? e->n_hops : 1;
    if (found != pid && names_route(w, r, pid))
        return ARRIVED; /* it is announced without the kernel, and so is its business */
    if (!e)
        return DROPPED;
    if (e->type == RIPNG_TYPE_DISCARD || ripng_addr_is_unspecified(&e->gateway))
        return found == pid ? ARRIVED : DROPPED;
    if (found == pid && !kernel_own_protocol(e->protocol))
        return ARRIVED; /* what becomes of it behind its owner is not RIPng's business */
    struct ripng_nexthop way = {e->ifindex, e->gateway};
    if (e->n_hops)
        way = e->hops[hop];
    const struct port *p = world_port(w, r, way.ifindex);
    if (!p || p->link == NONE || !p->up || !p->carrier)
        return DROPPED;
    const struct link *l = &w->links[p->link];
    if (l->has_host && ripng_addr_equal(&l->host, &way.gateway))
        return w->host_link[pid] == l->id ? ARRIVED : DROPPED;
    for (size_t n = 0; n < l->n_ports; n++) {
        const struct port *to = &w->ports[l->ports[n]];
        if (to != p && port_has_address(to, &way.gateway))
            return link_connects(w, p, to) ? to->router : DROPPED;
    }
    return DROPPED;
}

/* All ways of packets from `at`, followed until they arrive; `state`: 1 on the way, 2 arrives by each. */
static bool follow(struct world *w, uint32_t at, uint32_t pid, uint8_t *state, char *why, size_t size)
{
    if (state[at] == 2)
        return true;
    if (state[at] == 1) {
        snprintf(why, size, "packets from r%u to %s go round", at, pid_text(w, pid));
        return false;
    }
    state[at] = 1;
    unsigned hops = 1;
    for (unsigned n = 0; n < hops; n++) {
        uint32_t next = next_router(w, &w->routers[at], pid, n, &hops);
        /* A third party may be dead, and a router that detects no failures has to believe in it. */
        if (next == DROPPED && (w->third_port[pid] == NONE || w->routers[at].failure_detection)) {
            snprintf(why, size, "packets to %s are dropped at r%u", pid_text(w, pid), at);
            return false;
        }
        if (next < w->n_routers && !follow(w, next, pid, state, why, size))
            return false;
    }
    state[at] = 2;
    return true;
}

static bool forwarding_agrees(struct world *w, uint32_t pid, uint8_t *state, char *why, size_t size)
{
    memset(state, 0, w->n_routers);
    for (uint32_t i = 0; i < w->n_routers; i++)
        if (router_runs(&w->routers[i]) && oracle_want(w, &w->routers[i], pid) < 16 &&
            !follow(w, i, pid, state, why, size))
            return false;
    return true;
}

bool oracle_agrees(struct world *w, char *why, size_t size)
{
    uint8_t *seen = sim_calloc(w->n_prefixes + w->n_routers, 1);
    bool good = true;
    for (uint32_t i = 0; i < w->n_routers && good; i++)
        if (router_runs(&w->routers[i]))
            good = table_agrees(w, &w->routers[i], seen, why, size);
    for (uint32_t pid = 0; pid < w->n_real && good; pid++)
        good = forwarding_agrees(w, pid, seen, why, size);
    free(seen);
    return good;
}

/* --- loops, for the statistics ------------------------------------------------------------------------ */

/* By the first next hop of each. */
static uint32_t first_way(const struct world *w, uint32_t from, uint32_t pid)
{
    unsigned hops;
    return next_router(w, &w->routers[from], pid, 0, &hops);
}

static bool goes_round(const struct world *w, uint32_t from, uint32_t pid)
{
    uint32_t slow = from, fast = from;
    do { /* the tortoise and the hare */
        fast = first_way(w, fast, pid);
        if (fast >= w->n_routers)
            return false;
        fast = first_way(w, fast, pid);
        if (fast >= w->n_routers)
            return false;
        slow = first_way(w, slow, pid);
    } while (fast != slow);
    return true;
}

void loops_look(struct world *w, struct router *r, uint32_t pid)
{
    if (w->loop_since[pid]) {
        if (goes_round(w, w->loop_at[pid], pid))
            return;
        int64_t stood = w->now - w->loop_since[pid];
        w->loop_since[pid] = 0;
        w->stats.loop_total += stood;
        if (stood > w->stats.loop_longest)
            w->stats.loop_longest = stood;
        TRACE(w, NULL, "loop to %s ends after %lld ms", pid_text(w, pid), (long long)(stood / 1000));
    }
    if (goes_round(w, r->id, pid)) {
        w->loop_since[pid] = w->now ? w->now : 1;
        w->loop_at[pid] = r->id;
        w->stats.loops++;
        TRACE(w, r, "loop to %s begins", pid_text(w, pid));
    }
}
