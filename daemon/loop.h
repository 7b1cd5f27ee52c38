/*
 * The event loop: the only door to libev.
 *
 * File watchers for the sockets, one timer for the engine's deadline, signals.
 * Time is CLOCK_MONOTONIC, read once per turn (libev's own ev_now() is wall time
 * and never used).
 */
#ifndef DAEMON_LOOP_H
#define DAEMON_LOOP_H

#include "ripng.h"

struct loop;
struct loop_watch;

enum { LOOP_READ = 1, LOOP_WRITE = 2 };

typedef void loop_watch_fn(void *arg, unsigned events);
typedef void loop_signal_fn(void *arg, int signum);
typedef void loop_turn_fn(void *arg);

/* 0 or -errno. `turn` runs once after each turn's watchers, before sleeping: the pump. */
int loop_new(struct loop **out, loop_turn_fn *turn, void *arg);
void loop_free(struct loop *l);
int loop_run(struct loop *l); /* until loop_stop() */
void loop_stop(struct loop *l);

/* This turn's time; the first caller of a turn reads the clock. Never goes back. */
struct ripng_time loop_now(struct loop *l);

/* NULL: no memory. The fd stays the caller's. `events` of LOOP_READ | LOOP_WRITE, 0 to pause. */
struct loop_watch *loop_watch_new(struct loop *l, int fd, unsigned events, loop_watch_fn *fn, void *arg);
void loop_watch_set(struct loop_watch *w, unsigned events);
void loop_watch_free(struct loop_watch *w); /* NULL is fine */

/*
 * Wake up (and run `turn`) no later than `when`; one deadline at a time, the latest
 * call counts. It is forgotten as a turn begins, so that each turn says anew.
 */
void loop_wake_at(struct loop *l, struct ripng_time when);
/* Run another turn at once: work is left over from this one's budget. */
void loop_wake_now(struct loop *l);

int loop_signal(struct loop *l, int signum, loop_signal_fn *fn, void *arg); /* 0 or -ENOMEM */

#endif
