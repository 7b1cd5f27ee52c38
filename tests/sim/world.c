/* The world: time, prefixes, and which event concerns whom. See world.h. */
#include "world.h"

#include "fault.h"
#include "link.h"
#include "router.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* --- memory -------------------------------------------------------------------- */

void *sim_calloc(size_t n, size_t size)
{
    void *p = calloc(n ? n : 1, size);
    if (!p)
        abort();
    return p;
}

void *sim_realloc(void *p, size_t size)
{
    p = realloc(p, size);
    if (!p)
        abort();
    return p;
}

/* --- life ------------------------------------------------------------------------ */

struct world *world_new(uint64_t seed, int trace)
{
    struct world *w = sim_calloc(1, sizeof *w);
    w->seed = seed;
    w->rng.state = seed * 0x2545f4914f6cdd1du + 1;
    w->trace = trace;
    w->now = rng_between(&w->rng, 1, 100000 * SECOND);
    return w;
}

void world_free(struct world *w)
{
    struct event e;
    while (events_pop(&w->events, INT64_MAX, &e))
        if (e.kind == EV_PACKET || e.kind == EV_PROBED)
            free(e.p);
    events_clear(&w->events);
    watch_free(w);
    for (uint32_t i = 0; i < w->n_routers; i++) {
        ripng_free(w->routers[i].engine);
        kernel_free(&w->routers[i].kernel);
        free(w->routers[i].shares);
    }
    for (uint32_t i = 0; i < w->n_links; i++)
        free(w->links[i].ports);
    free(w->routers);
    free(w->ports);
    free(w->links);
    free(w->prefixes);
    free(w->parent);
    free(w->host_link);
    free(w->third_port);
    free(w->pid_hash);
    free(w->want);
    free(w->loop_since);
    free(w->loop_at);
    free(w);
}

/* --- prefixes ------------------------------------------------------------------------ */

static const uint64_t hash_seed[2] = {1, 2};

uint32_t world_pid(const struct world *w, const struct ripng_prefix *p)
{
    uint64_t b = w->pid_buckets ? ripng_prefix_hash(p, hash_seed) : 0;
    if (!w->pid_buckets)
        return NONE;
    for (uint32_t at; (at = w->pid_hash[b & (w->pid_buckets - 1)]); b++)
        if (ripng_prefix_equal(&w->prefixes[at - 1], p))
            return at - 1;
    return NONE;
}

static void hash_put(struct world *w, uint32_t pid)
{
    uint64_t b = ripng_prefix_hash(&w->prefixes[pid], hash_seed);
    while (w->pid_hash[b & (w->pid_buckets - 1)])
        b++;
    w->pid_hash[b & (w->pid_buckets - 1)] = pid + 1;
}

uint32_t world_add_prefix(struct world *w, const struct ripng_prefix *p)
{
    uint32_t pid = world_pid(w, p);
    if (pid != NONE)
        return pid;
    if (!(w->n_prefixes & (w->n_prefixes - 1))) {
        size_t room = w->n_prefixes ? w->n_prefixes * 2 : 1;
        w->prefixes = sim_realloc(w->prefixes, room * sizeof *w->prefixes);
    }
    w->prefixes[w->n_prefixes++] = *p;
    if (w->n_prefixes * 2 >= w->pid_buckets) {
        w->pid_buckets = w->pid_buckets ? w->pid_buckets * 2 : 64;
        free(w->pid_hash);
        w->pid_hash = sim_calloc(w->pid_buckets, sizeof *w->pid_hash);
        for (uint32_t i = 0; i + 1 < w->n_prefixes; i++)
            hash_put(w, i);
    }
    hash_put(w, w->n_prefixes - 1);
    return w->n_prefixes - 1;
}

void world_index_prefixes(struct world *w)
{
    w->parent = sim_calloc(w->n_prefixes, sizeof *w->parent);
    w->host_link = sim_calloc(w->n_prefixes, sizeof *w->host_link);
    w->third_port = sim_calloc(w->n_prefixes, sizeof *w->third_port);
    w->loop_since = sim_calloc(w->n_prefixes, sizeof *w->loop_since);
    w->loop_at = sim_calloc(w->n_prefixes, sizeof *w->loop_at);
    for (uint32_t pid = 0; pid < w->n_prefixes; pid++) {
        w->parent[pid] = w->host_link[pid] = w->third_port[pid] = NONE;
        for (unsigned len = w->prefixes[pid].len; len-- > 0 && w->parent[pid] == NONE;) {
            struct ripng_prefix up = ripng_prefix_make(&w->prefixes[pid].addr, len);
            w->parent[pid] = world_pid(w, &up);
        }
    }
}

struct port *world_port(const struct world *w, const struct router *r, uint32_t ifindex)
{
    for (uint32_t i = 0; i < r->n_ports; i++) {
        struct port *p = &w->ports[r->first_port + i];
        if (p->exists && p->ifindex == ifindex)
            return p;
    }
    return NULL;
}

bool port_on_link(const struct port *p, uint32_t pid)
{
    for (unsigned n = 0; n < p->n_on_link; n++)
        if (p->on_link[n] == pid)
            return true;
    return p->pid == pid;
}

/* --- time ------------------------------------------------------------------------------ */

static void happen(struct world *w, const struct event *e)
{
    struct router *r =
        e->kind == EV_PACKET || e->kind == EV_ADDRESS || e->kind >= EV_FAULT ? NULL : &w->routers[e->a];
    switch (e->kind) {
    case EV_TIMER:
        router_timer(w, r, e->b);
        break;
    case EV_PACKET:
        link_arrive(w, &w->ports[e->a], e->b, e->p);
        break;
    case EV_KERNEL:
        kernel_message_due(w, r, e->b);
        break;
    case EV_EXECUTE:
        kernel_execute_due(w, r, e->b);
        break;
    case EV_PROBED:
        kernel_probed(w, r, e->p);
        break;
    case EV_START:
        if (e->b == r->generation)
            router_start(w, r);
        break;
    case EV_GIVE_UP:
        router_give_up(w, r, e->b);
        break;
    case EV_RESUME:
        router_resume(w, r);
        break;
    case EV_ADDRESS:
        fault_address_ready(w, &w->ports[e->a], e->b);
        break;
    case EV_FAULT:
        fault_happens(w);
        break;
    case EV_REPAIR:
        fault_repair(w, (enum repair)e->b, e->a);
        break;
    case EV_HOME:
        w->home(w, e->a, e->b, e->p);
        break;
    }
}

void world_run(struct world *w, int64_t until)
{
    struct event e;
    while (!w->failed && events_pop(&w->events, until, &e)) {
        w->now = e.at;
        happen(w, &e);
    }
    if (!w->failed)
        w->now = until;
}

/* --- words -------------------------------------------------------------------------------- */

static void prefix_line(const struct world *w, const struct router *r, char *text, size_t size)
{
    int n = snprintf(text, size, "%12.6f ", (double)w->now / 1e6);
    if (r && n > 0)
        snprintf(text + n, size - (size_t)n, "r%u ", r->id);
}

void world_fail(struct world *w, const struct router *r, const char *format, ...)
{
    char line[64], what[768];
    if (w->failed)
        return;
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    prefix_line(w, r, line, sizeof line);
    w->failed = true;
    snprintf(w->failure, sizeof w->failure, "%s%s", line, what);
    if (w->trace)
        fprintf(stderr, "%s FAILED %s\n", line, what);
}

void world_trace(struct world *w, const struct router *r, const char *format, ...)
{
    char line[64], what[768];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    prefix_line(w, r, line, sizeof line);
    fprintf(stderr, "%s %s\n", line, what);
}

const char *pid_text(const struct world *w, uint32_t pid)
{
    static char texts[4][RIPNG_PREFIX_TEXT];
    static unsigned n;
    if (pid == NONE)
        return "?";
    return ripng_prefix_text(&w->prefixes[pid], texts[n++ % 4]);
}
