/* The home that changes; see home.h. */
#include "home.h"

#include "check.h"
#include "fault.h"
#include "link.h"
#include "oracle.h"
#include "router.h"
#include "topology.h"

#include <stdlib.h>

#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)

enum { R1, R2, R3, MUTE, N_HOME }; /* MUTE: the router without RIPng */
enum { WAN, LAN, LAN1, LAN2, LAN3, LAN4, WIFI, CABLE, N_LINKS };

#define GENERATIONS 6 /* prefixes of the ISP; one comes back after a while */
#define ULA GENERATIONS
#define NOTHING UINT32_MAX

/* Kernel routes that come and go together. */
struct group {
    uint32_t router;
    uint32_t shares[5];
    unsigned n;
};

struct home {
    struct world *w;
    struct group own[N_HOME][GENERATIONS + 1]; /* what each has of a /56, ULA: of the /48 that stays */
    struct group lease[N_HOME][GENERATIONS];   /* R1's route to what it delegated */
    struct group on_link[N_HOME][GENERATIONS]; /* R1's LAN, as its neighbours see it */
    uint32_t port[N_HOME][N_LINKS];            /* NOTHING: not there */
    uint32_t holds[N_HOME];                    /* generation */
    bool powered[N_HOME];
    uint32_t boots[N_HOME];
    uint32_t wan_losses;
    unsigned noise;     /* what makes it a matter of luck whether all is right: nothing is expected then */
    int64_t changed_at; /* the last time that anything was done to the home */
    uint64_t seen;      /* w->changes when it was looked at last */
    unsigned was_running;
    bool wrong, over, split_off;
    int64_t patient_until;
    char why[256];
};

/*
 * How long a home may be wrong after the last change, all packets arriving. A silent
 * death is noticed in 5 s and 4 s of questions. Who is then left without a route asks,
 * within 5 s of having asked before. False beliefs end by counting, a step of at most
 * triggered-max, and so does the truth spread. Refused changes of the kernel, or of a group,
 * are tried again within 60 s, a dump that failed within 1 s.
 */
#define DETECTION (10 * SECOND)
#define ASKING (6 * SECOND)
#define COUNTING (16 * (5 * SECOND + SECOND / 2))
#define RIGHT_AGAIN (DETECTION + ASKING + COUNTING)

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

/*
 * A loop stands as long as two routers believe each other, so for RIGHT_AGAIN at most, but
 * where one of them has no daemon any more: its kernel goes on with what it has until that
 * is adopted and not announced again, for a timeout, and nobody notices a death, since the
 * machine answers. That may come twice, once on either side.
 */
static int64_t loop_bound(const struct world *w)
{
    return RIGHT_AGAIN + 2 * w->run.timers.timeout_us;
}

/* --- what happens, in words that fit into an event -------------------------------------- */

enum happening {
    NEXT,        /* the next stroke of fate */
    LEASE,       /* a router asks R1 for its prefix, `who` */
    WAN_BACK,    /* `who`: which loss */
    BOOT,        /* power is back, `who` */
    CABLE_IN,    /* `who`: port */
    AIR_CLEARS,  /* a link without loss again, `who`: link */
    KERNEL_GOOD, /* `who` */
    UNMUTE,      /* the switch passes it again, `who`: port */
    DEPRECATED,  /* an on-link prefix goes at last, `who`: router << 8 | generation */
};

static void later(struct home *h, int64_t from, int64_t to, enum happening what, uint32_t who)
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

static struct port *port_of(struct home *h, unsigned who, unsigned link)
{
    return h->port[who][link] == NOTHING ? NULL : &h->w->ports[h->port[who][link]];
}

/* --- prefixes --------------------------------------------------------------------------- */

static void set(struct home *h, struct group *g, bool active)
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
    set(h, &h->own[who][h->holds[who]], false);
    h->holds[who] = NOTHING;
}

/* R1 gives `who` a piece of what it has: its own route first, as the lease is on the wire. */
static void lease(struct home *h, unsigned who)
{
    uint32_t now = h->holds[R1];
    const struct port *up = port_of(h, who, LAN), *down = port_of(h, R1, LAN);
    if (now == NOTHING || !h->powered[R1] || !h->powered[who])
        return;
    if (!link_connects(h->w, up, down) || !link_connects(h->w, down, up)) {
        later(h, 5 * SECOND, MINUTE, LEASE, who);
        return;
    }
    set(h, &h->lease[who][now], true);
    if (h->holds[who] == now)
        return;
    expire(h, who);
    h->holds[who] = now;
    set(h, &h->own[who][now], true);
    set(h, &h->on_link[who][now], true);
}

/* What R1 had goes at once, with all that it delegated; the others find out in a while. */
static void renumber(struct home *h, uint32_t to)
{
    uint32_t was = h->holds[R1];
    TRACE(h->w, NULL, "the ISP gives R1 prefix %d", (int)to);
    for (unsigned i = R2; i < N_HOME; i++)
        for (unsigned g = 0; g < GENERATIONS; g++)
            if (g != to && rng_percent(&h->w->rng, 50))
                set(h, &h->on_link[i][g], false);
            else if (g != to)
                later(h, SECOND, 2 * HOUR, DEPRECATED, i << 8 | g);
    for (unsigned i = R2; i < N_HOME && was != NOTHING; i++)
        set(h, &h->lease[i][was], false);
    expire(h, R1);
    h->holds[R1] = to;
    if (to == NOTHING)
        return;
    set(h, &h->own[R1][to], true);
    for (unsigned i = R2; i < N_HOME; i++)
        later(h, SECOND / 5, 3 * SECOND, LEASE, i);
}

static void deprecated(struct home *h, uint32_t who)
{
    uint32_t generation = who & 0xff;
    if (h->holds[R1] != generation)
        set(h, &h->on_link[who >> 8][generation], false);
}

/* --- machines ----------------------------------------------------------------------------- */

static void cable_carrier(struct home *h, unsigned who, bool carrier)
{
    unsigned other = who == R2 ? R3 : R2;
    struct port *p = who == R2 || who == R3 ? port_of(h, other, CABLE) : NULL;
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
    later(h, least, most, BOOT, who << 16 | (h->boots[who] & 0xffff));
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
    set(h, &h->own[who][ULA], true);
    if (who != MUTE)
        events_push(&h->w->events, h->w->now + rng_between(&h->w->rng, 0, 10 * SECOND), EV_START, who,
                    r->generation, NULL);
    if (who == R1)
        later(h, 2 * SECOND, 15 * SECOND, WAN_BACK, ++h->wan_losses);
    else
        later(h, SECOND, 10 * SECOND, LEASE, who);
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
    struct port *p = port_of(h, R1, WAN);
    if (!h->powered[R1] || !p->carrier)
        return;
    TRACE(h->w, &h->w->routers[R1], "WAN carrier lost");
    p->carrier = false;
    kernel_port_changed(h->w, &h->w->routers[R1], p);
    touched(h);
    if (rng_percent(&h->w->rng, 60)) /* dhcpcd takes back what it had; netifd does not */
        renumber(h, NOTHING);
    later(h, SECOND, 10 * MINUTE, WAN_BACK, ++h->wan_losses);
}

static void wan_is_back(struct home *h, uint32_t which)
{
    struct port *p = port_of(h, R1, WAN);
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
    struct port *p = port_of(h, who, link);
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
    later(h, 2 * SECOND, HOUR, CABLE_IN, p->id);
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
    later(h, SECOND, 5 * SECOND, LEASE, p->router);
}

static void wifi_changes(struct home *h)
{
    struct port *p = port_of(h, R2, WIFI);
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
    set(h, &h->lease[who][h->holds[who]], false);
    expire(h, who);
    later(h, SECOND, 10 * MINUTE, LEASE, who);
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
    later(h, 10 * SECOND, 20 * MINUTE, AIR_CLEARS, link);
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
    later(h, SECOND, 2 * MINUTE, KERNEL_GOOD, 0);
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
    struct port *p = port_of(h, R2 + rng_below(&h->w->rng, N_HOME - R2), LAN);
    if (p->mute)
        return;
    TRACE(h->w, port_router(h->w, p), "is cut off silently");
    p->mute = p->deaf = true;
    if (h->split_off)
        be_patient(h);
    touched(h);
    later(h, 5 * SECOND, 20 * MINUTE, UNMUTE, p->id);
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
    later(h, SECOND / 100, rng_percent(&h->w->rng, 30) ? 20 * SECOND : 30 * MINUTE, NEXT, 0);
}

static void happens(struct world *w, uint32_t what, uint32_t who, void *arg)
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

/* --- the home ---------------------------------------------------------------------------------- */

#define PROTO_KERNEL 2
#define PROTO_STATIC 4
#define PROTO_RA 9
#define LOWEST 2147483647 /* netifd's priority for what is unreachable */

static const struct topology_member members[] = {
    {WAN, R1}, {LAN, R1},  {LAN1, R1},  {LAN, R2},    {LAN2, R2},  {WIFI, R2},
    {LAN, R3}, {LAN3, R3}, {LAN, MUTE}, {LAN4, MUTE}, {CABLE, R2}, {CABLE, R3},
};
#define N_MEMBERS (sizeof members / sizeof members[0])

/* Piece `n` of what the ISP gives in this generation; of the ULA prefix that stays. */
static struct ripng_prefix piece(unsigned generation, unsigned n, unsigned len)
{
    struct in6_addr a = {{{0x20, 0x01, 0x0d, 0xb8, 0x10}}};
    if (generation == ULA)
        a = (struct in6_addr){{{0xfd, 0x12, 0x34, 0x56, 0x78}}};
    else
        a.s6_addr[5] = (uint8_t)generation;
    a.s6_addr[7] = (uint8_t)n;
    return ripng_prefix_make(&a, len);
}

static uint32_t give(struct home *h, struct group *g, unsigned who, unsigned link,
                     const struct ripng_prefix *prefix, uint8_t protocol, const struct in6_addr *gateway)
{
    struct world *w = h->w;
    struct router *r = &w->routers[who];
    struct port *p = link == N_LINKS ? &w->ports[r->first_port] : &w->ports[h->port[who][link]];
    bool discard = link == N_LINKS;
    uint32_t pid = world_add_prefix(w, prefix);
    topology_share(w, p, pid, discard ? RIPNG_TYPE_DISCARD : RIPNG_TYPE_UNICAST, protocol, gateway);
    struct share *s = &r->shares[r->n_shares - 1];
    s->active = false;
    if (discard)
        s->metric = LOWEST;
    if (!discard && !gateway)
        p->on_link[p->n_on_link++] = pid;
    g->router = who;
    g->shares[g->n++] = (uint32_t)(r->n_shares - 1);
    return pid;
}

static void give_own(struct home *h, unsigned who, unsigned g)
{
    static const unsigned link[N_HOME] = {LAN1, LAN2, LAN3, LAN4};
    struct group *own = &h->own[who][g];
    struct ripng_prefix whole = piece(g, who << 4, who == R1 ? (g == ULA ? 48 : 56) : 62),
                        lan = piece(g, who << 4 | 1, 64), more = piece(g, who << 4 | 2, 64);
    if (g != ULA || who == R1)
        give(h, own, who, N_LINKS, &whole, PROTO_STATIC, NULL);
    give(h, own, who, link[who], &lan, PROTO_STATIC, NULL);
    if (who == R1)
        give(h, own, R1, LAN, &more, PROTO_STATIC, NULL);
    else if (who == R2)
        give(h, own, R2, WIFI, &more, PROTO_STATIC, NULL);
}

static void give_prefixes(struct home *h)
{
    struct world *w = h->w;
    const struct in6_addr *r1 = &port_of(h, R1, LAN)->link_local, *isp = &w->links[WAN].host;
    struct ripng_prefix everything = {0};
    uint32_t pieces[N_HOME * GENERATIONS], owners[N_HOME * GENERATIONS];
    size_t n = 0;
    for (unsigned who = R1; who < N_HOME; who++) {
        for (unsigned g = 0; g <= ULA; g++)
            give_own(h, who, g);
        give(h, &h->own[who][ULA], who, who == R1 ? WAN : LAN, &everything, PROTO_RA, who == R1 ? isp : r1);
        for (unsigned g = 0; g < GENERATIONS && who != R1; g++) {
            struct ripng_prefix lan = piece(g, 2, 64), whole = piece(g, who << 4, 62);
            give(h, &h->on_link[who][g], who, LAN, &lan, PROTO_KERNEL, NULL);
            owners[n] = h->port[who][LAN];
            pieces[n++] =
                give(h, &h->lease[who][g], R1, LAN, &whole, PROTO_STATIC, &port_of(h, who, LAN)->link_local);
        }
    }
    w->n_real = w->n_prefixes;
    world_index_prefixes(w);
    while (n--)
        w->third_port[pieces[n]] = owners[n];
    w->host_link[world_pid(w, &everything)] = WAN;
}

static void build(struct home *h)
{
    struct world *w = h->w;
    bool cable = rng_percent(&w->rng, 60);
    const struct topology_wish wish = {
        .split_horizon = rng_percent(&w->rng, 70) ? (int)RIPNG_SPLIT_POISON : (int)rng_below(&w->rng, 3),
        .plain = true,
    };
    topology_members(w, members, cable ? N_MEMBERS : N_MEMBERS - 2, N_HOME, cable ? N_LINKS : N_LINKS - 1);
    for (unsigned who = 0; who < N_HOME; who++)
        for (unsigned link = 0; link < N_LINKS; link++)
            h->port[who][link] = NOTHING;
    for (uint32_t i = 0; i < w->n_ports; i++)
        if (w->ports[i].link != NONE)
            h->port[w->ports[i].router][w->ports[i].link] = i;
    w->links[WAN].has_host = true;
    give_prefixes(h);
    topology_settings(w, &wish);
    h->split_off = wish.split_horizon == RIPNG_SPLIT_OFF;
    snprintf(w->topology, sizeof w->topology, "home %s second cable", cable ? "with a" : "without");
    topology_finish(w);
    w->home = happens;
    for (unsigned who = 0; who < N_HOME; who++) {
        h->powered[who] = true;
        h->holds[who] = NOTHING;
        set(h, &h->own[who][ULA], true);
        if (who != MUTE)
            events_push(&w->events, w->now + rng_between(&w->rng, 0, 10 * SECOND), EV_START, who, 0, NULL);
    }
    later(h, 2 * SECOND, 15 * SECOND, WAN_BACK, h->wan_losses);
}

/* --- is all well? ------------------------------------------------------------------------------ */

static void look_at_loops(struct home *h)
{
    struct world *w = h->w;
    for (uint32_t pid = 0; pid < w->n_prefixes; pid++) {
        if (!w->loop_since[pid])
            continue;
        loops_look(w, &w->routers[w->loop_at[pid]], pid);
        if (w->loop_since[pid] && w->now - w->loop_since[pid] > loop_bound(w))
            world_fail(w, &w->routers[w->loop_at[pid]], "a loop to %s stands for %lld s", pid_text(w, pid),
                       (long long)((w->now - w->loop_since[pid]) / SECOND));
    }
}

static unsigned running(const struct home *h)
{
    unsigned which = 0;
    for (uint32_t i = 0; i < h->w->n_routers; i++)
        which |= router_runs(&h->w->routers[i]) ? 1U << i : 0;
    return which;
}

static void right(struct home *h)
{
    int64_t took = h->w->now - h->changed_at;
    if (!h->wrong)
        return;
    h->wrong = false;
    if (took > h->w->stats.converged)
        h->w->stats.converged = took;
    h->w->stats.settled++;
    h->w->stats.settling += took;
}

static void look(struct home *h)
{
    struct world *w = h->w;
    look_at_loops(h);
    if (running(h) != h->was_running)
        h->changed_at = w->now;
    h->was_running = running(h);
    if (h->noise)
        return;
    if (w->changes != h->seen) {
        h->seen = w->changes;
        oracle_compute(w);
        if (oracle_agrees(w, h->why, sizeof h->why))
            right(h);
        else
            h->wrong = true;
    }
    if (h->wrong && w->now - h->changed_at > RIGHT_AGAIN && w->now > h->patient_until)
        world_fail(w, NULL, "%lld s after the last change %s", (long long)((w->now - h->changed_at) / SECOND),
                   h->why);
}

static void pass(struct home *h, int64_t length)
{
    for (int64_t until = h->w->now + length; h->w->now < until && !h->w->failed;) {
        world_run(h->w, h->w->now + SECOND);
        look(h);
    }
}

void home_run(struct world *w, unsigned hours)
{
    struct home h = {.w = w};
    build(&h);
    pass(&h, 5 * MINUTE);
    later(&h, 0, 10 * MINUTE, NEXT, 0);
    pass(&h, hours * HOUR);
    h.over = true; /* what is broken is mended within two hours at the most */
    pass(&h, 2 * HOUR + 10 * MINUTE);
    if (!w->failed && (h.noise || h.wrong))
        world_fail(w, NULL, "not right in the end");
    for (uint32_t i = 0; i < w->n_routers && !w->failed; i++)
        if (router_runs(&w->routers[i]))
            check_tables(w, &w->routers[i]);
}
