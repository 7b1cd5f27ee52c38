/* lib/advert.c: triggered updates, RFC 2080 2.5.1. */
#include "kit.h"

#define P1 "2001:db8:1::/48"
#define P2 "2001:db8:2::/48"
#define P3 "2001:db8:3::/48"

/* Regular updates out of the way. */
static void quiet(struct kit *k)
{
    kit_home(k);
    k->config.timers.update_us = SECONDS(86400);
    k->config.timers.timeout_us = SECONDS(20000);
    k->config.timers.garbage_us = SECONDS(20000);
    kit_start(k);
    kit_advance(k, 60);
    kit_forget(k);
}

static void the_first_triggered_update_goes_out_at_once(void **state)
{
    struct kit *k = *state;
    quiet(k);
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    expect_sent(k, ETH1, P1, 2); /* no time went by */
}

static void a_triggered_update_goes_out_on_all_other_interfaces(void **state)
{
    struct kit *k = *state;
    quiet(k);
    kit_link_add(k, ETH2, "eth2");
    kit_address(k, ETH2, OUR_ETH2, true);
    kit_advance(k, 60);
    kit_forget(k);
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    expect_sent(k, ETH1, P1, 2);
    expect_sent(k, ETH2, P1, 2);
}

/* "...the omission of routes that have not changed" */
static void a_triggered_update_holds_only_what_changed(void **state)
{
    struct kit *k = *state;
    quiet(k);
    kit_hear(k, ETH0, BOB, RTE(P1, 1), RTE(P2, 1), RTE(P3, 1));
    kit_advance(k, 60);
    kit_forget(k);
    kit_hear(k, ETH0, BOB, RTE(P1, 1), RTE(P2, 7), RTE(P3, 1));
    expect_sent(k, ETH1, P2, 8);
    assert_int_equal(expect_one_packet(k, ETH1)->n, 1);
}

static void a_change_of_the_tag_alone_is_a_change(void **state)
{
    struct kit *k = *state;
    quiet(k);
    kit_hear(k, ETH0, BOB, RTE_TAG(P1, 1, 1), RTE(P2, 1));
    kit_advance(k, 60);
    kit_forget(k);
    kit_hear(k, ETH0, BOB, RTE_TAG(P1, 1, 2), RTE(P2, 1));
    assert_int_equal(expect_sent(k, ETH1, P1, 2)->tag, 2);
    assert_int_equal(expect_one_packet(k, ETH1)->n, 1);
}

/* "After a triggered update is sent, a timer should be set for a random interval between 1 and 5 seconds." */
static void the_next_change_is_held_for_1_to_5_seconds(void **state)
{
    struct kit *k = *state;
    quiet(k);
    for (unsigned i = 0; i < 50; i++) {
        kit_forget(k);
        kit_hear(k, ETH0, BOB, RTE(P1, 1 + i % 2));
        expect_sent(k, ETH1, P1, 2 + i % 2);
        int64_t first = k->now.us;
        kit_forget(k);
        kit_advance(k, 0.1);
        kit_hear(k, ETH0, BOB, RTE(P2, 1 + i % 2));
        expect_not_sent(k, ETH1, P2);
        kit_advance(k, 5);
        expect_sent(k, ETH1, P2, 2 + i % 2);
        assert_in_range(expect_one_packet(k, ETH1)->at_us - first, SECONDS(1), SECONDS(5));
        kit_advance(k, 60);
    }
}

static void the_hold_is_random_over_its_range(void **state)
{
    struct kit *k = *state;
    unsigned halves[2] = {0};
    quiet(k);
    for (unsigned i = 0; i < 200; i++) {
        kit_hear(k, ETH0, BOB, RTE(P1, 1 + i % 2));
        int64_t first = k->now.us;
        kit_forget(k);
        kit_hear(k, ETH0, BOB, RTE(P2, 1 + i % 2));
        kit_advance(k, 5);
        halves[expect_one_packet(k, ETH1)->at_us - first > SECONDS(3)]++;
        kit_advance(k, 60);
    }
    assert_in_range(halves[0], 60, 140);
}

static void the_hold_can_be_set(void **state)
{
    struct kit *k = *state;
    k->config.timers.triggered_min_us = SECONDS(0.2);
    k->config.timers.triggered_max_us = SECONDS(0.3);
    quiet(k);
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    int64_t first = k->now.us;
    kit_forget(k);
    kit_hear(k, ETH0, BOB, RTE(P2, 1));
    kit_advance(k, 1);
    assert_in_range(expect_one_packet(k, ETH1)->at_us - first, SECONDS(0.2), SECONDS(0.3));
}

/* "If other changes that would trigger updates occur before the timer expires, a single update is triggered"
 */
static void a_hold_ends_when_the_settings_make_it_shorter(void **state)
{
    struct kit *k = *state;
    k->config.timers.triggered_min_us = k->config.timers.triggered_max_us = SECONDS(3000);
    quiet(k);
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_forget(k);
    kit_hear(k, ETH0, BOB, RTE(P2, 1));
    k->config.timers.triggered_min_us = k->config.timers.triggered_max_us = SECONDS(1);
    kit_configure(k);
    kit_advance(k, 1.1);
    expect_sent(k, ETH1, P2, 2);
}

static void changes_during_the_hold_make_a_single_update(void **state)
{
    struct kit *k = *state;
    quiet(k);
    kit_hear(k, ETH0, BOB, RTE("2001:db8:ffff::/48", 1));
    kit_forget(k);
    for (unsigned i = 0; i < 20; i++) {
        char prefix[64];
        snprintf(prefix, sizeof(prefix), "2001:db8:%x::/48", i);
        kit_hear(k, ETH0, BOB, RTE(prefix, 1));
        kit_advance(k, 0.04);
    }
    kit_advance(k, 5);
    assert_int_equal(expect_one_packet(k, ETH1)->n, 20);
}

static void a_route_that_changed_often_during_the_hold_is_sent_once_as_it_is_now(void **state)
{
    struct kit *k = *state;
    quiet(k);
    kit_hear(k, ETH0, BOB, RTE(P2, 1));
    kit_forget(k);
    for (unsigned m = 1; m < 10; m++)
        kit_hear(k, ETH0, BOB, RTE(P1, m));
    kit_advance(k, 5);
    expect_sent(k, ETH1, P1, 10);
    assert_int_equal(kit_count_sent(k, ETH1, P1), 1);
}

/* What has been said must be unsaid: a route lost during the hold may be known from an update before. */
static void a_route_lost_during_the_hold_is_sent_with_16(void **state)
{
    struct kit *k = *state;
    quiet(k);
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_hear(k, ETH0, BOB, RTE(P1, 16));
    kit_advance(k, 5);
    expect_sent(k, ETH1, P1, 16);
}

/* "route change flags ... cleared" after the update */
static void a_change_is_triggered_once(void **state)
{
    struct kit *k = *state;
    quiet(k);
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_advance(k, 600);
    assert_int_equal(kit_count_sent(k, ETH1, P1), 1);
}

static void a_route_heard_again_unchanged_triggers_nothing(void **state)
{
    struct kit *k = *state;
    quiet(k);
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_advance(k, 60);
    kit_forget(k);
    for (int i = 0; i < 20; i++) {
        kit_hear(k, ETH0, BOB, RTE(P1, 1));
        kit_advance(k, 30);
    }
    assert_int_equal(k->n_packets, 0);
}

static void a_worse_route_of_another_router_triggers_nothing(void **state)
{
    struct kit *k = *state;
    quiet(k);
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_advance(k, 60);
    kit_forget(k);
    kit_hear(k, ETH1, CAROL, RTE(P1, 5));
    kit_advance(k, 60);
    expect_not_sent(k, ETH1, P1);
}

static void a_withdrawal_triggers_an_update_with_16(void **state)
{
    struct kit *k = *state;
    quiet(k);
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_advance(k, 60);
    kit_forget(k);
    kit_hear(k, ETH0, BOB, RTE(P1, 16));
    expect_sent(k, ETH1, P1, 16);
}

static void own_routes_that_come_and_go_trigger_updates(void **state)
{
    struct kit *k = *state;
    quiet(k);
    kit_kernel_add(k, kit_onlink(P1, KIT_LO));
    expect_sent(k, ETH0, P1, 1);
    expect_sent(k, ETH1, P1, 1);
    kit_advance(k, 60);
    kit_forget(k);
    kit_kernel_del(k, kit_onlink(P1, KIT_LO));
    expect_sent(k, ETH0, P1, 16);
    expect_sent(k, ETH1, P1, 16);
}

/* The end of garbage is nobody's business: neighbours have had their 16. */
static void the_end_of_garbage_triggers_nothing(void **state)
{
    struct kit *k = *state;
    k->config.timers.garbage_us = SECONDS(20000);
    quiet(k);
    k->config.timers.garbage_us = SECONDS(100);
    kit_configure(k);
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_hear(k, ETH0, BOB, RTE(P1, 16));
    kit_advance(k, 60);
    kit_forget(k);
    kit_advance(k, 60);
    expect_no_route(k, P1);
    assert_int_equal(k->n_packets, 0);
}

/* "Triggered updates may be suppressed if a regular update is due by the time the triggered update would be
 * sent." */
static void a_triggered_update_is_left_to_a_regular_one_that_is_due_before(void **state)
{
    struct kit *k = *state;
    kit_home(k);
    k->config.timers.update_us = SECONDS(2); /* 1 to 3 seconds */
    k->config.timers.triggered_min_us = SECONDS(8);
    k->config.timers.triggered_max_us = SECONDS(9);
    kit_start(k);
    kit_kernel_add(k, kit_onlink(P3, KIT_LO));
    kit_advance(k, 30);
    kit_forget(k);
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_forget(k);
    kit_hear(k, ETH0, BOB, RTE(P2, 1));
    kit_advance(k, 20);
    expect_sent(k, ETH1, P2, 2);
    for (size_t i = 0; i < k->n_packets; i++)
        assert_int_equal(k->packets[i].n, 3); /* each is a whole table */
}

/* A regular update says all, so there is nothing left to trigger. */
static void a_regular_update_during_the_hold_settles_the_change(void **state)
{
    struct kit *k = *state;
    kit_home(k);
    k->config.timers.triggered_min_us = SECONDS(50);
    k->config.timers.triggered_max_us = SECONDS(60);
    k->config.timers.timeout_us = SECONDS(1000);
    kit_start(k);
    kit_kernel_add(k, kit_onlink(P3, KIT_LO));
    kit_advance(k, 200);
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_forget(k);
    kit_hear(k, ETH0, BOB, RTE(P2, 1));
    kit_advance(k, 600);
    for (size_t i = 0; i < k->n_packets; i++)
        assert_int_equal(k->packets[i].n, 3);
}

static void many_changes_at_once_are_all_sent(void **state)
{
    struct kit *k = *state;
    static struct kit_in in;
    static uint8_t seen[2000];
    quiet(k);
    for (unsigned j = 0; j < 40; j++) {
        kit_in(&in, KIT_RESPONSE, ETH0, BOB);
        for (unsigned i = 0; i < 50; i++) {
            char prefix[64];
            snprintf(prefix, sizeof(prefix), "2001:db8:%x::/48", j * 50 + i);
            kit_in_rte(&in, prefix, 1, 0);
        }
        kit_receive(k, &in);
    }
    kit_advance(k, 10);
    memset(seen, 0, sizeof(seen));
    for (size_t i = 0; i < k->n_packets; i++)
        for (size_t j = 0; k->packets[i].send.ifindex == ETH1 && j < k->packets[i].n; j++) {
            const uint8_t *a = k->packets[i].rtes[j].addr.s6_addr;
            seen[a[4] << 8 | a[5]]++;
        }
    for (size_t i = 0; i < sizeof(seen); i++)
        if (seen[i] != 1)
            fail_msg("route %zu was sent %u times", i, seen[i]);
}

/* Each interface holds for itself: a change that eth1 may hear at once does not wait for eth2. */
static void changes_while_an_update_is_blocked_are_not_lost(void **state)
{
    struct kit *k = *state;
    quiet(k);
    k->blocked = true;
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_advance(k, 2);
    kit_hear(k, ETH0, BOB, RTE(P2, 1));
    kit_advance(k, 2);
    kit_hear(k, ETH0, BOB, RTE(P1, 16));
    k->blocked = false;
    kit_advance(k, 10);
    expect_sent(k, ETH1, P1, 16);
    expect_sent(k, ETH1, P2, 2);
}

/* 2.5.1: "remaining mechanisms ... must be applied to all updates": split horizon too */
static void a_triggered_update_has_split_horizon(void **state)
{
    struct kit *k = *state;
    quiet(k);
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_advance(k, 10);
    const struct kit_got *g = kit_sent(k, ETH0, P1);
    if (g)
        assert_int_equal(g->metric, 16);
}

static void a_passive_interface_has_no_triggered_updates(void **state)
{
    struct kit *k = *state;
    kit_section(k, "eth1")->passive = true;
    kit_section(k, "eth0");
    quiet(k);
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_advance(k, 60);
    expect_silent(k, ETH1);
}

/* A lone flapping route: a bounded number of updates, whatever it does. */
static void a_flapping_route_makes_at_most_one_update_a_second(void **state)
{
    struct kit *k = *state;
    quiet(k);
    for (int i = 0; i < 1000; i++) {
        kit_hear(k, ETH0, BOB, RTE(P1, i % 2 ? 16 : 1));
        kit_advance(k, 0.1);
    }
    assert_in_range(kit_count_packets(k, ETH1, KIT_RESPONSE), 20, 101);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_FRESH(the_first_triggered_update_goes_out_at_once),
        KIT_FRESH(a_triggered_update_goes_out_on_all_other_interfaces),
        KIT_FRESH(a_triggered_update_holds_only_what_changed),
        KIT_FRESH(a_change_of_the_tag_alone_is_a_change),
        KIT_FRESH(the_next_change_is_held_for_1_to_5_seconds),
        KIT_FRESH(the_hold_is_random_over_its_range),
        KIT_FRESH(the_hold_can_be_set),
        KIT_FRESH(a_hold_ends_when_the_settings_make_it_shorter),
        KIT_FRESH(changes_during_the_hold_make_a_single_update),
        KIT_FRESH(a_route_that_changed_often_during_the_hold_is_sent_once_as_it_is_now),
        KIT_FRESH(a_route_lost_during_the_hold_is_sent_with_16),
        KIT_FRESH(a_change_is_triggered_once),
        KIT_FRESH(a_route_heard_again_unchanged_triggers_nothing),
        KIT_FRESH(a_worse_route_of_another_router_triggers_nothing),
        KIT_FRESH(a_withdrawal_triggers_an_update_with_16),
        KIT_FRESH(own_routes_that_come_and_go_trigger_updates),
        KIT_FRESH(the_end_of_garbage_triggers_nothing),
        KIT_FRESH(a_triggered_update_is_left_to_a_regular_one_that_is_due_before),
        KIT_FRESH(a_regular_update_during_the_hold_settles_the_change),
        KIT_FRESH(many_changes_at_once_are_all_sent),
        KIT_FRESH(changes_while_an_update_is_blocked_are_not_lost),
        KIT_FRESH(a_triggered_update_has_split_horizon),
        KIT_FRESH(a_passive_interface_has_no_triggered_updates),
        KIT_FRESH(a_flapping_route_makes_at_most_one_update_a_second),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
