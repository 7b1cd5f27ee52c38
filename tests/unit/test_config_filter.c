/* Filters in the configuration file: the rules arrive where they are named, mistakes have their line. */
#include "confread.h"

#include "../../lib/filter.h"

static void filters_arrive_where_they_are_named(void **state)
{
    (void)state;
    assert_accepted("interface eth0 { import = in  export = \"out\" }\n"
                    "interface eth1 { import = \"\" }\n"
                    "redistribute static { filter = out }\n"
                    "redistribute connected { filter = \"\" }\n"
                    "filter \"unused\" { rules = {\"permit any\"} }\n"
                    "filter in {\n"
                    "    rules = {\"permit fd00::/8 le 64\", # home\n"
                    "             \"deny ::/0 ge 49\"}\n"
                    "    rules += {\"permit any set tag 9\"}\n"
                    "}\n"
                    "filter \"out\" { }\n");
    const struct ripng_config *c = &config.engine;
    const struct ripng_filter *in = ripng_config_filter(c, c->ifaces[0].import);
    const struct ripng_filter *out = ripng_config_filter(c, c->ifaces[0].export);
    assert_string_equal(in->name, "in");
    assert_int_equal(in->n_rules, 3);
    assert_int_equal(in->rules[0].max_len, 64);
    assert_int_equal(in->rules[1].min_len, 49);
    assert_int_equal(in->rules[2].new_tag, 9);
    assert_string_equal(out->name, "out");
    assert_int_equal(out->n_rules, 0);
    assert_null(ripng_config_filter(c, c->ifaces[1].import));
    assert_null(ripng_config_filter(c, c->ifaces[1].export));
    assert_ptr_equal(ripng_config_filter(c, c->redistribute[RIPNG_SOURCE_STATIC].filter), out);
    assert_null(ripng_config_filter(c, c->redistribute[RIPNG_SOURCE_CONNECTED].filter));
    config_clear(&config);
}

static void a_wrong_rule_is_told_with_its_own_line(void **state)
{
    (void)state;
    assert_refused("filter home {\n"
                   "    rules = {\"permit fd00::/8 le 64\",\n"
                   "             \"permitt any\",\n"
                   "             \"deny fd00::/8 le 7\", \"permit 2001:db8::1/32\",\n"
                   "\n"
                   "             \"permit any set metric 16\"}\n"
                   "}\n",
                   "3: rule \"permitt any\": \"permitt\" is neither permit nor deny\n"
                   "4: rule \"deny fd00::/8 le 7\": le 7 is below the prefix length 8\n"
                   "4: rule \"permit 2001:db8::1/32\": 2001:db8::1/32 has bits beyond its length\n"
                   "6: rule \"permit any set metric 16\": set metric 16 is out of range (1 to 15)");
}

static void a_filter_that_is_not_there_is_an_error(void **state)
{
    (void)state;
    assert_refused("interface eth0 {\n import = home\n export = \"Home\"\n}\n"
                   "filter home { rules = {\"permit any\"} }\n"
                   "redistribute delegated { filter = nobody }\n",
                   "3: export: there is no filter \"Home\"\n"
                   "6: filter: there is no filter \"nobody\"");
}

static void a_filter_has_a_name_of_its_own(void **state)
{
    (void)state;
    assert_refused("filter { rules = {\"permit any\"} }\n"
                   "filter \"\" { }\n"
                   "filter a { }\nfilter b { }\nfilter a { }\n"
                   "filter abcdefghijabcdefghijabcdefghijab { }\n"
                   "filter c { rules = \"permit any\" }\n"
                   "filter d { rule = {\"permit any\"} }\n",
                   "1: filter needs a title: filter NAME { ... }\n"
                   "2: filter \"\": a name has 1 to 31 characters\n"
                   "5: filter a is there twice, first in line 3\n"
                   "6: filter \"abcdefghijabcdefghijabcdefghijab\": a name has 1 to 31 characters\n"
                   "8: there is no setting \"rule\" in section filter");
}

static void there_is_an_end_to_filters_and_rules(void **state)
{
    (void)state;
    static char text[65536];
    char *end = text;
    for (int i = 0; i < RIPNG_IFACE_SECTIONS_MAX; i++)
        end += sprintf(end, "interface e%d { import = f%d }\n", i, i);
    for (int i = 0; i < RIPNG_FILTERS_MAX; i++)
        end += sprintf(end, "filter f%d { }\n", i);
    assert_accepted(text);
    assert_int_equal(config.engine.n_filters, RIPNG_FILTERS_MAX);
    assert_int_equal(config.engine.ifaces[255].import, 256);
    config_clear(&config);
    strcpy(end, "filter more { }\n");
    assert_refused(text, "513: more than 256 sections of this kind");

    end = text + sprintf(text, "filter f {\nrules = {\"permit any\"");
    for (int i = 1; i < RIPNG_FILTER_RULES_MAX; i++)
        end += sprintf(end, ",\"deny any\"");
    strcpy(end, "\n}}");
    assert_accepted(text);
    config_clear(&config);
    strcpy(end, "\n,\"deny ::/0\"}}");
    assert_refused(text, "3: rule \"deny ::/0\": more than 1000 rules");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(filters_arrive_where_they_are_named),
        cmocka_unit_test(a_wrong_rule_is_told_with_its_own_line),
        cmocka_unit_test(a_filter_that_is_not_there_is_an_error),
        cmocka_unit_test(a_filter_has_a_name_of_its_own),
        cmocka_unit_test(there_is_an_end_to_filters_and_rules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
