/* lib/config.c: the defaults of INTERFACE.md, copies, and which section an interface gets. */
#include "kit.h"

static struct ripng_config c;

static int setup(void **state)
{
    (void)state;
    memset(&c, 0xa5, sizeof(c));
    ripng_config_init(&c);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    ripng_config_clear(&c);
    return 0;
}

/* RFC 2080 2.3 */
static void timers_default_to_30_180_and_120_seconds(void **state)
{
    (void)state;
    assert_true(c.timers.update_us == SECONDS(30));
    assert_true(c.timers.timeout_us == SECONDS(180));
    assert_true(c.timers.garbage_us == SECONDS(120));
}

/* RFC 2080 2.5.1 */
static void triggered_updates_default_to_a_hold_of_1_to_5_seconds(void **state)
{
    (void)state;
    assert_true(c.timers.triggered_min_us == SECONDS(1));
    assert_true(c.timers.triggered_max_us == SECONDS(5));
}

static void connected_and_delegated_are_shared_by_default_with_metric_1(void **state)
{
    (void)state;
    assert_true(c.redistribute[RIPNG_SOURCE_CONNECTED].enabled);
    assert_true(c.redistribute[RIPNG_SOURCE_DELEGATED].enabled);
    assert_false(c.redistribute[RIPNG_SOURCE_STATIC].enabled);
    assert_false(c.redistribute[RIPNG_SOURCE_KERNEL].enabled);
    for (int i = 0; i < RIPNG_N_REDISTRIBUTE; i++) {
        assert_int_equal(c.redistribute[i].metric, 1);
        assert_int_equal(c.redistribute[i].tag, 0);
    }
}

static void nothing_but_kernel_routes_is_originated_by_default_and_a_default_route_accepted(void **state)
{
    (void)state;
    assert_int_equal(c.default_route.originate, RIPNG_ORIGINATE_NEVER);
    assert_int_equal(c.default_route.metric, 1);
    assert_true(c.default_route.accept);
    assert_int_equal(c.n_aggregates, 0);
    assert_int_equal(c.n_statics, 0);
}

static void aggregates_and_static_routes_start_with_metric_1_and_end_at_their_limit(void **state)
{
    (void)state;
    struct ripng_prefix p = ripng_prefix_make(&in6addr_any, 8);
    for (unsigned i = 0; i < RIPNG_AGGREGATES_MAX; i++) {
        struct ripng_aggregate_config *a = ripng_config_add_aggregate(&c, &p);
        assert_non_null(a);
        assert_true(ripng_prefix_equal(&a->prefix, &p));
        assert_true(a->metric == 1 && a->tag == 0 && !a->summary_only);
    }
    for (unsigned i = 0; i < RIPNG_STATIC_ROUTES_MAX; i++) {
        struct ripng_static_config *s = ripng_config_add_static(&c, &p);
        assert_non_null(s);
        assert_true(ripng_prefix_equal(&s->prefix, &p));
        assert_true(s->metric == 1 && s->tag == 0);
    }
    assert_null(ripng_config_add_aggregate(&c, &p));
    assert_null(ripng_config_add_static(&c, &p));
    struct ripng_config copy;
    assert_true(ripng_config_copy(&copy, &c));
    assert_int_equal(copy.n_aggregates, RIPNG_AGGREGATES_MAX);
    assert_true(ripng_prefix_equal(&copy.statics[RIPNG_STATIC_ROUTES_MAX - 1].prefix, &p));
    ripng_config_clear(&copy);
}

static void the_kernel_defaults_to_main_priority_2048_and_protocol_189(void **state)
{
    (void)state;
    assert_int_equal(c.kernel.table, 254);
    assert_int_equal(c.kernel.metric, 2048);
    assert_int_equal(c.kernel.protocol, 189);
}

static void limits_default_to_10000_routes_and_256_neighbors(void **state)
{
    (void)state;
    assert_int_equal(c.limits.routes, 10000);
    assert_int_equal(c.limits.routes_per_neighbor, 0);
    assert_int_equal(c.limits.neighbors, 256);
}

static void there_is_no_interface_section_and_no_graceful_restart_by_default(void **state)
{
    (void)state;
    assert_int_equal(c.n_ifaces, 0);
    assert_false(c.graceful_restart);
}

static void without_a_section_every_interface_has_the_defaults(void **state)
{
    (void)state;
    const struct ripng_iface_config *i = ripng_config_iface(&c, "eth0");
    assert_non_null(i);
    assert_true(i->enabled);
    assert_false(i->passive);
    assert_true(i->multicast);
    assert_int_equal(i->metric, 1);
    assert_int_equal(i->split_horizon, RIPNG_SPLIT_POISON);
}

static void an_interface_section_starts_with_the_defaults(void **state)
{
    (void)state;
    struct ripng_iface_config *i = ripng_config_add_iface(&c, "eth*");
    assert_non_null(i);
    assert_string_equal(i->pattern, "eth*");
    assert_true(i->enabled);
    assert_false(i->passive);
    assert_true(i->multicast);
    assert_int_equal(i->metric, 1);
    assert_int_equal(i->split_horizon, RIPNG_SPLIT_POISON);
    assert_int_equal(i->n_neighbors, 0);
    assert_int_equal(i->n_accept, 0);
    assert_int_equal(c.n_ifaces, 1);
}

static uint8_t metric_of(const char *name)
{
    const struct ripng_iface_config *i = ripng_config_iface(&c, name);
    return i ? i->metric : 0;
}

static void the_exact_name_wins_over_an_earlier_glob(void **state)
{
    (void)state;
    ripng_config_add_iface(&c, "*")->metric = 2;
    ripng_config_add_iface(&c, "eth1")->metric = 3;
    assert_int_equal(metric_of("eth1"), 3);
    assert_int_equal(metric_of("eth10"), 2);
    assert_int_equal(metric_of("eth"), 2);
}

static void of_several_globs_the_first_that_matches_wins(void **state)
{
    (void)state;
    ripng_config_add_iface(&c, "wlan*")->metric = 2;
    ripng_config_add_iface(&c, "eth?")->metric = 3;
    ripng_config_add_iface(&c, "eth*")->metric = 4;
    ripng_config_add_iface(&c, "e*0")->metric = 5;
    assert_int_equal(metric_of("wlan0"), 2);
    assert_int_equal(metric_of("wlan"), 2);
    assert_int_equal(metric_of("eth0"), 3);
    assert_int_equal(metric_of("eth10"), 4);
    assert_int_equal(metric_of("eth0.20"), 4);
    assert_int_equal(metric_of("enp3s0"), 5);
    assert_int_equal(metric_of("br-lan"), 0);
}

static void globs_know_classes_of_characters(void **state)
{
    (void)state;
    ripng_config_add_iface(&c, "eth[0-3]")->metric = 2;
    ripng_config_add_iface(&c, "wlan[!01]")->metric = 3;
    assert_int_equal(metric_of("eth0"), 2);
    assert_int_equal(metric_of("eth3"), 2);
    assert_int_equal(metric_of("eth4"), 0);
    assert_int_equal(metric_of("wlan2"), 3);
    assert_int_equal(metric_of("wlan1"), 0);
}

/* A glob that backtracks without bound would let a long name stop the daemon. */
static void a_glob_of_many_stars_is_matched_in_no_time(void **state)
{
    (void)state;
    ripng_config_add_iface(&c, "*a*a*a*a*a*a*a*a*a*a*a*a*a*b")->metric = 2;
    assert_int_equal(metric_of("aaaaaaaaaaaaaaa"), 0);
    assert_int_equal(metric_of("aaaaaaaaaaaaab"), 2);
}

static void an_interface_that_matches_no_section_has_none(void **state)
{
    (void)state;
    ripng_config_add_iface(&c, "eth*");
    assert_null(ripng_config_iface(&c, "wlan0"));
    assert_null(ripng_config_iface(&c, "veth0"));
    assert_null(ripng_config_iface(&c, ""));
}

static void a_copy_has_all_settings_and_sections_of_its_own(void **state)
{
    (void)state;
    struct ripng_config copy;
    c.timers.update_us = 7;
    c.limits.neighbors = 9;
    ripng_config_add_iface(&c, "eth0")->metric = 5;
    ripng_config_add_iface(&c, "eth1")->metric = 6;

    assert_true(ripng_config_copy(&copy, &c));
    c.ifaces[0].metric = 9;
    ripng_config_add_iface(&c, "eth2");
    assert_true(copy.timers.update_us == 7);
    assert_int_equal(copy.limits.neighbors, 9);
    assert_int_equal(copy.n_ifaces, 2);
    assert_int_equal(copy.ifaces[0].metric, 5);
    assert_string_equal(copy.ifaces[1].pattern, "eth1");
    assert_true(copy.ifaces != c.ifaces);
    ripng_config_clear(&copy);
}

static void a_copy_without_sections_has_none(void **state)
{
    (void)state;
    struct ripng_config copy;
    assert_true(ripng_config_copy(&copy, &c));
    assert_int_equal(copy.n_ifaces, 0);
    ripng_config_clear(&copy);
}

static void many_sections_can_be_added(void **state)
{
    (void)state;
    for (unsigned i = 0; i < RIPNG_IFACE_SECTIONS_MAX; i++) {
        char name[16];
        snprintf(name, sizeof(name), "eth%u", i);
        struct ripng_iface_config *s = ripng_config_add_iface(&c, name);
        assert_non_null(s);
        s->metric = (uint8_t)(i % 15 + 1);
    }
    assert_int_equal(metric_of("eth0"), 1);
    assert_int_equal(metric_of("eth255"), 1);
    assert_int_equal(metric_of("eth100"), 11);
}

static void sources_and_split_horizons_have_the_words_of_the_file(void **state)
{
    (void)state;
    assert_string_equal(ripng_source_name(RIPNG_SOURCE_CONNECTED), "connected");
    assert_string_equal(ripng_source_name(RIPNG_SOURCE_DELEGATED), "delegated");
    assert_string_equal(ripng_source_name(RIPNG_SOURCE_STATIC), "static");
    assert_string_equal(ripng_source_name(RIPNG_SOURCE_KERNEL), "kernel");
    assert_string_equal(ripng_source_name(RIPNG_SOURCE_DEFAULT), "default");
    assert_string_equal(ripng_source_name(RIPNG_SOURCE_AGGREGATE), "aggregate");
    assert_string_equal(ripng_source_name(RIPNG_SOURCE_ROUTE), "route");
    assert_string_equal(ripng_source_name(RIPNG_SOURCE_RIPNG), "ripng");
    assert_string_equal(ripng_originate_name(RIPNG_ORIGINATE_NEVER), "never");
    assert_string_equal(ripng_originate_name(RIPNG_ORIGINATE_ALWAYS), "always");
    assert_string_equal(ripng_originate_name(RIPNG_ORIGINATE_IF_PRESENT), "if-present");
    assert_string_equal(ripng_split_horizon_name(RIPNG_SPLIT_POISON), "poison");
    assert_string_equal(ripng_split_horizon_name(RIPNG_SPLIT_SIMPLE), "simple");
    assert_string_equal(ripng_split_horizon_name(RIPNG_SPLIT_OFF), "off");
}

#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(timers_default_to_30_180_and_120_seconds),
        T(triggered_updates_default_to_a_hold_of_1_to_5_seconds),
        T(connected_and_delegated_are_shared_by_default_with_metric_1),
        T(nothing_but_kernel_routes_is_originated_by_default_and_a_default_route_accepted),
        T(aggregates_and_static_routes_start_with_metric_1_and_end_at_their_limit),
        T(the_kernel_defaults_to_main_priority_2048_and_protocol_189),
        T(limits_default_to_10000_routes_and_256_neighbors),
        T(there_is_no_interface_section_and_no_graceful_restart_by_default),
        T(without_a_section_every_interface_has_the_defaults),
        T(an_interface_section_starts_with_the_defaults),
        T(the_exact_name_wins_over_an_earlier_glob),
        T(of_several_globs_the_first_that_matches_wins),
        T(globs_know_classes_of_characters),
        T(a_glob_of_many_stars_is_matched_in_no_time),
        T(an_interface_that_matches_no_section_has_none),
        T(a_copy_has_all_settings_and_sections_of_its_own),
        T(a_copy_without_sections_has_none),
        T(many_sections_can_be_added),
        T(sources_and_split_horizons_have_the_words_of_the_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
