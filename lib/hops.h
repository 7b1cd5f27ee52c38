/*
 * Sets of next hops: what a route's 16 bits for its next hops mean. See hops.c.
 *
 * A part of state.h.
 */
#ifndef RIPNG_HOPS_H
#define RIPNG_HOPS_H

#include "config.h"

struct ripng;

/*
 * Next hops of a route: the chosen path's first, the others by interface and address.
 * One with a path that is still blank is peer 0.
 */
struct hops {
    unsigned n;
    uint16_t peer[RIPNG_NEXTHOPS_MAX];
    uint32_t out[RIPNG_NEXTHOPS_MAX]; /* the interface of each */
};
/* Such a set, stored once for all routes that have it; see hops.c. */
struct hop_set {
    uint32_t refs; /* 0: free */
    uint16_t next; /* in its bucket, or of the free ones */
    uint16_t n;
    uint16_t peer[RIPNG_NEXTHOPS_MAX]; /* by interface and address */
};
#define SET_BUCKETS 256
#define HOPS_SET 0x8000u  /* in what names next hops: a set's number, not a peer's */
#define HOPS_NEW HOPS_SET /* a set that is not stored yet */

#define FIB_DISCARD UINT16_MAX /* no number of next hops: an aggregate's discard route */

bool hops_before(const struct ripng *r, uint16_t a, uint16_t b);
/* The peer, the set, HOPS_NEW; 0: none. Where no more can be stored, the first. */
uint16_t hops_id(const struct ripng *r, const struct hops *h);
uint16_t hops_take(struct ripng *r, const struct hops *h); /* the same, stored and held */
static inline bool hops_is_set(uint16_t id)
{
    return (id & HOPS_SET) && id != FIB_DISCARD;
}
void hops_hold(struct ripng *r, uint16_t id);
void hops_drop(struct ripng *r, uint16_t id);
/* Its peers; `*id` must outlive them. */
const uint16_t *hops_list(const struct ripng *r, const uint16_t *id, unsigned *n);
bool hops_contain(const struct ripng *r, uint16_t id, uint16_t peer);
void hops_retry(struct ripng *r); /* there may be room again */
void hops_clear(struct ripng *r);

#endif
