/*
 * What the three files of the fake kernel offer each other: kernel.c (the table),
 * kernel_box.c (the mailbox) and kernel_change.c (what the daemon changes).
 */
#ifndef SIM_KERNEL_PARTS_H
#define SIM_KERNEL_PARTS_H

#include "kernel.h"

/* --- kernel.c ------------------------------------------------------------- */

struct kernel_route *kernel_find(struct kernel *k, uint32_t pid, uint32_t metric);
struct kernel_route *kernel_add(struct world *w, struct kernel *k, uint32_t pid);
void kernel_del(struct world *w, struct kernel *k, struct kernel_route *e);
void kernel_touched(struct world *w, struct kernel *k);

/* --- kernel_box.c ----------------------------------------------------------- */

/* A message, behind all others or before them; the caller fills it in. */
struct kmsg *kernel_put(struct world *w, struct router *r, bool front);
/* The same for what happened; NULL: nobody listens, or there was no room for it. */
struct kmsg *kernel_event(struct world *w, struct router *r, enum kmsg_kind kind);
void kernel_tell_route(struct world *w, struct router *r, const struct kernel_route *e, enum kmsg_kind kind,
                       bool replaced);

#endif
