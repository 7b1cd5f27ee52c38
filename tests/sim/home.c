/*
 * The home: what it is made of, and whether all is well in it. See home.h.
 *
 * Called by sim.c. What happens to it is in home_fate.c.
 */
#include "home_parts.h"

#include "check.h"
#include "oracle.h"
#include "router.h"
#include "topology.h"

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
    const struct in6_addr *r1 = &home_port(h, R1, LAN)->link_local, *isp = &w->links[WAN].host;
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
            pieces[n++] = give(h, &h->lease[who][g], R1, LAN, &whole, PROTO_STATIC,
                               &home_port(h, who, LAN)->link_local);
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
    w->home = home_happens;
    for (unsigned who = 0; who < N_HOME; who++) {
        h->powered[who] = true;
        h->holds[who] = NOTHING;
        home_set(h, &h->own[who][ULA], true);
        if (who != MUTE)
            events_push(&w->events, w->now + rng_between(&w->rng, 0, 10 * SECOND), EV_START, who, 0, NULL);
    }
    home_later(h, 2 * SECOND, 15 * SECOND, WAN_BACK, h->wan_losses);
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
    home_later(&h, 0, 10 * MINUTE, NEXT, 0);
    pass(&h, hours * HOUR);
    h.over = true; /* what is broken is mended within two hours at the most */
    pass(&h, 2 * HOUR + 10 * MINUTE);
    if (!w->failed && (h.noise || h.wrong))
        world_fail(w, NULL, "not right in the end");
    for (uint32_t i = 0; i < w->n_routers && !w->failed; i++)
        if (router_runs(&w->routers[i]))
            check_tables(w, &w->routers[i]);
}
