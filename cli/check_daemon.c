/*
 * Checks: is there a ripngd, has it the port to itself, and do its timers fit its
 * neighbours'?
 *
 * Called by cmd_doctor.c. Each check reads the facts in struct doctor and adds its
 * findings.
 */
#include "doctor.h"

#include <errno.h>
#include <string.h>

static void mend_start(const struct doctor *d, struct doctor_finding *f)
{
    if (d->openwrt)
        doctor_mend(f, "/etc/init.d/ripngd start");
    else if (d->systemd)
        doctor_mend(f, "systemctl start ripngd");
    else
        doctor_mend(f, "ripngd -s %s &", d->socket);
}

static bool is_ripngd(const struct doctor_holder *h)
{
    return strcmp(h->name, "ripngd") == 0 && !h->frr;
}

/* A ripngd of ours; NULL: none is seen. */
static const struct doctor_holder *running(const struct doctor *d)
{
    const struct doctor_holder *h = d->holders.items;
    for (size_t i = 0; i < d->holders.n; i++)
        if (is_ripngd(&h[i]))
            return &h[i];
    return NULL;
}

/* There is no such socket, or nobody behind it. */
static void no_daemon(struct doctor *d, const char *check)
{
    const struct doctor_holder *other = running(d);
    struct doctor_finding *f = doctor_find(d, check, DOCTOR_ERROR, NULL);
    if (other && other->socket[0]) {
        doctor_say(f, "the ripngd that runs (process %ld) has another control socket: %s", other->pid,
                   other->socket);
        doctor_mend(f, "ripngctl -s %s doctor", other->socket);
    } else if (other) {
        doctor_say(f, "a ripngd runs (process %ld), but not with the control socket %s", other->pid,
                   d->socket);
        doctor_mend(f, "grep socket " RIPNGD_CONFFILE);
    } else if (d->daemon.error == ECONNREFUSED) {
        doctor_say(f, "ripngd does not run; %s was left over by one that is dead", d->socket);
        mend_start(d, f);
    } else {
        doctor_say(f, "ripngd does not run: there is no %s", d->socket);
        mend_start(d, f);
    }
}

void check_daemon(struct doctor *d, const char *check)
{
    struct doctor_finding *f;
    const struct doctor_holder *h = running(d);
    switch (d->daemon.error) {
    case 0:
        return;
    case ENOENT:
    case ENOTDIR:
    case ECONNREFUSED:
        no_daemon(d, check);
        return;
    case EACCES:
    case EPERM:
        f = doctor_find(d, check, DOCTOR_ERROR, NULL);
        doctor_say(f, "no permission to ask ripngd at %s", d->socket);
        doctor_mend(f, "sudo ripngctl -s %s doctor", d->socket);
        return;
    case EAGAIN:
        f = doctor_find(d, check, DOCTOR_ERROR, NULL);
        doctor_say(f, "ripngd at %s does not answer: it is stopped or stuck", d->socket);
        if (d->openwrt)
            doctor_mend(f, "/etc/init.d/ripngd restart");
        else if (d->systemd)
            doctor_mend(f, "systemctl restart ripngd");
        else if (h)
            doctor_mend(f, "kill -CONT %ld", h->pid);
        else
            doctor_mend(f, "ps ax | grep ripngd");
        return;
    default:
        f = doctor_find(d, check, DOCTOR_ERROR, NULL);
        doctor_say(f, "%s is no control socket of ripngd: %s", d->socket, strerror(d->daemon.error));
        doctor_mend(f, "grep socket " RIPNGD_CONFFILE);
    }
}

/* --- the port ------------------------------------------------------------- */

static void mend_holder(const struct doctor *d, const struct doctor_holder *h, struct doctor_finding *f)
{
    if (h->frr)
        doctor_mend(f, "sed -i s/^ripngd=yes/ripngd=no/ /etc/frr/daemons && systemctl restart frr");
    else if (strcmp(h->name, "bird") == 0 && (d->openwrt || d->systemd))
        doctor_mend(f, d->openwrt ? "/etc/init.d/bird stop" : "systemctl stop bird");
    else if (h->pid)
        doctor_mend(f, "kill %ld", h->pid);
    else
        doctor_mend(f, "ss -lunp 'sport = 521'");
}

static void say_holder(const struct doctor_holder *h, const char *what, struct doctor_finding *f)
{
    if (h->pid)
        doctor_say(f, "%s UDP port 521: %s%s (process %ld)", what, h->name, h->frr ? " of FRR" : "", h->pid);
    else
        doctor_say(f, "%s UDP port 521; only root may see which", what);
}

/* Without a daemon that has it: RIPng's port must be free. */
void check_port(struct doctor *d, const char *check)
{
    const struct doctor_holder *h = d->holders.items, *other = NULL;
    bool ours = false;
    for (size_t i = 0; i < d->holders.n; i++) {
        ours |= h[i].port && (is_ripngd(&h[i]) || (d->daemon.error == 0 && h[i].pid == d->daemon.pid));
        if (h[i].port && !is_ripngd(&h[i]) && !other)
            other = &h[i];
    }
    /* Who has it is not to be seen, and there is a daemon: that will be the one. */
    if (ours || !other || (!other->pid && d->daemon.error == 0))
        return;
    struct doctor_finding *f = doctor_find(d, check, DOCTOR_ERROR, NULL);
    say_holder(other, "another program has", f);
    mend_holder(d, other, f);
}

/* Two RIPng daemons on a machine write into the same kernel, and hear each other's neighbours. */
void check_rival(struct doctor *d, const char *check)
{
    const struct doctor_holder *h = d->holders.items;
    bool ours = false;
    for (size_t i = 0; i < d->holders.n; i++)
        ours |= h[i].port && d->daemon.error == 0 && h[i].pid == d->daemon.pid;
    for (size_t i = 0; ours && i < d->holders.n; i++) {
        if (!h[i].port || h[i].pid == d->daemon.pid)
            continue;
        struct doctor_finding *f = doctor_find(d, check, DOCTOR_WARNING, NULL);
        say_holder(&h[i], "another RIPng program runs beside ripngd, with", f);
        mend_holder(d, &h[i], f);
    }
}

/* --- timers --------------------------------------------------------------- */

/* RFC 2080 has the timeout at six updates. Under two, one lost packet is the end of a route. */
void check_timers(struct doctor *d, const char *check)
{
    const struct doctor_peer *p = d->daemon.peers.items;
    for (size_t i = 0; i < d->daemon.peers.n; i++) {
        char address[RIPNG_ADDR_TEXT], value[32];
        if (d->daemon.timeout <= 0 || p[i].interval * 2 <= d->daemon.timeout)
            continue;
        struct doctor_finding *f = doctor_find(d, check, DOCTOR_WARNING, p[i].interface);
        doctor_say(f, "%s speaks every %.3g s only, and its routes are lost after %.3g s of silence",
                   ripng_addr_text(&p[i].address, address), p[i].interval, d->daemon.timeout);
        snprintf(value, sizeof value, "%.0f", p[i].interval * 6 + 0.5);
        doctor_mend_setting(d, f, DOCTOR_TIMEOUT, value);
    }
}
