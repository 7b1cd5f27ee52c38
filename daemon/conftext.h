/*
 * The text of a configuration file before libConfuse sees it.
 *
 * Called by daemon/config.c alone; knows no setting and no library. It exists
 * because of what libConfuse 3.3 (Debian 12, OpenWrt) does by itself: a comment
 * shifts the line numbers, or is an error inside a list; `eth*` without quotes
 * is read as `eth`; ${HOME} is filled in; the first unknown name ends it all.
 * So comments are blanked out here, line by line, what would be misread is
 * refused, and each statement is shown to the caller, who may have it left out.
 * Values, and whatever else is wrong, are left to libConfuse.
 */
#ifndef DAEMON_CONFTEXT_H
#define DAEMON_CONFTEXT_H

#include "conferror.h"

#include <stdbool.h>
#include <stddef.h>

#define CONFTEXT_NAME_MAX 64 /* longer ones are cut: no name, title or pattern is valid at that length */

struct conftext_statement {
    unsigned line;
    char section[CONFTEXT_NAME_MAX]; /* the one that it stands in; "": none */
    char name[CONFTEXT_NAME_MAX];
    char title[CONFTEXT_NAME_MAX];
    bool has_title;
    bool opens;   /* a section: name title { ... }; else a setting */
    bool appends; /* name += value */
    bool list;    /* its value begins with a brace */
};

/* The next statement, in order. False: blank it out, to its end. */
typedef bool conftext_statement_fn(void *arg, const struct conftext_statement *s);

/*
 * Readies `text` (`size` bytes and a NUL behind them) in place; line numbers stay.
 * False: it makes no sense from some point on, and ends there now.
 */
bool conftext_ready(char *text, size_t size, struct conferror *errors, conftext_statement_fn *statement,
                    void *arg);

#endif
