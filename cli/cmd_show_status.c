/*
 * ripngctl show status: one record of the daemon, or all its numbers as metrics for
 * Prometheus. Called by main.c.
 */
#include "ask.h"
#include "prometheus.h"

static bool take(void *arg, size_t which, const char *line, size_t size)
{
    return prometheus_add(arg, (enum prometheus_of)which, line, size);
}

/* Nothing is printed before all is there: half a file must not replace a whole one. */
static enum cmd_exit metrics(const struct cmd_options *o)
{
    static const char *const commands[PROMETHEUS_KINDS] = {
        [PROMETHEUS_STATUS] = "show status",
        [PROMETHEUS_INTERFACE] = "show interface",
        [PROMETHEUS_NEIGH] = "show neigh",
    };
    struct prometheus p = {0};
    enum cmd_exit result = ask_objects(o, commands, PROMETHEUS_KINDS, take, &p);
    if (result == CMD_DONE)
        prometheus_print(&p, stdout);
    prometheus_free(&p);
    return result;
}

enum cmd_exit cmd_show_status(const struct cmd_options *o, int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return o->prometheus ? metrics(o) : ask(o, "show status", &render_status);
}
