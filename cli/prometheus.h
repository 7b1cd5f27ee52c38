/*
 * What a daemon says of itself, as metrics in Prometheus' text format.
 */
#ifndef CLI_PROMETHEUS_H
#define CLI_PROMETHEUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* The commands whose replies it is made of. */
enum prometheus_of { PROMETHEUS_STATUS, PROMETHEUS_INTERFACE, PROMETHEUS_NEIGH, PROMETHEUS_KINDS };

/* All objects heard: the format wants a metric's samples side by side, whatever order they come in. */
struct prometheus {
    struct prometheus_list {
        char **lines;
        size_t n, room;
    } of[PROMETHEUS_KINDS];
};

/* Copies one object of a reply. False: no memory. */
bool prometheus_add(struct prometheus *p, enum prometheus_of of, const char *line, size_t size);
void prometheus_print(const struct prometheus *p, FILE *out);
void prometheus_free(struct prometheus *p);

#endif
