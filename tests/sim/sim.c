/*
 * The simulator's command line: which seeds, in how many processes, and what came out.
 *
 *    sim -n 2000 -j 2          seeds 1 to 2000, a line at the end
 *    sim -s 1234 -v            one seed, told step by step (-vv: packets too)
 *    sim --file seeds.txt      the seeds of a file
 *    sim --home -n 500         a home for 24 virtual hours
 *    sim --infinity            how long counting to infinity takes
 *
 * Seeds run in child processes, so that an assert of the engine is a failure of its
 * seed and no more. See README.md for what is checked.
 */
#include "home.h"
#include "infinity.h"
#include "scenario.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WORKERS_MAX 64
#define HOME_HOURS 24

struct wanted {
    uint64_t seed;
    enum era era;
};

struct options {
    struct wanted *seeds;
    size_t n_seeds;
    uint64_t first, n;
    unsigned jobs;
    int trace;
    bool infinity, home;
    struct topology_wish wish;
};

/* Shared with the parent. */
struct worker {
    pid_t pid;
    size_t next; /* index of the seed under way, or to begin with */
    uint64_t done, failed;
    struct stats stats;
    int64_t virtual_time;
};

static const char *const eras[] = {[ERA_NOW] = "now", [ERA_LAWLESS] = "lawless", [ERA_SINGLE] = "single"};

static void add_stats(struct stats *to, const struct stats *s)
{
    to->events += s->events;
    to->packets += s->packets;
    to->packets_sent += s->packets_sent;
    to->rtes += s->rtes;
    to->faults += s->faults;
    to->loops += s->loops;
    to->requests += s->requests;
    to->loop_total += s->loop_total;
    to->asked += s->asked;
    to->settled += s->settled;
    to->settling += s->settling;
    if (s->entries > to->entries)
        to->entries = s->entries;
    if (s->loop_longest > to->loop_longest)
        to->loop_longest = s->loop_longest;
    if (s->converged > to->converged)
        to->converged = s->converged;
}

static void report_failure(const struct options *o, const struct wanted *which, const char *topology,
                           const char *what)
{
    unsigned long long seed = which->seed;
    char era[32] = "";
    if (which->era != ERA_NOW)
        snprintf(era, sizeof era, "--era %s ", eras[which->era]);
    printf("seed %llu FAILED: %s\n    %s\n    replay: sim %s%s-s %llu -v\n", seed, what, topology,
           o->home ? "--home " : "", era, seed);
    fflush(stdout);
}

static void run_seed(const struct options *o, const struct wanted *what, struct worker *me)
{
    struct world *w = world_new(what->seed, o->trace);
    struct topology_wish wish = o->wish;
    wish.era = what->era;
    int64_t began = w->now;
    if (o->home)
        home_run(w, HOME_HOURS);
    else
        scenario_run(w, &wish);
    me->done++;
    me->virtual_time += w->now - began;
    add_stats(&me->stats, &w->stats);
    if (w->failed) {
        me->failed++;
        report_failure(o, what, w->topology, w->failure);
    }
    world_free(w);
}

/* --- many seeds ------------------------------------------------------------------------- */

static void work(const struct options *o, struct worker *me, unsigned stride)
{
    for (; me->next < o->n_seeds; me->next += stride)
        run_seed(o, &o->seeds[me->next], me);
}

static void spawn(const struct options *o, struct worker *me, unsigned stride)
{
    fflush(stdout);
    pid_t pid = fork();
    if (pid < 0) {
        perror("fork");
        exit(2);
    }
    if (pid > 0) {
        me->pid = pid; /* not the child's business: it shares `me` */
        return;
    }
    work(o, me, stride);
    fflush(stdout);
    exit(0); /* with the sanitizers' last look */
}

static void wait_for_all(const struct options *o, struct worker *workers, unsigned jobs)
{
    unsigned left = jobs;
    int status = 0;
    for (pid_t pid; left && (pid = wait(&status)) > 0;) {
        struct worker *me = NULL;
        for (unsigned i = 0; i < jobs; i++)
            if (workers[i].pid == pid)
                me = &workers[i];
        if (!me)
            continue;
        if (me->next >= o->n_seeds) {
            me->failed += status != 0; /* a leak, say */
            left--;
            continue;
        }
        char what[96];
        snprintf(what, sizeof what, "the process ended (%s %d): an assert or a sanitizer, see above",
                 WIFSIGNALED(status) ? "signal" : "exit code",
                 WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
        report_failure(o, &o->seeds[me->next], "", what);
        me->failed++;
        me->done++;
        me->next += jobs;
        spawn(o, me, jobs);
    }
}

static int run_many(const struct options *o)
{
    struct worker *workers =
        mmap(NULL, sizeof *workers * WORKERS_MAX, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct stats total = {0};
    uint64_t done = 0, failed = 0;
    int64_t virtual_time = 0;
    struct timespec from, to;
    if (workers == MAP_FAILED) {
        perror("mmap");
        return 2;
    }
    clock_gettime(CLOCK_MONOTONIC, &from);
    for (unsigned i = 0; i < o->jobs; i++) {
        workers[i].next = i;
        spawn(o, &workers[i], o->jobs);
    }
    wait_for_all(o, workers, o->jobs);
    clock_gettime(CLOCK_MONOTONIC, &to);
    for (unsigned i = 0; i < o->jobs; i++) {
        done += workers[i].done;
        failed += workers[i].failed;
        virtual_time += workers[i].virtual_time;
        add_stats(&total, &workers[i].stats);
    }
    double seconds = (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9;
    printf("%llu seeds, %llu failed, %.1f s (%.0f seeds a second); %.0f h of virtual time, %llu faults, "
           "%llu packets, %llu routes heard\n",
           (unsigned long long)done, (unsigned long long)failed, seconds, (double)done / (seconds + 1e-9),
           (double)virtual_time / 3.6e9, (unsigned long long)total.faults, (unsigned long long)total.packets,
           (unsigned long long)total.rtes);
    printf("%llu questions to living next hops behind links that lose 30%% at the most\n",
           (unsigned long long)total.asked);
    if (total.settled)
        printf("right again %.1f s after the last change, on average of %llu times\n",
               (double)total.settling / 1e6 / (double)total.settled, (unsigned long long)total.settled);
    printf("longest convergence %.0f s after the last fault; %llu loops, the longest stood %.1f s, %.1f s on "
           "average\n",
           (double)total.converged / 1e6, (unsigned long long)total.loops, (double)total.loop_longest / 1e6,
           total.loops ? (double)total.loop_total / 1e6 / (double)total.loops : 0.);
    munmap(workers, sizeof *workers * WORKERS_MAX);
    if (done != o->n_seeds)
        printf("not all of the %zu seeds were run\n", o->n_seeds);
    return failed || done != o->n_seeds ? 1 : 0;
}

/* Of the world that was run in this process. */
static void report_one(const struct options *o, const struct worker *me)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    printf("seed %llu: good; %.0f s of virtual time, right %.0f s after the last fault, %llu routes in all "
           "tables, "
           "%llu packets; %.0f s of a processor, %ld MB\n",
           (unsigned long long)o->seeds[0].seed, (double)me->virtual_time / 1e6,
           (double)me->stats.converged / 1e6, (unsigned long long)me->stats.entries,
           (unsigned long long)me->stats.packets, (double)u.ru_utime.tv_sec + (double)u.ru_stime.tv_sec,
           u.ru_maxrss / 1024);
}

/* --- options ---------------------------------------------------------------------------------- */

static enum era read_era(const char *word)
{
    enum era e = ERA_SINGLE;
    while (e != ERA_NOW && strcmp(word, eras[e]) != 0)
        e--;
    return e;
}

static void add_seed(struct options *o, uint64_t seed, enum era era)
{
    if (!(o->n_seeds & (o->n_seeds - 1)))
        o->seeds = sim_realloc(o->seeds, (o->n_seeds ? o->n_seeds * 2 : 1) * sizeof *o->seeds);
    o->seeds[o->n_seeds++] = (struct wanted){seed, era};
}

/* A seed at the beginning of a line, perhaps its era; what follows, and lines that begin otherwise, is
 * comment. */
static bool read_file(struct options *o, const char *name)
{
    char line[512], era[16];
    unsigned long long seed;
    FILE *f = fopen(name, "r");
    if (!f) {
        fprintf(stderr, "sim: %s: %s\n", name, strerror(errno));
        return false;
    }
    while (fgets(line, sizeof line, f)) {
        int n = sscanf(line, "%llu %15s", &seed, era);
        if (n >= 1)
            add_seed(o, seed, n == 2 ? read_era(era) : ERA_NOW);
    }
    fclose(f);
    return true;
}

static void usage(void)
{
    puts("usage: sim [-n SEEDS] [-f FIRST] [-j JOBS] [-s SEED] [-v] [--file FILE] [--routers N]\n"
         "           [--prefixes N] [--topology NAME] [--era NAME] [--infinity | --home]\n"
         "SIM_SEEDS in the environment stands for -n.");
}

static bool parse(struct options *o, int argc, char **argv)
{
    static const struct option longs[] = {
        {"seeds", 1, NULL, 'n'},    {"first", 1, NULL, 'f'},
        {"jobs", 1, NULL, 'j'},     {"seed", 1, NULL, 's'},
        {"verbose", 0, NULL, 'v'},  {"file", 1, NULL, 'F'},
        {"routers", 1, NULL, 'r'},  {"help", 0, NULL, 'h'},
        {"prefixes", 1, NULL, 'p'}, {"infinity", 0, NULL, 'I'},
        {"home", 0, NULL, 'H'},     {"topology", 1, NULL, 't'},
        {"era", 1, NULL, 'E'},      {0},
    };
    for (int c; (c = getopt_long(argc, argv, "n:f:j:s:vhF:", longs, NULL)) != -1;)
        switch (c) {
        case 'n':
            o->n = strtoull(optarg, NULL, 10);
            break;
        case 'f':
            o->first = strtoull(optarg, NULL, 10);
            break;
        case 'j':
            o->jobs = (unsigned)strtoul(optarg, NULL, 10);
            break;
        case 's':
            add_seed(o, strtoull(optarg, NULL, 10), o->wish.era);
            o->n = 0;
            break;
        case 'v':
            o->trace++;
            break;
        case 'F':
            if (!read_file(o, optarg))
                return false;
            o->n = 0;
            break;
        case 'r':
            o->wish.routers = (uint32_t)strtoul(optarg, NULL, 10);
            break;
        case 'p':
            o->wish.prefixes = (uint32_t)strtoul(optarg, NULL, 10);
            break;
        case 't':
            for (unsigned i = 0; i < TOPOLOGY_ANY; i++)
                if (strcmp(optarg, topology_names[i]) == 0)
                    o->wish.kind = (enum topology)i;
            break;
        case 'E':
            o->wish.era = read_era(optarg);
            break;
        case 'H':
            o->home = true;
            break;
        case 'I':
            o->infinity = true;
            break;
        default:
            usage();
            return false;
        }
    return o->jobs >= 1 && o->jobs <= WORKERS_MAX;
}

int main(int argc, char **argv)
{
    const char *wanted = getenv("SIM_SEEDS");
    struct options o = {
        .first = 1,
        .n = wanted && *wanted ? strtoull(wanted, NULL, 10) : 300,
        .jobs = 1,
        .wish = {.kind = TOPOLOGY_ANY, .split_horizon = -1},
    };
    if (!parse(&o, argc, argv))
        return 2;
    if (o.infinity)
        return infinity_report(o.first, o.n < 300 ? (unsigned)o.n : 20);
    int result;
    if (o.n_seeds == 1) { /* -s: in this process, for a debugger */
        struct worker me = {0};
        run_seed(&o, &o.seeds[0], &me);
        result = me.failed ? 1 : 0;
        if (!result)
            report_one(&o, &me);
    } else {
        for (uint64_t i = 0; i < o.n; i++)
            add_seed(&o, o.first + i, o.wish.era);
        result = run_many(&o);
    }
    free(o.seeds);
    return result;
}
