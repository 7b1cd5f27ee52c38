/*
 * The UDP socket of RFC 2080: port 521 for all that is sent and received, the group
 * ff02::9 on each interface, hop limit 255.
 *
 * Called by pump.c and, at start and stop, by main.c. Leaves to the engine what a
 * packet means, whom to answer and how often to send (pacing).
 *
 * Memory: a link may have an MTU of 64 KB, so there is room for packets of that size,
 * but it is fresh pages of the kernel's, which cost nothing until a packet touches
 * them: packets to be sent lie close together, and of those that come in one by one
 * each lies where the last one lay.
 */
#include "socket.h"

#include "log.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef IPV6_MULTICAST_ALL
#define IPV6_MULTICAST_ALL 29 /* Linux 4.20 */
#endif

#define RECEIVE_BATCH 32
#define RECEIVE_TURN 128 /* packets a turn; the rest waits in the kernel while others have theirs */
#define SEND_BATCH 16
#define RECEIVE_SLOT 65536 /* whole pages, over RIPNG_PACKET_MAX */
#define RECEIVE_SPACE ((size_t)RECEIVE_BATCH * RECEIVE_SLOT)
#define SEND_SPACE ((size_t)96 << 10) /* a batch of 1500 bytes each, and then one of the largest */
/* A neighbour's whole table of 100,000 routes is 1389 packets, each about 2.3 KB to the kernel. */
#define RECEIVE_BUFFER (8 << 20)
#define SEND_BUFFER (1 << 20)
#define TRAFFIC_CLASS 0xc0 /* network control */
#define COMPLAINT_US 10000000

/* A complaint that may come again at once: the first is logged, then one in COMPLAINT_US. */
struct complaint {
    struct ripng_time next;
    unsigned held_back;
};

union receive_control {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(struct in6_pktinfo)) + CMSG_SPACE(sizeof(int)) +
               CMSG_SPACE(sizeof(uint32_t))];
};

union send_control {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(struct in6_pktinfo))];
};

struct batch { /* what recvmmsg() and sendmmsg() want beside the slots */
    struct sockaddr_in6 peer;
    struct iovec iov;
};

struct socket {
    int fd;
    struct loop *loop;
    struct loop_watch *watch;
    const struct socket_ops *ops;
    void *arg;
    char *space;       /* RECEIVE_SPACE, then SEND_SPACE */
    uint32_t overflow; /* the kernel's count of lost packets, as last heard */
    struct complaint receive_trouble, send_trouble, send_expected;
    bool blocked;
    unsigned queued, sent; /* of the send batch */
    size_t send_used;      /* bytes of SEND_SPACE */
    struct mmsghdr in[RECEIVE_BATCH], out[SEND_BATCH];
    struct batch in_parts[RECEIVE_BATCH], out_parts[SEND_BATCH];
    union receive_control in_control[RECEIVE_BATCH];
    union send_control out_control[SEND_BATCH];
};

static const struct in6_addr group = {{{0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9}}};

__attribute__((format(printf, 4, 5))) static void complain(struct socket *s, struct complaint *c,
                                                           enum ripng_severity severity, const char *format,
                                                           ...)
{
    if (!log_wants(severity))
        return;
    struct ripng_time now = loop_now(s->loop);
    if (now.us < c->next.us) {
        c->held_back++;
        return;
    }
    char text[256];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (c->held_back > 0)
        log_line(severity, "%s (and %u more in the meantime)", text, c->held_back);
    else
        log_line(severity, "%s", text);
    c->held_back = 0;
    c->next.us = now.us + COMPLAINT_US;
}

/* --- opening ---------------------------------------------------------- */

struct sockopt {
    int level, name, value;
    bool needed; /* else: as good as the kernel allows */
};

static const struct sockopt options[] = {
    {IPPROTO_IPV6, IPV6_V6ONLY, 1, true},
    {IPPROTO_IPV6, IPV6_RECVPKTINFO, 1, true},
    {IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1, true},
    /* Unicast too: receivers may insist on 255, as BIRD does (RFC 2080 2.4.2, 2.5). */
    {IPPROTO_IPV6, IPV6_MULTICAST_HOPS, RIPNG_HOP_LIMIT, true},
    {IPPROTO_IPV6, IPV6_UNICAST_HOPS, RIPNG_HOP_LIMIT, true},
    {IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0, true},
    {IPPROTO_IPV6, IPV6_MULTICAST_ALL, 0, false}, /* only on interfaces that this socket has joined */
    {IPPROTO_IPV6, IPV6_TCLASS, TRAFFIC_CLASS, false},
    {SOL_SOCKET, SO_RXQ_OVFL, 1, false},
};

/* Beyond net.core.rmem_max where we may, up to it where not. */
static void set_buffer(int fd, int force, int plain, int size)
{
    if (setsockopt(fd, SOL_SOCKET, force, &size, sizeof size) < 0)
        setsockopt(fd, SOL_SOCKET, plain, &size, sizeof size);
}

static int set_options(int fd)
{
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        const struct sockopt *o = &options[i];
        if (setsockopt(fd, o->level, o->name, &o->value, sizeof o->value) < 0 && o->needed)
            return -errno;
    }
    set_buffer(fd, SO_RCVBUFFORCE, SO_RCVBUF, RECEIVE_BUFFER);
    set_buffer(fd, SO_SNDBUFFORCE, SO_SNDBUF, SEND_BUFFER);
    return 0;
}

/* All but the watcher. SO_REUSEADDR stays off: a second daemon must not take packets from the first. */
static int open_fd(struct socket *s)
{
    s->fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_UDP);
    if (s->fd < 0)
        return -errno;
    int r = set_options(s->fd);
    if (r < 0)
        return r;
    struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_port = htons(RIPNG_PORT)};
    if (bind(s->fd, (struct sockaddr *)&any, sizeof any) < 0)
        return -errno;
    return 0;
}

static void prepare_batches(struct socket *s)
{
    for (unsigned i = 0; i < RECEIVE_BATCH; i++) {
        s->in_parts[i].iov = (struct iovec){s->space + (size_t)i * RECEIVE_SLOT, RECEIVE_SLOT};
        s->in[i].msg_hdr = (struct msghdr){.msg_name = &s->in_parts[i].peer,
                                           .msg_iov = &s->in_parts[i].iov,
                                           .msg_iovlen = 1,
                                           .msg_control = &s->in_control[i]};
    }
    for (unsigned i = 0; i < SEND_BATCH; i++) {
        s->out[i].msg_hdr = (struct msghdr){.msg_name = &s->out_parts[i].peer,
                                            .msg_namelen = sizeof s->out_parts[i].peer,
                                            .msg_iov = &s->out_parts[i].iov,
                                            .msg_iovlen = 1,
                                            .msg_control = &s->out_control[i],
                                            .msg_controllen = sizeof s->out_control[i].bytes};
    }
}

static void on_ready(void *arg, unsigned events);

int socket_open(struct socket **out, struct loop *loop, const struct socket_ops *ops, void *arg)
{
    struct socket *s = calloc(1, sizeof *s);
    if (!s)
        return -ENOMEM;
    s->loop = loop;
    s->ops = ops;
    s->arg = arg;
    int r = open_fd(s);
    if (r < 0)
        goto fail;
    r = -ENOMEM;
    s->space =
        mmap(NULL, RECEIVE_SPACE + SEND_SPACE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (s->space == MAP_FAILED) {
        s->space = NULL;
        goto fail;
    }
    prepare_batches(s);
    s->watch = loop_watch_new(loop, s->fd, LOOP_READ, on_ready, s);
    if (!s->watch)
        goto fail;
    *out = s;
    return 0;
fail:
    socket_close(s);
    return r;
}

void socket_close(struct socket *s)
{
    if (!s)
        return;
    loop_watch_free(s->watch);
    if (s->space)
        munmap(s->space, RECEIVE_SPACE + SEND_SPACE);
    if (s->fd >= 0)
        close(s->fd);
    free(s);
}

/* --- the group -------------------------------------------------------- */

int socket_join(struct socket *s, uint32_t ifindex)
{
    struct ipv6_mreq m = {.ipv6mr_multiaddr = group, .ipv6mr_interface = ifindex};
    if (setsockopt(s->fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, &m, sizeof m) < 0 && errno != EADDRINUSE)
        return -errno;
    return 0;
}

int socket_leave(struct socket *s, uint32_t ifindex)
{
    struct ipv6_mreq m = {.ipv6mr_multiaddr = group, .ipv6mr_interface = ifindex};
    if (setsockopt(s->fd, IPPROTO_IPV6, IPV6_LEAVE_GROUP, &m, sizeof m) < 0 && errno != EADDRNOTAVAIL &&
        errno != ENODEV)
        return -errno;
    return 0;
}

/* --- receiving -------------------------------------------------------- */

/* What the kernel says of a packet beside its bytes. False: not even where it came in. */
static bool read_control(struct msghdr *h, struct ripng_packet *p, uint32_t *overflow)
{
    bool found = false;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c; c = CMSG_NXTHDR(h, c)) {
        if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
            struct in6_pktinfo info;
            memcpy(&info, CMSG_DATA(c), sizeof info);
            p->dest = info.ipi6_addr;
            p->ifindex = (uint32_t)info.ipi6_ifindex;
            found = true;
        } else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_HOPLIMIT) {
            int hops;
            memcpy(&hops, CMSG_DATA(c), sizeof hops);
            p->hop_limit = (uint8_t)hops;
        } else if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_RXQ_OVFL) {
            memcpy(overflow, CMSG_DATA(c), sizeof *overflow);
        }
    }
    return found;
}

static void take_packet(struct socket *s, struct mmsghdr *m)
{
    const struct sockaddr_in6 *from = m->msg_hdr.msg_name;
    struct ripng_packet p = {.data = m->msg_hdr.msg_iov->iov_base,
                             .size = m->msg_len,
                             .source = from->sin6_addr,
                             .source_port = ntohs(from->sin6_port)};
    uint32_t overflow = s->overflow;
    bool known = read_control(&m->msg_hdr, &p, &overflow);
    if (overflow != s->overflow) {
        s->ops->lost(s->arg, overflow - s->overflow);
        s->overflow = overflow;
    }
    if (known && !(m->msg_hdr.msg_flags & MSG_TRUNC)) {
        s->ops->packet(s->arg, &p);
        return;
    }
    char text[RIPNG_ADDR_TEXT];
    complain(s, &s->receive_trouble, RIPNG_WARNING, "packet from %s dropped: %s",
             ripng_addr_text(&p.source, text),
             known ? "too long" : "the kernel does not say where it came in");
}

static void receive(struct socket *s)
{
    for (unsigned total = 0; total < RECEIVE_TURN;) {
        for (unsigned i = 0; i < RECEIVE_BATCH; i++) {
            s->in[i].msg_hdr.msg_namelen = sizeof s->in_parts[i].peer;
            s->in[i].msg_hdr.msg_controllen = sizeof s->in_control[i].bytes;
        }
        int n = recvmmsg(s->fd, s->in, RECEIVE_BATCH, MSG_DONTWAIT, NULL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            if (errno != EAGAIN)
                complain(s, &s->receive_trouble, RIPNG_WARNING, "receiving on port %d: %s", RIPNG_PORT,
                         strerror(errno));
            return;
        }
        for (int i = 0; i < n; i++)
            take_packet(s, &s->in[i]);
        if (n < RECEIVE_BATCH)
            return;
        total += (unsigned)n;
    }
}

/* --- sending ---------------------------------------------------------- */

void *socket_slot(struct socket *s, size_t *size)
{
    if (s->blocked || s->queued == SEND_BATCH || SEND_SPACE - s->send_used < RIPNG_PACKET_MAX)
        return NULL;
    *size = RIPNG_PACKET_MAX;
    return s->space + RECEIVE_SPACE + s->send_used;
}

void socket_queue(struct socket *s, const struct ripng_send *send)
{
    struct batch *b = &s->out_parts[s->queued];
    struct msghdr *h = &s->out[s->queued].msg_hdr;
    b->iov = (struct iovec){s->space + RECEIVE_SPACE + s->send_used, send->size};
    s->send_used += (send->size + 7) & ~(size_t)7;
    b->peer = (struct sockaddr_in6){
        .sin6_family = AF_INET6, .sin6_port = htons(send->dest_port), .sin6_addr = send->dest};
    /* A link-local or multicast address means nothing without its interface. */
    if (IN6_IS_ADDR_LINKLOCAL(&send->dest) || IN6_IS_ADDR_MULTICAST(&send->dest))
        b->peer.sin6_scope_id = send->ifindex;
    struct in6_pktinfo info = {.ipi6_addr = send->source, .ipi6_ifindex = send->ifindex};
    struct cmsghdr *c = CMSG_FIRSTHDR(h);
    c->cmsg_level = IPPROTO_IPV6;
    c->cmsg_type = IPV6_PKTINFO;
    c->cmsg_len = CMSG_LEN(sizeof info);
    memcpy(CMSG_DATA(c), &info, sizeof info);
    s->queued++;
}

/* Is this what a link or an address that has just gone looks like? Its netlink event is on its way. */
static bool is_expected(int error)
{
    return error == ENETDOWN || error == ENODEV || error == ENXIO || error == EADDRNOTAVAIL ||
           error == EINVAL || error == ENETUNREACH || error == EHOSTUNREACH;
}

static void send_failed(struct socket *s, const struct sockaddr_in6 *to, const struct cmsghdr *c, int error)
{
    struct in6_pktinfo info;
    memcpy(&info, CMSG_DATA(c), sizeof info);
    char text[RIPNG_ADDR_TEXT], name[IF_NAMESIZE];
    if (!if_indextoname((unsigned)info.ipi6_ifindex, name))
        strcpy(name, "?");
    bool expected = is_expected(error);
    complain(s, expected ? &s->send_expected : &s->send_trouble, expected ? RIPNG_DEBUG : RIPNG_WARNING,
             "sending to %s on %s: %s", ripng_addr_text(&to->sin6_addr, text), name, strerror(error));
}

void socket_flush(struct socket *s)
{
    while (s->sent < s->queued && !s->blocked) {
        int n = sendmmsg(s->fd, s->out + s->sent, s->queued - s->sent, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n > 0) {
            s->sent += (unsigned)n;
        } else if (errno == EAGAIN) {
            s->blocked = true;
            loop_watch_set(s->watch, LOOP_READ | LOOP_WRITE);
        } else if (errno != EINTR) {
            /* The first of them failed; the others are not to suffer for it. */
            send_failed(s, &s->out_parts[s->sent].peer, &s->out_control[s->sent].align, errno);
            s->sent++;
        }
    }
    if (s->sent == s->queued) {
        s->sent = s->queued = 0;
        s->send_used = 0;
    }
}

bool socket_idle(const struct socket *s)
{
    return s->queued == 0;
}

static void on_ready(void *arg, unsigned events)
{
    struct socket *s = arg;
    if (events & LOOP_WRITE) {
        s->blocked = false;
        loop_watch_set(s->watch, LOOP_READ);
        socket_flush(s);
    }
    if (events & LOOP_READ)
        receive(s);
}
