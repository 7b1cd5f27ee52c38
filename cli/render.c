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

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define RENDER_GAP 2
#define RENDER_INDENT 4 /* of what stands below another line of its row */

struct render_row {
    struct ripng_prefix key;
    size_t number; /* rows of one prefix stay in their order */
    char *cells;   /* one after the other, each with its NUL */
    uint8_t colours[VIEW_COLUMNS_MAX];
};

struct render {
    const struct render_view *view;
    bool json;
    struct screen screen;
    unsigned n_columns;
    size_t width[VIEW_COLUMNS_MAX]; /* the widest cell */
    bool shown[VIEW_COLUMNS_MAX];
    bool begun; /* JSON: the bracket is out */
    size_t n_rows, room;
    struct render_row *rows;
    char reason[1024];
};

/* Names with their values speak for themselves. */
static bool render_headed(const struct render_view *view)
{
    return view->shape == VIEW_ROWS;
}

/* --- rows -------------------------------------------------------------- */

/* Takes note of a row's widths while its cells are at hand. */
static void render_measure(struct render *r, const char *cell)
{
    for (unsigned i = 0; i < r->n_columns; i++, cell += strlen(cell) + 1) {
        const char *usual = r->view->columns[i].usual;
        size_t w = screen_columns(cell);
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
    memset(row->colours, SCREEN_PLAIN, sizeof row->colours);
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

static enum screen_colour render_colour(const struct render_view *view, unsigned column,
                                        const struct record *o, const char *field)
{
    view_colour_fn *colour = view->columns[column].colour ? view->columns[column].colour : view->colour;
    return colour ? colour(o, field) : SCREEN_PLAIN;
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
    for (unsigned i = 0; i < r->n_columns; i++)
        row->colours[i] = (uint8_t)render_colour(r->view, i, o, r->view->columns[i].field);
    if (r->view->by_prefix) {
        view_text(o, "prefix", prefix);
        if (!ripng_prefix_parse(prefix, &row->key, NULL))
            row->key = (struct ripng_prefix){0};
    }
    const struct record_field *list = r->view->list ? record_find(o, r->view->list) : NULL;
    return !list || rows_list(r, list, row->key);
}

static bool rows_has(const char *const *names, const char *name)
{
    while (*names && strcmp(*names, name) != 0)
        names++;
    return *names != NULL;
}

/* Each field is a row, so that a field of a newer daemon is shown without being known here. */
static bool rows_fields(struct render *r, const char *group, const struct record *o)
{
    for (unsigned i = 0; i < o->n; i++) {
        const struct record_field *f = &o->fields[i];
        struct record inside;
        char name[VIEW_CELL_MAX], cells[2 * VIEW_CELL_MAX];
        record_name(f, name, sizeof name);
        if (!group && record_inside(&inside, f)) {
            if (!rows_fields(r, name, &inside))
                return false;
            continue;
        }
        view_cell_fn *cell = rows_has(r->view->seconds, group ? group : name) ? view_seconds : view_text;
        size_t n =
            (size_t)snprintf(cells, VIEW_CELL_MAX, "%s%s%s", group ? group : "", group ? " " : "", name);
        n = n < VIEW_CELL_MAX ? n + 1 : VIEW_CELL_MAX;
        for (char *c = cells; *c; c++)
            *c = *c == '_' ? ' ' : *c;
        n += cell(o, name, cells + n) + 1;
        struct render_row *row = render_add(r, cells, n);
        if (!row)
            return false;
        row->colours[1] = (uint8_t)render_colour(r->view, 1, o, name);
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

static int render_compare(const void *a, const void *b)
{
    const struct render_row *x = a, *y = b;
    int order = ripng_prefix_compare(&x->key, &y->key);
    return order ? order : (x->number > y->number) - (x->number < y->number);
}

/* How a table is laid out on its screen. */
struct layout {
    size_t gap;
    unsigned last;  /* the last column in a row's line */
    unsigned below; /* the column that has a line below the row; 0: none */
    size_t first;   /* the width of the first column; what is wider has a line above the row's others */
};

/* Columns that the lines take, but for the first column and for what stands below. */
static size_t layout_rest(const struct render *r, const struct layout *l)
{
    size_t n = 0;
    for (unsigned i = 1; i <= l->last; i++)
        n += r->shown[i] ? l->gap + r->width[i] : 0;
    return n;
}

static unsigned layout_last(const struct render *r, unsigned n)
{
    while (!r->shown[--n]) /* the first is always shown */
        ;
    return n;
}

/*
 * The first of these that fits the screen: all side by side; closer together; the last column, where it
 * is text, below each row in which it says something unusual; and long texts of the first column above the
 * others. What doesn't fit then is too wide: nothing is cut short.
 */
static struct layout layout_fit(const struct render *r)
{
    struct layout l = {.gap = RENDER_GAP, .last = layout_last(r, r->n_columns), .first = r->width[0]};
    size_t room = r->screen.width && render_headed(r->view) ? r->screen.width : SIZE_MAX;
    for (int pass = 0; pass < 2; pass++) {
        for (l.gap = RENDER_GAP; l.gap > 0; l.gap--) {
            if (l.first + layout_rest(r, &l) <= room)
                return l;
        }
        l.gap = 1;
        if (l.below || r->view->columns[l.last].right || l.last == 0)
            break;
        l.below = l.last;
        l.last = layout_last(r, l.below);
    }
    size_t rest = layout_rest(r, &l);
    l.first = rest + RENDER_INDENT < room ? room - rest : RENDER_INDENT;
    return l;
}

/* A row's last text has no blanks behind it: `blanks` are those that the next text has before it. */
struct line {
    const struct render *r;
    const struct layout *layout;
    size_t blanks;
};

static void line_cell(struct line *line, unsigned column, enum screen_colour colour, const char *text)
{
    const struct screen *s = &line->r->screen;
    bool right = line->r->view->columns[column].right;
    size_t size = strlen(text), columns = screen_columns(text);
    size_t width = column ? line->r->width[column] : line->layout->first;
    size_t fill = columns < width ? width - columns : 0;
    if (size) {
        screen_blanks(s, line->blanks + (right ? fill : 0));
        screen_text(s, colour, text, size);
        line->blanks = right ? 0 : fill;
    } else {
        line->blanks += fill;
    }
    if (columns > width && column == 0 && line->layout->last > 0) {
        fputc('\n', s->out);
        line->blanks = width;
    }
    line->blanks += line->layout->gap;
}

/* The cell that has no place beside the others. */
static void render_below(const struct render *r, unsigned column, enum screen_colour colour, const char *text)
{
    const struct view_column *c = &r->view->columns[column];
    size_t at = RENDER_INDENT + strlen(c->title) + RENDER_GAP;
    if (!*text || (c->usual && strcmp(text, c->usual) == 0))
        return;
    screen_blanks(&r->screen, RENDER_INDENT);
    screen_text(&r->screen, SCREEN_BOLD, c->title, strlen(c->title));
    screen_blanks(&r->screen, RENDER_GAP);
    screen_sentence(&r->screen, colour, text, at, at);
    fputc('\n', r->screen.out);
}

static void render_row(const struct render *r, const struct layout *l, const struct render_row *row)
{
    struct line line = {.r = r, .layout = l};
    const char *cell = row->cells;
    for (unsigned i = 0; i <= l->last; i++, cell += strlen(cell) + 1) {
        if (r->shown[i])
            line_cell(&line, i, row->colours[i], cell);
    }
    fputc('\n', r->screen.out);
    if (!l->below)
        return;
    for (unsigned i = l->last + 1; i < l->below; i++)
        cell += strlen(cell) + 1;
    render_below(r, l->below, row->colours[l->below], cell);
}

static void render_titles(const struct render *r, const struct layout *l)
{
    struct line line = {.r = r, .layout = l};
    for (unsigned i = 0; i <= l->last; i++) {
        if (r->shown[i])
            line_cell(&line, i, SCREEN_BOLD, r->view->columns[i].title);
    }
    fputc('\n', r->screen.out);
}

static void render_table(struct render *r)
{
    struct layout l = layout_fit(r);
    if (r->view->by_prefix)
        qsort(r->rows, r->n_rows, sizeof *r->rows, render_compare);
    if (render_headed(r->view))
        render_titles(r, &l);
    for (size_t n = 0; n < r->n_rows; n++)
        render_row(r, &l, &r->rows[n]);
}

static void render_sentence(const struct render *r, const char *text)
{
    screen_sentence(&r->screen, SCREEN_PLAIN, text, 0, RENDER_INDENT);
    fputc('\n', r->screen.out);
}

/* --- the reply --------------------------------------------------------- */

struct render *render_new(const struct render_view *view, bool json, struct screen screen)
{
    struct render *r = calloc(1, sizeof *r);
    if (!r)
        return NULL;
    r->view = view;
    r->json = json;
    r->screen = screen;
    while (r->n_columns < VIEW_COLUMNS_MAX && view->columns[r->n_columns].title)
        r->n_columns++;
    for (unsigned i = 0; i < r->n_columns; i++) {
        r->width[i] = render_headed(view) ? strlen(view->columns[i].title) : 0;
        r->shown[i] = view->columns[i].usual == NULL || view->columns[i].always;
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
    if (r->json) {
        fputs(r->begun ? "\n]\n" : "[]\n", r->screen.out);
        return;
    }
    if (!r->n_rows && !refused && r->view->empty)
        render_sentence(r, r->view->empty);
    for (size_t n = 0; r->view->shape == VIEW_SENTENCES && n < r->n_rows; n++)
        render_sentence(r, r->rows[n].cells);
    if (r->view->shape != VIEW_SENTENCES && r->n_rows)
        render_table(r);
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
        fwrite(line, 1, size, r->screen.out);
        fputc('\n', r->screen.out);
        return RENDER_MORE;
    }
    if (r->json) {
        fputs(r->begun ? ",\n" : "[\n", r->screen.out);
        fwrite(line, 1, size, r->screen.out);
        r->begun = true;
        return RENDER_MORE;
    }
    if (r->view->live) {
        r->view->live(&o, &r->screen);
        return RENDER_MORE;
    }
    return rows_add(r, &o) ? RENDER_MORE : RENDER_NO_MEMORY;
}
