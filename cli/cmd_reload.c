/*
 * ripngctl reload: the daemon reads its configuration again; what is wrong with the
 * file is listed as FILE:LINE: what, and the running one stays. Called by main.c.
 */
#include "ask.h"

enum cmd_exit cmd_reload(const struct cmd_options *o, int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return ask(o, "reload", &render_reload);
}
