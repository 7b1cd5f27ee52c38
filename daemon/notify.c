/*
 * The datagrams of sd_notify(3), which documents them as a stable interface; no
 * library is needed for them.
 *
 * Called by main.c. The manager names its socket in $NOTIFY_SOCKET and how often it
 * wants a sign of life in $WATCHDOG_USEC. A timer sees to it that the loop turns that
 * often; the sign is given by whoever has a turn behind him, not by the timer. Nothing
 * here waits: a manager that does not read loses a line, and we lose nothing.
 */
#include "notify.h"

#include "log.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <unistd.h>

#define NOTIFY_STATUS_US 10000000 /* without a watchdog: how old the status may get */
#define NOTIFY_WATCHDOG_PART 3    /* of the time allowed: two may be late */
#define NOTIFY_EACH_MIN_US 1000
#define NOTIFY_TEXT_MAX 512

struct notify {
    struct loop *loop;
    int fd, timer_fd;
    struct loop_watch *timer_watch;
    bool watchdog, due, failed;
};

static void notify_send(struct notify *n, const char *text)
{
    if (send(n->fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT) >= 0 || n->failed)
        return;
    n->failed = true; /* one line is enough */
    log_line(RIPNG_WARNING, "the service manager can't be told how we are: %s", strerror(errno));
}

static void notify_say(struct notify *n, const char *what, const char *status)
{
    char text[NOTIFY_TEXT_MAX];
    snprintf(text, sizeof text, "%s%s%s", what, status ? "\nSTATUS=" : "", status ? status : "");
    notify_send(n, text);
}

static void on_timer(void *arg, unsigned events)
{
    struct notify *n = arg;
    uint64_t expirations;
    (void)events;
    (void)!read(n->timer_fd, &expirations, sizeof expirations);
    n->due = true;
}

/* How often the manager wants to hear of us; 0: not at all. */
static int64_t notify_watchdog_us(void)
{
    const char *usec = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
    if (!usec || (pid && strtoimax(pid, NULL, 10) != getpid()))
        return 0;
    intmax_t us = strtoimax(usec, NULL, 10);
    return us > 0 && us < INT64_MAX ? (int64_t)us : 0;
}

static int notify_connect(struct notify *n, const char *path)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    size_t size = strlen(path);
    if ((path[0] != '/' && path[0] != '@') || size < 2)
        return -EAFNOSUPPORT;
    if (size >= sizeof addr.sun_path)
        return -ENAMETOOLONG;
    memcpy(addr.sun_path, path, size);
    if (path[0] == '@')
        addr.sun_path[0] = '\0'; /* an abstract name, and its length is that of the address */
    n->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size + (path[0] == '/'));
    return n->fd < 0 || connect(n->fd, (const struct sockaddr *)&addr, length) < 0 ? -errno : 0;
}

static int notify_start_timer(struct notify *n)
{
    int64_t us = notify_watchdog_us();
    n->watchdog = us > 0;
    us = n->watchdog ? us / NOTIFY_WATCHDOG_PART : NOTIFY_STATUS_US;
    us = us < NOTIFY_EACH_MIN_US ? NOTIFY_EACH_MIN_US : us;
    const struct timespec each = {.tv_sec = (time_t)(us / 1000000), .tv_nsec = (long)(us % 1000000 * 1000)};
    const struct itimerspec t = {.it_interval = each, .it_value = each};
    n->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (n->timer_fd < 0 || timerfd_settime(n->timer_fd, 0, &t, NULL) < 0)
        return -errno;
    n->timer_watch = loop_watch_new(n->loop, n->timer_fd, LOOP_READ, on_timer, n);
    return n->timer_watch ? 0 : -ENOMEM;
}

int notify_open(struct notify **out, struct loop *loop)
{
    const char *path = getenv("NOTIFY_SOCKET");
    *out = NULL;
    if (!path || !path[0])
        return 0;
    struct notify *n = calloc(1, sizeof *n);
    if (!n)
        return -ENOMEM;
    n->loop = loop;
    n->fd = n->timer_fd = -1;
    int r = notify_connect(n, path);
    if (r == 0)
        r = notify_start_timer(n);
    if (r < 0) {
        notify_close(n);
        return r;
    }
    *out = n;
    return 0;
}

void notify_close(struct notify *n)
{
    if (!n)
        return;
    loop_watch_free(n->timer_watch);
    if (n->timer_fd >= 0)
        close(n->timer_fd);
    if (n->fd >= 0)
        close(n->fd);
    free(n);
}

void notify_ready(struct notify *n, const char *status)
{
    if (n)
        notify_say(n, "READY=1", status);
}

void notify_reloading(struct notify *n)
{
    char text[64];
    if (!n)
        return;
    snprintf(text, sizeof text, "RELOADING=1\nMONOTONIC_USEC=%" PRId64, loop_now(n->loop).us);
    notify_send(n, text);
}

void notify_stopping(struct notify *n)
{
    if (n)
        notify_say(n, "STOPPING=1", "stopping");
}

bool notify_due(const struct notify *n)
{
    return n && n->due;
}

void notify_alive(struct notify *n, const char *status)
{
    char text[NOTIFY_TEXT_MAX];
    if (!n)
        return;
    n->due = false;
    snprintf(text, sizeof text, "%sSTATUS=%s", n->watchdog ? "WATCHDOG=1\n" : "", status);
    notify_send(n, text);
}
