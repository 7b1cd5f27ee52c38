/*
 * ripngctl's end of the control socket: a command out, lines in.
 */
#ifndef CLI_CLIENT_H
#define CLI_CLIENT_H

#include <stddef.h>

/* The longest line of a reply that is taken; the daemon's are below 4 KB. */
#define CLIENT_LINE_MAX 65536
/* A daemon that says nothing for so long is stuck or stopped. */
#define CLIENT_PATIENCE_S 10

struct client;

/* 0 or -errno, for which ask.c has words. */
int client_open(struct client **out, const char *path);
void client_close(struct client *c); /* NULL is fine */

/* Lines may be far apart from here on: client_line() waits for as long as it takes. */
void client_wait_for_ever(struct client *c);
/* Ends client_line() wherever it is: as if the daemon had closed. For a signal handler. */
void client_interrupt(const struct client *c);

/* Sends one command; the newline is added. 0 or -errno. */
int client_send(struct client *c, const char *command);

/*
 * The next line, without its newline and with a NUL, valid until the next call.
 * 1; 0: the daemon closed before a whole line; -EAGAIN: it says nothing;
 * -EMSGSIZE: the line is too long; another -errno.
 */
int client_line(struct client *c, char **line, size_t *size);

#endif
