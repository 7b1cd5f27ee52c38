/*
 * What all commands that ask the daemon have in common: connect, send, render the
 * reply, and say in words a person can act on what went wrong.
 *
 * Called by cmd_*.c. The socket is client.c's, the output render.c's.
 */
#include "ask.h"

#include "client.h"
#include "record.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void ask_complain(const char *format, ...)
{
    va_list args;
    fflush(stdout); /* in order, where both go to one terminal */
    fputs("ripngctl: ", stderr);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
}

#define ASK_NONE                                                                                             \
    "there is no such socket; start ripngd, or name its socket with -s ('ripngctl doctor' looks for it)"
#define ASK_MAY_NOT "no permission; try as root, or be in the group of 'control { group }' in ripngd.conf"

/* Nobody was reached: why, and what to do about it. */
static enum cmd_exit ask_unreached(const char *path, int err)
{
    static const struct {
        int err;
        const char *hint;
    } hints[] = {
        {ENOENT, ASK_NONE},
        {ENOTDIR, ASK_NONE},
        {ECONNREFUSED,
         "nobody listens there; is ripngd running? (This is the socket of a dead one, or no socket)"},
        {EACCES, ASK_MAY_NOT},
        {EPERM, ASK_MAY_NOT},
        {EAGAIN, "ripngd does not answer; it is stopped or stuck: restart it"},
        {EPROTOTYPE, "another program's socket; is this the socket that ripngd was started with?"},
        {ENAMETOOLONG, "the path is too long for a socket (107 characters)"},
    };
    const char *hint = strerror(-err);
    for (size_t i = 0; i < sizeof hints / sizeof hints[0]; i++) {
        if (hints[i].err == -err)
            hint = hints[i].hint;
    }
    ask_complain("can't reach ripngd at %s: %s", path[0] ? path : "''", hint);
    return CMD_NO_DAEMON;
}

/* The reply broke off. */
static enum cmd_exit ask_broken(int got)
{
    if (got == -EMSGSIZE)
        ask_complain("bad reply: a line longer than %d bytes; is that ripngd's socket?", CLIENT_LINE_MAX);
    else if (got == -EAGAIN)
        ask_complain("the reply stopped: nothing for %d seconds; ripngd is stopped or stuck: restart it",
                     CLIENT_PATIENCE_S);
    else
        ask_complain("the reply ended early: %s",
                     got == 0 ? "ripngd closed the connection; its log may say why" : strerror(-got));
    return CMD_NEGATIVE;
}

static enum cmd_exit ask_no_object(void)
{
    ask_complain("bad reply: a line that is no JSON object; is that ripngd's socket?");
    return CMD_NEGATIVE;
}

static enum cmd_exit ask_no_memory(void)
{
    ask_complain("no memory");
    return CMD_NEGATIVE;
}

static const struct client *ask_live; /* whose reply has no end */
static volatile sig_atomic_t ask_interrupted;

static void ask_interrupt(int signum)
{
    (void)signum;
    ask_interrupted = 1;
    client_interrupt(ask_live);
}

/* A second signal kills, whatever keeps the first from being enough. */
static void ask_catch(const struct client *c)
{
    struct sigaction action = {.sa_handler = ask_interrupt, .sa_flags = SA_RESETHAND};
    ask_live = c;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

static enum cmd_exit ask_reply(struct client *c, struct render *r, const char *path)
{
    char *line;
    size_t size;
    for (bool first = true;; first = false) {
        int got = client_line(c, &line, &size);
        if (ask_interrupted)
            return CMD_DONE;
        if (got == -EAGAIN && first)
            return ask_unreached(path, got);
        if (got == 0 && ask_live) {
            ask_complain("ripngd has ended");
            return CMD_NEGATIVE;
        }
        if (got <= 0)
            return ask_broken(got);
        switch (render_line(r, line, size)) {
        case RENDER_MORE:
            break;
        case RENDER_END:
            return CMD_DONE;
        case RENDER_REFUSED:
            ask_complain("%s", render_reason(r));
            return CMD_NEGATIVE;
        case RENDER_BAD:
            return ask_no_object();
        case RENDER_NO_MEMORY:
            return ask_no_memory();
        }
        if (ask_live && fflush(stdout) != 0 && !ask_interrupted)
            return CMD_DONE; /* nobody reads on: main.c says why */
    }
}

enum ask_how { ASK_MUST, ASK_IF_THERE, ASK_LIVE };

static enum cmd_exit ask_somehow(const struct cmd_options *o, const char *command,
                                 const struct render_view *view, enum ask_how how)
{
    bool live = how == ASK_LIVE;
    struct client *c = NULL;
    struct render *r = render_new(view, o->json, screen_of(stdout));
    if (!r)
        return ask_no_memory();
    enum cmd_exit result;
    int err = client_open(&c, o->socket);
    if (err < 0 && how == ASK_IF_THERE) {
        result = CMD_NO_DAEMON;
    } else if (err < 0) {
        result = ask_unreached(o->socket, err);
    } else {
        if (live) {
            client_wait_for_ever(c);
            ask_catch(c);
        }
        /* A daemon that closes at once may have said why: an error of sending is told by the reply. */
        (void)client_send(c, command);
        result = ask_reply(c, r, o->socket);
    }
    if (live) {
        signal(SIGINT, SIG_DFL);
        signal(SIGTERM, SIG_DFL);
    }
    client_close(c);
    render_free(r);
    return result;
}

enum cmd_exit ask(const struct cmd_options *o, const char *command, const struct render_view *view)
{
    return ask_somehow(o, command, view, ASK_MUST);
}

enum cmd_exit ask_if_there(const struct cmd_options *o, const char *command, const struct render_view *view)
{
    return ask_somehow(o, command, view, ASK_IF_THERE);
}

enum cmd_exit ask_until_interrupted(const struct cmd_options *o, const char *command,
                                    const struct render_view *view)
{
    return ask_somehow(o, command, view, ASK_LIVE);
}

static enum cmd_exit ask_objects_of(struct client *c, size_t which, const char *path, ask_take_fn *take,
                                    void *arg)
{
    char *line, reason[256];
    size_t size;
    struct record o;
    for (bool first = which == 0;; first = false) {
        int got = client_line(c, &line, &size);
        if (got == -EAGAIN && first)
            return ask_unreached(path, got);
        if (got <= 0)
            return ask_broken(got);
        if (!record_read(&o, line, size))
            return ask_no_object();
        const struct record_field *error = record_find(&o, "error");
        if (error) {
            record_text(error, reason, sizeof reason);
            ask_complain("%s", reason);
            return CMD_NEGATIVE;
        }
        if (record_find(&o, "end"))
            return CMD_DONE;
        if (!take(arg, which, line, size))
            return ask_no_memory();
    }
}

enum cmd_exit ask_objects(const struct cmd_options *o, const char *const *commands, size_t n,
                          ask_take_fn *take, void *arg)
{
    struct client *c = NULL;
    int err = client_open(&c, o->socket);
    enum cmd_exit result = err < 0 ? ask_unreached(o->socket, err) : CMD_DONE;
    for (size_t i = 0; i < n && result == CMD_DONE; i++) {
        (void)client_send(c, commands[i]); /* as above: the reply says it */
        result = ask_objects_of(c, i, o->socket, take, arg);
    }
    client_close(c);
    return result;
}
