/*
 * Word to the service manager that has started us (systemd's Type=notify): ready,
 * alive, reloading, stopping.
 */
#ifndef DAEMON_NOTIFY_H
#define DAEMON_NOTIFY_H

#include "loop.h"

struct notify;

/* 0, with *out NULL where nobody wants to hear; or -errno. All else takes NULL, and does nothing then. */
int notify_open(struct notify **out, struct loop *loop);
void notify_close(struct notify *n);

/* `status`: a line for people, or NULL. */
void notify_ready(struct notify *n, const char *status);
void notify_reloading(struct notify *n); /* until the next notify_ready() */
void notify_stopping(struct notify *n);

/* Is a sign of life due? Asked at the end of each turn, so that a loop that hangs gives none. */
bool notify_due(const struct notify *n);
void notify_alive(struct notify *n, const char *status);

#endif
