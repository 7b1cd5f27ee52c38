/*
 * Fuzzes the engine: bytes become a series of inputs, and after each of them
 * everything that must hold is checked (world.c, invariants.c).
 *
 * The first bytes choose the seed, the start (an empty world or a home with three
 * links), the end (silence, a stop) and the size of the driver's buffer. Then each
 * step takes a byte for what happens and some more for the details (draw.c).
 */
#include "draw.h"

#include <errno.h>

#define STEPS_MAX 400

/* --- facts of the kernel --------------------------------------------------------- */

static void step_link(struct world *w)
{
    uint32_t ifindex = draw_ifindex(w);
    struct ripng_link l = draw_link(w, ifindex);
    ripng_link(w->r, w->now, &l);
}

static void step_link_gone(struct world *w)
{
    ripng_link_gone(w->r, w->now, draw_ifindex(w));
}

static void step_address(struct world *w)
{
    uint32_t ifindex = draw_ifindex(w);
    struct in6_addr a = draw_addr(w);
    bool usable = fuzz_u8(&w->in) % 4 != 3;
    if (!ripng_addr_is_unspecified(&a) && !IN6_IS_ADDR_MULTICAST(&a)) /* no kernel has such */
        ripng_address(w->r, w->now, ifindex, &a, usable);
}

static void step_address_gone(struct world *w)
{
    uint32_t ifindex = draw_ifindex(w);
    struct in6_addr a = draw_addr(w);
    ripng_address_gone(w->r, w->now, ifindex, &a);
}

static void step_kernel_route(struct world *w)
{
    bool replaced = fuzz_u8(&w->in) % 2;
    struct ripng_kernel_route k = draw_kernel_route(w);
    ripng_kernel_route(w->r, w->now, &k, replaced);
}

static void step_kernel_route_gone(struct world *w)
{
    struct ripng_kernel_route k = draw_kernel_route(w);
    ripng_kernel_route_gone(w->r, w->now, &k);
}

/* The kernel tells of what we did ourselves, or undoes it. */
static void step_our_route(struct world *w)
{
    uint8_t b = fuzz_u8(&w->in);
    const struct ripng_change *c = &w->set;
    struct ripng_kernel_route k = {
        .prefix = c->prefix,
        .type = c->type,
        .protocol = c->kernel.protocol,
        .metric = c->kernel.metric,
        .ifindex = c->ifindex,
        .gateway = c->gateway,
        .n_nexthops = 1,
    };
    if (!w->has_set)
        return;
    if (b & 2) /* another one took its place */
        k.protocol = 4;
    if (b & 1)
        ripng_kernel_route_gone(w->r, w->now, &k);
    else
        ripng_kernel_route(w->r, w->now, &k, true);
}

static void dump_begin(struct world *w)
{
    ripng_kernel_dump_begin(w->r, w->now);
    if (w->stopping)
        return;
    w->dumping = true;
    w->oldest_id = w->next_id; /* nobody waits for the answers any more */
}

static void dump_end(struct world *w)
{
    ripng_kernel_dump_end(w->r, w->now);
    w->dumping = false;
}

static void step_dump_begin(struct world *w)
{
    dump_begin(w);
}

static void step_dump_end(struct world *w)
{
    dump_end(w);
}

/* Three links with an address each, and some routes. */
static void tell_home(struct world *w, uint8_t how)
{
    for (uint32_t i = 1; i <= 3; i++) {
        struct ripng_link l = {.ifindex = i, .mtu = 1500, .up = true, .multicast = true};
        snprintf(l.name, sizeof l.name, "eth%u", i);
        ripng_link(w->r, w->now, &l);
    }
    for (uint32_t i = 1; i <= 3; i++) {
        struct in6_addr a = how & 1 ? draw_text_addr("fe80::1") : draw_link_local(0xa0, i);
        ripng_address(w->r, w->now, i, &a, true);
        a = draw_text_addr("2001:db8:aaaa::1");
        a.s6_addr[7] = (uint8_t)i;
        ripng_address(w->r, w->now, i, &a, true);
    }
    for (unsigned n = 0; n < (how >> 1) % 8; n++) {
        struct ripng_kernel_route k = draw_kernel_route(w);
        ripng_kernel_route(w->r, w->now, &k, false);
    }
}

static void step_dump(struct world *w)
{
    dump_begin(w);
    tell_home(w, fuzz_u8(&w->in));
    dump_end(w);
}

/* What neighbour unreachability detection says. */
static void step_neighbor(struct world *w)
{
    uint32_t ifindex = draw_ifindex(w);
    struct in6_addr a = draw_addr(w);
    ripng_neighbor(w->r, w->now, ifindex, &a, fuzz_u8(&w->in) % 2);
}

static void step_lost(struct world *w)
{
    ripng_kernel_lost(w->r, w->now);
}

/* --- packets ------------------------------------------------------------------------ */

static void receive(struct world *w, struct ripng_packet *p, const void *data, size_t size)
{
    void *exact = world_alloc(size); /* so that a sanitizer sees a step beyond */
    memcpy(exact, data, size);
    p->data = exact;
    p->size = size;
    ripng_packet(w->r, w->now, p);
    free(exact);
}

static void step_message(struct world *w, enum ripng_command command)
{
    uint8_t data[1500];
    struct ripng_writer to;
    struct ripng_packet p = draw_packet(w, command == RIPNG_REQUEST);
    ripng_write_packet(&to, data, sizeof data, command);
    for (unsigned n = fuzz_u8(&w->in) % 16; n; n--)
        draw_rte(w, &to);
    receive(w, &p, data, ripng_write_size(&to));
}

static void step_response(struct world *w)
{
    step_message(w, RIPNG_RESPONSE);
}

static void step_request(struct world *w)
{
    step_message(w, RIPNG_REQUEST);
}

static void step_whole_table(struct world *w)
{
    uint8_t data[24];
    struct ripng_writer to;
    struct ripng_packet p = draw_packet(w, true);
    ripng_write_packet(&to, data, sizeof data, RIPNG_REQUEST);
    ripng_write_whole_table(&to);
    receive(w, &p, data, sizeof data);
}

static void step_raw_packet(struct world *w)
{
    uint8_t data[256];
    struct ripng_packet p = draw_packet(w, false);
    size_t size = fuzz_u8(&w->in);
    fuzz_bytes(&w->in, data, size);
    receive(w, &p, data, size);
}

/* Our own last packet comes back, on its link or on another. */
static void step_echo(struct world *w)
{
    uint32_t ifindex = draw_ifindex(w);
    if (!w->has_sent)
        return;
    struct ripng_packet p = {
        .ifindex = ifindex,
        .source = w->sent.source,
        .source_port = RIPNG_PORT,
        .dest = w->sent.dest,
        .hop_limit = 255,
    };
    receive(w, &p, w->sent_data, w->sent.size);
}

/* A table of some hundred routes from one router. */
static void step_many_routes(struct world *w)
{
    uint8_t data[4 + 72 * 20];
    struct ripng_packet p = draw_packet(w, false);
    unsigned packets = fuzz_u8(&w->in), metric = fuzz_u8(&w->in) % 17, stride = fuzz_u8(&w->in);
    packets = packets == 255 ? 60 : packets % 8 + 1; /* 60: more than a chunk of the pools holds */
    struct ripng_rte rte = {.addr = {{{0x20, 1, 0xd, 0xb8}}}, .len = 64, .metric = (uint8_t)metric};
    for (unsigned n = 0; n < packets; n++) {
        struct ripng_writer to;
        ripng_write_packet(&to, data, sizeof data, RIPNG_RESPONSE);
        for (unsigned i = 0; i < 72; i++) {
            unsigned net = n * 72 + i * (1 + stride % 3);
            rte.addr.s6_addr[6] = (uint8_t)(net >> 8);
            rte.addr.s6_addr[7] = (uint8_t)net;
            ripng_write_rte(&to, &rte);
        }
        receive(w, &p, data, sizeof data);
    }
}

/* One prefix from many routers, with metrics that go up or down. */
static void step_many_routers(struct world *w)
{
    uint8_t data[24], how = fuzz_u8(&w->in);
    unsigned routers = fuzz_u8(&w->in) % 24;
    struct ripng_packet p = draw_packet(w, false);
    struct ripng_prefix prefix = draw_prefix(w);
    for (unsigned n = 0; n < routers; n++) {
        struct ripng_writer to;
        unsigned metric = how & 1 ? 1 + n % 15 : 15 - n % 15;
        struct ripng_rte rte = {.addr = prefix.addr, .len = prefix.len, .metric = (uint8_t)metric};
        p.source = draw_link_local(0xb0, n);
        ripng_write_packet(&to, data, sizeof data, RIPNG_RESPONSE);
        ripng_write_rte(&to, &rte);
        receive(w, &p, data, sizeof data);
    }
}

static void step_packets_lost(struct world *w)
{
    ripng_packets_lost(w->r, w->now, fuzz_u8(&w->in));
}

/* --- settings ------------------------------------------------------------------------- */

/* The engine gets w->config, or it is `before` again. */
static void reconfigure(struct world *w, struct ripng_config *before)
{
    if (!ripng_configure(w->r, w->now, &w->config) || w->stopping) {
        ripng_config_clear(&w->config);
        w->config = *before;
        return;
    }
    ripng_config_clear(before);
}

static void step_configure(struct world *w)
{
    struct ripng_config before;
    uint8_t b = fuzz_u8(&w->in);
    if (!ripng_config_copy(&before, &w->config))
        return;
    if (b & 1)
        draw_timers(w);
    if (b & 2)
        draw_section(w);
    if (b & 4)
        draw_redistribution(w);
    if (b & 8) {
        uint8_t c = fuzz_u8(&w->in);
        w->config.kernel.table = c & 1 ? 254 : 100;
        w->config.kernel.metric = c & 2 ? 2048 : 1024;
        w->config.kernel.protocol = c & 4 ? 189 : 42;
        w->config.kernel.multipath = 1 + (c >> 4); /* up to RIPNG_NEXTHOPS_MAX */
    }
    if (b & 16) {
        uint8_t c = fuzz_u8(&w->in);
        w->config.limits.routes = c & 1 ? 10000 : c >> 4;
        w->config.limits.routes_per_neighbor = c & 2 ? 0 : c >> 5;
        w->config.limits.neighbors = c & 4 ? 256 : 1 + (c >> 6);
    }
    if (b & 32)
        w->config.graceful_restart = b & 64;
    if (b & 128)
        w->config.failure_detection = !w->config.failure_detection;
    reconfigure(w, &before);
}

static void step_filter(struct world *w)
{
    struct ripng_config before;
    if (!ripng_config_copy(&before, &w->config))
        return;
    draw_filter(w);
    reconfigure(w, &before);
}

static void step_originate(struct world *w)
{
    struct ripng_config before;
    if (!ripng_config_copy(&before, &w->config))
        return;
    draw_originated(w);
    reconfigure(w, &before);
}

/* --- time, outputs, answers, ends ----------------------------------------------------- */

static void step_wait(struct world *w)
{
    w->now.us += fuzz_u8(&w->in) * 250;
    ripng_tick(w->r, w->now);
}

/* Late: nothing was done when it was due. */
static void step_wait_long(struct world *w)
{
    uint8_t b = fuzz_u8(&w->in);
    w->now.us += (int64_t)(b & 63) << (b >> 6) * 13; /* up to 0.25 s, then minutes, then a year */
    w->now.us += (int64_t)(b & 63) * 1000000;
    if (b & 1)
        ripng_tick(w->r, w->now);
}

static void step_run(struct world *w)
{
    uint8_t b = fuzz_u8(&w->in);
    int64_t until = w->now.us + (int64_t)(b & 15) * 1000000 * (1 + (b >> 4));
    for (unsigned n = 0; n < 64 && w->now.us < until; n++)
        world_next_deadline(w, until);
}

static void step_back(struct world *w)
{
    struct ripng_time before = {w->now.us - fuzz_u8(&w->in) * 1000};
    ripng_tick(w->r, before); /* counts as the last one */
}

static void step_packets(struct world *w)
{
    world_pull_packets(w, fuzz_u8(&w->in) & 63);
}

static void step_changes(struct world *w)
{
    world_pull_changes(w, fuzz_u8(&w->in) % 64 + 1);
}

static void step_events(struct world *w)
{
    world_pull_events(w);
}

static void step_answer(struct world *w)
{
    static const int errors[] = {0, 0, 0, EEXIST, ESRCH, ENETUNREACH, ENOBUFS, EADDRINUSE};
    uint8_t b = fuzz_u8(&w->in);
    world_answer(w, b >> 3, errors[b & 7]);
}

/* One that nobody waits for (any more). */
static void step_bad_answer(struct world *w)
{
    uint8_t b = fuzz_u8(&w->in);
    uint32_t id = b & 1 ? w->oldest_id - 1 - (b >> 1) : w->next_id + (b >> 1);
    if (id - w->oldest_id >= w->next_id - w->oldest_id)
        ripng_kernel_answer(w->r, w->now, id, b & 2 ? EEXIST : 0);
}

/* What a good driver does in a turn. */
static void step_turn(struct world *w)
{
    world_pull_changes(w, UINT32_MAX);
    world_answer_all(w);
    world_settle(w);
    world_pull_packets(w, UINT32_MAX);
    world_pull_events(w);
    if (ripng_kernel_wants_dump(w->r) && !w->dumping && fuzz_u8(&w->in) % 2)
        step_dump(w);
}

static void step_match(struct world *w)
{
    struct ripng_prefix p = draw_prefix(w);
    struct ripng_route_info i;
    if (ripng_match_route(w->r, w->now, &p, &i))
        MUST(ripng_prefix_contains(&i.prefix, &p) && ripng_source_name(i.source)[0] != '?');
    MUST(ripng_iface_name(w->r, draw_ifindex(w))[0]);
}

/* A slow reader goes on where it was: forward, whatever happened in between, and to an end. */
static void step_read(struct world *w)
{
    struct ripng_route_info t;
    struct ripng_neigh_info p;
    struct ripng_iface_info i;
    for (unsigned n = fuzz_u8(&w->in) % 16; n; n--) {
        uint32_t before = w->route_cursor;
        if (!ripng_read_route(w->r, w->now, &w->route_cursor, &t)) {
            MUST(!ripng_read_route(w->r, w->now, &w->route_cursor, &t)); /* the end stays the end */
            w->route_cursor = 0;
        } else {
            MUST(w->route_cursor > before);
        }
        before = w->neigh_cursor;
        if (!ripng_read_neigh(w->r, w->now, &w->neigh_cursor, &p))
            w->neigh_cursor = 0;
        else
            MUST(w->neigh_cursor > before);
        before = w->iface_cursor;
        if (!ripng_read_iface(w->r, &w->iface_cursor, &i))
            w->iface_cursor = 0;
        else
            MUST(w->iface_cursor > before && memchr(i.name, '\0', sizeof i.name));
    }
}

/* The daemon dies and a new one starts; the kernel's routes stay. */
static void step_restart(struct world *w)
{
    world_end(w);
    world_start(w, fuzz_u8(&w->in));
}

static void step_stop(struct world *w)
{
    if (fuzz_u8(&w->in) % 4)
        return;
    ripng_stop(w->r, w->now);
    w->stopping = true;
    w->dumping = false;
}

static void step_fail(struct world *w);

/* 64, some more than once: a new step takes the place of such a one, and corpora keep their meaning. */
static void (*const steps[64])(struct world *w) = {
    step_response,
    step_response,
    step_response,
    step_response,
    step_request,
    step_turn,
    step_turn,
    step_run,
    step_run,
    step_whole_table,
    step_link,
    step_link_gone,
    step_address,
    step_address_gone,
    step_kernel_route,
    step_kernel_route,
    step_kernel_route_gone,
    step_our_route,
    step_dump_begin,
    step_dump_end,
    step_dump,
    step_lost,
    step_raw_packet,
    step_echo,
    step_many_routes,
    step_many_routers,
    step_packets_lost,
    step_configure,
    step_configure,
    step_wait,
    step_wait_long,
    step_back,
    step_packets,
    step_changes,
    step_events,
    step_answer,
    step_bad_answer,
    step_match,
    step_restart,
    step_stop,
    step_fail,
    step_neighbor,
    step_response,
    step_turn,
    step_run,
    step_response,
    step_filter,
    step_wait,
    step_kernel_route,
    step_neighbor,
    step_changes,
    step_answer,
    step_packets,
    step_response,
    step_turn,
    step_run,
    step_link,
    step_address,
    step_request,
    step_originate,
    step_read,
    step_turn,
    step_wait_long,
    step_fail,
};

static void one_step(struct world *w)
{
    steps[fuzz_u8(&w->in) % 64](w);
}

/* In the next steps an allocation fails, or several do. */
static void step_fail(struct world *w)
{
    uint8_t b = fuzz_u8(&w->in);
    world_fail_allocations(b & 7, b >> 5);
    for (unsigned n = 0; n <= (b >> 3 & 3) && w->in.left; n++)
        one_step(w);
    world_fail_none();
}

static uint64_t run(const uint8_t *data, size_t size)
{
    struct world w = {.in = {data, size}};
    uint8_t how = fuzz_u8(&w.in), seed = fuzz_u8(&w.in);
    ripng_config_init(&w.config);
    w.config.failure_detection = seed % 2;
    w.now.us = (int64_t)seed << seed % 32;
    w.buffer_size = how & 0x80 ? 44 + fuzz_u8(&w.in) * 5u : WORLD_PACKET_MAX;
    if (how & 0x40)
        draw_section(&w);
    world_start(&w, seed);
    if (how & 1) {
        dump_begin(&w);
        tell_home(&w, how);
        dump_end(&w);
        step_turn(&w);
    }
    world_check(&w);
    for (unsigned n = 0; w.in.left && n < STEPS_MAX; n++) {
        one_step(&w);
        if (n % (1 + w.r->routes.count / 64) == 0) /* a large table costs a while */
            world_check(&w);
    }
    world_check(&w);
    if (how & 0x10)
        world_fall_silent(&w);
    if (how & 0x20)
        world_stop(&w);
    world_end(&w);
    ripng_config_clear(&w.config);
    return w.digest;
}

/* The same inputs give the same outputs: now and then that is worth a second run. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t first = run(data, size);
    if (size % 16 == 0)
        MUST(run(data, size) == first);
    return 0;
}
