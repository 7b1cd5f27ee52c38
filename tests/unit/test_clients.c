/* daemon/control.c: many routes, many clients, and clients that do not behave. */
#include "control_world.h"

#include <fcntl.h>
#include <sys/stat.h>

static void a_hundred_thousand_routes_come_whole_and_each_once(void **state)
{
    struct world *w = *state;
    static uint8_t seen[100000];
    unsigned lines = 0;
    fill(w, 100000);
    unsigned p = peer_ask(w, "show route\n");
    run_reply(w, p);
    for (const char *s = w->peers[p].data; *s == '{'; s = strchr(s, '\n') + 1, lines++) {
        struct ripng_prefix prefix;
        char text[RIPNG_PREFIX_TEXT] = "";
        if (strncmp(s, "{\"prefix\":\"", 11) != 0)
            break;
        memccpy(text, s + 11, '"', sizeof text - 1);
        *strchr(text, '"') = '\0';
        assert_true(ripng_prefix_parse(text, &prefix, NULL));
        const uint8_t *a = prefix.addr.s6_addr;
        unsigned i = a[5] * 65536u + a[6] * 256u + a[7];
        assert_in_range(i, 0, 99999);
        assert_int_equal(seen[i]++, 0);
    }
    assert_int_equal(lines, 100000);
}

static void a_turn_makes_no_more_than_a_buffer_for_a_client(void **state)
{
    struct world *w = *state;
    fill(w, 5000);
    unsigned p = peer_ask(w, "show route\n");
    run_reply(w, p);
    assert_in_range(w->peers[p].most, 1000, CONTROL_OUT_SIZE);
}

static void a_client_that_does_not_read_waits_alone(void **state)
{
    struct world *w = *state;
    fill(w, 20000);
    unsigned stuck = peer_ask(w, "show route\n");
    w->peers[stuck].stuck = true;
    run_a_little(w);
    size_t lines = count(ask(w, "show route\n"), "\n");
    assert_int_equal(lines, 20001);
    /* It missed nothing by that. */
    w->peers[stuck].stuck = false;
    run_reply(w, stuck);
    assert_int_equal(count(w->peers[stuck].data, "\n"), 20001);
}

static void a_stuck_client_does_not_keep_the_loop_busy(void **state)
{
    struct world *w = *state;
    fill(w, 20000);
    unsigned stuck = peer_ask(w, "show route\n");
    w->peers[stuck].stuck = true;
    run_a_little(w);
    run_a_little(w);
    int64_t begin = clock_us();
    run_a_little(w);
    assert_true(clock_us() - begin > 20000); /* its turns are those of our own timer, 5 ms apart */
}

static void a_client_that_goes_in_the_middle_is_forgotten(void **state)
{
    struct world *w = *state;
    fill(w, 20000);
    for (int i = 0; i < 2 * CONTROL_CLIENTS_MAX; i++) {
        unsigned p = peer_ask(w, "show route\n");
        w->peers[p].stuck = true;
        run_a_little(w);
        peer_drop(w, p);
    }
    assert_int_equal(count(ask(w, "show route\n"), "\n"), 20001);
}

static void silent_clients_never_lock_anybody_out(void **state)
{
    struct world *w = *state;
    unsigned first = peer_new(w);
    for (int i = 0; i < 40; i++)
        peer_new(w);
    int64_t begin = clock_us();
    expect_answer(w, "show neigh\n", "{\"end\":true}\n");
    assert_true(clock_us() - begin < SECONDS(5));
    run_gone(w, first);
    assert_string_equal(w->peers[first].data,
                        "{\"error\":\"too many clients, and this one was still for longest\"}\n");
}

static void stuck_clients_make_room_after_a_while(void **state)
{
    struct world *w = *state;
    fill(w, 20000);
    for (int i = 0; i < CONTROL_CLIENTS_MAX; i++) {
        unsigned p = peer_ask(w, "show route\n");
        w->peers[p].stuck = true;
        run_a_little(w);
    }
    expect_answer(w, "show route ::1\n", "{\"error\":\"no route to ::1/128\"}\n");
}

static void busy_clients_all_get_their_answer(void **state)
{
    struct world *w = *state;
    unsigned first = w->n_peers;
    fill(w, 3000);
    for (int i = 0; i < 3 * CONTROL_CLIENTS_MAX; i++)
        peer_ask(w, "show route\n");
    for (unsigned p = first; p < w->n_peers; p++) {
        run_reply(w, p);
        assert_int_equal(count(w->peers[p].data, "\n"), 3001);
        peer_drop(w, p);
    }
}

static void a_client_that_is_still_for_too_long_is_cut_with_a_reason(void **state)
{
    struct world *w = *state;
    control_set_still(w->control, 100000);
    unsigned p = peer_ask(w, "show neigh\nshow ne");
    run_gone(w, p);
    assert_string_equal(w->peers[p].data,
                        "{\"end\":true}\n{\"error\":\"nothing sent or read for too long\"}\n");
}

static void a_client_that_gives_no_command_is_cut_sooner(void **state)
{
    struct world *w = *state;
    unsigned spoke = peer_ask(w, "show neigh\n");
    run_reply(w, spoke);
    unsigned mute = peer_ask(w, "show ne");
    control_set_mute(w->control, 100000);
    run_gone(w, mute);
    assert_string_equal(w->peers[mute].data, "{\"error\":\"no command came\"}\n");
    run_a_little(w);
    assert_false(w->peers[spoke].eof);
    assert_non_null(strstr(ask(w, "show status\n"), "\"clients\":2,\"clients_cut\":1,\"clients_refused\":0"));
}

static void members_of_the_group_may_look_but_change_nothing(void **state)
{
    struct world *w = *state;
    unsigned p = peer_member(w);
    peer_say(w, p, "show neigh\nreload\nshow neigh\n");
    run_reply(w, p);
    while (count(w->peers[p].data, "\n") < 3)
        run_a_little(w);
    assert_string_equal(w->peers[p].data, "{\"end\":true}\n"
                                          "{\"error\":\"this changes things, which only root may do\"}\n"
                                          "{\"end\":true}\n");
    assert_int_equal(w->reloads, 0);
    expect_answer(w, "reload\n", "{\"end\":true}\n");
    assert_int_equal(w->reloads, 1);
    assert_non_null(strstr(ask(w, "show status\n"), "\"clients_refused\":1"));
}

static void members_of_the_group_leave_places_for_root(void **state)
{
    struct world *w = *state;
    fill(w, 20000);
    for (int i = 0; i < CONTROL_MEMBERS_MAX; i++) {
        unsigned p = peer_member(w);
        peer_say(w, p, "show route\n");
        w->peers[p].stuck = true;
        run_a_little(w);
    }
    int64_t begin = clock_us();
    unsigned late = peer_member(w);
    run_gone(w, late);
    assert_string_equal(w->peers[late].data,
                        "{\"error\":\"too many clients, all of them at work; try again later\"}\n");
    expect_answer(w, "show route ::1\n", "{\"error\":\"no route to ::1/128\"}\n");
    assert_true(clock_us() - begin < CONTROL_STUCK_US);
}

static void silent_members_make_room_for_each_other_alone(void **state)
{
    struct world *w = *state;
    unsigned root = peer_new(w), first = peer_member(w);
    for (int i = 0; i < 2 * CONTROL_MEMBERS_MAX; i++)
        peer_member(w);
    run_gone(w, first);
    run_a_little(w);
    assert_false(w->peers[root].eof);
    assert_non_null(strstr(ask(w, "show status\n"), "\"clients\":14,\"clients_cut\":13,"));
}

static void a_client_that_does_not_read_for_too_long_is_cut(void **state)
{
    struct world *w = *state;
    fill(w, 20000);
    unsigned p = peer_ask(w, "show route\n");
    w->peers[p].stuck = true;
    run_a_little(w);
    control_set_still(w->control, 100000);
    int64_t end = clock_us() + 300000;
    while (clock_us() < end)
        run_a_little(w);
    control_set_still(w->control, CONTROL_STILL_US);
    w->peers[p].stuck = false;
    run_gone(w, p);
    assert_in_range(count(w->peers[p].data, "\n"), 1, 19999);
    assert_null(strstr(w->peers[p].data, "{\"end\":true}"));
}

static void a_client_that_is_not_still_stays(void **state)
{
    struct world *w = *state;
    unsigned p = peer_new(w);
    control_set_still(w->control, 1000000);
    int64_t end = clock_us() + 2500000;
    while (clock_us() < end) {
        w->peers[p].size = 0;
        peer_say(w, p, "show neigh\n");
        run_reply(w, p);
        run_a_little(w);
    }
    assert_false(w->peers[p].eof);
}

static void no_descriptor_is_left_to_a_child(void **state)
{
    struct world *w = *state;
    ask(w, "show neigh\n");
    for (int fd = 3; fd < 256; fd++) {
        int flags = fcntl(fd, F_GETFD);
        struct stat st;
        if (flags >= 0 && fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode))
            assert_true(flags & FD_CLOEXEC);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD(a_hundred_thousand_routes_come_whole_and_each_once),
        WORLD(a_turn_makes_no_more_than_a_buffer_for_a_client),
        WORLD(a_client_that_does_not_read_waits_alone),
        WORLD(a_stuck_client_does_not_keep_the_loop_busy),
        WORLD(a_client_that_goes_in_the_middle_is_forgotten),
        WORLD(silent_clients_never_lock_anybody_out),
        WORLD(stuck_clients_make_room_after_a_while),
        WORLD(busy_clients_all_get_their_answer),
        WORLD(a_client_that_is_still_for_too_long_is_cut_with_a_reason),
        WORLD(a_client_that_does_not_read_for_too_long_is_cut),
        WORLD(a_client_that_is_not_still_stays),
        WORLD(a_client_that_gives_no_command_is_cut_sooner),
        WORLD(members_of_the_group_may_look_but_change_nothing),
        WORLD(members_of_the_group_leave_places_for_root),
        WORLD(silent_members_make_room_for_each_other_alone),
        WORLD(no_descriptor_is_left_to_a_child),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
