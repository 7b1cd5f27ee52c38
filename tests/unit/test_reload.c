/* ripng_configure(): new settings take effect, and what they don't concern stays as it is. */
#include "kit.h"

#define P1 "2001:db8:1::/48"
#define P2 "2001:db8:2::/48"
#define LAN "2001:db8:99::/64"
#define PD "2001:db8:ff00::/56"

static void fill(struct kit *k)
{
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_hear(k, ETH1, CAROL, RTE(P2, 2));
    kit_kernel_add(k, kit_onlink(LAN, KIT_LO));
    kit_kernel_add(k, kit_discard(PD));
    kit_settle(k);
}

/* Fresh kits: a section for each interface, to be changed later. */
static void start_with_sections(struct kit *k)
{
    kit_home(k);
    kit_section(k, "eth0");
    kit_section(k, "eth1");
    kit_start(k);
    kit_settle(k);
    fill(k);
}

static size_t route_changes(const struct kit *k)
{
    return kit_count_changes(k, RIPNG_ROUTE_SET, NULL) + kit_count_changes(k, RIPNG_ROUTE_DELETE, NULL);
}

static void the_same_settings_again_change_nothing(void **state)
{
    struct kit *k = *state;
    fill(k);
    kit_configure(k);
    expect_no_changes(k);
    assert_int_equal(k->n_packets, 0);
    assert_int_equal(k->n_events, 0);
    expect_route(k, P1, 2, BOB);
}

static void the_settings_are_copied(void **state)
{
    struct kit *k = *state;
    kit_home(k);
    kit_section(k, "eth0")->metric = 3;
    kit_start(k);
    k->config.ifaces[0].metric = 9; /* not told to the engine */
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    expect_route(k, P1, 4, BOB);
}

/* --- timers ----------------------------------------------------------- */

static void a_shorter_timeout_holds_for_the_routes_there_are(void **state)
{
    struct kit *k = *state;
    fill(k);
    k->config.timers.timeout_us = SECONDS(20);
    kit_configure(k);
    expect_route(k, P1, 2, BOB);
    kit_advance(k, 10); /* 11 s have gone before */
    expect_garbage(k, P1);
    expect_event(k, RIPNG_EV_ROUTE_LOST, RIPNG_WHY_TIMEOUT);
}

static void a_longer_timeout_holds_for_the_routes_there_are(void **state)
{
    struct kit *k = *state;
    fill(k);
    k->config.timers.timeout_us = SECONDS(1000);
    kit_configure(k);
    kit_advance(k, 900);
    expect_route(k, P1, 2, BOB);
    kit_advance(k, 101);
    expect_garbage(k, P1);
}

static void another_garbage_time_holds_for_the_garbage_there_is(void **state)
{
    struct kit *k = *state;
    fill(k);
    kit_hear(k, ETH0, BOB, RTE(P1, 16));
    k->config.timers.garbage_us = SECONDS(10);
    kit_configure(k);
    kit_advance(k, 9.8);
    expect_garbage(k, P1);
    kit_advance(k, 0.4);
    expect_no_route(k, P1);
}

static void another_update_interval_is_used_from_the_next_update_on_at_the_latest(void **state)
{
    struct kit *k = *state;
    fill(k);
    k->config.timers.update_us = SECONDS(2);
    k->config.timers.timeout_us = SECONDS(2000);
    kit_configure(k);
    kit_advance(k, 45);
    kit_forget(k);
    kit_advance(k, 100);
    assert_in_range(kit_count_packets(k, ETH0, KIT_RESPONSE), 34, 100);
}

/* A daemon with an interval of an hour, set to 30 s, must not stay silent for the rest of the hour. */
static void a_shorter_update_interval_does_not_wait_for_the_old_one(void **state)
{
    struct kit *k = *state;
    kit_home(k);
    k->config.timers.update_us = SECONDS(3600);
    k->config.timers.timeout_us = SECONDS(20000);
    kit_start(k);
    kit_settle(k);
    fill(k);
    k->config.timers.update_us = SECONDS(30);
    kit_configure(k);
    kit_advance(k, 46);
    expect_sent(k, ETH0, LAN, 1);
}

static void the_timers_can_be_read(void **state)
{
    struct kit *k = *state;
    k->config.timers.timeout_us = SECONDS(777);
    kit_configure(k);
    assert_true(kit_status(k).timers.timeout_us == SECONDS(777));
}

/* --- interfaces ------------------------------------------------------- */

static void disabling_an_interface_loses_its_routes_and_no_others(void **state)
{
    struct kit *k = *state;
    start_with_sections(k);
    k->config.ifaces[0].enabled = false;
    k->free_sending = true; /* it may say goodbye */
    kit_configure(k);
    k->free_sending = false;
    expect_active(k, ETH0, false);
    expect_garbage(k, P1);
    expect_not_installed(k, P1);
    expect_sent(k, ETH1, P1, 16);
    expect_event(k, RIPNG_EV_IFACE_DOWN, RIPNG_WHY_CONFIG);
    expect_installed(k, P2, CAROL, ETH1);
    assert_int_equal(kit_count_changes(k, RIPNG_ROUTE_SET, P2), 0);
    assert_int_equal(kit_count_changes(k, RIPNG_GROUP_LEAVE, NULL), 1);
    kit_advance(k, 100); /* the kit fails where something is sent there */
}

/* Those on the link would hold our routes for 180 seconds, pointing at a router that listens no more. */
static void disabling_an_interface_says_goodbye_on_it(void **state)
{
    struct kit *k = *state;
    start_with_sections(k);
    k->config.ifaces[0].enabled = false;
    k->free_sending = true; /* the last word on an interface that is not wanted any more */
    kit_configure(k);
    kit_advance(k, 1);
    expect_sent(k, ETH0, LAN, 16);
    expect_sent(k, ETH0, P2, 16);
    kit_forget(k);
    kit_advance(k, 100);
    expect_silent(k, ETH0);
}

static void enabling_an_interface_starts_it(void **state)
{
    struct kit *k = *state;
    kit_home(k);
    kit_section(k, "eth0")->enabled = false;
    kit_section(k, "eth1");
    kit_start(k);
    kit_settle(k);
    k->config.ifaces[0].enabled = true;
    kit_configure(k);
    expect_active(k, ETH0, true);
    assert_int_equal(kit_count_packets(k, ETH0, KIT_REQUEST), 1);
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    expect_installed(k, P1, BOB, ETH0);
}

static void another_cost_holds_for_what_is_heard_from_then_on(void **state)
{
    struct kit *k = *state;
    start_with_sections(k);
    k->config.ifaces[0].metric = 7;
    kit_configure(k);
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    expect_route(k, P1, 8, BOB);
    kit_advance(k, 5);
    expect_sent(k, ETH1, P1, 8);
}

static void an_interface_that_becomes_passive_falls_silent_and_goes_on_learning(void **state)
{
    struct kit *k = *state;
    start_with_sections(k);
    k->free_sending = true; /* it may say goodbye */
    k->config.ifaces[0].passive = true;
    kit_configure(k);
    kit_advance(k, 1);
    k->free_sending = false;
    kit_forget(k);
    kit_hear(k, ETH0, BOB, RTE(P1, 4));
    kit_advance(k, 100);
    expect_silent(k, ETH0);
    expect_route(k, P1, 5, BOB);
    expect_installed(k, P1, BOB, ETH0);
}

/* PEERS.md 2b: the lesson of FRR's 22360: what was announced has to be taken back. */
static void an_interface_that_becomes_passive_takes_back_what_it_said(void **state)
{
    struct kit *k = *state;
    start_with_sections(k);
    k->free_sending = true;
    k->config.ifaces[0].passive = true;
    kit_configure(k);
    kit_advance(k, 1);
    expect_sent(k, ETH0, LAN, 16);
}

static void an_interface_that_is_no_longer_passive_speaks(void **state)
{
    struct kit *k = *state;
    kit_home(k);
    kit_section(k, "eth0")->passive = true;
    kit_section(k, "eth1");
    kit_start(k);
    kit_settle(k);
    fill(k);
    k->config.ifaces[0].passive = false;
    kit_configure(k);
    kit_advance(k, 46);
    expect_sent(k, ETH0, LAN, 1);
    assert_int_equal(route_changes(k), 0);
}

static void another_split_horizon_is_used(void **state)
{
    struct kit *k = *state;
    start_with_sections(k);
    k->config.timers.timeout_us = SECONDS(1000);
    k->config.ifaces[0].split_horizon = RIPNG_SPLIT_SIMPLE;
    kit_configure(k);
    kit_advance(k, 10);
    kit_forget(k);
    kit_advance(k, 50);
    expect_not_sent(k, ETH0, P1);
    k->config.ifaces[0].split_horizon = RIPNG_SPLIT_OFF;
    kit_configure(k);
    kit_forget(k);
    kit_advance(k, 50);
    expect_sent(k, ETH0, P1, 2);
}

static void unicast_neighbours_can_be_added_and_removed(void **state)
{
    struct kit *k = *state;
    struct in6_addr dave = kit_addr(DAVE);
    unsigned n = 0;
    start_with_sections(k);
    k->config.ifaces[0].n_neighbors = 1;
    k->config.ifaces[0].neighbors[0] = dave;
    kit_configure(k);
    kit_advance(k, 50);
    for (size_t i = 0; i < k->n_packets; i++)
        n += ripng_addr_equal(&k->packets[i].send.dest, &dave);
    assert_true(n > 0);
    k->config.ifaces[0].n_neighbors = 0;
    kit_configure(k);
    kit_forget(k);
    kit_advance(k, 100);
    for (size_t i = 0; i < k->n_packets; i++)
        assert_false(ripng_addr_equal(&k->packets[i].send.dest, &dave));
}

/* Targets shrink while an update to the last of them is under way. */
static void neighbours_removed_in_the_middle_of_an_update_break_nothing(void **state)
{
    struct kit *k = *state;
    start_with_sections(k);
    static struct kit_in in;
    for (unsigned j = 0; j < 20; j++) {
        kit_in(&in, KIT_RESPONSE, ETH1, CAROL);
        for (unsigned i = 0; i < 70; i++) {
            char prefix[64];
            snprintf(prefix, sizeof(prefix), "2001:db8:%x:%x::/64", j, i);
            kit_in_rte(&in, prefix, 1, 0);
        }
        kit_receive(k, &in);
    }
    for (int round = 0; round < 300; round++) {
        k->config.ifaces[0].n_neighbors = (unsigned)(round * 7 % 17);
        for (unsigned i = 0; i < k->config.ifaces[0].n_neighbors; i++)
            k->config.ifaces[0].neighbors[i] = kit_addr(i % 2 ? DAVE : BOB);
        kit_configure(k);
        kit_advance(k, 0.003 * (round % 50));
    }
    kit_advance(k, 100);
    expect_sent(k, ETH0, LAN, 1);
}

static void a_neighbour_no_longer_accepted_is_not_heard(void **state)
{
    struct kit *k = *state;
    start_with_sections(k);
    k->config.ifaces[0].n_accept = 1;
    k->config.ifaces[0].accept_from[0] = kit_addr(DAVE);
    kit_configure(k);
    kit_hear(k, ETH0, BOB, RTE("2001:db8:3::/48", 1));
    expect_no_route(k, "2001:db8:3::/48");
    kit_advance(k, 181);
    expect_not_installed(k, P1); /* at the latest */
}

static void sections_that_are_removed_give_back_the_defaults(void **state)
{
    struct kit *k = *state;
    kit_home(k);
    kit_section(k, "eth1");
    kit_start(k);
    kit_settle(k);
    expect_active(k, ETH0, false);
    k->config.n_ifaces = 0;
    kit_configure(k);
    expect_active(k, ETH0, true);
    expect_active(k, ETH1, true);
}

/* --- redistribution --------------------------------------------------- */

static void what_is_no_longer_shared_is_withdrawn(void **state)
{
    struct kit *k = *state;
    fill(k);
    k->config.redistribute[RIPNG_SOURCE_CONNECTED].enabled = false;
    kit_configure(k);
    kit_advance(k, 5);
    expect_sent(k, ETH0, LAN, 16);
    expect_sent(k, ETH1, LAN, 16);
    expect_route(k, PD, 1, "::");
    expect_event(k, RIPNG_EV_ROUTE_LOST, RIPNG_WHY_CONFIG);
    assert_int_equal(route_changes(k), 0);
}

static void what_is_shared_from_now_on_is_announced(void **state)
{
    struct kit *k = *state;
    fill(k);
    kit_kernel_add(k, kit_gateway("2001:db8:5::/48", DAVE, ETH0, PROTO_STATIC));
    kit_settle(k);
    k->config.redistribute[RIPNG_SOURCE_STATIC].enabled = true;
    k->config.redistribute[RIPNG_SOURCE_STATIC].metric = 3;
    kit_configure(k);
    kit_advance(k, 5);
    expect_sent(k, ETH1, "2001:db8:5::/48", 3);
}

/* FRR 5599/5602: redistribute, not, and again loses routes. */
static void there_and_back_again_is_as_before(void **state)
{
    struct kit *k = *state;
    fill(k);
    for (int i = 0; i < 6; i++) {
        k->config.redistribute[RIPNG_SOURCE_CONNECTED].enabled = i % 2;
        k->config.redistribute[RIPNG_SOURCE_DELEGATED].enabled = i % 2;
        kit_configure(k);
        kit_advance(k, 3);
    }
    kit_advance(k, 10);
    expect_sent(k, ETH0, LAN, 1);
    expect_sent(k, ETH0, PD, 1);
    expect_route(k, LAN, 1, "::");
    expect_route(k, PD, 1, "::");
    kit_advance(k, 120); /* no old garbage timer strikes */
    expect_route(k, LAN, 1, "::");
}

static void another_metric_and_tag_of_a_source_are_announced(void **state)
{
    struct kit *k = *state;
    fill(k);
    k->config.redistribute[RIPNG_SOURCE_CONNECTED].metric = 5;
    k->config.redistribute[RIPNG_SOURCE_CONNECTED].tag = 55;
    kit_configure(k);
    kit_advance(k, 5);
    assert_int_equal(expect_sent(k, ETH0, LAN, 5)->tag, 55);
}

static void a_prefix_takes_the_next_class_when_its_own_is_switched_off(void **state)
{
    struct kit *k = *state;
    struct ripng_route_info i;
    fill(k);
    struct ripng_kernel_route r = kit_onlink("2001:db8:6::/64", ETH0);
    r.protocol = PROTO_STATIC; /* OpenWrt's */
    kit_kernel_add(k, r);
    k->config.redistribute[RIPNG_SOURCE_STATIC].enabled = true;
    kit_configure(k);
    assert_true(kit_read(k, "2001:db8:6::/64", &i));
    assert_int_equal(i.source, RIPNG_SOURCE_CONNECTED);
    k->config.redistribute[RIPNG_SOURCE_CONNECTED].enabled = false;
    kit_configure(k);
    assert_true(kit_read(k, "2001:db8:6::/64", &i));
    assert_int_equal(i.source, RIPNG_SOURCE_STATIC);
}

/* --- kernel, limits --------------------------------------------------- */

static void another_priority_moves_the_routes_without_a_gap(void **state)
{
    struct kit *k = *state;
    fill(k);
    struct ripng_kernel_config old = k->config.kernel;
    k->config.kernel.metric = 500;
    kit_configure(k);
    kit_advance(k, 2);
    const struct ripng_kernel_route *r = kit_kernel_find(k, P1, PROTO_OURS);
    assert_non_null(r);
    assert_int_equal(r->metric, 500);
    assert_int_equal(kit_kernel_count_ours(k), 2);
    bool set = false;
    for (size_t i = 0; i < k->n_changes; i++) {
        const struct ripng_change *c = &k->changes[i].c;
        struct ripng_prefix p1 = kit_prefix(P1);
        if (!ripng_prefix_equal(&c->prefix, &p1))
            continue;
        set |= c->kind == RIPNG_ROUTE_SET && c->kernel.metric == 500;
        if (c->kind == RIPNG_ROUTE_DELETE) {
            assert_true(set); /* the new one first */
            assert_int_equal(c->kernel.metric, old.metric);
        }
    }
}

static void another_protocol_moves_the_routes(void **state)
{
    struct kit *k = *state;
    fill(k);
    k->config.kernel.protocol = 99;
    kit_configure(k);
    kit_advance(k, 200);
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_hear(k, ETH1, CAROL, RTE(P2, 2));
    kit_advance(k, 20);
    expect_installed(k, P1, BOB, ETH0);
    expect_installed(k, P2, CAROL, ETH1);
    assert_null(kit_kernel_find(k, P1, PROTO_OURS));
}

/* The kernel refuses everything for a moment, so the dump finds the old ones, and takes them for another
 * program's. */
static void routes_of_the_former_protocol_deleted_late_stand_in_nobodys_way(void **state)
{
    struct kit *k = *state;
    fill(k);
    k->refuse = k->refuse_delete = EBUSY;
    k->config.kernel.protocol = 99;
    kit_configure(k);
    kit_advance(k, 0.5);
    k->refuse = k->refuse_delete = 0;
    kit_advance(k, 20);
    assert_null(kit_kernel_find(k, P1, PROTO_OURS));
    expect_installed(k, P1, BOB, ETH0);
    expect_installed(k, P2, CAROL, ETH1);
}

static void another_table_wants_a_dump_of_it(void **state)
{
    struct kit *k = *state;
    fill(k);
    k->no_auto_dump = true;
    k->lossy = true;
    k->config.kernel.table = 1000;
    kit_configure(k);
    kit_advance(k, 1);
    assert_true(ripng_kernel_wants_dump(k->r));
    for (size_t i = 0; i < k->n_changes; i++)
        if (k->changes[i].c.kind == RIPNG_ROUTE_DELETE)
            assert_int_equal(k->changes[i].c.kernel.table, 254);
        else
            assert_int_equal(k->changes[i].c.kernel.table, 1000);
}

static void a_higher_limit_lets_more_routes_in(void **state)
{
    struct kit *k = *state;
    k->config.limits.routes = 2;
    kit_configure(k);
    kit_hear(k, ETH0, BOB, RTE(P1, 1), RTE(P2, 1), RTE("2001:db8:3::/48", 1));
    expect_no_route(k, "2001:db8:3::/48");
    k->config.limits.routes = 3;
    kit_configure(k);
    kit_hear(k, ETH0, BOB, RTE(P1, 1), RTE(P2, 1), RTE("2001:db8:3::/48", 1));
    expect_route(k, "2001:db8:3::/48", 2, BOB);
}

static void a_lower_limit_does_not_throw_out_what_is_there(void **state)
{
    struct kit *k = *state;
    fill(k);
    k->config.limits.routes = 1;
    k->config.limits.neighbors = 1;
    kit_configure(k);
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_hear(k, ETH1, CAROL, RTE(P2, 2));
    kit_advance(k, 150);
    expect_route(k, P1, 2, BOB);
    expect_route(k, P2, 3, CAROL);
}

static void graceful_restart_can_be_switched_on(void **state)
{
    struct kit *k = *state;
    fill(k);
    k->config.graceful_restart = true;
    kit_configure(k);
    kit_stop(k);
    kit_advance(k, 1);
    assert_true(ripng_stopped(k->r));
    expect_installed(k, P1, BOB, ETH0);
    assert_int_equal(k->n_packets, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_RUNNING(the_same_settings_again_change_nothing),
        KIT_FRESH(the_settings_are_copied),
        KIT_RUNNING(a_shorter_timeout_holds_for_the_routes_there_are),
        KIT_RUNNING(a_longer_timeout_holds_for_the_routes_there_are),
        KIT_RUNNING(another_garbage_time_holds_for_the_garbage_there_is),
        KIT_RUNNING(another_update_interval_is_used_from_the_next_update_on_at_the_latest),
        KIT_FRESH(a_shorter_update_interval_does_not_wait_for_the_old_one),
        KIT_RUNNING(the_timers_can_be_read),
        KIT_FRESH(disabling_an_interface_loses_its_routes_and_no_others),
        KIT_FRESH(disabling_an_interface_says_goodbye_on_it),
        KIT_FRESH(enabling_an_interface_starts_it),
        KIT_FRESH(another_cost_holds_for_what_is_heard_from_then_on),
        KIT_FRESH(an_interface_that_becomes_passive_falls_silent_and_goes_on_learning),
        KIT_FRESH(an_interface_that_becomes_passive_takes_back_what_it_said),
        KIT_FRESH(an_interface_that_is_no_longer_passive_speaks),
        KIT_FRESH(another_split_horizon_is_used),
        KIT_FRESH(unicast_neighbours_can_be_added_and_removed),
        KIT_FRESH(neighbours_removed_in_the_middle_of_an_update_break_nothing),
        KIT_FRESH(a_neighbour_no_longer_accepted_is_not_heard),
        KIT_FRESH(sections_that_are_removed_give_back_the_defaults),
        KIT_RUNNING(what_is_no_longer_shared_is_withdrawn),
        KIT_RUNNING(what_is_shared_from_now_on_is_announced),
        KIT_RUNNING(there_and_back_again_is_as_before),
        KIT_RUNNING(another_metric_and_tag_of_a_source_are_announced),
        KIT_RUNNING(a_prefix_takes_the_next_class_when_its_own_is_switched_off),
        KIT_RUNNING(another_priority_moves_the_routes_without_a_gap),
        KIT_RUNNING(another_protocol_moves_the_routes),
        KIT_RUNNING(routes_of_the_former_protocol_deleted_late_stand_in_nobodys_way),
        KIT_RUNNING(another_table_wants_a_dump_of_it),
        KIT_RUNNING(a_higher_limit_lets_more_routes_in),
        KIT_RUNNING(a_lower_limit_does_not_throw_out_what_is_there),
        KIT_RUNNING(graceful_restart_can_be_switched_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
