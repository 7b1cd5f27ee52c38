/* lib/event.c: words, severities and sentences of events; the engine's rate limit of those a neighbour can
 * cause. */
#include "kit.h"

static struct ripng_event full_event(enum ripng_event_kind kind)
{
    struct ripng_event e = {
        .kind = kind,
        .reason = RIPNG_WHY_TIMEOUT,
        .ifindex = ETH0,
        .ifname = "eth0",
        .neighbor = kit_addr(BOB),
        .prefix = kit_prefix("2001:db8:77::/48"),
        .nexthop = kit_addr(CAROL),
        .metric = 5,
        .tag = 7,
        .error = ENOBUFS,
        .value = 4711,
        .suppressed = 0,
    };
    return e;
}

static void each_kind_has_a_word_of_its_own(void **state)
{
    (void)state;
    for (int i = 0; i < RIPNG_N_EVENTS; i++) {
        const char *name = ripng_event_name((enum ripng_event_kind)i);
        assert_non_null(name);
        assert_true(strlen(name) > 1);
        assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz-"), strlen(name));
        for (int j = 0; j < i; j++)
            assert_string_not_equal(name, ripng_event_name((enum ripng_event_kind)j));
    }
    assert_string_equal(ripng_event_name(RIPNG_EV_ROUTE_NEW), "route-new");
}

static void each_reason_has_a_word_and_a_text_of_its_own(void **state)
{
    (void)state;
    for (int i = 0; i < RIPNG_N_REASONS; i++) {
        const char *name = ripng_reason_name((enum ripng_reason)i);
        const char *text = ripng_reason_text((enum ripng_reason)i);
        assert_non_null(name);
        assert_non_null(text);
        assert_true(strlen(name) > 1);
        assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz-"), strlen(name));
        for (int j = 0; j < i; j++) {
            assert_string_not_equal(name, ripng_reason_name((enum ripng_reason)j));
            if (i != RIPNG_WHY_NONE && j != RIPNG_WHY_NONE)
                assert_string_not_equal(text, ripng_reason_text((enum ripng_reason)j));
        }
    }
    assert_string_equal(ripng_reason_name(RIPNG_WHY_HOP_LIMIT), "hop-limit");
}

static void each_event_has_a_severity_and_one_line(void **state)
{
    (void)state;
    char text[512];
    for (int i = 0; i < RIPNG_N_EVENTS; i++)
        for (int reason = 0; reason < RIPNG_N_REASONS; reason++) {
            struct ripng_event e = full_event((enum ripng_event_kind)i);
            e.reason = (enum ripng_reason)reason;
            assert_in_range(ripng_event_severity(&e), RIPNG_ERROR, RIPNG_DEBUG);
            assert_ptr_equal(ripng_event_text(&e, text, sizeof(text)), text);
            assert_true(strlen(text) > 0);
            assert_null(strchr(text, '\n'));
        }
}

static void a_line_about_a_route_names_prefix_interface_and_metric(void **state)
{
    (void)state;
    static const enum ripng_event_kind kinds[] = {RIPNG_EV_ROUTE_NEW, RIPNG_EV_ROUTE_CHANGED};
    char text[512];
    for (size_t i = 0; i < 2; i++) {
        struct ripng_event e = full_event(kinds[i]);
        ripng_event_text(&e, text, sizeof(text));
        assert_non_null(strstr(text, "2001:db8:77::/48"));
        assert_non_null(strstr(text, "eth0"));
        assert_non_null(strstr(text, "5"));
    }
}

static void a_line_about_something_dropped_names_interface_sender_and_reason(void **state)
{
    (void)state;
    static const enum ripng_event_kind kinds[] = {RIPNG_EV_PACKET_DROPPED, RIPNG_EV_RTE_DROPPED};
    char text[512];
    for (size_t i = 0; i < 2; i++) {
        struct ripng_event e = full_event(kinds[i]);
        e.reason = i ? RIPNG_WHY_MARTIAN : RIPNG_WHY_PORT;
        ripng_event_text(&e, text, sizeof(text));
        assert_non_null(strstr(text, "eth0"));
        assert_non_null(strstr(text, BOB));
        assert_non_null(strstr(text, ripng_reason_text(e.reason)));
    }
}

static void a_dropped_rte_is_named_with_its_prefix(void **state)
{
    (void)state;
    char text[512];
    struct ripng_event e = full_event(RIPNG_EV_RTE_DROPPED);
    e.reason = RIPNG_WHY_MARTIAN;
    assert_non_null(strstr(ripng_event_text(&e, text, sizeof(text)), "2001:db8:77::/48"));
}

static void a_line_says_how_many_were_held_back(void **state)
{
    (void)state;
    char text[512];
    struct ripng_event e = full_event(RIPNG_EV_PACKET_DROPPED);
    e.reason = RIPNG_WHY_PORT;
    e.suppressed = 31337;
    assert_non_null(strstr(ripng_event_text(&e, text, sizeof(text)), "31337"));
}

static void a_refusal_of_the_kernel_is_named_with_its_prefix(void **state)
{
    (void)state;
    char text[512];
    struct ripng_event e = full_event(RIPNG_EV_KERNEL_REFUSED);
    ripng_event_text(&e, text, sizeof(text));
    assert_non_null(strstr(text, "2001:db8:77::/48"));
}

static void a_line_is_cut_to_the_room_there_is(void **state)
{
    (void)state;
    char whole[512], cut[512];
    for (int i = 0; i < RIPNG_N_EVENTS; i++) {
        struct ripng_event e = full_event((enum ripng_event_kind)i);
        e.suppressed = 9;
        ripng_event_text(&e, whole, sizeof(whole));
        for (size_t size = 1; size < 200; size++) {
            memset(cut, 'x', sizeof(cut));
            ripng_event_text(&e, cut, size);
            assert_true(memchr(cut, '\0', size) != NULL);
            assert_int_equal(strncmp(cut, whole, strlen(cut)), 0);
            assert_int_equal(cut[size], 'x');
        }
    }
}

/* --- the rate limit --------------------------------------------------- */

static void send_bad(struct kit *k, uint32_t ifindex, int times)
{
    static struct kit_in in;
    for (int i = 0; i < times; i++) {
        kit_in(&in, KIT_RESPONSE, ifindex, BOB);
        in.port = 1024;
        kit_receive(k, &in);
    }
}

static void a_flood_of_bad_packets_makes_five_events(void **state)
{
    struct kit *k = *state;
    send_bad(k, ETH0, 1000);
    assert_int_equal(kit_count_events(k, RIPNG_EV_PACKET_DROPPED), 5);
}

static void the_counter_sees_each_packet_of_a_flood(void **state)
{
    struct kit *k = *state;
    send_bad(k, ETH0, 1000);
    assert_int_equal(kit_drops(k, RIPNG_WHY_PORT), 1000);
}

static void after_a_flood_one_event_a_second_goes_through(void **state)
{
    struct kit *k = *state;
    send_bad(k, ETH0, 100);
    kit_forget(k);
    for (int i = 0; i < 100; i++) { /* 10 seconds */
        kit_advance(k, 0.1);
        send_bad(k, ETH0, 10);
    }
    assert_in_range(kit_count_events(k, RIPNG_EV_PACKET_DROPPED), 9, 11);
}

static void the_next_event_through_says_how_many_were_held_back(void **state)
{
    struct kit *k = *state;
    send_bad(k, ETH0, 25);
    kit_forget(k);
    kit_advance(k, 1.1);
    send_bad(k, ETH0, 1);
    assert_int_equal(expect_event(k, RIPNG_EV_PACKET_DROPPED, RIPNG_WHY_PORT)->suppressed, 20);
}

static void a_flood_on_one_interface_does_not_hide_another(void **state)
{
    struct kit *k = *state;
    send_bad(k, ETH0, 100);
    kit_forget(k);
    send_bad(k, ETH1, 1);
    assert_int_equal(expect_event(k, RIPNG_EV_PACKET_DROPPED, RIPNG_WHY_PORT)->ifindex, ETH1);
}

static void a_flood_of_bad_packets_does_not_hide_bad_rtes(void **state)
{
    struct kit *k = *state;
    send_bad(k, ETH0, 100);
    kit_hear(k, ETH0, BOB, RTE("ff00::/8", 1));
    expect_event(k, RIPNG_EV_RTE_DROPPED, RIPNG_WHY_MARTIAN);
}

static void an_event_of_a_bad_packet_names_sender_and_interface(void **state)
{
    struct kit *k = *state;
    struct in6_addr bob = kit_addr(BOB);
    send_bad(k, ETH0, 1);
    const struct ripng_event *e = expect_event(k, RIPNG_EV_PACKET_DROPPED, RIPNG_WHY_PORT);
    assert_int_equal(e->ifindex, ETH0);
    assert_string_equal(e->ifname, "eth0");
    assert_true(ripng_addr_equal(&e->neighbor, &bob));
}

static void events_of_routes_are_not_held_back(void **state)
{
    struct kit *k = *state;
    static struct kit_in in;
    kit_in(&in, KIT_RESPONSE, ETH0, BOB);
    for (unsigned i = 0; i < 60; i++) {
        char prefix[64];
        snprintf(prefix, sizeof(prefix), "2001:db8:%x::/48", i);
        kit_in_rte(&in, prefix, 1, 0);
    }
    kit_receive(k, &in);
    assert_int_equal(kit_count_events(k, RIPNG_EV_ROUTE_NEW), 60);
}

/* Nobody pulls: the queue must have an end, and what did not fit is counted. */
static void events_that_nobody_pulls_do_not_eat_all_memory(void **state)
{
    struct kit *k = *state;
    static struct kit_in in;
    struct ripng_event e;
    size_t n = 0;

    for (unsigned round = 0; round < 2000; round++) {
        kit_in(&in, KIT_RESPONSE, ETH0, BOB);
        for (unsigned i = 0; i < 70; i++) {
            char prefix[64];
            snprintf(prefix, sizeof(prefix), "2001:db8:%x::/48", i);
            kit_in_rte(&in, prefix, 1 + round % 2, 0);
        }
        struct ripng_packet p = {.data = in.data,
                                 .size = in.size,
                                 .source = in.source,
                                 .source_port = in.port,
                                 .dest = in.dest,
                                 .hop_limit = 255,
                                 .ifindex = ETH0};
        ripng_packet(k->r, k->now, &p);
    }
    while (ripng_next_event(k->r, &e))
        n++;
    assert_true(n + kit_status(k).events_lost >= 140000);
    assert_true(n <= 70000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_has_a_word_of_its_own),
        cmocka_unit_test(each_reason_has_a_word_and_a_text_of_its_own),
        cmocka_unit_test(each_event_has_a_severity_and_one_line),
        cmocka_unit_test(a_line_about_a_route_names_prefix_interface_and_metric),
        cmocka_unit_test(a_line_about_something_dropped_names_interface_sender_and_reason),
        cmocka_unit_test(a_dropped_rte_is_named_with_its_prefix),
        cmocka_unit_test(a_line_says_how_many_were_held_back),
        cmocka_unit_test(a_refusal_of_the_kernel_is_named_with_its_prefix),
        cmocka_unit_test(a_line_is_cut_to_the_room_there_is),
        KIT_RUNNING(a_flood_of_bad_packets_makes_five_events),
        KIT_RUNNING(the_counter_sees_each_packet_of_a_flood),
        KIT_RUNNING(after_a_flood_one_event_a_second_goes_through),
        KIT_RUNNING(the_next_event_through_says_how_many_were_held_back),
        KIT_RUNNING(a_flood_on_one_interface_does_not_hide_another),
        KIT_RUNNING(a_flood_of_bad_packets_does_not_hide_bad_rtes),
        KIT_RUNNING(an_event_of_a_bad_packet_names_sender_and_interface),
        KIT_RUNNING(events_of_routes_are_not_held_back),
        KIT_RUNNING(events_that_nobody_pulls_do_not_eat_all_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
