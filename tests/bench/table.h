/*
 * The routes that the bench deals with, and its RTEs: one numbering for all programs of this folder, so that
 * what one announces another finds.
 */
#ifndef BENCH_TABLE_H
#define BENCH_TABLE_H

#include <netinet/in.h>
#include <stdint.h>
#include <string.h>

#define RTES_PER_PACKET 72 /* at MTU 1500 */
#define HEADER_SIZE 4
#define RTE_SIZE 20
#define PACKET_SIZE (HEADER_SIZE + RTES_PER_PACKET * RTE_SIZE)
#define PORT 521

/* Number `i` is 2001:db8:HHHH:LLLL::/64. */
static inline struct in6_addr table_prefix(uint32_t i)
{
    struct in6_addr a = {{{0x20, 0x01, 0x0d, 0xb8}}};
    uint32_t high = 0x1000 + (i >> 16);
    a.s6_addr[4] = (uint8_t)(high >> 8);
    a.s6_addr[5] = (uint8_t)high;
    a.s6_addr[6] = (uint8_t)(i >> 8);
    a.s6_addr[7] = (uint8_t)i;
    return a;
}

static inline uint8_t *table_rte(uint8_t *at, uint32_t i, uint8_t metric)
{
    struct in6_addr a = table_prefix(i);
    memcpy(at, &a, sizeof a);
    at[16] = at[17] = 0;
    at[18] = 64;
    at[19] = metric;
    return at + RTE_SIZE;
}

/* A response with `n` routes from number `first` on; its size. */
static inline size_t table_packet(uint8_t *packet, uint32_t first, uint32_t n, uint8_t metric)
{
    static const uint8_t header[HEADER_SIZE] = {2, 1, 0, 0};
    memcpy(packet, header, sizeof header);
    uint8_t *at = packet + HEADER_SIZE;
    for (uint32_t i = 0; i < n; i++)
        at = table_rte(at, first + i, metric);
    return (size_t)(at - packet);
}

#endif
