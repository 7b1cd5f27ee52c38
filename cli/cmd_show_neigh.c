/*
 * ripngctl show neigh: the routers heard. Called by main.c.
 */
#include "ask.h"

enum cmd_exit cmd_show_neigh(const struct cmd_options *o, int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return ask(o, "show neigh", &render_neigh);
}
