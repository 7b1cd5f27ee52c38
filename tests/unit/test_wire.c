/* lib/wire.c: the packet of RFC 2080 2.1, bytes to RTEs and back. */
#include "kit.h"

#include "wire.h"

#define GUARD 0xa5

static uint8_t bytes[4096];

static enum ripng_reason read_bytes(struct ripng_reader *rd, const uint8_t *data, size_t size)
{
    return ripng_read_packet(rd, data, size);
}

static size_t header(uint8_t command, uint8_t version)
{
    memset(bytes, 0, sizeof(bytes));
    bytes[0] = command;
    bytes[1] = version;
    return 4;
}

static size_t add_rte(size_t at, const char *addr, unsigned tag, unsigned len, unsigned metric)
{
    struct in6_addr a = kit_addr(addr);
    memcpy(bytes + at, &a, 16);
    bytes[at + 16] = (uint8_t)(tag >> 8);
    bytes[at + 17] = (uint8_t)tag;
    bytes[at + 18] = (uint8_t)len;
    bytes[at + 19] = (uint8_t)metric;
    return at + 20;
}

/* --- reading ---------------------------------------------------------- */

static void a_packet_shorter_than_a_header_is_refused(void **state)
{
    (void)state;
    struct ripng_reader rd;
    header(RIPNG_RESPONSE, 1);
    for (size_t size = 0; size < 4; size++)
        assert_int_equal(read_bytes(&rd, bytes, size), RIPNG_WHY_SHORT);
}

static void a_packet_that_is_not_a_whole_number_of_rtes_is_refused(void **state)
{
    (void)state;
    struct ripng_reader rd;
    header(RIPNG_RESPONSE, 1);
    for (size_t size = 4; size < 4 + 5 * 20; size++)
        assert_int_equal(read_bytes(&rd, bytes, size),
                         (size - 4) % 20 == 0 ? RIPNG_WHY_NONE : RIPNG_WHY_LENGTH);
}

static void another_version_than_1_is_refused(void **state)
{
    (void)state;
    struct ripng_reader rd;
    for (unsigned v = 0; v < 256; v++) {
        size_t n = header(RIPNG_RESPONSE, (uint8_t)v);
        n = add_rte(n, "2001:db8::", 0, 32, 1);
        assert_int_equal(read_bytes(&rd, bytes, n), v == 1 ? RIPNG_WHY_NONE : RIPNG_WHY_VERSION);
    }
}

static void another_command_than_request_and_response_is_refused(void **state)
{
    (void)state;
    struct ripng_reader rd;
    for (unsigned c = 0; c < 256; c++) {
        size_t n = header((uint8_t)c, 1);
        n = add_rte(n, "2001:db8::", 0, 32, 1);
        enum ripng_reason why = read_bytes(&rd, bytes, n);
        assert_int_equal(why, c == 1 || c == 2 ? RIPNG_WHY_NONE : RIPNG_WHY_COMMAND);
        if (why == RIPNG_WHY_NONE)
            assert_int_equal(rd.command, c);
    }
}

/* RFC 2080 2.1 "must be zero"; be liberal in what is accepted. */
static void a_reserved_field_that_is_not_zero_is_noted_and_no_fault(void **state)
{
    (void)state;
    struct ripng_reader rd;
    struct ripng_rte rte;
    size_t n = add_rte(header(RIPNG_RESPONSE, 1), "2001:db8::", 0, 32, 1);

    assert_int_equal(read_bytes(&rd, bytes, n), RIPNG_WHY_NONE);
    assert_false(rd.must_be_zero_set);
    bytes[2] = 0x80;
    assert_int_equal(read_bytes(&rd, bytes, n), RIPNG_WHY_NONE);
    assert_true(rd.must_be_zero_set);
    bytes[2] = 0;
    bytes[3] = 1;
    assert_int_equal(read_bytes(&rd, bytes, n), RIPNG_WHY_NONE);
    assert_true(rd.must_be_zero_set);
    assert_true(ripng_read_rte(&rd, &rte));
    assert_int_equal(rte.len, 32);
}

static void a_packet_without_rtes_is_whole(void **state)
{
    (void)state;
    struct ripng_reader rd;
    struct ripng_rte rte;
    assert_int_equal(read_bytes(&rd, bytes, header(RIPNG_REQUEST, 1)), RIPNG_WHY_NONE);
    assert_int_equal(ripng_read_left(&rd), 0);
    assert_false(ripng_read_rte(&rd, &rte));
}

static void an_rte_is_read_as_it_stands(void **state)
{
    (void)state;
    struct ripng_reader rd;
    struct ripng_rte rte;
    struct in6_addr a = kit_addr("2001:db8:1:2:3:4:5:6");
    size_t n = add_rte(header(RIPNG_RESPONSE, 1), "2001:db8:1:2:3:4:5:6", 0xbeef, 200, 254);

    assert_int_equal(read_bytes(&rd, bytes, n), RIPNG_WHY_NONE);
    assert_true(ripng_read_rte(&rd, &rte));
    assert_true(ripng_addr_equal(&rte.addr, &a));
    assert_int_equal(rte.tag, 0xbeef);
    assert_int_equal(rte.len, 200);
    assert_int_equal(rte.metric, 254);
}

static void rtes_are_read_in_order_and_no_further(void **state)
{
    (void)state;
    struct ripng_reader rd;
    struct ripng_rte rte;
    size_t n = header(RIPNG_RESPONSE, 1);
    for (unsigned i = 0; i < 10; i++)
        n = add_rte(n, "2001:db8::", i, 32, 1);
    bytes[n + 19] = 7; /* what lies behind the end must stay there */

    assert_int_equal(read_bytes(&rd, bytes, n), RIPNG_WHY_NONE);
    for (unsigned i = 0; i < 10; i++) {
        assert_int_equal(ripng_read_left(&rd), 10 - i);
        assert_true(ripng_read_rte(&rd, &rte));
        assert_int_equal(rte.tag, i);
    }
    assert_int_equal(ripng_read_left(&rd), 0);
    assert_false(ripng_read_rte(&rd, &rte));
    assert_false(ripng_read_rte(&rd, &rte));
}

static void a_packet_may_lie_at_any_address(void **state)
{
    (void)state;
    static uint8_t shifted[100];
    struct ripng_reader rd;
    struct ripng_rte rte;
    size_t n = add_rte(header(RIPNG_RESPONSE, 1), "2001:db8::", 0x0102, 32, 3);
    for (size_t i = 0; i < 8; i++) {
        memcpy(shifted + i, bytes, n);
        assert_int_equal(read_bytes(&rd, shifted + i, n), RIPNG_WHY_NONE);
        assert_true(ripng_read_rte(&rd, &rte));
        assert_int_equal(rte.tag, 0x0102);
    }
}

/* --- writing ---------------------------------------------------------- */

static struct ripng_rte rte_of(const char *addr, unsigned tag, unsigned len, unsigned metric)
{
    return (struct ripng_rte){
        .addr = kit_addr(addr), .tag = (uint16_t)tag, .len = (uint8_t)len, .metric = (uint8_t)metric};
}

/* RFC 2080 2.1 */
static void a_written_packet_has_the_bytes_of_the_rfc(void **state)
{
    (void)state;
    static const uint8_t expect[] = {2, 1, 0, 0, 0x20, 0x01, 0x0d, 0xb8, 0,    0,    0,  0,
                                     0, 0, 0, 0, 0,    0,    0,    0,    0xab, 0xcd, 32, 5};
    struct ripng_writer w;
    struct ripng_rte rte = rte_of("2001:db8::", 0xabcd, 32, 5);

    memset(bytes, GUARD, sizeof(bytes));
    ripng_write_packet(&w, bytes, sizeof(bytes), RIPNG_RESPONSE);
    assert_int_equal(ripng_write_size(&w), RIPNG_HEADER_SIZE);
    ripng_write_rte(&w, &rte);
    assert_int_equal(ripng_write_size(&w), sizeof(expect));
    assert_memory_equal(bytes, expect, sizeof(expect));
    assert_int_equal(bytes[sizeof(expect)], GUARD);
}

/* RFC 2080 2.1.1: metric 0xFF, route tag and prefix length zero */
static void a_next_hop_rte_has_metric_255_and_nothing_else(void **state)
{
    (void)state;
    struct ripng_writer w;
    struct in6_addr a = kit_addr("fe80::b");

    memset(bytes, GUARD, sizeof(bytes));
    ripng_write_packet(&w, bytes, sizeof(bytes), RIPNG_RESPONSE);
    ripng_write_next_hop(&w, &a);
    assert_int_equal(ripng_write_size(&w), 24);
    assert_memory_equal(bytes + 4, &a, 16);
    assert_int_equal(bytes[20], 0);
    assert_int_equal(bytes[21], 0);
    assert_int_equal(bytes[22], 0);
    assert_int_equal(bytes[23], 255);
}

/* RFC 2080 2.4.1: one RTE, prefix zero, length zero, metric infinity */
static void the_whole_table_request_is_one_rte_of_zeros_and_16(void **state)
{
    (void)state;
    uint8_t expect[24] = {1, 1};
    struct ripng_writer w;

    expect[23] = 16;
    memset(bytes, GUARD, sizeof(bytes));
    ripng_write_packet(&w, bytes, sizeof(bytes), RIPNG_REQUEST);
    ripng_write_whole_table(&w);
    assert_int_equal(ripng_write_size(&w), sizeof(expect));
    assert_memory_equal(bytes, expect, sizeof(expect));
}

static void a_writer_never_goes_beyond_its_limit(void **state)
{
    (void)state;
    struct ripng_rte rte = rte_of("2001:db8::", 0, 32, 1);

    for (size_t size = 4; size < 4 + 3 * 20 + 5; size++) {
        struct ripng_writer w;
        memset(bytes, GUARD, sizeof(bytes));
        ripng_write_packet(&w, bytes, size, RIPNG_RESPONSE);
        for (int i = 0; i < 5; i++)
            ripng_write_rte(&w, &rte);
        assert_true(w.full);
        assert_int_equal(ripng_write_size(&w), 4 + (size - 4) / 20 * 20);
        for (size_t i = ripng_write_size(&w); i < size + 40; i++)
            assert_int_equal(bytes[i], GUARD);
    }
}

static void a_writer_without_room_for_a_header_writes_nothing(void **state)
{
    (void)state;
    struct ripng_rte rte = rte_of("2001:db8::", 0, 32, 1);

    for (size_t size = 0; size < 4; size++) {
        struct ripng_writer w;
        memset(bytes, GUARD, sizeof(bytes));
        ripng_write_packet(&w, bytes, size, RIPNG_RESPONSE);
        ripng_write_rte(&w, &rte);
        assert_true(w.full);
        for (size_t i = size; i < 64; i++)
            assert_int_equal(bytes[i], GUARD);
    }
}

static void full_is_told_only_when_something_stayed_out(void **state)
{
    (void)state;
    struct ripng_writer w;
    struct ripng_rte rte = rte_of("2001:db8::", 0, 32, 1);

    ripng_write_packet(&w, bytes, 4 + 2 * 20, RIPNG_RESPONSE);
    assert_false(w.full);
    assert_true(ripng_write_room(&w, 0));
    assert_true(ripng_write_room(&w, 2));
    assert_false(ripng_write_room(&w, 3));
    ripng_write_rte(&w, &rte);
    ripng_write_rte(&w, &rte);
    assert_false(w.full);
    assert_false(ripng_write_room(&w, 1));
    assert_true(ripng_write_room(&w, 0));
    ripng_write_rte(&w, &rte);
    assert_true(w.full);
}

static void room_for_a_huge_number_is_not_there(void **state)
{
    (void)state;
    struct ripng_writer w;
    ripng_write_packet(&w, bytes, sizeof(bytes), RIPNG_RESPONSE);
    assert_false(ripng_write_room(&w, SIZE_MAX));
    assert_false(ripng_write_room(&w, SIZE_MAX / 20 + 1));
    assert_false(ripng_write_room(&w, SIZE_MAX / 20 + 2));
}

static void what_is_written_can_be_read_again(void **state)
{
    (void)state;
    struct ripng_writer w;
    struct ripng_reader rd;
    struct ripng_rte rte;
    struct in6_addr hop = kit_addr("fe80::c");

    for (unsigned round = 0; round < 100; round++) {
        ripng_write_packet(&w, bytes, sizeof(bytes), RIPNG_RESPONSE);
        for (unsigned i = 0; i < round; i++) {
            rte = rte_of("2001:db8::", i * 641 + round, i % 129, i % 16 + 1);
            rte.addr.s6_addr[15] = (uint8_t)i;
            ripng_write_rte(&w, &rte);
        }
        ripng_write_next_hop(&w, &hop);
        assert_int_equal(read_bytes(&rd, bytes, ripng_write_size(&w)), RIPNG_WHY_NONE);
        assert_int_equal(rd.command, RIPNG_RESPONSE);
        assert_int_equal(rd.version, RIPNG_VERSION);
        for (unsigned i = 0; i < round; i++) {
            assert_true(ripng_read_rte(&rd, &rte));
            assert_int_equal(rte.addr.s6_addr[15], i);
            assert_int_equal(rte.tag, (uint16_t)(i * 641 + round));
            assert_int_equal(rte.len, i % 129);
            assert_int_equal(rte.metric, i % 16 + 1);
        }
        assert_true(ripng_read_rte(&rd, &rte));
        assert_int_equal(rte.metric, RIPNG_METRIC_NEXT_HOP);
        assert_true(ripng_addr_equal(&rte.addr, &hop));
        assert_false(ripng_read_rte(&rd, &rte));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_packet_shorter_than_a_header_is_refused),
        cmocka_unit_test(a_packet_that_is_not_a_whole_number_of_rtes_is_refused),
        cmocka_unit_test(another_version_than_1_is_refused),
        cmocka_unit_test(another_command_than_request_and_response_is_refused),
        cmocka_unit_test(a_reserved_field_that_is_not_zero_is_noted_and_no_fault),
        cmocka_unit_test(a_packet_without_rtes_is_whole),
        cmocka_unit_test(an_rte_is_read_as_it_stands),
        cmocka_unit_test(rtes_are_read_in_order_and_no_further),
        cmocka_unit_test(a_packet_may_lie_at_any_address),
        cmocka_unit_test(a_written_packet_has_the_bytes_of_the_rfc),
        cmocka_unit_test(a_next_hop_rte_has_metric_255_and_nothing_else),
        cmocka_unit_test(the_whole_table_request_is_one_rte_of_zeros_and_16),
        cmocka_unit_test(a_writer_never_goes_beyond_its_limit),
        cmocka_unit_test(a_writer_without_room_for_a_header_writes_nothing),
        cmocka_unit_test(full_is_told_only_when_something_stayed_out),
        cmocka_unit_test(room_for_a_huge_number_is_not_there),
        cmocka_unit_test(what_is_written_can_be_read_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
