/*
 * What the engine's files offer each other; the structs that they share are in state.h.
 *
 * Only the files of lib/ and tests/unit see this.
 *
 * One way through the house:
 *
 *    engine.c --> input.c --> select.c --> fib.c      (kernel changes wait there)
 *       |         origin.c ---^  ^   \--> advert.c    (packets are made there)
 *       |         expire.c ------/
 *       \-> iface.c, neigh.c, table.c, hops.c: what all of them stand on
 */
#ifndef RIPNG_INTERNAL_H
#define RIPNG_INTERNAL_H

#include "state.h"

/* --- engine.c ---------------------------------------------------------------- */

uint64_t engine_random(struct ripng *r);
int64_t engine_random_between(struct ripng *r, int64_t low, int64_t high); /* both included */
/* Where settings changed: what waits does so no longer than it would under the new ones. */
static inline void engine_no_later(int64_t *due, int64_t latest)
{
    if (*due != NEVER && *due > latest)
        *due = latest;
}
/* A new event to fill in, already rate-limited; NULL: held back. */
struct ripng_event *engine_event(struct ripng *r, enum ripng_event_kind kind, uint32_t ifindex);
/* The same with its reason set: each reason has a rate of its own. */
struct ripng_event *engine_event_why(struct ripng *r, enum ripng_event_kind kind, uint32_t ifindex,
                                     enum ripng_reason why);
void engine_event_route(struct ripng *r, enum ripng_event_kind kind, const struct route *t,
                        const struct path *p, enum ripng_reason why);

/* --- table.c ----------------------------------------------------------------- */

uint32_t table_find(const struct ripng *r, const struct ripng_prefix *p);
uint32_t table_add(struct ripng *r, const struct ripng_prefix *p); /* found or new; 0: no memory */
void table_release(struct ripng *r, uint32_t route);               /* frees it if nothing holds it */
uint32_t table_path_from(const struct ripng *r, uint32_t route, uint16_t peer);
uint32_t table_add_path(struct ripng *r, uint32_t route, uint16_t peer); /* last; 0: no memory or too many */
void table_del_path(struct ripng *r, uint32_t path);                     /* off its lists; the route stays */
void table_set_gateway(struct ripng *r, struct path *p, uint16_t gateway);
void table_to_front(struct ripng *r, uint32_t path); /* becomes the chosen one */
/* To the end of the list of changes; each interface's position in it steps over or starts there. */
void table_changed(struct ripng *r, uint32_t route);
void table_clear(struct ripng *r);

void list_append(struct ripng *r, struct path_list *l, uint32_t path);
void list_remove(struct ripng *r, struct path_list *l, uint32_t path);

/* --- neigh.c ----------------------------------------------------------------- */

uint16_t neigh_find(const struct ripng *r, uint32_t ifindex, const struct in6_addr *addr);
uint16_t neigh_add(struct ripng *r, uint32_t ifindex, const struct in6_addr *addr); /* 0: no room */
/* The neighbour that sent a good response; 0 with the reason: limits.neighbors, or no memory. */
uint16_t neigh_heard(struct ripng *r, uint32_t ifindex, const struct in6_addr *addr, enum ripng_reason *why);
int64_t neigh_interval(const struct peer *p);          /* between its regular updates; -1: not known yet */
void neigh_release(struct ripng *r, uint16_t peer);    /* frees it if nothing holds it */
void neigh_named_dead(struct ripng *r, uint16_t peer); /* a next hop that was found dead, now or before */
void neigh_revive(struct ripng *r, uint16_t peer);     /* no longer taken for dead; may free it */
void neigh_expire(struct ripng *r);                    /* forgets silent neighbours without routes */
void neigh_lose_iface(struct ripng *r, uint32_t ifindex);
int64_t neigh_deadline(const struct ripng *r);

/* --- detect.c ---------------------------------------------------------------- */

void detect_heard(struct ripng *r, uint16_t peer);  /* it spoke RIPng */
void detect_used(struct ripng *r, uint16_t peer);   /* one more route in the kernel goes through it */
void detect_unused(struct ripng *r, uint16_t peer); /* one less */
void detect_neighbor(struct ripng *r, uint32_t ifindex, const struct in6_addr *addr, bool reachable);
void detect_tick(struct ripng *r);
bool detect_next_change(struct ripng *r, struct ripng_change *out);
void detect_answer(struct ripng *r, uint32_t peer, int error);
void detect_reconfigure(struct ripng *r);
int64_t detect_deadline(const struct ripng *r);

/* --- iface.c ----------------------------------------------------------------- */

struct iface *iface_find(const struct ripng *r, uint32_t ifindex);
bool iface_runs(const struct iface *i); /* active: packets are taken and sent */
/* What keeps RIPng from running there; RIPNG_WHY_NONE: nothing. */
enum ripng_reason iface_obstacle(const struct ripng *r, const struct iface *i);
bool iface_own_address(const struct iface *i, const struct in6_addr *addr);
/* The address to answer from, 2.4.1 and 2.5.2; false: none that would do. */
struct job;
bool iface_answer_source(const struct ripng *r, const struct iface *i, const struct job *job,
                         struct in6_addr *source);
bool iface_sent_elsewhere(const struct ripng *r, const struct iface *i, const struct ripng_packet *p);
bool iface_own_elsewhere(const struct ripng *r, const struct iface *i, const struct in6_addr *addr);
void iface_note_sent(struct ripng *r, struct iface *i, const void *data, size_t size);
bool iface_accepts(const struct iface *i, const struct in6_addr *addr); /* accept-from */
void iface_link(struct ripng *r, const struct ripng_link *l);
void iface_link_gone(struct ripng *r, uint32_t ifindex);
void iface_address(struct ripng *r, uint32_t ifindex, const struct in6_addr *addr, bool usable);
void iface_address_gone(struct ripng *r, uint32_t ifindex, const struct in6_addr *addr);
void iface_reconfigure(struct ripng *r, const struct ripng_config *old);
void iface_poison_sent(struct ripng *r, struct iface *i); /* a leaving one has said goodbye */
void iface_tick(struct ripng *r);
int64_t iface_deadline(const struct ripng *r);
bool iface_next_change(struct ripng *r, struct ripng_change *out);
void iface_answer(struct ripng *r, uint32_t ifindex, enum ripng_change_kind kind, int error);
void iface_unanswered(struct ripng *r, uint32_t ifindex, enum ripng_change_kind kind);
void iface_stale_all(struct ripng *r);
void iface_sweep(struct ripng *r);
void iface_stop(struct ripng *r);
bool iface_silent(const struct ripng *r); /* nothing left to say: for the stop */
void iface_clear(struct ripng *r);

/* --- input.c ----------------------------------------------------------------- */

void input_packet(struct ripng *r, const struct ripng_packet *p);
/* An interface has another cost or import filter: what was heard there is judged again. */
void input_judge_again(struct ripng *r, const struct iface *i);

/* --- reject.c ---------------------------------------------------------------- */

void reject_note(struct ripng *r, uint16_t peer, const struct ripng_rte *rte, enum ripng_reason why,
                 unsigned rule);
/* The entry behind `*cursor` that still says something; NULL: none. */
const struct reject *reject_next(const struct ripng *r, int64_t now, uint32_t *cursor);

/* --- select.c ---------------------------------------------------------------- */

/* What a neighbour said, and what the settings of the interface made of it. */
struct heard_rte {
    uint8_t said;   /* its own metric */
    uint8_t metric; /* under 16; cost included, filtered */
    uint16_t tag;
    bool retagged; /* `tag` is not what it said */
};
/* A path was heard with these values. */
void select_heard(struct ripng *r, uint32_t path, const struct heard_rte *h, uint16_t gateway);
/* It is worth that now, though it was not heard anew: other settings. */
void select_revised(struct ripng *r, uint32_t path, const struct heard_rte *h);
/* Has the route so many paths that another of this metric is not worth its place? Makes room if it is. */
bool select_crowded(struct ripng *r, uint32_t route, uint8_t metric);
/* The router's own path of a route is now this one... */
void select_local(struct ripng *r, uint32_t route, enum ripng_source source, uint8_t metric, uint16_t tag,
                  uint16_t gateway);
/* ... or none any more. */
void select_local_gone(struct ripng *r, uint32_t route, enum ripng_reason why);
/* A path ended: withdrawn, timed out, interface down... A path in garbage is left there. */
void select_lost(struct ripng *r, uint32_t path, enum ripng_reason why);
/* A route's time in garbage is over. */
void select_free(struct ripng *r, uint32_t route);
/* All learned paths of a route, or of an interface (heard on it or leading out of it), are lost. */
void select_lose_learned(struct ripng *r, uint32_t route, enum ripng_reason why);
void select_lose_gateway(struct ripng *r, uint16_t gateway); /* it is dead */
void select_lose_iface(struct ripng *r, uint32_t ifindex, enum ripng_reason why);
/* The next hops to be used: of the chosen path, which may be in garbage, and of its equals. */
void select_hops(const struct ripng *r, const struct route *t, struct hops *h);
/* Is one of them there? */
bool select_leads_out(const struct ripng *r, const struct route *t, uint32_t ifindex);
void select_reconfigure(struct ripng *r, const struct ripng_kernel_config *old);
void select_tick(struct ripng *r);
int64_t select_deadline(const struct ripng *r);
void select_init(struct ripng *r);

/* --- expire.c ---------------------------------------------------------------- */

/* A path's metric says which list it is on; call forget before it changes, enter after. */
void expire_forget(struct ripng *r, uint32_t path);
void expire_enter(struct ripng *r, uint32_t path); /* its time starts now */
void expire_tick(struct ripng *r);
int64_t expire_deadline(const struct ripng *r);

/* --- origin.c ---------------------------------------------------------------- */

void origin_kernel_route(struct ripng *r, const struct ripng_kernel_route *k, bool replaced);
void origin_kernel_route_gone(struct ripng *r, const struct ripng_kernel_route *k);
/* One that we installed under former settings is deleted. */
void origin_stray_gone(struct ripng *r, const struct ripng_prefix *p, const struct ripng_kernel_config *k);
bool origin_on_link(const struct ripng *r, const struct route *t, uint32_t ifindex);
bool origin_blocks(const struct ripng *r, const struct route *t); /* our prefix and metric are taken */
uint32_t origin_ifindex(const struct ripng *r, const struct route *t);
/* What is announced of a route of our own, if anything, is looked up anew. */
void origin_reconsider(struct ripng *r, uint32_t route, enum ripng_reason why);
void origin_init(struct ripng *r);
void origin_clear(struct ripng *r);
void origin_reconfigure(struct ripng *r, const struct ripng_config *old);
void origin_stale_all(struct ripng *r);
void origin_sweep(struct ripng *r);

/* --- aggregate.c ------------------------------------------------------------- */

/* Is it an aggregate, and is there something inside it? Then it is the one numbered `which`. */
bool aggregate_wanted(const struct ripng *r, uint32_t route, size_t *which);
/* The route has begun, or ceased, to be there. */
void aggregate_follow(struct ripng *r, const struct route *t, bool is);
void aggregate_began(struct ripng *r, uint32_t route); /* it is announced from now on */
enum aggregate_hold {
    AGGREGATE_SHOWN,
    AGGREGATE_TAKEN_BACK, /* held back since so short a time that others must be told: metric 16 */
    AGGREGATE_HELD,
};
enum aggregate_hold aggregate_holds(const struct ripng *r, const struct route *t);
void aggregate_reconfigure(struct ripng *r);
/* Around a change of settings: what is held back before and not after, or the other way, is told. */
void aggregate_mark_held(struct ripng *r);
void aggregate_tell_held(struct ripng *r);

/* --- default.c --------------------------------------------------------------- */

bool default_present(const struct ripng *r, const struct route *t); /* `t`: ::/0 */
void default_reconsider(struct ripng *r);                           /* links may have changed */
void default_kernel_route(struct ripng *r, const struct ripng_kernel_route *k, bool replaced);
void default_kernel_route_gone(struct ripng *r, const struct ripng_kernel_route *k);
void default_stale_all(struct ripng *r);
void default_sweep(struct ripng *r);
void default_reconfigure(struct ripng *r, const struct ripng_default_config *old);
void default_clear(struct ripng *r);

/* --- fib.c ------------------------------------------------------------------- */

void fib_update(struct ripng *r, uint32_t route);      /* its wish may have changed */
void fib_overwritten(struct ripng *r, uint32_t route); /* by another program: the kernel has ours no more */
/* What the kernel has of it now: with `hops`, or none and `strange`: ours, in a shape that is not known. */
void fib_set_held(struct ripng *r, struct route *t, uint16_t hops, bool strange);
void fib_put_back(struct ripng *r, uint32_t route);
void fib_add_stray(struct ripng *r, const struct ripng_prefix *p, const struct ripng_kernel_config *k);
/* As what the kernel is to have it: as hops_id() has it, or FIB_DISCARD; 0: not at all. */
uint16_t fib_wish(const struct ripng *r, const struct route *t, struct hops *h);
bool fib_installed(const struct ripng *r, const struct route *t); /* as chosen, acknowledged by the kernel */
static inline bool fib_holds(const struct route *t)
{
    return t->fib_gateway || (t->flags & FIB_STRANGE);
}
bool fib_next_change(struct ripng *r, struct ripng_change *out);
void fib_answer(struct ripng *r, uint32_t id, int error);
uint32_t fib_take_off(struct ripng *r, enum ripng_change_kind kind, uint32_t what); /* its id */
bool fib_room(const struct ripng *r);
void fib_redump_later(struct ripng *r, uint32_t ifindex); /* no memory: also told and counted */
void fib_dump_begin(struct ripng *r);
void fib_dump_end(struct ripng *r);
void fib_reconfigure(struct ripng *r, const struct ripng_kernel_config *old);
void fib_tick(struct ripng *r);
int64_t fib_deadline(const struct ripng *r);
bool fib_idle(const struct ripng *r);
uint32_t fib_pending(const struct ripng *r);
bool fib_ready_for_dump(const struct ripng *r);
void fib_stop(struct ripng *r);
void fib_init(struct ripng *r);
void fib_clear(struct ripng *r);

/* --- adopt.c ----------------------------------------------------------------- */

void adopt_route(struct ripng *r, const struct ripng_kernel_route *k);
void adopt_route_gone(struct ripng *r, const struct ripng_kernel_route *k);
bool adopt_keeps(const struct ripng *r, const struct route *t);       /* it is left as it was found */
void adopt_disown_gateway(struct ripng *r, uint16_t gateway);         /* it is dead */
void adopt_disown(struct ripng *r, uint32_t route, uint16_t gateway); /* it says that it leads nowhere */
void adopt_end(struct ripng *r,
               bool announced); /* nothing is kept any more, or nothing that was announced since */

/* --- export.c ---------------------------------------------------------------- */

/*
 * A route as it is told on an interface. False: not at all. `next_hop` is :: unless
 * others on the link should go elsewhere (2.1.1).
 */
bool export_rte(const struct ripng *r, const struct iface *i, const struct route *t, struct ripng_rte *rte,
                struct in6_addr *next_hop);
/* Does the export filter let the route out there? */
bool export_permits(const struct ripng *r, const struct iface *i, const struct route *t);
/* Does a change of the route belong into a triggered update there (2.5.1)? */
bool export_is_news(const struct ripng *r, const struct iface *i, const struct route *t);
/* Everybody there was told of the route. */
void export_told_turned(const struct ripng *r, const struct iface *i, struct route *t);
static inline void export_told(const struct ripng *r, const struct iface *i, struct route *t)
{
    if (t->flags & ROUTE_TURNED)
        export_told_turned(r, i, t);
}
/* The filter was this one until now (NULL: none), and may be the same still. */
void export_filter_was(struct ripng *r, struct iface *i, const struct ripng_filter *was);
/* The chosen path had this tag and source until now. */
void export_path_was(struct ripng *r, uint32_t route, uint16_t tag, enum ripng_source source);
void export_tick(struct ripng *r);
void export_reconfigure(struct ripng *r);
void export_forget(struct iface *i);

/* --- advert.c ---------------------------------------------------------------- */

void advert_start(struct ripng *r, struct iface *i);     /* became active */
void advert_full(struct iface *i);                       /* a full update from the start */
bool advert_owe(struct ripng *r, const struct job *job); /* takes `request` in any case */
void advert_passive_changed(struct ripng *r, struct iface *i);
void advert_targets_changed(struct iface *i);
void advert_poison(struct iface *i);                /* the same, with 16 for everything */
void advert_stop(struct ripng *r, struct iface *i); /* nothing more is sent there */
bool advert_next_packet(struct ripng *r, struct ripng_send *out, void *buffer, size_t size);
void advert_tick(struct ripng *r);
int64_t advert_deadline(const struct ripng *r);
/* More changes of the same cause are to be expected within `us`: they go into one triggered update. */
void advert_settle(struct ripng *r, int64_t us);
void advert_settle_own(struct ripng *r); /* the same, for what changed here */
void advert_ask(struct iface *i);        /* the whole table of those on this link, now */
void advert_ask_all(struct ripng *r);    /* the whole table of everybody, 2.4.1 */
void advert_stop_all(struct ripng *r);   /* nothing is asked any more */
void advert_init(struct ripng *r);
void advert_clear(struct ripng *r);

#endif
