/*
 * Probe: who has UDP port 521, which processes are called ripngd, and what kind of
 * system this is.
 *
 * Called by cmd_doctor.c. Reads /proc; without root other people's processes keep
 * who they are to themselves, and a holder of the port stays without a name.
 */
#include "doctor.h"
#include "proctext.h"

#include <ctype.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SOCKETS_MAX 64 /* with port 521: one, or one an interface */

struct sockets {
    unsigned long port[SOCKETS_MAX]; /* inodes */
    unsigned n;
};

static void read_ports(struct sockets *s)
{
    char line[512];
    unsigned long inode;
    FILE *f = fopen("/proc/net/udp6", "re");
    if (!f)
        return;
    while (s->n < SOCKETS_MAX && fgets(line, sizeof line, f))
        if (proctext_udp_port(line, 521, &inode))
            s->port[s->n++] = inode;
    fclose(f);
}

static void first_line(const char *path, char *to, size_t size)
{
    FILE *f = fopen(path, "re");
    to[0] = '\0';
    if (!f)
        return;
    if (fgets(to, (int)size, f))
        to[strcspn(to, "\n")] = '\0';
    fclose(f);
}

/* The path of the listening Unix socket with this inode. */
static bool socket_path(unsigned long inode, char *path, size_t size)
{
    char line[512];
    bool found = false;
    FILE *f = fopen("/proc/net/unix", "re");
    if (!f)
        return false;
    while (!found && fgets(line, sizeof line, f))
        found = proctext_unix_path(line, inode, path, size);
    fclose(f);
    return found;
}

/* What a process' descriptors tell. */
static void look_at_sockets(const char *pid, const struct sockets *s, bool daemon, struct doctor_holder *h)
{
    char path[600], link[64];
    snprintf(path, sizeof path, "/proc/%s/fd", pid);
    DIR *dir = opendir(path);
    if (!dir)
        return;
    for (struct dirent *e; (e = readdir(dir));) {
        unsigned long inode;
        snprintf(path, sizeof path, "/proc/%s/fd/%s", pid, e->d_name);
        ssize_t n = readlink(path, link, sizeof link - 1);
        if (n <= 0)
            continue;
        link[n] = '\0';
        if (sscanf(link, "socket:[%lu]", &inode) != 1)
            continue;
        for (unsigned i = 0; i < s->n; i++)
            h->port |= s->port[i] == inode;
        if (daemon && !h->socket[0])
            socket_path(inode, h->socket, sizeof h->socket);
    }
    closedir(dir);
}

static bool same_namespace(const char *pid)
{
    char path[300], ours[64] = "", theirs[64] = "";
    snprintf(path, sizeof path, "/proc/%s/ns/net", pid);
    return readlink("/proc/self/ns/net", ours, sizeof ours - 1) > 0 &&
           readlink(path, theirs, sizeof theirs - 1) > 0 && strcmp(ours, theirs) == 0;
}

static bool is_frr(const char *pid)
{
    char path[300], exe[256] = "";
    snprintf(path, sizeof path, "/proc/%s/exe", pid);
    return readlink(path, exe, sizeof exe - 1) > 0 && strstr(exe, "/frr/");
}

static void look_at_process(struct doctor *d, const char *pid, const struct sockets *s)
{
    char path[300];
    struct doctor_holder h = {.pid = atol(pid)};
    snprintf(path, sizeof path, "/proc/%s/comm", pid);
    first_line(path, h.name, sizeof h.name);
    bool daemon = strcmp(h.name, "ripngd") == 0;
    if ((!s->n && !daemon) || !same_namespace(pid))
        return;
    h.frr = is_frr(pid);
    look_at_sockets(pid, s, daemon, &h);
    if (!h.port && !daemon)
        return;
    struct doctor_holder *new = doctor_list_add(&d->holders, sizeof *new);
    if (new)
        *new = h;
    else
        d->no_memory = true;
}

void doctor_read_proc(struct doctor *d)
{
    struct sockets s = {.n = 0};
    bool named = false;
    if (access("/proc/self", F_OK) != 0)
        doctor_unseen(d, "the port, other programs and the kernel's switches: /proc is not there");
    read_ports(&s);
    d->root = geteuid() == 0;
    d->openwrt = access("/etc/openwrt_release", F_OK) == 0;
    d->systemd = access("/run/systemd/system", F_OK) == 0;
    DIR *dir = opendir("/proc");
    for (struct dirent *e; dir && (e = readdir(dir));)
        if (isdigit((unsigned char)e->d_name[0]))
            look_at_process(d, e->d_name, &s);
    if (dir)
        closedir(dir);
    const struct doctor_holder *h = d->holders.items;
    for (size_t i = 0; i < d->holders.n; i++)
        named |= h[i].port;
    if (s.n && !named) {
        struct doctor_holder *nobody = doctor_list_add(&d->holders, sizeof *nobody);
        if (nobody)
            nobody->port = true;
    }
}
