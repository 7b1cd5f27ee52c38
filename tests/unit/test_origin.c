/* lib/origin.c: what this router shares of its own kernel routes, and what it owns (INTERFACE.md, HOME.md 0).
 */
#include "kit.h"

#define LAN "2001:db8:1:1::/64"
#define OTHER "2001:db8:1:2::/64"
#define PD "2001:db8:1::/56"
#define P1 "2001:db8:77::/48"

static void expect_shared(struct kit *k, const char *prefix, enum ripng_source source)
{
    struct ripng_route_info i;
    if (!kit_read(k, prefix, &i) || i.state != RIPNG_ROUTE_VALID)
        kit_fail(k, __FILE__, __LINE__, "%s was to be shared", prefix);
    if (i.source != source)
        kit_fail(k, __FILE__, __LINE__, "%s was to be %s, it is %s", prefix, ripng_source_name(source),
                 ripng_source_name(i.source));
}

/* Fresh kits: with these classes and no others. */
static void start_with(struct kit *k, bool connected, bool delegated, bool statics, bool kernel)
{
    k->config.redistribute[RIPNG_SOURCE_CONNECTED].enabled = connected;
    k->config.redistribute[RIPNG_SOURCE_DELEGATED].enabled = delegated;
    k->config.redistribute[RIPNG_SOURCE_STATIC].enabled = statics;
    k->config.redistribute[RIPNG_SOURCE_KERNEL].enabled = kernel;
    kit_home(k);
    kit_start(k);
    kit_settle(k);
}

static void protocol(struct kit *k, uint8_t p)
{
    k->config.redistribute[RIPNG_SOURCE_KERNEL].protocols[p / 8] |= (uint8_t)(1U << p % 8);
}

/* --- connected -------------------------------------------------------- */

static void an_on_link_prefix_is_shared_as_connected_with_metric_1(void **state)
{
    struct kit *k = *state;
    kit_kernel_add(k, kit_onlink(LAN, ETH0));
    expect_shared(k, LAN, RIPNG_SOURCE_CONNECTED);
    expect_sent(k, ETH1, LAN, 1);
}

/* OpenWrt's are proto static, networkd's proto ra or dhcp: the missing gateway is what counts. */
static void an_on_link_prefix_is_connected_whatever_its_protocol(void **state)
{
    struct kit *k = *state;
    static const uint8_t protocols[] = {PROTO_KERNEL, PROTO_BOOT, PROTO_STATIC, PROTO_RA, 16, PROTO_BABEL};
    for (size_t i = 0; i < sizeof(protocols); i++) {
        struct ripng_kernel_route r = kit_onlink(LAN, ETH0);
        r.protocol = protocols[i];
        r.metric = 1024;
        kit_kernel_add(k, r);
        expect_shared(k, LAN, RIPNG_SOURCE_CONNECTED);
        kit_kernel_del(k, r);
    }
}

static void a_prefix_of_an_interface_without_ripng_is_shared(void **state)
{
    struct kit *k = *state;
    kit_home(k);
    kit_section(k, "eth1");
    kit_start(k);
    kit_settle(k);
    kit_kernel_add(k, kit_onlink(LAN, ETH0));
    expect_sent(k, ETH1, LAN, 1);
}

static void a_host_address_on_loopback_is_shared(void **state)
{
    struct kit *k = *state;
    kit_kernel_add(k, kit_onlink("2001:db8::53/128", KIT_LO));
    expect_sent(k, ETH0, "2001:db8::53/128", 1);
}

static void prefixes_that_were_there_before_the_start_are_shared(void **state)
{
    struct kit *k = *state;
    kit_home(k);
    kit_kernel_add(k, kit_onlink(LAN, ETH0));
    kit_kernel_add(k, kit_discard(PD));
    kit_start(k);
    kit_advance(k, 5);
    expect_sent(k, ETH1, LAN, 1);
    expect_sent(k, ETH1, PD, 1);
}

/* HOME.md 0.3: a deprecated address lingers for hours after its route has gone. */
static void an_address_without_a_route_is_no_prefix_to_share(void **state)
{
    struct kit *k = *state;
    kit_address(k, ETH0, "2001:db8:1:1::1", true);
    kit_advance(k, 60);
    expect_no_route(k, LAN);
    expect_not_sent(k, ETH1, LAN);
}

static void a_prefix_that_goes_is_announced_with_16_for_the_garbage_time(void **state)
{
    struct kit *k = *state;
    kit_kernel_add(k, kit_onlink(LAN, ETH0));
    kit_settle(k);
    kit_kernel_del(k, kit_onlink(LAN, ETH0));
    expect_sent(k, ETH1, LAN, 16);
    expect_event(k, RIPNG_EV_ROUTE_LOST, RIPNG_WHY_WITHDRAWN);
    expect_garbage(k, LAN);
    kit_forget(k);
    kit_advance(k, 119);
    expect_sent(k, ETH1, LAN, 16);
    kit_advance(k, 1.1);
    expect_no_route(k, LAN);
}

static void a_prefix_that_comes_back_during_garbage_is_shared_again(void **state)
{
    struct kit *k = *state;
    kit_kernel_add(k, kit_onlink(LAN, ETH0));
    kit_kernel_del(k, kit_onlink(LAN, ETH0));
    kit_settle(k);
    kit_kernel_add(k, kit_onlink(LAN, ETH0));
    kit_advance(k, 5.1);
    expect_sent(k, ETH1, LAN, 1);
    kit_advance(k, 300);
    expect_route(k, LAN, 1, "::");
}

/* The address's own route of metric 256 and the RA's of 1024: both have to go. */
static void a_prefix_with_two_kernel_routes_stays_while_one_is_left(void **state)
{
    struct kit *k = *state;
    struct ripng_kernel_route a = kit_onlink(LAN, ETH0), b = kit_onlink(LAN, ETH0);
    b.metric = 1024;
    b.protocol = PROTO_RA;
    kit_kernel_add(k, a);
    kit_kernel_add(k, b);
    kit_settle(k);
    kit_kernel_del(k, a);
    expect_route(k, LAN, 1, "::");
    assert_int_equal(k->n_packets, 0);
    kit_kernel_del(k, b);
    expect_garbage(k, LAN);
}

static void metric_and_tag_of_the_setting_are_announced(void **state)
{
    struct kit *k = *state;
    k->config.redistribute[RIPNG_SOURCE_CONNECTED].metric = 4;
    k->config.redistribute[RIPNG_SOURCE_CONNECTED].tag = 99;
    k->config.redistribute[RIPNG_SOURCE_DELEGATED].metric = 6;
    start_with(k, true, true, false, false);
    kit_kernel_add(k, kit_onlink(LAN, ETH0));
    assert_int_equal(expect_sent(k, ETH1, LAN, 4)->tag, 99);
    kit_kernel_add(k, kit_discard(PD));
    kit_advance(k, 5);
    assert_int_equal(expect_sent(k, ETH1, PD, 6)->tag, 0);
}

static void without_connected_on_link_prefixes_are_not_shared(void **state)
{
    struct kit *k = *state;
    start_with(k, false, true, false, false);
    kit_kernel_add(k, kit_onlink(LAN, ETH0));
    kit_advance(k, 60);
    expect_not_sent(k, ETH1, LAN);
}

static void a_source_specific_route_is_not_shared(void **state)
{
    struct kit *k = *state;
    struct ripng_kernel_route r = kit_onlink(LAN, ETH0);
    r.source_len = 56;
    kit_kernel_add(k, r);
    kit_advance(k, 60);
    expect_no_route(k, LAN);
    expect_not_sent(k, ETH1, LAN);
}

static void a_gateway_route_is_not_connected(void **state)
{
    struct kit *k = *state;
    kit_kernel_add(k, kit_gateway(P1, BOB, ETH0, PROTO_BOOT));
    kit_kernel_add(k, kit_gateway(OTHER, "2001:db8::b", ETH0, PROTO_STATIC));
    kit_advance(k, 60);
    expect_not_sent(k, ETH1, P1);
    expect_not_sent(k, ETH1, OTHER);
}

static void a_multipath_route_with_gateways_is_not_connected(void **state)
{
    struct kit *k = *state;
    struct ripng_kernel_route r = kit_gateway(P1, BOB, ETH0, PROTO_BOOT);
    r.n_nexthops = 2;
    kit_kernel_add(k, r);
    kit_advance(k, 60);
    expect_not_sent(k, ETH1, P1);
}

static void the_default_route_is_never_shared_by_these(void **state)
{
    struct kit *k = *state;
    protocol(k, PROTO_RA);
    start_with(k, true, true, true, true);
    kit_kernel_add(k, kit_onlink("::/0", ETH0));
    kit_kernel_add(k, kit_gateway("::/0", BOB, ETH0, PROTO_RA));
    kit_kernel_add(k, kit_gateway("::/0", CAROL, ETH1, PROTO_STATIC));
    kit_kernel_add(k, kit_discard("::/0"));
    kit_advance(k, 60);
    expect_not_sent(k, ETH0, "::/0");
    expect_not_sent(k, ETH1, "::/0");
}

/* --- delegated -------------------------------------------------------- */

static void a_discard_aggregate_is_shared_as_delegated(void **state)
{
    struct kit *k = *state;
    kit_kernel_add(k, kit_discard(PD));
    expect_shared(k, PD, RIPNG_SOURCE_DELEGATED);
    expect_sent(k, ETH0, PD, 1);
    expect_sent(k, ETH1, PD, 1);
}

static void aggregates_of_a_home_are_global_or_ula_from_16_to_64_bits_long(void **state)
{
    struct kit *k = *state;
    static const char *const good[] = {"2001:db8::/32", "2600:1700::/29", "fd12:3456:789a::/48",
                                       "2a02:8109::/64", "2a00::/16"};
    static const char *const bad[] = {
        "::/0",         "2002::/16",     "2002:c000:200::/48", "::/96",
        "64:ff9b::/96", "2001:db8::/65", "2001:db8::1/128",    "ff00::/8",
        "fe80::/10",    "::ffff:0:0/96", "4000::/3",           "2000::/3",
        "2a00::/12",    "fc00::/7",      "fd00::/8",           "3ffe:ffff::/32"};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        kit_kernel_add(k, kit_discard(good[i]));
        expect_shared(k, good[i], RIPNG_SOURCE_DELEGATED);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        kit_kernel_add(k, kit_discard(bad[i]));
        kit_advance(k, 10);
        expect_no_route(k, bad[i]);
    }
}

static void what_was_delegated_onwards_is_shared(void **state)
{
    struct kit *k = *state;
    kit_kernel_add(k, kit_discard(PD));
    kit_kernel_add(k, kit_gateway("2001:db8:1:10::/60", BOB, ETH0, PROTO_BOOT));
    kit_kernel_add(k, kit_gateway("2001:db8:1:20::/60", "2001:db8:1:1::2", ETH0, PROTO_STATIC));
    expect_shared(k, "2001:db8:1:10::/60", RIPNG_SOURCE_DELEGATED);
    expect_shared(k, "2001:db8:1:20::/60", RIPNG_SOURCE_DELEGATED);
    kit_advance(k, 5);
    expect_sent(k, ETH1, "2001:db8:1:10::/60", 1);
}

static void the_order_in_which_aggregate_and_delegation_appear_does_not_matter(void **state)
{
    struct kit *k = *state;
    kit_kernel_add(k, kit_gateway("2001:db8:1:10::/60", BOB, ETH0, PROTO_BOOT));
    expect_no_route(k, "2001:db8:1:10::/60");
    kit_kernel_add(k, kit_discard(PD));
    expect_shared(k, "2001:db8:1:10::/60", RIPNG_SOURCE_DELEGATED);
}

static void a_delegation_is_withdrawn_with_its_aggregate(void **state)
{
    struct kit *k = *state;
    kit_kernel_add(k, kit_discard(PD));
    kit_kernel_add(k, kit_gateway("2001:db8:1:10::/60", BOB, ETH0, PROTO_BOOT));
    kit_settle(k);
    kit_kernel_del(k, kit_discard(PD));
    expect_garbage(k, PD);
    expect_garbage(k, "2001:db8:1:10::/60");
    expect_sent(k, ETH1, "2001:db8:1:10::/60", 16);
}

static void a_gateway_route_outside_the_aggregates_is_not_delegated(void **state)
{
    struct kit *k = *state;
    kit_kernel_add(k, kit_discard(PD));
    kit_kernel_add(k, kit_gateway(P1, BOB, ETH0, PROTO_BOOT));
    kit_kernel_add(k, kit_gateway("2001:db8::/32", BOB, ETH0, PROTO_BOOT));
    kit_kernel_add(k, kit_discard("2000::/3")); /* "no default route, no traffic": nobody delegated that */
    kit_advance(k, 60);
    expect_no_route(k, P1);
    expect_no_route(k, "2001:db8::/32");
}

/* The RIPng routes of this router lie in the table too, and may lie inside its aggregate. */
static void our_own_installed_routes_are_not_delegations(void **state)
{
    struct kit *k = *state;
    kit_kernel_add(k, kit_discard(PD));
    kit_hear(k, ETH0, BOB, RTE("2001:db8:1:10::/60", 3));
    expect_route(k, "2001:db8:1:10::/60", 4, BOB);
    kit_lose(k); /* a fresh dump tells of it */
    expect_route(k, "2001:db8:1:10::/60", 4, BOB);
    expect_installed(k, "2001:db8:1:10::/60", BOB, ETH0);
}

/* dhcpcd and networkd leave `unreachable /64` where the LAN has the same /64 (PEERS.md 2a). */
static void a_prefix_both_on_link_and_discard_is_connected(void **state)
{
    struct kit *k = *state;
    kit_kernel_add(k, kit_discard(LAN));
    expect_shared(k, LAN, RIPNG_SOURCE_DELEGATED);
    kit_kernel_add(k, kit_onlink(LAN, ETH0));
    expect_shared(k, LAN, RIPNG_SOURCE_CONNECTED);
    kit_kernel_del(k, kit_onlink(LAN, ETH0));
    expect_shared(k, LAN, RIPNG_SOURCE_DELEGATED);
}

/* babeld leaves one where it has just lost a network; RIPng may know another way. */
static void what_a_routing_protocol_discards_is_not_delegated(void **state)
{
    struct kit *k = *state;
    struct ripng_kernel_route lost = kit_discard(PD);
    for (size_t n = 0; n < KIT_DAEMONS; n++) {
        lost.protocol = kit_daemons[n];
        if (lost.protocol == PROTO_OURS)
            continue;
        kit_kernel_add(k, lost);
        kit_kernel_add(k, kit_gateway("2001:db8:1:10::/60", BOB, ETH0, PROTO_BOOT));
        kit_hear(k, ETH0, BOB, RTE(PD, 3));
        expect_route(k, PD, 4, BOB);
        expect_installed(k, PD, BOB, ETH0);
        kit_advance(k, 31);
        expect_not_sent(k, ETH1, "2001:db8:1:10::/60");
        kit_kernel_del(k, lost);
    }
}

static void without_delegated_aggregates_are_not_shared(void **state)
{
    struct kit *k = *state;
    start_with(k, true, false, false, false);
    kit_kernel_add(k, kit_discard(PD));
    kit_kernel_add(k, kit_gateway("2001:db8:1:10::/60", BOB, ETH0, PROTO_BOOT));
    kit_advance(k, 60);
    expect_not_sent(k, ETH1, PD);
    expect_not_sent(k, ETH1, "2001:db8:1:10::/60");
}

static void a_renumbering_is_one_update_of_poison_and_news(void **state)
{
    struct kit *k = *state;
    kit_kernel_add(k, kit_discard(PD));
    kit_settle(k);
    kit_kernel_del(k, kit_discard(PD));
    kit_kernel_add(k, kit_discard("2001:db8:2::/56"));
    kit_advance(k, 5.1);
    expect_sent(k, ETH1, PD, 16);
    expect_sent(k, ETH1, "2001:db8:2::/56", 1);
}

/* --- static and kernel ------------------------------------------------ */

static void static_routes_are_shared_where_it_is_set(void **state)
{
    struct kit *k = *state;
    start_with(k, true, true, true, false);
    kit_kernel_add(k, kit_gateway(P1, BOB, ETH0, PROTO_STATIC));
    kit_kernel_add(k, kit_gateway(OTHER, BOB, ETH0, PROTO_BOOT));
    expect_shared(k, P1, RIPNG_SOURCE_STATIC);
    expect_no_route(k, OTHER);
    expect_sent(k, ETH1, P1, 1);
}

static void kernel_routes_of_the_listed_protocols_are_shared(void **state)
{
    struct kit *k = *state;
    protocol(k, PROTO_BOOT);
    protocol(k, PROTO_BABEL);
    start_with(k, true, true, false, true);
    kit_kernel_add(k, kit_gateway(P1, BOB, ETH0, PROTO_BABEL));
    kit_kernel_add(k, kit_gateway("2001:db8:88::/48", BOB, ETH0, PROTO_BOOT));
    kit_kernel_add(k, kit_gateway(OTHER, BOB, ETH0, PROTO_RA));
    expect_shared(k, P1, RIPNG_SOURCE_KERNEL);
    expect_shared(k, "2001:db8:88::/48", RIPNG_SOURCE_KERNEL);
    expect_no_route(k, OTHER);
}

static void our_own_protocol_is_never_redistributed(void **state)
{
    struct kit *k = *state;
    protocol(k, PROTO_OURS);
    start_with(k, true, true, true, true);
    kit_hear(k, ETH0, BOB, RTE(P1, 3));
    expect_installed(k, P1, BOB, ETH0);
    kit_lose(k);
    expect_route(k, P1, 4, BOB);
}

/* RFC 2080 2.1: 16 is no metric to come from a setting; a shared route is usable. */
static void a_shared_gateway_route_says_where_it_leads(void **state)
{
    struct kit *k = *state;
    start_with(k, true, true, true, false);
    kit_kernel_add(k, kit_gateway(P1, BOB, ETH0, PROTO_STATIC));
    struct ripng_route_info i;
    assert_true(kit_read(k, P1, &i));
    assert_int_equal(i.ifindex, ETH0);
    assert_false(i.installed);
    assert_true(i.expires_us == -1);
}

static void a_static_route_that_goes_is_withdrawn(void **state)
{
    struct kit *k = *state;
    start_with(k, true, true, true, false);
    kit_kernel_add(k, kit_gateway(P1, BOB, ETH0, PROTO_STATIC));
    kit_settle(k);
    kit_kernel_del(k, kit_gateway(P1, BOB, ETH0, PROTO_STATIC));
    expect_sent(k, ETH1, P1, 16);
}

static void a_route_replaced_in_the_kernel_has_its_new_kind(void **state)
{
    struct kit *k = *state;
    start_with(k, true, true, true, false);
    struct ripng_kernel_route r = kit_gateway(P1, BOB, ETH0, PROTO_STATIC);
    kit_kernel_add(k, r);
    expect_shared(k, P1, RIPNG_SOURCE_STATIC);
    r.protocol = PROTO_RA; /* the same prefix and metric: no RTM_DELROUTE for the old one */
    kit_kernel_replace(k, r);
    kit_advance(k, 1);
    expect_garbage(k, P1);
}

/* --- ownership -------------------------------------------------------- */

/* HOME.md 0.1: else unassigned subnets loop between the two routers. */
static void a_learned_route_is_never_installed_over_an_own_aggregate(void **state)
{
    struct kit *k = *state;
    kit_kernel_add(k, kit_discard(PD)); /* metric 2147483647: any other would win */
    kit_hear(k, ETH0, BOB, RTE(PD, 1));
    expect_not_installed(k, PD);
    expect_route(k, PD, 1, "::");
}

static void a_learned_route_is_never_installed_over_an_on_link_prefix(void **state)
{
    struct kit *k = *state;
    kit_kernel_add(k, kit_onlink(LAN, ETH0));
    kit_hear(k, ETH1, BOB, RTE(LAN, 1));
    expect_not_installed(k, LAN);
}

static void owning_does_not_depend_on_sharing(void **state)
{
    struct kit *k = *state;
    start_with(k, false, false, false, false);
    kit_kernel_add(k, kit_discard(PD));
    kit_kernel_add(k, kit_onlink(LAN, ETH0));
    kit_hear(k, ETH1, BOB, RTE(PD, 1), RTE(LAN, 1), RTE(P1, 1));
    expect_not_installed(k, PD);
    expect_not_installed(k, LAN);
    expect_installed(k, P1, BOB, ETH1);
}

static void what_is_owned_and_not_shared_is_not_announced_for_others_either(void **state)
{
    struct kit *k = *state;
    start_with(k, false, false, false, false);
    kit_kernel_add(k, kit_discard(PD));
    kit_kernel_add(k, kit_onlink(LAN, ETH0));
    kit_hear(k, ETH1, BOB, RTE(PD, 1), RTE(LAN, 1), RTE(P1, 1));
    kit_advance(k, 60);
    expect_not_sent(k, ETH0, PD);
    expect_not_sent(k, ETH0, LAN);
    expect_sent(k, ETH0, P1, 2);
}

/* HOME.md 0.11: R1 announces R2's prefix before R2 has its own lease */
static void an_installed_route_goes_the_moment_its_prefix_becomes_ours(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(PD, 1), RTE(LAN, 1));
    expect_installed(k, PD, BOB, ETH0);
    kit_settle(k);
    kit_kernel_add(k, kit_discard(PD));
    expect_not_installed(k, PD);
    expect_sent(k, ETH1, PD, 1);
    kit_kernel_add(k, kit_onlink(LAN, ETH1));
    expect_not_installed(k, LAN);
}

static void an_installed_route_goes_also_where_the_own_prefix_is_not_shared(void **state)
{
    struct kit *k = *state;
    start_with(k, false, false, false, false);
    kit_hear(k, ETH0, BOB, RTE(PD, 1));
    expect_installed(k, PD, BOB, ETH0);
    kit_settle(k);
    kit_kernel_add(k, kit_discard(PD));
    expect_not_installed(k, PD);
    kit_advance(k, 5);
    expect_sent(k, ETH1, PD, 16); /* what was said is unsaid */
    expect_event(k, RIPNG_EV_ROUTE_LOST, RIPNG_WHY_OWNED);
}

static void a_prefix_that_is_no_longer_owned_can_be_learned(void **state)
{
    struct kit *k = *state;
    kit_kernel_add(k, kit_discard(PD));
    kit_hear(k, ETH0, BOB, RTE(PD, 1));
    kit_kernel_del(k, kit_discard(PD));
    kit_hear(k, ETH0, BOB, RTE(PD, 1));
    expect_installed(k, PD, BOB, ETH0);
    expect_route(k, PD, 2, BOB);
}

/* HOME.md 0.2 */
static void an_rte_for_what_is_on_link_there_is_dropped(void **state)
{
    struct kit *k = *state;
    kit_kernel_add(k, kit_onlink(LAN, ETH0));
    kit_settle(k);
    kit_hear(k, ETH0, BOB, RTE(LAN, 1), RTE(P1, 1));
    assert_int_equal(kit_drops(k, RIPNG_WHY_ON_LINK), 1);
    expect_installed(k, P1, BOB, ETH0);
    expect_not_installed(k, LAN);
}

static void what_lies_inside_an_own_aggregate_can_be_learned(void **state)
{
    struct kit *k = *state;
    kit_kernel_add(k, kit_discard(PD));
    kit_hear(k, ETH0, BOB, RTE("2001:db8:1:30::/60", 1));
    expect_installed(k, "2001:db8:1:30::/60", BOB, ETH0);
}

/* systemd and kernels leave `unreachable default` with a huge metric. */
static void a_discard_default_does_not_own_the_default_route(void **state)
{
    struct kit *k = *state;
    struct ripng_kernel_route r = kit_discard("::/0");
    r.metric = 4294967295U;
    kit_kernel_add(k, r);
    kit_hear(k, ETH0, BOB, RTE("::/0", 1));
    expect_installed(k, "::/0", BOB, ETH0);
}

static void a_source_specific_route_owns_nothing(void **state)
{
    struct kit *k = *state;
    struct ripng_kernel_route r = kit_discard(PD), q = kit_onlink(LAN, ETH0);
    r.source_len = q.source_len = 64;
    kit_kernel_add(k, r);
    kit_kernel_add(k, q);
    kit_hear(k, ETH0, BOB, RTE(PD, 1), RTE(LAN, 1));
    expect_installed(k, PD, BOB, ETH0);
    expect_installed(k, LAN, BOB, ETH0);
}

/* A prefix that comes and goes a thousand times leaves nothing behind. */
static void own_prefixes_that_come_and_go_leave_nothing_behind(void **state)
{
    struct kit *k = *state;
    for (unsigned i = 0; i < 1000; i++) {
        char prefix[64];
        snprintf(prefix, sizeof(prefix), "2001:db8:%x::/56", i);
        kit_kernel_add(k, kit_discard(prefix));
        kit_kernel_del(k, kit_discard(prefix));
        kit_advance(k, 1);
    }
    kit_advance(k, 130);
    assert_int_equal(kit_status(k).routes, 0);
    assert_int_equal(kit_status(k).garbage, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_RUNNING(an_on_link_prefix_is_shared_as_connected_with_metric_1),
        KIT_RUNNING(an_on_link_prefix_is_connected_whatever_its_protocol),
        KIT_FRESH(a_prefix_of_an_interface_without_ripng_is_shared),
        KIT_RUNNING(a_host_address_on_loopback_is_shared),
        KIT_FRESH(prefixes_that_were_there_before_the_start_are_shared),
        KIT_RUNNING(an_address_without_a_route_is_no_prefix_to_share),
        KIT_RUNNING(a_prefix_that_goes_is_announced_with_16_for_the_garbage_time),
        KIT_RUNNING(a_prefix_that_comes_back_during_garbage_is_shared_again),
        KIT_RUNNING(a_prefix_with_two_kernel_routes_stays_while_one_is_left),
        KIT_FRESH(metric_and_tag_of_the_setting_are_announced),
        KIT_FRESH(without_connected_on_link_prefixes_are_not_shared),
        KIT_RUNNING(a_source_specific_route_is_not_shared),
        KIT_RUNNING(a_gateway_route_is_not_connected),
        KIT_RUNNING(a_multipath_route_with_gateways_is_not_connected),
        KIT_FRESH(the_default_route_is_never_shared_by_these),
        KIT_RUNNING(a_discard_aggregate_is_shared_as_delegated),
        KIT_RUNNING(aggregates_of_a_home_are_global_or_ula_from_16_to_64_bits_long),
        KIT_RUNNING(what_was_delegated_onwards_is_shared),
        KIT_RUNNING(the_order_in_which_aggregate_and_delegation_appear_does_not_matter),
        KIT_RUNNING(a_delegation_is_withdrawn_with_its_aggregate),
        KIT_RUNNING(a_gateway_route_outside_the_aggregates_is_not_delegated),
        KIT_RUNNING(our_own_installed_routes_are_not_delegations),
        KIT_RUNNING(a_prefix_both_on_link_and_discard_is_connected),
        KIT_RUNNING(what_a_routing_protocol_discards_is_not_delegated),
        KIT_FRESH(without_delegated_aggregates_are_not_shared),
        KIT_RUNNING(a_renumbering_is_one_update_of_poison_and_news),
        KIT_FRESH(static_routes_are_shared_where_it_is_set),
        KIT_FRESH(kernel_routes_of_the_listed_protocols_are_shared),
        KIT_FRESH(our_own_protocol_is_never_redistributed),
        KIT_FRESH(a_shared_gateway_route_says_where_it_leads),
        KIT_FRESH(a_static_route_that_goes_is_withdrawn),
        KIT_FRESH(a_route_replaced_in_the_kernel_has_its_new_kind),
        KIT_RUNNING(a_learned_route_is_never_installed_over_an_own_aggregate),
        KIT_RUNNING(a_learned_route_is_never_installed_over_an_on_link_prefix),
        KIT_FRESH(owning_does_not_depend_on_sharing),
        KIT_FRESH(what_is_owned_and_not_shared_is_not_announced_for_others_either),
        KIT_RUNNING(an_installed_route_goes_the_moment_its_prefix_becomes_ours),
        KIT_FRESH(an_installed_route_goes_also_where_the_own_prefix_is_not_shared),
        KIT_RUNNING(a_prefix_that_is_no_longer_owned_can_be_learned),
        KIT_RUNNING(an_rte_for_what_is_on_link_there_is_dropped),
        KIT_RUNNING(what_lies_inside_an_own_aggregate_can_be_learned),
        KIT_RUNNING(a_discard_default_does_not_own_the_default_route),
        KIT_RUNNING(a_source_specific_route_owns_nothing),
        KIT_RUNNING(own_prefixes_that_come_and_go_leave_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
