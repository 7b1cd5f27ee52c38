/*
 * Checks: the kernel's routes against what the daemon shares and has learned.
 *
 * Called by cmd_doctor.c. What somebody may want so (a filtered guest network, a
 * prefix that is on its way out) is no finding.
 */
#include "doctor.h"

#include <linux/if_addr.h>
#include <string.h>

static bool is_global(const struct in6_addr *a)
{
    struct ripng_prefix p = ripng_prefix_make(a, 128);
    return !ripng_prefix_martian(&p);
}

/* Its way to the rest of the world. */
static bool is_uplink(const struct doctor *d, uint32_t ifindex)
{
    const struct doctor_kroute *k = d->kroutes.items;
    for (size_t i = 0; i < d->kroutes.n; i++)
        if (k[i].prefix.len == 0 && k[i].ifindex == ifindex && !k[i].discard)
            return true;
    return false;
}

/* Shared by the daemon: itself, or as a part of something on that interface; NULL prefix: anything there. */
static bool is_shared(const struct doctor *d, const struct ripng_prefix *p, const char *link)
{
    const struct doctor_route *r = d->daemon.routes.items;
    for (size_t i = 0; i < d->daemon.routes.n; i++) {
        if (r[i].learned || (link && strcmp(r[i].interface, link) != 0))
            continue;
        if (!p || (r[i].prefix.len > 0 && ripng_prefix_contains(&r[i].prefix, p)))
            return true;
    }
    return false;
}

/* An on-link route for the prefix; of the daemon's table rather than of another. */
static const struct doctor_kroute *on_link(const struct doctor *d, const struct ripng_prefix *p,
                                           uint32_t ifindex)
{
    const struct doctor_kroute *k = d->kroutes.items, *found = NULL;
    for (size_t i = 0; i < d->kroutes.n; i++) {
        if (k[i].ifindex != ifindex || k[i].discard || !ripng_addr_is_unspecified(&k[i].gateway) ||
            !ripng_prefix_equal(&k[i].prefix, p))
            continue;
        if (!found || k[i].table == d->daemon.table)
            found = &k[i];
    }
    return found;
}

static void mend_sharing(const struct doctor *d, struct doctor_finding *f)
{
    if (d->daemon.shares_connected)
        doctor_mend(f, "permit it in the filter of `redistribute connected` in %s",
                    d->openwrt ? "/etc/config/ripngd, then: /etc/init.d/ripngd reload"
                               : "ripngd.conf, then: ripngctl reload");
    else if (d->openwrt)
        doctor_mend(f, "uci set ripngd.$(uci add ripngd redistribute).source=connected; uci commit ripngd; "
                       "/etc/init.d/ripngd reload");
    else
        doctor_mend(f, "set `redistribute connected { }` in ripngd.conf, then: ripngctl reload");
}

static void not_announced(struct doctor *d, const char *check, const struct doctor_link *l,
                          const struct doctor_addr *a)
{
    struct ripng_prefix p = ripng_prefix_make(&a->addr, a->len);
    char prefix[RIPNG_PREFIX_TEXT], word[DOCTOR_WORD];
    const struct doctor_kroute *k = on_link(d, &p, l->ifindex);
    bool deprecated = a->flags & IFA_F_DEPRECATED;
    struct doctor_finding *f;
    ripng_prefix_text(&p, prefix);
    doctor_word(l->name, word);
    if (k && k->table == d->daemon.table) {
        if (is_shared(d, NULL, NULL))
            return; /* it shares others: this one is filtered because somebody wants it so */
        f = doctor_find(d, check, DOCTOR_WARNING, l->name);
        doctor_say(f, "%s is not announced, and nothing else of this router: %s", prefix,
                   d->daemon.shares_connected ? "a filter denies it" : "`redistribute connected` is not set");
        mend_sharing(d, f);
    } else if (k) {
        f = doctor_find(d, check, DOCTOR_WARNING, l->name);
        doctor_say(f,
                   "%s is not announced: its route is in the kernel's table %u only, ripngd reads table %u",
                   prefix, k->table, d->daemon.table);
        doctor_mend(f, "ip -6 route add %s dev %s table %u", prefix, word, d->daemon.table);
    } else if (!deprecated) {
        f = doctor_find(d, check, DOCTOR_WARNING, l->name);
        doctor_say(f, "%s is not announced: there is an address of it, but no route", prefix);
        doctor_mend(f, "ip -6 route add %s dev %s table %u", prefix, word, d->daemon.table);
    } else if (!is_shared(d, NULL, l->name)) {
        f = doctor_find(d, check, DOCTOR_WARNING, l->name);
        doctor_say(f, "%s is not announced: it is deprecated, its route is gone, and nothing took its place",
                   prefix);
        doctor_mend(f, d->openwrt ? "ifup wan6" : "renew the delegated prefix, with dhcpcd: dhcpcd -n");
    }
}

/* Each LAN's prefix is shared, or there is a reason. */
void check_announced(struct doctor *d, const char *check)
{
    const struct doctor_addr *a = d->addrs.items;
    for (size_t i = 0; d->daemon.known && i < d->addrs.n; i++) {
        const struct doctor_link *l = doctor_link_at(d, a[i].ifindex);
        struct ripng_prefix p = ripng_prefix_make(&a[i].addr, a[i].len);
        if (!l || !doctor_link_plain(d, l) || l->master || !l->carrier || a[i].len == 128 ||
            !is_global(&a[i].addr) || (a[i].flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED)) ||
            is_uplink(d, l->ifindex) || is_shared(d, &p, l->name))
            continue;
        not_announced(d, check, l, &a[i]);
    }
}

/* --- the delegated prefix as a whole ------------------------------------------- */

/* A LAN's part of something that was delegated: its lifetime ends, and no advertisement made it. */
static bool is_part(const struct doctor *d, const struct doctor_addr *a)
{
    return a->len == 64 && a->finite && !a->from_ra && !(a->flags & IFA_F_DEPRECATED) &&
           is_global(&a->addr) && !is_uplink(d, a->ifindex);
}

/* The longest prefix of both, at a nibble as they are delegated. */
static struct ripng_prefix common(const struct in6_addr *a, const struct in6_addr *b)
{
    unsigned len = 60;
    struct ripng_prefix p, q;
    for (;; len -= 4) {
        p = ripng_prefix_make(a, len);
        q = ripng_prefix_make(b, len);
        if (ripng_prefix_equal(&p, &q))
            return p;
    }
}

static bool is_covered(const struct doctor *d, const struct ripng_prefix *p)
{
    const struct doctor_kroute *k = d->kroutes.items;
    for (size_t i = 0; i < d->kroutes.n; i++)
        if (k[i].discard && k[i].prefix.len > 0 && ripng_prefix_contains(&k[i].prefix, p))
            return true;
    return false;
}

/* Without it packets for the rest of the prefix go out by the default route, and come back. */
void check_aggregate(struct doctor *d, const char *check)
{
    const struct doctor_addr *a = d->addrs.items;
    for (size_t i = 0; i < d->addrs.n; i++) {
        for (size_t k = i + 1; is_part(d, &a[i]) && k < d->addrs.n; k++) {
            char prefix[RIPNG_PREFIX_TEXT];
            if (a[k].ifindex == a[i].ifindex || !is_part(d, &a[k]))
                continue;
            struct ripng_prefix p = common(&a[i].addr, &a[k].addr);
            if (p.len < 56 || is_covered(d, &p))
                continue;
            struct doctor_finding *f = doctor_find(d, check, DOCTOR_WARNING, NULL);
            ripng_prefix_text(&p, prefix);
            doctor_say(f,
                       "networks out of %s are here, but no route that stops packets to the rest of it: they "
                       "probably loop",
                       prefix);
            doctor_mend(f, "ip -6 route add unreachable %s metric 2147483647", prefix);
            return;
        }
    }
}

/* --- learned routes and those of others ------------------------------------------ */

static const struct doctor_route *learned_default(const struct doctor *d)
{
    const struct doctor_route *r = d->daemon.routes.items;
    for (size_t i = 0; i < d->daemon.routes.n; i++)
        if (r[i].learned && r[i].prefix.len == 0)
            return &r[i];
    return NULL;
}

/* A default route of somebody else that the kernel prefers to a learned one; any: for whatever source. */
static const struct doctor_kroute *better_default(const struct doctor *d, bool any)
{
    const struct doctor_kroute *k = d->kroutes.items;
    for (size_t i = 0; i < d->kroutes.n; i++) {
        if (k[i].prefix.len != 0 || k[i].table != d->daemon.table || k[i].protocol == d->daemon.protocol)
            continue;
        if (any || (k[i].source_len == 0 && k[i].metric < d->daemon.metric))
            return &k[i];
    }
    return NULL;
}

static void hidden_default(struct doctor *d, const char *check, const struct doctor_route *ours)
{
    char hop[RIPNG_ADDR_TEXT], other[RIPNG_ADDR_TEXT], value[16];
    const struct doctor_kroute *k = better_default(d, false);
    if (!k || (ripng_addr_equal(&k->gateway, &ours->nexthop) && !ripng_addr_is_unspecified(&k->gateway)))
        return; /* the same way out: nothing is lost */
    struct doctor_finding *f = doctor_find(d, check, DOCTOR_WARNING, ours->interface);
    doctor_say(f,
               "the default route learned from %s (metric %u) is not used: the one via %s on %s has metric "
               "%u; to use it all the same:",
               ripng_addr_text(&ours->nexthop, hop), d->daemon.metric, ripng_addr_text(&k->gateway, other),
               doctor_link_name(d, k->ifindex), k->metric);
    snprintf(value, sizeof value, "%u", k->metric > 1 ? k->metric - 1 : 1);
    doctor_mend_setting(d, f, DOCTOR_KERNEL_METRIC, value);
}

void check_default_route(struct doctor *d, const char *check)
{
    const struct doctor_route *ours = learned_default(d);
    if (ours) {
        hidden_default(d, check, ours);
    } else if (d->daemon.refuses_defaults && !better_default(d, true)) {
        struct doctor_finding *f = doctor_find(d, check, DOCTOR_WARNING, NULL);
        doctor_say(f, "there is no default route, and those that neighbours announce are refused");
        doctor_mend_setting(d, f, DOCTOR_ACCEPT_DEFAULT, "true");
    }
}

/* A learned route stays out of the kernel where another program's has its prefix and metric. */
void check_conflict(struct doctor *d, const char *check)
{
    const struct doctor_route *r = d->daemon.routes.items;
    const struct doctor_kroute *k = d->kroutes.items;
    for (size_t i = 0; i < d->daemon.routes.n; i++) {
        for (size_t n = 0; r[i].learned && !r[i].installed && n < d->kroutes.n; n++) {
            char prefix[RIPNG_PREFIX_TEXT], value[16];
            if (k[n].table != d->daemon.table || k[n].metric != d->daemon.metric ||
                k[n].protocol == d->daemon.protocol || !ripng_prefix_equal(&k[n].prefix, &r[i].prefix))
                continue;
            struct doctor_finding *f = doctor_find(d, check, DOCTOR_WARNING, r[i].interface);
            doctor_say(f, "%s is learned, but another program (protocol %u) has a route with its metric, %u",
                       ripng_prefix_text(&r[i].prefix, prefix), k[n].protocol, k[n].metric);
            snprintf(value, sizeof value, "%u", d->daemon.metric + 1);
            doctor_mend_setting(d, f, DOCTOR_KERNEL_METRIC, value);
            return; /* one tells it all */
        }
    }
}
