/* What was heard and said; see watch.h. */
#include "watch.h"

#include "check.h"
#include "expect.h"
#include "router.h"
#include "wire.h"

#include <stdlib.h>
#include <string.h>

#define SLACK (1 * SECOND)

/* --- addresses as numbers -------------------------------------------------------- */

static uint64_t mix(uint64_t x)
{
    x = (x ^ x >> 31) * 0x7fb5d329728ea185u;
    x = (x ^ x >> 27) * 0x81dadef4bc2dd44du;
    return x ^ x >> 33;
}

static uint64_t addr_hash(const struct in6_addr *a)
{
    uint64_t x[2];
    memcpy(x, a, sizeof x);
    return mix(x[0] ^ mix(x[1]));
}

static uint32_t addr_id(struct addresses *t, const struct in6_addr *a)
{
    if (t->n * 2 >= t->buckets) {
        t->buckets = t->buckets ? t->buckets * 2 : 256;
        free(t->hash);
        t->hash = sim_calloc(t->buckets, sizeof *t->hash);
        for (uint32_t i = 1; i <= t->n; i++) {
            uint64_t b = addr_hash(&t->list[i]);
            while (t->hash[b & (t->buckets - 1)])
                b++;
            t->hash[b & (t->buckets - 1)] = i;
        }
    }
    uint64_t b = addr_hash(a);
    uint32_t *at;
    while (*(at = &t->hash[b & (t->buckets - 1)])) {
        if (ripng_addr_equal(&t->list[*at], a))
            return *at;
        b++;
    }
    if (t->n + 2 > t->room) {
        t->room = t->room ? t->room * 2 : 64;
        t->list = sim_realloc(t->list, t->room * sizeof *t->list);
    }
    t->list[++t->n] = *a;
    return *at = t->n;
}

/* --- life ---------------------------------------------------------------------------- */

void watch_init(struct world *w)
{
    for (uint32_t i = 0; i < w->n_routers; i++) {
        struct watch *h = &w->routers[i].watch;
        h->changed_at = sim_calloc(w->n_prefixes, sizeof *h->changed_at);
        h->hops_at = sim_calloc(w->n_prefixes, sizeof *h->hops_at);
        h->lost_at = sim_calloc(w->n_prefixes, sizeof *h->lost_at);
        h->lowest = sim_calloc(w->n_prefixes, sizeof *h->lowest);
        h->stands = sim_calloc(w->n_prefixes, sizeof *h->stands);
        h->stands_since = sim_calloc(w->n_prefixes, sizeof *h->stands_since);
    }
    for (uint32_t i = 0; i < w->n_ports; i++)
        if (w->ports[i].link != NONE)
            w->ports[i].watch.voice = sim_calloc(w->n_prefixes, sizeof(struct voice));
}

void watch_free(struct world *w)
{
    for (uint32_t i = 0; i < w->n_routers; i++) {
        free(w->routers[i].watch.heard);
        free(w->routers[i].watch.changed_at);
        free(w->routers[i].watch.hops_at);
        free(w->routers[i].watch.lost_at);
        free(w->routers[i].watch.lowest);
        free(w->routers[i].watch.stands);
        free(w->routers[i].watch.stands_since);
    }
    for (uint32_t i = 0; i < w->n_ports; i++) {
        free(w->ports[i].watch.voice);
        free(w->ports[i].watch.senders);
    }
    free(w->addresses.list);
    free(w->addresses.hash);
}

void watch_started(struct world *w, struct router *r)
{
    struct watch *h = &r->watch;
    int64_t now = router_clock(w, r).us;
    h->started_at = h->disturbed_at = h->configured_at = now;
    h->check_at = 0;
    if (!w->watching)
        return;
    h->n_heard = 0;
    if (h->room)
        memset(h->heard, 0, h->room * sizeof *h->heard);
    memset(h->changed_at, 0, w->n_prefixes * sizeof *h->changed_at);
    memset(h->hops_at, 0, w->n_prefixes * sizeof *h->hops_at);
    memset(h->lost_at, 0, w->n_prefixes * sizeof *h->lost_at);
    memset(h->lowest, 0, w->n_prefixes * sizeof *h->lowest);
    memset(h->stands, 0, w->n_prefixes * sizeof *h->stands);
    for (uint32_t i = 1; i < r->n_ports; i++) {
        struct watch_port *p = &w->ports[r->first_port + i].watch;
        memset(p->voice, 0, w->n_prefixes * sizeof *p->voice);
        p->speaking_since = -1;
        p->n_senders = 0;
        p->tokens = 0;
        p->tokens_at = now - 60 * SECOND;
    }
}

void watch_disturbed(struct world *w, struct router *r)
{
    r->watch.disturbed_at = router_clock(w, r).us;
    for (uint32_t i = 1; i < r->n_ports; i++)
        w->ports[r->first_port + i].watch.tokens_at -= 60 * SECOND;
}

/* --- heard ------------------------------------------------------------------------------- */

static uint64_t heard_key(const struct router *r, const struct port *p, uint32_t sender, uint32_t pid)
{
    return (uint64_t)(p->id - r->first_port) << 48 | (uint64_t)sender << 24 | pid;
}

static struct heard *heard_find(const struct watch *h, uint64_t key)
{
    if (!h->room)
        return NULL;
    uint64_t b = mix(key);
    while (h->heard[b & (h->room - 1)].key && h->heard[b & (h->room - 1)].key != key)
        b++;
    return &h->heard[b & (h->room - 1)];
}

static struct heard *heard_put(struct watch *h, uint64_t key)
{
    if (h->n_heard * 2 >= h->room) {
        struct watch old = *h;
        h->room = h->room ? h->room * 2 : 128;
        h->heard = sim_calloc(h->room, sizeof *h->heard);
        for (size_t i = 0; i < old.room; i++)
            if (old.heard[i].key)
                *heard_find(h, old.heard[i].key) = old.heard[i];
        free(old.heard);
    }
    struct heard *e = heard_find(h, key);
    if (!e->key) {
        e->key = key;
        h->n_heard++;
    }
    return e;
}

static void note_sender(struct port *p, uint32_t sender)
{
    for (unsigned n = 0; n < p->watch.n_senders; n++)
        if (p->watch.senders[n] == sender)
            return;
    unsigned n = p->watch.n_senders++;
    if (!(n & (n - 1)))
        p->watch.senders = sim_realloc(p->watch.senders, (n ? n * 2 : 1) * sizeof *p->watch.senders);
    p->watch.senders[n] = sender;
}

/* RFC 2080 2.4.2, read once more: may the routes of this packet be believed? */
static bool credible(const struct port *p, const struct sim_packet *k)
{
    if (k->size < 4 || (k->size - 4) % RIPNG_RTE_SIZE || k->data[0] != 2 || k->data[1] != 1)
        return false;
    if (k->source_port != 521 || !ripng_addr_is_linklocal(&k->source) || k->sender == p->router)
        return false;
    if (IN6_IS_ADDR_MULTICAST(&k->dest) && k->hop_limit != 255)
        return false;
    for (unsigned n = 0; n < p->n_addrs; n++)
        if (ripng_addr_equal(&p->addrs[n].addr, &k->source))
            return false;
    return true;
}

/* The address id of the next hop that a next-hop RTE sets. */
static uint32_t next_hop(struct world *w, const struct port *p, uint32_t sender, const uint8_t *rte)
{
    struct in6_addr a;
    memcpy(&a, rte, sizeof a);
    if (!ripng_addr_is_linklocal(&a))
        return sender;
    for (unsigned n = 0; n < p->n_addrs; n++)
        if (ripng_addr_equal(&p->addrs[n].addr, &a))
            return 0;
    return addr_id(&w->addresses, &a);
}

void watch_heard(struct world *w, struct port *p, const struct sim_packet *k)
{
    struct router *r = port_router(w, p);
    if (!w->watching || !credible(p, k))
        return;
    uint32_t sender = addr_id(&w->addresses, &k->source), gateway = sender;
    int64_t now = router_clock(w, r).us;
    note_sender(p, sender);
    for (const uint8_t *b = k->data + 4; b < k->data + k->size; b += RIPNG_RTE_SIZE) {
        unsigned len = b[18], metric = b[19];
        if (metric == 255) {
            gateway = next_hop(w, p, sender, b);
            continue;
        }
        struct in6_addr a;
        memcpy(&a, b, sizeof a);
        struct ripng_prefix prefix = ripng_prefix_make(&a, len);
        uint32_t pid = len > 128 || metric < 1 || metric > 16 ? NONE : world_pid(w, &prefix);
        if (pid == NONE)
            continue;
        w->stats.rtes++;
        struct heard *e = heard_put(&r->watch, heard_key(r, p, sender, pid));
        e->at = now;
        e->gateway = gateway;
        e->tag = (uint16_t)(b[16] << 8 | b[17]);
        e->metric = (uint8_t)metric;
    }
}

bool watch_leads_out(const struct ripng_route_info *i, const struct port *p)
{
    for (unsigned n = 0; n < i->n_nexthops && i->n_nexthops > 1; n++)
        if (i->nexthops[n].ifindex == p->ifindex)
            return true;
    return false;
}

/* What was heard there, behind the filter. Its tag may be an earlier filter's until it is heard again. */
static bool says(const struct world *w, const struct router *r, const struct port *p, const struct heard *e,
                 const struct ripng_route_info *i, bool with_tag)
{
    struct told t = {world_pid(w, &i->prefix), RIPNG_SOURCE_RIPNG, e->metric + p->set.metric, e->tag};
    if (t.metric >= 16 || !policy_passes(w, &p->set.import, &t) || t.metric != i->metric)
        return false;
    if (!w->prefixes[t.pid].len && !r->policy.default_route.accept)
        return false;
    return !with_tag || t.tag == i->tag || e->at <= r->watch.configured_at;
}

/* By one next hop; another than the first may have another tag. */
static bool backs_one(struct world *w, const struct router *r, const struct ripng_route_info *i, bool first)
{
    const struct port *p = world_port(w, r, i->ifindex);
    uint32_t pid = world_pid(w, &i->prefix);
    if (!w->watching)
        return true;
    if (!p) /* the interface is gone, and the engine may not have heard of it */
        return !kernel_quiet(r) || ripng_kernel_wants_dump(r->engine);
    if (pid == NONE)
        return false;
    uint32_t gateway = addr_id(&w->addresses, &i->nexthop);
    int64_t now = router_clock(w, r).us;
    for (unsigned n = 0; n < p->watch.n_senders; n++) {
        const struct heard *e = heard_find(&r->watch, heard_key(r, p, p->watch.senders[n], pid));
        if (e && e->key && e->gateway == gateway && says(w, r, p, e, i, first) &&
            now - e->at <= r->timers.timeout_us)
            return true;
    }
    for (unsigned n = 0; n < p->watch.n_senders; n++) {
        const struct heard *e = heard_find(&r->watch, heard_key(r, p, p->watch.senders[n], pid));
        if (e && e->key)
            TRACE(w, r, "%s was heard with metric %u tag %u from sender %u via %u, not %u %u, %lld us ago",
                  pid_text(w, pid), e->metric, e->tag, p->watch.senders[n], e->gateway, i->tag, gateway,
                  (long long)(now - e->at));
    }
    return false;
}

bool watch_backs(struct world *w, const struct router *r, const struct ripng_route_info *i)
{
    struct ripng_route_info other = *i;
    for (unsigned n = 1; n < i->n_nexthops; n++) {
        other.ifindex = i->nexthops[n].ifindex;
        other.nexthop = i->nexthops[n].gateway;
        if (!backs_one(w, r, &other, false))
            return false;
    }
    return backs_one(w, r, i, true);
}

/* --- events ----------------------------------------------------------------------------------- */

static void freed(struct world *w, struct router *r, uint32_t pid)
{
    struct watch *h = &r->watch;
    int64_t stood = router_clock(w, r).us - h->lost_at[pid];
    if (h->lost_at[pid] > h->disturbed_at && stood < r->timers.garbage_us)
        world_fail(w, r, "%s leaves garbage after %lld us", pid_text(w, pid), (long long)stood);
    if (!h->lost_at[pid] && !check_engine_events_lost(r->engine))
        world_fail(w, r, "%s is freed without having been lost", pid_text(w, pid));
    h->lost_at[pid] = h->changed_at[pid] = 0;
    h->lowest[pid] = h->stands[pid] = 0;
}

/*
 * A path that was heard before may step in only where its neighbour's metric is below each that
 * the route had here, but for those that gave way to a worse one a timeout ago: it can't lead back
 * then. Another one must be heard anew.
 */
static void stepped_in(struct world *w, struct router *r, const struct port *p, uint32_t pid,
                       const struct ripng_event *e)
{
    struct watch *h = &r->watch;
    struct ripng_route_info i;
    int64_t now = router_clock(w, r).us;
    bool unnamed = ripng_addr_is_unspecified(&e->neighbor);
    bool is = ripng_match_route(r->engine, router_clock(w, r), &e->prefix, &i) &&
              ripng_prefix_equal(&i.prefix, &e->prefix) && i.source == RIPNG_SOURCE_RIPNG &&
              i.metric == e->metric && ripng_addr_equal(&i.nexthop, &e->nexthop);
    if (h->stands[pid] && now - h->stands_since[pid] >= r->timers.timeout_us)
        h->lowest[pid] = h->stands[pid];
    if (is && p && h->lowest[pid] && !check_engine_events_lost(r->engine) && now > h->disturbed_at) {
        uint32_t sender = addr_id(&w->addresses, unnamed ? &e->nexthop : &e->neighbor);
        const struct heard *x = heard_find(h, heard_key(r, p, sender, pid));
        if (x && x->key && x->at < now && x->metric >= h->lowest[pid])
            world_fail(w, r, "a path to %s of metric %u, heard %lld us ago, steps in, where %u was announced",
                       pid_text(w, pid), x->metric, (long long)(now - x->at), h->lowest[pid]);
    }
    if (!h->lowest[pid] || e->metric < h->lowest[pid])
        h->lowest[pid] = e->metric;
    if (e->metric != h->stands[pid])
        h->stands_since[pid] = now;
    h->stands[pid] = e->metric;
}

void watch_event(struct world *w, struct router *r, const struct ripng_event *e)
{
    struct watch *h = &r->watch;
    int64_t now = router_clock(w, r).us;
    struct port *p = e->ifindex ? world_port(w, r, e->ifindex) : NULL;
    uint32_t pid = world_pid(w, &e->prefix);
    switch (e->kind) {
    case RIPNG_EV_IFACE_UP:
    case RIPNG_EV_IFACE_DOWN:
        w->changes++;
        if (p)
            p->watch.speaking_since = -1;
        return;
    case RIPNG_EV_NEIGH_SILENT:
        if (kernel_knows_better(w, r, e->ifindex, &e->neighbor))
            world_fail(w, r, "a neighbour on %s that lives is declared dead", p ? p->name : "?");
        return;
    case RIPNG_EV_ROUTE_NEW:
    case RIPNG_EV_ROUTE_CHANGED:
    case RIPNG_EV_ROUTE_HOPS:
    case RIPNG_EV_ROUTE_LOST:
    case RIPNG_EV_ROUTE_FREED:
        break;
    default:
        return;
    }
    w->changes++;
    if (pid == NONE) {
        char text[RIPNG_PREFIX_TEXT];
        world_fail(w, r, "a route to %s, which nobody announced", ripng_prefix_text(&e->prefix, text));
        return;
    }
    if (!w->watching)
        return;
    if (e->kind == RIPNG_EV_ROUTE_FREED) {
        freed(w, r, pid);
        return;
    }
    if (e->kind == RIPNG_EV_ROUTE_HOPS) {
        h->hops_at[pid] = now;
        return;
    }
    if (e->kind != RIPNG_EV_ROUTE_LOST)
        stepped_in(w, r, p, pid, e);
    h->changed_at[pid] = now;
    h->lost_at[pid] = e->kind == RIPNG_EV_ROUTE_LOST ? now : 0;
}

/* --- said --------------------------------------------------------------------------------------- */

void watch_said(struct world *w, struct router *r, struct port *p, uint32_t pid, uint8_t metric)
{
    if (w->trace > 1)
        world_trace(w, r, "says %s metric %u on %s", pid_text(w, pid), metric, p->name);
    if (w->watching)
        p->watch.voice[pid] = (struct voice){.at = router_clock(w, r).us, .metric = metric};
}

/* Time for packing and pacing beyond the timers: two milliseconds a packet, and what a lazy router adds. */
static int64_t slack(const struct world *w)
{
    return SLACK + w->n_prefixes * 100;
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

void watch_check_voice(struct world *w, struct router *r, struct port *p, const struct ripng_route_info *i,
                       uint32_t pid)
{
    const struct watch *h = &r->watch;
    const struct voice *v = &p->watch.voice[pid];
    int64_t now = router_clock(w, r).us;
    int64_t since = later(later(p->watch.speaking_since, h->disturbed_at), h->hops_at[pid]);
    int64_t regular = r->timers.update_us * 3 / 2 + slack(w), prompt = r->timers.triggered_max_us + slack(w);
    bool back = i->source == RIPNG_SOURCE_RIPNG && (i->ifindex == p->ifindex || watch_leads_out(i, p));
    struct expected x;
    expect(w, r, p, i, &x);
    int64_t from = later(since, x.hidden_since);
    if (back && p->set.split_horizon == RIPNG_SPLIT_SIMPLE)
        return;
    if (x.hidden && v->metric < 16 && v->at > p->watch.speaking_since && now - from > prompt)
        world_fail(w, r, "%s is held back on %s, and was not taken back", pid_text(w, pid), p->name);
    if (x.hidden)
        return;
    int64_t changed = h->changed_at[pid];
    if (now - from > regular && now - v->at > regular)
        world_fail(w, r, "%s not announced on %s for %lld s", pid_text(w, pid), p->name,
                   (long long)((now - later(v->at, from)) / SECOND));
    /* 2.5.1: what a network was told as unreachable from here may change elsewhere without a word. */
    if (back && p->set.split_horizon == RIPNG_SPLIT_POISON && (v->at < since || v->metric == 16))
        return;
    bool all_seen = !check_engine_events_lost(r->engine);
    unsigned believed = v->metric ? v->metric : 16; /* never told is as good as unreachable */
    if (!back && all_seen && believed != x.metric && now - from > prompt)
        world_fail(w, r, "%s was last announced on %s with metric %u, not %u", pid_text(w, pid), p->name,
                   v->metric, x.metric);
    /* Lost while it was held back: nobody here has it. */
    bool known_dead = x.metric == 16 && believed == 16 && changed <= x.policy_since;
    if (changed && now - from > prompt && v->at < changed && !known_dead)
        world_fail(w, r, "%s changed %lld s ago, and not announced on %s since", pid_text(w, pid),
                   (long long)((now - changed) / SECOND), p->name);
}

void watch_check_silence(struct world *w, struct router *r, struct port *p, const bool *in_table)
{
    int64_t since = later(p->watch.speaking_since, r->watch.disturbed_at);
    for (uint32_t pid = 0; pid < w->n_prefixes; pid++) {
        const struct voice *v = &p->watch.voice[pid];
        if (v->at > since && v->metric < 16 && !in_table[pid] && !port_on_link(p, pid))
            world_fail(w, r, "%s is gone, and was not announced with 16 on %s", pid_text(w, pid), p->name);
    }
}

/*
 * A regular update each half period at the most often, a triggered one each
 * triggered-min; a dozen in reserve for what asks for a full one out of turn.
 */
void watch_rate(struct world *w, struct router *r, struct port *p, unsigned packets)
{
    struct watch_port *h = &p->watch;
    int64_t now = router_clock(w, r).us, most = 12000LL * packets;
    int64_t passed = now - h->tokens_at > 60 * SECOND ? 60 * SECOND : now - h->tokens_at;
    int64_t gain = passed * 1000 / r->timers.triggered_min_us + passed * 2000 / r->timers.update_us;
    if (!w->watching)
        return;
    if (gain) {
        h->tokens = h->tokens + gain * packets > most ? most : h->tokens + gain * packets;
        h->tokens_at = now;
    }
    h->tokens -= 1000;
    if (h->tokens < 0)
        world_fail(w, r, "more updates on %s than the timers allow", p->name);
}
