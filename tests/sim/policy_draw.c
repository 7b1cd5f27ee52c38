/*
 * Which policies there are, and who changes his mind. See policy.h.
 *
 * Called by topology.c at the beginning, with numbers of their own, so that worlds without
 * policy keep their stories; by fault.c while faults happen.
 */
#include "disturb.h"
#include "policy.h"
#include "router.h"
#include "topology.h"

#include <stdlib.h>

#define PROTO_RA 9

struct sentence_of policy_nothing(void)
{
    return (struct sentence_of){.pid = NONE, .source = RIPNG_N_SOURCES, .tag = -1};
}

void policy_of_nobody(struct policy *p)
{
    *p = (struct policy){.default_route = {RIPNG_ORIGINATE_NEVER, 1, true}};
    for (unsigned s = 0; s < RIPNG_N_REDISTRIBUTE; s++)
        p->share[s] = policy_nothing();
}

/* --- for people ------------------------------------------------------------------------------ */

static void trace_named(struct world *w, struct router *r, const char *what, const struct named *a)
{
    TRACE(w, r, "%s %s is %s%s", what, pid_text(w, a->pid), a->on ? "on" : "off",
          a->summary_only ? ", summary-only" : "");
}

static void trace_filter(struct world *w, struct port *p, const char *what, const struct sentence_of *s)
{
    static const char *const words[] = {"nothing", "deny", "only", "add", "set", "tag", "colour"};
    TRACE(w, port_router(w, p), "%s filter on %s: %s %u of %s, source %s, tag %d", what, p->name,
          words[s->says], s->number, s->pid == NONE ? "any" : pid_text(w, s->pid),
          s->source == RIPNG_N_SOURCES ? "any" : ripng_source_name(s->source), s->tag);
}

/* --- prefixes ---------------------------------------------------------------------------- */

/* A shorter one around some other, so that there is something inside. */
static uint32_t around(struct world *w, struct rng *g)
{
    struct ripng_prefix p = w->prefixes[rng_below(g, w->n_prefixes)];
    unsigned shortest = 32;
    if (p.len <= shortest)
        return NONE;
    p = ripng_prefix_make(&p.addr, shortest + rng_below(g, (p.len > 64 ? 64 : p.len) - shortest));
    return world_add_prefix(w, &p);
}

static struct named name(struct world *w, struct rng *g, uint32_t pid)
{
    return (struct named){
        .pid = pid,
        .metric = (uint8_t)(1 + rng_below(g, 3)),
        .tag = w->tags_decide ? policy_colour(w, pid) : (uint16_t)rng_below(g, 65536),
        .on = rng_percent(g, 85),
        .summary_only = rng_percent(g, 50),
    };
}

static void aggregates(struct world *w, struct rng *g, struct policy *p)
{
    for (unsigned n = 1 + rng_below(g, NAMED_MAX); n; n--) {
        uint32_t pid = around(w, g);
        if (pid != NONE && (!p->n_aggregates || p->aggregates[0].pid != pid))
            p->aggregates[p->n_aggregates++] = name(w, g, pid);
    }
}

/* A network behind a tunnel, say; or a second way to one that somebody else has. */
static void routes(struct world *w, struct rng *g, struct router *r)
{
    struct in6_addr a = {{{0x20, 0x01, 0x0d, 0xbf, (uint8_t)(r->id >> 8), (uint8_t)r->id}}};
    struct ripng_prefix p = ripng_prefix_make(&a, 48);
    uint32_t pid = rng_percent(g, 50) ? rng_below(g, w->n_prefixes) : world_add_prefix(w, &p);
    if (w->prefixes[pid].len)
        r->policy.routes[r->policy.n_routes++] = name(w, g, pid);
}

/* The provider's router is a host on some link. */
static void default_route(struct world *w, struct rng *g, struct router *r, uint32_t everything)
{
    struct ripng_default_config *c = &r->policy.default_route;
    c->accept = !rng_percent(g, 10);
    c->metric = (uint8_t)(1 + rng_below(g, 3));
    uint32_t dice = rng_below(g, 100);
    if (dice >= 30)
        return;
    c->originate = dice < 10 ? RIPNG_ORIGINATE_ALWAYS : RIPNG_ORIGINATE_IF_PRESENT;
    struct port *out = topology_gateway_port(w, r);
    if (out)
        topology_share(w, out, everything, RIPNG_TYPE_UNICAST, PROTO_RA, &w->links[out->link].host);
}

/* How many aggregates may hang on one another. */
static unsigned nesting(const struct world *w)
{
    bool *is = sim_calloc(w->n_prefixes, sizeof *is);
    unsigned deepest = 0;
    for (uint32_t i = 0; i < w->n_routers; i++)
        for (unsigned n = 0; n < w->routers[i].policy.n_aggregates; n++)
            is[w->routers[i].policy.aggregates[n].pid] = true;
    for (uint32_t pid = 0; pid < w->n_prefixes; pid++) {
        unsigned inside = 0;
        for (uint32_t k = 0; k < w->n_prefixes && is[pid]; k++)
            inside += is[k] && ripng_prefix_contains(&w->prefixes[pid], &w->prefixes[k]);
        deepest = inside > deepest ? inside : deepest;
    }
    free(is);
    return deepest;
}

void policy_prefixes(struct world *w)
{
    struct rng *g = &w->policy_rng;
    static const struct ripng_prefix any;
    bool some_aggregate = rng_percent(g, 60);
    w->defaults = rng_percent(g, 50);
    w->tags_decide = rng_percent(g, 40);
    uint32_t everything = w->defaults ? world_add_prefix(w, &any) : NONE;
    for (uint32_t i = 0; i < w->n_routers; i++) {
        struct router *r = &w->routers[i];
        if (some_aggregate && rng_percent(g, 25))
            aggregates(w, g, &r->policy);
        if (rng_percent(g, 10))
            routes(w, g, r);
        if (w->defaults)
            default_route(w, g, r, everything);
    }
    w->nesting = nesting(w);
}

/* --- filters ------------------------------------------------------------------------------- */

static void draw_whom(struct world *w, struct rng *g, struct sentence_of *s, bool sources)
{
    uint32_t dice = rng_below(g, 100);
    if (dice < 60)
        s->pid = rng_below(g, w->n_real);
    else if (dice < 75 && sources)
        s->source = (enum ripng_source)rng_below(g, RIPNG_N_SOURCES);
    else if (dice < 90 && w->tags_decide)
        s->tag = (int)rng_below(g, POLICY_COLOURS + 1);
}

/* For an interface. `out`: there are sources to tell apart. */
static struct sentence_of draw(struct world *w, struct rng *g, bool out)
{
    struct sentence_of s = policy_nothing();
    uint32_t dice = rng_below(g, 100);
    s.says = dice < 50                     ? SAYS_DENY
             : dice < 60                   ? SAYS_ONLY
             : dice < 85 || w->tags_decide ? SAYS_ADD
                                           : SAYS_TAG;
    draw_whom(w, g, &s, out);
    s.number =
        (uint16_t)(s.says == SAYS_ADD ? 1 + rng_below(g, rng_percent(g, 20) ? 15 : 3) : rng_below(g, 65536));
    return s;
}

static struct sentence_of draw_share(struct world *w, struct rng *g)
{
    struct sentence_of s = policy_nothing();
    uint32_t dice = rng_below(g, 100);
    s.says = dice < 40   ? SAYS_DENY
             : dice < 50 ? SAYS_ONLY
             : dice < 65 ? SAYS_ADD
             : dice < 85 ? SAYS_SET
                         : SAYS_TAG;
    if (rng_percent(g, 70))
        s.pid = rng_below(g, w->n_real);
    s.number = (uint16_t)(s.says == SAYS_TAG ? rng_below(g, 65536) : 1 + rng_below(g, 4));
    return s;
}

static void colour(struct policy *p)
{
    for (unsigned s = 0; s < RIPNG_N_REDISTRIBUTE; s++) {
        p->share[s] = policy_nothing();
        p->share[s].says = SAYS_COLOUR;
    }
}

void policy_draw(struct world *w)
{
    struct rng *g = &w->policy_rng;
    for (uint32_t i = 0; i < w->n_routers; i++) {
        struct policy *p = &w->routers[i].policy;
        for (unsigned s = 0; s < RIPNG_N_REDISTRIBUTE && !w->tags_decide; s++)
            if (rng_percent(g, 10))
                p->share[s] = draw_share(w, g);
        if (w->tags_decide)
            colour(p);
        for (unsigned n = 0; n < p->n_aggregates; n++)
            trace_named(w, &w->routers[i], "aggregate", &p->aggregates[n]);
        for (unsigned n = 0; n < p->n_routes; n++)
            trace_named(w, &w->routers[i], "route", &p->routes[n]);
    }
    for (uint32_t i = 0; i < w->n_ports; i++) {
        struct port_settings *set = &w->ports[i].set;
        if (w->ports[i].link == NONE)
            continue;
        if (rng_percent(g, 15))
            set->import = draw(w, g, false);
        if (rng_percent(g, 15))
            set->export = draw(w, g, true);
        w->ports[i].set_at_start.import = set->import;
        w->ports[i].set_at_start.export = set->export;
        if (set->import.says)
            trace_filter(w, &w->ports[i], "import", &set->import);
        if (set->export.says)
            trace_filter(w, &w->ports[i], "export", &set->export);
    }
}

/* --- another mind ----------------------------------------------------------------------------- */

static void port_changes(struct world *w, struct port *p)
{
    bool out = rng_percent(&w->rng, 60);
    struct sentence_of *s = out ? &p->set.export : &p->set.import;
    *s = rng_percent(&w->rng, 60) ? draw(w, &w->rng, out) : policy_nothing();
    trace_filter(w, p, out ? "export" : "import", s);
}

static void named_changes(struct world *w, struct router *r)
{
    struct policy *p = &r->policy;
    unsigned n = p->n_aggregates + p->n_routes;
    if (!n)
        return;
    unsigned which = rng_below(&w->rng, n);
    struct named *a = which < p->n_aggregates ? &p->aggregates[which] : &p->routes[which - p->n_aggregates];
    if (rng_percent(&w->rng, 60))
        a->on = !a->on;
    else
        a->summary_only = !a->summary_only;
    trace_named(w, r, which < p->n_aggregates ? "aggregate" : "route", a);
}

static void default_changes(struct world *w, struct router *r)
{
    struct ripng_default_config *c = &r->policy.default_route;
    if (!w->defaults)
        return;
    if (rng_percent(&w->rng, 30))
        c->accept = !c->accept;
    else
        c->originate = (enum ripng_originate)rng_below(&w->rng, 3);
    TRACE(w, r, "default route: originate %s, accept %d", ripng_originate_name(c->originate), c->accept);
}

void policy_disturb(struct world *w)
{
    struct port *p = fault_port(w);
    struct router *r = port_router(w, p);
    switch (rng_below(&w->rng, 8)) {
    case 0:
        r->policy.share[rng_below(&w->rng, RIPNG_SOURCE_KERNEL)] = draw_share(w, &w->rng);
        TRACE(w, r, "another filter of what is shared");
        break;
    case 1:
    case 2:
        named_changes(w, r);
        break;
    case 3:
        default_changes(w, r);
        break;
    default:
        port_changes(w, p);
        break;
    }
    router_configure(w, r);
}

void policy_settle(struct world *w, struct router *r)
{
    if (w->tags_decide)
        colour(&r->policy);
}
