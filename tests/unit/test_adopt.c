/* lib/fib.c: what an earlier run left in the kernel is adopted, kept while it may be needed, and cleared
 * away. */
#include "kit.h"

#define P1 "2001:db8:1::/48"
#define P2 "2001:db8:2::/48"
#define P3 "2001:db8:3::/48"

static bool installed(const struct kit *k, const char *prefix)
{
    struct ripng_route_info i;
    return kit_read(k, prefix, &i) && i.installed;
}

static size_t route_changes(const struct kit *k)
{
    return kit_count_changes(k, RIPNG_ROUTE_SET, NULL) + kit_count_changes(k, RIPNG_ROUTE_DELETE, NULL);
}

static struct ripng_kernel_route ours(const char *prefix, const char *via, uint32_t ifindex)
{
    struct ripng_kernel_route r = kit_gateway(prefix, via, ifindex, PROTO_OURS);
    r.metric = 2048;
    return r;
}

/* --- adoption --------------------------------------------------------- */

/* An earlier run left P1 via Bob and P2 via Carol. */
static void start_after_a_crash(struct kit *k)
{
    kit_home(k);
    kit_kernel_add(k, ours(P1, BOB, ETH0));
    kit_kernel_add(k, ours(P2, CAROL, ETH1));
    kit_start(k);
}

static void routes_of_an_earlier_run_are_adopted_and_counted(void **state)
{
    struct kit *k = *state;
    start_after_a_crash(k);
    assert_int_equal(expect_event(k, RIPNG_EV_ADOPTED, RIPNG_WHY_NONE)->value, 2);
    assert_int_equal(route_changes(k), 0);
    expect_installed(k, P1, BOB, ETH0);
}

static void an_adopted_route_is_not_announced_before_it_is_heard(void **state)
{
    struct kit *k = *state;
    start_after_a_crash(k);
    kit_advance(k, 100);
    expect_not_sent(k, ETH0, P1);
    expect_not_sent(k, ETH1, P1);
}

static void an_adopted_route_heard_again_the_same_is_not_touched(void **state)
{
    struct kit *k = *state;
    start_after_a_crash(k);
    kit_hear(k, ETH0, BOB, RTE(P1, 3));
    assert_int_equal(route_changes(k), 0);
    assert_true(installed(k, P1));
    kit_advance(k, 5);
    expect_sent(k, ETH1, P1, 4);
}

static void an_adopted_route_heard_with_another_next_hop_is_replaced_in_place(void **state)
{
    struct kit *k = *state;
    start_after_a_crash(k);
    kit_hear(k, ETH0, CAROL, RTE(P1, 3));
    assert_int_equal(kit_count_changes(k, RIPNG_ROUTE_SET, P1), 1);
    assert_int_equal(kit_count_changes(k, RIPNG_ROUTE_DELETE, NULL), 0);
    expect_installed(k, P1, CAROL, ETH0);
}

static void an_adopted_route_nobody_announces_is_withdrawn_after_the_timeout(void **state)
{
    struct kit *k = *state;
    start_after_a_crash(k);
    kit_hear(k, ETH0, BOB, RTE(P1, 3));
    kit_advance(k, 100);
    kit_hear(k, ETH0, BOB, RTE(P1, 3));
    kit_advance(k, 79);
    expect_installed(k, P2, CAROL, ETH1);
    kit_advance(k, 2);
    expect_not_installed(k, P2);
    expect_installed(k, P1, BOB, ETH0);
}

static void with_shorter_timers_an_adopted_route_is_kept_no_longer_than_they_say(void **state)
{
    struct kit *k = *state;
    k->config.timers.timeout_us = SECONDS(86400);
    start_after_a_crash(k);
    k->config.timers.timeout_us = SECONDS(180);
    kit_configure(k);
    kit_advance(k, 179);
    expect_installed(k, P1, BOB, ETH0);
    kit_advance(k, 2);
    expect_not_installed(k, P1);
    expect_not_installed(k, P2);
}

static void an_adopted_route_whose_prefix_is_owned_now_is_withdrawn(void **state)
{
    struct kit *k = *state;
    kit_kernel_add(k, kit_discard(P1));
    start_after_a_crash(k);
    kit_advance(k, 1);
    expect_not_installed(k, P1);
    expect_installed(k, P2, CAROL, ETH1);
}

static void a_crash_and_a_start_with_the_same_neighbours_touch_nothing(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 1), RTE(P2, 1), RTE("::/0", 1));
    kit_hear(k, ETH1, CAROL, RTE(P3, 1));
    kit_crash(k);
    kit_start(k);
    kit_hear(k, ETH0, BOB, RTE(P1, 1), RTE(P2, 1), RTE("::/0", 1));
    kit_hear(k, ETH1, CAROL, RTE(P3, 1));
    for (int i = 0; i < 10; i++) {
        kit_advance(k, 30);
        kit_hear(k, ETH0, BOB, RTE(P1, 1), RTE(P2, 1), RTE("::/0", 1));
        kit_hear(k, ETH1, CAROL, RTE(P3, 1));
    }
    assert_int_equal(route_changes(k), 0);
    assert_int_equal(kit_kernel_count_ours(k), 4);
}

/* Not as this version writes them: multipath, or without a gateway. */
static void start_after_a_stranger(struct kit *k)
{
    struct ripng_kernel_route several = ours(P1, BOB, ETH0), onlink = ours(P2, "::", ETH1);
    several.n_nexthops = 2;
    kit_home(k);
    kit_kernel_add(k, several);
    kit_kernel_add(k, onlink);
    kit_start(k);
    assert_int_equal(route_changes(k), 0);
}

static void an_adopted_route_of_another_shape_is_replaced_when_it_is_heard(void **state)
{
    struct kit *k = *state;
    start_after_a_stranger(k);
    kit_hear(k, ETH0, BOB, RTE(P1, 1), RTE(P2, 1));
    expect_installed(k, P1, BOB, ETH0);
    expect_installed(k, P2, BOB, ETH0);
    assert_int_equal(kit_kernel_count_ours(k), 2);
    assert_int_equal(kit_count_changes(k, RIPNG_ROUTE_DELETE, NULL), 0);
}

static void an_adopted_route_of_another_shape_is_withdrawn_when_it_is_not_heard(void **state)
{
    struct kit *k = *state;
    start_after_a_stranger(k);
    kit_advance(k, 181);
    assert_int_equal(kit_kernel_count_ours(k), 0);
}

/* An earlier configuration had another kernel.metric. */
static void routes_of_our_protocol_with_another_priority_go_in_the_end(void **state)
{
    struct kit *k = *state;
    struct ripng_kernel_route r = ours(P1, BOB, ETH0);
    r.metric = 500;
    kit_home(k);
    kit_kernel_add(k, r);
    kit_start(k);
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    for (int i = 0; i < 8; i++) {
        kit_advance(k, 30);
        kit_hear(k, ETH0, BOB, RTE(P1, 1));
    }
    expect_installed(k, P1, BOB, ETH0);
    assert_int_equal(kit_kernel_count_ours(k), 1);
    assert_int_equal(kit_kernel_find(k, P1, PROTO_OURS)->metric, 2048);
}

static void an_adopted_route_that_somebody_deletes_is_not_put_back(void **state)
{
    struct kit *k = *state;
    start_after_a_crash(k);
    kit_kernel_del_ours(k, P1);
    kit_advance(k, 100);
    expect_not_installed(k, P1);
    assert_int_equal(route_changes(k), 0);
}

static void a_martian_of_our_protocol_is_left_alone(void **state)
{
    struct kit *k = *state;
    kit_home(k);
    kit_kernel_add(k, ours("ff00::/8", BOB, ETH0));
    kit_start(k);
    kit_advance(k, 200);
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    expect_installed(k, P1, BOB, ETH0);
}

static void adoption_happens_at_the_first_dump_alone(void **state)
{
    struct kit *k = *state;
    start_after_a_crash(k);
    kit_advance(k, 200);
    assert_int_equal(kit_kernel_count_ours(k), 0);
    k->deaf = true;
    kit_kernel_add(k, ours(P3, DAVE, ETH0)); /* somebody plays with our protocol number */
    k->deaf = false;
    kit_lose(k);
    kit_advance(k, 5);
    expect_not_installed(k, P3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_FRESH(routes_of_an_earlier_run_are_adopted_and_counted),
        KIT_FRESH(an_adopted_route_is_not_announced_before_it_is_heard),
        KIT_FRESH(an_adopted_route_heard_again_the_same_is_not_touched),
        KIT_FRESH(an_adopted_route_heard_with_another_next_hop_is_replaced_in_place),
        KIT_FRESH(an_adopted_route_nobody_announces_is_withdrawn_after_the_timeout),
        KIT_FRESH(with_shorter_timers_an_adopted_route_is_kept_no_longer_than_they_say),
        KIT_FRESH(an_adopted_route_whose_prefix_is_owned_now_is_withdrawn),
        KIT_RUNNING(a_crash_and_a_start_with_the_same_neighbours_touch_nothing),
        KIT_FRESH(an_adopted_route_of_another_shape_is_replaced_when_it_is_heard),
        KIT_FRESH(an_adopted_route_of_another_shape_is_withdrawn_when_it_is_not_heard),
        KIT_FRESH(routes_of_our_protocol_with_another_priority_go_in_the_end),
        KIT_FRESH(an_adopted_route_that_somebody_deletes_is_not_put_back),
        KIT_FRESH(a_martian_of_our_protocol_is_left_alone),
        KIT_FRESH(adoption_happens_at_the_first_dump_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
