/*
 * The configuration file to settings: the only door to libConfuse.
 *
 * Called by main.c at start, by -t and at each reload. conftext.c readies the text
 * and shows each statement, so that an unknown, misplaced or repeated name is
 * reported here and left out, and the rest is still looked at. libConfuse parses,
 * and hands over each value as a word with its line; confkeys.c knows what a word
 * must be and where it goes. Whether a socket can be opened or an interface exists
 * is for others to find out.
 */
#include "config.h"

#include "confkeys.h"
#include "conftext.h"
#include "filter.h"

#include <confuse.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_SIZE_MAX (1 << 20) /* 256 interface sections are 100 kB */
/* Those of the other kinds: one each, and the sources. */
#define SECTIONS_MAX                                                                                         \
    (RIPNG_IFACE_SECTIONS_MAX + RIPNG_FILTERS_MAX + RIPNG_AGGREGATES_MAX + RIPNG_STATIC_ROUTES_MAX + 16)

_Static_assert(sizeof RIPNGD_SOCKET <= CONFIG_PATH_MAX, "the default socket path is too long");

/* A value as it stands in the file. */
struct word {
    unsigned line;
    char text[];
};

struct reader {
    struct conferror errors;
    struct confkeys keys;
    struct {
        const struct confkeys_section *is;
        unsigned line;
        char title[CONFTEXT_NAME_MAX];
    } seen[SECTIONS_MAX];
    unsigned n_seen;
    unsigned set, set_top; /* a bit for each key that the last section, and the top, have set */
    unsigned cut; /* line in which the text ends early, and it has been said why; UINT_MAX: it does not */
};

/* libConfuse hands its error function nothing of ours. It has globals itself: one file at a time. */
static struct reader *reading;

/* --- names, before libConfuse ------------------------------------------- */

/* A section begins. False: it has been said why it must not. */
static bool config_section(struct reader *r, const struct confkeys_section *is,
                           const struct conftext_statement *s)
{
    r->set = 0;
    if (is->title_is && !s->has_title) {
        conferror_add(&r->errors, s->line, "%s needs a title: %s %s { ... }", is->name, is->name,
                      is->title_is);
        return false;
    }
    if (!is->title_is && s->has_title) {
        conferror_add(&r->errors, s->line, "%s has no title: %s { ... }", is->name, is->name);
        return false;
    }
    if (is->title && !is->title(&r->keys, s->line, s->title))
        return false;
    unsigned alike = 0;
    for (unsigned i = 0; i < r->n_seen; i++) {
        if (r->seen[i].is != is)
            continue;
        alike++;
        if (strcmp(r->seen[i].title, s->title) == 0) {
            conferror_add(&r->errors, s->line, "%s%s%s is there twice, first in line %u", is->name,
                          s->has_title ? " " : "", s->title, r->seen[i].line);
            return false;
        }
    }
    if (is->title_is && alike == is->max) {
        conferror_add(&r->errors, s->line, "more than %u sections of this kind", is->max);
        return false;
    }
    r->seen[r->n_seen].is = is;
    r->seen[r->n_seen].line = s->line;
    strcpy(r->seen[r->n_seen].title, s->title);
    r->n_seen++;
    return true;
}

/* Each statement of the file. False: it has been reported, libConfuse is not to see it. */
static bool config_statement(void *arg, const struct conftext_statement *s)
{
    struct reader *r = arg;
    const struct confkeys_section *in = s->section[0] ? confkeys_find_section(s->section) : NULL;
    const struct confkeys_section *is = in ? NULL : confkeys_find_section(s->name);
    const struct confkeys_key *keys = in ? in->keys : confkeys_top, *k = confkeys_find(keys, s->name);

    if (is && s->opens)
        return config_section(r, is, s);
    if (is) {
        conferror_add(&r->errors, s->line, "%s is a section: %s%s%s { ... }", is->name, is->name,
                      is->title_is ? " " : "", is->title_is ? is->title_is : "");
        return false;
    }
    if (!k) {
        conferror_add(&r->errors, s->line, "there is no %s \"%s\"%s%s", s->opens ? "section" : "setting",
                      s->name, in ? " in section " : "", in ? in->name : "");
        return false;
    }
    if (s->opens) {
        conferror_add(&r->errors, s->line, "%s is no section: %s = VALUE", s->name, s->name);
        return false;
    }
    if (!k->list && (s->list || s->appends)) {
        conferror_add(&r->errors, s->line, "%s takes one value, no list", s->name);
        return false;
    }
    unsigned *set = in ? &r->set : &r->set_top, bit = 1u << (k - keys);
    if (*set & bit && !s->appends) {
        conferror_add(&r->errors, s->line, "%s is set twice", s->name);
        return false;
    }
    *set |= bit;
    return true;
}

/* --- libConfuse --------------------------------------------------------- */

__attribute__((format(printf, 2, 0))) static void config_libconfuse_error(cfg_t *cfg, const char *format,
                                                                          va_list ap)
{
    if ((unsigned)cfg->line < reading->cut)
        conferror_vadd(&reading->errors, (unsigned)cfg->line, format, ap);
}

/* libConfuse's value callback for all keys: the value with its line. */
static int config_word(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
    (void)opt;
    size_t size = strlen(value) + 1;
    struct word *w = malloc(sizeof *w + size);
    if (!w)
        return -1;
    w->line = (unsigned)cfg->line;
    memcpy(w->text, value, size);
    *(void **)result = w;
    return 0;
}

static void config_options(cfg_opt_t *to, const struct confkeys_key *keys)
{
    for (; keys->name; keys++)
        *to++ =
            (cfg_opt_t)CFG_PTR_CB(keys->name, NULL, keys->list ? CFGF_LIST : CFGF_NONE, config_word, free);
    *to = (cfg_opt_t)CFG_END();
}

/* The tables as libConfuse wants them; it makes a copy of its own. NULL: no memory. */
static cfg_t *config_grammar(void)
{
    cfg_opt_t top[CONFKEYS_SECTIONS + CONFKEYS_MAX], in[CONFKEYS_SECTIONS][CONFKEYS_MAX];
    for (size_t i = 0; i < confkeys_n_sections; i++) {
        const struct confkeys_section *s = &confkeys_sections[i];
        config_options(in[i], s->keys);
        top[i] = (cfg_opt_t)CFG_SEC(s->name, in[i], s->title_is ? CFGF_MULTI | CFGF_TITLE : CFGF_NONE);
    }
    config_options(top + confkeys_n_sections, confkeys_top);
    return cfg_init(top, CFGF_NONE);
}

/* The words of a section to its settings. `lines`, a number for each key: where it has its first value. */
static void config_keys(struct reader *r, cfg_t *sec, const struct confkeys_key *keys, void *base,
                        unsigned *lines)
{
    for (const struct confkeys_key *k = keys; k->name; k++) {
        cfg_opt_t *opt = k->read ? cfg_getopt(sec, k->name) : NULL;
        unsigned n = opt ? cfg_opt_size(opt) : 0;
        lines[k - keys] = 0;
        for (unsigned i = 0; i < n; i++) {
            const struct word *w = cfg_opt_getnptr(opt, i);
            if (!i)
                lines[k - keys] = w->line;
            k->read(&r->keys, k, w->line, w->text, base);
        }
    }
}

static unsigned config_section_line(const struct reader *r, const struct confkeys_section *is,
                                    const char *title)
{
    for (unsigned i = 0; i < r->n_seen; i++)
        if (r->seen[i].is == is && strcmp(r->seen[i].title, title ? title : "") == 0)
            return r->seen[i].line;
    return 0;
}

/* All that libConfuse found to settings; of a text that is not `whole` only what each word tells. False: no
 * memory. */
static bool config_values(struct reader *r, cfg_t *cfg, bool whole)
{
    unsigned lines[1 + CONFKEYS_MAX];
    if (cfg_size(cfg, "redistribute"))
        for (size_t i = 0; i < RIPNG_N_REDISTRIBUTE; i++)
            r->keys.config->engine.redistribute[i].enabled = false;
    for (size_t i = 0; i < confkeys_n_sections; i++) {
        const struct confkeys_section *is = &confkeys_sections[i];
        for (unsigned n = 0; n < cfg_size(cfg, is->name); n++) {
            cfg_t *sec = cfg_getnsec(cfg, is->name, n);
            void *base = is->base(&r->keys, cfg_title(sec));
            if (!base)
                return false;
            unsigned before = r->errors.total;
            lines[0] = config_section_line(r, is, cfg_title(sec));
            config_keys(r, sec, is->keys, base, lines + 1);
            if (is->check && whole && r->errors.total == before)
                is->check(&r->keys, base, lines);
        }
    }
    config_keys(r, cfg, confkeys_top, r->keys.config, lines);
    return true;
}

/* 0, or -ENOMEM; what is wrong with the text is in r->errors. */
static int config_parse(struct reader *r, char *text, size_t size)
{
    bool whole = conftext_ready(text, size, &r->errors, config_statement, r);
    r->cut = whole ? UINT_MAX : 1;
    for (const char *p = text; !whole && *p; p++)
        r->cut += *p == '\n';
    cfg_t *cfg = config_grammar();
    if (!cfg)
        return -ENOMEM;
    cfg_set_error_function(cfg, config_libconfuse_error);
    unsigned before = r->errors.total;
    reading = r;
    bool parsed = !*text || cfg_parse_buf(cfg, text) == CFG_SUCCESS;
    reading = NULL;
    int rc = 0;
    if (!parsed && whole && r->errors.total == before)
        rc = -ENOMEM; /* all else comes with a message */
    else if (!config_values(r, cfg, parsed && whole))
        rc = -ENOMEM;
    cfg_free(cfg);
    return rc;
}

/* --- files ---------------------------------------------------------------- */

/* Reads the rest of `fd`, and puts a NUL behind it. 0 or -errno; `text` is the caller's in any case. */
static int config_load(int fd, char **text, size_t *size)
{
    size_t room = 0;
    for (;;) {
        if (room - *size < 2) { /* the NUL, and something to read */
            char *grown = realloc(*text, room + 16384);
            if (!grown)
                return -ENOMEM;
            *text = grown;
            room += 16384;
        }
        ssize_t n = read(fd, *text + *size, room - *size - 1);
        if (n == 0)
            break;
        if (n < 0 && errno != EINTR)
            return -errno;
        *size += n > 0 ? (size_t)n : 0;
        if (*size > FILE_SIZE_MAX)
            return -EFBIG;
    }
    (*text)[*size] = '\0';
    return 0;
}

static void config_report(const struct conferror *e, const char *path, config_report_fn *report, void *arg)
{
    char line[PATH_MAX + CONFERROR_TEXT + 16];
    for (unsigned i = 0; i < e->n; i++) {
        snprintf(line, sizeof line, "%s:%u: %s", path, e->list[i].line, e->list[i].text);
        report(arg, line);
    }
    if (e->total > e->n) {
        snprintf(line, sizeof line, "%s:%u: %u more errors are not shown", path, e->list[e->n - 1].line,
                 e->total - e->n);
        report(arg, line);
    }
}

void config_init(struct daemon_config *c)
{
    *c = (struct daemon_config){.control_socket = RIPNGD_SOCKET, .log_level = RIPNG_NOTICE};
    ripng_config_init(&c->engine);
}

void config_clear(struct daemon_config *c)
{
    ripng_config_clear(&c->engine);
}

int config_read(struct daemon_config *c, const char *path, config_report_fn *report, void *arg)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    char *text = NULL;
    size_t size = 0;
    int rc = config_load(fd, &text, &size);
    close(fd);
    struct reader *r = calloc(1, sizeof *r);
    if (!rc && !r)
        rc = -ENOMEM;
    if (!rc) {
        config_init(c);
        r->keys = (struct confkeys){.config = c, .errors = &r->errors};
        rc = config_parse(r, text, size);
        if (!rc && r->errors.total) {
            config_report(&r->errors, path, report, arg);
            rc = -EINVAL;
        }
        if (rc)
            config_clear(c);
    }
    free(r);
    free(text);
    return rc;
}
