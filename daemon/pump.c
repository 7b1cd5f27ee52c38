/*
 * The pump: moves facts into the engine, and packets, route changes and events out.
 *
 * Called by the loop once a turn (main.c passes it on), and by socket.c and netlink.c
 * for what they have read. Decides nothing of the protocol; its own concern are order
 * and fairness:
 *
 *  - Kernel events are read before changes are pulled, so that no change is decided
 *    on what is already known to be otherwise.
 *  - Answers reach the engine in the order of their ids: joining a group is answered
 *    at once, so the routes before it are sent first.
 *  - Route changes come before packets: what is announced has been installed.
 *  - The engine's ring of events is small: it is emptied after each input.
 */
#include "pump.h"

#include "log.h"

#include <string.h>

#define CHANGES_TURN 1024
#define PACKETS_TURN 64
#define STOP_US 3000000  /* for the last packets and withdrawals; a supervisor waits no longer */
#define BLOCKED_US 10000 /* with a full socket, until the engine is looked at again */
#define RETRY_US 1000000 /* until a dump that failed or has gaps is tried again */

void pump_events(struct pump *p)
{
    struct ripng_event e;
    while (ripng_next_event(p->engine, &e)) {
        enum ripng_severity severity = ripng_event_severity(&e);
        char text[512];
        if (log_wants(severity))
            log_line(severity, "%s", ripng_event_text(&e, text, sizeof text));
        if (p->control)
            control_event(p->control, &e);
    }
    uint64_t lost = ripng_events_lost(p->engine);
    if (p->control && lost != p->events_lost)
        control_events_lost(p->control, lost - p->events_lost);
    p->events_lost = lost;
}

/* --- from the sockets ------------------------------------------------- */

static void on_packet(void *arg, const struct ripng_packet *packet)
{
    struct pump *p = arg;
    if (p->control)
        control_packet(p->control, packet);
    ripng_packet(p->engine, loop_now(p->loop), packet);
    pump_events(p);
}

static void on_packets_lost(void *arg, uint32_t count)
{
    struct pump *p = arg;
    ripng_packets_lost(p->engine, loop_now(p->loop), count);
    pump_events(p);
}

const struct socket_ops pump_socket_ops = {.packet = on_packet, .lost = on_packets_lost};

static void on_fact(void *arg, const struct nlmsg *m)
{
    struct pump *p = arg;
    struct ripng_time now = loop_now(p->loop);
    switch (m->kind) {
    case NLMSG_KIND_LINK:
        ripng_link(p->engine, now, &m->link);
        break;
    case NLMSG_KIND_LINK_GONE:
        ripng_link_gone(p->engine, now, m->link.ifindex);
        break;
    case NLMSG_KIND_ADDRESS:
        ripng_address(p->engine, now, m->address.ifindex, &m->address.addr, m->address.usable);
        break;
    case NLMSG_KIND_ADDRESS_GONE:
        ripng_address_gone(p->engine, now, m->address.ifindex, &m->address.addr);
        break;
    case NLMSG_KIND_ROUTE:
        ripng_kernel_route(p->engine, now, &m->route, m->replaced);
        break;
    case NLMSG_KIND_ROUTE_GONE:
        ripng_kernel_route_gone(p->engine, now, &m->route);
        break;
    case NLMSG_KIND_NEIGH:
        if (m->neigh.state != NLMSG_NEIGH_UNSURE)
            ripng_neighbor(p->engine, now, m->neigh.ifindex, &m->neigh.addr,
                           m->neigh.state == NLMSG_NEIGH_REACHABLE);
        break;
    case NLMSG_KIND_OTHER:
    case NLMSG_KIND_ANSWER:
    case NLMSG_KIND_DONE:
    case NLMSG_KIND_OVERRUN:
    default:
        break;
    }
    pump_events(p);
}

static void on_events_lost(void *arg)
{
    struct pump *p = arg;
    ripng_kernel_lost(p->engine, loop_now(p->loop));
    pump_events(p);
}

static void on_dump_begin(void *arg)
{
    struct pump *p = arg;
    ripng_kernel_dump_begin(p->engine, loop_now(p->loop));
}

static void on_dump_end(void *arg, bool whole)
{
    struct pump *p = arg;
    ripng_kernel_dump_end(p->engine, loop_now(p->loop));
    p->dumped = true;
    if (p->stopping)
        ripng_stop(p->engine, loop_now(p->loop));
    pump_events(p);
    if (!whole) {
        log_line(RIPNG_DEBUG, "the kernel's tables did not hold still; reading them again");
        p->retry.us = loop_now(p->loop).us + RETRY_US;
    }
}

static void on_dump_failed(void *arg, int error)
{
    struct pump *p = arg;
    log_line(RIPNG_WARNING, "reading the kernel's tables: %s; trying again", strerror(error));
    p->retry.us = loop_now(p->loop).us + RETRY_US;
}

static void on_answer(void *arg, uint32_t id, int error)
{
    struct pump *p = arg;
    ripng_kernel_answer(p->engine, loop_now(p->loop), id, error);
    pump_events(p);
}

const struct netlink_ops pump_netlink_ops = {
    .fact = on_fact,
    .lost = on_events_lost,
    .dump_begin = on_dump_begin,
    .dump_end = on_dump_end,
    .dump_failed = on_dump_failed,
    .answer = on_answer,
};

/* --- to the sockets --------------------------------------------------- */

/* What is done and answered at once; the routes before it are sent first, for answers come in order. */
static void change_now(struct pump *p, const struct ripng_change *change)
{
    netlink_flush(p->netlink);
    int r = change->kind == RIPNG_GROUP_JOIN    ? socket_join(p->socket, change->ifindex)
            : change->kind == RIPNG_GROUP_LEAVE ? socket_leave(p->socket, change->ifindex)
                                                : netlink_probe(p->netlink, change);
    on_answer(p, change->id, -r);
}

/* True: there may be more. */
static bool pump_changes(struct pump *p)
{
    struct ripng_time now = loop_now(p->loop);
    struct ripng_change change;
    unsigned n = 0, before;
    do {
        before = n;
        while (n < CHANGES_TURN && ripng_next_change(p->engine, now, &change)) {
            n++;
            if (change.kind == RIPNG_ROUTE_SET || change.kind == RIPNG_ROUTE_DELETE)
                netlink_change(p->netlink, &change);
            else
                change_now(p, &change);
        }
        netlink_flush(p->netlink); /* the engine may have held back more until these are answered */
    } while (n > before && n < CHANGES_TURN);
    return n == CHANGES_TURN;
}

/* True: there may be more. */
static bool pump_packets(struct pump *p)
{
    struct ripng_time now = loop_now(p->loop);
    bool more = true;
    unsigned n = 0;
    while (more && n < PACKETS_TURN) {
        size_t size;
        void *slot;
        while (more && n < PACKETS_TURN && (slot = socket_slot(p->socket, &size))) {
            struct ripng_send send;
            more = ripng_next_packet(p->engine, now, &send, slot, size);
            if (more) {
                socket_queue(p->socket, &send);
                n++;
            }
        }
        socket_flush(p->socket);
        if (!socket_idle(p->socket))
            return false; /* blocked: the loop wakes up when it is not */
    }
    pump_events(p);
    return more;
}

bool pump_send(struct pump *p, const struct ripng_send *send, const void *data)
{
    size_t room;
    void *slot = socket_slot(p->socket, &room);
    if (!slot || send->size > room)
        return false;
    memcpy(slot, data, send->size);
    socket_queue(p->socket, send);
    socket_flush(p->socket);
    return true;
}

/* --- the turn --------------------------------------------------------- */

static void want_dump(struct pump *p)
{
    struct ripng_time now = loop_now(p->loop);
    bool failed = p->retry.us > 0;
    if (failed && now.us < p->retry.us)
        return;
    if (!failed && !ripng_kernel_wants_dump(p->engine))
        return;
    p->retry.us = 0;
    netlink_dump(p->netlink);
}

/* When stopping: is there nothing left to do, or no time? */
static bool is_over(struct pump *p)
{
    if (loop_now(p->loop).us >= p->give_up.us) {
        log_line(RIPNG_WARNING, "stopping took too long: neighbours or the kernel may keep some routes");
        return true;
    }
    return ripng_stopped(p->engine) && socket_idle(p->socket);
}

/* The earliest of what is to be waited for. */
static void sleep_until_due(struct pump *p)
{
    struct ripng_time when;
    bool any = ripng_deadline(p->engine, &when);
    if (p->retry.us > 0 && (!any || p->retry.us < when.us)) {
        when = p->retry;
        any = true;
    }
    if (p->stopping && (!any || p->give_up.us < when.us)) {
        when = p->give_up;
        any = true;
    }
    /* A packet may be due that nobody takes: the socket's own watcher wakes us, not the clock. */
    int64_t patience = loop_now(p->loop).us + BLOCKED_US;
    if (!socket_idle(p->socket) && when.us < patience)
        when.us = patience;
    if (any)
        loop_wake_at(p->loop, when);
}

void pump_turn(struct pump *p)
{
    struct ripng_time now = loop_now(p->loop), due;
    netlink_read(p->netlink);
    if (ripng_deadline(p->engine, &due) && due.us <= now.us) {
        ripng_tick(p->engine, now);
        pump_events(p);
    }
    bool more = pump_changes(p);
    more = pump_packets(p) || more;
    want_dump(p); /* the engine may have waited for the answer to a change */
    if (p->stopping && is_over(p))
        loop_stop(p->loop);
    else if (more)
        loop_wake_now(p->loop);
    else
        sleep_until_due(p);
}

bool pump_configure(struct pump *p, const struct ripng_config *config)
{
    if (!ripng_configure(p->engine, loop_now(p->loop), config))
        return false;
    netlink_set_table(p->netlink, config->kernel.table);
    pump_events(p);
    return true;
}

void pump_stop(struct pump *p)
{
    p->stopping = true;
    p->give_up.us = loop_now(p->loop).us + STOP_US;
    if (p->dumped) /* else what an earlier run left is not known yet, and would stay */
        ripng_stop(p->engine, loop_now(p->loop));
    pump_events(p);
}
