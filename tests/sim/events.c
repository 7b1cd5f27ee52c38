/* The event heap; see events.h. */
#include "events.h"
#include "world.h"

#include <stdlib.h>

static bool before(const struct event *a, const struct event *b)
{
    return a->at != b->at ? a->at < b->at : a->order < b->order;
}

void events_push(struct events *e, int64_t at, enum event_kind kind, uint32_t a, uint32_t b, void *p)
{
    if (e->n == e->room) {
        e->room = e->room ? e->room * 2 : 256;
        e->heap = sim_realloc(e->heap, e->room * sizeof *e->heap);
    }
    struct event fresh = {.at = at, .order = e->pushed++, .kind = kind, .a = a, .b = b, .p = p};
    size_t i = e->n++;
    for (; i && before(&fresh, &e->heap[(i - 1) / 2]); i = (i - 1) / 2)
        e->heap[i] = e->heap[(i - 1) / 2];
    e->heap[i] = fresh;
}

bool events_pop(struct events *e, int64_t until, struct event *out)
{
    if (!e->n || e->heap[0].at > until)
        return false;
    *out = e->heap[0];
    struct event last = e->heap[--e->n];
    size_t i = 0;
    for (size_t child; (child = 2 * i + 1) < e->n; i = child) {
        if (child + 1 < e->n && before(&e->heap[child + 1], &e->heap[child]))
            child++;
        if (!before(&e->heap[child], &last))
            break;
        e->heap[i] = e->heap[child];
    }
    e->heap[i] = last;
    return true;
}

void events_clear(struct events *e)
{
    free(e->heap);
    *e = (struct events){0};
}
