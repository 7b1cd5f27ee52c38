/*
 * ripngctl: asks a running ripngd. Options, the table of commands, exit statuses.
 *
 * A command is a line in the table and a file cmd_*.c. Only this file exits.
 */
#include "ask.h"
#include "cmd.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name; /* its words */
    const char *args; /* of which there is at most one now */
    enum cmd_exit (*run)(const struct cmd_options *o, int argc, char **argv);
    const char *help;
} main_commands[] = {
    {"show route", "[PREFIX]", cmd_show_route, "the route table, or the best match for PREFIX or an address"},
    {"show neigh", "", cmd_show_neigh, "the routers heard, with routes, last seen, packets, errors"},
    {"show interface", "", cmd_show_interface, "each RIPng interface with its counters"},
    {"show status", "", cmd_show_status, "the daemon: version, uptime, totals, timers"},
    {"reload", "", cmd_reload, "read the configuration again, and say what is wrong with it"},
};
#define MAIN_COMMANDS (sizeof main_commands / sizeof main_commands[0])

static void main_list(FILE *to)
{
    for (size_t i = 0; i < MAIN_COMMANDS; i++) {
        int n = fprintf(to, "  %s %s", main_commands[i].name, main_commands[i].args);
        fprintf(to, "%*s%s\n", n < 26 ? 26 - n : 1, "", main_commands[i].help);
    }
}

static void main_help(FILE *to)
{
    fputs("usage: ripngctl [-s SOCKET] [-j] COMMAND ...\n\n", to);
    main_list(to);
    fprintf(to,
            "\n  -s, --socket PATH  control socket of ripngd (%s)\n"
            "  -j, --json         one JSON array of objects instead of a table\n"
            "  -V, --version      print the version\n"
            "  -h, --help         print this\n"
            "\nExit status: 0 done, 1 refused or a negative answer, 2 usage, 3 no daemon reached.\n",
            RIPNGD_SOCKET);
}

/* How many of `argv` are the words of `name`; 0: they are others. */
static int main_match(const char *name, int argc, char **argv)
{
    for (int i = 0;; i++) {
        size_t n = strcspn(name, " ");
        if (i == argc || strlen(argv[i]) != n || memcmp(argv[i], name, n) != 0)
            return 0;
        if (name[n] == '\0')
            return i + 1;
        name += n + 1;
    }
}

static enum cmd_exit main_run(const struct cmd_options *o, int argc, char **argv)
{
    if (argc == 0) {
        main_help(stderr);
        return CMD_USAGE;
    }
    for (size_t i = 0; i < MAIN_COMMANDS; i++) {
        int used = main_match(main_commands[i].name, argc, argv);
        if (used == 0)
            continue;
        if (argc - used > (main_commands[i].args[0] ? 1 : 0)) {
            ask_complain("too many words; it is: ripngctl %s%s%s", main_commands[i].name,
                         main_commands[i].args[0] ? " " : "", main_commands[i].args);
            return CMD_USAGE;
        }
        return main_commands[i].run(o, argc - used, argv + used);
    }
    ask_complain("no such command: '%s%s%s'; there are:", argv[0], argc > 1 ? " " : "",
                 argc > 1 ? argv[1] : "");
    main_list(stderr);
    return CMD_USAGE;
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
    while ((opt = getopt_long(argc, argv, "s:jhV", options, NULL)) != -1) {
        switch (opt) {
        case 's':
            o.socket = optarg;
            break;
        case 'j':
            o.json = true;
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
