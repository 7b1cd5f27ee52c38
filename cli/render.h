/*
 * A reply of the daemon, line by line, to a table for people or a JSON array.
 */
#ifndef CLI_RENDER_H
#define CLI_RENDER_H

#include "screen.h"

#include <stdbool.h>
#include <stddef.h>

/* How the objects of one command look to people. */
struct render_view;
extern const struct render_view render_route, render_path, render_neigh, render_interface, render_status,
    render_reload, render_monitor, render_query;

struct render;

/* NULL: no memory. The screen's stream stays the caller's. */
struct render *render_new(const struct render_view *view, bool json, struct screen screen);
void render_free(struct render *r); /* NULL is fine */

enum render_result {
    RENDER_MORE,    /* go on with the next line */
    RENDER_END,     /* {"end":true}: all is printed */
    RENDER_REFUSED, /* {"error":...}: what came before is printed, render_reason() says why */
    RENDER_BAD,     /* no JSON object */
    RENDER_NO_MEMORY,
};

/*
 * Takes one line, NUL-terminated. JSON goes out as it comes; a table waits for the
 * end, because its widths and its order are known only then; `monitor` prints each
 * object at once, as a line. A reply that breaks
 * off leaves the JSON array open on purpose: half an answer must not parse as a whole one.
 */
enum render_result render_line(struct render *r, const char *line, size_t size);
const char *render_reason(const struct render *r);

#endif
