/* lib/input.c: what is taken from the RTEs of a response, RFC 2080 2.1.1 (next hops) and 2.4.2. */
#include "kit.h"

#define P1 "2001:db8:1::/48"
#define P2 "2001:db8:2::/48"
#define P3 "2001:db8:3::/48"

static struct kit_in in;

/* A bad RTE between two good ones: 2.4.2 "ignore that entry and proceed to the next". */
static void expect_rte_dropped(struct kit *k, const char *prefix, unsigned metric, enum ripng_reason why)
{
    uint64_t before = kit_drops(k, why);
    uint32_t routes = kit_status(k).routes;
    kit_in(&in, KIT_RESPONSE, ETH0, BOB);
    kit_in_rte(&in, "2001:db8:aaaa::/48", 1, 0);
    kit_in_rte(&in, prefix, metric, 0);
    kit_in_rte(&in, "2001:db8:bbbb::/48", 1, 0);
    kit_receive(k, &in);
    if (kit_drops(k, why) != before + 1)
        kit_fail(k, __FILE__, __LINE__, "%s metric %u was to be dropped with %s", prefix, metric,
                 ripng_reason_name(why));
    expect_route(k, "2001:db8:aaaa::/48", 2, BOB);
    expect_route(k, "2001:db8:bbbb::/48", 2, BOB);
    assert_int_equal(kit_status(k).routes, routes > 2 ? routes : 2);
}

/* 2.4.2: "is the metric valid (i.e., between 1 and 16, inclusive)" */
static void an_rte_with_metric_0_or_over_16_is_dropped_alone(void **state)
{
    struct kit *k = *state;
    expect_rte_dropped(k, P1, 0, RIPNG_WHY_METRIC);
    for (unsigned m = 17; m < 255; m++)
        expect_rte_dropped(k, P1, m, RIPNG_WHY_METRIC);
    expect_event(k, RIPNG_EV_RTE_DROPPED, RIPNG_WHY_METRIC);
}

/* 2.4.2: "is the prefix length valid (i.e., between 0 and 128, inclusive)" */
static void an_rte_with_a_length_over_128_is_dropped_alone(void **state)
{
    struct kit *k = *state;
    expect_rte_dropped(k, "2001:db8:1::/129", 1, RIPNG_WHY_PREFIX_LENGTH);
    expect_rte_dropped(k, "2001:db8:1::/200", 1, RIPNG_WHY_PREFIX_LENGTH);
    expect_rte_dropped(k, "2001:db8:1::/255", 1, RIPNG_WHY_PREFIX_LENGTH);
    expect_event(k, RIPNG_EV_RTE_DROPPED, RIPNG_WHY_PREFIX_LENGTH);
}

/* 2.4.2: "not a multicast prefix and not a link-local address" */
static void an_rte_of_a_prefix_that_can_never_be_a_route_is_dropped_alone(void **state)
{
    struct kit *k = *state;
    static const char *const martians[] = {"ff00::/8",  "ff02::/16",     "ff02::9", "fe80::/10",
                                           "fe80::/64", "fe80::1",       "::1/128", "::/128",
                                           "fe00::/7",  "::ffff:0:0/96", "::/8"};
    for (size_t i = 0; i < sizeof(martians) / sizeof(martians[0]); i++)
        expect_rte_dropped(k, martians[i], 1, RIPNG_WHY_MARTIAN);
    expect_event(k, RIPNG_EV_RTE_DROPPED, RIPNG_WHY_MARTIAN);
}

static void a_martian_with_infinite_metric_is_dropped_as_well(void **state)
{
    struct kit *k = *state;
    expect_rte_dropped(k, "fe80::/64", 16, RIPNG_WHY_MARTIAN);
}

static void martian_is_what_remains_after_masking(void **state)
{
    struct kit *k = *state;
    expect_rte_dropped(k, "fe80::1/9", 1, RIPNG_WHY_MARTIAN); /* fe80::/9 spans all link-local addresses */
}

/* route6d sends bits beyond the length (PEERS.md 5) */
static void bits_beyond_the_prefix_length_are_cut(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE("2001:db8:1:2:3:4:5:6/48", 1));
    expect_route(k, P1, 2, BOB);
    kit_hear(k, ETH0, BOB, RTE("2001:db8:1:ffff::/48", 5));
    expect_route(k, P1, 6, BOB);
    assert_int_equal(kit_status(k).routes, 1);
}

static void prefixes_of_any_length_are_routes(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE("::/0", 1), RTE("2000::/3", 1), RTE("2001:db8::1/128", 1), RTE("fd00::/8", 1));
    expect_installed(k, "::/0", BOB, ETH0);
    expect_installed(k, "2000::/3", BOB, ETH0);
    expect_installed(k, "2001:db8::1/128", BOB, ETH0);
    expect_installed(k, "fd00::/8", BOB, ETH0);
}

static void prefixes_that_differ_in_length_alone_are_different_routes(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE("2001:db8::/32", 1), RTE("2001:db8::/48", 2), RTE("2001:db8::/64", 3));
    expect_route(k, "2001:db8::/32", 2, BOB);
    expect_route(k, "2001:db8::/48", 3, BOB);
    expect_route(k, "2001:db8::/64", 4, BOB);
}

/* --- metrics ---------------------------------------------------------- */

/* 2.4.2: "metric = MIN (metric + cost, infinity)" */
static void the_metric_is_the_one_heard_plus_the_interfaces_cost(void **state)
{
    struct kit *k = *state;
    kit_home(k);
    kit_section(k, "eth0")->metric = 4;
    kit_section(k, "eth1");
    kit_start(k);
    kit_settle(k);
    kit_hear(k, ETH0, BOB, RTE(P1, 3));
    kit_hear(k, ETH1, CAROL, RTE(P2, 3));
    expect_route(k, P1, 7, BOB);
    expect_route(k, P2, 4, CAROL);
}

static void a_metric_that_reaches_16_by_the_cost_is_no_route(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 15), RTE(P2, 14));
    expect_no_route(k, P1);
    expect_route(k, P2, 15, BOB);
}

static void the_sum_is_capped_at_16_whatever_the_cost(void **state)
{
    struct kit *k = *state;
    kit_home(k);
    kit_section(k, "eth0")->metric = 15;
    kit_section(k, "eth1");
    kit_start(k);
    kit_settle(k);
    for (unsigned m = 1; m <= 16; m++)
        kit_hear(k, ETH0, BOB, RTE(P1, m));
    expect_no_route(k, P1);
    assert_int_equal(kit_status(k).routes, 0);
    expect_no_event(k, RIPNG_EV_RTE_DROPPED);
}

/* 2.4.2: "unless the metric is infinity (there's no point in adding a route which is unusable)" */
static void an_unknown_prefix_with_metric_16_is_not_added(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 16));
    expect_no_route(k, P1);
    assert_int_equal(k->n_packets, 0);
    expect_no_event(k, RIPNG_EV_ROUTE_LOST);
}

static void another_metric_from_the_same_router_is_adopted_be_it_worse_or_better(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 3));
    kit_hear(k, ETH0, BOB, RTE(P1, 9));
    expect_route(k, P1, 10, BOB);
    expect_event(k, RIPNG_EV_ROUTE_CHANGED, RIPNG_WHY_NONE);
    kit_hear(k, ETH0, BOB, RTE(P1, 2));
    expect_route(k, P1, 3, BOB);
}

static void the_last_of_two_rtes_for_a_prefix_in_a_packet_counts(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 3), RTE(P1, 5));
    expect_route(k, P1, 6, BOB);
}

/* 2.1: the route tag must be preserved and readvertised */
static void the_route_tag_is_kept_and_passed_on(void **state)
{
    struct kit *k = *state;
    struct ripng_route_info i;
    kit_hear(k, ETH0, BOB, RTE_TAG(P1, 1, 0xbeef));
    assert_true(kit_read(k, P1, &i));
    assert_int_equal(i.tag, 0xbeef);
    assert_int_equal(expect_sent(k, ETH1, P1, 2)->tag, 0xbeef);
}

static void another_tag_from_the_same_router_is_adopted_and_announced(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE_TAG(P1, 1, 1));
    kit_settle(k);
    kit_hear(k, ETH0, BOB, RTE_TAG(P1, 1, 2));
    assert_int_equal(expect_sent(k, ETH1, P1, 2)->tag, 2);
    expect_event(k, RIPNG_EV_ROUTE_CHANGED, RIPNG_WHY_NONE);
    expect_no_changes(k); /* the kernel doesn't know tags */
}

static void the_same_again_changes_nothing(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 1), RTE(P2, 1));
    kit_settle(k);
    kit_hear(k, ETH0, BOB, RTE(P1, 1), RTE(P2, 1));
    expect_no_changes(k);
    assert_int_equal(k->n_packets, 0);
    assert_int_equal(k->n_events, 0);
}

static void a_new_route_is_reported_with_prefix_metric_and_next_hop(void **state)
{
    struct kit *k = *state;
    struct in6_addr bob = kit_addr(BOB);
    struct ripng_prefix p1 = kit_prefix(P1);
    kit_hear(k, ETH0, BOB, RTE_TAG(P1, 4, 9));
    const struct ripng_event *e = expect_event(k, RIPNG_EV_ROUTE_NEW, RIPNG_WHY_NONE);
    assert_true(ripng_prefix_equal(&e->prefix, &p1));
    assert_true(ripng_addr_equal(&e->nexthop, &bob));
    assert_int_equal(e->metric, 5);
    assert_int_equal(e->tag, 9);
    assert_int_equal(e->ifindex, ETH0);
}

/* --- next hops, 2.1.1 ------------------------------------------------- */

static void a_next_hop_rte_names_the_next_hop_of_those_after_it(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 1), NEXT_HOP(CAROL), RTE(P2, 1), RTE(P3, 1));
    expect_installed(k, P1, BOB, ETH0);
    expect_installed(k, P2, CAROL, ETH0);
    expect_installed(k, P3, CAROL, ETH0);
}

static void another_next_hop_rte_takes_over(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, NEXT_HOP(CAROL), RTE(P1, 1), NEXT_HOP(DAVE), RTE(P2, 1));
    expect_installed(k, P1, CAROL, ETH0);
    expect_installed(k, P2, DAVE, ETH0);
}

/* "Specifying a value of 0:0:0:0:0:0:0:0 ... indicates that the next hop should be the originator" */
static void an_unspecified_next_hop_is_the_sender(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, NEXT_HOP(CAROL), RTE(P1, 1), NEXT_HOP("::"), RTE(P2, 1));
    expect_installed(k, P1, CAROL, ETH0);
    expect_installed(k, P2, BOB, ETH0);
}

/* "If the received next hop address is not a link-local address, it should be treated as 0:0:0:0:0:0:0:0" */
static void a_next_hop_that_is_not_link_local_is_the_sender(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, NEXT_HOP(CAROL), NEXT_HOP("2001:db8::1"), RTE(P1, 1), NEXT_HOP("ff02::9"),
             RTE(P2, 1), NEXT_HOP("::1"), RTE(P3, 1));
    expect_installed(k, P1, BOB, ETH0);
    expect_installed(k, P2, BOB, ETH0);
    expect_installed(k, P3, BOB, ETH0);
}

/* "...until the end of the message" */
static void a_next_hop_rte_does_not_reach_into_the_next_packet(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, NEXT_HOP(CAROL), RTE(P1, 1));
    kit_hear(k, ETH0, BOB, RTE(P2, 1));
    expect_installed(k, P1, CAROL, ETH0);
    expect_installed(k, P2, BOB, ETH0);
}

static void a_next_hop_rte_at_the_end_does_no_harm(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 1), NEXT_HOP(CAROL));
    expect_installed(k, P1, BOB, ETH0);
    expect_no_event(k, RIPNG_EV_RTE_DROPPED);
    assert_int_equal(kit_status(k).routes, 1);
}

/* "The route tag and prefix length in the next hop RTE must be set to zero on sending and ignored on
 * reception." */
static void tag_and_length_of_a_next_hop_rte_are_ignored(void **state)
{
    struct kit *k = *state;
    struct in6_addr carol = kit_addr(CAROL);
    kit_in(&in, KIT_RESPONSE, ETH0, BOB);
    kit_in_raw(&in, &carol, 0xffff, 200, 255);
    kit_in_rte(&in, P1, 1, 0);
    kit_receive(k, &in);
    expect_installed(k, P1, CAROL, ETH0);
    expect_no_event(k, RIPNG_EV_RTE_DROPPED);
}

static void a_bad_rte_does_not_end_the_next_hops_reach(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, NEXT_HOP(CAROL), RTE("ff00::/8", 1), RTE(P1, 0), RTE(P2, 1));
    expect_installed(k, P2, CAROL, ETH0);
}

/* Carol, with split horizon off, says that Bob's network is best reached by us: that is a loop. */
static void a_route_whose_next_hop_is_this_router_is_not_used(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, NEXT_HOP(OUR_ETH0), RTE(P1, 1), NEXT_HOP("::"), RTE(P2, 1));
    expect_not_installed(k, P1);
    expect_installed(k, P2, BOB, ETH0);
    kit_advance(k, 50);
    struct ripng_route_info i;
    if (kit_read(k, P1, &i) && i.state == RIPNG_ROUTE_VALID)
        kit_fail(k, __FILE__, __LINE__, "a route via ourselves is valid");
}

static void another_next_hop_from_the_same_router_is_adopted(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, NEXT_HOP(CAROL), RTE(P1, 1));
    kit_settle(k);
    kit_hear(k, ETH0, BOB, NEXT_HOP(DAVE), RTE(P1, 1));
    expect_installed(k, P1, DAVE, ETH0);
    assert_int_equal(kit_count_changes(k, RIPNG_ROUTE_SET, P1), 1);
    assert_int_equal(kit_count_changes(k, RIPNG_ROUTE_DELETE, NULL), 0); /* in place */
    expect_event(k, RIPNG_EV_ROUTE_CHANGED, RIPNG_WHY_NONE);
}

static void a_next_hop_that_never_speaks_is_no_neighbour(void **state)
{
    struct kit *k = *state;
    struct ripng_neigh_info n;
    kit_hear(k, ETH0, BOB, NEXT_HOP(CAROL), RTE(P1, 1));
    assert_false(kit_neigh(k, ETH0, CAROL, &n));
    assert_true(kit_neigh(k, ETH0, BOB, &n));
    assert_int_equal(n.routes, 1);
    assert_int_equal(kit_status(k).neighbors, 1);
}

/* The path is Bob's, so his silence ends it, whoever the next hop is. */
static void the_announcer_is_who_withdraws_a_route_via_another_next_hop(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, NEXT_HOP(CAROL), RTE(P1, 1));
    kit_hear(k, ETH0, CAROL, RTE(P1, 16));
    expect_route(k, P1, 2, CAROL);
    kit_hear(k, ETH0, BOB, RTE(P1, 16));
    expect_garbage(k, P1);
    expect_not_installed(k, P1);
}

/* --- limits ----------------------------------------------------------- */

static void limited(struct kit *k, uint32_t routes, uint32_t per_neighbor)
{
    kit_home(k);
    k->config.limits.routes = routes;
    k->config.limits.routes_per_neighbor = per_neighbor;
    kit_start(k);
    kit_settle(k);
}

static void a_route_beyond_the_limit_is_dropped_and_reported(void **state)
{
    struct kit *k = *state;
    limited(k, 2, 0);
    kit_hear(k, ETH0, BOB, RTE(P1, 1), RTE(P2, 1), RTE(P3, 1));
    expect_route(k, P1, 2, BOB);
    expect_route(k, P2, 2, BOB);
    expect_no_route(k, P3);
    assert_int_equal(kit_drops(k, RIPNG_WHY_ROUTE_LIMIT), 1);
    assert_int_equal(kit_count_events(k, RIPNG_EV_LIMIT), 1);
}

static void at_the_limit_known_routes_go_on_being_refreshed_and_changed(void **state)
{
    struct kit *k = *state;
    limited(k, 2, 0);
    for (int i = 0; i < 10; i++) {
        kit_hear(k, ETH0, BOB, RTE(P3, 1), RTE(P1, 1), RTE(P2, (unsigned)i + 1));
        kit_advance(k, 30);
    }
    expect_route(k, P1, 2, BOB);
    expect_route(k, P3, 2, BOB);
    expect_no_route(k, P2);
}

static void a_freed_route_makes_room_for_another(void **state)
{
    struct kit *k = *state;
    limited(k, 1, 0);
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_hear(k, ETH0, BOB, RTE(P2, 1));
    expect_no_route(k, P2);
    kit_hear(k, ETH0, BOB, RTE(P1, 16));
    kit_advance(k, 121);
    kit_hear(k, ETH0, BOB, RTE(P2, 1));
    expect_route(k, P2, 2, BOB);
}

static void own_routes_do_not_count_against_the_limit(void **state)
{
    struct kit *k = *state;
    limited(k, 1, 0);
    kit_kernel_add(k, kit_onlink(P1, KIT_LO));
    kit_kernel_add(k, kit_onlink(P2, KIT_LO));
    kit_hear(k, ETH0, BOB, RTE(P3, 1));
    expect_route(k, P3, 2, BOB);
    expect_route(k, P1, 1, "::");
    expect_route(k, P2, 1, "::");
}

static void a_neighbours_routes_can_be_limited(void **state)
{
    struct kit *k = *state;
    limited(k, 0, 2);
    kit_hear(k, ETH0, BOB, RTE(P1, 1), RTE(P2, 1), RTE(P3, 1));
    expect_no_route(k, P3);
    assert_int_equal(kit_drops(k, RIPNG_WHY_ROUTE_LIMIT), 1);
    kit_hear(k, ETH0, CAROL, RTE(P3, 1));
    expect_route(k, P3, 2, CAROL);
}

static void withdrawals_beyond_the_limit_are_no_fault(void **state)
{
    struct kit *k = *state;
    limited(k, 1, 0);
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_hear(k, ETH0, BOB, RTE(P2, 16), RTE(P3, 16));
    assert_int_equal(kit_drops(k, RIPNG_WHY_ROUTE_LIMIT), 0);
    expect_no_event(k, RIPNG_EV_LIMIT);
}

static void without_a_limit_there_is_none(void **state)
{
    struct kit *k = *state;
    limited(k, 0, 0);
    for (unsigned j = 0; j < 200; j++) {
        kit_in(&in, KIT_RESPONSE, ETH0, BOB);
        for (unsigned i = 0; i < 72; i++) {
            char prefix[64];
            snprintf(prefix, sizeof(prefix), "2001:db8:%x:%x::/64", j, i);
            kit_in_rte(&in, prefix, 1, 0);
        }
        kit_receive(k, &in);
    }
    assert_int_equal(kit_status(k).routes, 14400);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_RUNNING(an_rte_with_metric_0_or_over_16_is_dropped_alone),
        KIT_RUNNING(an_rte_with_a_length_over_128_is_dropped_alone),
        KIT_RUNNING(an_rte_of_a_prefix_that_can_never_be_a_route_is_dropped_alone),
        KIT_RUNNING(a_martian_with_infinite_metric_is_dropped_as_well),
        KIT_RUNNING(martian_is_what_remains_after_masking),
        KIT_RUNNING(bits_beyond_the_prefix_length_are_cut),
        KIT_RUNNING(prefixes_of_any_length_are_routes),
        KIT_RUNNING(prefixes_that_differ_in_length_alone_are_different_routes),
        KIT_FRESH(the_metric_is_the_one_heard_plus_the_interfaces_cost),
        KIT_RUNNING(a_metric_that_reaches_16_by_the_cost_is_no_route),
        KIT_FRESH(the_sum_is_capped_at_16_whatever_the_cost),
        KIT_RUNNING(an_unknown_prefix_with_metric_16_is_not_added),
        KIT_RUNNING(another_metric_from_the_same_router_is_adopted_be_it_worse_or_better),
        KIT_RUNNING(the_last_of_two_rtes_for_a_prefix_in_a_packet_counts),
        KIT_RUNNING(the_route_tag_is_kept_and_passed_on),
        KIT_RUNNING(another_tag_from_the_same_router_is_adopted_and_announced),
        KIT_RUNNING(the_same_again_changes_nothing),
        KIT_RUNNING(a_new_route_is_reported_with_prefix_metric_and_next_hop),
        KIT_RUNNING(a_next_hop_rte_names_the_next_hop_of_those_after_it),
        KIT_RUNNING(another_next_hop_rte_takes_over),
        KIT_RUNNING(an_unspecified_next_hop_is_the_sender),
        KIT_RUNNING(a_next_hop_that_is_not_link_local_is_the_sender),
        KIT_RUNNING(a_next_hop_rte_does_not_reach_into_the_next_packet),
        KIT_RUNNING(a_next_hop_rte_at_the_end_does_no_harm),
        KIT_RUNNING(tag_and_length_of_a_next_hop_rte_are_ignored),
        KIT_RUNNING(a_bad_rte_does_not_end_the_next_hops_reach),
        KIT_RUNNING(a_route_whose_next_hop_is_this_router_is_not_used),
        KIT_RUNNING(another_next_hop_from_the_same_router_is_adopted),
        KIT_RUNNING(a_next_hop_that_never_speaks_is_no_neighbour),
        KIT_RUNNING(the_announcer_is_who_withdraws_a_route_via_another_next_hop),
        KIT_FRESH(a_route_beyond_the_limit_is_dropped_and_reported),
        KIT_FRESH(at_the_limit_known_routes_go_on_being_refreshed_and_changed),
        KIT_FRESH(a_freed_route_makes_room_for_another),
        KIT_FRESH(own_routes_do_not_count_against_the_limit),
        KIT_FRESH(a_neighbours_routes_can_be_limited),
        KIT_FRESH(withdrawals_beyond_the_limit_are_no_fault),
        KIT_FRESH(without_a_limit_there_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
