/*
 * What the control socket answers: the engine's facts as the JSON objects of
 * INTERFACE.md, one line each.
 *
 * Called by control.c. The only file of the daemon that knows json-c. It leaves
 * to others which objects to show, in which order, and how they reach the client.
 *
 * Times are numbers of seconds with at most three decimals, so that scripts may
 * compare them; what is not there (no next hop, no expiry, no interface) is null.
 */
#include "show.h"

#include "clean.h"
#include "log.h"

#include <json-c/json.h>
#include <json-c/printbuf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum show_type { SHOW_TEXT, SHOW_NUMBER, SHOW_SECONDS, SHOW_BOOL };

struct show_field {
    const char *name;
    enum show_type type;
};

enum { R_PREFIX, R_NEXTHOP, R_IFACE, R_METRIC, R_TAG, R_SOURCE, R_STATE, R_AGE, R_EXPIRES, R_INSTALLED, R_N };
static const struct show_field show_route_fields[R_N] = {
    [R_PREFIX] = {"prefix", SHOW_TEXT},      [R_NEXTHOP] = {"nexthop", SHOW_TEXT},
    [R_IFACE] = {"interface", SHOW_TEXT},    [R_METRIC] = {"metric", SHOW_NUMBER},
    [R_TAG] = {"tag", SHOW_NUMBER},          [R_SOURCE] = {"source", SHOW_TEXT},
    [R_STATE] = {"state", SHOW_TEXT},        [R_AGE] = {"age", SHOW_SECONDS},
    [R_EXPIRES] = {"expires", SHOW_SECONDS}, [R_INSTALLED] = {"installed", SHOW_BOOL},
};

/* A path is a route and these. */
enum { P_FROM = R_N, P_USED, P_WHY, P_RULE, P_N };
static const struct show_field show_path_fields[P_N - R_N] = {
    [P_FROM - R_N] = {"from", SHOW_TEXT},
    [P_USED - R_N] = {"used", SHOW_BOOL},
    [P_WHY - R_N] = {"why", SHOW_TEXT},
    [P_RULE - R_N] = {"rule", SHOW_NUMBER},
};

enum {
    N_ADDRESS,
    N_IFACE,
    N_ROUTES,
    N_SEEN,
    N_PACKETS,
    N_BAD_PACKETS,
    N_BAD_ROUTES,
    N_INTERVAL,
    N_ERROR,
    N_ERROR_TEXT,
    N_ERROR_AGE,
    N_N
};
static const struct show_field show_neigh_fields[N_N] = {
    [N_ADDRESS] = {"address", SHOW_TEXT},
    [N_IFACE] = {"interface", SHOW_TEXT},
    [N_ROUTES] = {"routes", SHOW_NUMBER},
    [N_SEEN] = {"seen", SHOW_SECONDS},
    [N_PACKETS] = {"packets", SHOW_NUMBER},
    [N_BAD_PACKETS] = {"bad_packets", SHOW_NUMBER},
    [N_BAD_ROUTES] = {"bad_routes", SHOW_NUMBER},
    [N_INTERVAL] = {"interval", SHOW_SECONDS},
    [N_ERROR] = {"last_error", SHOW_TEXT},
    [N_ERROR_TEXT] = {"last_error_text", SHOW_TEXT},
    [N_ERROR_AGE] = {"last_error_age", SHOW_SECONDS},
};

enum {
    I_NAME,
    I_INDEX,
    I_ADDRESS,
    I_MTU,
    I_UP,
    I_PASSIVE,
    I_METRIC,
    I_SPLIT,
    I_NEIGHBORS,
    I_RX,
    I_TX,
    I_ERRORS,
    I_SECTION,
    I_WHY,
    I_N
};
static const struct show_field show_iface_fields[I_N] = {
    [I_NAME] = {"name", SHOW_TEXT},
    [I_INDEX] = {"index", SHOW_NUMBER},
    [I_ADDRESS] = {"address", SHOW_TEXT},
    [I_MTU] = {"mtu", SHOW_NUMBER},
    [I_UP] = {"up", SHOW_BOOL},
    [I_PASSIVE] = {"passive", SHOW_BOOL},
    [I_METRIC] = {"metric", SHOW_NUMBER},
    [I_SPLIT] = {"split_horizon", SHOW_TEXT},
    [I_NEIGHBORS] = {"neighbors", SHOW_NUMBER},
    [I_RX] = {"rx_packets", SHOW_NUMBER},
    [I_TX] = {"tx_packets", SHOW_NUMBER},
    [I_ERRORS] = {"rx_errors", SHOW_NUMBER},
    [I_SECTION] = {"section", SHOW_TEXT},
    [I_WHY] = {"why", SHOW_TEXT},
};

#define SHOW_FIELDS_MAX 16
_Static_assert(I_N <= SHOW_FIELDS_MAX && P_N <= SHOW_FIELDS_MAX && N_N <= SHOW_FIELDS_MAX,
               "room in show_object");

/* A kind of object with its values: `value` keeps a hold of its own on each, for while null stands in. */
struct show_object {
    struct json_object *root;
    struct show_field fields[SHOW_FIELDS_MAX];
    unsigned n;
    struct json_object *value[SHOW_FIELDS_MAX];
    bool null[SHOW_FIELDS_MAX];
};

struct show {
    struct show_object route, path, neigh, iface;
    bool hops;                 /* the route has its list of next hops: made for one line, gone with it */
    struct json_object *other; /* the last object that was made for one line */
    bool broken;               /* no memory for a part of the line: no line then */
};

/* --- values ----------------------------------------------------------- */

/* json-c's serializer for SHOW_SECONDS: the value is in milliseconds. */
static int show_print_ms(struct json_object *o, struct printbuf *out, int level, int flags)
{
    (void)level;
    (void)flags;
    char text[32], *p = text + sizeof text;
    uint64_t ms = (uint64_t)json_object_get_int64(o);
    unsigned part = (unsigned)(ms % 1000);
    if (part) {
        int digits = 3;
        for (; part % 10 == 0; part /= 10)
            digits--;
        for (; digits > 0; digits--, part /= 10)
            *--p = (char)('0' + part % 10);
        *--p = '.';
    }
    ms /= 1000;
    do {
        *--p = (char)('0' + ms % 10);
        ms /= 10;
    } while (ms);
    return printbuf_memappend(out, p, (int)(text + sizeof text - p));
}

static struct json_object *show_new_seconds(int64_t us)
{
    struct json_object *o = json_object_new_int64(us > 0 ? us / 1000 : 0);
    if (o)
        json_object_set_serializer(o, show_print_ms, NULL, NULL);
    return o;
}

static struct json_object *show_new_value(enum show_type t)
{
    switch (t) {
    case SHOW_TEXT:
        return json_object_new_string("");
    case SHOW_NUMBER:
        return json_object_new_uint64(0);
    case SHOW_SECONDS:
        return show_new_seconds(0);
    case SHOW_BOOL:
        return json_object_new_boolean(false);
    }
    return NULL;
}

/* --- objects that are used again -------------------------------------- */

/* Called again, it adds more fields. */
static bool show_object_init(struct show_object *o, const struct show_field *fields, unsigned n)
{
    if (!o->root)
        o->root = json_object_new_object();
    for (unsigned i = 0; o->root && i < n; i++) {
        unsigned at = o->n++;
        o->fields[at] = fields[i];
        o->value[at] = show_new_value(fields[i].type);
        if (!o->value[at] || json_object_object_add_ex(o->root, fields[i].name, json_object_get(o->value[at]),
                                                       JSON_C_OBJECT_KEY_IS_CONSTANT) < 0)
            return false;
    }
    return o->root != NULL;
}

static void show_object_clear(struct show_object *o)
{
    for (unsigned i = 0; i < o->n; i++)
        json_object_put(o->value[i]);
    json_object_put(o->root);
}

/* The value to be set, in its place again if it was null. */
static struct json_object *show_there(struct show *s, struct show_object *o, unsigned field, bool there)
{
    if (o->null[field] == there) {
        struct json_object *v = there ? json_object_get(o->value[field]) : NULL;
        if (json_object_object_add_ex(o->root, o->fields[field].name, v, JSON_C_OBJECT_KEY_IS_CONSTANT) < 0)
            s->broken = true;
        else
            o->null[field] = !there;
    }
    return o->value[field];
}

static void show_set_text(struct show *s, struct show_object *o, unsigned field, const char *text)
{
    struct json_object *v = show_there(s, o, field, text != NULL);
    if (text && !json_object_set_string(v, text))
        s->broken = true;
}

static void show_set_number(struct show_object *o, unsigned field, uint64_t number)
{
    json_object_set_uint64(o->value[field], number);
}

/* Zero: null. */
static void show_set_some(struct show *s, struct show_object *o, unsigned field, uint64_t number)
{
    json_object_set_uint64(show_there(s, o, field, number != 0), number);
}

static void show_set_bool(struct show_object *o, unsigned field, bool yes)
{
    json_object_set_boolean(o->value[field], yes);
}

/* Negative: null. */
static void show_set_seconds(struct show *s, struct show_object *o, unsigned field, int64_t us)
{
    json_object_set_int64(show_there(s, o, field, us >= 0), us / 1000);
}

static void show_set_addr(struct show *s, struct show_object *o, unsigned field, const struct in6_addr *a)
{
    char text[RIPNG_ADDR_TEXT];
    show_set_text(s, o, field, ripng_addr_is_unspecified(a) ? NULL : ripng_addr_text(a, text));
}

/* An interface that is gone has no name any more: null, as where there is none. */
static void show_set_iface(struct show *s, struct show_object *o, unsigned field, const struct ripng *r,
                           uint32_t ifindex)
{
    char text[RIPNG_IFNAME];
    const char *name = ifindex ? ripng_iface_name(r, ifindex) : "?";
    show_set_text(s, o, field, strcmp(name, "?") == 0 ? NULL : clean_text(name, text, sizeof text));
}

static const char *show_line(struct show *s, struct json_object *root, size_t *size)
{
    const char *line = NULL;
    if (!s->broken)
        line = json_object_to_json_string_length(
            root, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, size);
    s->broken = false;
    return line;
}

/* Adds `value` (taken over, NULL: no memory) under a key that outlives the object. */
static void show_add(struct show *s, struct json_object *to, const char *key, struct json_object *value)
{
    if (!value || json_object_object_add_ex(to, key, value, JSON_C_OBJECT_KEY_IS_CONSTANT) < 0) {
        json_object_put(value);
        s->broken = true;
    }
}

/* Those that are not zero. */
static struct json_object *show_new_drops(struct show *s, const uint64_t drops[RIPNG_N_REASONS])
{
    struct json_object *o = json_object_new_object();
    for (unsigned n = RIPNG_WHY_NONE + 1; o && n < RIPNG_N_REASONS; n++) {
        if (drops[n])
            show_add(s, o, ripng_reason_name(n), json_object_new_uint64(drops[n]));
    }
    return o;
}

/* --- the face --------------------------------------------------------- */

struct show *show_new(void)
{
    struct show *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    if (!show_object_init(&s->route, show_route_fields, R_N) ||
        !show_object_init(&s->path, show_route_fields, R_N) ||
        !show_object_init(&s->path, show_path_fields, P_N - R_N) ||
        !show_object_init(&s->neigh, show_neigh_fields, N_N) ||
        !show_object_init(&s->iface, show_iface_fields, I_N)) {
        show_free(s);
        return NULL;
    }
    return s;
}

void show_free(struct show *s)
{
    if (!s)
        return;
    show_object_clear(&s->route);
    show_object_clear(&s->path);
    show_object_clear(&s->neigh);
    show_object_clear(&s->iface);
    json_object_put(s->other);
    free(s);
}

static void show_set_route(struct show *s, struct show_object *o, const struct ripng *r,
                           const struct ripng_route_info *i)
{
    char text[RIPNG_PREFIX_TEXT];
    show_set_text(s, o, R_PREFIX, ripng_prefix_text(&i->prefix, text));
    show_set_addr(s, o, R_NEXTHOP, &i->nexthop);
    show_set_iface(s, o, R_IFACE, r, i->ifindex);
    show_set_number(o, R_METRIC, i->metric);
    show_set_number(o, R_TAG, i->tag);
    show_set_text(s, o, R_SOURCE, ripng_source_name(i->source));
    show_set_text(s, o, R_STATE, i->state == RIPNG_ROUTE_GARBAGE ? "garbage" : "valid");
    show_set_seconds(s, o, R_AGE, i->age_us);
    show_set_seconds(s, o, R_EXPIRES, i->expires_us);
    show_set_bool(o, R_INSTALLED, i->installed);
}

static struct json_object *show_new_hop(struct show *s, const struct ripng *r,
                                        const struct ripng_nexthop *hop)
{
    struct json_object *o = json_object_new_object();
    char addr[RIPNG_ADDR_TEXT], text[RIPNG_IFNAME];
    const char *name = ripng_iface_name(r, hop->ifindex);
    if (!o)
        return NULL;
    show_add(s, o, "nexthop", json_object_new_string(ripng_addr_text(&hop->gateway, addr)));
    if (strcmp(name, "?") != 0)
        show_add(s, o, "interface", json_object_new_string(clean_text(name, text, sizeof text)));
    else if (json_object_object_add_ex(o, "interface", NULL, JSON_C_OBJECT_KEY_IS_CONSTANT) < 0)
        s->broken = true;
    return o;
}

/* Only where there are several: most routes have one, and do not pay for the list. */
static void show_set_hops(struct show *s, const struct ripng *r, const struct ripng_route_info *i)
{
    if (s->hops)
        json_object_object_del(s->route.root, "nexthops");
    s->hops = i->n_nexthops > 1;
    struct json_object *list = s->hops ? json_object_new_array() : NULL;
    for (unsigned n = 0; list && n < i->n_nexthops; n++) {
        struct json_object *hop = show_new_hop(s, r, &i->nexthops[n]);
        if (!hop || json_object_array_add(list, hop) < 0) {
            json_object_put(hop);
            s->broken = true;
        }
    }
    if (s->hops)
        show_add(s, s->route.root, "nexthops", list);
}

const char *show_route(struct show *s, const struct ripng *r, const struct ripng_route_info *i, size_t *size)
{
    show_set_route(s, &s->route, r, i);
    show_set_hops(s, r, i);
    return show_line(s, s->route.root, size);
}

const char *show_path(struct show *s, const struct ripng *r, const struct ripng_path_info *i, size_t *size)
{
    struct show_object *o = &s->path;
    show_set_route(s, o, r, &i->route);
    show_set_addr(s, o, P_FROM, &i->from);
    show_set_bool(o, P_USED, i->used);
    show_set_text(s, o, P_WHY, i->used ? NULL : ripng_reason_name(i->why));
    show_set_some(s, o, P_RULE, i->rule);
    return show_line(s, o->root, size);
}

const char *show_neigh(struct show *s, const struct ripng *r, const struct ripng_neigh_info *i, size_t *size)
{
    struct show_object *o = &s->neigh;
    show_set_addr(s, o, N_ADDRESS, &i->address);
    show_set_iface(s, o, N_IFACE, r, i->ifindex);
    show_set_number(o, N_ROUTES, i->routes);
    show_set_seconds(s, o, N_SEEN, i->seen_us);
    show_set_number(o, N_PACKETS, i->packets);
    show_set_number(o, N_BAD_PACKETS, i->bad_packets);
    show_set_number(o, N_BAD_ROUTES, i->bad_routes);
    bool error = i->last_error != RIPNG_WHY_NONE;
    show_set_text(s, o, N_ERROR, error ? ripng_reason_name(i->last_error) : NULL);
    show_set_text(s, o, N_ERROR_TEXT, error ? ripng_reason_text(i->last_error) : NULL);
    show_set_seconds(s, o, N_ERROR_AGE, error ? i->last_error_us : -1);
    show_set_seconds(s, o, N_INTERVAL, i->interval_us);
    return show_line(s, o->root, size);
}

const char *show_iface(struct show *s, const struct ripng_iface_info *i, size_t *size)
{
    struct show_object *o = &s->iface;
    char text[RIPNG_IFNAME];
    char section[RIPNG_PATTERN_MAX];
    show_set_text(s, o, I_NAME, clean_text(i->name, text, sizeof text));
    show_set_number(o, I_INDEX, i->ifindex);
    show_set_addr(s, o, I_ADDRESS, &i->address);
    show_set_number(o, I_MTU, i->mtu);
    show_set_bool(o, I_UP, i->up);
    show_set_bool(o, I_PASSIVE, i->passive);
    show_set_number(o, I_METRIC, i->metric);
    show_set_text(s, o, I_SPLIT, ripng_split_horizon_name(i->split_horizon));
    show_set_number(o, I_NEIGHBORS, i->neighbors);
    show_set_number(o, I_RX, i->rx_packets);
    show_set_number(o, I_TX, i->tx_packets);
    show_set_number(o, I_ERRORS, i->rx_errors);
    show_add(s, o->root, "drops", show_new_drops(s, i->drops));
    show_set_text(s, o, I_SECTION, i->section[0] ? clean_text(i->section, section, sizeof section) : NULL);
    show_set_text(s, o, I_WHY, i->why == RIPNG_WHY_NONE ? NULL : ripng_reason_name(i->why));
    return show_line(s, o->root, size);
}

/* --- objects made for one line ---------------------------------------- */

static struct json_object *show_other(struct show *s)
{
    json_object_put(s->other);
    s->other = json_object_new_object();
    return s->other;
}

/* Those that say what to expect of the kernel's routes. */
static void show_add_settings(struct show *s, struct json_object *root, const struct ripng_status *i)
{
    struct json_object *kernel = json_object_new_object(), *redistribute = json_object_new_object();
    if (!kernel || !redistribute) {
        json_object_put(kernel);
        json_object_put(redistribute);
        s->broken = true;
        return;
    }
    show_add(s, kernel, "table", json_object_new_uint64(i->kernel.table));
    show_add(s, kernel, "metric", json_object_new_uint64(i->kernel.metric));
    show_add(s, kernel, "protocol", json_object_new_int64(i->kernel.protocol));
    for (unsigned n = 0; n < RIPNG_N_REDISTRIBUTE; n++)
        show_add(s, redistribute, ripng_source_name(n), json_object_new_boolean(i->redistribute[n]));
    show_add(s, root, "kernel", kernel);
    show_add(s, root, "redistribute", redistribute);
}

const char *show_status(struct show *s, const struct ripng_status *i, const struct show_clients *c,
                        size_t *size)
{
    struct json_object *root = show_other(s), *timers = json_object_new_object();
    if (!root || !timers) {
        json_object_put(timers);
        return NULL;
    }
    show_add(s, root, "version", json_object_new_string(RIPNGD_VERSION));
    show_add(s, root, "pid", json_object_new_int64(getpid()));
    show_add(s, root, "uptime", show_new_seconds(i->uptime_us));

    const struct {
        const char *key;
        uint64_t number;
    } numbers[] = {
        {"routes", i->routes},
        {"garbage", i->garbage},
        {"installed", i->installed},
        {"neighbors", i->neighbors},
        {"interfaces", i->interfaces},
        {"rx_packets", i->rx_packets},
        {"tx_packets", i->tx_packets},
        {"rx_errors", i->rx_errors},
        {"packets_lost", i->packets_lost},
        {"events_lost", i->events_lost},
        {"kernel_pending", i->kernel_pending},
        {"kernel_errors", i->kernel_errors},
        {"kernel_retries", i->kernel_retries},
        {"kernel_resyncs", i->kernel_resyncs},
        {"clients", c->now},
        {"clients_cut", c->cut},
        {"clients_refused", c->refused},
    };
    for (size_t n = 0; n < sizeof numbers / sizeof numbers[0]; n++)
        show_add(s, root, numbers[n].key, json_object_new_uint64(numbers[n].number));

    if (i->kernel_retry_us >= 0)
        show_add(s, root, "kernel_retry_in", show_new_seconds(i->kernel_retry_us));
    show_add(s, timers, "update", show_new_seconds(i->timers.update_us));
    show_add(s, timers, "timeout", show_new_seconds(i->timers.timeout_us));
    show_add(s, timers, "garbage", show_new_seconds(i->timers.garbage_us));
    show_add(s, timers, "triggered_min", show_new_seconds(i->timers.triggered_min_us));
    show_add(s, timers, "triggered_max", show_new_seconds(i->timers.triggered_max_us));
    show_add(s, root, "timers", timers);

    show_add_settings(s, root, i);

    show_add(s, root, "drops", show_new_drops(s, i->drops));
    return show_line(s, root, size);
}

/* RFC 3339, in UTC. */
static struct json_object *show_new_time(int64_t us)
{
    char text[64];
    time_t seconds = (time_t)(us / 1000000);
    struct tm t;
    gmtime_r(&seconds, &t);
    size_t n = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &t);
    snprintf(text + n, sizeof text - n, ".%03dZ", (int)(us / 1000 % 1000));
    return json_object_new_string(text);
}

static struct json_object *show_new_addr(const struct in6_addr *a)
{
    char text[RIPNG_ADDR_TEXT];
    return json_object_new_string(ripng_addr_text(a, text));
}

static struct json_object *show_new_text(const char *text)
{
    char clean[512];
    return json_object_new_string(clean_text(text, clean, sizeof clean));
}

const char *show_event(struct show *s, const struct ripng_event *e, int64_t time_us, size_t *size)
{
    struct json_object *root = show_other(s);
    char text[512];
    if (!root)
        return NULL;
    show_add(s, root, "time", show_new_time(time_us));
    show_add(s, root, "event", json_object_new_string(ripng_event_name(e->kind)));
    show_add(s, root, "severity", json_object_new_string(log_level_name(ripng_event_severity(e))));
    if (e->reason != RIPNG_WHY_NONE)
        show_add(s, root, "reason", json_object_new_string(ripng_reason_name(e->reason)));
    if (e->ifname[0])
        show_add(s, root, "interface", show_new_text(e->ifname));
    if (!ripng_addr_is_unspecified(&e->neighbor))
        show_add(s, root, "neighbor", show_new_addr(&e->neighbor));
    if (ripng_event_has_prefix(e))
        show_add(s, root, "prefix", json_object_new_string(ripng_prefix_text(&e->prefix, text)));
    if (!ripng_addr_is_unspecified(&e->nexthop))
        show_add(s, root, "nexthop", show_new_addr(&e->nexthop));
    if (e->metric) {
        show_add(s, root, "metric", json_object_new_int(e->metric));
        show_add(s, root, "tag", json_object_new_int(e->tag));
    }
    if (e->error)
        show_add(s, root, "error", json_object_new_string(strerror(e->error)));
    if (e->value)
        show_add(s, root, "value", json_object_new_uint64(e->value));
    if (e->suppressed)
        show_add(s, root, "suppressed", json_object_new_int64(e->suppressed));
    show_add(s, root, "text", show_new_text(ripng_event_text(e, text, sizeof text)));
    return show_line(s, root, size);
}

const char *show_missed(struct show *s, uint64_t count, int64_t time_us, size_t *size)
{
    struct json_object *root = show_other(s);
    char text[64];
    if (!root)
        return NULL;
    snprintf(text, sizeof text, "%llu events missed: this reader is too slow", (unsigned long long)count);
    show_add(s, root, "time", show_new_time(time_us));
    show_add(s, root, "event", json_object_new_string("missed"));
    show_add(s, root, "severity", json_object_new_string(log_level_name(RIPNG_WARNING)));
    show_add(s, root, "missed", json_object_new_uint64(count));
    show_add(s, root, "text", json_object_new_string(text));
    return show_line(s, root, size);
}

const char *show_told(struct show *s, const struct ripng_told *t, size_t *size)
{
    struct json_object *root = show_other(s);
    char text[RIPNG_PREFIX_TEXT];
    if (!root)
        return NULL;
    show_add(s, root, "prefix", json_object_new_string(ripng_prefix_text(&t->prefix, text)));
    show_add(s, root, "nexthop", show_new_addr(&t->nexthop));
    show_add(s, root, "metric", json_object_new_int(t->metric));
    show_add(s, root, "tag", json_object_new_int(t->tag));
    return show_line(s, root, size);
}

const char *show_text(struct show *s, const char *key, const char *text, size_t *size)
{
    char clean[1024]; /* a line of config_read(): a path, a number and a sentence */
    struct json_object *root = show_other(s);
    if (!root)
        return NULL;
    show_add(s, root, key, json_object_new_string(clean_text(text, clean, sizeof clean)));
    return show_line(s, root, size);
}
