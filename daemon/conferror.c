/*
 * The list of what is wrong with a configuration file: see conferror.h.
 */
#include "conferror.h"

#include <stdio.h>

void conferror_vadd(struct conferror *e, unsigned line, const char *format, va_list ap)
{
    e->total++;
    if (e->n == CONFERROR_MAX)
        return;
    unsigned at = e->n++;
    for (; at && e->list[at - 1].line > line; at--)
        e->list[at] = e->list[at - 1];
    e->list[at].line = line;
    char *text = e->list[at].text;
    vsnprintf(text, CONFERROR_TEXT, format, ap);
    for (char *p = text; *p; p++) /* what the file holds goes to a terminal */
        if ((unsigned char)*p < ' ' || *p == 0x7f)
            *p = '?';
}

void conferror_add(struct conferror *e, unsigned line, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    conferror_vadd(e, line, format, ap);
    va_end(ap);
}
