/*
 * A reload is a pure function: settings A, then B, then A again leave routes, kernel and
 * announcements as A alone would have. For many random pairs of settings, of all kinds.
 *
 * Where two neighbours offer a prefix at the same cost, the first one heard stays
 * chosen: that is history by design, and such prefixes are left out.
 */
#include "kit.h"

#include "internal.h"

#define PAIRS 1000
#define DEPTH 3 /* reloads before A comes back, at most */

static uint64_t rng;

static unsigned below(unsigned n)
{
    rng = rng * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(rng >> 33) % n;
}

static bool chance(unsigned percent)
{
    return below(100) < percent;
}

/* --- the world: three links, a neighbour on each, own prefixes of every kind ------ */

#define LEARNED 12
#define OWN_LAN "2001:db8:90::/64"
#define OWN_GUESTS "2001:db8:91::/64"

static const char *const neighbour[] = {BOB, CAROL, DAVE};

static struct {
    unsigned metric, tag; /* 0: does not announce it */
} offers[3][LEARNED];

static const char *learned(unsigned n)
{
    static char text[3][64];
    static unsigned turn;
    char *t = text[turn++ % 3];
    if (n == 0)
        return "::/0";
    if (n == 1)
        return OWN_LAN; /* ours, and others announce it too */
    snprintf(t, sizeof text[0], n % 3 ? "2001:db8:%x::/48" : "fd00:%x::/56", n);
    return t;
}

static void make_offers(void)
{
    for (unsigned who = 0; who < 3; who++)
        for (unsigned n = 0; n < LEARNED; n++) {
            offers[who][n].metric = chance(60) ? 1 + below(chance(90) ? 6 : 15) : 0;
            offers[who][n].tag = below(4);
        }
}

static void announce(struct kit *k, unsigned who)
{
    static struct kit_in in;
    kit_in(&in, KIT_RESPONSE, ETH0 + who, neighbour[who]);
    for (unsigned n = 0; n < LEARNED; n++)
        if (offers[who][n].metric)
            kit_in_rte(&in, learned(n), offers[who][n].metric, offers[who][n].tag);
    kit_receive(k, &in);
}

/* The neighbours announce all every 20 seconds, and when they are asked. */
static void live(struct kit *k, unsigned seconds)
{
    for (unsigned second = 0; second <= seconds; second++) {
        for (unsigned who = 0; who < 3; who++)
            if (second % 20 == 7 || kit_count_packets(k, ETH0 + who, KIT_REQUEST))
                announce(k, who);
        kit_forget(k);
        kit_advance(k, 1);
    }
}

static void start(struct kit *k)
{
    k->free_sending = true; /* the settings that the kit compares with may be newer than what was begun */
    kit_home(k);
    kit_link_add(k, ETH2, "eth2");
    kit_address(k, ETH2, OUR_ETH2, true);
    kit_start(k);
    kit_kernel_add(k, kit_onlink(OWN_LAN, ETH1));
    kit_kernel_add(k, kit_onlink(OWN_GUESTS, KIT_LO));
    kit_kernel_add(k, kit_discard("2001:db8:4000::/40"));
    kit_kernel_add(k,
                   kit_gateway("2001:db8:4000:1::/64", "fe80::77", ETH2, PROTO_BOOT)); /* delegated onwards */
    kit_kernel_add(k, kit_gateway("2001:db8:5::/64", "fe80::77", ETH2, PROTO_STATIC));
    kit_kernel_add(k, kit_gateway("2001:db8:6::/64", "fe80::78", ETH1, PROTO_BABEL));
    kit_kernel_add(k, kit_gateway("::/0", "fe80::79", ETH0, PROTO_RA));
    struct ripng_kernel_route r = kit_onlink("2001:db8:7::/64", KIT_LO);
    r.protocol = PROTO_STATIC;
    kit_kernel_add(k, r);
}

/* --- random settings ---------------------------------------------------------------- */

static void add_rule(struct kit *k, const char *rule)
{
    char why[200];
    struct ripng_filter *f = &k->config.filters[k->config.n_filters - 1];
    if (!ripng_filter_add(f, rule, why, sizeof why))
        fail_msg("%s: %s", rule, why);
}

static unsigned random_filter(struct kit *k)
{
    static const char *const what[] = {"any",       "2001:db8::/32 le 64", "fd00::/8 le 128", "::/0",
                                       "any le 56", "any ge 57",           OWN_GUESTS};
    if (chance(50))
        return 0;
    unsigned number = kit_filter_of(k, (const char *const[]){NULL});
    for (unsigned n = below(4); n > 0; n--) {
        char rule[200];
        bool permit = chance(60);
        int at = snprintf(rule, sizeof rule, "%s %s", permit ? "permit" : "deny", what[below(7)]);
        if (chance(30))
            at += snprintf(rule + at, sizeof rule - (size_t)at, " tag %u", below(4));
        if (chance(20))
            at += snprintf(rule + at, sizeof rule - (size_t)at, " source %s",
                           ripng_source_name(below(RIPNG_N_SOURCES)));
        if (permit && chance(30))
            at += snprintf(rule + at, sizeof rule - (size_t)at, " %s metric %u", chance(50) ? "set" : "add",
                           1 + below(6));
        if (permit && chance(30))
            snprintf(rule + at, sizeof rule - (size_t)at, " set tag %u", below(4));
        add_rule(k, rule);
    }
    if (chance(70))
        add_rule(k, "permit any");
    return number;
}

static void random_section(struct kit *k, const char *pattern)
{
    unsigned import = random_filter(k), export = random_filter(k);
    struct ripng_iface_config *c = kit_section(k, pattern);
    c->enabled = chance(85);
    c->passive = chance(15);
    c->metric = (uint8_t)(1 + below(4));
    c->split_horizon = below(3);
    if (chance(20)) {
        c->n_neighbors = 1;
        c->neighbors[0] = kit_addr("fe80::e");
        c->multicast = chance(50);
    }
    if (chance(20)) {
        c->n_accept = 1;
        c->accept_from[0] = kit_addr(neighbour[below(3)]);
    }
    c->import = import;
    c->export = export;
}

static void random_sources(struct kit *k)
{
    for (enum ripng_source s = 0; s < RIPNG_N_REDISTRIBUTE; s++) {
        unsigned filter = random_filter(k);
        struct ripng_redistribute_config *c = &k->config.redistribute[s];
        c->enabled = chance(60);
        c->metric = (uint8_t)(1 + below(3));
        c->tag = (uint16_t)below(4);
        c->filter = filter;
        memset(c->protocols, 0, sizeof c->protocols);
        if (s == RIPNG_SOURCE_KERNEL)
            c->protocols[PROTO_BABEL / 8] |= 1 << PROTO_BABEL % 8;
    }
}

static void random_own(struct kit *k)
{
    static const char *const outer[] = {"2001:db8::/32", "fd00::/8", "2001:db8:5::/48"};
    k->config.default_route.originate = below(3);
    k->config.default_route.metric = (uint8_t)(1 + below(3));
    k->config.default_route.accept = chance(70);
    for (unsigned i = 0; i < 3; i++) {
        struct ripng_prefix p = kit_prefix(outer[i]);
        if (!chance(30))
            continue;
        struct ripng_aggregate_config *a = ripng_config_add_aggregate(&k->config, &p);
        a->metric = (uint8_t)(1 + below(3));
        a->tag = (uint16_t)below(4);
        a->summary_only = chance(40);
    }
    for (unsigned i = 0; i < 2; i++) {
        struct ripng_prefix p = kit_prefix(i ? "2001:db8:a::/48" : "2001:db8:4::/48"); /* learned, too */
        if (!chance(30))
            continue;
        struct ripng_static_config *s = ripng_config_add_static(&k->config, &p);
        s->metric = (uint8_t)(1 + below(3));
        s->tag = (uint16_t)below(4);
    }
}

static void random_settings(struct kit *k, bool narrow)
{
    ripng_config_clear(&k->config);
    ripng_config_init(&k->config);
    struct ripng_config *c = &k->config;
    c->timers.update_us = SECONDS(5 + below(40));
    c->timers.timeout_us = SECONDS(60 + below(140));
    c->timers.garbage_us = SECONDS(10 + below(110));
    c->kernel.metric = chance(70) ? 2048 : 500;
    c->failure_detection = chance(50);
    if (narrow) { /* what a limit keeps out depends on who comes first: no matter for A */
        c->limits.routes = chance(30) ? 1 + below(5) : 0;
        c->limits.routes_per_neighbor = chance(30) ? 1 + below(3) : 0;
    }
    if (chance(70))
        random_sources(k);
    random_own(k);
    static const char *const patterns[] = {"eth0", "eth1", "eth2", "eth*"};
    if (chance(80))
        for (unsigned i = 0; i < 4; i++)
            if (chance(70))
                random_section(k, patterns[i]);
}

/* --- comparing -------------------------------------------------------------------------- */

/* The best cost of a prefix is that of two neighbours. */
static bool tied(const struct kit *k, const struct ripng_prefix *p)
{
    uint32_t route = table_find(k->r, p);
    unsigned best = INFINITY_METRIC, n = 0;
    for (uint32_t i = route ? route_at(k->r, route)->paths : 0; i; i = path_at(k->r, i)->next) {
        unsigned metric = path_at(k->r, i)->metric;
        if (metric < best) {
            best = metric;
            n = 0;
        }
        n += metric == best && metric < INFINITY_METRIC;
    }
    return n > 1;
}

static void differ(const char *what, const struct ripng_prefix *p, uint64_t seed)
{
    char text[RIPNG_PREFIX_TEXT];
    fail_msg("seed %llu: %s of %s", (unsigned long long)seed, what, ripng_prefix_text(p, text));
}

static void same_routes(const struct kit *a, const struct kit *b, uint64_t seed)
{
    struct ripng_route_info x, y;
    uint32_t cursor = 0;
    while (ripng_read_route(a->r, a->now, &cursor, &x)) {
        char text[RIPNG_PREFIX_TEXT];
        if (tied(a, &x.prefix) || x.state == RIPNG_ROUTE_GARBAGE)
            continue;
        if (!kit_read(b, ripng_prefix_text(&x.prefix, text), &y) || y.state == RIPNG_ROUTE_GARBAGE)
            differ("there is one, there is none", &x.prefix, seed);
        if (x.metric != y.metric || x.tag != y.tag || x.source != y.source)
            differ("metric, tag or source", &x.prefix, seed);
        if (!ripng_addr_equal(&x.nexthop, &y.nexthop) || x.ifindex != y.ifindex || x.installed != y.installed)
            differ("next hop", &x.prefix, seed);
    }
}

static void same_kernel(const struct kit *a, const struct kit *b, uint64_t seed)
{
    for (uint32_t i = 0; i < a->n_routes; i++) {
        const struct ripng_kernel_route *r = &a->routes[i].r, *s;
        char text[RIPNG_PREFIX_TEXT];
        if (!a->routes[i].used || r->protocol != PROTO_OURS || tied(a, &r->prefix))
            continue;
        s = kit_kernel_find(b, ripng_prefix_text(&r->prefix, text), r->protocol);
        if (!s || !ripng_addr_equal(&s->gateway, &r->gateway) || s->metric != r->metric || s->type != r->type)
            differ("kernel route", &r->prefix, seed);
    }
}

static void same_announcements(const struct kit *a, const struct kit *b, uint64_t seed)
{
    for (size_t i = 0; i < a->n_packets; i++)
        for (size_t j = 0; a->packets[i].command == KIT_RESPONSE && j < a->packets[i].n; j++) {
            const struct kit_got *x = &a->packets[i].rtes[j];
            struct ripng_prefix p = {.addr = x->addr, .len = x->len};
            char text[RIPNG_PREFIX_TEXT];
            if (tied(a, &p))
                continue;
            const struct kit_got *y = kit_sent(b, a->packets[i].send.ifindex, ripng_prefix_text(&p, text));
            if (!y || y->metric != x->metric || y->tag != x->tag ||
                !ripng_addr_equal(&x->next_hop, &y->next_hop))
                fail_msg(
                    "seed %llu: %s is announced on %u with metric %u tag %u, and %s with metric %u tag %u",
                    (unsigned long long)seed, text, a->packets[i].send.ifindex, x->metric, x->tag,
                    y ? "then" : "not then", y ? y->metric : 0, y ? y->tag : 0);
        }
}

static void rest(struct kit *k)
{
    live(k, 420); /* garbage, marks and retired filters are gone: twice the garbage time, and a timeout */
    for (unsigned second = 0; second < 68; second += 4) { /* the longest that a regular update can take */
        for (unsigned who = 0; who < 3; who++)
            announce(k, who);
        kit_advance(k, 4);
    }
}

static void a_then_b_then_a_is_a(void **state)
{
    struct kit *k = *state;
    const uint64_t first = k->seed * 1000;
    for (uint64_t seed = first; seed < first + PAIRS; seed++) {
        void *one, *two;
        kit_setup_fresh(&one);
        kit_setup_fresh(&two);
        struct kit *a = one, *b = two;

        rng = seed;
        make_offers();
        random_settings(a, false);
        assert_true(ripng_config_copy(&b->config, &a->config));
        start(a);
        rest(a);

        start(b);
        live(b, 30 + below(200));
        struct ripng_config again;
        assert_true(ripng_config_copy(&again, &b->config));
        for (unsigned n = 1 + below(DEPTH); n > 0; n--) {
            random_settings(b, true);
            kit_configure(b);
            live(b, below(chance(50) ? 200 : 5));
        }
        ripng_config_clear(&b->config);
        b->config = again;
        kit_configure(b);
        rest(b);

        same_routes(a, b, seed);
        same_routes(b, a, seed);
        same_kernel(a, b, seed);
        same_kernel(b, a, seed);
        same_announcements(a, b, seed);
        same_announcements(b, a, seed);
        assert_int_equal(kit_teardown(&one), 0);
        assert_int_equal(kit_teardown(&two), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_FRESH(a_then_b_then_a_is_a),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
