/*
 * The tables of ripngd.conf(5): see confkeys.h.
 *
 * Ranges that the engine sets come from lib/config.h; the defaults are those of
 * ripng_config_init() and config_init(). A wrong value is reported and not stored.
 */
#include "confkeys.h"

#include "filter.h"
#include "log.h"

#include <grp.h>
#include <linux/rtnetlink.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* --- values ------------------------------------------------------------ */

#define READER(name)                                                                                         \
    static void name(struct confkeys *c, const struct confkeys_key *k, unsigned line, const char *value,     \
                     void *base)

static void *field(const struct confkeys_key *k, void *base)
{
    return (char *)base + k->offset;
}

static void wrong(struct confkeys *c, const struct confkeys_key *k, unsigned line, const char *value,
                  const char *what)
{
    conferror_add(c->errors, line, "%s: \"%.60s\" is %s", k->name, value, what);
}

/* Digits, or 0x and hexadecimal ones; no sign, no space. Too large a one is the largest. */
static bool parse_number(const char *text, uint64_t *number)
{
    int base = text[0] == '0' && (text[1] == 'x' || text[1] == 'X') ? 16 : 10;
    const char *digits = base == 16 ? text + 2 : text;
    if (!*digits || digits[strspn(digits, base == 16 ? "0123456789abcdefABCDEF" : "0123456789")])
        return false;
    *number = strtoull(digits, NULL, base);
    return true;
}

/* A number within the key's range. */
static bool ranged(struct confkeys *c, const struct confkeys_key *k, unsigned line, const char *value,
                   uint64_t number)
{
    if (number >= k->min && number <= k->max)
        return true;
    conferror_add(c->errors, line, "%s: %.60s is out of range (%llu to %llu)", k->name, value,
                  (unsigned long long)k->min, (unsigned long long)k->max);
    return false;
}

READER(read_number)
{
    uint64_t n;
    if (!parse_number(value, &n))
        wrong(c, k, line, value, "no whole number");
    else if (!ranged(c, k, line, value, n))
        return;
    else if (k->size == sizeof(uint8_t))
        *(uint8_t *)field(k, base) = (uint8_t)n;
    else if (k->size == sizeof(uint16_t))
        *(uint16_t *)field(k, base) = (uint16_t)n;
    else
        *(uint32_t *)field(k, base) = (uint32_t)n;
}

READER(read_seconds)
{
    size_t digits = strspn(value, "0123456789");
    size_t decimals = value[digits] == '.' ? strspn(value + digits + 1, "0123456789") + 1 : 0;
    if (value[digits + decimals] || !digits || decimals == 1) {
        wrong(c, k, line, value, "no number of seconds");
        return;
    }
    double us = strtod(value, NULL) * 1e6;
    if (us < (double)RIPNG_TIMER_MIN_US || us > (double)RIPNG_TIMER_MAX_US)
        conferror_add(c->errors, line, "%s: %.60s is out of range (%g to %g seconds)", k->name, value,
                      (double)RIPNG_TIMER_MIN_US / 1e6, (double)RIPNG_TIMER_MAX_US / 1e6);
    else
        *(int64_t *)field(k, base) = (int64_t)(us + 0.5);
}

/* libConfuse's words. */
READER(read_bool)
{
    static const char *const words[] = {"false", "true", "no", "yes", "off", "on"};
    for (size_t i = 0; i < COUNT(words); i++)
        if (strcasecmp(value, words[i]) == 0) {
            *(bool *)field(k, base) = i % 2;
            return;
        }
    wrong(c, k, line, value, "neither true nor false");
}

READER(read_string)
{
    size_t n = strlen(value);
    if (n < k->min)
        conferror_add(c->errors, line, "%s: must not be empty", k->name);
    else if (n >= k->size)
        conferror_add(c->errors, line, "%s: longer than %zu characters", k->name, k->size - 1);
    else
        memcpy(field(k, base), value, n + 1);
}

/* A name, or a number, which need not have a name. */
READER(read_group)
{
    if (value[strspn(value, "0123456789")] && !getgrnam(value))
        wrong(c, k, line, value, "no group of this machine");
    else
        read_string(c, k, line, value, base);
}

/* A name alone: its groups come with it. */
READER(read_user)
{
    if (*value && !getpwnam(value))
        wrong(c, k, line, value, "no user of this machine");
    else
        read_string(c, k, line, value, base);
}

READER(read_split_horizon)
{
    for (enum ripng_split_horizon s = RIPNG_SPLIT_POISON; s <= RIPNG_SPLIT_OFF; s++)
        if (strcmp(value, ripng_split_horizon_name(s)) == 0) {
            *(enum ripng_split_horizon *)field(k, base) = s;
            return;
        }
    wrong(c, k, line, value, "none of poison, simple, off");
}

READER(read_originate)
{
    for (enum ripng_originate o = RIPNG_ORIGINATE_NEVER; o <= RIPNG_ORIGINATE_IF_PRESENT; o++)
        if (strcmp(value, ripng_originate_name(o)) == 0) {
            *(enum ripng_originate *)field(k, base) = o;
            return;
        }
    wrong(c, k, line, value, "none of never, always, if-present");
}

READER(read_level)
{
    if (!log_level_parse(value, field(k, base)))
        wrong(c, k, line, value, "none of error, warning, notice, info, debug");
}

static void add_address(struct confkeys *c, const struct confkeys_key *k, unsigned line, const char *value,
                        struct in6_addr *list, unsigned *n, unsigned max)
{
    struct in6_addr a;
    if (!ripng_addr_parse(value, &a) || !ripng_addr_is_linklocal(&a)) {
        wrong(c, k, line, value, "no link-local address (fe80::...)");
        return;
    }
    for (unsigned i = 0; i < *n; i++)
        if (ripng_addr_equal(&a, &list[i])) {
            wrong(c, k, line, value, "there twice");
            return;
        }
    if (*n == max)
        conferror_add(c->errors, line, "%s: more than %u addresses", k->name, max);
    else
        list[(*n)++] = a;
}

READER(read_neighbor)
{
    struct ripng_iface_config *i = base;
    add_address(c, k, line, value, i->neighbors, &i->n_neighbors, RIPNG_UNICAST_MAX);
}

READER(read_accept)
{
    struct ripng_iface_config *i = base;
    add_address(c, k, line, value, i->accept_from, &i->n_accept, RIPNG_ACCEPT_MAX);
}

READER(read_rule)
{
    char why[CONFERROR_TEXT / 2];
    (void)k;
    if (!ripng_filter_add(base, value, why, sizeof why))
        conferror_add(c->errors, line, "rule \"%.60s\": %s", value, why);
}

/* The name of a filter, or "" for none. */
READER(read_filter)
{
    unsigned *number = field(k, base);
    *number = ripng_config_find_filter(&c->config->engine, value);
    if (*value && !*number)
        conferror_add(c->errors, line, "%s: there is no filter \"%.60s\"", k->name, value);
}

/* The names that `ip route` prints; numbers where linux/rtnetlink.h has none. */
static const struct {
    const char *name;
    uint8_t number;
} protocols[] = {
    {"redirect", RTPROT_REDIRECT},
    {"kernel", RTPROT_KERNEL},
    {"boot", RTPROT_BOOT},
    {"static", RTPROT_STATIC},
    {"gated", RTPROT_GATED},
    {"ra", RTPROT_RA},
    {"mrt", RTPROT_MRT},
    {"zebra", RTPROT_ZEBRA},
    {"bird", RTPROT_BIRD},
    {"dnrouted", RTPROT_DNROUTED},
    {"xorp", RTPROT_XORP},
    {"ntk", RTPROT_NTK},
    {"dhcp", RTPROT_DHCP},
    {"mrouted", 17},
    {"keepalived", 18},
    {"babel", RTPROT_BABEL},
    {"openr", 99},
    {"bgp", RTPROT_BGP},
    {"isis", RTPROT_ISIS},
    {"ospf", RTPROT_OSPF},
    {"rip", RTPROT_RIP},
    {"ripng", 190},
    {"eigrp", RTPROT_EIGRP},
};

READER(read_protocol)
{
    uint64_t n = UINT64_MAX;
    if (parse_number(value, &n)) {
        if (!ranged(c, k, line, value, n))
            return;
    } else {
        for (size_t i = 0; i < COUNT(protocols) && n == UINT64_MAX; i++)
            if (strcmp(value, protocols[i].name) == 0)
                n = protocols[i].number;
    }
    if (n == UINT64_MAX)
        wrong(c, k, line, value, "no protocol as `ip route` names them, nor the number of one");
    else if (n == c->config->engine.kernel.protocol)
        wrong(c, k, line, value, "what ripngd itself installs (kernel.protocol): routes would echo");
    else
        ((uint8_t *)field(k, base))[n / 8] |= (uint8_t)(1u << n % 8);
}

/* --- settings ---------------------------------------------------------- */

#define AT(type, member) offsetof(type, member), sizeof((type *)0)->member
#define SETTING(name, read, type, member)                                                                    \
    {                                                                                                        \
        name, read, AT(type, member), 0, 0, false                                                            \
    }
#define NUMBER(name, type, member, min, max)                                                                 \
    {                                                                                                        \
        name, read_number, AT(type, member), min, max, false                                                 \
    }

#define SECONDS(name, member) SETTING(name, read_seconds, struct ripng_timers, member)
enum { UPDATE, TIMEOUT, GARBAGE, TRIGGERED_MIN, TRIGGERED_MAX };
static const struct confkeys_key timers_keys[] = {
    [UPDATE] = SECONDS("update", update_us),
    [TIMEOUT] = SECONDS("timeout", timeout_us),
    [GARBAGE] = SECONDS("garbage", garbage_us),
    [TRIGGERED_MIN] = SECONDS("triggered-min", triggered_min_us),
    [TRIGGERED_MAX] = SECONDS("triggered-max", triggered_max_us),
    {0},
};

#define IFACE(name, read, member) SETTING(name, read, struct ripng_iface_config, member)
enum { ENABLED, PASSIVE, METRIC, SPLIT_HORIZON, MULTICAST, NEIGHBORS, ACCEPT_FROM, IMPORT, EXPORT };
static const struct confkeys_key interface_keys[] = {
    [ENABLED] = IFACE("enabled", read_bool, enabled),
    [PASSIVE] = IFACE("passive", read_bool, passive),
    [METRIC] = NUMBER("metric", struct ripng_iface_config, metric, 1, RIPNG_METRIC_INFINITY - 1),
    [SPLIT_HORIZON] = IFACE("split-horizon", read_split_horizon, split_horizon),
    [MULTICAST] = IFACE("multicast", read_bool, multicast),
    [NEIGHBORS] = {"neighbors", read_neighbor, 0, 0, 0, 0, true},
    [ACCEPT_FROM] = {"accept-from", read_accept, 0, 0, 0, 0, true},
    [IMPORT] = IFACE("import", read_filter, import),
    [EXPORT] = IFACE("export", read_filter, export),
    {0},
};

#define REDISTRIBUTE(name, member, min, max) NUMBER(name, struct ripng_redistribute_config, member, min, max)
enum { REDISTRIBUTE_METRIC, TAG, PROTOCOLS, FILTER };
static const struct confkeys_key redistribute_keys[] = {
    [REDISTRIBUTE_METRIC] = REDISTRIBUTE("metric", metric, 1, RIPNG_METRIC_INFINITY - 1),
    [TAG] = REDISTRIBUTE("tag", tag, 0, UINT16_MAX),
    [PROTOCOLS] = {"protocols", read_protocol, AT(struct ripng_redistribute_config, protocols), 0, UINT8_MAX,
                   true},
    [FILTER] = SETTING("filter", read_filter, struct ripng_redistribute_config, filter),
    {0},
};

static const struct confkeys_key filter_keys[] = {
    {"rules", read_rule, 0, 0, 0, 0, true},
    {0},
};

#define DEFAULT(name, read, member) SETTING(name, read, struct ripng_default_config, member)
static const struct confkeys_key default_keys[] = {
    DEFAULT("originate", read_originate, originate),
    NUMBER("metric", struct ripng_default_config, metric, 1, RIPNG_METRIC_INFINITY - 1),
    DEFAULT("accept", read_bool, accept),
    {0},
};

static const struct confkeys_key aggregate_keys[] = {
    NUMBER("metric", struct ripng_aggregate_config, metric, 1, RIPNG_METRIC_INFINITY - 1),
    NUMBER("tag", struct ripng_aggregate_config, tag, 0, UINT16_MAX),
    SETTING("summary-only", read_bool, struct ripng_aggregate_config, summary_only),
    {0},
};

static const struct confkeys_key route_keys[] = {
    NUMBER("metric", struct ripng_static_config, metric, 1, RIPNG_METRIC_INFINITY - 1),
    NUMBER("tag", struct ripng_static_config, tag, 0, UINT16_MAX),
    {0},
};

#define KERNEL(name, member, min, max) NUMBER(name, struct ripng_kernel_config, member, min, max)
static const struct confkeys_key kernel_keys[] = {
    KERNEL("table", table, 1, UINT32_MAX),
    KERNEL("metric", metric, 1, UINT32_MAX),
    /* Those up to static are the kernel's and the administrator's: ripngd would take their routes for its
       own. */
    KERNEL("protocol", protocol, RTPROT_STATIC + 1, UINT8_MAX),
    KERNEL("multipath", multipath, 1, RIPNG_NEXTHOPS_MAX),
    {0},
};

static const struct confkeys_key control_keys[] = {
    {"socket", read_string, AT(struct daemon_config, control_socket), 1, 0, false},
    SETTING("group", read_group, struct daemon_config, control_group),
    {0},
};

static const struct confkeys_key log_keys[] = {
    SETTING("level", read_level, struct daemon_config, log_level),
    SETTING("syslog", read_bool, struct daemon_config, log_syslog),
    {0},
};

#define LIMIT(name, member, min, max) NUMBER(name, struct ripng_limits_config, member, min, max)
static const struct confkeys_key limits_keys[] = {
    LIMIT("routes", routes, 0, RIPNG_LIMIT_ROUTES_MAX),
    LIMIT("routes-per-neighbor", routes_per_neighbor, 0, RIPNG_LIMIT_ROUTES_MAX),
    LIMIT("neighbors", neighbors, 1, RIPNG_LIMIT_NEIGHBORS_MAX),
    {0},
};

const struct confkeys_key confkeys_top[] = {
    SETTING("user", read_user, struct daemon_config, user),
    SETTING("graceful-restart", read_bool, struct daemon_config, engine.graceful_restart),
    SETTING("failure-detection", read_bool, struct daemon_config, engine.failure_detection),
    {0},
};

/* --- sections ---------------------------------------------------------- */

static bool title_interface(struct confkeys *c, unsigned line, const char *title)
{
    size_t n = strlen(title);
    if (n && n < RIPNG_PATTERN_MAX)
        return true;
    conferror_add(c->errors, line, "interface \"%s\": a name or pattern has 1 to %d characters", title,
                  RIPNG_PATTERN_MAX - 1);
    return false;
}

static bool title_redistribute(struct confkeys *c, unsigned line, const char *title)
{
    for (enum ripng_source s = 0; s < RIPNG_N_REDISTRIBUTE; s++)
        if (strcmp(title, ripng_source_name(s)) == 0)
            return true;
    conferror_add(c->errors, line, "redistribute: \"%s\" is none of connected, delegated, static, kernel",
                  title);
    return false;
}

/* One that can be a route, and no other than what is written. */
static bool title_prefix(struct confkeys *c, unsigned line, const char *title)
{
    struct ripng_prefix p;
    char text[RIPNG_PREFIX_TEXT];
    bool host_bits;
    if (!strchr(title, '/') || !ripng_prefix_parse(title, &p, &host_bits))
        conferror_add(c->errors, line, "\"%.60s\" is no prefix (2001:db8::/48)", title);
    else if (host_bits)
        conferror_add(c->errors, line, "\"%.60s\" has bits beyond its length: %s?", title,
                      ripng_prefix_text(&p, text));
    else if (p.len == 0)
        conferror_add(c->errors, line, "\"%.60s\" is what default-route is for", title);
    else if (ripng_prefix_martian(&p))
        conferror_add(c->errors, line, "\"%.60s\" must never be a route", title);
    else
        return true;
    return false;
}

static bool title_filter(struct confkeys *c, unsigned line, const char *title)
{
    size_t n = strlen(title);
    if (n && n < RIPNG_FILTER_NAME_MAX)
        return true;
    conferror_add(c->errors, line, "filter \"%s\": a name has 1 to %d characters", title,
                  RIPNG_FILTER_NAME_MAX - 1);
    return false;
}

static void *base_interface(struct confkeys *c, const char *title)
{
    return ripng_config_add_iface(&c->config->engine, title);
}

static void *base_redistribute(struct confkeys *c, const char *title)
{
    c->source = RIPNG_SOURCE_CONNECTED;
    while (strcmp(ripng_source_name(c->source), title) != 0) /* title_redistribute() has seen to it */
        c->source++;
    struct ripng_redistribute_config *r = &c->config->engine.redistribute[c->source];
    r->enabled = true;
    return r;
}

/* title_prefix() has seen the title, and no more of them than may be are let through. */
static void *base_aggregate(struct confkeys *c, const char *title)
{
    struct ripng_prefix p;
    return ripng_prefix_parse(title, &p, NULL) ? ripng_config_add_aggregate(&c->config->engine, &p) : NULL;
}

static void *base_route(struct confkeys *c, const char *title)
{
    struct ripng_prefix p;
    return ripng_prefix_parse(title, &p, NULL) ? ripng_config_add_static(&c->config->engine, &p) : NULL;
}

static void *base_filter(struct confkeys *c, const char *title)
{
    return ripng_config_add_filter(&c->config->engine, title);
}

#define BASE(name, member)                                                                                   \
    static void *name(struct confkeys *c, const char *title)                                                 \
    {                                                                                                        \
        (void)title;                                                                                         \
        return &c->config->member;                                                                           \
    }
BASE(base_timers, engine.timers)
BASE(base_default, engine.default_route)
BASE(base_kernel, engine.kernel)
BASE(base_limits, engine.limits)

static void *base_daemon(struct confkeys *c, const char *title)
{
    (void)title;
    return c->config;
}

static void check_timers(struct confkeys *c, const void *base, const unsigned *lines)
{
    const struct ripng_timers *t = base;
    unsigned min = lines[1 + TRIGGERED_MIN], max = lines[1 + TRIGGERED_MAX];
    if (t->triggered_min_us > t->triggered_max_us)
        conferror_add(c->errors, min > max ? min : max, "triggered-min (%g) is more than triggered-max (%g)",
                      (double)t->triggered_min_us / 1e6, (double)t->triggered_max_us / 1e6);
}

static void check_interface(struct confkeys *c, const void *base, const unsigned *lines)
{
    const struct ripng_iface_config *i = base;
    if (!i->multicast && !i->n_neighbors)
        conferror_add(c->errors, lines[1 + MULTICAST],
                      "multicast = false without neighbors: nothing would be sent to anybody");
}

static void check_redistribute(struct confkeys *c, const void *base, const unsigned *lines)
{
    (void)base;
    if (c->source == RIPNG_SOURCE_KERNEL && !lines[1 + PROTOCOLS])
        conferror_add(c->errors, lines[0], "redistribute kernel shares nothing without protocols");
    if (c->source != RIPNG_SOURCE_KERNEL && lines[1 + PROTOCOLS])
        conferror_add(c->errors, lines[1 + PROTOCOLS], "protocols is for redistribute kernel, not for %s",
                      ripng_source_name(c->source));
}

/* The same prefix in another spelling: the last one that was added is the one at `base`. */
static void check_aggregate(struct confkeys *c, const void *base, const unsigned *lines)
{
    const struct ripng_aggregate_config *a = c->config->engine.aggregates, *last = base;
    for (; a < last; a++)
        if (ripng_prefix_equal(&a->prefix, &last->prefix))
            conferror_add(c->errors, lines[0], "aggregate: the prefix is there twice");
}

static void check_route(struct confkeys *c, const void *base, const unsigned *lines)
{
    const struct ripng_static_config *s = c->config->engine.statics, *last = base;
    for (; s < last; s++)
        if (ripng_prefix_equal(&s->prefix, &last->prefix))
            conferror_add(c->errors, lines[0], "route: the prefix is there twice");
}

/* `kernel` before `redistribute`, which looks at its protocol; filters before all that name them. */
const struct confkeys_section confkeys_sections[] = {
    {"timers", NULL, 0, timers_keys, NULL, base_timers, check_timers},
    {"kernel", NULL, 0, kernel_keys, NULL, base_kernel, NULL},
    {"filter", "NAME", RIPNG_FILTERS_MAX, filter_keys, title_filter, base_filter, NULL},
    {"interface", "NAME", RIPNG_IFACE_SECTIONS_MAX, interface_keys, title_interface, base_interface,
     check_interface},
    {"redistribute", "SOURCE", RIPNG_N_REDISTRIBUTE, redistribute_keys, title_redistribute, base_redistribute,
     check_redistribute},
    {"default-route", NULL, 0, default_keys, NULL, base_default, NULL},
    {"aggregate", "PREFIX", RIPNG_AGGREGATES_MAX, aggregate_keys, title_prefix, base_aggregate,
     check_aggregate},
    {"route", "PREFIX", RIPNG_STATIC_ROUTES_MAX, route_keys, title_prefix, base_route, check_route},
    {"control", NULL, 0, control_keys, NULL, base_daemon, NULL},
    {"log", NULL, 0, log_keys, NULL, base_daemon, NULL},
    {"limits", NULL, 0, limits_keys, NULL, base_limits, NULL},
};
const size_t confkeys_n_sections = COUNT(confkeys_sections);
_Static_assert(COUNT(confkeys_sections) <= CONFKEYS_SECTIONS, "");

const struct confkeys_section *confkeys_find_section(const char *name)
{
    for (size_t i = 0; i < COUNT(confkeys_sections); i++)
        if (strcmp(name, confkeys_sections[i].name) == 0)
            return &confkeys_sections[i];
    return NULL;
}

const struct confkeys_key *confkeys_find(const struct confkeys_key *keys, const char *name)
{
    for (; keys->name; keys++)
        if (strcmp(name, keys->name) == 0)
            return keys;
    return NULL;
}
