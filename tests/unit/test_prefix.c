/* lib/prefix.c: masks, order, containment, martians, hashes and text. */
#include "kit.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

static bool parsed(const char *text)
{
    struct ripng_prefix p;
    return ripng_prefix_parse(text, &p, NULL);
}

static void making_a_prefix_cuts_the_bits_beyond_its_length(void **state)
{
    (void)state;
    static const struct {
        const char *addr, *expect;
        unsigned len;
    } t[] = {
        {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::", 0},
        {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "8000::", 1},
        {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fe00::", 7},
        {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ff00::", 8},
        {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ff80::", 9},
        {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:8000::", 33},
        {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff::", 64},
        {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe", 127},
        {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 128},
        {"2001:db8:1:2:3:4:5:6", "2001:db8:1::", 48},
    };
    for (size_t i = 0; i < N(t); i++) {
        struct in6_addr a = kit_addr(t[i].addr), expect = kit_addr(t[i].expect);
        struct ripng_prefix p = ripng_prefix_make(&a, t[i].len);
        assert_int_equal(p.len, t[i].len);
        assert_memory_equal(&p.addr, &expect, 16);
    }
}

static void a_length_over_128_counts_as_128(void **state)
{
    (void)state;
    struct in6_addr a = kit_addr("2001:db8::1");
    assert_int_equal(ripng_prefix_make(&a, 129).len, 128);
    assert_int_equal(ripng_prefix_make(&a, 255).len, 128);
    assert_int_equal(ripng_prefix_make(&a, 4096).len, 128);
    struct ripng_prefix p = ripng_prefix_make(&a, 300);
    assert_memory_equal(&p.addr, &a, 16);
}

static void prefixes_are_equal_by_address_and_length(void **state)
{
    (void)state;
    struct ripng_prefix a = kit_prefix("2001:db8::/32"), b = kit_prefix("2001:db8::/33"),
                        c = kit_prefix("2001:db9::/32"), d = kit_prefix("2001:db8::/32");
    assert_true(ripng_prefix_equal(&a, &a));
    assert_true(ripng_prefix_equal(&a, &d));
    assert_false(ripng_prefix_equal(&a, &b));
    assert_false(ripng_prefix_equal(&a, &c));
}

static void prefixes_are_ordered_by_address_then_the_shorter_first(void **state)
{
    (void)state;
    static const char *const sorted[] = {
        "::/0",          "::1/128",           "2001:db8::/32",   "2001:db8::/48",
        "2001:db8::/64", "2001:db8:0:1::/64", "2001:db8:1::/48", "2001:db9::/32",
        "fd00::/8",      "fd00::/64",         "ff00::/8"};
    for (size_t i = 0; i < N(sorted); i++)
        for (size_t j = 0; j < N(sorted); j++) {
            struct ripng_prefix a = kit_prefix(sorted[i]), b = kit_prefix(sorted[j]);
            int c = ripng_prefix_compare(&a, &b);
            assert_int_equal(c < 0, i < j);
            assert_int_equal(c > 0, i > j);
        }
}

static void a_prefix_contains_itself_and_what_lies_in_it(void **state)
{
    (void)state;
    static const struct {
        const char *outer, *inner;
        bool yes;
    } t[] = {
        {"2001:db8::/32", "2001:db8::/32", true},
        {"2001:db8::/32", "2001:db8::/33", true},
        {"2001:db8::/32", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff/128", true},
        {"2001:db8::/32", "2001:db8::/31", false},
        {"2001:db8::/32", "2001:db9::/32", false},
        {"2001:db8::/33", "2001:db8:8000::/33", false},
        {"2001:db8::/33", "2001:db8:7fff::/48", true},
        {"::/0", "::/0", true},
        {"::/0", "ffff::/16", true},
        {"::/1", "::/0", false},
        {"2001:db8::1/128", "2001:db8::1/128", true},
        {"2001:db8::1/128", "2001:db8::2/128", false},
    };
    for (size_t i = 0; i < N(t); i++) {
        struct ripng_prefix o = kit_prefix(t[i].outer), p = kit_prefix(t[i].inner);
        if (ripng_prefix_contains(&o, &p) != t[i].yes)
            fail_msg("%s contains %s: not %d", t[i].outer, t[i].inner, t[i].yes);
    }
}

/* RFC 2080 2.4.2: "is the destination prefix valid; e.g., not a multicast prefix and not a link-local
 * address" */
static void martians_may_never_be_routes(void **state)
{
    (void)state;
    static const char *const martians[] = {
        "ff00::/8",
        "ff02::9/128",
        "ff02::/16",
        "fe80::/10",
        "fe80::/64",
        "fe80::1/128",
        "febf::/16",
        "::1/128",
        "::/128",
        "::ffff:0:0/96",
        "::ffff:192.0.2.1/128",
        "::ffff:10.0.0.0/104",
        "fe00::/7",
        "fe80::/9",
        "f000::/4",
        "8000::/1",
        "::/127",
        "::/8",
        "::/1",
    };
    for (size_t i = 0; i < N(martians); i++) {
        struct ripng_prefix p = kit_prefix(martians[i]);
        if (!ripng_prefix_martian(&p))
            fail_msg("%s is not taken for a martian", martians[i]);
    }
}

static void what_a_home_uses_is_no_martian(void **state)
{
    (void)state;
    static const char *const good[] = {
        "::/0",      "2000::/3",     "2001:db8::/32",  "2001:db8::1/128", "fd00::/8", "fd12:3456:789a::/48",
        "fc00::/7",  "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16",       "4000::/3", "2600::/12",
        "fec0::/10", "::2/128",
    };
    for (size_t i = 0; i < N(good); i++) {
        struct ripng_prefix p = kit_prefix(good[i]);
        if (ripng_prefix_martian(&p))
            fail_msg("%s is taken for a martian", good[i]);
    }
}

static void link_local_is_fe80_to_febf(void **state)
{
    (void)state;
    static const struct {
        const char *addr;
        bool yes;
    } t[] = {
        {"fe80::", true},       {"fe80::1", true},  {"febf:ffff::1", true}, {"fec0::", false},
        {"fe7f:ffff::", false}, {"ff02::1", false}, {"::", false},          {"2001:db8::1", false},
    };
    for (size_t i = 0; i < N(t); i++) {
        struct in6_addr a = kit_addr(t[i].addr);
        assert_int_equal(ripng_addr_is_linklocal(&a), t[i].yes);
    }
}

static void only_all_zeros_is_unspecified(void **state)
{
    (void)state;
    struct in6_addr zero = kit_addr("::"), one = kit_addr("::1"), high = kit_addr("8000::");
    assert_true(ripng_addr_is_unspecified(&zero));
    assert_false(ripng_addr_is_unspecified(&one));
    assert_false(ripng_addr_is_unspecified(&high));
    assert_true(ripng_addr_equal(&one, &one));
    assert_false(ripng_addr_equal(&one, &zero));
}

/* --- hash ------------------------------------------------------------- */

static uint64_t rotate(uint64_t x, int b)
{
    return x << b | x >> (64 - b);
}

static void sip_round(uint64_t v[4])
{
    v[0] += v[1], v[1] = rotate(v[1], 13) ^ v[0], v[0] = rotate(v[0], 32);
    v[2] += v[3], v[3] = rotate(v[3], 16) ^ v[2];
    v[0] += v[3], v[3] = rotate(v[3], 21) ^ v[0];
    v[2] += v[1], v[1] = rotate(v[1], 17) ^ v[2], v[2] = rotate(v[2], 32);
}

/* SipHash-1-3 as its authors describe it, to compare with. */
static uint64_t siphash13(const uint8_t *data, size_t size, const uint64_t seed[2])
{
    uint64_t v[4] = {seed[0] ^ 0x736f6d6570736575, seed[1] ^ 0x646f72616e646f6d, seed[0] ^ 0x6c7967656e657261,
                     seed[1] ^ 0x7465646279746573};
    uint64_t m = 0;
    for (size_t i = 0; i < size; i++) {
        m |= (uint64_t)data[i] << 8 * (i % 8);
        if (i % 8 == 7) {
            v[3] ^= m;
            sip_round(v);
            v[0] ^= m;
            m = 0;
        }
    }
    m |= (uint64_t)size << 56;
    v[3] ^= m;
    sip_round(v);
    v[0] ^= m;
    v[2] ^= 0xff;
    for (int i = 0; i < 3; i++)
        sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static void the_hash_of_bytes_is_siphash_1_3(void **state)
{
    (void)state;
    static const uint64_t seed[2] = {0x0706050403020100, 0x0f0e0d0c0b0a0908};
    uint8_t data[64];

    assert_true(siphash13(NULL, 0, seed) == 0xabac0158050fc4dcULL); /* the published vector */
    for (size_t i = 0; i < sizeof(data); i++) {
        data[i] = (uint8_t)i;
        if (ripng_hash_bytes(data, i, seed) != siphash13(data, i, seed))
            fail_msg("%zu bytes: another hash", i);
    }
}

static void the_hash_of_bytes_does_not_care_for_alignment(void **state)
{
    (void)state;
    static const uint64_t seed[2] = {1, 2};
    uint8_t data[64] = {0};
    for (size_t i = 0; i < 8; i++) {
        memmove(data + i, "twenty-one bytes long", 21);
        assert_true(ripng_hash_bytes(data + i, 21, seed) ==
                    ripng_hash_bytes("twenty-one bytes long", 21, seed));
    }
}

static void the_hash_of_a_prefix_depends_on_address_length_and_both_seeds(void **state)
{
    (void)state;
    uint64_t s[3][2] = {{1, 2}, {1, 3}, {0, 2}};
    struct ripng_prefix a = kit_prefix("2001:db8::/32"), again = kit_prefix("2001:db8::/32"),
                        longer = kit_prefix("2001:db8::/33"), other = kit_prefix("2001:db9::/32");
    assert_true(ripng_prefix_hash(&a, s[0]) == ripng_prefix_hash(&again, s[0]));
    assert_true(ripng_prefix_hash(&a, s[0]) != ripng_prefix_hash(&longer, s[0]));
    assert_true(ripng_prefix_hash(&a, s[0]) != ripng_prefix_hash(&other, s[0]));
    assert_true(ripng_prefix_hash(&a, s[0]) != ripng_prefix_hash(&a, s[1]));
    assert_true(ripng_prefix_hash(&a, s[0]) != ripng_prefix_hash(&a, s[2]));
}

static void hashes_of_neighbouring_prefixes_spread_over_the_buckets(void **state)
{
    (void)state;
    static const uint64_t seed[2] = {11, 12};
    static unsigned bucket[1024];
    unsigned most = 0;

    memset(bucket, 0, sizeof(bucket));
    for (unsigned i = 0; i < 16384; i++) {
        struct ripng_prefix p = kit_prefix("2001:db8::/64");
        p.addr.s6_addr[6] = (uint8_t)(i >> 8);
        p.addr.s6_addr[7] = (uint8_t)i;
        unsigned n = ++bucket[ripng_prefix_hash(&p, seed) % 1024];
        most = n > most ? n : most;
    }
    assert_in_range(most, 16, 48); /* 16 on average */
}

/* --- text ------------------------------------------------------------- */

/* RFC 5952 */
static void text_is_as_rfc_5952_wants_it(void **state)
{
    (void)state;
    static const struct {
        const char *in, *out;
    } t[] = {
        {"2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1"},
        {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
        {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
        {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},
        {"2001:DB8::ABCD", "2001:db8::abcd"},
        {"::", "::"},
        {"::1", "::1"},
        {"1::", "1::"},
        {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
        {"fe80:0:0:0:0:0:0:b", "fe80::b"},
    };
    char text[RIPNG_ADDR_TEXT];
    for (size_t i = 0; i < N(t); i++) {
        struct in6_addr a = kit_addr(t[i].in);
        assert_string_equal(ripng_addr_text(&a, text), t[i].out);
        assert_ptr_equal(ripng_addr_text(&a, text), text);
    }
}

static void a_prefix_as_text_has_its_length(void **state)
{
    (void)state;
    static const char *const t[] = {"::/0", "2001:db8::/32", "2001:db8::1/128",
                                    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128", "fd00::/8"};
    char text[RIPNG_PREFIX_TEXT];
    for (size_t i = 0; i < N(t); i++) {
        struct ripng_prefix p = kit_prefix(t[i]);
        assert_string_equal(ripng_prefix_text(&p, text), t[i]);
    }
}

static void what_is_written_can_be_read_again(void **state)
{
    (void)state;
    uint64_t x = 88172645463325252ULL;
    char text[RIPNG_PREFIX_TEXT];

    for (int i = 0; i < 20000; i++) {
        struct in6_addr a;
        for (int j = 0; j < 16; j++) {
            x ^= x << 13, x ^= x >> 7, x ^= x << 17;
            a.s6_addr[j] = x & 0x300 ? 0 : (uint8_t)x; /* runs of zeros */
        }
        struct ripng_prefix p = ripng_prefix_make(&a, (unsigned)(x >> 20) % 129), q;
        bool host_bits = true;
        ripng_prefix_text(&p, text);
        assert_true(strlen(text) < RIPNG_PREFIX_TEXT);
        assert_true(ripng_prefix_parse(text, &q, &host_bits));
        assert_true(ripng_prefix_equal(&p, &q));
        assert_false(host_bits);

        struct in6_addr b;
        assert_true(ripng_addr_parse(ripng_addr_text(&a, text), &b));
        assert_true(ripng_addr_equal(&a, &b));
    }
}

static void an_address_alone_is_its_128(void **state)
{
    (void)state;
    struct ripng_prefix p, expect = kit_prefix("2001:db8::1/128");
    bool host_bits = true;
    assert_true(ripng_prefix_parse("2001:db8::1", &p, &host_bits));
    assert_true(ripng_prefix_equal(&p, &expect));
    assert_false(host_bits);
}

static void bits_beyond_the_length_are_cut_and_told(void **state)
{
    (void)state;
    struct ripng_prefix p, expect = kit_prefix("2001:db8::/32");
    bool host_bits = false;
    assert_true(ripng_prefix_parse("2001:db8::1/32", &p, &host_bits));
    assert_true(host_bits);
    assert_true(ripng_prefix_equal(&p, &expect));
    assert_true(ripng_prefix_parse("2001:db8::1/32", &p, NULL));
    assert_true(ripng_prefix_equal(&p, &expect));
    assert_true(ripng_prefix_parse("2001:db8::/32", &p, &host_bits));
    assert_false(host_bits);
}

static void what_is_no_prefix_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "/",
        "/32",
        "x",
        "2001:db8::/",
        "2001:db8::/129",
        "2001:db8::/-1",
        "2001:db8::/+1",
        "2001:db8::/ 1",
        "2001:db8::/1 ",
        " 2001:db8::/32",
        "2001:db8::/32x",
        "2001:db8::/32/32",
        "2001:db8::/0x20",
        "2001:db8::/4294967296",
        "2001:db8::/4294967328",
        "10.0.0.0/8",
        "fe80::1%eth0",
        "fe80::1%eth0/64",
        "2001:db8:::/32",
        "12345::/16",
        "g::/16",
        "2001:db8::/1000",
        "1:2:3:4:5:6:7/64",
        "1:2:3:4:5:6:7:8:9/64",
        "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000/64",
    };
    for (size_t i = 0; i < N(bad); i++)
        if (parsed(bad[i]))
            fail_msg("\"%s\" is taken for a prefix", bad[i]);
}

static void what_is_no_address_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"",     "::/0", "x", "fe80::1%eth0", "192.0.2.1",
                                      "::1 ", " ::1", ":", ":::"};
    struct in6_addr a;
    for (size_t i = 0; i < N(bad); i++)
        if (ripng_addr_parse(bad[i], &a))
            fail_msg("\"%s\" is taken for an address", bad[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(making_a_prefix_cuts_the_bits_beyond_its_length),
        cmocka_unit_test(a_length_over_128_counts_as_128),
        cmocka_unit_test(prefixes_are_equal_by_address_and_length),
        cmocka_unit_test(prefixes_are_ordered_by_address_then_the_shorter_first),
        cmocka_unit_test(a_prefix_contains_itself_and_what_lies_in_it),
        cmocka_unit_test(martians_may_never_be_routes),
        cmocka_unit_test(what_a_home_uses_is_no_martian),
        cmocka_unit_test(link_local_is_fe80_to_febf),
        cmocka_unit_test(only_all_zeros_is_unspecified),
        cmocka_unit_test(the_hash_of_bytes_is_siphash_1_3),
        cmocka_unit_test(the_hash_of_bytes_does_not_care_for_alignment),
        cmocka_unit_test(the_hash_of_a_prefix_depends_on_address_length_and_both_seeds),
        cmocka_unit_test(hashes_of_neighbouring_prefixes_spread_over_the_buckets),
        cmocka_unit_test(text_is_as_rfc_5952_wants_it),
        cmocka_unit_test(a_prefix_as_text_has_its_length),
        cmocka_unit_test(what_is_written_can_be_read_again),
        cmocka_unit_test(an_address_alone_is_its_128),
        cmocka_unit_test(bits_beyond_the_length_are_cut_and_told),
        cmocka_unit_test(what_is_no_prefix_is_refused),
        cmocka_unit_test(what_is_no_address_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
