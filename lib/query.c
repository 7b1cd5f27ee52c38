/*
 * Asking a router for its routes: RFC 2080 2.4.1 seen from the asker.
 *
 * Called by daemon/inquiry.c, which sends from port 521, and by cli/cmd_query.c where
 * no daemon runs. Sockets and timers are theirs.
 *
 * Routers differ. BIRD answers only a request for the whole table, and drops one that
 * comes while it sends: so a request for some prefixes that stays unanswered for a
 * second is followed by one for the whole table, and that by another. The end of an
 * answer is not marked: it is over when nothing more came for a while, or when all
 * prefixes that were asked for have been told.
 */
#include "query.h"

#include <stdio.h>
#include <string.h>

#define AGAIN_US 1000000LL /* until one that was not answered is asked again */
#define ASKED_MAX 3
#define SILENCE_US 4000000LL /* and then it is no answer */
/* Between two packets of an answer: paced senders leave milliseconds, a busy machine more. */
#define QUIET_US 600000LL
#define TALK_US 60000000LL /* nobody's table takes so long: 16 times the 100,000 routes of ours */

/* --- words ----------------------------------------------------------------- */

static bool parse_whom(struct ripng_query *q, const char *word, char *why)
{
    char text[RIPNG_ADDR_TEXT];
    const char *at = strchr(word, '%');
    size_t n = at ? (size_t)(at - word) : strlen(word);
    if (n >= sizeof text)
        n = sizeof text - 1; /* then it is no address either */
    memcpy(text, word, n);
    text[n] = '\0';
    if (!ripng_addr_parse(text, &q->address) || ripng_addr_is_unspecified(&q->address)) {
        snprintf(why, RIPNG_QUERY_WHY, "no IPv6 address: '%.50s' (like fe80::1%%eth0)", word);
        return false;
    }
    if (IN6_IS_ADDR_MULTICAST(&q->address)) {
        snprintf(why, RIPNG_QUERY_WHY, "not the address of one router: '%.50s'", word);
        return false;
    }
    if (!at && ripng_addr_is_linklocal(&q->address)) {
        snprintf(why, RIPNG_QUERY_WHY, "on which interface? '%.50s' means nothing without (like %.50s%%eth0)",
                 word, word);
        return false;
    }
    if (at && (at[1] == '\0' || strlen(at + 1) >= sizeof q->ifname)) {
        snprintf(why, RIPNG_QUERY_WHY, "no name of an interface: '%.50s'", at + 1);
        return false;
    }
    strcpy(q->ifname, at ? at + 1 : "");
    return true;
}

bool ripng_query_parse(struct ripng_query *q, const char *const *words, size_t n, char *why)
{
    *q = (struct ripng_query){0};
    if (n == 0) {
        snprintf(why, RIPNG_QUERY_WHY, "whom? (like query fe80::1%%eth0)");
        return false;
    }
    if (!parse_whom(q, words[0], why))
        return false;
    if (n - 1 > RIPNG_QUERY_PREFIXES) {
        snprintf(why, RIPNG_QUERY_WHY, "more than %d prefixes at once", RIPNG_QUERY_PREFIXES);
        return false;
    }
    for (; q->n_prefixes < n - 1; q->n_prefixes++) {
        const char *word = words[1 + q->n_prefixes];
        if (!ripng_prefix_parse(word, &q->prefixes[q->n_prefixes], NULL)) {
            snprintf(why, RIPNG_QUERY_WHY, "no IPv6 prefix or address: '%.50s' (like 2001:db8:1::/48)", word);
            return false;
        }
    }
    return true;
}

/* --- asking ---------------------------------------------------------------- */

void ripng_ask(struct ripng_asking *a, const struct ripng_query *q, uint32_t ifindex, struct ripng_time now)
{
    *a = (struct ripng_asking){.query = *q,
                               .ifindex = ifindex,
                               .start_us = now.us,
                               .next_us = now.us,
                               .end_us = now.us + SILENCE_US};
}

size_t ripng_ask_packet(struct ripng_asking *a, struct ripng_time now, void *buffer, size_t size)
{
    struct ripng_writer w;
    if (a->packets || a->sent == ASKED_MAX || now.us < a->next_us)
        return 0;
    a->whole = a->sent > 0 || a->query.n_prefixes == 0;
    ripng_write_packet(&w, buffer, size, RIPNG_REQUEST);
    if (a->whole)
        ripng_write_whole_table(&w);
    for (size_t i = 0; !a->whole && i < a->query.n_prefixes; i++) {
        const struct ripng_prefix *p = &a->query.prefixes[i];
        ripng_write_rte(&w, &(struct ripng_rte){.addr = p->addr, .len = p->len});
    }
    a->sent++;
    a->next_us = now.us + AGAIN_US;
    return w.full ? 0 : ripng_write_size(&w);
}

/* --- what comes back -------------------------------------------------------- */

bool ripng_ask_heard(struct ripng_asking *a, struct ripng_time now, const struct ripng_packet *p,
                     struct ripng_answer *answer)
{
    bool elsewhere = a->ifindex && p->ifindex && p->ifindex != a->ifindex;
    bool other = !a->own_port && ripng_addr_is_linklocal(&a->query.address) &&
                 !ripng_addr_equal(&a->query.address, &p->source);
    if (!a->sent || elsewhere || other || p->source_port != RIPNG_PORT || IN6_IS_ADDR_MULTICAST(&p->dest) ||
        ripng_read_packet(&answer->reader, p->data, p->size) != RIPNG_WHY_NONE ||
        answer->reader.command != RIPNG_RESPONSE)
        return false;
    answer->sender = answer->nexthop = p->source;
    a->packets++;
    a->end_us = now.us + QUIET_US;
    if (a->end_us > a->start_us + TALK_US)
        a->end_us = a->start_us + TALK_US;
    return true;
}

/* Was it asked for? Takes note of it: when all have been told it is over. */
static bool asked_for(struct ripng_asking *a, const struct ripng_prefix *p)
{
    bool found = a->query.n_prefixes == 0, all = !found;
    for (size_t i = 0; i < a->query.n_prefixes; i++) {
        if (ripng_prefix_equal(&a->query.prefixes[i], p))
            found = a->seen[i] = true;
        all = all && a->seen[i];
    }
    if (all)
        a->end_us = a->start_us;
    return found;
}

bool ripng_ask_entry(struct ripng_asking *a, struct ripng_answer *answer, struct ripng_told *told)
{
    struct ripng_rte rte;
    while (ripng_read_rte(&answer->reader, &rte)) {
        if (rte.metric == RIPNG_METRIC_NEXT_HOP) { /* 2.1.1: one that is not link-local means the sender */
            answer->nexthop = ripng_addr_is_linklocal(&rte.addr) ? rte.addr : answer->sender;
            continue;
        }
        if (rte.len > 128)
            continue; /* no prefix that could be shown */
        *told =
            (struct ripng_told){ripng_prefix_make(&rte.addr, rte.len), rte.metric, rte.tag, answer->nexthop};
        if (!asked_for(a, &told->prefix))
            continue;
        a->entries++;
        return true;
    }
    return false;
}

/* --- the end ----------------------------------------------------------------- */

struct ripng_time ripng_ask_deadline(const struct ripng_asking *a)
{
    bool again = !a->packets && a->sent < ASKED_MAX && a->next_us < a->end_us;
    return (struct ripng_time){again ? a->next_us : a->end_us};
}

bool ripng_ask_over(const struct ripng_asking *a, struct ripng_time now)
{
    return now.us >= a->end_us;
}

const char *ripng_ask_failure(const struct ripng_asking *a, char *why)
{
    char text[RIPNG_ADDR_TEXT];
    const char *at = a->query.ifname[0] ? "%" : "";
    if (a->entries)
        return NULL;
    ripng_addr_text(&a->query.address, text);
    if (a->packets)
        snprintf(why, RIPNG_QUERY_WHY, "%s%s%s has no such route", text, at, a->query.ifname);
    else
        snprintf(why, RIPNG_QUERY_WHY,
                 "no answer from %s%s%s for %d seconds: no RIPng there, or a firewall between", text, at,
                 a->query.ifname, (int)(SILENCE_US / 1000000));
    return why;
}
