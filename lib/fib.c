/*
 * The kernel's table: what is wished for against what the kernel has acknowledged.
 *
 * Called by select.c and origin.c when a wish may have changed, by engine.c for
 * answers and dumps. Nothing but the difference is ever asked for, and only when
 * it is asked for is the wish looked up: a route that flaps collapses into its
 * last wish. A change of next hops is one replacement in place. What the kernel
 * reports of our routes is adopt.c's.
 */
#include "internal.h"

#include <errno.h>
#include <stdlib.h>

#define STRAY UINT32_MAX    /* in a flight, for a route */
#define RETRY_MIN 1000000LL /* microseconds; doubles up to the maximum while refusals go on */
#define RETRY_MAX 60000000LL
#define RETRY_STOPPING 100000LL /* the driver won't wait for long */

/* --- the wish -------------------------------------------------------------------------- */

/* As what the chosen path of a route belongs into the kernel: as hops_id() has it, or FIB_DISCARD; 0: not. */
static uint16_t chosen(const struct ripng *r, const struct route *t, struct hops *h)
{
    const struct path *p = route_chosen(r, t);
    if (!p || p->metric >= INFINITY_METRIC)
        return 0;
    if (!p->peer)
        return p->source == RIPNG_SOURCE_AGGREGATE ? FIB_DISCARD : 0;
    select_hops(r, t, h);
    return hops_id(r, h);
}

uint16_t fib_wish(const struct ripng *r, const struct route *t, struct hops *h)
{
    h->n = 0;
    return r->stopping || origin_blocks(r, t) ? 0 : chosen(r, t, h);
}

static uint16_t wish(const struct ripng *r, const struct route *t)
{
    struct hops h;
    return fib_wish(r, t, &h);
}

bool fib_installed(const struct ripng *r, const struct route *t)
{
    struct hops h;
    return t->fib_gateway && t->fib_gateway == chosen(r, t, &h);
}

static bool settled(const struct ripng *r, const struct route *t)
{
    if (wish(r, t) == t->fib_gateway && !(t->flags & FIB_STRANGE))
        return true;
    return adopt_keeps(r, t);
}

/* What was asked for is held until it is answered, or not waited for any more. */
static void drop_wish(struct ripng *r, struct route *t)
{
    uint16_t old = t->fib_wish;
    t->fib_wish = 0;
    hops_drop(r, old);
}

static void take_wish(struct ripng *r, struct route *t)
{
    struct hops h;
    uint16_t old = t->fib_wish;
    uint16_t w = fib_wish(r, t, &h);
    t->fib_wish = h.n ? hops_take(r, &h) : w;
    hops_drop(r, old);
}

/* --- the queue --------------------------------------------------------------------------- */

static void enqueue(struct ripng *r, uint32_t route)
{
    struct route *t = route_at(r, route);
    t->flags |= FIB_QUEUED;
    t->fib_next = 0;
    if (r->fib_tail)
        route_at(r, r->fib_tail)->fib_next = route;
    else
        r->fib_head = route;
    r->fib_tail = route;
    r->n_queued++;
}

static uint32_t dequeue(struct ripng *r)
{
    uint32_t route = r->fib_head;
    struct route *t = route_at(r, route);
    r->fib_head = t->fib_next;
    if (!r->fib_head)
        r->fib_tail = 0;
    r->n_queued--;
    t->fib_next = 0;
    t->flags &= (uint16_t)~FIB_QUEUED;
    return route;
}

/* To the queue of retries. */
static void postpone(struct ripng *r, uint32_t route)
{
    struct route *t = route_at(r, route);
    t->flags |= FIB_REFUSED;
    t->fib_next = r->retry_head;
    r->retry_head = route;
    if (!r->n_retry++)
        r->retry_due = r->now + (r->stopping ? RETRY_STOPPING : r->retry_backoff);
}

static void retry_remove(struct ripng *r, uint32_t route)
{
    uint32_t *at = &r->retry_head;
    while (*at != route)
        at = &route_at(r, *at)->fib_next;
    struct route *t = route_at(r, route);
    *at = t->fib_next;
    t->fib_next = 0;
    t->flags &= (uint16_t)~FIB_REFUSED;
    drop_wish(r, t);
    r->n_retry--;
}

/* Tells once that the route would be installed if another program's did not stand there. */
static void note_foreign(struct ripng *r, struct route *t)
{
    struct hops h;
    bool blocked = chosen(r, t, &h) && origin_blocks(r, t);
    if (blocked == !!(t->flags & FIB_BLOCKED))
        return;
    t->flags ^= FIB_BLOCKED;
    if (blocked)
        engine_event_route(r, RIPNG_EV_KERNEL_FOREIGN, t, route_chosen(r, t), RIPNG_WHY_NONE);
}

void fib_update(struct ripng *r, uint32_t route)
{
    struct route *t = route_at(r, route);
    if (t->origin || (t->flags & FIB_BLOCKED))
        note_foreign(r, t);
    if (t->flags & (FIB_QUEUED | FIB_FLYING))
        return; /* looked up when its turn comes */
    if (t->flags & FIB_REFUSED) {
        if (wish(r, t) == t->fib_wish)
            return; /* the same again: not before the retry is due */
        retry_remove(r, route);
    }
    if (!settled(r, t))
        enqueue(r, route);
}

/* --- what the kernel has ---------------------------------------------------------------------- */

void fib_set_held(struct ripng *r, struct route *t, uint16_t hops, bool strange)
{
    uint16_t old = t->fib_gateway;
    unsigned n;
    r->n_installed -= fib_holds(t);
    t->fib_gateway = hops;
    t->flags &= (uint16_t)~FIB_STRANGE;
    if (strange)
        t->flags |= FIB_STRANGE;
    r->n_installed += fib_holds(t);
    hops_hold(r, hops);
    const uint16_t *list = hops_list(r, &hops, &n);
    for (unsigned i = 0; i < n; i++)
        detect_used(r, list[i]);
    list = hops_list(r, &old, &n);
    for (unsigned i = 0; i < n; i++)
        detect_unused(r, list[i]);
    hops_drop(r, old);
}

void fib_overwritten(struct ripng *r, uint32_t route)
{
    struct route *t = route_at(r, route);
    if (fib_holds(t))
        fib_set_held(r, t, 0, false);
}

/* Something of the kernel's could not be noted for want of memory: read it again, but not at once. */
void fib_redump_later(struct ripng *r, uint32_t ifindex)
{
    r->drops[RIPNG_WHY_MEMORY]++;
    engine_event(r, RIPNG_EV_NO_MEMORY, ifindex);
    if (r->redump_due == NEVER)
        r->redump_due = r->now + RETRY_MIN;
}

void fib_add_stray(struct ripng *r, const struct ripng_prefix *p, const struct ripng_kernel_config *k)
{
    if (!(r->n_strays & (r->n_strays - 1))) { /* full at each power of two */
        size_t n = r->n_strays ? r->n_strays * 2 : 1;
        struct stray *grown = realloc(r->strays, n * sizeof *grown);
        if (!grown) {
            engine_event(r, RIPNG_EV_NO_MEMORY, 0);
            return;
        }
        r->strays = grown;
    }
    r->strays[r->n_strays++] = (struct stray){*p, *k};
}

/*
 * Somebody deleted a route of ours: it is put back, the first time at once. Who
 * keeps deleting it gets it back once a second, not as fast as two programs can.
 */
void fib_put_back(struct ripng *r, uint32_t route)
{
    struct route *t = route_at(r, route);
    uint16_t w = wish(r, t);
    if (w && (t->flags & FIB_PUT_BACK) && !(t->flags & (FIB_QUEUED | FIB_FLYING | FIB_REFUSED))) {
        take_wish(r, t);
        postpone(r, route);
        return;
    }
    if (w)
        t->flags |= FIB_PUT_BACK;
    fib_update(r, route);
}

/* --- changes out, answers in --------------------------------------------------------------------- */

bool fib_room(const struct ripng *r)
{
    return !r->dumping && r->next_id - r->oldest_id < FLIGHTS;
}

uint32_t fib_take_off(struct ripng *r, enum ripng_change_kind kind, uint32_t what)
{
    uint32_t id = r->next_id++;
    r->flights[id % FLIGHTS] = (struct flight){kind, what};
    return id;
}

static bool next_stray(struct ripng *r, struct ripng_change *out)
{
    if (!r->n_strays || r->strays_due > r->now || r->next_id != r->oldest_id)
        return false;
    r->flying_stray = r->strays[--r->n_strays]; /* there is one in flight at most */
    *out = (struct ripng_change){
        .kind = RIPNG_ROUTE_DELETE,
        .id = fib_take_off(r, RIPNG_ROUTE_DELETE, STRAY),
        .prefix = r->flying_stray.prefix,
        .kernel = r->flying_stray.kernel,
    };
    return true;
}

static void write_hops(const struct ripng *r, uint16_t hops, struct ripng_change *out)
{
    const uint16_t *list = hops_list(r, &hops, &out->n_nexthops);
    for (unsigned i = 0; i < out->n_nexthops; i++) {
        const struct peer *p = peer_at(r, list[i]);
        out->nexthops[i] = (struct ripng_nexthop){p->ifindex, p->addr};
    }
    out->ifindex = out->nexthops[0].ifindex;
    out->gateway = out->nexthops[0].gateway;
}

bool fib_next_change(struct ripng *r, struct ripng_change *out)
{
    if (r->stopping && r->config.graceful_restart)
        return false;
    while (r->fib_head) {
        uint32_t route = dequeue(r);
        struct route *t = route_at(r, route);
        if (settled(r, t)) {
            table_release(r, route);
            continue;
        }
        take_wish(r, t);
        enum ripng_change_kind kind = t->fib_wish ? RIPNG_ROUTE_SET : RIPNG_ROUTE_DELETE;
        *out = (struct ripng_change){
            .kind = kind,
            .id = fib_take_off(r, kind, route),
            .prefix = route_prefix(t),
            .type = t->fib_wish == FIB_DISCARD ? RIPNG_TYPE_DISCARD : RIPNG_TYPE_UNICAST,
            .kernel = r->config.kernel,
        };
        write_hops(r, t->fib_wish, out);
        t->flags |= FIB_FLYING;
        return true;
    }
    return next_stray(r, out);
}

static void refuse(struct ripng *r, uint32_t route, int error)
{
    struct route *t = route_at(r, route);
    r->kernel_errors++;
    struct ripng_event *e = engine_event(r, RIPNG_EV_KERNEL_REFUSED, 0);
    if (e) {
        e->prefix = route_prefix(t);
        e->error = error;
        unsigned n;
        const uint16_t *list = hops_list(r, &t->fib_wish, &n);
        if (n)
            e->nexthop = peer_at(r, list[0])->addr;
        e->more = (uint8_t)(n > 1 ? n - 1 : 0);
    }
    if (hops_is_set(t->fib_wish))
        fib_set_held(r, t, 0, true); /* it may have failed halfway */
    postpone(r, route);
}

/*
 * One that the kernel would not delete stays on the list. A dump read meanwhile took one of
 * our former protocol for another program's; nobody else tells that it is gone.
 */
static void stray_landed(struct ripng *r, int error)
{
    if (!error || error == ESRCH) {
        if (r->flying_stray.kernel.table == r->config.kernel.table)
            origin_stray_gone(r, &r->flying_stray.prefix, &r->flying_stray.kernel);
        return;
    }
    fib_add_stray(r, &r->flying_stray.prefix, &r->flying_stray.kernel);
    r->strays_due = r->now + (r->stopping ? RETRY_STOPPING : RETRY_MIN);
    r->kernel_errors++;
}

static void land(struct ripng *r, const struct flight *f, int error)
{
    if (f->kind == RIPNG_GROUP_JOIN || f->kind == RIPNG_GROUP_LEAVE) {
        iface_answer(r, f->route, f->kind, error);
        return;
    }
    if (f->kind == RIPNG_NEIGH_PROBE) {
        detect_answer(r, f->route, error);
        return;
    }
    if (f->route == STRAY)
        stray_landed(r, error);
    if (f->route == STRAY || !f->route)
        return; /* 0: called off */
    struct route *t = route_at(r, f->route);
    t->flags &= (uint16_t)~FIB_FLYING;
    if (f->kind == RIPNG_ROUTE_DELETE && error == ESRCH)
        error = 0;
    if (!error) {
        /* Another program's route of our metric came meanwhile: which was the last, only the kernel knows. */
        r->want_dump |= t->fib_wish && origin_blocks(r, t);
        fib_set_held(r, t, t->fib_wish, false);
        if (!t->fib_wish)
            t->flags &= (uint16_t)~FIB_PUT_BACK;
        if (!r->n_retry)
            r->retry_backoff = RETRY_MIN;
    }
    if (!error || wish(r, t) != t->fib_wish) {
        drop_wish(r, t);
        fib_update(r, f->route);
    } else {
        refuse(r, f->route, error);
    }
    table_release(r, f->route);
}

void fib_answer(struct ripng *r, uint32_t id, int error)
{
    if (id - r->oldest_id >= r->next_id - r->oldest_id)
        return; /* of before a dump */
    while (r->oldest_id != id) {
        struct flight f = r->flights[r->oldest_id++ % FLIGHTS];
        /* Where answers were lost a dump tells more, but not of a stray of another protocol, nor while we
         * stop: in doubt those are deleted twice. */
        land(r, &f, f.route == STRAY || r->stopping ? error : 0);
    }
    struct flight f = r->flights[r->oldest_id++ % FLIGHTS];
    land(r, &f, error);
}

/* --- dumps ------------------------------------------------------------------------------------------ */

/* Its answer will mean nothing: the kernel may have done it or not. */
static void call_off(struct ripng *r, struct flight *f)
{
    uint32_t route = f->route;
    f->route = 0;
    if (route == STRAY)
        stray_landed(r, EINTR);
    if (route == STRAY || !route)
        return;
    struct route *t = route_at(r, route);
    t->flags &= (uint16_t)~FIB_FLYING;
    drop_wish(r, t);
    fib_update(r, route);
    table_release(r, route);
}

/* Answers that have not come will not be waited for: the dump tells what is so. */
void fib_dump_begin(struct ripng *r)
{
    while (r->oldest_id != r->next_id) {
        struct flight *f = &r->flights[r->oldest_id++ % FLIGHTS];
        if (f->kind == RIPNG_GROUP_JOIN || f->kind == RIPNG_GROUP_LEAVE)
            iface_unanswered(r, f->route, f->kind);
        else if (f->kind != RIPNG_NEIGH_PROBE)
            call_off(r, f);
    }
    for (uint32_t i = pool_next(&r->routes, 0); i; i = pool_next(&r->routes, i))
        route_at(r, i)->flags &= (uint16_t)~FIB_SEEN;
    size_t kept = 0;
    for (size_t i = 0; i < r->n_strays; i++)
        if (r->strays[i].kernel.table != r->config.kernel.table ||
            r->strays[i].kernel.protocol != r->config.kernel.protocol)
            r->strays[kept++] = r->strays[i];
    r->n_strays = kept;
}

void fib_dump_end(struct ripng *r)
{
    uint32_t adopted = 0;
    hops_retry(r);
    for (uint32_t i = pool_next(&r->routes, 0); i; i = pool_next(&r->routes, i)) {
        struct route *t = route_at(r, i);
        adopted += !r->dumped && (t->flags & FIB_ADOPTED);
        if (!r->dumped && (t->flags & FIB_ADOPTED) && hops_is_set(t->fib_gateway))
            r->complete_until = r->now + r->config.timers.update_us * 3 / 2; /* with the jitter of 2.5 */
        if (fib_holds(t) && !(t->flags & FIB_SEEN))
            fib_set_held(r, t, 0, false);
        fib_update(r, i);
        table_release(r, i);
    }
    if (!r->dumped) {
        r->dumped = true;
        r->adopt_until = r->now + r->config.timers.timeout_us;
        r->strays_due = r->adopt_until;
        struct ripng_event *e = adopted ? engine_event(r, RIPNG_EV_ADOPTED, 0) : NULL;
        if (e)
            e->value = adopted;
    }
}

/* --- settings and time ---------------------------------------------------------------------------------- */

/* New table, metric or protocol: everything is installed there, then what stands elsewhere goes. */
void fib_reconfigure(struct ripng *r, const struct ripng_kernel_config *old)
{
    const struct ripng_kernel_config *k = &r->config.kernel;
    engine_no_later(&r->adopt_until, r->now + r->config.timers.timeout_us);
    engine_no_later(&r->complete_until, r->now + r->config.timers.update_us * 3 / 2);
    engine_no_later(&r->strays_due, r->now + r->config.timers.timeout_us);
    if (old->table == k->table && old->metric == k->metric && old->protocol == k->protocol)
        return;
    for (uint32_t i = pool_next(&r->routes, 0); i; i = pool_next(&r->routes, i)) {
        struct route *t = route_at(r, i);
        if (!fib_holds(t) && !(t->flags & FIB_FLYING))
            continue;
        struct ripng_prefix p = route_prefix(t);
        fib_add_stray(r, &p, old);
        t->flags &= (uint16_t)~FIB_ADOPTED;
        fib_set_held(r, t, 0, false);
        fib_update(r, i);
        table_release(r, i);
    }
    for (uint32_t id = r->oldest_id; id != r->next_id; id++) {
        struct flight *f = &r->flights[id % FLIGHTS];
        if (f->kind == RIPNG_ROUTE_SET || f->kind == RIPNG_ROUTE_DELETE)
            call_off(r, f);
    }
    r->strays_due = r->now;
    r->want_dump = true;
}

void fib_tick(struct ripng *r)
{
    if (r->redump_due <= r->now) {
        r->redump_due = NEVER;
        r->want_dump = !r->stopping;
    }
    if (r->n_retry && r->retry_due <= r->now) {
        r->retry_backoff = r->retry_backoff * 2 > RETRY_MAX ? RETRY_MAX : r->retry_backoff * 2;
        while (r->retry_head) {
            uint32_t route = r->retry_head;
            retry_remove(r, route);
            fib_update(r, route);
            table_release(r, route);
        }
    }
    if (r->complete_until <= r->now) {
        r->complete_until = NEVER;
        adopt_end(r, true);
    }
    if (r->adopt_until <= r->now) {
        r->adopt_until = NEVER;
        adopt_end(r, false);
    }
}

int64_t fib_deadline(const struct ripng *r)
{
    int64_t due = r->adopt_until < r->redump_due ? r->adopt_until : r->redump_due;
    if (r->complete_until < due)
        due = r->complete_until;
    if (r->n_retry && r->retry_due < due)
        due = r->retry_due;
    if (r->n_strays && r->strays_due < due && r->strays_due > r->now)
        due = r->strays_due;
    return due;
}

bool fib_idle(const struct ripng *r)
{
    return !r->n_queued && !r->n_retry && r->next_id == r->oldest_id && !r->n_strays;
}

uint32_t fib_pending(const struct ripng *r)
{
    return r->n_queued + r->n_retry + (r->next_id - r->oldest_id);
}

/* What a changed setting left behind must be gone first, or it would be taken for somebody else's. */
bool fib_ready_for_dump(const struct ripng *r)
{
    return !r->n_strays || r->strays_due > r->now;
}

void fib_stop(struct ripng *r)
{
    if (r->config.graceful_restart)
        return;
    r->strays_due = r->retry_due = r->now;
    for (uint32_t i = pool_next(&r->routes, 0); i; i = pool_next(&r->routes, i)) {
        fib_update(r, i);
        table_release(r, i);
    }
}

void fib_init(struct ripng *r)
{
    r->next_id = r->oldest_id = 1;
    r->retry_backoff = RETRY_MIN;
    r->adopt_until = r->complete_until = r->redump_due = NEVER;
    r->want_dump = true;
}

void fib_clear(struct ripng *r)
{
    free(r->strays);
}
