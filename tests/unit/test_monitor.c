/* daemon/control.c: `monitor`, an answer that waits for events. */
#include "control_world.h"

#include <sys/socket.h>

static unsigned monitor(struct world *w)
{
    unsigned p = peer_ask(w, "monitor\n");
    run_a_little(w);
    assert_int_equal(w->peers[p].size, 0);
    return p;
}

static void tell(struct world *w, unsigned n)
{
    struct ripng_event e = {
        .kind = RIPNG_EV_ROUTE_NEW, .ifname = "eth0", .metric = 3, .prefix = kit_prefix("2001:db8::/32")};
    while (n--)
        control_event(w->control, &e);
}

static void an_event_has_what_applies_and_a_sentence(void **state)
{
    struct world *w = *state;
    unsigned p = monitor(w);
    struct ripng_event e = {
        .kind = RIPNG_EV_RTE_DROPPED,
        .reason = RIPNG_WHY_MARTIAN,
        .ifname = "eth\x80",
        .neighbor = kit_addr(BOB),
        .prefix = kit_prefix("ff00::/8"),
        .metric = 2,
        .tag = 7,
        .suppressed = 9,
    };
    control_event(w->control, &e);
    run_a_little(w);
    const char *rest = strchr(w->peers[p].data, ',');
    assert_int_equal(strncmp(w->peers[p].data, "{\"time\":\"20", 11), 0);
    assert_non_null(rest);
    assert_string_equal(
        rest,
        ",\"event\":\"rte-dropped\",\"severity\":\"warning\",\"reason\":\"martian\",\"interface\":\"eth?\","
        "\"neighbor\":\"" BOB "\",\"prefix\":\"ff00::/8\",\"metric\":2,\"tag\":7,\"suppressed\":9,"
        "\"text\":\"eth?: RTE dropped ff00::/8 from " BOB
        ": a prefix that must never be a route [9 more like it not shown]\"}\n");
    memset(&e, 0, sizeof e);
    e.kind = RIPNG_EV_KERNEL_REFUSED;
    e.error = ENOBUFS;
    w->peers[p].size = 0;
    control_event(w->control, &e);
    run_a_little(w);
    assert_string_equal(
        strchr(w->peers[p].data, ','),
        ",\"event\":\"kernel-refused\",\"severity\":\"warning\",\"error\":\"No buffer space available\","
        "\"text\":\"the kernel refused a change: No buffer space available\"}\n");
}

static void each_monitor_gets_each_event(void **state)
{
    struct world *w = *state;
    unsigned a = monitor(w), b = monitor(w);
    tell(w, 3);
    run_a_little(w);
    tell(w, 2);
    run_a_little(w);
    assert_int_equal(count(w->peers[a].data, "\"route-new\""), 5);
    assert_int_equal(count(w->peers[b].data, "\"route-new\""), 5);
}

static void a_slow_one_is_told_how_many_events_it_missed(void **state)
{
    struct world *w = *state;
    unsigned p = monitor(w);
    w->peers[p].stuck = true;
    for (int i = 0; i < 100; i++) {
        tell(w, 100);
        run_a_little(w); /* the socket's buffer takes some of them */
    }
    w->peers[p].stuck = false;
    for (int i = 0; i < 200; i++)
        run_a_little(w);
    const char *missed = strstr(w->peers[p].data, "\"missed\":");
    assert_non_null(missed);
    assert_int_equal(count(w->peers[p].data, "\"missed\":"), 1);
    assert_int_equal(count(w->peers[p].data, "\"route-new\"") + strtoul(missed + 9, NULL, 10), 10000);
}

static void events_that_the_engine_lost_are_told(void **state)
{
    struct world *w = *state;
    unsigned p = monitor(w);
    control_events_lost(w->control, 77);
    run_a_little(w);
    assert_non_null(strstr(w->peers[p].data, "\"event\":\"missed\",\"severity\":\"warning\",\"missed\":77,"));
}

static void one_that_waits_is_not_still_and_keeps_no_loop_busy(void **state)
{
    struct world *w = *state;
    unsigned p = monitor(w);
    control_set_still(w->control, 100000);
    int64_t end = clock_us() + 500000;
    unsigned turns = 0;
    while (clock_us() < end) {
        run_a_little(w);
        turns += w->turns;
    }
    assert_in_range(turns, 10, 150); /* our own timer's, 5 ms apart */
    assert_false(w->peers[p].eof);
    tell(w, 1);
    run_a_little(w);
    assert_int_equal(count(w->peers[p].data, "\"route-new\""), 1);
}

static void one_that_does_not_read_is_cut_in_the_end(void **state)
{
    struct world *w = *state;
    unsigned p = monitor(w);
    w->peers[p].stuck = true;
    control_set_still(w->control, 100000);
    int64_t end = clock_us() + 400000;
    while (clock_us() < end) {
        tell(w, 500);
        run_a_little(w);
    }
    control_set_still(w->control, CONTROL_STILL_US);
    w->peers[p].stuck = false;
    run_gone(w, p);
}

static void a_further_word_ends_it_and_is_answered(void **state)
{
    struct world *w = *state;
    unsigned p = monitor(w);
    tell(w, 1);
    peer_say(w, p, "show neigh\n");
    run_reply(w, p);
    run_a_little(w);
    assert_int_equal(count(w->peers[p].data, "{\"end\":true}\n"), 2);
    tell(w, 1);
    run_a_little(w);
    assert_int_equal(count(w->peers[p].data, "\"route-new\""), 1);
}

static void one_that_has_said_all_gets_its_end(void **state)
{
    struct world *w = *state;
    unsigned p = monitor(w);
    shutdown(w->peers[p].fd, SHUT_WR);
    run_reply(w, p);
    assert_string_equal(w->peers[p].data, "{\"end\":true}\n");
}

static void monitors_make_room_for_those_who_ask(void **state)
{
    struct world *w = *state;
    for (int i = 0; i < CONTROL_CLIENTS_MAX; i++)
        monitor(w);
    expect_answer(w, "show neigh\n", "{\"end\":true}\n");
}

static void monitors_come_and_go(void **state)
{
    struct world *w = *state;
    for (int i = 0; i < 3; i++) {
        unsigned p = monitor(w);
        tell(w, 100);
        if (i == 1)
            run_a_little(w);
        peer_drop(w, p);
        tell(w, 100);
        run_a_little(w);
    }
    expect_answer(w, "show neigh\n", "{\"end\":true}\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD(an_event_has_what_applies_and_a_sentence),
        WORLD(each_monitor_gets_each_event),
        WORLD(a_slow_one_is_told_how_many_events_it_missed),
        WORLD(events_that_the_engine_lost_are_told),
        WORLD(one_that_waits_is_not_still_and_keeps_no_loop_busy),
        WORLD(one_that_does_not_read_is_cut_in_the_end),
        WORLD(a_further_word_ends_it_and_is_answered),
        WORLD(one_that_has_said_all_gets_its_end),
        WORLD(monitors_make_room_for_those_who_ask),
        WORLD(monitors_come_and_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
