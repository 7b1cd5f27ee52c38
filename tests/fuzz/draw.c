/*
 * Bytes to addresses, prefixes, links, kernel routes, RTEs and settings of a small world.
 *
 * Called by fuzz_engine.c. A byte or two mostly choose one of a few values, so that
 * things meet: three links, a dozen routers, some hundred prefixes; some bytes stand
 * for values taken from the input as they are. Settings stay within what an
 * administrator can write into ripngd.conf.
 */
#include "draw.h"

#include "filter.h"

/* --- the small world ---------------------------------------------------------- */

struct in6_addr draw_text_addr(const char *text)
{
    struct in6_addr a;
    MUST(ripng_addr_parse(text, &a));
    return a;
}

/* fe80::KIND+n: routers (0xb0), ours (0xa0), next hops that never speak (0xc0). */
struct in6_addr draw_link_local(unsigned kind, unsigned n)
{
    struct in6_addr a = {{{0xfe, 0x80}}};
    a.s6_addr[15] = (uint8_t)(kind + n);
    return a;
}

struct in6_addr draw_addr(struct world *w)
{
    uint8_t b = fuzz_u8(&w->in);
    struct in6_addr a = {0};
    switch (b >> 4) {
    case 12:
        return draw_link_local(0xc0, b & 15);
    case 13:
        return draw_link_local(0xa0, b & 3);
    case 14:
        return draw_text_addr(b & 1 ? "fe80::1" : "::");
    case 15:
        fuzz_bytes(&w->in, &a, sizeof a);
        return a;
    case 11:
        a = draw_text_addr("2001:db8:aaaa::1");
        a.s6_addr[15] = b & 15;
        return a;
    default:
        return draw_link_local(0xb0, b % 12);
    }
}

struct ripng_prefix draw_prefix(struct world *w)
{
    static const char *const special[] = {
        "::/0",
        "::1/128",
        "fe80::/64",
        "ff00::/8",
        "::/128",
        "2000::/3",
        "fc00::/7",
        "2002::/16",
        "::ffff:0:0/96",
        "::/96",
        "2001:db8::/32",
        "2001:db8:1::/48",
        "fe80::/10",
        "fd00:1::/56",
        "fd00:1:0:1::/64",
        "2001:db8:0:1::/64",
        "::/1",
        "8000::/1",
        "fd00::/64",
        "ff02::9/128",
        "2001:db8::1/128",
        "2001:db8:0:ff00::/56",
    };
    const size_t n_special = sizeof special / sizeof special[0];
    uint8_t b = fuzz_u8(&w->in);
    struct ripng_prefix p;
    if (b < n_special) {
        MUST(ripng_prefix_parse(special[b], &p, NULL));
        return p;
    }
    struct in6_addr a = draw_text_addr(b & 1 ? "fd00:2::" : "2001:db8::");
    if (b >= 240) {
        fuzz_bytes(&w->in, &a, sizeof a);
        return ripng_prefix_make(&a, fuzz_u8(&w->in) % 129);
    }
    a.s6_addr[7] = b;
    return ripng_prefix_make(&a, b % 3 ? 64 : 60);
}

uint32_t draw_ifindex(struct world *w)
{
    return fuzz_u8(&w->in) % 4 + 1; /* the fourth is not there at the start */
}

struct ripng_link draw_link(struct world *w, uint32_t ifindex)
{
    static const uint32_t mtus[] = {1500, 1280, 9000, 1400, 576, 65536, 1300, 0};
    uint8_t b = fuzz_u8(&w->in);
    struct ripng_link l = {
        .ifindex = ifindex,
        .mtu = mtus[b & 7],
        .up = (b >> 3) % 4 != 3,
        .multicast = (b >> 3) % 8 != 6,
        .loopback = b == 255,
        .port = b >> 3 == 30,
        .no_carrier = (b >> 3) % 8 == 5,
    };
    snprintf(l.name, sizeof l.name, "eth%u", ifindex);
    if (b >> 3 == 29)
        memcpy(l.name, "wan", 4);
    return l;
}

/* --- facts and packets -------------------------------------------------- */

struct ripng_kernel_route draw_kernel_route(struct world *w)
{
    static const uint8_t protocols[] = {2, 4, 9, 42, 3};
    static const uint32_t metrics[] = {256, 1024, 0};
    uint8_t b = fuzz_u8(&w->in), c = fuzz_u8(&w->in);
    struct ripng_kernel_route k = {
        .prefix = draw_prefix(w),
        .type = b % 8 == 7 ? RIPNG_TYPE_DISCARD : RIPNG_TYPE_UNICAST,
        .protocol = b % 8 < 5    ? protocols[b % 8]
                    : b % 8 == 5 ? w->config.kernel.protocol
                                 : 2,
        .metric = (b >> 3) % 4 < 3 ? metrics[(b >> 3) % 4] : w->config.kernel.metric,
        .ifindex = c % 8 == 7 ? 0 : c % 4 + 1,
        .n_nexthops = (b >> 5) == 7 ? 2 : 1,
        .source_len = (c >> 3) == 31 ? 64 : 0,
    };
    if ((c >> 3) % 2)
        k.gateway = draw_addr(w);
    return k;
}

void draw_rte(struct world *w, struct ripng_writer *to)
{
    uint8_t b = fuzz_u8(&w->in), metric;
    struct ripng_rte rte = {.tag = 0};
    struct ripng_prefix p;
    struct in6_addr a;
    switch (b >> 5) {
    case 7:
        fuzz_bytes(&w->in, &rte.addr, 16);
        rte.tag = fuzz_u16(&w->in);
        rte.len = fuzz_u8(&w->in);
        rte.metric = fuzz_u8(&w->in);
        ripng_write_rte(to, &rte);
        break;
    case 6:
    case 5:
        a = draw_addr(w);
        ripng_write_next_hop(to, &a);
        break;
    default:
        p = draw_prefix(w);
        metric = b & 31;
        rte = (struct ripng_rte){.addr = p.addr, .len = p.len, .tag = b >> 5 == 4, .metric = metric % 18};
        ripng_write_rte(to, &rte);
    }
}

/* Where it comes from: mostly as it should be. */
struct ripng_packet draw_packet(struct world *w, bool request)
{
    uint8_t b = fuzz_u8(&w->in);
    struct ripng_packet p = {
        .ifindex = b % 4 < 3 ? b % 4u + 1 : draw_ifindex(w),
        .source = draw_addr(w),
        .source_port = RIPNG_PORT,
        .dest = draw_text_addr("ff02::9"),
        .hop_limit = 255,
    };
    b >>= 2;
    if (b % 8 == 7 || (request && b % 2))
        p.source_port = b & 16 ? 10000 + b : b / 32;
    if (b >> 3 == 6)
        p.hop_limit = fuzz_u8(&w->in);
    if (b >> 3 == 7 || (request && b % 4 == 1))
        p.dest = draw_addr(w);
    return p;
}

/* --- settings ------------------------------------------------------------ */

void draw_timers(struct world *w)
{
    static const int64_t waits[] = {30000000, 180000000, 120000000, RIPNG_TIMER_MIN_US,
                                    1000000,  5000000,   60000000,  RIPNG_TIMER_MAX_US};
    struct ripng_timers *t = &w->config.timers;
    uint8_t b = fuzz_u8(&w->in), c = fuzz_u8(&w->in);
    t->update_us = waits[b & 7];
    t->timeout_us = waits[b >> 3 & 7];
    t->garbage_us = waits[c & 7];
    t->triggered_max_us = waits[c >> 3 & 7];
    t->triggered_min_us = c >> 6 ? t->triggered_max_us : RIPNG_TIMER_MIN_US;
}

void draw_section(struct world *w)
{
    static const char *const patterns[] = {"*", "eth1", "eth2", "eth*", "wan", "eth[!1]", "nothing", "eth?"};
    uint8_t b = fuzz_u8(&w->in), c = fuzz_u8(&w->in), d = fuzz_u8(&w->in);
    if (w->config.n_ifaces >= 4 || b >= 0xe0) {
        ripng_config_clear(&w->config);
        for (unsigned s = 0; s < RIPNG_N_REDISTRIBUTE; s++)
            w->config.redistribute[s].filter = 0;
    }
    struct ripng_iface_config *i = ripng_config_add_iface(&w->config, patterns[b & 7]);
    if (!i)
        return;
    i->enabled = (b >> 3 & 3) != 3;
    i->passive = (c & 3) == 3;
    i->metric = (uint8_t)(1 + (c >> 2) % 15);
    i->split_horizon = (enum ripng_split_horizon)((c >> 6) % 3);
    i->n_neighbors = (d & 3) == 3 ? 3 : d & 1;
    for (unsigned n = 0; n < i->n_neighbors; n++)
        i->neighbors[n] = draw_link_local(0xb0, n);
    i->multicast = (d & 4) || !i->n_neighbors;
    i->n_accept = d >> 6 == 3 ? 2 : 0;
    for (unsigned n = 0; n < i->n_accept; n++)
        i->accept_from[n] = draw_link_local(0xb0, n + (d >> 4 & 3));
}

void draw_redistribution(struct world *w)
{
    uint8_t b = fuzz_u8(&w->in), c = fuzz_u8(&w->in);
    struct ripng_redistribute_config *s = &w->config.redistribute[b & 3];
    s->enabled = b >> 2 & 1;
    s->metric = (uint8_t)(1 + c % 15);
    s->tag = b >> 4;
    memset(s->protocols, c & 64 ? 0xff : 0, sizeof s->protocols);
    s->protocols[w->config.kernel.protocol / 8] &= (uint8_t) ~(1u << w->config.kernel.protocol % 8);
}

/* A default route, up to three aggregates and as many routes: prefixes that others have, too. */
void draw_originated(struct world *w)
{
    struct ripng_config *c = &w->config;
    uint8_t b = fuzz_u8(&w->in), d = fuzz_u8(&w->in);
    c->default_route.originate = (enum ripng_originate)(b % 4 % 3);
    c->default_route.accept = b >> 2 & 1;
    c->default_route.metric = (uint8_t)(1 + (b >> 4) % 15);
    c->n_aggregates = c->n_statics = 0;
    for (unsigned n = 0; n < (d & 3u) + (d >> 2 & 3u); n++) {
        struct ripng_prefix p = draw_prefix(w);
        if (p.len == 0 || ripng_prefix_martian(&p)) /* no configuration can have it */
            continue;
        if (n < (d & 3u)) {
            p = ripng_prefix_make(&p.addr, p.len - p.len / 4u);
            struct ripng_aggregate_config *a =
                ripng_prefix_martian(&p) ? NULL : ripng_config_add_aggregate(c, &p);
            for (size_t k = 0; a && k + 1 < c->n_aggregates; k++)
                if (ripng_prefix_equal(&c->aggregates[k].prefix, &p)) {
                    c->n_aggregates--; /* there is no prefix twice */
                    a = NULL;
                }
            if (a)
                a->summary_only = d >> (4 + n % 4) & 1;
        } else {
            ripng_config_add_static(c, &p)->metric = (uint8_t)(1 + d % 15);
        }
    }
}

static bool draw_rule(struct world *w, struct ripng_filter *f)
{
    static const char *const matches[] = {"", " tag 0", " tag 1", " source connected"};
    static const char *const sets[] = {"", " set metric 1", " add metric 1", " add metric 14 set tag 1"};
    uint8_t b = fuzz_u8(&w->in);
    char prefix[RIPNG_PREFIX_TEXT] = "any", text[128], why[128];
    if (b & 2) {
        struct ripng_prefix p = draw_prefix(w);
        ripng_prefix_text(&p, prefix);
    }
    snprintf(text, sizeof text, "%s %s%s%s%s", b & 1 ? "permit" : "deny", prefix, b & 4 ? " le 128" : "",
             matches[b >> 3 & 3], b & 1 ? sets[b >> 5 & 3] : "");
    return ripng_filter_add(f, text, why, sizeof why);
}

/* A filter of up to three rules, and where it stands: in the last section, or with a source. */
void draw_filter(struct world *w)
{
    uint8_t b = fuzz_u8(&w->in);
    struct ripng_config *c = &w->config;
    struct ripng_filter *f = c->n_filters < 8 ? ripng_config_add_filter(c, "drawn") : NULL;
    for (unsigned n = 0; f && n < (b & 3); n++)
        if (!draw_rule(w, f))
            break;
    unsigned number = c->n_filters ? 1 + (b >> 2) % (unsigned)c->n_filters : 0;
    if (b & 128)
        c->redistribute[b >> 5 & 3].filter = number;
    else if (c->n_ifaces)
        *(b & 64 ? &c->ifaces[c->n_ifaces - 1].import : &c->ifaces[c->n_ifaces - 1].export) = number;
}
