/*
 * Prometheus' text format 0.0.4: the replies to `show status`, `show interface` and
 * `show neigh` as metrics, fit for node_exporter's textfile collector.
 *
 * Called by cmd_show_status.c with each object. A metric is a line of the table. Units
 * are seconds, counters end in _total, and a metric whose field nobody has is left out.
 */
#include "prometheus.h"

#include "record.h"

#include <stdlib.h>
#include <string.h>

#define VALUE_MAX 32  /* a JSON number of the daemon's */
#define LABEL_MAX 256 /* an interface's name or an address, or a reason's name */

enum prometheus_type { GAUGE, COUNTER };

static const struct metric {
    const char *name;
    enum prometheus_type type;
    enum prometheus_of of;
    const char *group; /* the object that has the field; NULL: the reply itself */
    const char *field; /* NULL: each field of the group, its name as the label "reason" */
    const char *help;
} metrics[] = {
    {"ripngd_uptime_seconds", GAUGE, PROMETHEUS_STATUS, NULL, "uptime", "Time since the daemon started."},
    {"ripngd_routes", GAUGE, PROMETHEUS_STATUS, NULL, "routes", "Valid routes."},
    {"ripngd_garbage_routes", GAUGE, PROMETHEUS_STATUS, NULL, "garbage",
     "Lost routes that are announced as unreachable."},
    {"ripngd_installed_routes", GAUGE, PROMETHEUS_STATUS, NULL, "installed", "Routes put into the kernel."},
    {"ripngd_neighbors", GAUGE, PROMETHEUS_STATUS, NULL, "neighbors", "Routers heard."},
    {"ripngd_interfaces", GAUGE, PROMETHEUS_STATUS, NULL, "interfaces", "Interfaces that RIPng runs on."},
    {"ripngd_rx_packets_total", COUNTER, PROMETHEUS_STATUS, NULL, "rx_packets", "Packets received."},
    {"ripngd_tx_packets_total", COUNTER, PROMETHEUS_STATUS, NULL, "tx_packets", "Packets sent."},
    {"ripngd_rx_errors_total", COUNTER, PROMETHEUS_STATUS, NULL, "rx_errors",
     "Packets received that were dropped."},
    {"ripngd_lost_packets_total", COUNTER, PROMETHEUS_STATUS, NULL, "packets_lost",
     "Packets lost because the socket was full."},
    {"ripngd_lost_events_total", COUNTER, PROMETHEUS_STATUS, NULL, "events_lost",
     "Events that the log did not take."},
    {"ripngd_kernel_pending_changes", GAUGE, PROMETHEUS_STATUS, NULL, "kernel_pending",
     "Changes that wait for the kernel."},
    {"ripngd_kernel_errors_total", COUNTER, PROMETHEUS_STATUS, NULL, "kernel_errors",
     "Changes that the kernel refused."},
    {"ripngd_kernel_retries_total", COUNTER, PROMETHEUS_STATUS, NULL, "kernel_retries",
     "Changes tried again after the kernel refused them."},
    {"ripngd_kernel_retry_in_seconds", GAUGE, PROMETHEUS_STATUS, NULL, "kernel_retry_in",
     "Time until refused changes are tried again."},
    {"ripngd_kernel_resyncs_total", COUNTER, PROMETHEUS_STATUS, NULL, "kernel_resyncs",
     "Times that the kernel's tables were read anew."},
    {"ripngd_clients", GAUGE, PROMETHEUS_STATUS, NULL, "clients", "Clients of the control socket."},
    {"ripngd_cut_clients_total", COUNTER, PROMETHEUS_STATUS, NULL, "clients_cut",
     "Clients that were cut off."},
    {"ripngd_refused_clients_total", COUNTER, PROMETHEUS_STATUS, NULL, "clients_refused",
     "Clients for whom there was no place."},
    {"ripngd_update_interval_seconds", GAUGE, PROMETHEUS_STATUS, "timers", "update",
     "Setting: time between regular updates."},
    {"ripngd_timeout_seconds", GAUGE, PROMETHEUS_STATUS, "timers", "timeout",
     "Setting: time until an unheard route is lost."},
    {"ripngd_drops_total", COUNTER, PROMETHEUS_STATUS, "drops", NULL,
     "Packets and routes dropped, by reason."},

    {"ripngd_interface_up", GAUGE, PROMETHEUS_INTERFACE, NULL, "up", "Whether RIPng runs on it."},
    {"ripngd_interface_passive", GAUGE, PROMETHEUS_INTERFACE, NULL, "passive", "Whether it only listens."},
    {"ripngd_interface_neighbors", GAUGE, PROMETHEUS_INTERFACE, NULL, "neighbors", "Routers heard there."},
    {"ripngd_interface_rx_packets_total", COUNTER, PROMETHEUS_INTERFACE, NULL, "rx_packets",
     "Packets received there."},
    {"ripngd_interface_tx_packets_total", COUNTER, PROMETHEUS_INTERFACE, NULL, "tx_packets",
     "Packets sent there."},
    {"ripngd_interface_rx_errors_total", COUNTER, PROMETHEUS_INTERFACE, NULL, "rx_errors",
     "Packets received there that were dropped."},
    {"ripngd_interface_drops_total", COUNTER, PROMETHEUS_INTERFACE, "drops", NULL,
     "Packets and routes dropped there, by reason."},

    {"ripngd_neighbor_routes", GAUGE, PROMETHEUS_NEIGH, NULL, "routes", "Routes learned from it."},
    {"ripngd_neighbor_seen_seconds", GAUGE, PROMETHEUS_NEIGH, NULL, "seen", "Time since it was heard."},
    {"ripngd_neighbor_update_interval_seconds", GAUGE, PROMETHEUS_NEIGH, NULL, "interval",
     "Time between its regular updates."},
    {"ripngd_neighbor_packets_total", COUNTER, PROMETHEUS_NEIGH, NULL, "packets", "Packets heard from it."},
    {"ripngd_neighbor_bad_packets_total", COUNTER, PROMETHEUS_NEIGH, NULL, "bad_packets",
     "Packets of it that were dropped."},
    {"ripngd_neighbor_bad_routes_total", COUNTER, PROMETHEUS_NEIGH, NULL, "bad_routes",
     "Routes of it that were dropped."},
};

bool prometheus_add(struct prometheus *p, enum prometheus_of of, const char *line, size_t size)
{
    struct prometheus_list *l = &p->of[of];
    if (l->n == l->room) {
        size_t room = l->room ? 2 * l->room : 16;
        char **lines = realloc(l->lines, room * sizeof *lines);
        if (!lines)
            return false;
        l->lines = lines;
        l->room = room;
    }
    l->lines[l->n] = strndup(line, size);
    return l->lines[l->n] && ++l->n;
}

void prometheus_free(struct prometheus *p)
{
    for (unsigned of = 0; of < PROMETHEUS_KINDS; of++) {
        for (size_t i = 0; i < p->of[of].n; i++)
            free(p->of[of].lines[i]);
        free(p->of[of].lines);
    }
    *p = (struct prometheus){0};
}

/* name="value", with a comma before it where it is not the first. */
static void print_label(FILE *out, bool *first, const char *name, const struct record_field *f)
{
    char text[LABEL_MAX];
    if (!f)
        return;
    record_text(f, text, sizeof text); /* without control characters, so there is no newline to escape */
    fprintf(out, "%s%s=\"", *first ? "{" : ",", name);
    for (const char *c = text; *c; c++)
        fprintf(out, *c == '"' || *c == '\\' ? "\\%c" : "%c", *c);
    fputc('"', out);
    *first = false;
}

/* The labels that tell this object's samples from another's. */
static void print_labels(FILE *out, enum prometheus_of of, const struct record *o,
                         const struct record_field *reason)
{
    bool first = true;
    if (of == PROMETHEUS_INTERFACE)
        print_label(out, &first, "interface", record_find(o, "name"));
    if (of == PROMETHEUS_NEIGH) {
        print_label(out, &first, "address", record_find(o, "address"));
        print_label(out, &first, "interface", record_find(o, "interface"));
    }
    print_label(out, &first, "reason", reason);
    if (!first)
        fputc('}', out);
}

static void print_head(FILE *out, const char *name, enum prometheus_type type, const char *help)
{
    fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type == COUNTER ? "counter" : "gauge");
}

/* One sample, after the metric's head if it is the first. What is no number is none. */
static void print_sample(FILE *out, const struct metric *m, bool *begun, const struct record *o,
                         const struct record_field *f, const struct record_field *reason)
{
    char value[VALUE_MAX];
    if (f->type != RECORD_NUMBER && f->type != RECORD_TRUE && f->type != RECORD_FALSE)
        return;
    if (!*begun)
        print_head(out, m->name, m->type, m->help);
    *begun = true;
    record_text(f, value, sizeof value);
    fputs(m->name, out);
    print_labels(out, m->of, o, reason);
    fprintf(out, " %s\n", f->type == RECORD_TRUE ? "1" : f->type == RECORD_FALSE ? "0" : value);
}

static void print_metric(FILE *out, const struct metric *m, bool *begun, const struct record *o)
{
    struct record inside;
    const struct record *from = o;
    if (m->group) {
        const struct record_field *group = record_find(o, m->group);
        if (!group || !record_inside(&inside, group))
            return;
        from = &inside;
    }
    const struct record_field *f = m->field ? record_find(from, m->field) : NULL;
    if (f)
        print_sample(out, m, begun, o, f, NULL);
    for (unsigned i = 0; !m->field && i < from->n; i++) {
        const struct record_field *each = &from->fields[i];
        /* Not RECORD_STRING: a name has no quotes to be taken off. */
        struct record_field reason = {.value = each->name, .size = each->name_size, .type = RECORD_OBJECT};
        print_sample(out, m, begun, o, each, &reason);
    }
}

static void print_version(FILE *out, const char *line)
{
    struct record o;
    bool first = true;
    if (!record_read(&o, line, strlen(line)) || !record_find(&o, "version"))
        return;
    print_head(out, "ripngd_build_info", GAUGE, "The daemon's version; the value is always 1.");
    fputs("ripngd_build_info", out);
    print_label(out, &first, "version", record_find(&o, "version"));
    fputs("} 1\n", out);
}

void prometheus_print(const struct prometheus *p, FILE *out)
{
    struct record o;
    if (p->of[PROMETHEUS_STATUS].n)
        print_version(out, p->of[PROMETHEUS_STATUS].lines[0]);
    for (size_t i = 0; i < sizeof metrics / sizeof metrics[0]; i++) {
        const struct prometheus_list *l = &p->of[metrics[i].of];
        bool begun = false;
        for (size_t k = 0; k < l->n; k++) {
            if (record_read(&o, l->lines[k], strlen(l->lines[k])))
                print_metric(out, &metrics[i], &begun, &o);
        }
    }
}
