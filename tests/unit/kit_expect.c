/*
 * The kit's expectations: what was sent, installed, known and reported. Each
 * fails with a sentence and with what there was instead.
 */
#include "kit.h"

#define SHOWN 60 /* lines of each log */

static const char *command_name(int command)
{
    return command == KIT_REQUEST ? "request" : "response";
}

static void show_packet(const struct kit_packet *p)
{
    char to[RIPNG_ADDR_TEXT], text[RIPNG_PREFIX_TEXT], hop[RIPNG_ADDR_TEXT];

    print_error("  %10.3f s  packet on %u to %s port %u: %s, %zu RTEs\n", (double)p->at_us / 1e6,
                p->send.ifindex, ripng_addr_text(&p->send.dest, to), p->send.dest_port,
                command_name(p->command), p->n);
    for (size_t i = 0; i < p->n && i < 12; i++) {
        struct ripng_prefix prefix = {.addr = p->rtes[i].addr, .len = p->rtes[i].len};
        print_error("                  %s metric %u tag %u next hop %s\n", ripng_prefix_text(&prefix, text),
                    p->rtes[i].metric, p->rtes[i].tag, ripng_addr_text(&p->rtes[i].next_hop, hop));
    }
}

static void show_routes(const struct kit *k)
{
    struct ripng_route_info i;
    uint32_t cursor = 0;
    char prefix[RIPNG_PREFIX_TEXT], via[RIPNG_ADDR_TEXT];

    for (int n = 0; k->r && n < SHOWN && ripng_read_route(k->r, k->now, &cursor, &i); n++)
        print_error("  table: %s metric %u tag %u via %s on %u, %s, %s%s\n",
                    ripng_prefix_text(&i.prefix, prefix), i.metric, i.tag, ripng_addr_text(&i.nexthop, via),
                    i.ifindex, ripng_source_name(i.source),
                    i.state == RIPNG_ROUTE_VALID ? "valid" : "garbage", i.installed ? ", installed" : "");
    for (uint32_t n = 0; n < k->n_routes && n < SHOWN; n++)
        if (k->routes[n].used)
            print_error("  kernel: %s proto %u metric %u via %s on %u\n",
                        ripng_prefix_text(&k->routes[n].r.prefix, prefix), k->routes[n].r.protocol,
                        k->routes[n].r.metric, ripng_addr_text(&k->routes[n].r.gateway, via),
                        k->routes[n].r.ifindex);
}

static void show_logs(const struct kit *k)
{
    static const char *const kinds[] = {"set", "delete", "join", "leave"};
    char prefix[RIPNG_PREFIX_TEXT], via[RIPNG_ADDR_TEXT], text[512];

    print_error("  now %.3f s; since the last kit_forget():\n", (double)k->now.us / 1e6);
    for (size_t i = k->n_packets > SHOWN ? k->n_packets - SHOWN : 0; i < k->n_packets; i++)
        show_packet(&k->packets[i]);
    for (size_t i = k->n_changes > SHOWN ? k->n_changes - SHOWN : 0; i < k->n_changes; i++) {
        const struct ripng_change *c = &k->changes[i].c;
        print_error("  %10.3f s  change %u: %s %s via %s on %u\n", (double)k->changes[i].at_us / 1e6, c->id,
                    kinds[c->kind], ripng_prefix_text(&c->prefix, prefix), ripng_addr_text(&c->gateway, via),
                    c->ifindex);
    }
    for (size_t i = k->n_events > SHOWN ? k->n_events - SHOWN : 0; i < k->n_events; i++)
        print_error("  event: %s\n", ripng_event_text(&k->events[i], text, sizeof(text)));
}

_Noreturn void kit_fail(const struct kit *k, KIT_AT, const char *format, ...)
{
    char text[512];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    print_error("%s\n", text);
    show_logs(k);
    show_routes(k);
    _fail(file, line);
    abort(); /* _fail() never returns */
}

/* --- looking into the logs -------------------------------------------- */

static bool is(const struct kit_got *g, const struct ripng_prefix *p)
{
    return g->len == p->len && ripng_addr_equal(&g->addr, &p->addr);
}

static const struct kit_got *find_sent(const struct kit *k, uint32_t ifindex, const char *prefix,
                                       const struct kit_packet **in, size_t *count)
{
    struct ripng_prefix p = kit_prefix(prefix);
    const struct kit_got *last = NULL;

    for (size_t i = 0; i < k->n_packets; i++) {
        const struct kit_packet *pk = &k->packets[i];
        if (pk->send.ifindex != ifindex || pk->command != KIT_RESPONSE)
            continue;
        for (size_t j = 0; j < pk->n; j++)
            if (is(&pk->rtes[j], &p)) {
                last = &pk->rtes[j];
                *in = pk;
                ++*count;
            }
    }
    return last;
}

const struct kit_got *kit_sent(const struct kit *k, uint32_t ifindex, const char *prefix)
{
    const struct kit_packet *in;
    size_t count = 0;
    return find_sent(k, ifindex, prefix, &in, &count);
}

const struct kit_packet *kit_sent_in(const struct kit *k, uint32_t ifindex, const char *prefix)
{
    const struct kit_packet *in = NULL;
    size_t count = 0;
    find_sent(k, ifindex, prefix, &in, &count);
    return in;
}

size_t kit_count_sent(const struct kit *k, uint32_t ifindex, const char *prefix)
{
    const struct kit_packet *in;
    size_t count = 0;
    find_sent(k, ifindex, prefix, &in, &count);
    return count;
}

size_t kit_count_packets(const struct kit *k, uint32_t ifindex, int command)
{
    size_t n = 0;
    for (size_t i = 0; i < k->n_packets; i++)
        n += k->packets[i].send.ifindex == ifindex && k->packets[i].command == command;
    return n;
}

size_t kit_count_changes(const struct kit *k, enum ripng_change_kind kind, const char *prefix)
{
    struct ripng_prefix p = kit_prefix(prefix ? prefix : "::/0");
    size_t n = 0;
    for (size_t i = 0; i < k->n_changes; i++)
        n += k->changes[i].c.kind == kind && (!prefix || ripng_prefix_equal(&k->changes[i].c.prefix, &p));
    return n;
}

size_t kit_count_events(const struct kit *k, enum ripng_event_kind kind)
{
    size_t n = 0;
    for (size_t i = 0; i < k->n_events; i++)
        n += k->events[i].kind == kind;
    return n;
}

uint64_t kit_drops(const struct kit *k, enum ripng_reason reason)
{
    return kit_status(k).drops[reason];
}

bool kit_read(const struct kit *k, const char *prefix, struct ripng_route_info *out)
{
    struct ripng_prefix p = kit_prefix(prefix);
    uint32_t cursor = 0;

    while (ripng_read_route(k->r, k->now, &cursor, out))
        if (ripng_prefix_equal(&out->prefix, &p))
            return true;
    memset(out, 0, sizeof(*out));
    return false;
}

struct ripng_status kit_status(const struct kit *k)
{
    struct ripng_status s;
    ripng_read_status(k->r, k->now, &s);
    return s;
}

bool kit_neigh(const struct kit *k, uint32_t ifindex, const char *addr, struct ripng_neigh_info *out)
{
    struct in6_addr a = kit_addr(addr);
    uint32_t cursor = 0;

    while (ripng_read_neigh(k->r, k->now, &cursor, out))
        if (out->ifindex == ifindex && ripng_addr_equal(&out->address, &a))
            return true;
    memset(out, 0, sizeof(*out));
    return false;
}

bool kit_iface(const struct kit *k, uint32_t ifindex, struct ripng_iface_info *out)
{
    uint32_t cursor = 0;

    while (ripng_read_iface(k->r, &cursor, out))
        if (out->ifindex == ifindex)
            return true;
    memset(out, 0, sizeof(*out));
    return false;
}

/* --- expectations ----------------------------------------------------- */

/* News of the router's own waits a moment for more of it (advert_settle() in lib/advert.c). */
static void wait_a_moment(struct kit *k)
{
    kit_advance(k, 0.05);
}

const struct kit_got *kit_expect_sent(struct kit *k, uint32_t ifindex, const char *prefix, unsigned metric,
                                      KIT_AT)
{
    const struct kit_got *g = kit_sent(k, ifindex, prefix);
    if (!g || g->metric != metric) {
        wait_a_moment(k);
        g = kit_sent(k, ifindex, prefix);
    }
    if (!g)
        kit_fail(k, file, line, "%s with metric %u was to be sent on %u: it was not sent", prefix, metric,
                 ifindex);
    if (g->metric != metric)
        kit_fail(k, file, line, "%s was to be sent on %u with metric %u: it was %u", prefix, ifindex, metric,
                 g->metric);
    return g;
}

void kit_expect_not_sent(struct kit *k, uint32_t ifindex, const char *prefix, KIT_AT)
{
    wait_a_moment(k);
    const struct kit_got *g = kit_sent(k, ifindex, prefix);
    if (g)
        kit_fail(k, file, line, "%s was not to be sent on %u: it was, with metric %u", prefix, ifindex,
                 g->metric);
}

void kit_expect_silent(const struct kit *k, uint32_t ifindex, KIT_AT)
{
    for (size_t i = 0; i < k->n_packets; i++)
        if (k->packets[i].send.ifindex == ifindex)
            kit_fail(k, file, line, "nothing was to be sent on %u", ifindex);
}

const struct kit_packet *kit_expect_one_packet(const struct kit *k, uint32_t ifindex, KIT_AT)
{
    const struct kit_packet *p = NULL;
    for (size_t i = 0; i < k->n_packets; i++)
        if (k->packets[i].send.ifindex == ifindex) {
            if (p)
                kit_fail(k, file, line, "one packet was to be sent on %u: there were more", ifindex);
            p = &k->packets[i];
        }
    if (!p)
        kit_fail(k, file, line, "one packet was to be sent on %u: there was none", ifindex);
    return p;
}

void kit_expect_installed(const struct kit *k, const char *prefix, const char *via, uint32_t ifindex, KIT_AT)
{
    const struct ripng_kernel_route *r = kit_kernel_find(k, prefix, k->config.kernel.protocol);
    struct in6_addr a = kit_addr(via);

    if (!r)
        kit_fail(k, file, line, "%s was to be in the kernel via %s on %u: it is not", prefix, via, ifindex);
    if (!ripng_addr_equal(&r->gateway, &a) || r->ifindex != ifindex)
        kit_fail(k, file, line, "%s was to be in the kernel via %s on %u: it is there otherwise", prefix, via,
                 ifindex);
}

void kit_expect_hops(const struct kit *k, const char *prefix, const struct ripng_nexthop *hops, unsigned n,
                     KIT_AT)
{
    const struct ripng_kernel_route *r = kit_kernel_find(k, prefix, k->config.kernel.protocol);
    unsigned found = 0;

    if (!r || r->n_nexthops != n)
        kit_fail(k, file, line, "%s was to be in the kernel with %u next hops: it has %u", prefix, n,
                 r ? r->n_nexthops : 0);
    for (unsigned i = 0; i < n; i++)
        for (unsigned a = 0; a < n; a++)
            found += r->nexthops[i].ifindex == hops[a].ifindex &&
                     ripng_addr_equal(&r->nexthops[i].gateway, &hops[a].gateway);
    if (found != n)
        kit_fail(k, file, line, "%s was to have other next hops in the kernel", prefix);
}

void kit_expect_not_installed(const struct kit *k, const char *prefix, KIT_AT)
{
    if (kit_kernel_find(k, prefix, k->config.kernel.protocol))
        kit_fail(k, file, line, "%s was not to be in the kernel: it is", prefix);
}

void kit_expect_route(const struct kit *k, const char *prefix, unsigned metric, const char *via, KIT_AT)
{
    struct ripng_route_info i;

    if (!kit_read(k, prefix, &i))
        kit_fail(k, file, line, "%s was to be a route: it is not there", prefix);
    if (i.state != RIPNG_ROUTE_VALID)
        kit_fail(k, file, line, "%s was to be a valid route: it is garbage", prefix);
    if (i.metric != metric)
        kit_fail(k, file, line, "%s was to have metric %u: it has %u", prefix, metric, i.metric);
    if (via) {
        struct in6_addr a = kit_addr(via);
        if (!ripng_addr_equal(&i.nexthop, &a))
            kit_fail(k, file, line, "%s was to go via %s: it does not", prefix, via);
    }
}

void kit_expect_garbage(const struct kit *k, const char *prefix, KIT_AT)
{
    struct ripng_route_info i;

    if (!kit_read(k, prefix, &i))
        kit_fail(k, file, line, "%s was to be garbage: it is not there", prefix);
    if (i.state != RIPNG_ROUTE_GARBAGE || i.metric != 16)
        kit_fail(k, file, line, "%s was to be garbage with metric 16: it is %s with %u", prefix,
                 i.state == RIPNG_ROUTE_VALID ? "valid" : "garbage", i.metric);
}

void kit_expect_no_route(const struct kit *k, const char *prefix, KIT_AT)
{
    struct ripng_route_info i;

    if (kit_read(k, prefix, &i))
        kit_fail(k, file, line, "%s was not to be in the table: it is, with metric %u", prefix, i.metric);
}

const struct ripng_event *kit_expect_event(const struct kit *k, enum ripng_event_kind kind,
                                           enum ripng_reason reason, KIT_AT)
{
    for (size_t i = 0; i < k->n_events; i++)
        if (k->events[i].kind == kind && k->events[i].reason == reason)
            return &k->events[i];
    kit_fail(k, file, line, "event %s with reason %s was to happen: it did not", ripng_event_name(kind),
             ripng_reason_name(reason));
}

void kit_expect_no_event(const struct kit *k, enum ripng_event_kind kind, KIT_AT)
{
    if (kit_count_events(k, kind) > 0)
        kit_fail(k, file, line, "event %s was not to happen: it did", ripng_event_name(kind));
}

void kit_expect_no_changes(const struct kit *k, KIT_AT)
{
    if (k->n_changes > 0)
        kit_fail(k, file, line, "nothing was to be asked of the kernel");
}

void kit_expect_active(const struct kit *k, uint32_t ifindex, bool active, KIT_AT)
{
    struct ripng_iface_info i;
    bool up = kit_iface(k, ifindex, &i) && i.up;

    if (up != active)
        kit_fail(k, file, line, "RIPng was %sto run on %u", active ? "" : "not ", ifindex);
}
