/*
 * The words that people type for a command, which may be shortened.
 */
#ifndef CLI_WORDS_H
#define CLI_WORDS_H

#include <stddef.h>

/* A command's name: one word, or two with a blank between. */
#define WORDS_MAX 2

struct words {
    int used;   /* how many of the words typed are the command; 0: they are none */
    size_t one; /* the command */
    /* With no command: how many words are of some, and which commands these are, one `char` a name. */
    int good;
    enum { WORDS_UNKNOWN, WORDS_AMBIGUOUS, WORDS_MISSING } why;
};

/*
 * Which of the `n` names is meant. Each word may be cut short while it is
 * clear which one is meant; a whole word is itself, however many go on from there.
 * `fits` has a place for each name: whether it is a candidate, for telling people
 * what they could have typed.
 */
struct words words_find(const char *const *names, size_t n, int argc, char *const *argv, char *fits);

#endif
