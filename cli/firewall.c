/*
 * Reads what `nft list ruleset` prints: tokens, and which of them are the inside of
 * a chain or set.
 *
 * Called by doctor_nft.c and by tests and a fuzzer with any text at all. What
 * becomes of a packet is firewall_judge.c's.
 */
#include "firewall.h"

#include "firewall_text.h"

#include <stdlib.h>
#include <string.h>

bool token_is(const struct firewall_token *t, const char *word)
{
    return !t->newline && t->size == strlen(word) && memcmp(t->text, word, t->size) == 0;
}

static bool token_same(const struct firewall_token *a, const struct firewall_token *b)
{
    return a->size == b->size && memcmp(a->text, b->text, a->size) == 0;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* The next token of text[*at...]; false at the end. */
static bool next_token(const char *text, size_t size, size_t *at, struct firewall_token *t)
{
    size_t i = *at;
    while (i < size && is_blank(text[i]))
        i++;
    if (i == size)
        return false;
    *t = (struct firewall_token){.text = text + i, .size = 1};
    if (text[i] == '\n') {
        t->newline = true;
        i++;
    } else if (text[i] == '"') {
        const char *end = memchr(text + i + 1, '"', size - i - 1);
        size_t n = end ? (size_t)(end - text) - i - 1 : size - i - 1;
        *t = (struct firewall_token){.text = text + i + 1, .size = (uint32_t)n, .quoted = true};
        i += n + 1 + (end ? 1 : 0);
    } else if (strchr("{}(),;", text[i])) {
        i++;
    } else {
        size_t n = 0;
        while (i + n < size && !is_blank(text[i + n]) && !strchr("{}(),;\"\n", text[i + n]))
            n++;
        t->size = (uint32_t)n;
        i += n;
    }
    *at = i;
    return true;
}

static bool read_tokens(struct firewall *f, const char *text, size_t size)
{
    size_t room = 0, at = 0;
    struct firewall_token t = {.text = "", .newline = true};
    do { /* the first one is a newline, so that 0 can mean none */
        if (f->n_tokens == room) {
            room = room ? room * 2 : 1024;
            struct firewall_token *grown = realloc(f->tokens, room * sizeof *grown);
            if (!grown)
                return false;
            f->tokens = grown;
        }
        f->tokens[f->n_tokens++] = t;
    } while (next_token(text, size, &at, &t));
    return true;
}

static struct firewall_block *add_block(struct firewall *f)
{
    if ((f->n_blocks & (f->n_blocks - 1)) == 0) { /* a power of two: full */
        size_t room = f->n_blocks ? f->n_blocks * 2 : 1;
        struct firewall_block *grown = realloc(f->blocks, room * sizeof *grown);
        if (!grown)
            return NULL;
        f->blocks = grown;
    }
    f->blocks[f->n_blocks] = (struct firewall_block){0};
    return &f->blocks[f->n_blocks++];
}

/* "type filter hook input priority filter; policy drop;" */
static void read_hook(const struct firewall *f, struct firewall_block *b)
{
    for (uint32_t i = b->begin; i + 1 < b->end; i++) {
        if (!token_is(&f->tokens[i], "type"))
            continue;
        for (; i + 1 < b->end && !f->tokens[i].newline; i++) {
            if (token_is(&f->tokens[i], "hook"))
                b->hook = i + 1;
            else if (token_is(&f->tokens[i], "policy"))
                b->policy = i + 1;
        }
        return;
    }
}

/* From behind a `{` to its `}`; n_tokens where there is none. */
static uint32_t closing(const struct firewall *f, uint32_t i)
{
    unsigned depth = 1;
    for (; i < f->n_tokens; i++) {
        if (token_is(&f->tokens[i], "{") && !f->tokens[i].quoted)
            depth++;
        else if (token_is(&f->tokens[i], "}") && !f->tokens[i].quoted && --depth == 0)
            return i;
    }
    return i;
}

/* The inside of a table: blocks, each a kind, a name and braces; anything else is stepped over. */
static bool read_table(struct firewall *f, uint32_t family, uint32_t table, uint32_t begin, uint32_t end)
{
    for (uint32_t i = begin; i + 2 < end; i++) {
        const struct firewall_token *t = &f->tokens[i];
        bool chain = token_is(t, "chain");
        if (!f->tokens[i - 1].newline || !token_is(&f->tokens[i + 2], "{"))
            continue;
        uint32_t last = closing(f, i + 3);
        if (chain || token_is(t, "set")) {
            struct firewall_block *b = add_block(f);
            if (!b)
                return false;
            *b = (struct firewall_block){family, table, i + 1, i + 3, last, 0, 0, chain};
            if (chain)
                read_hook(f, b);
        }
        i = last;
    }
    return true;
}

bool firewall_parse(struct firewall *f, const char *text, size_t size)
{
    *f = (struct firewall){0};
    bool good = size <= FIREWALL_TEXT_MAX && !memchr(text, '\0', size) && read_tokens(f, text, size);
    for (uint32_t i = 1; good && i + 3 < f->n_tokens; i++) {
        if (!f->tokens[i - 1].newline || !token_is(&f->tokens[i], "table") ||
            !token_is(&f->tokens[i + 3], "{"))
            continue;
        uint32_t end = closing(f, i + 4);
        good = end < f->n_tokens && read_table(f, i + 1, i + 2, i + 4, end);
        i = end;
    }
    if (!good)
        firewall_clear(f);
    return good;
}

void firewall_clear(struct firewall *f)
{
    free(f->tokens);
    free(f->blocks);
    *f = (struct firewall){0};
}

const struct firewall_block *firewall_block(const struct firewall *f, const struct firewall_block *beside,
                                            const char *name, size_t size, bool chain)
{
    for (uint32_t i = 0; i < f->n_blocks; i++) {
        const struct firewall_block *b = &f->blocks[i];
        const struct firewall_token *n = &f->tokens[b->name];
        if (b->chain == chain && n->size == size && memcmp(n->text, name, size) == 0 &&
            token_same(&f->tokens[b->family], &f->tokens[beside->family]) &&
            token_same(&f->tokens[b->table], &f->tokens[beside->table]))
            return b;
    }
    return NULL;
}

bool firewall_has_chain_like(const struct firewall *f, const char *prefix)
{
    size_t n = strlen(prefix);
    for (uint32_t i = 0; i < f->n_blocks; i++) {
        const struct firewall_token *t = &f->tokens[f->blocks[i].name];
        if (f->blocks[i].chain && t->size >= n && memcmp(t->text, prefix, n) == 0)
            return true;
    }
    return false;
}
