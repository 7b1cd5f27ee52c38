/*
 * Failure detection: a next hop that has gone silent is asked, and lost if it is gone.
 *
 * Called by input.c (a neighbour spoke), fib.c (a next hop is used or not any more),
 * and by engine.c for what the kernel's neighbour unreachability detection says
 * (RFC 4861 7.3) and when it is time to look. RFC 2080 knows the timeout alone, 180
 * seconds; this finds a cut that both ends' links survive in under ten.
 *
 *  - A next hop that we use and that was silent for SILENCE_US is asked for through
 *    the kernel: a neighbour solicitation. Alive, it answers within milliseconds and
 *    is left alone for another SILENCE_US.
 *  - No answer: it is asked again every GAP_US. The kernel's own three attempts would
 *    call one neighbour in eight dead on a link that loses a third of its packets;
 *    PROBES of them make that once in years.
 *  - The kernel itself gives up on it (NUD_FAILED): we begin to ask at once, silent or
 *    not, for the same reason.
 *
 * One found dead is no next hop until it gives a sign of life, for which it is asked now
 * and then: others may go on naming it in their next-hop RTEs. Where the kernel can't ask, nobody is declared
 * dead: the timeout remains.
 */
#include "internal.h"

#define SILENCE_US 5000000LL
#define GAP_US 150000LL
#define PROBES 26

static void look_again(struct ripng *r, struct peer *p, int64_t when)
{
    p->probe_due = when;
    if (when < r->detect_due)
        r->detect_due = when;
}

static void alive(struct ripng *r, struct peer *p)
{
    p->alive = r->now;
    p->probes = 0;
    if (p->gone) {
        struct ripng_event *e = engine_event(r, RIPNG_EV_NEIGH_BACK, p->ifindex);
        if (e)
            e->neighbor = p->addr;
        advert_ask_all(r); /* who knows a way through it was not believed until now */
    }
    p->gone = false;
    if (p->hops)
        look_again(r, p, r->now + SILENCE_US);
}

void detect_heard(struct ripng *r, uint16_t peer)
{
    alive(r, peer_at(r, peer));
}

void detect_used(struct ripng *r, uint16_t peer)
{
    struct peer *p = peer_at(r, peer);
    if (p->hops++ == 0)
        alive(r, p);
}

void detect_unused(struct ripng *r, uint16_t peer)
{
    peer_at(r, peer)->hops--;
}

static void dead(struct ripng *r, uint16_t peer)
{
    struct peer *p = peer_at(r, peer);
    struct ripng_event *e = engine_event(r, RIPNG_EV_NEIGH_SILENT, p->ifindex);
    if (e)
        e->neighbor = p->addr;
    p->probes = 0;
    p->gone = true;
    neigh_named_dead(r, peer);
    look_again(r, p, r->now + SILENCE_US);
    p->refs++; /* the last route through it must not take it along */
    select_lose_gateway(r, peer);
    adopt_disown_gateway(r, peer);
    p = peer_at(r, peer);
    p->refs--;
    neigh_release(r, peer);
}

void detect_neighbor(struct ripng *r, uint32_t ifindex, const struct in6_addr *addr, bool reachable)
{
    uint16_t peer = neigh_find(r, ifindex, addr);
    struct peer *p = peer ? peer_at(r, peer) : NULL;
    if (!p || !r->config.failure_detection)
        return;
    if (reachable) {
        alive(r, p);
        neigh_release(r, peer);
    } else if (p->hops && !p->probes) {
        look_again(r, p, r->now);
    }
}

/* --- asking ----------------------------------------------------------------------- */

/* One that is asked for is looked at again after GAP_US, whether the kernel took the question or not. */
static void ask(struct ripng *r, struct peer *p)
{
    p->probes++;
    p->probe_wish = true;
    r->n_probe_wishes++;
    look_again(r, p, r->now + GAP_US);
}

/* One found dead may come back without a word of RIPng. */
static void ask_again(struct ripng *r, struct peer *p)
{
    if (!p->probe_wish)
        ask(r, p);
    p->probes = 0;
    look_again(r, p, r->now + SILENCE_US);
}

void detect_tick(struct ripng *r)
{
    if (r->detect_due > r->now)
        return;
    r->detect_due = NEVER;
    if (!r->config.failure_detection)
        return;
    for (uint32_t i = 1; i < r->n_peers; i++) {
        struct peer *p = &r->peers[i];
        if (!p->used || !(p->hops || p->gone))
            continue;
        if (p->probe_due > r->now)
            look_again(r, p, p->probe_due);
        else if (p->gone)
            ask_again(r, p);
        else if (p->probes >= PROBES)
            dead(r, (uint16_t)i);
        else if (!p->probe_wish)
            ask(r, p);
        else
            look_again(r, p, r->now + GAP_US);
    }
}

bool detect_next_change(struct ripng *r, struct ripng_change *out)
{
    for (uint32_t i = 1; r->n_probe_wishes && i < r->n_peers; i++) {
        struct peer *p = &r->peers[i];
        if (!p->probe_wish)
            continue;
        p->probe_wish = false;
        r->n_probe_wishes--;
        if (!p->used)
            continue;
        *out = (struct ripng_change){
            .kind = RIPNG_NEIGH_PROBE,
            .id = fib_take_off(r, RIPNG_NEIGH_PROBE, i),
            .ifindex = p->ifindex,
            .gateway = p->addr,
        };
        return true;
    }
    r->n_probe_wishes = 0;
    return false;
}

/* A question that the kernel can't ask proves nothing. */
void detect_answer(struct ripng *r, uint32_t peer, int error)
{
    struct peer *p = peer < r->n_peers ? &r->peers[peer] : NULL;
    if (!error || !p || !p->used)
        return;
    p->probes = 0;
    look_again(r, p, r->now + SILENCE_US);
}

void detect_reconfigure(struct ripng *r)
{
    r->detect_due = r->now;
    for (uint32_t i = 1; i < r->n_peers && !r->config.failure_detection; i++)
        if (r->peers[i].gone)
            neigh_revive(r, (uint16_t)i); /* nobody would notice its coming back */
}

int64_t detect_deadline(const struct ripng *r)
{
    return r->config.failure_detection ? r->detect_due : NEVER;
}
