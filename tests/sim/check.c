/* Safety checks of packets, tables and kernel; see check.h. */
#include "check.h"

#include "expect.h"
#include "link.h"
#include "router.h"

#include <stdlib.h>
#include <string.h>

#define HEADER 4
#define RTE 20
#define BURST_PER_PORT 8 /* advert.c sends no more at once on an interface */

/* An RTE as this file reads it; wire.c is under test. */
struct entry {
    struct in6_addr addr;
    unsigned tag, len, metric;
};

static struct entry read_entry(const uint8_t *b)
{
    struct entry e = {.tag = (unsigned)b[16] << 8 | b[17], .len = b[18], .metric = b[19]};
    memcpy(&e.addr, b, 16);
    return e;
}

/* --- packets ------------------------------------------------------------------------- */

static bool is_neighbour(const struct world *w, const struct port *p, const struct in6_addr *addr)
{
    const struct link *l = &w->links[p->link];
    for (size_t n = 0; n < l->n_ports; n++)
        if (l->ports[n] != p->id && ripng_addr_equal(&w->ports[l->ports[n]].link_local, addr))
            return true;
    return false;
}

static bool may_poison(const struct router *r, const struct port *p)
{
    return r->stopping || !p->set.enabled || p->set.passive;
}

static void check_entry(struct world *w, struct router *r, struct port *p, const struct entry *e,
                        const struct in6_addr *next_hop)
{
    struct ripng_prefix prefix = ripng_prefix_make(&e->addr, e->len);
    struct ripng_route_info i;
    struct expected x;
    uint32_t pid = world_pid(w, &prefix);
    if (e->metric < 1 || e->metric > 16) {
        world_fail(w, r, "metric %u on the wire", e->metric);
    } else if (e->len > 128 || !ripng_addr_equal(&prefix.addr, &e->addr)) {
        world_fail(w, r, "prefix with host bits or of length %u on the wire", e->len);
    } else if (ripng_prefix_martian(&prefix) || pid == NONE) {
        char text[RIPNG_PREFIX_TEXT];
        world_fail(w, r, "announces %s, a martian or unknown", ripng_prefix_text(&prefix, text));
    } else if (!expect_find(w, r, &prefix, &i)) {
        world_fail(w, r, "announces %s on %s, which is not in its table", pid_text(w, pid), p->name);
    } else {
        expect(w, r, p, &i, &x);
        bool turned =
            !x.metric && i.ifindex == p->ifindex; /* simple split horizon takes back, then is silent */
        bool taken_back = may_poison(r, p) || (x.hidden ? expect_taken_back(w, r, &x) : turned);
        bool poison = e->metric == 16 && taken_back;
        if (!poison && x.hidden)
            world_fail(w, r,
                       "announces %s on %s with metric %u, where a filter or an aggregate holds it back",
                       pid_text(w, pid), p->name, e->metric);
        else if (!poison && (e->metric != x.metric || e->tag != x.tag))
            world_fail(w, r, "announces %s on %s with metric %u tag %u, not %u and %u", pid_text(w, pid),
                       p->name, e->metric, e->tag, x.metric, x.tag);
        else if (e->metric < 16 && !ripng_addr_equal(next_hop, &x.next_hop))
            world_fail(w, r, "announces %s on %s with the wrong next hop", pid_text(w, pid), p->name);
        watch_said(w, r, p, pid, (uint8_t)e->metric);
    }
}

static void check_response(struct world *w, struct router *r, struct port *p, const uint8_t *data,
                           size_t size)
{
    struct in6_addr next_hop = {0};
    bool last_was_hop = false;
    for (size_t at = HEADER; at < size && !w->failed; at += RTE) {
        struct entry e = read_entry(data + at);
        if (e.metric != 255) {
            check_entry(w, r, p, &e, &next_hop);
            last_was_hop = false;
            continue;
        }
        if (last_was_hop)
            world_fail(w, r, "two next-hop RTEs in a row");
        if (e.tag || e.len)
            world_fail(w, r, "a next-hop RTE with tag %u and length %u", e.tag, e.len);
        if (!ripng_addr_is_linklocal(&e.addr) && !ripng_addr_is_unspecified(&e.addr))
            world_fail(w, r, "a next hop that is not link-local");
        next_hop = e.addr;
        last_was_hop = true;
    }
    if (last_was_hop)
        world_fail(w, r, "a next-hop RTE is the last of a packet");
}

static void check_request(struct world *w, struct router *r, const uint8_t *data, size_t size)
{
    static const struct in6_addr none;
    struct entry e = read_entry(data + HEADER);
    if (size != HEADER + RTE || e.metric != 16 || e.len || !ripng_addr_equal(&e.addr, &none))
        world_fail(w, r, "a request that is not one for the whole table");
}

void check_sent(struct world *w, struct router *r, const struct ripng_send *out, const void *data)
{
    const uint8_t *b = data;
    struct port *p = world_port(w, r, out->ifindex);
    if (out->size < HEADER + RTE || (out->size - HEADER) % RTE || out->size > RIPNG_PACKET_MAX) {
        world_fail(w, r, "a packet of %zu bytes", out->size);
        return;
    }
    if (b[1] != 1 || b[2] || b[3] || (b[0] != 1 && b[0] != 2)) {
        world_fail(w, r, "a packet with a bad header");
        return;
    }
    if (!p || p->link == NONE) { /* to a tool somewhere else, or the interface is gone and it was not told */
        if (!out->ifindex && out->size + IP_AND_UDP > 1280)
            world_fail(w, r, "a packet of %zu bytes to off-link", out->size);
        return;
    }
    if (out->size + IP_AND_UDP > p->told_mtu)
        world_fail(w, r, "a packet of %zu bytes on %s with MTU %u", out->size, p->name, p->told_mtu);
    if (out->dest_port != RIPNG_PORT)
        return;
    if (!ripng_addr_is_linklocal(&out->source))
        world_fail(w, r, "a packet from an address that is not link-local on %s", p->name);
    bool group = IN6_IS_ADDR_MULTICAST(&out->dest);
    if (p->set.passive && group && b[0] == 1)
        world_fail(w, r, "a request on %s, which is passive", p->name);
    if (w->trace > 1)
        world_trace(w, r, "sends %s of %zu RTEs on %s", b[0] == 1 ? "a request" : "a response",
                    (out->size - HEADER) / RTE, p->name);
    if (b[0] == 1)
        check_request(w, r, b, out->size);
    else if (group || is_neighbour(w, p, &out->dest))
        check_response(w, r, p, b, out->size);
    if (b[0] == 2 && group) /* what goes to one neighbour may be an answer */
        watch_rate(w, r, p, w->n_prefixes / 25 + 2);
}

void check_burst(struct world *w, struct router *r, unsigned packets)
{
    if (packets > BURST_PER_PORT * r->n_ports + 1)
        world_fail(w, r, "%u packets at once", packets);
}

/* --- the kernel ------------------------------------------------------------------------- */

static const struct kernel_route *held(const struct world *w, const struct router *r, uint32_t pid,
                                       bool *foreign)
{
    const struct kernel_route *found = NULL;
    (void)w;
    *foreign = false;
    for (const struct kernel_route *e = kernel_first(&r->kernel, pid); e; e = kernel_next(&r->kernel, e)) {
        if (e->metric != r->kernel_set.metric)
            continue;
        if (e->protocol == r->kernel_set.protocol)
            found = e;
        else
            *foreign = true;
    }
    return found;
}

static bool same_hops(const struct kernel_route *e, const struct ripng_route_info *i)
{
    unsigned found = 0;
    for (unsigned a = 0; a < e->n_hops; a++)
        for (unsigned b = 0; b < i->n_nexthops; b++)
            found += e->hops[a].ifindex == i->nexthops[b].ifindex &&
                     ripng_addr_equal(&e->hops[a].gateway, &i->nexthops[b].gateway);
    return found == i->n_nexthops && found == e->n_hops;
}

static void check_installed(struct world *w, struct router *r, const struct ripng_route_info *i, uint32_t pid)
{
    bool foreign, discard = i->source == RIPNG_SOURCE_AGGREGATE;
    bool wished = i->state == RIPNG_ROUTE_VALID && (i->source == RIPNG_SOURCE_RIPNG || discard);
    const struct kernel_route *e = held(w, r, pid, &foreign);
    bool there =
        e && (discard             ? e->type == RIPNG_TYPE_DISCARD
              : i->n_nexthops > 1 ? same_hops(e, i)
                                  : !e->n_hops && e->type == RIPNG_TYPE_UNICAST && e->ifindex == i->ifindex &&
                                        ripng_addr_equal(&e->gateway, &i->nexthop));
    /* An adopted set waits for its other routers. */
    bool waits = e && e->n_hops > 1 && e->n_hops > i->n_nexthops && check_engine_adopts(r->engine);
    if (wished && !foreign && !there && !waits)
        world_fail(w, r, "the kernel has %s for %s, which is valid", e ? "another route" : "no route",
                   pid_text(w, pid));
    else if (wished && there && !i->installed)
        world_fail(w, r, "%s is in the kernel, and not shown as installed", pid_text(w, pid));
    else if (!wished && e && !check_engine_adopts(r->engine))
        world_fail(w, r, "the kernel has a route to %s, which is not valid", pid_text(w, pid));
    else if (i->installed && !there)
        world_fail(w, r, "%s is shown as installed, and is not in the kernel", pid_text(w, pid));
}

/* Routes of ours that the engine's table does not show. */
static void check_leftovers(struct world *w, struct router *r, const bool *in_table)
{
    if (check_engine_adopts(r->engine) || check_engine_has_strays(r->engine))
        return;
    for (uint32_t pid = 0; pid < w->n_prefixes && !w->failed; pid++)
        for (const struct kernel_route *e = kernel_first(&r->kernel, pid); e; e = kernel_next(&r->kernel, e))
            if (kernel_own_protocol(e->protocol) && (!in_table[pid] || e->metric != r->kernel_set.metric ||
                                                     e->protocol != r->kernel_set.protocol))
                world_fail(w, r, "the kernel keeps a route to %s (metric %u, protocol %u)", pid_text(w, pid),
                           e->metric, e->protocol);
}

void check_stopped(struct world *w, struct router *r)
{
    if (r->graceful)
        return;
    for (uint32_t pid = 0; pid < w->n_prefixes && !w->failed; pid++) {
        bool foreign;
        if (!w->chaos && held(w, r, pid, &foreign))
            world_fail(w, r, "stopped, and left a route to %s in the kernel", pid_text(w, pid));
    }
    if (!w->watching)
        return;
    for (uint32_t n = 1; n < r->n_ports; n++) {
        const struct port *p = &w->ports[r->first_port + n];
        int64_t since = p->watch.speaking_since;
        if (since < 0 || !p->up || !p->carrier)
            continue;
        for (uint32_t pid = 0; pid < w->n_prefixes; pid++)
            /* What has become on-link since is not spoken of there any more: as watch_check_silence(). */
            if (p->watch.voice[pid].at > since && p->watch.voice[pid].metric < 16 && !port_on_link(p, pid))
                world_fail(w, r, "stopped without taking back %s on %s", pid_text(w, pid), p->name);
    }
}

/* --- the table ------------------------------------------------------------------------------ */

static void check_info(struct world *w, struct router *r, const struct ripng_route_info *i, uint32_t pid)
{
    bool valid = i->state == RIPNG_ROUTE_VALID;
    if (valid ? i->metric < 1 || i->metric > 15 : i->metric != 16)
        world_fail(w, r, "%s has metric %u", pid_text(w, pid), i->metric);
    else if (valid && i->source == RIPNG_SOURCE_RIPNG && !watch_backs(w, r, i))
        world_fail(w, r, "%s has metric %u by a neighbour who does not say so, or not in time",
                   pid_text(w, pid), i->metric);
    else if (!valid && i->age_us > r->timers.garbage_us)
        world_fail(w, r, "%s is in garbage for %lld us", pid_text(w, pid), (long long)i->age_us);
}

/*
 * What the settings name is there exactly while it should be, once the kernel's routes are known:
 * an aggregate while something inside is valid.
 */
static void check_named(struct world *w, struct router *r, const uint8_t *metric, const uint8_t *source)
{
    const struct policy *p = &r->policy;
    for (unsigned n = 0; n < p->n_aggregates; n++) {
        const struct named *a = &p->aggregates[n];
        bool inside = false, is = metric[a->pid] < 16 && source[a->pid] != RIPNG_SOURCE_RIPNG;
        for (uint32_t pid = 0; pid < w->n_prefixes; pid++)
            inside |= metric[pid] < 16 && w->prefixes[pid].len > w->prefixes[a->pid].len &&
                      ripng_prefix_contains(&w->prefixes[a->pid], &w->prefixes[pid]);
        if (a->on && inside && !is)
            world_fail(w, r, "%s is not announced, though something is inside", pid_text(w, a->pid));
        else if (is && source[a->pid] == RIPNG_SOURCE_AGGREGATE && (!a->on || !inside))
            world_fail(w, r, "the aggregate %s is there, with nothing inside", pid_text(w, a->pid));
    }
    for (unsigned n = 0; n < p->n_routes; n++) {
        uint32_t pid = p->routes[n].pid;
        bool is = metric[pid] < 16 && source[pid] != RIPNG_SOURCE_RIPNG;
        if (p->routes[n].on ? !is : is && source[pid] == RIPNG_SOURCE_ROUTE)
            world_fail(w, r, "the route %s is %s", pid_text(w, pid), is ? "there" : "not there");
    }
}

/* Which ports speak; from when on is noted when it is first seen. */
static void note_speakers(struct world *w, struct router *r)
{
    struct ripng_iface_info i;
    uint32_t cursor = 0;
    int64_t now = router_clock(w, r).us;
    bool *speaks = sim_calloc(r->n_ports, sizeof *speaks);
    while (ripng_read_iface(r->engine, &cursor, &i)) {
        struct port *p = world_port(w, r, i.ifindex);
        if (p)
            speaks[p->id - r->first_port] = i.up && !i.passive;
    }
    for (uint32_t n = 1; n < r->n_ports; n++) {
        struct watch_port *p = &w->ports[r->first_port + n].watch;
        if (!speaks[n])
            p->speaking_since = -1;
        else if (p->speaking_since < 0)
            p->speaking_since = now;
    }
    free(speaks);
}

static void check_status(struct world *w, struct router *r, uint32_t valid, uint32_t garbage, bool settled)
{
    struct ripng_status s;
    ripng_read_status(r->engine, router_clock(w, r), &s);
    if (s.routes != valid || s.garbage != garbage)
        world_fail(w, r, "status counts %u routes and %u in garbage, there are %u and %u", s.routes,
                   s.garbage, valid, garbage);
    if (settled && !check_engine_has_strays(r->engine) && s.installed != r->kernel.n_own)
        world_fail(w, r, "status counts %u routes in the kernel, there are %u", s.installed, r->kernel.n_own);
    char text[256];
    const char *wrong = check_engine(r->engine, text, sizeof text);
    if (wrong)
        world_fail(w, r, "engine: %s", wrong);
}

void check_tables(struct world *w, struct router *r)
{
    bool *in_table = sim_calloc(w->n_prefixes, sizeof *in_table);
    uint8_t *metric = sim_calloc(w->n_prefixes, 2), *source = metric + w->n_prefixes;
    struct ripng_status s;
    struct ripng_route_info i;
    uint32_t cursor = 0, valid = 0, garbage = 0;
    ripng_read_status(r->engine, router_clock(w, r), &s);
    bool settled = kernel_quiet(r) && !s.kernel_pending && !ripng_kernel_wants_dump(r->engine);
    note_speakers(w, r);
    memset(metric, 16, w->n_prefixes);
    while (!w->failed && ripng_read_route(r->engine, router_clock(w, r), &cursor, &i)) {
        uint32_t pid = world_pid(w, &i.prefix);
        if (pid == NONE || in_table[pid]) {
            world_fail(w, r, "a route twice in the table, or to nowhere");
            break;
        }
        in_table[pid] = true;
        metric[pid] = i.metric;
        source[pid] = (uint8_t)i.source;
        valid += i.state == RIPNG_ROUTE_VALID;
        garbage += i.state == RIPNG_ROUTE_GARBAGE;
        check_info(w, r, &i, pid);
        if (settled)
            check_installed(w, r, &i, pid);
        for (uint32_t n = 1; w->watching && n < r->n_ports; n++) {
            struct port *p = &w->ports[r->first_port + n];
            if (p->watch.speaking_since >= 0 && !port_on_link(p, pid))
                watch_check_voice(w, r, p, &i, pid);
        }
    }
    if (settled)
        check_leftovers(w, r, in_table);
    if (settled && w->policies)
        check_named(w, r, metric, source);
    for (uint32_t n = 1; w->watching && n < r->n_ports; n++)
        if (w->ports[r->first_port + n].watch.speaking_since >= 0)
            watch_check_silence(w, r, &w->ports[r->first_port + n], in_table);
    check_status(w, r, valid, garbage, settled);
    free(in_table);
    free(metric);
}

void check_router(struct world *w, struct router *r)
{
    int64_t now = router_clock(w, r).us;
    if (r->stopping || now < r->watch.check_at)
        return;
    r->watch.check_at = now + r->timers.update_us / 3;
    check_tables(w, r);
}
