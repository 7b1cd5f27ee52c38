/*
 * Sets of next hops: what the kernel has, or is to have, for a route.
 *
 * Called by fib.c, by select.c for their order, by read.c. A route names its next
 * hops by 16 bits, so that a table of single paths pays nothing for multipath: the
 * number of a peer, or with HOPS_SET the number of a set that is stored once,
 * however many routes share it. Equal sets have equal numbers. A set holds its
 * peers; routes hold the set. RFC 2080 knows one next hop a route: which others may
 * be used is for select.c.
 *
 * Neighbours choose the sets, so there is a limit, and memory may fail: then a
 * route has to do with its chosen path alone until a set is free again.
 */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

#define SETS_MAX 32768 /* numbers of 15 bits, without 0 and what would be FIB_DISCARD */

/* --- order ------------------------------------------------------------------------- */

/* The same after a restart: peers' numbers are not. */
bool hops_before(const struct ripng *r, uint16_t a, uint16_t b)
{
    const struct peer *x = peer_at(r, a), *y = peer_at(r, b);
    if (x->ifindex != y->ifindex)
        return x->ifindex < y->ifindex;
    return memcmp(&x->addr, &y->addr, sizeof x->addr) < 0;
}

/* The first of `h` is the chosen one; a set knows no first. */
static void sort(const struct ripng *r, const struct hops *h, uint16_t *peer)
{
    for (unsigned i = 0; i < h->n; i++) {
        unsigned at = i;
        for (; at && hops_before(r, h->peer[i], peer[at - 1]); at--)
            peer[at] = peer[at - 1];
        peer[at] = h->peer[i];
    }
}

/* --- finding ----------------------------------------------------------------------- */

static uint16_t *bucket_of(const struct ripng *r, const uint16_t *peer, unsigned n)
{
    uint64_t h = ripng_hash_bytes(peer, n * sizeof *peer, r->hash_seed);
    return (uint16_t *)&r->set_buckets[h % SET_BUCKETS];
}

static uint16_t find(const struct ripng *r, const uint16_t *peer, unsigned n)
{
    uint16_t i = *bucket_of(r, peer, n);
    while (i && (r->sets[i].n != n || memcmp(r->sets[i].peer, peer, n * sizeof *peer) != 0))
        i = r->sets[i].next;
    return i;
}

uint16_t hops_id(const struct ripng *r, const struct hops *h)
{
    if (h->n <= 1)
        return h->n ? h->peer[0] : 0;
    uint16_t peer[RIPNG_NEXTHOPS_MAX];
    sort(r, h, peer);
    uint16_t i = find(r, peer, h->n);
    if (!i && r->sets_full)
        return h->peer[0];
    return (uint16_t)(HOPS_SET | i);
}

const uint16_t *hops_list(const struct ripng *r, const uint16_t *id, unsigned *n)
{
    *n = *id && *id != FIB_DISCARD;
    if (!hops_is_set(*id))
        return id;
    const struct hop_set *s = &r->sets[*id & ~HOPS_SET];
    *n = s->n;
    return s->peer;
}

bool hops_contain(const struct ripng *r, uint16_t id, uint16_t peer)
{
    unsigned n;
    const uint16_t *list = hops_list(r, &id, &n);
    for (unsigned i = 0; i < n; i++)
        if (list[i] == peer)
            return true;
    return false;
}

/* --- holding ----------------------------------------------------------------------- */

static bool sets_grow(struct ripng *r)
{
    uint32_t n = r->n_sets ? r->n_sets * 2 : 16;
    if (n > SETS_MAX) {
        r->drops[RIPNG_WHY_HOPS_LIMIT]++;
        engine_event_why(r, RIPNG_EV_LIMIT, 0, RIPNG_WHY_HOPS_LIMIT);
        return false;
    }
    struct hop_set *grown = realloc(r->sets, n * sizeof *grown);
    if (!grown) {
        r->drops[RIPNG_WHY_MEMORY]++;
        engine_event(r, RIPNG_EV_NO_MEMORY, 0);
        return false;
    }
    memset(grown + r->n_sets, 0, (n - r->n_sets) * sizeof *grown);
    for (uint32_t i = n - 1 - (n == SETS_MAX); i >= r->n_sets && i; i--) {
        grown[i].next = r->free_set;
        r->free_set = (uint16_t)i;
    }
    r->sets = grown;
    r->n_sets = n;
    return true;
}

static uint16_t set_add(struct ripng *r, const uint16_t *peer, unsigned n)
{
    if (!r->free_set && !sets_grow(r))
        return 0;
    uint16_t i = r->free_set, *b = bucket_of(r, peer, n);
    struct hop_set *s = &r->sets[i];
    r->free_set = s->next;
    *s = (struct hop_set){.next = *b, .n = (uint16_t)n};
    memcpy(s->peer, peer, n * sizeof *peer);
    *b = i;
    for (unsigned k = 0; k < n; k++)
        peer_at(r, peer[k])->refs++;
    return i;
}

static void set_free(struct ripng *r, uint16_t i)
{
    struct hop_set *s = &r->sets[i];
    uint16_t *at = bucket_of(r, s->peer, s->n);
    while (*at != i)
        at = &r->sets[*at].next;
    *at = s->next;
    for (unsigned k = 0; k < s->n; k++) {
        peer_at(r, s->peer[k])->refs--;
        neigh_release(r, s->peer[k]);
    }
    *s = (struct hop_set){.next = r->free_set};
    r->free_set = i;
    r->sets_full = false;
}

void hops_hold(struct ripng *r, uint16_t id)
{
    if (hops_is_set(id))
        r->sets[id & ~HOPS_SET].refs++;
    else if (id && id != FIB_DISCARD)
        peer_at(r, id)->refs++;
}

void hops_drop(struct ripng *r, uint16_t id)
{
    if (hops_is_set(id)) {
        if (!--r->sets[id & ~HOPS_SET].refs)
            set_free(r, id & (uint16_t)~HOPS_SET);
    } else if (id && id != FIB_DISCARD) {
        peer_at(r, id)->refs--;
        neigh_release(r, id);
    }
}

uint16_t hops_take(struct ripng *r, const struct hops *h)
{
    uint16_t id = hops_id(r, h);
    if (id == HOPS_NEW) {
        uint16_t peer[RIPNG_NEXTHOPS_MAX];
        sort(r, h, peer);
        uint16_t i = set_add(r, peer, h->n);
        r->sets_full = !i;
        id = i ? HOPS_SET | i : h->peer[0];
    }
    hops_hold(r, id);
    return id;
}

void hops_retry(struct ripng *r)
{
    r->sets_full = false;
}

void hops_clear(struct ripng *r)
{
    free(r->sets);
}
