/*
 * ripngctl: asks a running ripngd. Options, the table of commands, exit statuses.
 *
 * A command is a line in the table, and a file cmd_*.c where it is more than a question to
 * the daemon. Only this file exits.
 */
#include "ask.h"
#include "cmd.h"
#include "words.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#define ANY INT_MAX

static const struct main_command {
    const char *name, *args; /* its words, and what may follow */
    int least, most;         /* so many words of that; ANY: the command says what is too many */
    const char *help;
    enum cmd_exit (*run)(const struct cmd_options *o, int argc, char **argv);
    const struct render_view *view; /* where there is no `run`: the daemon is asked by the name */
} main_commands[] = {
    {"show route", "[PREFIX]", 0, 1, "all routes, or the best match for PREFIX or an address", cmd_show_route,
     NULL},
    {"show neigh", "", 0, 0, "the routers heard: routes, last seen, packets, errors", NULL, &render_neigh},
    {"show interface", "", 0, 0, "each RIPng interface with its counters", NULL, &render_interface},
    {"show status", "", 0, 0, "the daemon: version, uptime, totals, timers", cmd_show_status, NULL},
    {"monitor", "", 0, 0, "each change as it happens, until interrupted", cmd_monitor, NULL},
    {"query", "ADDRESS%IFACE [PREFIX ...]", 1, ANY, "ask a router by RIPng itself for all routes or these",
     cmd_query, NULL},
    {"reload", "", 0, 0, "read the configuration again; what is wrong with it", NULL, &render_reload},
    {"doctor", "", 0, 0, "what keeps RIPng from working here, and what mends it", cmd_doctor, NULL},
};
#define MAIN_COMMANDS (sizeof main_commands / sizeof main_commands[0])

/* The commands, or those that `fits` has. */
static void main_list(FILE *to, const char *fits)
{
    for (size_t i = 0; i < MAIN_COMMANDS; i++) {
        if (fits && !fits[i])
            continue;
        int n = fprintf(to, "  %s%s%s", main_commands[i].name, main_commands[i].args[0] ? " " : "",
                        main_commands[i].args);
        if (n > 24) { /* the help goes into a line of its own */
            fputc('\n', to);
            n = 0;
        }
        fprintf(to, "%*s%s\n", 26 - n, "", main_commands[i].help);
    }
}

static void main_help(FILE *to)
{
    fputs("usage: ripngctl [-s SOCKET] [-j] COMMAND ...\n\n", to);
    main_list(to, NULL);
    fprintf(to,
            "\n  -s, --socket PATH  control socket of ripngd (%s)\n"
            "  -j, --json         one JSON array of objects instead of a table\n"
            "  -a, --all          of 'show route': also what is not used, and why\n"
            "  -p, --prometheus   of 'show status': all counters as metrics for Prometheus\n"
            "  -V, --version      print the version\n"
            "  -h, --help         print this\n"
            "\nWords may be cut short: `ripngctl sh ro`. Options may come after the command.\n"
            "Exit status: 0 done, 1 no or refused, 2 usage, 3 no daemon reached.\n",
            RIPNGD_SOCKET);
}

/* Words that are no command: what is wrong with them, and what they could be. */
static enum cmd_exit main_unknown(const struct words *w, const char *fits, int argc, char **argv)
{
    char typed[128] = "";
    for (int i = 0; i < argc && i <= w->good; i++)
        snprintf(typed + strlen(typed), sizeof typed - strlen(typed), "%s%s", i ? " " : "", argv[i]);
    static const char *const what[] = {
        [WORDS_UNKNOWN] = "is no command; there are:",
        [WORDS_AMBIGUOUS] = "may be any of these:",
        [WORDS_MISSING] = "needs another word; there are:",
    };
    ask_complain("'%s' %s", typed, what[w->why]);
    main_list(stderr, fits);
    return CMD_USAGE;
}

static enum cmd_exit main_run(const struct cmd_options *o, int argc, char **argv)
{
    const char *names[MAIN_COMMANDS];
    char fits[MAIN_COMMANDS];
    if (argc == 0) {
        main_help(stderr);
        return CMD_USAGE;
    }
    for (size_t i = 0; i < MAIN_COMMANDS; i++)
        names[i] = main_commands[i].name;
    struct words w = words_find(names, MAIN_COMMANDS, argc, argv, fits);
    if (w.used == 0)
        return main_unknown(&w, fits, argc, argv);
    argc -= w.used;
    argv += w.used;
    const struct main_command *c = &main_commands[w.one];
    if (argc < c->least || argc > c->most) {
        if (argc < c->least)
            ask_complain("'%s' of what? It is: ripngctl %s %s", c->name, c->name, c->args);
        else
            ask_complain("too many words, from '%s' on; it is: ripngctl %s%s%s", argv[c->most], c->name,
                         c->args[0] ? " " : "", c->args);
        return CMD_USAGE;
    }
    if (o->all && c->run != cmd_show_route) {
        ask_complain("'%s' has no --all; 'show route' has", c->name);
        return CMD_USAGE;
    }
    if (o->prometheus && (c->run != cmd_show_status || o->json)) {
        ask_complain(o->json ? "--json or --prometheus, not both"
                             : "'%s' has no --prometheus; 'show status' has",
                     c->name);
        return CMD_USAGE;
    }
    return c->run ? c->run(o, argc, argv) : ask(o, c->name, c->view);
}

/* A full disk must not look like an empty table. */
static enum cmd_exit main_flush(enum cmd_exit result)
{
    if ((fflush(stdout) != 0 || ferror(stdout)) && result == CMD_DONE) {
        ask_complain("can't write: %s", strerror(errno));
        return CMD_NEGATIVE;
    }
    return result;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"socket", required_argument, NULL, 's'},
        {"json", no_argument, NULL, 'j'},
        {"all", no_argument, NULL, 'a'},
        {"prometheus", no_argument, NULL, 'p'},
        {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'V'},
        {NULL, 0, NULL, 0},
    };
    static char name[] = "ripngctl";
    struct cmd_options o = {.socket = RIPNGD_SOCKET};
    int opt;
    if (argc > 0)
        argv[0] = name;       /* what getopt puts before its complaints */
    signal(SIGPIPE, SIG_DFL); /* `ripngctl show route | head` ends quietly, whatever the caller ignores */
    while ((opt = getopt_long(argc, argv, "s:japhV", options, NULL)) != -1) {
        switch (opt) {
        case 's':
            o.socket = optarg;
            break;
        case 'j':
            o.json = true;
            break;
        case 'a':
            o.all = true;
            break;
        case 'p':
            o.prometheus = true;
            break;
        case 'h':
            main_help(stdout);
            return main_flush(CMD_DONE);
        case 'V':
            puts("ripngctl " RIPNGD_VERSION);
            return main_flush(CMD_DONE);
        default:
            fputs("Try 'ripngctl --help'.\n", stderr);
            return CMD_USAGE;
        }
    }
    return main_flush(main_run(&o, argc - optind, argv + optind));
}
