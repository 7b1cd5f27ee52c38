/*
 * Packets in: what is accepted, requests, responses. RFC 2080 2.4.
 *
 * Called by engine.c for each packet. A packet, or an RTE of it, that is no use
 * becomes a counter and an event with the reason; the rest of it still counts.
 * What an accepted RTE changes is for select.c; answers are owed to advert.c.
 */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

/* --- dropping ------------------------------------------------------------------------ */

static void note_error(const struct ripng *r, struct peer *p, enum ripng_reason why)
{
    p->last_why = why;
    p->last_error = r->now;
}

static void drop_packet(struct ripng *r, struct iface *i, const struct ripng_packet *p, enum ripng_reason why)
{
    r->drops[why]++;
    if (why != RIPNG_WHY_OWN && why != RIPNG_WHY_INACTIVE) {
        r->rx_errors++;
        if (i)
            i->rx_errors++;
        uint16_t peer = neigh_find(r, p->ifindex, &p->source);
        if (peer) {
            peer_at(r, peer)->bad_packets++;
            note_error(r, peer_at(r, peer), why);
        }
    }
    if (i)
        i->drops[why]++;
    enum ripng_event_kind kind = why == RIPNG_WHY_NEIGHBOR_LIMIT ? RIPNG_EV_LIMIT
                                 : why == RIPNG_WHY_MEMORY       ? RIPNG_EV_NO_MEMORY
                                                                 : RIPNG_EV_PACKET_DROPPED;
    struct ripng_event *e = engine_event_why(r, kind, p->ifindex, why);
    if (!e)
        return;
    e->neighbor = p->source;
    switch (why) {
    case RIPNG_WHY_PORT:
        e->value = p->source_port;
        break;
    case RIPNG_WHY_HOP_LIMIT:
        e->value = p->hop_limit;
        break;
    case RIPNG_WHY_SHORT:
    case RIPNG_WHY_LENGTH:
        e->value = p->size;
        break;
    case RIPNG_WHY_VERSION:
        e->value = ((const uint8_t *)p->data)[1];
        break;
    case RIPNG_WHY_COMMAND:
        e->value = ((const uint8_t *)p->data)[0];
        break;
    default:
        break;
    }
}

/* `rule`: of the import filter that denies it. */
static void drop_rte(struct ripng *r, uint16_t peer, const struct ripng_rte *rte, enum ripng_reason why,
                     unsigned rule)
{
    struct peer *from = peer_at(r, peer);
    struct iface *i = iface_find(r, from->ifindex);
    r->drops[why]++;
    if (i)
        i->drops[why]++;
    reject_note(r, peer, rte, why, rule);
    if (why == RIPNG_WHY_PREFIX_LENGTH || why == RIPNG_WHY_METRIC || why == RIPNG_WHY_MARTIAN) {
        from->bad_routes++;
        note_error(r, from, why);
    }
    enum ripng_event_kind kind = why == RIPNG_WHY_ROUTE_LIMIT ? RIPNG_EV_LIMIT
                                 : why == RIPNG_WHY_MEMORY    ? RIPNG_EV_NO_MEMORY
                                                              : RIPNG_EV_RTE_DROPPED;
    struct ripng_event *e = engine_event_why(r, kind, from->ifindex, why);
    if (!e)
        return;
    e->neighbor = from->addr;
    e->prefix = ripng_prefix_make(&rte->addr, rte->len);
    e->metric = rte->metric;
    e->tag = rte->tag;
    if (why == RIPNG_WHY_PREFIX_LENGTH)
        e->value = rte->len;
    else if (why == RIPNG_WHY_METRIC)
        e->value = rte->metric;
    else
        e->value = rule;
}

/* --- responses, 2.4.2 ------------------------------------------------------------------ */

/* RIPNG_WHY_NONE: the RTE may be a route. */
static enum ripng_reason check_rte(const struct ripng_rte *rte, const struct ripng_prefix *prefix)
{
    if (rte->len > 128)
        return RIPNG_WHY_PREFIX_LENGTH;
    if (rte->metric < 1 || rte->metric > INFINITY_METRIC)
        return RIPNG_WHY_METRIC;
    if (ripng_prefix_martian(prefix))
        return RIPNG_WHY_MARTIAN;
    return RIPNG_WHY_NONE;
}

/*
 * What the settings of the interface make of `h`, which has what the neighbour said.
 * RIPNG_WHY_NONE: good; FILTERED: by this rule; WITHDRAWN: too far to be a route.
 */
static enum ripng_reason judge(const struct ripng *r, const struct iface *i,
                               const struct ripng_prefix *prefix, struct heard_rte *h, unsigned *rule)
{
    unsigned metric = h->said + i->config->metric;
    struct ripng_subject s = {.prefix = *prefix, .source = RIPNG_SOURCE_RIPNG, .tag = h->tag};
    *rule = 0;
    if (metric >= INFINITY_METRIC)
        return RIPNG_WHY_WITHDRAWN;
    s.metric = (uint8_t)metric;
    if (!ripng_filter_apply(ripng_config_filter(&r->config, i->config->import), &s, rule))
        return RIPNG_WHY_FILTERED;
    if (s.metric >= INFINITY_METRIC)
        return RIPNG_WHY_WITHDRAWN;
    h->metric = s.metric;
    h->retagged = h->tag != s.tag;
    h->tag = s.tag;
    return RIPNG_WHY_NONE;
}

/* A path for an RTE that is new from this neighbour. 0 with the reason, or with NONE: not worth keeping. */
static uint32_t new_path(struct ripng *r, const struct ripng_prefix *prefix, uint32_t route, uint16_t peer,
                         uint8_t metric, enum ripng_reason *why)
{
    const struct ripng_limits_config *l = &r->config.limits;
    bool counts = !route || !(route_at(r, route)->flags & ROUTE_LEARNED);
    *why = RIPNG_WHY_ROUTE_LIMIT;
    if ((counts && l->routes && r->n_learned >= l->routes) ||
        (l->routes_per_neighbor && peer_at(r, peer)->routes >= l->routes_per_neighbor))
        return 0;
    *why = RIPNG_WHY_MEMORY;
    if (!route && !(route = table_add(r, prefix)))
        return 0;
    if (select_crowded(r, route, metric)) {
        *why = RIPNG_WHY_NONE;
        return 0;
    }
    uint32_t path = table_add_path(r, route, peer);
    if (!path)
        table_release(r, route);
    return path;
}

/* `gateway`: the next hop in force; 0: it is no way to anywhere. */
static void take_rte(struct ripng *r, const struct iface *i, uint16_t peer, uint16_t gateway,
                     const struct ripng_rte *rte)
{
    struct ripng_prefix prefix = ripng_prefix_make(&rte->addr, rte->len);
    struct heard_rte h = {.said = rte->metric, .tag = rte->tag};
    unsigned rule;
    enum ripng_reason why = check_rte(rte, &prefix);
    if (why != RIPNG_WHY_NONE) {
        drop_rte(r, peer, rte, why, 0);
        return;
    }
    uint32_t route = table_find(r, &prefix);
    uint32_t path = route ? table_path_from(r, route, peer) : 0;
    why = judge(r, i, &prefix, &h, &rule);
    if (why == RIPNG_WHY_FILTERED)
        drop_rte(r, peer, rte, why, rule);
    if (why != RIPNG_WHY_NONE || !gateway) {
        if (path)
            select_lost(r, path, why == RIPNG_WHY_FILTERED ? why : RIPNG_WHY_WITHDRAWN);
        else if (route && why != RIPNG_WHY_FILTERED)
            adopt_disown(r, route, peer);
        return;
    }
    if (route && (route_at(r, route)->flags & ROUTE_OWNED)) {
        bool here = origin_on_link(r, route_at(r, route), i->link.ifindex);
        drop_rte(r, peer, rte, here ? RIPNG_WHY_ON_LINK : RIPNG_WHY_OWNED, 0);
        return;
    }
    if (prefix.len == 0 && !r->config.default_route.accept) {
        drop_rte(r, peer, rte, RIPNG_WHY_DEFAULT, 0);
        return;
    }
    if (!path && !(path = new_path(r, &prefix, route, peer, h.metric, &why))) {
        if (why != RIPNG_WHY_NONE)
            drop_rte(r, peer, rte, why, 0);
        return;
    }
    select_heard(r, path, &h, gateway);
}

/*
 * What is denied now is lost at once; what is permitted only now has to be asked for.
 * A tag that the filter before has set hides the neighbour's own, which is heard with
 * the answer: until then rules about tags decide nothing.
 */
void input_judge_again(struct ripng *r, const struct iface *i)
{
    bool reads = ripng_filter_reads_tags(ripng_config_filter(&r->config, i->config->import));
    for (uint32_t n = pool_next(&r->paths, 0); n; n = pool_next(&r->paths, n)) {
        const struct path *p = path_at(r, n);
        if (!p->peer || p->metric == INFINITY_METRIC || peer_at(r, p->peer)->ifindex != i->link.ifindex ||
            (p->retagged && reads))
            continue;
        struct heard_rte h = {.said = p->heard, .tag = p->tag};
        struct ripng_prefix prefix = route_prefix(route_at(r, p->route));
        unsigned rule;
        enum ripng_reason why = judge(r, i, &prefix, &h, &rule);
        if (why != RIPNG_WHY_NONE) {
            select_lost(r, n, why == RIPNG_WHY_FILTERED ? why : RIPNG_WHY_CONFIG);
            continue;
        }
        h.retagged |= p->retagged;
        select_revised(r, n, &h);
    }
}

/* The peer that a next-hop RTE names (2.1.1); one that is not link-local means the sender. 0: ourselves, or
 * dead. */
static uint16_t next_hop(struct ripng *r, const struct iface *i, uint16_t sender, const struct in6_addr *addr)
{
    if (!ripng_addr_is_linklocal(addr))
        return sender;
    if (iface_own_address(i, addr))
        return 0;
    uint16_t gateway = neigh_add(r, i->link.ifindex, addr);
    if (gateway && peer_at(r, gateway)->gone) {
        neigh_named_dead(r, gateway);
        return 0;
    }
    return gateway ? gateway : sender;
}

/* The next hop in force is held on to, lest an RTE that frees its last route free it, too. */
static void enforce(struct ripng *r, uint16_t *gateway, uint16_t next)
{
    if (next)
        peer_at(r, next)->refs++;
    if (*gateway) {
        peer_at(r, *gateway)->refs--;
        neigh_release(r, *gateway);
    }
    *gateway = next;
}

static void take_response(struct ripng *r, struct iface *i, uint16_t peer, struct ripng_reader *rd)
{
    uint16_t gateway = 0;
    struct ripng_rte rte;
    enforce(r, &gateway, peer);
    while (ripng_read_rte(rd, &rte))
        if (rte.metric == RIPNG_METRIC_NEXT_HOP)
            enforce(r, &gateway, next_hop(r, i, peer, &rte.addr));
        else
            take_rte(r, i, peer, gateway, &rte);
    enforce(r, &gateway, 0);
}

static enum ripng_reason check_response(const struct iface *i, const struct ripng_packet *p)
{
    if (p->source_port != RIPNG_PORT)
        return RIPNG_WHY_PORT;
    if (!ripng_addr_is_linklocal(&p->source))
        return RIPNG_WHY_SOURCE;
    if (!iface_accepts(i, &p->source))
        return RIPNG_WHY_NOT_ACCEPTED;
    return RIPNG_WHY_NONE;
}

static void response(struct ripng *r, struct iface *i, const struct ripng_packet *p, struct ripng_reader *rd)
{
    enum ripng_reason why = check_response(i, p);
    uint16_t peer = why == RIPNG_WHY_NONE ? neigh_heard(r, p->ifindex, &p->source, &why) : 0;
    if (!peer) {
        drop_packet(r, i, p, why);
        return;
    }
    take_response(r, i, peer, rd);
}

/* --- requests, 2.4.1 --------------------------------------------------------------------- */

static bool is_whole_table(struct ripng_reader rd)
{
    struct ripng_rte rte;
    return ripng_read_left(&rd) == 1 && ripng_read_rte(&rd, &rte) && ripng_addr_is_unspecified(&rte.addr) &&
           rte.len == 0 && rte.metric == INFINITY_METRIC;
}

static void request(struct ripng *r, struct iface *i, const struct ripng_packet *p, struct ripng_reader *rd)
{
    if (!ripng_read_left(rd))
        return; /* "If there are no entries, no response is given." */
    if (i->config->passive && p->source_port == RIPNG_PORT)
        return; /* a silent router, RFC 1058 3.4.1; the operator's own tools are answered */
    struct job job = {.ifindex = p->ifindex, .asked = p->dest, .dest = p->source, .port = p->source_port};
    struct in6_addr source;
    if (!iface_answer_source(r, i, &job, &source)) {
        drop_packet(r, i, p, RIPNG_WHY_NO_ADDRESS);
        return;
    }
    if (!is_whole_table(*rd)) {
        job.request_size = (size_t)(rd->end - rd->next);
        job.request = malloc(job.request_size);
        if (!job.request) {
            drop_packet(r, i, p, RIPNG_WHY_MEMORY);
            return;
        }
        memcpy(job.request, rd->next, job.request_size);
    }
    if (!advert_owe(r, &job))
        drop_packet(r, i, p, RIPNG_WHY_MEMORY);
}

/* --- the door ------------------------------------------------------------------------------ */

/*
 * Our own packet, heard on another interface of the same link? A neighbour that we
 * know is believed whatever its packet looks like: with the same address and the
 * same news, poison above all, the bytes are the same, too.
 */
static bool own_from_elsewhere(const struct ripng *r, const struct iface *i, const struct ripng_packet *p)
{
    uint16_t peer = neigh_find(r, p->ifindex, &p->source);
    return !(peer && peer_at(r, peer)->heard) && iface_sent_elsewhere(r, i, p);
}

static enum ripng_reason check_packet(const struct ripng *r, const struct iface *i,
                                      const struct ripng_packet *p)
{
    if (!iface_runs(i))
        return RIPNG_WHY_INACTIVE;
    if (iface_own_address(i, &p->source) || own_from_elsewhere(r, i, p))
        return RIPNG_WHY_OWN;
    /* 2.4.2: packets to the group from the RIPng port come from this very link. */
    if (IN6_IS_ADDR_MULTICAST(&p->dest) && p->source_port == RIPNG_PORT && p->hop_limit != RIPNG_HOP_LIMIT)
        return RIPNG_WHY_HOP_LIMIT;
    if (!p->source_port || ripng_addr_is_unspecified(&p->source) || IN6_IS_ADDR_MULTICAST(&p->source))
        return RIPNG_WHY_SOURCE;
    return RIPNG_WHY_NONE;
}

void input_packet(struct ripng *r, const struct ripng_packet *p)
{
    struct iface *i = iface_find(r, p->ifindex);
    struct ripng_reader rd;
    enum ripng_reason why = check_packet(r, i, p);
    if (why == RIPNG_WHY_NONE)
        why = ripng_read_packet(&rd, p->data, p->size);
    if (why != RIPNG_WHY_NONE) {
        drop_packet(r, i, p, why);
        return;
    }
    r->rx_packets++;
    i->rx_packets++;
    if (rd.command == RIPNG_RESPONSE)
        response(r, i, p, &rd);
    else
        request(r, i, p, &rd);
}
