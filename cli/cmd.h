/*
 * The commands of ripngctl that are more than a question to the daemon, one file each: see main.c's table.
 */
#ifndef CLI_CMD_H
#define CLI_CMD_H

#include <stdbool.h>

/* Exit statuses: INTERFACE.md, ripngctl(8). */
enum cmd_exit {
    CMD_DONE = 0,
    CMD_NEGATIVE = 1,  /* the daemon refused, or the answer is no */
    CMD_USAGE = 2,     /* no such command, no such prefix */
    CMD_NO_DAEMON = 3, /* nobody answers */
};

struct cmd_options {
    const char *socket;
    bool json;
    bool all;        /* `show route`: each path */
    bool prometheus; /* `show status`: as metrics */
};

/* `argv` are the `argc` words after the command's name. Each says on stderr what went wrong. */
enum cmd_exit cmd_show_route(const struct cmd_options *o, int argc, char **argv);
enum cmd_exit cmd_show_status(const struct cmd_options *o, int argc, char **argv);
enum cmd_exit cmd_monitor(const struct cmd_options *o, int argc, char **argv);
enum cmd_exit cmd_doctor(const struct cmd_options *o, int argc, char **argv);
enum cmd_exit cmd_query(const struct cmd_options *o, int argc, char **argv);

#endif
