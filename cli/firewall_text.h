/*
 * What firewall.c, which reads a ruleset, and firewall_judge.c, which applies it, share.
 */
#ifndef CLI_FIREWALL_TEXT_H
#define CLI_FIREWALL_TEXT_H

#include "firewall.h"

bool token_is(const struct firewall_token *t, const char *word);

/* The chain or set of that name in the same table as `beside`; NULL: none. */
const struct firewall_block *firewall_block(const struct firewall *f, const struct firewall_block *beside,
                                            const char *name, size_t size, bool chain);

#endif
