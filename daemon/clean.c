/*
 * Names that may be any bytes, made fit for JSON and for a terminal.
 *
 * Called by show.c. The kernel allows an interface nearly any name, and a section's
 * name comes from a file. What the text is for is left to the caller.
 */
#include "clean.h"

#include <stdbool.h>
#include <string.h>

/*
 * The length of the UTF-8 character at `s`, 0 where there is none. Loose about
 * surrogates and the like on purpose: what matters is that a JSON reader does not
 * choke on a name that the kernel allows.
 */
static size_t clean_utf8(const unsigned char *s)
{
    size_t n = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : s[0] < 0xf5 ? 4 : 0;
    for (size_t i = 1; i < n; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    }
    bool bad = (s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
               (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f);
    return bad ? 0 : n;
}

const char *clean_text(const char *from, char *to, size_t size)
{
    const unsigned char *s = (const unsigned char *)from;
    size_t at = 0;
    while (*s) {
        size_t n = *s < ' ' ? 0 : clean_utf8(s);
        if (at + (n ? n : 1) >= size)
            break;
        if (n)
            memcpy(to + at, s, n);
        else
            to[at] = '?';
        at += n ? n : 1;
        s += n ? n : 1;
    }
    to[at] = '\0';
    return to;
}
