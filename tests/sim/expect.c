/* What a port must tell of a route; see expect.h. */
#include "expect.h"

#include "check.h"
#include "router.h"

/* ripng_match_route() prefers a valid shorter prefix to garbage, so garbage is searched for. */
bool expect_find(const struct world *w, const struct router *r, const struct ripng_prefix *prefix,
                 struct ripng_route_info *i)
{
    uint32_t cursor = 0;
    if (ripng_match_route(r->engine, router_clock(w, r), prefix, i) && ripng_prefix_equal(&i->prefix, prefix))
        return true;
    while (ripng_read_route(r->engine, router_clock(w, r), &cursor, i))
        if (ripng_prefix_equal(&i->prefix, prefix))
            return true;
    return false;
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* Does an aggregate that the router announces itself hold it back? Since when at the latest, or not any more.
 */
static bool held_back(const struct world *w, const struct router *r, uint32_t pid, int64_t *since)
{
    const struct named *a;
    bool held = false;
    for (unsigned n = 0; (a = policy_holder(w, r, pid, n)); n++) {
        struct ripng_route_info i;
        *since = later(*since, r->watch.changed_at[a->pid]);
        if (!expect_find(w, r, &w->prefixes[a->pid], &i) || i.state != RIPNG_ROUTE_VALID ||
            i.source == RIPNG_SOURCE_RIPNG)
            continue;
        *since = later(*since, router_clock(w, r).us - i.age_us);
        held = true;
    }
    return held;
}

void expect(const struct world *w, const struct router *r, const struct port *p,
            const struct ripng_route_info *i, struct expected *out)
{
    bool straight = i->ifindex == p->ifindex && !ripng_addr_is_unspecified(&i->nexthop);
    bool back = (straight || watch_leads_out(i, p)) && i->source == RIPNG_SOURCE_RIPNG;
    bool quiet = back && p->set.split_horizon == RIPNG_SPLIT_SIMPLE;
    bool poisoned = back && p->set.split_horizon == RIPNG_SPLIT_POISON;
    uint32_t pid = world_pid(w, &i->prefix);
    struct told t = {pid, i->source, i->metric, i->tag};
    *out = (struct expected){.policy_since = r->watch.configured_at};
    out->hidden = !policy_passes(w, &p->set.export, &t);
    out->tag = t.tag;
    /* What an aggregate holds back is poisoned where it was heard all the same. */
    if (!poisoned && !quiet && held_back(w, r, pid, &out->policy_since))
        out->hidden = true;
    out->hidden_since = later(out->policy_since, r->watch.changed_at[pid]);
    if (out->hidden || quiet)
        return;
    out->metric = poisoned ? 16 : t.metric;
    if (straight && out->metric < 16)
        out->next_hop = i->nexthop;
}

bool expect_taken_back(const struct world *w, const struct router *r, const struct expected *x)
{
    int64_t passed = router_clock(w, r).us - x->hidden_since;
    return !w->watching || check_engine_events_lost(r->engine) || passed <= 2 * r->timers.garbage_us + SECOND;
}
