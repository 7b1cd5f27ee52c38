/*
 * Checks: does the firewall let RIPng in, and what it is for through?
 *
 * Called by cmd_doctor.c. A firewall that drops RIPng is right towards an Internet
 * provider or guests, so a rule alone is no finding: somebody who would be heard
 * must be there, too.
 */
#include "doctor.h"

#include <string.h>

#define SETTLED_S 3 /* after so long a running neighbour has answered the daemon's first question */

/* Somewhere no rule is for in particular: a port that would be opened for itself is no way through. */
#define ANY_PORT 40000

static const struct ripng_prefix everywhere = {{{{0}}}, 0}, link_local = {{{{0xfe, 0x80}}}, 64},
                                 group = {{{{0xff, 0x02, [15] = 9}}}, 128};

static const struct doctor_answer *answer_on(const struct doctor *d, uint32_t ifindex)
{
    const struct doctor_answer *a = d->answers.items;
    for (size_t i = 0; i < d->answers.n; i++)
        if (a[i].ifindex == ifindex)
            return &a[i];
    return NULL;
}

static bool is_gateway(const struct doctor *d, const struct doctor_neigh *n)
{
    const struct doctor_kroute *k = d->kroutes.items;
    for (size_t i = 0; i < d->kroutes.n; i++)
        if (k[i].prefix.len == 0 && k[i].ifindex == n->ifindex && ripng_addr_equal(&k[i].gateway, &n->addr))
            return true;
    return false;
}

/* A router that the kernel knows and the daemon does not hear; one that leads to the Internet need not speak.
 */
static const struct doctor_neigh *router_on(const struct doctor *d, uint32_t ifindex)
{
    const struct doctor_neigh *n = d->neighs.items;
    for (size_t i = 0; i < d->neighs.n; i++)
        if (n[i].ifindex == ifindex && n[i].router && !is_gateway(d, &n[i]))
            return &n[i];
    return NULL;
}

static bool input_drops(const struct doctor *d, const char *link, struct firewall_answer *a)
{
    struct firewall_packet p = {
        .hook = "input",
        .iif = link,
        .saddr = link_local,
        .daddr = group,
        .l4proto = "udp",
        .sport = 521,
        .dport = 521,
    };
    if (d->firewall_read)
        firewall_judge(&d->firewall, &p, a);
    return d->firewall_read && a->drops;
}

static const char *where(const struct firewall_answer *a, char text[200])
{
    snprintf(text, 200, "%s of chain %s, table %s %s", a->policy ? "the policy" : "a rule", a->chain,
             a->family, a->table);
    return text;
}

/* A chain of ip6tables' own table, `filter`. */
static bool is_of_ip6tables(const struct firewall_answer *a, const char *chain)
{
    return strcmp(a->family, "ip6") == 0 && strcmp(a->table, "filter") == 0 && strcmp(a->chain, chain) == 0;
}

/* The way of whoever made these rules: what is put between them by hand is gone after a reload. */
static void mend_input(const struct doctor *d, const struct firewall_answer *a, struct doctor_finding *f)
{
    if (strcmp(a->table, "fw4") == 0)
        doctor_mend(f,
                    "uci add firewall rule; for i in name=Allow-RIPng src=%s family=ipv6 proto=udp "
                    "src_ip=fe80::/10 dest_port=521 target=ACCEPT; do uci set firewall.@rule[-1].$i; done; "
                    "uci commit firewall; fw4 reload",
                    a->zone[0] ? a->zone : "'*'");
    else if (strcmp(a->table, "firewalld") == 0)
        doctor_mend(f, "firewall-cmd --permanent --add-rich-rule='rule family=ipv6 source address=fe80::/10 "
                       "port port=521 protocol=udp accept' && firewall-cmd --reload");
    else if (firewall_has_chain_like(&d->firewall, "ufw6-"))
        doctor_mend(f, "ufw allow proto udp from fe80::/10 to any port 521");
    else if (is_of_ip6tables(a, "INPUT"))
        doctor_mend(f, "ip6tables -I INPUT -s fe80::/10 -p udp --dport 521 -j ACCEPT");
    else
        doctor_mend(f, "nft insert rule %s %s %s ip6 saddr fe80::/10 udp dport 521 accept", a->family,
                    a->table, a->chain);
}

void check_input(struct doctor *d, const char *check)
{
    const struct doctor_iface *i = d->daemon.ifaces.items;
    for (size_t k = 0; k < d->daemon.ifaces.n; k++) {
        struct firewall_answer a;
        char address[RIPNG_ADDR_TEXT], place[200];
        const struct doctor_link *l = doctor_link_named(d, i[k].name);
        if (!i[k].up || !l || doctor_heard_lately(d, l->name, NULL) || !input_drops(d, l->name, &a))
            continue;
        const struct doctor_answer *speaker = answer_on(d, l->ifindex);
        const struct doctor_neigh *router = router_on(d, l->ifindex);
        if (!speaker && !router)
            continue;
        struct doctor_finding *f = doctor_find(d, check, speaker ? DOCTOR_ERROR : DOCTOR_WARNING, l->name);
        ripng_addr_text(speaker ? &speaker->address : &router->addr, address);
        doctor_say(f, "%s %s, but the firewall %sdrops RIPng (UDP port 521): %s", address,
                   speaker ? "speaks RIPng" : "is a router", a.sure ? "" : "probably ", where(&a, place));
        mend_input(d, &a, f);
    }
}

/* Where the rules can't be read, or seem to be all right: what is asked for comes, what comes by itself does
 * not. */
void check_silent(struct doctor *d, const char *check)
{
    const struct doctor_answer *a = d->answers.items;
    for (size_t k = 0; k < d->answers.n; k++) {
        struct firewall_answer rules;
        char address[RIPNG_ADDR_TEXT];
        const char *link = doctor_link_name(d, a[k].ifindex);
        const struct doctor_iface *i = d->daemon.ifaces.items;
        bool deaf = false;
        for (size_t n = 0; n < d->daemon.ifaces.n; n++)
            deaf |= strcmp(i[n].name, link) == 0 && i[n].rx_packets == 0;
        if (!deaf || d->daemon.uptime < SETTLED_S || input_drops(d, link, &rules))
            continue;
        struct doctor_finding *f = doctor_find(d, check, DOCTOR_WARNING, link);
        doctor_say(
            f,
            "%s answers RIPng when asked, but ripngd hears nothing here: probably a firewall drops UDP "
            "port 521",
            ripng_addr_text(&a[k].address, address));
        doctor_mend(f, d->firewall_read ? "look at the firewalls of both: nft list ruleset"
                                        : "let root look at the rules: sudo ripngctl doctor");
    }
}

/* --- forwarding ----------------------------------------------------------------- */

/* Networks on an interface: one that is behind it, or one of our own there. */
static bool network_on(const struct doctor *d, const char *link, struct ripng_prefix *p)
{
    const struct doctor_list *const lists[] = {&d->daemon.behind, &d->daemon.routes};
    for (size_t k = 0; k < 2; k++) {
        const struct doctor_route *r = lists[k]->items;
        for (size_t i = 0; i < lists[k]->n; i++) {
            if (strcmp(r[i].interface, link) != 0 || r[i].prefix.len == 0)
                continue;
            *p = r[i].prefix;
            return true;
        }
    }
    return false;
}

static bool leads_to_routers(const struct doctor *d, const struct doctor_link *l, struct ripng_prefix *p)
{
    const struct doctor_route *r = d->daemon.behind.items;
    *p = everywhere;
    for (size_t i = 0; i < d->daemon.behind.n; i++) {
        if (strcmp(r[i].interface, l->name) == 0) {
            *p = r[i].prefix;
            return true;
        }
    }
    return answer_on(d, l->ifindex) != NULL;
}

/* Is everything from this interface to our other networks dropped? `a` and `to`: the first that is. */
static bool is_shut(const struct doctor *d, const struct doctor_link *from, const struct ripng_prefix *behind,
                    struct firewall_answer *a, const char **to)
{
    const struct doctor_link *l = d->links.items;
    *to = NULL;
    for (size_t i = 0; i < d->links.n; i++) {
        struct firewall_answer here;
        struct firewall_packet p = {
            .hook = "forward",
            .iif = from->name,
            .oif = l[i].name,
            .saddr = *behind,
            .l4proto = "tcp",
            .sport = ANY_PORT,
            .dport = ANY_PORT,
        };
        if (&l[i] == from || !doctor_link_plain(d, &l[i]) || !network_on(d, l[i].name, &p.daddr))
            continue;
        firewall_judge(&d->firewall, &p, &here);
        if (!here.drops)
            return false;
        if (!*to) {
            *a = here;
            *to = l[i].name;
        }
    }
    return *to != NULL;
}

static void mend_forward(const struct doctor *d, const struct firewall_answer *a, const char *from,
                         const char *to, struct doctor_finding *f)
{
    char one[DOCTOR_WORD], two[DOCTOR_WORD];
    doctor_word(from, one);
    doctor_word(to, two);
    if (strcmp(a->table, "fw4") == 0 && a->zone[0])
        doctor_mend(f,
                    "uci add firewall forwarding; uci set firewall.@forwarding[-1].src=%s; uci set "
                    "firewall.@forwarding[-1].dest=lan; uci commit firewall; fw4 reload",
                    a->zone);
    else if (firewall_has_chain_like(&d->firewall, "ufw6-"))
        doctor_mend(f, "ufw route allow in on %s out on %s", one, two);
    else if (is_of_ip6tables(a, "FORWARD"))
        doctor_mend(f, "ip6tables -I FORWARD -i %s -o %s -j ACCEPT", one, two);
    else if (a->early)
        doctor_mend(f, "nft insert rule %s %s %s iifname %s accept", a->family, a->table, a->chain,
                    doctor_quoted(from, one));
    else
        doctor_mend(f, "nft insert rule %s %s %s iifname %s oifname %s accept", a->family, a->table, a->chain,
                    doctor_quoted(from, one), doctor_quoted(to, two));
}

/* The home's other networks are behind some interface; nothing that begins there gets to ours. */
void check_forward(struct doctor *d, const char *check)
{
    const struct doctor_link *l = d->links.items;
    for (size_t i = 0; d->firewall_read && i < d->links.n; i++) {
        struct firewall_answer a;
        struct ripng_prefix behind;
        const char *to;
        char place[200];
        if (!doctor_link_plain(d, &l[i]) || !leads_to_routers(d, &l[i], &behind) ||
            !is_shut(d, &l[i], &behind, &a, &to))
            continue;
        struct doctor_finding *f = doctor_find(d, check, DOCTOR_ERROR, l[i].name);
        doctor_say(f,
                   "the firewall %sdrops what the routers here send to the networks of this one, as %s: %s",
                   a.sure ? "" : "probably ", to, where(&a, place));
        mend_forward(d, &a, l[i].name, to, f);
    }
}
