/*
 * Fuzzes daemon/nlmsg.c: netlink bytes to facts, changes to bytes and back.
 *
 * The first byte chooses the table that is asked for and what is tried: an even one
 * reads the rest as what a socket might deliver, an odd one takes it for the
 * members of a struct ripng_change, which is written and read again.
 */
#include "fuzz.h"

#include "nlmsg.h"

#include <errno.h>

static void check_route(const struct ripng_kernel_route *k)
{
    struct ripng_prefix again = ripng_prefix_make(&k->prefix.addr, k->prefix.len);
    MUST(k->prefix.len <= 128 && ripng_prefix_equal(&again, &k->prefix));
    MUST(k->source_len <= 128 && k->n_nexthops >= 1);
    MUST(k->type == RIPNG_TYPE_UNICAST || k->type == RIPNG_TYPE_DISCARD);
}

static void check_message(const struct nlmsg *m)
{
    switch (m->kind) {
    case NLMSG_KIND_LINK:
        MUST(m->link.ifindex > 0 && m->link.ifindex <= INT32_MAX);
        MUST(memchr(m->link.name, '\0', sizeof m->link.name) && m->link.name[0]);
        break;
    case NLMSG_KIND_LINK_GONE:
        MUST(m->link.ifindex > 0 && m->link.ifindex <= INT32_MAX);
        break;
    case NLMSG_KIND_ADDRESS:
    case NLMSG_KIND_ADDRESS_GONE:
        MUST(m->address.ifindex > 0);
        break;
    case NLMSG_KIND_NEIGH:
        MUST(m->neigh.ifindex > 0 && m->neigh.ifindex <= INT32_MAX);
        MUST(m->neigh.lladdr_len <= NLMSG_LLADDR_MAX && m->neigh.state <= NLMSG_NEIGH_FAILED);
        break;
    case NLMSG_KIND_ROUTE:
    case NLMSG_KIND_ROUTE_GONE:
        check_route(&m->route);
        break;
    case NLMSG_KIND_ANSWER:
    case NLMSG_KIND_DONE:
        MUST(m->error >= 0 && m->error < 4096);
        break;
    default:
        MUST(m->kind == NLMSG_KIND_OTHER || m->kind == NLMSG_KIND_OVERRUN);
    }
    MUST(!m->replaced || m->kind == NLMSG_KIND_ROUTE);
}

static void read_all(const uint8_t *data, size_t size, uint32_t table)
{
    uint8_t *copy = malloc(size ? size : 1); /* aligned, and not a byte longer */
    MUST(copy);
    if (size)
        memcpy(copy, data, size);
    size_t at = 0;
    while (at < size) {
        struct nlmsg m;
        size_t step = nlmsg_read(copy + at, size - at, table, &m);
        if (!step)
            break;
        MUST(step <= size - at && step >= 16 && (step % 4 == 0 || at + step == size));
        check_message(&m);
        at += step;
    }
    free(copy);
}

static void write_and_read(struct fuzz_in *in)
{
    _Alignas(4) uint8_t buffer[NLMSG_CHANGE_MAX + 8];
    memset(buffer, 0xa5, sizeof buffer);
    struct in6_addr addr;
    struct ripng_change c = {.kind = (enum ripng_change_kind)(fuzz_u8(in) % 5)};
    fuzz_bytes(in, &c.id, 4);
    fuzz_bytes(in, &c.ifindex, 4);
    fuzz_bytes(in, &addr, 16);
    c.prefix = ripng_prefix_make(&addr, fuzz_u8(in) % 129);
    fuzz_bytes(in, &c.gateway, 16);
    fuzz_bytes(in, &c.kernel.table, 4);
    fuzz_bytes(in, &c.kernel.metric, 4);
    c.kernel.protocol = fuzz_u8(in);
    size_t room = fuzz_u8(in) % 2 ? NLMSG_CHANGE_MAX : NLMSG_CHANGE_MAX - 1;
    uint8_t how = fuzz_u8(in);
    c.type = how % 4 == 3 ? RIPNG_TYPE_DISCARD : RIPNG_TYPE_UNICAST;
    c.n_nexthops = c.type == RIPNG_TYPE_UNICAST ? how / 4 % (RIPNG_NEXTHOPS_MAX + 1) : 0;
    for (unsigned i = 0; i < c.n_nexthops; i++) {
        c.nexthops[i] = (struct ripng_nexthop){c.ifindex + i, c.gateway};
        c.nexthops[i].gateway.s6_addr[15] ^= (uint8_t)i;
    }

    bool route = c.kind == RIPNG_ROUTE_SET || c.kind == RIPNG_ROUTE_DELETE;
    size_t size = nlmsg_write_change(buffer, room, &c);
    MUST((size > 0) == (route && room == NLMSG_CHANGE_MAX) && size <= room);
    for (size_t i = size; i < sizeof buffer; i++)
        MUST(buffer[i] == 0xa5);
    if (!size)
        return;
    nlmsg_want_ack(buffer);

    struct nlmsg m;
    MUST(nlmsg_read(buffer, size, c.kernel.table, &m) == size && m.seq == c.id);
    check_message(&m);
    if (c.kind == RIPNG_ROUTE_DELETE)
        return; /* names no way, so it is no fact */
    bool discard = c.type == RIPNG_TYPE_DISCARD;
    bool several = c.n_nexthops > 1;
    bool leads = discard || several || c.ifindex || !ripng_addr_is_unspecified(&c.gateway);
    MUST((m.kind == NLMSG_KIND_ROUTE) == leads);
    if (!leads)
        return;
    MUST(m.replaced && ripng_prefix_equal(&m.route.prefix, &c.prefix) && m.route.source_len == 0);
    MUST(m.route.type == c.type && m.route.n_nexthops == (several ? c.n_nexthops : 1));
    for (unsigned i = 0; several && i < c.n_nexthops; i++)
        MUST(m.route.nexthops[i].ifindex == c.nexthops[i].ifindex &&
             ripng_addr_equal(&m.route.nexthops[i].gateway, &c.nexthops[i].gateway));
    MUST(m.route.metric == c.kernel.metric && m.route.protocol == c.kernel.protocol);
    static const struct in6_addr none;
    MUST(m.route.ifindex == (discard ? 0 : c.ifindex));
    MUST(ripng_addr_equal(&m.route.gateway, discard ? &none : &c.gateway));
    MUST(nlmsg_read(buffer, size, c.kernel.table + 1, &m) == size && m.kind == NLMSG_KIND_OTHER);
}

/* A question to a neighbour, with its link-layer address or without. */
static void write_probe(struct fuzz_in *in)
{
    _Alignas(4) uint8_t buffer[2 * NLMSG_CHANGE_MAX];
    struct nlmsg_neigh n = {.ifindex = 1 + fuzz_u16(in)};
    struct nlmsg m;
    uint8_t how = fuzz_u8(in);
    fuzz_bytes(in, &n.addr, sizeof n.addr);
    n.router = how & 1;
    n.lladdr_len = (how >> 1) % (NLMSG_LLADDR_MAX + 1);
    fuzz_bytes(in, n.lladdr, n.lladdr_len);
    size_t size = nlmsg_write_neigh_probe(buffer, sizeof buffer, &n, 7), at = 0;
    MUST(size > 0 && size <= sizeof buffer);
    for (; at < size; at += nlmsg_read(buffer + at, size - at, 254, &m)) {
        MUST(nlmsg_read(buffer + at, size - at, 254, &m) && m.kind == NLMSG_KIND_NEIGH && m.seq == 7);
        MUST(m.neigh.ifindex == n.ifindex && ripng_addr_equal(&m.neigh.addr, &n.addr));
        MUST(m.neigh.router == n.router && m.neigh.lladdr_len == n.lladdr_len);
        MUST(memcmp(m.neigh.lladdr, n.lladdr, n.lladdr_len) == 0);
    }
    size = nlmsg_write_neigh_query(buffer, sizeof buffer, n.ifindex, &n.addr, 7);
    MUST(size > 0 && nlmsg_read(buffer, size, 254, &m) == size && m.kind == NLMSG_KIND_OTHER);
}

static void write_requests(struct fuzz_in *in)
{
    _Alignas(4) uint8_t buffer[NLMSG_CHANGE_MAX];
    enum nlmsg_dump what = (enum nlmsg_dump)(fuzz_u8(in) % (NLMSG_N_DUMPS + 1));
    uint32_t seq = fuzz_u16(in);
    size_t size = nlmsg_write_dump(buffer, sizeof buffer, what, 254, seq);
    MUST((size > 0) == (what != NLMSG_N_DUMPS) && size <= sizeof buffer);
    size = nlmsg_write_probe(buffer, sizeof buffer, seq);
    MUST(size > 0 && size <= sizeof buffer);
    struct nlmsg m;
    MUST(nlmsg_read(buffer, size, 254, &m) == size && m.kind == NLMSG_KIND_OTHER && m.seq == seq);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint32_t tables[] = {254, 255, 0, 100000};
    struct fuzz_in in = {data, size};
    uint8_t how = fuzz_u8(&in);
    if (how % 2 == 0) {
        read_all(in.at, in.left, tables[how / 2 % 4]);
    } else {
        write_and_read(&in);
        write_requests(&in);
        write_probe(&in);
    }
    return 0;
}
