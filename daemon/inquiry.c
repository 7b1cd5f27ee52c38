/*
 * A client of the control socket asks another router: `query`.
 *
 * Called by control.c, which sends what lib/query.c says from the daemon's own port 521
 * and shows each packet that comes. The answer goes to the engine as well, like any
 * other response. Here it waits for its client, in a queue with a limit.
 */
#include "inquiry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INQUIRY_ROOM 256 /* to begin with */

struct inquiry *inquiry_new(const struct ripng_query *q, uint32_t ifindex, struct ripng_time now)
{
    struct inquiry *i = calloc(1, sizeof *i);
    if (!i)
        return NULL;
    ripng_ask(&i->asking, q, ifindex, now);
    return i;
}

void inquiry_free(struct inquiry *i)
{
    if (!i)
        return;
    free(i->entries);
    free(i);
}

/* Room for one more at `end`. */
static bool inquiry_room(struct inquiry *i)
{
    if (i->first == i->end)
        i->first = i->end = 0;
    if (i->end < i->room)
        return true;
    if (i->first >= i->room / 2 &&
        i->first) { /* the front is free: moving costs as much as what left there */
        memmove(i->entries, i->entries + i->first, (i->end - i->first) * sizeof *i->entries);
        i->end -= i->first;
        i->first = 0;
        return true;
    }
    size_t room = i->room ? 2 * i->room : INQUIRY_ROOM;
    struct ripng_told *grown = room > INQUIRY_ENTRIES_MAX ? NULL : realloc(i->entries, room * sizeof *grown);
    if (!grown)
        return false;
    i->entries = grown;
    i->room = room;
    return true;
}

bool inquiry_heard(struct inquiry *i, struct ripng_time now, const struct ripng_packet *p)
{
    struct ripng_answer answer;
    struct ripng_told told;
    if (ripng_ask_over(&i->asking, now) || !ripng_ask_heard(&i->asking, now, p, &answer))
        return false;
    while (ripng_ask_entry(&i->asking, &answer, &told)) {
        if (inquiry_room(i))
            i->entries[i->end++] = told;
        else
            i->lost++;
    }
    return true;
}

const struct ripng_told *inquiry_next(struct inquiry *i)
{
    return i->first < i->end ? &i->entries[i->first++] : NULL;
}

bool inquiry_waiting(const struct inquiry *i)
{
    return i->first < i->end;
}

const char *inquiry_failure(const struct inquiry *i, char *why)
{
    if (!i->lost)
        return ripng_ask_failure(&i->asking, why);
    snprintf(why, RIPNG_QUERY_WHY, "%llu more routes came faster than they were read",
             (unsigned long long)i->lost);
    return why;
}
