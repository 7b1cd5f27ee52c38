/*
 * Netlink messages as the kernel lays them out, attribute by attribute and without
 * libmnl, for the tests of daemon/nlmsg.c: the two check each other.
 */
#ifndef NLBUILD_H
#define NLBUILD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "nlmsg.h"

#define TEST(name) static void name(void **state __attribute__((unused)))

#define MAIN RT_TABLE_MAIN

/* --- building --------------------------------------------------------- */

struct build {
    union {
        struct nlmsghdr h;
        uint32_t align[256];
        char bytes[1024];
    };
};

static inline void *put_raw(struct build *b, const void *data, size_t size)
{
    void *at = b->bytes + b->h.nlmsg_len;
    assert_true(b->h.nlmsg_len + NLMSG_ALIGN(size) <= sizeof b->bytes);
    if (data)
        memcpy(at, data, size);
    b->h.nlmsg_len += (uint32_t)NLMSG_ALIGN(size);
    return at;
}

static inline void *begin(struct build *b, uint16_t type, uint16_t flags, size_t header)
{
    memset(b, 0, sizeof *b);
    b->h.nlmsg_len = NLMSG_HDRLEN;
    b->h.nlmsg_type = type;
    b->h.nlmsg_flags = flags;
    return put_raw(b, NULL, header);
}

static inline struct rtattr *put(struct build *b, unsigned type, const void *data, size_t size)
{
    struct rtattr a = {.rta_len = (unsigned short)RTA_LENGTH(size), .rta_type = (unsigned short)type};
    struct rtattr *at = put_raw(b, &a, sizeof a);
    put_raw(b, data, size);
    return at;
}

static inline void put_u32(struct build *b, unsigned type, uint32_t value)
{
    put(b, type, &value, sizeof value);
}

static inline struct in6_addr addr(const char *text)
{
    struct in6_addr a;
    assert_true(ripng_addr_parse(text, &a));
    return a;
}

static inline void put_addr(struct build *b, unsigned type, const char *text)
{
    struct in6_addr a = addr(text);
    put(b, type, &a, sizeof a);
}

/* What follows until close_nest() lies inside. */
static inline struct rtattr *open_nest(struct build *b, unsigned type)
{
    return put(b, type, NULL, 0);
}

static inline void close_nest(struct build *b, struct rtattr *nest)
{
    nest->rta_len = (unsigned short)(b->bytes + b->h.nlmsg_len - (char *)nest);
}

/* Reads from a copy of exactly that size, so that the sanitizers see each byte read beyond it. */
static inline size_t read_bytes(const void *data, size_t size, uint32_t table, struct nlmsg *out)
{
    void *copy = malloc(size > 0 ? size : 1);
    assert_non_null(copy);
    memcpy(copy, data, size);
    size_t step = nlmsg_read(copy, size, table, out);
    free(copy);
    assert_true(step <= size);
    return step;
}

static inline struct nlmsg read_back(const struct build *b)
{
    struct nlmsg m;
    assert_int_equal(read_bytes(b->bytes, b->h.nlmsg_len, MAIN, &m), b->h.nlmsg_len);
    return m;
}

static inline void begin_link(struct build *b, uint16_t type, unsigned flags)
{
    struct ifinfomsg *m = begin(b, type, 0, sizeof *m);
    m->ifi_index = 7;
    m->ifi_flags = flags;
    put(b, IFLA_IFNAME, "eth7", 5);
    put_u32(b, IFLA_MTU, 1492);
}

/* A link whose master is of the given kind. */
static inline void build_port(struct build *b, const char *master_kind, size_t size)
{
    begin_link(b, RTM_NEWLINK, IFF_UP | IFF_RUNNING | IFF_MULTICAST);
    put_u32(b, IFLA_MASTER, 9);
    struct rtattr *info = open_nest(b, IFLA_LINKINFO);
    put(b, IFLA_INFO_KIND, "veth", 5);
    put(b, IFLA_INFO_SLAVE_KIND, master_kind, size);
    close_nest(b, info);
}

static inline void begin_address(struct build *b, uint16_t type, unsigned flags)
{
    struct ifaddrmsg *m = begin(b, type, 0, sizeof *m);
    m->ifa_family = AF_INET6;
    m->ifa_prefixlen = 64;
    m->ifa_index = 7;
    m->ifa_flags = (unsigned char)flags;
}

static inline struct rtmsg *begin_route(struct build *b, uint16_t type, uint16_t flags, const char *dst,
                                        unsigned len)
{
    struct rtmsg *m = begin(b, type, flags, sizeof *m);
    m->rtm_family = AF_INET6;
    m->rtm_dst_len = (unsigned char)len;
    m->rtm_table = MAIN;
    m->rtm_protocol = RTPROT_STATIC;
    m->rtm_type = RTN_UNICAST;
    put_u32(b, RTA_TABLE, MAIN);
    if (len > 0)
        put_addr(b, RTA_DST, dst);
    return m;
}

static inline void build_route(struct build *b)
{
    begin_route(b, RTM_NEWROUTE, 0, "2001:db8:1::", 48);
    put_u32(b, RTA_PRIORITY, 1024);
    put_addr(b, RTA_GATEWAY, "fe80::1");
    put_u32(b, RTA_OIF, 7);
}

static inline void assert_prefix(const struct ripng_prefix *p, const char *text)
{
    char got[RIPNG_PREFIX_TEXT];
    assert_string_equal(ripng_prefix_text(p, got), text);
}

static inline void assert_addr(const struct in6_addr *a, const char *text)
{
    char got[RIPNG_ADDR_TEXT];
    assert_string_equal(ripng_addr_text(a, got), text);
}

static inline void put_nexthop(struct build *b, int ifindex, const char *gateway)
{
    struct rtnexthop nh = {.rtnh_len = sizeof nh, .rtnh_ifindex = ifindex};
    struct rtnexthop *at = put_raw(b, &nh, sizeof nh);
    if (gateway)
        put_addr(b, RTA_GATEWAY, gateway);
    at->rtnh_len = (unsigned short)(b->bytes + b->h.nlmsg_len - (char *)at);
}

#endif
