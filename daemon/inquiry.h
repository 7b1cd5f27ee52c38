/*
 * A client's question to another router, and the answer as far as the client has not taken it.
 */
#ifndef DAEMON_INQUIRY_H
#define DAEMON_INQUIRY_H

#include "query.h"

/*
 * Entries that may wait for the client: 1.3 MB. A router that sends a table of
 * so many at once is not held up by it; ripngctl takes them as they come.
 */
#define INQUIRY_ENTRIES_MAX 32768

struct inquiry {
    struct ripng_asking asking;
    struct ripng_told *entries; /* from `first` to before `end` wait */
    size_t room, first, end;
    uint64_t lost; /* for want of room */
};

/* NULL: no memory. */
struct inquiry *inquiry_new(const struct ripng_query *q, uint32_t ifindex, struct ripng_time now);
void inquiry_free(struct inquiry *i); /* NULL is fine */

/* A packet came, from whomever. Does it concern this question? */
bool inquiry_heard(struct inquiry *i, struct ripng_time now, const struct ripng_packet *p);

/* The next entry; NULL: none now. Valid until the next call. */
const struct ripng_told *inquiry_next(struct inquiry *i);
bool inquiry_waiting(const struct inquiry *i);

/* When it is over: the sentence for what is wrong with the answer; NULL: nothing. */
const char *inquiry_failure(const struct inquiry *i, char *why);

#endif
