/*
 * What each command of the control socket answers, an object at a time.
 *
 * A client's turn (control.c) calls `answer` while there is room in its buffer. Each
 * answer keeps its place in the client's cursor, so that a reply costs no memory and
 * the tables may change under it; `monitor` and `query` are those that wait for something
 * in between. What an object looks like is show.c's, what events
 * wait for a monitor is feed.c's.
 */
#include "answer.h"

#include <errno.h>
#include <net/if.h>
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
    inquiry_free(cl->inquiry);
    cl->inquiry = NULL;
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

static void answer_path(struct client *cl)
{
    struct control *c = cl->control;
    const struct command *cmd = &cl->command;
    struct ripng_path_info i;
    size_t size = 0;
    do {
        if (!ripng_read_path(c->engine, loop_now(c->loop), &cl->path, &i)) {
            client_finish(cl);
            return;
        }
    } while (cmd->has_prefix && !ripng_prefix_contains(&i.route.prefix, &cmd->prefix));
    const char *line = show_path(c->show, c->engine, &i, &size);
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

/* The address of ours that other routers know on this interface; :: leaves it to the kernel. */
static struct in6_addr control_source(const struct control *c, uint32_t ifindex)
{
    struct ripng_iface_info i;
    uint32_t cursor = 0;
    while (ripng_read_iface(c->engine, &cursor, &i)) {
        if (i.ifindex == ifindex && i.up)
            return i.address;
    }
    return (struct in6_addr){0};
}

/* One that can't be sent is one that was lost on the way: asked again. */
void client_ask(struct client *cl)
{
    struct control *c = cl->control;
    struct ripng_asking *a = &cl->inquiry->asking;
    uint8_t packet[RIPNG_QUERY_MAX];
    struct ripng_send send = {.ifindex = a->ifindex, .dest = a->query.address, .dest_port = RIPNG_PORT};
    send.size = ripng_ask_packet(a, loop_now(c->loop), packet, sizeof packet);
    if (!send.size)
        return;
    if (ripng_addr_is_linklocal(&send.dest))
        send.source = control_source(c, a->ifindex);
    (void)c->ops->send(c->arg, &send, packet);
}

static void answer_query(struct client *cl)
{
    char why[RIPNG_QUERY_WHY];
    size_t size = 0;
    const struct ripng_told *told = inquiry_next(cl->inquiry);
    if (told) {
        const char *line = show_told(cl->control->show, told, &size);
        client_put(cl, line, size);
    } else if (inquiry_failure(cl->inquiry, why)) {
        client_refuse(cl, why);
    } else {
        client_finish(cl);
    }
}

static void answer_query_begin(struct client *cl)
{
    const struct ripng_query *q = &cl->command.query;
    uint32_t ifindex = q->ifname[0] ? if_nametoindex(q->ifname) : 0;
    if (q->ifname[0] && !ifindex) {
        char why[80];
        snprintf(why, sizeof why, "no such interface: '%s' (ip link lists them)", q->ifname);
        client_refuse(cl, why);
        return;
    }
    cl->inquiry = inquiry_new(q, ifindex, loop_now(cl->control->loop));
    if (!cl->inquiry) {
        client_refuse(cl, "no memory");
        return;
    }
    cl->answer = answer_query;
    client_ask(cl);
    control_arm(cl->control);
}

bool client_owes(const struct client *cl)
{
    const struct control *c = cl->control;
    if (cl->answer == answer_monitor)
        return cl->in_size || cl->eof || feed_waiting(&c->feed, &cl->reader);
    if (cl->answer == answer_query)
        return inquiry_waiting(cl->inquiry) || ripng_ask_over(&cl->inquiry->asking, loop_now(c->loop));
    return cl->answer;
}

bool client_waits(const struct client *cl)
{
    return cl->answer && !client_owes(cl) && !cl->out_size;
}

static control_answer_fn *const control_answers[COMMAND_N] = {
    [COMMAND_SHOW_ROUTE] = answer_route,     [COMMAND_SHOW_NEIGH] = answer_neigh,
    [COMMAND_SHOW_INTERFACE] = answer_iface, [COMMAND_SHOW_STATUS] = answer_status,
    [COMMAND_RELOAD] = answer_reload,        [COMMAND_MONITOR] = answer_monitor_begin,
    [COMMAND_QUERY] = answer_query_begin,
};

void client_answer(struct client *cl)
{
    cl->answer = cl->command.all ? answer_path : control_answers[cl->command.kind];
}
