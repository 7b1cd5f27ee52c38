/*
 * How the objects of each command look to people: which fields are columns, and how a
 * field reads.
 *
 * The tables at the end are read by render.c, which knows no command. To add a column:
 * a line there, and a function cell_*() where the field is more than its text.
 *
 * Nothing that somebody may paste elsewhere (addresses, prefixes, names) is cut short.
 * To fit 80 columns all the same, a column that says the usual thing in each row is
 * left out.
 */
#include "view.h"

#include "render.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define VIEW_TEXT_MAX 512 /* a sentence of `monitor` */

/* Decimal digits to `text`; returns where they end. 100,000 routes are too many for printf. */
static char *view_digits(uint64_t number, char *text)
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

const char *view_duration(double seconds, char *text)
{
    static const struct {
        uint64_t seconds;
        char unit;
    } units[] = {{86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}};
    if (!(seconds > 0)) /* NaN is none either */
        seconds = 0;
    if (seconds < 9.995) { /* short timers and ages: what %.3g keeps matters there */
        snprintf(text, VIEW_DURATION_TEXT, "%.3gs", seconds < 0.0005 ? 0. : seconds);
        return text;
    }
    uint64_t s = seconds < 1e15 ? (uint64_t)seconds : (uint64_t)1e15;
    char *end = text;
    size_t i = 0, last;
    while (s < units[i].seconds)
        i++;
    for (last = i + 2; i < last && i < sizeof units / sizeof units[0]; i++) {
        if (s >= units[i].seconds) {
            end = view_digits(s / units[i].seconds, end);
            *end++ = units[i].unit;
        }
        s %= units[i].seconds;
    }
    *end = '\0';
    return text;
}

size_t view_put(char *text, const char *what)
{
    size_t n = strlen(what);
    memcpy(text, what, n + 1);
    return n;
}

const struct record_field *view_field(const struct record *o, const char *field)
{
    const struct record_field *f = record_find(o, field);
    return f && f->type != RECORD_NULL ? f : NULL;
}

size_t view_text(const struct record *o, const char *field, char *text)
{
    const struct record_field *f = view_field(o, field);
    return f ? record_text(f, text, VIEW_CELL_MAX) : view_put(text, "-");
}

size_t view_seconds(const struct record *o, const char *field, char *text)
{
    char duration[VIEW_DURATION_TEXT];
    const struct record_field *f = view_field(o, field);
    if (!f || f->type != RECORD_NUMBER)
        return view_put(text, "-");
    return view_put(text, view_duration(strtod(f->value, NULL), duration)); /* a NUL ends the line */
}

/* Where a route leads: to a router, or it is the router's own and this is where it has it from. */
static size_t cell_via(const struct record *o, const char *field, char *text)
{
    if (!view_field(o, field))
        return view_text(o, "source", text);
    size_t n = view_text(o, field, text);
    if (record_is(o, "source", "ripng"))
        return n;
    char source[VIEW_CELL_MAX];
    view_text(o, "source", source);
    return n + (size_t)snprintf(text + n, VIEW_CELL_MAX - n, " (%.32s)", source);
}

/* A learned route that the kernel should have and has not. */
static bool cell_missing(const struct record *o, const char *field)
{
    return record_is(o, field, "valid") && record_is(o, "source", "ripng") && !record_true(o, "installed");
}

static size_t cell_state(const struct record *o, const char *field, char *text)
{
    return cell_missing(o, field) ? view_put(text, "not installed") : view_text(o, field, text);
}

/* Who announced it, where that is not the next hop. */
static size_t cell_from(const struct record *o, const char *field, char *text)
{
    char nexthop[VIEW_CELL_MAX];
    size_t n = view_text(o, field, text);
    view_text(o, "nexthop", nexthop);
    return strcmp(text, nexthop) == 0 ? view_put(text, "-") : n;
}

static size_t cell_used(const struct record *o, const char *field, char *text)
{
    if (record_true(o, "used"))
        return view_put(text, "yes");
    char why[64], rule[24];
    const struct record_field *f = view_field(o, field), *number = view_field(o, "rule");
    if (f)
        record_text(f, why, sizeof why);
    if (number)
        record_text(number, rule, sizeof rule);
    return (size_t)snprintf(text, VIEW_CELL_MAX, "no%s%s%s%s", f ? ": " : "", f ? why : "",
                            number ? ", rule " : "", number ? rule : "");
}

static size_t cell_error(const struct record *o, const char *field, char *text)
{
    char age[VIEW_CELL_MAX];
    size_t n = view_text(o, field, text);
    if (!view_field(o, field))
        return n;
    view_seconds(o, "last_error_age", age);
    return n + (size_t)snprintf(text + n, VIEW_CELL_MAX - n, ", %.32s ago", age);
}

/* An object's fields, as many as there is room for. */
static size_t cell_drops(const struct record *o, const char *field, char *text)
{
    struct record inside;
    const struct record_field *f = view_field(o, field);
    size_t n = 0;
    if (!f || !record_inside(&inside, f) || !inside.n)
        return view_put(text, "-");
    for (unsigned i = 0; i < inside.n && n < VIEW_CELL_MAX - 64; i++) {
        char name[32], count[24];
        record_name(&inside.fields[i], name, sizeof name);
        record_text(&inside.fields[i], count, sizeof count);
        n += (size_t)snprintf(text + n, VIEW_CELL_MAX - n, "%s%s %s", n ? ", " : "", name, count);
    }
    return n;
}

static size_t cell_up(const struct record *o, const char *field, char *text)
{
    return view_put(text, !record_true(o, field) ? "down" : record_true(o, "passive") ? "passive" : "up");
}

/* --- colours ----------------------------------------------------------- */

/* A number that should be 0. */
static enum screen_colour colour_zero(const struct record *o, const char *field)
{
    return record_number(o, field, 0) > 0 ? SCREEN_DOUBT : SCREEN_PLAIN;
}

static enum screen_colour colour_there(const struct record *o, const char *field)
{
    return view_field(o, field) ? SCREEN_DOUBT : SCREEN_PLAIN;
}

static enum screen_colour colour_route(const struct record *o, const char *field)
{
    (void)field;
    return record_is(o, "state", "garbage") ? SCREEN_DIM : SCREEN_PLAIN;
}

static enum screen_colour colour_state(const struct record *o, const char *field)
{
    return cell_missing(o, field) ? SCREEN_BAD : colour_route(o, field);
}

static enum screen_colour colour_path(const struct record *o, const char *field)
{
    (void)field;
    return record_true(o, "used") ? SCREEN_PLAIN : SCREEN_DIM;
}

/* Two updates are missing at least: the time between two is random by half of it. */
static enum screen_colour colour_seen(const struct record *o, const char *field)
{
    double interval = record_number(o, "interval", 0);
    return interval > 0 && record_number(o, field, 0) > 3 * interval ? SCREEN_BAD : SCREEN_PLAIN;
}

static enum screen_colour colour_up(const struct record *o, const char *field)
{
    return !record_true(o, field) ? SCREEN_BAD : record_true(o, "passive") ? SCREEN_PLAIN : SCREEN_GOOD;
}

static enum screen_colour colour_status(const struct record *o, const char *field)
{
    static const char *const zero[] = {"packets_lost", "events_lost", "kernel_errors"};
    size_t i = 0, n = sizeof zero / sizeof zero[0];
    while (i < n && strcmp(zero[i], field) != 0)
        i++;
    return i < n ? colour_zero(o, field) : SCREEN_PLAIN;
}

static enum screen_colour colour_event(const struct record *o)
{
    static const struct {
        const char *field, *word;
        enum screen_colour colour;
    } events[] = {
        {"severity", "error", SCREEN_BAD},        {"event", "neighbor-silent", SCREEN_BAD},
        {"event", "interface-down", SCREEN_BAD},  {"severity", "warning", SCREEN_DOUBT},
        {"event", "neighbor-gone", SCREEN_DOUBT}, {"event", "route-lost", SCREEN_DOUBT},
        {"event", "interface-up", SCREEN_GOOD},   {"event", "neighbor-new", SCREEN_GOOD},
        {"event", "neighbor-back", SCREEN_GOOD},  {"event", "route-freed", SCREEN_DIM},
    };
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++) {
        if (record_is(o, events[i].field, events[i].word))
            return events[i].colour;
    }
    return SCREEN_PLAIN;
}

/* --- monitor ----------------------------------------------------------- */

/* An event: the time of day here, and the daemon's sentence. */
static void live_event(const struct record *o, const struct screen *screen)
{
    char time[VIEW_CELL_MAX], text[VIEW_TEXT_MAX];
    const struct record_field *f = view_field(o, "text");
    struct tm t = {0};
    view_text(o, "time", time);
    /* A time that is none, or of another form, is printed as it is. */
    const char *end = strptime(time, "%Y-%m-%dT%H:%M:%S", &t);
    time_t when = end && time[strlen(time) - 1] == 'Z' ? timegm(&t) : -1;
    if (when >= 0 && localtime_r(&when, &t))
        strftime(time, sizeof time, "%H:%M:%S", &t);
    if (f)
        record_text(f, text, sizeof text);
    else
        view_text(o, "event", text);
    screen_text(screen, SCREEN_DIM, time, strlen(time));
    fputc(' ', screen->out);
    screen_sentence(screen, colour_event(o), text, screen_columns(time) + 1, screen_columns(time) + 1);
    fputc('\n', screen->out);
}

/* --- views ------------------------------------------------------------- */

const struct render_view render_route = {
    .empty = "No routes yet: nothing of our own to share, and no neighbour has announced any.",
    .by_prefix = true,
    .list = "nexthops",
    .colour = colour_route,
    .columns = {{"PREFIX", "prefix", view_text},
                {"NEXT HOP", "nexthop", cell_via},
                {"INTERFACE", "interface", view_text},
                {"METRIC", "metric", view_text, .right = true},
                {"TAG", "tag", view_text, .usual = "0", .right = true},
                {"EXPIRES", "expires", view_seconds, .right = true},
                {"STATE", "state", cell_state, .usual = "valid", .colour = colour_state}},
};

const struct render_view render_path = {
    .empty = "No routes yet: nothing of our own to share, and no neighbour has announced any.",
    .by_prefix = true,
    .colour = colour_path,
    .columns = {{"PREFIX", "prefix", view_text},
                {"NEXT HOP", "nexthop", cell_via},
                {"FROM", "from", cell_from, .usual = "-"},
                {"INTERFACE", "interface", view_text},
                {"METRIC", "metric", view_text, .right = true},
                {"TAG", "tag", view_text, .usual = "0", .right = true},
                {"USED", "why", cell_used, .usual = "yes", .always = true}},
};

const struct render_view render_neigh = {
    .empty = "No routers heard yet.",
    .columns = {{"ADDRESS", "address", view_text},
                {"INTERFACE", "interface", view_text},
                {"ROUTES", "routes", view_text, .right = true},
                {"SEEN", "seen", view_seconds, .right = true, .colour = colour_seen},
                {"PACKETS", "packets", view_text, .right = true},
                {"BAD PKT", "bad_packets", view_text, .right = true},
                {"BAD RTE", "bad_routes", view_text, .right = true},
                {"LAST ERROR", "last_error", cell_error, .usual = "-", .colour = colour_there}},
};

const struct render_view render_interface = {
    .empty = "No interfaces: none is there that the configuration wants.",
    .columns = {{"NAME", "name", view_text},
                {"ADDRESS", "address", view_text},
                {"STATE", "up", cell_up, .colour = colour_up},
                {"MTU", "mtu", view_text, .usual = "1500", .right = true},
                {"METRIC", "metric", view_text, .usual = "1", .right = true},
                {"HORIZON", "split_horizon", view_text, .usual = "poison"},
                {"NEIGHS", "neighbors", view_text, .right = true},
                {"RX", "rx_packets", view_text, .right = true},
                {"TX", "tx_packets", view_text, .right = true},
                {"ERRORS", "rx_errors", view_text, .right = true, .colour = colour_zero},
                {"DROPS", "drops", cell_drops, .usual = "-"},
                {"WHY", "why", view_text, .usual = "-"}},
};

const struct render_view render_query = {
    .by_prefix = true,
    .columns = {{"PREFIX", "prefix", view_text},
                {"NEXT HOP", "nexthop", view_text},
                {"METRIC", "metric", view_text, .right = true},
                {"TAG", "tag", view_text, .usual = "0", .right = true}},
};

const struct render_view render_status = {
    .shape = VIEW_FIELDS,
    .seconds = (const char *const[]){"uptime", "kernel_retry_in", "timers", NULL},
    .columns = {{"NAME", "", view_text}, {"VALUE", "", view_text, .colour = colour_status}},
};

const struct render_view render_reload = {
    .empty = "The configuration has been read again and is in effect.",
    .shape = VIEW_SENTENCES,
    .columns = {{"PROBLEM", "problem", view_text}},
};

const struct render_view render_monitor = {.live = live_event};
