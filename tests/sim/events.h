/*
 * The event heap: what happens next in the simulated world.
 *
 * A binary heap ordered by virtual time, then by the order of pushing, so that
 * events of one instant keep their order on every machine. It knows nothing of
 * what events mean; world.c hands them to whom they concern.
 */
#ifndef SIM_EVENTS_H
#define SIM_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum event_kind {
    EV_TIMER,   /* router `a` wants to be pumped; `b`: the generation, an older one is stale */
    EV_PACKET,  /* `p` arrives at port `a`; `b`: generation of a process that was paused then, 0: any */
    EV_KERNEL,  /* messages of the kernel of router `a` are due; `b`: generation */
    EV_EXECUTE, /* the kernel of router `a` gets to its next change; `b`: generation */
    EV_PROBED,  /* the kernel of router `a` knows about a neighbour: `p` */
    EV_START,   /* router `a` comes back; `b`: generation */
    EV_GIVE_UP, /* router `a` has had its time for an orderly stop; `b`: generation */
    EV_RESUME,  /* router `a` runs again after a pause */
    EV_ADDRESS, /* duplicate address detection on port `a` is over; `b`: generation of the port */
    EV_FAULT,   /* something is to go wrong */
    EV_REPAIR,  /* `b` (enum repair, fault.h) on `a` */
    EV_HOME,    /* something at home: home.c */
};

struct event {
    int64_t at;
    uint64_t order;
    enum event_kind kind;
    uint32_t a, b;
    void *p;
};

struct events {
    struct event *heap;
    size_t n, room;
    uint64_t pushed;
};

void events_push(struct events *e, int64_t at, enum event_kind kind, uint32_t a, uint32_t b, void *p);
/* The next one at or before `until`; false: none. */
bool events_pop(struct events *e, int64_t until, struct event *out);
void events_clear(struct events *e);

#endif
