/*
 * Filters: rules from words, and what they say about a route. See filter.h.
 *
 * A rule is read in two steps: each clause by the table below, then what the
 * clauses must be to each other. Messages name the word that is wrong, because
 * whoever reads them has a line of a file and a list of rules in it.
 */
#include "filter.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- words ----------------------------------------------------------------------------- */

struct parser {
    const char *at;
    char word[RIPNG_PREFIX_TEXT + 14]; /* the longest that any clause has, and then some */
    char *why;
    size_t size;
};

/* Says what is wrong; false, for use in a return. */
__attribute__((format(printf, 2, 3))) static bool wrong(struct parser *p, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(p->why, p->size, format, args);
    va_end(args);
    return false;
}

/* The next word, cut to what `word` holds. False: there is none. */
static bool next(struct parser *p)
{
    static const char space[] = " \t\r\n";
    p->at += strspn(p->at, space);
    size_t n = strcspn(p->at, space), kept = n < sizeof p->word ? n : sizeof p->word - 1;
    memcpy(p->word, p->at, kept);
    p->word[kept] = '\0';
    p->at += n;
    return n > 0;
}

/* --- clauses --------------------------------------------------------------------------- */

enum clause { GE, LE, TAG, SOURCE, SET_METRIC, ADD_METRIC, SET_TAG, N_CLAUSES };

static const struct {
    const char *verb, *noun, *name;
    unsigned min, max; /* of its number */
} clauses[N_CLAUSES] = {
    [GE] = {"", "ge", "ge", 0, 128},
    [LE] = {"", "le", "le", 0, 128},
    [TAG] = {"", "tag", "tag", 0, UINT16_MAX},
    [SOURCE] = {"", "source", "source", 0, 0},
    [SET_METRIC] = {"set", "metric", "set metric", 1, RIPNG_METRIC_INFINITY - 1},
    [ADD_METRIC] = {"add", "metric", "add metric", 1, RIPNG_METRIC_INFINITY - 1},
    [SET_TAG] = {"set", "tag", "set tag", 0, UINT16_MAX},
};

/* What each clause said; -1: not there. */
struct said {
    long value[N_CLAUSES];
};

static bool is_verb(const char *word)
{
    return strcmp(word, "set") == 0 || strcmp(word, "add") == 0;
}

/* The clause that begins with the word at hand; N_CLAUSES: none, and it has been said. */
static enum clause find_clause(struct parser *p)
{
    char verb[sizeof p->word] = "";
    if (is_verb(p->word)) {
        strcpy(verb, p->word);
        if (!next(p)) {
            wrong(p, "%s what? metric%s", verb, verb[0] == 's' ? " or tag" : "");
            return N_CLAUSES;
        }
    }
    for (enum clause c = 0; c < N_CLAUSES; c++)
        if (strcmp(clauses[c].noun, p->word) == 0 && strcmp(clauses[c].verb, verb) == 0)
            return c;
    if (*verb)
        wrong(p, "%s \"%s\": it can only %s metric%s", verb, p->word, verb, verb[0] == 's' ? " or tag" : "");
    else
        wrong(p, "\"%s\" is none of ge, le, tag, source, set, add", p->word);
    return N_CLAUSES;
}

static bool read_source(struct parser *p, long *value)
{
    for (enum ripng_source s = 0; s < RIPNG_N_SOURCES; s++)
        if (strcmp(p->word, ripng_source_name(s)) == 0) {
            *value = s;
            return true;
        }
    return wrong(p,
                 "source \"%s\" is none of connected, delegated, static, kernel, default, aggregate, route, "
                 "ripng",
                 p->word);
}

static bool read_number(struct parser *p, enum clause c, long *value)
{
    if (!p->word[0] || p->word[strspn(p->word, "0123456789")])
        return wrong(p, "%s \"%s\": no whole number", clauses[c].name, p->word);
    unsigned long n = strtoul(p->word, NULL, 10);
    if (n < clauses[c].min || n > clauses[c].max)
        return wrong(p, "%s %s is out of range (%u to %u)", clauses[c].name, p->word, clauses[c].min,
                     clauses[c].max);
    *value = (long)n;
    return true;
}

static bool read_clauses(struct parser *p, struct said *said)
{
    for (enum clause c = 0; c < N_CLAUSES; c++)
        said->value[c] = -1;
    while (next(p)) {
        enum clause c = find_clause(p);
        if (c == N_CLAUSES)
            return false;
        if (said->value[c] >= 0)
            return wrong(p, "%s is there twice", clauses[c].name);
        if (!next(p))
            return wrong(p, "%s needs a %s", clauses[c].name, c == SOURCE ? "word" : "number");
        if (c == SOURCE ? !read_source(p, &said->value[c]) : !read_number(p, c, &said->value[c]))
            return false;
    }
    return true;
}

/* --- a rule ------------------------------------------------------------------------------ */

static bool read_action(struct parser *p, struct ripng_rule *rule)
{
    if (!next(p))
        return wrong(p, "a rule is permit or deny, then a prefix or any");
    rule->permit = strcmp(p->word, "permit") == 0;
    if (!rule->permit && strcmp(p->word, "deny") != 0)
        return wrong(p, "\"%s\" is neither permit nor deny", p->word);
    return true;
}

static bool read_destination(struct parser *p, struct ripng_rule *rule)
{
    const char *action = rule->permit ? "permit" : "deny";
    bool host_bits;
    if (!next(p))
        return wrong(p, "%s what? A prefix, or any", action);
    if (strcmp(p->word, "any") == 0) {
        rule->max_len = 128;
        return true;
    }
    if (!ripng_prefix_parse(p->word, &rule->prefix, &host_bits))
        return wrong(p, "\"%s\" is neither a prefix nor any", p->word);
    if (host_bits)
        return wrong(p, "%s has bits beyond its length", p->word);
    rule->min_len = rule->max_len = rule->prefix.len;
    return true;
}

/* `ge` alone is up to 128, `le` alone from the prefix's own length. */
static bool settle_lengths(struct parser *p, struct ripng_rule *rule, long ge, long le)
{
    unsigned len = rule->prefix.len;
    if (ge >= 0 && ge < (long)len)
        return wrong(p, "ge %ld is below the prefix length %u", ge, len);
    if (le >= 0 && le < (long)len)
        return wrong(p, "le %ld is below the prefix length %u", le, len);
    if (ge >= 0 && le >= 0 && le < ge)
        return wrong(p, "le %ld is less than ge %ld: nothing would match", le, ge);
    if (ge >= 0) {
        rule->min_len = (uint8_t)ge;
        rule->max_len = 128;
    }
    if (le >= 0)
        rule->max_len = (uint8_t)le;
    return true;
}

static bool settle(struct parser *p, struct ripng_rule *rule, const struct said *said)
{
    const long *v = said->value;
    if (!rule->permit && (v[SET_METRIC] >= 0 || v[ADD_METRIC] >= 0 || v[SET_TAG] >= 0))
        return wrong(p, "deny sets and adds nothing");
    if (v[SET_METRIC] >= 0 && v[ADD_METRIC] >= 0)
        return wrong(p, "set metric and add metric in one rule");
    rule->reads_tag = v[TAG] >= 0;
    rule->tag = rule->reads_tag ? (uint16_t)v[TAG] : 0;
    rule->source = v[SOURCE] >= 0 ? (uint8_t)v[SOURCE] : RIPNG_N_SOURCES;
    rule->set_metric = v[SET_METRIC] >= 0 ? (uint8_t)v[SET_METRIC] : 0;
    rule->add_metric = v[ADD_METRIC] >= 0 ? (uint8_t)v[ADD_METRIC] : 0;
    rule->sets_tag = v[SET_TAG] >= 0;
    rule->new_tag = rule->sets_tag ? (uint16_t)v[SET_TAG] : 0;
    return settle_lengths(p, rule, v[GE], v[LE]);
}

bool ripng_rule_parse(const char *text, struct ripng_rule *rule, char *why, size_t size)
{
    struct parser p = {.at = text, .why = why, .size = size};
    struct said said;
    *rule = (struct ripng_rule){.permit = false};
    return read_action(&p, rule) && read_destination(&p, rule) && read_clauses(&p, &said) &&
           settle(&p, rule, &said);
}

/* --- a list of them -------------------------------------------------------------------------- */

bool ripng_filter_add(struct ripng_filter *f, const char *text, char *why, size_t size)
{
    struct parser p = {.why = why, .size = size};
    struct ripng_rule rule;
    if (!ripng_rule_parse(text, &rule, why, size))
        return false;
    if (f->n_rules == RIPNG_FILTER_RULES_MAX)
        return wrong(&p, "more than %d rules", RIPNG_FILTER_RULES_MAX);
    struct ripng_rule *grown = realloc(f->rules, (f->n_rules + 1) * sizeof *grown);
    if (!grown)
        return wrong(&p, "out of memory");
    f->rules = grown;
    grown[f->n_rules++] = rule;
    return true;
}

bool ripng_filter_copy(struct ripng_filter *to, const struct ripng_filter *from)
{
    *to = *from;
    to->rules = NULL;
    if (!from->n_rules)
        return true;
    to->rules = malloc(from->n_rules * sizeof *to->rules);
    if (!to->rules) {
        to->n_rules = 0;
        return false;
    }
    memcpy(to->rules, from->rules, from->n_rules * sizeof *to->rules);
    return true;
}

void ripng_filter_clear(struct ripng_filter *f)
{
    free(f->rules);
    f->rules = NULL;
    f->n_rules = 0;
}

static bool same_rule(const struct ripng_rule *a, const struct ripng_rule *b)
{
    return ripng_prefix_equal(&a->prefix, &b->prefix) && a->min_len == b->min_len &&
           a->max_len == b->max_len && a->permit == b->permit && a->reads_tag == b->reads_tag &&
           a->tag == b->tag && a->source == b->source && a->set_metric == b->set_metric &&
           a->add_metric == b->add_metric && a->sets_tag == b->sets_tag && a->new_tag == b->new_tag;
}

bool ripng_filter_equal(const struct ripng_filter *a, const struct ripng_filter *b)
{
    if (!a || !b)
        return a == b;
    if (a->n_rules != b->n_rules)
        return false;
    for (size_t i = 0; i < a->n_rules; i++)
        if (!same_rule(&a->rules[i], &b->rules[i]))
            return false;
    return true;
}

/* --- what they say -------------------------------------------------------------------------------- */

static bool covers(const struct ripng_rule *rule, const struct ripng_prefix *p)
{
    return p->len >= rule->min_len && p->len <= rule->max_len && ripng_prefix_contains(&rule->prefix, p);
}

static bool matches(const struct ripng_rule *rule, const struct ripng_subject *s)
{
    return covers(rule, &s->prefix) && (!rule->reads_tag || rule->tag == s->tag) &&
           (rule->source == RIPNG_N_SOURCES || rule->source == s->source);
}

static void change(const struct ripng_rule *rule, struct ripng_subject *s)
{
    if (rule->sets_tag)
        s->tag = rule->new_tag;
    if (s->metric >= RIPNG_METRIC_INFINITY)
        return;
    if (rule->set_metric)
        s->metric = rule->set_metric;
    unsigned sum = s->metric + rule->add_metric;
    s->metric = sum < RIPNG_METRIC_INFINITY ? (uint8_t)sum : RIPNG_METRIC_INFINITY;
}

bool ripng_filter_apply(const struct ripng_filter *f, struct ripng_subject *s, unsigned *rule)
{
    size_t i = 0;
    while (f && i < f->n_rules && !matches(&f->rules[i], s))
        i++;
    bool decided = f && i < f->n_rules;
    if (rule)
        *rule = decided ? (unsigned)i + 1 : 0;
    if (!decided || !f->rules[i].permit)
        return !f;
    change(&f->rules[i], s);
    return true;
}

bool ripng_filter_could_permit(const struct ripng_filter *f, const struct ripng_prefix *p)
{
    for (size_t i = 0; f && i < f->n_rules; i++) {
        const struct ripng_rule *rule = &f->rules[i];
        if (!covers(rule, p))
            continue;
        if (rule->permit)
            return true;
        if (!rule->reads_tag && rule->source == RIPNG_N_SOURCES)
            return false;
    }
    return !f;
}

bool ripng_filter_reads_tags(const struct ripng_filter *f)
{
    for (size_t i = 0; f && i < f->n_rules; i++)
        if (f->rules[i].reads_tag)
            return true;
    return false;
}
