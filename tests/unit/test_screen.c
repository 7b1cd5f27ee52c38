/* cli/screen.c, and the tables of cli/render.c as a terminal shows them: colours, and 80 columns. */
#include "kit.h"

#include "render.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

static const struct screen wide = {0}, terminal = {.colours = true, .width = 80}, plain80 = {.width = 80};

/* The lines, up to a NULL, and their end, as this screen shows them; to be freed. */
static char *shown(const struct render_view *view, struct screen screen, const char *const *lines)
{
    static const char end[] = "{\"end\":true}";
    char *text = NULL;
    size_t size;
    screen.out = open_memstream(&text, &size);
    struct render *r = render_new(view, false, screen);
    assert_non_null(r);
    for (; *lines; lines++)
        assert_int_equal(render_line(r, *lines, strlen(*lines)), RENDER_MORE);
    assert_int_equal(render_line(r, end, sizeof end - 1), RENDER_END);
    render_free(r);
    fclose(screen.out);
    return text;
}

static void expect_shown(const struct render_view *view, struct screen screen, const char *const *lines,
                         const char *expected)
{
    char *text = shown(view, screen, lines);
    assert_string_equal(text, expected);
    free(text);
}

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})

#define EUI "fe80::a8bb:ccff:fedd:eeff"
#define LONG "enp0s31f6.12345" /* 15 characters, as many as the kernel allows */

#define ROUTE(prefix, metric, tag, state, installed)                                                         \
    "{\"prefix\":\"" prefix "\",\"nexthop\":\"" EUI "\",\"interface\":\"" LONG "\",\"metric\":" metric       \
    ",\"tag\":" tag ",\"source\":\"ripng\",\"state\":\"" state "\",\"age\":28.9,\"expires\":151.1,"          \
    "\"installed\":" installed "}"
#define LAN ROUTE("2001:db8:1234:5678::/64", "15", "0", "valid", "true")
#define HOST ROUTE("2001:db8:1234:5678:9abc:def0:1234:5678/128", "2", "0", "valid", "true")
#define LOST ROUTE("2001:db8:1234:5679::/64", "16", "65535", "garbage", "false")
#define ABSENT ROUTE("2001:db8:1234:567a::/64", "3", "0", "valid", "false")

static void columns_move_together_where_80_are_not_enough(void **state)
{
    (void)state;
    expect_shown(&render_route, wide, LINES(LAN),
                 "PREFIX                   NEXT HOP                   INTERFACE        METRIC  EXPIRES\n"
                 "2001:db8:1234:5678::/64  fe80::a8bb:ccff:fedd:eeff  enp0s31f6.12345      15    2m31s\n");
    expect_shown(&render_route, plain80, LINES(LAN),
                 "PREFIX                  NEXT HOP                  INTERFACE       METRIC EXPIRES\n"
                 "2001:db8:1234:5678::/64 fe80::a8bb:ccff:fedd:eeff enp0s31f6.12345     15   2m31s\n");
}

static void a_long_prefix_has_a_line_above_the_rest_of_its_row(void **state)
{
    (void)state;
    expect_shown(&render_route, plain80, LINES(LAN, HOST),
                 "PREFIX                  NEXT HOP                  INTERFACE       METRIC EXPIRES\n"
                 "2001:db8:1234:5678::/64 fe80::a8bb:ccff:fedd:eeff enp0s31f6.12345     15   2m31s\n"
                 "2001:db8:1234:5678:9abc:def0:1234:5678/128\n"
                 "                        fe80::a8bb:ccff:fedd:eeff enp0s31f6.12345      2   2m31s\n");
}

static void what_is_unusual_has_a_line_below_its_row_where_there_is_no_place(void **state)
{
    (void)state;
    expect_shown(&render_neigh, plain80,
                 LINES("{\"address\":\"" EUI "\",\"interface\":\"" LONG "\",\"routes\":1000,\"seen\":30.5,"
                       "\"packets\":1234567,\"bad_packets\":12,\"bad_routes\":3,\"last_error\":\"hop-limit\","
                       "\"last_error_age\":4000}",
                       "{\"address\":\"fe80::1\",\"interface\":\"eth0\",\"routes\":0,\"seen\":1,"
                       "\"packets\":1,\"bad_packets\":0,\"bad_routes\":0,\"last_error\":null}"),
                 "ADDRESS                   INTERFACE       ROUTES SEEN PACKETS BAD PKT BAD RTE\n"
                 "fe80::a8bb:ccff:fedd:eeff enp0s31f6.12345   1000  30s 1234567      12       3\n"
                 "    LAST ERROR  hop-limit, 1h6m ago\n"
                 "fe80::1                   eth0                 0   1s       1       0       0\n");
    expect_shown(
        &render_path, plain80,
        LINES("{\"prefix\":\"2001:db8:1::/48\",\"nexthop\":\"" EUI "\",\"from\":\"" EUI "\","
              "\"interface\":\"" LONG "\",\"metric\":2,\"tag\":0,\"source\":\"ripng\",\"used\":true}",
              "{\"prefix\":\"2001:db8:1::/48\",\"nexthop\":\"fe80::1\",\"from\":\"fe80::1\","
              "\"interface\":\"" LONG "\",\"metric\":3,\"tag\":0,\"source\":\"ripng\",\"used\":false,"
              "\"why\":\"filtered\",\"rule\":3}"),
        "PREFIX           NEXT HOP                   INTERFACE        METRIC\n"
        "2001:db8:1::/48  fe80::a8bb:ccff:fedd:eeff  enp0s31f6.12345       2\n"
        "2001:db8:1::/48  fe80::1                    enp0s31f6.12345       3\n"
        "    USED  no: filtered, rule 3\n");
}

#define IFACE                                                                                                \
    "{\"name\":\"" LONG "\",\"address\":\"" EUI "\",\"mtu\":1492,\"up\":false,\"passive\":false,"            \
    "\"metric\":2,\"split_horizon\":\"simple\",\"neighbors\":12,\"rx_packets\":1234567,"                     \
    "\"tx_packets\":7654321,\"rx_errors\":12345,\"drops\":{\"hop-limit\":12345,\"martian\":3,"               \
    "\"not-accepted\":17,\"neighbor-limit\":99999,\"filtered\":1234567,\"route-limit\":12}}"

static void a_sentence_below_a_row_is_broken_between_words(void **state)
{
    (void)state;
    expect_shown(&render_interface, plain80, LINES(IFACE),
                 "NAME ADDRESS                   STATE  MTU METRIC HORIZON NEIGHS      RX      TX ERRORS\n"
                 "enp0s31f6.12345\n"
                 "     fe80::a8bb:ccff:fedd:eeff down  1492      2 simple      12 1234567 7654321  12345\n"
                 "    DROPS  hop-limit 12345, martian 3, not-accepted 17, neighbor-limit 99999,\n"
                 "           filtered 1234567, route-limit 12\n");
}

static void what_is_wrong_with_a_file_is_broken_between_words(void **state)
{
    (void)state;
    expect_shown(&render_reload, plain80,
                 LINES("{\"problem\":\"/etc/ripngd.conf:17: there is no setting 'metrics' in a section of "
                       "type interface, "
                       "did you mean 'metric'?\"}"),
                 "/etc/ripngd.conf:17: there is no setting 'metrics' in a section of type\n"
                 "    interface, did you mean 'metric'?\n");
    expect_shown(&render_reload, (struct screen){.width = 40}, LINES(NULL),
                 "The configuration has been read again\n"
                 "    and is in effect.\n");
}

/* The widest of what a home may have. Only an interface that is unusual in every way takes more, see above.
 */
static void all_tables_fit_80_columns(void **state)
{
    static const struct {
        const struct render_view *view;
        const char *const lines[5];
    } cases[] = {
        {&render_route, {LAN, HOST, LOST, ABSENT}},
        {&render_path,
         {"{\"prefix\":\"2001:db8:1234:5678:9abc:def0:1234:5678/128\",\"nexthop\":\"" EUI "\",\"from\":"
          "\"fe80::a8bb:ccff:fedd:eefe\",\"interface\":\"" LONG "\",\"metric\":16,\"tag\":0,"
          "\"source\":\"ripng\",\"used\":false,\"why\":\"filtered\",\"rule\":3}",
          LAN}},
        {&render_neigh,
         {"{\"address\":\"" EUI "\",\"interface\":\"" LONG "\",\"routes\":100000,\"seen\":100000,"
          "\"packets\":1234567,\"bad_packets\":1234567,\"bad_routes\":1234567,\"last_error\":\"prefix-"
          "length\","
          "\"last_error_age\":4000}"}},
        {&render_interface,
         {"{\"name\":\"" LONG "\",\"address\":\"" EUI "\",\"mtu\":1500,\"up\":true,\"passive\":true,"
          "\"metric\":2,\"split_horizon\":\"poison\",\"neighbors\":12,\"rx_packets\":1234567,"
          "\"tx_packets\":7654321,\"rx_errors\":12345,\"drops\":{\"hop-limit\":12345}}"}},
        {&render_query,
         {"{\"prefix\":\"2001:db8:1234:5678:9abc:def0:1234:5678/128\",\"nexthop\":\"" EUI "\",\"metric\":15,"
          "\"tag\":65535}"}},
        {&render_status,
         {"{\"version\":\"0.1.0\",\"timers\":{\"triggered_max\":5},\"drops\":{\"neighbor-limit\":3}}"}},
        {&render_monitor,
         {"{\"time\":\"2026-11-26T11:33:00.123Z\",\"event\":\"route-lost\",\"severity\":\"info\",\"text\":"
          "\"" LONG ": route lost 2001:db8:1234:5678:9abc:def0:1234:5678/128 via " EUI
          ", metric 3: not heard any more\"}"}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *text = shown(cases[i].view, plain80, cases[i].lines);
        for (const char *s = text; *s; s = strchr(s, '\n') + 1) {
            size_t n = strcspn(s, "\n");
            if (n > 80 || (n && s[n - 1] == ' '))
                fail_msg("%zu columns: %.*s", n, (int)n, s);
        }
        free(text);
    }
}

static void nothing_is_cut_short_however_narrow_the_screen(void **state)
{
    static const char *const words[] = {"2001:db8:1234:5678:9abc:def0:1234:5678/128",
                                        EUI,
                                        LONG,
                                        "65535",
                                        "2001:db8:1234:567a::/64",
                                        "installed",
                                        "garbage"};
    (void)state;
    for (unsigned width = 1; width < 200; width++) {
        char *text = shown(&render_route, (struct screen){.width = width}, LINES(LAN, HOST, LOST, ABSENT));
        for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
            if (!strstr(text, words[i]))
                fail_msg("width %u has no %s:\n%s", width, words[i], text);
        free(text);
    }
}

/* --- colours ---------------------------------------------------------------- */

static void colours_leave_the_columns_where_they_are(void **state)
{
    static const struct render_view *const views[] = {&render_route,     &render_path,  &render_neigh,
                                                      &render_interface, &render_query, &render_status,
                                                      &render_monitor};
    (void)state;
    for (size_t i = 0; i < sizeof views / sizeof views[0]; i++) {
        const char *const *lines = LINES(LAN, HOST, LOST, ABSENT, IFACE);
        char *plain = shown(views[i], plain80, lines), *coloured = shown(views[i], terminal, lines),
             *to = coloured;
        size_t colours = 0;
        for (const char *s = coloured; *s; s++) {
            if (*s == '\033') {
                s += strcspn(s, "m");
                colours++;
            } else {
                *to++ = *s;
            }
        }
        *to = '\0';
        assert_string_equal(coloured, plain);
        assert_true(colours % 2 == 0 && (colours > 0) == (views[i] != &render_status));
        free(plain);
        free(coloured);
    }
}

#define RED(x) "\033[31m" x "\033[0m"
#define GREEN(x) "\033[32m" x "\033[0m"
#define YELLOW(x) "\033[33m" x "\033[0m"
#define DIM(x) "\033[2m" x "\033[0m"
#define BOLD(x) "\033[1m" x "\033[0m"

static const struct screen vast = {.colours = true, .width = 200};

static void a_colour_says_what_matters(void **state)
{
    (void)state;
    expect_shown(
        &render_interface, vast,
        LINES("{\"name\":\"a\",\"address\":\"fe80::1\",\"mtu\":1500,\"up\":true,\"metric\":1,"
              "\"split_horizon\":\"poison\",\"neighbors\":1,\"rx_packets\":2,\"tx_packets\":3,"
              "\"rx_errors\":4}",
              "{\"name\":\"b\",\"address\":null,\"mtu\":1500,\"up\":false,\"metric\":1,"
              "\"split_horizon\":\"poison\",\"neighbors\":0,\"rx_packets\":0,\"tx_packets\":0,"
              "\"rx_errors\":0}"),
        BOLD("NAME") "  " BOLD("ADDRESS") "  " BOLD("STATE") "  " BOLD("NEIGHS") "  " BOLD("RX") "  " BOLD(
            "TX") "  " BOLD("ERRORS") "\n"
                                      "a     fe80::1  " GREEN("up") "          1   2   3       " YELLOW(
                                          "4") "\n"
                                               "b     -        " RED("down") "        0   0   0       0\n");
    expect_shown(&render_neigh, vast,
                 LINES("{\"address\":\"fe80::1\",\"interface\":\"a\",\"routes\":1,\"seen\":89,\"packets\":9,"
                       "\"bad_packets\":0,\"bad_routes\":0,\"interval\":30}",
                       "{\"address\":\"fe80::2\",\"interface\":\"a\",\"routes\":0,\"seen\":91,\"packets\":9,"
                       "\"bad_packets\":0,\"bad_routes\":0,\"interval\":30}"),
                 BOLD("ADDRESS") "  " BOLD("INTERFACE") "  " BOLD("ROUTES") "   " BOLD("SEEN") "  " BOLD(
                     "PACKETS") "  " BOLD("BAD PKT") "  " BOLD("BAD RTE") "\n"
                                                                          "fe80::1  a               1  1m29s "
                                                                          "       9        0        0\n"
                                                                          "fe80::2  a               0  " RED(
                                                                              "1m31s") "        9        0   "
                                                                                       "     0\n");
    expect_shown(
        &render_path, vast,
        LINES("{\"prefix\":\"::/0\",\"nexthop\":\"fe80::1\",\"from\":\"fe80::1\",\"interface\":\"a\","
              "\"metric\":3,\"tag\":0,\"source\":\"ripng\",\"used\":false,\"why\":\"worse-metric\"}"),
        BOLD("PREFIX") "  " BOLD("NEXT HOP") "  " BOLD("INTERFACE") "  " BOLD("METRIC") "  " BOLD("USED") "\n" DIM(
            "::/0") "    " DIM("fe80::1") "   " DIM("a") "               " DIM("3") "  " DIM("no: "
                                                                                             "worse-metric") "\n");
    expect_shown(&render_status, vast, LINES("{\"routes\":7,\"kernel_errors\":7,\"packets_lost\":0}"),
                 "routes         7\n"
                 "kernel errors  " YELLOW("7") "\n"
                                               "packets lost   0\n");
}

static void an_event_has_its_colour(void **state)
{
    static const struct {
        const char *event, *severity, *line;
    } cases[] = {
        {"interface-down", "notice", DIM("now") " " RED("x") "\n"},
        {"neighbor-silent", "warning", DIM("now") " " RED("x") "\n"},
        {"no-memory", "error", DIM("now") " " RED("x") "\n"},
        {"packet-dropped", "warning", DIM("now") " " YELLOW("x") "\n"},
        {"neighbor-back", "notice", DIM("now") " " GREEN("x") "\n"},
        {"route-new", "info", DIM("now") " x\n"},
        {"route-freed", "debug", DIM("now") " " DIM("x") "\n"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char line[200];
        snprintf(line, sizeof line, "{\"time\":\"now\",\"event\":\"%s\",\"severity\":\"%s\",\"text\":\"x\"}",
                 cases[i].event, cases[i].severity);
        expect_shown(&render_monitor, terminal, LINES(line), cases[i].line);
    }
}

/* --- what standard output is -------------------------------------------------- */

static void a_file_and_a_pipe_have_no_width_and_no_colours(void **state)
{
    int ends[2];
    (void)state;
    assert_int_equal(pipe(ends), 0);
    FILE *pipe_end = fdopen(ends[1], "w"), *file = tmpfile();
    setenv("TERM", "xterm", 1);
    unsetenv("NO_COLOR");
    struct screen s = screen_of(pipe_end), t = screen_of(file);
    assert_true(!s.colours && s.width == 0 && s.out == pipe_end);
    assert_true(!t.colours && t.width == 0);
    fclose(pipe_end);
    fclose(file);
    close(ends[0]);
}

static void a_terminal_has_a_width_and_colours_unless_told_otherwise(void **state)
{
    static const struct {
        const char *term, *no_color;
        bool colours;
    } cases[] = {
        {"xterm-256color", NULL, true}, {"xterm", "", true}, {"xterm", "1", false}, {"xterm", "0", false},
        {"dumb", NULL, false},          {"", NULL, false},   {NULL, NULL, false},
    };
    (void)state;
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    assert_true(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
    FILE *tty = fopen(ptsname(master), "w");
    assert_non_null(tty);
    struct winsize size = {0};
    assert_int_equal(ioctl(master, TIOCSWINSZ, &size), 0);
    assert_int_equal(screen_of(tty).width, 80); /* a serial line knows no width */
    size.ws_col = 132;
    assert_int_equal(ioctl(master, TIOCSWINSZ, &size), 0);
    assert_int_equal(screen_of(tty).width, 132);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        (void)(cases[i].term ? setenv("TERM", cases[i].term, 1) : unsetenv("TERM"));
        (void)(cases[i].no_color ? setenv("NO_COLOR", cases[i].no_color, 1) : unsetenv("NO_COLOR"));
        assert_int_equal(screen_of(tty).colours, cases[i].colours);
    }
    fclose(tty);
    close(master);
}

static void expect_sentence(unsigned width, size_t at, size_t indent, const char *text, const char *expected)
{
    char *got = NULL;
    size_t size;
    struct screen s = {.out = open_memstream(&got, &size), .width = width};
    screen_sentence(&s, SCREEN_PLAIN, text, at, indent);
    fclose(s.out);
    assert_string_equal(got, expected);
    free(got);
}

static void a_sentence_is_broken_between_words_alone(void **state)
{
    (void)state;
    expect_sentence(0, 9, 9, "as long as it is", "as long as it is");
    expect_sentence(10, 0, 2, "one two three", "one two\n  three");
    expect_sentence(10, 0, 2, "one two th", "one two th");
    expect_sentence(10, 4, 2, "one two three", "one\n  two\n  three");
    expect_sentence(10, 0, 2, "2001:db8:1::/48 is gone", "2001:db8:1::/48\n  is gone");
    expect_sentence(10, 20, 20, "a b", "a\n                    b");
    expect_sentence(4, 0, 0, "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4 b", "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\nb");
    expect_sentence(10, 0, 2, "", "");
    expect_sentence(3, 0, 1, "     ", "   \n  ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_move_together_where_80_are_not_enough),
        cmocka_unit_test(a_long_prefix_has_a_line_above_the_rest_of_its_row),
        cmocka_unit_test(what_is_unusual_has_a_line_below_its_row_where_there_is_no_place),
        cmocka_unit_test(a_sentence_below_a_row_is_broken_between_words),
        cmocka_unit_test(what_is_wrong_with_a_file_is_broken_between_words),
        cmocka_unit_test(all_tables_fit_80_columns),
        cmocka_unit_test(nothing_is_cut_short_however_narrow_the_screen),
        cmocka_unit_test(colours_leave_the_columns_where_they_are),
        cmocka_unit_test(a_colour_says_what_matters),
        cmocka_unit_test(an_event_has_its_colour),
        cmocka_unit_test(a_file_and_a_pipe_have_no_width_and_no_colours),
        cmocka_unit_test(a_terminal_has_a_width_and_colours_unless_told_otherwise),
        cmocka_unit_test(a_sentence_is_broken_between_words_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
