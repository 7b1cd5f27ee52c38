/*
 * daemon/control.c and daemon/show.c: real sockets in a directory of their own, a
 * real loop, and an engine that the kit has filled.
 *
 * The clients ("peers") live in the loop's turn function: each turn they take what
 * has come for them, unless a test has stuck them. test_endpoint.c has how the
 * socket comes to its place.
 */
#include "kit.h"

#include "control.h"

#include <fcntl.h>
#include <json-c/json.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_US SECONDS(30) /* a slow machine is no failure */
#define PEERS_MAX 64

struct peer {
    int fd;
    bool stuck; /* reads nothing */
    bool eof;
    char *data;
    size_t size, room, most; /* most: in one turn */
};

struct world {
    struct kit *k;
    struct loop *loop;
    struct control *control;
    char dir[32], path[64];
    struct peer peers[PEERS_MAX];
    unsigned n_peers, turns;
    bool (*until)(struct world *w);
    unsigned awaited; /* the peer that `until` looks at */
    int64_t deadline_us;
    int reload_result;
    unsigned reload_problems;
    const char *reload_line;
};

static int64_t clock_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* --- peers ------------------------------------------------------------- */

static void peer_read(struct peer *p)
{
    size_t got = 0;
    while (!p->stuck && !p->eof) {
        if (p->room - p->size < 65536) {
            p->room = 2 * p->room + 65537;
            p->data = realloc(p->data, p->room + 1);
            assert_non_null(p->data);
        }
        ssize_t n = recv(p->fd, p->data + p->size, p->room - p->size, MSG_DONTWAIT);
        if (n < 0 && errno == EAGAIN)
            break;
        p->eof = n <= 0; /* ECONNRESET too: we had sent what nobody wanted to read */
        if (n > 0) {
            p->size += (size_t)n;
            got += (size_t)n;
        }
    }
    if (p->data)
        p->data[p->size] = '\0';
    p->most = got > p->most ? got : p->most;
}

static void on_turn(void *arg)
{
    struct world *w = arg;
    w->turns++;
    for (unsigned i = 0; i < w->n_peers; i++)
        peer_read(&w->peers[i]);
    if (w->until(w) || clock_us() > w->deadline_us)
        loop_stop(w->loop);
    loop_wake_at(w->loop, (struct ripng_time){clock_us() + 5000});
}

/* The peer has a line that ends a reply, as its last. */
static bool replied(struct world *w)
{
    const struct peer *p = &w->peers[w->awaited];
    if (p->size == 0 || p->data[p->size - 1] != '\n')
        return false;
    const char *last = p->data + p->size - 1;
    while (last > p->data && last[-1] != '\n')
        last--;
    return strncmp(last, "{\"end\":", 7) == 0 || strncmp(last, "{\"error\":", 9) == 0;
}

static bool gone(struct world *w)
{
    return w->peers[w->awaited].eof;
}

static void run(struct world *w, bool (*until)(struct world *w), unsigned peer)
{
    w->until = until;
    w->awaited = peer;
    w->deadline_us = clock_us() + PATIENCE_US;
    loop_run(w->loop);
    if (!until(w))
        fail_msg("peer %u waits in vain; it has: %.300s", peer,
                 w->peers[peer].data ? w->peers[peer].data : "");
}

static bool turned(struct world *w)
{
    return w->turns >= 10;
}

/* Some turns, for things that ought not to happen. */
static void run_a_little(struct world *w)
{
    w->turns = 0;
    run(w, turned, 0);
}

static unsigned peer_new(struct world *w)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    struct peer *p = &w->peers[w->n_peers];
    assert_true(w->n_peers < PEERS_MAX);
    strcpy(addr.sun_path, w->path);
    *p = (struct peer){.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    assert_return_code(connect(p->fd, (struct sockaddr *)&addr, sizeof addr), errno);
    return w->n_peers++;
}

static void peer_say(struct world *w, unsigned peer, const char *text)
{
    assert_int_equal(send(w->peers[peer].fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

static unsigned peer_ask(struct world *w, const char *line)
{
    unsigned p = peer_new(w);
    peer_say(w, p, line);
    return p;
}

/* A new connection's whole reply to one line. */
static const char *ask(struct world *w, const char *line)
{
    unsigned p = peer_ask(w, line);
    run(w, replied, p);
    return w->peers[p].data;
}

static void expect_answer(struct world *w, const char *line, const char *answer)
{
    assert_string_equal(ask(w, line), answer);
}

static size_t count(const char *text, const char *what)
{
    size_t n = 0;
    while ((text = strstr(text, what))) {
        text += strlen(what);
        n++;
    }
    return n;
}

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

/* --- the world ---------------------------------------------------------- */

static int on_reload(void *arg, config_report_fn *report, void *report_arg)
{
    struct world *w = arg;
    for (unsigned i = 0; i < w->reload_problems; i++)
        report(report_arg, w->reload_line);
    return w->reload_result;
}

static const struct control_ops ops = {on_reload};

static int setup(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    kit_setup_fresh((void **)&w->k);
    w->k->now.us = clock_us(); /* the loop's clock is the real one */
    w->k->config.limits.routes = 0;
    kit_home(w->k);
    kit_start(w->k);
    strcpy(w->dir, "/tmp/ripngd-test-XXXXXX");
    assert_non_null(mkdtemp(w->dir));
    snprintf(w->path, sizeof w->path, "%s/sock", w->dir);
    assert_int_equal(loop_new(&w->loop, on_turn, w), 0);
    assert_int_equal(control_open(&w->control, w->loop, w->k->r, w->path, "", &ops, w), 0);
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;
    control_close(w->control);
    loop_free(w->loop);
    for (unsigned i = 0; i < w->n_peers; i++) {
        close(w->peers[i].fd);
        free(w->peers[i].data);
    }
    assert_return_code(rmdir(w->dir), errno); /* the socket is gone with its control */
    kit_teardown((void **)&w->k);
    free(w);
    return 0;
}

static void fill(struct world *w, unsigned n)
{
    static struct kit_in in;
    for (unsigned i = 0; i < n;) {
        kit_in(&in, KIT_RESPONSE, ETH0, BOB);
        for (unsigned j = 0; j < 3000 && i < n; i++, j++) {
            struct in6_addr a = {
                .s6_addr = {0x20, 1, 0xd, 0xb8, 0, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i}};
            kit_in_raw(&in, &a, 0, 64, 1);
        }
        kit_receive(w->k, &in);
    }
    kit_forget(w->k);
    assert_int_equal(kit_status(w->k).routes, n);
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
    static const char *const names[] = {"address", "interface",   "routes",    "seen",
                                        "packets", "bad_packets", "bad_routes"};
    static const enum json_type types[] = {json_type_string, json_type_string, json_type_int,
                                           json_type_double, json_type_int,    json_type_int,
                                           json_type_int};
    struct world *w = *state;
    kit_hear(w->k, ETH0, BOB, RTE("2001:db8::/32", 1));
    const char *reply = ask(w, "show neigh\n");
    expect_types(reply, names, types, 7);
    assert_non_null(strstr(reply, "{\"address\":\"fe80::b\",\"interface\":\"eth0\",\"routes\":1,\"seen\":"));
}

static void an_interface_has_the_fields_of_the_interface(void **state)
{
    static const char *const names[] = {"name",      "index",      "address",    "mtu",
                                        "up",        "passive",    "metric",     "split_horizon",
                                        "neighbors", "rx_packets", "tx_packets", "rx_errors"};
    static const enum json_type types[] = {json_type_string, json_type_int,     json_type_string,
                                           json_type_int,    json_type_boolean, json_type_boolean,
                                           json_type_int,    json_type_string,  json_type_int,
                                           json_type_int,    json_type_int,     json_type_int};
    struct world *w = *state;
    const char *reply = ask(w, "show interface\n");
    expect_types(reply, names, types, 12);
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
    static const char *const names[] = {"version",   "pid",        "uptime", "routes",
                                        "neighbors", "interfaces", "timers", "drops"};
    static const enum json_type types[] = {json_type_string, json_type_int,   json_type_double,
                                           json_type_int,    json_type_int,   json_type_int,
                                           json_type_object, json_type_object};
    static const char *const timers[] = {"update", "timeout", "garbage", "triggered_min", "triggered_max"};
    static const enum json_type numbers[] = {json_type_double, json_type_double, json_type_double,
                                             json_type_double, json_type_double};
    struct world *w = *state;
    const char *reply = ask(w, "show status\n");
    expect_types(reply, names, types, 8);
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
    run(w, replied, p);
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
    run(w, replied, p);
    assert_string_equal(w->peers[p].data, "{\"end\":true}\n");
}

static void the_last_line_needs_no_newline(void **state)
{
    struct world *w = *state;
    unsigned p = peer_ask(w, "show neigh\nshow neigh");
    shutdown(w->peers[p].fd, SHUT_WR);
    run(w, gone, p);
    assert_string_equal(w->peers[p].data, "{\"end\":true}\n{\"end\":true}\n");
}

static void an_unknown_command_is_told_the_valid_ones(void **state)
{
    expect_answer(*state, "show rout\n",
                  "{\"error\":\"no such command: 'show rout'; there are: show route [PREFIX], show neigh, "
                  "show interface, show status, reload\"}\n");
}

static void a_line_that_is_too_long_ends_the_connection_with_a_reason(void **state)
{
    struct world *w = *state;
    char line[5000];
    memset(line, 'x', sizeof line);
    line[sizeof line - 1] = '\0';
    unsigned p = peer_ask(w, line);
    run(w, gone, p);
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
    run(w, replied, p);
    while (count(w->peers[p].data, "\n") < 3)
        run_a_little(w);
    assert_int_equal(count(w->peers[p].data, "{\"error\":\"no such command: '"), 3);
    assert_null(strchr(w->peers[p].data, '\x1b'));
}

/* --- many routes, many clients ------------------------------------------- */

static void a_hundred_thousand_routes_come_whole_and_each_once(void **state)
{
    struct world *w = *state;
    static uint8_t seen[100000];
    unsigned lines = 0;
    fill(w, 100000);
    unsigned p = peer_ask(w, "show route\n");
    run(w, replied, p);
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
    run(w, replied, p);
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
    run(w, replied, stuck);
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
        w->turns = 0;
        run(w, turned, p);
        close(w->peers[p].fd);
        w->peers[p].fd = -1;
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
    run(w, gone, first);
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
        run(w, replied, p);
        assert_int_equal(count(w->peers[p].data, "\n"), 3001);
        close(w->peers[p].fd);
        w->peers[p].fd = -1;
        w->peers[p].eof = true;
    }
}

static void a_client_that_is_still_for_too_long_is_cut_with_a_reason(void **state)
{
    struct world *w = *state;
    control_set_still(w->control, 100000);
    unsigned p = peer_ask(w, "show ne");
    run(w, gone, p);
    assert_string_equal(w->peers[p].data, "{\"error\":\"nothing sent or read for too long\"}\n");
}

static void a_client_that_does_not_read_for_too_long_is_cut(void **state)
{
    struct world *w = *state;
    fill(w, 20000);
    unsigned p = peer_ask(w, "show route\n");
    w->peers[p].stuck = true;
    run_a_little(w);
    control_set_still(w->control, 100000);
    w->turns = 0;
    int64_t end = clock_us() + 300000;
    while (clock_us() < end)
        run_a_little(w);
    control_set_still(w->control, CONTROL_STILL_US);
    w->peers[p].stuck = false;
    run(w, gone, p);
    assert_in_range(count(w->peers[p].data, "\n"), 1, 19999);
    assert_null(strstr(w->peers[p].data, "{\"end\":true}"));
}

static void a_client_that_is_not_still_stays(void **state)
{
    struct world *w = *state;
    unsigned p = peer_new(w);
    control_set_still(w->control, 400000);
    int64_t end = clock_us() + 1200000;
    while (clock_us() < end) {
        w->peers[p].size = 0;
        peer_say(w, p, "show neigh\n");
        run(w, replied, p);
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_router_without_routes_says_so_with_the_end_alone),
        TEST(a_learned_route_has_the_fields_of_the_interface),
        TEST(a_route_of_our_own_has_null_for_next_hop_and_expiry),
        TEST(null_in_one_route_leaves_the_next_as_it_is),
        TEST(a_lost_route_is_shown_as_garbage),
        TEST(a_route_with_an_address_is_the_best_match),
        TEST(a_route_that_is_not_there_is_an_error_of_its_own),
        TEST(a_neighbour_has_the_fields_of_the_interface),
        TEST(an_interface_has_the_fields_of_the_interface),
        TEST(an_interface_without_an_address_shows_null),
        TEST(a_name_that_is_no_utf8_still_makes_valid_json),
        TEST(the_status_has_the_fields_of_the_interface),
        TEST(times_are_decimal_seconds),
        TEST(drops_are_counted_by_the_name_of_their_reason),
        TEST(a_good_reload_ends_without_a_word),
        TEST(a_bad_reload_tells_each_problem_and_that_nothing_changed),
        TEST(a_reload_that_fails_without_a_report_says_why),
        TEST(more_problems_than_the_buffer_holds_are_counted),
        TEST(several_commands_of_one_connection_are_answered_in_order),
        TEST(a_line_may_come_in_pieces),
        TEST(the_last_line_needs_no_newline),
        TEST(an_unknown_command_is_told_the_valid_ones),
        TEST(a_line_that_is_too_long_ends_the_connection_with_a_reason),
        TEST(the_longest_line_is_still_read),
        TEST(any_bytes_are_an_error_and_nothing_more),
        TEST(a_hundred_thousand_routes_come_whole_and_each_once),
        TEST(a_turn_makes_no_more_than_a_buffer_for_a_client),
        TEST(a_client_that_does_not_read_waits_alone),
        TEST(a_stuck_client_does_not_keep_the_loop_busy),
        TEST(a_client_that_goes_in_the_middle_is_forgotten),
        TEST(silent_clients_never_lock_anybody_out),
        TEST(stuck_clients_make_room_after_a_while),
        TEST(busy_clients_all_get_their_answer),
        TEST(a_client_that_is_still_for_too_long_is_cut_with_a_reason),
        TEST(a_client_that_does_not_read_for_too_long_is_cut),
        TEST(a_client_that_is_not_still_stays),
        TEST(no_descriptor_is_left_to_a_child),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
