/*
 * ripngctl query ADDRESS%IFACE [PREFIX ...]: asks any router by RIPng itself.
 *
 * Called by main.c. A running daemon asks from its own port 521, which some routers
 * insist on. Without one, or without the right to use its socket, this asks by a socket of
 * its own: from port 521 where it may, else from any. When to ask and what is
 * an answer is lib/query.c's in both cases.
 */
#include "ask.h"
#include "clock.h"
#include "query.h"

#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define QUERY_PACKET_MAX 65536

struct query {
    struct ripng_asking asking;
    struct render *render;
    int fd;
};

static struct ripng_time query_now(void)
{
    return (struct ripng_time){clock_us()};
}

/* 0 or -errno. */
static int query_open(struct query *q)
{
    const int hops = RIPNG_HOP_LIMIT, on = 1, room = 4 << 20; /* a table of 100,000 comes in 2 MB */
    struct sockaddr_in6 port = {.sin6_family = AF_INET6, .sin6_port = htons(RIPNG_PORT)};
    q->fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (q->fd < 0 || setsockopt(q->fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) < 0 ||
        setsockopt(q->fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, &hops, sizeof hops) < 0 ||
        setsockopt(q->fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on) < 0 ||
        setsockopt(q->fd, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof on) < 0)
        return -errno;
    if (setsockopt(q->fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room) < 0)
        (void)setsockopt(q->fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    q->asking.own_port = bind(q->fd, (const struct sockaddr *)&port, sizeof port) < 0;
    return 0;
}

/* 0 or -errno. */
static int query_send(struct query *q)
{
    uint8_t packet[RIPNG_QUERY_MAX];
    struct sockaddr_in6 to = {
        .sin6_family = AF_INET6, .sin6_port = htons(RIPNG_PORT), .sin6_addr = q->asking.query.address};
    if (ripng_addr_is_linklocal(&to.sin6_addr))
        to.sin6_scope_id = q->asking.ifindex;
    size_t size = ripng_ask_packet(&q->asking, query_now(), packet, sizeof packet);
    if (size && sendto(q->fd, packet, size, 0, (const struct sockaddr *)&to, sizeof to) < 0)
        return -errno;
    return 0;
}

/* As the daemon does it; nothing in it needs quoting. */
static enum render_result query_show(struct query *q, const struct ripng_told *told)
{
    char line[256], prefix[RIPNG_PREFIX_TEXT], nexthop[RIPNG_ADDR_TEXT];
    int n = snprintf(line, sizeof line, "{\"prefix\":\"%s\",\"nexthop\":\"%s\",\"metric\":%u,\"tag\":%u}",
                     ripng_prefix_text(&told->prefix, prefix), ripng_addr_text(&told->nexthop, nexthop),
                     (unsigned)told->metric, (unsigned)told->tag);
    return render_line(q->render, line, (size_t)n);
}

/* Takes one packet. 0, or -errno: also what others said of our request (ICMP). */
static int query_receive(struct query *q)
{
    static uint8_t data[QUERY_PACKET_MAX];
    char control[256] __attribute__((aligned(8)));
    struct sockaddr_in6 from;
    struct iovec iov = {data, sizeof data};
    struct msghdr m = {.msg_name = &from,
                       .msg_namelen = sizeof from,
                       .msg_iov = &iov,
                       .msg_iovlen = 1,
                       .msg_control = control,
                       .msg_controllen = sizeof control};
    ssize_t n = recvmsg(q->fd, &m, MSG_DONTWAIT);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -errno;
    struct ripng_packet p = {
        .data = data, .size = (size_t)n, .source = from.sin6_addr, .source_port = ntohs(from.sin6_port)};
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
        if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
            struct in6_pktinfo info;
            memcpy(&info, CMSG_DATA(c), sizeof info);
            p.dest = info.ipi6_addr;
            p.ifindex = info.ipi6_ifindex;
        }
    }
    struct ripng_answer answer;
    struct ripng_told told;
    if (!ripng_ask_heard(&q->asking, query_now(), &p, &answer))
        return 0;
    while (ripng_ask_entry(&q->asking, &answer, &told)) {
        if (query_show(q, &told) != RENDER_MORE)
            return -ENOMEM;
    }
    return 0;
}

/* Asks until there is an answer, or it is clear that there will be none. 0 or -errno. */
static int query_run(struct query *q)
{
    int err = query_open(q);
    while (err == 0 && !ripng_ask_over(&q->asking, query_now())) {
        err = query_send(q);
        struct pollfd fd = {.fd = q->fd, .events = POLLIN};
        int64_t left_us = ripng_ask_deadline(&q->asking).us - query_now().us;
        if (err == 0 && poll(&fd, 1, left_us > 0 ? (int)(left_us / 1000 + 1) : 0) > 0)
            err = query_receive(q);
    }
    return err;
}

static enum cmd_exit query_failed(const struct query *q, int err)
{
    const struct ripng_query *w = &q->asking.query;
    char address[RIPNG_ADDR_TEXT];
    const char *what = err == -ECONNREFUSED ? "nothing listens on its RIPng port, 521: no RIPng runs there"
                       : err == -EHOSTUNREACH
                           ? "there is no such router (ripngctl show neigh lists those heard)"
                           : strerror(-err);
    ask_complain("%s%s%s: %s", ripng_addr_text(&w->address, address), w->ifname[0] ? "%" : "", w->ifname,
                 what);
    return CMD_NEGATIVE;
}

static enum cmd_exit query_alone(const struct cmd_options *o, const struct ripng_query *what)
{
    static const char end[] = "{\"end\":true}";
    struct query q = {.fd = -1, .render = render_new(&render_query, o->json, screen_of(stdout))};
    uint32_t ifindex = what->ifname[0] ? if_nametoindex(what->ifname) : 0;
    enum cmd_exit result = CMD_NEGATIVE;
    char why[RIPNG_QUERY_WHY];
    if (!q.render) {
        ask_complain("no memory");
        return CMD_NEGATIVE;
    }
    if (what->ifname[0] && !ifindex) {
        ask_complain("no such interface: '%s' (ip link lists them)", what->ifname);
        render_free(q.render);
        return CMD_NEGATIVE;
    }
    ripng_ask(&q.asking, what, ifindex, query_now());
    int err = query_run(&q);
    if (err < 0)
        result = query_failed(&q, err);
    else if (ripng_ask_failure(&q.asking, why))
        ask_complain("%s%s", why,
                     q.asking.own_port && !q.asking.packets ? "; some answer only to port 521: try as root"
                                                            : "");
    else if (render_line(q.render, end, sizeof end - 1) == RENDER_END)
        result = CMD_DONE;
    if (q.fd >= 0)
        close(q.fd);
    render_free(q.render);
    return result;
}

enum cmd_exit cmd_query(const struct cmd_options *o, int argc, char **argv)
{
    struct ripng_query q;
    char why[RIPNG_QUERY_WHY], line[512], text[RIPNG_PREFIX_TEXT];
    if (!ripng_query_parse(&q, (const char *const *)argv, (size_t)argc, why)) {
        ask_complain("%s", why);
        return CMD_USAGE;
    }
    int n = snprintf(line, sizeof line, "query %s%s%s", ripng_addr_text(&q.address, text),
                     q.ifname[0] ? "%" : "", q.ifname);
    for (size_t i = 0; i < q.n_prefixes; i++)
        n += snprintf(line + n, sizeof line - (size_t)n, " %s", ripng_prefix_text(&q.prefixes[i], text));
    enum cmd_exit result = ask_if_there(o, line, &render_query);
    return result == CMD_NO_DAEMON ? query_alone(o, &q) : result;
}
