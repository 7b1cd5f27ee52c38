/* lib/table.c and lib/read.c through the public face: 100,000 routes, best match, cursors that survive
 * change. */
#include "kit.h"

#include <time.h>

#define MANY 100000U

static struct ripng_prefix nth(unsigned i)
{
    struct ripng_prefix p = kit_prefix("2001:db8::/64");
    p.addr.s6_addr[4] = (uint8_t)(i >> 24);
    p.addr.s6_addr[5] = (uint8_t)(i >> 16);
    p.addr.s6_addr[6] = (uint8_t)(i >> 8);
    p.addr.s6_addr[7] = (uint8_t)i;
    return p;
}

static unsigned which(const struct in6_addr *a)
{
    return (unsigned)a->s6_addr[4] << 24 | (unsigned)a->s6_addr[5] << 16 | (unsigned)a->s6_addr[6] << 8 |
           a->s6_addr[7];
}

/* Routes `from` up to `to` from Bob on eth0, 72 a packet. */
static void learn(struct kit *k, unsigned from, unsigned to, unsigned metric)
{
    static struct kit_in in;
    while (from < to) {
        kit_in(&in, KIT_RESPONSE, ETH0, BOB);
        for (unsigned n = 0; n < 72 && from < to; n++, from++) {
            struct ripng_prefix p = nth(from);
            kit_in_raw(&in, &p.addr, 0, p.len, metric);
        }
        kit_receive(k, &in);
    }
}

static void start(struct kit *k)
{
    k->config.limits.routes = 0;
    kit_home(k);
    kit_start(k);
    kit_settle(k);
}

static struct kit *full(void **state)
{
    struct kit *k = *state;
    start(k);
    learn(k, 0, MANY, 1);
    return k;
}

/* --- 100,000 routes --------------------------------------------------- */

static void a_hundred_thousand_routes_are_learned_and_installed(void **state)
{
    struct kit *k = full(state);
    assert_int_equal(kit_status(k).routes, MANY);
    kit_advance(k, 1);
    assert_int_equal(kit_kernel_count_ours(k), MANY);
    assert_int_equal(kit_status(k).installed, MANY);
    assert_int_equal(kit_status(k).kernel_pending, 0);
}

static void a_hundred_thousand_routes_are_announced_within_an_interval_in_small_bursts(void **state)
{
    struct kit *k = full(state);
    static uint8_t seen[MANY];
    size_t burst = 0, most = 0, packets = 0;
    kit_settle(k);
    learn(k, 0, MANY, 1); /* so that nothing times out meanwhile */
    kit_advance(k, 60);
    memset(seen, 0, sizeof(seen));
    int64_t at = 0;
    for (size_t i = 0; i < k->n_packets; i++) {
        const struct kit_packet *p = &k->packets[i];
        if (p->send.ifindex != ETH1)
            continue;
        burst = p->at_us == at ? burst + 1 : 1;
        at = p->at_us;
        most = burst > most ? burst : most;
        packets++;
        for (size_t j = 0; j < p->n; j++)
            seen[which(&p->rtes[j].addr)] = 1;
    }
    for (unsigned i = 0; i < MANY; i++)
        if (!seen[i])
            fail_msg("route %u was not announced", i);
    assert_true(packets >= 1389);
    assert_in_range(most, 1, 16);
}

static void one_change_in_a_hundred_thousand_is_announced_alone(void **state)
{
    struct kit *k = full(state);
    kit_advance(k, 10);
    learn(k, 0, MANY, 1);
    for (int i = 0; i < 100 && k->n_packets + 1 > 0; i++) { /* until nothing is under way */
        kit_forget(k);
        kit_advance(k, 0.1);
        if (!k->n_packets)
            break;
    }
    kit_advance(k, 1);
    kit_forget(k);
    learn(k, 4711, 4712, 5);
    kit_advance(k, 0.01);
    assert_int_equal(expect_one_packet(k, ETH1)->n, 1);
    expect_sent(k, ETH1, "2001:db8:0:1267::/64", 6);
}

static void a_hundred_thousand_routes_time_out_and_are_freed(void **state)
{
    struct kit *k = full(state);
    kit_forget(k);
    kit_advance(k, 182);
    assert_int_equal(kit_status(k).routes, 0);
    assert_int_equal(kit_status(k).garbage, MANY);
    assert_int_equal(kit_kernel_count_ours(k), 0);
    kit_forget(k);
    kit_advance(k, 122);
    assert_int_equal(kit_status(k).garbage, 0);
    learn(k, 0, 10, 1);
    assert_int_equal(kit_status(k).routes, 10);
}

/* O(1) each: twice the work of a small table at most, not a thousand times. */
static void a_refresh_costs_the_same_in_a_small_and_in_a_large_table(void **state)
{
    struct kit *k = *state;
    double cost[2];
    start(k);
    for (int round = 0; round < 2; round++) {
        unsigned n = round ? MANY : 1000, times = round ? 1 : 100;
        learn(k, 0, n, 1);
        clock_t before = clock();
        for (unsigned i = 0; i < times; i++)
            learn(k, 0, n, 1);
        cost[round] = (double)(clock() - before) / n / times;
    }
    if (cost[1] > 20 * cost[0] + 0.5) /* caches and a busy machine included */
        fail_msg("%g us a refresh with 1000 routes, %g with 100,000", cost[0], cost[1]);
}

/* One tick over a hundred thousand routes that all are fresh does nothing: no scan. */
static void an_idle_tick_costs_nothing_in_a_large_table(void **state)
{
    struct kit *k = full(state);
    kit_advance(k, 60);
    learn(k, 0, MANY, 1);
    clock_t before = clock();
    for (int i = 0; i < 10000; i++)
        ripng_tick(k->r, k->now);
    double us = (double)(clock() - before) / 10000 * 1e6 / CLOCKS_PER_SEC;
    if (us > 100)
        fail_msg("an idle tick takes %g us", us);
}

/* --- best match ------------------------------------------------------- */

static const char *match(const struct kit *k, const char *text)
{
    static char found[RIPNG_PREFIX_TEXT];
    struct ripng_route_info i;
    struct ripng_prefix p = kit_prefix(text);
    return ripng_match_route(k->r, k->now, &p, &i) ? ripng_prefix_text(&i.prefix, found) : "none";
}

static void the_longest_prefix_that_contains_it_matches(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE("::/0", 1), RTE("2001:db8::/32", 1), RTE("2001:db8:1::/48", 1),
             RTE("2001:db8:1:2::/64", 1), RTE("2001:db8:1:2::3/128", 1));
    assert_string_equal(match(k, "2001:db8:1:2::3"), "2001:db8:1:2::3/128");
    assert_string_equal(match(k, "2001:db8:1:2::4"), "2001:db8:1:2::/64");
    assert_string_equal(match(k, "2001:db8:1:3::4"), "2001:db8:1::/48");
    assert_string_equal(match(k, "2001:db8:2::1"), "2001:db8::/32");
    assert_string_equal(match(k, "2001:db9::1"), "::/0");
    assert_string_equal(match(k, "2001:db8:1::/48"), "2001:db8:1::/48");
    assert_string_equal(match(k, "2001:db8:1::/47"), "2001:db8::/32");
    assert_string_equal(match(k, "::/0"), "::/0");
}

static void without_a_prefix_that_contains_it_nothing_matches(void **state)
{
    struct kit *k = *state;
    assert_string_equal(match(k, "2001:db8::1"), "none");
    kit_hear(k, ETH0, BOB, RTE("2001:db8:1::/48", 1));
    assert_string_equal(match(k, "2001:db8::1"), "none");
    assert_string_equal(match(k, "2001:db8::/32"), "none");
    assert_string_equal(match(k, "::/0"), "none");
}

static void own_routes_match_as_well(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE("::/0", 1));
    kit_kernel_add(k, kit_onlink("2001:db8:1::/64", ETH1));
    assert_string_equal(match(k, "2001:db8:1::5"), "2001:db8:1::/64");
}

static void a_valid_route_matches_before_longer_garbage(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE("2001:db8::/32", 1), RTE("2001:db8:1::/48", 1));
    kit_hear(k, ETH0, BOB, RTE("2001:db8:1::/48", 16));
    assert_string_equal(match(k, "2001:db8:1::1"), "2001:db8::/32");
    kit_hear(k, ETH0, BOB, RTE("2001:db8::/32", 16));
    assert_string_equal(match(k, "2001:db8:1::1"), "2001:db8:1::/48"); /* garbage, and said so */
}

static void a_length_that_is_used_no_more_is_not_looked_for(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE("2001:db8:1::/48", 1));
    kit_hear(k, ETH0, BOB, RTE("2001:db8:1::/48", 16));
    kit_advance(k, 130);
    assert_string_equal(match(k, "2001:db8:1::1"), "none");
    kit_hear(k, ETH0, BOB, RTE("2001:db8:1::/48", 1));
    assert_string_equal(match(k, "2001:db8:1::1"), "2001:db8:1::/48");
}

static void every_route_of_a_large_table_is_found(void **state)
{
    struct kit *k = *state;
    start(k);
    learn(k, 0, 20000, 1);
    for (unsigned i = 0; i < 20000; i++) {
        struct ripng_prefix p = nth(i), q = nth(i);
        struct ripng_route_info info;
        q.len = 128;
        q.addr.s6_addr[15] = 1;
        assert_true(ripng_match_route(k->r, k->now, &q, &info));
        assert_true(ripng_prefix_equal(&info.prefix, &p));
    }
}

/* --- cursors ---------------------------------------------------------- */

static void a_cursor_gives_each_route_once(void **state)
{
    struct kit *k = *state;
    static uint8_t seen[5000];
    struct ripng_route_info i;
    uint32_t cursor = 0;
    size_t n = 0;
    start(k);
    learn(k, 0, 5000, 1);
    memset(seen, 0, sizeof(seen));
    while (ripng_read_route(k->r, k->now, &cursor, &i)) {
        assert_int_equal(seen[which(&i.prefix.addr)]++, 0);
        n++;
    }
    assert_int_equal(n, 5000);
    assert_false(ripng_read_route(k->r, k->now, &cursor, &i)); /* and stays at the end */
}

static void an_empty_table_ends_at_once(void **state)
{
    struct kit *k = *state;
    struct ripng_route_info i;
    struct ripng_neigh_info n;
    uint32_t a = 0, b = 0;
    assert_false(ripng_read_route(k->r, k->now, &a, &i));
    assert_false(ripng_read_neigh(k->r, k->now, &b, &n));
}

static void a_cursor_beyond_all_entries_is_at_the_end(void **state)
{
    struct kit *k = *state;
    struct ripng_route_info i;
    struct ripng_neigh_info n;
    struct ripng_iface_info f;
    kit_hear(k, ETH0, BOB, RTE("2001:db8:1::/48", 1));
    uint32_t a = 4000000000U, b = 4000000000U, c = 4000000000U;
    assert_false(ripng_read_route(k->r, k->now, &a, &i));
    assert_false(ripng_read_neigh(k->r, k->now, &b, &n));
    assert_false(ripng_read_iface(k->r, &c, &f));
}

/* A slow client reads a route at a time while half of them go and others come. */
static void a_cursor_gives_all_that_stays_while_others_come_and_go(void **state)
{
    struct kit *k = *state;
    static uint8_t seen[40000];
    struct ripng_route_info i;
    uint32_t cursor = 0;
    unsigned next = 4000;
    start(k);
    k->config.timers.garbage_us = SECONDS(0.1);
    kit_configure(k);
    learn(k, 0, 4000, 1);
    memset(seen, 0, sizeof(seen));
    for (unsigned step = 0; ripng_read_route(k->r, k->now, &cursor, &i); step++) {
        assert_true(step < 100000);
        seen[which(&i.prefix.addr)]++;
        if (step < 2000) { /* odd ones go, new ones take their places */
            unsigned odd = (step * 2 + 1) % 4000;
            learn(k, odd, odd + 1, 16);
            learn(k, next, next + 1, 1);
            next++;
            if (step % 50 == 0)
                kit_advance(k, 0.2);
        }
    }
    for (unsigned j = 0; j < 4000; j += 2)
        if (seen[j] != 1)
            fail_msg("route %u, there all the time, was read %u times", j, seen[j]);
}

static void a_cursor_survives_a_table_that_becomes_empty(void **state)
{
    struct kit *k = *state;
    struct ripng_route_info i;
    uint32_t cursor = 0;
    start(k);
    learn(k, 0, 1000, 1);
    for (int n = 0; n < 500; n++)
        assert_true(ripng_read_route(k->r, k->now, &cursor, &i));
    learn(k, 0, 1000, 16);
    kit_advance(k, 130);
    assert_false(ripng_read_route(k->r, k->now, &cursor, &i));
    learn(k, 0, 1000, 1);
    while (ripng_read_route(k->r, k->now, &cursor, &i))
        ;
    cursor = 0;
    assert_true(ripng_read_route(k->r, k->now, &cursor, &i));
}

static void several_cursors_do_not_disturb_each_other(void **state)
{
    struct kit *k = *state;
    struct ripng_route_info i;
    uint32_t cursor[3] = {0};
    size_t n[3] = {0};
    start(k);
    learn(k, 0, 300, 1);
    for (int step = 0; step < 1000; step++)
        for (int c = 0; c < 3; c++)
            if (step % (c + 1) == 0)
                n[c] += ripng_read_route(k->r, k->now, &cursor[c], &i);
    assert_int_equal(n[0], 300);
    assert_int_equal(n[1], 300);
    assert_int_equal(n[2], 300);
}

static void a_cursor_gives_each_neighbour_once(void **state)
{
    struct kit *k = *state;
    static uint8_t seen[200];
    struct ripng_neigh_info n;
    uint32_t cursor = 0;
    size_t count = 0;
    for (unsigned i = 0; i < 200; i++) {
        char from[64];
        snprintf(from, sizeof(from), "fe80::b:%x", i);
        kit_hear(k, ETH0, from, NEXT_HOP(DAVE), RTE("2001:db8:1::/48", 1));
    }
    memset(seen, 0, sizeof(seen));
    while (ripng_read_neigh(k->r, k->now, &cursor, &n)) {
        seen[n.address.s6_addr[15]]++;
        count++;
    }
    assert_int_equal(count, 200);
    for (size_t i = 0; i < 200; i++)
        assert_int_equal(seen[i], 1);
}

static void a_cursor_gives_each_interface_once(void **state)
{
    struct kit *k = *state;
    struct ripng_iface_info i;
    uint32_t cursor = 0;
    unsigned eth0 = 0, eth1 = 0, others = 0;
    while (ripng_read_iface(k->r, &cursor, &i)) {
        eth0 += i.ifindex == ETH0;
        eth1 += i.ifindex == ETH1;
        others += i.ifindex != ETH0 && i.ifindex != ETH1 && i.up;
    }
    assert_int_equal(eth0, 1);
    assert_int_equal(eth1, 1);
    assert_int_equal(others, 0);
}

/* Routes and interfaces come and go at random; at the end table, kernel and status agree. */
static void a_table_churned_at_random_agrees_with_the_kernel(void **state)
{
    struct kit *k = *state;
    uint64_t x = 88172645463325252ULL;
    struct ripng_route_info i;
    uint32_t cursor = 0;
    size_t valid = 0, garbage = 0;
    start(k);
    for (int step = 0; step < 20000; step++) {
        x ^= x << 13, x ^= x >> 7, x ^= x << 17;
        unsigned n = (unsigned)(x >> 8) % 700;
        learn(k, n, n + 1 + (unsigned)(x >> 20) % 5, 1 + (unsigned)(x >> 32) % 16);
        if (step % 16 == 0)
            kit_advance(k, 0.5);
        if (step % 1000 == 999)
            kit_forget(k);
    }
    kit_advance(k, 5);
    while (ripng_read_route(k->r, k->now, &cursor, &i)) {
        valid += i.state == RIPNG_ROUTE_VALID;
        garbage += i.state == RIPNG_ROUTE_GARBAGE;
        assert_int_equal(i.installed, i.state == RIPNG_ROUTE_VALID);
    }
    assert_int_equal(kit_status(k).routes, valid);
    assert_int_equal(kit_status(k).garbage, garbage);
    assert_int_equal(kit_kernel_count_ours(k), valid);
    assert_true(valid > 100 && garbage > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_FRESH(a_hundred_thousand_routes_are_learned_and_installed),
        KIT_FRESH(a_hundred_thousand_routes_are_announced_within_an_interval_in_small_bursts),
        KIT_FRESH(one_change_in_a_hundred_thousand_is_announced_alone),
        KIT_FRESH(a_hundred_thousand_routes_time_out_and_are_freed),
        KIT_FRESH(a_refresh_costs_the_same_in_a_small_and_in_a_large_table),
        KIT_FRESH(an_idle_tick_costs_nothing_in_a_large_table),
        KIT_RUNNING(the_longest_prefix_that_contains_it_matches),
        KIT_RUNNING(without_a_prefix_that_contains_it_nothing_matches),
        KIT_RUNNING(own_routes_match_as_well),
        KIT_RUNNING(a_valid_route_matches_before_longer_garbage),
        KIT_RUNNING(a_length_that_is_used_no_more_is_not_looked_for),
        KIT_FRESH(every_route_of_a_large_table_is_found),
        KIT_FRESH(a_cursor_gives_each_route_once),
        KIT_RUNNING(an_empty_table_ends_at_once),
        KIT_RUNNING(a_cursor_beyond_all_entries_is_at_the_end),
        KIT_FRESH(a_cursor_gives_all_that_stays_while_others_come_and_go),
        KIT_FRESH(a_cursor_survives_a_table_that_becomes_empty),
        KIT_FRESH(several_cursors_do_not_disturb_each_other),
        KIT_RUNNING(a_cursor_gives_each_neighbour_once),
        KIT_RUNNING(a_cursor_gives_each_interface_once),
        KIT_FRESH(a_table_churned_at_random_agrees_with_the_kernel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
