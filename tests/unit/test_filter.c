/* Filter rules: from words to data, with the reason where they are none; and what they decide. */
#include "kit.h"

#include "filter.h"

#define WHY 200

static struct ripng_rule good(const char *text)
{
    struct ripng_rule rule;
    char why[WHY] = "";
    if (!ripng_rule_parse(text, &rule, why, sizeof why))
        fail_msg("%s: %s", text, why);
    return rule;
}

static void bad(const char *text, const char *expected)
{
    struct ripng_rule rule;
    char why[WHY] = "";
    assert_false(ripng_rule_parse(text, &rule, why, sizeof why));
    assert_string_equal(why, expected);
}

/* A filter of rules in a list that ends with NULL. */
static struct ripng_filter make(const char *const *rules)
{
    struct ripng_filter f = {.name = "test"};
    char why[WHY];
    for (; *rules; rules++)
        if (!ripng_filter_add(&f, *rules, why, sizeof why))
            fail_msg("%s: %s", *rules, why);
    return f;
}
#define FILTER(...) make((const char *const[]){__VA_ARGS__, NULL})

/* "rule N: metric M tag T", or "rule N: no". */
static const char *decide(const struct ripng_filter *f, const char *prefix, unsigned metric, unsigned tag,
                          enum ripng_source source)
{
    static char text[64];
    struct ripng_subject s = {
        .prefix = kit_prefix(prefix), .source = source, .metric = (uint8_t)metric, .tag = (uint16_t)tag};
    struct ripng_subject before = s;
    unsigned rule;
    if (ripng_filter_apply(f, &s, &rule)) {
        snprintf(text, sizeof text, "rule %u: metric %u tag %u", rule, s.metric, s.tag);
    } else {
        snprintf(text, sizeof text, "rule %u: no", rule);
        assert_memory_equal(&s, &before, sizeof s);
    }
    assert_true(ripng_prefix_equal(&s.prefix, &before.prefix) && s.source == source);
    return text;
}

static bool permits(const char *rule, const char *prefix)
{
    struct ripng_filter f = FILTER(rule);
    bool is = strcmp(decide(&f, prefix, 3, 0, RIPNG_SOURCE_RIPNG), "rule 0: no") != 0;
    ripng_filter_clear(&f);
    return is;
}

/* --- words --------------------------------------------------------------- */

static void all_words_of_a_rule_arrive(void **state)
{
    (void)state;
    struct ripng_rule rule =
        good("permit 2001:db8::/32 ge 40 le 64 tag 7 source static set metric 5 set tag 65535");
    struct ripng_prefix p = kit_prefix("2001:db8::/32");
    assert_true(rule.permit && ripng_prefix_equal(&rule.prefix, &p));
    assert_int_equal(rule.min_len, 40);
    assert_int_equal(rule.max_len, 64);
    assert_true(rule.reads_tag && rule.sets_tag);
    assert_int_equal(rule.tag, 7);
    assert_int_equal(rule.source, RIPNG_SOURCE_STATIC);
    assert_int_equal(rule.set_metric, 5);
    assert_int_equal(rule.add_metric, 0);
    assert_int_equal(rule.new_tag, 65535);

    rule = good("  deny\tany  \n");
    assert_false(rule.permit || rule.reads_tag || rule.sets_tag);
    assert_int_equal(rule.min_len, 0);
    assert_int_equal(rule.max_len, 128);
    assert_int_equal(rule.source, RIPNG_N_SOURCES);

    rule = good("permit any set tag 0 add metric 15 tag 0 le 9");
    assert_int_equal(rule.add_metric, 15);
    assert_true(rule.reads_tag && rule.sets_tag && rule.tag == 0 && rule.new_tag == 0);
    assert_int_equal(rule.max_len, 9);
}

static void every_source_has_its_word(void **state)
{
    (void)state;
    for (enum ripng_source s = 0; s < RIPNG_N_SOURCES; s++) {
        char text[64];
        snprintf(text, sizeof text, "permit any source %s", ripng_source_name(s));
        assert_int_equal(good(text).source, s);
    }
}

static void what_is_wrong_is_said(void **state)
{
    (void)state;
    static const struct {
        const char *rule, *why;
    } wrong[] = {
        {"", "a rule is permit or deny, then a prefix or any"},
        {"   ", "a rule is permit or deny, then a prefix or any"},
        {"allow any", "\"allow\" is neither permit nor deny"},
        {"Permit any", "\"Permit\" is neither permit nor deny"},
        {"permit", "permit what? A prefix, or any"},
        {"deny ", "deny what? A prefix, or any"},
        {"permit all", "\"all\" is neither a prefix nor any"},
        {"permit fd00::/129", "\"fd00::/129\" is neither a prefix nor any"},
        {"permit 10.0.0.0/8", "\"10.0.0.0/8\" is neither a prefix nor any"},
        {"permit 2001:db8::1/32", "2001:db8::1/32 has bits beyond its length"},
        {"permit fd00::/8 le", "le needs a number"},
        {"permit fd00::/8 le x", "le \"x\": no whole number"},
        {"permit fd00::/8 le -1", "le \"-1\": no whole number"},
        {"permit fd00::/8 le 129", "le 129 is out of range (0 to 128)"},
        {"permit fd00::/8 ge 99999999999999999999999",
         "ge 99999999999999999999999 is out of range (0 to 128)"},
        {"permit fd00::/8 le 7", "le 7 is below the prefix length 8"},
        {"permit fd00::/8 ge 7", "ge 7 is below the prefix length 8"},
        {"permit fd00::/8 ge 64 le 48", "le 48 is less than ge 64: nothing would match"},
        {"permit any le 48 ge 64", "le 48 is less than ge 64: nothing would match"},
        {"permit any le 1 le 2", "le is there twice"},
        {"permit any tag 65536", "tag 65536 is out of range (0 to 65535)"},
        {"permit any source", "source needs a word"},
        {"permit any source bgp", "source \"bgp\" is none of connected, delegated, static, kernel, default, "
                                  "aggregate, route, ripng"},
        {"permit any metric 3", "\"metric\" is none of ge, le, tag, source, set, add"},
        {"permit any set", "set what? metric or tag"},
        {"permit any add", "add what? metric"},
        {"permit any set ge 5", "set \"ge\": it can only set metric or tag"},
        {"permit any add tag 5", "add \"tag\": it can only add metric"},
        {"permit any set metric", "set metric needs a number"},
        {"permit any set metric 0", "set metric 0 is out of range (1 to 15)"},
        {"permit any set metric 16", "set metric 16 is out of range (1 to 15)"},
        {"permit any add metric 0", "add metric 0 is out of range (1 to 15)"},
        {"permit any add metric 16", "add metric 16 is out of range (1 to 15)"},
        {"permit any set tag 70000", "set tag 70000 is out of range (0 to 65535)"},
        {"permit any set metric 3 add metric 3", "set metric and add metric in one rule"},
        {"deny any set metric 3", "deny sets and adds nothing"},
        {"deny any add metric 3", "deny sets and adds nothing"},
        {"deny any set tag 3", "deny sets and adds nothing"},
        {"permit any, deny any", "\"any,\" is neither a prefix nor any"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        bad(wrong[i].rule, wrong[i].why);
}

static void words_of_any_length_are_taken(void **state)
{
    (void)state;
    char text[5000], why[WHY];
    struct ripng_rule rule;
    static const char *const before[] = {
        "", "permit ", "permit any ", "permit any le ", "permit any source ", "permit any set "};
    for (size_t i = 0; i < sizeof before / sizeof *before; i++) {
        memset(text, 'x', sizeof text);
        memcpy(text, before[i], strlen(before[i]));
        text[sizeof text - 1] = '\0';
        assert_false(ripng_rule_parse(text, &rule, why, sizeof why));
        assert_true(strlen(why) < sizeof why && strstr(why, "xxx"));
        assert_false(ripng_rule_parse(text, &rule, why, 8)); /* little room to say it */
        assert_true(strlen(why) < 8);
    }
}

static void a_filter_has_an_end(void **state)
{
    (void)state;
    struct ripng_filter f = {.name = "long"};
    char why[WHY];
    for (int i = 0; i < RIPNG_FILTER_RULES_MAX; i++)
        assert_true(ripng_filter_add(&f, "permit any", why, sizeof why));
    assert_false(ripng_filter_add(&f, "permit any", why, sizeof why));
    assert_string_equal(why, "more than 1000 rules");
    assert_int_equal(f.n_rules, RIPNG_FILTER_RULES_MAX);
    ripng_filter_clear(&f);
}

/* --- decisions -------------------------------------------------------------- */

static void a_bare_prefix_is_this_very_one(void **state)
{
    (void)state;
    assert_true(permits("permit fd00::/8", "fd00::/8"));
    assert_false(permits("permit fd00::/8", "fd00::/9"));
    assert_false(permits("permit fd00::/8", "fc00::/7"));
    assert_false(permits("permit fd00::/8", "fe00::/8"));
    assert_true(permits("permit 2001:db8::1", "2001:db8::1/128"));
}

static void le_reaches_from_the_prefix_to_that_length(void **state)
{
    (void)state;
    assert_true(permits("permit fd00::/8 le 64", "fd00::/8"));
    assert_true(permits("permit fd00::/8 le 64", "fd12:3456::/48"));
    assert_true(permits("permit fd00::/8 le 64", "fd12:3456::/64"));
    assert_false(permits("permit fd00::/8 le 64", "fd12:3456::/65"));
    assert_false(permits("permit fd00::/8 le 64", "fc00::/7"));
    assert_false(permits("permit fd00::/8 le 64", "2001:db8::/48"));
}

static void ge_reaches_from_that_length_to_the_longest(void **state)
{
    (void)state;
    assert_false(permits("permit ::/0 ge 49", "2001:db8::/48"));
    assert_true(permits("permit ::/0 ge 49", "2001:db8::/49"));
    assert_true(permits("permit ::/0 ge 49", "2001:db8::1/128"));
    assert_false(permits("permit fd00::/8 ge 48 le 56", "fd00::/47"));
    assert_true(permits("permit fd00::/8 ge 48 le 56", "fd00::/48"));
    assert_true(permits("permit fd00::/8 ge 48 le 56", "fd00::/56"));
    assert_false(permits("permit fd00::/8 ge 48 le 56", "fd00::/57"));
    assert_true(permits("permit any ge 48 le 48", "fd00::/48"));
    assert_false(permits("permit any ge 48 le 48", "fd00::/49"));
}

static void the_default_route_is_a_prefix_like_any_other(void **state)
{
    (void)state;
    assert_true(permits("permit ::/0", "::/0"));
    assert_false(permits("permit ::/0", "8000::/1"));
    assert_true(permits("permit any", "::/0"));
    assert_true(permits("permit ::/0 le 128", "::/0"));
    assert_false(permits("permit ::/0 ge 1", "::/0"));
}

static void the_first_match_decides_and_no_match_denies(void **state)
{
    (void)state;
    struct ripng_filter f = FILTER("permit fd00::/8 le 64", "deny ::/0 ge 49", "permit 2001:db8::/32 le 128");
    enum ripng_source s = RIPNG_SOURCE_RIPNG;
    assert_string_equal(decide(&f, "fd00::/64", 2, 0, s), "rule 1: metric 2 tag 0");
    assert_string_equal(decide(&f, "fd00::/65", 2, 0, s), "rule 2: no");
    assert_string_equal(decide(&f, "2001:db8::/48", 2, 9, s), "rule 3: metric 2 tag 9");
    assert_string_equal(decide(&f, "2001:db9::/48", 2, 0, s), "rule 0: no");
    ripng_filter_clear(&f);
}

static void an_empty_filter_denies_and_none_permits(void **state)
{
    (void)state;
    struct ripng_filter f = {.name = "empty"};
    assert_string_equal(decide(&f, "::/0", 2, 0, RIPNG_SOURCE_STATIC), "rule 0: no");
    assert_string_equal(decide(NULL, "::/0", 2, 7, RIPNG_SOURCE_STATIC), "rule 0: metric 2 tag 7");
}

static void tags_and_sources_are_matched(void **state)
{
    (void)state;
    struct ripng_filter f =
        FILTER("deny any tag 66", "permit any tag 0 source static", "permit any source ripng");
    assert_string_equal(decide(&f, "fd00::/64", 2, 66, RIPNG_SOURCE_RIPNG), "rule 1: no");
    assert_string_equal(decide(&f, "fd00::/64", 2, 0, RIPNG_SOURCE_STATIC), "rule 2: metric 2 tag 0");
    assert_string_equal(decide(&f, "fd00::/64", 2, 1, RIPNG_SOURCE_STATIC), "rule 0: no");
    assert_string_equal(decide(&f, "fd00::/64", 2, 0, RIPNG_SOURCE_RIPNG), "rule 3: metric 2 tag 0");
    assert_string_equal(decide(&f, "fd00::/64", 2, 0, RIPNG_SOURCE_CONNECTED), "rule 0: no");
    ripng_filter_clear(&f);
}

static void metric_and_tag_are_changed_but_nothing_comes_back_from_infinity(void **state)
{
    (void)state;
    struct ripng_filter f = FILTER("permit fd00::/16 set metric 3 set tag 5", "permit fd01::/16 add metric 4",
                                   "permit fd02::/16 set tag 0");
    enum ripng_source s = RIPNG_SOURCE_RIPNG;
    assert_string_equal(decide(&f, "fd00::/16", 9, 1, s), "rule 1: metric 3 tag 5");
    assert_string_equal(decide(&f, "fd00::/16", 16, 1, s), "rule 1: metric 16 tag 5");
    assert_string_equal(decide(&f, "fd01::/16", 9, 1, s), "rule 2: metric 13 tag 1");
    assert_string_equal(decide(&f, "fd01::/16", 12, 1, s), "rule 2: metric 16 tag 1");
    assert_string_equal(decide(&f, "fd01::/16", 15, 1, s), "rule 2: metric 16 tag 1");
    assert_string_equal(decide(&f, "fd01::/16", 16, 1, s), "rule 2: metric 16 tag 1");
    assert_string_equal(decide(&f, "fd02::/16", 9, 1, s), "rule 3: metric 9 tag 0");
    ripng_filter_clear(&f);
}

static void could_permit_is_about_the_prefix_alone(void **state)
{
    (void)state;
    struct ripng_filter f =
        FILTER("deny fd01::/16", "permit fd01::/16", "deny any tag 3", "permit fd02::/16 source static");
    struct ripng_prefix p = kit_prefix("fd01::/16"), q = kit_prefix("fd02::/16"),
                        none = kit_prefix("fd03::/16");
    assert_false(ripng_filter_could_permit(&f, &p));
    assert_true(ripng_filter_could_permit(&f, &q));
    assert_false(ripng_filter_could_permit(&f, &none));
    assert_true(ripng_filter_could_permit(NULL, &p));
    assert_true(ripng_filter_reads_tags(&f));
    assert_false(ripng_filter_reads_tags(NULL));
    ripng_filter_clear(&f);
}

static void filters_are_equal_by_their_rules(void **state)
{
    (void)state;
    static const char *const different[] = {
        "permit fd00::/8",
        "deny fd00::/8",
        "permit fd00::/9",
        "permit fd00::/8 le 9",
        "permit fd00::/8 ge 8",
        "permit fd00::/8 tag 0",
        "permit fd00::/8 tag 1",
        "permit fd00::/8 source static",
        "permit fd00::/8 source kernel",
        "permit fd00::/8 set metric 1",
        "permit fd00::/8 add metric 1",
        "permit fd00::/8 set tag 0",
        "permit fd00::/8 set tag 1",
    };
    for (size_t i = 0; i < sizeof different / sizeof *different; i++)
        for (size_t j = 0; j < sizeof different / sizeof *different; j++) {
            struct ripng_filter a = FILTER(different[i]), b = FILTER(different[j]), copy;
            strcpy(b.name, "other");
            assert_int_equal(ripng_filter_equal(&a, &b), i == j);
            assert_true(ripng_filter_copy(&copy, &a));
            assert_true(ripng_filter_equal(&copy, &a));
            ripng_filter_clear(&a);
            ripng_filter_clear(&b);
            ripng_filter_clear(&copy);
        }
    struct ripng_filter empty = {.name = ""}, one = FILTER("permit any");
    assert_false(ripng_filter_equal(&empty, &one));
    assert_false(ripng_filter_equal(NULL, &one));
    assert_false(ripng_filter_equal(&empty, NULL));
    assert_true(ripng_filter_equal(NULL, NULL));
    ripng_filter_clear(&one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_words_of_a_rule_arrive),
        cmocka_unit_test(every_source_has_its_word),
        cmocka_unit_test(what_is_wrong_is_said),
        cmocka_unit_test(words_of_any_length_are_taken),
        cmocka_unit_test(a_filter_has_an_end),
        cmocka_unit_test(a_bare_prefix_is_this_very_one),
        cmocka_unit_test(le_reaches_from_the_prefix_to_that_length),
        cmocka_unit_test(ge_reaches_from_that_length_to_the_longest),
        cmocka_unit_test(the_default_route_is_a_prefix_like_any_other),
        cmocka_unit_test(the_first_match_decides_and_no_match_denies),
        cmocka_unit_test(an_empty_filter_denies_and_none_permits),
        cmocka_unit_test(tags_and_sources_are_matched),
        cmocka_unit_test(metric_and_tag_are_changed_but_nothing_comes_back_from_infinity),
        cmocka_unit_test(could_permit_is_about_the_prefix_alone),
        cmocka_unit_test(filters_are_equal_by_their_rules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
