/* The world of control_world.h. */
#include "control_world.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

int64_t clock_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* --- peers ------------------------------------------------------------- */

static void peer_read(struct peer *p)
{
    size_t got = 0;
    while (!p->stuck && !p->eof) {
        if (p->room - p->size < 65536) {
            p->room = 2 * p->room + 65537;
            p->data = realloc(p->data, p->room + 1);
            assert_non_null(p->data);
        }
        ssize_t n = recv(p->fd, p->data + p->size, p->room - p->size, MSG_DONTWAIT);
        if (n < 0 && errno == EAGAIN)
            break;
        p->eof = n <= 0; /* ECONNRESET too: we had sent what nobody wanted to read */
        if (n > 0) {
            p->size += (size_t)n;
            got += (size_t)n;
        }
    }
    if (p->data)
        p->data[p->size] = '\0';
    p->most = got > p->most ? got : p->most;
}

static void on_turn(void *arg)
{
    struct world *w = arg;
    w->turns++;
    for (unsigned i = 0; i < w->n_peers; i++)
        peer_read(&w->peers[i]);
    if (w->until(w) || clock_us() > w->deadline_us)
        loop_stop(w->loop);
    loop_wake_at(w->loop, (struct ripng_time){clock_us() + 5000});
}

/* The peer has a line that ends a reply, as its last. */
static bool replied(struct world *w)
{
    const struct peer *p = &w->peers[w->awaited];
    if (p->size == 0 || p->data[p->size - 1] != '\n')
        return false;
    const char *last = p->data + p->size - 1;
    while (last > p->data && last[-1] != '\n')
        last--;
    return strncmp(last, "{\"end\":", 7) == 0 || strncmp(last, "{\"error\":", 9) == 0;
}

static bool gone(struct world *w)
{
    return w->peers[w->awaited].eof;
}

static void run(struct world *w, bool (*until)(struct world *w), unsigned peer)
{
    w->until = until;
    w->awaited = peer;
    w->deadline_us = clock_us() + PATIENCE_US;
    loop_run(w->loop);
    if (!until(w))
        fail_msg("peer %u waits in vain; it has: %.300s", peer,
                 w->peers[peer].data ? w->peers[peer].data : "");
}

void run_reply(struct world *w, unsigned peer)
{
    run(w, replied, peer);
}

void run_gone(struct world *w, unsigned peer)
{
    run(w, gone, peer);
}

static bool turned(struct world *w)
{
    return w->turns >= 10;
}

void run_a_little(struct world *w)
{
    w->turns = 0;
    run(w, turned, 0);
}

unsigned peer_new(struct world *w)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    struct peer *p = &w->peers[w->n_peers];
    assert_true(w->n_peers < PEERS_MAX);
    strcpy(addr.sun_path, w->path);
    *p = (struct peer){.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    assert_return_code(connect(p->fd, (struct sockaddr *)&addr, sizeof addr), errno);
    return w->n_peers++;
}

unsigned peer_member(struct world *w)
{
    assert_return_code(chmod(w->dir, 0755), errno);
    assert_return_code(chmod(w->path, 0666), errno);
    assert_return_code(seteuid(65534), errno);
    unsigned p = peer_new(w);
    assert_return_code(seteuid(0), errno);
    return p;
}

void peer_say(struct world *w, unsigned peer, const char *text)
{
    assert_int_equal(send(w->peers[peer].fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

void peer_drop(struct world *w, unsigned peer)
{
    close(w->peers[peer].fd);
    w->peers[peer].fd = -1;
    w->peers[peer].eof = true;
}

unsigned peer_ask(struct world *w, const char *line)
{
    unsigned p = peer_new(w);
    peer_say(w, p, line);
    return p;
}

const char *ask(struct world *w, const char *line)
{
    unsigned p = peer_ask(w, line);
    run(w, replied, p);
    return w->peers[p].data;
}

void expect_answer(struct world *w, const char *line, const char *answer)
{
    assert_string_equal(ask(w, line), answer);
}

/* Not strstr(): under ASan that looks at the whole text each time, and a table has megabytes. */
size_t count(const char *text, const char *what)
{
    size_t n = 0, size = strlen(what), left = strlen(text);
    for (; left >= size; text++, left--)
        n += *text == *what && memcmp(text, what, size) == 0;
    return n;
}

/* --- the world ---------------------------------------------------------- */

static int on_reload(void *arg, config_report_fn *report, void *report_arg)
{
    struct world *w = arg;
    w->reloads++;
    for (unsigned i = 0; i < w->reload_problems; i++)
        report(report_arg, w->reload_line);
    return w->reload_result;
}

static bool on_send(void *arg, const struct ripng_send *send, const void *data)
{
    struct world *w = arg;
    assert_true(send->size <= sizeof w->asked);
    w->n_asked++;
    w->ask = *send;
    memcpy(w->asked, data, send->size);
    return true;
}

static const struct control_ops ops = {on_reload, on_send};

int world_setup(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    kit_setup_fresh((void **)&w->k);
    w->k->now.us = clock_us(); /* the loop's clock is the real one */
    w->k->config.limits.routes = 0;
    kit_home(w->k);
    kit_start(w->k);
    strcpy(w->dir, "/tmp/ripngd-test-XXXXXX");
    assert_non_null(mkdtemp(w->dir));
    snprintf(w->path, sizeof w->path, "%s/sock", w->dir);
    assert_int_equal(loop_new(&w->loop, on_turn, w), 0);
    assert_int_equal(control_open(&w->control, w->loop, w->k->r, w->path, "", &ops, w), 0);
    *state = w;
    return 0;
}

int world_teardown(void **state)
{
    struct world *w = *state;
    control_close(w->control);
    loop_free(w->loop);
    for (unsigned i = 0; i < w->n_peers; i++) {
        if (w->peers[i].fd >= 0)
            close(w->peers[i].fd);
        free(w->peers[i].data);
    }
    assert_return_code(rmdir(w->dir), errno); /* the socket is gone with its control */
    kit_teardown((void **)&w->k);
    free(w);
    return 0;
}

void fill(struct world *w, unsigned n)
{
    static struct kit_in in;
    for (unsigned i = 0; i < n;) {
        kit_in(&in, KIT_RESPONSE, ETH0, BOB);
        for (unsigned j = 0; j < 3000 && i < n; i++, j++) {
            struct in6_addr a = {
                .s6_addr = {0x20, 1, 0xd, 0xb8, 0, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i}};
            kit_in_raw(&in, &a, 0, 64, 1);
        }
        kit_receive(w->k, &in);
    }
    kit_forget(w->k);
    assert_int_equal(kit_status(w->k).routes, n);
}
