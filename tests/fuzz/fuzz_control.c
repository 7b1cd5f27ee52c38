/*
 * Fuzzes the control socket: daemon/command.c with any line, and daemon/control.c
 * and show.c behind a real socket.
 *
 * The first byte says in which pieces the rest is sent, the second what a reload
 * comes to. The engine behind it has a few routes of each kind. Each line sent must
 * get exactly one reply of JSON objects, a line each, the last {"end":true} or
 * {"error":...}; ripngctl's own strict reader (cli/record.c) judges them.
 */
#include "fuzz.h"

#include "command.h"
#include "control.h"
#include "record.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define TURNS_MAX 20000
#define REPLY_MAX (1 << 20)

static struct {
    struct loop *loop;
    struct ripng *engine;
    struct control *control;
    struct sockaddr_un place;
    unsigned problems; /* what a reload tells */

    int fd; /* the client */
    const uint8_t *data;
    size_t left, piece;
    bool shut, eof;
    unsigned turns;
    size_t size;
    char reply[REPLY_MAX];
} w = {.place = {.sun_family = AF_UNIX}};

/* --- the daemon --------------------------------------------------------------- */

static int reload(void *arg, config_report_fn *report, void *report_arg)
{
    char text[100];
    (void)arg;
    if (!w.problems)
        return 0;
    for (unsigned i = 1; i < w.problems; i++) {
        snprintf(text, sizeof text, "/etc/ripngd.conf:%u: no \"such\" setting\x80", i);
        report(report_arg, text);
    }
    return w.problems == 1 ? -ENOENT : -EINVAL;
}

static void hear(const char *from, uint32_t ifindex, const uint8_t *packet, size_t size)
{
    struct ripng_packet p = {
        .data = packet, .size = size, .source_port = RIPNG_PORT, .hop_limit = 255, .ifindex = ifindex};
    MUST(ripng_addr_parse(from, &p.source) && ripng_addr_parse("ff02::9", &p.dest));
    ripng_packet(w.engine, (struct ripng_time){1000000}, &p);
}

static void fill_engine(void)
{
    static const uint8_t packet[44] = {2,    1,        0,         0,        0x20, 1,        0xd,
                                       0xb8, [22] = 1, [23] = 32, [24] = 1, 0xfd, [42] = 8, [43] = 2};
    const struct ripng_time now = {1000000};
    struct ripng_config config;
    struct ripng_link l = {.ifindex = 2, .name = "eth0", .mtu = 1500, .up = true, .multicast = true};
    struct ripng_kernel_route k = {.protocol = 2, .ifindex = 2, .n_nexthops = 1, .metric = 256};
    struct ripng_change c;
    struct in6_addr a;
    ripng_config_init(&config);
    w.engine = ripng_new(&config, 1, now);
    MUST(w.engine);
    ripng_link(w.engine, now, &l);
    MUST(ripng_addr_parse("fe80::a", &a));
    ripng_address(w.engine, now, 2, &a, true);
    while (ripng_next_change(w.engine, now, &c))
        ripng_kernel_answer(w.engine, now, c.id, 0);
    MUST(ripng_prefix_parse("2001:db8:1::/64", &k.prefix, NULL));
    ripng_kernel_route(w.engine, now, &k, false);
    hear("fe80::b", 2, packet, sizeof packet);
    hear("fe80::c", 2, packet, 24);
}

static void close_place(void)
{
    control_close(w.control);
    loop_free(w.loop);
    ripng_free(w.engine);
}

static void turn(void *arg);

static void open_place(void)
{
    static const struct control_ops ops = {.reload = reload};
    MUST(loop_new(&w.loop, turn, NULL) == 0);
    fill_engine();
    snprintf(w.place.sun_path, sizeof w.place.sun_path, "/tmp/fuzz-control.%d", (int)getpid());
    unlink(w.place.sun_path);
    MUST(control_open(&w.control, w.loop, w.engine, w.place.sun_path, "", &ops, NULL) == 0);
    atexit(close_place);
}

/* --- the client ----------------------------------------------------------------- */

static void send_piece(void)
{
    size_t n = w.left < w.piece ? w.left : w.piece;
    ssize_t sent = n ? send(w.fd, w.data, n, MSG_DONTWAIT | MSG_NOSIGNAL) : 0;
    if (sent < 0 && errno != EAGAIN)
        w.left = 0; /* cut off by the daemon */
    if (sent > 0) {
        w.data += sent;
        w.left -= (size_t)sent;
    }
    if (!w.left && !w.shut)
        w.shut = shutdown(w.fd, SHUT_WR) == 0 || errno == ENOTCONN;
}

static void receive(void)
{
    while (!w.eof && w.size < REPLY_MAX) {
        ssize_t n = recv(w.fd, w.reply + w.size, REPLY_MAX - w.size, MSG_DONTWAIT);
        if (n < 0 && errno == EAGAIN)
            return;
        w.eof = n <= 0;
        w.size += n > 0 ? (size_t)n : 0;
    }
}

static void turn(void *arg)
{
    (void)arg;
    struct ripng_event e = {
        .kind = w.turns % RIPNG_N_EVENTS, .reason = w.turns % RIPNG_N_REASONS, .ifname = "\x80\n\""};
    send_piece();
    control_event(w.control, &e);
    receive();
    MUST(++w.turns < TURNS_MAX);
    if (w.eof || w.size == REPLY_MAX)
        loop_stop(w.loop);
    loop_wake_now(w.loop);
}

/* --- what must come back ---------------------------------------------------------- */

static bool parse(const uint8_t *line, size_t size)
{
    struct command c;
    char why[COMMAND_WHY_MAX] = "";
    char *exact = malloc(size ? size : 1);
    MUST(exact);
    memcpy(exact, line, size);
    bool ok = command_parse(exact, size, &c, why);
    free(exact);
    if (ok) {
        MUST(c.kind < COMMAND_N && (!c.has_prefix || c.prefix.len <= 128));
        MUST(!c.has_prefix || c.kind == COMMAND_SHOW_ROUTE);
        return true;
    }
    MUST(why[0] && memchr(why, '\0', sizeof why));
    return false;
}

/* The reply at `*at` to a line; moves `*at` behind it. */
static void check_reply(size_t *at, bool command)
{
    struct record o;
    for (;;) {
        const char *line = w.reply + *at, *end = memchr(line, '\n', w.size - *at);
        if (!end && w.size == REPLY_MAX) /* as much as we take */
            return;
        MUST(end && record_read(&o, line, (size_t)(end - line)));
        *at = (size_t)(end + 1 - w.reply);
        if (o.n == 1 && record_find(&o, "end")) {
            MUST(command);
            return;
        }
        if (o.n == 1 && record_find(&o, "error"))
            return;
        MUST(command);
    }
}

static void check_replies(const uint8_t *data, size_t size)
{
    size_t at = 0;
    bool full = w.size == REPLY_MAX;
    while (size && !(full && at + COMMAND_LINE_MAX * 8 > w.size)) {
        const uint8_t *end = memchr(data, '\n', size);
        size_t n = end ? (size_t)(end - data) : size;
        bool command = parse(data, n);
        check_reply(&at, command);
        if (n >= COMMAND_LINE_MAX)
            break; /* too long: nothing more is read */
        n += end != NULL;
        data += n;
        size -= n;
    }
    MUST(full || at == w.size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_in in = {data, size};
    if (!w.loop)
        open_place();
    uint8_t how = fuzz_u8(&in);
    w.piece = how >= 128 ? 65536 : 1u + how;
    w.problems = fuzz_u8(&in) % 8;
    w.data = in.at;
    w.left = in.left;
    w.turns = 0;
    w.size = 0;
    w.shut = w.eof = false;
    w.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    MUST(w.fd >= 0 && connect(w.fd, (const struct sockaddr *)&w.place, sizeof w.place) == 0);
    (void)loop_run(w.loop);
    close(w.fd);
    check_replies(in.at, in.left);
    return 0;
}
