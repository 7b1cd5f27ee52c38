/*
 * What the two files of the home share: its state, and how long it may be wrong.
 *
 * home.c builds it and says whether all is well; home_fate.c is what happens to it.
 */
#ifndef SIM_HOME_PARTS_H
#define SIM_HOME_PARTS_H

#include "home.h"

#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)

enum { R1, R2, R3, MUTE, N_HOME }; /* MUTE: the router without RIPng */
enum { WAN, LAN, LAN1, LAN2, LAN3, LAN4, WIFI, CABLE, N_LINKS };

#define GENERATIONS 6 /* prefixes of the ISP; one comes back after a while */
#define ULA GENERATIONS
#define NOTHING UINT32_MAX

/* Kernel routes that come and go together. */
struct group {
    uint32_t router;
    uint32_t shares[5];
    unsigned n;
};

struct home {
    struct world *w;
    struct group own[N_HOME][GENERATIONS + 1]; /* what each has of a /56, ULA: of the /48 that stays */
    struct group lease[N_HOME][GENERATIONS];   /* R1's route to what it delegated */
    struct group on_link[N_HOME][GENERATIONS]; /* R1's LAN, as its neighbours see it */
    uint32_t port[N_HOME][N_LINKS];            /* NOTHING: not there */
    uint32_t holds[N_HOME];                    /* generation */
    bool powered[N_HOME];
    uint32_t boots[N_HOME];
    uint32_t wan_losses;
    unsigned noise;     /* what makes it a matter of luck whether all is right: nothing is expected then */
    int64_t changed_at; /* the last time that anything was done to the home */
    uint64_t seen;      /* w->changes when it was looked at last */
    unsigned was_running;
    bool wrong, over, split_off;
    int64_t patient_until;
    char why[256];
};

/*
 * How long a home may be wrong after the last change, all packets arriving. A silent
 * death is noticed in 5 s and 4 s of questions. Who is then left without a route asks,
 * within 5 s of having asked before. False beliefs end by counting, a step of at most
 * triggered-max, and so does the truth spread. Refused changes of the kernel, or of a group,
 * are tried again within 60 s, a dump that failed within 1 s.
 */
#define DETECTION (10 * SECOND)
#define ASKING (6 * SECOND)
#define COUNTING (16 * (5 * SECOND + SECOND / 2))
#define RIGHT_AGAIN (DETECTION + ASKING + COUNTING)

/* --- home_fate.c: what happens, in words that fit into an event ------------------------ */

enum happening {
    NEXT,        /* the next stroke of fate */
    LEASE,       /* a router asks R1 for its prefix, `who` */
    WAN_BACK,    /* `who`: which loss */
    BOOT,        /* power is back, `who` */
    CABLE_IN,    /* `who`: port */
    AIR_CLEARS,  /* a link without loss again, `who`: link */
    KERNEL_GOOD, /* `who` */
    UNMUTE,      /* the switch passes it again, `who`: port */
    DEPRECATED,  /* an on-link prefix goes at last, `who`: router << 8 | generation */
};

void home_later(struct home *h, int64_t from, int64_t to, enum happening what, uint32_t who);
void home_happens(struct world *w, uint32_t what, uint32_t who, void *arg);
struct port *home_port(struct home *h, unsigned who, unsigned link); /* NULL: it has none there */
/* The kernel routes of a group come or go, where there is power. */
void home_set(struct home *h, struct group *g, bool active);

#endif
