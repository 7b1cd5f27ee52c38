/*
 * The text of a configuration file before libConfuse sees it: see conftext.h.
 *
 * Two layers: tokens, cut exactly where libConfuse's lexer cuts them, and
 * statements, as far as is needed to know where one begins and ends. Where the
 * text is no statement the walk ends without a word: libConfuse says it better.
 */
#include "conftext.h"

#include <string.h>

enum token_kind {
    TOKEN_END,
    TOKEN_VALUE,  /* a word or a quoted string */
    TOKEN_APPEND, /* += */
    TOKEN_OPEN,   /* { */
    TOKEN_CLOSE,  /* } */
    TOKEN_EQUALS, /* = */
    TOKEN_OTHER,  /* ( ) , */
};

struct token {
    enum token_kind kind;
    unsigned line;
    char *start; /* in the text, quotes included */
    char *text;  /* without them */
    size_t size;
};

struct scanner {
    char *next, *end;
    unsigned line;
    bool broken;
    struct conferror *errors;
    conftext_statement_fn *statement;
    void *arg;
};

static void blank(char *from, const char *to)
{
    for (; from < to; from++)
        if (*from != '\n')
            *from = ' ';
}

static struct token token_make(const struct scanner *s, enum token_kind kind, char *start)
{
    return (struct token){.kind = kind, .line = s->line, .start = start, .text = start};
}

/* Nothing from `at` on can be trusted: the text ends there. */
static struct token token_broken(struct scanner *s, char *at, const char *what)
{
    conferror_add(s->errors, s->line, "%s", what);
    s->broken = true;
    *at = '\0';
    s->next = s->end = at;
    return token_make(s, TOKEN_END, at);
}

static char *line_end(const struct scanner *s, char *from)
{
    char *newline = memchr(from, '\n', (size_t)(s->end - from));
    return newline ? newline : s->end;
}

/* Past white space and comments. False: a comment without end. */
static bool skip_space(struct scanner *s)
{
    while (s->next < s->end) {
        char *p = s->next;
        if (*p == '\n') {
            s->line++;
            s->next++;
        } else if (*p == ' ' || *p == '\t' || *p == '\r') {
            s->next++;
        } else if (*p == '#' || (p[0] == '/' && p[1] == '/')) {
            s->next = line_end(s, p);
            blank(p, s->next);
        } else if (p[0] == '/' && p[1] == '*') {
            char *close = s->end - p >= 4 ? memmem(p + 2, (size_t)(s->end - p - 2), "*/", 2) : NULL;
            if (!close)
                return false;
            s->next = close + 2;
            for (char *c = p; c < s->next; c++)
                s->line += *c == '\n';
            blank(p, s->next);
        } else {
            break;
        }
    }
    return true;
}

/* Escapes and ${...} are libConfuse's, and no setting has a use for them. */
static struct token token_value(struct scanner *s, struct token t, const char *limit)
{
    for (char *p = t.text; p < t.text + t.size; p++) {
        if (*p == '\\')
            return token_broken(s, t.start, "no backslash can stand in a value");
        if (*p == '$' && p + 1 < limit && p[1] == '{')
            return token_broken(s, t.start, "no ${...} here: the environment is not read");
    }
    return t;
}

static struct token token_string(struct scanner *s)
{
    char *start = s->next, *stop = line_end(s, start);
    char *close = memchr(start + 1, *start, (size_t)(stop - start - 1));
    if (!close)
        return token_broken(s, start, "this line has an opening quote without a closing one");
    struct token t = token_make(s, TOKEN_VALUE, start);
    t.text = start + 1;
    t.size = (size_t)(close - t.text);
    s->next = close + 1;
    return token_value(s, t, close);
}

static struct token token_word(struct scanner *s)
{
    struct token t = token_make(s, TOKEN_VALUE, s->next);
    while (s->next < s->end && !strchr(" #\"'\t\n\r={}()+,*", *s->next))
        s->next++;
    t.size = (size_t)(s->next - t.text);
    return token_value(s, t, s->end);
}

static struct token token_next(struct scanner *s)
{
    static const struct {
        char c;
        enum token_kind kind;
    } single[] = {{'{', TOKEN_OPEN},  {'}', TOKEN_CLOSE}, {'=', TOKEN_EQUALS},
                  {'(', TOKEN_OTHER}, {')', TOKEN_OTHER}, {',', TOKEN_OTHER}};
    for (;;) {
        if (!skip_space(s))
            return token_broken(s, s->next, "a comment begins here and never ends");
        if (s->next >= s->end)
            return token_make(s, TOKEN_END, s->next);
        char *start = s->next;
        if (*start == '"' || *start == '\'')
            return token_string(s);
        for (size_t i = 0; i < sizeof single / sizeof single[0]; i++)
            if (*start == single[i].c) {
                s->next++;
                return token_make(s, single[i].kind, start);
            }
        if (start[0] == '+' && start[1] == '=') {
            s->next += 2;
            return token_make(s, TOKEN_APPEND, start);
        }
        if (*start != '*' && *start != '+')
            return token_word(s);
        /* libConfuse would drop it without a word */
        conferror_add(s->errors, s->line, "%s",
                      *start == '*' ? "'*' must stand in quotes, as in \"eth*\"" : "unexpected '+'");
        *start = ' ';
        s->next++;
    }
}

/* What comes next, without taking it. */
static enum token_kind token_peek(struct scanner *s)
{
    char *next = s->next;
    unsigned line = s->line;
    struct token t = token_next(s);
    if (t.kind != TOKEN_END) {
        s->next = next;
        s->line = line;
    }
    return t.kind;
}

/* Past a value, or a section or list from its opening brace on; whatever else it is stays. */
static void skip_value(struct scanner *s)
{
    unsigned depth = 0;
    do {
        enum token_kind kind = token_peek(s);
        if (kind == TOKEN_END || (!depth && kind != TOKEN_VALUE && kind != TOKEN_OPEN))
            return;
        token_next(s);
        depth += kind == TOKEN_OPEN;
        depth -= kind == TOKEN_CLOSE;
    } while (depth);
}

static void copy_name(char *to, const struct token *t)
{
    size_t n = t->size < CONFTEXT_NAME_MAX ? t->size : CONFTEXT_NAME_MAX - 1;
    memcpy(to, t->text, n);
    to[n] = '\0';
}

/* One statement that begins with `name`. False: it is none. */
static bool walk_statement(struct scanner *s, const struct token *name, struct conftext_statement *section)
{
    if (!name->size) { /* libConfuse would give up without a word */
        token_broken(s, name->start, "a name is empty");
        return false;
    }
    struct conftext_statement st = {.line = name->line};
    strcpy(st.section, section->name);
    copy_name(st.name, name);
    if (token_peek(s) == TOKEN_VALUE) {
        struct token title = token_next(s);
        st.has_title = true;
        copy_name(st.title, &title);
    }
    enum token_kind kind = token_peek(s);
    st.opens = kind == TOKEN_OPEN;
    st.appends = kind == TOKEN_APPEND;
    if (!st.opens) {
        if (st.has_title || (kind != TOKEN_EQUALS && kind != TOKEN_APPEND))
            return false;
        token_next(s);
        st.list = token_peek(s) == TOKEN_OPEN;
    }
    bool keep = s->statement(s->arg, &st);
    if (keep && st.opens) {
        token_next(s);
        *section = st;
        return true;
    }
    skip_value(s);
    if (!keep)
        blank(name->start, s->next);
    return true;
}

bool conftext_ready(char *text, size_t size, struct conferror *errors, conftext_statement_fn *statement,
                    void *arg)
{
    struct scanner s = {
        .next = text, .end = text + size, .line = 1, .errors = errors, .statement = statement, .arg = arg};
    static const char mark[] = "\xef\xbb\xbf"; /* of UTF-8, as Windows' editors put it in front */
    if (size >= strlen(mark) && memcmp(text, mark, strlen(mark)) == 0)
        blank(text, text + strlen(mark));
    char *nul = memchr(text, '\0', size);
    if (nul) {
        for (char *p = text; p < nul; p++)
            s.line += *p == '\n';
        token_broken(&s, nul, "a NUL byte: this is no text");
        s.next = text;
        s.line = 1;
    }
    struct conftext_statement section = {0};
    bool statements = true;
    struct token t;
    while ((t = token_next(&s)).kind != TOKEN_END && statements) {
        if (t.kind == TOKEN_CLOSE && section.name[0])
            section.name[0] = '\0';
        else
            statements = t.kind == TOKEN_VALUE && walk_statement(&s, &t, &section);
    }
    while (token_next(&s).kind != TOKEN_END) /* the comments of the rest */
        continue;
    if (statements && section.name[0] && !s.broken) { /* libConfuse would not mind */
        conferror_add(errors, section.line, "%s is never closed: '}' is missing", section.name);
        return false;
    }
    return !s.broken;
}
