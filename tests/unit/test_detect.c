/*
 * Failure detection (lib/detect.c), and what follows: asking others instead of waiting for them.
 *
 * RFC 2080 knows the timeout alone; all of this is beside it and must not hurt whom it does not concern.
 */
#include "kit.h"

#define P1 "2001:db8:1::/48"
#define P2 "2001:db8:2::/48"
#define OWN "2001:db8:99::/48"

static void kill_router(struct kit *k, const char *address)
{
    k->dead = kit_addr(address);
    k->n_probes = 0;
}

/* Both alive and in use; nobody has been asked yet. */
static void learn(struct kit *k)
{
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_hear(k, ETH1, CAROL, RTE(P2, 1));
    kit_forget(k);
    k->n_probes = 0;
}

/* --- asking ----------------------------------------------------------- */

static void a_next_hop_that_was_silent_for_5_seconds_is_asked(void **state)
{
    struct kit *k = *state;
    learn(k);
    kit_advance(k, 4.9);
    assert_int_equal(k->n_probes, 0);
    kit_advance(k, 0.2);
    assert_int_equal(k->n_probes, 2);
}

static void one_that_answers_is_left_alone_for_5_seconds_more(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    k->n_probes = 0;
    kit_advance(k, 50.5);
    assert_in_range(k->n_probes, 9, 10);
    expect_installed(k, P1, BOB, ETH0);
}

static void one_that_speaks_is_not_asked(void **state)
{
    struct kit *k = *state;
    for (int i = 0; i < 20; i++) {
        kit_hear(k, ETH0, BOB, RTE(P1, 1));
        kit_advance(k, 4);
    }
    assert_int_equal(k->n_probes, 0);
}

static void a_neighbour_that_is_nobodys_next_hop_is_not_asked(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_hear(k, ETH0, BOB, RTE(P1, 16));
    kit_advance(k, 60);
    assert_int_equal(k->n_probes, 0);
}

static void a_next_hop_that_another_router_named_is_asked_too(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, NEXT_HOP(DAVE), RTE(P1, 1));
    kit_advance(k, 5.1);
    struct in6_addr dave = kit_addr(DAVE);
    assert_true(k->n_probes > 0 && ripng_addr_equal(&k->probed, &dave));
    kill_router(k, DAVE);
    kit_advance(k, 10);
    expect_garbage(k, P1);
}

static void switched_off_nobody_is_asked(void **state)
{
    struct kit *k = *state;
    kit_home(k);
    k->config.failure_detection = false;
    kit_start(k);
    kit_settle(k);
    learn(k);
    kit_advance(k, 100);
    assert_int_equal(k->n_probes, 0);
}

/* Pulls the cable of ETH0, or plugs it in. */
static void carrier(struct kit *k, bool there)
{
    kit_link(k, ETH0)->no_carrier = !there;
    kit_link_tell(k, ETH0);
}

static void a_link_without_a_carrier_is_down_and_its_routes_are_lost(void **state)
{
    struct kit *k = *state;
    learn(k);
    carrier(k, false);
    expect_active(k, ETH0, false);
    expect_garbage(k, P1);
}

static void switched_off_a_cable_may_be_out_for_as_long_as_the_timeout(void **state)
{
    struct kit *k = *state;
    kit_home(k);
    k->config.failure_detection = false;
    kit_start(k);
    kit_settle(k);
    learn(k);
    carrier(k, false);
    kit_advance(k, 179);
    expect_active(k, ETH0, true);
    expect_route(k, P1, 2, BOB);
    kit_advance(k, 2);
    expect_garbage(k, P1);
}

static void switched_off_a_cable_plugged_in_again_is_asked_over_at_once(void **state)
{
    struct kit *k = *state;
    kit_home(k);
    k->config.failure_detection = false;
    kit_start(k);
    kit_settle(k);
    carrier(k, false);
    kit_advance(k, 1);
    kit_forget(k);
    carrier(k, true);
    bool asked = false;
    for (size_t i = 0; i < k->n_packets; i++)
        asked |= k->packets[i].send.ifindex == ETH0 && k->packets[i].command == KIT_REQUEST;
    assert_true(asked);
}

static void switched_on_again_it_sees_that_a_cable_is_out(void **state)
{
    struct kit *k = *state;
    kit_home(k);
    k->config.failure_detection = false;
    kit_start(k);
    kit_settle(k);
    learn(k);
    carrier(k, false);
    k->config.failure_detection = true;
    kit_configure(k);
    expect_active(k, ETH0, false);
    expect_garbage(k, P1);
}

/* --- the dead ------------------------------------------------------------ */

static void a_dead_next_hop_is_found_in_under_10_seconds(void **state)
{
    struct kit *k = *state;
    learn(k);
    kill_router(k, BOB);
    kit_advance(k, 9.9);
    expect_garbage(k, P1);
    expect_not_installed(k, P1);
    expect_installed(k, P2, CAROL, ETH1);
    expect_event(k, RIPNG_EV_NEIGH_SILENT, RIPNG_WHY_NONE);
    expect_event(k, RIPNG_EV_ROUTE_LOST, RIPNG_WHY_UNREACHABLE);
    expect_sent(k, ETH1, P1, 16);
}

static void the_dead_are_asked_a_bounded_number_of_times(void **state)
{
    struct kit *k = *state;
    learn(k);
    kill_router(k, BOB);
    kit_hear(k, ETH1, CAROL, RTE(P2, 1));
    kit_advance(k, 300);
    assert_in_range(k->n_probes, 15, 25 + 2 * 300 / 5); /* then like the living, in case it comes back */
}

static void a_dead_one_that_speaks_again_is_believed(void **state)
{
    struct kit *k = *state;
    learn(k);
    kill_router(k, BOB);
    kit_advance(k, 10);
    expect_garbage(k, P1);
    expect_no_event(k, RIPNG_EV_NEIGH_BACK);
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    expect_event(k, RIPNG_EV_NEIGH_BACK, RIPNG_WHY_NONE);
    expect_installed(k, P1, BOB, ETH0);
}

/* Seen at home: R1 went on naming the dead R2, to whom it had a static route. */
static void a_dead_next_hop_is_not_taken_up_again_because_another_router_names_it(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, DAVE, RTE(P1, 1));
    kill_router(k, DAVE);
    kit_advance(k, 9.9);
    expect_garbage(k, P1);
    kit_hear(k, ETH0, BOB, NEXT_HOP(DAVE), RTE(P1, 1));
    expect_garbage(k, P1);
    struct in6_addr dave = kit_addr(DAVE);
    ripng_neighbor(k->r, k->now, ETH0, &dave, true);
    kit_hear(k, ETH0, BOB, NEXT_HOP(DAVE), RTE(P1, 1));
    expect_installed(k, P1, DAVE, ETH0);
}

/* A third party's next hop that speaks no RIPng: nobody else would tell. */
static void a_dead_next_hop_that_answers_again_is_usable_again(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, NEXT_HOP(DAVE), RTE(P1, 1));
    kill_router(k, DAVE);
    kit_advance(k, 60);
    expect_garbage(k, P1);
    k->dead = (struct in6_addr){0};
    kit_advance(k, 6);
    kit_hear(k, ETH0, BOB, NEXT_HOP(DAVE), RTE(P1, 1));
    expect_installed(k, P1, DAVE, ETH0);
}

/* Without it, it would be believed, and found dead, once in each garbage period. */
static void a_dead_next_hop_is_remembered_as_long_as_others_name_it(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, NEXT_HOP(DAVE), RTE(P1, 1));
    kill_router(k, DAVE);
    for (unsigned t = 0; t < 900; t += 30) {
        kit_advance(k, 30);
        kit_hear(k, ETH0, BOB, NEXT_HOP(DAVE), RTE(P1, 1));
        expect_not_installed(k, P1);
    }
    k->dead = (struct in6_addr){0};
    kit_advance(k, 6);
    kit_hear(k, ETH0, BOB, NEXT_HOP(DAVE), RTE(P1, 1));
    expect_installed(k, P1, DAVE, ETH0);
}

static void a_dead_next_hop_that_nobody_names_any_more_is_forgotten(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, NEXT_HOP(DAVE), RTE(P1, 1));
    kill_router(k, DAVE);
    kit_advance(k, 10);
    unsigned before = k->n_probes;
    kit_advance(k, 185);
    unsigned asked = k->n_probes;
    assert_true(asked > before);
    kit_advance(k, 60);
    assert_int_equal(k->n_probes, asked);
}

static void a_feasible_path_takes_over_from_a_dead_one_at_once(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 2));
    kit_hear(k, ETH1, CAROL, RTE(P1, 2));
    expect_installed(k, P1, BOB, ETH0);
    kill_router(k, BOB);
    kit_advance(k, 9.9);
    expect_installed(k, P1, CAROL, ETH1);
}

static void what_an_earlier_run_left_through_a_dead_next_hop_is_withdrawn(void **state)
{
    struct kit *k = *state;
    kit_home(k);
    struct ripng_kernel_route left = kit_gateway(P1, BOB, ETH0, PROTO_OURS);
    left.metric = k->config.kernel.metric;
    kit_kernel_add(k, left);
    k->dead = kit_addr(BOB);
    kit_start(k);
    kit_advance(k, 9.9);
    expect_not_installed(k, P1);
}

/* --- the living, wrongly suspected --------------------------------------------- */

static void a_living_next_hop_is_never_declared_dead_under_30_percent_loss(void **state)
{
    struct kit *k = *state;
    k->deaf_percent = 51;                   /* 30% of the questions and 30% of the answers */
    for (int i = 0; i < 24 * 60 * 2; i++) { /* a day; all its RIPng packets but one in three arrive */
        if (i % 3)
            kit_hear(k, ETH0, BOB, RTE(P1, 1));
        kit_advance(k, 30);
    }
    expect_no_event(k, RIPNG_EV_NEIGH_SILENT);
    expect_installed(k, P1, BOB, ETH0);
}

/* The kernel gives up after three questions: one in eight under such loss. */
static void a_next_hop_that_the_kernel_gave_up_is_asked_at_once_before_it_is_lost(void **state)
{
    struct kit *k = *state;
    struct in6_addr bob = kit_addr(BOB);
    learn(k);
    ripng_neighbor(k->r, k->now, ETH0, &bob, false);
    kit_advance(k, 0.1);
    assert_int_equal(k->n_probes, 1);
    expect_installed(k, P1, BOB, ETH0);
    kill_router(k, BOB);
    ripng_neighbor(k->r, k->now, ETH0, &bob, false);
    kit_advance(k, 4.5);
    expect_garbage(k, P1);
}

static void where_the_kernel_cannot_ask_nobody_is_declared_dead(void **state)
{
    struct kit *k = *state;
    learn(k);
    k->refuse_probe = EOPNOTSUPP;
    kill_router(k, BOB);
    kit_advance(k, 100);
    expect_installed(k, P1, BOB, ETH0);
    assert_in_range(k->n_probes, 1, 60);
}

static void what_the_kernel_says_of_strangers_is_ignored(void **state)
{
    struct kit *k = *state;
    struct in6_addr dave = kit_addr(DAVE);
    learn(k);
    ripng_neighbor(k->r, k->now, ETH0, &dave, false);
    ripng_neighbor(k->r, k->now, ETH0, &dave, true);
    kit_advance(k, 1);
    assert_int_equal(k->n_probes, 0);
    assert_int_equal(kit_status(k).neighbors, 2);
}

/* --- ask instead of wait ---------------------------------------------------------- */

static void a_route_lost_without_successor_makes_us_ask_the_others_at_once(void **state)
{
    struct kit *k = *state;
    learn(k);
    kit_hear(k, ETH0, BOB, RTE(P1, 16));
    assert_int_equal(kit_count_packets(k, ETH1, KIT_REQUEST), 1);
    assert_int_equal(kit_count_packets(k, ETH0, KIT_REQUEST), 1);
}

static void asking_is_limited_to_once_in_5_seconds(void **state)
{
    struct kit *k = *state;
    learn(k);
    for (int i = 0; i < 200; i++) { /* 20 seconds of flapping */
        kit_hear(k, ETH0, BOB, RTE(P1, i % 2 ? 1 : 16));
        kit_advance(k, 0.1);
    }
    assert_in_range(kit_count_packets(k, ETH1, KIT_REQUEST), 3, 5);
}

static void who_knows_another_way_is_believed_as_soon_as_it_answers(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_hear(k, ETH1, CAROL, RTE(P1, 4)); /* not feasible: might lead through us */
    expect_installed(k, P1, BOB, ETH0);
    kit_hear(k, ETH0, BOB, RTE(P1, 16));
    expect_garbage(k, P1);
    kit_hear(k, ETH1, CAROL, RTE(P1, 4)); /* its answer */
    expect_installed(k, P1, CAROL, ETH1);
}

/* --- news of one cause ------------------------------------------------------------------ */

static void changes_of_our_own_within_milliseconds_go_into_one_triggered_update(void **state)
{
    struct kit *k = *state;
    kit_kernel_add(k, kit_onlink(OWN, KIT_LO));
    kit_settle(k);
    kit_advance(k, 50);
    kit_forget(k);
    kit_kernel_add(k, kit_discard("2001:db8:77::/56")); /* a renumbering */
    kit_advance(k, 0.005);
    kit_kernel_del(k, kit_onlink(OWN, KIT_LO));
    kit_advance(k, 0.001);
    kit_kernel_add(k, kit_onlink("2001:db8:77::/64", KIT_LO));
    kit_advance(k, 0.05);
    expect_sent(k, ETH1, "2001:db8:77::/56", 1);
    expect_sent(k, ETH1, "2001:db8:77::/64", 1);
    expect_sent(k, ETH1, OWN, 16);
}

static void changes_of_our_own_are_told_after_50_ms_though_they_go_on(void **state)
{
    struct kit *k = *state;
    kit_settle(k);
    kit_advance(k, 50);
    kit_forget(k);
    for (int i = 0; i < 20; i++) { /* 100 ms */
        char prefix[64];
        snprintf(prefix, sizeof(prefix), "2001:db8:77:%x::/64", (unsigned)i);
        kit_kernel_add(k, kit_onlink(prefix, KIT_LO));
        kit_advance(k, 0.005);
    }
    assert_true(kit_count_packets(k, ETH1, KIT_RESPONSE) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_RUNNING(a_next_hop_that_was_silent_for_5_seconds_is_asked),
        KIT_RUNNING(one_that_answers_is_left_alone_for_5_seconds_more),
        KIT_RUNNING(one_that_speaks_is_not_asked),
        KIT_RUNNING(a_neighbour_that_is_nobodys_next_hop_is_not_asked),
        KIT_RUNNING(a_next_hop_that_another_router_named_is_asked_too),
        KIT_FRESH(switched_off_nobody_is_asked),
        KIT_RUNNING(a_link_without_a_carrier_is_down_and_its_routes_are_lost),
        KIT_FRESH(switched_off_a_cable_may_be_out_for_as_long_as_the_timeout),
        KIT_FRESH(switched_off_a_cable_plugged_in_again_is_asked_over_at_once),
        KIT_FRESH(switched_on_again_it_sees_that_a_cable_is_out),
        KIT_RUNNING(a_dead_next_hop_is_found_in_under_10_seconds),
        KIT_RUNNING(the_dead_are_asked_a_bounded_number_of_times),
        KIT_RUNNING(a_dead_one_that_speaks_again_is_believed),
        KIT_RUNNING(a_dead_next_hop_is_not_taken_up_again_because_another_router_names_it),
        KIT_RUNNING(a_dead_next_hop_that_answers_again_is_usable_again),
        KIT_RUNNING(a_dead_next_hop_is_remembered_as_long_as_others_name_it),
        KIT_RUNNING(a_dead_next_hop_that_nobody_names_any_more_is_forgotten),
        KIT_RUNNING(a_feasible_path_takes_over_from_a_dead_one_at_once),
        KIT_FRESH(what_an_earlier_run_left_through_a_dead_next_hop_is_withdrawn),
        KIT_RUNNING(a_living_next_hop_is_never_declared_dead_under_30_percent_loss),
        KIT_RUNNING(a_next_hop_that_the_kernel_gave_up_is_asked_at_once_before_it_is_lost),
        KIT_RUNNING(where_the_kernel_cannot_ask_nobody_is_declared_dead),
        KIT_RUNNING(what_the_kernel_says_of_strangers_is_ignored),
        KIT_RUNNING(a_route_lost_without_successor_makes_us_ask_the_others_at_once),
        KIT_RUNNING(asking_is_limited_to_once_in_5_seconds),
        KIT_RUNNING(who_knows_another_way_is_believed_as_soon_as_it_answers),
        KIT_RUNNING(changes_of_our_own_within_milliseconds_go_into_one_triggered_update),
        KIT_RUNNING(changes_of_our_own_are_told_after_50_ms_though_they_go_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
