"""Who is measured, and with what: the routers, their processes, and the kernel's own counters.

A contestant is started on a node and speaks RIPng on the interfaces that it is given. The pids of all its processes are
known, so that what it costs is what all of them cost. Everything is read where it costs nobody anything: the kernel's
count of routes rather than a monitor of them, /proc rather than a tracer.
"""

import os
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "net"))

import lab as laboratory  # noqa: E402
import peers  # noqa: E402
from lab import BUILD, RIPNGD, Ripngd, wait_until  # noqa: E402

TOOLS = os.path.join(BUILD, "tests", "bench")
DEFAULT_TIMERS = (30, 180, 120)
STILL = 1.0  # seconds without a change: it is over


def tool(name):
    return os.path.join(TOOLS, name)


# --- the kernel's counters ---


def cpu_ns(pids):
    """What these processes have had of a processor, kernel included."""
    total = 0
    for pid in pids:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/schedstat") as f:
                total += int(f.read().split()[0])
    return total


def memory_kb(pids):
    """(RSS, its anonymous part)."""
    rss = anonymous = 0
    for pid in pids:
        with open(f"/proc/{pid}/smaps_rollup") as f:
            text = f.read()
        rss += int(re.search(r"^Rss:\s+(\d+)", text, re.M).group(1))
        anonymous += int(re.search(r"^Anonymous:\s+(\d+)", text, re.M).group(1))
    return rss, anonymous


class Count:
    """How many IPv6 routes the kernel of a node has, all told. One read, whatever their number."""

    def __init__(self, node):
        self.fd = node.inside(lambda: os.open("/proc/thread-self/net/rt6_stats", os.O_RDONLY | os.O_CLOEXEC))
        self.base = self._read()

    def close(self):
        os.close(self.fd)

    def _read(self):
        return int(os.pread(self.fd, 200, 0).split()[3], 16)

    def now(self):
        return self._read() - self.base

    def wait(self, wanted, deadline):
        """The time at which there were so many; None: it stayed otherwise for a while, or too long."""
        end, last, since = time.monotonic() + deadline, None, 0
        while True:
            n, now = self.now(), time.monotonic()
            if n == wanted:
                return now
            if n != last:
                last, since = n, now
            if now > end or now - since > STILL:
                return None
            time.sleep(0.0005)

    def still(self):
        """How many there are once it no longer changes."""
        self.wait(-1, 600)
        return self.now()


def in_group(node, interface):
    """Does something there listen to ff02::9?"""

    def look():
        with open("/proc/thread-self/net/igmp6") as f:
            return any(line.split()[1:3] == [interface, "ff02" + "0" * 26 + "09"] for line in f)

    return node.inside(look)


# --- netlink by hand: what `ip` would do, without the milliseconds that starting it takes ---

_RTM_NEWADDR, _RTM_DELADDR, _RTM_NEWROUTE, _RTM_DELROUTE = 20, 21, 24, 25
_IFA_ADDRESS, _RTA_DST, _NODAD = 1, 1, 2


class Addresses:
    """Gives a node addresses and takes them away, at once."""

    def __init__(self, node, interface):
        def open_():
            s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
            return s, socket.if_nametoindex(interface)

        self.socket, self.index = node.inside(open_)

    def close(self):
        self.socket.close()

    def _change(self, kind, flags, address, length):
        body = struct.pack("=BBBBI", socket.AF_INET6, length, _NODAD, 0, self.index)
        body += struct.pack("=HH", 20, _IFA_ADDRESS) + socket.inet_pton(socket.AF_INET6, address)
        begin = time.monotonic()
        self.socket.send(struct.pack("=IHHII", 16 + len(body), kind, flags | 5, 1, 0) + body)
        error = struct.unpack_from("=i", self.socket.recv(4096), 16)[0]
        assert error == 0, os.strerror(-error)
        return begin

    def add(self, address, length=64):
        return self._change(_RTM_NEWADDR, 0x600, address, length)

    def delete(self, address, length=64):
        return self._change(_RTM_DELADDR, 0, address, length)


class RouteEvents:
    """When a node's kernel got a route, or lost it."""

    def __init__(self, node):
        def open_():
            s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
            s.bind((0, 0x400))  # RTMGRP_IPV6_ROUTE
            return s

        self.socket = node.inside(open_)

    def close(self):
        self.socket.close()

    def wait(self, prefix, there, deadline):
        address = socket.inet_pton(socket.AF_INET6, prefix.partition("/")[0])
        end = time.monotonic() + deadline
        while True:
            self.socket.settimeout(max(0.01, end - time.monotonic()))
            data = self.socket.recv(65536)
            now, at = time.monotonic(), 0
            while at + 28 <= len(data):
                size, kind = struct.unpack_from("=IH", data, at)
                if kind == (_RTM_NEWROUTE if there else _RTM_DELROUTE) and address in data[at + 28 : at + size]:
                    return now
                at += (size + 3) & ~3


# --- the contestants ---


class Contestant:
    """`gaps`: microseconds between the packets of a neighbour that announces its table; the best of them counts."""

    gaps = (0,)
    speaks = True

    def __init__(self, node, interfaces, timers=DEFAULT_TIMERS, passive=(), stamp=None):
        self.node, self.interfaces, self.timers, self.passive, self.stamp = node, interfaces, timers, passive, stamp

    def start(self):
        self._start()
        for interface in self.interfaces:
            wait_until(lambda: in_group(self.node, interface), f"{self.name} listens on {interface}", pause=0.005)
        return self

    def cpu(self):
        return cpu_ns(self.pids())

    def memory(self):
        return memory_kb(self.pids())

    def dropped(self):
        """Packets that its socket had no room for."""

        def look():
            with open("/proc/thread-self/net/udp6") as f:
                return sum(int(line.split()[-1]) for line in f if line.split()[1].endswith(":0209"))

        return self.node.inside(look)


class Floor(Contestant):
    """`floor rx` or `floor count`: no router at all."""

    name = "floor-rx"
    what = "rx"
    speaks = False

    def _start(self):
        self.process = self.node.start(self.name, [tool("floor"), self.what, self.interfaces[0]])

    def pids(self):
        return [self.process.pid]

    def stop(self):
        self.process.kill()


class FloorCount(Floor):
    name, what = "floor-count", "count"


class Ours(Contestant):
    name = "ripngd"
    program = RIPNGD

    def _start(self):
        u, t, g = self.timers
        config = f"timers {{ update = {u} timeout = {t} garbage = {g} }}\nlimits {{ routes = 0 }}\n"
        config += "".join(f'interface "{i}" {{ passive = {str(i in self.passive).lower()} }}\n' for i in self.interfaces)
        if self.stamp:
            argv = [tool("stamp"), self.stamp, RIPNGD, "-l", "warning", "-s", os.path.join(self.node.lab.dir, "x.sock")]
            self.process = self.node.start("ripngd", argv)
        else:
            self.process = Ripngd(self.node, config, level="warning").ready()

    def pids(self):
        return [self.process.pid]

    def stop(self):
        self.process.stop()

    def dump(self, json):
        """Seconds that the CLI needs for the whole table."""
        argv = [laboratory.RIPNGCTL, "-s", self.process.socket] + (["-j"] if json else []) + ["show", "route"]
        begin = time.monotonic()
        subprocess.run(argv, stdout=subprocess.DEVNULL, check=True)
        return time.monotonic() - begin

    def question(self):
        """Seconds until a small question is answered."""
        begin = time.monotonic()
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(self.process.socket)
            s.sendall(b"show status\n")
            data = b""
            while b'"end"' not in data:
                data += s.recv(65536)
        return time.monotonic() - begin


class Bird(peers.Bird, Contestant):
    """As it comes: no debugging, its timers of the kernel's scan as they are."""

    gaps = (300, 1000)

    def __init__(self, *args, **kwargs):
        Contestant.__init__(self, *args, **kwargs)
        peers.Bird.__init__(self, self.node, self.interfaces, self.timers)

    def _write(self):
        update, timeout, garbage = self.timers
        interfaces = "".join(
            f'  interface "{i}" {{ update time {update}; timeout time {timeout}; garbage time {garbage}; '
            f'passive {"yes" if i in self.passive else "no"}; }};\n'
            for i in self.interfaces
        )
        with open(self.config, "w") as f:
            f.write(f"""
router id 192.0.2.{self.node.number};
log stderr {{ warning, error, fatal, bug }};
protocol device {{ }}
protocol kernel {{ ipv6 {{ import none; export where source = RTS_RIP; }}; }}
protocol direct {{ ipv6; }}
protocol rip ng {{
  ipv6 {{ import all; export all; }};
{interfaces}}}
""")

    def start(self):
        if not self.stamp:
            peers.Bird.start(self)
        else:
            self._write()
            argv = [tool("stamp"), self.stamp, self.program, "-f", "-c", self.config, "-s", self.control_path]
            self.process = self.node.start("bird", argv + ["-P", self.config + ".pid"], env=peers.environment())
        for interface in self.interfaces:
            wait_until(lambda: in_group(self.node, interface), f"bird listens on {interface}", pause=0.005)
        return self

    def pids(self):
        return [self.process.pid]

    def dump(self, json):
        if json:
            return None
        argv = [f"{peers.PEERS}/usr/sbin/birdcl", "-s", self.control_path, "show", "route"]
        begin = time.monotonic()
        subprocess.run(argv, stdout=subprocess.DEVNULL, check=True, env=peers.environment())
        return time.monotonic() - begin


class Frr(peers.Frr, Contestant):
    gaps = (1000,)

    def __init__(self, *args, **kwargs):
        Contestant.__init__(self, *args, **kwargs)
        peers.Frr.__init__(self, self.node, self.interfaces, self.timers)

    def _config_lines(self):
        return super()._config_lines() + [f"passive-interface {i}" for i in self.passive]

    def _daemon(self, name, *options):
        process = super()._daemon(name, "--log-level", "warnings", *options)
        if name == "ripngd":
            for interface in self.interfaces:
                wait_until(lambda: in_group(self.node, interface), f"FRR listens on {interface}", pause=0.005)
        return process

    def _command(self, name, argv):
        """zebra is there before: only the one that speaks RIPng is timed."""
        return [tool("stamp"), self.stamp] + argv if self.stamp and name == "ripngd" else argv

    def start(self):
        return peers.Frr.start(self)

    def stop(self):
        self.process.stop()
        self.zebra.stop()

    def pids(self):
        return [self.process.pid, self.zebra.pid]


# --- those beside it ---


class Listener:
    """The program `listen` on an interface of a node."""

    def __init__(self, node, interface, delay=0, buffer=64 << 20):
        def start():
            return subprocess.Popen(
                [tool("listen"), interface, str(delay), str(buffer)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )

        self.process = node.inside(start)
        assert self.process.stdout.readline() == "ready\n"
        self.first = None  # seconds of CLOCK_REALTIME
        self.packets = self.rtes = self.dropped = 0

    def _line(self):
        while True:
            fields = self.process.stdout.readline().split()
            assert fields, "listen ended"
            if fields[0] != "first":
                return fields
            self.first = int(fields[1]) / 1e9

    def look(self):
        """Brings `packets`, `rtes` and `dropped` up to now."""
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        packets, rtes, dropped = self._line()
        self.packets, self.rtes, self.dropped = (
            self.packets + int(packets),
            self.rtes + int(rtes),
            self.dropped + int(dropped),
        )
        return self

    def forget(self):
        self.look()
        self.packets = self.rtes = self.dropped = 0

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


def blast(node, interface, count, metric, gap):
    """Announces the table once; when its first packet was sent."""
    done = node.run(tool("blast"), interface, str(count), str(metric), str(gap), deadline=600)
    return int(done.stdout.split()[0]) / 1e9


class Meanwhile:
    """Calls `function` again and again in a thread, until it is left; `values` has what it returned."""

    def __init__(self, function, pause):
        self.function, self.pause, self.values = function, pause, []
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._work)

    def _work(self):
        while not self._end.wait(self.pause):
            self.values.append(self.function())

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._end.set()
        self._thread.join()


def longest_gap(node, source, address, cut, back, interval=0.005):
    """Pings, has the cable `cut`, and gives the longest time in seconds between two replies, once they are `back`."""
    argv = ["ping", "-6", "-n", "-D", "-i", str(interval), "-I", source, address]
    ping = node.start("ping", argv)
    replies = re.compile(r"^\[(\d+\.\d+)\].*icmp_seq", re.M)
    wait_until(lambda: len(replies.findall(ping.log())) > 20, "pings come back")
    time.sleep(0.2)
    at = time.time()
    cut()
    wait_until(
        lambda: time.time() - at > back and any(float(t) > at + back for t in replies.findall(ping.log())[-20:]),
        "pings come back again",
        deadline=300,
        pause=0.2,
    )
    ping.stop(signal.SIGINT)
    times = [float(t) for t in replies.findall(ping.log())]
    return max(b - a for a, b in zip(times, times[1:])) - interval


def size(program):
    """(bytes of the stripped program, of it and its libraries but libc's, these libraries)."""
    libraries = set()
    with tempfile.NamedTemporaryFile() as copy:
        subprocess.run(["strip", "-o", copy.name, program], check=True)
        own = os.path.getsize(copy.name)
    found = subprocess.run(["ldd", program], capture_output=True, text=True, env=peers.environment(), check=True).stdout
    for path in re.findall(r"=> (/\S+)", found):
        name = os.path.basename(path)
        if not re.match(r"(libc|libm|libpthread|libdl|librt|libresolv)\.so", name):
            libraries.add(os.path.realpath(path))
    return own, own + sum(map(os.path.getsize, libraries)), libraries
