/*
 * Settings as plain data: defaults, copies, and which section an interface has.
 *
 * Called by daemon/config.c, which fills them from a file, by the engine, which
 * keeps a copy, and by tests. The defaults stand here and nowhere else.
 */
#include "filter.h"

#include <assert.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

static const struct ripng_timers default_timers = {
    .update_us = 30000000, /* RFC 2080 2.3 */
    .timeout_us = 180000000,
    .garbage_us = 120000000,
    .triggered_min_us = 1000000, /* 2.5.1 */
    .triggered_max_us = 5000000,
};

static const struct ripng_iface_config default_iface = {
    .pattern = "*",
    .enabled = true,
    .multicast = true,
    .metric = 1,
    .split_horizon = RIPNG_SPLIT_POISON,
};

void ripng_config_init(struct ripng_config *c)
{
    *c = (struct ripng_config){
        .timers = default_timers,
        .default_route = {.originate = RIPNG_ORIGINATE_NEVER, .metric = 1, .accept = true},
        .kernel = {.table = 254, .metric = 2048, .protocol = 189, .multipath = 1},
        .limits = {.routes = 10000, .neighbors = 256},
        .failure_detection = true,
    };
    for (size_t i = 0; i < RIPNG_N_REDISTRIBUTE; i++)
        c->redistribute[i].metric = 1;
    c->redistribute[RIPNG_SOURCE_CONNECTED].enabled = true;
    c->redistribute[RIPNG_SOURCE_DELEGATED].enabled = true;
}

static bool copy_filters(struct ripng_config *to, const struct ripng_config *from)
{
    if (!from->n_filters)
        return true;
    to->filters = malloc(from->n_filters * sizeof *to->filters);
    if (!to->filters)
        return false;
    for (; to->n_filters < from->n_filters; to->n_filters++)
        if (!ripng_filter_copy(&to->filters[to->n_filters], &from->filters[to->n_filters]))
            return false;
    return true;
}

static bool copy_ifaces(struct ripng_config *to, const struct ripng_config *from)
{
    if (!from->n_ifaces)
        return true;
    to->ifaces = malloc(from->n_ifaces * sizeof *to->ifaces);
    if (!to->ifaces)
        return false;
    memcpy(to->ifaces, from->ifaces, from->n_ifaces * sizeof *to->ifaces);
    to->n_ifaces = from->n_ifaces;
    return true;
}

bool ripng_config_copy(struct ripng_config *to, const struct ripng_config *from)
{
    *to = *from;
    to->ifaces = NULL;
    to->filters = NULL;
    to->n_ifaces = to->n_filters = 0;
    if (copy_ifaces(to, from) && copy_filters(to, from))
        return true;
    ripng_config_clear(to);
    return false;
}

void ripng_config_clear(struct ripng_config *c)
{
    free(c->ifaces);
    c->ifaces = NULL;
    c->n_ifaces = 0;
    for (size_t i = 0; i < c->n_filters; i++)
        ripng_filter_clear(&c->filters[i]);
    free(c->filters);
    c->filters = NULL;
    c->n_filters = 0;
}

struct ripng_iface_config *ripng_config_add_iface(struct ripng_config *c, const char *pattern)
{
    struct ripng_iface_config *grown = realloc(c->ifaces, (c->n_ifaces + 1) * sizeof *grown);
    if (!grown)
        return NULL;
    c->ifaces = grown;
    struct ripng_iface_config *i = &grown[c->n_ifaces++];
    *i = default_iface;
    strncpy(i->pattern, pattern, sizeof i->pattern - 1);
    i->pattern[sizeof i->pattern - 1] = '\0';
    return i;
}

struct ripng_aggregate_config *ripng_config_add_aggregate(struct ripng_config *c,
                                                          const struct ripng_prefix *p)
{
    if (c->n_aggregates == RIPNG_AGGREGATES_MAX)
        return NULL;
    struct ripng_aggregate_config *a = &c->aggregates[c->n_aggregates++];
    *a = (struct ripng_aggregate_config){.prefix = *p, .metric = 1};
    return a;
}

struct ripng_static_config *ripng_config_add_static(struct ripng_config *c, const struct ripng_prefix *p)
{
    if (c->n_statics == RIPNG_STATIC_ROUTES_MAX)
        return NULL;
    struct ripng_static_config *s = &c->statics[c->n_statics++];
    *s = (struct ripng_static_config){.prefix = *p, .metric = 1};
    return s;
}

struct ripng_filter *ripng_config_add_filter(struct ripng_config *c, const char *name)
{
    struct ripng_filter *grown = realloc(c->filters, (c->n_filters + 1) * sizeof *grown);
    if (!grown)
        return NULL;
    c->filters = grown;
    struct ripng_filter *f = &grown[c->n_filters++];
    *f = (struct ripng_filter){.rules = NULL};
    strncpy(f->name, name, sizeof f->name - 1);
    return f;
}

unsigned ripng_config_find_filter(const struct ripng_config *c, const char *name)
{
    for (size_t i = 0; i < c->n_filters; i++)
        if (strcmp(c->filters[i].name, name) == 0)
            return (unsigned)i + 1;
    return 0;
}

const struct ripng_filter *ripng_config_filter(const struct ripng_config *c, unsigned number)
{
    assert(number <= c->n_filters);
    return number ? &c->filters[number - 1] : NULL;
}

const struct ripng_iface_config *ripng_config_iface(const struct ripng_config *c, const char *name)
{
    if (!c->n_ifaces)
        return &default_iface;
    for (size_t i = 0; i < c->n_ifaces; i++)
        if (strcmp(c->ifaces[i].pattern, name) == 0)
            return &c->ifaces[i];
    for (size_t i = 0; i < c->n_ifaces; i++)
        if (fnmatch(c->ifaces[i].pattern, name, 0) == 0)
            return &c->ifaces[i];
    return NULL;
}

const char *ripng_source_name(enum ripng_source s)
{
    static const char *const names[] = {"connected", "delegated", "static", "kernel",
                                        "default",   "aggregate", "route",  "ripng"};
    return s < sizeof names / sizeof names[0] ? names[s] : "?";
}

const char *ripng_split_horizon_name(enum ripng_split_horizon s)
{
    static const char *const names[] = {"poison", "simple", "off"};
    return s < sizeof names / sizeof names[0] ? names[s] : "?";
}

const char *ripng_originate_name(enum ripng_originate o)
{
    static const char *const names[] = {"never", "always", "if-present"};
    return o < sizeof names / sizeof names[0] ? names[o] : "?";
}
