/*
 * A view: how the objects of one command look to people, as a table of columns.
 */
#ifndef CLI_VIEW_H
#define CLI_VIEW_H

#include "record.h"
#include "screen.h"

#include <stdbool.h>
#include <stddef.h>

#define VIEW_COLUMNS_MAX 12
#define VIEW_CELL_MAX 160 /* a cell; but a line of `reload` is as long as it is */

/* Writes a cell of less than VIEW_CELL_MAX bytes and its NUL; returns its length. */
typedef size_t view_cell_fn(const struct record *o, const char *field, char *text);

/* What a cell's field, or a row, is about. */
typedef enum screen_colour view_colour_fn(const struct record *o, const char *field);

struct view_column {
    const char *title;
    const char *field;
    view_cell_fn *cell;
    const char *usual; /* left out where each row says this; NULL: never */
    bool right;
    bool always; /* not left out all the same: `usual` only needs no line of its own */
    view_colour_fn *colour;
};

enum view_shape {
    VIEW_ROWS,      /* an object is a row, its columns are those of the view */
    VIEW_FIELDS,    /* each field is a row: its name and its value */
    VIEW_SENTENCES, /* an object is its first column's field, however long */
};

struct render_view {
    const char *empty; /* instead of a table without rows */
    enum view_shape shape;
    bool by_prefix;         /* sorted by the field "prefix" */
    const char *list;       /* an array of objects: those behind the first have a line each below the row */
    view_colour_fn *colour; /* of a row's other cells */
    const char *const *seconds; /* VIEW_FIELDS: fields, and objects of them, that are; up to a NULL */
    /* Instead of a table: prints one object at once; as JSON it is a line, not an array's element. */
    void (*live)(const struct record *o, const struct screen *screen);
    struct view_column columns[VIEW_COLUMNS_MAX];
};

/* The field, where it is there and not null. */
const struct record_field *view_field(const struct record *o, const char *field);
/* As the daemon put it; "-" for null and for what an older daemon does not know. */
view_cell_fn view_text;
view_cell_fn view_seconds;
/* Returns the length. */
size_t view_put(char *text, const char *what);

/* Room for a duration's text. */
#define VIEW_DURATION_TEXT 32
/* "0.25s" "31s" "2m31s" "3h" "12d4h": the two biggest units that are not zero. Returns `text`. */
const char *view_duration(double seconds, char *text);

#endif
