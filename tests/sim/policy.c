/*
 * What a policy says, for the engine in rules and for the checks in plain words. See policy.h.
 *
 * Called by router.c for the settings, by check.c, watch.c and oracle.c for what follows.
 */
#include "policy.h"

#include "filter.h"
#include "world.h"

#include <stdlib.h>

/* --- rules for the engine ------------------------------------------------------------- */

static void rule(struct ripng_filter *f, const char *text)
{
    char why[128];
    if (!ripng_filter_add(f, text, why, sizeof why)) {
        fprintf(stderr, "sim: rule \"%s\": %s\n", text, why);
        abort();
    }
}

static void whom(const struct world *w, const struct sentence_of *s, char *text, size_t size)
{
    int n =
        s->pid == NONE ? snprintf(text, size, "any") : snprintf(text, size, "%s le 128", pid_text(w, s->pid));
    if (s->source != RIPNG_N_SOURCES)
        n += snprintf(text + n, size - (size_t)n, " source %s", ripng_source_name(s->source));
    if (s->tag >= 0)
        snprintf(text + n, size - (size_t)n, " tag %d", s->tag);
}

/* topology.c has a /32 for each kind of prefix. */
static void colours(struct ripng_filter *f)
{
    char text[64];
    for (unsigned block = 0; block < POLICY_COLOURS; block++) {
        snprintf(text, sizeof text, "permit 2001:d%x::/32 le 128 set tag %u", 0xb8 + block, block + 1);
        rule(f, text);
    }
    rule(f, "permit any");
}

static unsigned filter(const struct world *w, struct ripng_config *c, const struct sentence_of *s)
{
    static const char *const verbs[] = {
        [SAYS_ADD] = "add metric", [SAYS_SET] = "set metric", [SAYS_TAG] = "set tag"};
    char who[96], text[160];
    if (s->says == SAYS_NOTHING)
        return 0;
    struct ripng_filter *f = ripng_config_add_filter(c, "f");
    if (!f)
        abort();
    whom(w, s, who, sizeof who);
    if (s->says == SAYS_COLOUR) {
        colours(f);
        return (unsigned)c->n_filters;
    }
    if (s->says == SAYS_DENY)
        snprintf(text, sizeof text, "deny %s", who);
    else if (s->says == SAYS_ONLY)
        snprintf(text, sizeof text, "permit %s", who);
    else
        snprintf(text, sizeof text, "permit %s %s %u", who, verbs[s->says], s->number);
    rule(f, text);
    if (s->says != SAYS_ONLY)
        rule(f, "permit any");
    return (unsigned)c->n_filters;
}

void policy_section(const struct world *w, const struct port *p, struct ripng_config *c,
                    struct ripng_iface_config *i)
{
    i->import = filter(w, c, &p->set.import);
    i->export = filter(w, c, &p->set.export);
}

void policy_settings(const struct world *w, const struct router *r, struct ripng_config *c)
{
    const struct policy *p = &r->policy;
    for (unsigned s = 0; s < RIPNG_N_REDISTRIBUTE; s++)
        c->redistribute[s].filter = filter(w, c, &p->share[s]);
    c->default_route = p->default_route;
    for (unsigned n = 0; n < p->n_aggregates; n++) {
        const struct named *a = &p->aggregates[n];
        if (!a->on)
            continue;
        struct ripng_aggregate_config *to = ripng_config_add_aggregate(c, &w->prefixes[a->pid]);
        to->metric = a->metric;
        to->tag = a->tag;
        to->summary_only = a->summary_only;
    }
    for (unsigned n = 0; n < p->n_routes; n++) {
        const struct named *a = &p->routes[n];
        if (!a->on)
            continue;
        struct ripng_static_config *to = ripng_config_add_static(c, &w->prefixes[a->pid]);
        to->metric = a->metric;
        to->tag = a->tag;
    }
}

/* --- what it means --------------------------------------------------------------------- */

uint16_t policy_colour(const struct world *w, uint32_t pid)
{
    const struct ripng_prefix *p = &w->prefixes[pid];
    return p->len ? (uint16_t)(p->addr.s6_addr[3] - 0xb8 + 1) : 0;
}

static bool within(const struct world *w, uint32_t outer, uint32_t pid)
{
    return ripng_prefix_contains(&w->prefixes[outer], &w->prefixes[pid]);
}

static bool concerns(const struct world *w, const struct sentence_of *s, const struct told *t)
{
    return (s->pid == NONE || within(w, s->pid, t->pid)) &&
           (s->source == RIPNG_N_SOURCES || s->source == t->source) && (s->tag < 0 || s->tag == t->tag);
}

bool policy_passes(const struct world *w, const struct sentence_of *s, struct told *t)
{
    bool does = concerns(w, s, t);
    switch (s->says) {
    case SAYS_NOTHING:
        return true;
    case SAYS_DENY:
        return !does;
    case SAYS_ONLY:
        return does;
    case SAYS_ADD:
        if (does && t->metric < 16)
            t->metric = t->metric + s->number < 16 ? t->metric + s->number : 16;
        return true;
    case SAYS_SET:
        if (does && t->metric < 16)
            t->metric = s->number;
        return true;
    case SAYS_TAG:
        if (does)
            t->tag = s->number;
        return true;
    case SAYS_COLOUR:
        t->tag = w->prefixes[t->pid].len ? policy_colour(w, t->pid) : t->tag;
        return true;
    }
    return true;
}

static const struct named *named_of(const struct named *list, unsigned n, uint32_t pid)
{
    for (unsigned i = 0; i < n; i++)
        if (list[i].on && list[i].pid == pid)
            return &list[i];
    return NULL;
}

const struct named *policy_aggregate(const struct router *r, uint32_t pid)
{
    return named_of(r->policy.aggregates, r->policy.n_aggregates, pid);
}

unsigned policy_names(const struct world *w, const struct router *r, uint32_t pid, bool inside, bool present,
                      enum ripng_source *source)
{
    const struct policy *p = &r->policy;
    const struct named *a = policy_aggregate(r, pid), *s = named_of(p->routes, p->n_routes, pid);
    if (!w->prefixes[pid].len) {
        enum ripng_originate o = p->default_route.originate;
        *source = RIPNG_SOURCE_DEFAULT;
        return o == RIPNG_ORIGINATE_ALWAYS || (o == RIPNG_ORIGINATE_IF_PRESENT && present)
                   ? p->default_route.metric
                   : 0;
    }
    *source = a && inside ? RIPNG_SOURCE_AGGREGATE : RIPNG_SOURCE_ROUTE;
    return a && inside ? a->metric : s ? s->metric : 0;
}

const struct named *policy_holder(const struct world *w, const struct router *r, uint32_t pid, unsigned n)
{
    const struct policy *p = &r->policy;
    for (unsigned i = 0; i < p->n_aggregates; i++) {
        const struct named *a = &p->aggregates[i];
        if (a->on && a->summary_only && a->pid != pid && within(w, a->pid, pid) && n-- == 0)
            return a;
    }
    return NULL;
}
