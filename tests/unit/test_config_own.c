/* The configuration file: default-route, aggregate and route, and each mistake in them with its line. */
#include "confread.h"

static void without_them_nothing_is_originated_and_a_default_route_is_accepted(void **state)
{
    (void)state;
    assert_accepted("default-route { }");
    assert_int_equal(config.engine.default_route.originate, RIPNG_ORIGINATE_NEVER);
    assert_int_equal(config.engine.default_route.metric, 1);
    assert_true(config.engine.default_route.accept);
    assert_int_equal(config.engine.n_aggregates, 0);
    assert_int_equal(config.engine.n_statics, 0);
    config_clear(&config);
}

static void each_setting_of_the_default_route_arrives(void **state)
{
    (void)state;
    static const char *const words[] = {"never", "always", "if-present"};
    for (unsigned i = 0; i < 3; i++) {
        char text[100];
        snprintf(text, sizeof text, "default-route { originate = %s metric = 15 accept = false }", words[i]);
        assert_accepted(text);
        assert_string_equal(ripng_originate_name(config.engine.default_route.originate), words[i]);
        assert_int_equal(config.engine.default_route.metric, 15);
        assert_false(config.engine.default_route.accept);
        config_clear(&config);
    }
}

static void each_setting_of_aggregates_arrives(void **state)
{
    (void)state;
    char text[RIPNG_PREFIX_TEXT];
    assert_accepted("aggregate \"2001:db8::/48\" { metric = 3 tag = 65535 summary-only = true }\n"
                    "aggregate \"fd00:1:2:ff00::/56\" { }\n");
    assert_int_equal(config.engine.n_aggregates, 2);
    const struct ripng_aggregate_config *a = config.engine.aggregates;
    assert_string_equal(ripng_prefix_text(&a->prefix, text), "2001:db8::/48");
    assert_true(a->metric == 3 && a->tag == 65535 && a->summary_only);
    assert_string_equal(ripng_prefix_text(&a[1].prefix, text), "fd00:1:2:ff00::/56");
    assert_true(a[1].metric == 1 && a[1].tag == 0 && !a[1].summary_only);
    config_clear(&config);
}

static void each_setting_of_routes_arrives(void **state)
{
    (void)state;
    char text[RIPNG_PREFIX_TEXT];
    assert_accepted("route \"2001:db8:ffff::/64\" { metric = 9  tag = 7 }\nroute \"2001:db8::1/128\" { }\n");
    assert_int_equal(config.engine.n_statics, 2);
    const struct ripng_static_config *s = config.engine.statics;
    assert_string_equal(ripng_prefix_text(&s->prefix, text), "2001:db8:ffff::/64");
    assert_true(s->metric == 9 && s->tag == 7);
    assert_string_equal(ripng_prefix_text(&s[1].prefix, text), "2001:db8::1/128");
    assert_true(s[1].metric == 1 && s[1].tag == 0);
    config_clear(&config);
}

static void a_wrong_value_is_told_with_its_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *report;
    } cases[] = {
        {"default-route {\n originate = sometimes }",
         "2: originate: \"sometimes\" is none of never, always, if-present"},
        {"default-route { metric = 16 }", "1: metric: 16 is out of range (1 to 15)"},
        {"default-route { accept = maybe }", "1: accept: \"maybe\" is neither true nor false"},
        {"default-route \"::/0\" { }", "1: default-route has no title: default-route { ... }"},
        {"aggregate { }", "1: aggregate needs a title: aggregate PREFIX { ... }"},
        {"\naggregate \"2001:db8::\" { }", "2: \"2001:db8::\" is no prefix (2001:db8::/48)"},
        {"aggregate \"10.0.0.0/8\" { }", "1: \"10.0.0.0/8\" is no prefix (2001:db8::/48)"},
        {"aggregate \"2001:db8::/129\" { }", "1: \"2001:db8::/129\" is no prefix (2001:db8::/48)"},
        {"aggregate \"2001:db8::1/48\" { }",
         "1: \"2001:db8::1/48\" has bits beyond its length: 2001:db8::/48?"},
        {"aggregate \"::/0\" { }", "1: \"::/0\" is what default-route is for"},
        {"aggregate \"ff00::/8\" { }", "1: \"ff00::/8\" must never be a route"},
        {"aggregate \"2001:db8::/48\" { metric = 0 }", "1: metric: 0 is out of range (1 to 15)"},
        {"aggregate \"2001:db8::/48\" { tag = 65536 }", "1: tag: 65536 is out of range (0 to 65535)"},
        {"aggregate \"2001:db8::/48\" { summary-only = 1 }",
         "1: summary-only: \"1\" is neither true nor false"},
        {"aggregate \"2001:db8::/48\" { }\naggregate \"2001:db8::/48\" { }",
         "2: aggregate 2001:db8::/48 is there twice, first in line 1"},
        {"aggregate \"2001:db8::/48\" { }\naggregate \"2001:DB8:0::/48\" { }",
         "2: aggregate: the prefix is there twice"},
        {"route \"::/0\" { }", "1: \"::/0\" is what default-route is for"},
        {"route \"fe80::/64\" { }", "1: \"fe80::/64\" must never be a route"},
        {"route \"2001:db8::/64\" {\n metric = 99 }", "2: metric: 99 is out of range (1 to 15)"},
        {"route \"2001:db8::/64\" { }\nroute \"2001:0db8::/64\" { }", "2: route: the prefix is there twice"},
        {"route = \"2001:db8::/64\"", "1: route is a section: route PREFIX { ... }"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_refused(cases[i].text, cases[i].report);
}

static void there_is_an_end_to_aggregates_and_routes(void **state)
{
    (void)state;
    char text[32768] = "";
    for (int i = 0; i < RIPNG_AGGREGATES_MAX; i++)
        sprintf(text + strlen(text), "aggregate \"2001:db8:%x::/48\" { }\n", i);
    for (int i = 0; i < RIPNG_STATIC_ROUTES_MAX; i++)
        sprintf(text + strlen(text), "route \"2001:db8:%x::/48\" { }\n", i);
    assert_accepted(text);
    assert_int_equal(config.engine.n_aggregates, RIPNG_AGGREGATES_MAX);
    assert_int_equal(config.engine.n_statics, RIPNG_STATIC_ROUTES_MAX);
    config_clear(&config);
    strcat(text, "aggregate \"fd00::/48\" { }\nroute \"fd00::/48\" { }\n");
    assert_refused(text, "321: more than 64 sections of this kind\n322: more than 256 sections of this kind");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_them_nothing_is_originated_and_a_default_route_is_accepted),
        cmocka_unit_test(each_setting_of_the_default_route_arrives),
        cmocka_unit_test(each_setting_of_aggregates_arrives),
        cmocka_unit_test(each_setting_of_routes_arrives),
        cmocka_unit_test(a_wrong_value_is_told_with_its_line),
        cmocka_unit_test(there_is_an_end_to_aggregates_and_routes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
