/* Counting to infinity; see infinity.h. */
#include "infinity.h"

#include "fault.h"
#include "oracle.h"
#include "router.h"
#include "scenario.h"

#include <stdlib.h>
#include <string.h>

#define STEP (SECOND / 10)

enum loss { WITHDRAWN, OWNER_DIES, CABLE_CUT, N_LOSSES };

struct count {
    int64_t longest;
    unsigned steps; /* changes of metric, the most of one router */
    unsigned unsettled;
};

static uint8_t metric_of(struct world *w, struct router *r, uint32_t pid)
{
    struct ripng_route_info i;
    if (!r->engine || !ripng_match_route(r->engine, router_clock(w, r), &w->prefixes[pid], &i) ||
        !ripng_prefix_equal(&i.prefix, &w->prefixes[pid]))
        return 16;
    return i.metric;
}

static bool all_agree(struct world *w, uint32_t pid)
{
    for (uint32_t i = 0; i < w->n_routers; i++)
        if (w->routers[i].engine && metric_of(w, &w->routers[i], pid) != oracle_want(w, &w->routers[i], pid))
            return false;
    return true;
}

/* Takes the prefix of the first router's own LAN away, in one of the three ways. */
static uint32_t lose(struct world *w, enum loss how)
{
    struct router *r = &w->routers[0];
    struct port *lan = &w->ports[r->first_port + r->n_ports - 1]; /* stubs come last */
    uint32_t pid = lan->pid;
    if (how == WITHDRAWN) {
        for (size_t i = 0; i < r->n_shares; i++)
            if (r->shares[i].pid == pid)
                fault_share(w, r, &r->shares[i], false);
    } else if (how == OWNER_DIES) {
        router_crash(w, r);
    } else {
        w->links[w->ports[r->first_port + 1].link].cut = true;
    }
    oracle_compute(w);
    return pid;
}

static void measure(uint64_t seed, enum topology kind, enum ripng_split_horizon mode, enum loss how,
                    struct count *c)
{
    struct world *w = world_new(seed, 0);
    struct topology_wish wish = {.kind = kind, .split_horizon = (int)mode, .plain = true};
    wish.routers =
        kind == TOPOLOGY_CLIQUE || kind == TOPOLOGY_LAN ? 4 + (uint32_t)(seed % 4) : 4 + (uint32_t)(seed % 9);
    topology_build(w, &wish);
    w->watching = false;
    scenario_start(w);
    world_run(w, w->now + 5 * SECOND);
    oracle_compute(w);
    if (!scenario_settle(w, 600 * SECOND, SECOND)) {
        c->unsettled++;
        world_free(w);
        return;
    }
    /* Everybody's updates fall apart first, or the result is that of one start. */
    world_run(w, w->now + rng_between(&w->rng, 60 * SECOND, 200 * SECOND));
    uint32_t pid = lose(w, how);
    uint8_t *last = sim_calloc(w->n_routers, 1);
    unsigned *steps = sim_calloc(w->n_routers, sizeof *steps);
    for (uint32_t i = 0; i < w->n_routers; i++)
        last[i] = metric_of(w, &w->routers[i], pid);
    int64_t noticed = how == WITHDRAWN ? w->now : 0, until = w->now + 2000 * SECOND;
    while (!w->failed && w->now < until && !all_agree(w, pid)) {
        world_run(w, w->now + STEP);
        for (uint32_t i = 0; i < w->n_routers; i++) {
            uint8_t now = metric_of(w, &w->routers[i], pid);
            if (now == last[i])
                continue;
            if (!noticed)
                noticed = w->now;
            last[i] = now;
            if (++steps[i] > c->steps)
                c->steps = steps[i];
        }
    }
    c->unsettled += w->failed || w->now >= until;
    if (noticed && w->now - noticed > c->longest)
        c->longest = w->now - noticed;
    free(last);
    free(steps);
    world_free(w);
}

int infinity_report(uint64_t first, unsigned n)
{
    static const char *const losses[N_LOSSES] = {"withdrawn", "owner dies", "cable cut"};
    unsigned unsettled = 0;
    printf("Seconds from the first change to agreement, the longest of %u worlds; in brackets the most\n"
           "changes of metric that one router went through. Timers 30/180/120, triggered 1 to 5.\n\n",
           n);
    printf("%-8s %-11s %14s %14s %14s\n", "topology", "loss", "poison", "simple", "off");
    for (unsigned kind = 0; kind < TOPOLOGY_ANY; kind++)
        for (unsigned how = 0; how < N_LOSSES; how++) {
            printf("%-8s %-11s", topology_names[kind], losses[how]);
            for (unsigned mode = 0; mode <= RIPNG_SPLIT_OFF; mode++) {
                struct count c = {0};
                for (unsigned i = 0; i < n; i++)
                    measure(first + i, (enum topology)kind, (enum ripng_split_horizon)mode, (enum loss)how,
                            &c);
                unsettled += c.unsettled;
                printf("  %7.1f (%3u)", (double)c.longest / 1e6, c.steps);
            }
            printf("\n");
            fflush(stdout);
        }
    if (unsettled)
        printf("\n%u worlds did not settle\n", unsettled);
    return unsettled ? 1 : 0;
}
