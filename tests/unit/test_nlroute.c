/*
 * daemon/nlmsg.c, routes: which of the kernel's are told, and what of them.
 */
#include "nlbuild.h"

TEST(a_gateway_route_is_read)
{
    struct build b;
    build_route(&b);
    struct nlmsg m = read_back(&b);
    assert_int_equal(m.kind, NLMSG_KIND_ROUTE);
    assert_prefix(&m.route.prefix, "2001:db8:1::/48");
    assert_int_equal(m.route.source_len, 0);
    assert_int_equal(m.route.type, RIPNG_TYPE_UNICAST);
    assert_int_equal(m.route.protocol, RTPROT_STATIC);
    assert_int_equal(m.route.metric, 1024);
    assert_int_equal(m.route.ifindex, 7);
    assert_addr(&m.route.gateway, "fe80::1");
    assert_int_equal(m.route.n_nexthops, 1);
    assert_false(m.replaced);
}

TEST(an_on_link_route_has_no_gateway)
{
    struct build b;
    begin_route(&b, RTM_NEWROUTE, 0, "2001:db8:1::", 64);
    put_u32(&b, RTA_OIF, 7);
    struct nlmsg m = read_back(&b);
    assert_int_equal(m.kind, NLMSG_KIND_ROUTE);
    assert_addr(&m.route.gateway, "::");
}

TEST(the_default_route_comes_without_a_destination)
{
    struct build b;
    begin_route(&b, RTM_NEWROUTE, 0, NULL, 0);
    put_addr(&b, RTA_GATEWAY, "fe80::1");
    put_u32(&b, RTA_OIF, 7);
    struct nlmsg m = read_back(&b);
    assert_int_equal(m.kind, NLMSG_KIND_ROUTE);
    assert_prefix(&m.route.prefix, "::/0");
}

TEST(host_bits_of_a_destination_are_cut_off)
{
    struct build b;
    begin_route(&b, RTM_NEWROUTE, 0, "2001:db8:1::5", 64);
    put_u32(&b, RTA_OIF, 7);
    struct nlmsg m = read_back(&b);
    assert_prefix(&m.route.prefix, "2001:db8:1::/64");
}

TEST(a_source_specific_route_tells_its_source)
{
    struct build b;
    begin_route(&b, RTM_NEWROUTE, 0, NULL, 0)->rtm_src_len = 56;
    put_addr(&b, RTA_SRC, "2001:db8:aa00::");
    put_addr(&b, RTA_GATEWAY, "fe80::1");
    put_u32(&b, RTA_OIF, 7);
    struct nlmsg m = read_back(&b);
    assert_int_equal(m.kind, NLMSG_KIND_ROUTE);
    assert_int_equal(m.route.source_len, 56);
    assert_addr(&m.route.source, "2001:db8:aa00::");
    assert_prefix(&m.route.prefix, "::/0");
}

TEST(unreachable_blackhole_and_prohibit_discard)
{
    static const unsigned char types[] = {RTN_UNREACHABLE, RTN_BLACKHOLE, RTN_PROHIBIT};
    for (size_t i = 0; i < sizeof types; i++) {
        struct build b;
        begin_route(&b, RTM_NEWROUTE, 0, "2001:db8:aa00::", 56)->rtm_type = types[i];
        put_u32(&b, RTA_PRIORITY, 2147483647);
        put_u32(&b, RTA_OIF, 1);
        struct nlmsg m = read_back(&b);
        assert_int_equal(m.kind, NLMSG_KIND_ROUTE);
        assert_int_equal(m.route.type, RIPNG_TYPE_DISCARD);
        assert_int_equal(m.route.metric, 2147483647);
    }
}

TEST(local_anycast_multicast_and_throw_routes_are_skipped)
{
    static const unsigned char types[] = {RTN_UNSPEC, RTN_LOCAL, RTN_ANYCAST, RTN_MULTICAST, RTN_THROW, 200};
    for (size_t i = 0; i < sizeof types; i++) {
        struct build b;
        build_route(&b);
        ((struct rtmsg *)NLMSG_DATA(&b.h))->rtm_type = types[i];
        assert_int_equal(read_back(&b).kind, NLMSG_KIND_OTHER);
    }
}

TEST(a_cached_route_is_skipped)
{
    struct build b;
    build_route(&b);
    ((struct rtmsg *)NLMSG_DATA(&b.h))->rtm_flags = RTM_F_CLONED;
    assert_int_equal(read_back(&b).kind, NLMSG_KIND_OTHER);
}

TEST(an_ipv4_route_is_skipped)
{
    struct build b;
    build_route(&b);
    ((struct rtmsg *)NLMSG_DATA(&b.h))->rtm_family = AF_INET;
    assert_int_equal(read_back(&b).kind, NLMSG_KIND_OTHER);
}

TEST(a_route_of_another_table_is_skipped)
{
    struct build b;
    struct nlmsg m;
    build_route(&b);
    read_bytes(b.bytes, b.h.nlmsg_len, 100, &m);
    assert_int_equal(m.kind, NLMSG_KIND_OTHER);
}

TEST(the_long_table_number_wins_over_the_short_one)
{
    struct build b;
    struct nlmsg m;
    struct rtmsg *r = begin(&b, RTM_NEWROUTE, 0, sizeof *r);
    r->rtm_family = AF_INET6;
    r->rtm_table = RT_TABLE_COMPAT;
    r->rtm_type = RTN_UNICAST;
    put_u32(&b, RTA_TABLE, 1000);
    put_u32(&b, RTA_OIF, 7);
    read_bytes(b.bytes, b.h.nlmsg_len, 1000, &m);
    assert_int_equal(m.kind, NLMSG_KIND_ROUTE);
    read_bytes(b.bytes, b.h.nlmsg_len, RT_TABLE_COMPAT, &m);
    assert_int_equal(m.kind, NLMSG_KIND_OTHER);
}

TEST(without_a_long_table_number_the_short_one_counts)
{
    struct build b;
    struct rtmsg *r = begin(&b, RTM_NEWROUTE, 0, sizeof *r);
    r->rtm_family = AF_INET6;
    r->rtm_table = MAIN;
    r->rtm_type = RTN_UNICAST;
    put_u32(&b, RTA_OIF, 7);
    assert_int_equal(read_back(&b).kind, NLMSG_KIND_ROUTE);
}

TEST(a_multipath_route_tells_its_first_next_hop_and_how_many)
{
    struct build b;
    begin_route(&b, RTM_NEWROUTE, 0, "2001:db8:1::", 48);
    struct rtattr *nest = open_nest(&b, RTA_MULTIPATH);
    put_nexthop(&b, 7, "fe80::1");
    put_nexthop(&b, 8, "fe80::2");
    put_nexthop(&b, 9, NULL);
    close_nest(&b, nest);
    struct nlmsg m = read_back(&b);
    assert_int_equal(m.kind, NLMSG_KIND_ROUTE);
    assert_int_equal(m.route.n_nexthops, 3);
    assert_int_equal(m.route.ifindex, 7);
    assert_addr(&m.route.gateway, "fe80::1");
}

TEST(broken_next_hops_make_the_route_unreadable)
{
    static const unsigned short lengths[] = {0, 1, sizeof(struct rtnexthop) - 1, 1000, 65535};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        struct build b;
        begin_route(&b, RTM_NEWROUTE, 0, "2001:db8:1::", 48);
        struct rtattr *nest = open_nest(&b, RTA_MULTIPATH);
        put_nexthop(&b, 7, "fe80::1");
        struct rtnexthop *second = (void *)(b.bytes + b.h.nlmsg_len);
        put_nexthop(&b, 8, "fe80::2");
        second->rtnh_len = lengths[i];
        close_nest(&b, nest);
        assert_int_equal(read_back(&b).kind, NLMSG_KIND_OTHER);
    }
}

TEST(a_multipath_route_without_next_hops_is_not_understood)
{
    struct build b;
    begin_route(&b, RTM_NEWROUTE, 0, "2001:db8:1::", 48);
    put_u32(&b, RTA_OIF, 7);
    close_nest(&b, open_nest(&b, RTA_MULTIPATH));
    assert_int_equal(read_back(&b).kind, NLMSG_KIND_OTHER);
}

TEST(a_nexthop_object_with_its_gateway_is_read)
{
    struct build b;
    build_route(&b);
    put_u32(&b, RTA_NH_ID, 5);
    struct nlmsg m = read_back(&b);
    assert_int_equal(m.kind, NLMSG_KIND_ROUTE);
    assert_addr(&m.route.gateway, "fe80::1");
}

TEST(a_nexthop_object_alone_does_not_pass_for_on_link)
{
    struct build b;
    begin_route(&b, RTM_NEWROUTE, 0, "2001:db8:1::", 48);
    put_u32(&b, RTA_NH_ID, 5);
    assert_int_equal(read_back(&b).kind, NLMSG_KIND_OTHER);
}

TEST(a_gateway_of_another_family_does_not_pass_for_on_link)
{
    struct build b;
    begin_route(&b, RTM_NEWROUTE, 0, "2001:db8:1::", 48);
    put(&b, RTA_VIA, "\x02\0\x0a\0\0\x01", 6);
    put_u32(&b, RTA_OIF, 7);
    assert_int_equal(read_back(&b).kind, NLMSG_KIND_OTHER);
}

TEST(a_replacing_route_is_marked)
{
    struct build b;
    begin_route(&b, RTM_NEWROUTE, NLM_F_REPLACE | NLM_F_CREATE, "2001:db8:1::", 48);
    put_u32(&b, RTA_OIF, 7);
    struct nlmsg m = read_back(&b);
    assert_int_equal(m.kind, NLMSG_KIND_ROUTE);
    assert_true(m.replaced);
}

TEST(a_deleted_route_is_gone_with_all_that_names_it)
{
    struct build b;
    build_route(&b);
    b.h.nlmsg_type = RTM_DELROUTE;
    b.h.nlmsg_flags = NLM_F_REPLACE; /* means nothing here */
    struct nlmsg m = read_back(&b);
    assert_int_equal(m.kind, NLMSG_KIND_ROUTE_GONE);
    assert_prefix(&m.route.prefix, "2001:db8:1::/48");
    assert_int_equal(m.route.metric, 1024);
    assert_addr(&m.route.gateway, "fe80::1");
    assert_false(m.replaced);
}

TEST(a_prefix_length_over_128_is_not_understood)
{
    struct build b;
    build_route(&b);
    ((struct rtmsg *)NLMSG_DATA(&b.h))->rtm_dst_len = 129;
    assert_int_equal(read_back(&b).kind, NLMSG_KIND_OTHER);
    build_route(&b);
    ((struct rtmsg *)NLMSG_DATA(&b.h))->rtm_src_len = 255;
    assert_int_equal(read_back(&b).kind, NLMSG_KIND_OTHER);
}

TEST(a_prefix_length_without_a_destination_is_not_understood)
{
    struct build b;
    begin_route(&b, RTM_NEWROUTE, 0, NULL, 0)->rtm_dst_len = 48;
    put_u32(&b, RTA_OIF, 7);
    assert_int_equal(read_back(&b).kind, NLMSG_KIND_OTHER);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_gateway_route_is_read),
        cmocka_unit_test(an_on_link_route_has_no_gateway),
        cmocka_unit_test(the_default_route_comes_without_a_destination),
        cmocka_unit_test(host_bits_of_a_destination_are_cut_off),
        cmocka_unit_test(a_source_specific_route_tells_its_source),
        cmocka_unit_test(unreachable_blackhole_and_prohibit_discard),
        cmocka_unit_test(local_anycast_multicast_and_throw_routes_are_skipped),
        cmocka_unit_test(a_cached_route_is_skipped),
        cmocka_unit_test(an_ipv4_route_is_skipped),
        cmocka_unit_test(a_route_of_another_table_is_skipped),
        cmocka_unit_test(the_long_table_number_wins_over_the_short_one),
        cmocka_unit_test(without_a_long_table_number_the_short_one_counts),
        cmocka_unit_test(a_multipath_route_tells_its_first_next_hop_and_how_many),
        cmocka_unit_test(broken_next_hops_make_the_route_unreadable),
        cmocka_unit_test(a_multipath_route_without_next_hops_is_not_understood),
        cmocka_unit_test(a_nexthop_object_with_its_gateway_is_read),
        cmocka_unit_test(a_nexthop_object_alone_does_not_pass_for_on_link),
        cmocka_unit_test(a_gateway_of_another_family_does_not_pass_for_on_link),
        cmocka_unit_test(a_replacing_route_is_marked),
        cmocka_unit_test(a_deleted_route_is_gone_with_all_that_names_it),
        cmocka_unit_test(a_prefix_length_over_128_is_not_understood),
        cmocka_unit_test(a_prefix_length_without_a_destination_is_not_understood),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
