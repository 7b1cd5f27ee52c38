/*
 * floor: how fast it can be at all, on this kernel.
 *
 *   floor add COUNT IFACE GATEWAY   installs that many routes, BATCH to a message, and prints the seconds
 *   floor del COUNT IFACE GATEWAY   removes them, the same way
 *   floor rx IFACE                  receives RIPng, decodes it and installs (metric 16: removes) what it
 * says, through whoever sent it, and nothing else: no table, no timers, no checks floor count IFACE receives
 * and decodes only
 *
 * `rx` and `count` print `ready` and run until they are ended. Called by the bench.
 */
#include "udp.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>

#define BATCH 512
#define RECEIVE_BATCH 32
#define METRIC 2048
#define PROTOCOL 189

struct message {
    struct nlmsghdr n;
    struct rtmsg r;
    struct {
        struct rtattr head;
        struct in6_addr value;
    } dst, gateway;
    struct {
        struct rtattr head;
        uint32_t value;
    } oif, priority;
};

struct batch {
    int fd;
    unsigned used;
    struct message messages[BATCH];
};

static void open_netlink(struct batch *b)
{
    b->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (b->fd < 0)
        err(1, "netlink");
    set(b->fd, SOL_NETLINK, NETLINK_CAP_ACK, 1);
}

static void flush(struct batch *b)
{
    if (b->used == 0)
        return;
    b->messages[b->used - 1].n.nlmsg_flags |= NLM_F_ACK;
    if (send(b->fd, b->messages, b->used * sizeof *b->messages, 0) < 0)
        err(1, "changing routes");
    struct {
        struct nlmsghdr n;
        struct nlmsgerr e;
    } reply;
    do { /* the kernel answers the last, and what failed */
        if (recv(b->fd, &reply, sizeof reply, 0) < 0)
            err(1, "answers");
        if (reply.e.error && reply.e.error != -ESRCH)
            errx(1, "the kernel refuses a route: %s", strerror(-reply.e.error));
    } while (reply.n.nlmsg_seq != b->used);
    b->used = 0;
}

static void change(struct batch *b, bool add, struct in6_addr prefix, uint8_t len, uint32_t index,
                   const struct in6_addr *gateway)
{
    struct message *m = &b->messages[b->used++];
    *m = (struct message){
        .n = {.nlmsg_len = sizeof *m,
              .nlmsg_type = add ? RTM_NEWROUTE : RTM_DELROUTE,
              .nlmsg_flags = NLM_F_REQUEST | (add ? NLM_F_CREATE | NLM_F_REPLACE : 0),
              .nlmsg_seq = b->used},
        .r = {.rtm_family = AF_INET6,
              .rtm_dst_len = len,
              .rtm_table = RT_TABLE_MAIN,
              .rtm_protocol = PROTOCOL,
              .rtm_scope = add ? RT_SCOPE_UNIVERSE : RT_SCOPE_NOWHERE,
              .rtm_type = add ? RTN_UNICAST : RTN_UNSPEC},
        .dst = {{RTA_LENGTH(sizeof prefix), RTA_DST}, prefix},
        .gateway = {{RTA_LENGTH(sizeof *gateway), RTA_GATEWAY}, *gateway},
        .oif = {{RTA_LENGTH(sizeof index), RTA_OIF}, index},
        .priority = {{RTA_LENGTH(sizeof(uint32_t)), RTA_PRIORITY}, METRIC},
    };
    if (b->used == BATCH)
        flush(b);
}

static void bare(bool add, uint32_t count, uint32_t index, const char *gateway)
{
    static struct batch b;
    struct in6_addr via;
    open_netlink(&b);
    if (!inet_pton(AF_INET6, gateway, &via))
        errx(2, "no address: %s", gateway);
    int64_t begin = clock_ns(CLOCK_MONOTONIC);
    for (uint32_t i = 0; i < count; i++)
        change(&b, add, table_prefix(i), 64, index, &via);
    flush(&b);
    printf("%.6f\n", (double)(clock_ns(CLOCK_MONOTONIC) - begin) / 1e9);
}

static void decode(struct batch *b, uint32_t index, const uint8_t *data, size_t size,
                   const struct in6_addr *from, uint64_t *n)
{
    for (const uint8_t *at = data + HEADER_SIZE; at + RTE_SIZE <= data + size; at += RTE_SIZE) {
        struct in6_addr prefix;
        memcpy(&prefix, at, sizeof prefix);
        *n += at[19]; /* what nobody looks at is not decoded */
        if (b)
            change(b, at[19] < 16, prefix, at[18], index, from);
    }
}

static void receive(const char *interface, bool install)
{
    static struct batch b;
    static uint8_t space[RECEIVE_BATCH][2048];
    static struct mmsghdr in[RECEIVE_BATCH];
    static struct iovec parts[RECEIVE_BATCH];
    static struct sockaddr_in6 from[RECEIVE_BATCH];
    int fd = udp_open(interface, 8 << 20);
    uint32_t index = if_nametoindex(interface);
    uint64_t n = 0;
    open_netlink(&b);
    puts("ready");
    fflush(stdout);
    for (;;) {
        for (unsigned i = 0; i < RECEIVE_BATCH; i++) {
            parts[i] = (struct iovec){space[i], sizeof space[i]};
            in[i].msg_hdr = (struct msghdr){
                .msg_name = &from[i], .msg_namelen = sizeof from[i], .msg_iov = &parts[i], .msg_iovlen = 1};
        }
        int got = recvmmsg(fd, in, RECEIVE_BATCH, MSG_WAITFORONE, NULL);
        if (got < 0)
            err(1, "receiving, after %llu", (unsigned long long)n);
        for (int i = 0; i < got; i++)
            decode(install ? &b : NULL, index, space[i], in[i].msg_len, &from[i].sin6_addr, &n);
        if (got < RECEIVE_BATCH)
            flush(&b);
    }
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    if (argc == 5 && (!strcmp(what, "add") || !strcmp(what, "del")))
        bare(*what == 'a', (uint32_t)atol(argv[2]), if_nametoindex(argv[3]), argv[4]);
    else if (argc == 3 && (!strcmp(what, "rx") || !strcmp(what, "count")))
        receive(argv[2], *what == 'r');
    else
        errx(2, "usage: floor add|del COUNT IFACE GATEWAY, floor rx|count IFACE");
    return 0;
}
