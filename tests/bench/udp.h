/*
 * A RIPng socket for the programs of this folder, and their clocks.
 */
#ifndef BENCH_UDP_H
#define BENCH_UDP_H

#include "table.h"

#include <arpa/inet.h>
#include <err.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <time.h>

static inline int64_t clock_ns(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static inline void set(int fd, int level, int name, int value)
{
    if (setsockopt(fd, level, name, &value, sizeof value) < 0)
        err(1, "setsockopt %d %d", level, name);
}

/* On port 521, in ff02::9 on the interface, sending there with hop limit 255. `buffer` 0: as the kernel makes
 * it. */
static inline int udp_open(const char *interface, int buffer)
{
    unsigned index = if_nametoindex(interface);
    if (!index)
        err(1, "%s", interface);
    int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        err(1, "socket");
    set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    set(fd, SOL_SOCKET, SO_RXQ_OVFL, 1);
    if (buffer)
        set(fd, SOL_SOCKET, SO_RCVBUFFORCE, buffer);
    set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    set(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 255);
    set(fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0);
    set(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, (int)index);
    struct ipv6_mreq m = {.ipv6mr_interface = index};
    inet_pton(AF_INET6, "ff02::9", &m.ipv6mr_multiaddr);
    if (setsockopt(fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, &m, sizeof m) < 0)
        err(1, "joining ff02::9 on %s", interface);
    struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_port = htons(PORT)};
    if (bind(fd, (struct sockaddr *)&any, sizeof any) < 0)
        err(1, "port %d", PORT);
    return fd;
}

#endif
