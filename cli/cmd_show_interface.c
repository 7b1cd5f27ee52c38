/*
 * ripngctl show interface: each RIPng interface with its counters. Called by main.c.
 */
#include "ask.h"

enum cmd_exit cmd_show_interface(const struct cmd_options *o, int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return ask(o, "show interface", &render_interface);
}
