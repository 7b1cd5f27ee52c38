/*
 * One command to the daemon, its reply to standard output, trouble to standard error.
 */
#ifndef CLI_ASK_H
#define CLI_ASK_H

#include "cmd.h"
#include "render.h"

enum cmd_exit ask(const struct cmd_options *o, const char *command, const struct render_view *view);

/* The same where a daemon is no must: without one there is no complaint, but CMD_NO_DAEMON. */
enum cmd_exit ask_if_there(const struct cmd_options *o, const char *command, const struct render_view *view);

/* The same for a reply without an end; SIGINT and SIGTERM end it, which is as it should be. */
enum cmd_exit ask_until_interrupted(const struct cmd_options *o, const char *command,
                                    const struct render_view *view);

/*
 * Several commands, one after the other on one connection: `take` gets each object of
 * their replies, and which command it belongs to. It returns false where memory is short.
 */
typedef bool ask_take_fn(void *arg, size_t which, const char *line, size_t size);
enum cmd_exit ask_objects(const struct cmd_options *o, const char *const *commands, size_t n,
                          ask_take_fn *take, void *arg);

/* "ripngctl: ..." and a newline to standard error. */
__attribute__((format(printf, 1, 2))) void ask_complain(const char *format, ...);

#endif
