/*
 * Netlink messages: bytes to facts, wishes to bytes.
 *
 * Called by netlink.c, by tests/unit/test_nlmsg.c and by a fuzzer. The kernel is
 * trusted, but its messages grow with every release, so each attribute's length is
 * checked before it is read and a message that lacks what we need is no fact. What
 * the facts mean is for the engine (RFC 2080 says nothing on kernels).
 */
#include "nlmsg.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <string.h>

/* Kinds of master that take their ports' traffic for themselves. A VRF ("vrf") only routes apart. */
static const char *const port_kinds[] = {"bridge", "bond", "team", "openvswitch", "batadv", "hsr"};

/* How to check an attribute, by its type; a type without an entry is not looked at. */
struct rule {
    enum mnl_attr_data_type type; /* MNL_TYPE_UNSPEC: skip */
    size_t size;                  /* exact; 0: as the type says */
};

#define ATTRS_MAX 32

struct attrs {
    const struct rule *rules;
    unsigned n;                            /* of rules */
    const struct nlattr *found[ATTRS_MAX]; /* by type, NULL: not there */
};

#define RULES(table) .rules = (table), .n = MNL_ARRAY_SIZE(table)

static int collect(const struct nlattr *attr, void *arg)
{
    struct attrs *a = arg;
    unsigned type = mnl_attr_get_type(attr);
    if (type >= a->n || a->rules[type].type == MNL_TYPE_UNSPEC)
        return MNL_CB_OK;
    const struct rule *r = &a->rules[type];
    if (r->size > 0 ? mnl_attr_validate2(attr, r->type, r->size) < 0 : mnl_attr_validate(attr, r->type) < 0)
        return MNL_CB_ERROR;
    a->found[type] = attr;
    return MNL_CB_OK;
}

/* Not mnl_attr_parse(): it rounds the message's length up and may read beyond the buffer. */
static bool parse(struct attrs *a, const void *payload, size_t size, size_t header)
{
    return mnl_attr_parse_payload((const char *)payload + header, size - header, collect, a) >= 0;
}

static bool has(const struct attrs *a, unsigned type)
{
    return a->found[type] != NULL;
}

static uint32_t get_u32(const struct attrs *a, unsigned type, uint32_t otherwise)
{
    return has(a, type) ? mnl_attr_get_u32(a->found[type]) : otherwise;
}

static struct in6_addr get_addr(const struct attrs *a, unsigned type)
{
    struct in6_addr addr = IN6ADDR_ANY_INIT;
    if (has(a, type))
        memcpy(&addr, mnl_attr_get_payload(a->found[type]), sizeof addr);
    return addr;
}

/* --- links ------------------------------------------------------------ */

static const struct rule link_rules[] = {
    [IFLA_IFNAME] = {MNL_TYPE_NUL_STRING, 0},
    [IFLA_MTU] = {MNL_TYPE_U32, sizeof(uint32_t)},
    [IFLA_MASTER] = {MNL_TYPE_U32, sizeof(uint32_t)},
    [IFLA_LINKINFO] = {MNL_TYPE_NESTED, 0},
};

static const struct rule info_rules[] = {
    [IFLA_INFO_SLAVE_KIND] = {MNL_TYPE_STRING, 0},
};

/* The kind of the master, where it is one of port_kinds. */
static bool is_port(const struct attrs *link)
{
    struct attrs info = {RULES(info_rules)};
    if (get_u32(link, IFLA_MASTER, 0) == 0 || !has(link, IFLA_LINKINFO) ||
        !parse(&info, mnl_attr_get_payload(link->found[IFLA_LINKINFO]),
               mnl_attr_get_payload_len(link->found[IFLA_LINKINFO]), 0) ||
        !has(&info, IFLA_INFO_SLAVE_KIND))
        return false;
    const struct nlattr *kind = info.found[IFLA_INFO_SLAVE_KIND];
    size_t size = mnl_attr_get_payload_len(kind);
    const char *word = mnl_attr_get_payload(kind);
    size_t len = strnlen(word, size); /* the kernel sends this one with and without a NUL */
    for (size_t i = 0; i < MNL_ARRAY_SIZE(port_kinds); i++)
        if (strlen(port_kinds[i]) == len && memcmp(port_kinds[i], word, len) == 0)
            return true;
    return false;
}

static void read_link(const struct nlmsghdr *h, struct nlmsg *out)
{
    const struct ifinfomsg *m = mnl_nlmsg_get_payload(h);
    /*
     * The family says who speaks: AF_BRIDGE messages are a bridge's view of its
     * ports, and a DELLINK among them means only that a port left it.
     */
    if (mnl_nlmsg_get_payload_len(h) < sizeof *m || m->ifi_family != AF_UNSPEC || m->ifi_index <= 0)
        return;
    out->link.ifindex = (uint32_t)m->ifi_index;
    if (h->nlmsg_type == RTM_DELLINK) {
        out->kind = NLMSG_KIND_LINK_GONE;
        return;
    }
    struct attrs a = {RULES(link_rules)};
    if (!parse(&a, m, mnl_nlmsg_get_payload_len(h), sizeof *m) || !has(&a, IFLA_IFNAME) || !has(&a, IFLA_MTU))
        return;
    const char *name = mnl_attr_get_str(a.found[IFLA_IFNAME]);
    size_t len = strlen(name);
    if (len == 0 || len >= sizeof out->link.name)
        return;
    memcpy(out->link.name, name, len + 1);
    out->link.mtu = mnl_attr_get_u32(a.found[IFLA_MTU]);
    /* IFF_RUNNING is RFC 2863's operational state: up, or unknown to a driver that can't tell. */
    out->link.up = m->ifi_flags & IFF_UP;
    out->link.no_carrier = !(m->ifi_flags & IFF_RUNNING);
    out->link.multicast = m->ifi_flags & IFF_MULTICAST;
    out->link.loopback = m->ifi_flags & IFF_LOOPBACK;
    out->link.port = is_port(&a);
    out->kind = NLMSG_KIND_LINK;
}

/* --- addresses -------------------------------------------------------- */

static const struct rule address_rules[] = {
    [IFA_ADDRESS] = {MNL_TYPE_BINARY, sizeof(struct in6_addr)},
    [IFA_LOCAL] = {MNL_TYPE_BINARY, sizeof(struct in6_addr)},
    [IFA_FLAGS] = {MNL_TYPE_U32, sizeof(uint32_t)},
};

static void read_address(const struct nlmsghdr *h, struct nlmsg *out)
{
    const struct ifaddrmsg *m = mnl_nlmsg_get_payload(h);
    if (mnl_nlmsg_get_payload_len(h) < sizeof *m || m->ifa_family != AF_INET6 || m->ifa_index == 0)
        return;
    struct attrs a = {RULES(address_rules)};
    if (!parse(&a, m, mnl_nlmsg_get_payload_len(h), sizeof *m) ||
        (!has(&a, IFA_ADDRESS) && !has(&a, IFA_LOCAL)))
        return;
    /* With a peer, IFA_ADDRESS is the peer's and IFA_LOCAL ours; without, there is no IFA_LOCAL. */
    uint32_t flags = get_u32(&a, IFA_FLAGS, m->ifa_flags);
    bool tentative = (flags & IFA_F_TENTATIVE) && !(flags & IFA_F_OPTIMISTIC);
    out->address = (struct nlmsg_address){
        .ifindex = m->ifa_index,
        .addr = get_addr(&a, has(&a, IFA_LOCAL) ? IFA_LOCAL : IFA_ADDRESS),
        .usable = !tentative && !(flags & IFA_F_DADFAILED),
    };
    out->kind = h->nlmsg_type == RTM_NEWADDR ? NLMSG_KIND_ADDRESS : NLMSG_KIND_ADDRESS_GONE;
}

/* --- routes ----------------------------------------------------------- */

static const struct rule route_rules[] = {
    [RTA_DST] = {MNL_TYPE_BINARY, sizeof(struct in6_addr)},
    [RTA_SRC] = {MNL_TYPE_BINARY, sizeof(struct in6_addr)},
    [RTA_GATEWAY] = {MNL_TYPE_BINARY, sizeof(struct in6_addr)},
    [RTA_OIF] = {MNL_TYPE_U32, sizeof(uint32_t)},
    [RTA_PRIORITY] = {MNL_TYPE_U32, sizeof(uint32_t)},
    [RTA_TABLE] = {MNL_TYPE_U32, sizeof(uint32_t)},
    [RTA_MULTIPATH] = {MNL_TYPE_BINARY, 0},
    [RTA_VIA] = {MNL_TYPE_BINARY, 0},
    [RTA_NH_ID] = {MNL_TYPE_U32, sizeof(uint32_t)},
};

/* The next hops of a multipath route: how many, and as many as there is room for. False: none, or not
 * understood. */
static bool read_nexthops(const struct nlattr *attr, struct ripng_kernel_route *k)
{
    const char *at = mnl_attr_get_payload(attr);
    size_t left = mnl_attr_get_payload_len(attr);
    k->n_nexthops = 0;
    while (left >= sizeof(struct rtnexthop)) {
        const struct rtnexthop *nh = (const void *)at;
        if (nh->rtnh_len < sizeof *nh || nh->rtnh_len > left)
            return false;
        struct attrs a = {RULES(route_rules)};
        if (!parse(&a, nh, nh->rtnh_len, sizeof *nh) || has(&a, RTA_VIA))
            return false;
        if (k->n_nexthops < RIPNG_NEXTHOPS_MAX)
            k->nexthops[k->n_nexthops] =
                (struct ripng_nexthop){(uint32_t)nh->rtnh_ifindex, get_addr(&a, RTA_GATEWAY)};
        k->n_nexthops++;
        size_t step = RTNH_ALIGN(nh->rtnh_len);
        at += step < left ? step : left;
        left -= step < left ? step : left;
    }
    k->ifindex = k->nexthops[0].ifindex;
    k->gateway = k->nexthops[0].gateway;
    return k->n_nexthops > 0;
}

static bool read_route_type(unsigned type, enum ripng_route_type *out)
{
    switch (type) {
    case RTN_UNICAST:
        *out = RIPNG_TYPE_UNICAST;
        return true;
    case RTN_UNREACHABLE:
    case RTN_BLACKHOLE:
    case RTN_PROHIBIT:
        *out = RIPNG_TYPE_DISCARD;
        return true;
    default:
        return false;
    }
}

static void read_route(const struct nlmsghdr *h, uint32_t table, struct nlmsg *out)
{
    const struct rtmsg *m = mnl_nlmsg_get_payload(h);
    struct ripng_kernel_route *k = &out->route;
    if (mnl_nlmsg_get_payload_len(h) < sizeof *m || m->rtm_family != AF_INET6 ||
        (m->rtm_flags & RTM_F_CLONED) || m->rtm_dst_len > 128 || m->rtm_src_len > 128 ||
        !read_route_type(m->rtm_type, &k->type))
        return;
    struct attrs a = {RULES(route_rules)};
    if (!parse(&a, m, mnl_nlmsg_get_payload_len(h), sizeof *m) || (m->rtm_dst_len > 0 && !has(&a, RTA_DST)))
        return;
    if (get_u32(&a, RTA_TABLE, m->rtm_table) != table) /* rtm_table has 8 bits only */
        return;
    struct in6_addr dst = get_addr(&a, RTA_DST);
    k->prefix = ripng_prefix_make(&dst, m->rtm_dst_len);
    k->source_len = m->rtm_src_len;
    k->source = get_addr(&a, RTA_SRC);
    k->protocol = m->rtm_protocol;
    k->metric = get_u32(&a, RTA_PRIORITY, 0);
    k->ifindex = get_u32(&a, RTA_OIF, 0);
    k->gateway = get_addr(&a, RTA_GATEWAY);
    k->n_nexthops = 1;
    if (has(&a, RTA_MULTIPATH)) {
        if (!read_nexthops(a.found[RTA_MULTIPATH], k))
            return;
    } else if (k->type == RIPNG_TYPE_UNICAST && !has(&a, RTA_GATEWAY) &&
               (k->ifindex == 0 || has(&a, RTA_VIA))) {
        /*
         * A nexthop object alone (net.ipv4.nexthop_compat_mode=0), or another
         * family's gateway: where it leads is unknown, and it must not pass for on-link.
         */
        return;
    }
    out->replaced = h->nlmsg_type == RTM_NEWROUTE && (h->nlmsg_flags & NLM_F_REPLACE);
    out->kind = h->nlmsg_type == RTM_NEWROUTE ? NLMSG_KIND_ROUTE : NLMSG_KIND_ROUTE_GONE;
}

/* --- neighbours ------------------------------------------------------- */

static const struct rule neigh_rules[] = {
    [NDA_DST] = {MNL_TYPE_BINARY, sizeof(struct in6_addr)},
    [NDA_LLADDR] = {MNL_TYPE_BINARY, 0},
};

static enum nlmsg_neigh_state neigh_state(unsigned nud)
{
    if (nud & (NUD_REACHABLE | NUD_PERMANENT | NUD_NOARP))
        return NLMSG_NEIGH_REACHABLE;
    return nud & NUD_FAILED ? NLMSG_NEIGH_FAILED : NLMSG_NEIGH_UNSURE;
}

static void read_neigh(const struct nlmsghdr *h, struct nlmsg *out)
{
    const struct ndmsg *m = mnl_nlmsg_get_payload(h);
    if (mnl_nlmsg_get_payload_len(h) < sizeof *m || m->ndm_family != AF_INET6 || m->ndm_ifindex <= 0)
        return;
    struct attrs a = {RULES(neigh_rules)};
    if (!parse(&a, m, mnl_nlmsg_get_payload_len(h), sizeof *m) || !has(&a, NDA_DST))
        return;
    out->neigh = (struct nlmsg_neigh){
        .ifindex = (uint32_t)m->ndm_ifindex,
        .addr = get_addr(&a, NDA_DST),
        .state = neigh_state(m->ndm_state),
        .unasked = m->ndm_state & (NUD_PERMANENT | NUD_NOARP),
        .router = m->ndm_flags & NTF_ROUTER,
    };
    size_t len = has(&a, NDA_LLADDR) ? mnl_attr_get_payload_len(a.found[NDA_LLADDR]) : 0;
    if (len > 0 && len <= NLMSG_LLADDR_MAX) {
        memcpy(out->neigh.lladdr, mnl_attr_get_payload(a.found[NDA_LLADDR]), len);
        out->neigh.lladdr_len = (uint8_t)len;
    }
    out->kind = NLMSG_KIND_NEIGH;
}

_Static_assert(MNL_ARRAY_SIZE(link_rules) <= ATTRS_MAX && MNL_ARRAY_SIZE(info_rules) <= ATTRS_MAX &&
                   MNL_ARRAY_SIZE(address_rules) <= ATTRS_MAX && MNL_ARRAY_SIZE(route_rules) <= ATTRS_MAX &&
                   MNL_ARRAY_SIZE(neigh_rules) <= ATTRS_MAX,
               "found[] is as long as the longest table of rules");

/* --- reading ---------------------------------------------------------- */

/* The errno at the start of an NLMSG_ERROR and, where a dump failed, of an NLMSG_DONE. */
static int read_errno(const struct nlmsghdr *h, int otherwise)
{
    int error;
    if (mnl_nlmsg_get_payload_len(h) < sizeof error)
        return otherwise;
    memcpy(&error, mnl_nlmsg_get_payload(h), sizeof error);
    return error > -4096 && error <= 0 ? -error : EPROTO;
}

size_t nlmsg_read(const void *data, size_t size, uint32_t table, struct nlmsg *out)
{
    const struct nlmsghdr *h = data;
    *out = (struct nlmsg){.kind = NLMSG_KIND_OTHER};
    if (size < sizeof *h || h->nlmsg_len < sizeof *h || h->nlmsg_len > size)
        return 0;
    out->seq = h->nlmsg_seq;
    out->port_id = h->nlmsg_pid;
    out->interrupted = h->nlmsg_flags & NLM_F_DUMP_INTR;
    switch (h->nlmsg_type) {
    case RTM_NEWLINK:
    case RTM_DELLINK:
        read_link(h, out);
        break;
    case RTM_NEWADDR:
    case RTM_DELADDR:
        read_address(h, out);
        break;
    case RTM_NEWROUTE:
    case RTM_DELROUTE:
        read_route(h, table, out);
        break;
    case RTM_NEWNEIGH:
        read_neigh(h, out);
        break;
    case NLMSG_ERROR:
        out->kind = NLMSG_KIND_ANSWER;
        out->error = read_errno(h, EPROTO);
        break;
    case NLMSG_DONE:
        out->kind = NLMSG_KIND_DONE;
        out->error = read_errno(h, 0);
        break;
    case NLMSG_OVERRUN:
        out->kind = NLMSG_KIND_OVERRUN;
        break;
    default:
        break;
    }
    size_t step = MNL_ALIGN(h->nlmsg_len);
    return step < size ? step : size;
}

/* --- writing ---------------------------------------------------------- */

/* Each with its length, as the kernel has them in RTA_MULTIPATH. */
static void put_nexthops(struct nlmsghdr *h, const struct ripng_change *change)
{
    struct {
        struct rtnexthop nh;
        struct nlattr attr;
        struct in6_addr gateway;
    } hops[RIPNG_NEXTHOPS_MAX] = {0};
    for (unsigned i = 0; i < change->n_nexthops; i++) {
        hops[i].nh.rtnh_len = sizeof hops[i];
        hops[i].nh.rtnh_ifindex = (int)change->nexthops[i].ifindex;
        hops[i].attr.nla_len = sizeof hops[i].attr + sizeof hops[i].gateway;
        hops[i].attr.nla_type = RTA_GATEWAY;
        hops[i].gateway = change->nexthops[i].gateway;
    }
    mnl_attr_put(h, RTA_MULTIPATH, change->n_nexthops * sizeof hops[0], hops);
}

size_t nlmsg_write_change(void *buffer, size_t size, const struct ripng_change *change)
{
    bool set = change->kind == RIPNG_ROUTE_SET;
    if (size < NLMSG_CHANGE_MAX || change->n_nexthops > RIPNG_NEXTHOPS_MAX ||
        (!set && change->kind != RIPNG_ROUTE_DELETE))
        return 0;
    struct nlmsghdr *h = mnl_nlmsg_put_header(buffer);
    h->nlmsg_type = set ? RTM_NEWROUTE : RTM_DELROUTE;
    h->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | (set ? NLM_F_CREATE | NLM_F_REPLACE : 0));
    h->nlmsg_seq = change->id;
    struct rtmsg *m = mnl_nlmsg_put_extra_header(h, sizeof *m);
    m->rtm_family = AF_INET6;
    m->rtm_dst_len = change->prefix.len;
    m->rtm_table = change->kernel.table < 256 ? (unsigned char)change->kernel.table : RT_TABLE_UNSPEC;
    m->rtm_protocol = change->kernel.protocol;
    m->rtm_scope = RT_SCOPE_UNIVERSE;
    m->rtm_type = change->type == RIPNG_TYPE_DISCARD ? RTN_UNREACHABLE : RTN_UNICAST;
    mnl_attr_put(h, RTA_DST, sizeof change->prefix.addr, &change->prefix.addr);
    mnl_attr_put_u32(h, RTA_TABLE, change->kernel.table);
    /* A deletion is matched on these: another program's route for the same prefix is never meant. */
    mnl_attr_put_u32(h, RTA_PRIORITY, change->kernel.metric);
    if (set && change->n_nexthops > 1) {
        put_nexthops(h, change);
    } else if (set && change->type == RIPNG_TYPE_UNICAST) {
        if (!ripng_addr_is_unspecified(&change->gateway))
            mnl_attr_put(h, RTA_GATEWAY, sizeof change->gateway, &change->gateway);
        mnl_attr_put_u32(h, RTA_OIF, change->ifindex);
    }
    return MNL_ALIGN(h->nlmsg_len);
}

void nlmsg_want_ack(void *message)
{
    struct nlmsghdr *h = message;
    h->nlmsg_flags |= NLM_F_ACK;
}

size_t nlmsg_write_dump(void *buffer, size_t size, enum nlmsg_dump what, uint32_t table, uint32_t seq)
{
    if (size < NLMSG_CHANGE_MAX)
        return 0;
    struct nlmsghdr *h = mnl_nlmsg_put_header(buffer);
    h->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    h->nlmsg_seq = seq;
    switch (what) {
    case NLMSG_DUMP_LINKS:
        h->nlmsg_type = RTM_GETLINK;
        mnl_nlmsg_put_extra_header(h, sizeof(struct ifinfomsg)); /* AF_UNSPEC */
        mnl_attr_put_u32(h, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
        break;
    case NLMSG_DUMP_ADDRESSES:
        h->nlmsg_type = RTM_GETADDR;
        ((struct ifaddrmsg *)mnl_nlmsg_put_extra_header(h, sizeof(struct ifaddrmsg)))->ifa_family = AF_INET6;
        break;
    case NLMSG_DUMP_ROUTES:
        h->nlmsg_type = RTM_GETROUTE;
        ((struct rtmsg *)mnl_nlmsg_put_extra_header(h, sizeof(struct rtmsg)))->rtm_family = AF_INET6;
        mnl_attr_put_u32(h, RTA_TABLE, table); /* heeded with NETLINK_GET_STRICT_CHK, Linux 4.20 */
        break;
    case NLMSG_N_DUMPS:
    default:
        return 0;
    }
    return MNL_ALIGN(h->nlmsg_len);
}

static struct ndmsg *put_neigh(void *buffer, uint16_t type, uint16_t flags, uint32_t seq, uint32_t ifindex)
{
    struct nlmsghdr *h = mnl_nlmsg_put_header(buffer);
    h->nlmsg_type = type;
    h->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
    h->nlmsg_seq = seq;
    struct ndmsg *m = mnl_nlmsg_put_extra_header(h, sizeof *m);
    m->ndm_family = AF_INET6;
    m->ndm_ifindex = (int)ifindex;
    return m;
}

size_t nlmsg_write_neigh_query(void *buffer, size_t size, uint32_t ifindex, const struct in6_addr *addr,
                               uint32_t seq)
{
    if (size < NLMSG_CHANGE_MAX)
        return 0;
    put_neigh(buffer, RTM_GETNEIGH, 0, seq, ifindex);
    mnl_attr_put(buffer, NDA_DST, sizeof *addr, addr);
    return MNL_ALIGN(((struct nlmsghdr *)buffer)->nlmsg_len);
}

static size_t put_neigh_state(void *buffer, const struct nlmsg_neigh *n, uint32_t seq, uint8_t use,
                              uint16_t nud, uint16_t ack)
{
    struct ndmsg *m =
        put_neigh(buffer, RTM_NEWNEIGH, (uint16_t)(NLM_F_CREATE | NLM_F_REPLACE | ack), seq, n->ifindex);
    m->ndm_state = nud;
    /* Without NTF_ROUTER the kernel would take it for a host from now on. */
    m->ndm_flags = (uint8_t)(use | (n->router ? NTF_ROUTER : 0));
    mnl_attr_put(buffer, NDA_DST, sizeof n->addr, &n->addr);
    if (n->lladdr_len)
        mnl_attr_put(buffer, NDA_LLADDR, n->lladdr_len, n->lladdr);
    return MNL_ALIGN(((struct nlmsghdr *)buffer)->nlmsg_len);
}

size_t nlmsg_write_neigh_probe(void *buffer, size_t size, const struct nlmsg_neigh *n, uint32_t seq)
{
    if (size < 2 * NLMSG_CHANGE_MAX)
        return 0;
    if (!n->lladdr_len)
        return put_neigh_state(buffer, n, seq, NTF_USE, 0, NLM_F_ACK);
    /* From PROBE to PROBE nothing would happen. */
    size_t first = put_neigh_state(buffer, n, seq, 0, NUD_STALE, 0);
    return first + put_neigh_state((char *)buffer + first, n, seq, 0, NUD_PROBE, NLM_F_ACK);
}

size_t nlmsg_write_probe(void *buffer, size_t size, uint32_t seq)
{
    if (size < NLMSG_CHANGE_MAX)
        return 0;
    /* rtnetlink asks for the permission before it finds the rtmsg cut short. */
    struct nlmsghdr *h = mnl_nlmsg_put_header(buffer);
    h->nlmsg_type = RTM_DELROUTE;
    h->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
    h->nlmsg_seq = seq;
    struct rtgenmsg *m = mnl_nlmsg_put_extra_header(h, sizeof *m);
    m->rtgen_family = AF_INET6;
    return MNL_ALIGN(h->nlmsg_len);
}
