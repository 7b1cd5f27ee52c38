/* lib/iface.c: on which interfaces RIPng runs, the designated address, start and end of each. RFC
 * 2080 2.4.1, 2.5.2. */
#include "kit.h"

#define P1 "2001:db8:1::/48"
#define P2 "2001:db8:2::/48"
#define OWN "2001:db8:99::/48"

/* eth2 in an engine that runs on eth0 and eth1. */
static void add_eth2(struct kit *k)
{
    kit_link_add(k, ETH2, "eth2");
    kit_address(k, ETH2, OUR_ETH2, true);
}

static const struct kit_packet *request_on(const struct kit *k, uint32_t ifindex)
{
    for (size_t i = 0; i < k->n_packets; i++)
        if (k->packets[i].send.ifindex == ifindex && k->packets[i].command == KIT_REQUEST)
            return &k->packets[i];
    return NULL;
}

static const char *designated(const struct kit *k, uint32_t ifindex)
{
    static char text[RIPNG_ADDR_TEXT];
    struct ripng_iface_info i;
    if (!kit_iface(k, ifindex, &i))
        return "none";
    return ripng_addr_text(&i.address, text);
}

/* --- start ------------------------------------------------------------ */

static void an_interface_with_a_link_local_address_is_run_on(void **state)
{
    struct kit *k = *state;
    add_eth2(k);
    expect_active(k, ETH2, true);
    assert_string_equal(expect_event(k, RIPNG_EV_IFACE_UP, RIPNG_WHY_NONE)->ifname, "eth2");
    assert_int_equal(kit_status(k).interfaces, 3);
}

static void the_group_is_joined_first(void **state)
{
    struct kit *k = *state;
    k->hold = true;
    add_eth2(k);
    assert_int_equal(kit_count_changes(k, RIPNG_GROUP_JOIN, NULL), 1);
    assert_int_equal(k->changes[0].c.ifindex, ETH2);
    expect_silent(k, ETH2);
    kit_release(k);
    expect_active(k, ETH2, true);
}

/* 2.4.1: "Normally, Requests are sent ... by routers which have just come up" */
static void the_neighbours_are_asked_for_their_whole_table_at_once(void **state)
{
    struct kit *k = *state;
    struct in6_addr group = kit_addr(GROUP), ours = kit_addr(OUR_ETH2);
    add_eth2(k);
    const struct kit_packet *p = request_on(k, ETH2);
    assert_non_null(p);
    assert_true(ripng_addr_equal(&p->send.dest, &group));
    assert_true(ripng_addr_equal(&p->send.source, &ours));
    assert_int_equal(p->send.dest_port, RIPNG_PORT);
    assert_int_equal(p->n, 1);
    assert_int_equal(p->rtes[0].len, 0);
    assert_int_equal(p->rtes[0].metric, 16);
    assert_int_equal(p->rtes[0].tag, 0);
    assert_true(ripng_addr_is_unspecified(&p->rtes[0].addr));
}

static void the_own_table_is_told_soon(void **state)
{
    struct kit *k = *state;
    kit_kernel_add(k, kit_onlink(OWN, KIT_LO));
    kit_settle(k);
    add_eth2(k);
    kit_advance(k, 5);
    expect_sent(k, ETH2, OWN, 1);
}

static void a_refused_join_is_tried_again(void **state)
{
    struct kit *k = *state;
    k->refuse_join = ENOBUFS;
    k->refuse_times = 3;
    add_eth2(k);
    expect_active(k, ETH2, false);
    expect_silent(k, ETH2);
    kit_advance(k, 60);
    expect_active(k, ETH2, true);
    assert_non_null(request_on(k, ETH2));
}

static void a_passive_interface_joins_and_asks_nobody(void **state)
{
    struct kit *k = *state;
    kit_home(k);
    kit_section(k, "eth0")->passive = true;
    kit_start(k);
    kit_advance(k, 100);
    assert_int_equal(kit_count_changes(k, RIPNG_GROUP_JOIN, NULL), 1);
    assert_int_equal(k->n_packets, 0);
    expect_active(k, ETH0, true);
}

static void a_passive_interface_learns(void **state)
{
    struct kit *k = *state;
    kit_home(k);
    kit_section(k, "eth0")->passive = true;
    kit_section(k, "eth1");
    kit_start(k);
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    expect_installed(k, P1, BOB, ETH0);
    kit_advance(k, 5);
    expect_sent(k, ETH1, P1, 2);
}

static void unicast_neighbours_are_asked_as_well(void **state)
{
    struct kit *k = *state;
    struct in6_addr bob = kit_addr(BOB);
    bool asked = false;
    kit_home(k);
    struct ripng_iface_config *c = kit_section(k, "eth0");
    c->multicast = false;
    c->n_neighbors = 1;
    c->neighbors[0] = bob;
    kit_start(k);
    kit_advance(k, 1);
    for (size_t i = 0; i < k->n_packets; i++)
        asked |= k->packets[i].command == KIT_REQUEST && ripng_addr_equal(&k->packets[i].send.dest, &bob);
    assert_true(asked);
}

/* --- what is not run on ----------------------------------------------- */

static void an_interface_without_a_link_local_address_is_not_run_on(void **state)
{
    struct kit *k = *state;
    kit_link_add(k, ETH2, "eth2");
    expect_active(k, ETH2, false);
    kit_address(k, ETH2, "2001:db8::a2", true);
    expect_active(k, ETH2, false);
    expect_silent(k, ETH2);
}

/* An address that is a duplicate would be somebody else's. */
static void a_tentative_address_is_not_used_before_it_is_sure(void **state)
{
    struct kit *k = *state;
    kit_link_add(k, ETH2, "eth2");
    kit_address(k, ETH2, OUR_ETH2, false);
    expect_active(k, ETH2, false);
    expect_silent(k, ETH2);
    kit_address(k, ETH2, OUR_ETH2, true);
    expect_active(k, ETH2, true);
}

static void loopback_is_not_run_on(void **state)
{
    struct kit *k = *state;
    kit_address(k, KIT_LO, "fe80::1", true);
    kit_link(k, KIT_LO)->multicast = true;
    kit_link_tell(k, KIT_LO);
    expect_active(k, KIT_LO, false);
    expect_silent(k, KIT_LO);
}

static void an_interface_that_is_down_is_not_run_on(void **state)
{
    struct kit *k = *state;
    k->links[k->n_links++] =
        (struct ripng_link){.ifindex = ETH2, .name = "eth2", .mtu = 1500, .multicast = true};
    kit_link_tell(k, ETH2);
    kit_address(k, ETH2, OUR_ETH2, true);
    expect_active(k, ETH2, false);
    kit_link_up(k, ETH2, true);
    expect_active(k, ETH2, true);
}

static void an_interface_that_cannot_multicast_is_not_run_on(void **state)
{
    struct kit *k = *state;
    k->links[k->n_links++] = (struct ripng_link){.ifindex = ETH2, .name = "eth2", .mtu = 1500, .up = true};
    kit_link_tell(k, ETH2);
    kit_address(k, ETH2, OUR_ETH2, true);
    expect_active(k, ETH2, false);
}

static void an_interface_shows_its_section_and_without_multicast_only_if_it_is_named(void **state)
{
    struct kit *k = *state;
    struct ripng_iface_info i;
    kit_home(k);
    kit_section(k, "eth0");
    kit_section(k, "eth*");
    kit_link(k, ETH0)->multicast = kit_link(k, ETH1)->multicast = false;
    kit_start(k);
    assert_true(kit_iface(k, ETH0, &i));
    assert_string_equal(i.section, "eth0");
    assert_false(i.up);
    assert_false(kit_iface(k, ETH1, &i));
    kit_link(k, ETH1)->multicast = true;
    kit_link_tell(k, ETH1);
    assert_true(kit_iface(k, ETH1, &i));
    assert_string_equal(i.section, "eth*");
}

/* HOME.md 0.13 */
static void a_port_of_a_bridge_is_not_run_on(void **state)
{
    struct kit *k = *state;
    k->links[k->n_links++] = (struct ripng_link){
        .ifindex = ETH2, .name = "eth2", .mtu = 1500, .up = true, .multicast = true, .port = true};
    kit_link_tell(k, ETH2);
    kit_address(k, ETH2, OUR_ETH2, true);
    expect_active(k, ETH2, false);
    expect_silent(k, ETH2);
    kit_link(k, ETH2)->port = false;
    kit_link_tell(k, ETH2);
    expect_active(k, ETH2, true);
}

static void an_interface_that_becomes_a_port_is_left_with_its_routes(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_settle(k);
    kit_link(k, ETH0)->port = true;
    kit_link_tell(k, ETH0);
    expect_active(k, ETH0, false);
    expect_event(k, RIPNG_EV_IFACE_DOWN, RIPNG_WHY_BRIDGE_PORT);
    expect_garbage(k, P1);
    expect_not_installed(k, P1);
    expect_sent(k, ETH1, P1, 16);
}

static void only_interfaces_that_match_a_section_are_run_on(void **state)
{
    struct kit *k = *state;
    struct ripng_iface_info i;
    kit_home(k);
    kit_section(k, "eth1");
    kit_start(k);
    kit_advance(k, 60);
    expect_active(k, ETH0, false);
    expect_active(k, ETH1, true);
    expect_silent(k, ETH0);
    assert_false(kit_iface(k, ETH0, &i)); /* "Interfaces that the configuration wants" */
}

static void a_section_can_disable_an_interface(void **state)
{
    struct kit *k = *state;
    kit_home(k);
    kit_section(k, "*");
    struct ripng_iface_config *c = kit_section(k, "eth0");
    c->enabled = false;
    c->n_neighbors = 1; /* "neighbors" must not override it (PEERS.md 2b, FRR 20136) */
    c->neighbors[0] = kit_addr(BOB);
    kit_start(k);
    kit_advance(k, 60);
    expect_active(k, ETH0, false);
    expect_silent(k, ETH0);
    expect_active(k, ETH1, true);
}

static void a_new_name_is_a_new_configuration(void **state)
{
    struct kit *k = *state;
    kit_home(k);
    kit_section(k, "eth*");
    kit_section(k, "lan")->metric = 5;
    kit_start(k);
    kit_settle(k);
    struct ripng_iface_info i;
    snprintf(kit_link(k, ETH0)->name, RIPNG_IFNAME, "lan");
    kit_link_tell(k, ETH0);
    assert_true(kit_iface(k, ETH0, &i));
    assert_int_equal(i.metric, 5);
    assert_string_equal(i.name, "lan");
    assert_string_equal(ripng_iface_name(k->r, ETH0), "lan");
    snprintf(kit_link(k, ETH0)->name, RIPNG_IFNAME, "wan");
    kit_link_tell(k, ETH0);
    expect_active(k, ETH0, false);
}

static void the_same_link_again_is_no_change(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_settle(k);
    kit_link_tell(k, ETH0);
    kit_address(k, ETH0, OUR_ETH0, true);
    expect_no_changes(k);
    assert_int_equal(k->n_packets, 0);
    assert_int_equal(k->n_events, 0);
    expect_route(k, P1, 2, BOB);
}

/* --- the designated address, 2.5.2 ------------------------------------ */

static void the_first_link_local_address_stays_the_designated_one(void **state)
{
    struct kit *k = *state;
    struct in6_addr ours = kit_addr(OUR_ETH0);
    kit_kernel_add(k, kit_onlink(OWN, KIT_LO));
    kit_address(k, ETH0, "fe80::1", true); /* lower */
    kit_address(k, ETH0, "fe80::ffff", true);
    kit_settle(k);
    assert_string_equal(designated(k, ETH0), OUR_ETH0);
    kit_advance(k, 100);
    for (size_t i = 0; i < k->n_packets; i++)
        if (k->packets[i].send.ifindex == ETH0)
            assert_true(ripng_addr_equal(&k->packets[i].send.source, &ours));
}

static void another_address_takes_over_when_the_designated_one_goes(void **state)
{
    struct kit *k = *state;
    struct in6_addr other = kit_addr("fe80::a00");
    kit_kernel_add(k, kit_onlink(OWN, KIT_LO));
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_address(k, ETH0, "fe80::a00", true);
    kit_settle(k);
    kit_address_del(k, ETH0, OUR_ETH0);
    assert_string_equal(designated(k, ETH0), "fe80::a00");
    expect_active(k, ETH0, true);
    expect_route(k, P1, 2, BOB); /* Bob is where he was */
    kit_advance(k, 50);
    const struct kit_packet *p = kit_sent_in(k, ETH0, OWN);
    assert_non_null(p);
    assert_true(ripng_addr_equal(&p->send.source, &other));
}

static void a_new_designated_address_is_told_to_the_neighbours_soon(void **state)
{
    struct kit *k = *state;
    kit_kernel_add(k, kit_onlink(OWN, KIT_LO));
    kit_address(k, ETH0, "fe80::a00", true);
    kit_settle(k);
    kit_address_del(k, ETH0, OUR_ETH0);
    kit_advance(k, 5.1); /* else they lose us for up to 45 seconds */
    expect_sent(k, ETH0, OWN, 1);
}

static void an_address_that_becomes_unusable_is_not_used(void **state)
{
    struct kit *k = *state;
    kit_address(k, ETH0, "fe80::a00", true);
    kit_address(k, ETH0, OUR_ETH0, false);
    assert_string_equal(designated(k, ETH0), "fe80::a00");
}

static void without_any_link_local_address_the_interface_is_left(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_settle(k);
    kit_address_del(k, ETH0, OUR_ETH0);
    expect_active(k, ETH0, false);
    expect_event(k, RIPNG_EV_IFACE_DOWN, RIPNG_WHY_NO_LINK_LOCAL);
    expect_garbage(k, P1);
    expect_not_installed(k, P1);
    kit_forget(k);
    kit_address(k, ETH0, OUR_ETH0, true);
    expect_active(k, ETH0, true);
    assert_non_null(request_on(k, ETH0));
}

/* --- the end of an interface ------------------------------------------ */

static void when_a_link_goes_down_its_routes_are_lost_at_once(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_hear(k, ETH1, CAROL, RTE(P2, 1));
    kit_settle(k);
    kit_link_up(k, ETH0, false);
    expect_garbage(k, P1);
    expect_not_installed(k, P1);
    expect_sent(k, ETH1, P1, 16);
    expect_event(k, RIPNG_EV_ROUTE_LOST, RIPNG_WHY_IFACE_DOWN);
    expect_event(k, RIPNG_EV_IFACE_DOWN, RIPNG_WHY_IFACE_DOWN);
    expect_installed(k, P2, CAROL, ETH1);
    assert_int_equal(kit_status(k).interfaces, 1);
}

static void nothing_is_sent_on_a_link_that_is_down(void **state)
{
    struct kit *k = *state;
    kit_kernel_add(k, kit_onlink(OWN, KIT_LO));
    kit_settle(k);
    kit_link_up(k, ETH0, false);
    kit_advance(k, 200); /* the kit fails where something is */
    expect_silent(k, ETH0);
    expect_sent(k, ETH1, OWN, 1);
}

static void a_link_that_comes_back_is_joined_and_asked_again(void **state)
{
    struct kit *k = *state;
    kit_link_up(k, ETH0, false);
    kit_advance(k, 10);
    kit_forget(k);
    kit_link_up(k, ETH0, true);
    expect_active(k, ETH0, true);
    assert_non_null(request_on(k, ETH0));
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    expect_installed(k, P1, BOB, ETH0);
}

/* PEERS.md 2b, FRR 9e544a9c4: the membership can go with the link. */
static void the_group_is_joined_again_after_a_link_was_deleted(void **state)
{
    struct kit *k = *state;
    kit_link_del(k, ETH0);
    kit_forget(k);
    kit_link_add(k, 17, "eth0");
    kit_address(k, 17, OUR_ETH0, true);
    assert_int_equal(kit_count_changes(k, RIPNG_GROUP_JOIN, NULL), 1);
    expect_active(k, 17, true);
}

static void a_deleted_link_takes_its_routes_and_neighbours_along(void **state)
{
    struct kit *k = *state;
    struct ripng_neigh_info n;
    struct ripng_iface_info i;
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_settle(k);
    kit_link_del(k, ETH0);
    kit_advance(k, 1);
    expect_garbage(k, P1);
    expect_sent(k, ETH1, P1, 16);
    expect_not_installed(k, P1);
    assert_false(kit_neigh(k, ETH0, BOB, &n) && n.routes > 0);
    assert_false(kit_iface(k, ETH0, &i));
    assert_string_equal(ripng_iface_name(k->r, ETH0), "?");
    kit_advance(k, 200);
    assert_int_equal(kit_status(k).neighbors, 0);
}

static void a_link_that_flaps_is_right_in_the_end(void **state)
{
    struct kit *k = *state;
    kit_kernel_add(k, kit_onlink(OWN, KIT_LO));
    for (int i = 0; i < 200; i++) {
        kit_link_up(k, ETH0, i % 2);
        kit_advance(k, 0.05);
    }
    expect_active(k, ETH0, true);
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    expect_installed(k, P1, BOB, ETH0);
    kit_forget(k);
    kit_advance(k, 50);
    expect_sent(k, ETH0, OWN, 1);
}

static void a_link_that_comes_while_the_kernel_is_slow_is_right_in_the_end(void **state)
{
    struct kit *k = *state;
    k->hold = true;
    add_eth2(k);
    kit_link_up(k, ETH2, false);
    kit_link_up(k, ETH2, true);
    kit_link_up(k, ETH2, false);
    kit_release(k);
    expect_active(k, ETH2, false);
    expect_silent(k, ETH2);
    kit_link_up(k, ETH2, true);
    kit_advance(k, 61);
    expect_active(k, ETH2, true);
}

static void an_interface_can_be_read(void **state)
{
    struct kit *k = *state;
    struct ripng_iface_info i;
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    assert_true(kit_iface(k, ETH0, &i));
    assert_string_equal(i.name, "eth0");
    assert_int_equal(i.mtu, 1500);
    assert_true(i.up);
    assert_false(i.passive);
    assert_int_equal(i.metric, 1);
    assert_int_equal(i.split_horizon, RIPNG_SPLIT_POISON);
    assert_int_equal(i.neighbors, 1);
    assert_true(i.tx_packets > 0);
    assert_string_equal(designated(k, ETH0), OUR_ETH0);
}

static void an_interface_that_waits_for_its_address_can_be_read(void **state)
{
    struct kit *k = *state;
    struct ripng_iface_info i;
    kit_link_add(k, ETH2, "eth2");
    assert_true(kit_iface(k, ETH2, &i));
    assert_false(i.up);
    assert_string_equal(designated(k, ETH2), "::");
}

static void fifty_interfaces_are_run_on(void **state)
{
    struct kit *k = *state;
    kit_kernel_add(k, kit_onlink(OWN, KIT_LO));
    for (uint32_t i = 10; i < 60; i++) {
        char name[16], addr[32];
        snprintf(name, sizeof(name), "vlan%u", i);
        snprintf(addr, sizeof(addr), "fe80::1:%u", i);
        kit_link_add(k, i, name);
        kit_address(k, i, addr, true);
    }
    kit_settle(k);
    assert_int_equal(kit_status(k).interfaces, 52);
    kit_advance(k, 50);
    for (uint32_t i = 10; i < 60; i++)
        expect_sent(k, i, OWN, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_RUNNING(an_interface_with_a_link_local_address_is_run_on),
        KIT_RUNNING(the_group_is_joined_first),
        KIT_RUNNING(the_neighbours_are_asked_for_their_whole_table_at_once),
        KIT_RUNNING(the_own_table_is_told_soon),
        KIT_RUNNING(a_refused_join_is_tried_again),
        KIT_FRESH(a_passive_interface_joins_and_asks_nobody),
        KIT_FRESH(a_passive_interface_learns),
        KIT_FRESH(unicast_neighbours_are_asked_as_well),
        KIT_RUNNING(an_interface_without_a_link_local_address_is_not_run_on),
        KIT_RUNNING(a_tentative_address_is_not_used_before_it_is_sure),
        KIT_RUNNING(loopback_is_not_run_on),
        KIT_RUNNING(an_interface_that_is_down_is_not_run_on),
        KIT_RUNNING(an_interface_that_cannot_multicast_is_not_run_on),
        KIT_FRESH(an_interface_shows_its_section_and_without_multicast_only_if_it_is_named),
        KIT_RUNNING(a_port_of_a_bridge_is_not_run_on),
        KIT_RUNNING(an_interface_that_becomes_a_port_is_left_with_its_routes),
        KIT_FRESH(only_interfaces_that_match_a_section_are_run_on),
        KIT_FRESH(a_section_can_disable_an_interface),
        KIT_FRESH(a_new_name_is_a_new_configuration),
        KIT_RUNNING(the_same_link_again_is_no_change),
        KIT_RUNNING(the_first_link_local_address_stays_the_designated_one),
        KIT_RUNNING(another_address_takes_over_when_the_designated_one_goes),
        KIT_RUNNING(a_new_designated_address_is_told_to_the_neighbours_soon),
        KIT_RUNNING(an_address_that_becomes_unusable_is_not_used),
        KIT_RUNNING(without_any_link_local_address_the_interface_is_left),
        KIT_RUNNING(when_a_link_goes_down_its_routes_are_lost_at_once),
        KIT_RUNNING(nothing_is_sent_on_a_link_that_is_down),
        KIT_RUNNING(a_link_that_comes_back_is_joined_and_asked_again),
        KIT_RUNNING(the_group_is_joined_again_after_a_link_was_deleted),
        KIT_RUNNING(a_deleted_link_takes_its_routes_and_neighbours_along),
        KIT_RUNNING(a_link_that_flaps_is_right_in_the_end),
        KIT_RUNNING(a_link_that_comes_while_the_kernel_is_slow_is_right_in_the_end),
        KIT_RUNNING(an_interface_can_be_read),
        KIT_RUNNING(an_interface_that_waits_for_its_address_can_be_read),
        KIT_RUNNING(fifty_interfaces_are_run_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
