/*
 * Lines of /proc/net, read without trust.
 */
#ifndef CLI_PROCTEXT_H
#define CLI_PROCTEXT_H

#include <stdbool.h>
#include <stddef.h>

/* A line of /proc/net/udp6: is it a socket bound to `port`? Its inode. */
bool proctext_udp_port(const char *line, unsigned port, unsigned long *inode);

/* A line of /proc/net/unix: is it the listening socket with this inode? Its path, whole. */
bool proctext_unix_path(const char *line, unsigned long inode, char *path, size_t size);

#endif
