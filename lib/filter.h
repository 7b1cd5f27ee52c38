/*
 * Filters: lists of prefix rules, the first that matches decides.
 *
 * daemon/confkeys.c has the rules read from words, input.c, origin.c and export.c
 * ask them. Pure: plain data and functions of it; the array of rules is the only
 * memory. Where a filter may be NULL there is none, and everything is permitted.
 */
#ifndef RIPNG_FILTER_H
#define RIPNG_FILTER_H

#include "config.h"

#define RIPNG_FILTER_NAME_MAX 32    /* long enough to say what it is for */
#define RIPNG_FILTERS_MAX 256       /* two for each of as many links as a large router has */
#define RIPNG_FILTER_RULES_MAX 1000 /* looked through for each route that is heard or sent */

struct ripng_rule {
    struct ripng_prefix prefix;
    uint8_t min_len, max_len; /* prefix lengths that match, both included */
    bool permit;
    bool reads_tag, sets_tag;
    uint8_t source;     /* the one that matches; RIPNG_N_SOURCES: any */
    uint8_t set_metric; /* 0: it stays */
    uint8_t add_metric;
    uint16_t tag;     /* the one that matches, if `reads_tag` */
    uint16_t new_tag; /* if `sets_tag` */
};

struct ripng_filter {
    char name[RIPNG_FILTER_NAME_MAX];
    struct ripng_rule *rules; /* owned */
    size_t n_rules;
};

/*
 * One rule from its words, see ripngd.conf(5):
 *
 *   permit|deny  PREFIX|any  [ge N] [le N]  [tag N] [source WORD]  [set metric N | add metric N] [set tag N]
 *
 * False: `why` says what is wrong, for people.
 */
bool ripng_rule_parse(const char *text, struct ripng_rule *rule, char *why, size_t size);

/* The same to the end of `f`. */
bool ripng_filter_add(struct ripng_filter *f, const char *text, char *why, size_t size);

/* A deep copy into uninitialised `to`. False: no memory, `to` holds nothing. */
bool ripng_filter_copy(struct ripng_filter *to, const struct ripng_filter *from);
void ripng_filter_clear(struct ripng_filter *f);

/* The same rules, whatever their names? */
bool ripng_filter_equal(const struct ripng_filter *a, const struct ripng_filter *b);

/* What a filter looks at, and what it may change. */
struct ripng_subject {
    struct ripng_prefix prefix;
    enum ripng_source source;
    uint8_t metric; /* over 15: unreachable, and stays so */
    uint16_t tag;
};

/*
 * Is it permitted? Then it has been changed as the rule says. `*rule`, where asked for, is the
 * number of the rule that decided, from 1; 0: none matched, or there is no filter.
 */
bool ripng_filter_apply(const struct ripng_filter *f, struct ripng_subject *s, unsigned *rule);

/* Would it be permitted with some tag and some source? */
bool ripng_filter_could_permit(const struct ripng_filter *f, const struct ripng_prefix *p);

/* Can a tag decide what becomes of a route? */
bool ripng_filter_reads_tags(const struct ripng_filter *f);

#endif
