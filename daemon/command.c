/*
 * The words of the control socket (INTERFACE.md): a line of bytes to a struct command.
 *
 * Called by control.c for each line, and by tests and a fuzzer with any bytes at
 * all. No memory, no state, no I/O. What a command does is for control.c; the
 * words that people type are ripngctl's table, which sends these.
 */
#include "command.h"

#include <stdio.h>
#include <string.h>

/* One more than any command takes: enough to see that there are too many. */
#define COMMAND_WORDS_MAX (3 + RIPNG_QUERY_PREFIXES)
#define COMMAND_ECHO_MAX 40 /* how much of a bad line is quoted back */

/* What follows a command's words; false, and why. */
typedef bool command_rest_fn(struct command *c, const char *const *words, unsigned n, char *why);
static command_rest_fn command_route, command_query;

static const struct {
    const char *words[2];
    const char *rest;       /* what may follow */
    command_rest_fn *parse; /* reads it; NULL: nothing may */
    bool changes;
} command_table[COMMAND_N] = {
    [COMMAND_SHOW_ROUTE] = {{"show", "route"}, " [all] [PREFIX]", command_route, false},
    [COMMAND_SHOW_NEIGH] = {{"show", "neigh"}, "", NULL, false},
    [COMMAND_SHOW_INTERFACE] = {{"show", "interface"}, "", NULL, false},
    [COMMAND_SHOW_STATUS] = {{"show", "status"}, "", NULL, false},
    [COMMAND_MONITOR] = {{"monitor", NULL}, "", NULL, false},
    [COMMAND_QUERY] = {{"query", NULL}, " ADDRESS%INTERFACE [PREFIX ...]", command_query, false},
    [COMMAND_RELOAD] = {{"reload", NULL}, "", NULL, true},
};

bool command_changes(enum command_kind kind)
{
    return command_table[kind].changes;
}

static bool command_too_many(char *why, enum command_kind k)
{
    const char *second = command_table[k].words[1];
    snprintf(why, COMMAND_WHY_MAX, "too many words after '%s%s%s'", command_table[k].words[0],
             second ? " " : "", second ? second : "");
    return false;
}

static bool command_route(struct command *c, const char *const *words, unsigned n, char *why)
{
    c->all = n > 0 && strcmp(words[0], "all") == 0;
    words += c->all;
    n -= c->all;
    if (n > 1)
        return command_too_many(why, c->kind);
    /* An address with host bits is a fair question: the parser cuts them off. */
    c->has_prefix = n == 1;
    if (n == 1 && !ripng_prefix_parse(words[0], &c->prefix, NULL)) {
        snprintf(why, COMMAND_WHY_MAX, "no prefix or address: '%.*s'", COMMAND_ECHO_MAX, words[0]);
        return false;
    }
    return true;
}

static bool command_query(struct command *c, const char *const *words, unsigned n, char *why)
{
    return ripng_query_parse(&c->query, words, n, why);
}

/* Cuts `text` into words in place, as many as there is room for. */
static unsigned command_split(char *text, const char *words[COMMAND_WORDS_MAX])
{
    unsigned n = 0;
    char *save = NULL;
    for (char *w = strtok_r(text, " \t\r", &save); w && n < COMMAND_WORDS_MAX;
         w = strtok_r(NULL, " \t\r", &save)) {
        words[n++] = w;
    }
    return n;
}

/* How many words of `words` this command's name is; 0: another command. */
static unsigned command_match(enum command_kind k, const char *const words[], unsigned n)
{
    unsigned i = 0;
    for (; i < 2 && command_table[k].words[i]; i++) {
        if (i >= n || strcmp(words[i], command_table[k].words[i]) != 0)
            return 0;
    }
    return i;
}

static bool command_unknown(const char *line, size_t size, char *why)
{
    char echo[COMMAND_ECHO_MAX + 1];
    size_t n = 0;
    for (; n < size && n < COMMAND_ECHO_MAX; n++)
        echo[n] = line[n] >= ' ' && line[n] <= '~' ? line[n] : '?';
    echo[n] = '\0';
    int at =
        snprintf(why, COMMAND_WHY_MAX, "no such command: '%s%s'; there are:", echo, n < size ? "..." : "");
    for (unsigned k = 0; k < COMMAND_N && at < COMMAND_WHY_MAX; k++) {
        const char *second = command_table[k].words[1];
        at += snprintf(why + at, COMMAND_WHY_MAX - (size_t)at, "%s %s%s%s%s", k ? "," : "",
                       command_table[k].words[0], second ? " " : "", second ? second : "",
                       command_table[k].rest);
    }
    return false;
}

bool command_parse(const char *line, size_t size, struct command *out, char *why)
{
    char text[COMMAND_LINE_MAX];
    if (size >= sizeof text) {
        snprintf(why, COMMAND_WHY_MAX, "line longer than %d bytes", COMMAND_LINE_MAX - 1);
        return false;
    }
    if (memchr(line, '\0', size)) /* what follows would be ignored, never do that */
        return command_unknown(line, size, why);
    memcpy(text, line, size);
    text[size] = '\0';

    const char *words[COMMAND_WORDS_MAX];
    unsigned n = command_split(text, words), used = 0, k = 0;
    while (k < COMMAND_N && !(used = command_match(k, words, n)))
        k++;
    if (k == COMMAND_N)
        return command_unknown(line, size, why);

    *out = (struct command){.kind = k};
    if (command_table[k].parse)
        return command_table[k].parse(out, words + used, n - used, why);
    if (n > used)
        return command_too_many(why, k);
    return true;
}
