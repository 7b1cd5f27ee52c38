/*
 * For the tests of the configuration file: a text is written to a file in memory and
 * read back through config_read(), so libConfuse and all in front of it take part.
 */
#ifndef CONFREAD_H
#define CONFREAD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../daemon/config.h"

#define REPORTS_MAX 64

/* One reading: its result, and what was reported, without the path. */
static struct daemon_config config;
static char reports[REPORTS_MAX][300];
static int n_reports;

static void take_report(void *arg, const char *line)
{
    const char *path = arg;
    assert_true(strncmp(line, path, strlen(path)) == 0 && line[strlen(path)] == ':');
    assert_true(n_reports < REPORTS_MAX);
    snprintf(reports[n_reports++], sizeof *reports, "%s", line + strlen(path) + 1);
}

static int read_bytes(const char *text, size_t size)
{
    char path[64];
    int fd = memfd_create("ripngd.conf", MFD_CLOEXEC);
    assert_true(fd >= 0 && write(fd, text, size) == (ssize_t)size);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    n_reports = 0;
    int rc = config_read(&config, path, take_report, path);
    close(fd);
    if (rc)
        assert_null(config.engine.ifaces);
    return rc;
}

static int read_text(const char *text)
{
    return read_bytes(text, strlen(text));
}

/* The text is refused, with exactly these reports ("LINE: what"), each a line. */
static void assert_refused(const char *text, const char *expected)
{
    char all[REPORTS_MAX * sizeof *reports] = "", *end = all;
    int rc = read_text(text);
    for (int i = 0; i < n_reports; i++)
        end = stpcpy(stpcpy(end, i ? "\n" : ""), reports[i]);
    assert_string_equal(all, expected);
    assert_int_equal(rc, -EINVAL);
}

static void assert_accepted(const char *text)
{
    int rc = read_text(text);
    if (rc)
        print_error("refused: %s\n", n_reports ? reports[0] : strerror(-rc));
    assert_int_equal(rc, 0);
    assert_int_equal(n_reports, 0);
}

#endif
