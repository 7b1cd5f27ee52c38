/*
 * A line of the control socket to a command: pure, so that tests and a fuzzer reach it.
 */
#ifndef DAEMON_COMMAND_H
#define DAEMON_COMMAND_H

#include "query.h"

/* The longest line, its newline included: the longest command of any issue fits ten times over. */
#define COMMAND_LINE_MAX 512
#define COMMAND_WHY_MAX 512 /* room for any refusal below */

enum command_kind {
    COMMAND_SHOW_ROUTE,
    COMMAND_SHOW_NEIGH,
    COMMAND_SHOW_INTERFACE,
    COMMAND_SHOW_STATUS,
    COMMAND_MONITOR,
    COMMAND_QUERY,
    COMMAND_RELOAD,
    COMMAND_N
};

struct command {
    enum command_kind kind;
    bool all; /* COMMAND_SHOW_ROUTE: each path, used or not; with a prefix, those to what contains it */
    bool has_prefix; /* COMMAND_SHOW_ROUTE: the best match alone */
    struct ripng_prefix prefix;
    struct ripng_query query; /* COMMAND_QUERY */
};

/* Does it change anything? Then it is not for everybody who may look. */
bool command_changes(enum command_kind kind);

/*
 * `line` is `size` bytes of anything, without its newline. False: it is no
 * command, and `why` (COMMAND_WHY_MAX bytes) says so in a sentence for the client.
 */
bool command_parse(const char *line, size_t size, struct command *out, char *why);

#endif
