/*
 * listen: a neighbour who only listens, on IFACE. DELAY is what it needs for each packet, in microseconds;
 * its socket has the buffer that the kernel gives everybody, or with BUFFER one of so many bytes.
 *
 * Prints `first NANOSECONDS` (CLOCK_REALTIME, from the kernel) when the first packet came; at each line that
 * it reads from standard input, `PACKETS RTES DROPPED` of the responses so far, and it counts anew; ends
 * where standard input does. Called by the bench (rows of sending and of the start).
 */
#include "udp.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct counts {
    uint64_t packets, rtes;
    uint32_t dropped, dropped_before;
    bool any;
};

static void look(struct counts *c, struct msghdr *h, const uint8_t *data, ssize_t size)
{
    for (struct cmsghdr *m = CMSG_FIRSTHDR(h); m; m = CMSG_NXTHDR(h, m)) {
        if (m->cmsg_level != SOL_SOCKET)
            continue;
        if (m->cmsg_type == SO_RXQ_OVFL)
            memcpy(&c->dropped, CMSG_DATA(m), sizeof c->dropped);
        struct timespec t;
        if (m->cmsg_type != SCM_TIMESTAMPNS || c->any)
            continue;
        memcpy(&t, CMSG_DATA(m), sizeof t);
        printf("first %lld\n", (long long)t.tv_sec * 1000000000 + t.tv_nsec);
        c->any = true;
    }
    if (size < HEADER_SIZE || data[0] != 2)
        return;
    c->packets++;
    for (const uint8_t *at = data + HEADER_SIZE; at + RTE_SIZE <= data + size; at += RTE_SIZE)
        c->rtes += at[19] != 0xff; /* no next-hop RTE */
}

static void receive(struct counts *c, int fd, useconds_t delay)
{
    uint8_t data[65536];
    union {
        struct cmsghdr align;
        char bytes[256];
    } control;
    struct iovec part = {data, sizeof data};
    struct msghdr h = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    ssize_t size = recvmsg(fd, &h, MSG_DONTWAIT);
    if (size < 0 && errno != EAGAIN)
        err(1, "receiving");
    if (size < 0)
        return;
    look(c, &h, data, size);
    if (delay)
        usleep(delay);
}

static void report(struct counts *c)
{
    printf("%llu %llu %u\n", (unsigned long long)c->packets, (unsigned long long)c->rtes,
           c->dropped - c->dropped_before);
    c->packets = c->rtes = 0;
    c->dropped_before = c->dropped;
}

int main(int argc, char **argv)
{
    if (argc != 4)
        errx(2, "usage: listen IFACE DELAY_US BUFFER");
    setvbuf(stdout, NULL, _IOLBF, 0);
    int fd = udp_open(argv[1], atoi(argv[3]));
    set(fd, SOL_SOCKET, SO_TIMESTAMPNS, 1);
    struct counts c = {0};
    puts("ready");
    for (;;) {
        struct pollfd ready[] = {{.fd = fd, .events = POLLIN}, {.fd = 0, .events = POLLIN}};
        if (poll(ready, 2, -1) < 0)
            err(1, "poll");
        char line[16];
        if (ready[1].revents && read(0, line, sizeof line) <= 0)
            return 0;
        if (ready[0].revents)
            receive(&c, fd, (useconds_t)atoi(argv[2]));
        if (ready[1].revents)
            report(&c);
    }
}
