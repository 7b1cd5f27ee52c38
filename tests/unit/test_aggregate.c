/* lib/aggregate.c: one prefix announced for what is inside it, its discard route, and what it holds back. */
#include "internal.h"
#include "kit.h"

#define SITE "2001:db8:1::/48"
#define HALF "2001:db8:1:8000::/49"
#define LAN "2001:db8:1:1::/64"
#define LAN2 "2001:db8:1:8002::/64"
#define OTHER "2001:db8:2::/64"

static struct ripng_aggregate_config *aggregate(struct kit *k, const char *prefix, bool summary_only)
{
    struct ripng_prefix p = kit_prefix(prefix);
    struct ripng_aggregate_config *a = ripng_config_add_aggregate(&k->config, &p);
    assert_non_null(a);
    a->summary_only = summary_only;
    return a;
}

static void start(struct kit *k)
{
    kit_home(k);
    kit_start(k);
    kit_settle(k);
}

static void start_with(struct kit *k, bool summary_only)
{
    aggregate(k, SITE, summary_only);
    start(k);
}

static void reload(struct kit *k)
{
    kit_advance(k, 6);
    kit_forget(k);
    kit_configure(k);
    kit_advance(k, 0.05);
}

static bool announced(const struct kit *k, const char *prefix)
{
    struct ripng_route_info i;
    return kit_read(k, prefix, &i) && i.state == RIPNG_ROUTE_VALID && i.source == RIPNG_SOURCE_AGGREGATE;
}

static bool discards(const struct kit *k, const char *prefix)
{
    const struct ripng_kernel_route *r = kit_kernel_find(k, prefix, PROTO_OURS);
    return r && r->type == RIPNG_TYPE_DISCARD;
}

static struct ripng_kernel_route our_discard(const char *prefix)
{
    struct ripng_kernel_route r = kit_discard(prefix);
    r.protocol = PROTO_OURS;
    r.metric = 2048;
    return r;
}

/* --- when ------------------------------------------------------------------ */

static void an_empty_aggregate_is_neither_announced_nor_in_the_kernel(void **state)
{
    struct kit *k = *state;
    start_with(k, false);
    kit_kernel_add(k, kit_onlink(OTHER, ETH0));
    kit_advance(k, 60);
    assert_false(announced(k, SITE));
    expect_not_sent(k, ETH0, SITE);
    expect_not_sent(k, ETH1, SITE);
    assert_false(discards(k, SITE));
    expect_no_route(k, SITE);
}

static void an_own_prefix_inside_makes_it_announced_and_discarded(void **state)
{
    struct kit *k = *state;
    struct ripng_route_info i;
    struct ripng_aggregate_config *a = aggregate(k, SITE, false);
    a->metric = 2;
    a->tag = 12;
    start(k);
    kit_kernel_add(k, kit_onlink(LAN, ETH0));
    assert_true(announced(k, SITE));
    assert_true(discards(k, SITE));
    assert_true(kit_read(k, SITE, &i));
    assert_true(i.installed);
    kit_advance(k, 0.05);
    assert_int_equal(expect_sent(k, ETH1, SITE, 2)->tag, 12);
    expect_sent(k, ETH1, LAN, 1); /* not held back */
    expect_sent(k, ETH0, SITE, 2);
}

static void the_last_prefix_inside_takes_it_along_at_once(void **state)
{
    struct kit *k = *state;
    start_with(k, false);
    kit_kernel_add(k, kit_onlink(LAN, ETH0));
    kit_kernel_add(k, kit_onlink(LAN2, ETH1));
    kit_kernel_del(k, kit_onlink(LAN, ETH0));
    assert_true(announced(k, SITE));
    kit_advance(k, 10);
    kit_forget(k);
    kit_kernel_del(k, kit_onlink(LAN2, ETH1));
    assert_false(discards(k, SITE));
    kit_advance(k, 0.05);
    expect_sent(k, ETH0, SITE, 16);
    expect_sent(k, ETH1, SITE, 16);
    kit_advance(k, 150);
    expect_no_route(k, SITE);
}

static void a_learned_prefix_inside_counts_until_it_is_lost(void **state)
{
    struct kit *k = *state;
    start_with(k, false);
    kit_hear(k, ETH0, BOB, RTE(LAN, 5));
    assert_true(announced(k, SITE));
    expect_route(k, SITE, 1, "::");
    kit_hear(k, ETH0, BOB, RTE(LAN, 16));
    assert_false(announced(k, SITE));
    kit_hear(k, ETH0, BOB, RTE(LAN, 5));
    assert_true(announced(k, SITE));
    kit_advance(k, 181); /* timeout */
    assert_false(announced(k, SITE));
    assert_false(discards(k, SITE));
}

/* No ring of routers may keep an aggregate alive: what Bob repeats of it is of no account. */
static void the_aggregate_itself_and_what_is_shorter_does_not_count(void **state)
{
    struct kit *k = *state;
    start_with(k, false);
    kit_hear(k, ETH0, BOB, RTE(SITE, 1), RTE("2001:db8::/32", 1), RTE("::/0", 1));
    assert_false(announced(k, SITE));
    expect_installed(k, SITE, BOB, ETH0);
}

static void a_learned_route_of_the_same_prefix_gives_way_in_place(void **state)
{
    struct kit *k = *state;
    start_with(k, false);
    kit_hear(k, ETH0, BOB, RTE(SITE, 1));
    kit_forget(k);
    kit_kernel_add(k, kit_onlink(LAN, ETH0));
    assert_true(announced(k, SITE));
    assert_true(discards(k, SITE));
    assert_int_equal(kit_count_changes(k, RIPNG_ROUTE_SET, SITE), 1);
    assert_int_equal(kit_count_changes(k, RIPNG_ROUTE_DELETE, SITE), 0);
    kit_kernel_del(k, kit_onlink(LAN, ETH0)); /* Bob is asked: he may have known it from us */
    assert_false(discards(k, SITE));
    expect_garbage(k, SITE);
    kit_hear(k, ETH0, BOB, RTE(SITE, 1));
    expect_installed(k, SITE, BOB, ETH0);
}

static void an_aggregate_inside_another_counts_for_it(void **state)
{
    struct kit *k = *state;
    aggregate(k, SITE, false);
    aggregate(k, HALF, false);
    start(k);
    kit_kernel_add(k, kit_onlink(LAN2, ETH0));
    assert_true(announced(k, HALF) && announced(k, SITE));
    assert_true(discards(k, HALF) && discards(k, SITE));
    kit_kernel_del(k, kit_onlink(LAN2, ETH0));
    assert_false(announced(k, HALF) || announced(k, SITE));
    assert_false(discards(k, HALF) || discards(k, SITE));
}

static void what_is_there_at_the_start_counts(void **state)
{
    struct kit *k = *state;
    aggregate(k, SITE, false);
    kit_home(k);
    kit_kernel_add(k, kit_onlink(LAN, ETH0));
    kit_start(k);
    assert_true(announced(k, SITE));
    assert_true(discards(k, SITE));
}

/* --- the kernel ------------------------------------------------------------- */

/* A DHCPv6 client has put it there already. */
static void where_the_kernel_has_the_aggregate_of_another_program_ours_is_not_needed(void **state)
{
    struct kit *k = *state;
    struct ripng_route_info i;
    start_with(k, false);
    kit_kernel_add(k, kit_discard(SITE));
    kit_kernel_add(k, kit_onlink(LAN, ETH0));
    assert_false(discards(k, SITE));
    assert_true(kit_read(k, SITE, &i));
    assert_int_equal(i.source, RIPNG_SOURCE_DELEGATED);
    kit_kernel_del(k, kit_discard(SITE));
    assert_true(announced(k, SITE));
    assert_true(discards(k, SITE));
}

static void a_foreign_route_of_our_metric_is_not_overwritten(void **state)
{
    struct kit *k = *state;
    struct ripng_kernel_route foreign = kit_gateway(SITE, BOB, ETH0, PROTO_STATIC);
    foreign.metric = 2048;
    start_with(k, false);
    kit_kernel_add(k, foreign);
    kit_kernel_add(k, kit_onlink(LAN, ETH0));
    assert_true(announced(k, SITE));
    assert_false(discards(k, SITE));
    expect_event(k, RIPNG_EV_KERNEL_FOREIGN, RIPNG_WHY_NONE);
    kit_kernel_del(k, foreign);
    assert_true(discards(k, SITE));
}

static void a_discard_route_of_an_earlier_run_is_adopted(void **state)
{
    struct kit *k = *state;
    aggregate(k, SITE, false);
    kit_home(k);
    kit_kernel_add(k, our_discard(SITE));
    kit_start(k);
    kit_settle(k);
    assert_true(discards(k, SITE));
    assert_int_equal(kit_count_changes(k, RIPNG_ROUTE_SET, SITE), 0);
    kit_hear(k, ETH0, BOB, RTE(LAN, 1));
    assert_int_equal(kit_count_changes(k, RIPNG_ROUTE_SET, SITE), 0); /* it is as it should be */
    kit_hear(k, ETH0, BOB, RTE(LAN, 16));
    assert_false(discards(k, SITE));
}

static void a_discard_route_of_an_earlier_run_that_nothing_wants_goes_after_the_timeout(void **state)
{
    struct kit *k = *state;
    kit_home(k);
    kit_kernel_add(k, our_discard(SITE));
    kit_start(k);
    kit_advance(k, 100);
    assert_true(discards(k, SITE));
    kit_advance(k, 100);
    assert_false(discards(k, SITE));
}

static void a_discard_route_of_an_earlier_run_becomes_a_learned_one_in_place(void **state)
{
    struct kit *k = *state;
    kit_home(k);
    kit_kernel_add(k, our_discard(SITE));
    kit_start(k);
    kit_hear(k, ETH0, BOB, RTE(SITE, 1));
    expect_installed(k, SITE, BOB, ETH0);
    assert_int_equal(kit_count_changes(k, RIPNG_ROUTE_DELETE, SITE), 0);
}

static void a_discard_route_that_somebody_deletes_is_put_back(void **state)
{
    struct kit *k = *state;
    start_with(k, false);
    kit_kernel_add(k, kit_onlink(LAN, ETH0));
    kit_kernel_del_ours(k, SITE);
    assert_true(discards(k, SITE));
}

static void a_discard_route_that_the_kernel_refuses_is_tried_again(void **state)
{
    struct kit *k = *state;
    start_with(k, false);
    k->refuse = ENOMEM;
    k->refuse_times = 1;
    kit_kernel_add(k, kit_onlink(LAN, ETH0));
    assert_false(discards(k, SITE));
    expect_event(k, RIPNG_EV_KERNEL_REFUSED, RIPNG_WHY_NONE);
    kit_advance(k, 2);
    assert_true(discards(k, SITE));
}

static void a_discard_route_moves_with_the_kernels_settings(void **state)
{
    struct kit *k = *state;
    start_with(k, false);
    kit_kernel_add(k, kit_onlink(LAN, ETH0));
    k->config.kernel.metric = 3000;
    kit_configure(k);
    const struct ripng_kernel_route *r = kit_kernel_find(k, SITE, PROTO_OURS);
    assert_non_null(r);
    assert_int_equal(r->metric, 3000);
    assert_int_equal(kit_kernel_count_ours(k), 1);
}

static void a_stop_withdraws_the_discard_route(void **state)
{
    struct kit *k = *state;
    start_with(k, true);
    kit_kernel_add(k, kit_onlink(LAN, ETH0));
    kit_stop(k);
    assert_int_equal(kit_kernel_count_ours(k), 0);
    expect_sent(k, ETH1, SITE, 16);
}

static void a_graceful_stop_leaves_the_discard_route(void **state)
{
    struct kit *k = *state;
    k->config.graceful_restart = true;
    start_with(k, false);
    kit_kernel_add(k, kit_onlink(LAN, ETH0));
    kit_stop(k);
    assert_true(discards(k, SITE));
}

/* --- holding back ---------------------------------------------------------------- */

static void what_is_inside_is_held_back_on_request(void **state)
{
    struct kit *k = *state;
    aggregate(k, SITE, true);
    kit_home(k);
    kit_kernel_add(k, kit_onlink(LAN, ETH0));
    kit_kernel_add(k, kit_onlink(OTHER, ETH0));
    kit_start(k);
    kit_settle(k);
    kit_advance(k, 130);
    kit_forget(k);
    kit_advance(k, 60);
    expect_sent(k, ETH1, SITE, 1);
    expect_sent(k, ETH1, OTHER, 1);
    expect_not_sent(k, ETH1, LAN);
}

static void what_was_announced_before_is_taken_back_at_once_and_then_silent(void **state)
{
    struct kit *k = *state;
    start(k);
    kit_kernel_add(k, kit_onlink(LAN, ETH0));
    kit_hear(k, ETH0, BOB, RTE(LAN2, 1));
    aggregate(k, SITE, true);
    reload(k);
    expect_sent(k, ETH1, SITE, 1);
    expect_sent(k, ETH1, LAN, 16);
    expect_sent(k, ETH1, LAN2, 16);
    kit_hear(k, ETH0, BOB, RTE(LAN2, 1));
    kit_advance(k, 100);
    kit_hear(k, ETH0, BOB, RTE(LAN2, 1));
    kit_advance(k, 20);
    kit_forget(k);
    kit_advance(k, 60);
    expect_sent(k, ETH1, SITE, 1);
    expect_not_sent(k, ETH1, LAN);
    expect_not_sent(k, ETH1, LAN2);
    expect_sent(k, ETH0, LAN2, 16); /* poison where it was heard: that keeps loops away */
}

static void what_is_held_back_comes_and_goes_unheard(void **state)
{
    struct kit *k = *state;
    start_with(k, true);
    kit_kernel_add(k, kit_onlink(LAN, ETH0));
    kit_advance(k, 130);
    kit_forget(k);
    kit_kernel_add(k, kit_onlink(LAN2, ETH0));
    kit_advance(k, 50);
    kit_kernel_del(k, kit_onlink(LAN2, ETH0));
    kit_advance(k, 50);
    expect_not_sent(k, ETH1, LAN2);
}

static void what_is_held_back_is_told_to_whom_asks_for_it(void **state)
{
    struct kit *k = *state;
    start_with(k, true);
    kit_kernel_add(k, kit_onlink(LAN, ETH0));
    kit_advance(k, 130);
    kit_forget(k);
    kit_ask(k, ETH1, BOB, 1024, RTE(LAN, 16));
    expect_sent(k, ETH1, LAN, 1);
}

static void an_aggregate_within_one_that_holds_back_is_held_back_itself(void **state)
{
    struct kit *k = *state;
    aggregate(k, SITE, true);
    aggregate(k, HALF, false);
    start(k);
    kit_kernel_add(k, kit_onlink(LAN2, ETH0));
    kit_advance(k, 130);
    kit_forget(k);
    kit_advance(k, 60);
    expect_sent(k, ETH1, SITE, 1);
    expect_not_sent(k, ETH1, HALF);
    expect_not_sent(k, ETH1, LAN2);
}

/* --- and export filters ------------------------------------------------------------ */

/* A LAN, and this filter for what eth1 is told; what is sent after the start is left. */
static void start_filtered(struct kit *k, bool summary_only, unsigned export)
{
    aggregate(k, SITE, summary_only);
    kit_home(k);
    kit_section(k, "eth0");
    kit_section(k, "eth1")->export = export;
    kit_kernel_add(k, kit_onlink(LAN, KIT_LO));
    kit_start(k);
    kit_settle(k);
    kit_advance(k, 130);
    kit_forget(k);
    kit_advance(k, 60);
}

static void a_filter_keeps_what_is_inside_from_one_link_where_the_aggregate_alone_would_not(void **state)
{
    struct kit *k = *state;
    start_filtered(k, false, kit_filter(k, "permit " SITE, "deny " SITE " ge 49", "permit any"));
    expect_sent(k, ETH1, SITE, 1);
    expect_not_sent(k, ETH1, LAN);
    expect_sent(k, ETH0, SITE, 1);
    expect_sent(k, ETH0, LAN, 1);
}

static void a_filter_lets_nothing_out_that_summary_only_holds_back(void **state)
{
    struct kit *k = *state;
    start_filtered(k, true, kit_filter(k, "permit " LAN, "permit any"));
    expect_sent(k, ETH1, SITE, 1);
    expect_not_sent(k, ETH1, LAN);
}

static void where_a_filter_denies_a_summary_only_aggregate_neither_is_told(void **state)
{
    struct kit *k = *state;
    start_filtered(k, true, kit_filter(k, "deny any source aggregate", "permit any"));
    expect_not_sent(k, ETH1, SITE);
    expect_not_sent(k, ETH1, LAN);
    expect_sent(k, ETH0, SITE, 1);
    expect_not_sent(k, ETH0, LAN);
}

static void what_a_filter_keeps_in_counts_for_the_aggregate_all_the_same(void **state)
{
    struct kit *k = *state;
    start_filtered(k, false, kit_filter(k, "deny " LAN, "permit any set metric 7"));
    expect_sent(k, ETH1, SITE, 7);
    expect_not_sent(k, ETH1, LAN);
}

/* --- reload ------------------------------------------------------------------------ */

static void an_aggregate_added_changed_and_removed_at_run_time(void **state)
{
    struct kit *k = *state;
    start(k);
    kit_kernel_add(k, kit_onlink(LAN, ETH0));
    aggregate(k, SITE, false);
    reload(k);
    expect_sent(k, ETH1, SITE, 1);
    expect_not_sent(k, ETH1, LAN); /* nothing else is disturbed */
    assert_true(discards(k, SITE));
    k->config.aggregates[0].metric = 6;
    reload(k);
    expect_sent(k, ETH1, SITE, 6);
    assert_int_equal(kit_count_changes(k, RIPNG_ROUTE_SET, NULL), 0);
    k->config.n_aggregates = 0;
    reload(k);
    expect_sent(k, ETH1, SITE, 16);
    expect_not_sent(k, ETH1, LAN);
    expect_event(k, RIPNG_EV_ROUTE_LOST, RIPNG_WHY_CONFIG);
    assert_false(discards(k, SITE));
}

static void what_is_no_longer_held_back_is_announced_at_once(void **state)
{
    struct kit *k = *state;
    start_with(k, true);
    kit_kernel_add(k, kit_onlink(LAN, ETH0));
    kit_kernel_add(k, kit_onlink(OTHER, ETH0));
    kit_advance(k, 130);
    k->config.aggregates[0].summary_only = false;
    reload(k);
    expect_sent(k, ETH1, LAN, 1);
    expect_not_sent(k, ETH1, SITE);
    expect_not_sent(k, ETH1, OTHER);
}

static void a_reload_that_changes_nothing_says_nothing(void **state)
{
    struct kit *k = *state;
    aggregate(k, SITE, true);
    aggregate(k, HALF, false);
    start(k);
    kit_kernel_add(k, kit_onlink(LAN, ETH0));
    kit_kernel_add(k, kit_onlink(LAN2, ETH1));
    kit_advance(k, 130);
    reload(k);
    expect_not_sent(k, ETH1, SITE);
    expect_not_sent(k, ETH1, LAN);
    expect_no_changes(k);
    expect_no_event(k, RIPNG_EV_ROUTE_CHANGED);
}

static void an_aggregate_that_was_never_announced_leaves_nothing_behind(void **state)
{
    struct kit *k = *state;
    start_with(k, false);
    k->config.default_route.originate = RIPNG_ORIGINATE_IF_PRESENT;
    reload(k);
    k->config.default_route.originate = RIPNG_ORIGINATE_NEVER;
    k->config.n_aggregates = 0;
    reload(k);
    assert_int_equal(k->r->routes.count, 0);
}

static void aggregates_that_come_and_go_leave_nothing_behind(void **state)
{
    struct kit *k = *state;
    start_with(k, true);
    for (unsigned i = 0; i < 300; i++) {
        kit_kernel_add(k, kit_onlink(LAN, ETH0));
        kit_hear(k, ETH1, BOB, RTE(LAN2, 1));
        kit_kernel_del(k, kit_onlink(LAN, ETH0));
        kit_hear(k, ETH1, BOB, RTE(LAN2, 16));
        assert_false(announced(k, SITE));
    }
    kit_advance(k, 150);
    assert_int_equal(kit_status(k).routes, 0);
    assert_int_equal(kit_status(k).garbage, 0);
    assert_int_equal(kit_kernel_count_ours(k), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_FRESH(an_empty_aggregate_is_neither_announced_nor_in_the_kernel),
        KIT_FRESH(an_own_prefix_inside_makes_it_announced_and_discarded),
        KIT_FRESH(the_last_prefix_inside_takes_it_along_at_once),
        KIT_FRESH(a_learned_prefix_inside_counts_until_it_is_lost),
        KIT_FRESH(the_aggregate_itself_and_what_is_shorter_does_not_count),
        KIT_FRESH(a_learned_route_of_the_same_prefix_gives_way_in_place),
        KIT_FRESH(an_aggregate_inside_another_counts_for_it),
        KIT_FRESH(what_is_there_at_the_start_counts),
        KIT_FRESH(where_the_kernel_has_the_aggregate_of_another_program_ours_is_not_needed),
        KIT_FRESH(a_foreign_route_of_our_metric_is_not_overwritten),
        KIT_FRESH(a_discard_route_of_an_earlier_run_is_adopted),
        KIT_FRESH(a_discard_route_of_an_earlier_run_that_nothing_wants_goes_after_the_timeout),
        KIT_FRESH(a_discard_route_of_an_earlier_run_becomes_a_learned_one_in_place),
        KIT_FRESH(a_discard_route_that_somebody_deletes_is_put_back),
        KIT_FRESH(a_discard_route_that_the_kernel_refuses_is_tried_again),
        KIT_FRESH(a_discard_route_moves_with_the_kernels_settings),
        KIT_FRESH(a_stop_withdraws_the_discard_route),
        KIT_FRESH(a_graceful_stop_leaves_the_discard_route),
        KIT_FRESH(what_is_inside_is_held_back_on_request),
        KIT_FRESH(what_was_announced_before_is_taken_back_at_once_and_then_silent),
        KIT_FRESH(what_is_held_back_comes_and_goes_unheard),
        KIT_FRESH(what_is_held_back_is_told_to_whom_asks_for_it),
        KIT_FRESH(an_aggregate_within_one_that_holds_back_is_held_back_itself),
        KIT_FRESH(a_filter_keeps_what_is_inside_from_one_link_where_the_aggregate_alone_would_not),
        KIT_FRESH(a_filter_lets_nothing_out_that_summary_only_holds_back),
        KIT_FRESH(where_a_filter_denies_a_summary_only_aggregate_neither_is_told),
        KIT_FRESH(what_a_filter_keeps_in_counts_for_the_aggregate_all_the_same),
        KIT_FRESH(an_aggregate_added_changed_and_removed_at_run_time),
        KIT_FRESH(what_is_no_longer_held_back_is_announced_at_once),
        KIT_FRESH(a_reload_that_changes_nothing_says_nothing),
        KIT_FRESH(an_aggregate_that_was_never_announced_leaves_nothing_behind),
        KIT_FRESH(aggregates_that_come_and_go_leave_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
