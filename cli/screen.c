/*
 * Colours, widths and the breaking of lines for people.
 *
 * Called by whatever prints for people: render.c, view.c, doctor.c. JSON and metrics never come
 * here. Colours as in https://no-color.org: the variable NO_COLOR, set and not empty, switches
 * them off, whatever the terminal can do.
 */
#include "screen.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define SCREEN_WIDTH 80 /* of a terminal that does not know its own, like a serial line */

static bool screen_has_colours(void)
{
    const char *term = getenv("TERM"), *no = getenv("NO_COLOR");
    return !(no && *no) && term && *term && strcmp(term, "dumb") != 0;
}

struct screen screen_of(FILE *out)
{
    struct screen s = {.out = out};
    struct winsize size;
    if (!isatty(fileno(out)))
        return s;
    s.colours = screen_has_colours();
    s.width = ioctl(fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col : SCREEN_WIDTH;
    return s;
}

void screen_text(const struct screen *s, enum screen_colour colour, const char *text, size_t size)
{
    static const char *const begin[] = {
        [SCREEN_GOOD] = "\033[32m", [SCREEN_DOUBT] = "\033[33m", [SCREEN_BAD] = "\033[31m",
        [SCREEN_DIM] = "\033[2m",   [SCREEN_BOLD] = "\033[1m",
    };
    bool coloured = s->colours && colour != SCREEN_PLAIN && size;
    if (coloured)
        fputs_unlocked(begin[colour], s->out);
    fwrite_unlocked(text, 1, size, s->out);
    if (coloured)
        fputs_unlocked("\033[0m", s->out);
}

void screen_blanks(const struct screen *s, size_t n)
{
    static const char blanks[] = "                                ";
    for (; n >= sizeof blanks; n -= sizeof blanks - 1)
        fwrite_unlocked(blanks, 1, sizeof blanks - 1, s->out);
    fwrite_unlocked(blanks, 1, n, s->out);
}

/* Columns of the first `size` bytes. */
static size_t screen_span(const char *text, size_t size)
{
    size_t n = 0;
    for (size_t i = 0; i < size; i++)
        n += ((unsigned char)text[i] & 0xc0) != 0x80;
    return n;
}

size_t screen_columns(const char *text)
{
    return screen_span(text, strlen(text));
}

/* Bytes that go into `room` columns, in whole words, and one word at least. */
static size_t screen_fitting(const char *text, size_t room)
{
    size_t fits = strcspn(text, " "), columns = screen_span(text, fits);
    while (text[fits]) {
        size_t word = 1 + strcspn(text + fits + 1, " ");
        columns += screen_span(text + fits, word);
        if (columns > room)
            break;
        fits += word;
    }
    return fits;
}

void screen_sentence(const struct screen *s, enum screen_colour colour, const char *text, size_t at,
                     size_t indent)
{
    for (;; at = indent) {
        size_t room = !s->width ? SIZE_MAX : at < s->width ? s->width - at : 0;
        size_t fits = screen_fitting(text, room);
        screen_text(s, colour, text, fits);
        if (!text[fits])
            return;
        fputc('\n', s->out);
        screen_blanks(s, indent);
        text += fits + 1;
    }
}
