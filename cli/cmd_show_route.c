/*
 * ripngctl show route [PREFIX]: the route table, or the best match for a prefix or
 * address. Called by main.c; what is sent is daemon/command.c's to understand.
 */
#include "ask.h"
#include "prefix.h"

#include <stdio.h>

enum cmd_exit cmd_show_route(const struct cmd_options *o, int argc, char **argv)
{
    const struct render_view *view = o->all ? &render_path : &render_route;
    char command[sizeof "show route all " + RIPNG_PREFIX_TEXT], text[RIPNG_PREFIX_TEXT] = "";
    struct ripng_prefix p;
    if (argc > 0 && !ripng_prefix_parse(argv[0], &p, NULL)) {
        ask_complain("no IPv6 prefix or address: '%s' (like 2001:db8:1::/48 or 2001:db8::1)", argv[0]);
        return CMD_USAGE;
    }
    if (argc > 0)
        ripng_prefix_text(&p, text);
    snprintf(command, sizeof command, "show route%s%s%s", o->all ? " all" : "", argc > 0 ? " " : "", text);
    return ask(o, command, view);
}
