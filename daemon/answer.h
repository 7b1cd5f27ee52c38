/*
 * A client of the control socket, between control.c, which has its turns, and
 * answer.c, which makes its replies.
 */
#ifndef DAEMON_ANSWER_H
#define DAEMON_ANSWER_H

#include "command.h"
#include "control.h"
#include "endpoint.h"
#include "feed.h"
#include "inquiry.h"
#include "peer.h"
#include "show.h"

struct client;
typedef void control_answer_fn(struct client *cl);

struct client {
    struct control *control;
    int fd;
    struct loop_watch *watch;
    struct ripng_time moved;   /* when it last gave a command or took a byte */
    control_answer_fn *answer; /* puts the next object of the reply; NULL: none under way */
    struct command command;
    uint32_t cursor;
    struct ripng_path_cursor path; /* of `show route all` */
    struct feed_reader reader;     /* of a monitor */
    struct inquiry *inquiry;       /* of a query; NULL: none under way */
    bool owner;                    /* root or the daemon's own user; else a member of the group */
    bool spoke;                    /* gave a command */
    bool eof;                      /* sends nothing more, but may still read */
    bool last;                     /* gone once the buffer is sent */
    size_t in_size, out_start, out_size;
    char in[COMMAND_LINE_MAX];
    char out[CONTROL_OUT_SIZE];
};

struct control {
    struct loop *loop;
    struct ripng *engine;
    const struct control_ops *ops;
    void *arg;
    struct show *show;
    struct feed feed;
    struct endpoint endpoint;
    struct loop_watch *watch;
    bool full;    /* nobody is let in until a client goes or gets stuck */
    int timer_fd; /* the loop's one deadline is the engine's */
    struct loop_watch *timer_watch;
    int64_t still_us, mute_us;
    struct peer_book book;
    unsigned n_clients;
    struct client *clients[CONTROL_CLIENTS_MAX];
};

/* Begins the reply to `cl->command`; whoever has its turn calls `cl->answer` until there is none. */
void client_answer(struct client *cl);
/* The whole reply, or the end of it, is this error. */
void client_refuse(struct client *cl, const char *why);
/* Its reply is through, or will never be. */
void client_answered(struct client *cl);

/* Is there more of its reply to be made now? */
bool client_owes(const struct client *cl);
/* Is its reply under way, and all told so far? */
bool client_waits(const struct client *cl);

/* Sends what is due of its query. */
void client_ask(struct client *cl);

/* Microseconds of the time of day, for what people read alone. */
int64_t control_wall_clock(void);

/* A deadline changed: control.c's timer is set anew. */
void control_arm(struct control *c);

#define CONTROL_NO_MEMORY "{\"error\":\"no memory\"}" /* there may be no memory to make a line */

#endif
