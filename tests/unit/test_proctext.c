/* cli/proctext.c: lines of /proc/net. */
#include "kit.h"

#include "proctext.h"

static void a_bound_port_is_found_by_its_number(void **state)
{
    (void)state;
    static const char line[] =
        "  173: 00000000000000000000000000000000:0209 00000000000000000000000000000000:0000 07 "
        "00000000:00000000 00:00000000 00000000     0        0 3141592 2 0000000000000000 0\n";
    unsigned long inode = 0;
    assert_true(proctext_udp_port(line, 521, &inode));
    assert_int_equal(inode, 3141592);
    assert_false(proctext_udp_port(line, 520, &inode));
}

static void the_title_and_broken_lines_are_none(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "  sl  local_address                         remote_address                        st tx_queue "
        "rx_queue\n",
        "",
        "\n",
        "  173: ",
        "  173: 0209:0209",
        "  173: 00000000000000000000000000000000:0209 00000000000000000000000000000000:0000 07 "
        "00000000:00000000 00:00000000 00000000     0        0",
        "  x: 00000000000000000000000000000000:0209 0:0 07 0:0 0:0 0 0 0 1",
    };
    unsigned long inode = 0;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(proctext_udp_port(bad[i], 521, &inode));
}

static void a_listening_socket_is_found_by_its_inode(void **state)
{
    (void)state;
    char path[32];
    static const char line[] =
        "0000000000000000: 00000002 00000000 00010000 0001 01 27182 /run/ripngd of mine.sock\n";
    assert_true(proctext_unix_path(line, 27182, path, sizeof path));
    assert_string_equal(path, "/run/ripngd of mine.sock");
    assert_false(proctext_unix_path(line, 27183, path, sizeof path));
    assert_false(proctext_unix_path(line, 27182, path, 8)); /* half a path is none */
}

static void what_does_not_listen_or_has_no_path_is_none(void **state)
{
    (void)state;
    char path[32];
    static const char *const bad[] = {
        "0000000000000000: 00000003 00000000 00000000 0001 03 27182 /run/ripngd.sock\n",
        "0000000000000000: 00000002 00000000 00010000 0001 01 27182\n",
        "0000000000000000: 00000002 00000000 00010000 0001 01 27182 @abstract\n",
        "Num       RefCount Protocol Flags    Type St Inode Path\n",
        "",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(proctext_unix_path(bad[i], 27182, path, sizeof path));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bound_port_is_found_by_its_number),
        cmocka_unit_test(the_title_and_broken_lines_are_none),
        cmocka_unit_test(a_listening_socket_is_found_by_its_inode),
        cmocka_unit_test(what_does_not_listen_or_has_no_path_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
