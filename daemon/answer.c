/*
 * What each command of the control socket answers, an object at a time.
 *
 * A client's turn (control.c) calls `answer` while there is room in its buffer. Each
 * answer keeps its place in the client's cursor, so that a reply costs no memory and
 * the tables may change under it. What an object looks like is show.c's, what events
 * wait for a monitor is feed.c's.
 */
#include "answer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static const char control_end[] = "{\"end\":true}";

int64_t control_wall_clock(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static control_answer_fn answer_monitor;

void client_answered(struct client *cl)
{
    if (cl->answer == answer_monitor)
        feed_leave(&cl->control->feed);
    cl->answer = NULL;
}

/* One line into the buffer, for which CONTROL_ROOM was free. NULL: there was no memory for it. */
static void client_put(struct client *cl, const char *line, size_t size)
{
    if (!line || size >= CONTROL_OUT_SIZE - cl->out_size) {
        line = CONTROL_NO_MEMORY;
        size = sizeof CONTROL_NO_MEMORY - 1;
        client_answered(cl); /* that was the last line of the reply */
    }
    if (size >= CONTROL_OUT_SIZE - cl->out_size)
        return;
    memcpy(cl->out + cl->out_size, line, size);
    cl->out[cl->out_size + size] = '\n';
    cl->out_size += size + 1;
}

static void client_finish(struct client *cl)
{
    client_answered(cl);
    client_put(cl, control_end, sizeof control_end - 1);
}

void client_refuse(struct client *cl, const char *why)
{
    size_t size = 0;
    client_answered(cl);
    const char *line = show_text(cl->control->show, "error", why, &size);
    client_put(cl, line, size);
}

static void answer_route(struct client *cl)
{
    struct control *c = cl->control;
    struct ripng_route_info i;
    size_t size = 0;
    if (!cl->command.has_prefix) {
        if (!ripng_read_route(c->engine, loop_now(c->loop), &cl->cursor, &i)) {
            client_finish(cl);
            return;
        }
    } else if (cl->cursor++) {
        client_finish(cl);
        return;
    } else if (!ripng_match_route(c->engine, loop_now(c->loop), &cl->command.prefix, &i)) {
        char text[RIPNG_PREFIX_TEXT], why[RIPNG_PREFIX_TEXT + 16];
        snprintf(why, sizeof why, "no route to %s", ripng_prefix_text(&cl->command.prefix, text));
        client_refuse(cl, why);
        return;
    }
    const char *line = show_route(c->show, c->engine, &i, &size);
    client_put(cl, line, size);
}

static void answer_neigh(struct client *cl)
{
    struct control *c = cl->control;
    struct ripng_neigh_info i;
    size_t size = 0;
    if (!ripng_read_neigh(c->engine, loop_now(c->loop), &cl->cursor, &i)) {
        client_finish(cl);
        return;
    }
    const char *line = show_neigh(c->show, c->engine, &i, &size);
    client_put(cl, line, size);
}

static void answer_iface(struct client *cl)
{
    struct control *c = cl->control;
    struct ripng_iface_info i;
    size_t size = 0;
    if (!ripng_read_iface(c->engine, &cl->cursor, &i)) {
        client_finish(cl);
        return;
    }
    const char *line = show_iface(c->show, &i, &size);
    client_put(cl, line, size);
}

static void answer_status(struct client *cl)
{
    struct control *c = cl->control;
    struct ripng_status i;
    size_t size = 0;
    ripng_read_status(c->engine, loop_now(c->loop), &i);
    const struct show_clients clients = {c->n_clients, c->book.cut, c->book.refused};
    const char *line = show_status(c->show, &i, &clients, &size);
    client_put(cl, line, size);
    if (cl->answer)
        client_finish(cl);
}

struct control_problems {
    struct client *client;
    unsigned told, left_out;
};

/* config_report_fn. A file with hundreds of errors shows as many as the buffer holds. */
static void control_problem(void *arg, const char *text)
{
    struct control_problems *p = arg;
    struct client *cl = p->client;
    size_t size = 0;
    const char *line = show_text(cl->control->show, "problem", text, &size);
    if (!line || size + CONTROL_ROOM >= CONTROL_OUT_SIZE - cl->out_size) {
        p->left_out++;
        return;
    }
    client_put(cl, line, size);
    p->told++;
}

static void answer_reload(struct client *cl)
{
    struct control *c = cl->control;
    struct control_problems p = {.client = cl};
    char why[160];
    int err = c->ops->reload(c->arg, control_problem, &p);
    if (err == 0) {
        client_finish(cl);
        return;
    }
    if (p.left_out)
        snprintf(why, sizeof why, "configuration not changed; %u more problems are not shown", p.left_out);
    else if (p.told)
        snprintf(why, sizeof why, "configuration not changed");
    else
        snprintf(why, sizeof why, "configuration not changed: %s", strerror(-err));
    client_refuse(cl, why);
}

static void answer_monitor(struct client *cl)
{
    struct control *c = cl->control;
    uint64_t missed;
    size_t size = 0;
    if (cl->in_size || cl->eof) {
        client_finish(cl);
        return;
    }
    const struct feed_entry *e = feed_next(&c->feed, &cl->reader, &missed);
    const char *line = e ? show_event(c->show, &e->event, e->time_us, &size)
                         : show_missed(c->show, missed, control_wall_clock(), &size);
    client_put(cl, line, size);
}

static void answer_monitor_begin(struct client *cl)
{
    if (feed_join(&cl->control->feed, &cl->reader))
        cl->answer = answer_monitor;
    else
        client_refuse(cl, "no memory");
}

bool client_owes(const struct client *cl)
{
    return cl->answer && (cl->answer != answer_monitor || cl->in_size || cl->eof ||
                          feed_waiting(&cl->control->feed, &cl->reader));
}

bool client_waits(const struct client *cl)
{
    return cl->answer == answer_monitor && !client_owes(cl) && !cl->out_size;
}

static control_answer_fn *const control_answers[COMMAND_N] = {
    [COMMAND_SHOW_ROUTE] = answer_route,     [COMMAND_SHOW_NEIGH] = answer_neigh,
    [COMMAND_SHOW_INTERFACE] = answer_iface, [COMMAND_SHOW_STATUS] = answer_status,
    [COMMAND_RELOAD] = answer_reload,        [COMMAND_MONITOR] = answer_monitor_begin,
};

void client_answer(struct client *cl)
{
    cl->answer = control_answers[cl->command.kind];
}
