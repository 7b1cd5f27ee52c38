/*
 * Interfaces: when RIPng runs on one, from which address, in which group.
 *
 * Called by engine.c for links and addresses, for settings that changed, and for
 * the answers to group membership. RFC 2080 2.5.2: one link-local address a link
 * is designated and kept while it is valid, because others use it as next hop.
 */
#include "internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define JOIN_RETRY_MIN 1000000LL /* microseconds; doubles */
#define JOIN_RETRY_MAX 60000000LL

/* --- finding ------------------------------------------------------------------------ */

struct iface *iface_find(const struct ripng *r, uint32_t ifindex)
{
    for (size_t k = 0; k < r->n_ifaces; k++)
        if (r->ifaces[k]->link.ifindex == ifindex)
            return r->ifaces[k];
    return NULL;
}

/* What an interface has that no section is for: never NULL, so that nobody has to ask. */
static const struct ripng_iface_config *settings_in(const struct ripng_config *c, const struct iface *i)
{
    static const struct ripng_iface_config none = {.multicast = true, .metric = 1};
    const struct ripng_iface_config *found = ripng_config_iface(c, i->link.name);
    return found ? found : &none;
}

static struct iface *iface_add(struct ripng *r, uint32_t ifindex)
{
    struct iface *i = iface_find(r, ifindex);
    if (i)
        return i;
    struct iface **grown = realloc(r->ifaces, (r->n_ifaces + 1) * sizeof *grown);
    if (grown)
        r->ifaces = grown;
    i = grown ? calloc(1, sizeof *i) : NULL;
    if (!i) {
        fib_redump_later(r, ifindex);
        return NULL;
    }
    i->link.ifindex = ifindex;
    i->config = settings_in(&r->config, i);
    i->regular_due = NEVER;
    i->join_backoff = JOIN_RETRY_MIN;
    r->ifaces[r->n_ifaces++] = i;
    return i;
}

bool iface_runs(const struct iface *i)
{
    return i && i->state == IFACE_ACTIVE;
}

/* --- addresses ------------------------------------------------------------------------- */

static struct own_addr *addr_find(const struct iface *i, const struct in6_addr *addr)
{
    for (size_t k = 0; k < i->n_addrs; k++)
        if (ripng_addr_equal(&i->addrs[k].addr, addr))
            return &i->addrs[k];
    return NULL;
}

bool iface_own_address(const struct iface *i, const struct in6_addr *addr)
{
    return addr_find(i, addr) != NULL;
}

static bool first_global(const struct iface *i, struct in6_addr *addr)
{
    for (size_t k = 0; k < i->n_addrs; k++) {
        const struct in6_addr *a = &i->addrs[k].addr;
        if (!i->addrs[k].usable || ripng_addr_is_linklocal(a) || IN6_IS_ADDR_LOOPBACK(a))
            continue;
        *addr = *a;
        return true;
    }
    return false;
}

static bool is_ours(const struct ripng *r, const struct in6_addr *addr)
{
    for (size_t k = 0; k < r->n_ifaces; k++) {
        const struct own_addr *a = addr_find(r->ifaces[k], addr);
        if (a && a->usable)
            return true;
    }
    return false;
}

/* The address asked where that is a global one, else one of that interface, else any of ours. */
static bool global_address(const struct ripng *r, const struct iface *i, const struct in6_addr *asked,
                           struct in6_addr *addr)
{
    *addr = *asked;
    if (!IN6_IS_ADDR_MULTICAST(asked) && !ripng_addr_is_linklocal(asked) && is_ours(r, asked))
        return true;
    if (first_global(i, addr))
        return true;
    for (size_t k = 0; k < r->n_ifaces; k++)
        if (first_global(r->ifaces[k], addr))
            return true;
    return false;
}

/*
 * Neighbours get the designated link-local address, because it becomes their next
 * hop (2.5.2). Who asked one of our addresses from another port than 521 is a tool,
 * perhaps off-link, and is to get a global one (2.4.1); where we have none, one that
 * is on the link is still better served with the link-local one than not at all. Who
 * has a global address itself can't be answered from a link-local one.
 */
bool iface_answer_source(const struct ripng *r, const struct iface *i, const struct job *job,
                         struct in6_addr *source)
{
    bool on_link = ripng_addr_is_linklocal(&job->dest);
    bool tool = job->port != RIPNG_PORT && !IN6_IS_ADDR_MULTICAST(&job->asked);
    if ((tool || !on_link) && global_address(r, i, &job->asked, source))
        return true;
    *source = i->designated;
    return on_link;
}

/* The designated address stays while it can; else the first usable link-local one. */
static void designate(struct iface *i)
{
    const struct own_addr *now = addr_find(i, &i->designated);
    if (now && now->usable)
        return;
    i->designated = (struct in6_addr){0};
    for (size_t k = 0; k < i->n_addrs; k++)
        if (i->addrs[k].usable && ripng_addr_is_linklocal(&i->addrs[k].addr)) {
            i->designated = i->addrs[k].addr;
            return;
        }
}

/* --- our own packets, heard on another interface of the same link ----------------------------- */

/* Is it an address of ours on another interface, perhaps on the same link? */
bool iface_own_elsewhere(const struct ripng *r, const struct iface *i, const struct in6_addr *addr)
{
    for (size_t k = 0; k < r->n_ifaces; k++)
        if (r->ifaces[k] != i && iface_own_address(r->ifaces[k], addr))
            return true;
    return false;
}

/*
 * Of each packet that we send to the group, so it has to be quick. It need not be strong: who finds
 * other bytes with the same hash has nothing but his own first packet overlooked.
 */
static uint64_t sent_hash(const struct ripng *r, const void *data, size_t size, const struct in6_addr *source)
{
    uint64_t h = ripng_hash_bytes(source, sizeof *source, r->hash_seed) + size, word = 0;
    const uint8_t *b = data;
    for (; size >= sizeof word; size -= sizeof word, b += sizeof word) {
        memcpy(&word, b, sizeof word);
        h = (h ^ word) * 0x9e3779b97f4a7c15u; /* 2^64 / golden ratio, as Knuth has it */
        h ^= h >> 32;
    }
    word = 0;
    memcpy(&word, b, size);
    return (h ^ word) * 0x9e3779b97f4a7c15u | 1;
}

void iface_note_sent(struct ripng *r, struct iface *i, const void *data, size_t size)
{
    i->sent_hash[i->sent_at++ % SENT_RING] = sent_hash(r, data, size, &i->designated);
}

/*
 * Is it a packet that we sent on another interface? Its source alone can't tell: many homes give
 * every router fe80::1 on its LAN, and an address of ours may have gone since.
 */
bool iface_sent_elsewhere(const struct ripng *r, const struct iface *i, const struct ripng_packet *p)
{
    uint64_t hash = sent_hash(r, p->data, p->size, &p->source);
    for (size_t k = 0; k < r->n_ifaces; k++)
        for (unsigned n = 0; n < SENT_RING && r->ifaces[k] != i; n++)
            if (r->ifaces[k]->sent_hash[n] == hash)
                return true;
    return false;
}

/* --- does RIPng run on it? ------------------------------------------------------------------ */

enum ripng_reason iface_obstacle(const struct ripng *r, const struct iface *i)
{
    bool cut = i->link.no_carrier && r->config.failure_detection;
    if (i->link.port)
        return RIPNG_WHY_BRIDGE_PORT;
    if (!i->known || !i->link.up || cut || !i->link.multicast)
        return RIPNG_WHY_IFACE_DOWN;
    if (ripng_addr_is_unspecified(&i->designated))
        return RIPNG_WHY_NO_LINK_LOCAL;
    if (!i->config->enabled || i->link.loopback)
        return RIPNG_WHY_CONFIG; /* last: it alone leaves a way to say goodbye */
    return RIPNG_WHY_NONE;
}

static void go_idle(struct ripng *r, struct iface *i, enum ripng_reason why)
{
    bool told = i->state == IFACE_ACTIVE || i->state == IFACE_LEAVING;
    i->state = IFACE_IDLE;
    i->join_wish = false;
    r->join_pending = true;
    advert_stop(r, i);
    select_lose_iface(r, i->link.ifindex, why);
    neigh_lose_iface(r, i->link.ifindex);
    struct ripng_event *e = told ? engine_event(r, RIPNG_EV_IFACE_DOWN, i->link.ifindex) : NULL;
    if (e)
        e->reason = why;
}

/* The settings say no, but the neighbours can still be told. */
static void take_leave(struct ripng *r, struct iface *i)
{
    i->state = IFACE_LEAVING;
    advert_stop(r, i);
    select_lose_iface(r, i->link.ifindex, RIPNG_WHY_CONFIG);
    advert_poison(i);
}

void iface_poison_sent(struct ripng *r, struct iface *i)
{
    if (i->state == IFACE_LEAVING)
        go_idle(r, i, r->stopping ? RIPNG_WHY_STOPPED : RIPNG_WHY_CONFIG);
}

static void evaluate(struct ripng *r, struct iface *i)
{
    enum ripng_reason why = iface_obstacle(r, i);
    if (why == RIPNG_WHY_NONE) {
        if (i->state == IFACE_IDLE) {
            i->state = IFACE_JOINING;
            i->join_wish = r->join_pending = true;
            i->join_retry = r->now;
        } else if (i->state == IFACE_LEAVING) {
            i->state = IFACE_ACTIVE;
            advert_start(r, i);
        }
        return;
    }
    if (why == RIPNG_WHY_CONFIG && i->state == IFACE_ACTIVE && i->speaks)
        take_leave(r, i);
    else if (i->state != IFACE_IDLE && !(why == RIPNG_WHY_CONFIG && i->state == IFACE_LEAVING))
        go_idle(r, i, why);
}

/* --- settings ---------------------------------------------------------------------------------- */

static bool same_targets(const struct ripng_iface_config *a, const struct ripng_iface_config *b)
{
    return a->multicast == b->multicast && a->split_horizon == b->split_horizon &&
           a->n_neighbors == b->n_neighbors &&
           memcmp(a->neighbors, b->neighbors, a->n_neighbors * sizeof a->neighbors[0]) == 0;
}

static bool accepts(const struct ripng_iface_config *c, const struct in6_addr *addr)
{
    bool found = c->n_accept == 0;
    for (unsigned n = 0; n < c->n_accept; n++)
        found |= ripng_addr_equal(&c->accept_from[n], addr);
    return found;
}

bool iface_accepts(const struct iface *i, const struct in6_addr *addr)
{
    return accepts(i->config, addr);
}

/* Routes from routers that are not listened to any more. */
static void drop_unaccepted(struct ripng *r, struct iface *i)
{
    for (uint32_t n = pool_next(&r->paths, 0); n; n = pool_next(&r->paths, n)) {
        const struct path *p = path_at(r, n);
        if (p->peer && peer_at(r, p->peer)->ifindex == i->link.ifindex &&
            !accepts(i->config, &peer_at(r, p->peer)->addr))
            select_lost(r, n, RIPNG_WHY_CONFIG);
    }
}

static bool same_accept(const struct ripng_iface_config *a, const struct ripng_iface_config *b)
{
    return a->n_accept == b->n_accept &&
           memcmp(a->accept_from, b->accept_from, a->n_accept * sizeof a->accept_from[0]) == 0;
}

/* What is heard there is to be judged by other settings, and what they let in now is not there yet. */
static void reception_changed(struct ripng *r, struct iface *i)
{
    drop_unaccepted(r, i);
    input_judge_again(r, i);
    advert_ask(i);
}

static bool same_filter(const struct ripng *r, unsigned is, const struct ripng_config *old, unsigned was)
{
    return ripng_filter_equal(ripng_config_filter(&r->config, is), ripng_config_filter(old, was));
}

/* Other settings, or another name: they were `was`, in `old`. Nothing follows from it yet. */
static void settings_take(struct ripng *r, struct iface *i, const struct ripng_config *old,
                          const struct ripng_iface_config *was)
{
    const struct ripng_iface_config *is = i->config = settings_in(&r->config, i);
    bool falls_silent = was->enabled && !was->passive && (!is->enabled || is->passive);
    if (falls_silent || !same_filter(r, is->export, old, was->export))
        export_filter_was(r, i, ripng_config_filter(old, was->export));
}

static void settings_follow(struct ripng *r, struct iface *i, const struct ripng_config *old,
                            const struct ripng_iface_config *was)
{
    const struct ripng_iface_config *is = i->config;
    if (!same_targets(is, was))
        advert_targets_changed(i);
    evaluate(r, i);
    if (i->state != IFACE_ACTIVE)
        return;
    if (is->metric != was->metric || !same_filter(r, is->import, old, was->import) || !same_accept(is, was))
        reception_changed(r, i);
    if (is->passive != was->passive)
        advert_passive_changed(r, i);
    else if (!same_targets(is, was) || !same_filter(r, is->export, old, was->export))
        advert_full(i);
}

/* --- links and addresses come and go --------------------------------------------------------- */

static bool same_link(const struct ripng_link *a, const struct ripng_link *b)
{
    return a->mtu == b->mtu && a->up == b->up && a->no_carrier == b->no_carrier &&
           a->multicast == b->multicast && a->loopback == b->loopback && a->port == b->port &&
           strcmp(a->name, b->name) == 0;
}

void iface_link(struct ripng *r, const struct ripng_link *l)
{
    struct iface *i = iface_add(r, l->ifindex);
    if (!i)
        return;
    i->stale = false;
    if (i->known && same_link(&i->link, l))
        return;
    bool plugged = i->state == IFACE_ACTIVE && i->link.no_carrier && !l->no_carrier;
    i->known = true;
    i->link = *l;
    i->link.name[RIPNG_IFNAME - 1] = '\0';
    const struct ripng_iface_config *was = i->config;
    settings_take(r, i, &r->config, was);
    settings_follow(r, i, &r->config, was);
    if (plugged && i->state == IFACE_ACTIVE) /* what was said meanwhile nobody heard */
        advert_start(r, i);
}

void iface_link_gone(struct ripng *r, uint32_t ifindex)
{
    struct iface *i = iface_find(r, ifindex);
    if (!i)
        return;
    if (i->state != IFACE_IDLE)
        go_idle(r, i, RIPNG_WHY_IFACE_DOWN);
    for (size_t k = 0; k < r->n_ifaces; k++)
        if (r->ifaces[k] == i)
            r->ifaces[k] = r->ifaces[--r->n_ifaces];
    export_forget(i);
    free(i->addrs);
    free(i);
}

void iface_address(struct ripng *r, uint32_t ifindex, const struct in6_addr *addr, bool usable)
{
    struct iface *i = iface_add(r, ifindex);
    if (!i)
        return;
    struct own_addr *a = addr_find(i, addr);
    if (!a) {
        struct own_addr *grown = realloc(i->addrs, (i->n_addrs + 1) * sizeof *grown);
        if (!grown) {
            fib_redump_later(r, ifindex);
            return;
        }
        i->addrs = grown;
        a = &grown[i->n_addrs++];
        *a = (struct own_addr){.addr = *addr};
    }
    a->stale = false;
    if (a->usable == usable)
        return;
    a->usable = usable;
    struct in6_addr before = i->designated;
    designate(i);
    evaluate(r, i);
    /* Neighbours have a next hop that is no more: tell them the new one now. */
    if (i->state == IFACE_ACTIVE && !ripng_addr_equal(&before, &i->designated))
        advert_full(i);
}

void iface_address_gone(struct ripng *r, uint32_t ifindex, const struct in6_addr *addr)
{
    struct iface *i = iface_find(r, ifindex);
    struct own_addr *a = i ? addr_find(i, addr) : NULL;
    if (!a)
        return;
    struct in6_addr before = i->designated;
    *a = i->addrs[--i->n_addrs];
    designate(i);
    evaluate(r, i);
    if (i->state == IFACE_ACTIVE && !ripng_addr_equal(&before, &i->designated))
        advert_full(i);
}

void iface_stale_all(struct ripng *r)
{
    for (size_t k = 0; k < r->n_ifaces; k++) {
        r->ifaces[k]->stale = true;
        for (size_t n = 0; n < r->ifaces[k]->n_addrs; n++)
            r->ifaces[k]->addrs[n].stale = true;
    }
}

void iface_sweep(struct ripng *r)
{
    for (size_t k = r->n_ifaces; k-- > 0;) {
        struct iface *i = r->ifaces[k];
        if (i->stale) {
            iface_link_gone(r, i->link.ifindex);
            continue;
        }
        for (size_t n = i->n_addrs; n-- > 0;)
            if (i->addrs[n].stale) {
                struct in6_addr gone = i->addrs[n].addr;
                iface_address_gone(r, i->link.ifindex, &gone);
            }
    }
}

/* --- a new configuration ------------------------------------------------------------------- */

/*
 * The configuration is another; `old` is still readable. What follows on one interface asks
 * the settings of all: they are all taken first.
 */
void iface_reconfigure(struct ripng *r, const struct ripng_config *old)
{
    for (size_t k = 0; k < r->n_ifaces; k++)
        settings_take(r, r->ifaces[k], old, settings_in(old, r->ifaces[k]));
    for (size_t k = 0; k < r->n_ifaces; k++) {
        struct iface *i = r->ifaces[k];
        settings_follow(r, i, old, settings_in(old, i));
        engine_no_later(&i->regular_due, r->now + r->config.timers.update_us * 3 / 2);
        engine_no_later(&i->triggered_hold, r->now + r->config.timers.triggered_max_us);
    }
}

/* --- the group ------------------------------------------------------------------------------------ */

/*
 * A link that went down and came back between two looks is joined again, though we
 * never left: it does no harm, and only the answer makes it active.
 */
static bool wants_group_change(const struct ripng *r, const struct iface *i)
{
    if (i->join_flying || (i->join_wish && i->join_retry > r->now))
        return false;
    return i->join_wish != i->joined || i->state == IFACE_JOINING;
}

bool iface_next_change(struct ripng *r, struct ripng_change *out)
{
    if (!r->join_pending)
        return false;
    for (size_t k = 0; k < r->n_ifaces; k++) {
        struct iface *i = r->ifaces[k];
        if (!wants_group_change(r, i))
            continue;
        enum ripng_change_kind kind = i->join_wish ? RIPNG_GROUP_JOIN : RIPNG_GROUP_LEAVE;
        i->join_flying = true;
        *out = (struct ripng_change){
            .kind = kind,
            .id = fib_take_off(r, kind, i->link.ifindex),
            .ifindex = i->link.ifindex,
        };
        return true;
    }
    r->join_pending = false;
    return false;
}

void iface_answer(struct ripng *r, uint32_t ifindex, enum ripng_change_kind kind, int error)
{
    struct iface *i = iface_find(r, ifindex);
    if (!i)
        return;
    i->join_flying = false;
    r->join_pending = true;
    if (kind == RIPNG_GROUP_LEAVE) {
        i->joined = false; /* refused: then there was nothing to leave */
        return;
    }
    if (error && error != EADDRINUSE) {
        i->join_retry = r->now + i->join_backoff;
        i->join_backoff = i->join_backoff * 2 > JOIN_RETRY_MAX ? JOIN_RETRY_MAX : i->join_backoff * 2;
        r->kernel_errors++;
        struct ripng_event *e = engine_event(r, RIPNG_EV_KERNEL_REFUSED, ifindex);
        if (e)
            e->error = error;
        return;
    }
    i->joined = true;
    i->join_backoff = JOIN_RETRY_MIN;
    if (i->state == IFACE_JOINING) {
        i->state = IFACE_ACTIVE;
        engine_event(r, RIPNG_EV_IFACE_UP, ifindex);
        advert_start(r, i);
    }
}

/* Done or not, nobody knows: asked again at once, for joining twice does no harm. */
void iface_unanswered(struct ripng *r, uint32_t ifindex, enum ripng_change_kind kind)
{
    struct iface *i = iface_find(r, ifindex);
    if (!i)
        return;
    i->join_flying = false;
    i->joined = kind == RIPNG_GROUP_LEAVE;
    r->join_pending = true;
}

void iface_tick(struct ripng *r)
{
    for (size_t k = 0; k < r->n_ifaces; k++)
        if (r->ifaces[k]->join_wish && r->ifaces[k]->join_retry <= r->now)
            r->join_pending = true;
}

int64_t iface_deadline(const struct ripng *r)
{
    int64_t due = NEVER;
    for (size_t k = 0; k < r->n_ifaces; k++) {
        const struct iface *i = r->ifaces[k];
        bool waits = i->join_wish && !i->join_flying && (!i->joined || i->state == IFACE_JOINING);
        if (waits && !r->join_pending && i->join_retry < due)
            due = i->join_retry;
    }
    return due;
}

/* --- the end ---------------------------------------------------------------------------------------- */

void iface_stop(struct ripng *r)
{
    for (size_t k = 0; k < r->n_ifaces; k++) {
        struct iface *i = r->ifaces[k];
        bool tell = i->state == IFACE_ACTIVE && i->speaks && !r->config.graceful_restart;
        bool telling = i->state == IFACE_LEAVING && !r->config.graceful_restart;
        i->join_wish = i->joined; /* the socket's end ends the membership too */
        if (telling)
            continue;
        advert_stop(r, i);
        i->state = tell ? IFACE_LEAVING : IFACE_IDLE;
        if (tell)
            advert_poison(i);
    }
}

bool iface_silent(const struct ripng *r)
{
    for (size_t k = 0; k < r->n_ifaces; k++)
        if (r->ifaces[k]->state == IFACE_LEAVING)
            return false;
    return true;
}

void iface_clear(struct ripng *r)
{
    for (size_t k = 0; k < r->n_ifaces; k++) {
        export_forget(r->ifaces[k]);
        free(r->ifaces[k]->addrs);
        free(r->ifaces[k]);
    }
    free(r->ifaces);
    r->ifaces = NULL;
    r->n_ifaces = 0;
}
