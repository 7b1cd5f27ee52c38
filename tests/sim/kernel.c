/*
 * The fake kernel: its table, and what others do to it. See kernel.h.
 *
 * Called by fault.c (administrators, cables, other programs) and by topology.c (what is
 * there at start). What is told of it goes through kernel_box.c, what the daemon changes
 * is in kernel_change.c.
 */
#include "kernel_parts.h"

#include "oracle.h"
#include "router.h"
#include "world.h"

#include <stdlib.h>
#include <string.h>

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

/* --- the table --------------------------------------------------------------------- */

struct kernel_route *kernel_find(struct kernel *k, uint32_t pid, uint32_t metric)
{
    uint32_t i = k->heads[pid];
    while (i && k->routes[i - 1].metric != metric)
        i = k->routes[i - 1].next;
    return i ? &k->routes[i - 1] : NULL;
}

void kernel_touched(struct world *w, struct kernel *k)
{
    k->version++;
    w->changes++;
}

struct kernel_route *kernel_add(struct world *w, struct kernel *k, uint32_t pid)
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
    kernel_touched(w, k);
    return e;
}

void kernel_del(struct world *w, struct kernel *k, struct kernel_route *e)
{
    uint32_t index = (uint32_t)(e - k->routes) + 1, *at = &k->heads[e->pid];
    while (*at != index)
        at = &k->routes[*at - 1].next;
    *at = e->next;
    k->n_own -= kernel_own_protocol(e->protocol);
    e->next = k->free;
    k->free = index;
    kernel_touched(w, k);
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
        kernel_touched(w, &r->kernel);
        kernel_tell_route(w, r, &gone, KMSG_ROUTE_GONE, false);
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
            kernel_del(w, k, e);
            kernel_tell_route(w, r, &gone, KMSG_ROUTE_GONE, false);
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
    struct kernel_route *e = kernel_find(k, s->pid, s->metric);
    if (e && !replace)
        return; /* EEXIST */
    bool replaced = e != NULL;
    if (!e)
        e = kernel_add(w, k, s->pid);
    else
        k->n_own -= kernel_own_protocol(e->protocol);
    e->ifindex = p->ifindex;
    e->metric = s->metric;
    e->gateway = s->gateway;
    e->protocol = s->protocol;
    e->type = s->type;
    e->n_hops = 0;
    e->since = w->now;
    kernel_touched(w, k);
    kernel_tell_route(w, r, e, KMSG_ROUTE, replaced);
}

void kernel_unshare(struct world *w, struct router *r, const struct share *s)
{
    struct kernel_route *e = kernel_find(&r->kernel, s->pid, s->metric);
    if (!e || e->protocol != s->protocol)
        return;
    struct kernel_route gone = *e;
    kernel_del(w, &r->kernel, e);
    kernel_tell_route(w, r, &gone, KMSG_ROUTE_GONE, false);
}

bool kernel_steal(struct world *w, struct router *r, uint32_t pid)
{
    struct kernel_route *e = kernel_find(&r->kernel, pid, r->kernel_set.metric);
    if (!e || !kernel_own_protocol(e->protocol))
        return false;
    struct kernel_route gone = *e;
    kernel_del(w, &r->kernel, e);
    kernel_tell_route(w, r, &gone, KMSG_ROUTE_GONE, false);
    return true;
}

void kernel_reboot(struct world *w, struct router *r)
{
    struct kernel *k = &r->kernel;
    for (uint32_t pid = 0; pid < w->n_prefixes; pid++)
        while (k->heads[pid])
            kernel_del(w, k, &k->routes[k->heads[pid] - 1]);
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
                kernel_del(w, k, e);
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
