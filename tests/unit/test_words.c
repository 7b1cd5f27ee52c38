/* cli/words.c: commands cut short. */
#include "kit.h"

#include "words.h"

static const char *const names[] = {"show route", "show neigh", "show status", "show stamp",
                                    "reload",     "ask",        "asked"};
#define NAMES (sizeof names / sizeof names[0])

static char fits[NAMES];

/* Up to three words; which command they are, -1: none. */
static int find(const char *a, const char *b, const char *c, struct words *w)
{
    char words[3][32];
    char *argv[3] = {words[0], words[1], words[2]};
    const char *typed[3] = {a, b, c};
    int argc = 0;
    while (argc < 3 && typed[argc]) {
        snprintf(words[argc], sizeof words[0], "%s", typed[argc]);
        argc++;
    }
    *w = words_find(names, NAMES, argc, argv, fits);
    return w->used ? (int)w->one : -1;
}

static void expect_command(const char *a, const char *b, const char *c, const char *name, int used)
{
    struct words w;
    int i = find(a, b, c, &w);
    assert_int_not_equal(i, -1);
    assert_string_equal(names[i], name);
    assert_int_equal(w.used, used);
}

/* `candidates`: one letter a name, 'x' for those that could have been meant. */
static void expect_none(const char *a, const char *b, int why, const char *candidates)
{
    struct words w;
    assert_int_equal(find(a, b, NULL, &w), -1);
    assert_int_equal(w.why, why);
    for (size_t i = 0; i < NAMES; i++)
        assert_int_equal(fits[i], candidates[i] == 'x');
}

static void whole_words_are_commands(void **state)
{
    (void)state;
    expect_command("show", "route", NULL, "show route", 2);
    expect_command("show", "route", "::/0", "show route", 2);
    expect_command("reload", NULL, NULL, "reload", 1);
    expect_command("reload", "route", NULL, "reload", 1);
}

static void words_may_be_cut_short_while_they_are_clear(void **state)
{
    (void)state;
    expect_command("sh", "ro", NULL, "show route", 2);
    expect_command("s", "n", "x", "show neigh", 2);
    expect_command("show", "stat", NULL, "show status", 2);
    expect_command("r", NULL, NULL, "reload", 1);
}

static void a_whole_word_is_itself_though_others_begin_with_it(void **state)
{
    (void)state;
    expect_command("ask", NULL, NULL, "ask", 1);
    expect_command("aske", NULL, NULL, "asked", 1);
}

static void what_is_ambiguous_has_candidates(void **state)
{
    (void)state;
    expect_none("as", NULL, WORDS_AMBIGUOUS, ".....xx");
    expect_none("sh", "sta", WORDS_AMBIGUOUS, "..xx...");
}

static void what_is_unknown_has_those_that_begin_as_well(void **state)
{
    (void)state;
    expect_none("x", NULL, WORDS_UNKNOWN, "xxxxxxx");
    expect_none("", NULL, WORDS_UNKNOWN, "xxxxxxx");
    expect_none("show", "routes", WORDS_UNKNOWN, "xxxx...");
    expect_none("s", "", WORDS_UNKNOWN, "xxxx...");
    expect_none("SHOW", "route", WORDS_UNKNOWN, "xxxxxxx");
}

static void a_word_that_is_missing_has_candidates(void **state)
{
    (void)state;
    expect_none("s", NULL, WORDS_MISSING, "xxxx...");
    expect_none(NULL, NULL, WORDS_MISSING, "xxxxxxx");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_words_are_commands),
        cmocka_unit_test(words_may_be_cut_short_while_they_are_clear),
        cmocka_unit_test(a_whole_word_is_itself_though_others_begin_with_it),
        cmocka_unit_test(what_is_ambiguous_has_candidates),
        cmocka_unit_test(what_is_unknown_has_those_that_begin_as_well),
        cmocka_unit_test(a_word_that_is_missing_has_candidates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
