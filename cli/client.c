/*
 * The Unix socket of ripngctl: connects, sends a command, cuts the reply into lines.
 *
 * Called by ask.c. What is in a line is render.c's; what an error means to people
 * is ask.c's. Blocking, because a CLI has nothing else to do, but never for ever:
 * each step waits CLIENT_PATIENCE_S at most, unless it is to wait for events.
 */
#include "client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

struct client {
    int fd;
    size_t start, end;          /* what is received and not handed out yet */
    char data[CLIENT_LINE_MAX]; /* one line at least */
};

int client_open(struct client **out, const char *path)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    struct timeval patience = {.tv_sec = CLIENT_PATIENCE_S};
    if (path[0] == '\0')
        return -ENOENT;
    if (strlen(path) >= sizeof addr.sun_path)
        return -ENAMETOOLONG;
    strcpy(addr.sun_path, path);
    struct client *c = calloc(1, sizeof *c);
    if (!c)
        return -ENOMEM;
    c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (c->fd < 0 || setsockopt(c->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) < 0 ||
        setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) < 0 ||
        connect(c->fd, (const struct sockaddr *)&addr, sizeof addr) < 0) {
        int err = -errno;
        client_close(c);
        return err;
    }
    *out = c;
    return 0;
}

void client_close(struct client *c)
{
    if (!c)
        return;
    if (c->fd >= 0)
        close(c->fd);
    free(c);
}

void client_wait_for_ever(struct client *c)
{
    struct timeval for_ever = {0};
    setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &for_ever, sizeof for_ever);
}

void client_interrupt(const struct client *c)
{
    shutdown(c->fd, SHUT_RDWR);
}

static int client_send_all(struct client *c, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t n = send(c->fd, data, size, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        data += n;
        size -= (size_t)n;
    }
    return 0;
}

int client_send(struct client *c, const char *command)
{
    int err = client_send_all(c, command, strlen(command));
    return err < 0 ? err : client_send_all(c, "\n", 1);
}

int client_line(struct client *c, char **line, size_t *size)
{
    size_t looked = 0;
    for (;;) {
        char *from = c->data + c->start;
        char *end = memchr(from + looked, '\n', c->end - c->start - looked);
        if (end) {
            *end = '\0';
            *line = from;
            *size = (size_t)(end - from);
            c->start += *size + 1;
            return 1;
        }
        looked = c->end - c->start;
        if (c->start > 0) {
            memmove(c->data, from, looked);
            c->start = 0;
            c->end = looked;
        }
        if (c->end == sizeof c->data)
            return -EMSGSIZE;
        ssize_t n = recv(c->fd, c->data + c->end, sizeof c->data - c->end, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? -errno : 0;
        c->end += (size_t)n;
    }
}
