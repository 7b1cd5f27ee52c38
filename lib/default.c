/*
 * The default route of this router: whether the kernel has one, and what of it is told.
 *
 * Called by origin.c for kernel routes, by engine.c for links and settings. RFC 2080
 * 2.2 leaves to the administrator who announces ::/0; default-route.originate says it.
 *
 * With if-present it follows the kernel: a default route of any program but us, out of
 * a link that has its carrier. Ours (kernel.protocol) would be one that a neighbour
 * announced, and two routers would keep each other's alive; fib.c has those, and they
 * never come here. Source-specific ones ("default from PREFIX") are no routes to share,
 * but they are all that OpenWrt's odhcp6c installs, so they count and are kept here.
 */
#include "internal.h"

#include <stdlib.h>

static bool leads_out(const struct ripng *r, bool several, uint32_t ifindex)
{
    const struct iface *i = several ? NULL : iface_find(r, ifindex);
    return !i || !i->known || (i->link.up && !i->link.no_carrier);
}

bool default_present(const struct ripng *r, const struct route *t)
{
    for (uint32_t i = t->origin; i; i = kroute_at(r, i)->next) {
        const struct kroute *k = kroute_at(r, i);
        if (k->type == RIPNG_TYPE_UNICAST && leads_out(r, k->several, k->ifindex))
            return true;
    }
    for (size_t i = 0; i < r->n_source_defaults; i++) {
        const struct ripng_kernel_route *k = &r->source_defaults[i].k;
        if (leads_out(r, k->n_nexthops > 1, k->ifindex))
            return true;
    }
    return false;
}

void default_reconsider(struct ripng *r)
{
    static const struct ripng_prefix any;
    uint32_t route =
        r->config.default_route.originate == RIPNG_ORIGINATE_IF_PRESENT ? table_find(r, &any) : 0;
    if (route)
        origin_reconsider(r, route, RIPNG_WHY_WITHDRAWN);
}

/* --- source-specific ones ------------------------------------------------------------------ */

static bool counts(const struct ripng_kernel_route *k)
{
    return k->source_len && k->prefix.len == 0 && k->type == RIPNG_TYPE_UNICAST;
}

/* The kernel's key: no two have the same source and metric, but for parts of one multipath route. */
static bool same_place(const struct ripng_kernel_route *a, const struct ripng_kernel_route *b)
{
    return a->source_len == b->source_len && a->metric == b->metric &&
           ripng_addr_equal(&a->source, &b->source);
}

static bool same(const struct ripng_kernel_route *a, const struct ripng_kernel_route *b)
{
    return same_place(a, b) && a->ifindex == b->ifindex && a->protocol == b->protocol &&
           ripng_addr_equal(&a->gateway, &b->gateway);
}

static void remove_at(struct ripng *r, size_t i)
{
    r->source_defaults[i] = r->source_defaults[--r->n_source_defaults];
}

static void changed(struct ripng *r)
{
    if (r->dumped)
        advert_settle_own(r);
    default_reconsider(r);
}

static void add(struct ripng *r, const struct ripng_kernel_route *k)
{
    size_t n = r->n_source_defaults;
    struct source_default *grown = realloc(r->source_defaults, (n + 1) * sizeof *grown);
    if (!grown) {
        fib_redump_later(r, 0);
        return;
    }
    r->source_defaults = grown;
    grown[r->n_source_defaults++] = (struct source_default){.k = *k};
}

void default_kernel_route(struct ripng *r, const struct ripng_kernel_route *k, bool replaced)
{
    if (!k->source_len || k->prefix.len)
        return;
    for (size_t i = r->n_source_defaults; i-- > 0;) {
        struct source_default *d = &r->source_defaults[i];
        if (same(&d->k, k) && counts(k)) {
            d->stale = false;
            return;
        }
        if (replaced && same_place(&d->k, k))
            remove_at(r, i);
    }
    if (counts(k))
        add(r, k);
    changed(r);
}

void default_kernel_route_gone(struct ripng *r, const struct ripng_kernel_route *k)
{
    if (!counts(k))
        return;
    for (size_t i = r->n_source_defaults; i-- > 0;)
        if (same(&r->source_defaults[i].k, k))
            remove_at(r, i);
    changed(r);
}

void default_stale_all(struct ripng *r)
{
    for (size_t i = 0; i < r->n_source_defaults; i++)
        r->source_defaults[i].stale = true;
}

void default_sweep(struct ripng *r)
{
    size_t n = r->n_source_defaults;
    for (size_t i = n; i-- > 0;)
        if (r->source_defaults[i].stale)
            remove_at(r, i);
    if (n != r->n_source_defaults)
        changed(r);
}

/* --- settings ------------------------------------------------------------------------------- */

void default_reconfigure(struct ripng *r, const struct ripng_default_config *old)
{
    static const struct ripng_prefix any;
    bool accept = r->config.default_route.accept;
    uint32_t route = table_find(r, &any);
    if (accept && !old->accept && r->dumped)
        advert_ask_all(r);
    if (accept || !route)
        return;
    select_lose_learned(r, route, RIPNG_WHY_CONFIG);
    fib_update(r, route); /* nor is one of an earlier run kept */
    table_release(r, route);
}

void default_clear(struct ripng *r)
{
    free(r->source_defaults);
}
