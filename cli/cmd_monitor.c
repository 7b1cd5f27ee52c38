/*
 * ripngctl monitor: each change as it happens, until interrupted. Called by main.c.
 */
#include "ask.h"

enum cmd_exit cmd_monitor(const struct cmd_options *o, int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return ask_until_interrupted(o, "monitor", &render_monitor);
}
