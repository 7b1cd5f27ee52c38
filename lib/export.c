/*
 * What a route looks like on an interface, and what is taken back there.
 *
 * Called by advert.c for each route that goes into a packet; RFC 2080 2.5 and 2.6.
 * Split horizon, aggregates and export filters meet here, so that a regular update, a triggered
 * one and an answer say the same.
 *
 * A neighbour holds what it was told for 180 seconds. So what a filter lets out no
 * more is told with metric 16 for the garbage time, which no filter holds back:
 *
 *  - When the settings name another filter, the interface keeps the retired one: what
 *    that would let out and the new one does not is taken back.
 *  - When the tag or the source of a route changes, the same filter may decide otherwise.
 *    The route is marked, not a set of interfaces in each route; it is taken back where the
 *    filter could let it out with some tag and source. There a neighbour may hear
 *    "unreachable" of what it never knew, which changes nothing for it.
 *
 * A mark outlives one sweep over the table, and there is at most one in a garbage time:
 * it lives for one to two of them.
 */
#include "internal.h"

#include <string.h>

/* --- filters ------------------------------------------------------------------------------ */

static struct ripng_subject subject_of(const struct route *t, const struct path *p)
{
    return (struct ripng_subject){
        .prefix = route_prefix(t),
        .source = (enum ripng_source)p->source,
        .metric = p->metric,
        .tag = p->tag,
    };
}

/*
 * A goodbye because of the settings takes back what was told under the old ones; the
 * new ones, perhaps of no section at all, let nothing out.
 */
static bool closed(const struct iface *i)
{
    return i->poisoning && (!i->config->enabled || i->config->passive);
}

static bool lets_out(const struct ripng *r, const struct iface *i, struct ripng_subject *s)
{
    return !closed(i) && ripng_filter_apply(ripng_config_filter(&r->config, i->config->export), s, NULL);
}

static bool retired_let_out(const struct ripng *r, const struct iface *i, const struct ripng_subject *s)
{
    for (unsigned n = 0; n < i->n_retired; n++) {
        const struct retired *old = &i->retired[n];
        struct ripng_subject copy = *s;
        if (old->until > r->now && ripng_filter_apply(old->everything ? NULL : &old->filter, &copy, NULL))
            return true;
    }
    return false;
}

/* The same where the route was another one: marked, and let out with another tag or source. */
static bool could_have_let_out(const struct ripng *r, const struct iface *i, const struct ripng_prefix *p)
{
    for (unsigned n = 0; n < i->n_retired; n++) {
        const struct retired *old = &i->retired[n];
        if (old->until > r->now && ripng_filter_could_permit(old->everything ? NULL : &old->filter, p))
            return true;
    }
    return ripng_filter_could_permit(ripng_config_filter(&r->config, i->config->export), p);
}

/* Not let out now: is it to be taken back? */
static bool taken_back(const struct ripng *r, const struct iface *i, const struct route *t,
                       const struct ripng_subject *s)
{
    return retired_let_out(r, i, s) || (t->retracted && could_have_let_out(r, i, &s->prefix));
}

bool export_permits(const struct ripng *r, const struct iface *i, const struct route *t)
{
    struct ripng_subject s = subject_of(t, route_chosen(r, t));
    return lets_out(r, i, &s);
}

/* As the filter leaves it: metric, tag; 16 where it is taken back. False: not told at all. */
static bool filtered(const struct ripng *r, const struct iface *i, const struct route *t,
                     struct ripng_rte *rte)
{
    if (!i->config->export && !closed(i))
        return true;
    struct ripng_subject s = subject_of(t, route_chosen(r, t));
    bool out = lets_out(r, i, &s);
    if (!out && !taken_back(r, i, t, &s))
        return false;
    rte->metric = out ? s.metric : INFINITY_METRIC;
    rte->tag = s.tag;
    return true;
}

/* --- one route on one interface ------------------------------------------------------------- */

/* Was it heard on this very interface, by the chosen path or by one that is used beside it? */
static inline bool led_back(const struct ripng *r, const struct iface *i, const struct route *t)
{
    const struct path *p = route_chosen(r, t);
    if (!p || !p->peer)
        return false;
    return peer_at(r, p->peer)->ifindex == i->link.ifindex ||
           (r->config.kernel.multipath > 1 && select_leads_out(r, t, i->link.ifindex));
}

/* Where poison is due on several links it stays news until it is told on all: here, for as long as that. */
static bool several_out(const struct ripng *r, const struct route *t)
{
    if (r->config.kernel.multipath == 1)
        return false;
    struct hops h;
    select_hops(r, t, &h);
    for (unsigned i = 1; i < h.n; i++)
        if (h.out[i] != h.out[0])
            return true;
    return false;
}

bool export_rte(const struct ripng *r, const struct iface *i, const struct route *t, struct ripng_rte *rte,
                struct in6_addr *next_hop)
{
    const struct path *p = route_chosen(r, t);
    if (!p || (t->origin && origin_on_link(r, t, i->link.ifindex)))
        return false;
    const struct peer *via = p->gateway ? peer_at(r, p->gateway) : NULL;
    bool straight = via && via->ifindex == i->link.ifindex, back = straight || led_back(r, i, t);
    bool learned_back = back && p->peer;
    bool quiet = i->config->split_horizon == RIPNG_SPLIT_SIMPLE && !i->poisoning;
    if (learned_back && quiet && (!(t->flags & ROUTE_TURNED) || several_out(r, t)))
        return false;
    /* Simple split horizon is silent about it, but not before it has taken back what was said of the
     * route while it led elsewhere: or the next hop there sends its packets back to us for a timeout.
     * With several next hops it may not have: a goodbye takes back all. */
    bool reverse = learned_back && i->config->split_horizon != RIPNG_SPLIT_OFF;
    /* What an aggregate holds back is still poisoned where it was heard: that keeps loops away. */
    enum aggregate_hold hold = reverse || !r->n_aggregates ? AGGREGATE_SHOWN : aggregate_holds(r, t);
    if (hold == AGGREGATE_HELD)
        return false;
    *rte = (struct ripng_rte){.addr = t->addr, .len = t->len, .tag = p->tag, .metric = p->metric};
    if (!filtered(r, i, t, rte))
        return false;
    if (i->poisoning || reverse || hold == AGGREGATE_TAKEN_BACK)
        rte->metric = INFINITY_METRIC;
    *next_hop = straight && rte->metric < INFINITY_METRIC ? via->addr : (struct in6_addr){0};
    return true;
}

/*
 * 2.5.1: a changed route that appears unchanged on a network need not be sent there.
 * Poison on the link that a route was heard on is no news unless the route led out
 * of another one before: it would only use up the hold that real news then waits for.
 */
bool export_is_news(const struct ripng *r, const struct iface *i, const struct route *t)
{
    return !led_back(r, i, t) || (t->flags & ROUTE_TURNED) || i->config->split_horizon == RIPNG_SPLIT_OFF;
}

void export_told_turned(const struct ripng *r, const struct iface *i, struct route *t)
{
    if (led_back(r, i, t) && !several_out(r, t))
        t->flags &= (uint16_t)~ROUTE_TURNED;
}

/* --- what is taken back ------------------------------------------------------------------------ */

static void retired_del(struct iface *i, unsigned n)
{
    ripng_filter_clear(&i->retired[n].filter);
    i->n_retired--;
    memmove(&i->retired[n], &i->retired[n + 1], (i->n_retired - n) * sizeof i->retired[0]);
}

static void retired_del_like(struct iface *i, const struct ripng_filter *f)
{
    for (unsigned n = i->n_retired; n-- > 0;)
        if (i->retired[n].everything ? !f : ripng_filter_equal(&i->retired[n].filter, f))
            retired_del(i, n);
}

void export_filter_was(struct ripng *r, struct iface *i, const struct ripng_filter *was)
{
    if (!i->tx_packets)
        return; /* nobody was told anything */
    retired_del_like(i, ripng_config_filter(&r->config, i->config->export));
    if (i->n_retired == RETIRED_MAX)
        retired_del(i, 0);
    struct retired *fresh = &i->retired[i->n_retired];
    *fresh = (struct retired){.everything = !was, .until = r->now + r->config.timers.garbage_us};
    if (was && !ripng_filter_copy(&fresh->filter, was)) {
        r->drops[RIPNG_WHY_MEMORY]++;
        engine_event_why(r, RIPNG_EV_NO_MEMORY, i->link.ifindex, RIPNG_WHY_MEMORY);
        return; /* what it let out times out with the neighbours */
    }
    i->n_retired++;
}

/* Was it told on this interface with that tag and source, and is it not now? */
static bool retracted_on(const struct ripng *r, const struct iface *i, const struct route *t, uint16_t tag,
                         enum ripng_source source)
{
    struct ripng_subject is = subject_of(t, route_chosen(r, t)), was = is;
    was.tag = tag;
    was.source = source;
    return !lets_out(r, i, &is) && (retired_let_out(r, i, &was) || lets_out(r, i, &was));
}

void export_path_was(struct ripng *r, uint32_t route, uint16_t tag, enum ripng_source source)
{
    struct route *t = route_at(r, route);
    bool retracted = false;
    for (size_t k = 0; k < r->n_ifaces && !retracted; k++) {
        const struct iface *i = r->ifaces[k];
        retracted = i->config->export && i->tx_packets && retracted_on(r, i, t, tag, source);
    }
    if (!retracted)
        return;
    t->retracted = 2;
    if (r->retract_due == NEVER)
        r->retract_due = r->now + r->config.timers.garbage_us;
}

static void sweep(struct ripng *r)
{
    r->retract_due = NEVER;
    for (uint32_t n = pool_next(&r->routes, 0); n; n = pool_next(&r->routes, n)) {
        struct route *t = route_at(r, n);
        if (t->retracted && --t->retracted)
            r->retract_due = r->now + r->config.timers.garbage_us;
    }
}

void export_tick(struct ripng *r)
{
    if (r->retract_due <= r->now)
        sweep(r);
    for (size_t k = 0; k < r->n_ifaces; k++)
        while (r->ifaces[k]->n_retired && r->ifaces[k]->retired[0].until <= r->now)
            retired_del(r->ifaces[k], 0);
}

void export_reconfigure(struct ripng *r)
{
    int64_t latest = r->now + r->config.timers.garbage_us;
    engine_no_later(&r->retract_due, latest);
    for (size_t k = 0; k < r->n_ifaces; k++)
        for (unsigned n = 0; n < r->ifaces[k]->n_retired; n++)
            engine_no_later(&r->ifaces[k]->retired[n].until, latest);
}

void export_forget(struct iface *i)
{
    while (i->n_retired)
        retired_del(i, 0);
}
