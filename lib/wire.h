/*
 * The RIPng packet, RFC 2080 2.1: bytes to RTEs and back.
 *
 * A reader and a writer over the caller's memory: no allocation, no state beyond
 * the struct, no call out. Used by input.c and advert.c, by `ripngctl query`, by
 * the tests and by a fuzzer. What an RTE means is for the caller.
 */
#ifndef RIPNG_WIRE_H
#define RIPNG_WIRE_H

#include "event.h"
#include "prefix.h"

#define RIPNG_VERSION 1
#define RIPNG_HEADER_SIZE 4
#define RIPNG_RTE_SIZE 20
#define RIPNG_METRIC_NEXT_HOP 0xff /* marks a next-hop RTE, 2.1.1 */

enum ripng_command { RIPNG_REQUEST = 1, RIPNG_RESPONSE = 2 };

/* A route table entry as it stands on the wire: nothing masked, nothing checked. */
struct ripng_rte {
    struct in6_addr addr; /* or the next hop */
    uint16_t tag;
    uint8_t len;
    uint8_t metric;
};

struct ripng_reader {
    const uint8_t *next, *end;
    enum ripng_command command;
    uint8_t version;
    bool must_be_zero_set; /* the header's reserved field was not zero: legal, ignored (2.1) */
};

/* Checks the header and the length; RIPNG_WHY_NONE, or why the packet is no use. */
enum ripng_reason ripng_read_packet(struct ripng_reader *rd, const void *data, size_t size);
/* The next RTE; false at the end. */
bool ripng_read_rte(struct ripng_reader *rd, struct ripng_rte *rte);
/* RTEs that are left. */
size_t ripng_read_left(const struct ripng_reader *rd);

/* A writer never goes beyond its limit; what did not fit stays out and `full` sticks. */
struct ripng_writer {
    uint8_t *start, *next, *end;
    bool full;
};
void ripng_write_packet(struct ripng_writer *w, void *buffer, size_t size, enum ripng_command command);
/* Room for `n` more RTEs? */
static inline bool ripng_write_room(const struct ripng_writer *w, size_t n)
{
    return !w->full && (size_t)(w->end - w->next) / RIPNG_RTE_SIZE >= n;
}
void ripng_write_rte(struct ripng_writer *w, const struct ripng_rte *rte);
void ripng_write_next_hop(struct ripng_writer *w, const struct in6_addr *next_hop);
/* The request for the whole table, 2.4.1. */
void ripng_write_whole_table(struct ripng_writer *w);
/* Bytes written; a packet without an RTE has RIPNG_HEADER_SIZE. */
size_t ripng_write_size(const struct ripng_writer *w);

#endif
