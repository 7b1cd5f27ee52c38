/*
 * The UDP socket: port 521 on every interface, RFC 2080 2.1 and 2.5.2.
 *
 * Packets in are handed to `ops`, packets out are written straight into the slots
 * of a small batch. Knows nothing of what is in them; pump.c stands between it and
 * the engine.
 */
#ifndef DAEMON_SOCKET_H
#define DAEMON_SOCKET_H

#include "loop.h"

struct socket;

struct socket_ops {
    void (*packet)(void *arg, const struct ripng_packet *p);
    void (*lost)(void *arg, uint32_t count); /* the kernel had no room for so many */
};

/* 0 or -errno: -EADDRINUSE where another program has the port, -EACCES without the permission. */
int socket_open(struct socket **out, struct loop *loop, const struct socket_ops *ops, void *arg);
void socket_close(struct socket *s); /* NULL is fine */

/* Joins or leaves ff02::9 on an interface. 0 or -errno; joined or left already is fine. */
int socket_join(struct socket *s, uint32_t ifindex);
int socket_leave(struct socket *s, uint32_t ifindex);

/*
 * Sending: write into socket_slot(), then socket_queue() says where to; at the end
 * socket_flush(). NULL: no slot, because the batch is full (flush it) or the socket
 * is blocked. What a blocked socket has not taken goes out as soon as it can, and
 * the loop wakes up for it.
 */
void *socket_slot(struct socket *s, size_t *size);
void socket_queue(struct socket *s, const struct ripng_send *send);
void socket_flush(struct socket *s);
/* Has everything queued gone out? */
bool socket_idle(const struct socket *s);

#endif
