/*
 * A listening Unix socket at a path: how it comes there, and goes.
 */
#ifndef DAEMON_ENDPOINT_H
#define DAEMON_ENDPOINT_H

#include "config.h"

#include <sys/types.h>

struct endpoint {
    int fd; /* -1: none */
    char path[CONFIG_PATH_MAX];
    dev_t dev; /* which file it is: somebody may have put another one in its place */
    ino_t ino;
};

/*
 * 0 or -errno as control_open() tells them; on an error `e->fd` is -1. Where `path` is
 * a symbolic link of root's or our own, the socket is made where it leads: so it can
 * lie in a directory of the daemon's user and still be found in /run.
 */
int endpoint_open(struct endpoint *e, const char *path, const char *group, int backlog);
/* Unlinks the path if it is still ours. 0, or -errno where it could not. */
int endpoint_close(struct endpoint *e);

#endif
