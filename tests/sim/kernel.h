/*
 * A fake kernel for each router: routes of ours and of others, netlink, group membership.
 *
 * It keeps what Linux would keep (a route goes with its interface, a replacement
 * finds its prefix and metric whoever's route is there), carries out changes at once
 * or late, refuses them, loses answers, and tells of what others changed through a
 * mailbox that can overflow. Ways of its messages follow daemon/netlink.c: answers
 * and events reach the engine in the order in which things happened, a dump begins
 * with the mailbox empty and is begun anew when the table changed under it.
 */
#ifndef SIM_KERNEL_H
#define SIM_KERNEL_H

#include "ripng.h"

struct world;
struct router;
struct port;
struct share;

struct kernel_route {
    uint32_t next; /* of the same prefix; index + 1, 0: none */
    uint32_t pid;
    uint32_t ifindex, metric;
    struct in6_addr gateway;
    unsigned n_hops; /* over 1: all are in `hops`, the first above, too */
    struct ripng_nexthop hops[RIPNG_NEXTHOPS_MAX];
    uint8_t protocol, type;
    int64_t since;
};

enum kmsg_kind {
    KMSG_LINK,
    KMSG_LINK_GONE,
    KMSG_ADDRESS,
    KMSG_ADDRESS_GONE,
    KMSG_ROUTE,
    KMSG_ROUTE_GONE,
    KMSG_NEIGH,
    KMSG_ANSWER,
    KMSG_LOST,
    KMSG_PART, /* of a dump is over */
};

struct kmsg {
    int64_t at;
    enum kmsg_kind kind;
    bool replaced, usable;
    uint32_t ifindex, id;
    int error;
    union {
        struct ripng_link link;
        struct in6_addr addr;
        struct ripng_kernel_route route;
    };
};

struct kernel {
    uint32_t *heads; /* by pid: index + 1 */
    struct kernel_route *routes;
    uint32_t n_routes, room, free; /* `free`: index + 1 */
    uint32_t n_own;                /* routes with a protocol of a RIPng daemon */
    uint64_t version;              /* rises with each change of the table */

    struct kmsg *box; /* a ring */
    size_t box_head, box_n, box_room;
    uint32_t box_generation;
    int64_t box_last; /* when the last message is due: their order stays */
    int64_t box_due;  /* when an event will look at the first */
    bool overrun;     /* events are being lost, not reported yet */

    struct ripng_change *queue; /* changes to be carried out, one batch */
    size_t queue_n, queue_room;
    int64_t queue_at; /* when the first of it was handed out */
    uint32_t queue_generation;
    bool queue_flying;

    enum {
        DUMP_NONE,
        DUMP_LINKS,
        DUMP_ADDRESSES,
        DUMP_ROUTES,
        DUMP_MORE_ROUTES,
        DUMP_AGAIN, /* from the start, as soon as the mailbox is empty */
        DUMP_LATER  /* the same, at dump_retry */
    } dump;
    uint64_t dump_version;
    uint32_t dump_pid; /* of the routes, those before it are told */
    bool dump_again;   /* it is worth nothing: the table changed, or events were lost */
    unsigned dump_restarts;
    int64_t dump_retry;

    /* Neighbours asked for: how often in a row while they would have answered. */
    struct asked {
        uint32_t ifindex;
        struct in6_addr addr;
        unsigned living;
    } * asked;
    size_t n_asked;

    /* faults */
    uint32_t refuse_ppm, lose_ack_ppm, drop_event_ppm, join_refuse_ppm, dump_fault_ppm;
    int64_t delay; /* of a batch, at most */
    int64_t lag;   /* of a message, at most */
};

void kernel_init(struct world *w, struct router *r);
void kernel_free(struct kernel *k);

/* --- what others do to it ------------------------------------------------ */

void kernel_share(struct world *w, struct router *r, const struct share *s, bool replace);
void kernel_unshare(struct world *w, struct router *r, const struct share *s);
/* Somebody deletes a route of ours; false: there is none. */
bool kernel_steal(struct world *w, struct router *r, uint32_t pid);
void kernel_port_changed(struct world *w, struct router *r, struct port *p);
void kernel_port_gone(struct world *w, struct router *r, struct port *p);
void kernel_address(struct world *w, struct router *r, struct port *p, const struct in6_addr *addr,
                    bool usable);
void kernel_address_gone(struct world *w, struct router *r, struct port *p, const struct in6_addr *addr);
/* Routes out of an interface that goes. */
void kernel_flush(struct world *w, struct router *r, uint32_t ifindex);
void kernel_reboot(struct world *w, struct router *r);
/* The administrator removes what an earlier run left under another protocol: nobody else would. */
void kernel_clean(struct world *w, struct router *r);
/* The daemon's sockets are gone, with all that was on its way. */
void kernel_forget_daemon(struct world *w, struct router *r);

/* --- what the driver does -------------------------------------------------- */

void kernel_change(struct world *w, struct router *r, const struct ripng_change *c);
void kernel_send(struct world *w, struct router *r); /* the batch */
/* A neighbour was asked, and now it is known whether it is there. Takes `p`. */
struct kernel_probe;
void kernel_probed(struct world *w, struct router *r, struct kernel_probe *p);
/* One is declared dead: was it there all the time that it was asked for? */
bool kernel_knows_better(struct world *w, const struct router *r, uint32_t ifindex,
                         const struct in6_addr *addr);
bool kernel_busy(const struct router *r); /* a batch is being carried out */
/* Hands what is due, or all of it, to the engine. */
void kernel_deliver(struct world *w, struct router *r, bool all);
void kernel_dump(struct world *w, struct router *r);
int64_t kernel_dump_due(const struct router *r); /* when one that failed is to be tried again */
void kernel_execute_due(struct world *w, struct router *r, uint32_t generation);
void kernel_message_due(struct world *w, struct router *r, uint32_t generation);
/* No message, change or dump is under way or owed. */
bool kernel_quiet(const struct router *r);

/* --- what checks read ------------------------------------------------------- */

static inline const struct kernel_route *kernel_first(const struct kernel *k, uint32_t pid)
{
    return k->heads[pid] ? &k->routes[k->heads[pid] - 1] : NULL;
}
static inline const struct kernel_route *kernel_next(const struct kernel *k, const struct kernel_route *e)
{
    return e->next ? &k->routes[e->next - 1] : NULL;
}
/* Protocols that our daemons use; whatever else is somebody else's. */
static inline bool kernel_own_protocol(uint8_t protocol)
{
    return protocol == 189 || protocol == 190;
}

#endif
