/*
 * Fuzzes daemon/config.c and what is behind it: the text of a configuration file.
 *
 * The input is the file, in memory. It is read twice. A file that is taken must give
 * settings within the limits of lib/config.h and the same ones both times; one that
 * is not must be told as PATH:LINE: what, with a line that the file has, and nothing
 * in it may drive a terminal.
 */
#include "fuzz.h"

#include "config.h"
#include "filter.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

static char path[64];
static int file = -1;

static void open_file(void)
{
    file = memfd_create("ripngd.conf", MFD_CLOEXEC);
    MUST(file >= 0);
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
}

/* --- reports --------------------------------------------------------------- */

struct reports {
    unsigned n, lines; /* `lines`: of the file */
    uint64_t sum;      /* of all the bytes told, to compare */
};

static void take_report(void *arg, const char *text)
{
    struct reports *r = arg;
    size_t n = strlen(path);
    char *end;
    MUST(strncmp(text, path, n) == 0 && text[n] == ':');
    unsigned long line = strtoul(text + n + 1, &end, 10);
    MUST(line >= 1 && line <= r->lines && end[0] == ':' && end[1] == ' ' && end[2]);
    for (const unsigned char *p = (const void *)text; *p; p++) {
        MUST(*p >= ' ' && *p != 0x7f);
        r->sum = r->sum * 31 + *p;
    }
    r->n++;
}

/* --- settings --------------------------------------------------------------- */

static void check_wait(int64_t us)
{
    MUST(us >= RIPNG_TIMER_MIN_US && us <= RIPNG_TIMER_MAX_US);
}

static void check_addrs(const struct in6_addr *list, unsigned n, unsigned max)
{
    MUST(n <= max);
    for (unsigned i = 0; i < n; i++) {
        MUST(ripng_addr_is_linklocal(&list[i]));
        for (unsigned k = 0; k < i; k++)
            MUST(!ripng_addr_equal(&list[i], &list[k]));
    }
}

static void check_section(const struct ripng_iface_config *i)
{
    MUST(i->pattern[0] && memchr(i->pattern, '\0', sizeof i->pattern));
    MUST(i->metric >= 1 && i->metric <= 15);
    MUST(i->split_horizon <= RIPNG_SPLIT_OFF);
    MUST(i->multicast || i->n_neighbors);
    check_addrs(i->neighbors, i->n_neighbors, RIPNG_UNICAST_MAX);
    check_addrs(i->accept_from, i->n_accept, RIPNG_ACCEPT_MAX);
}

static void check_rule(const struct ripng_rule *rule)
{
    struct ripng_prefix p = ripng_prefix_make(&rule->prefix.addr, rule->prefix.len);
    MUST(rule->prefix.len <= 128 && ripng_prefix_equal(&p, &rule->prefix));
    MUST(rule->min_len >= rule->prefix.len && rule->min_len <= rule->max_len && rule->max_len <= 128);
    MUST(rule->source <= RIPNG_N_SOURCES && rule->set_metric <= 15 && rule->add_metric <= 15);
    MUST(!rule->set_metric || !rule->add_metric);
    MUST(rule->permit || (!rule->set_metric && !rule->add_metric && !rule->sets_tag));
}

/* What is decided about a few routes: the parts of a filter agree about it. */
static void check_filter(const struct ripng_filter *f)
{
    static const struct ripng_prefix prefixes[] = {{{{{0}}}, 0},
                                                   {{{{0xfd}}}, 8},
                                                   {{{{0x20, 0x01, 0x0d, 0xb8}}}, 64},
                                                   {{{{0x20, 0x01, 0x0d, 0xb8}}}, 128}};
    MUST(f->name[0] && memchr(f->name, '\0', sizeof f->name));
    MUST(f->n_rules <= RIPNG_FILTER_RULES_MAX);
    for (size_t i = 0; i < f->n_rules; i++)
        check_rule(&f->rules[i]);
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        for (enum ripng_source source = 0; source < RIPNG_N_SOURCES; source++) {
            struct ripng_subject s = {
                .prefix = prefixes[i], .source = source, .metric = 3, .tag = (uint16_t)i};
            unsigned rule;
            bool permitted = ripng_filter_apply(f, &s, &rule);
            MUST(rule <= f->n_rules && (!permitted || f->rules[rule - 1].permit));
            MUST(s.metric >= 1 && s.metric <= 16 && (permitted || (s.metric == 3 && s.tag == i)));
            MUST(!permitted || ripng_filter_could_permit(f, &prefixes[i]));
        }
}

static void check_settings(const struct daemon_config *c)
{
    const struct ripng_timers *t = &c->engine.timers;
    check_wait(t->update_us);
    check_wait(t->timeout_us);
    check_wait(t->garbage_us);
    check_wait(t->triggered_min_us);
    check_wait(t->triggered_max_us);
    MUST(t->triggered_min_us <= t->triggered_max_us);
    MUST(c->engine.n_ifaces <= RIPNG_IFACE_SECTIONS_MAX);
    for (size_t i = 0; i < c->engine.n_ifaces; i++) {
        check_section(&c->engine.ifaces[i]);
        for (size_t k = 0; k < i; k++)
            MUST(strcmp(c->engine.ifaces[i].pattern, c->engine.ifaces[k].pattern) != 0);
    }
    MUST(c->engine.n_filters <= RIPNG_FILTERS_MAX);
    for (size_t i = 0; i < c->engine.n_filters; i++)
        check_filter(&c->engine.filters[i]);
    const struct ripng_kernel_config *k = &c->engine.kernel;
    for (unsigned s = 0; s < RIPNG_N_REDISTRIBUTE; s++) {
        const struct ripng_redistribute_config *r = &c->engine.redistribute[s];
        MUST(r->metric >= 1 && r->metric <= 15);
        MUST(!(r->protocols[k->protocol / 8] >> k->protocol % 8 & 1)); /* routes would echo */
    }
    MUST(k->table >= 1 && k->metric >= 1 && k->protocol > 4);
    MUST(c->engine.limits.routes <= RIPNG_LIMIT_ROUTES_MAX);
    MUST(c->engine.limits.routes_per_neighbor <= RIPNG_LIMIT_ROUTES_MAX);
    MUST(c->engine.limits.neighbors >= 1 && c->engine.limits.neighbors <= RIPNG_LIMIT_NEIGHBORS_MAX);
    MUST(c->control_socket[0] && memchr(c->control_socket, '\0', sizeof c->control_socket));
    MUST(memchr(c->control_group, '\0', sizeof c->control_group));
    MUST(c->log_level <= RIPNG_DEBUG);
}

/* --- the file ----------------------------------------------------------------- */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (file < 0)
        open_file();
    MUST(ftruncate(file, 0) == 0 && pwrite(file, data, size, 0) == (ssize_t)size);
    struct reports first = {.lines = 1}, second;
    for (size_t i = 0; i < size; i++)
        first.lines += data[i] == '\n';
    second = first;

    struct daemon_config a, b;
    int rc = config_read(&a, path, take_report, &first);
    MUST(config_read(&b, path, take_report, &second) == rc);
    MUST(first.n == second.n && first.sum == second.sum);
    MUST(rc == 0 ? first.n == 0 : rc == -EINVAL && first.n > 0);
    if (rc)
        return 0;
    check_settings(&a);
    MUST(a.engine.n_ifaces == b.engine.n_ifaces);
    MUST(strcmp(a.control_socket, b.control_socket) == 0 && a.log_level == b.log_level);
    config_clear(&a);
    config_clear(&b);
    return 0;
}
