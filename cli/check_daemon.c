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
        doctor_mend(f, "sed -i s/^ripngd=yes/ripngd=no/ /etc/frr/daemons && %s restart%s",
                    d->systemd ? "systemctl" : "/etc/init.d/frr", d->systemd ? " frr" : "");
    else if (strcmp(h->name, "bird") == 0 && (d->openwrt || d->systemd))
        doctor_mend(f, d->openwrt ? "/etc/init.d/bird stop" : "systemctl stop bird");
    else if (h->pid)
        doctor_mend(f, "kill %ld", h->pid);
    else
        doctor_mend(f, "ss -lunp 'sport = 521'");
}

/*
 * Without a daemon that has it: RIPng's port must be free. Beside one that has it nobody else can take it,
 * but in another VRF, which may have a daemon of its own.
 */
void check_port(struct doctor *d, const char *check)
{
    const struct doctor_holder *h = d->holders.items, *other = NULL;
    bool ours = false;
    for (size_t i = 0; i < d->holders.n; i++) {
        ours |= h[i].port && (is_ripngd(&h[i]) || (d->daemon.error == 0 && h[i].pid == d->daemon.pid));
        if (h[i].port && !is_ripngd(&h[i]) && !other)
            other = &h[i];
    }
    /* Who has it is not to be seen, and there is a daemon, if one that does not answer: that will be the one.
     */
    int error = d->daemon.error;
    bool there = error == 0 || error == EACCES || error == EPERM || error == EAGAIN;
    if (ours || !other || (!other->pid && there))
        return;
    struct doctor_finding *f = doctor_find(d, check, DOCTOR_ERROR, NULL);
    if (other->pid)
        doctor_say(f, "another program has UDP port 521: %s%s (process %ld)", other->name,
                   other->frr ? " of FRR" : "", other->pid);
    else
        doctor_say(f, "another program has UDP port 521; only root may see which");
    mend_holder(d, other, f);
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
