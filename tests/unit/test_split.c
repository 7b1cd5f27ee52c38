/* lib/advert.c: split horizon in its three modes, RFC 2080 2.6, and the next-hop RTEs that are sent, 2.1.1.
 */
#include "kit.h"

#define P1 "2001:db8:1::/48"
#define P2 "2001:db8:2::/48"
#define P3 "2001:db8:3::/48"

static void start(struct kit *k, enum ripng_split_horizon mode)
{
    kit_home(k);
    kit_section(k, "eth*")->split_horizon = mode;
    kit_start(k);
    kit_settle(k);
}

/* A regular update on both interfaces, nothing else in the logs. */
static void regular(struct kit *k)
{
    kit_settle(k);
    kit_advance(k, 45);
}

/* 2.6: "includes such routes in updates, but sets their metrics to infinity" */
static void poisoned_reverse_announces_a_route_back_with_16(void **state)
{
    struct kit *k = *state;
    start(k, RIPNG_SPLIT_POISON);
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    regular(k);
    expect_sent(k, ETH0, P1, 16);
    expect_sent(k, ETH1, P1, 2);
}

static void poisoned_reverse_is_the_default(void **state)
{
    struct kit *k = *state;
    kit_home(k);
    kit_start(k);
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    regular(k);
    expect_sent(k, ETH0, P1, 16);
}

/* 2.6: "omits routes learned from one neighbor in updates sent to that neighbor" */
static void simple_split_horizon_leaves_a_route_out_where_it_was_learned(void **state)
{
    struct kit *k = *state;
    start(k, RIPNG_SPLIT_SIMPLE);
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    regular(k);
    expect_not_sent(k, ETH0, P1);
    expect_sent(k, ETH1, P1, 2);
}

/* Silence would leave the neighbours there with what they were told before, for a timeout, and in a loop. */
static void simple_split_horizon_takes_back_once_what_was_said_of_a_route_that_turns(void **state)
{
    struct kit *k = *state;
    start(k, RIPNG_SPLIT_SIMPLE);
    kit_hear(k, ETH1, CAROL, RTE(P1, 5));
    kit_advance(k, 60);
    expect_sent(k, ETH0, P1, 6);
    kit_forget(k);
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_advance(k, 6);
    expect_sent(k, ETH0, P1, 16);
    expect_sent(k, ETH1, P1, 2);
    regular(k);
    kit_forget(k);
    regular(k);
    expect_not_sent(k, ETH0, P1);
}

/* Told on ETH1, then led out there, too, where simple split horizon is silent: they still have it there. */
static void a_goodbye_takes_back_what_simple_split_horizon_is_silent_about(void **state)
{
    struct kit *k = *state;
    k->config.kernel.multipath = 2;
    start(k, RIPNG_SPLIT_SIMPLE);
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_advance(k, 60);
    expect_sent(k, ETH1, P1, 2);
    kit_hear(k, ETH1, CAROL, RTE(P1, 1));
    kit_advance(k, 6);
    kit_forget(k);
    kit_stop(k);
    expect_sent(k, ETH0, P1, 16);
    expect_sent(k, ETH1, P1, 16);
}

static void without_split_horizon_a_route_is_announced_where_it_was_learned(void **state)
{
    struct kit *k = *state;
    start(k, RIPNG_SPLIT_OFF);
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    regular(k);
    expect_sent(k, ETH0, P1, 2);
    expect_sent(k, ETH1, P1, 2);
}

/* 2.1.1: "eliminate packets being routed through extra hops": others on the link go to Bob at once */
static void without_split_horizon_the_gateway_is_named_as_next_hop(void **state)
{
    struct kit *k = *state;
    struct in6_addr bob = kit_addr(BOB);
    start(k, RIPNG_SPLIT_OFF);
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    regular(k);
    assert_true(ripng_addr_equal(&expect_sent(k, ETH0, P1, 2)->next_hop, &bob));
    assert_true(ripng_addr_is_unspecified(&expect_sent(k, ETH1, P1, 2)->next_hop));
}

static void split_horizon_is_by_interface_not_by_neighbour(void **state)
{
    struct kit *k = *state;
    start(k, RIPNG_SPLIT_POISON);
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_hear(k, ETH0, CAROL, RTE(P2, 1));
    regular(k);
    expect_sent(k, ETH0, P1, 16);
    expect_sent(k, ETH0, P2, 16);
}

static void own_routes_know_no_split_horizon(void **state)
{
    struct kit *k = *state;
    start(k, RIPNG_SPLIT_POISON);
    kit_kernel_add(k, kit_onlink(P1, KIT_LO));
    regular(k);
    expect_sent(k, ETH0, P1, 1);
    expect_sent(k, ETH1, P1, 1);
}

static void each_interface_has_its_own_mode(void **state)
{
    struct kit *k = *state;
    kit_home(k);
    kit_section(k, "eth0")->split_horizon = RIPNG_SPLIT_SIMPLE;
    kit_section(k, "eth1")->split_horizon = RIPNG_SPLIT_OFF;
    kit_start(k);
    kit_settle(k);
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_hear(k, ETH1, CAROL, RTE(P2, 1));
    regular(k);
    expect_not_sent(k, ETH0, P1);
    expect_sent(k, ETH1, P2, 2);
}

/* When the way changes to the other side, so does the poison. */
static void the_poison_follows_the_route_to_another_interface(void **state)
{
    struct kit *k = *state;
    start(k, RIPNG_SPLIT_POISON);
    kit_hear(k, ETH0, BOB, RTE(P1, 5));
    regular(k);
    kit_hear(k, ETH1, CAROL, RTE(P1, 2));
    regular(k);
    expect_sent(k, ETH0, P1, 3);
    expect_sent(k, ETH1, P1, 16);
}

/* Carol and others on eth1 may still go through us for P1; they must learn at once that we go through Carol.
 */
static void a_route_that_moves_to_another_interface_is_poisoned_there_at_once(void **state)
{
    struct kit *k = *state;
    start(k, RIPNG_SPLIT_POISON);
    kit_hear(k, ETH0, BOB, RTE(P1, 5));
    kit_settle(k);
    kit_hear(k, ETH1, CAROL, RTE(P1, 2));
    kit_advance(k, 5);
    expect_sent(k, ETH1, P1, 16);
}

/* The same with the metric unchanged: nobody's metric tells of it, the interface does. */
static void a_move_with_the_same_metric_is_announced_as_well(void **state)
{
    struct kit *k = *state;
    start(k, RIPNG_SPLIT_POISON);
    kit_hear(k, ETH0, BOB, RTE(P1, 2));
    kit_hear(k, ETH1, CAROL, RTE(P1, 2));
    kit_settle(k);
    kit_hear(k, ETH0, BOB, RTE(P1, 16));
    expect_installed(k, P1, CAROL, ETH1);
    kit_advance(k, 5.1);
    expect_sent(k, ETH0, P1, 3);
    expect_sent(k, ETH1, P1, 16);
}

static void a_lost_route_is_poisoned_on_all_interfaces(void **state)
{
    struct kit *k = *state;
    start(k, RIPNG_SPLIT_POISON);
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_hear(k, ETH0, BOB, RTE(P1, 16));
    regular(k);
    expect_sent(k, ETH0, P1, 16);
    expect_sent(k, ETH1, P1, 16);
}

static void split_horizon_off_announces_a_lost_route_with_16_and_no_next_hop(void **state)
{
    struct kit *k = *state;
    start(k, RIPNG_SPLIT_OFF);
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_hear(k, ETH0, BOB, RTE(P1, 16));
    regular(k);
    assert_true(ripng_addr_is_unspecified(&expect_sent(k, ETH0, P1, 16)->next_hop));
}

/* --- next hops -------------------------------------------------------- */

static void delegate(struct kit *k)
{
    kit_kernel_add(k, kit_discard("2001:db8::/40"));
    kit_kernel_add(k, kit_gateway("2001:db8:4::/48", DAVE, ETH0, PROTO_BOOT));
}

/* R1 announces what it delegated to R2 onto the link of both: R3 is to go to R2 at once. */
static void an_own_route_via_a_gateway_names_it_on_the_gateways_link(void **state)
{
    struct kit *k = *state;
    struct in6_addr dave = kit_addr(DAVE);
    start(k, RIPNG_SPLIT_POISON);
    delegate(k);
    regular(k);
    assert_true(ripng_addr_equal(&expect_sent(k, ETH0, "2001:db8:4::/48", 1)->next_hop, &dave));
}

static void an_own_route_via_a_gateway_names_nobody_on_other_links(void **state)
{
    struct kit *k = *state;
    start(k, RIPNG_SPLIT_POISON);
    delegate(k);
    regular(k);
    assert_true(ripng_addr_is_unspecified(&expect_sent(k, ETH1, "2001:db8:4::/48", 1)->next_hop));
}

/* 2.1.1: "must be a link-local address" */
static void a_gateway_that_is_not_link_local_is_not_named(void **state)
{
    struct kit *k = *state;
    start(k, RIPNG_SPLIT_POISON);
    kit_kernel_add(k, kit_discard("2001:db8::/40"));
    kit_kernel_add(k, kit_gateway("2001:db8:4::/48", "2001:db8:ff::2", ETH0, PROTO_BOOT));
    regular(k);
    assert_true(ripng_addr_is_unspecified(&expect_sent(k, ETH0, "2001:db8:4::/48", 1)->next_hop));
}

static void a_next_hop_that_was_heard_is_named_not_its_announcer(void **state)
{
    struct kit *k = *state;
    struct in6_addr carol = kit_addr(CAROL);
    start(k, RIPNG_SPLIT_OFF);
    kit_hear(k, ETH0, BOB, NEXT_HOP(CAROL), RTE(P1, 1));
    regular(k);
    assert_true(ripng_addr_equal(&expect_sent(k, ETH0, P1, 2)->next_hop, &carol));
}

/* Each of a hundred gateways; the kit reads them back as a receiver does. */
static void the_next_hop_of_one_route_does_not_leak_to_others(void **state)
{
    struct kit *k = *state;
    start(k, RIPNG_SPLIT_OFF);
    for (unsigned i = 0; i < 100; i++) {
        char prefix[64], from[64];
        snprintf(prefix, sizeof(prefix), "2001:db8:%x::/48", i);
        snprintf(from, sizeof(from), "fe80::b:%x", i % 7);
        kit_hear(k, ETH0, from, RTE(prefix, 1));
        snprintf(prefix, sizeof(prefix), "2001:db8:%x::/48", i + 0x1000);
        kit_kernel_add(k, kit_onlink(prefix, KIT_LO));
    }
    regular(k);
    for (unsigned i = 0; i < 100; i++) {
        char prefix[64], from[64];
        snprintf(prefix, sizeof(prefix), "2001:db8:%x::/48", i);
        snprintf(from, sizeof(from), "fe80::b:%x", i % 7);
        struct in6_addr want = kit_addr(from);
        assert_true(ripng_addr_equal(&expect_sent(k, ETH0, prefix, 2)->next_hop, &want));
        snprintf(prefix, sizeof(prefix), "2001:db8:%x::/48", i + 0x1000);
        assert_true(ripng_addr_is_unspecified(&expect_sent(k, ETH0, prefix, 1)->next_hop));
    }
}

/* 2.1.1: the reach of a next-hop RTE ends with its message */
static void the_next_hop_is_said_again_in_each_packet(void **state)
{
    struct kit *k = *state;
    static struct kit_in in;
    struct in6_addr bob = kit_addr(BOB);
    start(k, RIPNG_SPLIT_OFF);
    for (unsigned j = 0; j < 5; j++) {
        kit_in(&in, KIT_RESPONSE, ETH0, BOB);
        for (unsigned i = 0; i < 60; i++) {
            char prefix[64];
            snprintf(prefix, sizeof(prefix), "2001:db8:%x::/48", 60 * j + i);
            kit_in_rte(&in, prefix, 1, 0);
        }
        kit_receive(k, &in);
    }
    regular(k);
    size_t packets = 0;
    for (size_t i = 0; i < k->n_packets; i++)
        for (size_t j = 0; k->packets[i].send.ifindex == ETH0 && j < k->packets[i].n; j++) {
            assert_true(ripng_addr_equal(&k->packets[i].rtes[j].next_hop, &bob));
            packets += j == 0;
        }
    assert_true(packets >= 5);
}

/* --- on-link prefixes ------------------------------------------------- */

/* HOME.md 0.2 */
static void a_prefix_is_not_announced_onto_the_link_where_it_is_on_link(void **state)
{
    struct kit *k = *state;
    start(k, RIPNG_SPLIT_POISON);
    kit_kernel_add(k, kit_onlink(P1, ETH0));
    kit_kernel_add(k, kit_onlink(P2, KIT_LO));
    regular(k);
    expect_not_sent(k, ETH0, P1);
    expect_sent(k, ETH1, P1, 1);
    expect_sent(k, ETH0, P2, 1);
}

static void a_prefix_that_is_on_link_twice_is_announced_on_neither_link(void **state)
{
    struct kit *k = *state;
    start(k, RIPNG_SPLIT_POISON);
    kit_kernel_add(k, kit_onlink(P1, ETH0));
    kit_kernel_add(k, kit_onlink(P1, ETH1));
    kit_kernel_add(k, kit_onlink(P2, KIT_LO));
    regular(k);
    expect_not_sent(k, ETH0, P1);
    expect_not_sent(k, ETH1, P1);
    expect_sent(k, ETH1, P2, 1);
}

static void a_whole_table_answer_leaves_out_what_is_on_link_there(void **state)
{
    struct kit *k = *state;
    start(k, RIPNG_SPLIT_POISON);
    kit_kernel_add(k, kit_onlink(P1, ETH0));
    kit_kernel_add(k, kit_onlink(P2, ETH1));
    kit_settle(k);
    kit_ask(k, ETH0, DAVE, RIPNG_PORT, WHOLE_TABLE);
    expect_not_sent(k, ETH0, P1);
    expect_sent(k, ETH0, P2, 1);
}

static void a_more_specific_prefix_is_announced_onto_the_link_of_the_less_specific(void **state)
{
    struct kit *k = *state;
    start(k, RIPNG_SPLIT_POISON);
    kit_kernel_add(k, kit_onlink(P1, ETH0));
    kit_kernel_add(k, kit_onlink("2001:db8:1:1::/64", ETH1));
    regular(k);
    expect_sent(k, ETH0, "2001:db8:1:1::/64", 1);
    expect_sent(k, ETH1, P1, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_FRESH(poisoned_reverse_announces_a_route_back_with_16),
        KIT_FRESH(poisoned_reverse_is_the_default),
        KIT_FRESH(simple_split_horizon_leaves_a_route_out_where_it_was_learned),
        KIT_FRESH(simple_split_horizon_takes_back_once_what_was_said_of_a_route_that_turns),
        KIT_FRESH(a_goodbye_takes_back_what_simple_split_horizon_is_silent_about),
        KIT_FRESH(without_split_horizon_a_route_is_announced_where_it_was_learned),
        KIT_FRESH(without_split_horizon_the_gateway_is_named_as_next_hop),
        KIT_FRESH(split_horizon_is_by_interface_not_by_neighbour),
        KIT_FRESH(own_routes_know_no_split_horizon),
        KIT_FRESH(each_interface_has_its_own_mode),
        KIT_FRESH(the_poison_follows_the_route_to_another_interface),
        KIT_FRESH(a_route_that_moves_to_another_interface_is_poisoned_there_at_once),
        KIT_FRESH(a_move_with_the_same_metric_is_announced_as_well),
        KIT_FRESH(a_lost_route_is_poisoned_on_all_interfaces),
        KIT_FRESH(split_horizon_off_announces_a_lost_route_with_16_and_no_next_hop),
        KIT_FRESH(an_own_route_via_a_gateway_names_it_on_the_gateways_link),
        KIT_FRESH(an_own_route_via_a_gateway_names_nobody_on_other_links),
        KIT_FRESH(a_gateway_that_is_not_link_local_is_not_named),
        KIT_FRESH(a_next_hop_that_was_heard_is_named_not_its_announcer),
        KIT_FRESH(the_next_hop_of_one_route_does_not_leak_to_others),
        KIT_FRESH(the_next_hop_is_said_again_in_each_packet),
        KIT_FRESH(a_prefix_is_not_announced_onto_the_link_where_it_is_on_link),
        KIT_FRESH(a_prefix_that_is_on_link_twice_is_announced_on_neither_link),
        KIT_FRESH(a_whole_table_answer_leaves_out_what_is_on_link_there),
        KIT_FRESH(a_more_specific_prefix_is_announced_onto_the_link_of_the_less_specific),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
