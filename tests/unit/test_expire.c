/* lib/expire.c: timeout and garbage collection, RFC 2080 2.3 and 2.4.2. */
#include "kit.h"

#define P1 "2001:db8:1::/48"
#define P2 "2001:db8:2::/48"

/* 2.3: timeout of 180 seconds */
static void a_route_not_heard_for_180_seconds_is_lost(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_advance(k, 179.9);
    expect_route(k, P1, 2, BOB);
    expect_installed(k, P1, BOB, ETH0);
    kit_advance(k, 0.2);
    expect_garbage(k, P1);
    expect_event(k, RIPNG_EV_ROUTE_LOST, RIPNG_WHY_TIMEOUT);
}

/* 2.3: "Upon expiration of the timeout, the route is no longer valid" */
static void a_lost_route_leaves_the_kernel_at_once(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_advance(k, 180.1);
    expect_not_installed(k, P1);
}

/* 2.3: "retained in the routing table for a short time, so that neighbors can be notified" */
static void a_timed_out_route_is_announced_with_16_at_once(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_advance(k, 179.9);
    kit_forget(k);
    kit_advance(k, 5.2); /* a triggered update may be held for 5 seconds */
    expect_sent(k, ETH1, P1, 16);
}

/* 2.3: garbage-collection time of 120 seconds */
static void a_lost_route_is_freed_after_120_seconds(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_advance(k, 180 + 119.8);
    expect_garbage(k, P1);
    kit_advance(k, 0.4);
    expect_no_route(k, P1);
    expect_event(k, RIPNG_EV_ROUTE_FREED, RIPNG_WHY_NONE);
}

/* 2.3: "Until the garbage-collection timer expires, the route is included in all updates" */
static void garbage_is_in_every_regular_update_with_16(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_hear(k, ETH0, BOB, RTE(P1, 16));
    kit_settle(k);
    kit_advance(k, 110);
    assert_in_range(kit_count_sent(k, ETH1, P1), 2, 8);
    for (size_t i = 0; i < k->n_packets; i++)
        for (size_t j = 0; j < k->packets[i].n; j++)
            assert_int_equal(k->packets[i].rtes[j].metric, 16);
}

static void a_freed_route_is_announced_no_more(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_hear(k, ETH1, CAROL, RTE(P2, 1)); /* so that there is something to say */
    kit_hear(k, ETH0, BOB, RTE(P1, 16));
    kit_advance(k, 121);
    kit_forget(k);
    kit_hear(k, ETH1, CAROL, RTE(P2, 1));
    kit_advance(k, 100);
    expect_sent(k, ETH0, P2, 2);
    expect_not_sent(k, ETH0, P1);
    expect_not_sent(k, ETH1, P1);
}

/* 2.4.2: "If the datagram is from the same router as the existing route, reinitialize the timeout" */
static void hearing_a_route_again_restarts_its_timeout(void **state)
{
    struct kit *k = *state;
    for (int i = 0; i < 20; i++) {
        kit_hear(k, ETH0, BOB, RTE(P1, 1));
        kit_advance(k, 170);
    }
    expect_route(k, P1, 2, BOB);
    kit_advance(k, 10.1);
    expect_garbage(k, P1);
}

static void a_packet_refreshes_only_the_routes_in_it(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 1), RTE(P2, 1));
    kit_advance(k, 100);
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_advance(k, 80.1);
    expect_route(k, P1, 2, BOB);
    expect_garbage(k, P2);
}

static void an_hour_of_regular_updates_keeps_a_route_without_a_stir(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_settle(k);
    for (int i = 0; i < 120; i++) {
        kit_advance(k, 30);
        kit_hear(k, ETH0, BOB, RTE(P1, 1));
    }
    expect_no_changes(k);
    assert_int_equal(k->n_events, 0);
}

/* 2.4.2: metric 16 begins the deletion process */
static void metric_16_from_its_router_loses_a_route_at_once(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_settle(k);
    kit_hear(k, ETH0, BOB, RTE(P1, 16));
    expect_garbage(k, P1);
    expect_not_installed(k, P1);
    expect_sent(k, ETH1, P1, 16);
    expect_event(k, RIPNG_EV_ROUTE_LOST, RIPNG_WHY_WITHDRAWN);
}

static void a_metric_that_grows_to_16_with_the_cost_loses_a_route(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_settle(k);
    kit_hear(k, ETH0, BOB, RTE(P1, 15));
    expect_garbage(k, P1);
    expect_not_installed(k, P1);
    expect_sent(k, ETH1, P1, 16);
}

static void metric_16_from_another_router_is_none_of_its_business(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_hear(k, ETH0, CAROL, RTE(P1, 16));
    kit_hear(k, ETH1, BOB, RTE(P1, 16)); /* the same address on another link is another router */
    expect_route(k, P1, 2, BOB);
    expect_installed(k, P1, BOB, ETH0);
}

/* 2.4.2: "Note that the deletion process is started only when the metric is first set to infinity." */
static void metric_16_again_does_not_restart_the_garbage_time(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_hear(k, ETH0, BOB, RTE(P1, 16));
    for (int i = 0; i < 11; i++) {
        kit_advance(k, 10);
        kit_hear(k, ETH0, BOB, RTE(P1, 16));
    }
    expect_garbage(k, P1);
    kit_advance(k, 10.1);
    expect_no_route(k, P1);
    assert_int_equal(kit_count_events(k, RIPNG_EV_ROUTE_LOST), 1);
}

static void metric_16_after_the_timeout_does_not_restart_the_garbage_time(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_advance(k, 180.1);
    kit_advance(k, 100);
    kit_hear(k, ETH0, BOB, RTE(P1, 16));
    kit_advance(k, 20.1);
    expect_no_route(k, P1);
}

/* 2.3: "Should a new route to this network be established while the garbage-collection timer is running..."
 */
static void a_route_in_garbage_is_revived_by_the_same_router(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_hear(k, ETH0, BOB, RTE(P1, 16));
    kit_settle(k);
    kit_hear(k, ETH0, BOB, RTE(P1, 3));
    expect_route(k, P1, 4, BOB);
    expect_installed(k, P1, BOB, ETH0);
    expect_sent(k, ETH1, P1, 4);
    expect_event(k, RIPNG_EV_ROUTE_NEW, RIPNG_WHY_NONE);
}

static void a_route_in_garbage_is_revived_by_another_router(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_advance(k, 200);
    kit_forget(k);
    kit_hear(k, ETH1, CAROL, RTE(P1, 9));
    expect_route(k, P1, 10, CAROL);
    expect_installed(k, P1, CAROL, ETH1);
    expect_sent(k, ETH0, P1, 10);
}

/* 2.3: "In this case the garbage-collection timer must be cleared." */
static void a_revived_route_is_not_freed_by_the_old_garbage_timer(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_hear(k, ETH0, BOB, RTE(P1, 16));
    kit_advance(k, 100);
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_advance(k, 100);
    expect_route(k, P1, 2, BOB);
    kit_advance(k, 79.8);
    expect_route(k, P1, 2, BOB);
    kit_advance(k, 0.4);
    expect_garbage(k, P1);
}

static void a_revived_route_has_the_whole_garbage_time_again(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_hear(k, ETH0, BOB, RTE(P1, 16));
    kit_advance(k, 100);
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_hear(k, ETH0, BOB, RTE(P1, 16));
    kit_advance(k, 119.8);
    expect_garbage(k, P1);
    kit_advance(k, 0.4);
    expect_no_route(k, P1);
}

static void a_route_flapping_for_an_hour_is_right_in_the_end(void **state)
{
    struct kit *k = *state;
    for (int i = 0; i < 360; i++) {
        kit_hear(k, ETH0, BOB, RTE(P1, 1));
        kit_advance(k, 5);
        kit_hear(k, ETH0, BOB, RTE(P1, 16));
        kit_advance(k, 5);
        expect_garbage(k, P1);
    }
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    expect_installed(k, P1, BOB, ETH0);
    kit_settle(k);
    assert_int_equal(kit_status(k).routes, 1);
    assert_int_equal(kit_status(k).garbage, 0);
}

static void timeout_and_garbage_time_can_be_set(void **state)
{
    struct kit *k = *state;
    kit_home(k);
    k->config.timers.update_us = SECONDS(2);
    k->config.timers.timeout_us = SECONDS(6);
    k->config.timers.garbage_us = SECONDS(4);
    kit_start(k);
    kit_settle(k);
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_advance(k, 5.9);
    expect_route(k, P1, 2, BOB);
    kit_advance(k, 0.2);
    expect_garbage(k, P1);
    kit_advance(k, 3.7);
    expect_garbage(k, P1);
    kit_advance(k, 0.4);
    expect_no_route(k, P1);
}

static void age_and_time_left_can_be_read(void **state)
{
    struct kit *k = *state;
    struct ripng_route_info i;
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_advance(k, 50);
    assert_true(kit_read(k, P1, &i));
    assert_true(i.age_us == SECONDS(50));
    assert_true(i.expires_us == SECONDS(130));
    kit_advance(k, 160);
    assert_true(kit_read(k, P1, &i));
    assert_int_equal(i.state, RIPNG_ROUTE_GARBAGE);
    assert_int_equal(i.metric, 16);
    assert_true(i.expires_us == SECONDS(90));
}

static void own_routes_do_not_expire(void **state)
{
    struct kit *k = *state;
    struct ripng_route_info i;
    kit_kernel_add(k, kit_onlink(P1, KIT_LO));
    kit_advance(k, 7200);
    expect_route(k, P1, 1, "::");
    assert_true(kit_read(k, P1, &i));
    assert_true(i.expires_us == -1);
    assert_true(i.age_us == SECONDS(7200));
    assert_false(i.installed);
}

static void a_neighbour_that_fell_silent_is_reported_gone_once(void **state)
{
    struct kit *k = *state;
    struct ripng_neigh_info n;
    struct in6_addr bob = kit_addr(BOB);
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_hear(k, ETH1, CAROL, RTE(P2, 1));
    for (int i = 0; i < 40; i++) {
        kit_advance(k, 30);
        kit_hear(k, ETH1, CAROL, RTE(P2, 1));
    }
    assert_int_equal(kit_count_events(k, RIPNG_EV_NEIGH_GONE), 1);
    for (size_t i = 0; i < k->n_events; i++)
        if (k->events[i].kind == RIPNG_EV_NEIGH_GONE)
            assert_true(ripng_addr_equal(&k->events[i].neighbor, &bob));
    assert_false(kit_neigh(k, ETH0, BOB, &n));
    assert_true(kit_neigh(k, ETH1, CAROL, &n));
    assert_int_equal(kit_status(k).neighbors, 1);
}

static void a_neighbour_that_comes_back_is_new(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_advance(k, 900);
    kit_forget(k);
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    expect_event(k, RIPNG_EV_NEIGH_NEW, RIPNG_WHY_NONE);
    expect_installed(k, P1, BOB, ETH0);
}

static void all_routes_of_a_dead_router_are_lost_together(void **state)
{
    struct kit *k = *state;
    static struct kit_in in;
    kit_in(&in, KIT_RESPONSE, ETH0, BOB);
    for (unsigned i = 0; i < 70; i++) {
        char prefix[64];
        snprintf(prefix, sizeof(prefix), "2001:db8:%x::/48", i);
        kit_in_rte(&in, prefix, 1, 0);
    }
    kit_receive(k, &in);
    kit_advance(k, 179.9);
    kit_forget(k);
    kit_advance(k, 0.2);
    assert_int_equal(kit_count_events(k, RIPNG_EV_ROUTE_LOST), 70);
    assert_int_equal(kit_status(k).garbage, 70);
    assert_int_equal(kit_kernel_count_ours(k), 0);
    kit_advance(k, 120);
    assert_int_equal(kit_status(k).garbage, 0);
    assert_int_equal(kit_count_events(k, RIPNG_EV_ROUTE_FREED), 70);
}

static void time_that_stands_still_or_goes_back_expires_nothing(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    struct ripng_time before = {k->now.us - SECONDS(500)};
    ripng_tick(k->r, before); /* "an earlier one counts as the last" */
    kit_pump(k);
    kit_advance(k, 179.9);
    expect_route(k, P1, 2, BOB);
    kit_advance(k, 0.2);
    expect_garbage(k, P1);
}

/* A laptop that slept: one big step, no tick in between. */
static void a_big_step_of_time_does_all_that_was_due(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    k->now.us += SECONDS(86400);
    for (int i = 0; i < 100; i++) {
        ripng_tick(k->r, k->now);
        kit_pump(k);
    }
    expect_not_installed(k, P1);
    kit_advance(k, 200);
    expect_no_route(k, P1);
}

/* FRR issue 10567: an equal RTE of Carol's must not keep a route via dead Bob alive. */
static void an_equal_route_of_another_router_does_not_keep_a_dead_one_alive(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    for (int i = 0; i < 7; i++) {
        kit_hear(k, ETH0, CAROL, RTE(P1, 1));
        kit_advance(k, 30);
    }
    expect_installed(k, P1, CAROL, ETH0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_RUNNING(a_route_not_heard_for_180_seconds_is_lost),
        KIT_RUNNING(a_lost_route_leaves_the_kernel_at_once),
        KIT_RUNNING(a_timed_out_route_is_announced_with_16_at_once),
        KIT_RUNNING(a_lost_route_is_freed_after_120_seconds),
        KIT_RUNNING(garbage_is_in_every_regular_update_with_16),
        KIT_RUNNING(a_freed_route_is_announced_no_more),
        KIT_RUNNING(hearing_a_route_again_restarts_its_timeout),
        KIT_RUNNING(a_packet_refreshes_only_the_routes_in_it),
        KIT_RUNNING(an_hour_of_regular_updates_keeps_a_route_without_a_stir),
        KIT_RUNNING(metric_16_from_its_router_loses_a_route_at_once),
        KIT_RUNNING(a_metric_that_grows_to_16_with_the_cost_loses_a_route),
        KIT_RUNNING(metric_16_from_another_router_is_none_of_its_business),
        KIT_RUNNING(metric_16_again_does_not_restart_the_garbage_time),
        KIT_RUNNING(metric_16_after_the_timeout_does_not_restart_the_garbage_time),
        KIT_RUNNING(a_route_in_garbage_is_revived_by_the_same_router),
        KIT_RUNNING(a_route_in_garbage_is_revived_by_another_router),
        KIT_RUNNING(a_revived_route_is_not_freed_by_the_old_garbage_timer),
        KIT_RUNNING(a_revived_route_has_the_whole_garbage_time_again),
        KIT_RUNNING(a_route_flapping_for_an_hour_is_right_in_the_end),
        KIT_FRESH(timeout_and_garbage_time_can_be_set),
        KIT_RUNNING(age_and_time_left_can_be_read),
        KIT_RUNNING(own_routes_do_not_expire),
        KIT_RUNNING(a_neighbour_that_fell_silent_is_reported_gone_once),
        KIT_RUNNING(a_neighbour_that_comes_back_is_new),
        KIT_RUNNING(all_routes_of_a_dead_router_are_lost_together),
        KIT_RUNNING(time_that_stands_still_or_goes_back_expires_nothing),
        KIT_RUNNING(a_big_step_of_time_does_all_that_was_due),
        KIT_RUNNING(an_equal_route_of_another_router_does_not_keep_a_dead_one_alive),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
