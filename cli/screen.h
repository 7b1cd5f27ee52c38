/*
 * What people look at: a terminal has a width, and perhaps colours; a pipe or a file has neither.
 */
#ifndef CLI_SCREEN_H
#define CLI_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* What a text is about. Its words say the same: colours are for the eye that skims. */
enum screen_colour {
    SCREEN_PLAIN,
    SCREEN_GOOD,
    SCREEN_DOUBT,
    SCREEN_BAD,
    SCREEN_DIM,  /* of no effect now */
    SCREEN_BOLD, /* a heading, or what to type */
};

struct screen {
    FILE *out;
    bool colours;
    unsigned width; /* in columns; 0: as wide as it takes, a line of a script is a line */
};

/* What `out` is. Colours are for terminals that have them, where NO_COLOR is not set. */
struct screen screen_of(FILE *out);

/* The text in its colour. */
void screen_text(const struct screen *s, enum screen_colour colour, const char *text, size_t size);
void screen_blanks(const struct screen *s, size_t n);

/*
 * A sentence from column `at` on, broken between words where the screen ends; further lines begin at
 * `indent`. A word is never broken, for it may be pasted elsewhere.
 */
void screen_sentence(const struct screen *s, enum screen_colour colour, const char *text, size_t at,
                     size_t indent);

/* Columns that a text takes, near enough: UTF-8 characters. */
size_t screen_columns(const char *text);

#endif
