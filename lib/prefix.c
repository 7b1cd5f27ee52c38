/*
 * IPv6 prefixes: mask, compare, hash, contain, martian test, to and from text.
 *
 * Called by every file of the engine and by ripngctl. RFC 4291 for the ranges,
 * RFC 5952 for the text (inet_ntop and inet_pton are pure functions of the C
 * library). Leaves to others what a prefix is used for.
 */
#include "prefix.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ripng_prefix ripng_prefix_make(const struct in6_addr *addr, unsigned len)
{
    struct ripng_prefix p = {.addr = *addr, .len = (uint8_t)(len > 128 ? 128 : len)};
    unsigned whole = p.len / 8, rest = p.len % 8;
    if (whole < 16) {
        if (rest)
            p.addr.s6_addr[whole++] &= (uint8_t)(0xff00u >> rest);
        memset(p.addr.s6_addr + whole, 0, 16 - whole);
    }
    return p;
}

bool ripng_prefix_equal(const struct ripng_prefix *a, const struct ripng_prefix *b)
{
    return a->len == b->len && ripng_addr_equal(&a->addr, &b->addr);
}

int ripng_prefix_compare(const struct ripng_prefix *a, const struct ripng_prefix *b)
{
    int order = memcmp(&a->addr, &b->addr, sizeof a->addr);
    return order ? order : (int)a->len - (int)b->len;
}

bool ripng_prefix_contains(const struct ripng_prefix *outer, const struct ripng_prefix *inner)
{
    if (inner->len < outer->len)
        return false;
    struct ripng_prefix cut = ripng_prefix_make(&inner->addr, outer->len);
    return ripng_prefix_equal(&cut, outer);
}

bool ripng_addr_is_linklocal(const struct in6_addr *a)
{
    return a->s6_addr[0] == 0xfe && (a->s6_addr[1] & 0xc0) == 0x80;
}

bool ripng_addr_is_unspecified(const struct in6_addr *a)
{
    static const struct in6_addr none;
    return ripng_addr_equal(a, &none);
}

bool ripng_prefix_martian(const struct ripng_prefix *p)
{
    static const struct {
        struct ripng_prefix range;
        bool spanned; /* a route that spans it whole would carry it too */
    } martians[] = {
        {{{{{0xff}}}, 8}, true},                                                   /* multicast */
        {{{{{0xfe, 0x80}}}, 10}, true},                                            /* link-local */
        {{{{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}}}, 128}, true},       /* loopback */
        {{{{{0}}}, 128}, false},                                                   /* unspecified */
        {{{{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0}}}, 96}, false}, /* v4-mapped */
    };
    if (p->len == 0)
        return false; /* the default route */
    if (p->len >= 8 && p->addr.s6_addr[0] != 0 && p->addr.s6_addr[0] < 0xfe)
        return false; /* nearly all there are, at the cost of a look: none of the ranges begins so */
    for (size_t i = 0; i < sizeof martians / sizeof martians[0]; i++) {
        if (ripng_prefix_contains(&martians[i].range, p))
            return true;
        if (martians[i].spanned && ripng_prefix_contains(p, &martians[i].range))
            return true;
    }
    return false;
}

/* --- SipHash-1-3 (Aumasson, Bernstein): short keys that others choose ----------- */

#define ROTL(x, b) (((x) << (b)) | ((x) >> (64 - (b))))

struct sip {
    uint64_t v0, v1, v2, v3;
};

static inline void sip_round(struct sip *s)
{
    s->v0 += s->v1;
    s->v1 = ROTL(s->v1, 13) ^ s->v0;
    s->v0 = ROTL(s->v0, 32);
    s->v2 += s->v3;
    s->v3 = ROTL(s->v3, 16) ^ s->v2;
    s->v0 += s->v3;
    s->v3 = ROTL(s->v3, 21) ^ s->v0;
    s->v2 += s->v1;
    s->v1 = ROTL(s->v1, 17) ^ s->v2;
    s->v2 = ROTL(s->v2, 32);
}

static inline void sip_block(struct sip *s, uint64_t m)
{
    s->v3 ^= m;
    sip_round(s);
    s->v0 ^= m;
}

static inline struct sip sip_start(const uint64_t seed[2])
{
    return (struct sip){
        seed[0] ^ 0x736f6d6570736575u,
        seed[1] ^ 0x646f72616e646f6du,
        seed[0] ^ 0x6c7967656e657261u,
        seed[1] ^ 0x7465646279746573u,
    };
}

static inline uint64_t sip_end(struct sip *s, uint64_t last)
{
    sip_block(s, last);
    s->v2 ^= 0xff;
    sip_round(s);
    sip_round(s);
    sip_round(s);
    return s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}

/* Little-endian by hand: the same hash, so the same simulation, on every machine. Not a loop, of which the
 * compiler makes eight loads. */
static inline uint64_t load_le64(const uint8_t *b)
{
    return (uint64_t)b[0] | (uint64_t)b[1] << 8 | (uint64_t)b[2] << 16 | (uint64_t)b[3] << 24 |
           (uint64_t)b[4] << 32 | (uint64_t)b[5] << 40 | (uint64_t)b[6] << 48 | (uint64_t)b[7] << 56;
}

uint64_t ripng_prefix_hash(const struct ripng_prefix *p, const uint64_t seed[2])
{
    struct sip s = sip_start(seed);
    sip_block(&s, load_le64(p->addr.s6_addr));
    sip_block(&s, load_le64(p->addr.s6_addr + 8));
    return sip_end(&s, (uint64_t)17 << 56 | p->len);
}

uint64_t ripng_hash_bytes(const void *data, size_t size, const uint64_t seed[2])
{
    const uint8_t *b = data;
    struct sip s = sip_start(seed);
    size_t left = size;
    for (; left >= 8; left -= 8, b += 8)
        sip_block(&s, load_le64(b));
    uint64_t last = (uint64_t)size << 56;
    for (size_t i = 0; i < left; i++)
        last |= (uint64_t)b[i] << (8 * i);
    return sip_end(&s, last);
}

/* --- text ------------------------------------------------------------------------ */

const char *ripng_addr_text(const struct in6_addr *a, char *text)
{
    if (!inet_ntop(AF_INET6, a, text, RIPNG_ADDR_TEXT))
        text[0] = '\0'; /* can't be: the room is enough for any address */
    return text;
}

const char *ripng_prefix_text(const struct ripng_prefix *p, char *text)
{
    ripng_addr_text(&p->addr, text);
    size_t n = strlen(text);
    snprintf(text + n, RIPNG_PREFIX_TEXT - n, "/%u", (unsigned)p->len);
    return text;
}

bool ripng_addr_parse(const char *text, struct in6_addr *a)
{
    return inet_pton(AF_INET6, text, a) == 1;
}

/* 0..128 in decimal, without sign, space or leading zero; -1 where it is not. */
static int parse_length(const char *text)
{
    if (text[0] < '0' || text[0] > '9' || (text[0] == '0' && text[1]))
        return -1;
    char *end;
    unsigned long len = strtoul(text, &end, 10);
    return *end || len > 128 ? -1 : (int)len;
}

bool ripng_prefix_parse(const char *text, struct ripng_prefix *p, bool *host_bits)
{
    const char *slash = strchr(text, '/');
    size_t n = slash ? (size_t)(slash - text) : strlen(text);
    char addr_text[RIPNG_ADDR_TEXT];
    if (n >= sizeof addr_text)
        return false;
    memcpy(addr_text, text, n);
    addr_text[n] = '\0';

    struct in6_addr addr;
    int len = slash ? parse_length(slash + 1) : 128;
    if (len < 0 || !ripng_addr_parse(addr_text, &addr))
        return false;
    *p = ripng_prefix_make(&addr, (unsigned)len);
    if (host_bits)
        *host_bits = !ripng_addr_equal(&p->addr, &addr);
    return true;
}
