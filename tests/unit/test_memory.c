/*
 * Each allocation of the engine can fail: it carries on with what it has, says
 * so, and once there is memory again all is as it should be.
 *
 * The linker leads malloc(), calloc() and realloc() of this program here
 * (meson.build); the kit's own allocations always succeed.
 */
#include "kit.h"

#define P1 "2001:db8:1::/48"
#define P2 "2001:db8:2::/48"
#define SHARED "2001:db8:5e7::/48" /* all routers offer it at the same cost */
#define LAN "2001:db8:99::/64"
#define PD "2001:db8:ff00::/56"

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);

static bool armed;
static unsigned count, first_to_fail, how_many_fail;
static uint8_t multipath = 1;

static bool fails(void)
{
    if (!armed || kit_growing)
        return false;
    count++;
    return count >= first_to_fail && count - first_to_fail < how_many_fail;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return fails() ? NULL : __real_realloc(old, size);
}

static void arm(unsigned first, unsigned n)
{
    armed = true;
    count = 0;
    first_to_fail = first;
    how_many_fail = n;
}

/* A home's day in short: links, own prefixes, neighbours, requests, a reload, a resync. */
static void a_day(struct kit *k)
{
    kit_hear(k, ETH0, BOB, RTE(P1, 1), NEXT_HOP(DAVE), RTE(P2, 1));
    kit_hear(k, ETH1, CAROL, RTE(P1, 3));
    for (unsigned i = 0; i < 30; i++) {
        char prefix[64], from[64];
        snprintf(prefix, sizeof(prefix), "2001:db8:%x::/48", i + 0x100);
        snprintf(from, sizeof(from), "fe80::b:%x", i);
        kit_hear(k, i % 2 ? ETH0 : ETH1, from, RTE(prefix, 1), RTE(P2, 4), RTE(SHARED, 3));
        kit_kernel_add(k, kit_gateway(prefix, BOB, ETH0, PROTO_STATIC));
    }
    kit_kernel_add(k, kit_onlink(LAN, ETH1));
    kit_kernel_add(k, kit_discard(PD));
    kit_ask(k, ETH0, DAVE, 40000, WHOLE_TABLE);
    kit_ask(k, ETH1, DAVE, 40000, RTE(P1, 1), RTE(P2, 1));
    kit_link_add(k, ETH2, "eth2");
    kit_address(k, ETH2, OUR_ETH2, true);
    kit_advance(k, 40);
    unsigned filter = kit_filter(k, "deny 2001:db8:1::/48", "permit any set tag 5");
    kit_section(k, "eth*")->metric = 2;
    k->config.ifaces[0].export = filter;
    k->config.redistribute[RIPNG_SOURCE_STATIC].filter = filter;
    ripng_configure(k->r, k->now, &k->config);
    kit_pump(k);
    k->config.ifaces[0].export = 0; /* the filter is retired */
    ripng_configure(k->r, k->now, &k->config);
    kit_pump(k);
    kit_lose(k);
    kit_link_up(k, ETH1, false);
    kit_link_up(k, ETH1, true);
    kit_advance(k, 40);
}

static void begin(struct kit *k)
{
    armed = false;
    k->forgetful = k->free_sending = k->lossy = true;
    kit_home(k);
    k->config.kernel.multipath = multipath;
    k->r = ripng_new(&k->config, k->seed, k->now);
    assert_non_null(k->r);
}

/* Memory is there again: what the neighbours say is learned, what is ours is shared. */
static void expect_all_is_well(struct kit *k)
{
    armed = false;
    assert_true(ripng_configure(k->r, k->now, &k->config));
    kit_pump(k);
    for (int i = 0; i < 10; i++) {
        kit_advance(k, 30);
        kit_hear(k, ETH0, BOB, RTE(P1, 1), RTE(P2, 1));
    }
    expect_installed(k, P1, BOB, ETH0);
    expect_installed(k, P2, BOB, ETH0);
    expect_route(k, LAN, 1, "::");
    expect_route(k, PD, 1, "::");
    expect_active(k, ETH0, true);
    expect_active(k, ETH1, true);
    expect_active(k, ETH2, true);
    kit_forget(k);
    kit_advance(k, 46);
    expect_sent(k, ETH0, LAN, 1);
    expect_sent(k, ETH2, P1, 3);
    kit_stop(k);
    kit_advance(k, 5);
    assert_true(ripng_stopped(k->r));
    assert_int_equal(kit_kernel_count_ours(k), 0);
}

static unsigned a_day_with_failures(unsigned first, unsigned n)
{
    void *state;
    kit_setup_fresh(&state);
    struct kit *k = state;
    begin(k);
    arm(first, n);
    kit_dump(k);
    a_day(k);
    armed = false;
    expect_all_is_well(k);
    kit_teardown(&state);
    return count;
}

static void without_failures_all_is_well(void **state)
{
    (void)state;
    assert_true(a_day_with_failures(1000000, 0) > 20);
}

static void any_one_allocation_may_fail(void **state)
{
    (void)state;
    unsigned all = a_day_with_failures(1000000, 0);
    for (unsigned first = 1; first <= all; first++)
        a_day_with_failures(first, 1);
}

static void any_one_allocation_for_a_set_of_next_hops_may_fail(void **state)
{
    (void)state;
    unsigned one = a_day_with_failures(1000000, 0);
    multipath = 4;
    unsigned all = a_day_with_failures(1000000, 0);
    assert_true(all > one);
    for (unsigned first = 1; first <= all; first++)
        a_day_with_failures(first, 1);
    a_day_with_failures(all / 2, 1000000);
    multipath = 1;
}

static void any_ten_allocations_in_a_row_may_fail(void **state)
{
    (void)state;
    unsigned all = a_day_with_failures(1000000, 0);
    for (unsigned first = 1; first <= all; first++)
        a_day_with_failures(first, 10);
}

static void all_memory_may_be_gone_from_any_point_on(void **state)
{
    (void)state;
    unsigned all = a_day_with_failures(1000000, 0);
    for (unsigned first = 1; first <= all; first++)
        a_day_with_failures(first, 1000000);
}

static void want_of_memory_is_reported(void **state)
{
    struct kit *k = *state;
    k->forgetful = k->free_sending = k->lossy = true;
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    arm(1, UINT32_MAX);
    for (unsigned i = 0; i < 20000 && kit_count_events(k, RIPNG_EV_NO_MEMORY) == 0; i++) {
        char prefix[64];
        snprintf(prefix, sizeof(prefix), "2001:db8:%x::/48", i);
        kit_hear(k, ETH0, BOB, RTE(prefix, 1));
    }
    armed = false;
    assert_true(kit_count_events(k, RIPNG_EV_NO_MEMORY) > 0);
    assert_true(kit_drops(k, RIPNG_WHY_MEMORY) > 0);
}

static void a_neighbour_there_is_no_memory_for_is_dropped_for_that_reason(void **state)
{
    struct kit *k = *state;
    k->forgetful = k->free_sending = k->lossy = true;
    arm(1, UINT32_MAX);
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    armed = false;
    assert_int_equal(kit_drops(k, RIPNG_WHY_NEIGHBOR_LIMIT), 0);
    assert_int_equal(kit_drops(k, RIPNG_WHY_MEMORY), 1);
    assert_true(kit_count_events(k, RIPNG_EV_NO_MEMORY) > 0);
}

/* A dump that fails for want of memory leads to another one, but not at once. */
static void want_of_memory_makes_no_storm_of_dumps(void **state)
{
    struct kit *k = *state;
    for (unsigned i = 0; i < 3000; i++) {
        char prefix[64];
        snprintf(prefix, sizeof(prefix), "2001:db8:%x::/64", i);
        k->deaf = true;
        kit_kernel_add(k, kit_onlink(prefix, ETH0));
    }
    k->deaf = false;
    k->forgetful = k->free_sending = true;
    k->n_dumps = 0;
    arm(1, UINT32_MAX);
    kit_lose(k);
    for (int i = 0; i < 1000; i++) /* 10 seconds */
        kit_advance(k, 0.01);
    armed = false;
    assert_in_range(k->n_dumps, 2, 25);
    kit_advance(k, 60);
    assert_int_equal(kit_status(k).routes, 3000);
}

static void an_engine_that_cannot_be_made_is_not_there(void **state)
{
    struct kit *k = *state;
    struct ripng *r = NULL;
    for (unsigned first = 1; !r; first++) {
        arm(first, 1);
        r = ripng_new(&k->config, 1, k->now);
        armed = false;
    }
    ripng_free(r);
}

static void settings_that_cannot_be_copied_leave_the_old_ones(void **state)
{
    struct kit *k = *state;
    for (int i = 0; i < 20; i++)
        kit_section(k, "eth*")->metric = 9;
    arm(1, 1000000);
    assert_false(ripng_configure(k->r, k->now, &k->config));
    armed = false;
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    expect_route(k, P1, 2, BOB);
}

static void a_copy_of_settings_that_fails_holds_nothing(void **state)
{
    struct kit *k = *state;
    struct ripng_config copy;
    kit_section(k, "eth0");
    arm(1, 1000000);
    assert_false(ripng_config_copy(&copy, &k->config));
    assert_null(ripng_config_add_iface(&k->config, "eth1"));
    armed = false;
    assert_int_equal(k->config.n_ifaces, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_failures_all_is_well),
        cmocka_unit_test(any_one_allocation_may_fail),
        cmocka_unit_test(any_one_allocation_for_a_set_of_next_hops_may_fail),
        cmocka_unit_test(any_ten_allocations_in_a_row_may_fail),
        cmocka_unit_test(all_memory_may_be_gone_from_any_point_on),
        KIT_RUNNING(want_of_memory_is_reported),
        KIT_RUNNING(a_neighbour_there_is_no_memory_for_is_dropped_for_that_reason),
        KIT_RUNNING(want_of_memory_makes_no_storm_of_dumps),
        KIT_RUNNING(an_engine_that_cannot_be_made_is_not_there),
        KIT_RUNNING(settings_that_cannot_be_copied_leave_the_old_ones),
        KIT_FRESH(a_copy_of_settings_that_fails_holds_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
