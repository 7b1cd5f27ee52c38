/*
 * The objects of INTERFACE.md as lines of JSON: the daemon's only door to json-c.
 */
#ifndef DAEMON_SHOW_H
#define DAEMON_SHOW_H

#include "query.h"
#include "ripng.h"

/* What the status says of the control socket itself. */
struct show_clients {
    unsigned now;
    uint64_t cut, refused; /* ended for our own reasons; asked for what is root's alone */
};

/*
 * The JSON values of each kind of object, made once and set anew for each line:
 * a table of 100,000 routes costs no allocation a route.
 */
struct show;

struct show *show_new(void); /* NULL: no memory */
void show_free(struct show *s);

/*
 * Each gives one line without its newline, valid until the next call with the
 * same `s`, and its length in `size`. NULL: no memory. Interface names are the engine's.
 */
const char *show_route(struct show *s, const struct ripng *r, const struct ripng_route_info *i, size_t *size);
const char *show_path(struct show *s, const struct ripng *r, const struct ripng_path_info *i, size_t *size);
const char *show_neigh(struct show *s, const struct ripng *r, const struct ripng_neigh_info *i, size_t *size);
const char *show_iface(struct show *s, const struct ripng_iface_info *i, size_t *size);
const char *show_status(struct show *s, const struct ripng_status *i, const struct show_clients *c,
                        size_t *size);
/* An object of `monitor`; times are microseconds of the wall clock. */
const char *show_event(struct show *s, const struct ripng_event *e, int64_t time_us, size_t *size);
const char *show_missed(struct show *s, uint64_t count, int64_t time_us, size_t *size);
/* A route that another router tells of itself. */
const char *show_told(struct show *s, const struct ripng_told *t, size_t *size);
/* {KEY: TEXT}; bytes that are no UTF-8 become '?'. */
const char *show_text(struct show *s, const char *key, const char *text, size_t *size);

#endif
