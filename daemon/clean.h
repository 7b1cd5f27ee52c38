/*
 * Names that may be any bytes, made fit for JSON and for a terminal.
 */
#ifndef DAEMON_CLEAN_H
#define DAEMON_CLEAN_H

#include <stddef.h>

/*
 * Copies `from`, cut to `size`, with '?' for what is no UTF-8 and for control
 * characters (of which JSON would make six bytes each, and a terminal a mess).
 * Returns `to`.
 */
const char *clean_text(const char *from, char *to, size_t size);

#endif
