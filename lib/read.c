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

/* A path by itself. */
static void describe_path(const struct ripng *r, const struct route *t, const struct path *p, int64_t now,
                          struct ripng_route_info *out)
{
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
    };
    if (via) {
        out->nexthop = via->addr;
        out->ifindex = via->ifindex;
    } else {
        out->ifindex = origin_ifindex(r, t);
    }
}

static void describe(const struct ripng *r, const struct route *t, int64_t now, struct ripng_route_info *out)
{
    const struct path *p = route_chosen(r, t);
    describe_path(r, t, p, now, out);
    out->installed = fib_installed(r, t);
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

/* --- every path ----------------------------------------------------------------------- */

static bool is_hop(const struct ripng *r, const struct route *t, const struct path *p)
{
    struct hops h;
    select_hops(r, t, &h);
    for (unsigned i = 0; i < h.n; i++)
        if (h.peer[i] == p->gateway)
            return true;
    return false;
}

/* RIPNG_WHY_NONE: it is used. */
static enum ripng_reason why_unused(const struct ripng *r, const struct route *t, const struct path *p)
{
    const struct path *chosen = route_chosen(r, t);
    if (p->metric == INFINITY_METRIC)
        return RIPNG_WHY_GARBAGE;
    if (p == chosen && p->peer && (t->flags & FIB_BLOCKED))
        return RIPNG_WHY_FOREIGN;
    if (p == chosen && p->peer && (t->flags & FIB_REFUSED))
        return RIPNG_WHY_REFUSED;
    if (p == chosen)
        return RIPNG_WHY_NONE;
    if (!chosen->peer || (t->flags & ROUTE_OWNED))
        return RIPNG_WHY_OWNED;
    if (p->metric < chosen->metric)
        return RIPNG_WHY_NOT_FEASIBLE; /* a chosen one in garbage included */
    if (p->metric > chosen->metric)
        return RIPNG_WHY_WORSE;
    return is_hop(r, t, p) ? RIPNG_WHY_NONE : RIPNG_WHY_EQUAL;
}

static void describe_reject(const struct ripng *r, const struct reject *e, int64_t now,
                            struct ripng_path_info *out)
{
    *out = (struct ripng_path_info){
        .route = {.prefix = e->prefix,
                  .nexthop = e->from,
                  .ifindex = e->ifindex,
                  .metric = e->metric,
                  .tag = e->tag,
                  .source = RIPNG_SOURCE_RIPNG,
                  .age_us = now - e->time,
                  .expires_us = r->config.timers.timeout_us - (now - e->time)},
        .from = e->from,
        .why = (enum ripng_reason)e->why,
        .rule = e->rule,
    };
}

/* The path behind the cursor, of this route or of one behind it. */
static const struct path *path_behind(const struct ripng *r, struct ripng_path_cursor *c)
{
    if (c->route == UINT32_MAX)
        return NULL;
    uint32_t i = pool_next(&r->routes, c->route ? c->route - 1 : 0);
    for (; i; i = pool_next(&r->routes, i)) {
        if (i != c->route)
            c->path = 0;
        c->route = i;
        uint32_t at = route_at(r, i)->paths;
        for (uint32_t n = 0; at && n < c->path; n++)
            at = path_at(r, at)->next;
        if (at) {
            c->path++;
            return path_at(r, at);
        }
    }
    c->route = UINT32_MAX;
    return NULL;
}

bool ripng_read_path(const struct ripng *r, struct ripng_time now, struct ripng_path_cursor *cursor,
                     struct ripng_path_info *out)
{
    const struct path *p = path_behind(r, cursor);
    if (p) {
        const struct route *t = route_at(r, p->route);
        *out = (struct ripng_path_info){.why = why_unused(r, t, p)};
        describe_path(r, t, p, clock_of(r, now), &out->route);
        out->used = out->why == RIPNG_WHY_NONE;
        out->route.installed = out->used && p->peer && fib_installed(r, t);
        if (p->peer)
            out->from = peer_at(r, p->peer)->addr;
        return true;
    }
    const struct reject *e = reject_next(r, clock_of(r, now), &cursor->reject);
    if (e)
        describe_reject(r, e, clock_of(r, now), out);
    return e != NULL;
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
            .last_error = p->last_why,
            .last_error_us = clock_of(r, now) - p->last_error,
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
            .why = iface_obstacle(r, i),
            .passive = i->config->passive,
            .metric = i->config->metric,
            .split_horizon = i->config->split_horizon,
            .neighbors = neighbors_on(r, i->link.ifindex),
            .rx_packets = i->rx_packets,
            .tx_packets = i->tx_packets,
            .rx_errors = i->rx_errors,
        };
        memcpy(out->drops, i->drops, sizeof out->drops);
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
        .routes = r->n_valid,
        .garbage = r->n_pathed - r->n_valid,
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
        .kernel_retries = r->n_retry,
        .kernel_retry_us = r->n_retry ? r->retry_due - clock_of(r, now) : -1,
        .timers = r->config.timers,
        .kernel = r->config.kernel,
    };
    for (unsigned s = 0; s < RIPNG_N_REDISTRIBUTE; s++)
        out->redistribute[s] = r->config.redistribute[s].enabled;
    if (r->n_retry && out->kernel_retry_us < 0)
        out->kernel_retry_us = 0; /* about to happen */
    memcpy(out->drops, r->drops, sizeof out->drops);
    for (size_t k = 0; k < r->n_ifaces; k++)
        out->interfaces += iface_runs(r->ifaces[k]);
}
