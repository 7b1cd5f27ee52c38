/*
 * Timeout and garbage collection, RFC 2080 2.3.
 *
 * Called by select.c when a path is heard or lost, by engine.c's tick when one is
 * due. All paths on a list wait equally long, so appending keeps it sorted: a
 * refresh, an expiry and the next deadline cost the same however many there are.
 */
#include "internal.h"

/* Paths handled in one tick: a hundred thousand at once would hold up everything else. */
#define EXPIRE_BUDGET 2000

/* Which list a path is on: local ones that live are on none. */
static struct path_list *list_of(struct ripng *r, const struct path *p)
{
    if (p->metric == INFINITY_METRIC)
        return &r->garbage;
    return p->peer && p->metric ? &r->timeouts : NULL;
}

void expire_forget(struct ripng *r, uint32_t path)
{
    struct path_list *l = list_of(r, path_at(r, path));
    if (l)
        list_remove(r, l, path);
}

void expire_enter(struct ripng *r, uint32_t path)
{
    struct path *p = path_at(r, path);
    struct path_list *l = list_of(r, p);
    p->time = r->now;
    if (l)
        list_append(r, l, path);
}

static int64_t head_due(const struct ripng *r, const struct path_list *l, int64_t wait)
{
    return l->head ? path_at(r, l->head)->time + wait : NEVER;
}

void expire_tick(struct ripng *r)
{
    unsigned left = EXPIRE_BUDGET;
    while (left && head_due(r, &r->timeouts, r->config.timers.timeout_us) <= r->now) {
        select_lost(r, r->timeouts.head, RIPNG_WHY_TIMEOUT);
        left--;
    }
    while (left && head_due(r, &r->garbage, r->config.timers.garbage_us) <= r->now) {
        select_free(r, path_at(r, r->garbage.head)->route);
        left--;
    }
}

int64_t expire_deadline(const struct ripng *r)
{
    int64_t timeout = head_due(r, &r->timeouts, r->config.timers.timeout_us);
    int64_t garbage = head_due(r, &r->garbage, r->config.timers.garbage_us);
    return timeout < garbage ? timeout : garbage;
}
