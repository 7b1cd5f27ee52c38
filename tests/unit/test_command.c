/* daemon/command.c: a line of the control socket to a command. */
#include "kit.h"

#include "command.h"

static struct command expect_command(const char *line, enum command_kind kind)
{
    struct command c = {.kind = COMMAND_N};
    char why[COMMAND_WHY_MAX] = "";
    if (!command_parse(line, strlen(line), &c, why))
        fail_msg("'%s' refused: %s", line, why);
    assert_int_equal(c.kind, kind);
    return c;
}

static void expect_refused(const char *line, size_t size, const char *reason)
{
    struct command c;
    char why[COMMAND_WHY_MAX] = "";
    assert_false(command_parse(line, size, &c, why));
    if (strncmp(why, reason, strlen(reason)) != 0)
        fail_msg("refused with '%s', not '%s'", why, reason);
}

static void each_command_is_known_by_its_words(void **state)
{
    (void)state;
    assert_false(expect_command("show route", COMMAND_SHOW_ROUTE).has_prefix);
    expect_command("show neigh", COMMAND_SHOW_NEIGH);
    expect_command("show interface", COMMAND_SHOW_INTERFACE);
    expect_command("show status", COMMAND_SHOW_STATUS);
    expect_command("monitor", COMMAND_MONITOR);
    struct command q = expect_command("query fe80::1%eth0 ::/0 2001:db8::1", COMMAND_QUERY);
    assert_string_equal(q.query.ifname, "eth0");
    assert_int_equal(q.query.n_prefixes, 2);
    expect_command("reload", COMMAND_RELOAD);
}

static void blanks_between_and_around_words_do_not_matter(void **state)
{
    (void)state;
    expect_command("  show \t neigh  \r", COMMAND_SHOW_NEIGH);
}

static void a_prefix_is_masked_and_an_address_is_its_128(void **state)
{
    (void)state;
    struct command c = expect_command("show route 2001:db8::1/32", COMMAND_SHOW_ROUTE);
    struct ripng_prefix want = kit_prefix("2001:db8::/32");
    assert_true(c.has_prefix && ripng_prefix_equal(&c.prefix, &want));
    c = expect_command("show route 2001:db8::1", COMMAND_SHOW_ROUTE);
    assert_int_equal(c.prefix.len, 128);
}

static void what_is_no_prefix_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"show route x", "show route 2001:db8::/129", "show route fe80::1%eth0",
                                      "show route 10.0.0.0/8", "show route ::/"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        expect_refused(bad[i], strlen(bad[i]), "no prefix or address: ");
}

static void words_too_many_are_refused(void **state)
{
    (void)state;
    expect_refused("show neigh eth0", 15, "too many words after 'show neigh'");
    expect_refused("query fe80::1%e ::1 ::2 ::3 ::4 ::5 ::6 ::7 ::8 ::9 ::10 ::11", 60,
                   "more than 8 prefixes");
    expect_refused("query", 5, "whom? ");
    expect_refused("show route :: ::", 16, "too many words after 'show route'");
    expect_refused("reload now", 10, "too many words after 'reload'");
    expect_refused("show route :: :: :: :: :: ::", 28, "too many words");
}

static void parts_of_a_command_and_more_than_its_words_are_none(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      " ",
                                      "show",
                                      "sho route",
                                      "show rout",
                                      "show routes",
                                      "Show route",
                                      "reloads",
                                      "route",
                                      "monitors",
                                      "inquire fe80::1%eth0",
                                      "doctor"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        expect_refused(bad[i], strlen(bad[i]), "no such command: '");
}

static void a_nul_in_a_line_hides_nothing(void **state)
{
    (void)state;
    expect_refused("reload\0", 7, "no such command: 'reload?'");
}

static void a_long_line_is_quoted_in_part(void **state)
{
    (void)state;
    char line[COMMAND_LINE_MAX + 1];
    memset(line, 'a', sizeof line);
    expect_refused(line, COMMAND_LINE_MAX - 1,
                   "no such command: 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...'; there are: ");
    expect_refused(line, COMMAND_LINE_MAX, "line longer than 511 bytes");
    expect_refused(line, sizeof line, "line longer than 511 bytes");
}

static void any_byte_may_come(void **state)
{
    (void)state;
    unsigned seed = 7;
    for (int round = 0; round < 20000; round++) {
        char line[COMMAND_LINE_MAX], why[COMMAND_WHY_MAX] = "";
        struct command c;
        strcpy(line, "show route 2001:db8::1/32 x");
        size_t n = strlen(line);
        for (int i = 0; i < 3; i++) {
            seed = seed * 1103515245u + 12345u;
            line[(seed >> 8) % n] = (char)(seed >> 16);
        }
        seed = seed * 1103515245u + 12345u;
        if (!command_parse(line, (seed >> 8) % n, &c, why)) {
            assert_true(why[0] != '\0' && strlen(why) < COMMAND_WHY_MAX);
            continue;
        }
        assert_in_range(c.kind, 0, COMMAND_N - 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_command_is_known_by_its_words),
        cmocka_unit_test(blanks_between_and_around_words_do_not_matter),
        cmocka_unit_test(a_prefix_is_masked_and_an_address_is_its_128),
        cmocka_unit_test(what_is_no_prefix_is_refused),
        cmocka_unit_test(words_too_many_are_refused),
        cmocka_unit_test(parts_of_a_command_and_more_than_its_words_are_none),
        cmocka_unit_test(a_nul_in_a_line_hides_nothing),
        cmocka_unit_test(a_long_line_is_quoted_in_part),
        cmocka_unit_test(any_byte_may_come),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
