/*
 * A strict reader for one JSON object in one line (RFC 8259).
 *
 * Called by render.c for each line of a reply, which may come from anything that
 * answers at the socket's path: any bytes are fine. Pure: no memory, no I/O; the
 * unit test and a fuzzer run it alone. What the fields mean is for render.c.
 */
#include "record.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct record_cursor {
    const char *at, *end;
};

static bool record_value(struct record_cursor *c, struct record_field *f, unsigned depth);

static void record_blank(struct record_cursor *c)
{
    while (c->at < c->end && (*c->at == ' ' || *c->at == '\t' || *c->at == '\r' || *c->at == '\n'))
        c->at++;
}

static bool record_char(struct record_cursor *c, char what)
{
    if (c->at == c->end || *c->at != what)
        return false;
    c->at++;
    return true;
}

/* --- strings ----------------------------------------------------------- */

/* Four hexadecimal digits at `s`; -1: they are not. */
static int32_t record_hex(const char *s, const char *end)
{
    int32_t code = 0;
    if (end - s < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        char h = s[i];
        int digit = h >= '0' && h <= '9'   ? h - '0'
                    : h >= 'a' && h <= 'f' ? h - 'a' + 10
                    : h >= 'A' && h <= 'F' ? h - 'A' + 10
                                           : -1;
        if (digit < 0)
            return -1;
        code = code * 16 + digit;
    }
    return code;
}

/* The length of a UTF-8 character of several bytes at `s` (RFC 3629); 0: it is none. */
static size_t record_utf8(const unsigned char *s, const unsigned char *end)
{
    size_t n = s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : s[0] < 0xf5 ? 4 : 0;
    if (n == 0 || (size_t)(end - s) < n)
        return 0;
    for (size_t i = 1; i < n; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    }
    bool overlong = (s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xf0 && s[1] < 0x90);
    bool surrogate = s[0] == 0xed && s[1] > 0x9f;
    bool beyond = s[0] == 0xf4 && s[1] > 0x8f;
    return overlong || surrogate || beyond ? 0 : n;
}

/* From the opening quote to behind the closing one. */
static bool record_string(struct record_cursor *c)
{
    if (!record_char(c, '"'))
        return false;
    while (c->at < c->end) {
        unsigned char ch = (unsigned char)*c->at;
        size_t n = 1;
        if (ch == '"') {
            c->at++;
            return true;
        }
        if (ch < ' ')
            return false;
        if (ch == '\\') {
            char e = c->at + 1 < c->end ? c->at[1] : '\0';
            if (e == '\0' || !strchr("\"\\/bfnrtu", e) || (e == 'u' && record_hex(c->at + 2, c->end) < 0))
                return false;
            n = e == 'u' ? 6 : 2;
        } else if (ch >= 0x80) {
            n = record_utf8((const unsigned char *)c->at, (const unsigned char *)c->end);
            if (n == 0)
                return false;
        }
        c->at += n;
    }
    return false;
}

/* --- other values ------------------------------------------------------ */

static bool record_digits(struct record_cursor *c)
{
    const char *from = c->at;
    while (c->at < c->end && *c->at >= '0' && *c->at <= '9')
        c->at++;
    return c->at > from;
}

static bool record_scan_number(struct record_cursor *c)
{
    (void)record_char(c, '-');
    if (!record_char(c, '0') &&
        !record_digits(c)) /* no leading zero: a digit behind it ends the value wrongly */
        return false;
    if (record_char(c, '.') && !record_digits(c))
        return false;
    if (record_char(c, 'e') || record_char(c, 'E')) {
        if (!record_char(c, '+'))
            (void)record_char(c, '-');
        return record_digits(c);
    }
    return true;
}

static bool record_word(struct record_cursor *c, const char *word)
{
    size_t n = strlen(word);
    if ((size_t)(c->end - c->at) < n || memcmp(c->at, word, n) != 0)
        return false;
    c->at += n;
    return true;
}

/* From the opening brace to behind the closing one; the fields go to `o` where it is asked for. */
static bool record_members(struct record_cursor *c, struct record *o, unsigned depth)
{
    struct record_field f;
    if (depth > RECORD_DEPTH_MAX || !record_char(c, '{'))
        return false;
    record_blank(c);
    if (record_char(c, '}'))
        return true;
    do {
        record_blank(c);
        f.name = c->at + 1;
        if (!record_string(c))
            return false;
        f.name_size = (size_t)(c->at - 1 - f.name);
        record_blank(c);
        if (!record_char(c, ':') || !record_value(c, &f, depth) || (o && o->n == RECORD_FIELDS_MAX))
            return false;
        if (o)
            o->fields[o->n++] = f;
    } while (record_char(c, ','));
    return record_char(c, '}');
}

static bool record_elements(struct record_cursor *c, unsigned depth)
{
    struct record_field f;
    if (depth > RECORD_DEPTH_MAX || !record_char(c, '['))
        return false;
    record_blank(c);
    if (record_char(c, ']'))
        return true;
    do {
        if (!record_value(c, &f, depth))
            return false;
    } while (record_char(c, ','));
    return record_char(c, ']');
}

/* A value with the blanks around it; `f` gets what it is and where. */
static bool record_value(struct record_cursor *c, struct record_field *f, unsigned depth)
{
    bool ok;
    record_blank(c);
    f->value = c->at;
    switch (c->at < c->end ? *c->at : '\0') {
    case '"':
        f->type = RECORD_STRING;
        ok = record_string(c);
        break;
    case '{':
        f->type = RECORD_OBJECT;
        ok = record_members(c, NULL, depth + 1);
        break;
    case '[':
        f->type = RECORD_ARRAY;
        ok = record_elements(c, depth + 1);
        break;
    case 't':
        f->type = RECORD_TRUE;
        ok = record_word(c, "true");
        break;
    case 'f':
        f->type = RECORD_FALSE;
        ok = record_word(c, "false");
        break;
    case 'n':
        f->type = RECORD_NULL;
        ok = record_word(c, "null");
        break;
    default:
        f->type = RECORD_NUMBER;
        ok = record_scan_number(c);
    }
    f->size = (size_t)(c->at - f->value);
    record_blank(c);
    return ok;
}

/* --- the face ---------------------------------------------------------- */

bool record_read(struct record *o, const char *text, size_t size)
{
    struct record_cursor c = {.at = text, .end = text + size};
    o->n = 0;
    record_blank(&c);
    if (!record_members(&c, o, 1))
        return false;
    record_blank(&c);
    return c.at == c.end;
}

bool record_inside(struct record *o, const struct record_field *f)
{
    return f->type == RECORD_OBJECT && record_read(o, f->value, f->size);
}

bool record_item(struct record *o, const struct record_field *array, size_t *at)
{
    struct record_field f;
    size_t from = *at ? *at : 1;
    if (array->type != RECORD_ARRAY || from >= array->size)
        return false;
    struct record_cursor c = {.at = array->value + from, .end = array->value + array->size};
    if (!record_value(&c, &f, 1))
        return false;
    *at = (size_t)(c.at - array->value) + 1; /* behind the comma, or the bracket */
    return record_inside(o, &f);
}

const struct record_field *record_find(const struct record *o, const char *name)
{
    size_t n = strlen(name);
    for (unsigned i = 0; i < o->n; i++) {
        if (o->fields[i].name_size == n && memcmp(o->fields[i].name, name, n) == 0)
            return &o->fields[i];
    }
    return NULL;
}

/* The character that an escape at `*s` stands for, as UTF-8; moves `*s` behind it. Returns its length. */
static size_t record_unescape(const char **s, const char *end, char out[4])
{
    static const char short_ones[] = "\"\\/";
    char e = (*s)[1];
    *s += 2;
    if (e != 'u') {
        out[0] = '?'; /* \b \f \n \r \t: control characters */
        if (strchr(short_ones, e))
            out[0] = e;
        return 1;
    }
    int32_t code = record_hex(*s, end), low = -1;
    *s += 4;
    if (code >= 0xd800 && code < 0xdc00 && end - *s >= 6 && (*s)[0] == '\\' && (*s)[1] == 'u')
        low = record_hex(*s + 2, end);
    if (low >= 0xdc00 && low < 0xe000) {
        *s += 6;
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    }
    if (code < ' ' || (code >= 0x7f && code < 0xa0) || (code >= 0xd800 && code < 0xe000))
        code = '?';
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    size_t n = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = n; --i > 0; code >>= 6)
        out[i] = (char)(0x80 | (code & 0x3f));
    out[0] = (char)((n == 2 ? 0xc0 : n == 3 ? 0xe0 : 0xf0) | code);
    return n;
}

size_t record_text(const struct record_field *f, char *to, size_t size)
{
    bool quoted = f->type == RECORD_STRING;
    const char *s = f->value + quoted, *end = f->value + f->size - quoted;
    size_t at = 0;
    while (s < end) {
        char out[4];
        size_t n = 1;
        unsigned char ch = (unsigned char)*s;
        if (ch < 0x7f && ch != '\\') {
            out[0] = ch < ' ' ? '?' : *s;
            s++;
        } else if (ch == '\\' && quoted) {
            n = record_unescape(&s, end, out);
        } else {
            bool c1 = ch == 0xc2 && (unsigned char)s[1] < 0xa0; /* U+0080..U+009F */
            out[0] = c1 || ch == 0x7f ? '?' : *s;
            s += c1 ? 2 : 1;
        }
        if (at + n >= size)
            break;
        if (n == 1)
            to[at] = out[0];
        else
            memcpy(to + at, out, n);
        at += n;
    }
    to[at] = '\0';
    return at;
}

size_t record_name(const struct record_field *f, char *to, size_t size)
{
    /* Of no type that has quotes to be taken off. */
    const struct record_field name = {.value = f->name, .size = f->name_size, .type = RECORD_OBJECT};
    return record_text(&name, to, size);
}

double record_number(const struct record *o, const char *name, double otherwise)
{
    const struct record_field *f = record_find(o, name);
    char text[40];
    if (!f || f->type != RECORD_NUMBER)
        return otherwise;
    record_text(f, text, sizeof text);
    return strtod(text, NULL);
}

bool record_true(const struct record *o, const char *name)
{
    const struct record_field *f = record_find(o, name);
    return f && f->type == RECORD_TRUE;
}

bool record_is(const struct record *o, const char *name, const char *text)
{
    const struct record_field *f = record_find(o, name);
    size_t n = strlen(text);
    return f && f->type == RECORD_STRING && f->size == n + 2 && memcmp(f->value + 1, text, n) == 0;
}
