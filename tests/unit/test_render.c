/* cli/render.c, cli/view.c: what ripngctl prints, as people and scripts see it. */
#include "kit.h"

#include "render.h"
#include "view.h"

struct paper {
    struct render *r;
    FILE *file;
    char *text;
    size_t size;
    enum render_result last;
};

static void paper_open(struct paper *p, const struct render_view *view, bool json)
{
    p->text = NULL;
    p->file = open_memstream(&p->text, &p->size);
    p->r = render_new(view, json, (struct screen){.out = p->file});
    assert_non_null(p->r);
}

static enum render_result paper_line(struct paper *p, const char *line)
{
    p->last = render_line(p->r, line, strlen(line));
    fflush(p->file);
    return p->last;
}

static void paper_close(struct paper *p)
{
    render_free(p->r);
    fclose(p->file);
    free(p->text);
}

#define END "{\"end\":true}"

/* The lines (up to a NULL), then what is printed after the last. */
static void expect_print(const struct render_view *view, bool json, const char *const *lines,
                         enum render_result result, const char *text)
{
    struct paper p;
    paper_open(&p, view, json);
    for (; *lines; lines++)
        assert_int_equal(paper_line(&p, *lines), lines[1] ? RENDER_MORE : result);
    assert_string_equal(p.text, text);
    paper_close(&p);
}

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})

#define R1                                                                                                   \
    "{\"prefix\":\"2001:db8:1:2::/64\",\"nexthop\":\"fe80::a8bb:ccff:fedd:eeff\",\"interface\":\"eth0\","    \
    "\"metric\":2,\"tag\":0,\"source\":\"ripng\",\"state\":\"valid\",\"age\":28.9,\"expires\":151.1,"        \
    "\"installed\":true}"
#define R2                                                                                                   \
    "{\"prefix\":\"2001:db8:1::/64\",\"nexthop\":null,\"interface\":\"br-lan\",\"metric\":1,\"tag\":0,"      \
    "\"source\":\"connected\",\"state\":\"valid\",\"age\":3600,\"expires\":null,\"installed\":false}"
#define R3                                                                                                   \
    "{\"prefix\":\"2001:db8:1::/48\",\"nexthop\":null,\"interface\":null,\"metric\":1,\"tag\":0,"            \
    "\"source\":\"delegated\",\"state\":\"valid\",\"age\":90061,\"expires\":null,\"installed\":false}"
#define R4                                                                                                   \
    "{\"prefix\":\"::/0\",\"nexthop\":\"fe80::1\",\"interface\":\"eth0\",\"metric\":16,\"tag\":7,"           \
    "\"source\":\"ripng\",\"state\":\"garbage\",\"age\":1,\"expires\":119,\"installed\":false}"
#define R5                                                                                                   \
    "{\"prefix\":\"fd00::/8\",\"nexthop\":\"fe80::1\",\"interface\":\"eth0\",\"metric\":3,\"tag\":0,"        \
    "\"source\":\"ripng\",\"state\":\"valid\",\"age\":0.25,\"expires\":179.75,\"installed\":false}"

static void routes_are_sorted_by_prefix_and_aligned(void **state)
{
    (void)state;
    expect_print(&render_route, false, LINES(R1, R2, R3, END), RENDER_END,
                 "PREFIX             NEXT HOP                   INTERFACE  METRIC  EXPIRES\n"
                 "2001:db8:1::/48    delegated                  -               1        -\n"
                 "2001:db8:1::/64    connected                  br-lan          1        -\n"
                 "2001:db8:1:2::/64  fe80::a8bb:ccff:fedd:eeff  eth0            2    2m31s\n");
}

static void tag_and_state_show_where_they_say_something(void **state)
{
    (void)state;
    expect_print(&render_route, false, LINES(R5, R4, R2, END), RENDER_END,
                 "PREFIX           NEXT HOP   INTERFACE  METRIC  TAG  EXPIRES  STATE\n"
                 "::/0             fe80::1    eth0           16    7    1m59s  garbage\n"
                 "2001:db8:1::/64  connected  br-lan          1    0        -  valid\n"
                 "fd00::/8         fe80::1    eth0            3    0    2m59s  not installed\n");
}

static void further_next_hops_have_lines_of_their_own(void **state)
{
    static const char two[] =
        "{\"prefix\":\"2001:db8:7::/48\",\"nexthop\":\"fe80::1\",\"interface\":\"eth0\",\"metric\":3,"
        "\"tag\":7,\"source\":\"ripng\",\"state\":\"valid\",\"age\":1,\"expires\":100,\"installed\":false,"
        "\"nexthops\":[{\"nexthop\":\"fe80::1\",\"interface\":\"eth0\"},"
        "{\"nexthop\":\"fe80::a8bb:ccff:fedd:eeff\",\"interface\":null},"
        "{\"nexthop\":\"fe80::3\",\"interface\":\"enp0s31f6\"}]}";
    (void)state;
    expect_print(
        &render_route, false, LINES(two, R2, END), RENDER_END,
        "PREFIX           NEXT HOP                   INTERFACE  METRIC  TAG  EXPIRES  STATE\n"
        "2001:db8:1::/64  connected                  br-lan          1    0        -  valid\n"
        "2001:db8:7::/48  fe80::1                    eth0            3    7    1m40s  not installed\n"
        "                 fe80::a8bb:ccff:fedd:eeff  -\n"
        "                 fe80::3                    enp0s31f6\n");
}

/* A list of an older or newer daemon, or of none. */
static void a_strange_list_of_next_hops_does_no_harm(void **state)
{
    static const char *const lists[] = {"null", "[]", "[ ]", "7", "{}", "\"x\"", "[{}]", "[1,2]", "[[],{}]"};
    (void)state;
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        char line[200];
        snprintf(line, sizeof line,
                 "{\"prefix\":\"fd00::/8\",\"nexthop\":\"fe80::1\",\"interface\":\"e\",\"metric\":3,"
                 "\"source\":\"ripng\",\"tag\":0,\"state\":\"valid\",\"expires\":null,\"installed\":true,"
                 "\"nexthops\":%s}",
                 lists[i]);
        expect_print(&render_route, false, LINES(line, END), RENDER_END,
                     "PREFIX    NEXT HOP  INTERFACE  METRIC  EXPIRES\n"
                     "fd00::/8  fe80::1   e               3        -\n");
    }
}

static void a_gateway_of_our_own_says_where_it_is_from(void **state)
{
    (void)state;
    expect_print(&render_route, false,
                 LINES("{\"prefix\":\"fd00::/8\",\"nexthop\":\"fe80::1\",\"interface\":\"eth0\",\"metric\":1,"
                       "\"tag\":0,\"source\":\"static\",\"state\":\"valid\",\"expires\":null}",
                       END),
                 RENDER_END,
                 "PREFIX    NEXT HOP          INTERFACE  METRIC  EXPIRES\n"
                 "fd00::/8  fe80::1 (static)  eth0            1        -\n");
}

static void neighbours_are_a_table(void **state)
{
    (void)state;
    expect_print(&render_neigh, false,
                 LINES("{\"address\":\"fe80::1\",\"interface\":\"eth0\",\"routes\":12,\"seen\":3.217,"
                       "\"packets\":1234567,\"bad_packets\":0,\"bad_routes\":1}",
                       "{\"address\":\"fe80::a8bb:ccff:fedd:eeff\",\"interface\":\"wlan0\",\"routes\":0,"
                       "\"seen\":95,\"packets\":1,\"bad_packets\":2,\"bad_routes\":0}",
                       END),
                 RENDER_END,
                 "ADDRESS                    INTERFACE  ROUTES   SEEN  PACKETS  BAD PKT  BAD RTE\n"
                 "fe80::1                    eth0           12  3.22s  1234567        0        1\n"
                 "fe80::a8bb:ccff:fedd:eeff  wlan0           0  1m35s        1        2        0\n");
}

#define I1                                                                                                   \
    "{\"name\":\"eth0\",\"index\":2,\"address\":\"fe80::a0\",\"mtu\":1500,\"up\":true,\"passive\":false,"    \
    "\"metric\":1,\"split_horizon\":\"poison\",\"neighbors\":1,\"rx_packets\":10,\"tx_packets\":9,"          \
    "\"rx_errors\":0}"
#define I2                                                                                                   \
    "{\"name\":\"wg0\",\"index\":3,\"address\":null,\"mtu\":1420,\"up\":false,\"passive\":false,"            \
    "\"metric\":3,\"split_horizon\":\"off\",\"neighbors\":0,\"rx_packets\":0,\"tx_packets\":0,"              \
    "\"rx_errors\":0}"
#define I3                                                                                                   \
    "{\"name\":\"eth1\",\"index\":4,\"address\":\"fe80::a1\",\"mtu\":1500,\"up\":true,\"passive\":true,"     \
    "\"metric\":1,\"split_horizon\":\"poison\",\"neighbors\":0,\"rx_packets\":0,\"tx_packets\":0,"           \
    "\"rx_errors\":4}"

static void interfaces_are_a_table(void **state)
{
    (void)state;
    expect_print(&render_interface, false, LINES(I1, I3, END), RENDER_END,
                 "NAME  ADDRESS   STATE    NEIGHS  RX  TX  ERRORS\n"
                 "eth0  fe80::a0  up            1  10   9       0\n"
                 "eth1  fe80::a1  passive       0   0   0       4\n");
}

static void what_is_unusual_about_an_interface_gets_its_column(void **state)
{
    (void)state;
    expect_print(&render_interface, false, LINES(I1, I2, END), RENDER_END,
                 "NAME  ADDRESS   STATE   MTU  METRIC  HORIZON  NEIGHS  RX  TX  ERRORS\n"
                 "eth0  fe80::a0  up     1500       1  poison        1  10   9       0\n"
                 "wg0   -         down   1420       3  off           0   0   0       0\n");
}

#define STATUS                                                                                               \
    "{\"version\":\"0.1.0\",\"pid\":42,\"uptime\":7384.5,\"routes\":10,\"kernel_errors\":0,"                 \
    "\"kernel_retry_in\":61.25,"                                                                             \
    "\"timers\":{\"update\":30,\"timeout\":180,\"triggered_min\":0.05},\"drops\":{\"hop-limit\":3},"         \
    "\"something_new\":[1,2]}"

static void the_status_is_a_list_of_names_and_values(void **state)
{
    (void)state;
    expect_print(&render_status, false, LINES(STATUS, END), RENDER_END,
                 "version               0.1.0\n"
                 "pid                   42\n"
                 "uptime                2h3m\n"
                 "routes                10\n"
                 "kernel errors         0\n"
                 "kernel retry in       1m1s\n"
                 "timers update         30s\n"
                 "timers timeout        3m\n"
                 "timers triggered min  0.05s\n"
                 "drops hop-limit       3\n"
                 "something new         [1,2]\n");
}

static void an_empty_list_is_told_in_a_sentence(void **state)
{
    (void)state;
    static const struct render_view *const views[] = {&render_route, &render_neigh, &render_interface,
                                                      &render_reload};
    for (size_t i = 0; i < sizeof views / sizeof views[0]; i++) {
        struct paper p;
        paper_open(&p, views[i], false);
        assert_int_equal(paper_line(&p, END), RENDER_END);
        assert_in_range(p.size, 10, 90);
        assert_true(strcmp(p.text + p.size - 2, ".\n") == 0);
        paper_close(&p);
    }
}

static void a_refusal_prints_what_came_and_no_sentence(void **state)
{
    (void)state;
    struct paper p;
    paper_open(&p, &render_route, false);
    assert_int_equal(paper_line(&p, "{\"error\":\"no route to ::1/128\"}"), RENDER_REFUSED);
    assert_string_equal(p.text, "");
    assert_string_equal(render_reason(p.r), "no route to ::1/128");
    assert_int_equal(paper_line(&p, "{\"error\":null}"), RENDER_REFUSED);
    assert_string_equal(render_reason(p.r), "refused without a reason");
    paper_close(&p);
    expect_print(&render_reload, false,
                 LINES("{\"problem\":\"/etc/ripngd.conf:3: no such \\\"key\\\"\"}",
                       "{\"problem\":\"/etc/ripngd.conf:9: more\"}",
                       "{\"error\":\"configuration not changed\"}"),
                 RENDER_REFUSED,
                 "/etc/ripngd.conf:3: no such \"key\"\n"
                 "/etc/ripngd.conf:9: more\n");
}

static void json_is_one_array_as_it_comes(void **state)
{
    (void)state;
    struct paper p;
    paper_open(&p, &render_route, true);
    assert_int_equal(paper_line(&p, R4), RENDER_MORE);
    assert_string_equal(p.text, "[\n" R4);
    assert_int_equal(paper_line(&p, R1), RENDER_MORE);
    assert_int_equal(paper_line(&p, END), RENDER_END);
    assert_string_equal(p.text, "[\n" R4 ",\n" R1 "\n]\n");
    paper_close(&p);
}

static void an_empty_array_is_valid_json(void **state)
{
    (void)state;
    expect_print(&render_route, true, LINES(END), RENDER_END, "[]\n");
    expect_print(&render_route, true, LINES("{\"error\":\"no\"}"), RENDER_REFUSED, "[]\n");
    expect_print(&render_reload, true, LINES("{\"problem\":\"x\"}", "{\"error\":\"no\"}"), RENDER_REFUSED,
                 "[\n{\"problem\":\"x\"}\n]\n");
}

static void half_a_reply_does_not_look_whole(void **state)
{
    (void)state;
    expect_print(&render_route, true, LINES(R1, "oops"), RENDER_BAD, "[\n" R1);
    expect_print(&render_route, false, LINES(R1, "oops"), RENDER_BAD, "");
}

static void a_line_that_is_no_object_is_bad(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "[]",
                                      "true",
                                      "\"end\"",
                                      "{\"end\":true",
                                      "{\"end\":true}}",
                                      "\x16\x03\x01",
                                      "HTTP/1.1 400 Bad Request\r"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        expect_print(&render_route, i % 2, LINES(bad[i]), RENDER_BAD, "");
}

static void fields_that_are_missing_or_strange_do_no_harm(void **state)
{
    (void)state;
    expect_print(&render_route, false,
                 LINES("{}",
                       "{\"prefix\":12,\"nexthop\":[],\"metric\":\"x\",\"expires\":\"soon\",\"source\":{}}",
                       "{\"end\":true,\"more\":1}", END),
                 RENDER_END,
                 "PREFIX  NEXT HOP  INTERFACE  METRIC  TAG  EXPIRES  STATE\n"
                 "-       -         -               -    -        -  -\n"
                 "12      [] ({})   -               x    -        -  -\n"
                 "-       -         -               -    -        -  -\n");
}

static void a_name_drives_no_terminal_and_keeps_the_columns(void **state)
{
    (void)state;
    expect_print(&render_neigh, false,
                 LINES("{\"address\":\"fe80::1\",\"interface\":\"\\u001b[2J\\u00e4\",\"routes\":1,\"seen\":0,"
                       "\"packets\":1,\"bad_packets\":0,\"bad_routes\":0}",
                       "{\"address\":\"fe80::2\",\"interface\":\"a234567890\",\"routes\":1,\"seen\":0,"
                       "\"packets\":1,\"bad_packets\":0,\"bad_routes\":0}",
                       END),
                 RENDER_END,
                 "ADDRESS  INTERFACE   ROUTES  SEEN  PACKETS  BAD PKT  BAD RTE\n"
                 "fe80::1  ?[2J\xc3\xa4            1    0s        1        0        0\n"
                 "fe80::2  a234567890       1    0s        1        0        0\n");
}

static void a_cell_has_a_bound_and_a_problem_has_none(void **state)
{
    (void)state;
    static char line[60100], text[60000];
    struct paper p;
    memset(text, 'x', sizeof text - 1);
    snprintf(line, sizeof line, "{\"prefix\":\"%s\",\"nexthop\":\"%s\",\"source\":\"y\"}", "x", text);
    paper_open(&p, &render_route, false);
    assert_int_equal(paper_line(&p, line), RENDER_MORE);
    assert_int_equal(paper_line(&p, END), RENDER_END);
    assert_in_range(p.size, 200, 2000);
    paper_close(&p);
    snprintf(line, sizeof line, "{\"problem\":\"%s\"}", text);
    paper_open(&p, &render_reload, false);
    paper_line(&p, line);
    paper_line(&p, "{\"error\":\"no\"}");
    assert_int_equal(p.size, sizeof text);
    paper_close(&p);
    snprintf(line, sizeof line, "{\"%.300s\":\"%.300s\",\"group\":{\"%.300s\":1}}", text, text, text);
    paper_open(&p, &render_status, false);
    assert_int_equal(paper_line(&p, line), RENDER_MORE);
    assert_int_equal(paper_line(&p, END), RENDER_END);
    paper_close(&p);
}

static void a_hundred_thousand_routes_are_sorted(void **state)
{
    (void)state;
    struct paper p;
    struct ripng_prefix last = {0}, prefix;
    size_t lines = 0;
    paper_open(&p, &render_route, false);
    for (unsigned i = 0; i < 100000; i++) {
        char line[128];
        unsigned k = i * 7919u % 100000u;
        snprintf(line, sizeof line, "{\"prefix\":\"2001:db8:%x:%x::/64\",\"source\":\"connected\"}", k >> 8,
                 k & 255);
        assert_int_equal(render_line(p.r, line, strlen(line)), RENDER_MORE);
    }
    paper_line(&p, END);
    for (const char *s = strchr(p.text, '\n') + 1; *s; s = strchr(s, '\n') + 1, lines++) {
        char text[RIPNG_PREFIX_TEXT];
        size_t n = strcspn(s, " ");
        snprintf(text, sizeof text, "%.*s", (int)n, s);
        assert_true(ripng_prefix_parse(text, &prefix, NULL));
        assert_true(lines == 0 || ripng_prefix_compare(&last, &prefix) < 0);
        last = prefix;
    }
    assert_int_equal(lines, 100000);
    paper_close(&p);
}

static void durations_read_well(void **state)
{
    (void)state;
    static const struct {
        double seconds;
        const char *text;
    } cases[] = {
        {0, "0s"},
        {0.0001, "0s"},
        {0.05, "0.05s"},
        {0.25, "0.25s"},
        {3, "3s"},
        {3.2171, "3.22s"},
        {9.99, "9.99s"},
        {9.999, "9s"},
        {10, "10s"},
        {59.9, "59s"},
        {60, "1m"},
        {61, "1m1s"},
        {151.1, "2m31s"},
        {180, "3m"},
        {3600, "1h"},
        {3601, "1h"},
        {3661, "1h1m"},
        {86399, "23h59m"},
        {86400, "1d"},
        {90061, "1d1h"},
        {1e9, "11574d1h"},
        {-5, "0s"},
        {1e300, "11574074074d1h"},
        {0.0 / 0.0, "0s"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[VIEW_DURATION_TEXT];
        assert_string_equal(view_duration(cases[i].seconds, text), cases[i].text);
    }
}

#define E1 "{\"time\":\"2026-11-26T11:33:00.123Z\",\"event\":\"route-new\",\"text\":\"eth0: new route ::/0\"}"

static void events_are_printed_as_they_come(void **state)
{
    (void)state;
    struct paper p;
    setenv("TZ", "UTC", 1);
    paper_open(&p, &render_monitor, false);
    paper_line(&p, E1);
    assert_string_equal(p.text, "11:33:00 eth0: new route ::/0\n");
    paper_line(&p, "{\"time\":\"soon\",\"event\":\"missed\"}");
    assert_string_equal(p.text, "11:33:00 eth0: new route ::/0\nsoon missed\n");
    assert_int_equal(paper_line(&p, END), RENDER_END);
    assert_string_equal(p.text, "11:33:00 eth0: new route ::/0\nsoon missed\n");
    paper_close(&p);
}

static void events_in_json_are_an_object_a_line(void **state)
{
    (void)state;
    struct paper p;
    paper_open(&p, &render_monitor, true);
    paper_line(&p, E1);
    assert_string_equal(p.text, E1 "\n");
    paper_line(&p, E1);
    assert_int_equal(paper_line(&p, END), RENDER_END);
    assert_string_equal(p.text, E1 "\n" E1 "\n");
    paper_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(routes_are_sorted_by_prefix_and_aligned),
        cmocka_unit_test(tag_and_state_show_where_they_say_something),
        cmocka_unit_test(further_next_hops_have_lines_of_their_own),
        cmocka_unit_test(a_strange_list_of_next_hops_does_no_harm),
        cmocka_unit_test(a_gateway_of_our_own_says_where_it_is_from),
        cmocka_unit_test(neighbours_are_a_table),
        cmocka_unit_test(interfaces_are_a_table),
        cmocka_unit_test(what_is_unusual_about_an_interface_gets_its_column),
        cmocka_unit_test(the_status_is_a_list_of_names_and_values),
        cmocka_unit_test(an_empty_list_is_told_in_a_sentence),
        cmocka_unit_test(a_refusal_prints_what_came_and_no_sentence),
        cmocka_unit_test(json_is_one_array_as_it_comes),
        cmocka_unit_test(an_empty_array_is_valid_json),
        cmocka_unit_test(half_a_reply_does_not_look_whole),
        cmocka_unit_test(a_line_that_is_no_object_is_bad),
        cmocka_unit_test(fields_that_are_missing_or_strange_do_no_harm),
        cmocka_unit_test(a_name_drives_no_terminal_and_keeps_the_columns),
        cmocka_unit_test(a_cell_has_a_bound_and_a_problem_has_none),
        cmocka_unit_test(a_hundred_thousand_routes_are_sorted),
        cmocka_unit_test(durations_read_well),
        cmocka_unit_test(events_are_printed_as_they_come),
        cmocka_unit_test(events_in_json_are_an_object_a_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
