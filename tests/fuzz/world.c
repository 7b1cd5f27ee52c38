/*
 * The fuzzer's side of the engine; see world.h.
 *
 * Called by fuzz_engine.c. The linker puts the __wrap_ functions in front of the C
 * library's (meson.build), so that lib/ meets allocations that fail.
 */
#include "world.h"

#include "invariants.h"

#include <errno.h>

/* --- allocations that fail -------------------------------------------------- */

static unsigned fail_after, fail_left;

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);

void world_fail_allocations(unsigned after, unsigned more)
{
    fail_after = after;
    fail_left = more + 1;
}

void world_fail_none(void)
{
    fail_left = 0;
}

static bool fails(void)
{
    if (!fail_left)
        return false;
    if (fail_after) {
        fail_after--;
        return false;
    }
    fail_left--;
    return true;
}

void *world_alloc(size_t size)
{
    void *data = __real_malloc(size ? size : 1);
    MUST(data);
    return data;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return fails() ? NULL : __real_realloc(old, size);
}

/* --- packets ------------------------------------------------------------------ */

static void digest(struct world *w, const void *data, size_t size)
{
    const uint64_t seed[2] = {w->digest, size};
    w->digest = ripng_hash_bytes(data, size, seed);
}

static bool is_group(const struct in6_addr *a)
{
    static const struct in6_addr group = {{{0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9}}};
    return ripng_addr_equal(a, &group);
}

/* An answer to a request for single routes repeats what was asked, whatever that was. */
static void check_rte(const struct ripng_rte *rte, bool to_all)
{
    struct ripng_prefix p = ripng_prefix_make(&rte->addr, rte->len);
    MUST(rte->metric >= 1 && rte->metric <= 16);
    if (to_all || rte->metric < 16)
        MUST(rte->len <= 128 && !invariants_martian(&p));
    if (to_all)
        MUST(ripng_addr_equal(&p.addr, &rte->addr));
}

static void check_response(struct ripng_reader *rd, bool to_all)
{
    struct ripng_rte rte;
    bool next_hop = false;
    MUST(ripng_read_left(rd) > 0);
    while (ripng_read_rte(rd, &rte)) {
        if (rte.metric != RIPNG_METRIC_NEXT_HOP) {
            check_rte(&rte, to_all);
            next_hop = false;
            continue;
        }
        MUST(!next_hop && rte.tag == 0 && rte.len == 0);
        MUST(ripng_addr_is_linklocal(&rte.addr) || ripng_addr_is_unspecified(&rte.addr));
        next_hop = true;
    }
    MUST(!next_hop);
}

static size_t most(const struct world *w, const struct ripng_send *s)
{
    const struct iface *i = s->ifindex ? iface_find(w->r, s->ifindex) : NULL;
    uint32_t mtu = i ? i->link.mtu : 1280;
    mtu = mtu > 1500 ? 1500 : mtu < 1280 ? 1280 : mtu;
    return mtu - 48 < w->buffer_size ? mtu - 48 : w->buffer_size;
}

static void check_packet(const struct world *w, const struct ripng_send *s, const uint8_t *data)
{
    struct ripng_reader rd;
    struct ripng_rte rte;
    bool to_all = is_group(&s->dest);
    MUST(s->size <= most(w, s));
    MUST(ripng_read_packet(&rd, data, s->size) == RIPNG_WHY_NONE && !rd.must_be_zero_set);
    MUST(!ripng_addr_is_unspecified(&s->source) && !IN6_IS_ADDR_MULTICAST(&s->source));
    MUST(to_all || !IN6_IS_ADDR_MULTICAST(&s->dest));
    MUST(!ripng_addr_is_unspecified(&s->dest));
    MUST(!to_all || (s->ifindex && s->dest_port == RIPNG_PORT && ripng_addr_is_linklocal(&s->source)));
    MUST(s->dest_port);
    MUST(!s->ifindex == !(to_all || ripng_addr_is_linklocal(&s->dest)));
    if (rd.command == RIPNG_RESPONSE) {
        check_response(&rd, to_all);
        return;
    }
    MUST(ripng_read_left(&rd) == 1 && ripng_read_rte(&rd, &rte) && rte.metric == 16 && rte.len == 0);
}

unsigned world_pull_packets(struct world *w, unsigned max)
{
    uint8_t *buffer = world_alloc(w->buffer_size); /* exact, so that a sanitizer sees a step beyond */
    unsigned n = 0;
    struct ripng_send s;
    while (n < max && ripng_next_packet(w->r, w->now, &s, buffer, w->buffer_size)) {
        check_packet(w, &s, buffer);
        digest(w, buffer, s.size);
        digest(w, &s.dest, sizeof s.dest);
        digest(w, &s.source, sizeof s.source);
        digest(w, &s.ifindex, sizeof s.ifindex);
        w->sent = s;
        memcpy(w->sent_data, buffer, s.size);
        w->has_sent = true;
        n++;
        MUST(n <= 8 * w->r->n_ifaces); /* paced */
    }
    free(buffer);
    return n;
}

void world_pull_events(struct world *w)
{
    struct ripng_event e;
    char text[512];
    unsigned n = 0;
    while (ripng_next_event(w->r, &e)) {
        MUST(++n <= EVENT_RING);
        MUST(e.kind < RIPNG_N_EVENTS && e.reason < RIPNG_N_REASONS);
        MUST(ripng_event_text(&e, text, sizeof text) == text && text[0]);
        size_t room = e.ifindex % 8 + e.reason; /* cut short: never beyond its room */
        char *cut = world_alloc(room);
        if (room)
            MUST(strlen(ripng_event_text(&e, cut, room)) < room);
        free(cut);
        MUST(ripng_event_name(e.kind)[0] != '?' && ripng_reason_name(e.reason)[0] != '?');
        MUST(ripng_event_severity(&e) <= RIPNG_DEBUG);
        MUST(memchr(e.ifname, '\0', sizeof e.ifname));
    }
}

/* --- changes -------------------------------------------------------------------- */

static bool same_kernel(const struct ripng_kernel_config *a, const struct ripng_kernel_config *b)
{
    return a->table == b->table && a->metric == b->metric && a->protocol == b->protocol;
}

static void check_change(const struct world *w, const struct ripng_change *c)
{
    MUST(c->id == w->next_id && !w->dumping);
    MUST(c->id - w->oldest_id < FLIGHTS);
    if (c->kind == RIPNG_GROUP_JOIN || c->kind == RIPNG_GROUP_LEAVE) {
        MUST(iface_find(w->r, c->ifindex));
        return;
    }
    if (c->kind == RIPNG_NEIGH_PROBE) {
        MUST(c->ifindex && !ripng_addr_is_unspecified(&c->gateway));
        return;
    }
    struct ripng_prefix p = ripng_prefix_make(&c->prefix.addr, c->prefix.len);
    MUST(c->prefix.len <= 128 && ripng_prefix_equal(&p, &c->prefix));
    MUST(!w->stopping || !w->config.graceful_restart);
    if (c->kind == RIPNG_ROUTE_DELETE)
        return;
    MUST(c->kind == RIPNG_ROUTE_SET && !w->stopping);
    MUST(same_kernel(&c->kernel, &w->config.kernel) && !ripng_prefix_martian(&p));
    if (c->type == RIPNG_TYPE_DISCARD)
        MUST(!c->ifindex && ripng_addr_is_unspecified(&c->gateway));
    else
        MUST(c->ifindex && ripng_addr_is_linklocal(&c->gateway));
    MUST(c->n_nexthops <= w->config.kernel.multipath);
    for (unsigned i = 0; i < c->n_nexthops; i++)
        MUST(c->nexthops[i].ifindex && ripng_addr_is_linklocal(&c->nexthops[i].gateway));
}

unsigned world_pull_changes(struct world *w, unsigned max)
{
    unsigned n = 0;
    struct ripng_change c;
    while (n < max && ripng_next_change(w->r, w->now, &c)) {
        check_change(w, &c);
        digest(w, &c.kind, sizeof c.kind);
        digest(w, &c.ifindex, sizeof c.ifindex);
        digest(w, &c.prefix.addr, sizeof c.prefix.addr);
        digest(w, &c.gateway, sizeof c.gateway);
        digest(w, &c.n_nexthops, sizeof c.n_nexthops);
        w->next_id++;
        if (c.kind == RIPNG_ROUTE_SET) {
            w->set = c;
            w->has_set = true;
        }
        n++;
    }
    return n;
}

void world_answer(struct world *w, uint32_t ahead, int error)
{
    if (ahead >= w->next_id - w->oldest_id)
        return;
    w->oldest_id += ahead + 1;
    ripng_kernel_answer(w->r, w->now, w->oldest_id - 1, error);
}

void world_answer_all(struct world *w)
{
    if (w->oldest_id != w->next_id)
        world_answer(w, w->next_id - w->oldest_id - 1, 0);
}

/* --- life ------------------------------------------------------------------------- */

void world_start(struct world *w, uint64_t seed)
{
    w->r = ripng_new(&w->config, seed, w->now);
    world_fail_none();
    if (!w->r)
        w->r = ripng_new(&w->config, seed, w->now);
    MUST(w->r);
    w->oldest_id = w->next_id = 1;
    w->dumping = w->stopping = w->has_sent = w->has_set = false;
}

void world_end(struct world *w)
{
    ripng_free(w->r);
    w->r = NULL;
}

void world_check(const struct world *w)
{
    char why[INVARIANTS_TEXT];
    if (!invariants_hold(w->r, why)) {
        fprintf(stderr, "%s\n", why);
        abort();
    }
    MUST(w->r->next_id == w->next_id && w->r->oldest_id == w->oldest_id);
    MUST(w->r->dumping == (w->dumping && !w->stopping));
    MUST(!ripng_stopped(w->r) || w->stopping);
}

/* --- time --------------------------------------------------------------------------- */

void world_settle(struct world *w)
{
    struct ripng_time due;
    unsigned n = 0;
    while (ripng_deadline(w->r, &due) && due.us <= w->now.us) {
        ripng_tick(w->r, w->now);
        world_pull_packets(w, UINT32_MAX);
        MUST(++n < 100);
    }
}

void world_next_deadline(struct world *w, int64_t until_us)
{
    struct ripng_time due;
    world_settle(w);
    w->now.us = ripng_deadline(w->r, &due) && due.us < until_us ? due.us : until_us;
    world_settle(w);
}

static int64_t max64(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static void obey(struct world *w)
{
    while (world_pull_changes(w, UINT32_MAX))
        world_answer_all(w);
    world_answer_all(w);
}

/* Aggregates of the router's own prefixes, which stay. */
static uint32_t discards(const struct ripng *r)
{
    uint32_t n = 0;
    for (size_t i = 0; i < r->n_aggregates; i++)
        n += r->aggregates[i].route && route_at(r, r->aggregates[i].route)->fib_gateway == FIB_DISCARD;
    return n;
}

void world_fall_silent(struct world *w)
{
    const struct ripng_timers *t = &w->config.timers;
    if (w->stopping)
        return;
    if (w->dumping)
        ripng_kernel_dump_end(w->r, w->now);
    w->dumping = false;
    /* Timeout, garbage, and the kernel's minute of sulking; a neighbour is forgotten a little later. */
    for (unsigned n = 0; n < 12; n++) {
        w->now.us += max64(max64(t->timeout_us, t->garbage_us) / 2, 31000000);
        world_settle(w);
        obey(w);
        world_pull_events(w);
    }
    world_check(w);
    struct ripng_status s;
    ripng_read_status(w->r, w->now, &s);
    MUST(w->r->n_learned == 0 && s.garbage == 0 && s.kernel_pending == 0 && s.neighbors == 0);
    MUST(!w->r->dumped || w->r->n_installed == discards(w->r));
}

void world_stop(struct world *w)
{
    ripng_stop(w->r, w->now);
    w->stopping = true;
    world_check(w);
    w->dumping = false;
    for (unsigned n = 0; n < 20000 && !ripng_stopped(w->r); n++) {
        struct ripng_time due;
        world_settle(w);
        obey(w);
        world_pull_packets(w, UINT32_MAX);
        if (ripng_deadline(w->r, &due))
            w->now.us = max64(w->now.us, due.us);
    }
    MUST(ripng_stopped(w->r));
    world_check(w);
}
