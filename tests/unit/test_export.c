/* Filters for what is announced: what they let out, what they change, and what they take back. */
#include "kit.h"

#define P1 "2001:db8:1::/48"
#define P2 "2001:db8:2::/48"
#define LAN "2001:db8:99::/64"

/* eth0 and eth1 with an export filter each; Bob is behind eth1, so that eth0 hears of his routes. */
static void start(struct kit *k, unsigned export0, unsigned export1)
{
    kit_home(k);
    kit_section(k, "eth0")->export = export0;
    kit_section(k, "eth1")->export = export1;
    kit_start(k);
    kit_kernel_add(k, kit_onlink(LAN, KIT_LO));
    kit_settle(k);
}

static void reload_export(struct kit *k, unsigned export)
{
    k->config.ifaces[0].export = export;
    kit_forget(k);
    kit_configure(k);
}

/* Bob goes on announcing; whatever was sent meanwhile is forgotten but for the last half minute. */
static void live(struct kit *k, double seconds, const struct kit_rte *rtes)
{
    for (; seconds > 0; seconds -= 30) {
        kit_response(k, ETH1, BOB, rtes);
        kit_forget(k);
        kit_advance(k, 46); /* at least one regular update */
        seconds -= 16;
    }
}

/* --- what is let out ------------------------------------------------------ */

static void what_an_export_filter_denies_is_not_announced_there(void **state)
{
    struct kit *k = *state;
    start(k, kit_filter(k, "deny 2001:db8:1::/48", "deny any source connected", "permit any"), 0);
    kit_hear(k, ETH1, BOB, RTE(P1, 1), RTE(P2, 1));
    expect_sent(k, ETH0, P2, 2);
    expect_not_sent(k, ETH0, P1);
    kit_advance(k, 46);
    expect_not_sent(k, ETH0, P1);
    expect_not_sent(k, ETH0, LAN);
    expect_sent(k, ETH1, LAN, 1);
    expect_installed(k, P1, BOB, ETH1);
    kit_hear(k, ETH1, BOB, RTE(P1, 16)); /* nor that it is gone */
    kit_advance(k, 100);
    expect_not_sent(k, ETH0, P1);
}

static void what_is_let_out_is_changed_on_the_way(void **state)
{
    struct kit *k = *state;
    start(k, kit_filter(k, "permit any source connected set metric 9 set tag 4", "permit any add metric 5"),
          0);
    kit_hear(k, ETH1, BOB, RTE_TAG(P1, 3, 7), RTE(P2, 10));
    kit_advance(k, 46);
    assert_int_equal(expect_sent(k, ETH0, LAN, 9)->tag, 4);
    assert_int_equal(expect_sent(k, ETH0, P1, 9)->tag, 7);
    expect_sent(k, ETH0, P2, 16); /* 11 + 5 */
    assert_int_equal(expect_sent(k, ETH1, LAN, 1)->tag, 0);
    expect_route(k, P1, 4, BOB);
}

static void a_lost_route_is_unreachable_whatever_is_set(void **state)
{
    struct kit *k = *state;
    start(k, kit_filter(k, "permit any set metric 3"), 0);
    kit_hear(k, ETH1, BOB, RTE(P1, 1));
    expect_sent(k, ETH0, P1, 3);
    kit_hear(k, ETH1, BOB, RTE(P1, 16));
    kit_advance(k, 6);
    expect_sent(k, ETH0, P1, 16);
}

static void the_default_route_is_let_out_where_it_is_permitted(void **state)
{
    struct kit *k = *state;
    start(k, kit_filter(k, "permit ::/0"), kit_filter(k, "deny ::/0", "permit any"));
    kit_hear(k, ETH1, BOB, RTE("::/0", 1), RTE(P1, 1));
    expect_sent(k, ETH0, "::/0", 2);
    expect_not_sent(k, ETH0, P1);
    kit_hear(k, ETH0, CAROL, RTE("::/0", 16));
    kit_hear(k, ETH1, BOB, RTE("::/0", 16));
    kit_hear(k, ETH0, CAROL, RTE("::/0", 1));
    kit_advance(k, 46);
    expect_not_sent(k, ETH1, "::/0");
}

static void answers_are_filtered_like_updates(void **state)
{
    struct kit *k = *state;
    start(k, kit_filter(k, "deny 2001:db8:1::/48", "permit any add metric 2 set tag 8"), 0);
    kit_hear(k, ETH1, BOB, RTE(P1, 1), RTE(P2, 1));
    kit_settle(k);
    kit_ask(k, ETH0, DAVE, RIPNG_PORT, WHOLE_TABLE);
    assert_int_equal(expect_sent(k, ETH0, P2, 4)->tag, 8);
    expect_not_sent(k, ETH0, P1);
    kit_forget(k);
    /* Who asks for a route by name is looking for a fault, and hears what the table has: but for what is
     * denied. */
    kit_ask(k, ETH0, DAVE, 40000, RTE(P1, 1), RTE(P2, 1));
    expect_sent(k, ETH0, P1, 16);
    assert_int_equal(expect_sent(k, ETH0, P2, 2)->tag, 0);
    kit_ask(k, ETH1, DAVE, 40000, RTE(P1, 1));
    expect_sent(k, ETH1, P1, 2);
}

static void a_denied_route_is_not_poisoned_where_it_was_heard(void **state)
{
    struct kit *k = *state;
    start(k, 0, kit_filter(k, "deny 2001:db8:1::/48", "permit any"));
    kit_hear(k, ETH1, BOB, RTE(P1, 1), RTE(P2, 1));
    kit_advance(k, 46);
    expect_not_sent(k, ETH1, P1);
    expect_sent(k, ETH1, P2, 16);
    expect_sent(k, ETH0, P1, 2);
}

/* --- what is taken back: another filter -------------------------------------- */

/* FRR's 22360: its neighbours keep what a new filter holds back until it times out. */
static void what_a_new_filter_denies_is_taken_back_at_once(void **state)
{
    struct kit *k = *state;
    const struct kit_rte rtes[] = {RTE(P1, 1), RTE(P2, 1), {.prefix = NULL}};
    start(k, 0, 0);
    kit_response(k, ETH1, BOB, rtes);
    kit_settle(k);
    reload_export(k, kit_filter(k, "permit 2001:db8:2::/48"));
    kit_advance(k, 0.05);
    expect_sent(k, ETH0, P1, 16);
    expect_sent(k, ETH0, LAN, 16);
    expect_sent(k, ETH0, P2, 2);
    assert_null(kit_sent(k, ETH1, LAN)); /* another interface is not concerned */
    live(k, 90, rtes);
    expect_sent(k, ETH0, P1, 16); /* again and again, for the garbage time */
    expect_sent(k, ETH0, P2, 2);
    live(k, 60, rtes);
    expect_not_sent(k, ETH0, P1);
    expect_not_sent(k, ETH0, LAN);
    expect_sent(k, ETH0, P2, 2);
    expect_sent(k, ETH1, LAN, 1);
    expect_route(k, P1, 2, BOB);
}

static void with_shorter_timers_what_a_filter_denies_is_taken_back_no_longer_than_they_say(void **state)
{
    struct kit *k = *state;
    k->config.timers.garbage_us = SECONDS(86400);
    start(k, 0, 0);
    kit_hear(k, ETH1, BOB, RTE(P1, 1));
    kit_settle(k);
    reload_export(k, kit_filter(k, "deny any"));
    k->config.timers.garbage_us = SECONDS(10);
    kit_configure(k);
    kit_advance(k, 1);
    expect_sent(k, ETH0, P1, 16);
    kit_advance(k, 10);
    kit_forget(k);
    kit_advance(k, 100);
    expect_not_sent(k, ETH0, P1);
}

static void what_a_new_filter_lets_out_is_announced_at_once(void **state)
{
    struct kit *k = *state;
    start(k, kit_filter(k, "deny any"), 0);
    kit_hear(k, ETH1, BOB, RTE(P1, 1));
    kit_settle(k);
    reload_export(k, kit_filter(k, "permit any set metric 4"));
    kit_advance(k, 0.05);
    expect_sent(k, ETH0, P1, 4);
    expect_sent(k, ETH0, LAN, 4);
    reload_export(k, 0);
    kit_advance(k, 0.05);
    expect_sent(k, ETH0, P1, 2);
    expect_sent(k, ETH0, LAN, 1);
}

static void a_filter_and_back_again_is_as_before(void **state)
{
    struct kit *k = *state;
    start(k, kit_filter(k, "permit 2001:db8:1::/48"), 0);
    kit_hear(k, ETH1, BOB, RTE(P1, 1), RTE(P2, 1));
    kit_settle(k);
    reload_export(k, kit_filter(k, "permit 2001:db8:2::/48"));
    kit_advance(k, 1);
    expect_sent(k, ETH0, P1, 16);
    expect_sent(k, ETH0, P2, 2);
    reload_export(k, 1);
    kit_advance(k, 1);
    expect_sent(k, ETH0, P1, 2);
    expect_sent(k, ETH0, P2, 16);
    expect_not_sent(k, ETH0, LAN);
}

static void two_new_filters_soon_after_each_other_take_back_what_either_denies(void **state)
{
    struct kit *k = *state;
    start(k, kit_filter(k, "permit 2001:db8:1::/48"), 0);
    kit_hear(k, ETH1, BOB, RTE(P1, 1), RTE(P2, 1));
    kit_settle(k);
    reload_export(k, kit_filter(k, "permit 2001:db8:2::/48"));
    reload_export(k, kit_filter(k, "deny any"));
    kit_advance(k, 1);
    expect_sent(k, ETH0, P1, 16);
    expect_sent(k, ETH0, P2, 16);
    expect_not_sent(k, ETH0, LAN);
}

static void filters_that_change_all_the_time_break_nothing(void **state)
{
    struct kit *k = *state;
    start(k, 0, 0);
    kit_hear(k, ETH1, BOB, RTE(P1, 1), RTE(P2, 1));
    kit_settle(k);
    for (int i = 0; i < 30; i++) {
        char rule[64];
        snprintf(rule, sizeof rule, "permit any set metric %d set tag %d", i % 15 + 1, i);
        reload_export(k, kit_filter(k, rule));
    }
    reload_export(k, kit_filter(k, "deny any"));
    kit_advance(k, 1);
    expect_sent(k, ETH0, P1, 16);
    expect_sent(k, ETH0, LAN, 16);
}

static void two_filters_in_turn_do_not_push_out_the_one_before(void **state)
{
    struct kit *k = *state;
    start(k, kit_filter(k, "permit 2001:db8:1::/48"), 0);
    unsigned a = kit_filter(k, "permit 2001:db8:2::/48"),
             b = kit_filter(k, "permit 2001:db8:2::/48 set tag 1");
    kit_hear(k, ETH1, BOB, RTE(P1, 1), RTE(P2, 1));
    kit_settle(k);
    for (int i = 0; i < 20; i++)
        reload_export(k, i % 2 ? b : a);
    kit_forget(k);
    kit_advance(k, 46);
    expect_sent(k, ETH0, P1, 16);
    expect_sent(k, ETH0, P2, 2);
}

static void what_comes_while_a_filter_is_being_taken_back_is_not_announced(void **state)
{
    struct kit *k = *state;
    start(k, kit_filter(k, "permit 2001:db8:1::/48"), 0);
    reload_export(k, kit_filter(k, "deny any"));
    kit_hear(k, ETH1, BOB, RTE(P1, 1), RTE(P2, 1));
    kit_advance(k, 46);
    const struct kit_got *g = kit_sent(k, ETH0, P1);
    assert_true(!g || g->metric == 16);
    expect_not_sent(k, ETH0, P2);
}

/* Somebody who has been silent, or was never there, has nothing to take back. */
static void a_new_interface_takes_nothing_back(void **state)
{
    struct kit *k = *state;
    start(k, 0, 0);
    k->config.ifaces[0].export = kit_filter(k, "permit any");
    kit_section(k, "eth2")->export = kit_filter(k, "deny any");
    kit_section(k, "*");
    kit_configure(k);
    kit_link_add(k, ETH2, "eth2");
    kit_address(k, ETH2, OUR_ETH2, true);
    kit_advance(k, 46);
    expect_not_sent(k, ETH2, LAN);
}

/* --- what is taken back: another tag or source --------------------------------- */

static void a_route_whose_tag_comes_to_be_denied_is_taken_back_at_once(void **state)
{
    struct kit *k = *state;
    const struct kit_rte rtes[] = {RTE_TAG(P1, 1, 7), RTE_TAG(P2, 1, 3), {.prefix = NULL}};
    start(k, kit_filter(k, "deny any tag 7", "permit any"), 0);
    kit_hear(k, ETH1, BOB, RTE_TAG(P1, 1, 3), RTE_TAG(P2, 1, 3));
    kit_settle(k);
    kit_response(k, ETH1, BOB, rtes);
    kit_advance(k, 0.05);
    expect_sent(k, ETH0, P1, 16);
    expect_route(k, P1, 2, BOB);
    live(k, 90, rtes);
    expect_sent(k, ETH0, P1, 16);
    live(k, 200, rtes);
    expect_not_sent(k, ETH0, P1);
    expect_sent(k, ETH0, P2, 2);
    kit_hear(k, ETH1, BOB, RTE_TAG(P1, 1, 3));
    kit_advance(k, 6);
    expect_sent(k, ETH0, P1, 2);
}

/* Marks go in sweeps; one that was set just before a sweep is not swept with the others. */
static void each_route_is_taken_back_for_the_whole_garbage_time(void **state)
{
    struct kit *k = *state;
    const struct kit_rte first[] = {RTE_TAG(P1, 1, 3), RTE_TAG(P2, 1, 7), {.prefix = NULL}};
    const struct kit_rte both[] = {RTE_TAG(P1, 1, 7), RTE_TAG(P2, 1, 7), {.prefix = NULL}};
    start(k, kit_filter(k, "deny any tag 7", "permit any"), 0);
    kit_hear(k, ETH1, BOB, RTE_TAG(P1, 1, 3), RTE_TAG(P2, 1, 3));
    kit_settle(k);
    kit_response(k, ETH1, BOB, first);
    kit_advance(k, 60);
    kit_response(k, ETH1, BOB, first);
    kit_advance(k, 57);
    kit_response(k, ETH1, BOB, both);
    for (int i = 0; i < 3; i++) {
        kit_advance(k, 20);
        kit_response(k, ETH1, BOB, both);
    }
    kit_forget(k);
    kit_advance(k, 46);
    expect_sent(k, ETH0, P1, 16); /* at 106 s at the most */
    live(k, 300, both);
    expect_not_sent(k, ETH0, P1);
    expect_not_sent(k, ETH0, P2);
}

static void a_route_that_was_never_let_out_is_not_taken_back(void **state)
{
    struct kit *k = *state;
    start(k, kit_filter(k, "permit any tag 3"), 0);
    kit_hear(k, ETH1, BOB, RTE_TAG(P1, 1, 7));
    kit_hear(k, ETH1, BOB, RTE_TAG(P1, 1, 8));
    kit_hear(k, ETH1, BOB, RTE_TAG(P1, 1, 16));
    kit_advance(k, 60);
    expect_not_sent(k, ETH0, P1);
}

/* A guest network that hears of nothing does not hear either that something is gone. */
static void nothing_is_taken_back_where_nothing_could_be_let_out(void **state)
{
    struct kit *k = *state;
    start(k, kit_filter(k, "permit any tag 3"), kit_filter(k, "permit ::/0"));
    kit_link_add(k, ETH2, "eth2");
    kit_address(k, ETH2, OUR_ETH2, true);
    kit_section(k, "eth2");
    kit_configure(k);
    kit_settle(k);
    kit_hear(k, ETH2, BOB, RTE_TAG(P1, 1, 3));
    expect_sent(k, ETH0, P1, 2);
    kit_hear(k, ETH2, BOB, RTE_TAG(P1, 1, 4));
    kit_advance(k, 46);
    expect_sent(k, ETH0, P1, 16);
    expect_not_sent(k, ETH1, P1);
}

static void a_route_whose_source_comes_to_be_denied_is_taken_back(void **state)
{
    struct kit *k = *state;
    start(k, kit_filter(k, "permit any source ripng"), 0);
    kit_hear(k, ETH1, BOB, RTE(P1, 1));
    expect_sent(k, ETH0, P1, 2);
    kit_kernel_add(k, kit_onlink(P1, KIT_LO)); /* ours now */
    kit_advance(k, 6);
    expect_route(k, P1, 1, "::");
    expect_sent(k, ETH0, P1, 16);
    kit_kernel_del(k, kit_onlink(P1, KIT_LO));
    kit_hear(k, ETH1, BOB, RTE(P1, 1));
    kit_advance(k, 6);
    expect_sent(k, ETH0, P1, 2);
}

static void another_neighbours_way_that_is_denied_takes_back_the_first(void **state)
{
    struct kit *k = *state;
    start(k, kit_filter(k, "permit any tag 3"), 0);
    kit_hear(k, ETH1, BOB, RTE_TAG(P1, 3, 3));
    kit_hear(k, ETH1, CAROL, RTE_TAG(P1, 3, 4));
    kit_settle(k);
    kit_hear(k, ETH1, BOB, RTE(P1, 16)); /* Carol's takes over */
    expect_route(k, P1, 4, CAROL);
    kit_advance(k, 0.05);
    expect_sent(k, ETH0, P1, 16);
}

static void a_lost_route_that_comes_back_denied_stays_taken_back(void **state)
{
    struct kit *k = *state;
    start(k, kit_filter(k, "permit any tag 3"), 0);
    kit_hear(k, ETH1, BOB, RTE_TAG(P1, 3, 3));
    kit_settle(k);
    kit_hear(k, ETH1, BOB, RTE(P1, 16));
    kit_hear(k, ETH1, BOB, RTE_TAG(P1, 3, 4));
    kit_forget(k); /* one packet may have been lost */
    kit_advance(k, 46);
    expect_sent(k, ETH0, P1, 16);
}

/* --- the end ---------------------------------------------------------------------- */

static void a_goodbye_names_nothing_that_was_held_back(void **state)
{
    struct kit *k = *state;
    start(k, kit_filter(k, "permit 2001:db8:1::/48"), 0);
    kit_hear(k, ETH1, BOB, RTE(P1, 1), RTE(P2, 1));
    kit_settle(k);
    k->free_sending = true;
    kit_stop(k);
    kit_advance(k, 1);
    expect_sent(k, ETH0, P1, 16);
    expect_not_sent(k, ETH0, P2);
    expect_not_sent(k, ETH0, LAN);
    expect_sent(k, ETH1, LAN, 16);
}

static void a_goodbye_by_the_settings_is_one_of_the_old_ones(void **state)
{
    for (int how = 0; how < 3; how++) {
        struct kit *k = *state;
        start(k, kit_filter(k, "permit 2001:db8:1::/48"), 0);
        kit_hear(k, ETH1, BOB, RTE(P1, 1), RTE(P2, 1));
        kit_settle(k);
        k->free_sending = true;
        k->config.ifaces[0].enabled = how != 0;
        k->config.ifaces[0].passive = how == 1;
        k->config.ifaces[0].export = 0;
        if (how == 2)
            strcpy(k->config.ifaces[0].pattern, "eth7"); /* there is no section for eth0 any more */
        kit_configure(k);
        kit_advance(k, 1);
        expect_sent(k, ETH0, P1, 16);
        expect_not_sent(k, ETH0, P2);
        expect_not_sent(k, ETH0, LAN);
        kit_teardown(state);
        kit_setup_fresh(state);
    }
}

static void a_goodbye_under_the_same_filter_names_what_it_let_out(void **state)
{
    struct kit *k = *state;
    start(k, kit_filter(k, "permit 2001:db8:1::/48"), 0);
    kit_hear(k, ETH1, BOB, RTE(P1, 1), RTE(P2, 1));
    kit_settle(k);
    k->free_sending = true;
    k->config.ifaces[0].enabled = false;
    kit_configure(k);
    kit_advance(k, 1);
    expect_sent(k, ETH0, P1, 16);
    expect_not_sent(k, ETH0, LAN);
    k->config.ifaces[0].enabled = true;
    kit_configure(k);
    kit_advance(k, 10);
    expect_sent(k, ETH0, P1, 2);
    expect_not_sent(k, ETH0, LAN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_FRESH(what_an_export_filter_denies_is_not_announced_there),
        KIT_FRESH(what_is_let_out_is_changed_on_the_way),
        KIT_FRESH(a_lost_route_is_unreachable_whatever_is_set),
        KIT_FRESH(the_default_route_is_let_out_where_it_is_permitted),
        KIT_FRESH(answers_are_filtered_like_updates),
        KIT_FRESH(a_denied_route_is_not_poisoned_where_it_was_heard),
        KIT_FRESH(what_a_new_filter_denies_is_taken_back_at_once),
        KIT_FRESH(with_shorter_timers_what_a_filter_denies_is_taken_back_no_longer_than_they_say),
        KIT_FRESH(what_a_new_filter_lets_out_is_announced_at_once),
        KIT_FRESH(a_filter_and_back_again_is_as_before),
        KIT_FRESH(two_new_filters_soon_after_each_other_take_back_what_either_denies),
        KIT_FRESH(filters_that_change_all_the_time_break_nothing),
        KIT_FRESH(two_filters_in_turn_do_not_push_out_the_one_before),
        KIT_FRESH(what_comes_while_a_filter_is_being_taken_back_is_not_announced),
        KIT_FRESH(a_new_interface_takes_nothing_back),
        KIT_FRESH(a_route_whose_tag_comes_to_be_denied_is_taken_back_at_once),
        KIT_FRESH(each_route_is_taken_back_for_the_whole_garbage_time),
        KIT_FRESH(a_route_that_was_never_let_out_is_not_taken_back),
        KIT_FRESH(nothing_is_taken_back_where_nothing_could_be_let_out),
        KIT_FRESH(a_route_whose_source_comes_to_be_denied_is_taken_back),
        KIT_FRESH(another_neighbours_way_that_is_denied_takes_back_the_first),
        KIT_FRESH(a_lost_route_that_comes_back_denied_stays_taken_back),
        KIT_FRESH(a_goodbye_names_nothing_that_was_held_back),
        KIT_FRESH(a_goodbye_by_the_settings_is_one_of_the_old_ones),
        KIT_FRESH(a_goodbye_under_the_same_filter_names_what_it_let_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
