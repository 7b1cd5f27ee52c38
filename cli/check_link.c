/*
 * Checks: the interfaces, one by one, and the kernel's IPv6 switches.
 *
 * Called by cmd_doctor.c. An interface that is down, unplugged or of no use to RIPng
 * is none of our business unless the configuration names it.
 */
#include "doctor.h"

#include <linux/if_addr.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <string.h>

#define MODE_NONE 1 /* addr_gen_mode: no link-local address by itself */

static const struct doctor_iface *iface_of(const struct doctor *d, const struct doctor_link *l)
{
    const struct doctor_iface *i = d->daemon.ifaces.items;
    for (size_t k = 0; k < d->daemon.ifaces.n; k++)
        if (strcmp(i[k].name, l->name) == 0)
            return &i[k];
    return NULL;
}

/* Is RIPng meant to run there? Without a daemon to ask: where it would without a configuration. */
static bool wanted(const struct doctor *d, const struct doctor_link *l)
{
    if (d->daemon.known)
        return iface_of(d, l) != NULL;
    return doctor_link_plain(d, l) && (l->flags & IFF_MULTICAST) && l->type == ARPHRD_ETHER;
}

static bool named(const struct doctor *d, const struct doctor_link *l)
{
    const struct doctor_iface *i = iface_of(d, l);
    return i && strcmp(i->section, l->name) == 0;
}

static bool running(const struct doctor_link *l)
{
    return (l->flags & IFF_UP) && l->carrier;
}

/* A name with a dot in it would be two in sysctl's own way to write it; slashes always do. */
static void mend_sysctl(struct doctor_finding *f, const char *link, const char *key, int value)
{
    char word[DOCTOR_WORD];
    if (link[strcspn(link, "./'")] == '\0')
        doctor_mend(f, "sysctl -w net.ipv6.conf.%s.%s=%d", doctor_word(link, word), key, value);
    else
        doctor_mend(f, "echo %d > /proc/sys/net/ipv6/conf/%s/%s", value, doctor_word(link, word), key);
}

void check_forwarding(struct doctor *d, const char *check)
{
    const struct doctor_link *l = d->links.items;
    unsigned n = 0;
    for (size_t i = 0; i < d->links.n; i++)
        n += wanted(d, &l[i]) && running(&l[i]);
    if (n < 2)
        return; /* there is nothing to forward from and to: it only listens */
    if (d->forwarding == 0) {
        struct doctor_finding *f = doctor_find(d, check, DOCTOR_ERROR, NULL);
        doctor_say(f, "this machine does not forward IPv6 packets, so it is no router");
        doctor_mend(f, "sysctl -w net.ipv6.conf.all.forwarding=1");
        return;
    }
    for (size_t i = 0; d->forwarding > 0 && i < d->links.n; i++) {
        if (l[i].forwarding != 0 || !wanted(d, &l[i]) || !running(&l[i]))
            continue;
        struct doctor_finding *f = doctor_find(d, check, DOCTOR_WARNING, l[i].name);
        doctor_say(f,
                   "forwarding is off here: the kernel denies to be a router, and hosts drop their default "
                   "route through it");
        mend_sysctl(f, l[i].name, "forwarding", 1);
    }
}

void check_ipv6(struct doctor *d, const char *check)
{
    const struct doctor_link *l = d->links.items;
    for (size_t i = 0; i < d->links.n; i++) {
        if (l[i].disable_ipv6 != 1 || !wanted(d, &l[i]) || !(l[i].flags & IFF_UP))
            continue;
        struct doctor_finding *f =
            doctor_find(d, check, named(d, &l[i]) ? DOCTOR_ERROR : DOCTOR_WARNING, l[i].name);
        doctor_say(f, "IPv6 is switched off here, so RIPng can't run");
        mend_sysctl(f, l[i].name, "disable_ipv6", 0);
    }
}

void check_link(struct doctor *d, const char *check)
{
    const struct doctor_link *l = d->links.items;
    for (size_t i = 0; i < d->links.n; i++) {
        char word[DOCTOR_WORD];
        if (!named(d, &l[i]) || running(&l[i]))
            continue;
        struct doctor_finding *f = doctor_find(d, check, DOCTOR_WARNING, l[i].name);
        if (l[i].flags & IFF_UP) {
            doctor_say(f, "the configuration names it, but it has no carrier");
            doctor_mend(f, "check the cable and the machine at its other end: ip link show dev %s",
                        doctor_word(l[i].name, word));
        } else {
            doctor_say(f, "the configuration names it, but it is down");
            doctor_mend(f, "ip link set dev %s up", doctor_word(l[i].name, word));
        }
    }
}

/* --- link-local addresses --------------------------------------------------- */

/* What the kernel would have made of the hardware address (RFC 4291, appendix A). */
static struct in6_addr from_mac(const uint8_t mac[6])
{
    return (struct in6_addr){
        {{0xfe, 0x80, [8] = mac[0] ^ 2, mac[1], mac[2], 0xff, 0xfe, mac[3], mac[4], mac[5]}}};
}

static void no_address(struct doctor *d, const char *check, const struct doctor_link *l)
{
    char word[DOCTOR_WORD], text[RIPNG_ADDR_TEXT];
    struct in6_addr a = from_mac(l->mac);
    struct doctor_finding *f = doctor_find(d, check, DOCTOR_ERROR, l->name);
    if (l->mode == MODE_NONE) {
        doctor_say(f, "no link-local address, because the kernel is told to make none (addrgenmode none)");
        mend_sysctl(f, l->name, "addr_gen_mode", 0);
    } else {
        doctor_say(f, "no link-local address, so RIPng can't run");
        doctor_mend(f, "ip -6 addr add %s/64 dev %s", ripng_addr_text(&a, text), doctor_word(l->name, word));
    }
}

static void bad_address(struct doctor *d, const char *check, const struct doctor_link *l,
                        const struct doctor_addr *a)
{
    char word[DOCTOR_WORD], text[RIPNG_ADDR_TEXT], other[RIPNG_ADDR_TEXT];
    struct in6_addr new = a->addr;
    struct doctor_finding *f = doctor_find(d, check, DOCTOR_ERROR, l->name);
    doctor_word(l->name, word);
    ripng_addr_text(&a->addr, text);
    new.s6_addr[15] ^= 0x55;
    if (a->flags & IFA_F_DADFAILED) {
        doctor_say(f, "another machine on this link has the link-local address %s, too", text);
        doctor_mend(f, "ip -6 addr del %s/64 dev %s; ip -6 addr add %s/64 dev %s", text, word,
                    ripng_addr_text(&new, other), word);
    } else {
        doctor_say(f, "the link-local address %s is still tentative: looking for duplicates does not end",
                   text);
        doctor_mend(f, "ip -6 addr del %s/64 dev %s; ip -6 addr add %s/64 dev %s nodad", text, word, text,
                    word);
    }
}

void check_link_local(struct doctor *d, const char *check)
{
    const struct doctor_link *l = d->links.items;
    const struct doctor_addr *a = d->addrs.items;
    for (size_t i = 0; i < d->links.n; i++) {
        const struct doctor_addr *bad = NULL;
        bool usable = false;
        if (!wanted(d, &l[i]) || !running(&l[i]) || l[i].disable_ipv6 == 1 || !(l[i].flags & IFF_MULTICAST))
            continue;
        for (size_t k = 0; k < d->addrs.n; k++) {
            if (a[k].ifindex != l[i].ifindex || !ripng_addr_is_linklocal(&a[k].addr))
                continue;
            if (a[k].flags & (IFA_F_DADFAILED | IFA_F_TENTATIVE))
                bad = &a[k];
            else
                usable = true;
        }
        if (!usable && bad)
            bad_address(d, check, &l[i], bad);
        else if (!usable)
            no_address(d, check, &l[i]);
    }
}

/* --- multicast --------------------------------------------------------------- */

/* Tunnels are often without it by their nature; of an Ethernet somebody has switched it off. */
void check_multicast(struct doctor *d, const char *check)
{
    const struct doctor_link *l = d->links.items;
    const struct doctor_iface *known = d->daemon.ifaces.items;
    bool all = true; /* no interface section: RIPng is meant to run on all of them */
    for (size_t i = 0; i < d->daemon.ifaces.n; i++)
        all &= known[i].section[0] == '\0';
    for (size_t i = 0; d->daemon.known && i < d->links.n; i++) {
        char word[DOCTOR_WORD];
        bool meant = named(d, &l[i]) || (all && doctor_link_plain(d, &l[i]) && l[i].type == ARPHRD_ETHER);
        if ((l[i].flags & IFF_MULTICAST) || !meant || !running(&l[i]))
            continue;
        struct doctor_finding *f = doctor_find(d, check, DOCTOR_ERROR, l[i].name);
        doctor_say(f, "multicast is switched off here, so RIPng can't run");
        doctor_mend(f, "ip link set dev %s multicast on", doctor_word(l[i].name, word));
    }
}

/*
 * Linux' own bridge floods where no querier is seen, ff02::9 included
 * (br_multicast_querier_exists): nothing is lost. A switch chip below it keeps to the
 * groups it was told, whose members are forgotten when nobody asks for them.
 */
void check_snooping(struct doctor *d, const char *check)
{
    const struct doctor_link *l = d->links.items;
    for (size_t i = 0; i < d->links.n; i++) {
        char word[DOCTOR_WORD];
        bool chip = false;
        for (size_t k = 0; k < d->links.n; k++)
            chip |= l[k].master == l[i].ifindex && l[k].switch_chip;
        if (!l[i].bridge || !l[i].snooping || l[i].querier || l[i].other_querier || !chip ||
            !wanted(d, &l[i]) || !running(&l[i]))
            continue;
        struct doctor_finding *f = doctor_find(d, check, DOCTOR_WARNING, l[i].name);
        doctor_say(f,
                   "multicast snooping without a querier on a switch chip: RIPng is probably not passed on");
        doctor_mend(f, "echo 1 > /sys/class/net/%s/bridge/multicast_querier", doctor_word(l[i].name, word));
    }
}

/* --- router advertisements ------------------------------------------------------ */

static bool has_default(const struct doctor *d)
{
    const struct doctor_kroute *k = d->kroutes.items;
    for (size_t i = 0; i < d->kroutes.n; i++)
        if (k[i].prefix.len == 0 && !k[i].discard)
            return true;
    return false;
}

/* An address of its own: of a LAN, or from an advertisement that was taken. */
static bool has_global(const struct doctor *d, uint32_t ifindex)
{
    const struct doctor_addr *a = d->addrs.items;
    for (size_t i = 0; i < d->addrs.n; i++)
        if (a[i].ifindex == ifindex && !ripng_addr_is_linklocal(&a[i].addr))
            return true;
    return false;
}

static bool has_router(const struct doctor *d, uint32_t ifindex)
{
    const struct doctor_neigh *n = d->neighs.items;
    for (size_t i = 0; i < d->neighs.n; i++)
        if (n[i].ifindex == ifindex && n[i].router)
            return true;
    return false;
}

/* accept_ra = 1 on a router means no. That is as it should be, but where an uplink is lost by it. */
void check_accept_ra(struct doctor *d, const char *check)
{
    const struct doctor_link *l = d->links.items;
    for (size_t i = 0; !has_default(d) && i < d->links.n; i++) {
        if (!doctor_link_plain(d, &l[i]) || l[i].forwarding != 1 || l[i].accept_ra != 1 ||
            !l[i].advertisements || has_global(d, l[i].ifindex) || !has_router(d, l[i].ifindex))
            continue;
        struct doctor_finding *f = doctor_find(d, check, DOCTOR_WARNING, l[i].name);
        doctor_say(f,
                   "a router advertises itself here, but is ignored (accept_ra is 1, and forwarding on), and "
                   "there is no default route");
        mend_sysctl(f, l[i].name, "accept_ra", 2);
    }
}
