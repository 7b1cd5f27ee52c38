"""The sandbox of the systemd unit without systemd: what its [Service] section asks for, asked of the kernel directly.

As a module, read_unit() gives that section. As a program, run by root in the network namespace that the daemon is to be in:

    sandbox.py UNIT RUN-FOLDER USER kill|errno PROGRAM [ARG...]

RUN-FOLDER becomes /run. A system call that the unit forbids ends the program (`kill`: so that a test sees it) or fails
(`errno`: as under systemd). Each setting of the unit stands in the table SETTINGS, or this refuses to start: none is left
out unnoticed. Not done here: IPAddressAllow=, for which a test looks at the packets instead.
"""

import ctypes
import errno
import os
import pwd
import re
import stat
import subprocess
import sys

libc = ctypes.CDLL(None, use_errno=True)

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 1, 2, 4, 8, 32, 4096, 16384, 1 << 18
CLONE_NEWNS = 0x20000
NAMESPACES = 0x02000000 | CLONE_NEWNS | 0x04000000 | 0x08000000 | 0x10000000 | 0x20000000 | 0x40000000 | 0x80
PR_CAPBSET_DROP, PR_SET_KEEPCAPS, PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE = 24, 8, 38, 47, 2
CAPABILITIES = {"CAP_NET_BIND_SERVICE": 10, "CAP_NET_ADMIN": 12}
LAST_CAPABILITY = 63
MORE_FAMILIES = 64  # than there are
FAMILIES = {"AF_UNIX": 1, "AF_INET": 2, "AF_INET6": 10, "AF_NETLINK": 16}


def read_unit(path):
    """[Service]: name -> list of values."""
    with open(path) as f:
        section = re.search(r"^\[Service\]$(.*?)(?=^\[|\Z)", f.read(), re.M | re.S).group(1)
    settings = {}
    for name, value in re.findall(r"^(\w+)=(.*)$", section, re.M):
        settings.setdefault(name, []).append(value)
    return settings


def check(result, what):
    if result < 0:
        raise OSError(ctypes.get_errno(), f"{what}: {os.strerror(ctypes.get_errno())}")
    return result


# --- the file system ---------------------------------------------------------


def mount(source, target, kind=None, flags=0, data=None):
    text = [None if t is None else os.fsencode(t) for t in (source, target, kind, data)]
    check(libc.mount(text[0], text[1], text[2], ctypes.c_ulong(flags), text[3]), f"mount {target}")


def read_only(path):
    mount(path, path, None, MS_BIND | MS_REC)
    mount(None, path, None, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV)


def empty(path, mode="0"):
    if os.path.isdir(path):
        mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV, f"mode={mode}")


def all_read_only():
    """ProtectSystem=strict: all mounts but /proc, /sys, /dev and the one folder in /run."""
    with open("/proc/self/mountinfo") as f:
        points = [line.split()[4] for line in f]
    mount("/run/ripngd", "/run/ripngd", None, MS_BIND)
    for point in points:
        if not re.match(r"/(proc|sys|dev|tmp|var/tmp)(/|$)", point) and os.path.exists(point):
            mount(None, point, None, MS_BIND | MS_REMOUNT | MS_RDONLY)


def private_devices():
    names = [n for n in ("null", "zero", "full", "random", "urandom", "tty") if os.path.exists(f"/dev/{n}")]
    devices = {n: os.stat(f"/dev/{n}").st_rdev for n in names}
    mount("tmpfs", "/dev", "tmpfs", MS_NOSUID | MS_NOEXEC, "mode=755")
    for name, number in devices.items():
        os.mknod(f"/dev/{name}", stat.S_IFCHR | 0o666, number)
        os.chmod(f"/dev/{name}", 0o666)


def set_up_files(run, user):
    check(libc.unshare(CLONE_NEWNS), "unshare")
    mount(None, "/", None, MS_REC | MS_PRIVATE)
    mount(run, "/run", None, MS_BIND)
    os.makedirs("/run/ripngd", exist_ok=True)
    os.chown("/run/ripngd", user.pw_uid, user.pw_gid)
    if not os.path.islink("/run/ripngd.sock"):
        os.symlink("/run/ripngd/ripngd.sock", "/run/ripngd.sock")
    mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, "hidepid=2")  # ProtectProc=invisible
    private_devices()
    all_read_only()
    for path in ("/proc/sys", "/sys", "/sys/fs/cgroup"):  # ProtectKernelTunables=, ProtectControlGroups=
        if os.path.isdir(path):
            read_only(path)
    for path in ("/home", "/root", "/run/user", "/lib/modules"):  # ProtectHome=, ProtectKernelModules=
        empty(path)
    for path in ("/tmp", "/var/tmp"):  # PrivateTmp=
        empty(path, "1777")


# --- the user and the capabilities -------------------------------------------


def become(user, names):
    kept = [CAPABILITIES[n] for n in names]
    mask = sum(1 << c for c in kept)
    for c in range(LAST_CAPABILITY + 1):
        if c not in kept:
            libc.prctl(PR_CAPBSET_DROP, c, 0, 0, 0)  # those that the kernel does not know fail
    os.setgroups([])
    check(libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0), "keepcaps")
    os.setresgid(user.pw_gid, user.pw_gid, user.pw_gid)
    os.setresuid(user.pw_uid, user.pw_uid, user.pw_uid)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    data = (ctypes.c_uint32 * 6)(mask, mask, mask, 0, 0, 0)
    check(libc.capset(header, data), "capset")
    for c in kept:
        check(libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, c, 0, 0), "ambient")
    check(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no new privileges")


# --- system calls ------------------------------------------------------------


def group_members():
    """systemd's own groups: "@name" -> the names in it."""
    text = subprocess.run(["systemd-analyze", "syscall-filter"], capture_output=True, text=True, check=True).stdout
    text = re.sub(r"\x1b\[[0-9;]*m", "", text)
    groups, name = {}, None
    for line in text.splitlines():
        if line.startswith("@"):
            name = line.strip()
            groups[name] = []
        elif line.startswith("    ") and name and not line.strip().startswith("#"):
            groups[name].append(line.strip())
        elif line.startswith("#"):
            name = None  # "Ungrouped System Calls" follow
    return groups


def expand(words, groups):
    found = set()
    for word in words:
        found |= expand(groups[word], groups) if word.startswith("@") else {word}
    return found


def allowed_calls(lines, groups):
    """SystemCallFilter=: the first line says that all else is forbidden; `~` takes away."""
    calls = expand(["@default"], groups)
    for line in lines:
        words = expand(line.lstrip("~").split(), groups)
        calls = calls - words if line.startswith("~") else calls | words
    return calls


def filters(unit, action):
    """One filter a setting, as systemd does it: a call must pass all of them."""
    import seccomp
    from seccomp import ALLOW, EQ, ERRNO, GE, MASKED_EQ, Arg, SyscallFilter

    no = {"kill": seccomp.KILL_PROCESS, "errno": ERRNO(errno.EPERM)}[action]
    families = SyscallFilter(ALLOW)
    numbers = {FAMILIES[name] for name in unit["RestrictAddressFamilies"][0].split()}
    for number in set(range(MORE_FAMILIES)) - numbers:
        families.add_rule(no, "socket", Arg(0, EQ, number))
    families.add_rule(no, "socket", Arg(0, GE, MORE_FAMILIES))
    yield families

    memory = SyscallFilter(ALLOW)
    memory.add_rule(no, "mmap", Arg(2, MASKED_EQ, 6, 6))
    for name in ("mprotect", "pkey_mprotect"):
        memory.add_rule(no, name, Arg(2, MASKED_EQ, 4, 4))
    memory.add_rule(no, "shmat", Arg(2, MASKED_EQ, 0o100000, 0o100000))
    yield memory

    rest = SyscallFilter(ALLOW)
    for bit in (1 << n for n in range(32)):
        if NAMESPACES & bit:
            rest.add_rule(no, "unshare", Arg(0, MASKED_EQ, bit, bit))
            rest.add_rule(no, "clone", Arg(0, MASKED_EQ, bit, bit)) if bit != 0x80 else None
    rest.add_rule(no, "setns")
    rest.add_rule(no, "personality", Arg(0, GE, 1))
    for bit in (stat.S_ISUID, stat.S_ISGID):
        for name, at in (("chmod", 1), ("fchmod", 1), ("fchmodat", 2), ("mkdir", 1), ("mkdirat", 2)):
            rest.add_rule(no, name, Arg(at, MASKED_EQ, bit, bit))
    for name in ("sched_setscheduler", "sethostname", "setdomainname", "syslog", "settimeofday", "clock_settime",
                 "init_module", "delete_module", "finit_module"):  # fmt: skip
        rest.add_rule(no, name)
    yield rest

    calls = SyscallFilter(no)  # the last one, for it forbids to load more
    for name in allowed_calls(unit["SystemCallFilter"], group_members()):
        try:
            calls.add_rule(ALLOW, name)
        except RuntimeError:
            pass  # a call of other machines, or newer than this libseccomp
    yield calls


# Each setting, and the value for which all of the above holds; None: any, it is looked at.
SETTINGS = {
    "Type": "notify", "NotifyAccess": "main", "ExecStart": None, "ExecReload": None, "Restart": None, "RestartSec": None,
    "WatchdogSec": None, "User": "ripngd", "Group": "ripngd", "AmbientCapabilities": None, "CapabilityBoundingSet": None,
    "NoNewPrivileges": "yes", "UMask": None, "RuntimeDirectory": "ripngd", "RuntimeDirectoryPreserve": "yes",
    "ProtectSystem": "strict", "ProtectHome": "yes", "PrivateTmp": "yes", "PrivateDevices": "yes", "PrivateMounts": "yes",
    "ProtectClock": "yes", "ProtectHostname": "yes", "ProtectKernelLogs": "yes", "ProtectKernelModules": "yes",
    "ProtectKernelTunables": "yes", "ProtectControlGroups": "yes", "ProtectProc": "invisible",
    "RestrictAddressFamilies": None, "RestrictNamespaces": "yes", "RestrictRealtime": "yes", "RestrictSUIDSGID": "yes",
    "RemoveIPC": "yes", "LockPersonality": "yes", "MemoryDenyWriteExecute": "yes", "SystemCallArchitectures": "native",
    "SystemCallFilter": None, "SystemCallErrorNumber": "EPERM", "IPAddressDeny": "any", "IPAddressAllow": None,
}  # fmt: skip


def main(path, run, user, action, *argv):
    unit, user = read_unit(path), pwd.getpwnam(user)
    for name, values in unit.items():
        if name not in SETTINGS or SETTINGS[name] not in (None, values[0]):
            sys.exit(f"sandbox.py does not know {name}={values[0]}")
    capabilities = unit["AmbientCapabilities"][0].split()
    if set(capabilities) != set(unit["CapabilityBoundingSet"][0].split()):
        sys.exit("the bounding set is not the ambient one")
    rules = list(filters(unit, action))
    program = os.open(argv[0], os.O_RDONLY)  # where it lies may be out of sight in there
    os.set_inheritable(program, True)
    set_up_files(run, user)
    os.umask(int(unit["UMask"][0], 8))
    os.chdir("/")
    become(user, capabilities)
    for rule in rules:
        rule.load()
    os.execve(program, list(argv), os.environ)


if __name__ == "__main__":
    main(*sys.argv[1:])
