/* lib/origin.c: routes that the configuration names (`route` of ripngd.conf). */
#include "kit.h"

#define P1 "2001:db8:f::/64"
#define P2 "2001:db8:e::/64"

static struct ripng_static_config *route(struct kit *k, const char *prefix)
{
    struct ripng_prefix p = kit_prefix(prefix);
    struct ripng_static_config *s = ripng_config_add_static(&k->config, &p);
    assert_non_null(s);
    return s;
}

static void start(struct kit *k)
{
    kit_home(k);
    kit_start(k);
    kit_settle(k);
}

static void reload(struct kit *k)
{
    kit_advance(k, 6);
    kit_forget(k);
    kit_configure(k);
    kit_advance(k, 0.05);
}

static void expect_source(struct kit *k, const char *prefix, enum ripng_source source)
{
    struct ripng_route_info i;
    assert_true(kit_read(k, prefix, &i));
    assert_int_equal(i.state, RIPNG_ROUTE_VALID);
    assert_string_equal(ripng_source_name(i.source), ripng_source_name(source));
}

static void a_route_is_announced_with_its_metric_and_tag_and_never_installed(void **state)
{
    struct kit *k = *state;
    struct ripng_static_config *s = route(k, P1);
    s->metric = 3;
    s->tag = 77;
    start(k);
    expect_source(k, P1, RIPNG_SOURCE_ROUTE);
    kit_advance(k, 60);
    assert_int_equal(expect_sent(k, ETH0, P1, 3)->tag, 77);
    expect_sent(k, ETH1, P1, 3);
    assert_int_equal(kit_count_changes(k, RIPNG_ROUTE_SET, NULL), 0);
}

static void a_learned_route_of_the_same_prefix_is_not_used(void **state)
{
    struct kit *k = *state;
    route(k, P1)->metric = 9;
    start(k);
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    expect_source(k, P1, RIPNG_SOURCE_ROUTE);
    expect_not_installed(k, P1);
}

static void a_kernel_route_that_is_shared_goes_first(void **state)
{
    struct kit *k = *state;
    route(k, P1)->metric = 9;
    start(k);
    kit_kernel_add(k, kit_onlink(P1, ETH0));
    expect_source(k, P1, RIPNG_SOURCE_CONNECTED);
    expect_route(k, P1, 1, "::");
    kit_kernel_del(k, kit_onlink(P1, ETH0));
    expect_source(k, P1, RIPNG_SOURCE_ROUTE);
    expect_route(k, P1, 9, "::");
}

static void a_route_is_not_announced_onto_the_link_where_its_prefix_is_on_link(void **state)
{
    struct kit *k = *state;
    k->config.redistribute[RIPNG_SOURCE_CONNECTED].enabled = false;
    route(k, P1);
    start(k);
    kit_kernel_add(k, kit_onlink(P1, ETH0));
    kit_advance(k, 60);
    expect_not_sent(k, ETH0, P1);
    expect_sent(k, ETH1, P1, 1);
}

static void a_route_added_at_run_time_is_announced_at_once(void **state)
{
    struct kit *k = *state;
    route(k, P1);
    start(k);
    route(k, P2);
    reload(k);
    expect_sent(k, ETH0, P2, 1);
    expect_not_sent(k, ETH0, P1);
}

static void a_route_changed_at_run_time_is_announced_at_once(void **state)
{
    struct kit *k = *state;
    route(k, P1);
    route(k, P2);
    start(k);
    k->config.statics[0].metric = 4;
    k->config.statics[0].tag = 5;
    reload(k);
    assert_int_equal(expect_sent(k, ETH1, P1, 4)->tag, 5);
    expect_not_sent(k, ETH0, P2);
}

static void a_route_removed_at_run_time_is_taken_back_at_once_and_forgotten(void **state)
{
    struct kit *k = *state;
    route(k, P1);
    route(k, P2);
    start(k);
    k->config.n_statics = 1;
    reload(k);
    expect_sent(k, ETH0, P2, 16);
    expect_not_sent(k, ETH0, P1);
    expect_event(k, RIPNG_EV_ROUTE_LOST, RIPNG_WHY_CONFIG);
    kit_advance(k, 150);
    expect_no_route(k, P2);
    expect_route(k, P1, 1, "::");
}

static void a_route_removed_makes_room_for_a_neighbours(void **state)
{
    struct kit *k = *state;
    route(k, P1);
    start(k);
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    k->config.n_statics = 0;
    reload(k);
    assert_int_equal(kit_count_packets(k, ETH0, KIT_REQUEST), 1); /* somebody was heard with it */
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    expect_installed(k, P1, BOB, ETH0);
}

static void many_routes_come_and_go_and_leave_nothing_behind(void **state)
{
    struct kit *k = *state;
    start(k);
    for (unsigned round = 0; round < 3; round++) {
        k->config.n_statics = 0;
        for (unsigned i = 0; i < RIPNG_STATIC_ROUTES_MAX; i++) {
            char prefix[64];
            snprintf(prefix, sizeof(prefix), "2001:db8:%x::/48", round * 1000 + i);
            route(k, prefix);
        }
        reload(k);
        assert_int_equal(kit_status(k).routes, RIPNG_STATIC_ROUTES_MAX);
    }
    k->config.n_statics = 0;
    reload(k);
    kit_advance(k, 150);
    assert_int_equal(kit_status(k).routes, 0);
    assert_int_equal(kit_status(k).garbage, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_FRESH(a_route_is_announced_with_its_metric_and_tag_and_never_installed),
        KIT_FRESH(a_learned_route_of_the_same_prefix_is_not_used),
        KIT_FRESH(a_kernel_route_that_is_shared_goes_first),
        KIT_FRESH(a_route_is_not_announced_onto_the_link_where_its_prefix_is_on_link),
        KIT_FRESH(a_route_added_at_run_time_is_announced_at_once),
        KIT_FRESH(a_route_changed_at_run_time_is_announced_at_once),
        KIT_FRESH(a_route_removed_at_run_time_is_taken_back_at_once_and_forgotten),
        KIT_FRESH(a_route_removed_makes_room_for_a_neighbours),
        KIT_FRESH(many_routes_come_and_go_and_leave_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
