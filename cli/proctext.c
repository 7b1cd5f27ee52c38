/*
 * Lines of /proc/net: sockets by port and by inode.
 *
 * Called by doctor_proc.c and by tests. Pure. The forms are those of the kernel's
 * net/ipv6/datagram.c and net/unix/af_unix.c, which do not change.
 */
#include "proctext.h"

#include <stdio.h>
#include <string.h>

#define ACCEPTS 0x10000 /* __SO_ACCEPTCON: it listens */

bool proctext_udp_port(const char *line, unsigned port, unsigned long *inode)
{
    unsigned have;
    /* sl local_address remote_address st queues timer retrnsmt uid timeout inode ... */
    return sscanf(line, " %*u: %*32[0-9A-Fa-f]:%4x %*32[0-9A-Fa-f]:%*4x %*x %*x:%*x %*x:%*x %*x %*u %*u %lu",
                  &have, inode) == 2 &&
           have == port;
}

bool proctext_unix_path(const char *line, unsigned long inode, char *path, size_t size)
{
    unsigned long have;
    unsigned flags;
    int at = 0;
    /* Num: RefCount Protocol Flags Type St Inode Path */
    if (sscanf(line, "%*[0-9a-fA-F]: %*x %*x %x %*x %*x %lu %n", &flags, &have, &at) != 2 || at == 0)
        return false;
    size_t n = strcspn(line + at, "\n");
    if (have != inode || !(flags & ACCEPTS) || line[at] != '/' || n >= size)
        return false;
    memcpy(path, line + at, n);
    path[n] = '\0';
    return true;
}
