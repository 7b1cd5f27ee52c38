/* lib/read.c, lib/reject.c: each path, and why it is not used. */
#include "kit.h"

#define P1 "2001:db8:1::/48"

/* The way to a prefix that a neighbour announced. */
static bool find(const struct kit *k, const char *prefix, const char *from, struct ripng_path_info *out)
{
    struct ripng_path_cursor c = {0};
    struct ripng_prefix p = kit_prefix(prefix);
    struct in6_addr a = kit_addr(from);
    while (ripng_read_path(k->r, k->now, &c, out))
        if (memcmp(&out->from, &a, sizeof a) == 0 && ripng_prefix_equal(&out->route.prefix, &p))
            return true;
    return false;
}

static void expect_why(const struct kit *k, const char *prefix, const char *from, enum ripng_reason why)
{
    struct ripng_path_info i;
    if (!find(k, prefix, from, &i))
        fail_msg("%s from %s is not there", prefix, from);
    if (i.why != why || i.used != (why == RIPNG_WHY_NONE))
        fail_msg("%s from %s: %s, not %s", prefix, from, ripng_reason_name(i.why), ripng_reason_name(why));
}

static void a_path_with_a_higher_metric_is_worse(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 3));
    kit_hear(k, ETH1, CAROL, RTE(P1, 5));
    expect_why(k, P1, BOB, RIPNG_WHY_NONE);
    expect_why(k, P1, CAROL, RIPNG_WHY_WORSE);
}

static void of_two_as_good_one_is_used_and_the_other_is_equal(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 3));
    kit_hear(k, ETH1, CAROL, RTE(P1, 3));
    expect_why(k, P1, BOB, RIPNG_WHY_NONE);
    expect_why(k, P1, CAROL, RIPNG_WHY_EQUAL);
}

static void with_multipath_both_are_used(void **state)
{
    struct kit *k = *state;
    k->config.kernel.multipath = 2;
    kit_configure(k);
    kit_hear(k, ETH0, BOB, RTE(P1, 3));
    kit_hear(k, ETH1, CAROL, RTE(P1, 3));
    expect_why(k, P1, BOB, RIPNG_WHY_NONE);
    expect_why(k, P1, CAROL, RIPNG_WHY_NONE);
}

/* Carol is farther than we ever were: she may lead back through us. */
static void a_path_that_may_lead_back_is_not_feasible(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 3));
    kit_hear(k, ETH1, CAROL, RTE(P1, 5));
    kit_hear(k, ETH0, BOB, RTE(P1, 16));
    expect_why(k, P1, BOB, RIPNG_WHY_GARBAGE);
    expect_why(k, P1, CAROL, RIPNG_WHY_NOT_FEASIBLE);
}

static void a_path_that_another_programs_route_blocks_is_foreign(void **state)
{
    struct kit *k = *state;
    struct ripng_kernel_route other = kit_gateway(P1, DAVE, ETH1, PROTO_STATIC);
    other.metric = k->config.kernel.metric;
    kit_kernel_add(k, other);
    kit_hear(k, ETH0, BOB, RTE(P1, 3));
    expect_why(k, P1, BOB, RIPNG_WHY_FOREIGN);
}

static void what_a_filter_denies_has_the_number_of_its_rule(void **state)
{
    struct kit *k = *state;
    struct ripng_path_info i;
    kit_section(k, "*")->import =
        kit_filter(k, "permit 2001:db8:2::/48", "deny 2001:db8:1::/48", "permit any");
    kit_configure(k);
    kit_hear(k, ETH0, BOB, RTE(P1, 3), RTE("2001:db8:2::/48", 3));
    expect_why(k, P1, BOB, RIPNG_WHY_FILTERED);
    assert_true(find(k, P1, BOB, &i) && i.rule == 2);
    expect_why(k, "2001:db8:2::/48", BOB, RIPNG_WHY_NONE);
}

static void what_is_not_heard_again_is_forgotten_after_the_timeout(void **state)
{
    struct kit *k = *state;
    struct ripng_path_info i;
    kit_section(k, "*")->import = kit_filter(k, "deny any");
    kit_configure(k);
    kit_hear(k, ETH0, BOB, RTE(P1, 3));
    expect_why(k, P1, BOB, RIPNG_WHY_FILTERED);
    kit_advance(k, 181);
    assert_false(find(k, P1, BOB, &i));
}

/* 5000 denied RTEs, a millisecond apart: the table stays as big as it is, the newest is there. */
static void of_many_the_newest_take_the_places_of_the_oldest(void **state)
{
    struct kit *k = *state;
    struct ripng_path_cursor c = {0};
    struct ripng_path_info i;
    unsigned n = 0, young = 0;
    char prefix[64];
    kit_section(k, "*")->import = kit_filter(k, "deny any");
    kit_configure(k);
    for (unsigned p = 0; p < 5000; p++) {
        snprintf(prefix, sizeof prefix, "2001:db8:%x::/48", p);
        kit_hear(k, ETH0, BOB, RTE(prefix, 3));
        kit_advance(k, 0.001);
        expect_why(k, prefix, BOB, RIPNG_WHY_FILTERED);
    }
    while (ripng_read_path(k->r, k->now, &c, &i)) {
        if (i.why != RIPNG_WHY_FILTERED)
            continue;
        n++;
        young += i.route.age_us < SECONDS(1);
    }
    assert_int_equal(n, 256);       /* each place is taken */
    assert_true(young > 3 * n / 4); /* the latest 1000 of the 5000 have nearly all of them */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_RUNNING(a_path_with_a_higher_metric_is_worse),
        KIT_RUNNING(of_two_as_good_one_is_used_and_the_other_is_equal),
        KIT_RUNNING(with_multipath_both_are_used),
        KIT_RUNNING(a_path_that_may_lead_back_is_not_feasible),
        KIT_RUNNING(a_path_that_another_programs_route_blocks_is_foreign),
        KIT_RUNNING(what_a_filter_denies_has_the_number_of_its_rule),
        KIT_RUNNING(what_is_not_heard_again_is_forgotten_after_the_timeout),
        KIT_RUNNING(of_many_the_newest_take_the_places_of_the_oldest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
