/*
 * The fake kernel: its table, its mailbox, its ways of failing. See kernel.h.
 *
 * Called by router.c (the daemon's part), by fault.c (administrators, cables, other
 * programs) and by topology.c (what is there at start).
 */
#include "kernel.h"

#include "link.h"
#include "oracle.h"
#include "router.h"
#include "world.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define DUMP_RESTARTS 8   /* as daemon/netlink.c */
#define ASKED_ENOUGH 26   /* in a row before it is dead: detect.c */
#define DUMP_RETRY SECOND /* as daemon/pump.c */

void kernel_init(struct world *w, struct router *r)
{
    r->kernel = (struct kernel){.lag = 200, .box_due = INT64_MAX};
    r->kernel.heads = sim_calloc(w->n_prefixes, sizeof *r->kernel.heads);
}

void kernel_free(struct kernel *k)
{
    free(k->heads);
    free(k->routes);
    free(k->box);
    free(k->queue);
    free(k->asked);
}

/* --- the mailbox ------------------------------------------------------------ */

/* Sees to it that the first message is looked at when it is due. */
static void look_later(struct world *w, struct router *r)
{
    struct kernel *k = &r->kernel;
    int64_t due = k->box_n ? k->box[k->box_head].at : INT64_MAX;
    if (due == k->box_due)
        return;
    k->box_due = due;
    k->box_generation++;
    if (due < INT64_MAX)
        events_push(&w->events, due, EV_KERNEL, r->id, k->box_generation, NULL);
}

static struct kmsg *box_put(struct world *w, struct router *r, bool front)
{
    struct kernel *k = &r->kernel;
    if (k->box_n == k->box_room) {
        size_t room = k->box_room ? k->box_room * 2 : 16;
        struct kmsg *grown = sim_calloc(room, sizeof *grown);
        for (size_t i = 0; i < k->box_n; i++)
            grown[i] = k->box[(k->box_head + i) % k->box_room];
        free(k->box);
        k->box = grown;
        k->box_head = 0;
        k->box_room = room;
    }
    if (front)
        k->box_head = (k->box_head + k->box_room - 1) % k->box_room;
    struct kmsg *m = &k->box[(k->box_head + (front ? 0 : k->box_n)) % k->box_room];
    k->box_n++;
    *m = (struct kmsg){.at = front ? w->now : w->now + rng_between(&w->rng, 0, k->lag)};
    if (!front && m->at < k->box_last)
        m->at = k->box_last;
    if (!front)
        k->box_last = m->at;
    look_later(w, r);
    return m;
}

/* A message to the engine; NULL: nobody listens, or there was no room for it. */
static struct kmsg *event(struct world *w, struct router *r, enum kmsg_kind kind)
{
    struct kernel *k = &r->kernel;
    if (!r->engine || k->overrun)
        return NULL;
    if (w->chaos && rng_ppm(&w->rng, k->drop_event_ppm)) {
        TRACE(w, r, "kernel: events lost");
        k->overrun = true;
        struct kmsg *lost = box_put(w, r, true);
        lost->kind = KMSG_LOST;
        return NULL;
    }
    struct kmsg *m = box_put(w, r, false);
    m->kind = kind;
    return m;
}

static void fill_route(const struct world *w, const struct kernel_route *e, struct ripng_kernel_route *out)
{
    *out = (struct ripng_kernel_route){
        .prefix = w->prefixes[e->pid],
        .type = (enum ripng_route_type)e->type,
        .protocol = e->protocol,
        .metric = e->metric,
        .ifindex = e->ifindex,
        .gateway = e->gateway,
        .n_nexthops = e->n_hops > 1 ? e->n_hops : 1,
    };
    memcpy(out->nexthops, e->hops, sizeof out->nexthops);
}

static void tell_route(struct world *w, struct router *r, const struct kernel_route *e, enum kmsg_kind kind,
                       bool replaced)
{
    struct kmsg *m = event(w, r, kind);
    if (!m)
        return;
    fill_route(w, e, &m->route);
    m->replaced = replaced;
}

/* --- the table --------------------------------------------------------------------- */

static struct kernel_route *find(struct kernel *k, uint32_t pid, uint32_t metric)
{
    uint32_t i = k->heads[pid];
    while (i && k->routes[i - 1].metric != metric)
        i = k->routes[i - 1].next;
    return i ? &k->routes[i - 1] : NULL;
}

static void touched(struct world *w, struct kernel *k)
{
    k->version++;
    w->changes++;
}

static struct kernel_route *add(struct world *w, struct kernel *k, uint32_t pid)
{
    uint32_t i = k->free;
    if (i) {
        k->free = k->routes[i - 1].next;
    } else {
        if (k->n_routes == k->room) {
            k->room = k->room ? k->room * 2 : 64;
            k->routes = sim_realloc(k->routes, k->room * sizeof *k->routes);
        }
        i = ++k->n_routes;
    }
    struct kernel_route *e = &k->routes[i - 1];
    *e = (struct kernel_route){.next = k->heads[pid], .pid = pid, .since = w->now};
    k->heads[pid] = i;
    touched(w, k);
    return e;
}

static void del(struct world *w, struct kernel *k, struct kernel_route *e)
{
    uint32_t index = (uint32_t)(e - k->routes) + 1, *at = &k->heads[e->pid];
    while (*at != index)
        at = &k->routes[*at - 1].next;
    *at = e->next;
    k->n_own -= kernel_own_protocol(e->protocol);
    e->next = k->free;
    k->free = index;
    touched(w, k);
}

/* The next hops of a multipath route that are on the interface: Linux tells of each as of a route. */
static void flush_hops(struct world *w, struct router *r, struct kernel_route *e, uint32_t ifindex)
{
    for (unsigned n = e->n_hops; e->n_hops > 1 && n-- > 0;) {
        if (e->hops[n].ifindex != ifindex)
            continue;
        struct kernel_route gone = *e;
        gone.n_hops = 0;
        gone.ifindex = e->hops[n].ifindex;
        gone.gateway = e->hops[n].gateway;
        e->n_hops--;
        memmove(&e->hops[n], &e->hops[n + 1], (e->n_hops - n) * sizeof e->hops[0]);
        e->ifindex = e->hops[0].ifindex;
        e->gateway = e->hops[0].gateway;
        touched(w, &r->kernel);
        tell_route(w, r, &gone, KMSG_ROUTE_GONE, false);
    }
    if (e->n_hops == 1)
        e->n_hops = 0;
}

void kernel_flush(struct world *w, struct router *r, uint32_t ifindex)
{
    struct kernel *k = &r->kernel;
    for (uint32_t pid = 0; pid < w->n_prefixes; pid++) {
        uint32_t next;
        for (uint32_t i = k->heads[pid]; i; i = next) {
            struct kernel_route *e = &k->routes[i - 1];
            next = e->next;
            flush_hops(w, r, e, ifindex);
            if (e->ifindex != ifindex)
                continue;
            struct kernel_route gone = *e;
            del(w, k, e);
            tell_route(w, r, &gone, KMSG_ROUTE_GONE, false);
            loops_look(w, r, pid);
        }
    }
}

/* --- what others do --------------------------------------------------------------------- */

void kernel_share(struct world *w, struct router *r, const struct share *s, bool replace)
{
    struct kernel *k = &r->kernel;
    const struct port *p = &w->ports[s->port];
    if (!p->exists || !p->up)
        return;
    struct kernel_route *e = find(k, s->pid, s->metric);
    if (e && !replace)
        return; /* EEXIST */
    bool replaced = e != NULL;
    if (!e)
        e = add(w, k, s->pid);
    else
        k->n_own -= kernel_own_protocol(e->protocol);
    e->ifindex = p->ifindex;
    e->metric = s->metric;
    e->gateway = s->gateway;
    e->protocol = s->protocol;
    e->type = s->type;
    e->n_hops = 0;
    e->since = w->now;
    touched(w, k);
    tell_route(w, r, e, KMSG_ROUTE, replaced);
}

void kernel_unshare(struct world *w, struct router *r, const struct share *s)
{
    struct kernel_route *e = find(&r->kernel, s->pid, s->metric);
    if (!e || e->protocol != s->protocol)
        return;
    struct kernel_route gone = *e;
    del(w, &r->kernel, e);
    tell_route(w, r, &gone, KMSG_ROUTE_GONE, false);
}

bool kernel_steal(struct world *w, struct router *r, uint32_t pid)
{
    struct kernel_route *e = find(&r->kernel, pid, r->kernel_set.metric);
    if (!e || !kernel_own_protocol(e->protocol))
        return false;
    struct kernel_route gone = *e;
    del(w, &r->kernel, e);
    tell_route(w, r, &gone, KMSG_ROUTE_GONE, false);
    return true;
}

static void fill_link(const struct port *p, struct ripng_link *out)
{
    *out = (struct ripng_link){
        .ifindex = p->ifindex,
        .mtu = p->mtu,
        .up = p->up && p->carrier,
        .multicast = p->link != NONE,
        .loopback = p->link == NONE,
    };
    memcpy(out->name, p->name, sizeof out->name);
}

void kernel_port_changed(struct world *w, struct router *r, struct port *p)
{
    struct kmsg *m = event(w, r, KMSG_LINK);
    if (m)
        fill_link(p, &m->link);
    w->changes++;
}

void kernel_port_gone(struct world *w, struct router *r, struct port *p)
{
    struct kmsg *m = event(w, r, KMSG_LINK_GONE);
    if (m)
        m->ifindex = p->ifindex;
    w->changes++;
}

void kernel_address(struct world *w, struct router *r, struct port *p, const struct in6_addr *addr,
                    bool usable)
{
    struct kmsg *m = event(w, r, KMSG_ADDRESS);
    if (!m)
        return;
    m->ifindex = p->ifindex;
    m->addr = *addr;
    m->usable = usable;
}

void kernel_address_gone(struct world *w, struct router *r, struct port *p, const struct in6_addr *addr)
{
    struct kmsg *m = event(w, r, KMSG_ADDRESS_GONE);
    if (!m)
        return;
    m->ifindex = p->ifindex;
    m->addr = *addr;
}

void kernel_reboot(struct world *w, struct router *r)
{
    struct kernel *k = &r->kernel;
    for (uint32_t pid = 0; pid < w->n_prefixes; pid++)
        while (k->heads[pid])
            del(w, k, &k->routes[k->heads[pid] - 1]);
}

void kernel_clean(struct world *w, struct router *r)
{
    struct kernel *k = &r->kernel;
    for (uint32_t pid = 0; pid < w->n_prefixes; pid++) {
        uint32_t next;
        for (uint32_t i = k->heads[pid]; i; i = next) {
            struct kernel_route *e = &k->routes[i - 1];
            next = e->next;
            if (kernel_own_protocol(e->protocol) && e->protocol != r->kernel_set.protocol)
                del(w, k, e);
        }
    }
}

void kernel_forget_daemon(struct world *w, struct router *r)
{
    struct kernel *k = &r->kernel;
    k->box_n = k->queue_n = 0;
    k->box_generation++;
    k->box_due = INT64_MAX;
    k->queue_generation++;
    k->queue_flying = k->overrun = false;
    k->dump = DUMP_NONE;
    k->dump_retry = 0;
    k->box_last = 0;
    for (uint32_t i = 0; i < r->n_ports; i++)
        w->ports[r->first_port + i].joined = false;
}

/* --- changes of ours ----------------------------------------------------------------------- */

static int set_route(struct world *w, struct router *r, const struct ripng_change *c, uint32_t pid)
{
    struct kernel *k = &r->kernel;
    if (c->type == RIPNG_TYPE_UNICAST) {
        for (unsigned n = 0; n < c->n_nexthops; n++) {
            const struct port *p = world_port(w, r, c->nexthops[n].ifindex);
            if (!p)
                return ENODEV;
            if (!p->up)
                return ENETDOWN;
        }
    }
    struct kernel_route *e = find(k, pid, c->kernel.metric);
    bool hasty = e && e->since >= k->queue_at; /* it came while our change was on its way */
    if (e && !kernel_own_protocol(e->protocol) && !hasty && !k->box_n && !k->overrun &&
        !ripng_kernel_wants_dump(r->engine))
        world_fail(w, r, "a route of another program to %s is overwritten", pid_text(w, pid));
    if (!e)
        e = add(w, k, pid);
    else
        k->n_own -= kernel_own_protocol(e->protocol);
    e->ifindex = c->ifindex;
    e->metric = c->kernel.metric;
    e->gateway = c->gateway;
    e->protocol = c->kernel.protocol;
    e->type = (uint8_t)c->type;
    e->n_hops = c->n_nexthops > 1 ? c->n_nexthops : 0;
    memcpy(e->hops, c->nexthops, sizeof e->hops);
    k->n_own++;
    touched(w, k);
    loops_look(w, r, pid);
    return 0;
}

static int delete_route(struct world *w, struct router *r, const struct ripng_change *c, uint32_t pid)
{
    struct kernel_route *e = find(&r->kernel, pid, c->kernel.metric);
    if (!e || e->protocol != c->kernel.protocol)
        return ESRCH;
    del(w, &r->kernel, e);
    loops_look(w, r, pid);
    return 0;
}

static int change_group(struct world *w, struct router *r, const struct ripng_change *c)
{
    struct port *p = world_port(w, r, c->ifindex);
    bool join = c->kind == RIPNG_GROUP_JOIN;
    if (!p)
        return ENODEV;
    if (p->joined == join)
        return join ? EADDRINUSE : EADDRNOTAVAIL;
    if (join && w->chaos && rng_ppm(&w->rng, r->kernel.join_refuse_ppm))
        return ENOBUFS;
    p->joined = join;
    w->changes++;
    return 0;
}

struct kernel_probe {
    uint32_t ifindex, generation;
    struct in6_addr addr;
    bool reachable;
};

static struct asked *asked(struct kernel *k, uint32_t ifindex, const struct in6_addr *addr)
{
    for (size_t i = 0; i < k->n_asked; i++)
        if (k->asked[i].ifindex == ifindex && ripng_addr_equal(&k->asked[i].addr, addr))
            return &k->asked[i];
    k->asked = sim_realloc(k->asked, (k->n_asked + 1) * sizeof *k->asked);
    k->asked[k->n_asked] = (struct asked){ifindex, *addr, 0};
    return &k->asked[k->n_asked++];
}

/*
 * The books of who was asked for while living, on a link that loses 30% each way at the most, and
 * where the kernel tells what it hears. With more loss even a living one may be silent for long.
 */
static void note_asked(struct world *w, struct router *r, const struct port *p, const struct in6_addr *addr)
{
    struct asked *a = asked(&r->kernel, p->ifindex, addr);
    bool fair = w->links[p->link].loss_ppm <= 300000 && !(w->chaos && r->kernel.drop_event_ppm);
    a->living = fair && link_answers(w, p, addr) ? a->living + 1 : 0;
    w->stats.asked += a->living != 0;
}

bool kernel_knows_better(struct world *w, const struct router *r, uint32_t ifindex,
                         const struct in6_addr *addr)
{
    const struct kernel *k = &r->kernel;
    (void)w;
    for (size_t i = 0; i < k->n_asked; i++)
        if (k->asked[i].ifindex == ifindex && ripng_addr_equal(&k->asked[i].addr, addr))
            return k->asked[i].living >= ASKED_ENOUGH;
    return false;
}

/* The kernel solicits; where nobody answers, it says so after three seconds (RFC 4861). */
static int probe(struct world *w, struct router *r, const struct ripng_change *c)
{
    const struct port *p = world_port(w, r, c->ifindex);
    if (!p || p->link == NONE || !p->up)
        return ENODEV;
    if (w->chaos && rng_ppm(&w->rng, r->kernel.refuse_ppm))
        return ENOBUFS;
    note_asked(w, r, p, &c->gateway);
    struct kernel_probe *k = sim_calloc(1, sizeof *k);
    *k = (struct kernel_probe){c->ifindex, r->generation, c->gateway, link_asks(w, p, &c->gateway)};
    int64_t after = k->reachable ? 2 * w->links[p->link].latency + 1 : 3 * SECOND;
    events_push(&w->events, w->now + after, EV_PROBED, r->id, 0, k);
    return 0;
}

void kernel_probed(struct world *w, struct router *r, struct kernel_probe *p)
{
    struct kmsg *m = p->generation == r->generation ? event(w, r, KMSG_NEIGH) : NULL;
    if (m) {
        m->ifindex = p->ifindex;
        m->addr = p->addr;
        m->usable = p->reachable;
    }
    free(p);
}

/* Neither goes through netlink's batches: done and answered at once. */
static bool is_direct(const struct ripng_change *c)
{
    return c->kind != RIPNG_ROUTE_SET && c->kind != RIPNG_ROUTE_DELETE;
}

static int execute(struct world *w, struct router *r, const struct ripng_change *c)
{
    static const int errors[] = {ENOMEM, ENOBUFS, EINVAL, EPERM, ENETUNREACH, EEXIST};
    if (c->kind == RIPNG_NEIGH_PROBE)
        return probe(w, r, c);
    if (is_direct(c))
        return change_group(w, r, c);
    uint32_t pid = world_pid(w, &c->prefix);
    if (pid == NONE) {
        char text[RIPNG_PREFIX_TEXT];
        world_fail(w, r, "kernel change for %s, which nobody announced", ripng_prefix_text(&c->prefix, text));
        return EINVAL;
    }
    if (w->chaos && rng_ppm(&w->rng, r->kernel.refuse_ppm))
        return errors[rng_below(&w->rng, sizeof errors / sizeof errors[0])];
    return c->kind == RIPNG_ROUTE_SET ? set_route(w, r, c, pid) : delete_route(w, r, c, pid);
}

/* `late`: the answer comes with the other messages, else at once. */
static void answer(struct world *w, struct router *r, uint32_t id, int error, bool late)
{
    if (!late) {
        ripng_kernel_answer(r->engine, router_clock(w, r), id, error);
        return;
    }
    struct kmsg *m = box_put(w, r, false);
    m->kind = KMSG_ANSWER;
    m->id = id;
    m->error = error;
}

/*
 * Netlink answers those that failed and, because it was asked to, the last. Where
 * answers are lost, some of the batch may not have been done either; groups are no
 * business of netlink's, and answered always.
 */
static void execute_batch(struct world *w, struct router *r, bool late)
{
    struct kernel *k = &r->kernel;
    size_t n = k->queue_n;
    bool lose = w->chaos && rng_ppm(&w->rng, k->lose_ack_ppm);
    size_t done = lose ? rng_below(&w->rng, (uint32_t)n + 1) : n;
    k->queue_flying = false;
    k->queue_n = 0;
    const struct ripng_change *silent = NULL; /* the last that was not answered, and should have been */
    for (size_t i = 0; i < n; i++) {
        const struct ripng_change c = k->queue[i];
        if (silent && is_direct(&c)) {
            answer(w, r, silent->id, ENOBUFS, late);
            silent = NULL;
        }
        silent = lose && !is_direct(&c) ? &k->queue[i] : silent;
        if (i >= done && !is_direct(&c))
            continue;
        int error = execute(w, r, &c);
        if (c.kind == RIPNG_ROUTE_DELETE && error == ESRCH && rng_percent(&w->rng, 50))
            error = 0; /* the daemon may, the engine must know too */
        if (is_direct(&c) || (!lose && (error || i + 1 == n)))
            answer(w, r, c.id, error, late);
    }
    if (!lose)
        return;
    TRACE(w, r, "kernel: answers lost, %zu of %zu changes done", done, n);
    if (silent)
        answer(w, r, silent->id, ENOBUFS, late);
    struct kmsg *m = box_put(w, r, false);
    m->kind = KMSG_LOST;
}

void kernel_change(struct world *w, struct router *r, const struct ripng_change *c)
{
    struct kernel *k = &r->kernel;
    if (!k->queue_n)
        k->queue_at = w->now;
    if (k->queue_n == k->queue_room) {
        k->queue_room = k->queue_room ? k->queue_room * 2 : 16;
        k->queue = sim_realloc(k->queue, k->queue_room * sizeof *k->queue);
    }
    k->queue[k->queue_n++] = *c;
}

void kernel_send(struct world *w, struct router *r)
{
    struct kernel *k = &r->kernel;
    if (!k->queue_n || k->queue_flying)
        return;
    if (!k->delay || !w->chaos) {
        execute_batch(w, r, false);
        return;
    }
    k->queue_flying = true;
    events_push(&w->events, w->now + rng_between(&w->rng, 1, k->delay), EV_EXECUTE, r->id,
                ++k->queue_generation, NULL);
}

void kernel_execute_due(struct world *w, struct router *r, uint32_t generation)
{
    if (generation == r->kernel.queue_generation && r->kernel.queue_flying)
        execute_batch(w, r, true);
}

bool kernel_busy(const struct router *r)
{
    return r->kernel.queue_flying;
}

bool kernel_quiet(const struct router *r)
{
    const struct kernel *k = &r->kernel;
    return !k->queue_n && !k->box_n && k->dump == DUMP_NONE && !k->overrun && !k->dump_retry;
}

/* --- dumps ---------------------------------------------------------------------------------- */

static void dump_links(struct world *w, struct router *r)
{
    for (uint32_t i = 0; i < r->n_ports; i++) {
        struct port *p = &w->ports[r->first_port + i];
        if (!p->exists)
            continue;
        struct kmsg *m = box_put(w, r, false);
        m->kind = KMSG_LINK;
        fill_link(p, &m->link);
    }
}

static void dump_addresses(struct world *w, struct router *r)
{
    for (uint32_t i = 0; i < r->n_ports; i++) {
        const struct port *p = &w->ports[r->first_port + i];
        for (unsigned n = 0; n < p->n_addrs; n++) {
            struct kmsg *m = box_put(w, r, false);
            m->kind = KMSG_ADDRESS;
            m->ifindex = p->ifindex;
            m->addr = p->addrs[n].addr;
            m->usable = p->addrs[n].usable;
        }
    }
}

static void dump_routes(struct world *w, struct router *r, uint32_t from, uint32_t to)
{
    struct kernel *k = &r->kernel;
    for (uint32_t pid = from; pid < to; pid++)
        for (const struct kernel_route *e = kernel_first(k, pid); e; e = kernel_next(k, e)) {
            struct kmsg *m = box_put(w, r, false);
            m->kind = KMSG_ROUTE;
            fill_route(w, e, &m->route);
        }
}

/* The table of routes comes in two pieces, taken at two times. */
static void dump_part(struct world *w, struct router *r)
{
    struct kernel *k = &r->kernel;
    switch (k->dump) {
    case DUMP_LINKS:
        dump_links(w, r);
        break;
    case DUMP_ADDRESSES:
        dump_addresses(w, r);
        break;
    case DUMP_ROUTES:
        k->dump_version = k->version;
        k->dump_pid = rng_below(&w->rng, w->n_prefixes);
        dump_routes(w, r, 0, k->dump_pid);
        break;
    case DUMP_MORE_ROUTES:
        k->dump_again |= k->dump_version != k->version; /* NLM_F_DUMP_INTR */
        dump_routes(w, r, k->dump_pid, w->n_prefixes);
        break;
    case DUMP_NONE:
    case DUMP_AGAIN:
    case DUMP_LATER:
    default:
        break;
    }
    struct kmsg *m = box_put(w, r, false);
    m->kind = KMSG_PART;
}

static void dump_begin(struct world *w, struct router *r)
{
    struct kernel *k = &r->kernel;
    k->dump = DUMP_LINKS;
    k->dump_again = false;
    ripng_kernel_dump_begin(r->engine, router_clock(w, r));
    dump_part(w, r);
}

void kernel_dump(struct world *w, struct router *r)
{
    struct kernel *k = &r->kernel;
    if (k->box_n || k->queue_n || r->stopping)
        return;
    if (k->dump == DUMP_NONE ? !ripng_kernel_wants_dump(r->engine)
                             : k->dump != DUMP_AGAIN && (k->dump != DUMP_LATER || w->now < k->dump_retry))
        return;
    if (k->dump != DUMP_AGAIN)
        k->dump_restarts = 0;
    k->dump_retry = 0;
    dump_begin(w, r);
}

/* While messages or changes are on their way it waits for them, and is looked at when they are done. */
int64_t kernel_dump_due(const struct router *r)
{
    const struct kernel *k = &r->kernel;
    bool waits = k->dump == DUMP_LATER && !r->stopping && !k->box_n && !k->queue_n;
    return waits ? k->dump_retry : INT64_MAX;
}

static void dump_part_done(struct world *w, struct router *r)
{
    struct kernel *k = &r->kernel;
    if (w->chaos && rng_ppm(&w->rng, k->dump_fault_ppm)) {
        if (rng_percent(&w->rng, 50)) {
            TRACE(w, r, "kernel: dump fails");
            k->dump = DUMP_LATER;
            k->dump_retry = w->now + DUMP_RETRY;
            return;
        }
        k->dump_again = true;
    }
    if (k->dump_again && k->dump_restarts++ < DUMP_RESTARTS) {
        k->dump = DUMP_AGAIN;
        return;
    }
    if (k->dump != DUMP_MORE_ROUTES) {
        k->dump++;
        dump_part(w, r);
        return;
    }
    k->dump = k->dump_again ? DUMP_LATER : DUMP_NONE;
    k->dump_retry = k->dump_again ? w->now + DUMP_RETRY : 0;
    ripng_kernel_dump_end(r->engine, router_clock(w, r));
}

/* --- to the engine --------------------------------------------------------------------------- */

static void hand_over(struct world *w, struct router *r, const struct kmsg *m)
{
    struct ripng *e = r->engine;
    struct ripng_time now = router_clock(w, r);
    struct port *p;
    static const char *const names[] = {"link",       "link gone", "address", "address gone", "route",
                                        "route gone", "neigh",     "answer",  "lost",         "end of part"};
    if (w->trace > 1)
        world_trace(w, r, "kernel message: %s", names[m->kind]);
    switch (m->kind) {
    case KMSG_LINK:
        if ((p = world_port(w, r, m->link.ifindex)))
            p->told_mtu = m->link.mtu;
        ripng_link(e, now, &m->link);
        break;
    case KMSG_LINK_GONE:
        ripng_link_gone(e, now, m->ifindex);
        break;
    case KMSG_ADDRESS:
        ripng_address(e, now, m->ifindex, &m->addr, m->usable);
        break;
    case KMSG_ADDRESS_GONE:
        ripng_address_gone(e, now, m->ifindex, &m->addr);
        break;
    case KMSG_ROUTE:
        ripng_kernel_route(e, now, &m->route, m->replaced);
        break;
    case KMSG_ROUTE_GONE:
        ripng_kernel_route_gone(e, now, &m->route);
        break;
    case KMSG_NEIGH:
        ripng_neighbor(e, now, m->ifindex, &m->addr, m->usable);
        break;
    case KMSG_ANSWER:
        ripng_kernel_answer(e, now, m->id, m->error);
        break;
    case KMSG_LOST:
        r->kernel.dump_again = true;
        ripng_kernel_lost(e, now);
        break;
    case KMSG_PART:
        dump_part_done(w, r);
        break;
    }
}

void kernel_deliver(struct world *w, struct router *r, bool all)
{
    struct kernel *k = &r->kernel;
    while (k->box_n && (all || k->box[k->box_head].at <= w->now)) {
        struct kmsg m = k->box[k->box_head];
        k->box_head = (k->box_head + 1) % k->box_room;
        k->box_n--;
        if (!k->box_n)
            k->overrun = false; /* the socket has been read empty */
        hand_over(w, r, &m);
        router_events(w, r);
    }
    look_later(w, r);
}

void kernel_message_due(struct world *w, struct router *r, uint32_t generation)
{
    if (generation != r->kernel.box_generation || !r->engine)
        return;
    r->kernel.box_due = INT64_MAX;
    if (!r->paused)
        router_pump(w, r);
}
