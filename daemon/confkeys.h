/*
 * The tables of ripngd.conf(5): which sections and settings there are, what a value
 * must be, and where it goes.
 *
 * Used by config.c alone, which knows files and libConfuse; this knows neither.
 * To add a setting: a line in a table of confkeys.c, the man page, conf/ripngd.conf
 * and a test (tests/lint compares the three).
 */
#ifndef DAEMON_CONFKEYS_H
#define DAEMON_CONFKEYS_H

#include "conferror.h"
#include "config.h"

#define CONFKEYS_MAX 12      /* settings of a section, and a closing entry */
#define CONFKEYS_SECTIONS 12 /* kinds of sections */

/* Settings being filled in. */
struct confkeys {
    struct daemon_config *config;
    struct conferror *errors;
    enum ripng_source source; /* of the redistribute section that is being read */
};

struct confkeys_key {
    const char *name;
    /* Takes one value (of a list: each) or says what is wrong with it. */
    void (*read)(struct confkeys *c, const struct confkeys_key *k, unsigned line, const char *value,
                 void *base);
    size_t offset, size; /* in `base` */
    uint64_t min, max;
    bool list;
};

struct confkeys_section {
    const char *name;
    const char *title_is; /* what stands for it in messages; NULL: it has no title */
    unsigned max;         /* of them in a file, where they have a title */
    const struct confkeys_key *keys;
    /* Is the title good? False: said what is wrong with it. NULL where there is no title. */
    bool (*title)(struct confkeys *c, unsigned line, const char *title);
    /* Where its settings go. NULL: no memory. */
    void *(*base)(struct confkeys *c, const char *title);
    /*
     * What no setting tells alone; called where each of them is right. `lines` has
     * the line of the section, then of each setting in the order of `keys` (0: not there).
     */
    void (*check)(struct confkeys *c, const void *base, const unsigned *lines);
};

extern const struct confkeys_section confkeys_sections[];
extern const size_t confkeys_n_sections;
extern const struct confkeys_key confkeys_top[]; /* outside any section; their base is struct daemon_config */

/* NULL: there is none. */
const struct confkeys_section *confkeys_find_section(const char *name);
const struct confkeys_key *confkeys_find(const struct confkeys_key *keys, const char *name);

#endif
