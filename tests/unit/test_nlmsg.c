/*
 * daemon/nlmsg.c: links, addresses, answers and dumps are built and read back; what
 * is written is taken apart again; and bytes that no kernel would send. Routes have
 * a file of their own, test_nlroute.c.
 */
#include "nlbuild.h"

/* --- links ------------------------------------------------------------ */

TEST(a_link_is_read_with_its_name_mtu_and_flags)
{
    struct build b;
    begin_link(&b, RTM_NEWLINK, IFF_UP | IFF_RUNNING | IFF_MULTICAST);
    struct nlmsg m = read_back(&b);
    assert_int_equal(m.kind, NLMSG_KIND_LINK);
    assert_int_equal(m.link.ifindex, 7);
    assert_string_equal(m.link.name, "eth7");
    assert_int_equal(m.link.mtu, 1492);
    assert_true(m.link.up);
    assert_false(m.link.no_carrier);
    assert_true(m.link.multicast);
    assert_false(m.link.loopback);
    assert_false(m.link.port);
}

TEST(a_link_without_a_carrier_is_known_as_such)
{
    struct build b;
    begin_link(&b, RTM_NEWLINK, IFF_UP | IFF_MULTICAST);
    assert_true(read_back(&b).link.up);
    assert_true(read_back(&b).link.no_carrier);
}

TEST(a_link_set_down_is_not_up)
{
    struct build b;
    begin_link(&b, RTM_NEWLINK, IFF_RUNNING | IFF_MULTICAST);
    assert_false(read_back(&b).link.up);
}

TEST(the_loopback_link_is_known_as_such)
{
    struct build b;
    begin_link(&b, RTM_NEWLINK, IFF_UP | IFF_RUNNING | IFF_LOOPBACK);
    struct nlmsg m = read_back(&b);
    assert_true(m.link.loopback);
    assert_false(m.link.multicast);
}

TEST(a_bridge_port_is_a_port)
{
    struct build b;
    build_port(&b, "bridge", 7);
    struct nlmsg m = read_back(&b);
    assert_int_equal(m.kind, NLMSG_KIND_LINK);
    assert_true(m.link.port);
}

TEST(ports_of_bonds_and_teams_are_ports)
{
    struct build b;
    build_port(&b, "bond", 5);
    assert_true(read_back(&b).link.port);
    build_port(&b, "team", 5);
    assert_true(read_back(&b).link.port);
}

TEST(the_kind_of_the_master_needs_no_nul)
{
    struct build b;
    build_port(&b, "bridge", 6);
    assert_true(read_back(&b).link.port);
}

TEST(a_master_whose_kind_only_begins_like_bridge_makes_no_port)
{
    struct build b;
    build_port(&b, "bridges", 8);
    assert_false(read_back(&b).link.port);
    build_port(&b, "brid", 5);
    assert_false(read_back(&b).link.port);
}

TEST(a_link_in_a_vrf_is_no_port)
{
    struct build b;
    build_port(&b, "vrf", 4);
    struct nlmsg m = read_back(&b);
    assert_int_equal(m.kind, NLMSG_KIND_LINK);
    assert_false(m.link.port);
}

TEST(a_deleted_link_is_gone)
{
    struct build b;
    begin_link(&b, RTM_DELLINK, 0);
    struct nlmsg m = read_back(&b);
    assert_int_equal(m.kind, NLMSG_KIND_LINK_GONE);
    assert_int_equal(m.link.ifindex, 7);
}

TEST(a_port_leaving_its_bridge_is_not_a_link_that_goes)
{
    struct build b;
    begin_link(&b, RTM_DELLINK, IFF_UP | IFF_RUNNING);
    ((struct ifinfomsg *)NLMSG_DATA(&b.h))->ifi_family = AF_BRIDGE;
    assert_int_equal(read_back(&b).kind, NLMSG_KIND_OTHER);
}

TEST(a_bridge_telling_of_its_port_is_not_the_link_itself)
{
    struct build b;
    begin_link(&b, RTM_NEWLINK, IFF_UP | IFF_RUNNING);
    ((struct ifinfomsg *)NLMSG_DATA(&b.h))->ifi_family = AF_BRIDGE;
    assert_int_equal(read_back(&b).kind, NLMSG_KIND_OTHER);
}

TEST(a_link_name_of_15_characters_fits_and_one_of_16_does_not)
{
    struct build b;
    struct ifinfomsg *i = begin(&b, RTM_NEWLINK, 0, sizeof *i);
    i->ifi_index = 7;
    put_u32(&b, IFLA_MTU, 1500);
    put(&b, IFLA_IFNAME, "abcdefghijklmno", 16);
    struct nlmsg m = read_back(&b);
    assert_int_equal(m.kind, NLMSG_KIND_LINK);
    assert_string_equal(m.link.name, "abcdefghijklmno");

    i = begin(&b, RTM_NEWLINK, 0, sizeof *i);
    i->ifi_index = 7;
    put_u32(&b, IFLA_MTU, 1500);
    put(&b, IFLA_IFNAME, "abcdefghijklmnop", 17);
    assert_int_equal(read_back(&b).kind, NLMSG_KIND_OTHER);
}

TEST(a_link_without_a_nul_in_its_name_is_not_understood)
{
    struct build b;
    struct ifinfomsg *i = begin(&b, RTM_NEWLINK, 0, sizeof *i);
    i->ifi_index = 7;
    put_u32(&b, IFLA_MTU, 1500);
    put(&b, IFLA_IFNAME, "eth0", 4);
    assert_int_equal(read_back(&b).kind, NLMSG_KIND_OTHER);
}

/* --- addresses -------------------------------------------------------- */

TEST(an_address_is_read)
{
    struct build b;
    begin_address(&b, RTM_NEWADDR, IFA_F_PERMANENT);
    put_addr(&b, IFA_ADDRESS, "fe80::7");
    struct nlmsg m = read_back(&b);
    assert_int_equal(m.kind, NLMSG_KIND_ADDRESS);
    assert_int_equal(m.address.ifindex, 7);
    assert_addr(&m.address.addr, "fe80::7");
    assert_true(m.address.usable);
}

TEST(with_a_peer_the_local_address_is_ours)
{
    struct build b;
    begin_address(&b, RTM_NEWADDR, 0);
    put_addr(&b, IFA_LOCAL, "fe80::7");
    put_addr(&b, IFA_ADDRESS, "fe80::8");
    struct nlmsg m = read_back(&b);
    assert_addr(&m.address.addr, "fe80::7");
}

static bool is_usable(unsigned flags)
{
    struct build b;
    begin_address(&b, RTM_NEWADDR, flags);
    put_addr(&b, IFA_ADDRESS, "fe80::7");
    put_u32(&b, IFA_FLAGS, flags);
    struct nlmsg m = read_back(&b);
    assert_int_equal(m.kind, NLMSG_KIND_ADDRESS);
    return m.address.usable;
}

TEST(tentative_and_duplicate_addresses_are_not_usable)
{
    assert_false(is_usable(IFA_F_TENTATIVE));
    assert_false(is_usable(IFA_F_DADFAILED));
    assert_false(is_usable(IFA_F_TENTATIVE | IFA_F_DADFAILED));
    assert_false(is_usable(IFA_F_OPTIMISTIC | IFA_F_DADFAILED));
}

TEST(optimistic_and_deprecated_addresses_are_usable)
{
    assert_true(is_usable(IFA_F_TENTATIVE | IFA_F_OPTIMISTIC));
    assert_true(is_usable(IFA_F_DEPRECATED | IFA_F_NOPREFIXROUTE));
}

TEST(the_long_flags_win_over_the_short_ones)
{
    struct build b;
    begin_address(&b, RTM_NEWADDR, IFA_F_TENTATIVE);
    put_addr(&b, IFA_ADDRESS, "fe80::7");
    put_u32(&b, IFA_FLAGS, IFA_F_PERMANENT);
    assert_true(read_back(&b).address.usable);
}

TEST(without_long_flags_the_short_ones_count)
{
    struct build b;
    begin_address(&b, RTM_NEWADDR, IFA_F_TENTATIVE);
    put_addr(&b, IFA_ADDRESS, "fe80::7");
    assert_false(read_back(&b).address.usable);
}

TEST(a_removed_address_is_gone)
{
    struct build b;
    begin_address(&b, RTM_DELADDR, 0);
    put_addr(&b, IFA_ADDRESS, "2001:db8::7");
    struct nlmsg m = read_back(&b);
    assert_int_equal(m.kind, NLMSG_KIND_ADDRESS_GONE);
    assert_addr(&m.address.addr, "2001:db8::7");
}

TEST(an_ipv4_address_is_no_concern_of_ours)
{
    struct build b;
    begin_address(&b, RTM_NEWADDR, 0);
    ((struct ifaddrmsg *)NLMSG_DATA(&b.h))->ifa_family = AF_INET;
    put(&b, IFA_ADDRESS, "\x0a\0\0\x01", 4);
    assert_int_equal(read_back(&b).kind, NLMSG_KIND_OTHER);
}

TEST(an_address_of_the_wrong_length_is_not_understood)
{
    struct build b;
    begin_address(&b, RTM_NEWADDR, 0);
    put(&b, IFA_ADDRESS, "\x0a\0\0\x01", 4);
    assert_int_equal(read_back(&b).kind, NLMSG_KIND_OTHER);
    begin_address(&b, RTM_NEWADDR, 0);
    put(&b, IFA_ADDRESS, "0123456789abcdefgh", 17);
    assert_int_equal(read_back(&b).kind, NLMSG_KIND_OTHER);
}

/* --- answers and dumps ------------------------------------------------ */

TEST(an_error_gives_its_errno_and_whose_it_is)
{
    struct build b;
    struct nlmsgerr *e = begin(&b, NLMSG_ERROR, 0, sizeof *e);
    e->error = -ENETUNREACH;
    b.h.nlmsg_seq = 77;
    b.h.nlmsg_pid = 4711;
    struct nlmsg m = read_back(&b);
    assert_int_equal(m.kind, NLMSG_KIND_ANSWER);
    assert_int_equal(m.error, ENETUNREACH);
    assert_int_equal(m.seq, 77);
    assert_int_equal(m.port_id, 4711);
}

TEST(an_acknowledgement_is_an_error_of_zero)
{
    struct build b;
    begin(&b, NLMSG_ERROR, 0, sizeof(struct nlmsgerr));
    struct nlmsg m = read_back(&b);
    assert_int_equal(m.kind, NLMSG_KIND_ANSWER);
    assert_int_equal(m.error, 0);
}

TEST(an_error_that_is_no_errno_is_still_an_error)
{
    static const int errors[] = {1, -4096, INT32_MIN, INT32_MAX};
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        struct build b;
        struct nlmsgerr *e = begin(&b, NLMSG_ERROR, 0, sizeof *e);
        e->error = errors[i];
        assert_int_equal(read_back(&b).error, EPROTO);
    }
    struct build b;
    begin(&b, NLMSG_ERROR, 0, 0);
    assert_int_equal(read_back(&b).error, EPROTO);
}

TEST(a_dump_ends_with_or_without_an_errno)
{
    struct build b;
    begin(&b, NLMSG_DONE, NLM_F_MULTI, 0);
    struct nlmsg m = read_back(&b);
    assert_int_equal(m.kind, NLMSG_KIND_DONE);
    assert_int_equal(m.error, 0);
    int *error = begin(&b, NLMSG_DONE, NLM_F_MULTI, sizeof *error);
    *error = -ENOENT;
    assert_int_equal(read_back(&b).error, ENOENT);
}

TEST(an_interrupted_dump_is_marked)
{
    struct build b;
    begin(&b, NLMSG_DONE, NLM_F_MULTI | NLM_F_DUMP_INTR, 0);
    assert_true(read_back(&b).interrupted);
    build_route(&b);
    assert_false(read_back(&b).interrupted);
}

TEST(messages_of_other_types_are_stepped_over)
{
    struct build b;
    begin(&b, RTM_NEWNEIGH, 0, 100);
    assert_int_equal(read_back(&b).kind, NLMSG_KIND_OTHER);
}

TEST(messages_in_a_row_are_read_one_by_one)
{
    struct build b[2];
    char bytes[2048];
    struct nlmsg m;
    build_route(&b[0]);
    begin_link(&b[1], RTM_NEWLINK, IFF_UP);
    size_t first = b[0].h.nlmsg_len, second = b[1].h.nlmsg_len;
    memcpy(bytes, b[0].bytes, first);
    memcpy(bytes + first, b[1].bytes, second);
    assert_int_equal(read_bytes(bytes, first + second, MAIN, &m), first);
    assert_int_equal(m.kind, NLMSG_KIND_ROUTE);
    assert_int_equal(read_bytes(bytes + first, second, MAIN, &m), second);
    assert_int_equal(m.kind, NLMSG_KIND_LINK);
    assert_int_equal(read_bytes(bytes + first + second, 0, MAIN, &m), 0);
}

/* --- bytes that no kernel sends --------------------------------------- */

TEST(a_message_cut_anywhere_is_no_message)
{
    struct build b;
    struct nlmsg m;
    build_route(&b);
    for (size_t size = 0; size < b.h.nlmsg_len; size++) {
        assert_int_equal(read_bytes(b.bytes, size, MAIN, &m), 0);
        assert_int_equal(m.kind, NLMSG_KIND_OTHER);
    }
}

TEST(a_message_that_claims_to_be_shorter_than_its_header_ends_the_reading)
{
    struct build b;
    struct nlmsg m;
    for (uint32_t len = 0; len < sizeof(struct nlmsghdr); len++) {
        build_route(&b);
        b.h.nlmsg_len = len;
        assert_int_equal(read_bytes(b.bytes, sizeof b.bytes, MAIN, &m), 0);
    }
}

TEST(a_message_without_its_second_header_is_not_understood)
{
    static const uint16_t types[] = {RTM_NEWLINK, RTM_DELLINK,  RTM_NEWADDR,
                                     RTM_DELADDR, RTM_NEWROUTE, RTM_DELROUTE};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        for (size_t size = 0; size < 12; size++) {
            struct build b;
            struct nlmsg m;
            begin(&b, types[i], 0, 0);
            b.h.nlmsg_len += (uint32_t)size;
            assert_true(read_bytes(b.bytes, b.h.nlmsg_len, MAIN, &m) > 0);
            if (size < 8) /* ifaddrmsg has 8 bytes, the others more */
                assert_int_equal(m.kind, NLMSG_KIND_OTHER);
        }
}

TEST(an_attribute_that_claims_more_than_the_message_is_not_read)
{
    struct build b;
    begin_address(&b, RTM_NEWADDR, 0);
    put(&b, IFA_ADDRESS, "0123456789abcdef", 16)->rta_len = 24;
    assert_int_equal(read_back(&b).kind, NLMSG_KIND_OTHER);
    begin_address(&b, RTM_NEWADDR, 0);
    put(&b, IFA_ADDRESS, "0123456789abcdef", 16)->rta_len = 0;
    assert_int_equal(read_back(&b).kind, NLMSG_KIND_OTHER);
}

TEST(numbers_of_the_wrong_length_are_not_understood)
{
    static const unsigned types[] = {RTA_OIF, RTA_PRIORITY, RTA_TABLE, RTA_NH_ID};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        for (size_t size = 0; size < 9; size++) {
            struct build b;
            build_route(&b);
            put(&b, types[i], "\0\0\0\0\0\0\0\0", size);
            struct nlmsg m = read_back(&b);
            if (size != 4)
                assert_int_equal(m.kind, NLMSG_KIND_OTHER);
        }
}

/* Each byte of each kind of message set to what breaks most: nothing to be asserted, the sanitizers watch. */
TEST(no_single_wrong_byte_does_harm)
{
    static const unsigned char values[] = {0, 1, 2, 3, 4, 5, 8, 16, 0x7f, 0x80, 0xff};
    struct build b[5];
    build_route(&b[0]);
    build_port(&b[1], "bridge", 7);
    begin_address(&b[2], RTM_NEWADDR, 0);
    put_addr(&b[2], IFA_ADDRESS, "fe80::7");
    put_u32(&b[2], IFA_FLAGS, 0);
    begin_route(&b[3], RTM_NEWROUTE, 0, "2001:db8:1::", 48);
    struct rtattr *nest = open_nest(&b[3], RTA_MULTIPATH);
    put_nexthop(&b[3], 7, "fe80::1");
    put_nexthop(&b[3], 8, "fe80::2");
    close_nest(&b[3], nest);
    begin(&b[4], NLMSG_ERROR, 0, sizeof(struct nlmsgerr));
    for (size_t k = 0; k < sizeof b / sizeof *b; k++) {
        uint32_t size = b[k].h.nlmsg_len; /* the bytes that are there, whatever the header says */
        for (size_t i = 0; i < size; i++)
            for (size_t v = 0; v < sizeof values; v++) {
                struct build broken = b[k];
                struct nlmsg m;
                broken.bytes[i] = (char)values[v];
                read_bytes(broken.bytes, size, MAIN, &m);
            }
    }
}

/* --- writing ---------------------------------------------------------- */

static struct ripng_change a_change(enum ripng_change_kind kind)
{
    struct ripng_change c = {
        .kind = kind,
        .id = 12345,
        .ifindex = 7,
        .gateway = addr("fe80::1"),
        .kernel = {.table = MAIN, .metric = 2048, .protocol = 189},
    };
    assert_true(ripng_prefix_parse("2001:db8:1::/48", &c.prefix, NULL));
    return c;
}

static const struct rtattr *find(const struct build *b, size_t header, unsigned type)
{
    size_t at = NLMSG_HDRLEN + NLMSG_ALIGN(header);
    while (at + sizeof(struct rtattr) <= b->h.nlmsg_len) {
        const struct rtattr *a = (const void *)(b->bytes + at);
        assert_true(a->rta_len >= sizeof *a && at + a->rta_len <= b->h.nlmsg_len);
        if (a->rta_type == type)
            return a;
        at += RTA_ALIGN(a->rta_len);
    }
    return NULL;
}

TEST(a_route_is_written_and_reads_back_the_same)
{
    struct build b;
    struct ripng_change c = a_change(RIPNG_ROUTE_SET);
    size_t size = nlmsg_write_change(b.bytes, sizeof b.bytes, &c);
    assert_int_equal(size, b.h.nlmsg_len);
    assert_int_equal(b.h.nlmsg_type, RTM_NEWROUTE);
    struct nlmsg m = read_back(&b);
    assert_int_equal(m.kind, NLMSG_KIND_ROUTE);
    assert_int_equal(m.seq, 12345);
    assert_prefix(&m.route.prefix, "2001:db8:1::/48");
    assert_int_equal(m.route.type, RIPNG_TYPE_UNICAST);
    assert_int_equal(m.route.protocol, 189);
    assert_int_equal(m.route.metric, 2048);
    assert_int_equal(m.route.ifindex, 7);
    assert_addr(&m.route.gateway, "fe80::1");
}

TEST(a_discard_route_is_written_as_unreachable_without_a_way)
{
    struct build b;
    struct ripng_change c = a_change(RIPNG_ROUTE_SET);
    c.type = RIPNG_TYPE_DISCARD;
    nlmsg_write_change(b.bytes, sizeof b.bytes, &c);
    const struct rtmsg *r = NLMSG_DATA(&b.h);
    assert_int_equal(r->rtm_type, RTN_UNREACHABLE);
    assert_null(find(&b, sizeof *r, RTA_GATEWAY));
    assert_null(find(&b, sizeof *r, RTA_OIF));
    struct nlmsg m = read_back(&b);
    assert_int_equal(m.kind, NLMSG_KIND_ROUTE);
    assert_int_equal(m.route.type, RIPNG_TYPE_DISCARD);
    assert_int_equal(m.route.metric, 2048);
    assert_prefix(&m.route.prefix, "2001:db8:1::/48");
}

TEST(a_route_is_created_or_replaced_in_place_and_only_its_error_answered)
{
    struct build b;
    struct ripng_change c = a_change(RIPNG_ROUTE_SET);
    nlmsg_write_change(b.bytes, sizeof b.bytes, &c);
    assert_int_equal(b.h.nlmsg_flags, NLM_F_REQUEST | NLM_F_CREATE | NLM_F_REPLACE);
    nlmsg_want_ack(b.bytes);
    assert_int_equal(b.h.nlmsg_flags, NLM_F_REQUEST | NLM_F_CREATE | NLM_F_REPLACE | NLM_F_ACK);
}

TEST(a_deletion_names_prefix_metric_protocol_and_table_alone)
{
    struct build b;
    struct ripng_change c = a_change(RIPNG_ROUTE_DELETE);
    assert_true(nlmsg_write_change(b.bytes, sizeof b.bytes, &c) > 0);
    assert_int_equal(b.h.nlmsg_type, RTM_DELROUTE);
    assert_int_equal(b.h.nlmsg_flags, NLM_F_REQUEST);
    const struct rtmsg *r = NLMSG_DATA(&b.h);
    assert_int_equal(r->rtm_protocol, 189);
    assert_int_equal(r->rtm_dst_len, 48);
    assert_non_null(find(&b, sizeof *r, RTA_DST));
    assert_int_equal(*(uint32_t *)RTA_DATA(find(&b, sizeof *r, RTA_PRIORITY)), 2048);
    assert_int_equal(*(uint32_t *)RTA_DATA(find(&b, sizeof *r, RTA_TABLE)), MAIN);
    assert_null(find(&b, sizeof *r, RTA_GATEWAY));
    assert_null(find(&b, sizeof *r, RTA_OIF));
}

TEST(a_table_over_255_is_written_in_full)
{
    struct build b;
    struct nlmsg m;
    struct ripng_change c = a_change(RIPNG_ROUTE_SET);
    c.kernel.table = 70000;
    nlmsg_write_change(b.bytes, sizeof b.bytes, &c);
    read_bytes(b.bytes, b.h.nlmsg_len, 70000, &m);
    assert_int_equal(m.kind, NLMSG_KIND_ROUTE);
}

TEST(joining_a_group_is_no_netlink_message)
{
    struct build b;
    for (int kind = RIPNG_GROUP_JOIN; kind <= RIPNG_GROUP_LEAVE; kind++) {
        struct ripng_change c = a_change((enum ripng_change_kind)kind);
        assert_int_equal(nlmsg_write_change(b.bytes, sizeof b.bytes, &c), 0);
    }
}

TEST(nothing_is_written_where_it_might_not_fit)
{
    struct build b;
    struct ripng_change c = a_change(RIPNG_ROUTE_SET);
    assert_int_equal(nlmsg_write_change(b.bytes, NLMSG_CHANGE_MAX - 1, &c), 0);
    assert_int_equal(nlmsg_write_dump(b.bytes, NLMSG_CHANGE_MAX - 1, NLMSG_DUMP_LINKS, MAIN, 1), 0);
    assert_true(nlmsg_write_change(b.bytes, NLMSG_CHANGE_MAX, &c) <= NLMSG_CHANGE_MAX);
}

TEST(dumps_ask_for_links_ipv6_addresses_and_one_table)
{
    struct build b;
    size_t size = nlmsg_write_dump(b.bytes, sizeof b.bytes, NLMSG_DUMP_LINKS, MAIN, 1);
    assert_int_equal(size, b.h.nlmsg_len);
    assert_int_equal(b.h.nlmsg_type, RTM_GETLINK);
    assert_int_equal(b.h.nlmsg_flags, NLM_F_REQUEST | NLM_F_DUMP);
    assert_int_equal(b.h.nlmsg_seq, 1);
    assert_int_equal(((struct ifinfomsg *)NLMSG_DATA(&b.h))->ifi_family, AF_UNSPEC);
    nlmsg_write_dump(b.bytes, sizeof b.bytes, NLMSG_DUMP_ADDRESSES, MAIN, 2);
    assert_int_equal(b.h.nlmsg_type, RTM_GETADDR);
    assert_int_equal(((struct ifaddrmsg *)NLMSG_DATA(&b.h))->ifa_family, AF_INET6);
    nlmsg_write_dump(b.bytes, sizeof b.bytes, NLMSG_DUMP_ROUTES, 70000, 3);
    assert_int_equal(b.h.nlmsg_type, RTM_GETROUTE);
    assert_int_equal(((struct rtmsg *)NLMSG_DATA(&b.h))->rtm_family, AF_INET6);
    const struct rtattr *table = find(&b, sizeof(struct rtmsg), RTA_TABLE);
    assert_non_null(table);
    assert_int_equal(*(uint32_t *)RTA_DATA(table), 70000);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_link_is_read_with_its_name_mtu_and_flags),
        cmocka_unit_test(a_link_without_a_carrier_is_known_as_such),
        cmocka_unit_test(a_link_set_down_is_not_up),
        cmocka_unit_test(the_loopback_link_is_known_as_such),
        cmocka_unit_test(a_bridge_port_is_a_port),
        cmocka_unit_test(ports_of_bonds_and_teams_are_ports),
        cmocka_unit_test(the_kind_of_the_master_needs_no_nul),
        cmocka_unit_test(a_master_whose_kind_only_begins_like_bridge_makes_no_port),
        cmocka_unit_test(a_link_in_a_vrf_is_no_port),
        cmocka_unit_test(a_deleted_link_is_gone),
        cmocka_unit_test(a_port_leaving_its_bridge_is_not_a_link_that_goes),
        cmocka_unit_test(a_bridge_telling_of_its_port_is_not_the_link_itself),
        cmocka_unit_test(a_link_name_of_15_characters_fits_and_one_of_16_does_not),
        cmocka_unit_test(a_link_without_a_nul_in_its_name_is_not_understood),
        cmocka_unit_test(an_address_is_read),
        cmocka_unit_test(with_a_peer_the_local_address_is_ours),
        cmocka_unit_test(tentative_and_duplicate_addresses_are_not_usable),
        cmocka_unit_test(optimistic_and_deprecated_addresses_are_usable),
        cmocka_unit_test(the_long_flags_win_over_the_short_ones),
        cmocka_unit_test(without_long_flags_the_short_ones_count),
        cmocka_unit_test(a_removed_address_is_gone),
        cmocka_unit_test(an_ipv4_address_is_no_concern_of_ours),
        cmocka_unit_test(an_address_of_the_wrong_length_is_not_understood),
        cmocka_unit_test(an_error_gives_its_errno_and_whose_it_is),
        cmocka_unit_test(an_acknowledgement_is_an_error_of_zero),
        cmocka_unit_test(an_error_that_is_no_errno_is_still_an_error),
        cmocka_unit_test(a_dump_ends_with_or_without_an_errno),
        cmocka_unit_test(an_interrupted_dump_is_marked),
        cmocka_unit_test(messages_of_other_types_are_stepped_over),
        cmocka_unit_test(messages_in_a_row_are_read_one_by_one),
        cmocka_unit_test(a_message_cut_anywhere_is_no_message),
        cmocka_unit_test(a_message_that_claims_to_be_shorter_than_its_header_ends_the_reading),
        cmocka_unit_test(a_message_without_its_second_header_is_not_understood),
        cmocka_unit_test(an_attribute_that_claims_more_than_the_message_is_not_read),
        cmocka_unit_test(numbers_of_the_wrong_length_are_not_understood),
        cmocka_unit_test(no_single_wrong_byte_does_harm),
        cmocka_unit_test(a_route_is_written_and_reads_back_the_same),
        cmocka_unit_test(a_discard_route_is_written_as_unreachable_without_a_way),
        cmocka_unit_test(a_route_is_created_or_replaced_in_place_and_only_its_error_answered),
        cmocka_unit_test(a_deletion_names_prefix_metric_protocol_and_table_alone),
        cmocka_unit_test(a_table_over_255_is_written_in_full),
        cmocka_unit_test(joining_a_group_is_no_netlink_message),
        cmocka_unit_test(nothing_is_written_where_it_might_not_fit),
        cmocka_unit_test(dumps_ask_for_links_ipv6_addresses_and_one_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
