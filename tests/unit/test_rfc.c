/* What RFC 2080 says and no other unit test proves: tests/conformance.md names each of these beside its
 * sentence. */
#include "kit.h"

#define P1 "2001:db8:1::/48"
#define P2 "2001:db8:2::/48"
#define P3 "2001:db8:3::/48"
#define GLOBAL_ETH0 "2001:db8::a0"
#define GLOBAL_ETH1 "2001:db8::a1"
#define FAR "2001:db8:9::1" /* a host that is not on our links */
#define TOOL 40000          /* the port of a tool that asks */

/* Nothing but triggered updates and answers: regular ones come once a day. */
static void quiet(struct kit *k)
{
    kit_home(k);
    k->config.timers.update_us = SECONDS(86400);
    k->config.timers.timeout_us = SECONDS(20000);
    k->config.timers.garbage_us = SECONDS(20000);
    kit_start(k);
    kit_advance(k, 60);
    kit_forget(k);
}

static void expect_source(const struct kit *k, uint32_t ifindex, const char *source)
{
    struct in6_addr want = kit_addr(source);
    assert_true(ripng_addr_equal(&expect_one_packet(k, ifindex)->send.source, &want));
}

static void whole_table(struct kit_in *in, const char *from, const char *dest, uint16_t port)
{
    kit_in(in, KIT_REQUEST, ETH0, from);
    kit_in_rte(in, "::/0", 16, 0);
    in->dest = kit_addr(dest);
    in->port = port;
}

/* --- 2.2: the default route --------------------------------------------- */

/* "the prefix is essentially ignored" */
static void an_entry_of_length_0_is_the_default_route_whatever_its_prefix_says(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE("2001:db8:5::1/0", 3));
    expect_route(k, "::/0", 4, BOB);
    kit_hear(k, ETH0, BOB, RTE("fe80::1/0", 5), RTE("ff02::9/0", 6));
    expect_route(k, "::/0", 7, BOB);
    assert_int_equal(kit_status(k).routes, 1);
}

/* "handled in exactly the same manner as any other destination prefix" */
static void the_default_route_is_learned_passed_on_withdrawn_and_freed_like_any_other(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE_TAG("::/0", 3, 9));
    expect_installed(k, "::/0", BOB, ETH0);
    assert_int_equal(expect_sent(k, ETH1, "::/0", 4)->tag, 9);
    kit_advance(k, 45);
    expect_sent(k, ETH0, "::/0", 16);
    kit_hear(k, ETH0, BOB, RTE("::/0", 16));
    expect_not_installed(k, "::/0");
    kit_forget(k);
    kit_advance(k, 45);
    expect_sent(k, ETH1, "::/0", 16);
    kit_advance(k, 76);
    expect_no_route(k, "::/0");
}

/* --- 2.4.1: requests ------------------------------------------------------ */

static void the_request_at_start_goes_to_port_521_of_the_group_on_every_link(void **state)
{
    struct kit *k = *state;
    struct in6_addr group = kit_addr(GROUP), ours[] = {kit_addr(OUR_ETH0), kit_addr(OUR_ETH1)};
    unsigned n = 0;
    kit_home(k);
    kit_start(k);
    for (size_t i = 0; i < k->n_packets; i++) {
        const struct kit_packet *p = &k->packets[i];
        if (p->command != KIT_REQUEST)
            continue;
        n++;
        assert_true(ripng_addr_equal(&p->send.dest, &group));
        assert_int_equal(p->send.dest_port, RIPNG_PORT);
        assert_true(ripng_addr_equal(&p->send.source, &ours[p->send.ifindex - ETH0]));
    }
    assert_int_equal(n, 2);
    assert_int_equal(kit_count_packets(k, ETH0, KIT_REQUEST), 1);
}

static void a_request_teaches_nothing(void **state)
{
    struct kit *k = *state;
    kit_ask(k, ETH0, BOB, RIPNG_PORT, RTE(P1, 1), RTE(P2, 3));
    assert_int_equal(kit_status(k).routes, 0);
    expect_no_changes(k);
}

static void a_request_does_not_refresh_what_its_sender_announced(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_advance(k, 170);
    kit_ask(k, ETH0, BOB, RIPNG_PORT, RTE(P1, 1));
    kit_advance(k, 11);
    expect_garbage(k, P1);
}

static void the_answer_to_a_router_comes_from_the_designated_address_though_there_are_others(void **state)
{
    struct kit *k = *state;
    static struct kit_in in;
    kit_kernel_add(k, kit_onlink(P1, KIT_LO));
    kit_address(k, ETH0, "fe80::1", true);
    kit_address(k, ETH0, GLOBAL_ETH0, true);
    kit_settle(k);
    kit_ask(k, ETH0, DAVE, RIPNG_PORT, WHOLE_TABLE);
    expect_source(k, ETH0, OUR_ETH0);
    kit_settle(k);
    whole_table(&in, DAVE, "fe80::1", RIPNG_PORT); /* also when another of them was asked */
    kit_receive(k, &in);
    expect_source(k, ETH0, OUR_ETH0);
    kit_settle(k);
    whole_table(&in, DAVE, GROUP, RIPNG_PORT);
    kit_receive(k, &in);
    expect_source(k, ETH0, OUR_ETH0);
}

static void who_asks_one_of_our_global_addresses_from_off_link_is_answered_from_it(void **state)
{
    struct kit *k = *state;
    static struct kit_in in;
    kit_kernel_add(k, kit_onlink(P1, KIT_LO));
    kit_address(k, ETH0, GLOBAL_ETH0, true);
    kit_address(k, ETH1, GLOBAL_ETH1, true);
    kit_settle(k);
    whole_table(&in, FAR, GLOBAL_ETH1, TOOL);
    in.hop_limit = 60;
    kit_receive(k, &in);
    expect_source(k, OFF_LINK, GLOBAL_ETH1);
    assert_int_equal(expect_one_packet(k, OFF_LINK)->send.dest_port, TOOL);
}

/* 2.5.2: "a unicast Request Message from a port other than the RIPng port": who asks, and from where, is all
 * the same */
static void a_tool_on_the_link_is_answered_from_a_global_address(void **state)
{
    struct kit *k = *state;
    kit_kernel_add(k, kit_onlink(P1, KIT_LO));
    kit_address(k, ETH0, GLOBAL_ETH0, true);
    kit_settle(k);
    kit_ask(k, ETH0, DAVE, TOOL, WHOLE_TABLE);
    expect_source(k, ETH0, GLOBAL_ETH0);
    kit_settle(k);
    kit_ask(k, ETH1, DAVE, TOOL, RTE(P1, 1)); /* another interface's will do */
    expect_source(k, ETH1, GLOBAL_ETH0);
}

static void a_tool_on_the_link_is_answered_from_the_designated_address_without_a_global_one(void **state)
{
    struct kit *k = *state;
    kit_kernel_add(k, kit_onlink(P1, KIT_LO));
    kit_address(k, ETH0, GLOBAL_ETH0, false); /* still tentative */
    kit_settle(k);
    kit_ask(k, ETH0, DAVE, TOOL, WHOLE_TABLE);
    expect_source(k, ETH0, OUR_ETH0);
}

static void a_tool_on_the_link_that_asks_the_group_is_answered_from_the_designated_address(void **state)
{
    struct kit *k = *state;
    static struct kit_in in;
    kit_kernel_add(k, kit_onlink(P1, KIT_LO));
    kit_address(k, ETH0, GLOBAL_ETH0, true);
    kit_settle(k);
    whole_table(&in, DAVE, GROUP, TOOL);
    kit_receive(k, &in);
    expect_source(k, ETH0, OUR_ETH0);
}

/* A link-local source would not leave the link: RFC 4291 2.5.6. */
static void an_off_link_asker_is_answered_from_a_global_address_also_on_port_521(void **state)
{
    struct kit *k = *state;
    static struct kit_in in;
    kit_kernel_add(k, kit_onlink(P1, KIT_LO));
    kit_address(k, ETH0, GLOBAL_ETH0, true);
    kit_settle(k);
    whole_table(&in, FAR, GLOBAL_ETH0, RIPNG_PORT);
    in.hop_limit = 60;
    kit_receive(k, &in);
    expect_source(k, OFF_LINK, GLOBAL_ETH0);
}

static void a_global_asker_is_answered_from_a_global_address_also_when_it_asked_the_group(void **state)
{
    struct kit *k = *state;
    static struct kit_in in;
    kit_kernel_add(k, kit_onlink(P1, KIT_LO));
    kit_address(k, ETH0, GLOBAL_ETH0, true);
    kit_settle(k);
    whole_table(&in, "2001:db8::d", GROUP, TOOL);
    kit_receive(k, &in);
    expect_source(k, OFF_LINK, GLOBAL_ETH0);
}

/* 2.4.2: only "multicast packets sent from the RIPng port" are looked at for their hop count */
static void a_multicast_request_from_another_port_needs_no_hop_limit_of_255(void **state)
{
    struct kit *k = *state;
    static struct kit_in in;
    kit_kernel_add(k, kit_onlink(P1, KIT_LO));
    kit_settle(k);
    whole_table(&in, DAVE, GROUP, TOOL);
    in.hop_limit = 1;
    kit_receive(k, &in);
    expect_sent(k, ETH0, P1, 1);
}

static void the_answer_to_an_off_link_asker_fits_1280_octets(void **state)
{
    struct kit *k = *state;
    static struct kit_in in;
    kit_address(k, ETH0, GLOBAL_ETH0, true);
    for (unsigned i = 0; i < 200; i++) {
        char prefix[64];
        snprintf(prefix, sizeof(prefix), "2001:db8:1:%x::/64", i);
        kit_kernel_add(k, kit_onlink(prefix, KIT_LO));
    }
    kit_settle(k);
    whole_table(&in, FAR, GLOBAL_ETH0, TOOL);
    kit_receive(k, &in);
    kit_advance(k, 1);
    size_t rtes = 0;
    for (size_t i = 0; i < k->n_packets; i++) {
        if (k->packets[i].send.ifindex != OFF_LINK)
            continue;
        assert_true(k->packets[i].send.size + 48 <= 1280);
        rtes += k->packets[i].n;
    }
    assert_int_equal(rtes, 200);
}

/* From a jumbo frame: the answer needs several packets. */
static void a_specific_request_of_a_jumbo_frame_is_answered_whole_and_in_order(void **state)
{
    struct kit *k = *state;
    static struct kit_in in;
    kit_hear(k, ETH0, BOB, RTE("2001:db8:0:c7::/64", 4));
    kit_settle(k);
    kit_in(&in, KIT_REQUEST, ETH1, DAVE);
    in.dest = kit_addr(OUR_ETH1);
    in.port = TOOL;
    for (unsigned i = 0; i < 200; i++) {
        char prefix[64];
        snprintf(prefix, sizeof(prefix), "2001:db8:0:%x::/64", i);
        kit_in_rte(&in, prefix, 1, 0);
    }
    kit_receive(k, &in);
    kit_advance(k, 0.1);
    unsigned n = 0;
    for (size_t i = 0; i < k->n_packets; i++)
        for (size_t j = 0; j < k->packets[i].n; j++, n++) {
            char prefix[64];
            snprintf(prefix, sizeof(prefix), "2001:db8:0:%x::/64", n);
            struct ripng_prefix want = kit_prefix(prefix);
            assert_true(ripng_addr_equal(&k->packets[i].rtes[j].addr, &want.addr));
            assert_int_equal(k->packets[i].rtes[j].metric, n == 199 ? 5 : 16);
        }
    assert_int_equal(n, 200);
}

static void the_answer_to_a_specific_request_has_the_tag_of_the_route(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE_TAG(P1, 1, 77));
    kit_settle(k);
    kit_ask(k, ETH1, DAVE, TOOL, RTE_TAG(P1, 1, 5), RTE_TAG(P2, 1, 5));
    const struct kit_packet *p = expect_one_packet(k, ETH1);
    assert_int_equal(p->rtes[0].tag, 77);
    assert_int_equal(p->rtes[1].tag, 5); /* unknown: as it came */
}

/* 2.5.2 keeps link-local prefixes out of updates; who asks for one by name is told that there is no route. */
static void a_link_local_prefix_that_is_asked_for_is_answered_with_16(void **state)
{
    struct kit *k = *state;
    kit_ask(k, ETH1, DAVE, TOOL, RTE("fe80::/64", 1));
    const struct kit_packet *p = expect_one_packet(k, ETH1);
    assert_int_equal(p->n, 1);
    assert_int_equal(p->rtes[0].metric, 16);
}

/* --- 2.4.2: responses ------------------------------------------------------- */

/* "If it is at least halfway to the expiration point, switch to the new route." */
static void an_equal_metric_takes_over_at_exactly_half_of_the_timeout(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 5));
    kit_advance(k, 90);
    kit_hear(k, ETH1, CAROL, RTE(P1, 5));
    expect_installed(k, P1, CAROL, ETH1);
}

/* --- 2.5: output ------------------------------------------------------------ */

/* It went to one asker alone. */
static void an_answer_leaves_the_triggered_update_to_come(void **state)
{
    struct kit *k = *state;
    struct in6_addr group = kit_addr(GROUP);
    quiet(k);
    kit_hear(k, ETH0, BOB, RTE(P1, 1)); /* the hold of eth1 begins */
    kit_forget(k);
    kit_hear(k, ETH0, BOB, RTE(P2, 1));
    kit_ask(k, ETH1, DAVE, RIPNG_PORT, WHOLE_TABLE);
    expect_sent(k, ETH1, P2, 2);
    kit_forget(k);
    kit_advance(k, 5.1);
    expect_sent(k, ETH1, P2, 2);
    assert_true(ripng_addr_equal(&kit_sent_in(k, ETH1, P2)->send.dest, &group));
}

/* 2.5.1 leaves open whether there is one timer or one a network; the answer is in its purpose, the load of
 * each. */
static void the_hold_of_one_interface_does_not_hold_another(void **state)
{
    struct kit *k = *state;
    quiet(k);
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    expect_sent(k, ETH1, P1, 2);
    kit_forget(k);
    kit_hear(k, ETH1, CAROL, RTE(P2, 1));
    expect_sent(k, ETH0, P2, 2); /* no time went by */
    expect_silent(k, ETH1);
}

/* 2.5.1: "it appears with an infinite metric" before and after: "the route need not be sent" */
static void a_route_that_was_poisoned_back_and_still_is_triggers_nothing_there(void **state)
{
    struct kit *k = *state;
    quiet(k);
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_advance(k, 10);
    kit_hear(k, ETH0, BOB, RTE(P1, 5));
    kit_advance(k, 10);
    assert_int_equal(kit_count_packets(k, ETH0, KIT_RESPONSE), 0);
    assert_int_equal(kit_count_packets(k, ETH1, KIT_RESPONSE), 2);
}

static void triggered_updates_do_not_put_off_the_regular_one(void **state)
{
    struct kit *k = *state;
    kit_kernel_add(k, kit_onlink(P3, KIT_LO));
    kit_settle(k);
    for (unsigned i = 0; i < 45; i++) {
        kit_hear(k, ETH0, BOB, RTE(P1, 1 + i % 2));
        kit_advance(k, 1);
    }
    expect_sent(k, ETH1, P3, 1);
}

/* 2.6 and 2.5.2 ("should not be included, skip it") go before 2.3 ("included in all updates") */
static void simple_split_horizon_leaves_out_a_lost_route_as_well(void **state)
{
    struct kit *k = *state;
    kit_home(k);
    kit_section(k, "eth*")->split_horizon = RIPNG_SPLIT_SIMPLE;
    kit_start(k);
    kit_settle(k);
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_hear(k, ETH0, BOB, RTE(P1, 16));
    kit_settle(k);
    kit_advance(k, 46);
    expect_sent(k, ETH1, P1, 16);
    expect_not_sent(k, ETH0, P1);
}

/* What a router loses with a link it tells in one update, and not before it had a moment to hear of other
 * ways. */
static void what_a_failing_link_takes_along_is_told_within_20_to_50_ms_in_one_update(void **state)
{
    struct kit *k = *state;
    quiet(k);
    kit_hear(k, ETH0, BOB, RTE(P1, 1), RTE(P2, 1));
    kit_advance(k, 60);
    kit_forget(k);
    int64_t failed = k->now.us;
    kit_link_up(k, ETH0, false);
    kit_advance(k, 1);
    expect_sent(k, ETH1, P1, 16);
    expect_sent(k, ETH1, P2, 16);
    assert_int_equal(kit_count_packets(k, ETH1, KIT_RESPONSE), 1);
    assert_in_range(kit_sent_in(k, ETH1, P1)->at_us - failed, 20000, 50000);
}

/* --- 2.5.2: addresses ---------------------------------------------------------- */

/* Many homes give a router fe80::1 on each of its links: a link-local address means something on its link
 * alone. */
static void a_router_with_the_same_link_local_address_on_two_links_works_on_both(void **state)
{
    struct kit *k = *state;
    struct in6_addr same = kit_addr("fe80::1");
    kit_link_add(k, KIT_LO, "lo");
    kit_link(k, KIT_LO)->loopback = true;
    kit_link_add(k, ETH0, "eth0");
    kit_link_add(k, ETH1, "eth1");
    kit_address(k, ETH0, "fe80::1", true);
    kit_address(k, ETH1, "fe80::1", true);
    kit_start(k);
    kit_settle(k);
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_hear(k, ETH1, BOB, RTE(P2, 1));
    expect_installed(k, P1, BOB, ETH0);
    expect_installed(k, P2, BOB, ETH1);
    kit_advance(k, 45);
    expect_sent(k, ETH0, P2, 2);
    expect_sent(k, ETH1, P1, 2);
    assert_true(ripng_addr_equal(&kit_sent_in(k, ETH0, P2)->send.source, &same));
    assert_true(ripng_addr_equal(&kit_sent_in(k, ETH1, P1)->send.source, &same));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_RUNNING(an_entry_of_length_0_is_the_default_route_whatever_its_prefix_says),
        KIT_RUNNING(the_default_route_is_learned_passed_on_withdrawn_and_freed_like_any_other),
        KIT_FRESH(the_request_at_start_goes_to_port_521_of_the_group_on_every_link),
        KIT_RUNNING(a_request_teaches_nothing),
        KIT_RUNNING(a_request_does_not_refresh_what_its_sender_announced),
        KIT_RUNNING(the_answer_to_a_router_comes_from_the_designated_address_though_there_are_others),
        KIT_RUNNING(who_asks_one_of_our_global_addresses_from_off_link_is_answered_from_it),
        KIT_RUNNING(a_tool_on_the_link_is_answered_from_a_global_address),
        KIT_RUNNING(a_tool_on_the_link_is_answered_from_the_designated_address_without_a_global_one),
        KIT_RUNNING(a_tool_on_the_link_that_asks_the_group_is_answered_from_the_designated_address),
        KIT_RUNNING(an_off_link_asker_is_answered_from_a_global_address_also_on_port_521),
        KIT_RUNNING(a_global_asker_is_answered_from_a_global_address_also_when_it_asked_the_group),
        KIT_RUNNING(a_multicast_request_from_another_port_needs_no_hop_limit_of_255),
        KIT_RUNNING(the_answer_to_an_off_link_asker_fits_1280_octets),
        KIT_RUNNING(a_specific_request_of_a_jumbo_frame_is_answered_whole_and_in_order),
        KIT_RUNNING(the_answer_to_a_specific_request_has_the_tag_of_the_route),
        KIT_RUNNING(a_link_local_prefix_that_is_asked_for_is_answered_with_16),
        KIT_RUNNING(an_equal_metric_takes_over_at_exactly_half_of_the_timeout),
        KIT_FRESH(an_answer_leaves_the_triggered_update_to_come),
        KIT_FRESH(the_hold_of_one_interface_does_not_hold_another),
        KIT_FRESH(a_route_that_was_poisoned_back_and_still_is_triggers_nothing_there),
        KIT_RUNNING(triggered_updates_do_not_put_off_the_regular_one),
        KIT_FRESH(simple_split_horizon_leaves_out_a_lost_route_as_well),
        KIT_FRESH(what_a_failing_link_takes_along_is_told_within_20_to_50_ms_in_one_update),
        KIT_FRESH(a_router_with_the_same_link_local_address_on_two_links_works_on_both),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
