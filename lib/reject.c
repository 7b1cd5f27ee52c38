/*
 * What neighbours announced lately and was not kept: filtered, over a limit, our own...
 *
 * Called by input.c for each RTE that it drops, read by read.c for `show route --all`.
 * A table of fixed size, keyed by prefix and neighbour: the newest take the
 * places of the oldest. It decides nothing, and good RTEs never come near it.
 */
#include "internal.h"

void reject_note(struct ripng *r, uint16_t peer, const struct ripng_rte *rte, enum ripng_reason why,
                 unsigned rule)
{
    const struct peer *from = peer_at(r, peer);
    if (rte->len > 128)
        return; /* no prefix that could be shown */
    struct ripng_prefix prefix = ripng_prefix_make(&rte->addr, rte->len);
    struct reject *bucket = r->rejects[ripng_prefix_hash(&prefix, r->hash_seed) % REJECT_BUCKETS];
    struct reject *place = bucket;
    for (unsigned i = 0; i < REJECT_WAYS; i++) {
        struct reject *e = &bucket[i];
        if (e->ifindex == from->ifindex && ripng_addr_equal(&e->from, &from->addr) &&
            ripng_prefix_equal(&e->prefix, &prefix)) {
            place = e;
            break;
        }
        if (place->ifindex && (!e->ifindex || e->time < place->time))
            place = e;
    }
    *place = (struct reject){.prefix = prefix,
                             .from = from->addr,
                             .ifindex = from->ifindex,
                             .tag = rte->tag,
                             .metric = rte->metric,
                             .why = (uint8_t)why,
                             .rule = rule,
                             .time = r->now};
}

/* Has the neighbour's route been taken since? */
static bool taken_since(const struct ripng *r, const struct reject *e)
{
    uint16_t peer = neigh_find(r, e->ifindex, &e->from);
    uint32_t route = table_find(r, &e->prefix);
    uint32_t path = peer && route ? table_path_from(r, route, peer) : 0;
    return path && path_at(r, path)->metric < INFINITY_METRIC && path_at(r, path)->time >= e->time;
}

const struct reject *reject_next(const struct ripng *r, int64_t now, uint32_t *cursor)
{
    while (*cursor < REJECT_BUCKETS * REJECT_WAYS) {
        uint32_t i = (*cursor)++;
        const struct reject *e = &r->rejects[i / REJECT_WAYS][i % REJECT_WAYS];
        if (e->ifindex && now - e->time < r->config.timers.timeout_us && !taken_since(r, e))
            return e;
    }
    return NULL;
}
