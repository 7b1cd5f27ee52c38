/*
 * IPv6 prefixes and addresses: the vocabulary that everything else is written in.
 *
 * Used by every room of the house, ripngctl included. Pure: no memory, no state.
 */
#ifndef RIPNG_PREFIX_H
#define RIPNG_PREFIX_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A destination. Bits beyond `len` are zero: ripng_prefix_make() sees to it. */
struct ripng_prefix {
    struct in6_addr addr;
    uint8_t len; /* 0..128 */
};

/* Room for the longest text forms, the final NUL included. */
#define RIPNG_ADDR_TEXT 46
#define RIPNG_PREFIX_TEXT 50

/* `addr` cut to `len` bits (`len` over 128 counts as 128). */
struct ripng_prefix ripng_prefix_make(const struct in6_addr *addr, unsigned len);

bool ripng_prefix_equal(const struct ripng_prefix *a, const struct ripng_prefix *b);

/* Order for people: by address, the shorter prefix first. <0, 0, >0. */
int ripng_prefix_compare(const struct ripng_prefix *a, const struct ripng_prefix *b);

/* Does `outer` contain all of `inner`? A prefix contains itself. */
bool ripng_prefix_contains(const struct ripng_prefix *outer, const struct ripng_prefix *inner);

/*
 * May this prefix never be a route (RFC 2080 2.4.2: "destination prefix valid")?
 * Multicast, link-local, loopback, the unspecified address, v4-mapped; anything
 * that lies in one of them or, ::/0 apart, spans one of the first three whole.
 */
bool ripng_prefix_martian(const struct ripng_prefix *p);

/* SipHash-1-3 of address and length: neighbours choose the keys, so a secret seeds it. */
uint64_t ripng_prefix_hash(const struct ripng_prefix *p, const uint64_t seed[2]);

/* The same hash over any bytes. */
uint64_t ripng_hash_bytes(const void *data, size_t size, const uint64_t seed[2]);

static inline bool ripng_addr_equal(const struct in6_addr *a, const struct in6_addr *b)
{
    return !memcmp(a, b, sizeof *a);
}
bool ripng_addr_is_linklocal(const struct in6_addr *a); /* fe80::/10 */
bool ripng_addr_is_unspecified(const struct in6_addr *a);

/* Text, RFC 5952. `text` holds RIPNG_ADDR_TEXT / RIPNG_PREFIX_TEXT bytes; returned for use in a call. */
const char *ripng_addr_text(const struct in6_addr *a, char *text);
const char *ripng_prefix_text(const struct ripng_prefix *p, char *text);

/*
 * "2001:db8::/32", or an address alone for its /128. False where it is no prefix.
 * `*host_bits`, where asked for, tells that bits beyond the length were set and cut off.
 */
bool ripng_prefix_parse(const char *text, struct ripng_prefix *p, bool *host_bits);
bool ripng_addr_parse(const char *text, struct in6_addr *a);

#endif
