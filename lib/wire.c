/*
 * The RIPng packet, RFC 2080 2.1: a reader and a writer with a sticky error.
 *
 * Called by input.c and advert.c, by `ripngctl query`, by tests and a fuzzer.
 * Bytes are picked up one by one, so alignment and byte order don't matter. What
 * an RTE means, and whether it may be believed, is for the caller.
 */
#include "wire.h"

#include <string.h>

/* --- reading --------------------------------------------------------------------- */

enum ripng_reason ripng_read_packet(struct ripng_reader *rd, const void *data, size_t size)
{
    const uint8_t *b = data;
    *rd = (struct ripng_reader){.next = b, .end = b};
    if (size < RIPNG_HEADER_SIZE)
        return RIPNG_WHY_SHORT;
    rd->version = b[1];
    rd->must_be_zero_set = b[2] || b[3];
    if (b[1] != RIPNG_VERSION)
        return RIPNG_WHY_VERSION;
    if (b[0] != RIPNG_REQUEST && b[0] != RIPNG_RESPONSE)
        return RIPNG_WHY_COMMAND;
    if ((size - RIPNG_HEADER_SIZE) % RIPNG_RTE_SIZE)
        return RIPNG_WHY_LENGTH;
    rd->command = (enum ripng_command)b[0];
    rd->next = b + RIPNG_HEADER_SIZE;
    rd->end = b + size;
    return RIPNG_WHY_NONE;
}

bool ripng_read_rte(struct ripng_reader *rd, struct ripng_rte *rte)
{
    if (rd->end - rd->next < RIPNG_RTE_SIZE)
        return false;
    const uint8_t *b = rd->next;
    memcpy(&rte->addr, b, 16);
    rte->tag = (uint16_t)(b[16] << 8 | b[17]);
    rte->len = b[18];
    rte->metric = b[19];
    rd->next += RIPNG_RTE_SIZE;
    return true;
}

size_t ripng_read_left(const struct ripng_reader *rd)
{
    return (size_t)(rd->end - rd->next) / RIPNG_RTE_SIZE;
}

/* --- writing --------------------------------------------------------------------- */

void ripng_write_packet(struct ripng_writer *w, void *buffer, size_t size, enum ripng_command command)
{
    uint8_t *b = buffer;
    *w = (struct ripng_writer){.start = b, .next = b, .end = b + size};
    if (size < RIPNG_HEADER_SIZE) {
        w->full = true;
        return;
    }
    b[0] = (uint8_t)command;
    b[1] = RIPNG_VERSION;
    b[2] = b[3] = 0;
    w->next = b + RIPNG_HEADER_SIZE;
}

void ripng_write_rte(struct ripng_writer *w, const struct ripng_rte *rte)
{
    if (!ripng_write_room(w, 1)) {
        w->full = true;
        return;
    }
    uint8_t *b = w->next;
    memcpy(b, &rte->addr, 16);
    b[16] = (uint8_t)(rte->tag >> 8);
    b[17] = (uint8_t)rte->tag;
    b[18] = rte->len;
    b[19] = rte->metric;
    w->next += RIPNG_RTE_SIZE;
}

void ripng_write_next_hop(struct ripng_writer *w, const struct in6_addr *next_hop)
{
    struct ripng_rte rte = {.addr = *next_hop, .metric = RIPNG_METRIC_NEXT_HOP};
    ripng_write_rte(w, &rte);
}

void ripng_write_whole_table(struct ripng_writer *w)
{
    struct ripng_rte rte = {.metric = 16};
    ripng_write_rte(w, &rte);
}

size_t ripng_write_size(const struct ripng_writer *w)
{
    return (size_t)(w->next - w->start);
}
