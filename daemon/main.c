/*
 * ripngd: arguments, the order of start and stop, signals. The only exit().
 *
 * Owns all the parts and nothing of what they do: the engine is lib/ripng.h's, what
 * flows in and out of it is pump.c's. Whatever keeps the daemon from starting is one
 * line on standard error and exit status 1; from then on nothing but a signal ends it.
 */
#include "config.h"
#include "control.h"
#include "log.h"
#include "loop.h"
#include "netlink.h"
#include "notify.h"
#include "priv.h"
#include "pump.h"
#include "socket.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

enum { EXIT_USAGE = 2 };
#define STATUS_TEXT 160

struct options {
    const char *config; /* NULL: RIPNGD_CONFFILE, which need not be there */
    const char *socket; /* NULL: the file's */
    bool level_given;
    enum ripng_severity level;
    bool syslog; /* in any case */
    bool test;
};

struct daemon {
    struct options options;
    struct daemon_config config;
    bool configured;
    struct loop *loop;
    struct notify *notify;
    bool reload_refused; /* the last one */
    struct pump pump;    /* engine, socket and netlink among it */
};

/* --- arguments -------------------------------------------------------- */

static void usage(FILE *f)
{
    fputs("usage: ripngd [-c FILE] [-s SOCKET] [-l LEVEL] [-S] [-t] [-V] [-h]\n"
          "  -c, --config FILE      configuration (" RIPNGD_CONFFILE ", if it is there)\n"
          "  -s, --socket PATH      control socket (" RIPNGD_SOCKET ")\n"
          "  -l, --log-level LEVEL  error, warning, notice, info or debug\n"
          "  -S, --syslog           log to syslog rather than to standard error\n"
          "  -t, --test             check the configuration, touch nothing else\n"
          "  -V, --version\n"
          "  -h, --help\n",
          f);
}

/* What was asked for is on standard output, or it is said that it is not. */
static int told(void)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return EXIT_SUCCESS;
    fprintf(stderr, "ripngd: can't write: %s\n", strerror(errno));
    return EXIT_FAILURE;
}

/* -1: go on; else the exit status. */
static int read_options(struct options *o, int argc, char **argv)
{
    static const struct option long_options[] = {
        {"config", required_argument, NULL, 'c'},
        {"socket", required_argument, NULL, 's'},
        {"log-level", required_argument, NULL, 'l'},
        {"syslog", no_argument, NULL, 'S'},
        {"test", no_argument, NULL, 't'},
        {"version", no_argument, NULL, 'V'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    int c;
    while ((c = getopt_long(argc, argv, "c:s:l:StVh", long_options, NULL)) != -1) {
        switch (c) {
        case 'c':
            o->config = optarg;
            break;
        case 's':
            o->socket = optarg;
            break;
        case 'l':
            if (!log_level_parse(optarg, &o->level)) {
                fprintf(stderr, "ripngd: no log level: %s\n", optarg);
                return EXIT_USAGE;
            }
            o->level_given = true;
            break;
        case 'S':
            o->syslog = true;
            break;
        case 't':
            o->test = true;
            break;
        case 'V':
            puts("ripngd " RIPNGD_VERSION);
            return told();
        case 'h':
            usage(stdout);
            return told();
        default:
            usage(stderr);
            return EXIT_USAGE;
        }
    }
    if (optind < argc) {
        fprintf(stderr, "ripngd: unexpected argument: %s\n", argv[optind]);
        usage(stderr);
        return EXIT_USAGE;
    }
    if (o->socket && (!o->socket[0] || strlen(o->socket) >= CONFIG_PATH_MAX)) {
        fprintf(stderr, "ripngd: a socket path has 1 to %d characters\n", CONFIG_PATH_MAX - 1);
        return EXIT_USAGE;
    }
    return -1;
}

/* --- configuration ---------------------------------------------------- */

static const char *config_path(const struct options *o)
{
    return o->config ? o->config : RIPNGD_CONFFILE;
}

/*
 * At start `-c /dev/stdin` is fine. Later, what came through a pipe is gone: to read it would be to wait for
 * ever for somebody who writes, or to find an empty file and take it for a configuration.
 */
static bool is_pipe(const char *path, config_report_fn *report, void *arg)
{
    struct stat st;
    char line[512];
    if (stat(path, &st) < 0 || !S_ISFIFO(st.st_mode))
        return false;
    snprintf(line, sizeof line, "%s: a pipe, which can't be read again", path);
    report(arg, line);
    return true;
}

/* As config_read(), with what the arguments say on top; everything that is wrong is reported. */
static int read_config(const struct options *o, struct daemon_config *c, config_report_fn *report, void *arg)
{
    const char *path = config_path(o);
    int r = config_read(c, path, report, arg);
    if (r == -ENOENT && !o->config) {
        config_init(c);
        r = 0;
    }
    char line[512];
    if (r < 0 && r != -EINVAL) {
        snprintf(line, sizeof line, "%s: %s", path, strerror(-r));
        report(arg, line);
    }
    if (r < 0)
        return r;
    if (c->user[0] && priv_may_read(c->user, path) == -EACCES) {
        snprintf(line, sizeof line, "%s: the user %s may not read this file, and could never reload it", path,
                 c->user);
        report(arg, line);
        config_clear(c);
        return -EINVAL;
    }
    if (o->socket)
        strcpy(c->control_socket, o->socket); /* its length was checked */
    if (o->level_given)
        c->log_level = o->level;
    c->log_syslog = c->log_syslog || o->syslog;
    return 0;
}

static void report_plain(void *arg, const char *line)
{
    (void)arg;
    fprintf(stderr, "%s\n", line);
}

static void report_to_log(void *arg, const char *line)
{
    (void)arg;
    log_line(RIPNG_ERROR, "%s", line);
}

struct reload_report {
    enum ripng_severity severity;
    config_report_fn *also;
    void *arg;
};

static void report_reload(void *arg, const char *line)
{
    const struct reload_report *r = arg;
    log_line(r->severity, "%s", line);
    if (r->also)
        r->also(r->arg, line);
}

/* A line for `systemctl status`. */
static const char *describe(const struct daemon *d, char *text, size_t size)
{
    struct ripng_status s;
    ripng_read_status(d->pump.engine, loop_now(d->loop), &s);
    snprintf(text, size, "%u routes; %u neighbours, on %u interfaces%s", s.routes, s.neighbors, s.interfaces,
             d->reload_refused ? "; the new configuration is wrong, the old one stays" : "");
    return text;
}

static int reload_config(struct daemon *d, config_report_fn *also, void *also_arg)
{
    struct reload_report report = {RIPNG_ERROR, also, also_arg};
    struct daemon_config fresh;
    int r = -EINVAL;
    if (!is_pipe(config_path(&d->options), report_reload, &report))
        r = read_config(&d->options, &fresh, report_reload, &report);
    if (r == 0 && !pump_configure(&d->pump, &fresh.engine)) {
        report_reload(&report, "no memory");
        config_clear(&fresh);
        r = -ENOMEM;
    }
    if (r < 0) {
        log_line(RIPNG_ERROR, "the configuration stays as it was");
        return r;
    }
    log_open(fresh.log_level, fresh.log_syslog);
    report.severity = RIPNG_WARNING;
    char line[CONFIG_PATH_MAX + 128];
    if (strcmp(fresh.control_socket, d->config.control_socket) != 0 ||
        strcmp(fresh.control_group, d->config.control_group) != 0) {
        snprintf(line, sizeof line, "the control socket stays %s, its new settings wait for the next start",
                 d->config.control_socket);
        report_reload(&report, line);
        strcpy(fresh.control_socket, d->config.control_socket);
        strcpy(fresh.control_group, d->config.control_group);
    }
    if (strcmp(fresh.user, d->config.user) != 0) {
        snprintf(line, sizeof line, "the user stays %s, the new one waits for the next start",
                 d->config.user[0] ? d->config.user : "who has started it");
        report_reload(&report, line);
        strcpy(fresh.user, d->config.user);
    }
    config_clear(&d->config);
    d->config = fresh;
    log_line(RIPNG_NOTICE, "configuration read");
    return 0;
}

/* For SIGHUP (no `also`) and for `ripngctl reload`. */
static int reload(void *arg, config_report_fn *also, void *also_arg)
{
    struct daemon *d = arg;
    char text[STATUS_TEXT];
    notify_reloading(d->notify);
    int r = reload_config(d, also, also_arg);
    d->reload_refused = r < 0;
    notify_ready(d->notify, describe(d, text, sizeof text));
    return r;
}

static bool send_query(void *arg, const struct ripng_send *send, const void *data)
{
    struct daemon *d = arg;
    return pump_send(&d->pump, send, data);
}

static const struct control_ops control_ops = {.reload = reload, .send = send_query};

/* --- start ------------------------------------------------------------ */

/* Before the daemon runs its log is standard error, for whoever starts it; syslog gets this one too. */
static int refuse(const struct daemon *d, const char *what, const char *why)
{
    log_line(RIPNG_ERROR, "%s: %s", what, why);
    if (d->config.log_syslog) {
        log_open(d->config.log_level, true);
        log_line(RIPNG_ERROR, "%s: %s", what, why);
    }
    return -1;
}

/* getrandom() may wait for ever on a router that has just booted; then time and pid must do. */
static uint64_t make_seed(struct ripng_time now)
{
    uint64_t seed;
    if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) == sizeof seed)
        return seed;
    return (uint64_t)now.us * 0x9e3779b97f4a7c15u ^ (uint64_t)getpid();
}

static int open_sockets(struct daemon *d)
{
    struct pump *p = &d->pump;
    int r = socket_open(&p->socket, d->loop, &pump_socket_ops, p);
    if (r == -EADDRINUSE)
        return refuse(d, "UDP port 521", "in use, does another RIPng daemon run here?");
    if (r == -EACCES)
        return refuse(d, "UDP port 521", "no permission, CAP_NET_BIND_SERVICE is needed");
    if (r < 0)
        return refuse(d, "UDP port 521", strerror(-r));
    r = netlink_open(&p->netlink, d->loop, d->config.engine.kernel.table, &pump_netlink_ops, p);
    if (r == -EPERM)
        return refuse(d, "the kernel's routes", "no permission to change them, CAP_NET_ADMIN is needed");
    if (r < 0)
        return refuse(d, "netlink", strerror(-r));
    r = control_open(&p->control, d->loop, p->engine, d->config.control_socket, d->config.control_group,
                     &control_ops, d);
    if (r < 0) {
        char what[CONFIG_PATH_MAX + 32];
        snprintf(what, sizeof what, "control socket %s", d->config.control_socket);
        return refuse(d, what, control_error_text(r));
    }
    return 0;
}

/* Now that the sockets are open, all that needs root is done. */
static int drop_privileges(struct daemon *d)
{
    char what[sizeof d->config.user + 16], why[PRIV_WHY_MAX];
    if (!d->config.user[0] || priv_drop(d->config.user, why) == 0)
        return 0;
    snprintf(what, sizeof what, "user \"%s\"", d->config.user);
    return refuse(d, what, why);
}

/* The likeliest reason why routes are there and nothing gets through. Said, not changed: it is the owner's
 * switch. */
static void check_forwarding(void)
{
    char value = '1';
    FILE *f = fopen("/proc/sys/net/ipv6/conf/all/forwarding", "re");
    if (!f)
        return; /* no /proc: nothing to say */
    if (fread(&value, 1, 1, f) == 1 && value == '0')
        log_line(RIPNG_WARNING,
                 "IPv6 forwarding is off, so this machine passes nothing on between its networks; "
                 "`sysctl -w net.ipv6.conf.all.forwarding=1` switches it on");
    fclose(f);
}

static void on_turn(void *arg)
{
    struct daemon *d = arg;
    char text[STATUS_TEXT];
    pump_turn(&d->pump);
    if (notify_due(d->notify))
        notify_alive(d->notify, describe(d, text, sizeof text));
}

static void on_signal(void *arg, int signum)
{
    struct daemon *d = arg;
    if (signum != SIGHUP && d->pump.stopping) {
        loop_stop(d->loop); /* asked twice */
    } else if (signum != SIGHUP) {
        log_line(RIPNG_NOTICE, "stopping");
        notify_stopping(d->notify);
        pump_stop(&d->pump);
    } else if (!d->pump.stopping) {
        reload(d, NULL, NULL);
    }
}

/* 0, or -1 after one line that says what is wrong. */
static int start(struct daemon *d)
{
    if (read_config(&d->options, &d->config, report_to_log, NULL) < 0)
        return -1;
    d->configured = true;
    int r = loop_new(&d->loop, on_turn, d);
    if (r < 0)
        return refuse(d, "event loop", strerror(-r));
    struct ripng_time now = loop_now(d->loop);
    d->pump.loop = d->loop;
    d->pump.engine = ripng_new(&d->config.engine, make_seed(now), now);
    if (!d->pump.engine)
        return refuse(d, "ripngd", strerror(ENOMEM));
    static const int signals[] = {SIGHUP, SIGTERM, SIGINT};
    for (size_t i = 0; i < sizeof signals / sizeof *signals && r == 0; i++)
        r = loop_signal(d->loop, signals[i], on_signal, d);
    if (r < 0)
        return refuse(d, "signals", strerror(-r));
    signal(SIGPIPE, SIG_IGN); /* a control client that hangs up is no reason to die */
    r = open_sockets(d);
    if (r == 0)
        r = drop_privileges(d);
    if (r < 0)
        return r;
    log_open(d->config.log_level, d->config.log_syslog);
    r = notify_open(&d->notify, d->loop);
    if (r < 0) /* routing is worth more than telling of it */
        log_line(RIPNG_WARNING, "the service manager can't be told how we are: %s", strerror(-r));
    return 0;
}

/* --- stop ------------------------------------------------------------- */

static void clean_up(struct daemon *d)
{
    control_close(d->pump.control); /* first: it removes the socket that says a daemon is here */
    notify_close(d->notify);
    netlink_close(d->pump.netlink);
    socket_close(d->pump.socket);
    ripng_free(d->pump.engine);
    loop_free(d->loop);
    if (d->configured)
        config_clear(&d->config);
}

static int test_config(const struct options *o)
{
    struct daemon_config c;
    if (read_config(o, &c, report_plain, NULL) < 0)
        return EXIT_FAILURE;
    config_clear(&c);
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    static struct daemon d;
    int status = read_options(&d.options, argc, argv);
    if (status >= 0)
        exit(status);
    if (d.options.test)
        exit(test_config(&d.options));
    status = start(&d) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
    if (status == EXIT_SUCCESS) {
        log_line(RIPNG_NOTICE, "ripngd %s started", RIPNGD_VERSION);
        check_forwarding();
        notify_ready(d.notify, "started");
        loop_run(d.loop);
        log_line(RIPNG_NOTICE, "stopped");
    }
    clean_up(&d);
    exit(status);
}
