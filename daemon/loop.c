/*
 * The event loop: the only door to libev.
 *
 * Called by main.c, which owns it, and by whoever has a socket to watch. A turn is:
 * wait; the watchers whose sockets are ready, timers, signals; then the `turn`
 * function, which does the work that all of them left. What that work is, is pump.c's.
 */
#include "loop.h"

#include <errno.h>
#include <ev.h>
#include <stdlib.h>
#include <time.h>

struct loop_signal {
    ev_signal ev;
    struct loop_signal *next;
    loop_signal_fn *fn;
    void *arg;
};

struct loop {
    struct ev_loop *ev;
    ev_prepare prepare; /* runs before the loop waits: the turn */
    ev_check check;     /* runs after it has waited: the clock is read anew */
    ev_timer timer;
    ev_idle idle; /* active: do not wait */
    struct loop_signal *signals;
    loop_turn_fn *turn;
    void *arg;
    struct ripng_time now;
    bool now_known;
};

struct loop_watch {
    ev_io ev;
    struct loop *loop;
    loop_watch_fn *fn;
    void *arg;
};

static int64_t read_clock(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t); /* can't fail for this clock */
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void on_prepare(struct ev_loop *ev, ev_prepare *w, int events)
{
    struct loop *l = w->data;
    (void)events;
    ev_timer_stop(ev, &l->timer);
    ev_idle_stop(ev, &l->idle);
    l->turn(l->arg);
}

static void on_check(struct ev_loop *ev, ev_check *w, int events)
{
    struct loop *l = w->data;
    (void)ev;
    (void)events;
    l->now_known = false;
}

/* Waking up is all they are for: the turn follows by itself. */
static void on_timer(struct ev_loop *ev, ev_timer *w, int events)
{
    (void)ev;
    (void)w;
    (void)events;
}

static void on_idle(struct ev_loop *ev, ev_idle *w, int events)
{
    (void)events;
    ev_idle_stop(ev, w);
}

int loop_new(struct loop **out, loop_turn_fn *turn, void *arg)
{
    struct loop *l = calloc(1, sizeof *l);
    if (!l)
        return -ENOMEM;
    l->turn = turn;
    l->arg = arg;
    l->ev = ev_loop_new(EVFLAG_AUTO | EVFLAG_NOENV);
    if (!l->ev) {
        free(l);
        return -ENOMEM;
    }
    ev_prepare_init(&l->prepare, on_prepare);
    ev_check_init(&l->check, on_check);
    ev_timer_init(&l->timer, on_timer, 0., 0.);
    ev_idle_init(&l->idle, on_idle);
    l->prepare.data = l->check.data = l;
    ev_set_priority(&l->check, EV_MAXPRI); /* before any watcher asks for the time */
    ev_prepare_start(l->ev, &l->prepare);
    ev_check_start(l->ev, &l->check);
    *out = l;
    return 0;
}

void loop_free(struct loop *l)
{
    if (!l)
        return;
    while (l->signals) {
        struct loop_signal *s = l->signals;
        l->signals = s->next;
        ev_signal_stop(l->ev, &s->ev);
        free(s);
    }
    ev_loop_destroy(l->ev);
    free(l);
}

int loop_run(struct loop *l)
{
    l->now_known = false;
    ev_run(l->ev, 0);
    return 0;
}

void loop_stop(struct loop *l)
{
    ev_break(l->ev, EVBREAK_ALL);
}

struct ripng_time loop_now(struct loop *l)
{
    if (!l->now_known) {
        l->now.us = read_clock();
        l->now_known = true;
    }
    return l->now;
}

/* --- watchers --------------------------------------------------------- */

static void on_io(struct ev_loop *ev, ev_io *w, int events)
{
    struct loop_watch *watch = w->data;
    (void)ev;
    watch->fn(watch->arg, (events & EV_READ ? LOOP_READ : 0u) | (events & EV_WRITE ? LOOP_WRITE : 0u));
}

static int to_ev(unsigned events)
{
    return (events & LOOP_READ ? EV_READ : 0) | (events & LOOP_WRITE ? EV_WRITE : 0);
}

struct loop_watch *loop_watch_new(struct loop *l, int fd, unsigned events, loop_watch_fn *fn, void *arg)
{
    struct loop_watch *w = calloc(1, sizeof *w);
    if (!w)
        return NULL;
    w->loop = l;
    w->fn = fn;
    w->arg = arg;
    ev_io_init(&w->ev, on_io, fd, to_ev(events));
    w->ev.data = w;
    if (events)
        ev_io_start(l->ev, &w->ev);
    return w;
}

void loop_watch_set(struct loop_watch *w, unsigned events)
{
    if (ev_is_active(&w->ev) ? to_ev(events) == (w->ev.events & (EV_READ | EV_WRITE)) : !events)
        return;
    ev_io_stop(w->loop->ev, &w->ev);
    ev_io_set(&w->ev, w->ev.fd, to_ev(events));
    if (events)
        ev_io_start(w->loop->ev, &w->ev);
}

void loop_watch_free(struct loop_watch *w)
{
    if (!w)
        return;
    ev_io_stop(w->loop->ev, &w->ev);
    free(w);
}

/* --- waking up -------------------------------------------------------- */

void loop_wake_at(struct loop *l, struct ripng_time when)
{
    /* Half a microsecond late rather than early: early is a turn for nothing. */
    int64_t us = when.us - read_clock();
    double delay = us > 0 ? ((double)us + 0.5) / 1e6 : 0.;
    ev_now_update(l->ev); /* timers count from libev's last look at the clock */
    ev_timer_stop(l->ev, &l->timer);
    ev_timer_set(&l->timer, delay, 0.);
    ev_timer_start(l->ev, &l->timer);
}

void loop_wake_now(struct loop *l)
{
    ev_idle_start(l->ev, &l->idle);
}

static void on_signal(struct ev_loop *ev, ev_signal *w, int events)
{
    struct loop_signal *s = w->data;
    (void)ev;
    (void)events;
    s->fn(s->arg, w->signum);
}

int loop_signal(struct loop *l, int signum, loop_signal_fn *fn, void *arg)
{
    struct loop_signal *s = calloc(1, sizeof *s);
    if (!s)
        return -ENOMEM;
    s->fn = fn;
    s->arg = arg;
    ev_signal_init(&s->ev, on_signal, signum);
    s->ev.data = s;
    ev_signal_start(l->ev, &s->ev);
    s->next = l->signals;
    l->signals = s;
    return 0;
}
