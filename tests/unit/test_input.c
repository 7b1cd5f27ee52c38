/* lib/input.c: which packets are heard at all, RFC 2080 2.4 and 2.4.2, and what is counted of the others. */
#include "kit.h"

#define P1 "2001:db8:1::/48"
#define P2 "2001:db8:2::/48"

static struct kit_in in;

/* A good response of Bob's on eth0; each test spoils something. */
static void good(void)
{
    kit_in(&in, KIT_RESPONSE, ETH0, BOB);
    kit_in_rte(&in, P1, 1, 0);
}

static void expect_dropped(struct kit *k, enum ripng_reason why)
{
    uint64_t before = kit_drops(k, why);
    kit_receive(k, &in);
    expect_no_route(k, P1);
    expect_event(k, RIPNG_EV_PACKET_DROPPED, why);
    assert_int_equal(kit_drops(k, why), before + 1);
}

static void a_good_response_is_heard(void **state)
{
    struct kit *k = *state;
    good();
    kit_receive(k, &in);
    expect_route(k, P1, 2, BOB);
    expect_installed(k, P1, BOB, ETH0);
    expect_no_event(k, RIPNG_EV_PACKET_DROPPED);
}

/* 2.4.2: "The Response must be ignored if it is not from the RIPng port." */
static void a_response_from_another_port_is_dropped(void **state)
{
    struct kit *k = *state;
    static const uint16_t ports[] = {1, 520, 522, 1024, 65535};
    for (size_t i = 0; i < 5; i++) {
        good();
        in.port = ports[i];
        expect_dropped(k, RIPNG_WHY_PORT);
    }
}

/* 2.4.2: "the source of the datagram must be a link-local address" */
static void a_response_from_an_address_that_is_not_link_local_is_dropped(void **state)
{
    struct kit *k = *state;
    static const char *const sources[] = {"2001:db8::b", "fd00::b", "::", "::1", "fec0::b", "ff02::1"};
    for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
        kit_forget(k);
        good();
        in.source = kit_addr(sources[i]);
        kit_receive(k, &in);
        expect_no_route(k, P1);
    }
    assert_int_equal(kit_drops(k, RIPNG_WHY_SOURCE), 6);
}

/* 2.4.2: "check to see whether the response is from one of the router's own addresses" */
static void a_response_from_our_own_address_is_dropped(void **state)
{
    struct kit *k = *state;
    good();
    in.source = kit_addr(OUR_ETH0);
    expect_dropped(k, RIPNG_WHY_OWN);
}

static void a_response_from_any_own_address_of_the_interface_is_dropped(void **state)
{
    struct kit *k = *state;
    kit_address(k, ETH0, "fe80::a00", true);
    kit_forget(k);
    good();
    in.source = kit_addr("fe80::a00");
    expect_dropped(k, RIPNG_WHY_OWN);
}

/* fe80::1 on each of a router's links is common, so the neighbour on eth0 may well be called as we are on
 * eth1. */
static void a_neighbour_that_is_called_as_we_are_on_another_link_is_heard(void **state)
{
    struct kit *k = *state;
    good();
    in.source = kit_addr(OUR_ETH1);
    kit_receive(k, &in);
    expect_route(k, P1, 2, OUR_ETH1);
}

/* Two of our interfaces on one link: each hears what the other sends. */
static void our_own_multicast_heard_on_another_interface_is_dropped(void **state)
{
    struct kit *k = *state;
    kit_kernel_add(k, kit_onlink(P1, KIT_LO));
    kit_hear(k, ETH1, CAROL, RTE(P2, 1));
    kit_advance(k, 50);
    const struct kit_packet *p = kit_sent_in(k, ETH0, P2);
    assert_non_null(p);
    kit_echo(k, p, ETH1);
    assert_int_equal(kit_drops(k, RIPNG_WHY_OWN), 1);
    expect_route(k, P2, 2, CAROL);
    assert_int_equal(kit_status(k).neighbors, 1);
}

/* Our interfaces on one link, and each has the other's address among its neighbours. */
static void our_own_unicast_heard_on_another_interface_is_dropped(void **state)
{
    struct kit *k = *state;
    struct ripng_iface_config *i = kit_section(k, "eth0");
    i->multicast = false;
    i->neighbors[i->n_neighbors++] = kit_addr(OUR_ETH1);
    kit_section(k, "eth1");
    kit_configure(k);
    kit_hear(k, ETH1, CAROL, RTE(P2, 1));
    kit_advance(k, 50);
    const struct kit_packet *p = kit_sent_in(k, ETH0, P2);
    assert_non_null(p);
    kit_echo(k, p, ETH1);
    assert_int_equal(kit_drops(k, RIPNG_WHY_OWN), 1);
    expect_route(k, P2, 2, CAROL);
    assert_int_equal(kit_status(k).neighbors, 1);
}

/* Else it is a new neighbour there, and believed once the address has come back. */
static void our_own_packet_is_known_though_its_address_went_meanwhile(void **state)
{
    struct kit *k = *state;
    struct in6_addr gone = kit_addr(OUR_ETH0);
    kit_hear(k, ETH1, CAROL, RTE(P2, 1));
    kit_advance(k, 50);
    const struct kit_packet *p = kit_sent_in(k, ETH0, P2);
    assert_non_null(p);
    struct kit_packet copy = *p;
    ripng_address_gone(k->r, k->now, ETH0, &gone);
    kit_echo(k, &copy, ETH1);
    assert_int_equal(kit_drops(k, RIPNG_WHY_OWN), 1);
    assert_int_equal(kit_status(k).neighbors, 1);
}

static void our_own_multicast_heard_on_the_same_interface_is_dropped(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH1, CAROL, RTE(P2, 1));
    kit_advance(k, 50);
    const struct kit_packet *p = kit_sent_in(k, ETH0, P2);
    assert_non_null(p);
    kit_echo(k, p, ETH0);
    assert_int_equal(kit_drops(k, RIPNG_WHY_OWN), 1);
    assert_int_equal(kit_status(k).neighbors, 1);
}

/* 2.4.2: "periodic advertisements must have their hop counts set to 255, and inbound multicast packets ...
 * examined" */
static void a_multicast_response_needs_hop_limit_255(void **state)
{
    struct kit *k = *state;
    static const uint8_t limits[] = {0, 1, 64, 254};
    for (size_t i = 0; i < 4; i++) {
        good();
        in.hop_limit = limits[i];
        expect_dropped(k, RIPNG_WHY_HOP_LIMIT);
    }
}

static void a_unicast_response_may_have_any_hop_limit(void **state)
{
    struct kit *k = *state;
    good();
    in.dest = kit_addr(OUR_ETH0);
    in.hop_limit = 64; /* FRR's answers, PEERS.md 0.1 */
    kit_receive(k, &in);
    expect_route(k, P1, 2, BOB);
}

static void a_response_on_an_interface_without_ripng_is_dropped(void **state)
{
    struct kit *k = *state;
    kit_link_add(k, ETH2, "eth2"); /* no link-local address yet */
    good();
    in.ifindex = ETH2;
    expect_dropped(k, RIPNG_WHY_INACTIVE);
}

static void a_response_on_an_unknown_interface_is_dropped(void **state)
{
    struct kit *k = *state;
    good();
    in.ifindex = 4711;
    kit_receive(k, &in);
    in.ifindex = 0;
    kit_receive(k, &in);
    expect_no_route(k, P1);
    assert_int_equal(kit_drops(k, RIPNG_WHY_INACTIVE), 2);
}

static void a_packet_shorter_than_a_header_is_dropped(void **state)
{
    struct kit *k = *state;
    for (size_t size = 0; size < 4; size++) {
        good();
        in.size = size;
        expect_dropped(k, RIPNG_WHY_SHORT);
    }
}

static void a_packet_with_half_an_rte_is_dropped_whole(void **state)
{
    struct kit *k = *state;
    good();
    in.size += 10;
    expect_dropped(k, RIPNG_WHY_LENGTH);
}

static void a_packet_of_another_version_is_dropped(void **state)
{
    struct kit *k = *state;
    static const uint8_t versions[] = {0, 2, 255};
    for (size_t i = 0; i < 3; i++) {
        good();
        in.data[1] = versions[i];
        expect_dropped(k, RIPNG_WHY_VERSION);
    }
}

static void a_packet_of_another_command_is_dropped(void **state)
{
    struct kit *k = *state;
    static const uint8_t commands[] = {0, 3, 9, 255};
    for (size_t i = 0; i < 4; i++) {
        good();
        in.data[0] = commands[i];
        expect_dropped(k, RIPNG_WHY_COMMAND);
    }
}

static void a_reserved_field_that_is_not_zero_does_no_harm(void **state)
{
    struct kit *k = *state;
    good();
    in.data[2] = 0xff;
    in.data[3] = 0xff;
    kit_receive(k, &in);
    expect_route(k, P1, 2, BOB);
}

static void a_response_without_rtes_makes_a_neighbour_without_routes(void **state)
{
    struct kit *k = *state;
    struct ripng_neigh_info n;
    kit_in(&in, KIT_RESPONSE, ETH0, BOB);
    kit_receive(k, &in);
    assert_true(kit_neigh(k, ETH0, BOB, &n));
    assert_int_equal(n.routes, 0);
    expect_no_event(k, RIPNG_EV_PACKET_DROPPED);
}

static void a_response_of_a_jumbo_frame_is_read_to_its_end(void **state)
{
    struct kit *k = *state;
    kit_in(&in, KIT_RESPONSE, ETH0, BOB);
    for (unsigned i = 0; i < 3000; i++) {
        char prefix[64];
        snprintf(prefix, sizeof(prefix), "2001:db8:%x::/48", i);
        kit_in_rte(&in, prefix, 1, 0);
    }
    kit_receive(k, &in);
    expect_route(k, "2001:db8:bb7::/48", 2, BOB);
    assert_int_equal(kit_status(k).routes, 3000);
}

/* --- neighbours ------------------------------------------------------- */

static void the_first_response_of_a_router_is_reported_once(void **state)
{
    struct kit *k = *state;
    struct in6_addr bob = kit_addr(BOB);
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    const struct ripng_event *e = expect_event(k, RIPNG_EV_NEIGH_NEW, RIPNG_WHY_NONE);
    assert_true(ripng_addr_equal(&e->neighbor, &bob));
    assert_int_equal(e->ifindex, ETH0);
    assert_int_equal(kit_count_events(k, RIPNG_EV_NEIGH_NEW), 1);
}

static void the_same_address_on_two_links_is_two_neighbours(void **state)
{
    struct kit *k = *state;
    struct ripng_neigh_info n;
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_hear(k, ETH1, BOB, RTE(P2, 1));
    assert_int_equal(kit_status(k).neighbors, 2);
    assert_true(kit_neigh(k, ETH0, BOB, &n));
    assert_int_equal(n.routes, 1);
    assert_true(kit_neigh(k, ETH1, BOB, &n));
    assert_int_equal(n.routes, 1);
    expect_installed(k, P1, BOB, ETH0);
    expect_installed(k, P2, BOB, ETH1);
}

static void packets_and_routes_of_a_neighbour_are_counted(void **state)
{
    struct kit *k = *state;
    struct ripng_neigh_info n;
    kit_hear(k, ETH0, BOB, RTE(P1, 1), RTE(P2, 1));
    kit_hear(k, ETH0, BOB, RTE(P1, 1), RTE("ff00::/8", 1), RTE("2001:db8:9::/48", 0));
    kit_in(&in, KIT_RESPONSE, ETH0, BOB);
    in.data[1] = 9;
    kit_receive(k, &in);
    kit_advance(k, 7);
    assert_true(kit_neigh(k, ETH0, BOB, &n));
    assert_int_equal(n.routes, 2);
    assert_int_equal(n.packets, 2);
    assert_int_equal(n.bad_packets, 1);
    assert_int_equal(n.bad_routes, 2);
    assert_true(n.seen_us == SECONDS(7));
}

static int64_t interval_of_bob(struct kit *k)
{
    struct ripng_neigh_info n;
    assert_true(kit_neigh(k, ETH0, BOB, &n));
    return n.interval_us;
}

static void the_interval_of_a_neighbour_is_that_of_its_regular_updates(void **state)
{
    struct kit *k = *state;
    static const int gaps[] = {30, 28, 7, 25, 90, 31, 4};
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_advance(k, 30);
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    assert_true(interval_of_bob(k) == -1); /* one could be anything */
    for (size_t i = 0; i < sizeof gaps / sizeof gaps[0]; i++) {
        kit_advance(k, gaps[i]);
        kit_hear(k, ETH0, BOB, RTE(P1, 1));
        kit_hear(k, ETH0, BOB, RTE(P2, 1)); /* its second packet */
    }
    assert_true(interval_of_bob(k) == SECONDS(31)); /* 90 was an outage */
}

static void the_interval_of_a_neighbour_follows_what_it_does_now(void **state)
{
    struct kit *k = *state;
    for (int i = 0; i < 20; i++) {
        kit_hear(k, ETH0, BOB, RTE(P1, 1));
        kit_advance(k, i < 10 ? 120 : 20);
    }
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    assert_true(interval_of_bob(k) == SECONDS(20));
}

/* FRR makes a peer of every forged source (PEERS.md 2b): memory for anybody on the link. */
static void bad_packets_of_strangers_make_no_neighbours(void **state)
{
    struct kit *k = *state;
    for (unsigned i = 0; i < 100; i++) {
        char from[32];
        snprintf(from, sizeof(from), "fe80::bad:%x", i);
        kit_in(&in, KIT_RESPONSE, ETH0, from);
        in.data[1] = 3;
        kit_receive(k, &in);
    }
    assert_int_equal(kit_status(k).neighbors, 0);
}

static void interface_counters_count_good_and_bad_packets(void **state)
{
    struct kit *k = *state;
    struct ripng_iface_info before, i;
    struct ripng_status s0 = kit_status(k);
    assert_true(kit_iface(k, ETH0, &before));
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    good();
    in.port = 99;
    kit_receive(k, &in);
    assert_true(kit_iface(k, ETH0, &i));
    assert_int_equal(i.rx_errors - before.rx_errors, 1);
    assert_in_range(i.rx_packets - before.rx_packets, 2, 3);
    assert_int_equal(i.neighbors, 1);
    assert_int_equal(kit_status(k).rx_errors - s0.rx_errors, 1);
}

static void only_those_in_accept_from_are_heard(void **state)
{
    struct kit *k = *state;
    kit_home(k);
    struct ripng_iface_config *c = kit_section(k, "eth0");
    c->n_accept = 2;
    c->accept_from[0] = kit_addr(CAROL);
    c->accept_from[1] = kit_addr(DAVE);
    kit_start(k);
    kit_settle(k);
    good();
    expect_dropped(k, RIPNG_WHY_NOT_ACCEPTED);
    kit_hear(k, ETH0, DAVE, RTE(P1, 1));
    expect_route(k, P1, 2, DAVE);
    kit_hear(k, ETH0, CAROL, RTE(P2, 1));
    expect_route(k, P2, 2, CAROL);
}

static void a_neighbour_beyond_the_limit_is_dropped_and_reported(void **state)
{
    struct kit *k = *state;
    kit_home(k);
    k->config.limits.neighbors = 2;
    kit_start(k);
    kit_settle(k);
    kit_hear(k, ETH0, CAROL, RTE(P2, 1));
    kit_hear(k, ETH0, DAVE, RTE(P2, 1));
    good();
    kit_receive(k, &in);
    expect_no_route(k, P1);
    assert_int_equal(kit_drops(k, RIPNG_WHY_NEIGHBOR_LIMIT), 1);
    assert_int_equal(kit_count_events(k, RIPNG_EV_LIMIT), 1);
    assert_int_equal(kit_status(k).neighbors, 2);
}

static void neighbours_within_the_limit_go_on_being_heard(void **state)
{
    struct kit *k = *state;
    kit_home(k);
    k->config.limits.neighbors = 1;
    kit_start(k);
    kit_settle(k);
    kit_hear(k, ETH0, CAROL, RTE(P2, 1));
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_hear(k, ETH0, CAROL, RTE(P2, 5));
    expect_route(k, P2, 6, CAROL);
}

static void a_silent_neighbour_makes_room_for_another(void **state)
{
    struct kit *k = *state;
    kit_home(k);
    k->config.limits.neighbors = 1;
    kit_start(k);
    kit_settle(k);
    kit_hear(k, ETH0, CAROL, RTE(P2, 1));
    kit_advance(k, 700);
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    expect_route(k, P1, 2, BOB);
}

/* A flood of forged neighbours must not push out those that are real. */
static void a_flood_of_neighbours_leaves_the_known_ones_alone(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    for (unsigned i = 0; i < 2000; i++) {
        char from[32];
        snprintf(from, sizeof(from), "fe80::f00d:%x", i);
        kit_hear(k, ETH0, from, RTE(P2, 15));
    }
    assert_int_equal(kit_status(k).neighbors, 256);
    expect_route(k, P1, 2, BOB);
    kit_hear(k, ETH0, BOB, RTE(P1, 2));
    expect_route(k, P1, 3, BOB);
}

static void lost_packets_make_us_ask_the_neighbours_again(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_settle(k);
    ripng_packets_lost(k->r, k->now, 12);
    kit_pump(k);
    kit_advance(k, 10);
    assert_true(kit_count_packets(k, ETH0, KIT_REQUEST) > 0);
    assert_int_equal(kit_status(k).packets_lost, 12);
}

/* A socket that overflows all the time must not make a storm of requests, whose answers overflow it again. */
static void packets_lost_again_and_again_make_no_storm_of_requests(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_settle(k);
    for (int i = 0; i < 1000; i++) { /* 10 seconds */
        ripng_packets_lost(k->r, k->now, 1);
        kit_advance(k, 0.01);
    }
    assert_in_range(kit_count_packets(k, ETH0, KIT_REQUEST), 1, 12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_RUNNING(a_good_response_is_heard),
        KIT_RUNNING(a_response_from_another_port_is_dropped),
        KIT_RUNNING(a_response_from_an_address_that_is_not_link_local_is_dropped),
        KIT_RUNNING(a_response_from_our_own_address_is_dropped),
        KIT_RUNNING(a_response_from_any_own_address_of_the_interface_is_dropped),
        KIT_RUNNING(a_neighbour_that_is_called_as_we_are_on_another_link_is_heard),
        KIT_RUNNING(our_own_multicast_heard_on_another_interface_is_dropped),
        KIT_RUNNING(our_own_unicast_heard_on_another_interface_is_dropped),
        KIT_RUNNING(our_own_packet_is_known_though_its_address_went_meanwhile),
        KIT_RUNNING(our_own_multicast_heard_on_the_same_interface_is_dropped),
        KIT_RUNNING(a_multicast_response_needs_hop_limit_255),
        KIT_RUNNING(a_unicast_response_may_have_any_hop_limit),
        KIT_RUNNING(a_response_on_an_interface_without_ripng_is_dropped),
        KIT_RUNNING(a_response_on_an_unknown_interface_is_dropped),
        KIT_RUNNING(a_packet_shorter_than_a_header_is_dropped),
        KIT_RUNNING(a_packet_with_half_an_rte_is_dropped_whole),
        KIT_RUNNING(a_packet_of_another_version_is_dropped),
        KIT_RUNNING(a_packet_of_another_command_is_dropped),
        KIT_RUNNING(a_reserved_field_that_is_not_zero_does_no_harm),
        KIT_RUNNING(a_response_without_rtes_makes_a_neighbour_without_routes),
        KIT_RUNNING(a_response_of_a_jumbo_frame_is_read_to_its_end),
        KIT_RUNNING(the_first_response_of_a_router_is_reported_once),
        KIT_RUNNING(the_same_address_on_two_links_is_two_neighbours),
        KIT_RUNNING(packets_and_routes_of_a_neighbour_are_counted),
        KIT_RUNNING(the_interval_of_a_neighbour_is_that_of_its_regular_updates),
        KIT_RUNNING(the_interval_of_a_neighbour_follows_what_it_does_now),
        KIT_RUNNING(bad_packets_of_strangers_make_no_neighbours),
        KIT_RUNNING(interface_counters_count_good_and_bad_packets),
        KIT_FRESH(only_those_in_accept_from_are_heard),
        KIT_FRESH(a_neighbour_beyond_the_limit_is_dropped_and_reported),
        KIT_FRESH(neighbours_within_the_limit_go_on_being_heard),
        KIT_FRESH(a_silent_neighbour_makes_room_for_another),
        KIT_RUNNING(a_flood_of_neighbours_leaves_the_known_ones_alone),
        KIT_RUNNING(lost_packets_make_us_ask_the_neighbours_again),
        KIT_RUNNING(packets_lost_again_and_again_make_no_storm_of_requests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
