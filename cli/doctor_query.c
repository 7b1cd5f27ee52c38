/*
 * Probe: are there routers that speak RIPng on our links, unheard by the daemon?
 * The group is asked by a request of RFC 2080 2.4.1 on each interface.
 *
 * Called by cmd_doctor.c. Root sees the answers by a packet socket, in front of the
 * firewall, which is what tells that it drops them; others see what it lets through.
 * Nothing changes by being asked: it is a request for one route, which nobody has.
 */
#include "clock.h"
#include "doctor.h"
#include "ripng.h"
#include "wire.h"

#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/ip6.h>
#include <netinet/udp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define WAIT_US 1500000 /* for the last answer: a link-local round trip, its address resolution included */

static bool ask(int fd, uint32_t ifindex)
{
    uint8_t packet[RIPNG_HEADER_SIZE + RIPNG_RTE_SIZE];
    struct ripng_writer w;
    struct ripng_rte rte = {.len = 128, .metric = RIPNG_METRIC_INFINITY};
    struct sockaddr_in6 to = {
        .sin6_family = AF_INET6,
        .sin6_port = htons(RIPNG_PORT),
        .sin6_addr = {{{0xff, 0x02, [15] = 9}}},
        .sin6_scope_id = ifindex,
    };
    rte.addr = (struct in6_addr){{{0x20, 0x01, 0x0d, 0xb8, [15] = 1}}}; /* documentation: nobody has it */
    ripng_write_packet(&w, packet, sizeof packet, RIPNG_REQUEST);
    ripng_write_rte(&w, &rte);
    return sendto(fd, packet, ripng_write_size(&w), 0, (const struct sockaddr *)&to, sizeof to) > 0;
}

static bool is_own(const struct doctor *d, const struct in6_addr *address)
{
    const struct doctor_addr *a = d->addrs.items;
    for (size_t i = 0; i < d->addrs.n; i++)
        if (ripng_addr_equal(&a[i].addr, address))
            return true;
    return false;
}

/* A response from port 521 of a router that the daemon does not hear is noted, once. */
static void note(struct doctor *d, uint32_t ifindex, const struct in6_addr *from, const void *data,
                 size_t size)
{
    struct ripng_reader rd;
    const struct doctor_answer *have = d->answers.items;
    if (ripng_read_packet(&rd, data, size) != RIPNG_WHY_NONE || rd.command != RIPNG_RESPONSE ||
        !ripng_addr_is_linklocal(from) || is_own(d, from) || d->answers.n >= DOCTOR_QUERIES ||
        doctor_heard_lately(d, doctor_link_name(d, ifindex), from))
        return;
    for (size_t i = 0; i < d->answers.n; i++)
        if (have[i].ifindex == ifindex && ripng_addr_equal(&have[i].address, from))
            return;
    struct doctor_answer *new = doctor_list_add(&d->answers, sizeof *new);
    if (new)
        *new = (struct doctor_answer){ifindex, *from};
    else
        d->no_memory = true;
}

/* From the packet socket: IPv6's header, UDP's, RIPng's. */
static void take_raw(struct doctor *d, int fd)
{
    uint8_t packet[2048];
    struct sockaddr_ll from = {0};
    struct ip6_hdr ip;
    struct udphdr udp;
    socklen_t n = sizeof from;
    ssize_t got = recvfrom(fd, packet, sizeof packet, 0, (struct sockaddr *)&from, &n);
    if (got < (ssize_t)(sizeof ip + sizeof udp) || from.sll_pkttype == PACKET_OUTGOING)
        return;
    memcpy(&ip, packet, sizeof ip);
    memcpy(&udp, packet + sizeof ip, sizeof udp);
    if (ip.ip6_nxt == IPPROTO_UDP && udp.uh_sport == htons(RIPNG_PORT))
        note(d, (uint32_t)from.sll_ifindex, &ip.ip6_src, packet + sizeof ip + sizeof udp,
             (size_t)got - sizeof ip - sizeof udp);
}

static void take_plain(struct doctor *d, int fd)
{
    uint8_t packet[2048];
    struct sockaddr_in6 from = {0};
    socklen_t n = sizeof from;
    ssize_t got = recvfrom(fd, packet, sizeof packet, 0, (struct sockaddr *)&from, &n);
    if (got > 0 && from.sin6_port == htons(RIPNG_PORT))
        note(d, from.sin6_scope_id, &from.sin6_addr, packet, (size_t)got);
}

void doctor_query(struct doctor *d)
{
    const struct doctor_iface *i = d->daemon.ifaces.items;
    int off = 0, hops = RIPNG_HOP_LIMIT;
    bool asked = false;
    int plain = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int raw = d->root ? socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, htons(ETH_P_IPV6)) : -1;
    if (plain >= 0) {
        (void)setsockopt(plain, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, &off, sizeof off);
        (void)setsockopt(plain, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &hops, sizeof hops);
    }
    for (size_t k = 0; plain >= 0 && k < d->daemon.ifaces.n; k++) {
        const struct doctor_link *l = doctor_link_named(d, i[k].name);
        asked |= i[k].up && l && ask(plain, l->ifindex);
    }
    struct pollfd p[2] = {{.fd = plain, .events = POLLIN}, {.fd = raw, .events = POLLIN}};
    for (int64_t end = clock_us() + WAIT_US, left; asked && (left = end - clock_us()) > 0;) {
        if (poll(p, 2, (int)(left / 1000 + 1)) <= 0)
            break;
        if (p[0].revents)
            take_plain(d, plain);
        if (p[1].revents)
            take_raw(d, raw);
    }
    if (raw >= 0)
        close(raw);
    if (plain >= 0)
        close(plain);
}
