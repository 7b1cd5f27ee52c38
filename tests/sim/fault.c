/*
 * Faults: of links, interfaces, processes and kernels. See fault.h.
 *
 * Each kind is a function in the table at the end; a seed allows about half of the
 * kinds, so that some seeds are of one fault only, and some of all of them at once.
 * Settings, liars and tools are in disturb.c.
 */
#include "fault.h"

#include "disturb.h"
#include "link.h"
#include "router.h"

#include <stdlib.h>

struct router *fault_router(struct world *w)
{
    return &w->routers[rng_below(&w->rng, w->n_routers)];
}

struct port *fault_port(struct world *w)
{
    struct port *p;
    do
        p = &w->ports[rng_below(&w->rng, w->n_ports)];
    while (p->link == NONE);
    return p;
}

static struct link *some_link(struct world *w)
{
    return &w->links[fault_port(w)->link];
}

/* From moments to well over the timeout. */
static int64_t a_while(struct world *w)
{
    int64_t timeout = w->run.timers.timeout_us;
    switch (rng_below(&w->rng, 4)) {
    case 0:
        return rng_between(&w->rng, 1000, 5 * SECOND);
    case 1:
        return rng_between(&w->rng, SECOND, timeout / 3);
    case 2:
        return rng_between(&w->rng, timeout / 3, timeout);
    default:
        return rng_between(&w->rng, timeout, 2 * timeout);
    }
}

void fault_later(struct world *w, int64_t after, enum repair what, uint32_t a)
{
    events_push(&w->events, w->now + after, EV_REPAIR, a, what, NULL);
}

/* --- links ----------------------------------------------------------------------------- */

static void link_is_bad(struct world *w)
{
    struct link *l = some_link(w);
    l->loss_ppm = rng_percent(&w->rng, 70) ? rng_below(&w->rng, 600000) : 0;
    l->duplicate_ppm = rng_percent(&w->rng, 30) ? rng_below(&w->rng, 500000) : 0;
    l->reorder_ppm = rng_percent(&w->rng, 40) ? rng_below(&w->rng, 500000) : 0;
    l->jitter = rng_percent(&w->rng, 50) ? rng_between(&w->rng, 0, 300000) : l->jitter;
    TRACE(w, NULL, "link %u is bad: loss %u, twice %u, late %u ppm", l->id, l->loss_ppm, l->duplicate_ppm,
          l->reorder_ppm);
    fault_later(w, a_while(w), REPAIR_LINK, l->id);
}

static void link_is_cut(struct world *w)
{
    struct link *l = some_link(w);
    l->cut = true;
    TRACE(w, NULL, "link %u is cut silently", l->id);
    fault_later(w, a_while(w), REPAIR_LINK, l->id);
}

static void one_way_cut(struct world *w)
{
    struct port *p = fault_port(w);
    struct link *l = &w->links[p->link];
    switch (rng_below(&w->rng, 3)) {
    case 0:
        p->mute = true;
        break;
    case 1:
        p->deaf = true;
        break;
    default:
        l->pair_from = p->id;
        l->pair_to = l->ports[rng_below(&w->rng, (uint32_t)l->n_ports)];
        fault_later(w, a_while(w), REPAIR_LINK, l->id);
    }
    TRACE(w, port_router(w, p), "one-way cut at %s", p->name);
    fault_later(w, a_while(w), REPAIR_PORT, p->id);
}

static void carrier_is_lost(struct world *w)
{
    struct link *l = some_link(w);
    bool both = rng_percent(&w->rng, 70); /* else a switch stands between */
    uint32_t one = rng_below(&w->rng, (uint32_t)l->n_ports);
    for (size_t n = 0; n < l->n_ports; n++) {
        struct port *p = &w->ports[l->ports[n]];
        if ((!both && n != one) || !p->exists || !p->carrier)
            continue;
        p->carrier = false;
        TRACE(w, port_router(w, p), "%s loses its carrier", p->name);
        kernel_port_changed(w, port_router(w, p), p);
        fault_later(w, a_while(w), REPAIR_PORT, p->id);
    }
}

static void mtu_changes(struct world *w)
{
    static const uint32_t mtus[] = {1280, 1281, 1300, 1492, 1500, 9000, 65535};
    struct port *p = fault_port(w);
    p->mtu = mtus[rng_below(&w->rng, sizeof mtus / sizeof mtus[0])];
    TRACE(w, port_router(w, p), "%s has MTU %u", p->name, p->mtu);
    if (p->exists)
        kernel_port_changed(w, port_router(w, p), p);
}

/* --- interfaces ------------------------------------------------------------------------- */

void fault_port_down(struct world *w, struct port *p)
{
    struct router *r = port_router(w, p);
    if (!p->exists || !p->up)
        return;
    TRACE(w, r, "%s goes down", p->name);
    p->up = false;
    p->generation++;
    kernel_flush(w, r, p->ifindex);
    while (p->n_addrs) {
        struct in6_addr gone = p->addrs[--p->n_addrs].addr;
        kernel_address_gone(w, r, p, &gone);
    }
    kernel_port_changed(w, r, p);
}

/* The prefix of the link follows once the addresses have passed their check. */
void fault_port_up(struct world *w, struct port *p)
{
    struct router *r = port_router(w, p);
    if (!p->exists || p->up)
        return;
    TRACE(w, r, "%s comes up", p->name);
    p->up = true;
    p->addrs[0] = (struct port_addr){p->link_local, false};
    p->n_addrs = 1;
    kernel_port_changed(w, r, p);
    kernel_address(w, r, p, &p->link_local, false);
    for (size_t i = 0; i < r->n_shares; i++)
        if (r->shares[i].active && r->shares[i].port == p->id && r->shares[i].pid != p->pid)
            kernel_share(w, r, &r->shares[i], false);
    events_push(&w->events, w->now + rng_between(&w->rng, SECOND / 10, 2 * SECOND), EV_ADDRESS, p->id,
                p->generation, NULL);
}

void fault_address_ready(struct world *w, struct port *p, uint32_t generation)
{
    struct router *r = port_router(w, p);
    if (p->generation != generation || !p->up || !p->exists)
        return;
    w->changes++;
    for (unsigned n = 0; n < p->n_addrs; n++) {
        p->addrs[n].usable = true;
        kernel_address(w, r, p, &p->addrs[n].addr, true);
    }
    if (p->pid == NONE || port_has_address(p, &p->global) || p->n_addrs == ADDRS_MAX)
        return;
    p->addrs[p->n_addrs++] = (struct port_addr){p->global, true};
    kernel_address(w, r, p, &p->global, true);
    for (size_t i = 0; i < r->n_shares; i++)
        if (r->shares[i].active && r->shares[i].port == p->id && r->shares[i].pid == p->pid)
            kernel_share(w, r, &r->shares[i], false);
}

static void port_goes_down(struct world *w)
{
    struct port *p = fault_port(w);
    fault_port_down(w, p);
    fault_later(w, a_while(w), REPAIR_PORT, p->id);
}

void fault_port_remove(struct world *w, struct port *p)
{
    struct router *r = port_router(w, p);
    if (!p->exists)
        return;
    fault_port_down(w, p);
    TRACE(w, r, "%s is removed", p->name);
    p->exists = p->joined = false;
    p->watch.speaking_since = -1; /* what comes back is another interface */
    kernel_port_gone(w, r, p);
}

static void port_is_removed(struct world *w)
{
    struct port *p = fault_port(w);
    if (!p->exists)
        return;
    fault_port_remove(w, p);
    fault_later(w, a_while(w), REPAIR_PORT, p->id);
}

void fault_port_repair(struct world *w, struct port *p)
{
    struct router *r = port_router(w, p);
    p->mute = p->deaf = false;
    if (!p->exists) {
        p->exists = true;
        p->carrier = true;
        p->ifindex = r->next_ifindex++;
        TRACE(w, r, "%s is there again", p->name);
    }
    fault_port_up(w, p);
    if (!p->carrier) {
        p->carrier = true;
        TRACE(w, r, "%s has its carrier again", p->name);
        kernel_port_changed(w, r, p);
    }
}

/* A second link-local address, and often the first one goes: another next hop for all others. */
static void address_changes(struct world *w)
{
    struct port *p = fault_port(w);
    struct router *r = port_router(w, p);
    if (!p->up || !p->exists || p->n_addrs == ADDRS_MAX)
        return;
    struct in6_addr second = p->link_local;
    second.s6_addr[8] = 0x99;
    second.s6_addr[9] = (uint8_t)p->router;
    if (!port_has_address(p, &second)) {
        p->addrs[p->n_addrs++] = (struct port_addr){second, true};
        kernel_address(w, r, p, &second, true);
        fault_later(w, a_while(w), REPAIR_ADDRESS, p->id);
    }
    TRACE(w, r, "%s has a second address", p->name);
    for (unsigned n = 0; n < p->n_addrs; n++)
        if (ripng_addr_equal(&p->addrs[n].addr, &p->link_local) && rng_percent(&w->rng, 60)) {
            p->addrs[n] = p->addrs[--p->n_addrs];
            kernel_address_gone(w, r, p, &p->link_local);
        }
}

/* One that is still being checked counts: no address is on a port twice. */
static bool has_or_will(const struct port *p, const struct in6_addr *addr)
{
    for (unsigned n = 0; n < p->n_addrs; n++)
        if (ripng_addr_equal(&p->addrs[n].addr, addr))
            return true;
    return false;
}

static void address_repair(struct world *w, struct port *p)
{
    struct router *r = port_router(w, p);
    if (!p->up || !p->exists)
        return;
    if (!has_or_will(p, &p->link_local) && p->n_addrs < ADDRS_MAX) {
        p->addrs[p->n_addrs++] = (struct port_addr){p->link_local, true};
        kernel_address(w, r, p, &p->link_local, true);
    }
    for (unsigned n = 0; n < p->n_addrs; n++)
        if (p->addrs[n].addr.s6_addr[8] == 0x99) {
            struct in6_addr gone = p->addrs[n].addr;
            p->addrs[n] = p->addrs[--p->n_addrs];
            kernel_address_gone(w, r, p, &gone);
        }
}

/* --- processes ----------------------------------------------------------------------------- */

static void restart_later(struct world *w, struct router *r)
{
    if (!r->engine)
        events_push(&w->events, w->now + a_while(w), EV_START, r->id, r->generation, NULL);
}

static void router_crashes(struct world *w)
{
    struct router *r = fault_router(w);
    router_crash(w, r);
    restart_later(w, r);
}

static void router_reboots(struct world *w)
{
    struct router *r = fault_router(w);
    router_crash(w, r);
    TRACE(w, r, "reboots");
    r->off = true;
    kernel_reboot(w, r);
    for (size_t i = 0; i < r->n_shares; i++)
        if (r->shares[i].active)
            kernel_share(w, r, &r->shares[i], false);
    restart_later(w, r);
}

/* The start waits in fault_happens(): when the process ends is not known here. */
static void router_stops(struct world *w)
{
    router_stop(w, fault_router(w));
}

static void dead_come_back(struct world *w)
{
    for (uint32_t i = 0; i < w->n_routers; i++)
        if (!w->routers[i].engine && rng_percent(&w->rng, 50))
            router_start(w, &w->routers[i]);
}

static void clock_jumps(struct world *w)
{
    struct router *r = fault_router(w);
    int64_t by = a_while(w);
    TRACE(w, r, "clock jumps by %lld ms", (long long)(by / 1000));
    r->skew += by;
    watch_disturbed(w, r);
    router_pump(w, r);
}

static void router_pauses(struct world *w)
{
    struct router *r = fault_router(w);
    int64_t length = a_while(w);
    TRACE(w, r, "pauses for %lld ms", (long long)(length / 1000));
    router_pause(w, r, length);
}

/* --- prefixes and kernels ------------------------------------------------------------------- */

void fault_share(struct world *w, struct router *r, struct share *s, bool active)
{
    if (s->active == active)
        return;
    s->active = active;
    TRACE(w, r, "%s %s", pid_text(w, s->pid), active ? "appears" : "disappears");
    if (active)
        kernel_share(w, r, s, false);
    else
        kernel_unshare(w, r, s);
}

static void prefix_goes(struct world *w)
{
    struct router *r = fault_router(w);
    if (!r->n_shares)
        return;
    uint32_t n = rng_below(&w->rng, (uint32_t)r->n_shares);
    bool flaps = rng_percent(&w->rng, 20);
    fault_share(w, r, &r->shares[n], false);
    fault_later(w, flaps ? SECOND / 10 : a_while(w), flaps ? REPAIR_FLAP : REPAIR_SHARE, r->id << 16 | n);
}

/* A static route is replaced by one through another next hop. */
static void gateway_moves(struct world *w)
{
    struct router *r = fault_router(w);
    for (size_t i = 0; i < r->n_shares; i++) {
        struct share *s = &r->shares[i];
        if (!s->active || ripng_addr_is_unspecified(&s->other))
            continue;
        struct in6_addr before = s->gateway;
        s->gateway = s->other;
        s->other = before;
        TRACE(w, r, "another gateway for %s", pid_text(w, s->pid));
        kernel_share(w, r, s, true);
    }
}

/* The host on a link, which is the gateway of some, is switched off. */
static void host_dies(struct world *w)
{
    struct link *l = some_link(w);
    if (!l->has_host || l->host_off)
        return;
    l->host_off = true;
    TRACE(w, NULL, "the host on link %u is off", l->id);
    fault_later(w, a_while(w), REPAIR_HOST, l->id);
}

static void kernel_fails(struct world *w)
{
    struct router *r = fault_router(w);
    struct kernel *k = &r->kernel;
    TRACE(w, r, "the kernel is unruly");
    k->refuse_ppm = rng_percent(&w->rng, 40) ? rng_below(&w->rng, 1000000) : 0;
    k->lose_ack_ppm = rng_percent(&w->rng, 40) ? rng_below(&w->rng, 300000) : 0;
    k->drop_event_ppm = rng_percent(&w->rng, 40) ? rng_below(&w->rng, 500000) : 0;
    k->join_refuse_ppm = rng_percent(&w->rng, 40) ? rng_below(&w->rng, 1000000) : 0;
    k->dump_fault_ppm = rng_percent(&w->rng, 40) ? rng_below(&w->rng, 500000) : 0;
    k->delay = rng_percent(&w->rng, 40) ? rng_between(&w->rng, 0, SECOND) : 0;
    k->lag = rng_percent(&w->rng, 40) ? rng_between(&w->rng, 0, SECOND) : 200;
    fault_later(w, a_while(w), REPAIR_KERNEL, r->id);
}

static void kernel_repair(struct router *r)
{
    struct kernel *k = &r->kernel;
    k->refuse_ppm = k->lose_ack_ppm = k->drop_event_ppm = k->join_refuse_ppm = k->dump_fault_ppm = 0;
    k->delay = 0;
    k->lag = 200;
}

static void events_are_lost(struct world *w)
{
    struct router *r = fault_router(w);
    if (!router_runs(r))
        return;
    TRACE(w, r, "events lost, without loss");
    ripng_kernel_lost(r->engine, router_clock(w, r));
    router_pump(w, r);
}

static void route_is_stolen(struct world *w)
{
    struct router *r = fault_router(w);
    uint32_t pid = rng_below(&w->rng, w->n_prefixes);
    if (kernel_steal(w, r, pid))
        TRACE(w, r, "somebody deletes the route to %s", pid_text(w, pid));
}

/* Another program's route with our very metric: ours has to wait. */
static void route_is_blocked(struct world *w)
{
    struct router *r = fault_router(w);
    const struct port *p = &w->ports[r->first_port + rng_below(&w->rng, r->n_ports)];
    if (p->link == NONE)
        return;
    struct share s = {
        .pid = rng_below(&w->rng, w->n_prefixes),
        .port = p->id,
        .type = RIPNG_TYPE_UNICAST,
        .protocol = 3, /* boot */
        .metric = r->kernel_set.metric,
        .gateway = w->links[p->link].host,
        .active = true,
    };
    uint32_t n = (uint32_t)r->n_shares++;
    r->shares = sim_realloc(r->shares, r->n_shares * sizeof *r->shares);
    r->shares[n] = s;
    TRACE(w, r, "another program has a route to %s", pid_text(w, s.pid));
    kernel_share(w, r, &s, true);
    fault_later(w, a_while(w), REPAIR_BLOCKER, r->id << 16 | n);
}

/* --- repairs ------------------------------------------------------------------------------------ */

static void link_repair(struct link *l)
{
    l->loss_ppm = l->duplicate_ppm = l->reorder_ppm = 0;
    l->cut = false;
    l->pair_from = l->pair_to = NONE;
    if (l->jitter > 1000)
        l->jitter = 1000;
}

static void flap(struct world *w, struct router *r, uint32_t n)
{
    fault_share(w, r, &r->shares[n], !r->shares[n].active);
    fault_later(w, SECOND / 10, rng_percent(&w->rng, 1) ? REPAIR_SHARE : REPAIR_FLAP, r->id << 16 | n);
}

void fault_repair(struct world *w, enum repair what, uint32_t a)
{
    struct router *r = &w->routers[(a >> 16) % w->n_routers];
    if (!w->chaos)
        return; /* fault_heal() has decided what is repaired and what is not */
    switch (what) {
    case REPAIR_LINK:
        link_repair(&w->links[a]);
        break;
    case REPAIR_PORT:
        fault_port_repair(w, &w->ports[a]);
        break;
    case REPAIR_SHARE:
        fault_share(w, r, &r->shares[a & 0xffff], true);
        break;
    case REPAIR_BLOCKER:
        fault_share(w, r, &r->shares[a & 0xffff], false);
        break;
    case REPAIR_KERNEL:
        kernel_repair(&w->routers[a]);
        break;
    case REPAIR_ADDRESS:
        address_repair(w, &w->ports[a]);
        break;
    case REPAIR_HOST:
        w->links[a].host_off = false;
        break;
    case REPAIR_FLAP:
        flap(w, r, a & 0xffff);
        break;
    }
}

void fault_heal(struct world *w)
{
    TRACE(w, NULL, "--- faults stop ---");
    w->chaos = false;
    w->quiet_at = w->now;
    for (uint32_t i = 0; i < w->n_links; i++) {
        link_repair(&w->links[i]);
        w->links[i].host_off = false;
    }
    for (uint32_t i = 0; i < w->n_routers; i++) {
        struct router *r = &w->routers[i];
        kernel_repair(r);
        if (r->paused && r->resume_at > w->quiet_at)
            w->quiet_at = r->resume_at; /* and what it has not read yet is news of then */
        for (size_t k = 0; k < r->n_shares; k++)
            if (r->shares[k].protocol == 3)
                fault_share(w, r, &r->shares[k], false);
            else if (rng_percent(&w->rng, 80) || r->shares[k].relied_on)
                fault_share(w, r, &r->shares[k], true);
        disturb_settle(w, r);
        if (!r->engine && rng_percent(&w->rng, 90))
            router_start(w, r);
        else if (!r->engine)
            r->generation++; /* nor does it come back of itself */
    }
    for (uint32_t i = 0; i < w->n_ports; i++) {
        struct port *p = &w->ports[i];
        bool dead = !p->exists || !p->up || !p->carrier;
        p->mute = p->deaf = false;
        if (p->link != NONE && dead && rng_percent(&w->rng, 80))
            fault_port_repair(w, p);
        if (p->link != NONE)
            address_repair(w, p);
    }
}

/* --- the table ------------------------------------------------------------------------------------- */

static const struct {
    unsigned weight;
    void (*happens)(struct world *w);
} kinds[] = {
    {6, link_is_bad},     {4, link_is_cut},      {4, one_way_cut},      {4, carrier_is_lost},
    {2, mtu_changes},     {4, port_goes_down},   {2, port_is_removed},  {3, address_changes},
    {4, router_crashes},  {2, router_reboots},   {3, router_stops},     {2, clock_jumps},
    {2, router_pauses},   {6, prefix_goes},      {4, kernel_fails},     {1, events_are_lost},
    {2, route_is_stolen}, {2, route_is_blocked}, {5, disturb_settings}, {3, disturb_lie},
    {3, disturb_request}, {2, disturb_garbage},  {2, gateway_moves},    {2, host_dies},
    {8, policy_disturb}, /* the last: not in worlds without */
};
#define N_KINDS (sizeof kinds / sizeof kinds[0])

void faults_begin(struct world *w)
{
    w->chaos = true;
    w->fault_mask = (uint32_t)rng_next(&w->rng);
    if (rng_percent(&w->rng, 20))
        w->fault_mask = 0xffffffff;
    if (!w->policies)
        w->fault_mask &= ~(1U << (N_KINDS - 1));
    int64_t timeout = w->run.timers.timeout_us;
    w->fault_gap = rng_between(&w->rng, timeout / 100, timeout / 3);
    events_push(&w->events, w->now + rng_between(&w->rng, 0, timeout / 2), EV_FAULT, 0, 0, NULL);
}

void fault_happens(struct world *w)
{
    if (!w->chaos)
        return;
    events_push(&w->events, w->now + rng_between(&w->rng, 1, 2 * w->fault_gap), EV_FAULT, 0, 0, NULL);
    if (rng_percent(&w->rng, 10))
        dead_come_back(w);
    unsigned total = 0;
    for (size_t i = 0; i < N_KINDS; i++)
        total += w->fault_mask >> i & 1 ? kinds[i].weight : 0;
    if (!total)
        return;
    unsigned dice = rng_below(&w->rng, total);
    for (size_t i = 0; i < N_KINDS; i++) {
        unsigned weight = w->fault_mask >> i & 1 ? kinds[i].weight : 0;
        if (dice < weight) {
            w->stats.faults++;
            kinds[i].happens(w);
            return;
        }
        dice -= weight;
    }
}
