/* cli/record.c: one strict JSON object a line; json-c stands by to say what is valid. */
#include "kit.h"

#include "record.h"

#include <json-c/json.h>

static bool reads(const char *text)
{
    struct record o;
    return record_read(&o, text, strlen(text));
}

/* The text of a field "a". */
static const char *value_of(const char *line)
{
    static char text[256];
    struct record o;
    if (!record_read(&o, line, strlen(line)))
        fail_msg("not read: %s", line);
    const struct record_field *f = record_find(&o, "a");
    assert_non_null(f);
    size_t n = record_text(f, text, sizeof text);
    assert_int_equal(strlen(text), n);
    return text;
}

static void what_is_valid_is_read(void **state)
{
    (void)state;
    static const char *const good[] = {
        "{}",
        " { } ",
        "{\"a\":1}",
        "{\"a\":-0.5e+10,\"b\":0,\"c\":1E3}",
        "{\"a\":true,\"b\":false,\"c\":null}",
        "{\"\":\"\"}",
        "{\"a\":[],\"b\":[1, \"x\" ,{}],\"c\":{\"d\":{}}}",
        "\t{ \"a\" :\r\n \"b\" , \"c\":[ ] }\n",
        "{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e4\\ud83d\\ude00\"}",
        "{\"a\":\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\"}",
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        if (!reads(good[i]))
            fail_msg("not read: %s", good[i]);
    }
}

static void what_is_not_valid_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        " ",
        "x",
        "1",
        "\"a\"",
        "[]",
        "null",
        "{",
        "}",
        "{\"a\"",
        "{\"a\":",
        "{\"a\":1",
        "{\"a\":1,",
        "{\"a\":1,}",
        "{,}",
        "{a:1}",
        "{'a':1}",
        "{\"a\" 1}",
        "{\"a\":1}x",
        "{\"a\":1}{}",
        "{\"a\":01}",
        "{\"a\":-}",
        "{\"a\":1.}",
        "{\"a\":.5}",
        "{\"a\":1e}",
        "{\"a\":+1}",
        "{\"a\":NaN}",
        "{\"a\":tru}",
        "{\"a\":True}",
        "{\"a\":\"x}",
        "{\"a\":\"\\x\"}",
        "{\"a\":\"\\u12\"}",
        "{\"a\":\"\\u12g4\"}",
        "{\"a\":\"\t\"}",
        "{\"a\":\"\\",
        "{\"a\":\"\xff\"}",
        "{\"a\":\"\xc0\x80\"}",
        "{\"a\":\"\xed\xa0\x80\"}",
        "{\"a\":\"\xe2\x82\"}",
        "{\"a\":\"\xf4\x90\x80\x80\"}",
        "{\"a\":[1,]}",
        "{\"a\":[1 2]}",
        "{\"a\":{}",
        "/**/{}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (reads(bad[i]))
            fail_msg("read: %s", bad[i]);
    }
}

static void a_nul_is_no_json(void **state)
{
    (void)state;
    struct record o;
    assert_false(record_read(&o, "{}\0", 3));
    assert_false(record_read(&o, "{\"a\0\":1}", 8));
}

static void depth_and_fields_have_a_limit(void **state)
{
    (void)state;
    char line[4096];
    struct record o;
    strcpy(line, "{\"a\":");
    for (int i = 1; i < RECORD_DEPTH_MAX; i++)
        strcat(line, "[");
    for (int i = 1; i < RECORD_DEPTH_MAX; i++)
        strcat(line, "]");
    assert_true(reads(strcat(line, "}")));
    memset(line, '[', sizeof line); /* as many as the daemon's line may be long: no stack for them */
    memcpy(line, "{\"a\":", 5);
    assert_false(record_read(&o, line, sizeof line));

    strcpy(line, "{\"a\":1");
    for (int i = 1; i < RECORD_FIELDS_MAX; i++)
        strcat(line, ",\"b\":2");
    assert_true(reads(strcat(line, "}")));
    line[strlen(line) - 1] = '\0';
    assert_false(reads(strcat(line, ",\"c\":3}")));
}

static void fields_are_found_by_their_whole_name(void **state)
{
    (void)state;
    const char *line = "{\"ab\":1,\"a\":2,\"abc\":3}";
    struct record o;
    assert_true(record_read(&o, line, strlen(line)));
    assert_int_equal(o.n, 3);
    assert_int_equal(*record_find(&o, "a")->value, '2');
    assert_null(record_find(&o, "b"));
    assert_null(record_find(&o, ""));
}

static void a_field_is_what_it_is_meant_to_be_or_the_other_answer(void **state)
{
    static const char line[] = "{\"n\":-1.5e2,\"t\":true,\"f\":false,\"s\":\"up\",\"q\":\"7\",\"z\":null}";
    struct record o;
    char name[8];
    (void)state;
    assert_true(record_read(&o, line, sizeof line - 1));
    assert_true(record_number(&o, "n", 7) == -150);
    assert_true(record_number(&o, "q", 7) == 7 && record_number(&o, "none", 7) == 7 &&
                record_number(&o, "z", 7) == 7);
    assert_true(record_true(&o, "t"));
    assert_false(record_true(&o, "f") || record_true(&o, "s") || record_true(&o, "none"));
    assert_true(record_is(&o, "s", "up"));
    assert_false(record_is(&o, "s", "u") || record_is(&o, "s", "upp") || record_is(&o, "t", "true") ||
                 record_is(&o, "none", ""));
    assert_int_equal(record_name(record_find(&o, "s"), name, sizeof name), 1);
    assert_string_equal(name, "s");
}

static void an_object_within_is_read_in_its_turn(void **state)
{
    (void)state;
    const char *line = "{\"t\":{\"a\":\"x\"},\"n\":1}";
    struct record o, inside;
    assert_true(record_read(&o, line, strlen(line)));
    assert_false(record_inside(&inside, record_find(&o, "n")));
    assert_true(record_inside(&inside, record_find(&o, "t")));
    assert_int_equal(inside.n, 1);
}

static void the_objects_of_a_list_are_read_one_after_the_other(void **state)
{
    (void)state;
    const char *line =
        "{\"l\": [ {\"a\":1} ,\t{\"b\":[{}],\"c\":\",]\"},{} ] ,\"no\":[],\"odd\":[{\"a\":1},7,{}]}";
    struct record o, item;
    size_t at = 0;
    assert_true(record_read(&o, line, strlen(line)));
    assert_true(record_item(&item, record_find(&o, "l"), &at) && record_find(&item, "a"));
    assert_true(record_item(&item, record_find(&o, "l"), &at) && record_find(&item, "c") && item.n == 2);
    assert_true(record_item(&item, record_find(&o, "l"), &at) && item.n == 0);
    assert_false(record_item(&item, record_find(&o, "l"), &at));
    assert_false(record_item(&item, record_find(&o, "l"), &at));
    at = 0;
    assert_false(record_item(&item, record_find(&o, "no"), &at));
    assert_true(record_item(&item, record_find(&o, "odd"), &at));
    assert_false(record_item(&item, record_find(&o, "odd"), &at));
}

static void escapes_become_characters(void **state)
{
    (void)state;
    assert_string_equal(value_of("{\"a\":\"x\\\"\\\\\\/y\"}"), "x\"\\/y");
    assert_string_equal(value_of("{\"a\":\"\\u0041\\u00e4\\u20ac\\ud83d\\ude00\"}"),
                        "A\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80");
    assert_string_equal(value_of("{\"a\":\"\\ud83d x \\ude00\\ud83d\"}"), "? x ??");
    assert_string_equal(value_of("{\"a\":-1.50}"), "-1.50");
    assert_string_equal(value_of("{\"a\":null}"), "null");
}

static void nothing_gets_through_that_drives_a_terminal(void **state)
{
    (void)state;
    assert_string_equal(value_of("{\"a\":\"\\u001b[2J\\n\\t\\u0000\\u009b\\u007f\"}"), "?[2J?????");
    assert_string_equal(value_of("{\"a\":\"\x7f\xc2\x9b\xc2\xa7\"}"), "??\xc2\xa7");
}

static void a_text_is_cut_to_its_room(void **state)
{
    (void)state;
    struct record o;
    char text[8];
    const char *line = "{\"a\":\"abcdef\\u20ac\"}";
    assert_true(record_read(&o, line, strlen(line)));
    memset(text, 'x', sizeof text);
    assert_int_equal(record_text(&o.fields[0], text, 4), 3);
    assert_string_equal(text, "abc");
    assert_int_equal(record_text(&o.fields[0], text, 8), 6); /* no half of a character */
    assert_string_equal(text, "abcdef");
    assert_int_equal(record_text(&o.fields[0], text, 1), 0);
}

/* Whatever is taken here json-c takes too: -j prints it as it is. */
static void what_is_read_is_json_to_others(void **state)
{
    (void)state;
    static const char seed_line[] =
        "{\"a\":\"x\\u00e4\xc3\xa4\",\"b\":[1.5,-2e3,true],\"c\":{\"d\":null,\"e\":\"\"}}";
    static const char bytes[] = "{}[]\":,\\u0e1.+-tfn \t\x01\x80\xc3\xe2z";
    struct json_tokener *t = json_tokener_new();
    json_tokener_set_flags(t, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    unsigned random = 1, taken = 0;
    for (int round = 0; round < 100000; round++) {
        char line[sizeof seed_line];
        struct record *o = malloc(sizeof *o); /* so that a sanitizer sees its ends */
        memcpy(line, seed_line, sizeof line);
        for (int i = 0; i < 1 + round % 3; i++) {
            random = random * 1103515245u + 12345u;
            line[(random >> 8) % (sizeof line - 1)] = bytes[(random >> 20) % (sizeof bytes - 1)];
        }
        size_t n = strlen(line);
        if (record_read(o, line, n)) {
            json_tokener_reset(t);
            json_object *other = json_tokener_parse_ex(t, line, (int)n + 1);
            if (!other)
                fail_msg("%s: %s", json_tokener_error_desc(json_tokener_get_error(t)), line);
            json_object_put(other);
            for (unsigned i = 0; i < o->n; i++) {
                char text[sizeof line];
                record_text(&o->fields[i], text, o->fields[i].size + 1);
            }
            taken++;
        }
        free(o);
    }
    json_tokener_free(t);
    assert_in_range(taken, 1000, 99000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_valid_is_read),
        cmocka_unit_test(what_is_not_valid_is_refused),
        cmocka_unit_test(a_nul_is_no_json),
        cmocka_unit_test(depth_and_fields_have_a_limit),
        cmocka_unit_test(fields_are_found_by_their_whole_name),
        cmocka_unit_test(a_field_is_what_it_is_meant_to_be_or_the_other_answer),
        cmocka_unit_test(an_object_within_is_read_in_its_turn),
        cmocka_unit_test(the_objects_of_a_list_are_read_one_after_the_other),
        cmocka_unit_test(escapes_become_characters),
        cmocka_unit_test(nothing_gets_through_that_drives_a_terminal),
        cmocka_unit_test(a_text_is_cut_to_its_room),
        cmocka_unit_test(what_is_read_is_json_to_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
