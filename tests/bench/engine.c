/*
 * The engine alone, for callgrind: what each route costs, with nothing of the kernel's in it.
 *
 *   engine COUNT
 *
 * A neighbour on one link announces COUNT routes, announces them again, another link is sent a full update,
 * the neighbour falls silent until they time out, and their time as garbage ends. Between these are marks at
 * which callgrind writes down what it has counted; instructions.py runs it. The kernel says yes to
 * everything. Linked with lib/ as the daemon is.
 */
#include "ripng.h"
#include "table.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>

/* Where callgrind writes down what it has counted since the last of them. */
#define MARK(name)                                                                                           \
    __attribute__((noipa)) static void mark_##name(void)                                                     \
    {                                                                                                        \
        __asm__ volatile("");                                                                                \
    }
MARK(begin)
MARK(learned)
MARK(refreshed)
MARK(sent)
MARK(expired)
MARK(freed)

#define SECOND 1000000LL

static struct ripng *engine;
static struct ripng_time now = {SECOND};
static uint32_t count, set, deleted, sent_rtes, sent_packets;
static uint8_t *packets; /* the neighbour's, made beforehand */

static void must(bool right, const char *what, uint32_t n)
{
    if (!right)
        errx(1, "%s: %u of %u", what, n, count);
}

/* As daemon/pump.c does it, the kernel's answers included. */
static void pull(void)
{
    struct ripng_change change;
    while (ripng_next_change(engine, now, &change)) {
        set += change.kind == RIPNG_ROUTE_SET;
        deleted += change.kind == RIPNG_ROUTE_DELETE;
        ripng_kernel_answer(engine, now, change.id, 0);
        if (change.kind == RIPNG_NEIGH_PROBE) /* it is alive, though it says nothing */
            ripng_neighbor(engine, now, change.ifindex, &change.gateway, true);
    }
    struct ripng_event event;
    while (ripng_next_event(engine, &event)) {
    }
}

static void send_all(void)
{
    struct ripng_send send;
    uint8_t buffer[RIPNG_PACKET_MAX];
    while (ripng_next_packet(engine, now, &send, buffer, sizeof buffer)) {
        if (send.ifindex != 2 || buffer[0] != 2)
            continue;
        sent_packets++;
        sent_rtes += (uint32_t)(send.size - HEADER_SIZE) / RTE_SIZE;
    }
}

static void step(int64_t us)
{
    now.us += us;
    ripng_tick(engine, now);
    pull();
}

/* Sends what is owed, packet by packet as the pace allows, until nothing is due for a second. */
static void drain(void)
{
    struct ripng_time due;
    do {
        send_all();
        if (!ripng_deadline(engine, &due) || due.us > now.us + SECOND)
            break;
        step(due.us > now.us ? due.us - now.us : 0);
    } while (true);
}

static void hear_all(void)
{
    uint32_t n = (count + RTES_PER_PACKET - 1) / RTES_PER_PACKET;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t left = count - i * RTES_PER_PACKET;
        struct ripng_packet p = {
            .data = packets + (size_t)i * PACKET_SIZE,
            .size = HEADER_SIZE + (left < RTES_PER_PACKET ? left : RTES_PER_PACKET) * RTE_SIZE,
            .source = {{{0xfe, 0x80, [15] = 2}}},
            .source_port = RIPNG_PORT,
            .dest = {{{0xff, 2, [15] = 9}}},
            .hop_limit = RIPNG_HOP_LIMIT,
            .ifindex = 1,
        };
        ripng_packet(engine, now, &p);
        pull();
    }
}

/* From the timeout on; expiry is bounded work, so there may be many steps. */
static void expire_all(void)
{
    while (deleted < count)
        step(1000);
}

static void free_all(void)
{
    struct ripng_time due;
    while (ripng_deadline(engine, &due) && due.us <= now.us) {
        step(0);
        send_all(); /* regular updates are due as well */
    }
}

static void set_up(void)
{
    struct ripng_config config;
    ripng_config_init(&config);
    config.limits.routes = 0;
    config.timers.update_us = 30 * 60 * SECOND; /* a million routes take a while to send */
    config.timers.timeout_us = 6 * 60 * 60 * SECOND;
    config.timers.garbage_us = 6 * 60 * 60 * SECOND;
    engine = ripng_new(&config, 1, now);
    packets = malloc((size_t)(count / RTES_PER_PACKET + 1) * PACKET_SIZE);
    if (!engine || !packets)
        errx(1, "no memory");
    for (uint32_t i = 0; i < count; i += RTES_PER_PACKET)
        table_packet(packets + (size_t)(i / RTES_PER_PACKET) * PACKET_SIZE, i,
                     count - i < RTES_PER_PACKET ? count - i : RTES_PER_PACKET, 1);
    ripng_kernel_dump_begin(engine, now);
    for (uint32_t i = 1; i <= 2; i++) {
        struct ripng_link l = {.ifindex = i, .mtu = 1500, .up = true, .multicast = true};
        snprintf(l.name, sizeof l.name, "eth%u", i);
        ripng_link(engine, now, &l);
        struct in6_addr a = {{{0xfe, 0x80, [14] = (uint8_t)i, [15] = 1}}};
        ripng_address(engine, now, i, &a, true);
    }
    ripng_kernel_dump_end(engine, now);
    pull();
    drain();
}

int main(int argc, char **argv)
{
    if (argc != 2)
        errx(2, "usage: engine COUNT");
    count = (uint32_t)atol(argv[1]);
    set_up();

    mark_begin();
    hear_all();
    mark_learned();
    must(set == count, "installed", set);
    drain(); /* the triggered update */

    mark_begin();
    hear_all();
    mark_refreshed();
    must(set == count && deleted == 0, "changed by a refresh", set + deleted);

    sent_rtes = sent_packets = 0;
    step(45 * 60 * SECOND); /* a regular update is due now */
    mark_begin();
    drain();
    mark_sent();
    must(sent_rtes == count, "sent", sent_rtes);
    printf("%u routes, %u packets\n", count, sent_packets);

    now.us += 6 * 60 * 60 * SECOND - 45 * 60 * SECOND;
    mark_begin();
    expire_all();
    mark_expired();
    drain();

    now.us += 6 * 60 * 60 * SECOND;
    mark_begin();
    free_all();
    mark_freed();
    struct ripng_status s;
    ripng_read_status(engine, now, &s);
    must(s.routes + s.garbage == 0, "left", s.routes + s.garbage);
    ripng_free(engine);
    free(packets);
    return 0;
}
