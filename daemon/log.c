/*
 * The log: one line, one write.
 *
 * Called from everywhere in the daemon. What is worth a line, and how often, is
 * decided elsewhere: the engine limits the rate of what neighbours can cause
 * (lib/event.h). No timestamps: whoever reads our standard error adds them.
 */
#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#define LIMIT_BURST 5
#define LIMIT_EACH_US 1000000

static enum ripng_severity log_level = RIPNG_NOTICE;
static bool log_to_syslog;

static const struct {
    const char *name;
    int syslog;
} levels[] = {
    [RIPNG_ERROR] = {"error", LOG_ERR},      [RIPNG_WARNING] = {"warning", LOG_WARNING},
    [RIPNG_NOTICE] = {"notice", LOG_NOTICE}, [RIPNG_INFO] = {"info", LOG_INFO},
    [RIPNG_DEBUG] = {"debug", LOG_DEBUG},
};
#define N_LEVELS (sizeof levels / sizeof *levels)

void log_open(enum ripng_severity level, bool to_syslog)
{
    log_level = level;
    if (to_syslog && !log_to_syslog)
        openlog("ripngd", LOG_PID | LOG_NDELAY, LOG_DAEMON);
    if (!to_syslog && log_to_syslog)
        closelog();
    log_to_syslog = to_syslog;
}

bool log_level_parse(const char *word, enum ripng_severity *level)
{
    for (size_t i = 0; i < N_LEVELS; i++)
        if (strcmp(levels[i].name, word) == 0) {
            *level = (enum ripng_severity)i;
            return true;
        }
    return false;
}

const char *log_level_name(enum ripng_severity level)
{
    return (size_t)level < N_LEVELS ? levels[level].name : "?";
}

bool log_wants(enum ripng_severity severity)
{
    return severity <= log_level;
}

bool log_limit_pass(struct log_limit *l, struct ripng_time now, unsigned *held)
{
    if (l->full_us < now.us)
        l->full_us = now.us;
    if (l->full_us - now.us > (LIMIT_BURST - 1) * LIMIT_EACH_US) {
        l->held++;
        return false;
    }
    l->full_us += LIMIT_EACH_US;
    *held = l->held;
    l->held = 0;
    return true;
}

void log_line(enum ripng_severity severity, const char *format, ...)
{
    if (!log_wants(severity))
        return;
    char line[1024];
    int head = snprintf(line, sizeof line, "%s: ", log_level_name(severity));
    size_t room = sizeof line - (size_t)head - 1; /* the last byte is for the newline */
    va_list args;
    va_start(args, format);
    int n = vsnprintf(line + head, room, format, args);
    va_end(args);
    size_t end = (size_t)head + (n < 0 ? 0 : (size_t)n < room ? (size_t)n : room - 1);
    /* An interface may be called anything: its name must not forge a line or drive a terminal. */
    for (size_t i = (size_t)head; i < end; i++)
        if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
            line[i] = '?';
    if (log_to_syslog) {
        line[end] = '\0';
        syslog(levels[severity].syslog, "%s", line + head);
        return;
    }
    line[end] = '\n';
    ssize_t written = write(STDERR_FILENO, line, end + 1);
    (void)written; /* nobody left to tell */
}
