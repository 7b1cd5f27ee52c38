/*
 * What ripngctl prints: the daemon's JSON objects as aligned columns, or as one
 * JSON array.
 *
 * Called by ask.c with each line of a reply. Knows no socket, so tests feed it
 * lines and read what it wrote; and no command: what the columns are is view.c's.
 */
#include "render.h"

#include "prefix.h"
#include "record.h"
#include "view.h"

#include <stdlib.h>
#include <string.h>

#define RENDER_GAP 2

struct render_row {
    struct ripng_prefix key;
    size_t number; /* rows of one prefix stay in their order */
    char *cells;   /* one after the other, each with its NUL */
};

struct render {
    const struct render_view *view;
    bool json;
    FILE *out;
    unsigned n_columns;
    size_t width[VIEW_COLUMNS_MAX]; /* the widest cell */
    bool shown[VIEW_COLUMNS_MAX];
    bool begun; /* JSON: the bracket is out */
    size_t n_rows, room;
    struct render_row *rows;
    char reason[1024];
};

/* Sentences, and names with their values, speak for themselves. */
static bool render_headed(const struct render_view *view)
{
    return view->shape == VIEW_ROWS;
}

/* --- rows -------------------------------------------------------------- */

/* Columns on a terminal, near enough: UTF-8 characters. */
static size_t render_width(const char *text)
{
    size_t n = 0;
    for (; *text; text++)
        n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

/* Takes note of a row's widths while its cells are at hand. */
static void render_measure(struct render *r, const char *cell)
{
    for (unsigned i = 0; i < r->n_columns; i++, cell += strlen(cell) + 1) {
        const char *usual = r->view->columns[i].usual;
        size_t w = render_width(cell);
        r->width[i] = w > r->width[i] ? w : r->width[i];
        if (!r->shown[i])
            r->shown[i] = *cell && strcmp(cell, usual) != 0;
    }
}

/* A row with room for `n` bytes of cells; NULL: no memory. */
static struct render_row *render_new_row(struct render *r, size_t n)
{
    if (r->n_rows == r->room) {
        size_t room = r->room ? 2 * r->room : 64;
        struct render_row *rows = realloc(r->rows, room * sizeof *rows);
        if (!rows)
            return NULL;
        r->rows = rows;
        r->room = room;
    }
    struct render_row *row = &r->rows[r->n_rows];
    row->cells = malloc(n);
    if (!row->cells)
        return NULL;
    row->key = (struct ripng_prefix){0};
    row->number = r->n_rows++;
    return row;
}

static struct render_row *render_add(struct render *r, const char *cells, size_t n)
{
    struct render_row *row = render_new_row(r, n);
    if (row) {
        memcpy(row->cells, cells, n);
        render_measure(r, cells);
    }
    return row;
}

/* The lines below a row: what is the same as in the row is left blank. */
static bool rows_list(struct render *r, const struct record_field *list, struct ripng_prefix key)
{
    char cells[VIEW_COLUMNS_MAX * VIEW_CELL_MAX];
    struct record item;
    size_t at = 0;
    bool first = true;
    for (; record_item(&item, list, &at); first = false) {
        size_t n = 0;
        for (unsigned i = 0; i < r->n_columns && !first; i++) {
            const char *field = r->view->columns[i].field;
            n += record_find(&item, field) ? view_text(&item, field, cells + n) : view_put(cells + n, "");
            n++;
        }
        struct render_row *row = first ? NULL : render_add(r, cells, n);
        if (!first && !row)
            return false;
        if (row)
            row->key = key;
    }
    return true;
}

static bool rows_columns(struct render *r, const struct record *o)
{
    char cells[VIEW_COLUMNS_MAX * VIEW_CELL_MAX], prefix[VIEW_CELL_MAX];
    size_t n = 0;
    for (unsigned i = 0; i < r->n_columns; i++)
        n += r->view->columns[i].cell(o, r->view->columns[i].field, cells + n) + 1;
    struct render_row *row = render_add(r, cells, n);
    if (!row)
        return false;
    if (r->view->by_prefix) {
        view_text(o, "prefix", prefix);
        if (!ripng_prefix_parse(prefix, &row->key, NULL))
            row->key = (struct ripng_prefix){0};
    }
    const struct record_field *list = r->view->list ? record_find(o, r->view->list) : NULL;
    return !list || rows_list(r, list, row->key);
}

/* Each field is a row, so that a field of a newer daemon is shown without being known here. */
static bool rows_fields(struct render *r, const char *group, const struct record *o)
{
    for (unsigned i = 0; i < o->n; i++) {
        const struct record_field *f = &o->fields[i];
        struct record inside;
        char name[VIEW_CELL_MAX], cells[2 * VIEW_CELL_MAX];
        struct record_field raw = {.value = f->name, .size = f->name_size, .type = RECORD_OBJECT};
        record_text(&raw, name, sizeof name);
        if (!group && record_inside(&inside, f)) {
            if (!rows_fields(r, name, &inside))
                return false;
            continue;
        }
        bool seconds = group ? strcmp(group, "timers") == 0 : strcmp(name, "uptime") == 0;
        size_t n =
            (size_t)snprintf(cells, VIEW_CELL_MAX, "%s%s%s", group ? group : "", group ? " " : "", name);
        n = n < VIEW_CELL_MAX ? n + 1 : VIEW_CELL_MAX;
        for (char *c = cells; *c; c++)
            *c = *c == '_' ? ' ' : *c;
        n += (seconds ? view_seconds : view_text)(o, name, cells + n) + 1;
        if (!render_add(r, cells, n))
            return false;
    }
    return true;
}

/* A problem of the configuration may be a long line: no cell's limit for it. */
static bool rows_sentence(struct render *r, const struct record *o)
{
    const struct record_field *f = view_field(o, r->view->columns[0].field);
    if (!f)
        return true;
    struct render_row *row = render_new_row(r, f->size + 1); /* the only column: no width matters */
    if (row)
        record_text(f, row->cells, f->size + 1);
    return row != NULL;
}

static bool rows_add(struct render *r, const struct record *o)
{
    switch (r->view->shape) {
    case VIEW_ROWS:
        return rows_columns(r, o);
    case VIEW_FIELDS:
        return rows_fields(r, NULL, o);
    case VIEW_SENTENCES:
        return rows_sentence(r, o);
    }
    return false;
}

/* --- the table --------------------------------------------------------- */

static void render_blanks(FILE *out, size_t n)
{
    static const char blanks[] = "                                ";
    for (; n >= sizeof blanks; n -= sizeof blanks - 1)
        fwrite_unlocked(blanks, 1, sizeof blanks - 1, out);
    fwrite_unlocked(blanks, 1, n, out);
}

/* A row's last text has no blanks behind it: `blanks` are those that the next text has before it. */
static void render_cell(FILE *out, const char *text, size_t size, size_t width, bool right, size_t *blanks)
{
    size_t fill = width - render_width(text);
    if (size) {
        render_blanks(out, *blanks + (right ? fill : 0));
        fwrite_unlocked(text, 1, size, out);
        *blanks = right ? 0 : fill;
    } else {
        *blanks += fill;
    }
    *blanks += RENDER_GAP;
}

static int render_compare(const void *a, const void *b)
{
    const struct render_row *x = a, *y = b;
    int order = ripng_prefix_compare(&x->key, &y->key);
    return order ? order : (x->number > y->number) - (x->number < y->number);
}

static void render_table(struct render *r)
{
    const struct view_column *columns = r->view->columns;
    unsigned last = r->n_columns - 1;
    while (!r->shown[last]) /* the first is always shown */
        last--;
    if (r->view->by_prefix)
        qsort(r->rows, r->n_rows, sizeof *r->rows, render_compare);
    size_t blanks = 0;
    for (unsigned i = 0; i <= last && render_headed(r->view); i++) {
        const char *title = columns[i].title;
        if (r->shown[i])
            render_cell(r->out, title, strlen(title), r->width[i], columns[i].right, &blanks);
    }
    if (render_headed(r->view))
        fputc('\n', r->out);
    for (size_t n = 0; n < r->n_rows; n++) {
        const char *cell = r->rows[n].cells;
        blanks = 0;
        for (unsigned i = 0; i <= last; i++) {
            size_t size = strlen(cell);
            if (r->shown[i])
                render_cell(r->out, cell, size, r->width[i], columns[i].right, &blanks);
            cell += size + 1;
        }
        fputc('\n', r->out);
    }
}

/* --- the reply --------------------------------------------------------- */

struct render *render_new(const struct render_view *view, bool json, FILE *out)
{
    struct render *r = calloc(1, sizeof *r);
    if (!r)
        return NULL;
    r->view = view;
    r->json = json;
    r->out = out;
    while (r->n_columns < VIEW_COLUMNS_MAX && view->columns[r->n_columns].title)
        r->n_columns++;
    for (unsigned i = 0; i < r->n_columns; i++) {
        r->width[i] = render_headed(view) ? strlen(view->columns[i].title) : 0;
        r->shown[i] = view->columns[i].usual == NULL;
    }
    return r;
}

void render_free(struct render *r)
{
    if (!r)
        return;
    for (size_t i = 0; i < r->n_rows; i++)
        free(r->rows[i].cells);
    free(r->rows);
    free(r);
}

const char *render_reason(const struct render *r)
{
    return r->reason;
}

/* The reply is through. */
static void render_finish(struct render *r, bool refused)
{
    if (r->view->live)
        return;
    if (r->json)
        fputs(r->begun ? "\n]\n" : "[]\n", r->out);
    else if (r->n_rows > 0)
        render_table(r);
    else if (!refused && r->view->empty)
        fprintf(r->out, "%s\n", r->view->empty);
}

enum render_result render_line(struct render *r, const char *line, size_t size)
{
    struct record o;
    if (!record_read(&o, line, size))
        return RENDER_BAD;
    if (o.n == 1 && record_find(&o, "end")) {
        render_finish(r, false);
        return RENDER_END;
    }
    const struct record_field *error = o.n == 1 ? record_find(&o, "error") : NULL;
    if (error) {
        if (error->type == RECORD_STRING)
            record_text(error, r->reason, sizeof r->reason);
        else
            strcpy(r->reason, "refused without a reason");
        render_finish(r, true);
        return RENDER_REFUSED;
    }
    if (r->json && r->view->live) {
        fwrite(line, 1, size, r->out);
        fputc('\n', r->out);
        return RENDER_MORE;
    }
    if (r->json) {
        fputs(r->begun ? ",\n" : "[\n", r->out);
        fwrite(line, 1, size, r->out);
        r->begun = true;
        return RENDER_MORE;
    }
    if (r->view->live) {
        r->view->live(&o, r->out);
        return RENDER_MORE;
    }
    return rows_add(r, &o) ? RENDER_MORE : RENDER_NO_MEMORY;
}
