/* kernel.multipath over 1: lib/select.c, lib/hops.c, lib/adopt.c; several next hops of the same cost. */
#include "kit.h"

#define P1 "2001:db8:1::/48"
#define P2 "2001:db8:2::/48"

static void start(struct kit *k, uint8_t multipath)
{
    k->config.kernel.multipath = multipath;
    kit_home(k);
    kit_link_add(k, ETH2, "eth2");
    kit_address(k, ETH2, OUR_ETH2, true);
    kit_start(k);
    kit_settle(k);
}

/* P1 through Bob on eth0 and Carol on eth1, both as good. */
static void start_with_two(struct kit *k)
{
    start(k, 4);
    kit_hear(k, ETH0, BOB, RTE(P1, 3));
    kit_hear(k, ETH1, CAROL, RTE(P1, 3));
    kit_settle(k);
}

static size_t sets(const struct kit *k)
{
    return kit_count_changes(k, RIPNG_ROUTE_SET, NULL);
}

static size_t deletes(const struct kit *k)
{
    return kit_count_changes(k, RIPNG_ROUTE_DELETE, NULL);
}

/* --- which next hops ---------------------------------------------------- */

static void two_routers_as_good_are_one_route_with_two_next_hops(void **state)
{
    struct kit *k = *state;
    struct ripng_route_info i;
    start(k, 4);
    kit_hear(k, ETH0, BOB, RTE(P1, 3));
    expect_installed(k, P1, BOB, ETH0);
    kit_hear(k, ETH1, CAROL, RTE(P1, 3));
    expect_hops(k, P1, HOP(BOB, ETH0), HOP(CAROL, ETH1));
    assert_int_equal(sets(k), 2);
    assert_int_equal(deletes(k), 0);
    assert_true(kit_read(k, P1, &i) && i.installed && i.n_nexthops == 2 && i.metric == 4);
    assert_true(i.ifindex == ETH0 && i.nexthops[0].ifindex == ETH0 && i.nexthops[1].ifindex == ETH1);
    assert_int_equal(expect_event(k, RIPNG_EV_ROUTE_HOPS, RIPNG_WHY_NONE)->more, 1);
}

/* As if the network were further away for good: it is the count of hops that is believed, not the past. */
static void two_routers_that_got_worse_for_good_are_two_next_hops_again(void **state)
{
    struct kit *k = *state;
    start_with_two(k);
    kit_hear(k, ETH0, BOB, RTE(P1, 5));
    kit_hear(k, ETH1, CAROL, RTE(P1, 5));
    struct ripng_route_info i;
    assert_true(kit_read(k, P1, &i) && i.metric == 6 && i.n_nexthops == 1);
    for (unsigned n = 0; n < 13; n++) {
        kit_hear(k, ETH0, BOB, RTE(P1, 5));
        kit_hear(k, ETH1, CAROL, RTE(P1, 5));
        kit_advance(k, 30);
    }
    assert_true(kit_read(k, P1, &i) && i.metric == 6 && i.n_nexthops == 2);
    expect_hops(k, P1, HOP(BOB, ETH0), HOP(CAROL, ETH1));
    assert_int_equal(deletes(k), 0);
}

static void by_default_there_is_one_next_hop(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 3));
    kit_hear(k, ETH1, CAROL, RTE(P1, 3));
    expect_installed(k, P1, BOB, ETH0);
    assert_int_equal(sets(k), 1);
}

static void a_worse_router_is_no_next_hop_beside_a_better_one(void **state)
{
    struct kit *k = *state;
    start_with_two(k);
    kit_hear(k, ETH2, DAVE, RTE(P1, 4));
    expect_hops(k, P1, HOP(BOB, ETH0), HOP(CAROL, ETH1));
    kit_hear(k, ETH2, DAVE, RTE(P1, 2));
    expect_installed(k, P1, DAVE, ETH2);
    assert_int_equal(deletes(k), 0);
}

/* Two routers that name the same third one are one way. */
static void the_same_next_hop_named_twice_is_one(void **state)
{
    struct kit *k = *state;
    start(k, 4);
    kit_hear(k, ETH0, BOB, NEXT_HOP(DAVE), RTE(P1, 3));
    kit_hear(k, ETH0, CAROL, NEXT_HOP(DAVE), RTE(P1, 3));
    expect_installed(k, P1, DAVE, ETH0);
    assert_int_equal(sets(k), 1);
    kit_hear(k, ETH0, CAROL, RTE(P1, 3));
    expect_hops(k, P1, HOP(DAVE, ETH0), HOP(CAROL, ETH0));
}

static void no_more_next_hops_than_allowed_and_always_the_same(void **state)
{
    struct kit *k = *state;
    char from[32];
    start(k, 3);
    for (unsigned n = 9; n-- > 1;) { /* the worst order: each one new is before all others */
        snprintf(from, sizeof from, "fe80::1:%x", n);
        kit_hear(k, ETH0, from, RTE(P1, 3));
    }
    /* The chosen one, and the first of the others by address. */
    expect_hops(k, P1, HOP("fe80::1:8", ETH0), HOP("fe80::1:1", ETH0), HOP("fe80::1:2", ETH0));
    kit_forget(k);
    for (unsigned round = 0; round < 5; round++)
        for (unsigned n = 1; n < 9; n++) {
            snprintf(from, sizeof from, "fe80::1:%x", (n * 3 + round) % 8 + 1);
            kit_hear(k, ETH0, from, RTE(P1, 3));
            kit_advance(k, 2);
        }
    expect_no_changes(k);
}

static void sixteen_next_hops_are_the_most(void **state)
{
    struct kit *k = *state;
    struct ripng_route_info i;
    char from[32];
    start(k, 16);
    for (unsigned n = 1; n <= 20; n++) {
        snprintf(from, sizeof from, "fe80::1:%x", n);
        kit_hear(k, ETH0, from, RTE(P1, 3));
    }
    assert_int_equal(kit_kernel_find(k, P1, PROTO_OURS)->n_nexthops, 16);
    assert_true(kit_read(k, P1, &i) && i.n_nexthops == 16 && i.installed);
}

/*
 * We announced P1 with 4 while Bob was the way. Now Dave is, with 9: Carol's 8 may have come from us by
 * a way that takes its time, so she is not used beside him.
 */
static void a_router_that_may_have_it_from_us_is_not_used(void **state)
{
    struct kit *k = *state;
    start(k, 4);
    kit_hear(k, ETH0, BOB, RTE(P1, 3));
    kit_hear(k, ETH1, CAROL, RTE(P1, 8));
    kit_hear(k, ETH0, BOB, RTE(P1, 16));
    expect_garbage(k, P1);
    kit_hear(k, ETH2, DAVE, RTE(P1, 8));
    expect_installed(k, P1, DAVE, ETH2);
}

static void routes_share_a_set_of_next_hops(void **state)
{
    struct kit *k = *state;
    start_with_two(k);
    kit_hear(k, ETH1, CAROL, RTE(P2, 5));
    kit_hear(k, ETH0, BOB, RTE(P2, 5)); /* the other one is the chosen one */
    expect_hops(k, P1, HOP(BOB, ETH0), HOP(CAROL, ETH1));
    expect_hops(k, P2, HOP(BOB, ETH0), HOP(CAROL, ETH1));
    kit_hear(k, ETH1, CAROL, RTE(P1, 16));
    expect_installed(k, P1, BOB, ETH0);
    expect_hops(k, P2, HOP(BOB, ETH0), HOP(CAROL, ETH1));
}

/* --- they come and go ----------------------------------------------------- */

static void one_that_withdraws_is_replaced_in_place(void **state)
{
    struct kit *k = *state;
    start_with_two(k);
    kit_hear(k, ETH0, BOB, RTE(P1, 16)); /* the chosen one */
    expect_installed(k, P1, CAROL, ETH1);
    expect_route(k, P1, 4, CAROL);
    kit_hear(k, ETH0, BOB, RTE(P1, 3));
    expect_hops(k, P1, HOP(BOB, ETH0), HOP(CAROL, ETH1));
    kit_hear(k, ETH0, BOB, RTE(P1, 5));
    expect_installed(k, P1, CAROL, ETH1);
    expect_route(k, P1, 4, CAROL);
    assert_int_equal(sets(k), 3);
    assert_int_equal(deletes(k), 0);
}

static void one_that_is_silent_is_left_out_after_the_timeout(void **state)
{
    struct kit *k = *state;
    start_with_two(k);
    for (unsigned i = 0; i < 7; i++) {
        kit_hear(k, ETH1, CAROL, RTE(P1, 3));
        kit_advance(k, 30);
    }
    expect_installed(k, P1, CAROL, ETH1);
    assert_int_equal(sets(k), 1);
}

/* The kernel gets no answer from Carol: nobody waits for the timeout. */
static void one_that_is_dead_is_left_out(void **state)
{
    struct kit *k = *state;
    start_with_two(k);
    k->dead = kit_addr(CAROL);
    for (unsigned i = 0; i < 4; i++) {
        kit_hear(k, ETH0, BOB, RTE(P1, 3));
        kit_advance(k, 3);
    }
    expect_event(k, RIPNG_EV_NEIGH_SILENT, RIPNG_WHY_NONE);
    expect_installed(k, P1, BOB, ETH0);
    assert_int_equal(deletes(k), 0);
    k->dead = kit_addr("::");
    kit_hear(k, ETH1, CAROL, RTE(P1, 3));
    expect_hops(k, P1, HOP(BOB, ETH0), HOP(CAROL, ETH1));
}

static void a_link_that_goes_down_takes_its_next_hop_along(void **state)
{
    struct kit *k = *state;
    start_with_two(k);
    kit_link_up(k, ETH0, false);
    expect_installed(k, P1, CAROL, ETH1);
    assert_int_equal(sets(k), 1);
    assert_int_equal(deletes(k), 0);
}

static void an_interface_that_is_removed_takes_its_next_hop_along(void **state)
{
    struct kit *k = *state;
    start_with_two(k);
    kit_link_del(k, ETH1);
    expect_installed(k, P1, BOB, ETH0);
    assert_int_equal(deletes(k), 0);
}

/* 2.4.2's heuristic for a route that is half expired: the other one carries traffic already. */
static void equal_next_hops_do_not_take_turns(void **state)
{
    struct kit *k = *state;
    start_with_two(k);
    kit_advance(k, 100);
    kit_forget(k);
    kit_hear(k, ETH1, CAROL, RTE(P1, 3));
    expect_route(k, P1, 4, BOB);
    kit_advance(k, 10);
    kit_hear(k, ETH0, BOB, RTE(P1, 3));
    kit_advance(k, 10);
    expect_route(k, P1, 4, BOB);
    expect_no_changes(k);
    expect_no_event(k, RIPNG_EV_ROUTE_CHANGED);
}

/* --- split horizon, 2.6 ---------------------------------------------------- */

static void a_regular_update(struct kit *k)
{
    kit_settle(k);
    kit_advance(k, 45);
}

static void poison_is_sent_on_each_link_that_a_next_hop_is_on(void **state)
{
    struct kit *k = *state;
    start_with_two(k);
    a_regular_update(k);
    expect_sent(k, ETH0, P1, 16);
    expect_sent(k, ETH1, P1, 16);
    expect_sent(k, ETH2, P1, 4);
}

static void simple_split_horizon_leaves_it_out_on_each_link_of_a_next_hop(void **state)
{
    struct kit *k = *state;
    kit_section(k, "eth*")->split_horizon = RIPNG_SPLIT_SIMPLE;
    start_with_two(k);
    a_regular_update(k);
    expect_not_sent(k, ETH0, P1);
    expect_not_sent(k, ETH1, P1);
    expect_sent(k, ETH2, P1, 4);
}

/* On eth1 it was announced with 4 until Carol came: that is taken back, and told again when she goes. */
static void a_next_hop_that_comes_or_goes_is_news_on_its_link(void **state)
{
    struct kit *k = *state;
    start(k, 4);
    kit_hear(k, ETH0, BOB, RTE(P1, 3));
    kit_advance(k, 6);
    expect_sent(k, ETH1, P1, 4);
    kit_forget(k);
    kit_hear(k, ETH1, CAROL, RTE(P1, 3));
    kit_advance(k, 6);
    expect_sent(k, ETH1, P1, 16);
    kit_forget(k);
    kit_hear(k, ETH1, CAROL, RTE(P1, 16));
    kit_advance(k, 6);
    expect_sent(k, ETH1, P1, 4);
    kit_forget(k);
    kit_hear(k, ETH1, CAROL, RTE(P1, 3));
    kit_hear(k, ETH0, BOB, RTE(P1, 16));
    kit_advance(k, 6);
    expect_sent(k, ETH0, P1, 4);
    expect_sent(k, ETH1, P1, 16);
}

/* Both links learn of it, though poison on one of them was told before. */
static void poison_is_news_on_each_of_two_new_links(void **state)
{
    struct kit *k = *state;
    start(k, 4);
    kit_hear(k, ETH2, DAVE, RTE(P1, 5));
    kit_advance(k, 6);
    expect_sent(k, ETH0, P1, 6);
    expect_sent(k, ETH1, P1, 6);
    kit_forget(k);
    kit_hear(k, ETH0, BOB, RTE(P1, 3));
    kit_hear(k, ETH1, CAROL, RTE(P1, 3));
    kit_advance(k, 6);
    expect_sent(k, ETH0, P1, 16);
    expect_sent(k, ETH1, P1, 16);
    expect_sent(k, ETH2, P1, 4);
}

static void without_split_horizon_only_the_chosen_next_hop_is_named(void **state)
{
    struct kit *k = *state;
    kit_section(k, "eth*")->split_horizon = RIPNG_SPLIT_OFF;
    start_with_two(k);
    a_regular_update(k);
    const struct kit_got *on0 = expect_sent(k, ETH0, P1, 4), *on1 = expect_sent(k, ETH1, P1, 4);
    struct in6_addr bob = kit_addr(BOB), none = kit_addr("::");
    assert_true(ripng_addr_equal(&on0->next_hop, &bob));
    assert_true(ripng_addr_equal(&on1->next_hop, &none));
}

/* --- settings --------------------------------------------------------------- */

static void more_or_fewer_next_hops_take_effect_in_place(void **state)
{
    struct kit *k = *state;
    start(k, 1);
    kit_hear(k, ETH0, BOB, RTE(P1, 3), RTE(P2, 1));
    kit_hear(k, ETH1, CAROL, RTE(P1, 3));
    kit_settle(k);
    k->config.kernel.multipath = 4;
    kit_configure(k);
    expect_hops(k, P1, HOP(BOB, ETH0), HOP(CAROL, ETH1));
    kit_advance(k, 6);
    expect_sent(k, ETH1, P1, 16);
    kit_forget(k);
    k->config.kernel.multipath = 1;
    kit_configure(k);
    expect_installed(k, P1, BOB, ETH0);
    assert_int_equal(sets(k), 1);
    assert_int_equal(deletes(k), 0);
    kit_advance(k, 6);
    expect_sent(k, ETH1, P1, 4);
}

static void another_cost_of_a_link_unites_or_parts_next_hops(void **state)
{
    struct kit *k = *state;
    kit_section(k, "eth0");
    kit_section(k, "eth1")->metric = 3;
    kit_section(k, "eth2");
    start(k, 4);
    kit_hear(k, ETH0, BOB, RTE(P1, 3));
    kit_hear(k, ETH1, CAROL, RTE(P1, 3));
    expect_installed(k, P1, BOB, ETH0);
    k->config.ifaces[1].metric = 1;
    kit_configure(k);
    expect_hops(k, P1, HOP(BOB, ETH0), HOP(CAROL, ETH1));
    kit_advance(k, 6);
    expect_sent(k, ETH1, P1, 16);
    kit_forget(k);
    k->config.ifaces[1].metric = 2;
    kit_configure(k);
    expect_installed(k, P1, BOB, ETH0);
    kit_advance(k, 6);
    expect_sent(k, ETH1, P1, 4);
}

/* --- others meddle ------------------------------------------------------------ */

static void one_next_hop_deleted_by_somebody_is_put_back(void **state)
{
    struct kit *k = *state;
    start_with_two(k);
    kit_kernel_del_hop(k, P1, CAROL, ETH1);
    expect_hops(k, P1, HOP(BOB, ETH0), HOP(CAROL, ETH1));
    kit_kernel_del_hop(k, P1, BOB, ETH0); /* again: not as fast as two programs can */
    expect_installed(k, P1, CAROL, ETH1);
    kit_advance(k, 2);
    expect_hops(k, P1, HOP(BOB, ETH0), HOP(CAROL, ETH1));
}

static void all_next_hops_deleted_by_somebody_are_put_back(void **state)
{
    struct kit *k = *state;
    start_with_two(k);
    kit_kernel_del_ours(k, P1);
    expect_hops(k, P1, HOP(BOB, ETH0), HOP(CAROL, ETH1));
}

/* The kernel tells of a route that we have replaced since. */
static void the_end_of_an_older_set_means_nothing(void **state)
{
    struct kit *k = *state;
    const struct ripng_nexthop three[] = {HOP(BOB, ETH0), HOP(CAROL, ETH1), HOP(DAVE, ETH2)};
    start_with_two(k);
    struct ripng_kernel_route older = kit_several(P1, three, 3, PROTO_OURS);
    ripng_kernel_route_gone(k->r, k->now, &older);
    kit_pump(k);
    older.n_nexthops = 1;
    older.ifindex = ETH2;
    older.gateway = kit_addr(DAVE);
    ripng_kernel_route_gone(k->r, k->now, &older);
    kit_pump(k);
    expect_no_changes(k);
}

/* The kernel puts next hops in one by one: what it has after a failure is not known. */
static void a_set_that_was_refused_leaves_nothing_behind(void **state)
{
    struct kit *k = *state;
    start(k, 4);
    kit_hear(k, ETH0, BOB, RTE(P1, 3));
    k->refuse = ENOMEM;
    kit_hear(k, ETH1, CAROL, RTE(P1, 3));
    kit_hear(k, ETH1, CAROL, RTE(P1, 16));
    kit_hear(k, ETH0, BOB, RTE(P1, 16));
    expect_not_installed(k, P1);
    assert_int_equal(kit_status(k).installed, 0);
    k->refuse = 0;
    kit_hear(k, ETH0, BOB, RTE(P1, 3));
    kit_hear(k, ETH1, CAROL, RTE(P1, 3));
    expect_hops(k, P1, HOP(BOB, ETH0), HOP(CAROL, ETH1));
}

static void a_foreign_route_in_the_way_blocks_all_next_hops(void **state)
{
    struct kit *k = *state;
    const struct ripng_nexthop two[] = {HOP(BOB, ETH0), HOP(CAROL, ETH1)};
    start_with_two(k);
    struct ripng_kernel_route foreign = kit_several(P1, two, 2, PROTO_STATIC);
    kit_kernel_replace(k, foreign);
    assert_int_equal(kit_status(k).installed, 0);
    kit_kernel_del(k, foreign);
    expect_hops(k, P1, HOP(BOB, ETH0), HOP(CAROL, ETH1));
}

static void lost_events_put_a_lost_next_hop_back(void **state)
{
    struct kit *k = *state;
    start_with_two(k);
    k->deaf = true;
    kit_kernel_del_hop(k, P1, CAROL, ETH1);
    k->deaf = false;
    kit_lose(k);
    kit_advance(k, 1);
    expect_hops(k, P1, HOP(BOB, ETH0), HOP(CAROL, ETH1));
}

/* --- after a crash -------------------------------------------------------------- */

static void crash_and_start(struct kit *k)
{
    start_with_two(k);
    kit_crash(k);
    kit_start(k);
    kit_forget(k);
}

/* The chosen one may be the other one after a restart: it is the same set. */
static void an_adopted_set_heard_again_is_not_touched(void **state)
{
    struct kit *k = *state;
    crash_and_start(k);
    kit_hear(k, ETH1, CAROL, RTE(P1, 3));
    kit_advance(k, 20);
    kit_hear(k, ETH0, BOB, RTE(P1, 3));
    for (unsigned i = 0; i < 10; i++) {
        kit_advance(k, 30);
        kit_hear(k, ETH0, BOB, RTE(P1, 3));
        kit_hear(k, ETH1, CAROL, RTE(P1, 3));
    }
    assert_int_equal(sets(k) + deletes(k), 0);
    expect_hops(k, P1, HOP(BOB, ETH0), HOP(CAROL, ETH1));
}

static void an_adopted_set_waits_for_a_router_no_longer_than_its_update_may_take(void **state)
{
    struct kit *k = *state;
    crash_and_start(k);
    kit_hear(k, ETH0, BOB, RTE(P1, 3));
    kit_advance(k, 40);
    assert_int_equal(sets(k), 0);
    kit_hear(k, ETH0, BOB, RTE(P1, 3));
    kit_advance(k, 10);
    expect_installed(k, P1, BOB, ETH0);
    assert_int_equal(deletes(k), 0);
}

static void an_adopted_set_does_not_wait_for_a_router_that_takes_it_back(void **state)
{
    struct kit *k = *state;
    crash_and_start(k);
    kit_hear(k, ETH0, BOB, RTE(P1, 3));
    kit_hear(k, ETH1, CAROL, RTE(P1, 16));
    expect_installed(k, P1, BOB, ETH0);
}

static void an_adopted_set_does_not_keep_what_was_heard_and_lost(void **state)
{
    struct kit *k = *state;
    crash_and_start(k);
    kit_hear(k, ETH0, BOB, RTE(P1, 3));
    kit_hear(k, ETH0, BOB, RTE(P1, 16));
    expect_not_installed(k, P1);
}

static void an_adopted_set_heard_with_another_next_hop_is_replaced(void **state)
{
    struct kit *k = *state;
    crash_and_start(k);
    kit_hear(k, ETH2, DAVE, RTE(P1, 3));
    expect_installed(k, P1, DAVE, ETH2);
    assert_int_equal(deletes(k), 0);
}

static void an_adopted_set_is_parted_where_one_next_hop_is_allowed(void **state)
{
    struct kit *k = *state;
    start_with_two(k);
    kit_crash(k);
    k->config.kernel.multipath = 1;
    kit_start(k);
    kit_hear(k, ETH1, CAROL, RTE(P1, 3));
    expect_installed(k, P1, CAROL, ETH1);
}

static void an_adopted_set_without_a_dead_router_is_none(void **state)
{
    struct kit *k = *state;
    start_with_two(k);
    kit_crash(k);
    k->dead = kit_addr(CAROL);
    kit_start(k);
    for (unsigned i = 0; i < 4; i++) {
        kit_hear(k, ETH0, BOB, RTE(P1, 3));
        kit_advance(k, 3);
    }
    expect_installed(k, P1, BOB, ETH0);
}

static void a_route_with_more_next_hops_than_we_make_is_replaced(void **state)
{
    struct kit *k = *state;
    struct ripng_nexthop many[RIPNG_NEXTHOPS_MAX];
    for (unsigned n = 0; n < RIPNG_NEXTHOPS_MAX; n++) {
        many[n] = (struct ripng_nexthop)HOP(BOB, ETH0);
        many[n].gateway.s6_addr[15] = (uint8_t)(1 + n);
    }
    struct ripng_kernel_route r = kit_several(P1, many, RIPNG_NEXTHOPS_MAX, PROTO_OURS);
    r.n_nexthops = 20;
    kit_kernel_add(k, r);
    start(k, 16);
    kit_hear(k, ETH0, BOB, RTE(P1, 3));
    expect_installed(k, P1, BOB, ETH0);
}

static void a_stop_withdraws_all_next_hops(void **state)
{
    struct kit *k = *state;
    start_with_two(k);
    kit_stop(k);
    expect_not_installed(k, P1);
    assert_int_equal(deletes(k), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_FRESH(two_routers_as_good_are_one_route_with_two_next_hops),
        KIT_FRESH(two_routers_that_got_worse_for_good_are_two_next_hops_again),
        KIT_RUNNING(by_default_there_is_one_next_hop),
        KIT_FRESH(a_worse_router_is_no_next_hop_beside_a_better_one),
        KIT_FRESH(the_same_next_hop_named_twice_is_one),
        KIT_FRESH(no_more_next_hops_than_allowed_and_always_the_same),
        KIT_FRESH(sixteen_next_hops_are_the_most),
        KIT_FRESH(a_router_that_may_have_it_from_us_is_not_used),
        KIT_FRESH(routes_share_a_set_of_next_hops),
        KIT_FRESH(one_that_withdraws_is_replaced_in_place),
        KIT_FRESH(one_that_is_silent_is_left_out_after_the_timeout),
        KIT_FRESH(one_that_is_dead_is_left_out),
        KIT_FRESH(a_link_that_goes_down_takes_its_next_hop_along),
        KIT_FRESH(an_interface_that_is_removed_takes_its_next_hop_along),
        KIT_FRESH(equal_next_hops_do_not_take_turns),
        KIT_FRESH(poison_is_sent_on_each_link_that_a_next_hop_is_on),
        KIT_FRESH(simple_split_horizon_leaves_it_out_on_each_link_of_a_next_hop),
        KIT_FRESH(a_next_hop_that_comes_or_goes_is_news_on_its_link),
        KIT_FRESH(poison_is_news_on_each_of_two_new_links),
        KIT_FRESH(without_split_horizon_only_the_chosen_next_hop_is_named),
        KIT_FRESH(more_or_fewer_next_hops_take_effect_in_place),
        KIT_FRESH(another_cost_of_a_link_unites_or_parts_next_hops),
        KIT_FRESH(one_next_hop_deleted_by_somebody_is_put_back),
        KIT_FRESH(all_next_hops_deleted_by_somebody_are_put_back),
        KIT_FRESH(the_end_of_an_older_set_means_nothing),
        KIT_FRESH(a_set_that_was_refused_leaves_nothing_behind),
        KIT_FRESH(a_foreign_route_in_the_way_blocks_all_next_hops),
        KIT_FRESH(lost_events_put_a_lost_next_hop_back),
        KIT_FRESH(an_adopted_set_heard_again_is_not_touched),
        KIT_FRESH(an_adopted_set_waits_for_a_router_no_longer_than_its_update_may_take),
        KIT_FRESH(an_adopted_set_does_not_wait_for_a_router_that_takes_it_back),
        KIT_FRESH(an_adopted_set_does_not_keep_what_was_heard_and_lost),
        KIT_FRESH(an_adopted_set_heard_with_another_next_hop_is_replaced),
        KIT_FRESH(an_adopted_set_is_parted_where_one_next_hop_is_allowed),
        KIT_FRESH(an_adopted_set_without_a_dead_router_is_none),
        KIT_FRESH(a_route_with_more_next_hops_than_we_make_is_replaced),
        KIT_FRESH(a_stop_withdraws_all_next_hops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
