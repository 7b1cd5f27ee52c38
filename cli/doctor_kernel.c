/*
 * Probe: links, addresses, routes and neighbours by netlink (rtnetlink dumps), and
 * IPv6's switches from /proc/sys.
 *
 * Called by cmd_doctor.c. The only file of ripngctl that knows libmnl. Not /sys:
 * that shows the interfaces of the namespace it was mounted in, netlink those of
 * this process. What the facts mean is for the checks.
 */
#include "doctor.h"

#include <errno.h>
#include <inttypes.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <string.h>
#include <time.h>

#ifndef IFA_PROTO
#define IFA_PROTO 11 /* since Linux 5.18 */
#endif
#define FROM_RA 2 /* IFAPROT_KERNEL_RA */
#ifndef IFLA_BR_MULTICAST_QUERIER_STATE
#define IFLA_BR_MULTICAST_QUERIER_STATE 47 /* since Linux 5.15 */
#endif
#define QUERIER_IPV6 4 /* BRIDGE_QUERIER_IPV6_ADDRESS */

#define ATTRIBUTES 64 /* higher ones are not looked at */

struct attributes {
    const struct nlattr *of[ATTRIBUTES];
};

static int note_attribute(const struct nlattr *a, void *to)
{
    struct attributes *all = to;
    if (mnl_attr_get_type(a) < ATTRIBUTES)
        all->of[mnl_attr_get_type(a)] = a;
    return MNL_CB_OK;
}

static void read_attributes(const struct nlmsghdr *m, size_t header, struct attributes *all)
{
    memset(all, 0, sizeof *all);
    (void)mnl_attr_parse(m, (unsigned)header, note_attribute, all);
}

static void read_nested(const struct nlattr *nest, struct attributes *all)
{
    memset(all, 0, sizeof *all);
    if (nest)
        (void)mnl_attr_parse_nested(nest, note_attribute, all);
}

static uint32_t number(const struct nlattr *a, uint32_t otherwise)
{
    if (!a)
        return otherwise;
    switch (mnl_attr_get_payload_len(a)) {
    case 1:
        return mnl_attr_get_u8(a);
    case 4:
        return mnl_attr_get_u32(a);
    default:
        return otherwise;
    }
}

static bool address(const struct nlattr *a, struct in6_addr *to)
{
    if (!a || mnl_attr_get_payload_len(a) != sizeof *to)
        return false;
    memcpy(to, mnl_attr_get_payload(a), sizeof *to);
    return true;
}

/* The text of an attribute, cut to `size`; its NUL may be missing. */
static void text(const struct nlattr *a, char *to, size_t size)
{
    size_t n = a ? mnl_attr_get_payload_len(a) : 0;
    if (n > size - 1)
        n = size - 1;
    memset(to, 0, size);
    if (n)
        memcpy(to, mnl_attr_get_payload(a), n);
}

/* --- links --------------------------------------------------------------- */

static void read_bridge(const struct nlattr *data, struct doctor_link *l)
{
    struct attributes a, state;
    read_nested(data, &a);
    read_nested(a.of[IFLA_BR_MULTICAST_QUERIER_STATE], &state);
    l->bridge = true;
    l->snooping = number(a.of[IFLA_BR_MCAST_SNOOPING], 0);
    l->querier = number(a.of[IFLA_BR_MCAST_QUERIER], 0);
    l->other_querier = state.of[QUERIER_IPV6] != NULL;
}

static int take_link(const struct nlmsghdr *m, void *to)
{
    struct doctor *d = to;
    struct attributes a, info;
    char kind[16];
    const struct ifinfomsg *i = mnl_nlmsg_get_payload(m);
    if (m->nlmsg_type != RTM_NEWLINK || mnl_nlmsg_get_payload_len(m) < sizeof *i)
        return MNL_CB_OK;
    struct doctor_link *l = doctor_list_add(&d->links, sizeof *l);
    if (!l) {
        d->no_memory = true;
        return MNL_CB_STOP;
    }
    read_attributes(m, sizeof *i, &a);
    l->ifindex = (uint32_t)i->ifi_index;
    l->flags = i->ifi_flags;
    l->type = i->ifi_type;
    text(a.of[IFLA_IFNAME], l->name, sizeof l->name);
    l->master = number(a.of[IFLA_MASTER], 0);
    l->carrier = number(a.of[IFLA_CARRIER], 1);
    l->switch_chip = a.of[IFLA_PHYS_SWITCH_ID] != NULL;
    if (l->type == ARPHRD_ETHER && a.of[IFLA_ADDRESS] &&
        mnl_attr_get_payload_len(a.of[IFLA_ADDRESS]) == sizeof l->mac)
        memcpy(l->mac, mnl_attr_get_payload(a.of[IFLA_ADDRESS]), sizeof l->mac);
    read_nested(a.of[IFLA_LINKINFO], &info);
    text(info.of[IFLA_INFO_KIND], kind, sizeof kind);
    l->vrf = strcmp(kind, "vrf") == 0;
    if (strcmp(kind, "bridge") == 0)
        read_bridge(info.of[IFLA_INFO_DATA], l);
    return MNL_CB_OK;
}

/* --- addresses, routes, neighbours ---------------------------------------- */

static int take_address(const struct nlmsghdr *m, void *to)
{
    struct doctor *d = to;
    struct attributes a;
    struct in6_addr addr;
    const struct ifaddrmsg *i = mnl_nlmsg_get_payload(m);
    if (m->nlmsg_type != RTM_NEWADDR || mnl_nlmsg_get_payload_len(m) < sizeof *i)
        return MNL_CB_OK;
    read_attributes(m, sizeof *i, &a);
    if (!address(a.of[IFA_LOCAL] ? a.of[IFA_LOCAL] : a.of[IFA_ADDRESS], &addr))
        return MNL_CB_OK;
    struct doctor_addr *new = doctor_list_add(&d->addrs, sizeof *new);
    if (!new) {
        d->no_memory = true;
        return MNL_CB_STOP;
    }
    *new = (struct doctor_addr){.ifindex = i->ifa_index, .addr = addr, .len = i->ifa_prefixlen};
    new->flags = number(a.of[IFA_FLAGS], i->ifa_flags);
    new->from_ra = number(a.of[IFA_PROTO], 0) == FROM_RA;
    new->finite = !(new->flags &IFA_F_PERMANENT);
    return MNL_CB_OK;
}

/* The first next hop of a multipath route. */
static void read_first_hop(const struct nlattr *several, struct doctor_kroute *k)
{
    const struct rtnexthop *hop = mnl_attr_get_payload(several);
    struct attributes a = {0};
    size_t size = mnl_attr_get_payload_len(several);
    if (size < sizeof *hop || hop->rtnh_len < sizeof *hop || hop->rtnh_len > size)
        return;
    k->ifindex = (uint32_t)hop->rtnh_ifindex;
    (void)mnl_attr_parse_payload(RTNH_DATA(hop), hop->rtnh_len - sizeof *hop, note_attribute, &a);
    address(a.of[RTA_GATEWAY], &k->gateway);
}

/* Routes that say something about this router; the thousands that it learned do not. */
static bool tells(const struct doctor *d, const struct doctor_kroute *k)
{
    bool ours = k->protocol == d->daemon.protocol;
    return k->prefix.len == 0 || k->discard || ripng_addr_is_unspecified(&k->gateway) ||
           (!ours && k->metric == d->daemon.metric);
}

static int take_route(const struct nlmsghdr *m, void *to)
{
    struct doctor *d = to;
    struct attributes a;
    const struct rtmsg *r = mnl_nlmsg_get_payload(m);
    if (m->nlmsg_type != RTM_NEWROUTE || mnl_nlmsg_get_payload_len(m) < sizeof *r ||
        (r->rtm_flags & RTM_F_CLONED))
        return MNL_CB_OK;
    bool discard =
        r->rtm_type == RTN_UNREACHABLE || r->rtm_type == RTN_BLACKHOLE || r->rtm_type == RTN_PROHIBIT;
    if (r->rtm_type != RTN_UNICAST && !discard)
        return MNL_CB_OK;
    read_attributes(m, sizeof *r, &a);
    struct in6_addr dst = in6addr_any;
    address(a.of[RTA_DST], &dst);
    struct doctor_kroute k = {
        .prefix = ripng_prefix_make(&dst, r->rtm_dst_len),
        .ifindex = number(a.of[RTA_OIF], 0),
        .table = number(a.of[RTA_TABLE], r->rtm_table),
        .metric = number(a.of[RTA_PRIORITY], 0),
        .protocol = r->rtm_protocol,
        .source_len = r->rtm_src_len,
        .discard = discard,
    };
    address(a.of[RTA_GATEWAY], &k.gateway);
    if (a.of[RTA_MULTIPATH])
        read_first_hop(a.of[RTA_MULTIPATH], &k);
    if (!tells(d, &k))
        return MNL_CB_OK;
    struct doctor_kroute *new = doctor_list_add(&d->kroutes, sizeof *new);
    if (!new) {
        d->no_memory = true;
        return MNL_CB_STOP;
    }
    *new = k;
    return MNL_CB_OK;
}

static int take_neigh(const struct nlmsghdr *m, void *to)
{
    struct doctor *d = to;
    struct attributes a;
    struct in6_addr addr;
    const struct ndmsg *n = mnl_nlmsg_get_payload(m);
    if (m->nlmsg_type != RTM_NEWNEIGH || mnl_nlmsg_get_payload_len(m) < sizeof *n ||
        (n->ndm_state & (NUD_FAILED | NUD_INCOMPLETE | NUD_NOARP)))
        return MNL_CB_OK;
    read_attributes(m, sizeof *n, &a);
    if (!address(a.of[NDA_DST], &addr) || !ripng_addr_is_linklocal(&addr))
        return MNL_CB_OK;
    struct doctor_neigh *new = doctor_list_add(&d->neighs, sizeof *new);
    if (!new) {
        d->no_memory = true;
        return MNL_CB_STOP;
    }
    *new = (struct doctor_neigh){(uint32_t)n->ndm_ifindex, addr, n->ndm_flags & NTF_ROUTER};
    return MNL_CB_OK;
}

/* --- dumps ------------------------------------------------------------------ */

static int dump(struct doctor *d, struct mnl_socket *s, uint16_t type, uint8_t family, size_t header,
                mnl_cb_t take)
{
    static unsigned seq;
    char buffer[32768];
    struct nlmsghdr *m = mnl_nlmsg_put_header(buffer);
    m->nlmsg_type = type;
    m->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    m->nlmsg_seq = ++seq;
    /* Each kind's header begins with the family, and zero asks for all. */
    *(uint8_t *)mnl_nlmsg_put_extra_header(m, header) = family;
    if (mnl_socket_sendto(s, m, m->nlmsg_len) < 0)
        return -1;
    for (;;) {
        ssize_t got = mnl_socket_recvfrom(s, buffer, sizeof buffer);
        if (got < 0)
            return -1;
        int more = mnl_cb_run(buffer, (size_t)got, seq, mnl_socket_get_portid(s), take, d);
        if (more <= MNL_CB_STOP)
            return d->no_memory ? -1 : more;
    }
}

static bool dump_all(struct doctor *d)
{
    static const struct {
        uint16_t type;
        uint8_t family;
        size_t header;
        mnl_cb_t take;
    } dumps[] = {
        {RTM_GETLINK, AF_UNSPEC, sizeof(struct ifinfomsg), take_link},
        {RTM_GETADDR, AF_INET6, sizeof(struct ifaddrmsg), take_address},
        {RTM_GETROUTE, AF_INET6, sizeof(struct rtmsg), take_route},
        {RTM_GETNEIGH, AF_INET6, sizeof(struct ndmsg), take_neigh},
    };
    struct mnl_socket *s = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
    bool good = s && mnl_socket_bind(s, 0, MNL_SOCKET_AUTOPID) == 0;
    for (size_t i = 0; good && i < sizeof dumps / sizeof dumps[0]; i++)
        good = dump(d, s, dumps[i].type, dumps[i].family, dumps[i].header, dumps[i].take) >= 0;
    if (s)
        mnl_socket_close(s);
    return good;
}

/* --- /proc ------------------------------------------------------------------ */

static int sysctl(const char *of, const char *key)
{
    char path[96];
    int value = -1;
    snprintf(path, sizeof path, "/proc/sys/net/ipv6/conf/%s/%s", of, key);
    FILE *f = fopen(path, "re");
    if (!f)
        return -1;
    if (fscanf(f, "%d", &value) != 1)
        value = -1;
    fclose(f);
    return value;
}

static uint64_t advertisements(const char *name)
{
    char path[64], line[160];
    uint64_t n = 0, value;
    snprintf(path, sizeof path, "/proc/net/dev_snmp6/%s", name);
    FILE *f = fopen(path, "re");
    if (!f)
        return 0;
    while (fgets(line, sizeof line, f))
        if (sscanf(line, "Icmp6InRouterAdvertisements %" SCNu64, &value) == 1)
            n = value;
    fclose(f);
    return n;
}

static bool being_checked(const struct doctor *d)
{
    const struct doctor_addr *a = d->addrs.items;
    for (size_t i = 0; i < d->addrs.n; i++)
        if ((a[i].flags & IFA_F_TENTATIVE) && !(a[i].flags & IFA_F_DADFAILED) &&
            ripng_addr_is_linklocal(&a[i].addr))
            return true;
    return false;
}

/* Duplicate address detection takes a second and some; an interface that just came up is no finding. */
#define PATIENCE_STEPS 12
#define STEP_NS 250000000

void doctor_read_kernel(struct doctor *d)
{
    bool good = dump_all(d);
    for (int i = 0; good && i < PATIENCE_STEPS && being_checked(d); i++) {
        struct doctor_list *const lists[] = {&d->links, &d->addrs, &d->kroutes, &d->neighs};
        for (size_t k = 0; k < sizeof lists / sizeof lists[0]; k++)
            lists[k]->n = 0;
        nanosleep(&(struct timespec){.tv_nsec = STEP_NS}, NULL);
        good = dump_all(d);
    }
    if (!good)
        doctor_unseen(d, "interfaces and routes: the kernel does not tell: %s", strerror(errno));
    d->forwarding = sysctl("all", "forwarding");
    struct doctor_link *l = d->links.items;
    for (size_t i = 0; i < d->links.n; i++, l++) {
        l->disable_ipv6 = sysctl(l->name, "disable_ipv6");
        l->forwarding = sysctl(l->name, "forwarding");
        l->accept_ra = sysctl(l->name, "accept_ra");
        l->mode = sysctl(l->name, "addr_gen_mode");
        l->advertisements = advertisements(l->name);
    }
}
