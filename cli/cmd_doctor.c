/*
 * ripngctl doctor: looks for what keeps RIPng from working on this machine, and says
 * how to mend it. It changes nothing.
 *
 * Called by main.c. First the probes gather facts into struct doctor, then each
 * check of the table looks at them. To add one: a function in check_*.c, a line here,
 * its row in ripngctl(8), and a namespace with exactly that defect in
 * tests/net/test_doctor.py.
 */
#include "ask.h"
#include "doctor.h"

#include <errno.h>
#include <string.h>

/* In this order: what comes first is often why the rest is found. */
static const struct {
    const char *name;
    doctor_check_fn *run;
} doctor_checks[] = {
    {"daemon", check_daemon},
    {"port", check_port},
    {"forwarding", check_forwarding},
    {"ipv6", check_ipv6},
    {"link", check_link},
    {"multicast", check_multicast},
    {"link-local", check_link_local},
    {"snooping", check_snooping},
    {"firewall-input", check_input},
    {"silence", check_silent},
    {"firewall-forward", check_forward},
    {"announced", check_announced},
    {"aggregate", check_aggregate},
    {"default-route", check_default_route},
    {"conflict", check_conflict},
    {"timers", check_timers},
    {"accept-ra", check_accept_ra},
};

enum cmd_exit cmd_doctor(const struct cmd_options *o, int argc, char **argv)
{
    struct doctor d = {.socket = o->socket, .forwarding = -1};
    (void)argc;
    (void)argv;
    doctor_ask_daemon(&d);
    doctor_read_proc(&d);
    doctor_read_kernel(&d);
    doctor_read_firewall(&d);
    doctor_query(&d);
    for (size_t i = 0; i < sizeof doctor_checks / sizeof doctor_checks[0]; i++)
        doctor_checks[i].run(&d, doctor_checks[i].name);

    doctor_print(&d, o->json, screen_of(stdout));
    for (size_t i = 0; i < d.unseen.n; i++)
        ask_complain("not looked at: %s", (const char *)d.unseen.items + i * DOCTOR_TEXT);
    if (d.no_memory)
        ask_complain("not all was looked at: %s", strerror(ENOMEM));
    enum cmd_exit result = d.findings.n || d.no_memory ? CMD_NEGATIVE : CMD_DONE;
    doctor_clear(&d);
    return result;
}
