/*
 * ripngctl show status: one record of the daemon. Called by main.c.
 */
#include "ask.h"

enum cmd_exit cmd_show_status(const struct cmd_options *o, int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return ask(o, "show status", &render_status);
}
