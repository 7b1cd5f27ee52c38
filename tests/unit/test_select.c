/* lib/select.c: which of several routers' routes is used, RFC 2080 2.4.2. */
#include "kit.h"

#define P1 "2001:db8:1::/48"
#define P2 "2001:db8:2::/48"

/* 2.4.2: "if the new metric is lower than the old one" */
static void a_lower_metric_of_another_router_wins(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 5));
    kit_hear(k, ETH1, CAROL, RTE(P1, 4));
    expect_route(k, P1, 5, CAROL);
    expect_installed(k, P1, CAROL, ETH1);
    expect_event(k, RIPNG_EV_ROUTE_CHANGED, RIPNG_WHY_NONE);
}

/* 2.4.2: "Any entry that fails these tests is ignored, as it is no better than the current route." */
static void a_higher_metric_of_another_router_is_not_used(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 5));
    kit_settle(k);
    kit_hear(k, ETH1, CAROL, RTE(P1, 6));
    expect_route(k, P1, 6, BOB);
    expect_no_changes(k);
    assert_int_equal(k->n_packets, 0);
}

/* 2.4.2: "it is senseless to replace a route if the new route has the same metric as the existing route" */
static void an_equal_metric_of_another_router_does_not_displace_a_fresh_route(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 5));
    kit_advance(k, 89);
    kit_forget(k);
    kit_hear(k, ETH1, CAROL, RTE(P1, 5));
    expect_route(k, P1, 6, BOB);
    expect_no_changes(k);
}

/* 2.4.2: "If it is at least halfway to the expiration point, switch to the new route." */
static void an_equal_metric_displaces_a_route_that_is_half_expired(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 5));
    kit_advance(k, 91);
    kit_hear(k, ETH1, CAROL, RTE(P1, 5));
    expect_route(k, P1, 6, CAROL);
    expect_installed(k, P1, CAROL, ETH1);
}

static void two_equal_routers_do_not_make_a_route_bounce(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 5));
    kit_settle(k);
    for (int i = 0; i < 100; i++) {
        kit_hear(k, ETH1, CAROL, RTE(P1, 5));
        kit_advance(k, 15);
        kit_hear(k, ETH0, BOB, RTE(P1, 5));
        kit_advance(k, 15);
    }
    expect_installed(k, P1, BOB, ETH0);
    expect_no_changes(k);
    assert_int_equal(kit_count_events(k, RIPNG_EV_ROUTE_CHANGED), 0);
}

static void three_equal_routers_with_a_lossy_one_do_not_bounce(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 5));
    kit_settle(k);
    for (int i = 0; i < 60; i++) {
        kit_hear(k, ETH0, CAROL, RTE(P1, 5));
        kit_hear(k, ETH1, DAVE, RTE(P1, 5));
        if (i % 2) /* every second update of Bob's is lost */
            kit_hear(k, ETH0, BOB, RTE(P1, 5));
        kit_advance(k, 30);
    }
    assert_true(kit_count_events(k, RIPNG_EV_ROUTE_CHANGED) == 0);
}

static void the_cost_of_the_interface_decides_between_equal_routers(void **state)
{
    struct kit *k = *state;
    kit_home(k);
    kit_section(k, "eth0")->metric = 3;
    kit_section(k, "eth1")->metric = 2;
    kit_start(k);
    kit_settle(k);
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_hear(k, ETH1, CAROL, RTE(P1, 1));
    expect_installed(k, P1, CAROL, ETH1);
    kit_hear(k, ETH1, CAROL, RTE(P1, 4));
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    expect_route(k, P1, 4, BOB);
}

/* 2.4.2: the same router's word counts, also a worse one */
static void a_worse_metric_of_the_routes_own_router_is_believed(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_hear(k, ETH0, BOB, RTE(P1, 12));
    expect_route(k, P1, 13, BOB);
}

static void after_a_change_for_the_worse_the_other_router_is_used_when_heard(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_hear(k, ETH1, CAROL, RTE(P1, 7));
    kit_hear(k, ETH0, BOB, RTE(P1, 12));
    kit_hear(k, ETH1, CAROL, RTE(P1, 7));
    expect_route(k, P1, 8, CAROL);
}

static void the_same_router_by_two_links_is_two_ways(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 3));
    kit_hear(k, ETH1, BOB, RTE(P1, 1));
    expect_installed(k, P1, BOB, ETH1);
    kit_hear(k, ETH1, BOB, RTE(P1, 16));
    kit_hear(k, ETH0, BOB, RTE(P1, 3));
    expect_installed(k, P1, BOB, ETH0);
}

static void a_better_route_replaces_in_place(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 5));
    kit_settle(k);
    kit_hear(k, ETH1, CAROL, RTE(P1, 1));
    assert_int_equal(kit_count_changes(k, RIPNG_ROUTE_SET, P1), 1);
    assert_int_equal(kit_count_changes(k, RIPNG_ROUTE_DELETE, NULL), 0);
}

static void a_new_metric_with_the_same_next_hop_is_nothing_to_the_kernel(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 5));
    kit_settle(k);
    kit_hear(k, ETH0, BOB, RTE(P1, 6));
    expect_no_changes(k);
    expect_sent(k, ETH1, P1, 7);
}

/* --- alternates ------------------------------------------------------- */

/* Bob 2, Carol 2: we announced 3, Carol's 2 is less, so Carol cannot be going through us. */
static void two_ways(struct kit *k)
{
    kit_hear(k, ETH0, BOB, RTE(P1, 2));
    kit_hear(k, ETH1, CAROL, RTE(P1, 2));
    kit_settle(k);
}

static void a_feasible_alternate_takes_over_at_once_when_the_route_is_withdrawn(void **state)
{
    struct kit *k = *state;
    two_ways(k);
    kit_hear(k, ETH0, BOB, RTE(P1, 16));
    expect_route(k, P1, 3, CAROL);
    expect_installed(k, P1, CAROL, ETH1);
}

static void an_alternate_that_takes_over_replaces_in_place_without_a_gap(void **state)
{
    struct kit *k = *state;
    two_ways(k);
    kit_hear(k, ETH0, BOB, RTE(P1, 16));
    assert_int_equal(kit_count_changes(k, RIPNG_ROUTE_SET, P1), 1);
    assert_int_equal(kit_count_changes(k, RIPNG_ROUTE_DELETE, NULL), 0);
    expect_no_event(k, RIPNG_EV_ROUTE_LOST);
    expect_event(k, RIPNG_EV_ROUTE_CHANGED, RIPNG_WHY_NONE);
}

static void a_feasible_alternate_takes_over_at_the_timeout(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 2));
    kit_advance(k, 80);
    kit_hear(k, ETH1, CAROL, RTE(P1, 2));
    kit_advance(k, 100.1);
    expect_route(k, P1, 3, CAROL);
    expect_installed(k, P1, CAROL, ETH1);
}

static void a_feasible_alternate_takes_over_when_the_link_goes(void **state)
{
    struct kit *k = *state;
    two_ways(k);
    kit_link_up(k, ETH0, false);
    expect_route(k, P1, 3, CAROL);
    expect_installed(k, P1, CAROL, ETH1);
}

static void a_feasible_alternate_takes_over_when_the_metric_gets_worse(void **state)
{
    struct kit *k = *state;
    two_ways(k);
    kit_hear(k, ETH0, BOB, RTE(P1, 9));
    kit_hear(k, ETH1, CAROL, RTE(P1, 2)); /* at the latest */
    expect_route(k, P1, 3, CAROL);
}

/* Through Carol in the end, as she was the last to say so. */
static void both_get_worse(struct kit *k, unsigned rounds, double seconds)
{
    two_ways(k);
    for (unsigned n = 0; n < rounds; n++) {
        kit_hear(k, ETH0, BOB, RTE(P1, 5));
        kit_hear(k, ETH1, CAROL, RTE(P1, 5));
        kit_advance(k, seconds);
    }
    expect_route(k, P1, 6, CAROL);
}

/* By then what the others knew of the better metric has timed out. */
static void an_alternate_that_got_worse_with_the_route_takes_over_at_once_after_two_timeouts(void **state)
{
    struct kit *k = *state;
    both_get_worse(k, 13, 30);
    kit_hear(k, ETH1, CAROL, RTE(P1, 16));
    expect_route(k, P1, 6, BOB);
    expect_no_event(k, RIPNG_EV_ROUTE_LOST);
}

static void an_alternate_that_got_worse_with_the_route_is_not_used_within_a_timeout(void **state)
{
    struct kit *k = *state;
    both_get_worse(k, 6, 29);
    kit_hear(k, ETH1, CAROL, RTE(P1, 16));
    expect_garbage(k, P1);
}

static void with_shorter_timers_what_got_worse_counts_no_longer_than_they_say(void **state)
{
    struct kit *k = *state;
    int64_t timeout = k->config.timers.timeout_us;
    k->config.timers.timeout_us = SECONDS(86400);
    kit_configure(k);
    both_get_worse(k, 1, 1);
    k->config.timers.timeout_us = timeout;
    kit_configure(k);
    for (unsigned n = 0; n < 13; n++) {
        kit_hear(k, ETH0, BOB, RTE(P1, 5));
        kit_hear(k, ETH1, CAROL, RTE(P1, 5));
        kit_advance(k, 30);
    }
    kit_hear(k, ETH1, CAROL, RTE(P1, 16));
    expect_route(k, P1, 6, BOB);
}

static void an_alternate_that_was_withdrawn_is_not_used(void **state)
{
    struct kit *k = *state;
    two_ways(k);
    kit_hear(k, ETH1, CAROL, RTE(P1, 16));
    kit_hear(k, ETH0, BOB, RTE(P1, 16));
    expect_garbage(k, P1);
    expect_not_installed(k, P1);
}

static void an_alternate_that_timed_out_is_not_used(void **state)
{
    struct kit *k = *state;
    two_ways(k);
    for (int i = 0; i < 7; i++) {
        kit_advance(k, 30);
        kit_hear(k, ETH0, BOB, RTE(P1, 2));
    }
    kit_hear(k, ETH0, BOB, RTE(P1, 16));
    expect_garbage(k, P1);
}

static void an_alternate_keeps_its_own_timeout_after_it_took_over(void **state)
{
    struct kit *k = *state;
    two_ways(k);
    kit_advance(k, 100);
    kit_hear(k, ETH0, BOB, RTE(P1, 16));
    expect_route(k, P1, 3, CAROL);
    kit_advance(k, 80);
    expect_garbage(k, P1); /* 180 s after Carol was heard */
}

static void the_best_of_several_alternates_takes_over(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 5));
    kit_hear(k, ETH1, CAROL, RTE(P1, 5));
    kit_settle(k);
    kit_hear(k, ETH0, DAVE, RTE(P1, 1)); /* the best; what was announced is 2 from now on */
    kit_settle(k);
    kit_hear(k, ETH0, DAVE, RTE(P1, 16));
    kit_hear(k, ETH1, CAROL, RTE(P1, 5));
    kit_hear(k, ETH0, BOB, RTE(P1, 4));
    expect_route(k, P1, 5, BOB);
}

static void a_neighbours_alternates_are_counted_as_its_routes(void **state)
{
    struct kit *k = *state;
    struct ripng_neigh_info n;
    two_ways(k);
    assert_true(kit_neigh(k, ETH1, CAROL, &n));
    assert_int_equal(n.routes, 1);
    assert_int_equal(kit_status(k).routes, 1);
}

/* A way that was heard when it was worse than infinity allows must not come back from the dead. */
static void a_withdrawn_route_without_alternates_is_lost(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 2));
    kit_hear(k, ETH0, BOB, RTE(P1, 16));
    expect_garbage(k, P1);
}

/* --- a crowd ---------------------------------------------------------- */

static void of_two_hundred_routers_the_best_is_used(void **state)
{
    struct kit *k = *state;
    for (unsigned i = 0; i < 200; i++) {
        char from[64];
        snprintf(from, sizeof(from), "fe80::b:%x", i);
        kit_hear(k, i % 2 ? ETH0 : ETH1, from, RTE(P1, 14 - i / 20), RTE(P2, 3));
    }
    expect_route(k, P1, 6, NULL);
    expect_route(k, P2, 4, NULL);
    assert_int_equal(kit_status(k).routes, 2);
}

static void routes_of_different_prefixes_do_not_touch_each_other(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 2), RTE(P2, 2));
    kit_hear(k, ETH0, BOB, RTE(P1, 16));
    expect_garbage(k, P1);
    expect_installed(k, P2, BOB, ETH0);
}

/* --- own routes against learned ones ---------------------------------- */

static void an_own_route_beats_any_learned_one(void **state)
{
    struct kit *k = *state;
    k->config.redistribute[RIPNG_SOURCE_CONNECTED].metric = 9;
    kit_configure(k);
    kit_kernel_add(k, kit_onlink(P1, KIT_LO));
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    expect_route(k, P1, 9, "::");
    expect_not_installed(k, P1);
}

/* A route has room for 16 paths. */
static void an_own_route_finds_room_among_those_of_many_neighbours(void **state)
{
    struct kit *k = *state;
    for (unsigned i = 0; i < 20; i++) {
        char from[64];
        snprintf(from, sizeof(from), "fe80::b:%x", i);
        kit_hear(k, ETH0, from, RTE(P1, 1));
    }
    kit_kernel_add(k, kit_gateway(P1, CAROL, ETH1, PROTO_STATIC));
    expect_route(k, P1, 2, "fe80::b:0"); /* static routes are not shared */
    k->config.redistribute[RIPNG_SOURCE_STATIC].enabled = true;
    kit_configure(k);
    expect_route(k, P1, 1, CAROL);
}

static void a_learned_route_is_used_again_once_the_own_one_is_gone(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_kernel_add(k, kit_onlink(P1, KIT_LO));
    expect_route(k, P1, 1, "::");
    expect_not_installed(k, P1);
    kit_kernel_del(k, kit_onlink(P1, KIT_LO));
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    expect_route(k, P1, 2, BOB);
    expect_installed(k, P1, BOB, ETH0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_RUNNING(a_lower_metric_of_another_router_wins),
        KIT_RUNNING(a_higher_metric_of_another_router_is_not_used),
        KIT_RUNNING(an_equal_metric_of_another_router_does_not_displace_a_fresh_route),
        KIT_RUNNING(an_equal_metric_displaces_a_route_that_is_half_expired),
        KIT_RUNNING(two_equal_routers_do_not_make_a_route_bounce),
        KIT_RUNNING(three_equal_routers_with_a_lossy_one_do_not_bounce),
        KIT_FRESH(the_cost_of_the_interface_decides_between_equal_routers),
        KIT_RUNNING(a_worse_metric_of_the_routes_own_router_is_believed),
        KIT_RUNNING(after_a_change_for_the_worse_the_other_router_is_used_when_heard),
        KIT_RUNNING(the_same_router_by_two_links_is_two_ways),
        KIT_RUNNING(a_better_route_replaces_in_place),
        KIT_RUNNING(a_new_metric_with_the_same_next_hop_is_nothing_to_the_kernel),
        KIT_RUNNING(a_feasible_alternate_takes_over_at_once_when_the_route_is_withdrawn),
        KIT_RUNNING(an_alternate_that_takes_over_replaces_in_place_without_a_gap),
        KIT_RUNNING(a_feasible_alternate_takes_over_at_the_timeout),
        KIT_RUNNING(a_feasible_alternate_takes_over_when_the_link_goes),
        KIT_RUNNING(a_feasible_alternate_takes_over_when_the_metric_gets_worse),
        KIT_RUNNING(an_alternate_that_got_worse_with_the_route_takes_over_at_once_after_two_timeouts),
        KIT_RUNNING(an_alternate_that_got_worse_with_the_route_is_not_used_within_a_timeout),
        KIT_RUNNING(with_shorter_timers_what_got_worse_counts_no_longer_than_they_say),
        KIT_RUNNING(an_alternate_that_was_withdrawn_is_not_used),
        KIT_RUNNING(an_alternate_that_timed_out_is_not_used),
        KIT_RUNNING(an_alternate_keeps_its_own_timeout_after_it_took_over),
        KIT_RUNNING(the_best_of_several_alternates_takes_over),
        KIT_RUNNING(a_neighbours_alternates_are_counted_as_its_routes),
        KIT_RUNNING(a_withdrawn_route_without_alternates_is_lost),
        KIT_RUNNING(of_two_hundred_routers_the_best_is_used),
        KIT_RUNNING(routes_of_different_prefixes_do_not_touch_each_other),
        KIT_RUNNING(an_own_route_beats_any_learned_one),
        KIT_RUNNING(an_own_route_finds_room_among_those_of_many_neighbours),
        KIT_RUNNING(a_learned_route_is_used_again_once_the_own_one_is_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
