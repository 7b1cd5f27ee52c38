/*
 * The unit tests' kit: one engine under test on virtual time, in a small world.
 *
 * The world holds links, addresses and a kernel table; what a test changes in it
 * is told to the engine at once, and a dump tells all of it. After each input
 * the kit pulls what the engine has to say: kernel changes go into the fake
 * kernel and are answered, packets and events are kept to be asked about.
 * Whatever is pulled is held against rules that may never be broken (kit_check_*
 * in kit.c and kit_kernel.c), so each test proves those too.
 *
 * Packets are built and read here byte by byte, without lib/wire.c: the two
 * check each other.
 *
 * KIT_SEED in the environment is another seed for the engine's random numbers.
 *
 * A test starts with `struct kit *k = *state;`. KIT_FRESH() gives a kit with the
 * default settings and an empty world, to be filled before kit_start();
 * KIT_RUNNING() one that has run for some seconds on eth0 and eth1.
 */
#ifndef KIT_H
#define KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ripng.h"

enum { OFF_LINK = 0, KIT_LO = 1, ETH0 = 2, ETH1 = 3, ETH2 = 4 }; /* OFF_LINK: what is sent there */

/* Our link-local addresses, and routers that live on the links. */
#define OUR_ETH0 "fe80::a0"
#define OUR_ETH1 "fe80::a1"
#define OUR_ETH2 "fe80::a2"
#define BOB "fe80::b"
#define CAROL "fe80::c"
#define DAVE "fe80::d"

#define GROUP "ff02::9"
#define SECONDS(s) ((int64_t)((s)*1e6))

/* RTPROT_* of linux/rtnetlink.h. */
enum { PROTO_KERNEL = 2, PROTO_BOOT = 3, PROTO_STATIC = 4, PROTO_RA = 9, PROTO_BABEL = 42, PROTO_OURS = 189 };
#define KIT_DAEMONS 10
extern const uint8_t kit_daemons[KIT_DAEMONS]; /* protocols of routing daemons */

/* --- what was sent ---------------------------------------------------- */

struct kit_got { /* an RTE, as a receiver understands it */
    struct in6_addr addr;
    uint8_t len, metric;
    uint16_t tag;
    struct in6_addr next_hop; /* of the next-hop RTE in force; ::: none or :: */
};

struct kit_packet {
    struct ripng_send send;
    int64_t at_us;
    uint8_t command;
    size_t n; /* RTEs without the next-hop ones */
    size_t n_next_hops;
    struct kit_got *rtes;
    uint8_t *bytes;
};

struct kit_change {
    struct ripng_change c;
    int64_t at_us;
    bool answered;
};

/* --- what is received ------------------------------------------------- */

struct kit_rte {
    const char *prefix;
    unsigned metric, tag;
    const char *next_hop; /* a next-hop RTE instead */
};
/* The entries of a packet: kit_hear(k, ETH0, BOB, RTE("2001:db8::/32", 1), RTE(...)). */
#define RTE(p, m)                                                                                            \
    {                                                                                                        \
        .prefix = (p), .metric = (m)                                                                         \
    }
#define RTE_TAG(p, m, t)                                                                                     \
    {                                                                                                        \
        .prefix = (p), .metric = (m), .tag = (t)                                                             \
    }
#define NEXT_HOP(a)                                                                                          \
    {                                                                                                        \
        .next_hop = (a)                                                                                      \
    }
#define WHOLE_TABLE RTE("::/0", 16)
#define KIT_RTES(...) ((const struct kit_rte[]){__VA_ARGS__, {.prefix = NULL}})

enum { KIT_REQUEST = 1, KIT_RESPONSE = 2 };

/* A packet to be received, open to any abuse. kit_in() makes a good one: from port 521, to the group, 255. */
struct kit_in {
    uint32_t ifindex;
    struct in6_addr source, dest;
    uint16_t port;
    uint8_t hop_limit;
    size_t size;
    uint8_t data[65536];
};

/* --- the kit ---------------------------------------------------------- */

struct kit_route {
    struct ripng_kernel_route r;
    bool used, told;
    uint32_t next; /* in its bucket */
};

struct kit {
    struct ripng *r;
    struct ripng_config config;
    uint64_t seed;
    struct ripng_time now;

    /* the world */
    struct ripng_link links[64];
    size_t n_links;
    struct kit_address {
        uint32_t ifindex;
        struct in6_addr addr;
        bool usable;
    } addresses[256];
    size_t n_addresses;
    struct kit_route *routes;
    uint32_t n_routes, cap_routes;
    uint32_t *buckets;

    /* how the kernel behaves */
    int refuse;        /* errno for each RIPNG_ROUTE_SET; 0: obeys */
    int refuse_delete; /* the same for RIPNG_ROUTE_DELETE, which is not done then */
    int refuse_join;
    unsigned refuse_times; /* over 0: so many refusals, then it obeys */
    bool hold;             /* changes wait for kit_release() */
    bool lose_answers;     /* changes are done and never answered */
    bool batch;            /* answers the last of what was pulled at once, and each that failed */
    bool deaf;             /* changes of the world are not told: netlink lost them */
    bool no_auto_dump;
    bool blocked; /* the socket is full */

    /* neighbour unreachability detection */
    struct in6_addr dead;  /* does not answer */
    unsigned deaf_percent; /* of questions and answers that get lost */
    int refuse_probe;      /* errno */
    unsigned n_probes;
    struct in6_addr probed; /* the last one */
    uint32_t chance;
    bool lossy; /* the fake kernel and the engine may differ: set by kit_lose() and so on */

    bool dumping;
    int64_t dumped_us; /* when it was dumped last, and how often at that very moment */
    unsigned n_dumped, n_dumps;
    uint32_t last_id;
    struct kit_change *waiting;
    size_t n_waiting, cap_waiting;

    /* what came out since kit_forget() */
    struct kit_packet *packets;
    size_t n_packets, cap_packets;
    struct kit_change *changes;
    size_t n_changes, cap_changes;
    struct ripng_event *events;
    size_t n_events, cap_events;
    bool free_sending; /* checks of packets against the world off */
    bool forgetful; /* the engine may not have noted what it was told: checks of changes against the world off
                     */
};

int kit_setup_fresh(void **state);
int kit_setup_running(void **state);
int kit_teardown(void **state);
#define KIT_FRESH(test) cmocka_unit_test_setup_teardown(test, kit_setup_fresh, kit_teardown)
#define KIT_RUNNING(test) cmocka_unit_test_setup_teardown(test, kit_setup_running, kit_teardown)

/* realloc() for the kit's own needs; over 0: the allocation under way is the kit's (test_memory.c). */
void *kit_grow(void *old, size_t size);
extern unsigned kit_growing;

struct in6_addr kit_addr(const char *text);
struct ripng_prefix kit_prefix(const char *text);

/* lo; eth0 and eth1 with a link-local address each. */
void kit_home(struct kit *k);
/* The engine with k->config, its first dump, and what it does then. */
void kit_start(struct kit *k);
/* Past the start: the requests and first updates are out; then all logs are emptied. */
void kit_settle(struct kit *k);
/* The engine dies as from kill -9: the world stays, with the kernel's routes. */
void kit_crash(struct kit *k);
void kit_configure(struct kit *k); /* k->config, as it stands now */
/* An interface section; the pointer holds until the next one. */
struct ripng_iface_config *kit_section(struct kit *k, const char *pattern);
/* A filter of these rules; the number that import, export and filter take. */
unsigned kit_filter_of(struct kit *k, const char *const *rules);
#define kit_filter(k, ...) kit_filter_of(k, (const char *const[]){__VA_ARGS__, NULL})

/* Time goes on by so many seconds, with a tick at each deadline. */
void kit_advance(struct kit *k, double seconds);
/* Pulls all that is there to be pulled; each input of the kit does it. */
void kit_pump(struct kit *k);
void kit_forget(struct kit *k);
void kit_stop(struct kit *k);

/* Links and addresses. */
void kit_link_add(struct kit *k, uint32_t ifindex, const char *name);
struct ripng_link *kit_link(struct kit *k, uint32_t ifindex);
void kit_link_tell(struct kit *k, uint32_t ifindex);        /* after a change of *kit_link() */
void kit_link_up(struct kit *k, uint32_t ifindex, bool up); /* the carrier: the kernel's routes stay */
void kit_link_del(struct kit *k, uint32_t ifindex);         /* its addresses and routes go as well */
void kit_address(struct kit *k, uint32_t ifindex, const char *addr, bool usable);
void kit_address_del(struct kit *k, uint32_t ifindex, const char *addr);

/* Kernel routes of others. */
struct ripng_kernel_route kit_onlink(const char *prefix, uint32_t ifindex);
struct ripng_kernel_route kit_discard(const char *prefix);
struct ripng_kernel_route kit_gateway(const char *prefix, const char *gateway, uint32_t ifindex,
                                      uint8_t protocol);
void kit_kernel_add(struct kit *k, struct ripng_kernel_route r);
void kit_kernel_replace(struct kit *k, struct ripng_kernel_route r); /* NLM_F_REPLACE */
void kit_kernel_del(struct kit *k, struct ripng_kernel_route r);
/* Somebody deletes our own route under our feet. */
void kit_kernel_del_ours(struct kit *k, const char *prefix);
/* One of several next hops of a route of ours is taken away. */
void kit_kernel_del_hop(struct kit *k, const char *prefix, const char *via, uint32_t ifindex);
/* A route with several next hops, and our metric. */
struct ripng_kernel_route kit_several(const char *prefix, const struct ripng_nexthop *hops, unsigned n,
                                      uint8_t protocol);
const struct ripng_kernel_route *kit_kernel_find(const struct kit *k, const char *prefix, uint8_t protocol);
bool kit_kernel_on_link(const struct kit *k, uint32_t ifindex, const struct ripng_prefix *p);
size_t kit_kernel_count_ours(const struct kit *k);
void kit_dump_begin(struct kit *k); /* begin and all the facts, no end */
void kit_dump(struct kit *k);
void kit_release(struct kit *k); /* does and answers what k->hold held */
void kit_lose(struct kit *k);    /* ripng_kernel_lost() */
void kit_kernel_free(struct kit *k);
void kit_kernel_take(struct kit *k, const struct ripng_change *c);

/* Packets in. */
void kit_in(struct kit_in *in, int command, uint32_t ifindex, const char *from);
void kit_in_rte(struct kit_in *in, const char *prefix, unsigned metric, unsigned tag);
void kit_in_raw(struct kit_in *in, const struct in6_addr *addr, unsigned tag, unsigned len, unsigned metric);
void kit_in_rtes(struct kit_in *in, const struct kit_rte *rtes);
void kit_receive(struct kit *k, const struct kit_in *in);
void kit_response(struct kit *k, uint32_t ifindex, const char *from, const struct kit_rte *rtes);
#define kit_hear(k, ifindex, from, ...) kit_response(k, ifindex, from, KIT_RTES(__VA_ARGS__))
/* A unicast request to our link-local address; from what port, hop limit 255. */
void kit_request(struct kit *k, uint32_t ifindex, const char *from, uint16_t port,
                 const struct kit_rte *rtes);
#define kit_ask(k, ifindex, from, port, ...) kit_request(k, ifindex, from, port, KIT_RTES(__VA_ARGS__))
/* What the link heard of us comes back. */
void kit_echo(struct kit *k, const struct kit_packet *p, uint32_t ifindex);

/* --- expectations ----------------------------------------------------- */

#define KIT_AT const char *file, int line

/* Logs since kit_forget(). kit_last: the last multicast or unicast response that carries the prefix; NULL:
 * none. */
const struct kit_got *kit_sent(const struct kit *k, uint32_t ifindex, const char *prefix);
const struct kit_packet *kit_sent_in(const struct kit *k, uint32_t ifindex, const char *prefix);
size_t kit_count_packets(const struct kit *k, uint32_t ifindex, int command);
size_t kit_count_sent(const struct kit *k, uint32_t ifindex, const char *prefix);
size_t kit_count_changes(const struct kit *k, enum ripng_change_kind kind, const char *prefix);
size_t kit_count_events(const struct kit *k, enum ripng_event_kind kind);
uint64_t kit_drops(const struct kit *k, enum ripng_reason reason);
/* The entry of exactly this prefix. */
bool kit_read(const struct kit *k, const char *prefix, struct ripng_route_info *out);
struct ripng_status kit_status(const struct kit *k);
bool kit_neigh(const struct kit *k, uint32_t ifindex, const char *addr, struct ripng_neigh_info *out);
bool kit_iface(const struct kit *k, uint32_t ifindex, struct ripng_iface_info *out);

const struct kit_got *kit_expect_sent(struct kit *k, uint32_t ifindex, const char *prefix, unsigned metric,
                                      KIT_AT);
void kit_expect_not_sent(struct kit *k, uint32_t ifindex, const char *prefix, KIT_AT);
void kit_expect_silent(const struct kit *k, uint32_t ifindex, KIT_AT);
void kit_expect_hops(const struct kit *k, const char *prefix, const struct ripng_nexthop *hops, unsigned n,
                     KIT_AT);
void kit_expect_installed(const struct kit *k, const char *prefix, const char *via, uint32_t ifindex, KIT_AT);
void kit_expect_not_installed(const struct kit *k, const char *prefix, KIT_AT);
void kit_expect_route(const struct kit *k, const char *prefix, unsigned metric, const char *via, KIT_AT);
void kit_expect_garbage(const struct kit *k, const char *prefix, KIT_AT);
void kit_expect_no_route(const struct kit *k, const char *prefix, KIT_AT);
const struct ripng_event *kit_expect_event(const struct kit *k, enum ripng_event_kind kind,
                                           enum ripng_reason reason, KIT_AT);
void kit_expect_no_event(const struct kit *k, enum ripng_event_kind kind, KIT_AT);
void kit_expect_no_changes(const struct kit *k, KIT_AT);
void kit_expect_active(const struct kit *k, uint32_t ifindex, bool active, KIT_AT);
/* The only packet since kit_forget() that went out on `ifindex`. */
const struct kit_packet *kit_expect_one_packet(const struct kit *k, uint32_t ifindex, KIT_AT);
_Noreturn void kit_fail(const struct kit *k, KIT_AT, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#define expect_sent(k, ifindex, prefix, metric)                                                              \
    kit_expect_sent(k, ifindex, prefix, metric, __FILE__, __LINE__)
#define expect_not_sent(k, ifindex, prefix) kit_expect_not_sent(k, ifindex, prefix, __FILE__, __LINE__)
#define expect_silent(k, ifindex) kit_expect_silent(k, ifindex, __FILE__, __LINE__)
/* A HOP() for each next hop that our kernel route has, in any order. */
#define expect_hops(k, prefix, ...)                                                                          \
    kit_expect_hops(k, prefix, (const struct ripng_nexthop[]){__VA_ARGS__},                                  \
                    sizeof((const struct ripng_nexthop[]){__VA_ARGS__}) / sizeof(struct ripng_nexthop),      \
                    __FILE__, __LINE__)
#define HOP(via, ifindex)                                                                                    \
    {                                                                                                        \
        ifindex, kit_addr(via)                                                                               \
    }
#define expect_installed(k, prefix, via, ifindex)                                                            \
    kit_expect_installed(k, prefix, via, ifindex, __FILE__, __LINE__)
#define expect_not_installed(k, prefix) kit_expect_not_installed(k, prefix, __FILE__, __LINE__)
/* A valid route; `via` NULL: any next hop, "::": our own. */
#define expect_route(k, prefix, metric, via) kit_expect_route(k, prefix, metric, via, __FILE__, __LINE__)
#define expect_garbage(k, prefix) kit_expect_garbage(k, prefix, __FILE__, __LINE__)
/* Neither valid nor garbage. */
#define expect_no_route(k, prefix) kit_expect_no_route(k, prefix, __FILE__, __LINE__)
#define expect_event(k, kind, reason) kit_expect_event(k, kind, reason, __FILE__, __LINE__)
#define expect_no_event(k, kind) kit_expect_no_event(k, kind, __FILE__, __LINE__)
#define expect_no_changes(k) kit_expect_no_changes(k, __FILE__, __LINE__)
#define expect_active(k, ifindex, active) kit_expect_active(k, ifindex, active, __FILE__, __LINE__)
#define expect_one_packet(k, ifindex) kit_expect_one_packet(k, ifindex, __FILE__, __LINE__)

#endif
