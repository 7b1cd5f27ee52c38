/*
 * What must be so inside an engine between any two calls: for the fuzzer, and for
 * the simulator. Looks at lib/internal.h, changes nothing.
 */
#ifndef INVARIANTS_H
#define INVARIANTS_H

#include "ripng.h"

#define INVARIANTS_TEXT 256

/*
 * True: everything holds. False: `why` (INVARIANTS_TEXT bytes) names what does not,
 * with the line of invariants.c and the index of the route, path, peer... it was
 * seen at. Costs about as much as a walk of all tables.
 */
bool invariants_hold(const struct ripng *r, char *why);

/* ripng_prefix_martian(), quicker for everyday prefixes: it is asked of each route after each input. */
static inline bool invariants_martian(const struct ripng_prefix *p)
{
    bool everyday = p->len >= 8 && p->addr.s6_addr[0] >= 0x20 && p->addr.s6_addr[0] < 0xfe;
    return !everyday && ripng_prefix_martian(p);
}

#endif
