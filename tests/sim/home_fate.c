/*
 * What happens to the home: the ISP, power, cables, leases, upgrades. See home.h.
 *
 * home.c sets it going; each stroke is drawn from the table at the end, or follows from
 * an earlier one.
 */
#include "home_parts.h"

#include "fault.h"
#include "link.h"
#include "oracle.h"
#include "router.h"

/*
 * Two things stand for a timeout longer, as in RFC 2080: what a router that is dead said of
 * others' next hops, since those do answer (R1 speaks so of what it delegated, the others
 * without split horizon), and what a daemon that was killed said of prefixes that are gone
 * when it is back, since it knows nothing of them to take back.
 */
static void be_patient(struct home *h)
{
    h->patient_until = h->w->now + h->w->run.timers.timeout_us + RIGHT_AGAIN;
}

void home_later(struct home *h, int64_t from, int64_t to, enum happening what, uint32_t who)
{
    int64_t at = h->w->now + rng_between(&h->w->rng, from, to);
    events_push(&h->w->events, at, EV_HOME, what, who, h);
}

/* Anything done to the home: loops may begin or end, and what was right may be so no more. */
static void touched(struct home *h)
{
    struct world *w = h->w;
    h->changed_at = w->now;
    w->changes++;
    for (uint32_t i = 0; i < w->n_routers; i++)
        for (uint32_t pid = 0; pid < w->n_real; pid++)
            loops_look(w, &w->routers[i], pid);
}

struct port *home_port(struct home *h, unsigned who, unsigned link)
{
    return h->port[who][link] == NOTHING ? NULL : &h->w->ports[h->port[who][link]];
}

/* --- prefixes --------------------------------------------------------------------------- */

void home_set(struct home *h, struct group *g, bool active)
{
    struct router *r = &h->w->routers[g->router];
    if (!h->powered[g->router])
        return;
    for (unsigned n = 0; n < g->n; n++)
        fault_share(h->w, r, &r->shares[g->shares[n]], active);
    touched(h);
}

static void expire(struct home *h, unsigned who)
{
    if (h->holds[who] == NOTHING)
        return;
    TRACE(h->w, &h->w->routers[who], "loses its prefix");
    home_set(h, &h->own[who][h->holds[who]], false);
    h->holds[who] = NOTHING;
}

/* R1 gives `who` a piece of what it has: its own route first, as the lease is on the wire. */
static void lease(struct home *h, unsigned who)
{
    uint32_t now = h->holds[R1];
    const struct port *up = home_port(h, who, LAN), *down = home_port(h, R1, LAN);
    if (now == NOTHING || !h->powered[R1] || !h->powered[who])
        return;
    if (!link_connects(h->w, up, down) || !link_connects(h->w, down, up)) {
        home_later(h, 5 * SECOND, MINUTE, LEASE, who);
        return;
    }
    home_set(h, &h->lease[who][now], true);
    if (h->holds[who] == now)
        return;
    expire(h, who);
    h->holds[who] = now;
    home_set(h, &h->own[who][now], true);
    home_set(h, &h->on_link[who][now], true);
}

/* What R1 had goes at once, with all that it delegated; the others find out in a while. */
static void renumber(struct home *h, uint32_t to)
{
    uint32_t was = h->holds[R1];
    TRACE(h->w, NULL, "the ISP gives R1 prefix %d", (int)to);
    for (unsigned i = R2; i < N_HOME; i++)
        for (unsigned g = 0; g < GENERATIONS; g++)
            if (g != to && rng_percent(&h->w->rng, 50))
                home_set(h, &h->on_link[i][g], false);
            else if (g != to)
                home_later(h, SECOND, 2 * HOUR, DEPRECATED, i << 8 | g);
    for (unsigned i = R2; i < N_HOME && was != NOTHING; i++)
        home_set(h, &h->lease[i][was], false);
    expire(h, R1);
    h->holds[R1] = to;
    if (to == NOTHING)
        return;
    home_set(h, &h->own[R1][to], true);
    for (unsigned i = R2; i < N_HOME; i++)
        home_later(h, SECOND / 5, 3 * SECOND, LEASE, i);
}

static void deprecated(struct home *h, uint32_t who)
{
    uint32_t generation = who & 0xff;
    if (h->holds[R1] != generation)
        home_set(h, &h->on_link[who >> 8][generation], false);
}

/* --- machines ----------------------------------------------------------------------------- */

static void cable_carrier(struct home *h, unsigned who, bool carrier)
{
    unsigned other = who == R2 ? R3 : R2;
    struct port *p = who == R2 || who == R3 ? home_port(h, other, CABLE) : NULL;
    if (!p || p->carrier == carrier || (carrier && !h->powered[other]))
        return;
    p->carrier = carrier;
    kernel_port_changed(h->w, port_router(h->w, p), p);
}

/* A machine goes without a word, and all its state with it. */
static void power_cut(struct home *h, unsigned who, int64_t least, int64_t most)
{
    struct router *r = &h->w->routers[who];
    if (!h->powered[who])
        return;
    TRACE(h->w, r, "has no power");
    router_crash(h->w, r);
    r->off = true;
    r->generation++;
    h->powered[who] = false;
    h->boots[who]++;
    kernel_reboot(h->w, r);
    for (size_t i = 0; i < r->n_shares; i++)
        r->shares[i].active = false;
    h->holds[who] = NOTHING;
    cable_carrier(h, who, false);
    if (who == R1 || h->split_off)
        be_patient(h);
    touched(h);
    home_later(h, least, most, BOOT, who << 16 | (h->boots[who] & 0xffff));
}

static void boot(struct home *h, uint32_t what)
{
    unsigned who = what >> 16;
    struct router *r = &h->w->routers[who];
    if (h->powered[who] || (h->boots[who] & 0xffff) != (what & 0xffff))
        return;
    TRACE(h->w, r, "boots");
    h->powered[who] = true;
    r->off = false;
    cable_carrier(h, who, true);
    home_set(h, &h->own[who][ULA], true);
    if (who != MUTE)
        events_push(&h->w->events, h->w->now + rng_between(&h->w->rng, 0, 10 * SECOND), EV_START, who,
                    r->generation, NULL);
    if (who == R1)
        home_later(h, 2 * SECOND, 15 * SECOND, WAN_BACK, ++h->wan_losses);
    else
        home_later(h, SECOND, 10 * SECOND, LEASE, who);
}

static unsigned speaker(struct home *h)
{
    return rng_below(&h->w->rng, MUTE); /* R1, R2 or R3 */
}

/* --- strokes of fate ------------------------------------------------------------------------ */

static void isp_renumbers(struct home *h)
{
    if (h->holds[R1] != NOTHING)
        renumber(h, (h->holds[R1] + 1 + rng_below(&h->w->rng, GENERATIONS - 1)) % GENERATIONS);
}

static void wan_is_lost(struct home *h)
{
    struct port *p = home_port(h, R1, WAN);
    if (!h->powered[R1] || !p->carrier)
        return;
    TRACE(h->w, &h->w->routers[R1], "WAN carrier lost");
    p->carrier = false;
    kernel_port_changed(h->w, &h->w->routers[R1], p);
    touched(h);
    if (rng_percent(&h->w->rng, 60)) /* dhcpcd takes back what it had; netifd does not */
        renumber(h, NOTHING);
    home_later(h, SECOND, 10 * MINUTE, WAN_BACK, ++h->wan_losses);
}

static void wan_is_back(struct home *h, uint32_t which)
{
    struct port *p = home_port(h, R1, WAN);
    if (which != h->wan_losses || !h->powered[R1])
        return;
    if (!p->carrier) {
        p->carrier = true;
        kernel_port_changed(h->w, &h->w->routers[R1], p);
        touched(h);
    }
    if (h->holds[R1] == NOTHING)
        renumber(h, rng_below(&h->w->rng, GENERATIONS));
}

static void reboot(struct home *h)
{
    power_cut(h, rng_below(&h->w->rng, N_HOME), 15 * SECOND, 90 * SECOND);
}

static void power_goes(struct home *h)
{
    power_cut(h, rng_below(&h->w->rng, N_HOME), MINUTE, HOUR);
}

static void killed(struct home *h)
{
    struct router *r = &h->w->routers[speaker(h)];
    router_crash(h->w, r);
    be_patient(h);
    touched(h);
    if (h->powered[r->id])
        events_push(&h->w->events, h->w->now + rng_between(&h->w->rng, SECOND / 10, 5 * SECOND), EV_START,
                    r->id, r->generation, NULL);
}

/* An upgrade: stopped in order, and started again once it has stopped. */
static void upgraded(struct home *h)
{
    struct router *r = &h->w->routers[speaker(h)];
    if (!router_runs(r))
        return;
    router_stop(h->w, r);
    touched(h);
    uint32_t generation = r->generation + (r->engine ? 1 : 0);
    events_push(&h->w->events, h->w->now + rng_between(&h->w->rng, 4 * SECOND, 8 * SECOND), EV_START, r->id,
                generation, NULL);
}

static void cable_is_pulled(struct home *h)
{
    static const unsigned links[] = {LAN, LAN, CABLE, LAN2, LAN3};
    unsigned link = links[rng_below(&h->w->rng, 5)];
    unsigned who = link == LAN2 ? R2 : link == LAN3 ? R3 : R2 + rng_below(&h->w->rng, 2);
    struct port *p = home_port(h, who, link);
    if (!p || !p->carrier)
        return;
    TRACE(h->w, &h->w->routers[who], "the cable of %s is pulled", p->name);
    p->carrier = false;
    kernel_port_changed(h->w, &h->w->routers[who], p);
    if (link == CABLE)
        cable_carrier(h, who, false);
    if (h->split_off)
        be_patient(h);
    touched(h);
    home_later(h, 2 * SECOND, HOUR, CABLE_IN, p->id);
}

static void cable_is_in(struct home *h, uint32_t port)
{
    struct port *p = &h->w->ports[port];
    unsigned other = p->router == R2 ? R3 : R2;
    if (p->carrier || (p->id == h->port[p->router][CABLE] && !h->powered[other]))
        return;
    p->carrier = true;
    kernel_port_changed(h->w, port_router(h->w, p), p);
    if (p->id == h->port[p->router][CABLE] && h->powered[p->router])
        cable_carrier(h, p->router, true);
    touched(h);
    if (!h->powered[p->router] || p->link != LAN)
        return;
    home_later(h, SECOND, 5 * SECOND, LEASE, p->router);
}

static void wifi_changes(struct home *h)
{
    struct port *p = home_port(h, R2, WIFI);
    if (!h->powered[R2])
        return;
    if (p->exists)
        fault_port_remove(h->w, p);
    else
        fault_port_repair(h->w, p);
    touched(h);
}

static void lease_expires(struct home *h)
{
    unsigned who = R2 + rng_below(&h->w->rng, N_HOME - R2);
    if (h->holds[who] == NOTHING || !h->powered[R1])
        return;
    home_set(h, &h->lease[who][h->holds[who]], false);
    expire(h, who);
    home_later(h, SECOND, 10 * MINUTE, LEASE, who);
}

static void packets_are_lost(struct home *h)
{
    unsigned link = rng_percent(&h->w->rng, 70) || h->w->n_links <= CABLE ? LAN : CABLE;
    struct link *l = &h->w->links[link];
    if (l->loss_ppm)
        return;
    l->loss_ppm = 10000 + rng_below(&h->w->rng, 290000);
    TRACE(h->w, NULL, "link %u loses %u ppm", link, l->loss_ppm);
    h->noise++;
    home_later(h, 10 * SECOND, 20 * MINUTE, AIR_CLEARS, link);
}

static void air_clears(struct home *h, uint32_t link)
{
    h->w->links[link].loss_ppm = 0;
    h->noise--;
    touched(h);
}

static void kernel_is_unruly(struct home *h)
{
    struct kernel *k = &h->w->routers[speaker(h)].kernel;
    if (h->w->chaos)
        return; /* one at a time */
    TRACE(h->w, NULL, "a kernel loses events and answers");
    h->w->chaos = true;
    k->drop_event_ppm = rng_below(&h->w->rng, 300000);
    k->lose_ack_ppm = rng_below(&h->w->rng, 100000);
    k->refuse_ppm = rng_percent(&h->w->rng, 50) ? rng_below(&h->w->rng, 300000) : 0;
    k->dump_fault_ppm = rng_below(&h->w->rng, 300000);
    k->lag = SECOND / 10;
    h->noise++;
    home_later(h, SECOND, 2 * MINUTE, KERNEL_GOOD, 0);
}

static void kernel_is_good(struct home *h)
{
    for (uint32_t i = 0; i < h->w->n_routers; i++) {
        struct kernel *k = &h->w->routers[i].kernel;
        k->drop_event_ppm = k->lose_ack_ppm = k->refuse_ppm = k->dump_fault_ppm = 0;
        k->lag = 200;
    }
    h->w->chaos = false;
    h->noise--;
    touched(h);
}

/* The switch passes nothing of one port, and both links stay up. */
static void silently_cut(struct home *h)
{
    struct port *p = home_port(h, R2 + rng_below(&h->w->rng, N_HOME - R2), LAN);
    if (p->mute)
        return;
    TRACE(h->w, port_router(h->w, p), "is cut off silently");
    p->mute = p->deaf = true;
    if (h->split_off)
        be_patient(h);
    touched(h);
    home_later(h, 5 * SECOND, 20 * MINUTE, UNMUTE, p->id);
}

static void unmuted(struct home *h, uint32_t port)
{
    struct port *p = &h->w->ports[port];
    p->mute = p->deaf = false;
    touched(h);
}

static const struct {
    unsigned weight;
    void (*strike)(struct home *h);
} strokes[] = {
    {4, isp_renumbers}, {4, wan_is_lost},      {3, reboot},          {2, power_goes},
    {4, killed},        {3, upgraded},         {5, cable_is_pulled}, {4, wifi_changes},
    {3, lease_expires}, {2, packets_are_lost}, {2, silently_cut},    {2, kernel_is_unruly},
};

static void strike(struct home *h)
{
    unsigned total = 0, i = 0;
    for (size_t n = 0; n < sizeof strokes / sizeof strokes[0]; n++)
        total += strokes[n].weight;
    unsigned dice = rng_below(&h->w->rng, total);
    while (dice >= strokes[i].weight)
        dice -= strokes[i++].weight;
    h->w->stats.faults++;
    strokes[i].strike(h);
    /* Some come together, most after a while of peace. */
    home_later(h, SECOND / 100, rng_percent(&h->w->rng, 30) ? 20 * SECOND : 30 * MINUTE, NEXT, 0);
}

void home_happens(struct world *w, uint32_t what, uint32_t who, void *arg)
{
    struct home *h = arg;
    (void)w;
    switch ((enum happening)what) {
    case NEXT:
        if (!h->over)
            strike(h);
        break;
    case LEASE:
        lease(h, who);
        break;
    case WAN_BACK:
        wan_is_back(h, who);
        break;
    case BOOT:
        boot(h, who);
        break;
    case CABLE_IN:
        cable_is_in(h, who);
        break;
    case AIR_CLEARS:
        air_clears(h, who);
        break;
    case KERNEL_GOOD:
        kernel_is_good(h);
        break;
    case UNMUTE:
        unmuted(h, who);
        break;
    case DEPRECATED:
        deprecated(h, who);
        break;
    }
}
