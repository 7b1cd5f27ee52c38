/*
 * daemon/control.c and daemon/show.c: what each command answers, over a real socket.
 * test_clients.c has many clients and bad ones, test_endpoint.c how the socket
 * comes to its place.
 */
#include "control_world.h"

#include <json-c/json.h>
#include <sys/socket.h>

/* The first line of a reply as an object, until the teardown of json-c's memory by json_object_put(). */
static struct json_object *object(const char *reply)
{
    struct json_tokener *t = json_tokener_new_ex(8);
    json_tokener_set_flags(t, JSON_TOKENER_STRICT | JSON_TOKENER_ALLOW_TRAILING_CHARS);
    struct json_object *o = json_tokener_parse_ex(t, reply, (int)strlen(reply));
    json_tokener_free(t);
    assert_true(json_object_is_type(o, json_type_object));
    return o;
}

static void expect_types(const char *reply, const char *const *names, const enum json_type *types, size_t n)
{
    struct json_object *o = object(reply), *v;
    for (size_t i = 0; i < n; i++) {
        if (!json_object_object_get_ex(o, names[i], &v))
            fail_msg("no %s in %s", names[i], reply);
        if (json_object_get_type(v) != types[i] &&
            !(types[i] == json_type_double && json_object_is_type(v, json_type_int)))
            fail_msg("%s has the wrong type in %s", names[i], reply);
    }
    json_object_put(o);
}

/* --- commands ------------------------------------------------------------ */

static void a_router_without_routes_says_so_with_the_end_alone(void **state)
{
    expect_answer(*state, "show route\n", "{\"end\":true}\n");
    expect_answer(*state, "show neigh\n", "{\"end\":true}\n");
}

static void a_learned_route_has_the_fields_of_the_interface(void **state)
{
    static const char *const names[] = {"prefix", "nexthop", "interface", "metric",  "tag",
                                        "source", "state",   "age",       "expires", "installed"};
    static const enum json_type types[] = {
        json_type_string, json_type_string, json_type_string, json_type_int,    json_type_int,
        json_type_string, json_type_string, json_type_double, json_type_double, json_type_boolean};
    struct world *w = *state;
    kit_hear(w->k, ETH0, BOB, RTE_TAG("2001:db8::/32", 4, 99));
    const char *reply = ask(w, "show route\n");
    expect_types(reply, names, types, 10);
    assert_non_null(strstr(reply,
                           "{\"prefix\":\"2001:db8::/32\",\"nexthop\":\"fe80::b\",\"interface\":\"eth0\","
                           "\"metric\":5,\"tag\":99,\"source\":\"ripng\",\"state\":\"valid\",\"age\":"));
    assert_non_null(strstr(reply, ",\"installed\":true}\n{\"end\":true}\n"));
}

static void a_route_of_our_own_has_null_for_next_hop_and_expiry(void **state)
{
    struct world *w = *state;
    kit_kernel_add(w->k, kit_onlink("2001:db8:1::/64", ETH1));
    kit_kernel_add(w->k, kit_discard("2001:db8:2::/48"));
    const char *reply = ask(w, "show route\n");
    assert_non_null(
        strstr(reply, "\"2001:db8:1::/64\",\"nexthop\":null,\"interface\":\"eth1\",\"metric\":1,\"tag\":0,"
                      "\"source\":\"connected\""));
    assert_non_null(strstr(reply, "\"2001:db8:2::/48\",\"nexthop\":null,\"interface\":null,"));
    assert_int_equal(count(reply, "\"expires\":null,\"installed\":false}"), 2);
}

static void null_in_one_route_leaves_the_next_as_it_is(void **state)
{
    struct world *w = *state;
    kit_hear(w->k, ETH0, BOB, RTE("2001:db8:3::/48", 1));
    kit_kernel_add(w->k, kit_discard("2001:db8:2::/48"));
    kit_hear(w->k, ETH1, CAROL, RTE("2001:db8:4::/48", 1));
    const char *reply = ask(w, "show route\n");
    assert_int_equal(count(reply, "\"nexthop\":null"), 1);
    assert_int_equal(count(reply, "\"expires\":null"), 1);
    assert_non_null(strstr(reply, "\"2001:db8:3::/48\",\"nexthop\":\"fe80::b\",\"interface\":\"eth0\""));
    assert_non_null(strstr(reply, "\"2001:db8:4::/48\",\"nexthop\":\"fe80::c\",\"interface\":\"eth1\""));
}

static void several_next_hops_are_a_list_and_the_next_route_has_none(void **state)
{
    struct world *w = *state;
    w->k->config.kernel.multipath = 2;
    kit_configure(w->k);
    kit_hear(w->k, ETH0, BOB, RTE("2001:db8:3::/48", 1), RTE("2001:db8:4::/48", 1));
    kit_hear(w->k, ETH1, CAROL, RTE("2001:db8:3::/48", 1), RTE("2001:db8:5::/48", 1));
    const char *reply = ask(w, "show route\n");
    assert_int_equal(count(reply, "\"nexthops\""), 1);
    assert_non_null(strstr(reply, "\"2001:db8:3::/48\",\"nexthop\":\"fe80::b\",\"interface\":\"eth0\""));
    assert_non_null(strstr(reply, "\"installed\":true,\"nexthops\":["
                                  "{\"nexthop\":\"fe80::b\",\"interface\":\"eth0\"},"
                                  "{\"nexthop\":\"fe80::c\",\"interface\":\"eth1\"}]}\n"));
}

static void a_lost_route_is_shown_as_garbage(void **state)
{
    struct world *w = *state;
    kit_hear(w->k, ETH0, BOB, RTE("2001:db8::/32", 1));
    kit_hear(w->k, ETH0, BOB, RTE("2001:db8::/32", 16));
    const char *reply = ask(w, "show route\n");
    assert_non_null(strstr(reply, "\"metric\":16,"));
    assert_non_null(strstr(reply, "\"state\":\"garbage\""));
    assert_non_null(strstr(reply, "\"installed\":false"));
}

static void a_route_with_an_address_is_the_best_match(void **state)
{
    struct world *w = *state;
    kit_hear(w->k, ETH0, BOB, RTE("2001:db8::/32", 1), RTE("2001:db8:7::/48", 1));
    const char *reply = ask(w, "show route 2001:db8:7::1234\n");
    assert_non_null(strstr(reply, "{\"prefix\":\"2001:db8:7::/48\""));
    assert_int_equal(count(reply, "prefix"), 1);
    assert_non_null(strstr(ask(w, "show route 2001:db8:7::/40\n"), "{\"prefix\":\"2001:db8::/32\""));
}

static void a_route_that_is_not_there_is_an_error_of_its_own(void **state)
{
    struct world *w = *state;
    expect_answer(w, "show route 2001:db8::1\n", "{\"error\":\"no route to 2001:db8::1/128\"}\n");
    expect_answer(w, "show route x\n", "{\"error\":\"no prefix or address: 'x'\"}\n");
}

static void a_neighbour_has_the_fields_of_the_interface(void **state)
{
    static const char *const names[] = {"address", "interface",   "routes",     "seen",
                                        "packets", "bad_packets", "bad_routes", "interval"};
    static const enum json_type types[] = {json_type_string, json_type_string, json_type_int,
                                           json_type_double, json_type_int,    json_type_int,
                                           json_type_int,    json_type_null};
    struct world *w = *state;
    kit_hear(w->k, ETH0, BOB, RTE("2001:db8::/32", 1));
    const char *reply = ask(w, "show neigh\n");
    expect_types(reply, names, types, 8);
    assert_non_null(strstr(reply, "{\"address\":\"fe80::b\",\"interface\":\"eth0\",\"routes\":1,\"seen\":"));
}

static void an_interface_has_the_fields_of_the_interface(void **state)
{
    static const char *const names[] = {"name",       "index",     "address",       "mtu",       "up",
                                        "passive",    "metric",    "split_horizon", "neighbors", "rx_packets",
                                        "tx_packets", "rx_errors", "section",       "why"};
    static const enum json_type types[] = {
        json_type_string,  json_type_int, json_type_string, json_type_int, json_type_boolean,
        json_type_boolean, json_type_int, json_type_string, json_type_int, json_type_int,
        json_type_int,     json_type_int, json_type_null,   json_type_null};
    struct world *w = *state;
    const char *reply = ask(w, "show interface\n");
    expect_types(reply, names, types, 14);
    assert_non_null(strstr(reply, "\"name\":\"eth0\",\"index\":2,\"address\":\"fe80::a0\""));
    assert_int_equal(count(reply, "\"up\":true"), 2);
}

static void an_interface_without_an_address_shows_null(void **state)
{
    struct world *w = *state;
    kit_address_del(w->k, ETH0, OUR_ETH0);
    const char *reply = ask(w, "show interface\n");
    assert_non_null(strstr(reply, "\"name\":\"eth0\",\"index\":2,\"address\":null"));
    assert_non_null(strstr(reply, "\"up\":false"));
    assert_non_null(strstr(reply, "\"why\":\"no-link-local\""));
}

static void a_name_that_is_no_utf8_still_makes_valid_json(void **state)
{
    struct world *w = *state;
    kit_link_add(w->k, ETH2, "a\xff\x01\"\\b");
    kit_link_tell(w->k, ETH2);
    const char *reply = ask(w, "show interface\n");
    assert_non_null(strstr(reply, "\"name\":\"a\?\?\\\"\\\\b\""));
}

static void the_status_has_the_fields_of_the_interface(void **state)
{
    static const char *const names[] = {"version",    "pid",    "uptime", "routes", "neighbors",
                                        "interfaces", "timers", "drops",  "kernel", "redistribute"};
    static const enum json_type types[] = {
        json_type_string, json_type_int,    json_type_double, json_type_int,    json_type_int,
        json_type_int,    json_type_object, json_type_object, json_type_object, json_type_object};
    static const char *const timers[] = {"update", "timeout", "garbage", "triggered_min", "triggered_max"};
    static const enum json_type numbers[] = {json_type_double, json_type_double, json_type_double,
                                             json_type_double, json_type_double};
    struct world *w = *state;
    const char *reply = ask(w, "show status\n");
    expect_types(reply, names, types, 10);
    assert_non_null(strstr(reply, "\"kernel\":{\"table\":254,\"metric\":2048,\"protocol\":189}"));
    assert_non_null(strstr(
        reply, "\"redistribute\":{\"connected\":true,\"delegated\":true,\"static\":false,\"kernel\":false"));
    expect_types(strstr(reply, "\"timers\":") + 9, timers, numbers, 5);
    assert_int_equal(count(reply, "\n"), 2);
}

static void times_are_decimal_seconds(void **state)
{
    struct world *w = *state;
    w->k->config.timers.triggered_min_us = 50000;
    w->k->config.timers.triggered_max_us = 1234567;
    kit_configure(w->k);
    const char *reply = ask(w, "show status\n");
    assert_non_null(strstr(reply, "\"update\":30,\"timeout\":180,\"garbage\":120,"
                                  "\"triggered_min\":0.05,\"triggered_max\":1.234}"));
}

static void drops_are_counted_by_the_name_of_their_reason(void **state)
{
    struct world *w = *state;
    static struct kit_in in;
    assert_non_null(strstr(ask(w, "show status\n"), "\"drops\":{}"));
    kit_in(&in, KIT_RESPONSE, ETH0, BOB);
    in.port = 522;
    kit_receive(w->k, &in);
    char want[64];
    snprintf(want, sizeof want, "\"drops\":{\"%s\":1}", ripng_reason_name(RIPNG_WHY_PORT));
    assert_non_null(strstr(ask(w, "show status\n"), want));
}

/* --- reload -------------------------------------------------------------- */

static void a_good_reload_ends_without_a_word(void **state)
{
    expect_answer(*state, "reload\n", "{\"end\":true}\n");
}

static void a_bad_reload_tells_each_problem_and_that_nothing_changed(void **state)
{
    struct world *w = *state;
    w->reload_result = -EINVAL;
    w->reload_problems = 2;
    w->reload_line = "/etc/ripngd.conf:3: no such \"key\"";
    expect_answer(w, "reload\n",
                  "{\"problem\":\"/etc/ripngd.conf:3: no such \\\"key\\\"\"}\n"
                  "{\"problem\":\"/etc/ripngd.conf:3: no such \\\"key\\\"\"}\n"
                  "{\"error\":\"configuration not changed\"}\n");
}

static void a_good_reload_tells_what_of_it_waits(void **state)
{
    struct world *w = *state;
    w->reload_problems = 1;
    w->reload_line = "the user stays root";
    expect_answer(w, "reload\n", "{\"problem\":\"the user stays root\"}\n{\"end\":true}\n");
}

static void a_reload_that_fails_without_a_report_says_why(void **state)
{
    struct world *w = *state;
    w->reload_result = -ENOMEM;
    expect_answer(w, "reload\n", "{\"error\":\"configuration not changed: Cannot allocate memory\"}\n");
}

static void more_problems_than_the_buffer_holds_are_counted(void **state)
{
    struct world *w = *state;
    char line[3000];
    memset(line, '"', sizeof line - 1); /* the worst: two bytes each, cut at 1,000 */
    line[sizeof line - 1] = '\0';
    w->reload_result = -EINVAL;
    w->reload_problems = 1000;
    w->reload_line = line;
    const char *reply = ask(w, "reload\n");
    size_t told = count(reply, "{\"problem\":");
    char want[100];
    assert_in_range(told, 4, 100);
    snprintf(want, sizeof want,
             "{\"error\":\"configuration not changed; %zu more problems are not shown\"}\n", 1000 - told);
    assert_non_null(strstr(reply, want));
}

/* --- lines --------------------------------------------------------------- */

static void several_commands_of_one_connection_are_answered_in_order(void **state)
{
    struct world *w = *state;
    kit_hear(w->k, ETH0, BOB, RTE("2001:db8::/32", 1));
    unsigned p = peer_ask(w, "show neigh\nshow nonsense\nshow route\n");
    run_reply(w, p);
    while (count(w->peers[p].data, "\n") < 5)
        run_a_little(w);
    char *neigh = strstr(w->peers[p].data, "\"address\""), *error = strstr(w->peers[p].data, "\"error\""),
         *route = strstr(w->peers[p].data, "\"prefix\"");
    assert_true(neigh && error && route && neigh < error && error < route);
    peer_say(w, p, "show route ::1\n");
    while (count(w->peers[p].data, "\n") < 6)
        run_a_little(w);
    assert_false(w->peers[p].eof);
}

static void a_line_may_come_in_pieces(void **state)
{
    struct world *w = *state;
    unsigned p = peer_ask(w, "show");
    run_a_little(w);
    peer_say(w, p, " neigh");
    run_a_little(w);
    assert_int_equal(w->peers[p].size, 0);
    peer_say(w, p, "\r\n");
    run_reply(w, p);
    assert_string_equal(w->peers[p].data, "{\"end\":true}\n");
}

static void the_last_line_needs_no_newline(void **state)
{
    struct world *w = *state;
    unsigned p = peer_ask(w, "show neigh\nshow neigh");
    shutdown(w->peers[p].fd, SHUT_WR);
    run_gone(w, p);
    assert_string_equal(w->peers[p].data, "{\"end\":true}\n{\"end\":true}\n");
}

static void an_unknown_command_is_told_the_valid_ones(void **state)
{
    expect_answer(
        *state, "show rout\n",
        "{\"error\":\"no such command: 'show rout'; there are: show route [all] [PREFIX], show neigh, "
        "show interface, show status, monitor, query ADDRESS%INTERFACE [PREFIX ...], reload\"}\n");
}

static void a_line_that_is_too_long_ends_the_connection_with_a_reason(void **state)
{
    struct world *w = *state;
    char line[5000];
    memset(line, 'x', sizeof line);
    line[sizeof line - 1] = '\0';
    unsigned p = peer_ask(w, line);
    run_gone(w, p);
    assert_string_equal(w->peers[p].data, "{\"error\":\"line longer than 511 bytes\"}\n");
}

static void the_longest_line_is_still_read(void **state)
{
    char line[512 + 1];
    memset(line, ' ', sizeof line);
    memcpy(line, "show neigh", 10);
    line[511] = '\n';
    line[512] = '\0';
    expect_answer(*state, line, "{\"end\":true}\n");
}

static void any_bytes_are_an_error_and_nothing_more(void **state)
{
    struct world *w = *state;
    unsigned p = peer_new(w);
    assert_int_equal(send(w->peers[p].fd, "show\0route\n\xff\xfe\x1b[2J\n\n", 19, 0), 19);
    run_reply(w, p);
    while (count(w->peers[p].data, "\n") < 3)
        run_a_little(w);
    assert_int_equal(count(w->peers[p].data, "{\"error\":\"no such command: '"), 3);
    assert_null(strchr(w->peers[p].data, '\x1b'));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD(a_router_without_routes_says_so_with_the_end_alone),
        WORLD(a_learned_route_has_the_fields_of_the_interface),
        WORLD(a_route_of_our_own_has_null_for_next_hop_and_expiry),
        WORLD(null_in_one_route_leaves_the_next_as_it_is),
        WORLD(several_next_hops_are_a_list_and_the_next_route_has_none),
        WORLD(a_lost_route_is_shown_as_garbage),
        WORLD(a_route_with_an_address_is_the_best_match),
        WORLD(a_route_that_is_not_there_is_an_error_of_its_own),
        WORLD(a_neighbour_has_the_fields_of_the_interface),
        WORLD(an_interface_has_the_fields_of_the_interface),
        WORLD(an_interface_without_an_address_shows_null),
        WORLD(a_name_that_is_no_utf8_still_makes_valid_json),
        WORLD(the_status_has_the_fields_of_the_interface),
        WORLD(times_are_decimal_seconds),
        WORLD(drops_are_counted_by_the_name_of_their_reason),
        WORLD(a_good_reload_ends_without_a_word),
        WORLD(a_bad_reload_tells_each_problem_and_that_nothing_changed),
        WORLD(a_good_reload_tells_what_of_it_waits),
        WORLD(a_reload_that_fails_without_a_report_says_why),
        WORLD(more_problems_than_the_buffer_holds_are_counted),
        WORLD(several_commands_of_one_connection_are_answered_in_order),
        WORLD(a_line_may_come_in_pieces),
        WORLD(the_last_line_needs_no_newline),
        WORLD(an_unknown_command_is_told_the_valid_ones),
        WORLD(a_line_that_is_too_long_ends_the_connection_with_a_reason),
        WORLD(the_longest_line_is_still_read),
        WORLD(any_bytes_are_an_error_and_nothing_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
