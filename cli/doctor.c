/*
 * The doctor's notebook: facts are looked up in it, findings are written into it,
 * and in the end it is printed.
 *
 * Called by the checks and by cmd_doctor.c. Touches nothing of the machine.
 */
#include "doctor.h"

#include <net/if.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define DOCTOR_INDENT 4 /* of what mends it; a sentence that goes on has half of it */

void *doctor_list_add(struct doctor_list *l, size_t item_size)
{
    if (l->n == l->room) {
        size_t room = l->room ? l->room * 2 : 16;
        void *grown = realloc(l->items, room * item_size);
        if (!grown)
            return NULL;
        l->items = grown;
        l->room = room;
    }
    return memset((char *)l->items + l->n++ * item_size, 0, item_size);
}

/* --- findings ----------------------------------------------------------- */

struct doctor_finding *doctor_find(struct doctor *d, const char *check, enum doctor_severity severity,
                                   const char *interface)
{
    struct doctor_finding *f = doctor_list_add(&d->findings, sizeof *f);
    if (!f) {
        d->no_memory = true;
        f = &d->lost;
    }
    *f = (struct doctor_finding){.check = check, .severity = severity};
    if (interface)
        strncpy(f->interface, interface, sizeof f->interface - 1);
    return f;
}

void doctor_say(struct doctor_finding *f, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(f->finding, sizeof f->finding, format, args);
    va_end(args);
}

void doctor_mend(struct doctor_finding *f, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(f->mend, sizeof f->mend, format, args);
    va_end(args);
}

void doctor_mend_setting(const struct doctor *d, struct doctor_finding *f, enum doctor_setting setting,
                         const char *value)
{
    /* tests/openwrt compares them with what the init script knows. */
    static const struct {
        const char *section, *key, *uci;
    } settings[] = {
        [DOCTOR_KERNEL_METRIC] = {"kernel", "metric", "kernel_metric"},
        [DOCTOR_TIMEOUT] = {"timers", "timeout", "timeout"},
        [DOCTOR_ACCEPT_DEFAULT] = {"default-route", "accept", "accept_default"},
    };
    if (d->openwrt)
        doctor_mend(f, "uci set ripngd.main.%s=%s; uci commit ripngd; /etc/init.d/ripngd reload",
                    settings[setting].uci, value);
    else
        doctor_mend(f, "set `%s { %s = %s }` in ripngd.conf, then: ripngctl reload",
                    settings[setting].section, settings[setting].key, value);
}

void doctor_unseen(struct doctor *d, const char *format, ...)
{
    va_list args;
    char *text = doctor_list_add(&d->unseen, DOCTOR_TEXT);
    if (!text) {
        d->no_memory = true;
        return;
    }
    va_start(args, format);
    vsnprintf(text, DOCTOR_TEXT, format, args);
    va_end(args);
}

const char *doctor_word(const char *name, char *text)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-:@%+/";
    if (*name && name[strspn(name, plain)] == '\0')
        return strcpy(text, name);
    char *to = text;
    *to++ = '\'';
    for (; *name; name++) {
        if (*name == '\'') {
            memcpy(to, "'\\''", 4);
            to += 4;
        } else {
            *to++ = *name;
        }
    }
    memcpy(to, "'", 2);
    return text;
}

const char *doctor_quoted(const char *name, char *text)
{
    char quoted[DOCTOR_NAME + 2];
    snprintf(quoted, sizeof quoted, "\"%s\"", name);
    return doctor_word(quoted, text);
}

/* --- facts -------------------------------------------------------------- */

const struct doctor_link *doctor_link_at(const struct doctor *d, uint32_t ifindex)
{
    const struct doctor_link *l = d->links.items;
    for (size_t i = 0; i < d->links.n; i++)
        if (l[i].ifindex == ifindex)
            return &l[i];
    return NULL;
}

const struct doctor_link *doctor_link_named(const struct doctor *d, const char *name)
{
    const struct doctor_link *l = d->links.items;
    for (size_t i = 0; i < d->links.n; i++)
        if (strcmp(l[i].name, name) == 0)
            return &l[i];
    return NULL;
}

const char *doctor_link_name(const struct doctor *d, uint32_t ifindex)
{
    const struct doctor_link *l = doctor_link_at(d, ifindex);
    return l ? l->name : "?";
}

bool doctor_link_plain(const struct doctor *d, const struct doctor_link *l)
{
    const struct doctor_link *master = l->master ? doctor_link_at(d, l->master) : NULL;
    return (l->flags & IFF_UP) && !(l->flags & IFF_LOOPBACK) && !l->vrf && (!master || master->vrf);
}

bool doctor_heard_lately(const struct doctor *d, const char *interface, const struct in6_addr *address)
{
    const struct doctor_peer *p = d->daemon.peers.items;
    for (size_t i = 0; i < d->daemon.peers.n; i++)
        if (strcmp(p[i].interface, interface) == 0 &&
            (!address || ripng_addr_equal(&p[i].address, address)) && p[i].seen >= 0 &&
            p[i].seen < d->daemon.update * 1.5)
            return true;
    return false;
}

void doctor_clear(struct doctor *d)
{
    struct doctor_list *const lists[] = {
        &d->daemon.ifaces, &d->daemon.peers, &d->daemon.routes, &d->daemon.behind, &d->links,    &d->addrs,
        &d->kroutes,       &d->neighs,       &d->holders,       &d->answers,       &d->findings, &d->unseen,
    };
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        free(lists[i]->items);
    firewall_clear(&d->firewall);
    free(d->firewall_text);
    *d = (struct doctor){0};
}

/* --- printing ------------------------------------------------------------ */

/* No control characters for anybody's terminal; what is not ASCII is an interface's name. */
static char print_char(char c)
{
    return c < ' ' || c > '~' ? '?' : c;
}

static void print_field(const char *name, const char *value, bool first, FILE *out)
{
    fprintf(out, "%s\"%s\":", first ? "{" : ",", name);
    if (!value) {
        fputs("null", out);
        return;
    }
    fputc('"', out);
    for (; *value; value++) {
        if (*value == '"' || *value == '\\')
            fputc('\\', out);
        fputc(print_char(*value), out);
    }
    fputc('"', out);
}

static const char *severity_name(enum doctor_severity s)
{
    return s == DOCTOR_ERROR ? "error" : "warning";
}

static void print_json(const struct doctor *d, FILE *out)
{
    const struct doctor_finding *f = d->findings.items;
    fputc('[', out);
    for (size_t i = 0; i < d->findings.n; i++, f++) {
        fputs(i ? ",\n " : "", out);
        print_field("check", f->check, true, out);
        print_field("severity", severity_name(f->severity), false, out);
        print_field("interface", f->interface[0] ? f->interface : NULL, false, out);
        print_field("finding", f->finding, false, out);
        print_field("mend", f->mend, false, out);
        fputc('}', out);
    }
    fputs("]\n", out);
}

/* A sentence may go on in the next line; what mends it stays one, for it is pasted. */
static void print_finding(const struct doctor_finding *f, const struct screen *screen)
{
    char text[DOCTOR_NAME + DOCTOR_TEXT + 4], mend[DOCTOR_TEXT];
    const char *severity = severity_name(f->severity);
    size_t n = 0;
    snprintf(text, sizeof text, ": %s%s%s", f->interface, f->interface[0] ? ": " : "", f->finding);
    for (char *c = text; *c; c++)
        *c = print_char(*c);
    for (; f->mend[n]; n++)
        mend[n] = print_char(f->mend[n]);
    screen_text(screen, f->severity == DOCTOR_ERROR ? SCREEN_BAD : SCREEN_DOUBT, severity, strlen(severity));
    screen_sentence(screen, SCREEN_PLAIN, text, strlen(severity), DOCTOR_INDENT / 2);
    fputc('\n', screen->out);
    screen_blanks(screen, DOCTOR_INDENT);
    screen_text(screen, SCREEN_BOLD, mend, n);
    fputc('\n', screen->out);
}

void doctor_print(const struct doctor *d, bool json, struct screen screen)
{
    static const char nothing[] = "nothing found";
    const struct doctor_finding *f = d->findings.items;
    if (json) {
        print_json(d, screen.out);
        return;
    }
    if (!d->findings.n) {
        screen_text(&screen, SCREEN_GOOD, nothing, sizeof nothing - 1);
        fputc('\n', screen.out);
    }
    for (size_t i = 0; i < d->findings.n; i++)
        print_finding(&f[i], &screen);
}
