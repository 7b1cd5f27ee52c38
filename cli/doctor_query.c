/*
 * Probe: do the routers on our links speak RIPng? Each neighbour that the kernel
 * knows and the daemon has not heard is asked by a request of RFC 2080 2.4.1.
 *
 * Called by cmd_doctor.c. The request is unicast from a port of its own, so its
 * answer passes a firewall that drops what comes to port 521: who answers, but is
 * not heard, is behind one. A host says that nobody listens, or nothing. Nothing
 * changes by being asked: it is a request for one route, which nobody has.
 */
#include "doctor.h"
#include "ripng.h"
#include "wire.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define WAIT_MS 1500 /* for the last answer: a link-local round trip, its address resolution included */

struct asked {
    int fd;
    uint32_t ifindex;
    struct in6_addr address;
};

static int ask(uint32_t ifindex, const struct in6_addr *address)
{
    uint8_t packet[RIPNG_HEADER_SIZE + RIPNG_RTE_SIZE];
    struct ripng_writer w;
    struct ripng_rte rte = {.len = 128, .metric = RIPNG_METRIC_INFINITY};
    struct sockaddr_in6 to = {
        .sin6_family = AF_INET6,
        .sin6_port = htons(RIPNG_PORT),
        .sin6_addr = *address,
        .sin6_scope_id = ifindex,
    };
    int hops = RIPNG_HOP_LIMIT;
    rte.addr = (struct in6_addr){{{0x20, 0x01, 0x0d, 0xb8, [15] = 1}}}; /* documentation: nobody has it */
    ripng_write_packet(&w, packet, sizeof packet, RIPNG_REQUEST);
    ripng_write_rte(&w, &rte);
    int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    if (setsockopt(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, &hops, sizeof hops) < 0 ||
        connect(fd, (const struct sockaddr *)&to, sizeof to) < 0 ||
        send(fd, packet, ripng_write_size(&w), 0) < 0) {
        close(fd);
        return -1;
    }
    return fd;
}

/* Something came: an answer, or ECONNREFUSED. */
static void take(struct doctor *d, const struct asked *a)
{
    char packet[RIPNG_PACKET_MAX];
    struct ripng_reader rd;
    ssize_t got = recv(a->fd, packet, sizeof packet, 0);
    if (got < 0 || ripng_read_packet(&rd, packet, (size_t)got) != RIPNG_WHY_NONE ||
        rd.command != RIPNG_RESPONSE)
        return;
    struct doctor_answer *new = doctor_list_add(&d->answers, sizeof *new);
    if (new)
        *new = (struct doctor_answer){a->ifindex, a->address};
    else
        d->no_memory = true;
}

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void wait_for_answers(struct doctor *d, struct asked *asked, unsigned n)
{
    int64_t end = now_ms() + WAIT_MS;
    struct pollfd p[DOCTOR_QUERIES];
    unsigned waiting = n;
    for (unsigned i = 0; i < n; i++)
        p[i] = (struct pollfd){.fd = asked[i].fd, .events = POLLIN};
    while (waiting) {
        int64_t left = end - now_ms();
        if (left <= 0 || poll(p, n, (int)left) <= 0)
            return;
        for (unsigned i = 0; i < n; i++) {
            if (p[i].fd < 0 || !p[i].revents)
                continue;
            take(d, &asked[i]);
            p[i].fd = -1; /* poll() skips it */
            waiting--;
        }
    }
}

/* On an interface where RIPng is meant to hear, and of whom it has not heard. */
static bool to_be_asked(const struct doctor *d, const struct doctor_neigh *n)
{
    const struct doctor_iface *i = d->daemon.ifaces.items;
    const char *name = doctor_link_name(d, n->ifindex);
    for (size_t k = 0; k < d->daemon.ifaces.n; k++)
        if (strcmp(i[k].name, name) == 0)
            return i[k].up && !doctor_peer_heard(d, name, &n->addr);
    return false;
}

void doctor_query(struct doctor *d)
{
    struct asked asked[DOCTOR_QUERIES];
    unsigned n = 0;
    const struct doctor_neigh *have = d->neighs.items;
    /* Those known as routers first: a home's hosts may be many. */
    for (int router = 1; router >= 0; router--) {
        for (size_t i = 0; i < d->neighs.n && n < DOCTOR_QUERIES; i++) {
            if (have[i].router != router || !to_be_asked(d, &have[i]))
                continue;
            asked[n] = (struct asked){ask(have[i].ifindex, &have[i].addr), have[i].ifindex, have[i].addr};
            n += asked[n].fd >= 0;
        }
    }
    wait_for_answers(d, asked, n);
    while (n)
        close(asked[--n].fd);
}
