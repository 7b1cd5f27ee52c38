/*
 * ripngctl doctor: what it knows of this machine, and what it holds against it.
 *
 * struct doctor is filled by the probes, which only read (doctor_daemon.c asks
 * ripngd, doctor_kernel.c the kernel by netlink and /proc/sys, doctor_proc.c the
 * processes, doctor_nft.c the firewall, doctor_query.c the routers on the links),
 * and then read by the checks (check_*.c), which touch nothing but the struct, so
 * that the unit tests can lay out any machine in it. cmd_doctor.c is the table of
 * both.
 */
#ifndef CLI_DOCTOR_H
#define CLI_DOCTOR_H

#include "firewall.h"
#include "prefix.h"
#include "screen.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#define DOCTOR_NAME 16    /* of an interface, IFNAMSIZ */
#define DOCTOR_PROCESS 16 /* of a process, TASK_COMM_LEN */
#define DOCTOR_PATTERN 32 /* of an interface section */
#define DOCTOR_TEXT 400   /* a finding or a mend: a sentence or a command line */
#define DOCTOR_QUERIES 64 /* routers that are asked, at most: a home has a few */

/* An array that grows; `items` is of the type its user says. */
struct doctor_list {
    void *items;
    size_t n, room;
};
/* A new item, zeroed; NULL: no memory. */
void *doctor_list_add(struct doctor_list *l, size_t item_size);

/* --- findings ----------------------------------------------------------- */

enum doctor_severity {
    DOCTOR_WARNING, /* probably not what is wanted */
    DOCTOR_ERROR,   /* RIPng, or what it is for, does not work */
};

struct doctor_finding {
    const char *check;
    enum doctor_severity severity;
    char interface[DOCTOR_NAME]; /* "": of the machine */
    char finding[DOCTOR_TEXT];
    char mend[DOCTOR_TEXT];
};

/* --- facts -------------------------------------------------------------- */

struct doctor_link {
    uint32_t ifindex, master; /* master: bridge or bond, 0: none */
    char name[DOCTOR_NAME];
    unsigned flags; /* IFF_* */
    unsigned type;  /* ARPHRD_* */
    bool carrier;
    bool vrf; /* is one */
    bool bridge, snooping, querier, other_querier;
    bool switch_chip;                              /* its packets are switched in hardware */
    uint8_t mac[6];                                /* of an Ethernet link */
    int disable_ipv6, forwarding, accept_ra, mode; /* sysctls, `mode` is addr_gen_mode; -1: not known */
    uint64_t advertisements;                       /* router advertisements received */
};

struct doctor_addr {
    uint32_t ifindex;
    struct in6_addr addr;
    unsigned len;
    uint32_t flags; /* IFA_F_* */
    bool from_ra;   /* by the kernel from a router advertisement */
    bool finite;    /* its lifetime ends some day */
};

/* Only those that tell something: on-link, discard and default routes, and what has our metric. */
struct doctor_kroute {
    struct ripng_prefix prefix;
    struct in6_addr gateway; /* ::: none */
    uint32_t ifindex, table, metric;
    uint8_t protocol, source_len;
    bool discard;
};

struct doctor_neigh { /* of the kernel's neighbour table, link-local ones */
    uint32_t ifindex;
    struct in6_addr addr;
    bool router;
};

struct doctor_iface { /* show interface */
    char name[DOCTOR_NAME];
    char section[DOCTOR_PATTERN]; /* of the configuration; "": there are none */
    bool up, passive;
    uint64_t rx_packets, tx_packets;
};

struct doctor_peer { /* show neigh */
    char interface[DOCTOR_NAME];
    struct in6_addr address;
    double seen, interval; /* seconds; -1: not known */
};

struct doctor_route { /* show route: own ones, learned defaults, and learned ones that are not installed */
    struct ripng_prefix prefix;
    struct in6_addr nexthop;
    char interface[DOCTOR_NAME];
    bool learned, installed;
};

struct doctor_daemon {
    int error;  /* 0: it answers; else errno of connecting, EPROTO: another program */
    bool known; /* all its answers were understood */
    long pid;
    double uptime, update, timeout; /* seconds */
    uint32_t table, metric;         /* of its kernel routes */
    uint8_t protocol;
    bool shares_connected;
    bool refuses_defaults; /* default-route { accept = false }, and some were announced */
    struct doctor_list ifaces, peers, routes;
    struct doctor_list behind; /* struct doctor_route: a learned prefix for each interface */
    uint64_t learned;
};

struct doctor_holder { /* of UDP port 521, or a process called ripngd */
    long pid;          /* 0: not known */
    char name[DOCTOR_PROCESS];
    bool port;        /* has the port */
    bool frr;         /* of FRR, whose RIPng is called ripngd, too */
    char socket[108]; /* the control socket it listens on; "" */
};

struct doctor_answer { /* a router that answered when asked by RIPng itself */
    uint32_t ifindex;
    struct in6_addr address;
};

struct doctor {
    const char *socket; /* path */
    bool root, openwrt, systemd;
    int forwarding; /* net.ipv6.conf.all.forwarding; -1: not known */
    struct doctor_daemon daemon;
    struct doctor_list links, addrs, kroutes, neighs, holders, answers;
    bool firewall_read;
    char *firewall_text;
    struct firewall firewall; /* points into it */
    struct doctor_list findings;
    struct doctor_list unseen; /* char[DOCTOR_TEXT]: what could not be looked at, and why */
    bool no_memory;
    struct doctor_finding lost; /* where there was none */
};

/* --- doctor.c: reading the facts, noting findings ------------------------ */

/* Never NULL; without memory it is a place whose contents are lost, and `no_memory` is set. */
struct doctor_finding *doctor_find(struct doctor *d, const char *check, enum doctor_severity severity,
                                   const char *interface);
__attribute__((format(printf, 2, 3))) void doctor_say(struct doctor_finding *f, const char *format, ...);
__attribute__((format(printf, 2, 3))) void doctor_mend(struct doctor_finding *f, const char *format, ...);
__attribute__((format(printf, 2, 3))) void doctor_unseen(struct doctor *d, const char *format, ...);

/* A setting of ripngd.conf, and how to change it: on OpenWrt that file is made from UCI's. */
enum doctor_setting { DOCTOR_KERNEL_METRIC, DOCTOR_TIMEOUT, DOCTOR_ACCEPT_DEFAULT };
void doctor_mend_setting(const struct doctor *d, struct doctor_finding *f, enum doctor_setting setting,
                         const char *value);

/* A name as one word of a shell's line: the kernel allows `a;b` as an interface. */
#define DOCTOR_WORD (4 * (DOCTOR_NAME + 2) + 3)
const char *doctor_word(const char *name, char *text);
/* The same between the quotes that nft wants where a name begins with a digit or is a word of its own. */
const char *doctor_quoted(const char *name, char *text);

const struct doctor_link *doctor_link_at(const struct doctor *d, uint32_t ifindex);
const struct doctor_link *doctor_link_named(const struct doctor *d, const char *name);
/* The name, or "?". */
const char *doctor_link_name(const struct doctor *d, uint32_t ifindex);
/* Would RIPng run here by itself: up, no loopback, no port of a bridge or bond? */
bool doctor_link_plain(const struct doctor *d, const struct doctor_link *l);
/* Has the daemon got the last update of this router, or of anybody there (NULL)? */
bool doctor_heard_lately(const struct doctor *d, const char *interface, const struct in6_addr *address);
/* Findings to people or to a JSON array. */
void doctor_print(const struct doctor *d, bool json, struct screen screen);
void doctor_clear(struct doctor *d);

/* --- probes -------------------------------------------------------------- */

void doctor_ask_daemon(struct doctor *d);    /* doctor_daemon.c */
void doctor_read_kernel(struct doctor *d);   /* doctor_kernel.c; `daemon` is filled already */
void doctor_read_proc(struct doctor *d);     /* doctor_proc.c */
void doctor_read_firewall(struct doctor *d); /* doctor_nft.c */
void doctor_query(struct doctor *d);         /* doctor_query.c; all others went before */

/* --- checks -------------------------------------------------------------- */

typedef void doctor_check_fn(struct doctor *d, const char *check);
/* check_daemon.c */
doctor_check_fn check_daemon, check_port, check_timers;
/* check_link.c */
doctor_check_fn check_forwarding, check_ipv6, check_link, check_link_local, check_multicast, check_accept_ra,
    check_snooping;
/* check_route.c */
doctor_check_fn check_announced, check_aggregate, check_default_route, check_conflict;
/* check_firewall.c */
doctor_check_fn check_input, check_silent, check_forward;

#endif
