/*
 * The control socket at run time: clients, their commands and their replies.
 *
 * Opened by main.c; runs from the loop's watchers. What a line means is
 * command.c's, what is answered is answer.c's, what reload does is main.c's, and how
 * the socket comes to its place is endpoint.c's.
 *
 * A client is in one of two states. Without `answer` it is listened to; with one,
 * each turn on which its socket takes something fills its buffer once from the
 * engine's cursor and sends once. So a client costs its buffer, never more, and
 * each turn's work is bounded whatever it asks and however it reads. What it sends
 * during a reply stays in the kernel's buffer, where it stops the sender.
 *
 * `monitor` is a reply that waits for events in between; then its client is listened
 * to, too, and with the first byte, or the end of what it sends, the reply is through.
 *
 * All places taken: the client that has been silent for longest makes room, so
 * that forgotten connections never lock an operator out. While all are at work the
 * newcomers wait in the backlog. Members of the socket's group have some of the places
 * alone, so that nothing they do keeps root waiting; what changes anything is for
 * root, and for the daemon's own user, who can send it signals as well.
 */
#include "control.h"

#include "answer.h"
#include "log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

/* --- a client's turn -------------------------------------------------- */

static void control_resume(struct control *c);

static void client_free(struct client *cl)
{
    struct control *c = cl->control;
    for (unsigned i = 0; i < c->n_clients; i++) {
        if (c->clients[i] == cl)
            c->clients[i] = c->clients[--c->n_clients];
    }
    client_answered(cl);
    loop_watch_free(cl->watch);
    close(cl->fd);
    free(cl);
    control_resume(c);
}

/* Ends a client for our own reasons, and tells it where a line can begin. */
static void client_cut(struct client *cl, const char *why)
{
    if (cl->out_size == 0) {
        client_refuse(cl, why);
        (void)!send(cl->fd, cl->out, cl->out_size, MSG_NOSIGNAL | MSG_DONTWAIT);
    }
    peer_was_cut(&cl->control->book, cl->fd, loop_now(cl->control->loop), why);
    client_free(cl);
}

/* A command for which more is needed than to be let in. */
static void client_deny(struct client *cl)
{
    static const char why[] = "this changes things, which only root may do";
    peer_was_refused(&cl->control->book, cl->fd, loop_now(cl->control->loop), why);
    client_refuse(cl, why);
}

/* The end of the first line that is there; a last one needs no newline. NULL: none. */
static const char *client_line_end(const struct client *cl)
{
    const char *end = memchr(cl->in, '\n', cl->in_size);
    return !end && cl->eof && cl->in_size ? cl->in + cl->in_size : end;
}

/* False: the client is gone. */
static bool client_read(struct client *cl)
{
    if (cl->eof || cl->in_size == sizeof cl->in)
        return true;
    ssize_t n = recv(cl->fd, cl->in + cl->in_size, sizeof cl->in - cl->in_size, MSG_DONTWAIT);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR;
    cl->eof = n == 0;
    cl->in_size += (size_t)n;
    return true;
}

/* Begins the next command, if the last one's reply is through and a line is there. */
static void client_begin(struct client *cl)
{
    char why[COMMAND_WHY_MAX];
    if (cl->answer || cl->out_size || cl->last)
        return;
    const char *end = client_line_end(cl);
    if (!end) {
        if (cl->in_size == sizeof cl->in) {
            snprintf(why, sizeof why, "line longer than %d bytes", COMMAND_LINE_MAX - 1);
            cl->last = true; /* where the next command begins is anybody's guess */
            client_refuse(cl, why);
            peer_was_cut(&cl->control->book, cl->fd, loop_now(cl->control->loop), why);
        }
        return;
    }
    cl->moved = loop_now(cl->control->loop);
    cl->spoke = true;
    cl->cursor = 0;
    cl->path = (struct ripng_path_cursor){0};
    size_t size = (size_t)(end - cl->in);
    if (!command_parse(cl->in, size, &cl->command, why))
        client_refuse(cl, why);
    else if (command_changes(cl->command.kind) && !cl->owner)
        client_deny(cl);
    else
        client_answer(cl);
    if (size < cl->in_size)
        size++; /* the newline */
    cl->in_size -= size;
    memmove(cl->in, cl->in + size, cl->in_size);
}

/* False: the client is gone. */
static bool client_send(struct client *cl)
{
    if (cl->out_size == 0)
        return true;
    ssize_t n =
        send(cl->fd, cl->out + cl->out_start, cl->out_size - cl->out_start, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR;
    cl->moved = loop_now(cl->control->loop);
    cl->out_start += (size_t)n;
    if (cl->out_start == cl->out_size)
        cl->out_start = cl->out_size = 0;
    return true;
}

/* Is anything to be done for it as soon as its socket takes something? */
static bool client_at_work(const struct client *cl)
{
    return client_owes(cl) || cl->out_size || (!cl->answer && client_line_end(cl));
}

/* What its socket is watched for. One that waits may send its next commands, but no more than we can hold. */
static unsigned client_watched(const struct client *cl)
{
    if (client_at_work(cl))
        return LOOP_WRITE;
    return cl->eof || cl->in_size == sizeof cl->in ? 0 : LOOP_READ;
}

/* One turn: at most one command begun, one buffer filled, one buffer sent. */
static void client_event(void *arg, unsigned events)
{
    struct client *cl = arg;
    bool there = !(events & LOOP_READ) || client_at_work(cl) || client_read(cl);
    if (there) {
        client_begin(cl);
        while (client_owes(cl) && cl->out_start == 0 && CONTROL_OUT_SIZE - cl->out_size > CONTROL_ROOM)
            cl->answer(cl);
        there = client_send(cl);
    }
    bool idle = !cl->answer && !client_at_work(cl);
    if (!there || (idle && (cl->eof || cl->last)) || (cl->last && cl->out_size == 0)) {
        client_free(cl);
        return;
    }
    loop_watch_set(cl->watch, client_watched(cl));
}

/* --- who is let in, and who has to go ---------------------------------- */

/* When it last moved; one that waits for events is never still. */
static int64_t client_moved(const struct client *cl)
{
    return client_waits(cl) ? loop_now(cl->control->loop).us : cl->moved.us;
}

static int64_t client_still(const struct client *cl)
{
    return loop_now(cl->control->loop).us - client_moved(cl);
}

/* How long it may be still. */
static int64_t client_patience(const struct client *cl)
{
    const struct control *c = cl->control;
    return cl->spoke || c->mute_us > c->still_us ? c->still_us : c->mute_us;
}

static unsigned control_members(const struct control *c)
{
    unsigned n = 0;
    for (unsigned i = 0; i < c->n_clients; i++)
        n += !c->clients[i]->owner;
    return n;
}

/*
 * Who makes room for a newcomer: the longest silent one, or else one that has stopped
 * reading. For a member of the group none but another such.
 */
static struct client *control_victim(const struct control *c, bool members_alone)
{
    struct client *silent = NULL, *stuck = NULL;
    for (unsigned i = 0; i < c->n_clients; i++) {
        struct client *cl = c->clients[i];
        if (members_alone && cl->owner)
            continue;
        struct client **best = client_at_work(cl) ? &stuck : &silent;
        if (!*best || client_still(cl) > client_still(*best))
            *best = cl;
    }
    if (silent)
        return silent;
    return stuck && client_still(stuck) >= CONTROL_STUCK_US ? stuck : NULL;
}

/* Sets the timer for the next client that may have to go. Absolute: a late call changes nothing. */
void control_arm(struct control *c)
{
    int64_t when = 0; /* disarms */
    for (unsigned i = 0; i < c->n_clients; i++) {
        int64_t end = client_moved(c->clients[i]) + client_patience(c->clients[i]);
        when = when == 0 || end < when ? end : when;
    }
    for (unsigned i = 0; i < c->n_clients; i++) {
        const struct inquiry *q = c->clients[i]->inquiry;
        if (q && !ripng_ask_over(&q->asking, loop_now(c->loop)) && ripng_ask_deadline(&q->asking).us < when)
            when = ripng_ask_deadline(&q->asking).us;
    }
    if (c->full)
        when = loop_now(c->loop).us + CONTROL_STUCK_US;
    struct itimerspec t = {
        .it_value = {.tv_sec = (time_t)(when / 1000000), .tv_nsec = (long)(when % 1000000 * 1000)}};
    timerfd_settime(c->timer_fd, TFD_TIMER_ABSTIME, &t, NULL);
}

static void control_pause(struct control *c)
{
    c->full = true;
    loop_watch_set(c->watch, 0);
    control_arm(c);
}

static void control_resume(struct control *c)
{
    if (c->full) {
        c->full = false;
        loop_watch_set(c->watch, LOOP_READ);
    }
}

static void control_welcome(struct control *c, int fd, bool owner)
{
    struct client *cl = calloc(1, sizeof *cl);
    if (cl) {
        cl->control = c;
        cl->fd = fd;
        cl->owner = owner;
        cl->moved = loop_now(c->loop);
        cl->watch = loop_watch_new(c->loop, fd, LOOP_READ, client_event, cl);
    }
    if (!cl || !cl->watch) {
        (void)!send(fd, CONTROL_NO_MEMORY, sizeof CONTROL_NO_MEMORY - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
        close(fd);
        free(cl);
        return;
    }
    c->clients[c->n_clients++] = cl;
    control_arm(c);
    client_event(cl, LOOP_READ); /* its command is often there already, and it is no silent one then */
}

/* The places of the group's members are all at work, and root's stay free. */
static void control_turn_away(struct control *c, int fd)
{
    static const char why[] = "{\"error\":\"too many clients, all of them at work; try again later\"}\n";
    (void)!send(fd, why, sizeof why - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
    peer_was_cut(&c->book, fd, loop_now(c->loop), "too many clients, all of them at work");
    close(fd);
}

static void control_accept(void *arg, unsigned events)
{
    (void)events;
    struct control *c = arg;
    for (int i = 0; i < CONTROL_ACCEPT_MAX; i++) {
        struct client *victim = NULL;
        if (c->n_clients == CONTROL_CLIENTS_MAX && !(victim = control_victim(c, false))) {
            control_pause(c);
            return;
        }
        int fd = accept4(c->endpoint.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) {
            if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
                /* No descriptors, no memory: the caller stays in the backlog, so wait or this turns for ever.
                 */
                log_line(RIPNG_DEBUG, "control socket: accept: %s", strerror(errno));
                control_pause(c);
            }
            return;
        }
        bool owner = peer_is_owner(fd);
        bool crowded = !owner && control_members(c) >= CONTROL_MEMBERS_MAX;
        if (crowded)
            victim = control_victim(c, true);
        if (victim)
            client_cut(victim, "too many clients, and this one was still for longest");
        if (crowded && !victim)
            control_turn_away(c, fd);
        else
            control_welcome(c, fd, owner);
    }
}

static void control_timer(void *arg, unsigned events)
{
    (void)events;
    struct control *c = arg;
    uint64_t expirations;
    (void)!read(c->timer_fd, &expirations, sizeof expirations);
    for (unsigned i = c->n_clients; i-- > 0;) {
        struct client *cl = c->clients[i];
        if (cl->inquiry)
            client_ask(cl);
        loop_watch_set(cl->watch, client_watched(cl));
        if (client_still(cl) >= client_patience(cl))
            client_cut(cl, cl->spoke ? "nothing sent or read for too long" : "no command came");
    }
    control_resume(c);
    control_arm(c);
}

/* --- events ----------------------------------------------------------- */

/* It waited, and there is something for it: its time to take that begins. */
static void client_wake(struct client *cl)
{
    cl->moved = loop_now(cl->control->loop);
    loop_watch_set(cl->watch, LOOP_WRITE);
}

/* Something is about to be told to those who monitor. */
static void control_wake(struct control *c)
{
    for (unsigned i = 0; i < c->n_clients; i++) {
        if (client_waits(c->clients[i]) && !c->clients[i]->inquiry)
            client_wake(c->clients[i]);
    }
}

void control_packet(struct control *c, const struct ripng_packet *p)
{
    bool heard = false;
    for (unsigned i = 0; i < c->n_clients; i++) {
        struct client *cl = c->clients[i];
        bool waits = client_waits(cl);
        if (!cl->inquiry || !inquiry_heard(cl->inquiry, loop_now(c->loop), p))
            continue;
        heard = true;
        if (waits)
            client_wake(cl);
    }
    if (heard)
        control_arm(c);
}

void control_event(struct control *c, const struct ripng_event *e)
{
    if (!c->feed.readers)
        return;
    control_wake(c);
    feed_put(&c->feed, e, control_wall_clock());
}

void control_events_lost(struct control *c, uint64_t count)
{
    if (!c->feed.readers)
        return;
    control_wake(c);
    feed_lost(&c->feed, count);
}

/* --- life ------------------------------------------------------------- */

int control_open(struct control **out, struct loop *loop, struct ripng *engine, const char *path,
                 const char *group, const struct control_ops *ops, void *arg)
{
    struct control *c = calloc(1, sizeof *c);
    if (!c)
        return -ENOMEM;
    c->loop = loop;
    c->engine = engine;
    c->ops = ops;
    c->arg = arg;
    c->still_us = CONTROL_STILL_US;
    c->mute_us = CONTROL_MUTE_US;
    c->timer_fd = -1;
    c->endpoint.fd = -1;
    int err = endpoint_open(&c->endpoint, path, group, CONTROL_BACKLOG);
    if (err < 0)
        goto fail;
    c->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (c->timer_fd < 0) {
        err = -errno;
        goto fail;
    }
    err = -ENOMEM;
    c->show = show_new();
    c->watch = loop_watch_new(loop, c->endpoint.fd, LOOP_READ, control_accept, c);
    c->timer_watch = loop_watch_new(loop, c->timer_fd, LOOP_READ, control_timer, c);
    if (!c->show || !c->watch || !c->timer_watch)
        goto fail;
    *out = c;
    return 0;
fail:
    control_close(c);
    return err;
}

void control_close(struct control *c)
{
    if (!c)
        return;
    while (c->n_clients)
        client_free(c->clients[0]);
    loop_watch_free(c->watch);
    loop_watch_free(c->timer_watch);
    int err = endpoint_close(&c->endpoint);
    if (err < 0)
        log_line(RIPNG_NOTICE, "the control socket %s stays: %s; the next start replaces it",
                 c->endpoint.path, strerror(-err));
    if (c->timer_fd >= 0)
        close(c->timer_fd);
    show_free(c->show);
    free(c);
}

const char *control_error_text(int error)
{
    static const struct {
        int error;
        const char *text;
    } known[] = {
        {EADDRINUSE, "another daemon answers there"},
        {ENOTSOCK, "the path is there already and is no socket"},
        {ENAMETOOLONG, "the path is too long for a socket (107 characters)"},
        {EINVAL, "not a path for a socket"},
        {ESRCH, "no such group"},
        {ENOENT, "no such directory"},
        {EPERM, "no permission to give it to that group, of which the daemon's user must be a member"},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (known[i].error == abs(error))
            return known[i].text;
    }
    return strerror(abs(error));
}

void control_set_still(struct control *c, int64_t still_us)
{
    c->still_us = still_us;
    control_arm(c);
}

void control_set_mute(struct control *c, int64_t mute_us)
{
    c->mute_us = mute_us;
    control_arm(c);
}
