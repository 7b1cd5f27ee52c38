/*
 * What is wrong with a configuration file: a list of lines and words, sorted by line.
 *
 * Filled by conftext.c, confkeys.c and config.c, which look at the file one after
 * the other; config.c reports it when all of them are done.
 */
#ifndef DAEMON_CONFERROR_H
#define DAEMON_CONFERROR_H

#include <stdarg.h>

#define CONFERROR_MAX 50 /* more help nobody */
#define CONFERROR_TEXT 200

struct conferror {
    struct {
        unsigned line;
        char text[CONFERROR_TEXT];
    } list[CONFERROR_MAX];
    unsigned n;     /* in `list` */
    unsigned total; /* those that found no place in it, too */
};

/* One more, cut to CONFERROR_TEXT and without control characters. Same line: in the order of the calls. */
__attribute__((format(printf, 3, 4))) void conferror_add(struct conferror *e, unsigned line,
                                                         const char *format, ...);
__attribute__((format(printf, 3, 0))) void conferror_vadd(struct conferror *e, unsigned line,
                                                          const char *format, va_list ap);

#endif
