/* The story of a run; see scenario.h. */
#include "scenario.h"

#include "check.h"
#include "disturb.h"
#include "expect.h"
#include "oracle.h"
#include "router.h"

#include <stdlib.h>
#include <string.h>

#define HOP_SLACK (SECOND / 2) /* latency, jitter and laziness of one hop */

/*
 * How long a false belief may live, and the truth take, once nothing fails any more.
 *
 * A route via a neighbour that is dead, or whose address went, times out: `timeout`.
 * All other beliefs are refreshed by living neighbours. Take those that are too good
 * (ghosts): the best of them, of metric m, rests on a neighbour's metric below m,
 * which is no ghost, so that neighbour says something else at its next regular update
 * at the latest, 1.5 x update away; thus the least metric of a ghost rises by one in
 * that time (in fact much faster, by triggered updates), and after 16 of them none is
 * left. The truth spreads meanwhile in the same way, a hop in 1.5 x update, and no
 * route has more than 15 hops. Held triggered updates add triggered-max to each.
 * A kernel or a group that refused is tried again within 60 s. An aggregate ends when
 * the last belief about what is inside has ended, and is believed itself for as long.
 */
static int64_t bound(const struct world *w)
{
    const struct ripng_timers *t = &w->run.timers;
    int64_t one = t->timeout_us + 16 * (t->update_us * 3 / 2 + t->triggered_max_us + HOP_SLACK);
    return (1 + w->nesting) * one + 2 * 64 * SECOND;
}

/*
 * A change that is announced at once: each router passes it on within triggered-max.
 * The same reasoning as above with triggered updates alone, none of them lost.
 */
static int64_t prompt_bound(const struct world *w)
{
    return 16 * (w->run.timers.triggered_max_us + HOP_SLACK) + 2 * SECOND;
}

/* --- waiting --------------------------------------------------------------------------- */

bool scenario_settle(struct world *w, int64_t most, int64_t step)
{
    char why[256] = "";
    int64_t until = w->now + most;
    uint64_t seen = UINT64_MAX;
    while (!w->failed) {
        if (w->changes != seen && oracle_agrees(w, why, sizeof why))
            return true;
        seen = w->changes;
        if (w->now >= until)
            return false;
        world_run(w, w->now + step);
    }
    return false;
}

/* Agreement, and for `stay` no more disagreement, the last of which was before `most`. */
static void must_settle(struct world *w, int64_t most, int64_t stay, const char *what)
{
    char why[256] = "no reason";
    int64_t began = w->now, wrong_at = w->now;
    uint64_t seen = UINT64_MAX;
    bool agrees = false;
    oracle_compute(w);
    for (;;) {
        if (w->changes != seen)
            agrees = oracle_agrees(w, why, sizeof why);
        seen = w->changes;
        if (!agrees)
            wrong_at = w->now;
        if (w->failed || w->now - wrong_at >= stay)
            break;
        if (wrong_at - began > most) {
            world_fail(w, NULL, "%s: after %lld s %s", what, (long long)(most / SECOND), why);
            return;
        }
        world_run(w, w->now + SECOND);
    }
    if (wrong_at - began > w->stats.converged)
        w->stats.converged = wrong_at - began;
    TRACE(w, NULL, "--- %s: settled after %lld s ---", what, (long long)((wrong_at - began) / SECOND));
}

/* --- probes in peace -------------------------------------------------------------------------- */

static struct router *running(struct world *w)
{
    for (unsigned tries = 0; tries < 20; tries++) {
        struct router *r = fault_router(w);
        if (router_runs(r))
            return r;
    }
    return NULL;
}

/* Does nobody have it any more? Then it must be gone soon; else it takes a regular update a hop. */
static bool gone_for_all(const struct world *w, uint32_t pid)
{
    for (uint32_t i = 0; i < w->n_routers; i++)
        if (oracle_want(w, &w->routers[i], pid) < 16)
            return false;
    return true;
}

/* Does an aggregate of somebody's stand or fall with it? */
static bool in_aggregate(const struct world *w, uint32_t pid)
{
    for (uint32_t i = 0; i < w->n_routers; i++) {
        const struct policy *p = &w->routers[i].policy;
        for (unsigned n = 0; n < p->n_aggregates; n++)
            if (p->aggregates[n].on &&
                ripng_prefix_contains(&w->prefixes[p->aggregates[n].pid], &w->prefixes[pid]))
                return true;
    }
    return false;
}

static void probe_prefix(struct world *w)
{
    struct router *r = running(w);
    if (!r || !r->n_shares)
        return;
    struct share *s = &r->shares[rng_below(&w->rng, (uint32_t)r->n_shares)];
    if (!s->active || s->protocol == 3 || s->relied_on)
        return;
    bool aggregate = s->type == RIPNG_TYPE_DISCARD; /* others change their meaning with it */
    fault_share(w, r, s, false);
    oracle_compute(w);
    bool prompt = gone_for_all(w, s->pid) && !aggregate && !in_aggregate(w, s->pid);
    must_settle(w, prompt ? prompt_bound(w) : bound(w), 5 * SECOND, "a prefix went");
    world_run(w, w->now + rng_between(&w->rng, 0, 2 * w->run.timers.garbage_us));
    if (w->failed)
        return;
    fault_share(w, r, s, true);
    must_settle(w, prompt ? prompt_bound(w) : bound(w), 5 * SECOND, "a prefix came");
}

/* Who has lost a prefix for good must know it soon, though others still have it. */
static void must_be_lost(struct world *w, uint32_t pid)
{
    for (uint32_t i = 0; i < w->n_routers && !w->failed; i++) {
        struct router *r = &w->routers[i];
        struct ripng_route_info f;
        if (router_runs(r) && oracle_want(w, r, pid) == 16 && expect_find(w, r, &w->prefixes[pid], &f) &&
            f.state == RIPNG_ROUTE_VALID)
            world_fail(w, r, "a filter holds back %s, and it is there with metric %u", pid_text(w, pid),
                       f.metric);
    }
}

static void probe_filter(struct world *w)
{
    struct port *p = fault_port(w);
    struct router *r = port_router(w, p);
    const struct sentence_of before = p->set.export;
    uint32_t pid = rng_below(&w->rng, w->n_real);
    if (!router_runs(r))
        return;
    TRACE(w, r, "a filter on %s denies %s", p->name, pid_text(w, pid));
    p->set.export = policy_nothing();
    p->set.export.says = SAYS_DENY;
    p->set.export.pid = pid;
    router_configure(w, r);
    world_run(w, w->now + prompt_bound(w));
    oracle_compute(w);
    must_be_lost(w, pid);
    must_settle(w, bound(w), 5 * SECOND, "a filter came");
    if (w->failed)
        return;
    p->set.export = before;
    router_configure(w, r);
    must_settle(w, bound(w), 5 * SECOND, "a filter went");
}

static void probe_end(struct world *w)
{
    struct router *r = running(w);
    if (!r)
        return;
    bool order = rng_percent(&w->rng, 50);
    if (order) {
        router_stop(w, r);
        world_run(w, w->now + 4 * SECOND);
    } else {
        router_crash(w, r);
    }
    must_settle(w, bound(w), w->run.timers.timeout_us, order ? "a router stopped" : "a router died");
}

static void heard_by_tool(struct world *w, struct router *r, const struct ripng_send *out, const void *data)
{
    const uint8_t *b = data;
    (void)r;
    for (size_t at = 4; at + 20 <= out->size; at += 20) {
        struct in6_addr a;
        memcpy(&a, b + at, sizeof a);
        struct ripng_prefix p = ripng_prefix_make(&a, b[at + 18]);
        uint32_t pid = b[at + 19] == 255 ? NONE : world_pid(w, &p);
        if (pid != NONE)
            w->answer[pid] = b[at + 19];
    }
}

/* A tool's question for the whole table is answered, with what is announced on that link. */
static void probe_tool(struct world *w)
{
    struct port *p = fault_port(w);
    struct router *r = port_router(w, p);
    struct ripng_iface_info f;
    struct ripng_route_info i;
    uint32_t cursor = 0;
    bool up = false;
    while (router_runs(r) && ripng_read_iface(r->engine, &cursor, &f))
        up |= f.ifindex == p->ifindex && f.up;
    if (!up || !p->exists || !p->carrier)
        return;
    w->answer = sim_calloc(w->n_prefixes, 1);
    w->tool = heard_by_tool;
    disturb_ask(w, p);
    world_run(w, w->now + SECOND);
    w->tool = NULL;
    cursor = 0;
    while (!w->failed && ripng_read_route(r->engine, router_clock(w, r), &cursor, &i)) {
        uint32_t pid = world_pid(w, &i.prefix);
        if (i.state != RIPNG_ROUTE_VALID || i.ifindex == p->ifindex || watch_leads_out(&i, p) ||
            pid == p->pid)
            continue;
        struct expected x;
        expect(w, r, p, &i, &x);
        if (w->answer[pid] != x.metric && !(x.hidden && w->answer[pid] == 16))
            world_fail(w, r, "a tool on %s was told metric %u for %s, not %u", p->name, w->answer[pid],
                       pid_text(w, pid), x.metric);
    }
    free(w->answer);
    w->answer = NULL;
}

/* Nothing is left of what is gone: garbage is collected, memory given back. */
static void check_clean(struct world *w)
{
    world_run(w, w->now + w->run.timers.garbage_us + 5 * SECOND);
    for (uint32_t i = 0; i < w->n_routers && !w->failed; i++) {
        struct router *r = &w->routers[i];
        struct ripng_status s;
        if (!router_runs(r))
            continue;
        ripng_read_status(r->engine, router_clock(w, r), &s);
        if (s.garbage)
            world_fail(w, r, "%u routes in garbage after a quiet time", s.garbage);
        if (s.kernel_pending)
            world_fail(w, r, "%u kernel changes pending after a quiet time", s.kernel_pending);
        check_tables(w, r);
    }
}

static void count_entries(struct world *w)
{
    uint64_t n = 0;
    for (uint32_t i = 0; i < w->n_routers; i++) {
        struct ripng_status s;
        if (!router_runs(&w->routers[i]))
            continue;
        ripng_read_status(w->routers[i].engine, router_clock(w, &w->routers[i]), &s);
        n += s.routes;
    }
    w->stats.entries = n;
}

/* --- the story ------------------------------------------------------------------------------- */

void scenario_start(struct world *w)
{
    for (uint32_t i = 0; i < w->n_routers; i++)
        router_start(w, &w->routers[i]);
}

void scenario_run(struct world *w, const struct topology_wish *wish)
{
    topology_build(w, wish);
    TRACE(w, NULL, "seed %llu: %s", (unsigned long long)w->seed, w->topology);
    for (uint32_t i = 0; i < w->n_routers; i++)
        events_push(&w->events, w->now + rng_between(&w->rng, 0, 10 * SECOND), EV_START, i, 0, NULL);
    faults_begin(w);
    world_run(w, w->now + w->run.timers.timeout_us * rng_between(&w->rng, 5, 60) / 10);
    if (w->failed)
        return;
    fault_heal(w);
    world_run(w, w->quiet_at + 5 * SECOND); /* addresses pass their check */
    must_settle(w, bound(w), w->run.timers.timeout_us + w->run.timers.update_us, "faults stopped");
    count_entries(w);
    if (w->policies && rng_percent(&w->rng, 50))
        probe_filter(w);
    for (unsigned n = rng_below(&w->rng, 4); n && !w->failed; n--)
        switch (rng_below(&w->rng, 4)) {
        case 0:
        case 1:
            probe_prefix(w);
            break;
        case 2:
            probe_end(w);
            break;
        default:
            probe_tool(w);
            break;
        }
    if (!w->failed)
        check_clean(w);
}
