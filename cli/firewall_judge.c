/*
 * What becomes of a packet in a ruleset: walks the hook's chains rule by rule, as
 * the kernel does, with a third truth value for what is not understood.
 *
 * Called by check_firewall.c and by tests. Leaves reading the text to firewall.c.
 * The packet is the first of its kind (`ct state new`): RIPng's multicasts have no
 * connection, and what is forwarded has to begin somehow.
 */
#include "firewall_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 16 /* the kernel's own limit of jumps */
#define BUDGET                                                                                               \
    (2 * FIREWALL_TEXT_MAX) /* tokens looked at; chains that jump to each other grow without end             \
                             */
#define VALUE_MAX 64        /* of what is compared: addresses with length, names */

enum truth { NO, YES, MAYBE };
enum way { ON, RETURN, ACCEPT, DROP };

struct judge {
    const struct firewall *f;
    const struct firewall_packet *p;
    char zone[32]; /* of the last chain of a zone that it went through */
    unsigned depth;
    uint32_t *budget; /* of the whole judgement; 0: it is spent, and what is not judged passes */
    bool sure;
};

/* A rule as it is read. */
struct rule {
    const struct firewall_block *chain;
    uint32_t at, end;
};

static enum way judge_chain(struct judge *j, const struct firewall_block *chain);

static const struct firewall_token *tok(const struct judge *j, uint32_t i)
{
    return &j->f->tokens[i];
}

static bool word(const struct judge *j, const struct rule *r, const char *w)
{
    return r->at < r->end && !tok(j, r->at)->quoted && token_is(tok(j, r->at), w);
}

static bool take(const struct judge *j, struct rule *r, const char *w)
{
    if (!word(j, r, w))
        return false;
    r->at++;
    return true;
}

static bool spend(struct judge *j, uint32_t tokens)
{
    *j->budget -= tokens < *j->budget ? tokens : *j->budget;
    return *j->budget > 0;
}

static bool copy(const struct firewall_token *t, char *to, size_t size)
{
    size_t n = t->size < size ? t->size : size - 1;
    memcpy(to, t->text, n);
    to[n] = '\0';
    return n == t->size;
}

/* --- values ------------------------------------------------------------------ */

static enum truth truth(bool yes)
{
    return yes ? YES : NO;
}

static enum truth is_name(const char *have, const char *value)
{
    size_t n = strlen(value);
    if (!have)
        return NO;
    if (n && value[n - 1] == '*')
        return truth(strncmp(have, value, n - 1) == 0);
    return truth(strcmp(have, value) == 0);
}

static enum truth is_number(unsigned have, const char *value)
{
    char *end;
    if (strcmp(value, "ripng") == 0)
        return truth(have == 521);
    unsigned long low = strtoul(value, &end, 0), high = low;
    if (end != value && *end == '-') {
        const char *second = end + 1;
        high = strtoul(second, &end, 0);
        end = end == second ? (char *)value : end;
    }
    return end == value || *end ? MAYBE : truth(have >= low && have <= high);
}

static enum truth is_address(const struct ripng_prefix *have, const char *value)
{
    struct ripng_prefix p;
    if (!ripng_prefix_parse(value, &p, NULL))
        return MAYBE;
    return ripng_prefix_contains(&p, have) ? YES : ripng_prefix_contains(have, &p) ? MAYBE : NO;
}

static enum truth value_iif(const struct firewall_packet *p, const char *v)
{
    return is_name(p->iif, v);
}

static enum truth value_oif(const struct firewall_packet *p, const char *v)
{
    return is_name(p->oif, v);
}

static enum truth value_proto(const struct firewall_packet *p, const char *v)
{
    const char *number = strcmp(p->l4proto, "udp") == 0 ? "17" : "6";
    return truth(strcmp(v, p->l4proto) == 0 || strcmp(v, number) == 0);
}

static enum truth value_ipv6(const struct firewall_packet *p, const char *v)
{
    (void)p;
    return truth(strcmp(v, "ipv6") == 0 || strcmp(v, "ip6") == 0 || strcmp(v, "10") == 0);
}

static enum truth value_type(const struct firewall_packet *p, const char *v)
{
    bool multicast = p->daddr.addr.s6_addr[0] == 0xff;
    return truth(strcmp(v, multicast ? "multicast" : "host") == 0 ||
                 (!multicast && strcmp(v, "unicast") == 0));
}

static enum truth value_sport(const struct firewall_packet *p, const char *v)
{
    return is_number(p->sport, v);
}

static enum truth value_dport(const struct firewall_packet *p, const char *v)
{
    return is_number(p->dport, v);
}

static enum truth value_saddr(const struct firewall_packet *p, const char *v)
{
    return is_address(&p->saddr, v);
}

static enum truth value_daddr(const struct firewall_packet *p, const char *v)
{
    return is_address(&p->daddr, v);
}

static enum truth value_state(const struct firewall_packet *p, const char *v)
{
    (void)p;
    return truth(strcmp(v, "new") == 0);
}

static enum truth value_never(const struct firewall_packet *p, const char *v)
{
    (void)p;
    (void)v;
    return NO;
}

/* What a rule may look at; `proto`: only of such packets. */
static const struct selector {
    const char *first, *second, *proto;
    enum truth (*value)(const struct firewall_packet *p, const char *v);
} selectors[] = {
    {"iifname", NULL, NULL, value_iif},
    {"iif", NULL, NULL, value_iif},
    {"oifname", NULL, NULL, value_oif},
    {"oif", NULL, NULL, value_oif},
    {"l4proto", NULL, NULL, value_proto},
    {"nfproto", NULL, NULL, value_ipv6},
    {"protocol", NULL, NULL, value_ipv6},
    {"pkttype", NULL, NULL, value_type},
    {"udp", "dport", "udp", value_dport},
    {"udp", "sport", "udp", value_sport},
    {"tcp", "dport", "tcp", value_dport},
    {"tcp", "sport", "tcp", value_sport},
    {"udp", NULL, "udp", NULL},
    {"tcp", NULL, "tcp", NULL},
    {"th", "dport", NULL, value_dport},
    {"th", "sport", NULL, value_sport},
    {"ip6", "saddr", NULL, value_saddr},
    {"ip6", "daddr", NULL, value_daddr},
    {"ip6", "nexthdr", NULL, value_proto},
    {"ct", "state", NULL, value_state},
    {"ct", "status", NULL, value_never},
    {"ip", NULL, "ipv4", NULL},
    {"icmp", NULL, "icmp", NULL},
    {"icmpv6", NULL, "icmpv6", NULL},
};

/* Steps over `meta` and the selector's words; NULL: nothing known. */
static const struct selector *take_selector(const struct judge *j, struct rule *r)
{
    struct rule at = *r;
    (void)take(j, &at, "meta");
    for (size_t i = 0; i < sizeof selectors / sizeof selectors[0]; i++) {
        struct rule here = at;
        if (!take(j, &here, selectors[i].first) ||
            (selectors[i].second && !take(j, &here, selectors[i].second)))
            continue;
        *r = here;
        return &selectors[i];
    }
    return NULL;
}

static enum truth value_at(const struct judge *j, const struct selector *s, uint32_t i)
{
    char text[VALUE_MAX];
    return copy(tok(j, i), text, sizeof text) ? s->value(j->p, text) : MAYBE;
}

/* The end of a list's element: its comma, or the list's end. */
static uint32_t element_end(const struct judge *j, uint32_t i, uint32_t end)
{
    while (i < end && !token_is(tok(j, i), ","))
        i++;
    return i;
}

static bool is_newline(const struct judge *j, uint32_t i)
{
    return tok(j, i)->newline;
}

/* Is one of the elements in [i, end) it? With `verdict`, of a map: where the verdict of the first one is. */
static enum truth match_list(const struct judge *j, const struct selector *s, uint32_t i, uint32_t end,
                             uint32_t *verdict)
{
    enum truth found = NO;
    for (uint32_t next; i < end; i = next + 1) {
        next = element_end(j, i, end);
        while (i < next && is_newline(j, i))
            i++;
        if (i == next)
            continue;
        bool joined = i + 1 < next && token_is(tok(j, i + 1), ".");
        enum truth t = joined ? MAYBE : token_is(tok(j, i), "*") ? YES : value_at(j, s, i);
        if (t == NO)
            continue;
        found = t;
        if (verdict) {
            for (*verdict = i; *verdict < next && !token_is(tok(j, *verdict), ":");)
                ++*verdict;
            ++*verdict;
        }
        if (t == YES)
            break;
    }
    return found;
}

/* By name; NULL: none, or the search for it is one too many. */
static const struct firewall_block *find_block(struct judge *j, const struct rule *r, const char *name,
                                               uint32_t size, bool chain)
{
    return spend(j, j->f->n_blocks) ? firewall_block(j->f, r->chain, name, size, chain) : NULL;
}

static enum truth match_set(struct judge *j, const struct rule *r, const struct selector *s,
                            const struct firewall_token *t)
{
    const struct firewall_block *set = find_block(j, r, t->text + 1, t->size - 1, false);
    if (!set || !spend(j, set->end - set->begin))
        return MAYBE;
    for (uint32_t i = set->begin; i + 2 < set->end; i++) {
        if (token_is(tok(j, i), "elements") && token_is(tok(j, i + 1), "=") && token_is(tok(j, i + 2), "{")) {
            uint32_t end = i + 3;
            while (end < set->end && !token_is(tok(j, end), "}"))
                end++;
            return match_list(j, s, i + 3, end, NULL);
        }
    }
    return NO; /* empty */
}

/* `{` is behind r->at: the list's end, and r steps behind it. */
static uint32_t take_list(const struct judge *j, struct rule *r)
{
    while (r->at < r->end && !word(j, r, "}"))
        r->at++;
    uint32_t end = r->at;
    if (r->at < r->end)
        r->at++;
    return end;
}

static bool is_verdict(const struct judge *j, uint32_t i)
{
    static const char *const words[] = {"accept", "drop", "reject", "jump", "goto", "return"};
    for (size_t k = 0; k < sizeof words / sizeof words[0]; k++)
        if (!tok(j, i)->quoted && token_is(tok(j, i), words[k]))
            return true;
    return false;
}

static void skip_to_verdict(const struct judge *j, struct rule *r)
{
    while (r->at < r->end && !is_verdict(j, r->at))
        r->at += word(j, r, "comment") ? 2 : 1;
    if (r->at > r->end)
        r->at = r->end;
}

/*
 * A condition: steps over it and says whether it is true. `*verdict`: it was a map,
 * and this is what it says; 0: it was none.
 */
static enum truth match(struct judge *j, struct rule *r, const struct selector *s, uint32_t *verdict)
{
    bool wrong_kind = s->proto && strcmp(s->proto, j->p->l4proto) != 0;
    bool map = take(j, r, "vmap"), inverted = take(j, r, "!=");
    enum truth t;
    (void)take(j, r, "==");
    if (!s->value || r->at >= r->end || word(j, r, ".")) {
        skip_to_verdict(j, r); /* where it ends is not known, and need not be */
        return wrong_kind ? NO : MAYBE;
    }
    if (take(j, r, "{")) {
        uint32_t begin = r->at, end = take_list(j, r);
        t = match_list(j, s, begin, end, map ? verdict : NULL);
    } else if (tok(j, r->at)->text[0] == '@' && !map) {
        t = match_set(j, r, s, tok(j, r->at++));
    } else if (map) { /* by name: its verdicts are not known, one may be `accept` */
        *verdict = r->at++;
        return wrong_kind ? NO : MAYBE;
    } else {
        t = value_at(j, s, r->at++);
        while (take(j, r, ",") && r->at < r->end) { /* established,related */
            enum truth more = value_at(j, s, r->at++);
            t = t == YES || more == YES ? YES : t == MAYBE ? t : more;
        }
        if (word(j, r, ".") || word(j, r, "&") || word(j, r, "|") || word(j, r, "vmap"))
            t = MAYBE;
    }
    if (wrong_kind)
        return NO;
    return t == MAYBE || !inverted ? t : truth(t == NO);
}

/* --- rules ------------------------------------------------------------------- */

/* Statements that change nothing about the way: their name, and how many words follow. */
static const struct {
    const char *name;
    unsigned words;
} harmless[] = {{"comment", 1}, {"counter", 0}, {"packets", 1}, {"bytes", 1},   {"log", 0},    {"prefix", 1},
                {"level", 1},   {"flags", 1},   {"group", 1},   {"snaplen", 1}, {"notrack", 0}};

static bool take_harmless(const struct judge *j, struct rule *r)
{
    for (size_t i = 0; i < sizeof harmless / sizeof harmless[0]; i++) {
        if (take(j, r, harmless[i].name)) {
            r->at += harmless[i].words;
            return true;
        }
    }
    return false;
}

/* The verdict at r->at, under a condition that is true or may be. */
static enum way verdict(struct judge *j, struct rule *r, enum truth t, bool *leaky)
{
    if (take(j, r, "accept"))
        return ACCEPT;
    bool drops = word(j, r, "drop") || word(j, r, "reject");
    enum way way = RETURN;
    if (drops && t == YES)
        return DROP;
    if (word(j, r, "jump") || word(j, r, "goto")) {
        bool back = word(j, r, "jump");
        const struct firewall_token *name = tok(j, r->at + 1);
        const struct firewall_block *to =
            r->at + 1 < r->end ? find_block(j, r, name->text, name->size, true) : NULL;
        if (!to)
            return ACCEPT; /* who knows */
        way = judge_chain(j, to);
        if (way == ON)
            way = back ? ON : RETURN;
        drops = way == DROP;
    }
    if (t == MAYBE && way != ACCEPT && way != ON) {
        j->sure = false;
        *leaky |= !drops;
        return ON;
    }
    return way;
}

static enum way judge_rule(struct judge *j, struct rule *r, bool *leaky)
{
    enum truth all = YES;
    while (r->at < r->end) {
        uint32_t map = 0;
        const struct selector *s;
        if (take_harmless(j, r))
            continue;
        if (is_verdict(j, r->at))
            return verdict(j, r, all, leaky);
        if ((s = take_selector(j, r))) {
            enum truth t = match(j, r, s, &map);
            if (t == NO)
                return ON;
            all = t == MAYBE ? MAYBE : all;
            if (map) {
                struct rule to = {r->chain, map, r->end};
                return map < r->end && is_verdict(j, map) ? verdict(j, &to, all, leaky) : ACCEPT;
            }
            continue;
        }
        /* Something else: a condition, or a statement like `meta mark set 1`. Its verdict is what counts. */
        all = MAYBE;
        for (uint32_t i = r->at; i < r->end && !is_verdict(j, i); i++)
            if (!tok(j, i)->quoted && (token_is(tok(j, i), "vmap") || token_is(tok(j, i), "queue")))
                return ACCEPT;
        skip_to_verdict(j, r);
    }
    return ON;
}

/* The rule that begins at `at`, blank lines before it stepped over; false at the end of the chain. */
static bool next_rule(const struct judge *j, struct rule *r, uint32_t at)
{
    unsigned inside = 0;
    while (at < r->chain->end && (is_newline(j, at) || token_is(tok(j, at), ";")))
        at++;
    r->at = r->end = at;
    for (; r->end < r->chain->end; r->end++) {
        const struct firewall_token *t = tok(j, r->end);
        if (t->newline && !inside)
            break;
        if (!t->quoted && token_is(t, "{"))
            inside++;
        else if (!t->quoted && token_is(t, "}") && inside)
            inside--;
    }
    return r->at < r->end;
}

/* fw4 calls the chains of a zone input_wan, forward_wan, ...: the zone; "": another chain. */
static const char *zone_of(const struct firewall_token *name, char *zone, size_t size)
{
    static const char *const marks[] = {"input_", "forward_"};
    char text[32]; /* a zone has 11 characters at most */
    zone[0] = '\0';
    copy(name, text, sizeof text);
    for (size_t m = 0; m < sizeof marks / sizeof marks[0]; m++) {
        size_t n = strlen(marks[m]);
        if (strncmp(text, marks[m], n) == 0)
            snprintf(zone, size, "%s", text + n);
    }
    return zone;
}

static enum way judge_chain(struct judge *j, const struct firewall_block *chain)
{
    if (j->depth == DEPTH_MAX)
        return ACCEPT;
    j->depth++;
    char zone[sizeof j->zone];
    if (*zone_of(tok(j, chain->name), zone, sizeof zone))
        memcpy(j->zone, zone, sizeof zone);
    enum way way = ON;
    bool leaky = false; /* the packet may have left this chain already */
    struct rule r = {.chain = chain};
    for (uint32_t at = chain->begin; way == ON && next_rule(j, &r, at);) {
        at = r.end;
        if (word(j, &r, "type") || word(j, &r, "comment"))
            continue;
        way = spend(j, r.end - r.at + 1) ? judge_rule(j, &r, &leaky) : ACCEPT;
        if (!*j->budget)
            way = ACCEPT;
    }
    j->depth--;
    if (way == DROP && leaky)
        way = ON;
    return way == RETURN ? ON : way;
}

static bool is_of_hook(const struct judge *j, const struct firewall_block *b)
{
    const struct firewall_token *family = tok(j, b->family);
    if (!b->chain || !b->hook || !(token_is(family, "inet") || token_is(family, "ip6")))
        return false;
    return token_is(tok(j, b->hook), j->p->hook) || token_is(tok(j, b->hook), "prerouting");
}

void firewall_judge(const struct firewall *f, const struct firewall_packet *p, struct firewall_answer *a)
{
    uint32_t budget = BUDGET;
    *a = (struct firewall_answer){.sure = true};
    for (uint32_t i = 0; i < f->n_blocks && !a->drops; i++) {
        struct judge j = {.f = f, .p = p, .budget = &budget, .sure = true};
        const struct firewall_block *b = &f->blocks[i];
        if (!is_of_hook(&j, b))
            continue;
        enum way way = judge_chain(&j, b);
        a->policy = way == ON && b->policy && token_is(tok(&j, b->policy), "drop");
        a->drops = way == DROP || a->policy;
        if (!a->drops)
            continue;
        a->sure = j.sure;
        a->early = token_is(tok(&j, b->hook), "prerouting");
        copy(tok(&j, b->family), a->family, sizeof a->family);
        copy(tok(&j, b->table), a->table, sizeof a->table);
        copy(tok(&j, b->name), a->chain, sizeof a->chain);
        memcpy(a->zone, j.zone, sizeof a->zone);
    }
}
