/*
 * Two netlink sockets: one that listens, one that changes routes.
 *
 * Called by pump.c and, at start and stop, by main.c. What messages say is nlmsg.c's,
 * what they mean is the engine's.
 *
 * Dumps share the monitor's socket with events, so that both come in the order in
 * which the kernel produced them, and are read piece by piece as they arrive: a large
 * table does not hold up the loop. A dump is begun again when the kernel says that
 * it changed under it (NLM_F_DUMP_INTR) and when events were lost (ENOBUFS). When a
 * route goes away while routes are dumped, the kernel goes on after as many routes as
 * it has already told, leaves out one that it has not, and says nothing: then routes
 * are dumped once more, on top of what is known, for what is gone has had its event.
 * Where that does not come to an end, what there is has to do, and `ops` is told.
 *
 * A dump begins only when the monitor has been read empty. From the event for which
 * it had no room until then the kernel drops all others as well, and reports it once.
 *
 * Changes are done when sendmsg() returns: netlink_flush() finds the answers waiting.
 * Only the last of a batch asks for one; those that fail answer of themselves. The
 * events that they cause are kept from the monitor by a socket filter, so that
 * 100,000 installed routes do not push others' events out of its buffer.
 */
#include "netlink.h"

#include "log.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/filter.h>
#include <linux/neighbour.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#ifndef NETLINK_GET_STRICT_CHK
#define NETLINK_GET_STRICT_CHK 12 /* Linux 4.20 */
#endif

#define BATCH 256
#define BATCH_SIZE 32768 /* bytes: so many changes with one next hop, fewer with several */
#define MONITOR_BUFFER (4 << 20)
#define CHANGES_BUFFER (1 << 20) /* an error for each of a batch, about 1 KB to the kernel */
#define READ_SIZE 32768          /* the kernel fills no more than this in a dump */
#define READ_TURN (256 << 10)    /* bytes a turn */
#define DUMP_RESTARTS 8          /* in a row */
#define ROUTE_PASSES 4           /* over the routes, in one dump */

struct netlink {
    struct loop *loop;
    const struct netlink_ops *ops;
    void *arg;
    uint32_t table;

    struct mnl_socket *monitor;
    struct loop_watch *watch;
    char *buffer;
    size_t buffer_size;

    bool wanted; /* a dump, as soon as the monitor has been read empty */
    bool dumping;
    bool again;           /* this dump is worth nothing: read it to its end, then begin again */
    enum nlmsg_dump part; /* being dumped */
    bool gaps;            /* a route went away in this pass over the routes */
    unsigned restarts, passes;
    uint32_t dump_seq;

    struct mnl_socket *changes;
    unsigned n_batch;
    uint32_t first_id;
    size_t batch_size, last_at; /* bytes in the batch, and where its last message begins */
    bool deletes[BATCH];
    uint32_t batch[BATCH_SIZE / sizeof(uint32_t)]; /* aligned for nlmsghdr */
};

/* --- opening ---------------------------------------------------------- */

static int open_socket(struct mnl_socket **out, int buffer)
{
    struct mnl_socket *s = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (!s)
        return -errno;
    int fd = mnl_socket_get_fd(s), on = 1;
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof buffer) < 0)
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
    setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on); /* errors without the message */
    setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof on);
    *out = s;
    return 0;
}

/*
 * Drops in the kernel what nobody here wants to be woken for: what `port_id` caused
 * (answers to our dumps bear the monitor's own port), and of neighbours all but
 * routers and those that were given up. BPF loads as from the wire, hence htons().
 */
static void set_filter(int fd, uint32_t port_id)
{
    enum { TYPE = offsetof(struct nlmsghdr, nlmsg_type), PORT = offsetof(struct nlmsghdr, nlmsg_pid) };
    enum {
        STATE = sizeof(struct nlmsghdr) + offsetof(struct ndmsg, ndm_state),
        FLAGS = sizeof(struct nlmsghdr) + offsetof(struct ndmsg, ndm_flags),
    };
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, PORT),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(port_id), 7, 0),
        BPF_STMT(BPF_LD | BPF_H | BPF_ABS, TYPE),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_NEWNEIGH), 0, 4),
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, FLAGS),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, NTF_ROUTER, 4, 0),
        BPF_STMT(BPF_LD | BPF_H | BPF_ABS, STATE),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, htons(NUD_FAILED), 2, 1),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_DELNEIGH), 0, 1),
        BPF_STMT(BPF_RET | BPF_K, 0),
        BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
    };
    struct sock_fprog program = {.len = sizeof code / sizeof *code, .filter = code};
    if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) < 0)
        log_line(RIPNG_DEBUG, "no filter on the netlink socket: %s",
                 strerror(errno)); /* handle() checks too */
}

static int open_both(struct netlink *n)
{
    int r = open_socket(&n->changes, CHANGES_BUFFER);
    if (r == 0 && mnl_socket_bind(n->changes, 0, MNL_SOCKET_AUTOPID) < 0)
        r = -errno;
    if (r == 0)
        r = open_socket(&n->monitor, MONITOR_BUFFER);
    if (r < 0)
        return r;
    set_filter(mnl_socket_get_fd(n->monitor), mnl_socket_get_portid(n->changes));
    if (mnl_socket_bind(n->monitor, RTMGRP_LINK | RTMGRP_NEIGH | RTMGRP_IPV6_IFADDR | RTMGRP_IPV6_ROUTE,
                        MNL_SOCKET_AUTOPID) < 0)
        return -errno;
    return 0;
}

/* One datagram of `s` into `buffer`: its size, or -errno. What the kernel did not send is dropped. */
static ssize_t take(struct mnl_socket *s, void *buffer, size_t size)
{
    for (;;) {
        struct sockaddr_nl from = {.nl_family = AF_NETLINK};
        socklen_t from_len = sizeof from;
        ssize_t got = recvfrom(mnl_socket_get_fd(s), buffer, size, MSG_DONTWAIT | MSG_TRUNC,
                               (struct sockaddr *)&from, &from_len);
        if (got >= 0 && from.nl_pid == 0)
            return got;
        if (got < 0 && errno != EINTR)
            return -errno;
    }
}

/* May this process change routes? Better a line at start than a refusal for each route. */
static int probe(struct netlink *n)
{
    struct nlmsg m;
    size_t size = nlmsg_write_probe(n->batch, sizeof n->batch, 0);
    if (mnl_socket_sendto(n->changes, n->batch, size) < 0)
        return -errno;
    ssize_t got = take(n->changes, n->batch, sizeof n->batch);
    if (got < 0)
        return (int)got;
    if (nlmsg_read(n->batch, (size_t)got, 0, &m) > 0 && m.kind == NLMSG_KIND_ANSWER && m.error == EPERM)
        return -EPERM;
    return 0;
}

static void on_ready(void *arg, unsigned events)
{
    (void)events;
    netlink_read(arg);
}

int netlink_open(struct netlink **out, struct loop *loop, uint32_t table, const struct netlink_ops *ops,
                 void *arg)
{
    struct netlink *n = calloc(1, sizeof *n);
    if (!n)
        return -ENOMEM;
    n->loop = loop;
    n->ops = ops;
    n->arg = arg;
    n->table = table;
    n->buffer_size = READ_SIZE;
    int r = open_both(n);
    if (r == 0)
        r = probe(n);
    if (r < 0)
        goto fail;
    r = -ENOMEM;
    n->buffer = malloc(n->buffer_size);
    if (!n->buffer)
        goto fail;
    n->watch = loop_watch_new(loop, mnl_socket_get_fd(n->monitor), LOOP_READ, on_ready, n);
    if (!n->watch)
        goto fail;
    *out = n;
    return 0;
fail:
    netlink_close(n);
    return r;
}

void netlink_close(struct netlink *n)
{
    if (!n)
        return;
    loop_watch_free(n->watch);
    if (n->monitor)
        mnl_socket_close(n->monitor);
    if (n->changes)
        mnl_socket_close(n->changes);
    free(n->buffer);
    free(n);
}

void netlink_set_table(struct netlink *n, uint32_t table)
{
    n->again = n->again || (n->dumping && table != n->table);
    n->table = table;
}

/* --- dumps ------------------------------------------------------------ */

static void request(struct netlink *n, enum nlmsg_dump part)
{
    uint32_t message[NLMSG_CHANGE_MAX / sizeof(uint32_t)];
    size_t size = nlmsg_write_dump(message, sizeof message, part, n->table, ++n->dump_seq);
    n->part = part;
    if (mnl_socket_sendto(n->monitor, message, size) < 0) {
        n->dumping = false;
        n->ops->dump_failed(n->arg, errno);
    }
}

static void begin_dump(struct netlink *n)
{
    n->wanted = false;
    n->dumping = true;
    n->again = n->gaps = false;
    n->passes = 0;
    n->ops->dump_begin(n->arg);
    request(n, NLMSG_DUMP_LINKS);
}

void netlink_dump(struct netlink *n)
{
    if (n->wanted || n->dumping)
        return;
    n->restarts = 0;
    n->wanted = true;
    loop_wake_now(n->loop);
}

bool netlink_dumping(const struct netlink *n)
{
    return n->wanted || n->dumping;
}

/* A part of the dump has come to its end. */
static void part_done(struct netlink *n, int error)
{
    /* A table that nobody has put a route into yet does not exist. */
    if (error != 0 && !(n->part == NLMSG_DUMP_ROUTES && error == ENOENT)) {
        n->dumping = false;
        n->ops->dump_failed(n->arg, error);
    } else if (n->again && n->restarts < DUMP_RESTARTS) {
        n->restarts++;
        n->dumping = false;
        n->wanted = true;
    } else if (n->part + 1 < NLMSG_N_DUMPS) {
        request(n, n->part + 1);
    } else if (n->gaps && ++n->passes < ROUTE_PASSES) {
        n->gaps = false;
        request(n, n->part);
    } else {
        n->dumping = false;
        n->ops->dump_end(n->arg, !n->again && !n->gaps);
    }
}

/* --- events ----------------------------------------------------------- */

static void lost(struct netlink *n)
{
    n->again = n->dumping;
    n->ops->lost(n->arg);
}

static void handle(struct netlink *n, const struct nlmsg *m)
{
    if (m->port_id == mnl_socket_get_portid(n->changes))
        return; /* our own change, where the filter could not be set */
    bool is_dump = m->port_id == mnl_socket_get_portid(n->monitor);
    if (is_dump && (!n->dumping || m->seq != n->dump_seq))
        return;
    if (is_dump && m->interrupted)
        n->again = true;
    switch (m->kind) {
    case NLMSG_KIND_OTHER:
        break;
    case NLMSG_KIND_DONE:
    case NLMSG_KIND_ANSWER:
        if (is_dump)
            part_done(n, m->error);
        break;
    case NLMSG_KIND_OVERRUN:
        lost(n);
        break;
    case NLMSG_KIND_ROUTE_GONE:
        n->gaps = n->gaps || (n->dumping && n->part == NLMSG_DUMP_ROUTES);
        n->ops->fact(n->arg, m);
        break;
    case NLMSG_KIND_LINK:
    case NLMSG_KIND_LINK_GONE:
    case NLMSG_KIND_ADDRESS:
    case NLMSG_KIND_ADDRESS_GONE:
    case NLMSG_KIND_ROUTE:
    case NLMSG_KIND_NEIGH:
    default:
        n->ops->fact(n->arg, m);
        break;
    }
}

/* A message longer than the buffer was cut: it is lost, but the next one like it will fit. */
static void grow(struct netlink *n, size_t size)
{
    char *larger = realloc(n->buffer, size);
    if (larger) {
        n->buffer = larger;
        n->buffer_size = size;
    }
    lost(n);
}

void netlink_read(struct netlink *n)
{
    for (size_t total = 0; total < READ_TURN;) {
        ssize_t got = take(n->monitor, n->buffer, n->buffer_size);
        if (got == -EAGAIN && n->wanted) {
            begin_dump(n);
            continue;
        }
        if (got == -EAGAIN)
            return;
        if (got == -ENOBUFS) {
            lost(n);
            continue;
        }
        if (got < 0) {
            log_line(RIPNG_WARNING, "reading netlink: %s", strerror((int)-got));
            return;
        }
        total += (size_t)got;
        if ((size_t)got > n->buffer_size) {
            grow(n, (size_t)got);
            continue;
        }
        struct nlmsg m;
        size_t step;
        for (size_t at = 0; (step = nlmsg_read(n->buffer + at, (size_t)got - at, n->table, &m)) > 0;
             at += step)
            handle(n, &m);
    }
}

/* --- neighbours ------------------------------------------------------- */

/* Sends what is in the batch buffer, of which `size` is used, and reads the one reply to it. 0 or -errno. */
static int ask_kernel(struct netlink *n, size_t size, struct nlmsg *reply)
{
    if (mnl_socket_sendto(n->changes, n->batch, size) < 0)
        return -errno;
    ssize_t got = take(n->changes, n->batch, sizeof n->batch);
    if (got < 0)
        return (int)got;
    if ((size_t)got > sizeof n->batch || !nlmsg_read(n->batch, (size_t)got, 0, reply))
        return -EPROTO;
    return reply->kind == NLMSG_KIND_ANSWER ? -reply->error : 0;
}

int netlink_probe(struct netlink *n, const struct ripng_change *change)
{
    struct nlmsg reply;
    struct nlmsg_neigh who = {.ifindex = change->ifindex, .addr = change->gateway, .router = true};
    netlink_flush(n); /* its buffer is used here */
    size_t size = nlmsg_write_neigh_query(n->batch, sizeof n->batch, who.ifindex, &who.addr, change->id);
    int r = ask_kernel(n, size, &reply);
    if (r < 0 && r != -ENOENT)
        return r;
    if (r == 0 && reply.kind == NLMSG_KIND_NEIGH) {
        who = reply.neigh;
        if (who.unasked) {
            n->ops->fact(n->arg, &reply);
            return 0;
        }
    }
    size = nlmsg_write_neigh_probe(n->batch, sizeof n->batch, &who, change->id);
    return ask_kernel(n, size, &reply);
}

/* --- changes ---------------------------------------------------------- */

void netlink_change(struct netlink *n, const struct ripng_change *change)
{
    if (n->n_batch == BATCH || sizeof n->batch - n->batch_size < NLMSG_CHANGE_MAX)
        netlink_flush(n);
    char *at = (char *)n->batch + n->batch_size;
    size_t size = nlmsg_write_change(at, sizeof n->batch - n->batch_size, change);
    if (size == 0) { /* no route change, and there is room for it: a bug of the caller's */
        n->ops->answer(n->arg, change->id, EINVAL);
        return;
    }
    if (n->n_batch == 0)
        n->first_id = change->id;
    n->last_at = n->batch_size;
    n->batch_size += size;
    n->deletes[n->n_batch++] = change->kind == RIPNG_ROUTE_DELETE;
}

static void answer(struct netlink *n, uint32_t id, int error)
{
    uint32_t i = id - n->first_id;
    if (i >= n->n_batch)
        return;
    bool gone = n->deletes[i] && error == ESRCH;
    n->ops->answer(n->arg, id, gone ? 0 : error);
}

/* The kernel's answers to the batch, in their order. False: the one for the last is not there. */
static bool read_answers(struct netlink *n, uint32_t last_id)
{
    for (;;) {
        ssize_t got = take(n->changes, n->batch, sizeof n->batch); /* the batch has been sent */
        if (got < 0) {
            log_line(RIPNG_WARNING, "reading the answers to route changes: %s", strerror((int)-got));
            return false;
        }
        struct nlmsg m;
        size_t step;
        size_t size = (size_t)got < sizeof n->batch ? (size_t)got : sizeof n->batch;
        for (size_t at = 0; (step = nlmsg_read((char *)n->batch + at, size - at, 0, &m)) > 0; at += step) {
            if (m.kind != NLMSG_KIND_ANSWER)
                continue;
            answer(n, m.seq, m.error);
            if (m.seq == last_id)
                return true;
        }
    }
}

void netlink_flush(struct netlink *n)
{
    if (n->n_batch == 0)
        return;
    uint32_t last_id = n->first_id + n->n_batch - 1;
    nlmsg_want_ack((char *)n->batch + n->last_at);
    if (mnl_socket_sendto(n->changes, n->batch, n->batch_size) < 0) {
        int error = errno; /* none of them has been done */
        for (uint32_t i = 0; i < n->n_batch; i++)
            n->ops->answer(n->arg, n->first_id + i, error);
    } else if (!read_answers(n, last_id)) {
        /* Which were refused is not known. What the kernel has now is: look. */
        answer(n, last_id, ENOBUFS);
        lost(n);
    }
    n->n_batch = 0;
    n->batch_size = 0;
}
