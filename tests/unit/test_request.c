/* lib/input.c and lib/advert.c: requests and their answers, RFC 2080 2.4.1. */
#include "kit.h"

#define P1 "2001:db8:1::/48"
#define P2 "2001:db8:2::/48"
#define P3 "2001:db8:3::/48"
#define OPERATOR 40000 /* a port of ripngctl query */

/* Learned: P1 from Bob on eth0 (metric 4 here), P2 from Carol on eth1 (metric 3); own: P3 with 1. */
static void fill(struct kit *k)
{
    kit_hear(k, ETH0, BOB, RTE_TAG(P1, 3, 77));
    kit_hear(k, ETH1, CAROL, RTE(P2, 2));
    kit_kernel_add(k, kit_onlink(P3, KIT_LO));
    kit_settle(k);
}

static void whole_table(struct kit_in *in, uint32_t ifindex, const char *from)
{
    kit_in(in, KIT_REQUEST, ifindex, from);
    kit_in_rte(in, "::/0", 16, 0);
}

static unsigned metric_in(const struct kit_packet *p, size_t i, const char *prefix)
{
    struct ripng_prefix want = kit_prefix(prefix);
    assert_true(i < p->n);
    assert_true(ripng_addr_equal(&p->rtes[i].addr, &want.addr));
    assert_int_equal(p->rtes[i].len, want.len);
    return p->rtes[i].metric;
}

/* 2.4.1: exactly one RTE, prefix zero, length zero, metric infinity */
static void a_whole_table_request_is_answered_with_the_whole_table(void **state)
{
    struct kit *k = *state;
    fill(k);
    kit_ask(k, ETH0, DAVE, RIPNG_PORT, WHOLE_TABLE);
    assert_int_equal(expect_one_packet(k, ETH0)->n, 3);
    expect_sent(k, ETH0, P2, 3);
    expect_sent(k, ETH0, P3, 1);
    expect_silent(k, ETH1);
}

/* 2.4.1: normal output processing is done, including split horizon */
static void the_answer_to_a_whole_table_request_has_split_horizon(void **state)
{
    struct kit *k = *state;
    fill(k);
    kit_ask(k, ETH0, DAVE, RIPNG_PORT, WHOLE_TABLE);
    expect_sent(k, ETH0, P1, 16);
}

static void the_answer_to_a_whole_table_request_keeps_route_tags(void **state)
{
    struct kit *k = *state;
    fill(k);
    kit_ask(k, ETH1, DAVE, RIPNG_PORT, WHOLE_TABLE);
    assert_int_equal(expect_sent(k, ETH1, P1, 4)->tag, 77);
}

/* 2.4.1: "to the requesting address/port" */
static void the_answer_goes_to_the_askers_address_and_port(void **state)
{
    struct kit *k = *state;
    struct in6_addr dave = kit_addr(DAVE);
    fill(k);
    kit_ask(k, ETH0, DAVE, RIPNG_PORT, WHOLE_TABLE);
    assert_true(ripng_addr_equal(&expect_one_packet(k, ETH0)->send.dest, &dave));
    assert_int_equal(expect_one_packet(k, ETH0)->send.dest_port, RIPNG_PORT);
    kit_forget(k);
    kit_ask(k, ETH0, DAVE, OPERATOR, WHOLE_TABLE);
    assert_true(ripng_addr_equal(&expect_one_packet(k, ETH0)->send.dest, &dave));
    assert_int_equal(expect_one_packet(k, ETH0)->send.dest_port, OPERATOR);
}

static void a_multicast_request_is_answered_by_unicast(void **state)
{
    struct kit *k = *state;
    static struct kit_in in;
    struct in6_addr dave = kit_addr(DAVE);
    fill(k);
    whole_table(&in, ETH0, DAVE);
    kit_receive(k, &in);
    assert_true(ripng_addr_equal(&expect_one_packet(k, ETH0)->send.dest, &dave));
    assert_int_equal(expect_one_packet(k, ETH0)->send.dest_port, RIPNG_PORT);
}

/* 2.5.2: "except when replying to a unicast Request Message from a port other than the RIPng port" */
static void the_answer_to_a_router_comes_from_the_designated_address(void **state)
{
    struct kit *k = *state;
    struct in6_addr ours = kit_addr(OUR_ETH0);
    fill(k);
    kit_address(k, ETH0, "2001:db8::a0", true);
    kit_address(k, ETH0, "fe80::a00", true);
    kit_ask(k, ETH0, DAVE, RIPNG_PORT, WHOLE_TABLE);
    assert_true(ripng_addr_equal(&expect_one_packet(k, ETH0)->send.source, &ours));
}

static void the_answer_to_a_tool_on_the_link_comes_from_a_global_address(void **state)
{
    struct kit *k = *state;
    struct in6_addr ours = kit_addr("2001:db8::a0");
    fill(k);
    kit_address(k, ETH0, "2001:db8::a0", true);
    kit_ask(k, ETH0, DAVE, OPERATOR, WHOLE_TABLE);
    assert_true(ripng_addr_equal(&expect_one_packet(k, ETH0)->send.source, &ours));
}

/* Better than no answer: it is on the link. */
static void without_a_global_address_a_tool_on_the_link_is_answered_from_the_designated_one(void **state)
{
    struct kit *k = *state;
    struct in6_addr ours = kit_addr(OUR_ETH0);
    fill(k);
    kit_ask(k, ETH0, DAVE, OPERATOR, WHOLE_TABLE);
    assert_true(ripng_addr_equal(&expect_one_packet(k, ETH0)->send.source, &ours));
}

/* 2.4.1: "with a globally valid source address since the requestor may not reside on the directly attached
 * network" */
static void the_answer_to_an_off_link_asker_comes_from_a_global_address(void **state)
{
    struct kit *k = *state;
    struct in6_addr ours = kit_addr("2001:db8::a0");
    fill(k);
    kit_address(k, ETH0, "2001:db8::a0", true);
    kit_ask(k, ETH0, "2001:db8:9::1", OPERATOR, WHOLE_TABLE);
    assert_true(ripng_addr_equal(&expect_one_packet(k, OFF_LINK)->send.source, &ours));
    expect_sent(k, OFF_LINK, P2, 3);
}

static void any_interfaces_global_address_will_do(void **state)
{
    struct kit *k = *state;
    struct in6_addr ours = kit_addr("2001:db8::a1");
    fill(k);
    kit_address(k, ETH1, "2001:db8::a1", true);
    kit_ask(k, ETH0, "2001:db8:9::1", OPERATOR, WHOLE_TABLE);
    assert_true(ripng_addr_equal(&expect_one_packet(k, OFF_LINK)->send.source, &ours));
}

static void without_a_global_address_an_off_link_asker_has_no_answer(void **state)
{
    struct kit *k = *state;
    fill(k);
    kit_ask(k, ETH0, "2001:db8:9::1", OPERATOR, WHOLE_TABLE);
    assert_int_equal(k->n_packets, 0);
    expect_event(k, RIPNG_EV_PACKET_DROPPED, RIPNG_WHY_NO_ADDRESS);
    assert_int_equal(kit_drops(k, RIPNG_WHY_NO_ADDRESS), 1);
}

static void an_address_that_is_still_tentative_is_not_answered_from(void **state)
{
    struct kit *k = *state;
    kit_address(k, ETH0, "2001:db8::a0", false);
    kit_ask(k, ETH0, "2001:db8:9::1", OPERATOR, WHOLE_TABLE);
    assert_int_equal(k->n_packets, 0);
    assert_int_equal(kit_drops(k, RIPNG_WHY_NO_ADDRESS), 1);
}

/* 2.4.1: "Examine the list of RTEs one by one ... put that route's metric in the metric field" */
static void a_specific_request_is_answered_entry_by_entry_in_place(void **state)
{
    struct kit *k = *state;
    fill(k);
    kit_ask(k, ETH1, DAVE, OPERATOR, RTE(P3, 7), RTE(P1, 1), RTE(P2, 16));
    const struct kit_packet *p = expect_one_packet(k, ETH1);
    assert_int_equal(p->n, 3);
    assert_int_equal(p->command, KIT_RESPONSE);
    assert_int_equal(metric_in(p, 0, P3), 1);
    assert_int_equal(metric_in(p, 1, P1), 4);
    assert_int_equal(metric_in(p, 2, P2), 3);
}

/* 2.4.1: "If there is no explicit route to the specified destination, put infinity" */
static void a_specific_request_for_an_unknown_prefix_is_answered_with_16(void **state)
{
    struct kit *k = *state;
    fill(k);
    kit_ask(k, ETH1, DAVE, OPERATOR, RTE("2001:db8:ffff::/48", 1), RTE(P1, 1));
    const struct kit_packet *p = expect_one_packet(k, ETH1);
    assert_int_equal(metric_in(p, 0, "2001:db8:ffff::/48"), 16);
    assert_int_equal(metric_in(p, 1, P1), 4);
}

static void a_specific_request_asks_for_exactly_that_prefix(void **state)
{
    struct kit *k = *state;
    fill(k);
    kit_ask(k, ETH1, DAVE, OPERATOR, RTE("2001:db8:1:1::/64", 1), RTE("2001:db8::/32", 1),
            RTE("2001:db8:1::1", 1));
    const struct kit_packet *p = expect_one_packet(k, ETH1);
    assert_int_equal(p->rtes[0].metric, 16);
    assert_int_equal(p->rtes[1].metric, 16);
    assert_int_equal(p->rtes[2].metric, 16);
}

/* 2.4.1: "If the request is for specific entries, they are looked up and the information returned as is; no
 * split horizon" */
static void the_answer_to_a_specific_request_has_no_split_horizon(void **state)
{
    struct kit *k = *state;
    fill(k);
    kit_ask(k, ETH0, BOB, OPERATOR, RTE(P1, 16));
    assert_int_equal(metric_in(expect_one_packet(k, ETH0), 0, P1), 4);
}

static void a_specific_request_from_port_521_is_answered_as_well(void **state)
{
    struct kit *k = *state;
    fill(k);
    kit_ask(k, ETH0, DAVE, RIPNG_PORT, RTE(P2, 16));
    assert_int_equal(metric_in(expect_one_packet(k, ETH0), 0, P2), 3);
    assert_int_equal(expect_one_packet(k, ETH0)->send.dest_port, RIPNG_PORT);
}

static void a_route_in_garbage_is_answered_with_16(void **state)
{
    struct kit *k = *state;
    fill(k);
    kit_hear(k, ETH0, BOB, RTE(P1, 16));
    kit_settle(k);
    kit_ask(k, ETH1, DAVE, OPERATOR, RTE(P1, 1));
    assert_int_equal(metric_in(expect_one_packet(k, ETH1), 0, P1), 16);
}

/* 2.4.1: "If there are no entries, no response is given." */
static void a_request_without_entries_has_no_answer(void **state)
{
    struct kit *k = *state;
    static struct kit_in in;
    fill(k);
    kit_in(&in, KIT_REQUEST, ETH0, DAVE);
    kit_receive(k, &in);
    in.port = OPERATOR;
    in.dest = kit_addr(OUR_ETH0);
    kit_receive(k, &in);
    expect_silent(k, ETH0);
}

/* 2.4.1: only "exactly one entry" is the whole table */
static void the_whole_table_entry_beside_another_is_specific(void **state)
{
    struct kit *k = *state;
    fill(k);
    kit_ask(k, ETH1, DAVE, OPERATOR, WHOLE_TABLE, RTE(P1, 1));
    const struct kit_packet *p = expect_one_packet(k, ETH1);
    assert_int_equal(p->n, 2);
    assert_int_equal(metric_in(p, 0, "::/0"), 16);
    assert_int_equal(metric_in(p, 1, P1), 4);
}

static void the_default_route_can_be_asked_for_with_a_finite_metric(void **state)
{
    struct kit *k = *state;
    fill(k);
    kit_hear(k, ETH0, BOB, RTE("::/0", 5));
    kit_settle(k);
    kit_ask(k, ETH1, DAVE, OPERATOR, RTE("::/0", 1));
    const struct kit_packet *p = expect_one_packet(k, ETH1);
    assert_int_equal(p->n, 1);
    assert_int_equal(metric_in(p, 0, "::/0"), 6);
}

static void an_entry_of_infinite_metric_with_a_length_is_specific(void **state)
{
    struct kit *k = *state;
    fill(k);
    kit_ask(k, ETH1, DAVE, OPERATOR, RTE("::/1", 16));
    const struct kit_packet *p = expect_one_packet(k, ETH1);
    assert_int_equal(p->n, 1);
    assert_int_equal(metric_in(p, 0, "::/1"), 16);
}

static void a_full_packet_of_entries_is_answered_in_full(void **state)
{
    struct kit *k = *state;
    static struct kit_in in;
    fill(k);
    kit_in(&in, KIT_REQUEST, ETH1, DAVE);
    in.dest = kit_addr(OUR_ETH1);
    for (unsigned i = 0; i < 72; i++) {
        char prefix[64];
        snprintf(prefix, sizeof(prefix), "2001:db8:%x::/48", i);
        kit_in_rte(&in, prefix, 16, 0);
    }
    kit_receive(k, &in);
    const struct kit_packet *p = expect_one_packet(k, ETH1);
    assert_int_equal(p->n, 72);
    assert_int_equal(metric_in(p, 0, "2001:db8::/48"), 16);
    assert_int_equal(metric_in(p, 1, P1), 4);
    assert_int_equal(metric_in(p, 71, "2001:db8:47::/48"), 16);
}

/* Bytes that no router writes: the answer matters less than that nothing breaks. */
static void a_request_of_nonsense_breaks_nothing(void **state)
{
    struct kit *k = *state;
    static struct kit_in in;
    fill(k);
    k->free_sending = true;
    kit_in(&in, KIT_REQUEST, ETH1, DAVE);
    in.dest = kit_addr(OUR_ETH1);
    kit_in_rte(&in, "ff02::9/128", 1, 0);
    kit_in_rte(&in, "fe80::1", 0, 0);
    kit_in_rte(&in, "::1", 17, 65535);
    kit_in_rte(&in, P1, 1, 0);
    kit_receive(k, &in);
    for (unsigned len = 0; len < 256; len++) {
        struct in6_addr a = kit_addr("2001:db8:1:ffff:ffff::ffff");
        kit_in(&in, KIT_REQUEST, ETH1, DAVE);
        in.dest = kit_addr(OUR_ETH1);
        if (len <= 128) /* longer ones have no length to be answered with */
            kit_in_raw(&in, &a, 0, len, len);
        kit_receive(k, &in);
    }
    expect_route(k, P1, 4, BOB);
}

static void a_request_for_a_length_over_128_breaks_nothing(void **state)
{
    struct kit *k = *state;
    static struct kit_in in;
    struct in6_addr a = kit_addr("2001:db8:1::");
    for (unsigned len = 129; len < 256; len++) {
        kit_in(&in, KIT_REQUEST, ETH1, DAVE);
        in.dest = kit_addr(OUR_ETH1);
        in.port = OPERATOR;
        kit_in_raw(&in, &a, 0, len, 1);
        struct ripng_packet p = {.data = in.data,
                                 .size = in.size,
                                 .source = in.source,
                                 .source_port = in.port,
                                 .dest = in.dest,
                                 .hop_limit = 255,
                                 .ifindex = ETH1};
        struct ripng_send s;
        static uint8_t buffer[RIPNG_PACKET_MAX];
        ripng_packet(k->r, k->now, &p);
        while (ripng_next_packet(k->r, k->now, &s, buffer, sizeof(buffer)))
            assert_int_equal(buffer[4 + 19], 16);
    }
}

/* 2.4.1, 2.5: FRR asks by unicast with hop limit 64 (PEERS.md 0.1) */
static void a_unicast_request_may_have_any_hop_limit(void **state)
{
    struct kit *k = *state;
    static struct kit_in in;
    fill(k);
    whole_table(&in, ETH0, DAVE);
    in.dest = kit_addr(OUR_ETH0);
    in.hop_limit = 64;
    kit_receive(k, &in);
    expect_sent(k, ETH0, P2, 3);
}

/* 2.4.2 last paragraph: multicast packets from the RIPng port must have hop limit 255 */
static void a_multicast_request_needs_hop_limit_255(void **state)
{
    struct kit *k = *state;
    static struct kit_in in;
    fill(k);
    whole_table(&in, ETH0, DAVE);
    in.hop_limit = 254;
    kit_receive(k, &in);
    expect_silent(k, ETH0);
    expect_event(k, RIPNG_EV_PACKET_DROPPED, RIPNG_WHY_HOP_LIMIT);
}

static void our_own_request_is_not_answered(void **state)
{
    struct kit *k = *state;
    static struct kit_in in;
    fill(k);
    whole_table(&in, ETH0, OUR_ETH0);
    kit_receive(k, &in);
    expect_silent(k, ETH0);
    assert_int_equal(kit_drops(k, RIPNG_WHY_OWN), 1);
}

static void a_request_on_an_interface_without_ripng_has_no_answer(void **state)
{
    struct kit *k = *state;
    static struct kit_in in;
    fill(k);
    kit_link_add(k, ETH2, "eth2");
    kit_forget(k);
    whole_table(&in, ETH2, DAVE);
    kit_receive(k, &in);
    expect_silent(k, ETH2);
    assert_int_equal(kit_drops(k, RIPNG_WHY_INACTIVE), 1);
}

static void a_request_does_not_make_a_neighbour(void **state)
{
    struct kit *k = *state;
    struct ripng_neigh_info n;
    kit_ask(k, ETH0, DAVE, RIPNG_PORT, WHOLE_TABLE);
    assert_false(kit_neigh(k, ETH0, DAVE, &n));
    expect_no_event(k, RIPNG_EV_NEIGH_NEW);
}

static void an_answer_does_not_put_off_the_regular_update(void **state)
{
    struct kit *k = *state;
    struct ripng_time before, after;
    fill(k);
    assert_true(ripng_deadline(k->r, &before));
    kit_ask(k, ETH0, DAVE, OPERATOR, RTE(P1, 1));
    assert_true(ripng_deadline(k->r, &after));
    assert_true(after.us <= before.us);
}

/* 2.4.1: "silent" processes answer those of another port: a tool asks what they know */
static void a_passive_interface_answers_other_ports_than_521(void **state)
{
    struct kit *k = *state;
    kit_home(k);
    kit_section(k, "eth0")->passive = true;
    kit_section(k, "eth1");
    kit_start(k);
    kit_settle(k);
    fill(k);
    kit_ask(k, ETH0, DAVE, OPERATOR, WHOLE_TABLE);
    expect_sent(k, ETH0, P2, 3);
    kit_forget(k);
    kit_ask(k, ETH0, DAVE, OPERATOR, RTE(P1, 1));
    expect_sent(k, ETH0, P1, 4);
}

static void a_passive_interface_does_not_answer_routers(void **state)
{
    struct kit *k = *state;
    static struct kit_in in;
    kit_home(k);
    kit_section(k, "eth0")->passive = true;
    kit_section(k, "eth1");
    kit_start(k);
    kit_settle(k);
    fill(k);
    whole_table(&in, ETH0, DAVE);
    kit_receive(k, &in);
    kit_ask(k, ETH0, DAVE, RIPNG_PORT, WHOLE_TABLE);
    expect_silent(k, ETH0);
}

static void a_table_of_several_packets_is_answered_whole(void **state)
{
    struct kit *k = *state;
    static struct kit_in in;
    size_t n = 0;
    for (unsigned j = 0; j < 5; j++) {
        kit_in(&in, KIT_RESPONSE, ETH0, BOB);
        for (unsigned i = 0; i < 70; i++) {
            char prefix[64];
            snprintf(prefix, sizeof(prefix), "2001:db8:%x::/48", 70 * j + i);
            kit_in_rte(&in, prefix, 1, 0);
        }
        kit_receive(k, &in);
    }
    kit_settle(k);
    kit_ask(k, ETH1, DAVE, OPERATOR, WHOLE_TABLE);
    kit_advance(k, 1);
    for (size_t i = 0; i < k->n_packets; i++)
        if (k->packets[i].send.dest_port == OPERATOR)
            n += k->packets[i].n;
    assert_int_equal(n, 350);
}

/* A packet whose answer is not pulled yet. */
static void ask_unpulled(struct kit *k, uint32_t ifindex, const char *from)
{
    static struct kit_in in;
    whole_table(&in, ifindex, from);
    struct ripng_packet p = {.data = in.data,
                             .size = in.size,
                             .source = in.source,
                             .source_port = in.port,
                             .dest = in.dest,
                             .hop_limit = 255,
                             .ifindex = ifindex};
    ripng_packet(k->r, k->now, &p);
}

static void several_askers_at_once_are_all_answered(void **state)
{
    struct kit *k = *state;
    static const char *const askers[] = {"fe80::d1", "fe80::d2", "fe80::d3", "fe80::d4"};
    fill(k);
    for (size_t i = 0; i < 4; i++)
        ask_unpulled(k, ETH1, askers[i]); /* all before the first answer is pulled */
    kit_pump(k);
    kit_advance(k, 1);
    for (size_t i = 0; i < 4; i++) {
        struct in6_addr a = kit_addr(askers[i]);
        bool answered = false;
        for (size_t j = 0; j < k->n_packets; j++)
            answered |= ripng_addr_equal(&k->packets[j].send.dest, &a);
        if (!answered)
            kit_fail(k, __FILE__, __LINE__, "%s has no answer", askers[i]);
    }
}

static void who_asks_again_before_the_answer_is_answered_once(void **state)
{
    struct kit *k = *state;
    fill(k);
    for (int i = 0; i < 100; i++)
        ask_unpulled(k, ETH1, DAVE);
    kit_pump(k);
    kit_advance(k, 1);
    assert_int_equal(kit_count_packets(k, ETH1, KIT_RESPONSE), 1);
}

/* Anybody on the link can forge a thousand askers: what is owed has an end, and comes to one. */
static void a_flood_of_askers_is_answered_in_part_and_forgotten(void **state)
{
    struct kit *k = *state;
    fill(k);
    for (unsigned i = 0; i < 5000; i++) {
        char from[64];
        snprintf(from, sizeof(from), "fe80::d:%x", i);
        ask_unpulled(k, ETH1, from);
    }
    kit_pump(k);
    kit_advance(k, 3);
    assert_in_range(kit_count_packets(k, ETH1, KIT_RESPONSE), 1, 1000);
    kit_forget(k);
    kit_ask(k, ETH1, DAVE, OPERATOR, WHOLE_TABLE);
    expect_sent(k, ETH1, P1, 4);
}

static void an_asker_on_a_link_that_goes_has_no_answer(void **state)
{
    struct kit *k = *state;
    fill(k);
    ask_unpulled(k, ETH1, DAVE);
    kit_link_up(k, ETH1, false);
    kit_advance(k, 1);
    expect_silent(k, ETH1);
    kit_link_up(k, ETH1, true);
    kit_ask(k, ETH1, DAVE, OPERATOR, WHOLE_TABLE);
    expect_sent(k, ETH1, P1, 4);
}

/* Interfaces and addresses change between question and answer: the answer must not come from what is gone. */
static void an_answer_never_comes_from_an_address_that_is_gone(void **state)
{
    struct kit *k = *state;
    fill(k);
    kit_address(k, ETH1, "fe80::a11", true);
    kit_forget(k);
    ask_unpulled(k, ETH1, DAVE);
    struct in6_addr gone = kit_addr(OUR_ETH1);
    k->addresses[1] = k->addresses[--k->n_addresses]; /* the world first: the kit checks each source */
    assert_false(ripng_addr_equal(&k->addresses[1].addr, &gone));
    ripng_address_gone(k->r, k->now, ETH1, &gone);
    kit_pump(k);
    kit_advance(k, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_RUNNING(a_whole_table_request_is_answered_with_the_whole_table),
        KIT_RUNNING(the_answer_to_a_whole_table_request_has_split_horizon),
        KIT_RUNNING(the_answer_to_a_whole_table_request_keeps_route_tags),
        KIT_RUNNING(the_answer_goes_to_the_askers_address_and_port),
        KIT_RUNNING(a_multicast_request_is_answered_by_unicast),
        KIT_RUNNING(the_answer_to_a_router_comes_from_the_designated_address),
        KIT_RUNNING(the_answer_to_a_tool_on_the_link_comes_from_a_global_address),
        KIT_RUNNING(without_a_global_address_a_tool_on_the_link_is_answered_from_the_designated_one),
        KIT_RUNNING(the_answer_to_an_off_link_asker_comes_from_a_global_address),
        KIT_RUNNING(any_interfaces_global_address_will_do),
        KIT_RUNNING(without_a_global_address_an_off_link_asker_has_no_answer),
        KIT_RUNNING(an_address_that_is_still_tentative_is_not_answered_from),
        KIT_RUNNING(a_specific_request_is_answered_entry_by_entry_in_place),
        KIT_RUNNING(a_specific_request_for_an_unknown_prefix_is_answered_with_16),
        KIT_RUNNING(a_specific_request_asks_for_exactly_that_prefix),
        KIT_RUNNING(the_answer_to_a_specific_request_has_no_split_horizon),
        KIT_RUNNING(a_specific_request_from_port_521_is_answered_as_well),
        KIT_RUNNING(a_route_in_garbage_is_answered_with_16),
        KIT_RUNNING(a_request_without_entries_has_no_answer),
        KIT_RUNNING(the_whole_table_entry_beside_another_is_specific),
        KIT_RUNNING(the_default_route_can_be_asked_for_with_a_finite_metric),
        KIT_RUNNING(an_entry_of_infinite_metric_with_a_length_is_specific),
        KIT_RUNNING(a_full_packet_of_entries_is_answered_in_full),
        KIT_RUNNING(a_request_of_nonsense_breaks_nothing),
        KIT_RUNNING(a_request_for_a_length_over_128_breaks_nothing),
        KIT_RUNNING(a_unicast_request_may_have_any_hop_limit),
        KIT_RUNNING(a_multicast_request_needs_hop_limit_255),
        KIT_RUNNING(our_own_request_is_not_answered),
        KIT_RUNNING(a_request_on_an_interface_without_ripng_has_no_answer),
        KIT_RUNNING(a_request_does_not_make_a_neighbour),
        KIT_RUNNING(an_answer_does_not_put_off_the_regular_update),
        KIT_FRESH(a_passive_interface_answers_other_ports_than_521),
        KIT_FRESH(a_passive_interface_does_not_answer_routers),
        KIT_RUNNING(a_table_of_several_packets_is_answered_whole),
        KIT_RUNNING(several_askers_at_once_are_all_answered),
        KIT_RUNNING(who_asks_again_before_the_answer_is_answered_once),
        KIT_RUNNING(a_flood_of_askers_is_answered_in_part_and_forgotten),
        KIT_RUNNING(an_asker_on_a_link_that_goes_has_no_answer),
        KIT_RUNNING(an_answer_never_comes_from_an_address_that_is_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
