/*
 * Commands shortened as router people type them: `sh ro` is `show route`.
 *
 * Called by main.c with its table of names, and by a test. Pure: no memory, no I/O.
 * The daemon's socket knows whole words alone (daemon/command.c): shortening is for
 * people, and what is clear today may be ambiguous with tomorrow's commands.
 */
#include "words.h"

#include <stdbool.h>
#include <string.h>

/* The word number `at` of a name and its length; 0: the name has fewer. */
static size_t words_at(const char *name, int at, const char **word)
{
    while (at-- > 0) {
        name += strcspn(name, " ");
        name += *name == ' ';
    }
    *word = name;
    return strcspn(name, " ");
}

enum words_match { WORDS_NOT, WORDS_BEGINS, WORDS_SAME };

static enum words_match words_compare(const char *name, int at, const char *typed)
{
    const char *word;
    size_t size = words_at(name, at, &word), n = strlen(typed);
    if (n == 0 || n > size || memcmp(word, typed, n) != 0)
        return WORDS_NOT;
    return n == size ? WORDS_SAME : WORDS_BEGINS;
}

/* Leaves the candidates whose word `at` is the typed one. Their number of different words: 0, 1, 2 for more.
 */
static int words_narrow(const char *const *names, size_t n, int at, const char *typed, char *fits)
{
    enum words_match best = WORDS_NOT;
    const char *word = NULL, *first = NULL;
    size_t size = 0;
    int different = 0;
    for (size_t i = 0; i < n; i++) {
        enum words_match m = fits[i] ? words_compare(names[i], at, typed) : WORDS_NOT;
        best = m > best ? m : best;
    }
    if (best == WORDS_NOT)
        return 0; /* and the candidates are still what could have been meant */
    for (size_t i = 0; i < n; i++) {
        fits[i] = fits[i] && words_compare(names[i], at, typed) == best;
        if (!fits[i] || different > 1)
            continue;
        size_t length = words_at(names[i], at, &word);
        if (!first || length != size || memcmp(word, first, size) != 0)
            different++;
        first = word;
        size = length;
    }
    return different;
}

/* The candidate that has no more words than `used`; `n`: none. */
static size_t words_whole(const char *const *names, size_t n, int used, const char *fits)
{
    const char *word;
    size_t i = 0;
    while (i < n && !(fits[i] && words_at(names[i], used, &word) == 0))
        i++;
    return i;
}

struct words words_find(const char *const *names, size_t n, int argc, char *const *argv, char *fits)
{
    struct words w = {.why = WORDS_MISSING};
    memset(fits, 1, n);
    for (; w.good < argc && w.good < WORDS_MAX; w.good++) {
        int different = words_narrow(names, n, w.good, argv[w.good], fits);
        if (different != 1) {
            w.why = different ? WORDS_AMBIGUOUS : WORDS_UNKNOWN;
            return w;
        }
        w.one = words_whole(names, n, w.good + 1, fits);
        if (w.one < n) {
            w.used = w.good + 1;
            return w;
        }
    }
    return w;
}
