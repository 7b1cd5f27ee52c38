/*
 * blast: a neighbour with a large table. Announces COUNT routes with METRIC on IFACE, in full packets made
 * beforehand, all at once or one each GAP microseconds, and prints when the first and the last was sent
 * (CLOCK_MONOTONIC, nanoseconds).
 *
 * Called by the bench (rows of learning, withdrawing, refreshing and bursts).
 */
#include "udp.h"

#include <stdio.h>
#include <stdlib.h>

#define BATCH 64

static struct mmsghdr *prepare(uint32_t count, uint8_t metric, unsigned n, struct sockaddr_in6 *to)
{
    uint8_t *space = malloc((size_t)n * PACKET_SIZE);
    struct mmsghdr *out = calloc(n, sizeof *out);
    struct iovec *parts = calloc(n, sizeof *parts);
    if (!space || !out || !parts)
        err(1, "no memory");
    for (unsigned i = 0; i < n; i++) {
        uint32_t first = i * RTES_PER_PACKET, left = count - first;
        uint8_t *packet = space + (size_t)i * PACKET_SIZE;
        parts[i].iov_base = packet;
        parts[i].iov_len =
            table_packet(packet, first, left < RTES_PER_PACKET ? left : RTES_PER_PACKET, metric);
        out[i].msg_hdr =
            (struct msghdr){.msg_name = to, .msg_namelen = sizeof *to, .msg_iov = &parts[i], .msg_iovlen = 1};
    }
    return out;
}

/* Not by sleeping: a gap is shorter than what a busy machine makes of a sleep. */
static void wait_until(int64_t ns)
{
    while (clock_ns(CLOCK_MONOTONIC) < ns) {
    }
}

int main(int argc, char **argv)
{
    if (argc != 5)
        errx(2, "usage: blast IFACE COUNT METRIC GAP_US");
    uint32_t count = (uint32_t)atol(argv[2]);
    uint8_t metric = (uint8_t)atoi(argv[3]);
    int64_t gap = atol(argv[4]) * 1000;
    unsigned n = (count + RTES_PER_PACKET - 1) / RTES_PER_PACKET;
    struct sockaddr_in6 to = {
        .sin6_family = AF_INET6, .sin6_port = htons(PORT), .sin6_scope_id = if_nametoindex(argv[1])};
    inet_pton(AF_INET6, "ff02::9", &to.sin6_addr);
    int fd = udp_open(argv[1], 0);
    struct mmsghdr *out = prepare(count, metric, n, &to);
    int64_t begin = clock_ns(CLOCK_MONOTONIC);
    for (unsigned i = 0; i < n;) {
        unsigned batch = gap ? 1 : n - i < BATCH ? n - i : BATCH;
        wait_until(begin + (int64_t)i * gap);
        int done = sendmmsg(fd, out + i, batch, 0);
        if (done < 0)
            err(1, "sending");
        i += (unsigned)done;
    }
    printf("%lld %lld\n", (long long)begin, (long long)clock_ns(CLOCK_MONOTONIC));
    return 0;
}
