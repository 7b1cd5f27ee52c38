/*
 * Asking a router for its routes, RFC 2080 2.4.1: what to send when, and what of
 * the replies is the answer.
 *
 * For `ripngctl query`, by the daemon's socket or by its own. Pure, like the engine,
 * and apart from it: whom the operator asks changes nothing of the protocol.
 */
#ifndef RIPNG_QUERY_H
#define RIPNG_QUERY_H

#include "ripng.h"
#include "wire.h"

#define RIPNG_QUERY_PREFIXES 8 /* as many as a line of the control socket holds */
#define RIPNG_QUERY_MAX (RIPNG_HEADER_SIZE + RIPNG_QUERY_PREFIXES * RIPNG_RTE_SIZE)

/* Whom to ask for what: as people write it. */
struct ripng_query {
    struct in6_addr address;
    char ifname[RIPNG_IFNAME]; /* "": whichever leads there */
    size_t n_prefixes;         /* 0: the whole table */
    struct ripng_prefix prefixes[RIPNG_QUERY_PREFIXES];
};

/*
 * ADDRESS%INTERFACE and prefixes. False: `why` has room for RIPNG_QUERY_WHY bytes and says
 * which word is wrong, and how it should be.
 */
#define RIPNG_QUERY_WHY 160
bool ripng_query_parse(struct ripng_query *q, const char *const *words, size_t n, char *why);

/* One that is under way. */
struct ripng_asking {
    struct ripng_query query;
    uint32_t ifindex; /* 0: none */
    bool own_port;    /* asked from a port of its own: what comes there is the answer, whoever sends it */
    unsigned sent;
    bool whole;                        /* the last one sent asks for the whole table */
    bool seen[RIPNG_QUERY_PREFIXES];   /* answered */
    int64_t start_us, next_us, end_us; /* begun; ask again; enough waited */
    uint64_t packets, entries;         /* of the answer */
};

/* A route of the answer. */
struct ripng_told {
    struct ripng_prefix prefix;
    uint8_t metric;
    uint16_t tag;
    struct in6_addr nexthop;
};

void ripng_ask(struct ripng_asking *a, const struct ripng_query *q, uint32_t ifindex, struct ripng_time now);

/* What is to be sent now, to port 521; its size, 0: nothing. */
size_t ripng_ask_packet(struct ripng_asking *a, struct ripng_time now, void *buffer, size_t size);

/* A packet of the answer, on its way through. */
struct ripng_answer {
    struct ripng_reader reader;
    struct in6_addr sender, nexthop;
};

/*
 * A packet came: is it the answer, or a part of it? Then its entries follow one by one. The
 * address that answers need not be the one that was asked (2.4.1, 2.5.2). But at port 521 there are
 * other routers, with answers to other questions: there a link-local one that was asked must.
 */
bool ripng_ask_heard(struct ripng_asking *a, struct ripng_time now, const struct ripng_packet *p,
                     struct ripng_answer *answer);
bool ripng_ask_entry(struct ripng_asking *a, struct ripng_answer *answer, struct ripng_told *told);

/* When to look again; is it over? Then `packets` and `entries` tell how well it went. */
struct ripng_time ripng_ask_deadline(const struct ripng_asking *a);
bool ripng_ask_over(const struct ripng_asking *a, struct ripng_time now);

/* The sentence for an answer that is none; NULL: it is one. `why` has room for RIPNG_QUERY_WHY. */
const char *ripng_ask_failure(const struct ripng_asking *a, char *why);

#endif
