/* lib/advert.c: regular updates, their contents and packing, RFC 2080 2.1, 2.3, 2.5 and 2.5.2. */
#include "kit.h"

#define P1 "2001:db8:1::/48"
#define P2 "2001:db8:2::/48"
#define OWN "2001:db8:99::/48"

static void own_route(struct kit *k)
{
    kit_kernel_add(k, kit_onlink(OWN, KIT_LO));
    kit_settle(k);
}

/* n routes from Bob, 2001:db8:x::/48 each */
static void learn(struct kit *k, uint32_t ifindex, const char *from, unsigned n)
{
    static struct kit_in in;
    for (unsigned done = 0; done < n;) {
        kit_in(&in, KIT_RESPONSE, ifindex, from);
        for (unsigned i = 0; i < 72 && done < n; i++, done++) {
            char prefix[64];
            snprintf(prefix, sizeof(prefix), "2001:db8:%x::/48", done + 0x1000);
            kit_in_rte(&in, prefix, 1, 0);
        }
        kit_receive(k, &in);
    }
}

/* When the multicast responses on `ifindex` were sent, the first packet of each update only. */
static size_t update_times(const struct kit *k, uint32_t ifindex, int64_t *at, size_t room)
{
    size_t n = 0;
    for (size_t i = 0; i < k->n_packets && n < room; i++)
        if (k->packets[i].send.ifindex == ifindex && k->packets[i].command == KIT_RESPONSE)
            at[n++] = k->packets[i].at_us;
    return n;
}

/* 2.3: "Every 30 seconds ... offset by a small random time (+/- 0 to 15 seconds) each time it is set" */
static void regular_updates_come_every_15_to_45_seconds(void **state)
{
    struct kit *k = *state;
    static int64_t at[2000];
    own_route(k);
    kit_advance(k, 12 * 3600);
    size_t n = update_times(k, ETH0, at, 2000);
    assert_in_range(n, 1300, 1600);
    for (size_t i = 1; i < n; i++)
        assert_in_range(at[i] - at[i - 1], SECONDS(15), SECONDS(45));
}

static void the_jitter_makes_use_of_its_whole_range(void **state)
{
    struct kit *k = *state;
    static int64_t at[2000];
    unsigned thirds[3] = {0};
    own_route(k);
    kit_advance(k, 12 * 3600);
    size_t n = update_times(k, ETH0, at, 2000);
    for (size_t i = 1; i < n; i++) {
        int64_t third = (at[i] - at[i - 1] - SECONDS(15)) / SECONDS(10);
        thirds[third > 2 ? 2 : third]++;
    }
    for (int i = 0; i < 3; i++)
        assert_in_range(thirds[i], n / 4, n / 2);
}

/* 2.3: "to avoid synchronization": routers that started together drift apart */
static void routers_of_other_seeds_send_at_other_times(void **state)
{
    struct kit *k = *state, *other;
    static int64_t a[100], b[100];
    void *second;
    unsigned same = 0;
    kit_setup_fresh(&second);
    other = second;
    other->seed = k->seed + 1;
    kit_home(other);
    kit_start(other);
    kit_settle(other);
    own_route(k);
    own_route(other);
    kit_advance(k, 1200);
    kit_advance(other, 1200);
    size_t na = update_times(k, ETH0, a, 100), nb = update_times(other, ETH0, b, 100);
    for (size_t i = 0; i < na && i < nb; i++)
        same += a[i] == b[i];
    kit_teardown(&second);
    assert_true(same < 2);
}

static void the_update_interval_can_be_set(void **state)
{
    struct kit *k = *state;
    static int64_t at[2000];
    kit_home(k);
    k->config.timers.update_us = SECONDS(4);
    kit_start(k);
    own_route(k);
    kit_advance(k, 400);
    size_t n = update_times(k, ETH0, at, 2000);
    assert_in_range(n, 80, 120);
    for (size_t i = 1; i < n; i++)
        assert_in_range(at[i] - at[i - 1], SECONDS(2), SECONDS(6));
}

/* 2.5: "multicast to the all-rip-routers address FF02::9", from and to port 521, 2.5.2: from a link-local
 * address */
static void a_regular_update_goes_to_the_group_from_the_designated_address(void **state)
{
    struct kit *k = *state;
    struct in6_addr ours = kit_addr(OUR_ETH0), group = kit_addr(GROUP);
    own_route(k);
    kit_advance(k, 50);
    const struct kit_packet *p = kit_sent_in(k, ETH0, OWN);
    assert_non_null(p);
    assert_true(ripng_addr_equal(&p->send.source, &ours));
    assert_true(ripng_addr_equal(&p->send.dest, &group));
    assert_int_equal(p->send.dest_port, RIPNG_PORT);
}

/* 2.5: "the complete routing table" */
static void a_regular_update_holds_the_whole_table(void **state)
{
    struct kit *k = *state;
    own_route(k);
    kit_hear(k, ETH0, BOB, RTE(P1, 4));
    kit_hear(k, ETH0, CAROL, RTE(P2, 5));
    kit_settle(k);
    kit_advance(k, 46);
    expect_sent(k, ETH1, OWN, 1);
    expect_sent(k, ETH1, P1, 5);
    expect_sent(k, ETH1, P2, 6);
    assert_int_equal(kit_sent_in(k, ETH1, OWN)->n, 3);
}

static void a_regular_update_goes_out_on_every_interface(void **state)
{
    struct kit *k = *state;
    own_route(k);
    kit_link_add(k, ETH2, "eth2");
    kit_address(k, ETH2, OUR_ETH2, true);
    kit_settle(k);
    kit_advance(k, 50);
    expect_sent(k, ETH0, OWN, 1);
    expect_sent(k, ETH1, OWN, 1);
    expect_sent(k, ETH2, OWN, 1);
}

static void each_route_is_sent_once_in_an_update(void **state)
{
    struct kit *k = *state;
    learn(k, ETH0, BOB, 300);
    kit_settle(k);
    kit_advance(k, 46);
    size_t total = 0;
    int64_t first = 0;
    for (size_t i = 0; i < k->n_packets; i++) {
        const struct kit_packet *p = &k->packets[i];
        if (p->send.ifindex != ETH1 || p->command != KIT_RESPONSE)
            continue;
        if (!first)
            first = p->at_us;
        if (p->at_us < first + SECONDS(14)) /* before the next one */
            total += p->n;
    }
    assert_int_equal(total, 300);
}

/* --- packing, 2.1 ----------------------------------------------------- */

/* "INT((MTU - sizeof(IPv6_hdrs) - UDP_hdrlen - RIPng_hdrlen) / RTE_size)" */
static size_t most_rtes(const struct kit *k, uint32_t ifindex)
{
    size_t most = 0;
    for (size_t i = 0; i < k->n_packets; i++)
        if (k->packets[i].send.ifindex == ifindex && k->packets[i].n > most)
            most = k->packets[i].n;
    return most;
}

static void a_packet_holds_72_rtes_at_mtu_1500(void **state)
{
    struct kit *k = *state;
    learn(k, ETH0, BOB, 300);
    kit_settle(k);
    kit_advance(k, 50);
    assert_int_equal(most_rtes(k, ETH1), 72);
}

static void a_packet_holds_61_rtes_at_mtu_1280(void **state)
{
    struct kit *k = *state;
    kit_link(k, ETH1)->mtu = 1280;
    kit_link_tell(k, ETH1);
    learn(k, ETH0, BOB, 300);
    kit_settle(k);
    kit_advance(k, 50);
    assert_int_equal(most_rtes(k, ETH1), 61);
}

/* FRR refuses more than 1500 bytes (PEERS.md 5), and nothing is won by more. */
static void a_packet_holds_72_rtes_on_a_jumbo_link(void **state)
{
    struct kit *k = *state;
    kit_link(k, ETH1)->mtu = 9000;
    kit_link_tell(k, ETH1);
    learn(k, ETH0, BOB, 1000);
    kit_settle(k);
    kit_advance(k, 50);
    assert_int_equal(most_rtes(k, ETH1), 72);
}

static void the_largest_mtu_makes_packets_that_udp_can_carry(void **state)
{
    struct kit *k = *state;
    kit_link(k, ETH1)->mtu = UINT32_MAX;
    kit_link_tell(k, ETH1);
    learn(k, ETH0, BOB, 8000);
    kit_settle(k);
    kit_advance(k, 50);
    for (size_t i = 0; i < k->n_packets; i++)
        assert_true(k->packets[i].send.size <= RIPNG_PACKET_MAX);
    assert_int_equal(kit_count_sent(k, ETH1, "2001:db8:2f3f::/48") > 0, 1);
}

/* The kit checks each packet against the MTU of that moment. */
static void an_mtu_that_shrinks_is_kept_to_at_once(void **state)
{
    struct kit *k = *state;
    learn(k, ETH0, BOB, 300);
    kit_settle(k);
    kit_link(k, ETH1)->mtu = 1280;
    kit_link_tell(k, ETH1);
    kit_advance(k, 100);
    assert_int_equal(most_rtes(k, ETH1), 61);
    kit_link(k, ETH1)->mtu = 1500;
    kit_link_tell(k, ETH1);
    kit_forget(k);
    kit_advance(k, 50);
    assert_int_equal(most_rtes(k, ETH1), 72);
}

static void a_small_buffer_is_kept_to(void **state)
{
    struct kit *k = *state;
    static uint8_t buffer[1280];
    struct ripng_send s;
    size_t total = 0;
    kit_link(k, ETH1)->mtu = 9000;
    kit_link_tell(k, ETH1);
    learn(k, ETH0, BOB, 500);
    kit_settle(k);
    for (int i = 0; i < 500; i++) {
        k->now.us += SECONDS(0.1);
        ripng_tick(k->r, k->now);
        while (ripng_next_packet(k->r, k->now, &s, buffer, sizeof(buffer))) {
            assert_true(s.size <= sizeof(buffer));
            if (s.ifindex == ETH1)
                total += (s.size - 4) / 20;
        }
    }
    assert_true(total >= 500);
}

/* --- pacing ----------------------------------------------------------- */

/* FRR's receive buffer takes about 9 packets (PEERS.md 4); ours must not be thrown away there. */
static void a_big_table_is_not_sent_in_one_burst(void **state)
{
    struct kit *k = *state;
    learn(k, ETH0, BOB, 7200); /* 100 packets */
    kit_settle(k);
    kit_advance(k, 50);
    size_t most = 0, burst = 0;
    for (size_t i = 0; i < k->n_packets; i++) {
        if (k->packets[i].send.ifindex != ETH1)
            continue;
        burst = burst && k->packets[i].at_us == k->packets[i - 1].at_us ? burst + 1 : 1;
        most = burst > most ? burst : most;
    }
    assert_in_range(most, 1, 16);
    assert_true(kit_count_packets(k, ETH1, KIT_RESPONSE) >= 100);
}

static void a_big_table_is_sent_whole_before_the_next_update(void **state)
{
    struct kit *k = *state;
    static uint8_t seen[7200];
    learn(k, ETH0, BOB, 7200);
    kit_settle(k);
    kit_advance(k, 62); /* one update has begun and ended */
    memset(seen, 0, sizeof(seen));
    for (size_t i = 0; i < k->n_packets; i++)
        for (size_t j = 0; k->packets[i].send.ifindex == ETH1 && j < k->packets[i].n; j++) {
            const uint8_t *a = k->packets[i].rtes[j].addr.s6_addr;
            seen[(a[4] << 8 | a[5]) - 0x1000] = 1;
        }
    for (size_t i = 0; i < sizeof(seen); i++)
        if (!seen[i])
            fail_msg("route %zu was not sent", i);
}

/* --- a socket that is full -------------------------------------------- */

static void a_blocked_update_is_sent_when_the_socket_has_room(void **state)
{
    struct kit *k = *state;
    own_route(k);
    k->blocked = true;
    kit_advance(k, 46);
    assert_int_equal(k->n_packets, 0);
    k->blocked = false;
    kit_advance(k, 5);
    expect_sent(k, ETH0, OWN, 1);
    expect_sent(k, ETH1, OWN, 1);
}

static void nothing_is_lost_of_an_update_blocked_in_the_middle(void **state)
{
    struct kit *k = *state;
    static uint8_t seen[500];
    learn(k, ETH0, BOB, 500);
    kit_settle(k);
    for (int i = 0; i < 800; i++) {
        k->blocked = i % 2; /* on and off */
        kit_advance(k, 0.1);
    }
    k->blocked = false;
    kit_advance(k, 5);
    memset(seen, 0, sizeof(seen));
    for (size_t i = 0; i < k->n_packets; i++)
        for (size_t j = 0; k->packets[i].send.ifindex == ETH1 && j < k->packets[i].n; j++) {
            const uint8_t *a = k->packets[i].rtes[j].addr.s6_addr;
            seen[(a[4] << 8 | a[5]) - 0x1000] = 1;
        }
    for (size_t i = 0; i < sizeof(seen); i++)
        if (!seen[i])
            fail_msg("route %zu was not sent", i);
}

static void a_blocked_update_is_built_anew_from_the_table(void **state)
{
    struct kit *k = *state;
    own_route(k);
    k->blocked = true;
    kit_advance(k, 46);
    kit_kernel_del(k, kit_onlink(OWN, KIT_LO));
    k->blocked = false;
    kit_advance(k, 5);
    expect_sent(k, ETH0, OWN, 16);
}

/* --- own routes ------------------------------------------------------- */

static void own_routes_are_announced_with_their_metric_as_it_is(void **state)
{
    struct kit *k = *state;
    kit_home(k);
    kit_section(k, "eth*")->metric = 5; /* the cost counts for what is heard, not for what is said */
    k->config.redistribute[RIPNG_SOURCE_CONNECTED].metric = 3;
    k->config.redistribute[RIPNG_SOURCE_CONNECTED].tag = 4242;
    kit_start(k);
    own_route(k);
    kit_advance(k, 50);
    assert_int_equal(expect_sent(k, ETH0, OWN, 3)->tag, 4242);
}

/* 2.5.2: nothing that is link-local; the kernel has fe80::/64 on each link. */
static void link_local_and_multicast_routes_of_the_kernel_are_never_announced(void **state)
{
    struct kit *k = *state;
    kit_kernel_add(k, kit_onlink("fe80::/64", ETH0));
    kit_kernel_add(k, kit_onlink("ff00::/8", ETH1));
    kit_kernel_add(k, kit_onlink("::1/128", KIT_LO));
    own_route(k);
    kit_advance(k, 50);
    for (size_t i = 0; i < k->n_packets; i++)
        assert_int_equal(k->packets[i].n, 1);
    expect_sent(k, ETH1, OWN, 1);
    assert_int_equal(kit_status(k).routes, 1);
}

/* --- where updates go ------------------------------------------------- */

static void a_passive_interface_sends_no_updates(void **state)
{
    struct kit *k = *state;
    kit_home(k);
    kit_section(k, "eth0")->passive = true;
    kit_section(k, "eth1");
    kit_start(k);
    own_route(k);
    kit_kernel_add(k, kit_onlink(P1, KIT_LO));
    kit_advance(k, 200);
    expect_silent(k, ETH0);
    expect_sent(k, ETH1, OWN, 1);
}

static void unicast_neighbours_have_a_copy_of_each_update(void **state)
{
    struct kit *k = *state;
    struct in6_addr bob = kit_addr(BOB), carol = kit_addr(CAROL), group = kit_addr(GROUP);
    kit_home(k);
    struct ripng_iface_config *c = kit_section(k, "eth0");
    c->n_neighbors = 2;
    c->neighbors[0] = bob;
    c->neighbors[1] = carol;
    kit_start(k);
    own_route(k);
    kit_advance(k, 300);
    unsigned n[3] = {0};
    for (size_t i = 0; i < k->n_packets; i++) {
        const struct ripng_send *s = &k->packets[i].send;
        assert_int_equal(s->dest_port, RIPNG_PORT);
        n[0] += ripng_addr_equal(&s->dest, &bob);
        n[1] += ripng_addr_equal(&s->dest, &carol);
        n[2] += ripng_addr_equal(&s->dest, &group);
    }
    assert_in_range(n[2], 6, 20);
    assert_int_equal(n[0], n[2]);
    assert_int_equal(n[1], n[2]);
}

/* 2.5: networks without multicast: each neighbour has to be told of */
static void without_multicast_only_the_neighbours_are_sent_to(void **state)
{
    struct kit *k = *state;
    struct in6_addr bob = kit_addr(BOB);
    kit_home(k);
    struct ripng_iface_config *c = kit_section(k, "eth0");
    c->multicast = false;
    c->n_neighbors = 1;
    c->neighbors[0] = bob;
    kit_start(k);
    own_route(k);
    kit_advance(k, 100);
    expect_sent(k, ETH0, OWN, 1);
    for (size_t i = 0; i < k->n_packets; i++)
        assert_true(ripng_addr_equal(&k->packets[i].send.dest, &bob));
}

static void without_multicast_and_neighbours_nobody_is_sent_to(void **state)
{
    struct kit *k = *state;
    kit_home(k);
    kit_section(k, "eth0")->multicast = false;
    kit_section(k, "eth1");
    kit_start(k);
    own_route(k);
    kit_hear(k, ETH1, BOB, RTE(P1, 1));
    kit_advance(k, 100);
    expect_silent(k, ETH0);
    expect_sent(k, ETH1, OWN, 1);
    kit_stop(k);
    kit_advance(k, 1);
    expect_silent(k, ETH0);
    assert_true(ripng_stopped(k->r));
}

static void packets_sent_are_counted(void **state)
{
    struct kit *k = *state;
    struct ripng_iface_info before, after;
    own_route(k);
    assert_true(kit_iface(k, ETH0, &before));
    uint64_t total = kit_status(k).tx_packets;
    kit_advance(k, 300);
    assert_true(kit_iface(k, ETH0, &after));
    assert_int_equal(after.tx_packets - before.tx_packets, kit_count_packets(k, ETH0, KIT_RESPONSE));
    assert_int_equal(kit_status(k).tx_packets - total, k->n_packets);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_RUNNING(regular_updates_come_every_15_to_45_seconds),
        KIT_RUNNING(the_jitter_makes_use_of_its_whole_range),
        KIT_RUNNING(routers_of_other_seeds_send_at_other_times),
        KIT_FRESH(the_update_interval_can_be_set),
        KIT_RUNNING(a_regular_update_goes_to_the_group_from_the_designated_address),
        KIT_RUNNING(a_regular_update_holds_the_whole_table),
        KIT_RUNNING(a_regular_update_goes_out_on_every_interface),
        KIT_RUNNING(each_route_is_sent_once_in_an_update),
        KIT_RUNNING(a_packet_holds_72_rtes_at_mtu_1500),
        KIT_RUNNING(a_packet_holds_61_rtes_at_mtu_1280),
        KIT_RUNNING(a_packet_holds_72_rtes_on_a_jumbo_link),
        KIT_RUNNING(the_largest_mtu_makes_packets_that_udp_can_carry),
        KIT_RUNNING(an_mtu_that_shrinks_is_kept_to_at_once),
        KIT_RUNNING(a_small_buffer_is_kept_to),
        KIT_RUNNING(a_big_table_is_not_sent_in_one_burst),
        KIT_RUNNING(a_big_table_is_sent_whole_before_the_next_update),
        KIT_RUNNING(a_blocked_update_is_sent_when_the_socket_has_room),
        KIT_RUNNING(nothing_is_lost_of_an_update_blocked_in_the_middle),
        KIT_RUNNING(a_blocked_update_is_built_anew_from_the_table),
        KIT_FRESH(own_routes_are_announced_with_their_metric_as_it_is),
        KIT_RUNNING(link_local_and_multicast_routes_of_the_kernel_are_never_announced),
        KIT_FRESH(a_passive_interface_sends_no_updates),
        KIT_FRESH(unicast_neighbours_have_a_copy_of_each_update),
        KIT_FRESH(without_multicast_only_the_neighbours_are_sent_to),
        KIT_FRESH(without_multicast_and_neighbours_nobody_is_sent_to),
        KIT_RUNNING(packets_sent_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
