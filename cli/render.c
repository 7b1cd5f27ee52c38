/*
 * What ripngctl prints: the daemon's JSON objects as aligned columns, or as one
 * JSON array.
 *
 * Called by ask.c with each line of a reply. Knows no socket, so tests feed it
 * lines and read what it wrote. A view is a table of columns; a column is a title,
 * a field and how the field reads.
 *
 * For people: nothing that somebody may paste elsewhere (addresses, prefixes,
 * names) is cut short. To fit 80 columns all the same, a column that says the usual
 * thing in each row is left out.
 */
#include "render.h"

#include "prefix.h"
#include "record.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define RENDER_COLUMNS_MAX 12
#define RENDER_CELL_MAX 160 /* a cell; but a line of `reload` is as long as it is */
#define RENDER_TEXT_MAX 512 /* a sentence of `monitor` */
#define RENDER_GAP 2

/* Writes a cell of at most RENDER_CELL_MAX bytes; returns its length. */
typedef size_t render_cell_fn(const struct record *o, const char *field, char *text);

struct render_column {
    const char *title;
    const char *field;
    render_cell_fn *cell;
    const char *usual; /* left out where each row says this; NULL: never */
    bool right;
};

struct render_view {
    const char *empty; /* instead of a table without rows */
    bool by_prefix;    /* sorted by the field "prefix" */
    const char *list;  /* an array of objects: those behind the first have a line each below the row */
    bool headless;     /* no line of titles */
    /* Instead of the columns: turns one object into rows. False: no memory. */
    bool (*rows)(struct render *r, const struct record *o);
    /* Instead of a table: prints one object at once; as JSON it is a line, not an array's element. */
    void (*live)(const struct record *o, FILE *out);
    struct render_column columns[RENDER_COLUMNS_MAX];
};

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
    size_t width[RENDER_COLUMNS_MAX]; /* the widest cell */
    bool shown[RENDER_COLUMNS_MAX];
    bool begun; /* JSON: the bracket is out */
    size_t n_rows, room;
    struct render_row *rows;
    char reason[1024];
};

/* --- cells ------------------------------------------------------------- */

/* Decimal digits to `text`; returns where they end. 100,000 routes are too many for printf. */
static char *render_digits(uint64_t number, char *text)
{
    char digits[20];
    size_t n = 0;
    do {
        digits[n++] = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    while (n)
        *text++ = digits[--n];
    return text;
}

const char *render_duration(double seconds, char *text)
{
    static const struct {
        uint64_t seconds;
        char unit;
    } units[] = {{86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}};
    if (!(seconds > 0)) /* NaN is none either */
        seconds = 0;
    if (seconds < 9.995) { /* short timers and ages: what %.3g keeps matters there */
        snprintf(text, RENDER_DURATION_TEXT, "%.3gs", seconds < 0.0005 ? 0. : seconds);
        return text;
    }
    uint64_t s = seconds < 1e15 ? (uint64_t)seconds : (uint64_t)1e15;
    char *end = text;
    size_t i = 0, last;
    while (s < units[i].seconds)
        i++;
    for (last = i + 2; i < last && i < sizeof units / sizeof units[0]; i++) {
        if (s >= units[i].seconds) {
            end = render_digits(s / units[i].seconds, end);
            *end++ = units[i].unit;
        }
        s %= units[i].seconds;
    }
    *end = '\0';
    return text;
}

static size_t cell_put(char *text, const char *what)
{
    size_t n = strlen(what);
    memcpy(text, what, n + 1);
    return n;
}

/* The field, where it is there and not null. */
static const struct record_field *cell_field(const struct record *o, const char *field)
{
    const struct record_field *f = record_find(o, field);
    return f && f->type != RECORD_NULL ? f : NULL;
}

static bool cell_is(const struct record *o, const char *field, const char *word)
{
    const struct record_field *f = cell_field(o, field);
    size_t n = strlen(word);
    return f && f->type == RECORD_STRING && f->size == n + 2 && memcmp(f->value + 1, word, n) == 0;
}

static bool cell_true(const struct record *o, const char *field)
{
    const struct record_field *f = cell_field(o, field);
    return f && f->type == RECORD_TRUE;
}

/* As the daemon put it; "-" for null and for what an older daemon does not know. */
static size_t cell_text(const struct record *o, const char *field, char *text)
{
    const struct record_field *f = cell_field(o, field);
    return f ? record_text(f, text, RENDER_CELL_MAX) : cell_put(text, "-");
}

static size_t cell_seconds(const struct record *o, const char *field, char *text)
{
    char duration[RENDER_DURATION_TEXT];
    const struct record_field *f = cell_field(o, field);
    if (!f || f->type != RECORD_NUMBER)
        return cell_put(text, "-");
    return cell_put(text, render_duration(strtod(f->value, NULL), duration)); /* a NUL ends the line */
}

/* Where a route leads: to a router, or it is the router's own and this is where it has it from. */
static size_t cell_via(const struct record *o, const char *field, char *text)
{
    if (!cell_field(o, field))
        return cell_text(o, "source", text);
    size_t n = cell_text(o, field, text);
    if (cell_is(o, "source", "ripng"))
        return n;
    char source[RENDER_CELL_MAX];
    cell_text(o, "source", source);
    return n + (size_t)snprintf(text + n, RENDER_CELL_MAX - n, " (%.32s)", source);
}

static size_t cell_state(const struct record *o, const char *field, char *text)
{
    if (cell_is(o, field, "valid") && cell_is(o, "source", "ripng") && !cell_true(o, "installed"))
        return cell_put(text, "not installed");
    return cell_text(o, field, text);
}

/* Who announced it, where that is not the next hop. */
static size_t cell_from(const struct record *o, const char *field, char *text)
{
    char nexthop[RENDER_CELL_MAX];
    size_t n = cell_text(o, field, text);
    cell_text(o, "nexthop", nexthop);
    return strcmp(text, nexthop) == 0 ? cell_put(text, "-") : n;
}

static size_t cell_used(const struct record *o, const char *field, char *text)
{
    if (cell_true(o, "used"))
        return cell_put(text, "yes");
    char why[64], rule[24];
    const struct record_field *f = cell_field(o, field), *number = cell_field(o, "rule");
    if (f)
        record_text(f, why, sizeof why);
    if (number)
        record_text(number, rule, sizeof rule);
    return (size_t)snprintf(text, RENDER_CELL_MAX, "no%s%s%s%s", f ? ": " : "", f ? why : "",
                            number ? ", rule " : "", number ? rule : "");
}

static size_t cell_error(const struct record *o, const char *field, char *text)
{
    char age[RENDER_CELL_MAX];
    size_t n = cell_text(o, field, text);
    if (!cell_field(o, field))
        return n;
    cell_seconds(o, "last_error_age", age);
    return n + (size_t)snprintf(text + n, RENDER_CELL_MAX - n, ", %.32s ago", age);
}

/* An object's fields, as many as there is room for. */
static size_t cell_drops(const struct record *o, const char *field, char *text)
{
    struct record inside;
    const struct record_field *f = cell_field(o, field);
    size_t n = 0;
    if (!f || !record_inside(&inside, f) || !inside.n)
        return cell_put(text, "-");
    for (unsigned i = 0; i < inside.n && n < RENDER_CELL_MAX - 64; i++) {
        char name[32], count[24];
        struct record_field raw = {
            .value = inside.fields[i].name, .size = inside.fields[i].name_size, .type = RECORD_OBJECT};
        record_text(&raw, name, sizeof name);
        record_text(&inside.fields[i], count, sizeof count);
        n += (size_t)snprintf(text + n, RENDER_CELL_MAX - n, "%s%s %s", n ? ", " : "", name, count);
    }
    return n;
}

static size_t cell_up(const struct record *o, const char *field, char *text)
{
    return cell_put(text, !cell_true(o, field) ? "down" : cell_true(o, "passive") ? "passive" : "up");
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
    char cells[RENDER_COLUMNS_MAX * RENDER_CELL_MAX];
    struct record item;
    size_t at = 0;
    bool first = true;
    for (; record_item(&item, list, &at); first = false) {
        size_t n = 0;
        for (unsigned i = 0; i < r->n_columns && !first; i++) {
            const char *field = r->view->columns[i].field;
            n += record_find(&item, field) ? cell_text(&item, field, cells + n) : cell_put(cells + n, "");
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
    char cells[RENDER_COLUMNS_MAX * RENDER_CELL_MAX], prefix[RENDER_CELL_MAX];
    size_t n = 0;
    for (unsigned i = 0; i < r->n_columns; i++)
        n += r->view->columns[i].cell(o, r->view->columns[i].field, cells + n) + 1;
    struct render_row *row = render_add(r, cells, n);
    if (!row)
        return false;
    if (r->view->by_prefix) {
        cell_text(o, "prefix", prefix);
        if (!ripng_prefix_parse(prefix, &row->key, NULL))
            row->key = (struct ripng_prefix){0};
    }
    const struct record_field *list = r->view->list ? record_find(o, r->view->list) : NULL;
    return !list || rows_list(r, list, row->key);
}

/* Each field is a row, so that a field of a newer daemon is shown without being known here. */
static bool rows_status_group(struct render *r, const char *group, const struct record *o)
{
    for (unsigned i = 0; i < o->n; i++) {
        const struct record_field *f = &o->fields[i];
        struct record inside;
        char name[RENDER_CELL_MAX], cells[2 * RENDER_CELL_MAX];
        struct record_field raw = {.value = f->name, .size = f->name_size, .type = RECORD_OBJECT};
        record_text(&raw, name, sizeof name);
        if (!group && record_inside(&inside, f)) {
            if (!rows_status_group(r, name, &inside))
                return false;
            continue;
        }
        bool seconds = group ? strcmp(group, "timers") == 0 : strcmp(name, "uptime") == 0;
        size_t n =
            (size_t)snprintf(cells, RENDER_CELL_MAX, "%s%s%s", group ? group : "", group ? " " : "", name);
        n = n < RENDER_CELL_MAX ? n + 1 : RENDER_CELL_MAX;
        for (char *c = cells; *c; c++)
            *c = *c == '_' ? ' ' : *c;
        n += (seconds ? cell_seconds : cell_text)(o, name, cells + n) + 1;
        if (!render_add(r, cells, n))
            return false;
    }
    return true;
}

static bool rows_status(struct render *r, const struct record *o)
{
    return rows_status_group(r, NULL, o);
}

/* A problem of the configuration may be a long line: no cell's limit for it. */
static bool rows_reload(struct render *r, const struct record *o)
{
    const struct record_field *f = cell_field(o, "problem");
    if (!f)
        return true;
    struct render_row *row = render_new_row(r, f->size + 1); /* the only column: no width matters */
    if (row)
        record_text(f, row->cells, f->size + 1);
    return row != NULL;
}

/* An event: the time of day here, and the daemon's sentence. */
static void live_event(const struct record *o, FILE *out)
{
    char time[RENDER_CELL_MAX], text[RENDER_TEXT_MAX];
    const struct record_field *f = cell_field(o, "text");
    struct tm t = {0};
    cell_text(o, "time", time);
    /* A time that is none, or of another form, is printed as it is. */
    const char *end = strptime(time, "%Y-%m-%dT%H:%M:%S", &t);
    time_t when = end && time[strlen(time) - 1] == 'Z' ? timegm(&t) : -1;
    if (when >= 0 && localtime_r(&when, &t))
        strftime(time, sizeof time, "%H:%M:%S", &t);
    if (f)
        record_text(f, text, sizeof text);
    else
        cell_text(o, "event", text);
    fprintf(out, "%s %s\n", time, text);
}

/* --- views ------------------------------------------------------------- */

const struct render_view render_route = {
    .empty = "No routes yet: nothing of our own to share, and no neighbour has announced any.",
    .by_prefix = true,
    .list = "nexthops",
    .columns = {{"PREFIX", "prefix", cell_text, NULL, false},
                {"NEXT HOP", "nexthop", cell_via, NULL, false},
                {"INTERFACE", "interface", cell_text, NULL, false},
                {"METRIC", "metric", cell_text, NULL, true},
                {"TAG", "tag", cell_text, "0", true},
                {"EXPIRES", "expires", cell_seconds, NULL, true},
                {"STATE", "state", cell_state, "valid", false}},
};

const struct render_view render_path = {
    .empty = "No routes yet: nothing of our own to share, and no neighbour has announced any.",
    .by_prefix = true,
    .columns = {{"PREFIX", "prefix", cell_text, NULL, false},
                {"NEXT HOP", "nexthop", cell_via, NULL, false},
                {"FROM", "from", cell_from, "-", false},
                {"INTERFACE", "interface", cell_text, NULL, false},
                {"METRIC", "metric", cell_text, NULL, true},
                {"TAG", "tag", cell_text, "0", true},
                {"USED", "why", cell_used, NULL, false}},
};

const struct render_view render_neigh = {
    .empty = "No routers heard yet.",
    .columns = {{"ADDRESS", "address", cell_text, NULL, false},
                {"INTERFACE", "interface", cell_text, NULL, false},
                {"ROUTES", "routes", cell_text, NULL, true},
                {"SEEN", "seen", cell_seconds, NULL, true},
                {"PACKETS", "packets", cell_text, NULL, true},
                {"BAD PKTS", "bad_packets", cell_text, NULL, true},
                {"BAD RTES", "bad_routes", cell_text, NULL, true},
                {"LAST ERROR", "last_error", cell_error, "-", false}},
};

const struct render_view render_interface = {
    .empty = "No interfaces: none is there that the configuration wants.",
    .columns = {{"NAME", "name", cell_text, NULL, false},
                {"ADDRESS", "address", cell_text, NULL, false},
                {"STATE", "up", cell_up, NULL, false},
                {"MTU", "mtu", cell_text, "1500", true},
                {"METRIC", "metric", cell_text, "1", true},
                {"HORIZON", "split_horizon", cell_text, "poison", false},
                {"NEIGHBORS", "neighbors", cell_text, NULL, true},
                {"RX", "rx_packets", cell_text, NULL, true},
                {"TX", "tx_packets", cell_text, NULL, true},
                {"ERRORS", "rx_errors", cell_text, NULL, true},
                {"DROPS", "drops", cell_drops, "-", false}},
};

const struct render_view render_query = {
    .by_prefix = true,
    .columns = {{"PREFIX", "prefix", cell_text, NULL, false},
                {"NEXT HOP", "nexthop", cell_text, NULL, false},
                {"METRIC", "metric", cell_text, NULL, true},
                {"TAG", "tag", cell_text, "0", true}},
};

const struct render_view render_status = {
    .headless = true,
    .rows = rows_status,
    .columns = {{"NAME", "", cell_text, NULL, false}, {"VALUE", "", cell_text, NULL, false}},
};

const struct render_view render_reload = {
    .empty = "The configuration has been read again and is in effect.",
    .headless = true,
    .rows = rows_reload,
    .columns = {{"PROBLEM", "problem", cell_text, NULL, false}},
};

const struct render_view render_monitor = {.live = live_event};

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
    const struct render_column *columns = r->view->columns;
    unsigned last = r->n_columns - 1;
    while (!r->shown[last]) /* the first is always shown */
        last--;
    if (r->view->by_prefix)
        qsort(r->rows, r->n_rows, sizeof *r->rows, render_compare);
    size_t blanks = 0;
    for (unsigned i = 0; i <= last && !r->view->headless; i++) {
        const char *title = columns[i].title;
        if (r->shown[i])
            render_cell(r->out, title, strlen(title), r->width[i], columns[i].right, &blanks);
    }
    if (!r->view->headless)
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
    while (r->n_columns < RENDER_COLUMNS_MAX && view->columns[r->n_columns].title)
        r->n_columns++;
    for (unsigned i = 0; i < r->n_columns; i++) {
        r->width[i] = view->headless ? 0 : strlen(view->columns[i].title);
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
    return (r->view->rows ? r->view->rows : rows_columns)(r, &o) ? RENDER_MORE : RENDER_NO_MEMORY;
}
