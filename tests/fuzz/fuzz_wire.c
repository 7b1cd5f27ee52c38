/*
 * Fuzzes lib/wire.c and lib/prefix.c: what is read and written again must be the same.
 *
 * The input is a packet. It is judged a second time here, by hand, and the two
 * verdicts must agree; each RTE is written again and the bytes compared; the same
 * into a buffer that is too small, where the writer must stop and say so. Each
 * RTE's prefix goes through the functions of prefix.h, and the input as a text
 * through their parser.
 */
#include "fuzz.h"

#include "wire.h"

static enum ripng_reason judge(const uint8_t *data, size_t size)
{
    if (size < 4)
        return RIPNG_WHY_SHORT;
    if (data[1] != 1)
        return RIPNG_WHY_VERSION;
    if (data[0] != 1 && data[0] != 2)
        return RIPNG_WHY_COMMAND;
    return (size - 4) % 20 ? RIPNG_WHY_LENGTH : RIPNG_WHY_NONE;
}

/* --- prefixes ------------------------------------------------------------- */

static void check_prefix(const struct ripng_prefix *p, const struct ripng_prefix *other)
{
    static const uint64_t seed[2] = {1, 2};
    struct ripng_prefix again = ripng_prefix_make(&p->addr, p->len);
    char text[RIPNG_PREFIX_TEXT], addr_text[RIPNG_ADDR_TEXT];
    bool host_bits = true;
    MUST(p->len <= 128 && ripng_prefix_equal(p, &again));
    MUST(ripng_prefix_contains(p, p) && ripng_prefix_compare(p, p) == 0);
    MUST(ripng_prefix_hash(p, seed) == ripng_prefix_hash(&again, seed));
    MUST(ripng_prefix_parse(ripng_prefix_text(p, text), &again, &host_bits));
    MUST(ripng_prefix_equal(p, &again) && !host_bits);
    struct in6_addr addr;
    MUST(ripng_addr_parse(ripng_addr_text(&p->addr, addr_text), &addr) && ripng_addr_equal(&addr, &p->addr));

    int order = ripng_prefix_compare(p, other), back = ripng_prefix_compare(other, p);
    MUST((order < 0) == (back > 0) && (order == 0) == ripng_prefix_equal(p, other));
    MUST(!(ripng_prefix_contains(p, other) && ripng_prefix_contains(other, p)) || order == 0);
    if (p->len && (p->addr.s6_addr[0] == 0xff || ripng_addr_is_linklocal(&p->addr)))
        MUST(ripng_prefix_martian(p));
}

static void check_text(const uint8_t *data, size_t size)
{
    char text[80], again_text[RIPNG_PREFIX_TEXT];
    size_t n = size < sizeof text ? size : sizeof text - 1;
    struct ripng_prefix p, again;
    struct in6_addr addr;
    bool host_bits;
    memcpy(text, data, n);
    text[n] = '\0';
    (void)ripng_addr_parse(text, &addr);
    if (!ripng_prefix_parse(text, &p, &host_bits))
        return;
    MUST(ripng_prefix_parse(ripng_prefix_text(&p, again_text), &again, &host_bits));
    MUST(ripng_prefix_equal(&p, &again) && !host_bits);
    check_prefix(&p, &again);
}

/* --- packets -------------------------------------------------------------- */

static void write_again(struct ripng_reader rd, struct ripng_writer *w)
{
    struct ripng_rte rte;
    while (ripng_read_rte(&rd, &rte)) {
        bool plain = rte.tag == 0 && rte.len == 0;
        if (plain && rte.metric == RIPNG_METRIC_NEXT_HOP)
            ripng_write_next_hop(w, &rte.addr);
        else if (plain && rte.metric == 16 && ripng_addr_is_unspecified(&rte.addr))
            ripng_write_whole_table(w);
        else
            ripng_write_rte(w, &rte);
    }
}

static void check_writer(const struct ripng_reader *rd, const uint8_t *data, size_t size)
{
    uint8_t *exact = malloc(size);
    struct ripng_writer w;
    MUST(exact);
    ripng_write_packet(&w, exact, size, rd->command);
    write_again(*rd, &w);
    MUST(!w.full && ripng_write_size(&w) == size && !ripng_write_room(&w, 1) && ripng_write_room(&w, 0));
    MUST(memcmp(exact, data, 2) == 0 && exact[2] == 0 && exact[3] == 0);
    MUST(memcmp(exact + 4, data + 4, size - 4) == 0);
    free(exact);
}

/* `limit` is any number up to the packet's size. */
static void check_small_writer(const struct ripng_reader *rd, const uint8_t *data, size_t size, size_t limit)
{
    uint8_t *small = malloc(limit ? limit : 1);
    struct ripng_writer w;
    MUST(small);
    ripng_write_packet(&w, small, limit, rd->command);
    write_again(*rd, &w);
    size_t written = ripng_write_size(&w);
    MUST(written <= limit && w.full == (limit < size));
    MUST(limit < 4 ? written == 0 : written == 4 + (limit - 4) / 20 * 20);
    if (limit >= 4)
        MUST(memcmp(small + 4, data + 4, written - 4) == 0);
    if (w.full)
        MUST(!ripng_write_room(&w, 0) && !ripng_write_room(&w, 1));
    free(small);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ripng_reader rd;
    enum ripng_reason why = ripng_read_packet(&rd, data, size);
    MUST(why == judge(data, size));
    check_text(data, size);
    if (why != RIPNG_WHY_NONE) {
        struct ripng_rte rte;
        MUST(ripng_read_left(&rd) == 0 && !ripng_read_rte(&rd, &rte));
        return 0;
    }
    MUST(rd.command == data[0] && rd.version == 1 && rd.must_be_zero_set == (data[2] || data[3]));
    MUST(ripng_read_left(&rd) == (size - 4) / 20);
    check_writer(&rd, data, size);
    check_small_writer(&rd, data, size, ((size_t)data[2] << 8 | data[3]) % (size + 1));

    struct ripng_rte rte;
    struct ripng_prefix before = {.len = 0};
    size_t n = 0;
    while (ripng_read_rte(&rd, &rte)) {
        const uint8_t *b = data + 4 + 20 * n++;
        MUST(memcmp(&rte.addr, b, 16) == 0 && rte.tag == b[16] * 256 + b[17]);
        MUST(rte.len == b[18] && rte.metric == b[19]);
        struct ripng_prefix p = ripng_prefix_make(&rte.addr, rte.len);
        check_prefix(&p, &before);
        before = p;
    }
    MUST(n == (size - 4) / 20);
    return 0;
}
