/*
 * A control socket at work, for test_control.c and test_clients.c: a real socket in
 * a directory of its own, a real loop, and an engine that the kit has filled.
 *
 * The clients ("peers") live in the loop's turn function: each turn they take what
 * has come for them, unless a test has stuck them.
 */
#ifndef CONTROL_WORLD_H
#define CONTROL_WORLD_H

#include "kit.h"

#include "control.h"

#define PATIENCE_US SECONDS(30) /* a slow machine is no failure */
#define PEERS_MAX 64

struct peer {
    int fd;
    bool stuck; /* reads nothing */
    bool eof;
    char *data;
    size_t size, room, most; /* most: in one turn */
};

struct world {
    struct kit *k;
    struct loop *loop;
    struct control *control;
    char dir[32], path[64];
    struct peer peers[PEERS_MAX];
    unsigned n_peers, turns;
    bool (*until)(struct world *w);
    unsigned awaited; /* the peer that `until` looks at */
    int64_t deadline_us;
    int reload_result;
    unsigned reloads;
    unsigned reload_problems;
    const char *reload_line;
    unsigned n_asked;      /* packets sent for `query` */
    struct ripng_send ask; /* the last one */
    uint8_t asked[256];
};

int world_setup(void **state);
int world_teardown(void **state);
#define WORLD(test) cmocka_unit_test_setup_teardown(test, world_setup, world_teardown)

int64_t clock_us(void);

/* A connection; its number. */
unsigned peer_new(struct world *w);
unsigned peer_member(struct world *w); /* as one who is neither root nor the daemon's user */
void peer_say(struct world *w, unsigned peer, const char *text);
unsigned peer_ask(struct world *w, const char *line); /* a new one that says this */
void peer_drop(struct world *w, unsigned peer);

/* Runs the loop until the peer's reply is through, or it was hung up on; fails after a long time. */
void run_reply(struct world *w, unsigned peer);
void run_gone(struct world *w, unsigned peer);
/* Ten turns, for things that ought not to happen. */
void run_a_little(struct world *w);

/* A new connection's whole reply to one line. */
const char *ask(struct world *w, const char *line);
void expect_answer(struct world *w, const char *line, const char *answer);
size_t count(const char *text, const char *what);

/* So many learned routes, 2001:db8:0:0::/64 and on. */
void fill(struct world *w, unsigned n);

#endif
