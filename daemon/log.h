/*
 * The log: lines with a level, to standard error or to syslog.
 *
 * The only state that the daemon keeps outside its structs: a level and a target.
 */
#ifndef DAEMON_LOG_H
#define DAEMON_LOG_H

#include "ripng.h"

void log_open(enum ripng_severity level, bool to_syslog);

/* "error", "warning", ... to a level. False: no such word. */
bool log_level_parse(const char *word, enum ripng_severity *level);
const char *log_level_name(enum ripng_severity level);

/* Would a line of this severity be written? Spares the making of its text. */
bool log_wants(enum ripng_severity severity);

/* One line. A severity above the level is dropped. */
__attribute__((format(printf, 2, 3))) void log_line(enum ripng_severity severity, const char *format, ...);

/* For lines that others can cause at will: 5 at once, then one a second. */
struct log_limit {
    int64_t full_us; /* when all 5 are to be had again */
    unsigned held;
};

/* False: not now. True: write it; `held` like it were held back before. */
bool log_limit_pass(struct log_limit *l, struct ripng_time now, unsigned *held);

#endif
