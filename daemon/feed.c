/*
 * The latest events in a ring, with a cursor for each reader: what `ripngctl monitor`
 * sees.
 *
 * Fed by control.c with each event that pump.c pulls, read by control.c for its
 * clients. A slow reader costs nothing but its cursor; what is overwritten before it
 * gets there is counted and told. Knows neither sockets nor words.
 */
#include "feed.h"

#include <stdlib.h>

bool feed_join(struct feed *f, struct feed_reader *r)
{
    if (!f->ring && !(f->ring = calloc(FEED_EVENTS, sizeof *f->ring)))
        return false;
    f->readers++;
    *r = (struct feed_reader){.at = f->head, .number = f->number};
    return true;
}

void feed_leave(struct feed *f)
{
    if (--f->readers)
        return;
    free(f->ring);
    f->ring = NULL;
}

void feed_put(struct feed *f, const struct ripng_event *e, int64_t time_us)
{
    if (!f->ring)
        return;
    f->ring[f->head++ % FEED_EVENTS] =
        (struct feed_entry){.number = ++f->number, .time_us = time_us, .event = *e};
}

void feed_lost(struct feed *f, uint64_t count)
{
    if (f->ring)
        f->number += count;
}

bool feed_waiting(const struct feed *f, const struct feed_reader *r)
{
    return r->number != f->number;
}

const struct feed_entry *feed_next(const struct feed *f, struct feed_reader *r, uint64_t *missed)
{
    uint64_t next = f->number + 1; /* the number of the next event in the ring */
    if (f->head - r->at > FEED_EVENTS)
        r->at = f->head - FEED_EVENTS;
    const struct feed_entry *e = r->at < f->head ? &f->ring[r->at % FEED_EVENTS] : NULL;
    if (e)
        next = e->number;
    *missed = next - r->number - 1;
    r->number += *missed;
    if (*missed || !e)
        return NULL;
    r->at++;
    r->number = e->number;
    return e;
}
