/*
 * The firewall as a text: what `nft list ruleset` prints, and whether it lets a
 * packet pass.
 *
 * Pure: no file, no process. ip6tables of today writes nftables' rules, so its
 * chains are in the text, too.
 *
 * The answer errs to one side on purpose. A condition that is not understood
 * counts as true before `accept` and as false before `drop`: only a packet that is
 * certainly, or very probably, dropped is said to be.
 */
#ifndef CLI_FIREWALL_H
#define CLI_FIREWALL_H

#include "prefix.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FIREWALL_TEXT_MAX (8 << 20) /* a ruleset with block lists has some MB; a longer one is not judged */

struct firewall_token {
    const char *text; /* in the ruleset's text, without quotes */
    uint32_t size;
    bool quoted, newline;
};

struct firewall_block {           /* a chain, a set or a map */
    uint32_t family, table, name; /* tokens */
    uint32_t begin, end;          /* tokens of its inside */
    uint32_t hook, policy;        /* tokens; 0: none */
    bool chain;
};

struct firewall {
    struct firewall_token *tokens;
    uint32_t n_tokens;
    struct firewall_block *blocks;
    uint32_t n_blocks;
};

/* `text` must stay. False: no memory, or no ruleset; `f` holds nothing then. */
bool firewall_parse(struct firewall *f, const char *text, size_t size);
void firewall_clear(struct firewall *f);

struct firewall_packet {
    const char *hook; /* "input" or "forward" */
    const char *iif, *oif;
    struct ripng_prefix saddr, daddr; /* some address in there */
    const char *l4proto;              /* "udp", "tcp" */
    unsigned sport, dport;
};

struct firewall_answer {
    bool drops;
    bool sure;                 /* no condition was passed over */
    char family[8], table[64]; /* where it is dropped */
    char chain[64];            /* the hook's own chain */
    char zone[32];             /* of fw4, as its chains' names have it; "": none */
    bool policy;               /* by the chain's policy */
    bool early;                /* before it is known where the packet goes */
};
void firewall_judge(const struct firewall *f, const struct firewall_packet *p, struct firewall_answer *a);

/* Is there a chain whose name begins so? Tells whose firewall it is. */
bool firewall_has_chain_like(const struct firewall *f, const char *prefix);

#endif
