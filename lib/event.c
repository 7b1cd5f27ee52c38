/*
 * Events as words: names for scripts, sentences for people, a severity each.
 *
 * Called by the daemon's log and by `ripngctl monitor`. The ring that holds the
 * events and the rate limit are in engine.c.
 */
#include "event.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name, *words;
    enum ripng_severity severity;
} kinds[RIPNG_N_EVENTS] = {
    [RIPNG_EV_IFACE_UP] = {"interface-up", "RIPng runs on it", RIPNG_NOTICE},
    [RIPNG_EV_IFACE_DOWN] = {"interface-down", "RIPng stopped on it", RIPNG_NOTICE},
    [RIPNG_EV_NEIGH_NEW] = {"neighbor-new", "new neighbour", RIPNG_NOTICE},
    [RIPNG_EV_NEIGH_SILENT] = {"neighbor-silent", "no answer any more from neighbour", RIPNG_WARNING},
    [RIPNG_EV_NEIGH_BACK] = {"neighbor-back", "a sign of life from silent neighbour", RIPNG_NOTICE},
    [RIPNG_EV_NEIGH_GONE] = {"neighbor-gone", "neighbour gone", RIPNG_NOTICE},
    [RIPNG_EV_ROUTE_NEW] = {"route-new", "new route", RIPNG_INFO},
    [RIPNG_EV_ROUTE_CHANGED] = {"route-changed", "route changed", RIPNG_INFO},
    [RIPNG_EV_ROUTE_HOPS] = {"route-nexthops", "next hops changed of", RIPNG_INFO},
    [RIPNG_EV_ROUTE_LOST] = {"route-lost", "route lost", RIPNG_INFO},
    [RIPNG_EV_ROUTE_FREED] = {"route-freed", "route forgotten", RIPNG_DEBUG},
    [RIPNG_EV_PACKET_DROPPED] = {"packet-dropped", "packet dropped", RIPNG_WARNING},
    [RIPNG_EV_RTE_DROPPED] = {"rte-dropped", "RTE dropped", RIPNG_WARNING},
    [RIPNG_EV_LIMIT] = {"limit", "limit reached", RIPNG_WARNING},
    [RIPNG_EV_KERNEL_REFUSED] = {"kernel-refused", "the kernel refused a change", RIPNG_WARNING},
    [RIPNG_EV_KERNEL_FOREIGN] = {"kernel-foreign", "another program's route stands in the place of ours",
                                 RIPNG_WARNING},
    [RIPNG_EV_KERNEL_LOST] = {"kernel-lost", "kernel events lost, reading everything again", RIPNG_NOTICE},
    [RIPNG_EV_ADOPTED] = {"adopted", "routes of an earlier run found in the kernel and kept", RIPNG_NOTICE},
    [RIPNG_EV_NO_MEMORY] = {"no-memory", "out of memory, something was dropped", RIPNG_ERROR},
};

static const struct {
    const char *name, *text;
} reasons[RIPNG_N_REASONS] = {
    [RIPNG_WHY_NONE] = {"none", ""},
    [RIPNG_WHY_INACTIVE] = {"inactive", "RIPng does not run on this interface"},
    [RIPNG_WHY_OWN] = {"own", "it is our own"},
    [RIPNG_WHY_SHORT] = {"short", "shorter than a RIPng header"},
    [RIPNG_WHY_LENGTH] = {"length", "not a whole number of RTEs"},
    [RIPNG_WHY_VERSION] = {"version", "not RIPng version 1"},
    [RIPNG_WHY_COMMAND] = {"command", "neither a request nor a response"},
    [RIPNG_WHY_PORT] = {"port", "a response from another port than 521"},
    [RIPNG_WHY_SOURCE] = {"source", "the source is not a link-local address"},
    [RIPNG_WHY_HOP_LIMIT] = {"hop-limit", "the hop limit is not 255"},
    [RIPNG_WHY_NOT_ACCEPTED] = {"not-accepted", "the sender is not in accept-from"},
    [RIPNG_WHY_NEIGHBOR_LIMIT] = {"neighbor-limit", "as many neighbours as limits.neighbors allows"},
    [RIPNG_WHY_NO_ADDRESS] = {"no-address", "no address of ours to answer from"},
    [RIPNG_WHY_PREFIX_LENGTH] = {"prefix-length", "a prefix length over 128"},
    [RIPNG_WHY_METRIC] = {"metric", "a metric that is none"},
    [RIPNG_WHY_MARTIAN] = {"martian", "a prefix that must never be a route"},
    [RIPNG_WHY_ON_LINK] = {"on-link", "the prefix is on-link on this very interface"},
    [RIPNG_WHY_FILTERED] = {"filtered", "the import filter denies it"},
    [RIPNG_WHY_ROUTE_LIMIT] = {"route-limit", "as many routes as the limits section allows"},
    [RIPNG_WHY_DEFAULT] = {"default-route", "default-route.accept is false"},
    [RIPNG_WHY_MEMORY] = {"memory", "out of memory"},
    [RIPNG_WHY_HOPS_LIMIT] = {"nexthops-limit", "too many different sets of next hops: one path must do"},
    [RIPNG_WHY_WITHDRAWN] = {"withdrawn", "withdrawn"},
    [RIPNG_WHY_TIMEOUT] = {"timeout", "not heard any more"},
    [RIPNG_WHY_UNREACHABLE] = {"unreachable", "its next hop does not answer"},
    [RIPNG_WHY_IFACE_DOWN] = {"interface-down", "the interface is down"},
    [RIPNG_WHY_CONFIG] = {"config", "the configuration says so"},
    [RIPNG_WHY_OWNED] = {"owned", "it is this router's own prefix"},
    [RIPNG_WHY_NO_LINK_LOCAL] = {"no-link-local", "no usable link-local address"},
    [RIPNG_WHY_STOPPED] = {"stopped", "ripngd stops"},
    [RIPNG_WHY_BRIDGE_PORT] = {"bridge-port", "a port of a bridge or bond: its master speaks"},
    [RIPNG_WHY_GARBAGE] = {"garbage", "lost, and announced as unreachable for a while"},
    [RIPNG_WHY_WORSE] = {"worse-metric", "a better one is there"},
    [RIPNG_WHY_EQUAL] = {"equal-metric", "one as good was there before"},
    [RIPNG_WHY_NOT_FEASIBLE] = {"not-feasible", "it may lead back through us until it is heard again"},
    [RIPNG_WHY_FOREIGN] = {"foreign", "another program's route has its place in the kernel"},
    [RIPNG_WHY_REFUSED] = {"refused", "the kernel refused it"},
};

/* Own packets on a shared link, own prefixes told by others, what is refused on purpose: no warnings. */
enum ripng_severity ripng_event_severity(const struct ripng_event *e)
{
    bool dropped = e->kind == RIPNG_EV_PACKET_DROPPED || e->kind == RIPNG_EV_RTE_DROPPED;
    if (dropped && (e->reason == RIPNG_WHY_OWN || e->reason == RIPNG_WHY_ON_LINK ||
                    e->reason == RIPNG_WHY_OWNED || e->reason == RIPNG_WHY_INACTIVE ||
                    e->reason == RIPNG_WHY_DEFAULT || e->reason == RIPNG_WHY_FILTERED))
        return RIPNG_DEBUG;
    return e->kind < RIPNG_N_EVENTS ? kinds[e->kind].severity : RIPNG_DEBUG;
}

const char *ripng_event_name(enum ripng_event_kind k)
{
    return k < RIPNG_N_EVENTS ? kinds[k].name : "?";
}

const char *ripng_reason_name(enum ripng_reason r)
{
    return r < RIPNG_N_REASONS ? reasons[r].name : "?";
}

const char *ripng_reason_text(enum ripng_reason r)
{
    return r < RIPNG_N_REASONS ? reasons[r].text : "?";
}

struct text {
    char *at;
    size_t left;
};

__attribute__((format(printf, 2, 3))) static void add(struct text *t, const char *format, ...)
{
    if (t->left < 2)
        return;
    va_list args;
    va_start(args, format);
    int n = vsnprintf(t->at, t->left, format, args);
    va_end(args);
    size_t used = n < 0 ? 0 : (size_t)n < t->left ? (size_t)n : t->left - 1;
    t->at += used;
    t->left -= used;
}

bool ripng_event_has_prefix(const struct ripng_event *e)
{
    switch (e->kind) {
    case RIPNG_EV_ROUTE_NEW:
    case RIPNG_EV_ROUTE_CHANGED:
    case RIPNG_EV_ROUTE_HOPS:
    case RIPNG_EV_ROUTE_LOST:
    case RIPNG_EV_ROUTE_FREED:
    case RIPNG_EV_RTE_DROPPED:
    case RIPNG_EV_KERNEL_FOREIGN:
        return true;
    case RIPNG_EV_KERNEL_REFUSED:
        return e->prefix.len || !ripng_addr_is_unspecified(&e->nexthop);
    default:
        return false;
    }
}

const char *ripng_event_text(const struct ripng_event *e, char *text, size_t size)
{
    struct text t = {text, size};
    char a[RIPNG_PREFIX_TEXT];
    bool route = e->kind == RIPNG_EV_ROUTE_NEW || e->kind == RIPNG_EV_ROUTE_CHANGED;

    if (size)
        text[0] = '\0';
    if (e->ifname[0])
        add(&t, "%s: ", e->ifname);
    bool neigh = e->kind >= RIPNG_EV_NEIGH_NEW && e->kind <= RIPNG_EV_NEIGH_GONE;
    add(&t, "%s", e->kind < RIPNG_N_EVENTS ? kinds[e->kind].words : "?");
    if (ripng_event_has_prefix(e))
        add(&t, " %s", ripng_prefix_text(&e->prefix, a));
    if (!ripng_addr_is_unspecified(&e->nexthop))
        add(&t, " via %s", ripng_addr_text(&e->nexthop, a));
    if (e->more)
        add(&t, " and %u more", (unsigned)e->more);
    if (!ripng_addr_is_unspecified(&e->neighbor))
        add(&t, "%s%s", neigh ? " " : " from ", ripng_addr_text(&e->neighbor, a));
    if (route)
        add(&t, " metric %u", (unsigned)e->metric);
    if (route && e->tag)
        add(&t, " tag %u", (unsigned)e->tag);
    if (e->reason != RIPNG_WHY_NONE)
        add(&t, ": %s", ripng_reason_text(e->reason));
    if (e->error)
        add(&t, ": %s", strerror(e->error));
    if (e->kind == RIPNG_EV_RTE_DROPPED && e->reason == RIPNG_WHY_FILTERED)
        add(&t, e->value ? ", rule %llu" : ", no rule of it matches", (unsigned long long)e->value);
    else if (e->value)
        add(&t, " (%llu)", (unsigned long long)e->value);
    if (e->suppressed)
        add(&t, " [%u more like it not shown]", (unsigned)e->suppressed);
    return text;
}
