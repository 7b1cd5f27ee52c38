/*
 * Peers: addresses on interfaces, as neighbours heard, as next hops, or both.
 *
 * Called by input.c (neighbours), by table.c and fib.c (next hops). A peer lives
 * while a path or a kernel route names it or while it counts as a neighbour; the
 * settings bound the neighbours, 15-bit numbers bound the rest.
 */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

/*
 * 15 bits: the sixteenth tells a set of them, see hops.c. Beyond it no neighbour is heard, and
 * where one names a next hop for others the sender itself is used.
 */
#define PEERS_MAX 32767

/* neigh_expire() is to look no later than then. */
static void expire_by(struct ripng *r, int64_t due)
{
    if (due < r->neigh_due)
        r->neigh_due = due;
}

static uint16_t *bucket_of(const struct ripng *r, uint32_t ifindex, const struct in6_addr *addr)
{
    uint8_t key[20];
    memcpy(key, addr, 16);
    memcpy(key + 16, &ifindex, 4);
    uint64_t h = ripng_hash_bytes(key, sizeof key, r->hash_seed);
    return (uint16_t *)&r->peer_buckets[h % PEER_BUCKETS];
}

uint16_t neigh_find(const struct ripng *r, uint32_t ifindex, const struct in6_addr *addr)
{
    uint16_t i = *bucket_of(r, ifindex, addr);
    while (i && (r->peers[i].ifindex != ifindex || !ripng_addr_equal(&r->peers[i].addr, addr)))
        i = r->peers[i].hash_next;
    return i;
}

/* Free slots hang on a list by hash_next; a full array doubles. */
static bool peers_grow(struct ripng *r)
{
    uint32_t n = r->n_peers ? r->n_peers * 2 : 16;
    if (n > PEERS_MAX + 1)
        n = PEERS_MAX + 1;
    if (n <= r->n_peers)
        return false;
    struct peer *grown = realloc(r->peers, n * sizeof *grown);
    if (!grown)
        return false;
    memset(grown + r->n_peers, 0, (n - r->n_peers) * sizeof *grown);
    for (uint32_t i = n - 1; i >= r->n_peers && i; i--) {
        grown[i].hash_next = r->free_peer;
        r->free_peer = (uint16_t)i;
    }
    r->peers = grown;
    r->n_peers = n;
    return true;
}

uint16_t neigh_add(struct ripng *r, uint32_t ifindex, const struct in6_addr *addr)
{
    uint16_t i = neigh_find(r, ifindex, addr);
    if (i)
        return i;
    if (!r->free_peer && !peers_grow(r))
        return 0;
    i = r->free_peer;
    struct peer *p = &r->peers[i];
    r->free_peer = p->hash_next;
    uint16_t *b = bucket_of(r, ifindex, addr);
    *p = (struct peer){.addr = *addr, .ifindex = ifindex, .hash_next = *b, .used = true};
    *b = i;
    r->n_gateways++;
    return i;
}

/* One found dead is remembered as long as others name it, or each time it would be believed again. */
void neigh_release(struct ripng *r, uint16_t i)
{
    struct peer *p = &r->peers[i];
    if (p->refs || p->heard || p->gone)
        return;
    uint16_t *at = bucket_of(r, p->ifindex, &p->addr);
    while (*at != i)
        at = &r->peers[*at].hash_next;
    *at = p->hash_next;
    *p = (struct peer){.hash_next = r->free_peer};
    r->free_peer = i;
    r->n_gateways--;
}

/* Packets of one update follow each other quickly: those are no silence. */
static void note_silence(const struct ripng *r, struct peer *p)
{
    int64_t us = r->now - p->seen;
    if (p->packets && us >= r->config.timers.timeout_us / 64)
        p->silences_ms[p->n_silences++ % PEER_SILENCES] = (uint32_t)(us / 1000);
}

/*
 * The second longest of its last silences: the regular update, RFC 2080 2.3, is the
 * longest there should be, triggered ones only shorten some, and the longest may be
 * an outage or a lost packet.
 */
int64_t neigh_interval(const struct peer *p)
{
    uint32_t longest = 0, second = 0;
    for (uint32_t i = 0; i < p->n_silences && i < PEER_SILENCES; i++) {
        uint32_t ms = p->silences_ms[i];
        if (ms > longest) {
            second = longest;
            longest = ms;
        } else if (ms > second) {
            second = ms;
        }
    }
    return p->n_silences < 2 ? -1 : (int64_t)second * 1000;
}

uint16_t neigh_heard(struct ripng *r, uint32_t ifindex, const struct in6_addr *addr, enum ripng_reason *why)
{
    uint16_t i = neigh_find(r, ifindex, addr);
    if (!i || !r->peers[i].heard) {
        *why = RIPNG_WHY_NEIGHBOR_LIMIT;
        if (r->n_heard >= r->config.limits.neighbors)
            return 0;
        *why = RIPNG_WHY_MEMORY;
        i = neigh_add(r, ifindex, addr);
        if (!i)
            return 0;
        r->peers[i].heard = true;
        r->n_heard++;
        struct ripng_event *e = engine_event(r, RIPNG_EV_NEIGH_NEW, ifindex);
        if (e)
            e->neighbor = *addr;
    }
    struct peer *p = &r->peers[i];
    note_silence(r, p);
    p->seen = r->now;
    p->packets++;
    detect_heard(r, i);
    expire_by(r, r->now + r->config.timers.timeout_us);
    return i;
}

void neigh_named_dead(struct ripng *r, uint16_t i)
{
    struct peer *p = &r->peers[i];
    if (p->heard)
        return;
    p->seen = r->now;
    expire_by(r, r->now + r->config.timers.timeout_us);
}

void neigh_revive(struct ripng *r, uint16_t i)
{
    r->peers[i].gone = false;
    neigh_release(r, i);
}

static void neigh_gone(struct ripng *r, uint16_t i)
{
    struct peer *p = &r->peers[i];
    struct ripng_event *e = engine_event(r, RIPNG_EV_NEIGH_GONE, p->ifindex);
    if (e)
        e->neighbor = p->addr;
    p->heard = false;
    p->packets = p->bad_packets = p->bad_routes = 0;
    p->last_why = RIPNG_WHY_NONE;
    p->n_silences = 0;
    r->n_heard--;
    if (p->gone)
        neigh_named_dead(r, i);
    neigh_release(r, i);
}

/* A neighbour whose paths still time out is looked at again a little later. */
void neigh_expire(struct ripng *r)
{
    if (r->neigh_due > r->now)
        return;
    r->neigh_due = NEVER;
    for (uint32_t i = 1; i < r->n_peers; i++) {
        struct peer *p = &r->peers[i];
        if (!p->heard && !p->gone)
            continue;
        int64_t due = p->seen + r->config.timers.timeout_us;
        if (due <= r->now && !p->heard) {
            neigh_revive(r, (uint16_t)i);
            continue;
        }
        if (due <= r->now && !p->routes) {
            neigh_gone(r, (uint16_t)i);
            continue;
        }
        if (due <= r->now)
            due = r->now + 1000000;
        expire_by(r, due);
    }
}

void neigh_lose_iface(struct ripng *r, uint32_t ifindex)
{
    for (uint32_t i = 1; i < r->n_peers; i++) {
        if (r->peers[i].ifindex != ifindex)
            continue;
        if (r->peers[i].gone)
            neigh_revive(r, (uint16_t)i);
        if (r->peers[i].heard)
            neigh_gone(r, (uint16_t)i);
    }
}

int64_t neigh_deadline(const struct ripng *r)
{
    return r->neigh_due;
}
