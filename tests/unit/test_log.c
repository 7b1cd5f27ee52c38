/* daemon/log.c: the limit for lines that others can cause. */
#include "kit.h"

#include "log.h"

static void five_lines_pass_at_once_then_one_a_second(void **state)
{
    (void)state;
    struct log_limit l = {0};
    struct ripng_time now = {SECONDS(7)};
    unsigned held = 99;
    for (int i = 0; i < 5; i++) {
        assert_true(log_limit_pass(&l, now, &held));
        assert_int_equal(held, 0);
    }
    for (int i = 0; i < 3; i++)
        assert_false(log_limit_pass(&l, now, &held));
    now.us += SECONDS(1);
    assert_true(log_limit_pass(&l, now, &held));
    assert_int_equal(held, 3);
    assert_false(log_limit_pass(&l, now, &held));
    now.us += SECONDS(1);
    assert_true(log_limit_pass(&l, now, &held));
    assert_int_equal(held, 1);
}

static void after_a_quiet_time_five_pass_again_and_no_more(void **state)
{
    (void)state;
    struct log_limit l = {0};
    struct ripng_time now = {SECONDS(7)};
    unsigned held;
    while (log_limit_pass(&l, now, &held))
        ;
    now.us += SECONDS(3600);
    int passed = 0;
    while (log_limit_pass(&l, now, &held))
        passed++;
    assert_int_equal(passed, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(five_lines_pass_at_once_then_one_a_second),
        cmocka_unit_test(after_a_quiet_time_five_pass_again_and_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
