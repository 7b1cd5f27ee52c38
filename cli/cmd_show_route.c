/*
 * ripngctl show route [PREFIX]: the route table, or the best match for a prefix or
 * address. Called by main.c; what is sent is daemon/command.c's to understand.
 */
#include "ask.h"
#include "prefix.h"

#include <stdio.h>

enum cmd_exit cmd_show_route(const struct cmd_options *o, int argc, char **argv)
{
    if (argc == 0)
        return ask(o, "show route", &render_route);

    struct ripng_prefix p;
    char command[sizeof "show route " + RIPNG_PREFIX_TEXT], text[RIPNG_PREFIX_TEXT];
    if (!ripng_prefix_parse(argv[0], &p, NULL)) {
        ask_complain("no prefix or address: '%s' (like 2001:db8:1::/48 or 2001:db8::1)", argv[0]);
        return CMD_USAGE;
    }
    snprintf(command, sizeof command, "show route %s", ripng_prefix_text(&p, text));
    return ask(o, command, &render_route);
}
