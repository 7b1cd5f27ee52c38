/*
 * Reading the engine's tables, for `show` and for tests.
 *
 * Called by the control socket between two turns of the daemon's work. Cursors
 * are pool indices or positions, so whatever changes in between, a walk neither
 * stops nor repeats itself; it only may miss what came after it had passed.
 */
#include "internal.h"

#include <string.h>

/* Between two inputs the engine's clock stands still; the reader's does not. */
static int64_t clock_of(const struct ripng *r, struct ripng_time now)
{
    return now.us > r->now ? now.us : r->now;
}

static int64_t left_of(const struct ripng *r, const struct path *p, int64_t now)
{
    if (p->metric == INFINITY_METRIC)
        return p->time + r->config.timers.garbage_us - now;
    return p->peer ? p->time + r->config.timers.timeout_us - now : -1;
}

static void describe(const struct ripng *r, const struct route *t, int64_t now, struct ripng_route_info *out)
{
    const struct path *p = route_chosen(r, t);
    const struct peer *via = p->gateway ? peer_at(r, p->gateway) : NULL;
    bool garbage = p->metric == INFINITY_METRIC;
    int64_t left = left_of(r, p, now);
    *out = (struct ripng_route_info){
        .prefix = route_prefix(t),
        .metric = p->metric,
        .tag = p->tag,
        .source = (enum ripng_source)p->source,
        .state = garbage ? RIPNG_ROUTE_GARBAGE : RIPNG_ROUTE_VALID,
        .age_us = now - p->time,
        .expires_us = left < 0 && (garbage || p->peer) ? 0 : left,
        .installed = fib_installed(r, t),
    };
    if (via) {
        out->nexthop = via->addr;
        out->ifindex = via->ifindex;
    } else {
        out->ifindex = origin_ifindex(r, t);
    }
    if (!p->peer)
        return;
    struct hops h;
    select_hops(r, t, &h);
    out->n_nexthops = h.n;
    for (unsigned i = 0; i < h.n && h.n > 1; i++)
        out->nexthops[i] = (struct ripng_nexthop){h.out[i], peer_at(r, h.peer[i])->addr};
}

bool ripng_read_route(const struct ripng *r, struct ripng_time now, uint32_t *cursor,
                      struct ripng_route_info *out)
{
    for (uint32_t i = pool_next(&r->routes, *cursor); i; i = pool_next(&r->routes, i)) {
        *cursor = i;
        const struct route *t = route_at(r, i);
        if (!t->paths)
            continue;
        describe(r, t, clock_of(r, now), out);
        return true;
    }
    *cursor = UINT32_MAX - 1;
    return false;
}

bool ripng_match_route(const struct ripng *r, struct ripng_time now, const struct ripng_prefix *p,
                       struct ripng_route_info *out)
{
    const struct route *garbage = NULL;
    for (int len = p->len; len >= 0; len--) {
        struct ripng_prefix key = ripng_prefix_make(&p->addr, (unsigned)len);
        uint32_t i = table_find(r, &key);
        const struct route *t = i ? route_at(r, i) : NULL;
        if (!t || !t->paths)
            continue;
        if (route_chosen(r, t)->metric < INFINITY_METRIC) {
            describe(r, t, clock_of(r, now), out);
            return true;
        }
        if (!garbage)
            garbage = t;
    }
    if (garbage)
        describe(r, garbage, clock_of(r, now), out);
    return garbage != NULL;
}

bool ripng_read_neigh(const struct ripng *r, struct ripng_time now, uint32_t *cursor,
                      struct ripng_neigh_info *out)
{
    for (uint32_t i = *cursor + 1; i && i < r->n_peers; i++) {
        const struct peer *p = &r->peers[i];
        *cursor = i;
        if (!p->heard)
            continue;
        *out = (struct ripng_neigh_info){
            .address = p->addr,
            .ifindex = p->ifindex,
            .routes = p->routes,
            .seen_us = clock_of(r, now) - p->seen,
            .interval_us = neigh_interval(p),
            .packets = p->packets,
            .bad_packets = p->bad_packets,
            .bad_routes = p->bad_routes,
        };
        return true;
    }
    return false;
}

static uint32_t neighbors_on(const struct ripng *r, uint32_t ifindex)
{
    uint32_t n = 0;
    for (uint32_t i = 1; i < r->n_peers; i++)
        n += r->peers[i].heard && r->peers[i].ifindex == ifindex;
    return n;
}

bool ripng_read_iface(const struct ripng *r, uint32_t *cursor, struct ripng_iface_info *out)
{
    while (*cursor < r->n_ifaces) {
        const struct iface *i = r->ifaces[(*cursor)++];
        if (!i->known || !i->config->enabled || i->link.loopback || i->link.port)
            continue;
        bool all = !r->config.n_ifaces; /* the section is the built-in one */
        if (!i->link.multicast && (all || strcmp(i->config->pattern, i->link.name) != 0))
            continue;
        *out = (struct ripng_iface_info){
            .ifindex = i->link.ifindex,
            .address = i->designated,
            .mtu = i->link.mtu,
            .up = iface_runs(i),
            .passive = i->config->passive,
            .metric = i->config->metric,
            .split_horizon = i->config->split_horizon,
            .neighbors = neighbors_on(r, i->link.ifindex),
            .rx_packets = i->rx_packets,
            .tx_packets = i->tx_packets,
            .rx_errors = i->rx_errors,
        };
        memcpy(out->name, i->link.name, sizeof out->name);
        if (!all)
            memcpy(out->section, i->config->pattern, sizeof out->section);
        return true;
    }
    return false;
}

const char *ripng_iface_name(const struct ripng *r, uint32_t ifindex)
{
    const struct iface *i = iface_find(r, ifindex);
    return i && i->known ? i->link.name : "?";
}

void ripng_read_status(const struct ripng *r, struct ripng_time now, struct ripng_status *out)
{
    *out = (struct ripng_status){
        .uptime_us = clock_of(r, now) - r->started,
        .installed = r->n_installed,
        .neighbors = r->n_heard,
        .kernel_pending = fib_pending(r),
        .rx_packets = r->rx_packets,
        .tx_packets = r->tx_packets,
        .rx_errors = r->rx_errors,
        .kernel_errors = r->kernel_errors,
        .kernel_resyncs = r->kernel_resyncs,
        .events_lost = r->events_lost,
        .packets_lost = r->packets_lost,
        .timers = r->config.timers,
        .kernel = r->config.kernel,
    };
    for (unsigned s = 0; s < RIPNG_N_REDISTRIBUTE; s++)
        out->redistribute[s] = r->config.redistribute[s].enabled;
    memcpy(out->drops, r->drops, sizeof out->drops);
    for (uint32_t i = pool_next(&r->routes, 0); i; i = pool_next(&r->routes, i)) {
        const struct path *p = route_chosen(r, route_at(r, i));
        out->routes += p && p->metric < INFINITY_METRIC;
        out->garbage += p && p->metric == INFINITY_METRIC;
    }
    for (size_t k = 0; k < r->n_ifaces; k++)
        out->interfaces += iface_runs(r->ifaces[k]);
}
