/*
 * One line of JSON, read in place: ripngctl's only parser.
 *
 * Not json-c, because a table of 100,000 routes would spend most of its time on
 * making and freeing trees: here a line costs no allocation. The daemon, which
 * writes these lines, leaves the writing to json-c.
 */
#ifndef CLI_RECORD_H
#define CLI_RECORD_H

#include <stdbool.h>
#include <stddef.h>

#define RECORD_FIELDS_MAX 128 /* of one object; the longest, a status, has about 20 and its counters 30 */
#define RECORD_DEPTH_MAX 16   /* objects within objects; ours have two */

enum record_type {
    RECORD_STRING,
    RECORD_NUMBER,
    RECORD_TRUE,
    RECORD_FALSE,
    RECORD_NULL,
    RECORD_OBJECT,
    RECORD_ARRAY
};

/* Slices of the line, as they stand there: quotes and escapes included. */
struct record_field {
    const char *name; /* without quotes */
    size_t name_size;
    const char *value;
    size_t size;
    enum record_type type;
};

struct record {
    unsigned n;
    struct record_field fields[RECORD_FIELDS_MAX];
};

/*
 * Reads exactly one object, strictly as RFC 8259 has it, nested values and UTF-8
 * included. False: it is none, or has too many fields or levels. What was read
 * points into `text`, which is not changed.
 */
bool record_read(struct record *o, const char *text, size_t size);

/* The object in a field of type RECORD_OBJECT. */
bool record_inside(struct record *o, const struct record_field *f);

/*
 * The objects in a field of type RECORD_ARRAY, one a call; `at` starts as 0. False: no more, or the next
 * element is no object.
 */
bool record_item(struct record *o, const struct record_field *array, size_t *at);

/* The field of that name; NULL: there is none. */
const struct record_field *record_find(const struct record *o, const char *name);

/* Fields by their name, as what they are meant to be; whatever else they are, or none, is the other answer.
 */
double record_number(const struct record *o, const char *name, double otherwise);
bool record_true(const struct record *o, const char *name);
bool record_is(const struct record *o, const char *name, const char *text); /* text without escapes */

/*
 * The value as text for people: a string without quotes and escapes, anything else
 * as it stands. Cut to `size`, always with a NUL; control characters become '?', for
 * no reply shall drive somebody's terminal. Returns the length. size of the value + 1
 * always suffices.
 */
size_t record_text(const struct record_field *f, char *to, size_t size);
/* The same of the field's name. */
size_t record_name(const struct record_field *f, char *to, size_t size);

#endif
