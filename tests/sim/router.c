/* A router's driver and life; see router.h. */
#include "router.h"

#include "check.h"
#include "link.h"
#include "oracle.h"

#include <stdlib.h>
#include <string.h>

#define STOP_TIME (3 * SECOND) /* daemon/pump.c gives up then */
#define HELD_MAX 500           /* packets that the receive buffer of a paused process holds */
#define TICKS_MAX 64           /* at one instant, beyond what large tables need */

struct ripng_time router_clock(const struct world *w, const struct router *r)
{
    return (struct ripng_time){w->now + r->skew};
}

/* --- settings ----------------------------------------------------------------- */

static void port_section(const struct world *w, const struct port *p, struct ripng_config *c)
{
    struct ripng_iface_config *i = ripng_config_add_iface(c, p->name);
    if (!i)
        abort();
    i->enabled = p->set.enabled;
    i->passive = p->set.passive;
    i->metric = p->set.metric;
    i->split_horizon = p->set.split_horizon;
    i->multicast = !p->set.unicast;
    policy_section(w, p, c, i);
    const struct link *l = &w->links[p->link];
    for (size_t n = 0; p->set.unicast && n < l->n_ports && i->n_neighbors < RIPNG_UNICAST_MAX; n++)
        if (l->ports[n] != p->id)
            i->neighbors[i->n_neighbors++] = w->ports[l->ports[n]].link_local;
}

static void settings(const struct world *w, const struct router *r, struct ripng_config *c)
{
    ripng_config_init(c);
    c->timers = r->timers;
    memcpy(c->redistribute, r->redistribute, sizeof c->redistribute);
    c->kernel = r->kernel_set;
    c->limits = r->limits;
    c->graceful_restart = r->graceful;
    c->failure_detection = r->failure_detection;
    policy_settings(w, r, c);
    for (uint32_t i = 1; i < r->n_ports; i++)
        port_section(w, &w->ports[r->first_port + i], c);
}

void router_configure(struct world *w, struct router *r)
{
    if (!r->engine)
        return;
    r->reload = r->paused; /* it reads the signal when it goes on */
    if (r->paused)
        return;
    struct ripng_config c;
    settings(w, r, &c);
    watch_disturbed(w, r);
    r->watch.configured_at = router_clock(w, r).us;
    if (!ripng_configure(r->engine, router_clock(w, r), &c))
        abort();
    ripng_config_clear(&c);
    router_events(w, r);
    router_pump(w, r);
}

/* --- life ------------------------------------------------------------------------- */

void router_start(struct world *w, struct router *r)
{
    struct ripng_config c;
    if (r->engine)
        return;
    TRACE(w, r, "starts");
    settings(w, r, &c);
    kernel_clean(w, r);
    r->engine = ripng_new(&c, rng_next(&w->rng), router_clock(w, r));
    if (!r->engine)
        abort();
    ripng_config_clear(&c);
    r->generation++;
    r->stopping = r->off = r->reload = false;
    r->timer_at = INT64_MAX;
    r->lost_packets = 0;
    r->full_until = 0;
    watch_started(w, r);
    w->changes++;
    router_pump(w, r);
}

static void ended(struct world *w, struct router *r)
{
    ripng_free(r->engine);
    r->engine = NULL;
    r->stopping = r->paused = false;
    r->generation++;
    r->timer_generation++;
    kernel_forget_daemon(w, r);
    w->changes++;
}

void router_crash(struct world *w, struct router *r)
{
    if (!r->engine)
        return;
    TRACE(w, r, "crashes");
    ended(w, r);
}

void router_stop(struct world *w, struct router *r)
{
    if (!router_runs(r) || r->paused)
        return;
    TRACE(w, r, "stops in order%s", r->graceful ? ", gracefully" : "");
    watch_disturbed(w, r);
    r->stopping = true;
    w->changes++;
    ripng_stop(r->engine, router_clock(w, r));
    router_events(w, r);
    events_push(&w->events, w->now + STOP_TIME, EV_GIVE_UP, r->id, r->generation, NULL);
    router_pump(w, r);
}

void router_give_up(struct world *w, struct router *r, uint32_t generation)
{
    if (generation != r->generation || !r->stopping)
        return;
    if (!w->chaos)
        world_fail(w, r, "an orderly stop did not end in time");
    ended(w, r);
}

void router_pause(struct world *w, struct router *r, int64_t length)
{
    if (!r->engine || r->paused)
        return;
    r->paused = true;
    r->held_packets = 0;
    r->resume_at = w->now + length;
    events_push(&w->events, r->resume_at, EV_RESUME, r->id, 0, NULL);
}

void router_resume(struct world *w, struct router *r)
{
    if (!r->paused || w->now < r->resume_at)
        return;
    r->paused = false;
    watch_disturbed(w, r);
    if (r->reload)
        router_configure(w, r);
    router_pump(w, r);
}

/* --- packets ------------------------------------------------------------------------- */

void router_packet(struct world *w, struct port *p, struct sim_packet *packet)
{
    struct router *r = port_router(w, p);
    if (!r->engine || !p->exists || !p->up) {
        free(packet);
        return;
    }
    if (r->paused) {
        if (r->held_packets++ < HELD_MAX) {
            events_push(&w->events, r->resume_at, EV_PACKET, p->id, r->generation, packet);
            return;
        }
        r->lost_packets++;
        free(packet);
        return;
    }
    if (w->chaos && rng_ppm(&w->rng, r->rx_loss_ppm)) {
        r->lost_packets++;
        free(packet);
        return;
    }
    struct ripng_time now = router_clock(w, r);
    if (r->lost_packets) {
        ripng_packets_lost(r->engine, now, r->lost_packets);
        r->lost_packets = 0;
    }
    const struct ripng_packet in = {
        .data = packet->data,
        .size = packet->size,
        .source = packet->source,
        .source_port = packet->source_port,
        .dest = packet->dest,
        .hop_limit = packet->hop_limit,
        .ifindex = p->ifindex,
    };
    w->stats.packets++;
    watch_heard(w, p, packet);
    ripng_packet(r->engine, now, &in);
    free(packet);
    router_events(w, r);
    if (!r->lazy) {
        router_pump(w, r);
        return;
    }
    int64_t at = w->now + rng_between(&w->rng, 0, 2000);
    if (at < r->timer_at) {
        r->timer_at = at;
        events_push(&w->events, at, EV_TIMER, r->id, ++r->timer_generation, NULL);
    }
}

static void send_packets(struct world *w, struct router *r)
{
    uint8_t buffer[RIPNG_PACKET_MAX];
    struct ripng_send out;
    unsigned n = 0;
    while (!w->failed && w->now >= r->full_until &&
           ripng_next_packet(r->engine, router_clock(w, r), &out, buffer, sizeof buffer)) {
        check_sent(w, r, &out, buffer);
        n++;
        if (w->chaos && rng_ppm(&w->rng, r->blocked_ppm)) {
            if (rng_percent(&w->rng, 50)) {
                TRACE(w, r, "socket refuses a packet");
                continue;
            }
            r->full_until = w->now + rng_between(&w->rng, 1000, SECOND / 2);
            TRACE(w, r, "socket is full");
            watch_disturbed(w, r);
        }
        link_send(w, r, &out, buffer);
    }
    check_burst(w, r, n);
}

/* --- the pump ---------------------------------------------------------------------------- */

void router_events(struct world *w, struct router *r)
{
    struct ripng_event e;
    while (ripng_next_event(r->engine, &e)) {
        w->stats.events++;
        if (w->trace) {
            char text[512];
            world_trace(w, r, "%s", ripng_event_text(&e, text, sizeof text));
        }
        watch_event(w, r, &e);
    }
}

static void pull_changes(struct world *w, struct router *r)
{
    struct ripng_change c;
    size_t before;
    if (kernel_busy(r))
        return;
    do {
        before = r->kernel.queue_n;
        while (ripng_next_change(r->engine, router_clock(w, r), &c))
            kernel_change(w, r, &c);
        if (r->kernel.queue_n == before)
            break;
        kernel_send(w, r);
        router_events(w, r);
    } while (!kernel_busy(r) && !w->failed);
}

/* Ticks while something is due: the engine's budget a tick is bounded, so large tables need several. */
static void ticks(struct world *w, struct router *r)
{
    struct ripng_time due;
    unsigned n = 0, limit = TICKS_MAX + w->n_prefixes / 50;
    while (w->now >= r->full_until && ripng_deadline(r->engine, &due) && due.us <= router_clock(w, r).us) {
        uint64_t packets = w->stats.packets_sent;
        ripng_tick(r->engine, router_clock(w, r));
        router_events(w, r);
        kernel_deliver(w, r, r->kernel.dump == DUMP_NONE);
        kernel_dump(w, r);
        pull_changes(w, r);
        send_packets(w, r);
        if (w->failed)
            return;
        if (packets == w->stats.packets_sent && ++n > limit) {
            world_fail(w, r, "busy: the deadline stays at %lld us before now after %u ticks",
                       (long long)(router_clock(w, r).us - due.us), n);
            return;
        }
    }
}

static void schedule(struct world *w, struct router *r)
{
    struct ripng_time due;
    int64_t at = INT64_MAX;
    if (ripng_deadline(r->engine, &due))
        at = due.us - r->skew;
    if (kernel_dump_due(r) < at)
        at = kernel_dump_due(r);
    if (at < r->full_until)
        at = r->full_until;
    if (at == INT64_MAX || (at >= r->timer_at && r->timer_at > w->now))
        return;
    r->timer_at = at > w->now ? at : w->now;
    events_push(&w->events, r->timer_at, EV_TIMER, r->id, ++r->timer_generation, NULL);
}

void router_pump(struct world *w, struct router *r)
{
    if (!r->engine || r->paused || w->failed)
        return;
    kernel_dump(w, r);
    kernel_deliver(w, r, r->kernel.dump == DUMP_NONE);
    kernel_dump(w, r);
    pull_changes(w, r);
    send_packets(w, r);
    router_events(w, r);
    if (w->failed)
        return;
    ticks(w, r);
    if (r->stopping && ripng_stopped(r->engine)) {
        check_stopped(w, r);
        TRACE(w, r, "has stopped");
        ended(w, r);
        return;
    }
    if (w->now >= r->full_until)
        check_router(w, r);
    schedule(w, r);
}

void router_timer(struct world *w, struct router *r, uint32_t generation)
{
    if (generation != r->timer_generation || !r->engine)
        return;
    r->timer_at = INT64_MAX;
    router_pump(w, r);
}
