/*
 * The configuration file (ripngd.conf(5)) to settings: the only door to libConfuse.
 *
 * Called at start, by -t and at each reload. All errors of a file are reported,
 * not the first alone, each as FILE:LINE: what.
 */
#ifndef DAEMON_CONFIG_H
#define DAEMON_CONFIG_H

#include "ripng.h"

#define CONFIG_PATH_MAX 108 /* sun_path */

struct daemon_config {
    struct ripng_config engine;
    char control_socket[CONFIG_PATH_MAX];
    char control_group[64]; /* "": root's own group */
    char user[64];          /* "": whoever starts it */
    enum ripng_severity log_level;
    bool log_syslog;
};

typedef void config_report_fn(void *arg, const char *line);

/* The defaults of INTERFACE.md: what an empty file says. */
void config_init(struct daemon_config *c);
void config_clear(struct daemon_config *c);

/*
 * Reads `path` into uninitialised `c`. 0; or -EINVAL after at least one report;
 * or -errno where the file can't be read (-ENOENT: there is none), unreported.
 * On an error `c` holds nothing.
 */
int config_read(struct daemon_config *c, const char *path, config_report_fn *report, void *arg);

#endif
