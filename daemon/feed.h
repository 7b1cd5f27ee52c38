/*
 * The latest events, for `monitor` clients that read at their own pace.
 */
#ifndef DAEMON_FEED_H
#define DAEMON_FEED_H

#include "ripng.h"

/*
 * A reader may be so far behind: a triggered update of a neighbour with as many
 * routes fits. 144 KB, and only while somebody monitors.
 */
#define FEED_EVENTS 1024

struct feed_entry {
    uint64_t number; /* counted from 1, lost ones included */
    int64_t time_us; /* wall clock, for people and for other logs */
    struct ripng_event event;
};

struct feed {
    struct feed_entry *ring; /* NULL: nobody reads */
    unsigned readers;
    uint64_t head;   /* entries ever put */
    uint64_t number; /* of the last event, put or lost */
};

struct feed_reader {
    uint64_t at;     /* entries passed */
    uint64_t number; /* of the last event told */
};

/* From here on; false: no memory. */
bool feed_join(struct feed *f, struct feed_reader *r);
void feed_leave(struct feed *f);

/* An event happened, at this wall-clock time; or so many were lost before they came here. */
void feed_put(struct feed *f, const struct ripng_event *e, int64_t time_us);
void feed_lost(struct feed *f, uint64_t count);

bool feed_waiting(const struct feed *f, const struct feed_reader *r);
/* The reader's next event; NULL, with the number of events that it has missed before the next; 0: none. */
const struct feed_entry *feed_next(const struct feed *f, struct feed_reader *r, uint64_t *missed);

#endif
