/*
 * The fake kernel carries out what the daemon wants: routes, groups, questions for neighbours. See kernel.h.
 *
 * Called by router.c. Batches are done at once or late, refused, or half done with their
 * answers lost.
 */
#include "kernel_parts.h"

#include "link.h"
#include "oracle.h"
#include "router.h"
#include "world.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ASKED_ENOUGH 26 /* in a row before it is dead: detect.c */

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
    struct kernel_route *e = kernel_find(k, pid, c->kernel.metric);
    bool hasty = e && e->since >= k->queue_at; /* it came while our change was on its way */
    if (e && !kernel_own_protocol(e->protocol) && !hasty && !k->box_n && !k->overrun &&
        !ripng_kernel_wants_dump(r->engine))
        world_fail(w, r, "a route of another program to %s is overwritten", pid_text(w, pid));
    if (!e)
        e = kernel_add(w, k, pid);
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
    kernel_touched(w, k);
    loops_look(w, r, pid);
    return 0;
}

static int delete_route(struct world *w, struct router *r, const struct ripng_change *c, uint32_t pid)
{
    struct kernel_route *e = kernel_find(&r->kernel, pid, c->kernel.metric);
    if (!e || e->protocol != c->kernel.protocol)
        return ESRCH;
    kernel_del(w, &r->kernel, e);
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
    struct kmsg *m = p->generation == r->generation ? kernel_event(w, r, KMSG_NEIGH) : NULL;
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
    struct kmsg *m = kernel_put(w, r, false);
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
    struct kmsg *m = kernel_put(w, r, false);
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
