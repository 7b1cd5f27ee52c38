/*
 * The kit: life of the engine under test, time, the pump, links, packets in.
 * The fake kernel is in kit_kernel.c, expectations are in kit_expect.c.
 */
#include "kit.h"

#include "filter.h"

#include <arpa/inet.h>

#define MUST(what)                                                                                           \
    do {                                                                                                     \
        if (!(what))                                                                                         \
            kit_fail(k, __FILE__, __LINE__, "rule of the kit broken: %s", #what);                            \
    } while (0)

unsigned kit_growing;

void *kit_grow(void *old, size_t size)
{
    kit_growing++;
    void *grown = realloc(old, size);
    kit_growing--;
    assert_non_null(grown);
    return grown;
}

struct in6_addr kit_addr(const char *text)
{
    struct in6_addr a;
    if (inet_pton(AF_INET6, text, &a) != 1) {
        fprintf(stderr, "the test's own mistake: %s is no address\n", text);
        abort();
    }
    return a;
}

/* "ADDRESS/LENGTH" with any length up to 255 and any bits: what a hostile neighbour writes. */
static struct in6_addr split_prefix(const char *text, unsigned *len)
{
    char addr[64];
    const char *slash = strchr(text, '/');
    size_t n = slash ? (size_t)(slash - text) : strlen(text);
    memcpy(addr, text, n);
    addr[n] = '\0';
    *len = slash ? (unsigned)strtoul(slash + 1, NULL, 10) : 128;
    return kit_addr(addr);
}

struct ripng_prefix kit_prefix(const char *text)
{
    unsigned len;
    struct in6_addr a = split_prefix(text, &len);
    struct ripng_prefix p = {.addr = a, .len = (uint8_t)len};
    for (unsigned bit = len; bit < 128; bit++)
        p.addr.s6_addr[bit / 8] &= (uint8_t) ~(0x80U >> bit % 8);
    return p;
}

/* --- life ------------------------------------------------------------- */

int kit_setup_fresh(void **state)
{
    struct kit *k = kit_grow(NULL, sizeof(*k));
    memset(k, 0, sizeof(*k));
    ripng_config_init(&k->config);
    const char *seed = getenv("KIT_SEED"); /* each test holds for any */
    k->seed = seed ? strtoull(seed, NULL, 0) : 42;
    k->now.us = SECONDS(1000);
    *state = k;
    return 0;
}

int kit_setup_running(void **state)
{
    kit_setup_fresh(state);
    struct kit *k = *state;
    kit_home(k);
    kit_start(k);
    kit_settle(k);
    return 0;
}

static bool same_hops(const struct ripng_kernel_route *have, const struct ripng_route_info *info)
{
    unsigned found = 0;
    for (unsigned i = 0; i < info->n_nexthops; i++)
        for (unsigned k = 0; k < have->n_nexthops; k++)
            found += have->nexthops[k].ifindex == info->nexthops[i].ifindex &&
                     ripng_addr_equal(&have->nexthops[k].gateway, &info->nexthops[i].gateway);
    return found == info->n_nexthops && found == have->n_nexthops;
}

/* What the engine calls installed is in the kernel, whatever the test was about. */
static bool installed_is_true(const struct kit *k)
{
    struct ripng_route_info info;
    uint32_t cursor = 0;

    if (!k->r || k->dumping || k->lossy || k->hold || kit_status(k).kernel_pending > 0)
        return true;
    while (ripng_read_route(k->r, k->now, &cursor, &info)) {
        char text[RIPNG_PREFIX_TEXT];
        if (!info.installed)
            continue;
        ripng_prefix_text(&info.prefix, text);
        const struct ripng_kernel_route *have = kit_kernel_find(k, text, k->config.kernel.protocol);
        bool discard = have && have->type == RIPNG_TYPE_DISCARD;
        if (!have || !(info.n_nexthops > 1
                           ? same_hops(have, &info)
                           : ripng_addr_equal(&have->gateway, &info.nexthop) && have->n_nexthops == 1 &&
                                 (have->ifindex == info.ifindex || discard))) {
            print_error("%s is said to be installed, the kernel has it %s\n", text,
                        have ? "otherwise" : "not");
            return false;
        }
    }
    return true;
}

int kit_teardown(void **state)
{
    struct kit *k = *state;
    bool good = installed_is_true(k);

    kit_forget(k);
    free(k->packets);
    free(k->changes);
    free(k->events);
    free(k->waiting);
    kit_kernel_free(k);
    ripng_free(k->r);
    ripng_config_clear(&k->config);
    free(k);
    return good ? 0 : -1;
}

void kit_home(struct kit *k)
{
    kit_link_add(k, KIT_LO, "lo");
    kit_link(k, KIT_LO)->loopback = true;
    kit_link(k, KIT_LO)->multicast = false;
    kit_link_add(k, ETH0, "eth0");
    kit_link_add(k, ETH1, "eth1");
    kit_address(k, ETH0, OUR_ETH0, true);
    kit_address(k, ETH1, OUR_ETH1, true);
}

void kit_start(struct kit *k)
{
    k->r = ripng_new(&k->config, k->seed, k->now);
    assert_non_null(k->r);
    assert_true(ripng_kernel_wants_dump(k->r));
    if (!k->no_auto_dump)
        kit_dump(k);
}

void kit_settle(struct kit *k)
{
    kit_advance(k, 11); /* longer than two of the longest holds between triggered updates */
    kit_forget(k);
}

void kit_crash(struct kit *k)
{
    ripng_free(k->r);
    k->r = NULL;
    k->last_id = 0;
    k->n_waiting = 0;
    k->dumping = false;
    kit_forget(k);
}

void kit_configure(struct kit *k)
{
    assert_true(ripng_configure(k->r, k->now, &k->config));
    kit_pump(k);
}

struct ripng_iface_config *kit_section(struct kit *k, const char *pattern)
{
    kit_growing++;
    struct ripng_iface_config *c = ripng_config_add_iface(&k->config, pattern);
    kit_growing--;
    assert_non_null(c);
    return c;
}

unsigned kit_filter_of(struct kit *k, const char *const *rules)
{
    char why[200];
    kit_growing++;
    struct ripng_filter *f = ripng_config_add_filter(&k->config, "of a test");
    assert_non_null(f);
    for (; *rules; rules++)
        if (!ripng_filter_add(f, *rules, why, sizeof why))
            fail_msg("the test's own mistake: \"%s\": %s", *rules, why);
    kit_growing--;
    return (unsigned)k->config.n_filters;
}

void kit_stop(struct kit *k)
{
    ripng_stop(k->r, k->now);
    kit_pump(k);
}

void kit_forget(struct kit *k)
{
    for (size_t i = 0; i < k->n_packets; i++) {
        free(k->packets[i].rtes);
        free(k->packets[i].bytes);
    }
    k->n_packets = k->n_changes = k->n_events = 0;
}

/* --- what was sent ---------------------------------------------------- */

static bool our_address(const struct kit *k, uint32_t ifindex, const struct in6_addr *a)
{
    for (size_t i = 0; i < k->n_addresses; i++)
        if ((!ifindex || k->addresses[i].ifindex == ifindex) && k->addresses[i].usable &&
            ripng_addr_equal(&k->addresses[i].addr, a))
            return true;
    return false;
}

/* RFC 2080 2.1, 2.1.1, 2.5.2: what each packet of ours must be, whatever it says. */
static void check_rte(struct kit *k, const struct kit_packet *p, const struct kit_got *g)
{
    struct ripng_prefix made = ripng_prefix_make(&g->addr, g->len);

    MUST(g->len <= 128);
    MUST(g->metric >= 1 && g->metric <= 16);
    if (p->command != KIT_RESPONSE || !IN6_IS_ADDR_MULTICAST(&p->send.dest))
        return;
    MUST(ripng_addr_equal(&made.addr, &g->addr));
    MUST(!ripng_prefix_martian(&made));
    if (!k->free_sending)
        MUST(!kit_kernel_on_link(k, p->send.ifindex, &made));
}

static void parse_packet(struct kit *k, struct kit_packet *p)
{
    struct in6_addr next_hop = in6addr_any;
    size_t n = (p->send.size - 4) / 20;
    bool next_hop_last = false;

    MUST(p->send.size >= 4 && (p->send.size - 4) % 20 == 0);
    MUST(p->bytes[1] == 1 && p->bytes[2] == 0 && p->bytes[3] == 0);
    p->command = p->bytes[0];
    MUST(p->command == KIT_REQUEST || p->command == KIT_RESPONSE);
    p->rtes = kit_grow(NULL, (n + 1) * sizeof(*p->rtes));
    memset(p->rtes, 0, (n + 1) * sizeof(*p->rtes));
    for (size_t i = 0; i < n; i++) {
        const uint8_t *b = p->bytes + 4 + i * 20;
        struct kit_got *g = &p->rtes[p->n];
        memcpy(&g->addr, b, 16);
        g->tag = (uint16_t)(b[16] << 8 | b[17]);
        g->len = b[18];
        g->metric = b[19];
        next_hop_last = g->metric == 0xff;
        if (next_hop_last) {
            MUST(g->tag == 0 && g->len == 0);
            MUST(ripng_addr_is_linklocal(&g->addr) || ripng_addr_is_unspecified(&g->addr));
            next_hop = g->addr;
            p->n_next_hops++;
            continue;
        }
        g->next_hop = next_hop;
        p->n++;
        check_rte(k, p, g);
    }
    MUST(!next_hop_last);
}

static void check_packet(struct kit *k, const struct kit_packet *p)
{
    const struct ripng_send *s = &p->send;
    const struct ripng_link *l = kit_link(k, s->ifindex);
    bool group = IN6_IS_ADDR_MULTICAST(&s->dest);
    struct in6_addr ff02_9 = kit_addr(GROUP);

    if (s->ifindex == 0) { /* to somebody off-link, RFC 2080 2.4.1: the kernel finds the way */
        MUST(!ripng_addr_is_linklocal(&s->dest) && !group);
        MUST(!ripng_addr_is_linklocal(&s->source) && our_address(k, 0, &s->source));
        MUST(s->size + 48 <= 1500);
        return;
    }
    MUST(l);
    MUST(s->size + 48 <= l->mtu);
    MUST(!group || ripng_addr_equal(&s->dest, &ff02_9));
    MUST(!group || s->dest_port == RIPNG_PORT);
    if (k->free_sending)
        return;
    MUST(l->up && !l->loopback && !l->port);
    MUST(!group || l->multicast);
    MUST(our_address(k, ripng_addr_is_linklocal(&s->source) ? s->ifindex : 0, &s->source));
    MUST(ripng_addr_is_linklocal(&s->source) || s->dest_port != RIPNG_PORT); /* 2.5.2 */

    const struct ripng_iface_config *c = ripng_config_iface(&k->config, l->name);
    MUST(c ? c->enabled : k->config.n_ifaces == 0);
    if (c && s->dest_port == RIPNG_PORT)
        MUST(!c->passive || p->command == KIT_RESPONSE);
    if (c && group)
        MUST(!c->passive && c->multicast);
}

static void keep_packet(struct kit *k, const struct ripng_send *s, const uint8_t *bytes)
{
    if (k->n_packets == k->cap_packets) {
        k->cap_packets = k->cap_packets ? 2 * k->cap_packets : 64;
        k->packets = kit_grow(k->packets, k->cap_packets * sizeof(*k->packets));
    }
    struct kit_packet *p = &k->packets[k->n_packets++];
    memset(p, 0, sizeof(*p));
    p->send = *s;
    p->at_us = k->now.us;
    p->bytes = kit_grow(NULL, s->size);
    memcpy(p->bytes, bytes, s->size);
    parse_packet(k, p);
    check_packet(k, p);
}

/* --- the pump --------------------------------------------------------- */

static bool pump_changes(struct kit *k)
{
    struct ripng_change c;
    bool any = false;

    while (ripng_next_change(k->r, k->now, &c)) {
        MUST(!k->dumping);
        kit_kernel_take(k, &c);
        any = true;
    }
    if (k->batch && any)
        ripng_kernel_answer(k->r, k->now, k->last_id, 0);
    return any;
}

static bool pump_packets(struct kit *k)
{
    static uint8_t buffer[RIPNG_PACKET_MAX];
    struct ripng_send s;
    bool any = false;

    if (k->blocked)
        return false; /* as the daemon does: nothing is pulled until the socket has room */
    while (ripng_next_packet(k->r, k->now, &s, buffer, sizeof(buffer))) {
        keep_packet(k, &s, buffer);
        any = true;
        MUST(k->n_packets < 1000000);
    }
    return any;
}

static bool pump_events(struct kit *k)
{
    struct ripng_event e;
    bool any = false;

    while (ripng_next_event(k->r, &e)) {
        if (k->n_events == k->cap_events) {
            k->cap_events = k->cap_events ? 2 * k->cap_events : 256;
            k->events = kit_grow(k->events, k->cap_events * sizeof(*k->events));
        }
        MUST(e.kind < RIPNG_N_EVENTS && e.reason < RIPNG_N_REASONS);
        k->events[k->n_events++] = e;
        any = true;
    }
    return any;
}

void kit_pump(struct kit *k)
{
    unsigned turns = 0;
    bool any;

    do {
        any = pump_changes(k);
        any |= pump_packets(k);
        any |= pump_events(k);
        MUST(++turns < 100000); /* else it never comes to rest */
    } while (any);
    if (!ripng_kernel_wants_dump(k->r) || k->dumping || k->no_auto_dump)
        return;
    k->n_dumped = k->dumped_us == k->now.us ? k->n_dumped + 1 : 0;
    k->dumped_us = k->now.us;
    if (k->n_dumped < 5) /* then not before time goes on */
        kit_dump(k);
}

void kit_advance(struct kit *k, double seconds)
{
    int64_t end = k->now.us + SECONDS(seconds);
    struct ripng_time when;
    unsigned standing = 0;

    while (ripng_deadline(k->r, &when) && when.us <= end) {
        if (when.us > k->now.us) {
            k->now = when;
            standing = 0;
        }
        MUST(++standing < 10000); /* a deadline that ticks do not move: the daemon would spin */
        ripng_tick(k->r, k->now);
        kit_pump(k);
        if (!k->blocked)
            continue;
        standing = 0;
        k->now.us += SECONDS(0.01); /* it looks again after a while */
        if (k->now.us > end)
            break;
    }
    k->now.us = end;
    ripng_tick(k->r, k->now);
    kit_pump(k);
}

/* --- links and addresses ---------------------------------------------- */

struct ripng_link *kit_link(struct kit *k, uint32_t ifindex)
{
    for (size_t i = 0; i < k->n_links; i++)
        if (k->links[i].ifindex == ifindex)
            return &k->links[i];
    return NULL;
}

void kit_link_tell(struct kit *k, uint32_t ifindex)
{
    struct ripng_link copy = *kit_link(k, ifindex);

    if (!k->r || k->deaf)
        return;
    ripng_link(k->r, k->now, &copy);
    memset(&copy, 0xee, sizeof(copy)); /* "structs handed in are copied" */
    kit_pump(k);
}

void kit_link_add(struct kit *k, uint32_t ifindex, const char *name)
{
    struct ripng_link l = {.ifindex = ifindex, .mtu = 1500, .up = true, .multicast = true};

    assert_true(k->n_links < sizeof(k->links) / sizeof(k->links[0]));
    snprintf(l.name, sizeof(l.name), "%s", name);
    k->links[k->n_links++] = l;
    kit_link_tell(k, ifindex);
}

void kit_link_up(struct kit *k, uint32_t ifindex, bool up)
{
    kit_link(k, ifindex)->up = up;
    kit_link_tell(k, ifindex);
}

void kit_address(struct kit *k, uint32_t ifindex, const char *addr, bool usable)
{
    struct in6_addr a = kit_addr(addr);
    size_t i = 0;

    while (i < k->n_addresses &&
           !(k->addresses[i].ifindex == ifindex && ripng_addr_equal(&k->addresses[i].addr, &a)))
        i++;
    assert_true(i < sizeof(k->addresses) / sizeof(k->addresses[0]));
    k->addresses[i] = (struct kit_address){.ifindex = ifindex, .addr = a, .usable = usable};
    if (i == k->n_addresses)
        k->n_addresses++;
    if (!k->r || k->deaf)
        return;
    ripng_address(k->r, k->now, ifindex, &a, usable);
    kit_pump(k);
}

void kit_address_del(struct kit *k, uint32_t ifindex, const char *addr)
{
    struct in6_addr a = kit_addr(addr);

    for (size_t i = 0; i < k->n_addresses; i++)
        if (k->addresses[i].ifindex == ifindex && ripng_addr_equal(&k->addresses[i].addr, &a)) {
            k->addresses[i] = k->addresses[--k->n_addresses];
            break;
        }
    if (!k->r || k->deaf)
        return;
    ripng_address_gone(k->r, k->now, ifindex, &a);
    kit_pump(k);
}

/* --- packets in ------------------------------------------------------- */

void kit_in(struct kit_in *in, int command, uint32_t ifindex, const char *from)
{
    in->ifindex = ifindex;
    in->source = kit_addr(from);
    in->dest = kit_addr(GROUP);
    in->port = RIPNG_PORT;
    in->hop_limit = 255;
    in->data[0] = (uint8_t)command;
    in->data[1] = 1;
    in->data[2] = in->data[3] = 0;
    in->size = 4;
}

void kit_in_raw(struct kit_in *in, const struct in6_addr *addr, unsigned tag, unsigned len, unsigned metric)
{
    uint8_t *b = in->data + in->size;

    assert_true(in->size + 20 <= sizeof(in->data));
    memcpy(b, addr, 16);
    b[16] = (uint8_t)(tag >> 8);
    b[17] = (uint8_t)tag;
    b[18] = (uint8_t)len;
    b[19] = (uint8_t)metric;
    in->size += 20;
}

void kit_in_rte(struct kit_in *in, const char *prefix, unsigned metric, unsigned tag)
{
    unsigned len;
    struct in6_addr a = split_prefix(prefix, &len);
    kit_in_raw(in, &a, tag, len, metric);
}

void kit_in_rtes(struct kit_in *in, const struct kit_rte *rtes)
{
    for (; rtes->prefix || rtes->next_hop; rtes++)
        if (rtes->next_hop) {
            struct in6_addr a = kit_addr(rtes->next_hop);
            kit_in_raw(in, &a, 0, 0, 255);
        } else {
            kit_in_rte(in, rtes->prefix, rtes->metric, rtes->tag);
        }
}

void kit_receive(struct kit *k, const struct kit_in *in)
{
    /* A copy of exactly its size, so that ASan sees a reader go beyond it. */
    void *copy = kit_grow(NULL, in->size ? in->size : 1);
    struct ripng_packet p = {
        .data = copy,
        .size = in->size,
        .source = in->source,
        .source_port = in->port,
        .dest = in->dest,
        .hop_limit = in->hop_limit,
        .ifindex = in->ifindex,
    };

    memcpy(copy, in->data, in->size);
    ripng_packet(k->r, k->now, &p);
    free(copy);
    kit_pump(k);
}

void kit_response(struct kit *k, uint32_t ifindex, const char *from, const struct kit_rte *rtes)
{
    static struct kit_in in;
    kit_in(&in, KIT_RESPONSE, ifindex, from);
    kit_in_rtes(&in, rtes);
    kit_receive(k, &in);
}

void kit_request(struct kit *k, uint32_t ifindex, const char *from, uint16_t port, const struct kit_rte *rtes)
{
    static struct kit_in in;
    kit_in(&in, KIT_REQUEST, ifindex, from);
    for (size_t i = 0; i < k->n_addresses; i++) {
        const struct kit_address *a = &k->addresses[i];
        if (a->ifindex != ifindex || !a->usable)
            continue;
        if (IN6_IS_ADDR_MULTICAST(&in.dest) ||
            ripng_addr_is_linklocal(&a->addr) == ripng_addr_is_linklocal(&in.source))
            in.dest = a->addr;
    }
    in.port = port;
    kit_in_rtes(&in, rtes);
    kit_receive(k, &in);
}

void kit_echo(struct kit *k, const struct kit_packet *p, uint32_t ifindex)
{
    static struct kit_in in;
    kit_in(&in, KIT_RESPONSE, ifindex, "fe80::1");
    in.source = p->send.source;
    in.dest = p->send.dest;
    in.size = p->send.size;
    memcpy(in.data, p->bytes, p->send.size);
    kit_receive(k, &in);
}
