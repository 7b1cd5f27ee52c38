/* lib/engine.c: the promises of ripng.h that belong to no part alone: time, order, determinism, status. */
#include "kit.h"

#define P1 "2001:db8:1::/48"
#define P2 "2001:db8:2::/48"
#define LAN "2001:db8:99::/64"

/* A life full of events, drawn from `x`. */
static void live(struct kit *k, uint64_t x, int steps)
{
    static const char *const routers[] = {BOB, CAROL, DAVE};
    bool lan = false, up = true;
    for (int i = 0; i < steps; i++) {
        x ^= x << 13, x ^= x >> 7, x ^= x << 17;
        char prefix[64];
        snprintf(prefix, sizeof(prefix), "2001:db8:%x::/48", (unsigned)(x >> 16) % 40);
        switch (x % 12) {
        case 0:
            if (lan)
                kit_kernel_del(k, kit_onlink(LAN, KIT_LO));
            else
                kit_kernel_add(k, kit_onlink(LAN, KIT_LO));
            lan = !lan;
            break;
        case 1:
            up = !up;
            kit_link_up(k, ETH0, up);
            break;
        case 2:
            kit_ask(k, ETH1, DAVE, 40000, WHOLE_TABLE);
            break;
        case 3:
            kit_lose(k);
            break;
        default:
            kit_hear(k, x >> 40 & 1 ? ETH0 : ETH1, routers[(x >> 41) % 3], RTE(prefix, 1 + (x >> 44) % 16));
        }
        kit_advance(k, (double)(x >> 50) / 4000);
    }
}

static uint64_t fingerprint(const struct kit *k)
{
    uint64_t h = 14695981039346656037ULL;
    for (size_t i = 0; i < k->n_packets; i++) {
        const struct kit_packet *p = &k->packets[i];
        h = (h ^ (uint64_t)p->at_us ^ (uint64_t)p->send.ifindex << 48) * 1099511628211ULL;
        for (size_t j = 0; j < p->send.size; j++)
            h = (h ^ p->bytes[j]) * 1099511628211ULL;
    }
    for (size_t i = 0; i < k->n_changes; i++)
        h = (h ^ k->changes[i].c.id ^ (uint64_t)k->changes[i].at_us ^ (uint64_t)k->changes[i].c.kind << 40) *
            1099511628211ULL;
    return h ^ k->n_events;
}

static uint64_t life_of(uint64_t seed, uint64_t life)
{
    void *state;
    kit_setup_fresh(&state);
    struct kit *k = state;
    k->seed = seed;
    kit_home(k);
    kit_start(k);
    live(k, life, 2000);
    uint64_t h = fingerprint(k);
    kit_teardown(&state);
    return h;
}

static void the_same_seed_and_inputs_give_the_same_outputs(void **state)
{
    (void)state;
    assert_true(life_of(1, 77) == life_of(1, 77));
    assert_true(life_of(2, 78) == life_of(2, 78));
}

static void another_seed_gives_other_times(void **state)
{
    (void)state;
    assert_true(life_of(1, 77) != life_of(2, 77));
}

static void long_lives_break_no_rule_of_the_kit(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 20; i++)
        life_of(i, 1000 + i);
}

/* --- start ------------------------------------------------------------ */

static void an_engine_wants_a_dump_first(void **state)
{
    struct kit *k = *state;
    k->no_auto_dump = true;
    kit_home(k);
    kit_start(k);
    assert_true(ripng_kernel_wants_dump(k->r));
    kit_pump(k);
    kit_advance(k, 100);
    assert_int_equal(k->n_packets, 0);
    kit_dump(k);
    assert_false(ripng_kernel_wants_dump(k->r));
    expect_active(k, ETH0, true);
}

static void an_engine_that_is_alone_in_the_world_waits(void **state)
{
    struct kit *k = *state;
    struct ripng_time when;
    kit_start(k); /* no links at all */
    assert_int_equal(kit_status(k).interfaces, 0);
    kit_advance(k, 3600);
    if (ripng_deadline(k->r, &when))
        assert_true(when.us > k->now.us);
}

static void an_engine_can_be_freed_at_any_time(void **state)
{
    struct kit *k = *state;
    for (int i = 0; i < 40; i++) { /* ASan looks for what is left */
        live(k, 99 + (uint64_t)i, i);
        k->hold = i % 3 == 0;
        kit_hear(k, ETH1, CAROL, RTE(P1, 1), RTE(P2, 1));
        kit_crash(k);
        k->hold = false;
        free(k->waiting);
        k->waiting = NULL;
        k->cap_waiting = 0;
        kit_link(k, ETH0)->up = true;
        while (kit_kernel_find(k, LAN, PROTO_KERNEL))
            kit_kernel_del(k, kit_onlink(LAN, KIT_LO));
        kit_start(k);
    }
}

static void an_engine_that_was_never_used_can_be_freed(void **state)
{
    struct kit *k = *state;
    struct ripng *r = ripng_new(&k->config, 1, k->now);
    assert_non_null(r);
    ripng_free(r);
    ripng_free(NULL);
}

/* --- time ------------------------------------------------------------- */

static void ticks_before_their_time_do_nothing(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_settle(k);
    for (int i = 0; i < 1000; i++) {
        ripng_tick(k->r, k->now);
        kit_pump(k);
    }
    assert_int_equal(k->n_packets, 0);
    assert_int_equal(k->n_events, 0);
}

static void a_deadline_that_is_due_is_moved_by_ticks(void **state)
{
    struct kit *k = *state;
    struct ripng_time when;
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    for (int i = 0; i < 2000; i++) {
        assert_true(ripng_deadline(k->r, &when));
        if (when.us > k->now.us)
            k->now = when;
        ripng_tick(k->r, k->now);
        kit_pump(k);
    }
    assert_true(k->now.us > SECONDS(1000 + 3600)); /* 2000 wakes are hours, not seconds */
}

/* A daemon that is woken late, by half a second each time. */
static void late_ticks_make_up_for_nothing_twice(void **state)
{
    struct kit *k = *state;
    kit_kernel_add(k, kit_onlink(LAN, KIT_LO));
    kit_settle(k);
    for (int i = 0; i < 600; i++) { /* 5 minutes */
        k->now.us += SECONDS(0.5);
        ripng_tick(k->r, k->now);
        kit_pump(k);
    }
    assert_in_range(kit_count_sent(k, ETH0, LAN), 6, 21);
}

static void inputs_with_an_earlier_time_count_as_now(void **state)
{
    struct kit *k = *state;
    static struct kit_in in;
    struct ripng_route_info i;
    struct ripng_time early = {SECONDS(1)};
    kit_in(&in, KIT_RESPONSE, ETH0, BOB);
    kit_in_rte(&in, P1, 1, 0);
    struct ripng_packet p = {.data = in.data,
                             .size = in.size,
                             .source = in.source,
                             .source_port = RIPNG_PORT,
                             .dest = in.dest,
                             .hop_limit = 255,
                             .ifindex = ETH0};
    ripng_packet(k->r, early, &p);
    kit_pump(k);
    assert_true(kit_read(k, P1, &i));
    assert_int_equal(i.age_us, 0);
    kit_advance(k, 179);
    expect_route(k, P1, 2, BOB);
}

/* --- what can be read ------------------------------------------------- */

static void the_status_counts_what_there_is(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 1), RTE(P2, 1));
    kit_hear(k, ETH1, CAROL, RTE("2001:db8:3::/48", 1));
    kit_kernel_add(k, kit_onlink(LAN, KIT_LO));
    kit_hear(k, ETH0, BOB, RTE(P2, 16));
    struct ripng_status s = kit_status(k);
    assert_int_equal(s.routes, 3);
    assert_int_equal(s.garbage, 1);
    assert_int_equal(s.installed, 2);
    assert_int_equal(s.neighbors, 2);
    assert_int_equal(s.interfaces, 2);
    assert_int_equal(s.kernel_pending, 0);
    assert_int_equal(s.kernel_errors, 0);
    assert_int_equal(s.rx_packets, 3);
    assert_true(s.uptime_us == SECONDS(11));
    assert_true(s.timers.update_us == SECONDS(30));
    assert_int_equal(s.drops[RIPNG_WHY_NONE], 0);
}

static void interfaces_are_known_by_name(void **state)
{
    struct kit *k = *state;
    assert_string_equal(ripng_iface_name(k->r, ETH0), "eth0");
    assert_string_equal(ripng_iface_name(k->r, 4711), "?");
    assert_string_equal(ripng_iface_name(k->r, 0), "?");
}

static void change_ids_rise_by_one(void **state)
{
    struct kit *k = *state;
    for (unsigned i = 0; i < 50; i++) {
        char prefix[64];
        snprintf(prefix, sizeof(prefix), "2001:db8:%x::/48", i);
        kit_hear(k, ETH0, BOB, RTE(prefix, 1));
    }
    for (size_t i = 1; i < k->n_changes; i++)
        assert_int_equal(k->changes[i].c.id, k->changes[i - 1].c.id + 1);
    assert_int_equal(k->n_changes, 50);
}

/* --- bytes of anybody ------------------------------------------------- */

/* No assert may be reached from the wire, and no rule broken. */
static void a_hundred_thousand_random_rtes_break_nothing(void **state)
{
    struct kit *k = *state;
    static struct kit_in in;
    uint64_t x = 4711;
    for (int n = 0; n < 4000; n++) {
        x ^= x << 13, x ^= x >> 7, x ^= x << 17;
        kit_in(&in, 1 + (int)(x % 2), x & 4 ? ETH0 : ETH1, BOB);
        in.source.s6_addr[15] = (uint8_t)(x >> 8) % 5;
        if (x & 8)
            in.dest = kit_addr(x & 4 ? OUR_ETH0 : OUR_ETH1);
        for (unsigned i = 0; i < (x >> 16) % 60; i++) {
            struct in6_addr a = kit_addr("2001:db8::");
            x ^= x << 13, x ^= x >> 7, x ^= x << 17;
            if (x % 5 == 0)
                a = kit_addr("fe80::5");
            a.s6_addr[15] = (uint8_t)(x >> 8) % 8;
            a.s6_addr[(x >> 16) % 16] = (uint8_t)(x >> 20);
            kit_in_raw(&in, &a, (unsigned)(x >> 24) & 0xffff, (unsigned)(x >> 30) % 140,
                       x >> 40 & 7 ? (unsigned)(x >> 44) % 20 : 255);
        }
        if (in.data[0] == KIT_REQUEST)
            in.size = in.size > 4 ? 24 : 4;
        if (in.data[0] == KIT_REQUEST && in.size == 24 && in.data[22] > 128)
            in.data[22] = 64; /* an answer in place would repeat it, and the kit objects */
        kit_receive(k, &in);
        if (x % 7 == 0)
            kit_advance(k, (double)(x >> 50) / 2000);
        if (n % 500 == 0)
            kit_forget(k);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_seed_and_inputs_give_the_same_outputs),
        cmocka_unit_test(another_seed_gives_other_times),
        cmocka_unit_test(long_lives_break_no_rule_of_the_kit),
        KIT_FRESH(an_engine_wants_a_dump_first),
        KIT_FRESH(an_engine_that_is_alone_in_the_world_waits),
        KIT_RUNNING(an_engine_can_be_freed_at_any_time),
        KIT_FRESH(an_engine_that_was_never_used_can_be_freed),
        KIT_RUNNING(ticks_before_their_time_do_nothing),
        KIT_RUNNING(a_deadline_that_is_due_is_moved_by_ticks),
        KIT_RUNNING(late_ticks_make_up_for_nothing_twice),
        KIT_RUNNING(inputs_with_an_earlier_time_count_as_now),
        KIT_RUNNING(the_status_counts_what_there_is),
        KIT_RUNNING(interfaces_are_known_by_name),
        KIT_RUNNING(change_ids_rise_by_one),
        KIT_RUNNING(a_hundred_thousand_random_rtes_break_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
