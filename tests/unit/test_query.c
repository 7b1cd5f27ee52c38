/* lib/query.c: asking a router, on virtual time. */
#include "kit.h"

#include "query.h"

struct asker {
    struct ripng_asking asking;
    struct ripng_time now;
    uint8_t packet[RIPNG_QUERY_MAX];
    size_t size;
    struct ripng_told told[100];
    size_t n_told;
};

/* `words`: whom and what, up to a NULL. */
static void ask(struct asker *a, const char *const *words)
{
    struct ripng_query q;
    char why[RIPNG_QUERY_WHY] = "";
    size_t n = 0;
    while (words[n])
        n++;
    if (!ripng_query_parse(&q, words, n, why))
        fail_msg("%s", why);
    *a = (struct asker){.now = {SECONDS(1000)}};
    ripng_ask(&a->asking, &q, ETH0, a->now);
}
#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* What is sent now: the number of RTEs, 0: nothing. */
static size_t sent(struct asker *a)
{
    a->size = ripng_ask_packet(&a->asking, a->now, a->packet, sizeof a->packet);
    if (!a->size)
        return 0;
    assert_int_equal(a->packet[0], RIPNG_REQUEST);
    assert_int_equal(a->packet[1], 1);
    assert_int_equal((a->size - 4) % 20, 0);
    return (a->size - 4) / 20;
}

static bool sent_whole_table(struct asker *a)
{
    static const uint8_t whole[24] = {1, 1, [23] = 16};
    return sent(a) == 1 && memcmp(a->packet, whole, sizeof whole) == 0;
}

static void wait(struct asker *a, double seconds)
{
    a->now.us += (int64_t)(seconds * 1e6);
}

static void next_hop(struct kit_in *in, const char *address)
{
    struct in6_addr a = kit_addr(address);
    kit_in_raw(in, &a, 0, 0, 255);
}

static void hear_as(struct asker *a, const struct kit_in *in, const char *source, const char *dest,
                    uint16_t port, uint32_t ifindex, bool counts)
{
    struct ripng_answer answer;
    struct ripng_packet p = {.data = in->data,
                             .size = in->size,
                             .source = kit_addr(source),
                             .dest = kit_addr(dest),
                             .source_port = port,
                             .hop_limit = 64,
                             .ifindex = ifindex};
    bool heard = ripng_ask_heard(&a->asking, a->now, &p, &answer);
    assert_int_equal(heard, counts);
    while (heard && a->n_told < 100 && ripng_ask_entry(&a->asking, &answer, &a->told[a->n_told]))
        a->n_told++;
}

static void hear(struct asker *a, const struct kit_in *in)
{
    hear_as(a, in, BOB, OUR_ETH0, 521, ETH0, true);
}

static void expect_told(const struct asker *a, size_t i, const char *prefix, unsigned metric,
                        const char *nexthop)
{
    struct ripng_prefix want = kit_prefix(prefix);
    struct in6_addr hop = kit_addr(nexthop);
    assert_true(i < a->n_told);
    assert_true(ripng_prefix_equal(&a->told[i].prefix, &want));
    assert_int_equal(a->told[i].metric, metric);
    assert_true(ripng_addr_equal(&a->told[i].nexthop, &hop));
}

static bool over(const struct asker *a)
{
    return ripng_ask_over(&a->asking, a->now);
}

static void the_whole_table_is_asked_for_and_over_when_no_more_comes(void **state)
{
    (void)state;
    struct asker a;
    struct kit_in in;
    char why[RIPNG_QUERY_WHY];
    ask(&a, WORDS(BOB "%eth0"));
    assert_true(sent_whole_table(&a));
    assert_int_equal(sent(&a), 0);
    kit_in(&in, KIT_RESPONSE, ETH0, BOB);
    kit_in_rte(&in, "2001:db8:1::/48", 3, 0);
    next_hop(&in, CAROL);
    kit_in_rte(&in, "2001:db8:2::/48", 16, 0);
    next_hop(&in, "::");
    kit_in_rte(&in, "::/0", 1, 0);
    hear(&a, &in);
    wait(&a, 0.3);
    assert_false(over(&a));
    hear(&a, &in);
    wait(&a, 0.4);
    assert_false(over(&a));
    wait(&a, 0.4);
    assert_true(over(&a));
    assert_null(ripng_ask_failure(&a.asking, why));
    assert_int_equal(a.n_told, 6);
    expect_told(&a, 0, "2001:db8:1::/48", 3, BOB);
    expect_told(&a, 1, "2001:db8:2::/48", 16, CAROL);
    expect_told(&a, 2, "::/0", 1, BOB);
    assert_int_equal(sent(&a), 0);
}

static void prefixes_are_asked_for_one_by_one_and_over_when_all_are_told(void **state)
{
    (void)state;
    struct asker a;
    struct kit_in in;
    ask(&a, WORDS(BOB "%eth0", "2001:db8:1::/48", "2001:db8:2::1"));
    assert_int_equal(sent(&a), 2);
    kit_in(&in, KIT_RESPONSE, ETH0, BOB);
    kit_in_rte(&in, "2001:db8:1::/48", 3, 0);
    kit_in_rte(&in, "2001:db8:2::1/128", 16, 0);
    hear(&a, &in);
    assert_true(over(&a));
    assert_int_equal(a.n_told, 2);
    expect_told(&a, 1, "2001:db8:2::1/128", 16, BOB);
}

static void a_whole_table_stands_in_for_what_is_not_answered(void **state)
{
    (void)state;
    struct asker a;
    struct kit_in in;
    ask(&a, WORDS(BOB "%eth0", "2001:db8:1::/48"));
    assert_false(sent_whole_table(&a));
    wait(&a, 0.9);
    assert_int_equal(sent(&a), 0);
    wait(&a, 0.2);
    assert_true(sent_whole_table(&a));
    kit_in(&in, KIT_RESPONSE, ETH0, BOB);
    kit_in_rte(&in, "2001:db8:2::/48", 2, 0);
    kit_in_rte(&in, "2001:db8:1::/48", 3, 0);
    hear(&a, &in);
    assert_int_equal(a.n_told, 1);
    expect_told(&a, 0, "2001:db8:1::/48", 3, BOB);
    assert_true(over(&a));
}

static void what_the_router_has_not_is_told(void **state)
{
    (void)state;
    struct asker a;
    struct kit_in in;
    char why[RIPNG_QUERY_WHY];
    ask(&a, WORDS(BOB "%eth0", "2001:db8:1::/48"));
    sent(&a);
    wait(&a, 1.1);
    sent(&a);
    kit_in(&in, KIT_RESPONSE, ETH0, BOB);
    kit_in_rte(&in, "2001:db8:2::/48", 2, 0);
    hear(&a, &in);
    wait(&a, 1);
    assert_true(over(&a));
    assert_string_equal(ripng_ask_failure(&a.asking, why), BOB "%eth0 has no such route");
}

static void silence_ends_it(void **state)
{
    (void)state;
    struct asker a;
    char why[RIPNG_QUERY_WHY];
    unsigned n = 0, looks = 0;
    ask(&a, WORDS(BOB "%eth0"));
    while (!over(&a)) {
        n += sent(&a) > 0;
        assert_true(ripng_ask_deadline(&a.asking).us > a.now.us);
        a.now = ripng_ask_deadline(&a.asking);
        assert_true(++looks < 10);
    }
    assert_int_equal(n, 3);
    assert_string_equal(ripng_ask_failure(&a.asking, why),
                        "no answer from " BOB "%eth0 for 4 seconds: no RIPng there, or a firewall between");
}

static void who_talks_for_ever_is_not_heard_for_ever(void **state)
{
    (void)state;
    struct asker a;
    struct kit_in in;
    ask(&a, WORDS(BOB "%eth0"));
    sent(&a);
    kit_in(&in, KIT_RESPONSE, ETH0, BOB);
    kit_in_rte(&in, "2001:db8:2::/48", 2, 0);
    for (int i = 0; i < 1000 && !over(&a); i++) {
        hear(&a, &in);
        wait(&a, 0.1);
    }
    assert_true(over(&a));
}

static void what_is_no_answer_is_not_taken_for_one(void **state)
{
    (void)state;
    struct asker a;
    struct kit_in in;
    ask(&a, WORDS(BOB "%eth0"));
    kit_in(&in, KIT_RESPONSE, ETH0, BOB);
    kit_in_rte(&in, "2001:db8:2::/48", 2, 0);
    hear_as(&a, &in, BOB, OUR_ETH0, 521, ETH0, false); /* nothing was asked yet */
    sent(&a);
    hear_as(&a, &in, BOB, "ff02::9", 521, ETH0, false);
    hear_as(&a, &in, BOB, OUR_ETH0, 522, ETH0, false);
    hear_as(&a, &in, BOB, OUR_ETH0, 521, ETH1, false);
    in.size--;
    hear_as(&a, &in, BOB, OUR_ETH0, 521, ETH0, false);
    in.size++;
    in.data[0] = RIPNG_REQUEST;
    hear_as(&a, &in, BOB, OUR_ETH0, 521, ETH0, false);
    in.data[0] = RIPNG_RESPONSE;
    hear_as(&a, &in, CAROL, OUR_ETH0, 521, ETH0, false); /* her answer to somebody else's question */
    a.asking.own_port = true;
    hear_as(&a, &in, "2001:db8::77", OUR_ETH0, 521, ETH0, true); /* its own choice of address, 2.4.1 */
}

static void a_prefix_that_is_none_is_left_out(void **state)
{
    (void)state;
    struct asker a;
    struct kit_in in;
    struct in6_addr addr = kit_addr("2001:db8::1");
    ask(&a, WORDS(BOB "%eth0"));
    sent(&a);
    kit_in(&in, KIT_RESPONSE, ETH0, BOB);
    kit_in_raw(&in, &addr, 0, 129, 1);
    kit_in_raw(&in, &addr, 0, 64, 77);
    hear(&a, &in);
    assert_int_equal(a.n_told, 1);
    expect_told(&a, 0, "2001:db8::/64", 77, BOB); /* a wrong metric is what one wants to see */
}

static void words_that_make_no_question_are_refused_with_a_reason(void **state)
{
    (void)state;
    static const struct {
        const char *words[11], *why;
    } bad[] = {
        {{NULL}, "whom? "},
        {{"x"}, "no IPv6 address: 'x'"},
        {{"10.0.0.1%eth0"}, "no IPv6 address: "},
        {{"::%eth0"}, "no IPv6 address: "},
        {{"ff02::9%eth0"}, "not the address of one router: "},
        {{"fe80::1"}, "on which interface? "},
        {{"fe80::1%"}, "no name of an interface: ''"},
        {{"fe80::1%abcdefghijklmnop"}, "no name of an interface: "},
        {{"fe80::1%eth0", "x"}, "no IPv6 prefix or address: 'x' (like"},
        {{"fe80::1%eth0", "::1", "::2", "::3", "::4", "::5", "::6", "::7", "::8", "::9"},
         "more than 8 prefixes at once"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct ripng_query q;
        char why[RIPNG_QUERY_WHY] = "";
        size_t n = 0;
        while (bad[i].words[n])
            n++;
        assert_false(ripng_query_parse(&q, bad[i].words, n, why));
        if (strncmp(why, bad[i].why, strlen(bad[i].why)) != 0)
            fail_msg("%zu: %s", i, why);
    }
    struct ripng_query q;
    char why[RIPNG_QUERY_WHY];
    assert_true(ripng_query_parse(&q, WORDS("2001:db8::1"), 1, why));
    assert_string_equal(q.ifname, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_whole_table_is_asked_for_and_over_when_no_more_comes),
        cmocka_unit_test(prefixes_are_asked_for_one_by_one_and_over_when_all_are_told),
        cmocka_unit_test(a_whole_table_stands_in_for_what_is_not_answered),
        cmocka_unit_test(what_the_router_has_not_is_told),
        cmocka_unit_test(silence_ends_it),
        cmocka_unit_test(who_talks_for_ever_is_not_heard_for_ever),
        cmocka_unit_test(what_is_no_answer_is_not_taken_for_one),
        cmocka_unit_test(a_prefix_that_is_none_is_left_out),
        cmocka_unit_test(words_that_make_no_question_are_refused_with_a_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
