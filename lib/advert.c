/*
 * Packets out: regular, triggered and requested updates. RFC 2080 2.5 and 2.6.
 *
 * Called by engine.c when the driver wants a packet, by iface.c when an interface
 * starts or stops. Nothing is queued: each kind of update is a position in the
 * table, and a packet is built from there straight into the driver's buffer. What a
 * route looks like on an interface is for export.c.
 *
 *  - A full update (regular, or the first on an interface) walks the table by
 *    index. Routes that change behind it are on the list of changes anyway.
 *  - A triggered update walks the list of changes (table.c), the oldest first. The
 *    first goes at once, then a random hold of triggered-min to triggered-max.
 *  - An answer that is owed (struct job) walks the table, or the request's RTEs.
 *
 * Pacing: 8 packets at once, then 4 in 8 milliseconds, an interface. A listener
 * with a small buffer (FRR's holds nine packets) loses nothing of a large table, and a
 * home's table is one packet anyway. Who works for a millisecond at each packet needs
 * a little more than that: at one a millisecond its buffer fills up in a long update.
 */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

#define PACE_US 2000
#define PACE_BURST 8
#define PACE_GROUP 4

/* News of one cause may go on for so long before it is told. */
#define SETTLE_MAX_US 50000
/* A DHCPv6 client that renumbers changes routes one by one, a millisecond or so apart. */
#define SETTLE_OWN_US 6000

/* Between two requests to everybody: each makes all neighbours send their whole table. */
#define ASK_INTERVAL 5000000LL /* microseconds */

/* Larger packets gain nothing, and FRR refuses them. */
#define PACKET_MTU_MAX 1500
#define PACKET_MTU_MIN 1280 /* every link's, and that of who asks from off-link */
#define IP_AND_UDP 48

static const struct in6_addr ripng_group = {{{0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9}}};

/* --- pacing ---------------------------------------------------------------------------- */

/* Wakes up for several packets, and for all interfaces at once: that costs more than the packets do. */
static int64_t next_group(int64_t due)
{
    const int64_t group = PACE_GROUP * PACE_US;
    return (due + group - 1) / group * group;
}

static void pace(struct ripng *r, struct iface *i)
{
    i->pace = (i->pace > r->now ? i->pace : r->now) + PACE_US;
    if (i->pace - (PACE_BURST - 1) * PACE_US > r->now)
        i->pace_due = next_group(i->pace - (PACE_BURST - PACE_GROUP) * PACE_US);
}

/* Where the driver wants the next packet. */
struct slot {
    struct ripng_send *out;
    void *buffer;
    size_t size;
};

static size_t room(const struct iface *i, const struct slot *to, bool off_link)
{
    uint32_t mtu = i->link.mtu;
    if (mtu > PACKET_MTU_MAX)
        mtu = PACKET_MTU_MAX;
    if (mtu < PACKET_MTU_MIN || off_link)
        mtu = PACKET_MTU_MIN;
    size_t size = mtu - IP_AND_UDP;
    return size < to->size ? size : to->size;
}

/* --- a packet being filled ------------------------------------------------------------------ */

/* The writer with the next hop in force. */
struct packet {
    struct ripng_writer w;
    struct in6_addr next_hop;
    unsigned n;
};

static void packet_begin(struct packet *k, void *buffer, size_t size)
{
    *k = (struct packet){0};
    ripng_write_packet(&k->w, buffer, size, RIPNG_RESPONSE);
}

/* False: no room. A next-hop RTE is never the last of a packet. */
static bool packet_add(struct packet *k, const struct ripng_rte *rte, const struct in6_addr *next_hop)
{
    bool other = !ripng_addr_equal(&k->next_hop, next_hop);
    if (!ripng_write_room(&k->w, other ? 2 : 1))
        return false;
    if (other)
        ripng_write_next_hop(&k->w, next_hop);
    k->next_hop = *next_hop;
    ripng_write_rte(&k->w, rte);
    k->n++;
    return true;
}

/*
 * As many routes after `at` as fit; the last one done. `*end`: there are no more. With `told` all who
 * listen on the interface know them then.
 */
static uint32_t fill_from_table(struct ripng *r, const struct iface *i, struct packet *k, uint32_t at,
                                bool told, bool *end)
{
    struct ripng_rte rte;
    struct in6_addr next_hop;
    for (uint32_t n = pool_next(&r->routes, at); n; n = pool_next(&r->routes, n)) {
        struct route *t = route_at(r, n);
        if (export_rte(r, i, t, &rte, &next_hop) && !packet_add(k, &rte, &next_hop)) {
            *end = false;
            return at;
        }
        if (told)
            export_told(r, i, t);
        at = n;
    }
    *end = true;
    return at;
}

/* The same along the list of changes, from `next` on; the one to go on with, 0: none. */
static uint32_t fill_from_changes(const struct ripng *r, const struct iface *i, struct packet *k,
                                  uint32_t next)
{
    struct ripng_rte rte;
    struct in6_addr next_hop;
    for (; next; next = route_at(r, next)->change_next)
        if (export_is_news(r, i, route_at(r, next)) && export_rte(r, i, route_at(r, next), &rte, &next_hop) &&
            !packet_add(k, &rte, &next_hop))
            break;
    return next;
}

static void news_told(struct ripng *r, const struct iface *i, uint32_t from, uint32_t to)
{
    for (uint32_t n = from; n != to; n = route_at(r, n)->change_next)
        export_told(r, i, route_at(r, n));
}

/* --- to whom an update goes --------------------------------------------------------------------- */

static unsigned n_targets(const struct iface *i)
{
    return (i->config->multicast ? 1 : 0) + i->config->n_neighbors;
}

static const struct in6_addr *target(const struct iface *i, unsigned n)
{
    if (i->config->multicast && n-- == 0)
        return &ripng_group;
    return &i->config->neighbors[n];
}

static void address(struct ripng_send *out, const struct iface *i, const struct in6_addr *dest, size_t size)
{
    *out = (struct ripng_send){
        .ifindex = i->link.ifindex,
        .source = i->designated,
        .dest = *dest,
        .dest_port = RIPNG_PORT,
        .size = size,
    };
}

static void sent(struct ripng *r, struct iface *i, const struct slot *to)
{
    r->tx_packets++;
    i->tx_packets++;
    pace(r, i);
    if (IN6_IS_ADDR_MULTICAST(&to->out->dest) || iface_own_elsewhere(r, i, &to->out->dest))
        iface_note_sent(r, i, to->buffer, to->out->size);
}

static bool may_speak(const struct iface *i)
{
    if (i->poisoning)
        return i->full.active;
    return i->state == IFACE_ACTIVE && i->speaks;
}

/* --- requests of our own ------------------------------------------------------------------------ */

static bool next_request(struct iface *i, const struct slot *to)
{
    if (n_targets(i) == 0 || !i->speaks || i->poisoning)
        i->want_request = false;
    if (!i->want_request || i->state != IFACE_ACTIVE)
        return false;
    struct ripng_writer w;
    ripng_write_packet(&w, to->buffer, room(i, to, false), RIPNG_REQUEST);
    ripng_write_whole_table(&w);
    address(to->out, i, target(i, i->request_target), ripng_write_size(&w));
    if (++i->request_target >= n_targets(i)) {
        i->request_target = 0;
        i->want_request = false;
    }
    return true;
}

/* --- triggered updates, 2.5.1 --------------------------------------------------------------------- */

static bool triggered_ready(const struct ripng *r, const struct iface *i)
{
    bool may = i->triggered_left || (i->triggered_hold <= r->now && r->settle <= r->now);
    return i->triggered_next && may_speak(i) && !i->poisoning && may;
}

void advert_settle(struct ripng *r, int64_t us)
{
    if (r->settle <= r->now)
        r->settle_end = r->now + SETTLE_MAX_US; /* the first of them */
    int64_t until = r->now + us;
    until = until < r->settle_end ? until : r->settle_end;
    if (until > r->settle)
        r->settle = until;
}

void advert_settle_own(struct ripng *r)
{
    advert_settle(r, SETTLE_OWN_US);
}

static void triggered_close(struct ripng *r, struct iface *i)
{
    const struct ripng_timers *t = &r->config.timers;
    i->triggered_left = 0;
    i->triggered_target = 0;
    i->triggered_hold = r->now + engine_random_between(r, t->triggered_min_us, t->triggered_max_us);
}

/*
 * One triggered update may be as long as the whole table, no longer: what keeps
 * changing meanwhile waits for the hold like everything else.
 */
static bool next_triggered(struct ripng *r, struct iface *i, const struct slot *to)
{
    if (!triggered_ready(r, i))
        return false;
    size_t size = room(i, to, false);
    struct packet k;
    packet_begin(&k, to->buffer, size);
    uint32_t start = i->triggered_next;
    uint32_t next = fill_from_changes(r, i, &k, start);
    if (!k.n || n_targets(i) == 0) {
        i->triggered_next = 0;
        if (i->triggered_left)
            triggered_close(r, i);
        return false;
    }
    if (!i->triggered_left)
        i->triggered_left = r->routes.count / (uint32_t)(size / RIPNG_RTE_SIZE) + 1;

    address(to->out, i, target(i, i->triggered_target), ripng_write_size(&k.w));
    if (++i->triggered_target >= n_targets(i)) {
        i->triggered_target = 0;
        i->triggered_next = next;
        news_told(r, i, start, next);
        if (!next || !--i->triggered_left)
            triggered_close(r, i);
    }
    return true;
}

static void job_done(struct ripng *r, unsigned n)
{
    free(r->jobs[n]->request);
    free(r->jobs[n]);
    r->jobs[n] = NULL;
}

/* --- full updates ------------------------------------------------------------------------------------ */

static void full_begin(struct iface *i)
{
    i->full = (struct update){.active = true};
    i->triggered_next = 0; /* contained in it */
    i->triggered_left = 0;
    i->triggered_target = 0;
}

static void full_end(struct ripng *r, struct iface *i)
{
    i->full.active = false;
    if (!i->poisoning)
        return;
    i->poisoning = i->speaks = false;
    iface_poison_sent(r, i);
}

static bool next_full(struct ripng *r, struct iface *i, const struct slot *to)
{
    if (!i->full.active || !may_speak(i))
        return false;
    unsigned targets = n_targets(i);
    bool last = i->full.target + 1 >= targets, end = true;
    struct packet k;
    packet_begin(&k, to->buffer, room(i, to, false));
    uint32_t done = targets ? fill_from_table(r, i, &k, i->full.at, last, &end) : 0;
    if (!k.n) {
        full_end(r, i);
        return false;
    }
    address(to->out, i, target(i, i->full.target++), ripng_write_size(&k.w));
    if (last) {
        i->full.target = 0;
        i->full.at = done;
        if (end)
            full_end(r, i);
    }
    return true;
}

/* Others are sent to from now on: each packet that is half told begins again with the first of them. */
void advert_targets_changed(struct iface *i)
{
    i->request_target = i->full.target = i->triggered_target = 0;
}

void advert_full(struct iface *i)
{
    if (may_speak(i))
        full_begin(i);
}

void advert_poison(struct iface *i)
{
    i->poisoning = true;
    full_begin(i);
}

static int64_t jittered(struct ripng *r)
{
    int64_t period = r->config.timers.update_us;
    return engine_random_between(r, period / 2, period + period / 2);
}

/* 2.4.1: ask at once. Our own table goes out at once too: others need not ask for it. */
void advert_start(struct ripng *r, struct iface *i)
{
    i->poisoning = false;
    i->speaks = !i->config->passive;
    i->triggered_hold = 0;
    i->regular_due = r->now + jittered(r);
    if (!i->speaks)
        return;
    i->want_request = true;
    i->request_target = 0;
    full_begin(i);
}

static void ask_now(struct ripng *r)
{
    r->ask_due = NEVER;
    r->ask_hold = r->now + ASK_INTERVAL;
    for (size_t k = 0; k < r->n_ifaces; k++)
        r->ifaces[k]->want_request |= r->ifaces[k]->state == IFACE_ACTIVE && r->ifaces[k]->speaks;
}

void advert_ask(struct iface *i)
{
    i->want_request |= i->state == IFACE_ACTIVE && i->speaks;
}

void advert_ask_all(struct ripng *r)
{
    if (r->stopping)
        return;
    if (r->ask_hold <= r->now)
        ask_now(r);
    else
        r->ask_due = r->ask_hold;
}

void advert_stop(struct ripng *r, struct iface *i)
{
    i->speaks = i->poisoning = i->want_request = false;
    i->full.active = false;
    i->triggered_next = i->triggered_left = 0;
    i->regular_due = NEVER;
    for (unsigned n = 0; n < JOBS_MAX; n++)
        if (r->jobs[n] && r->jobs[n]->ifindex == i->link.ifindex)
            job_done(r, n);
}

void advert_passive_changed(struct ripng *r, struct iface *i)
{
    if (!i->config->passive)
        advert_start(r, i);
    else if (i->speaks)
        advert_poison(i);
}

/* --- answers, 2.4.1 ------------------------------------------------------------------------------------ */

bool advert_owe(struct ripng *r, const struct job *job)
{
    unsigned free_place = JOBS_MAX;
    for (unsigned n = 0; n < JOBS_MAX; n++) {
        struct job *j = r->jobs[n];
        if (!j) {
            free_place = n < free_place ? n : free_place;
        } else if (j->ifindex == job->ifindex && j->port == job->port &&
                   ripng_addr_equal(&j->dest, &job->dest)) {
            free_place = n; /* asked again before it was answered: the last question counts */
            break;
        }
    }
    if (free_place < JOBS_MAX && !r->jobs[free_place])
        r->jobs[free_place] = calloc(1, sizeof *job);
    if (free_place == JOBS_MAX || !r->jobs[free_place]) {
        free(job->request);
        return false;
    }
    free(r->jobs[free_place]->request);
    *r->jobs[free_place] = *job;
    return true;
}

/*
 * RTE by RTE as asked, our metric or 16; no split horizon: who asks so is looking for a
 * fault. For the same reason a filter changes nothing here, but what it denies is not
 * told by this way either.
 */
static size_t fill_from_request(const struct ripng *r, const struct iface *i, struct packet *k,
                                const struct job *j)
{
    struct ripng_reader rd = {.next = j->request + j->at, .end = j->request + j->request_size};
    struct ripng_rte rte;
    static const struct in6_addr none;
    size_t done = j->at;
    while (ripng_read_rte(&rd, &rte)) {
        struct ripng_prefix p = ripng_prefix_make(&rte.addr, rte.len);
        uint32_t route = rte.len <= 128 ? table_find(r, &p) : 0;
        const struct path *path = route ? route_chosen(r, route_at(r, route)) : NULL;
        if (path && !export_permits(r, i, route_at(r, route)))
            path = NULL;
        rte.metric = path ? path->metric : INFINITY_METRIC;
        if (path)
            rte.tag = path->tag;
        if (!packet_add(k, &rte, &none))
            break;
        done += RIPNG_RTE_SIZE;
    }
    return done;
}

static bool next_answer(struct ripng *r, unsigned n, const struct slot *to)
{
    struct job *j = r->jobs[n];
    struct iface *i = iface_find(r, j->ifindex);
    if (!iface_runs(i)) {
        job_done(r, n);
        return false;
    }
    if (i->pace_due > r->now)
        return false;
    struct in6_addr source; /* looked up anew: what there was when it asked may be gone */
    if (!iface_answer_source(r, i, j, &source)) {
        job_done(r, n);
        return false;
    }
    bool off_link = !ripng_addr_is_linklocal(&j->dest), end;
    struct packet k;
    packet_begin(&k, to->buffer, room(i, to, off_link));
    if (j->request) {
        j->at = (uint32_t)fill_from_request(r, i, &k, j);
        end = j->at >= j->request_size;
    } else {
        j->at = fill_from_table(r, i, &k, j->at, false, &end);
    }
    *to->out = (struct ripng_send){
        .ifindex = off_link ? 0 : j->ifindex,
        .source = source,
        .dest = j->dest,
        .dest_port = j->port,
        .size = ripng_write_size(&k.w),
    };
    if (end)
        job_done(r, n);
    if (!k.n)
        return false;
    sent(r, i, to);
    return true;
}

/* --- what the driver pulls ---------------------------------------------------------------------------------
 */

static bool next_from_iface(struct ripng *r, struct iface *i, const struct slot *to)
{
    if ((i->state != IFACE_ACTIVE && i->state != IFACE_LEAVING) || i->pace_due > r->now)
        return false;
    if (!next_triggered(r, i, to) && !next_request(i, to) && !next_full(r, i, to))
        return false;
    sent(r, i, to);
    return true;
}

/* The interfaces in turn, so that a large table on one does not silence the others. */
bool advert_next_packet(struct ripng *r, struct ripng_send *out, void *buffer, size_t size)
{
    const struct slot to = {out, buffer, size};
    for (size_t k = 0; k < r->n_ifaces; k++) {
        struct iface *i = r->ifaces[r->next_iface++ % r->n_ifaces];
        if (next_from_iface(r, i, &to))
            return true;
    }
    for (unsigned k = 0; k < JOBS_MAX; k++) {
        unsigned n = r->next_job++ % JOBS_MAX;
        if (r->jobs[n] && next_answer(r, n, &to))
            return true;
    }
    return false;
}

/* A regular update that is still being sent when the next is due is not begun again. */
void advert_tick(struct ripng *r)
{
    if (r->ask_due <= r->now)
        ask_now(r);
    export_tick(r);
    for (size_t k = 0; k < r->n_ifaces; k++) {
        struct iface *i = r->ifaces[k];
        if (i->regular_due > r->now)
            continue;
        i->regular_due = r->now + jittered(r);
        if (!i->full.active && may_speak(i))
            full_begin(i);
    }
}

static int64_t min64(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t iface_due(const struct ripng *r, const struct iface *i)
{
    int64_t due = i->regular_due;
    if (i->state != IFACE_ACTIVE && i->state != IFACE_LEAVING)
        return due;
    if (i->want_request || (i->full.active && may_speak(i)))
        due = min64(due, i->pace_due);
    if (i->triggered_next && may_speak(i) && !i->poisoning) {
        int64_t hold = i->triggered_left ? 0 : i->triggered_hold > r->settle ? i->triggered_hold : r->settle;
        due = min64(due, hold > i->pace_due ? hold : i->pace_due);
    }
    return due;
}

int64_t advert_deadline(const struct ripng *r)
{
    int64_t due = min64(r->ask_due, r->retract_due);
    for (size_t k = 0; k < r->n_ifaces; k++)
        due = min64(due, iface_due(r, r->ifaces[k]));
    for (unsigned n = 0; n < JOBS_MAX; n++) {
        const struct iface *i = r->jobs[n] ? iface_find(r, r->jobs[n]->ifindex) : NULL;
        if (i)
            due = min64(due, i->pace_due);
    }
    return due;
}

void advert_stop_all(struct ripng *r)
{
    r->ask_due = r->retract_due = NEVER;
}

void advert_init(struct ripng *r)
{
    r->ask_due = r->retract_due = NEVER;
    r->ask_hold = r->now;
}

void advert_clear(struct ripng *r)
{
    for (unsigned n = 0; n < JOBS_MAX; n++)
        if (r->jobs[n])
            job_done(r, n);
}
