/*
 * Probe: what the daemon says of itself, by its control socket.
 *
 * Called by cmd_doctor.c. Speaks the same words as a script would (INTERFACE.md); a
 * field that an older daemon does not have keeps its default. What it means is for
 * the checks.
 */
#include "client.h"
#include "doctor.h"
#include "record.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Of routes only some are kept; so many of each kind are enough to find one that is wrong. */
#define KEEP_MAX 256

static bool text_of(const struct record *o, const char *name, char *to, size_t size)
{
    const struct record_field *f = record_find(o, name);
    to[0] = '\0';
    if (!f || f->type != RECORD_STRING)
        return false;
    record_text(f, to, size);
    return true;
}

static uint32_t count_of(const struct record *o, const char *name, uint32_t otherwise)
{
    double v = record_number(o, name, otherwise);
    return v >= 0 && v <= UINT32_MAX ? (uint32_t)v : otherwise;
}

static bool inside(const struct record *o, const char *name, struct record *in)
{
    const struct record_field *f = record_find(o, name);
    return f && record_inside(in, f);
}

/* Each takes one object of a reply. False: no memory. */
typedef bool take_fn(struct doctor *d, const struct record *o);

static bool take_status(struct doctor *d, const struct record *o)
{
    struct doctor_daemon *a = &d->daemon;
    struct record in;
    a->pid = (long)record_number(o, "pid", 0);
    a->uptime = record_number(o, "uptime", 0);
    if (inside(o, "timers", &in)) {
        a->update = record_number(&in, "update", 0);
        a->timeout = record_number(&in, "timeout", 0);
    }
    if (inside(o, "kernel", &in)) {
        a->table = count_of(&in, "table", a->table);
        a->metric = count_of(&in, "metric", a->metric);
        a->protocol = (uint8_t)count_of(&in, "protocol", a->protocol);
    }
    if (inside(o, "redistribute", &in))
        a->shares_connected = record_true(&in, "connected");
    if (inside(o, "drops", &in))
        a->refuses_defaults = record_number(&in, "default-route", 0) > 0;
    return true;
}

static bool take_iface(struct doctor *d, const struct record *o)
{
    struct doctor_iface *i = doctor_list_add(&d->daemon.ifaces, sizeof *i);
    if (!i)
        return false;
    text_of(o, "name", i->name, sizeof i->name);
    text_of(o, "section", i->section, sizeof i->section);
    i->up = record_true(o, "up");
    i->passive = record_true(o, "passive");
    i->rx_packets = (uint64_t)record_number(o, "rx_packets", 0);
    i->tx_packets = (uint64_t)record_number(o, "tx_packets", 0);
    return true;
}

static bool take_peer(struct doctor *d, const struct record *o)
{
    char address[RIPNG_ADDR_TEXT];
    struct doctor_peer *p = doctor_list_add(&d->daemon.peers, sizeof *p);
    if (!p)
        return false;
    text_of(o, "interface", p->interface, sizeof p->interface);
    text_of(o, "address", address, sizeof address);
    ripng_addr_parse(address, &p->address);
    p->seen = record_number(o, "seen", -1);
    p->interval = record_number(o, "interval", -1);
    return true;
}

/* One learned prefix for each interface: where traffic goes there, and may come from. */
static bool note_behind(struct doctor_daemon *a, const struct doctor_route *r)
{
    const struct doctor_route *have = a->behind.items;
    for (size_t i = 0; i < a->behind.n; i++)
        if (strcmp(have[i].interface, r->interface) == 0)
            return true;
    struct doctor_route *new = doctor_list_add(&a->behind, sizeof *new);
    if (new)
        *new = *r;
    return new != NULL;
}

static bool take_route(struct doctor *d, const struct record *o)
{
    struct doctor_daemon *a = &d->daemon;
    struct doctor_route r = {0};
    char text[RIPNG_PREFIX_TEXT];
    if (!record_is(o, "state", "valid"))
        return true;
    text_of(o, "prefix", text, sizeof text);
    if (!ripng_prefix_parse(text, &r.prefix, NULL))
        return true;
    text_of(o, "interface", r.interface, sizeof r.interface);
    if (text_of(o, "nexthop", text, sizeof text))
        ripng_addr_parse(text, &r.nexthop);
    r.learned = record_is(o, "source", "ripng");
    r.installed = record_true(o, "installed");
    a->learned += r.learned;
    bool is_default = r.prefix.len == 0;
    if (r.learned && !is_default && !note_behind(a, &r))
        return false;
    if (r.learned && r.installed && !is_default)
        return true;
    if (r.learned && a->routes.n > KEEP_MAX)
        return true;
    struct doctor_route *new = doctor_list_add(&a->routes, sizeof *new);
    if (new)
        *new = r;
    return new != NULL;
}

static int ask(struct doctor *d, struct client *c, const char *command, take_fn *take)
{
    char *line;
    size_t size;
    struct record o;
    int got = client_send(c, command);
    while (got >= 0 && (got = client_line(c, &line, &size)) > 0) {
        if (!record_read(&o, line, size))
            return -EPROTO;
        if (record_find(&o, "end"))
            return 0;
        if (record_find(&o, "error"))
            return -EPROTO;
        if (!take(d, &o)) {
            d->no_memory = true;
            return -ENOMEM;
        }
    }
    return got ? got : -EPROTO;
}

void doctor_ask_daemon(struct doctor *d)
{
    static const struct {
        const char *command;
        take_fn *take;
    } questions[] = {
        {"show status", take_status},
        {"show interface", take_iface},
        {"show neigh", take_peer},
        {"show route", take_route},
    };
    d->daemon.table = 254;
    d->daemon.metric = 2048;
    d->daemon.protocol = 189;
    d->daemon.shares_connected = true;
    struct client *c = NULL;
    int err = client_open(&c, d->socket);
    for (size_t i = 0; err == 0 && i < sizeof questions / sizeof questions[0]; i++)
        err = ask(d, c, questions[i].command, questions[i].take);
    client_close(c);
    d->daemon.error = -err;
    d->daemon.known = err == 0;
}
