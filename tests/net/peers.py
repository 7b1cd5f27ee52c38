"""BIRD 2 and FRR (zebra and ripngd) as routers of the laboratory; babeld, as what RIPng is joined to;
ip6tables
and ufw, whose rules keep RIPng out.

All run from the files that tests/run unpacked (RIPNGD_PEERS), not from an installation: every folder they would use on
a real machine is given by an option, or covered by a private mount (FRR's /var/tmp). BIRD and FRR
answer to the same methods, so that a test can be written once for both:

    start(), stop(), kill()              the daemon's life
    announce(prefix, metric, via), withdraw(prefix)   what it shares; `via`: another router, as "address", "interface"
    metric(prefix), tag(prefix)          those in its own RIPng table; None: not there
    protocol                             RTPROT_* of its routes in the kernel
"""

import glob
import os
import re
import shutil
import socket
import subprocess

import lab as laboratory

PEERS = os.path.abspath(os.environ.get("RIPNGD_PEERS", os.path.join(laboratory.TOP, "build", "peers")))


def environment():
    libraries = [d for d in glob.glob(f"{PEERS}/usr/lib/*-linux-gnu*") if os.path.isdir(d)]
    libraries += [f"{d}/frr" for d in libraries]
    return {**os.environ, "LD_LIBRARY_PATH": ":".join(libraries)}


def iptables(folder):
    """The environment in which a command finds ip6tables (which writes nftables' rules), and nft what its matches mean."""
    os.makedirs(folder)
    for name in ("ip6tables", "iptables"):
        for does in ("", "-save", "-restore"):
            os.symlink(f"{PEERS}/usr/sbin/xtables-nft-multi", f"{folder}/{name}{does}")
    modules = glob.glob(f"{PEERS}/usr/lib/*/xtables")[0]
    path = os.pathsep.join([folder, os.environ["PATH"]])
    return {**environment(), "PATH": path, "XTABLES_LIBDIR": modules}


def ufw(folder):
    """The same for `ufw` too; its files and its own idea of where programs are, in a copy in `folder`."""
    env = iptables(f"{folder}/bin")
    for place in ("etc", "lib/ufw", "usr/lib/python3/dist-packages/ufw"):
        shutil.copytree(f"{PEERS}/{place}", f"{folder}/{place}", symlinks=True, ignore_dangling_symlinks=True)
    shutil.copytree(f"{PEERS}/usr/share/ufw/iptables", f"{folder}/etc/ufw", dirs_exist_ok=True)  # its postinst does
    shutil.copy(f"{PEERS}/usr/share/ufw/ufw.conf", f"{folder}/etc/ufw")
    for file, was, now in (
        ("usr/lib/python3/dist-packages/ufw/common.py", 'iptables_dir = "/usr/sbin"', f'iptables_dir = "{folder}/bin"'),
        ("lib/ufw/ufw-init-functions", 'PATH="/sbin:', f'PATH="{folder}/bin:/sbin:'),
    ):
        with open(f"{folder}/{file}") as f:
            text = f.read()
        assert was in text, file
        with open(f"{folder}/{file}", "w") as f:
            f.write(text.replace(was, now))
    with open(f"{folder}/bin/ufw", "w", opener=lambda path, flags: os.open(path, flags, 0o755)) as f:
        f.write(f'#!/bin/sh\nexec /usr/bin/python3 {PEERS}/usr/sbin/ufw --rootdir={folder} --datadir={folder} "$@"\n')
    return {**env, "PYTHONPATH": f"{folder}/usr/lib/python3/dist-packages", "PYTHONDONTWRITEBYTECODE": "1"}


class Bird:
    """BIRD 2: one process, told of changes by `birdcl configure`."""

    name = "bird"
    protocol = 12
    program = f"{PEERS}/usr/sbin/bird"

    def __init__(self, node, interfaces, timers=(1, 6, 3)):
        self.node, self.interfaces, self.timers = node, interfaces, timers
        self.shared, self.via = {}, {}
        self.process = None
        self.config = os.path.join(node.lab.dir, f"{node.name}-bird.conf")
        self.control_path = os.path.join(node.lab.dir, f"{node.name}-bird.ctl")

    def _write(self):
        routes = "".join(
            f"  route {prefix} {self.via.get(prefix, 'unreachable')} {{ rip_metric = {metric}; }};\n"
            for prefix, metric in self.shared.items()
        )
        update, timeout, garbage = self.timers
        interfaces = ", ".join(f'"{name}"' for name in self.interfaces)
        with open(self.config, "w") as f:
            f.write(f"""
router id 192.0.2.{self.node.number};
log stderr all;
debug protocols {{ states, routes }};
protocol device {{ scan time 1; }}
protocol kernel {{ ipv6 {{ import none; export where source = RTS_RIP; }}; scan time 1; }}
protocol direct {{ ipv6; }}
protocol static shared {{ ipv6;
{routes} }}
protocol rip ng {{
  ipv6 {{ import all; export all; }};
  interface {interfaces} {{ update time {update}; timeout time {timeout}; garbage time {garbage}; }};
}}
""")

    def start(self):
        self._write()
        self.process = self.node.start(
            "bird",
            [self.program, "-f", "-c", self.config, "-s", self.control_path, "-P", self.config + ".pid"],
            env=environment(),
        )
        laboratory.wait_until(
            lambda: "BIRD" in self.control("show status", check=False), lambda: f"BIRD answers: {self.process.log()}"
        )
        return self

    def stop(self):
        self.process.stop()

    def kill(self):
        self.process.kill()

    def control(self, command, check=True):
        done = subprocess.run(
            [f"{PEERS}/usr/sbin/birdcl", "-s", self.control_path] + command.split(),
            capture_output=True,
            text=True,
            env=environment(),
        )
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def _configure(self):
        self._write()
        answer = self.control("configure")
        assert "Reconfigur" in answer, answer

    def announce(self, prefix, metric=1, via=None):
        self.shared[prefix] = metric
        if via:
            self.via[prefix] = "via " + "%".join(via)
        if self.process:
            self._configure()

    def withdraw(self, prefix):
        del self.shared[prefix]
        self._configure()

    def _attribute(self, prefix, name):
        text = self.control(f"show route for {prefix} protocol rip1 all", check=False)
        found = re.search(rf"RIP\.{name}: (\w+)", text) if prefix in text else None
        return found.group(1) if found else None

    def metric(self, prefix):
        found = self._attribute(prefix, "metric")
        return int(found) if found else None

    def tag(self, prefix):
        found = self._attribute(prefix, "tag")
        return int(found, 16) if found else None


class Frr:
    """FRR: zebra for the kernel, ripngd for the protocol.

    It shares kernel routes, all with one metric: the one announced last counts.
    """

    name = "frr"
    protocol = 190

    def __init__(self, node, interfaces, timers=(1, 6, 3)):
        self.node, self.interfaces, self.timers = node, interfaces, timers
        self.shared = {}
        self.dir = os.path.join(node.lab.dir, f"{node.name}-frr")
        os.makedirs(self.dir, exist_ok=True)
        with open("/etc/group") as known, open(f"{self.dir}/group", "w") as group:
            group.write(known.read() + "frrvty:x:64999:root\n")
        self.zebra = self.process = None

    def _daemon(self, name, *options):
        argv = [f"{PEERS}/usr/lib/frr/{name}", "-u", "root", "-g", "root", "-P", "0", "-f", f"{self.dir}/{name}.conf"]
        argv += ["-z", f"{self.dir}/zserv.api", "-i", f"{self.dir}/{name}.pid", "--vty_socket", self.dir]
        argv += ["--log", "stdout", "--log-level", "debug", *options]
        # It wants the group frrvty, and leaves crash traces in /var/tmp: private mounts, that end with the process.
        private = ["unshare", "-m", "sh", "-c"]
        private += [f'mount --bind {self.dir}/group /etc/group && mount -t tmpfs none /var/tmp && exec "$@"', "sh"]
        process = self.node.start(name, private + self._command(name, argv), env=environment())
        laboratory.wait_until(
            lambda: os.path.exists(f"{self.dir}/{name}.vty") or not process.alive(), f"{name} is up"
        )
        assert process.alive(), f"{name} ended: {process.log()}"
        return process

    def _command(self, name, argv):
        """What runs; for those who want something in front of it."""
        return argv

    def _config_lines(self):
        update, timeout, garbage = self.timers
        lines = ["router ripng", f"timers basic {update} {timeout} {garbage}", "redistribute connected"]
        lines += [f"network {name}" for name in self.interfaces]
        if self.shared:
            lines += [self._redistribute()]
        return lines

    def _redistribute(self):
        return f"redistribute kernel metric {max(self.shared.values())}"

    def start(self):
        with open(f"{self.dir}/zebra.conf", "w") as f:
            f.write("hostname zebra\n")
        with open(f"{self.dir}/ripngd.conf", "w") as f:
            f.write("hostname ripngd\n" + "\n".join(self._config_lines()) + "\n")
        if not self.zebra:
            self.zebra = self._daemon("zebra")
        if os.path.exists(f"{self.dir}/ripngd.vty"):
            os.unlink(f"{self.dir}/ripngd.vty")
        self.process = self._daemon("ripngd")
        return self

    def stop(self):
        self.process.stop()

    def kill(self):
        self.process.kill()

    def control(self, *commands):
        """What vtysh does: commands to ripngd's own socket, ended by a NUL; an answer ends with three and a status."""
        answers = []
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(laboratory.DEADLINE)
            s.connect(f"{self.dir}/ripngd.vty")
            for command in ("enable",) + commands:
                s.sendall(command.encode() + b"\0")
                data = b""
                while data[-4:-1] != b"\0\0\0":
                    data += s.recv(65536)
                answers.append(data[:-4].decode())
        return "".join(answers)

    def _configure(self, *lines):
        answer = self.control("configure terminal", "router ripng", *lines, "end")
        assert "%" not in answer, answer

    def announce(self, prefix, metric=1, via=None):
        known = prefix in self.shared
        self.shared = {p: metric for p in (*self.shared, prefix)}
        if not known and via:
            self.node.route(f"add {prefix} via {via[0]} dev {via[1]} proto static")
        elif not known:
            self.node.route(f"add blackhole {prefix} proto static")
        if self.process:
            self._configure(self._redistribute())

    def withdraw(self, prefix):
        del self.shared[prefix]
        self.node.route(f"del {prefix} proto static")

    def _columns(self, prefix):
        shown = self.control("show ipv6 ripng")
        found = re.search(rf"{re.escape(prefix)}\s+(\S+)\s+(\S+)\s+(\d+)\s+(\d+)", shown)
        return (int(found.group(3)), int(found.group(4))) if found and int(found.group(3)) < 16 else (None, None)

    def metric(self, prefix):
        return self._columns(prefix)[0]

    def tag(self, prefix):
        return self._columns(prefix)[1]


class Babeld:
    """babeld, with a configuration as a text: it speaks Babel, and has no part in RIPng."""

    protocol = 42

    def __init__(self, node, text):
        self.node = node
        place = os.path.join(node.lab.dir, f"{node.name}-babeld")
        with open(place + ".conf", "w") as f:
            f.write(text)
        # Hellos each second; what it would have in /var in this test's own folder.
        self.argv = [f"{PEERS}/usr/sbin/babeld", "-c", place + ".conf", "-S", place + ".state", "-I", place + ".pid"]
        self.argv += ["-h", "1", "-H", "1"]
        self.process = None

    def start(self):
        self.process = self.node.start("babeld", self.argv, env=environment())
        return self

    def stop(self):
        self.process.stop()
