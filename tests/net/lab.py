"""A laboratory of network namespaces for the tests in this folder.

A Lab makes nodes (a namespace each), cables between them, and switches; starts programs in nodes and ends them, by
their own process id and nothing else; and takes everything away again when it is closed. Nothing in here sleeps for a
result: wait_until() asks again until a deadline, which is generous because machines are slow.

Interfaces are called after what is at their other end (a cable from r1 to r2 is `r2` in r1 and `r1` in r2; a switch
gives its name to the interface in each node), and hardware addresses are given by hand, so that a link-local address
is known beforehand and the same after an interface went down and up.
"""

import ctypes
import ipaddress
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.abspath(os.environ.get("RIPNGD_BUILD", os.path.join(TOP, "build")))
RIPNGD = os.path.join(BUILD, "daemon", "ripngd")
RIPNGCTL = os.path.join(BUILD, "cli", "ripngctl")

DEADLINE = 40  # seconds; what takes longer than this is broken, not slow
OURS = 189  # RTPROT_RIP

# Timers for tests: nothing hurries, nothing is slow. The timeout is six updates, so that a busy machine loses none.
TIMERS = "timers { update = 1 timeout = 6 garbage = 3 triggered-min = 0.05 triggered-max = 0.1 }\n"
# For tests in which nothing may happen by the clock.
SLOW_TIMERS = "timers { update = 600 timeout = 3600 garbage = 3600 triggered-min = 0.05 triggered-max = 0.1 }\n"

SANITIZER = re.compile(r"AddressSanitizer|LeakSanitizer|UndefinedBehaviorSanitizer|runtime error:")
_libc = ctypes.CDLL(None, use_errno=True)
_CLONE_NEWNET = 0x40000000


def wait_until(condition, what, deadline=DEADLINE, pause=0.03):
    """Calls `condition` until it gives something true, and returns that; says `what` was waited for if it never does.

    `what` may be a function, asked when it failed.
    """
    end = time.monotonic() + deadline
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"after {deadline} s still not: {what() if callable(what) else what}")
        time.sleep(pause)


def holds_for(seconds, condition, what):
    """For what must not happen: `condition` stays true all the time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert condition(), f"no longer: {what}"
        time.sleep(0.05)


def prefix_text(text):
    """The one way to write a prefix: 'default' and host routes, as `ip` prints them, included."""
    if text == "default":
        return "::/0"
    return str(ipaddress.ip_network(text, strict=False))


class Process:
    """A program in a node, its output in a file."""

    def __init__(self, node, name, argv, env=None, preexec=None):
        self.node, self.name, self.argv = node, name, argv
        self.log_path = os.path.join(node.lab.dir, f"{node.name}-{name}.log")
        self.may_end = False  # the test ends it, or expects it to
        with open(self.log_path, "ab") as log:
            self.popen = node.inside(
                lambda: subprocess.Popen(
                    argv,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    env={**os.environ, **(env or {})},
                    preexec_fn=preexec,
                )
            )
        node.lab.processes.append(self)

    @property
    def pid(self):
        return self.popen.pid

    def alive(self):
        return self.popen.poll() is None

    def state(self):
        """What it is doing, for a test that finds it stuck."""
        said = []
        for what in ("stat", "wchan", "syscall", "stack"):
            try:
                with open(f"/proc/{self.pid}/{what}") as f:
                    said.append(f"{what}: {f.read().strip()}")
            except OSError as e:
                said.append(str(e))
        return f"{self.name} on {self.node.name}: " + "; ".join(said)

    def log(self):
        with open(self.log_path, errors="replace") as f:
            return f.read()

    def send_signal(self, signum):
        self.popen.send_signal(signum)

    def kill(self):
        """kill -9."""
        self.may_end = True
        self.popen.kill()
        self.popen.wait()

    def stop(self, signum=signal.SIGTERM, deadline=DEADLINE):
        """Asks it to end; returns its exit status."""
        self.may_end = True
        if self.alive():
            self.popen.send_signal(signum)
        return self.wait(deadline)

    def wait(self, deadline=DEADLINE):
        self.may_end = True
        try:
            return self.popen.wait(deadline)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.name} on {self.node.name} still runs {deadline} s later") from None

    def wait_for_log(self, pattern, deadline=DEADLINE):
        """The first line that matches."""
        found = wait_until(
            lambda: re.search(f"^.*(?:{pattern}).*$", self.log(), re.MULTILINE),
            f"{pattern!r} in the log of {self.name} on {self.node.name}",
            deadline,
        )
        return found.group(0)

    def problems(self):
        """What the end of a test holds against it."""
        found = []
        if not self.may_end and not self.alive():
            found.append(f"{self.name} on {self.node.name} ended by itself, status {self.popen.returncode}")
        return found


class Ripngd(Process):
    """A ripngd and its control socket."""

    def __init__(self, node, config=None, args=(), socket=None, level="debug", preexec=None):
        n = node.lab.next_number()
        self.socket = socket or os.path.join(node.lab.dir, f"{node.name}.sock")
        self.config_path = os.path.join(node.lab.dir, f"{node.name}-{n}.conf")
        argv = [RIPNGD, "-s", self.socket, "-l", level]
        if config is not None:
            self.write_config(config)
            argv += ["-c", self.config_path]
        super().__init__(node, f"ripngd-{n}", argv + list(args), env=sanitizer_env(), preexec=preexec)

    def write_config(self, text):
        with open(self.config_path + ".new", "w") as f:
            f.write(text)
        os.rename(self.config_path + ".new", self.config_path)

    def ready(self):
        """Waits until it answers."""
        wait_until(
            lambda: not self.alive() or self.ctl("show", "status").returncode == 0,
            lambda: f"an answer from ripngd on {self.node.name}: {self.log()[-2000:]}",
        )
        assert self.alive(), f"ripngd on {self.node.name} ended: {self.log()}"
        return self

    def ctl(self, *args, json_=False, deadline=DEADLINE):
        argv = [RIPNGCTL, "-s", self.socket] + (["-j"] if json_ else []) + list(args)
        return self.node.run(*argv, check=False, deadline=deadline, env=sanitizer_env())

    def show(self, *args):
        """`ripngctl -j show ...` as Python data."""
        done = self.ctl("show", *args, json_=True)
        assert done.returncode == 0, f"ripngctl show {args}: {done.returncode} {done.stderr}; {self.state()}"
        return json.loads(done.stdout)

    def status(self):
        return self.show("status")[0]

    def route(self, prefix):
        """The table's entry for exactly this prefix, or None."""
        for route in self.show("route"):
            if route["prefix"] == prefix:
                return route
        return None

    def neigh(self, address):
        for neigh in self.show("neigh"):
            if neigh["address"] == address:
                return neigh
        return None

    def interface(self, name):
        for interface in self.show("interface"):
            if interface["name"] == name:
                return interface
        return None

    def problems(self):
        found = super().problems()
        report = SANITIZER.search(self.log())
        if report:
            found.append(f"{self.name} on {self.node.name}: {self.log()[max(0, report.start() - 200):][:6000]}")
        if re.search(r"Assertion .*failed", self.log()):
            found.append(f"an assertion failed in {self.name} on {self.node.name}: {self.log()[-2000:]}")
        return found


def sanitizer_env():
    return {
        "ASAN_OPTIONS": "detect_leaks=1:halt_on_error=1:abort_on_error=0:exitcode=99",
        "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
    }


class Node:
    """A namespace: a router or a host."""

    def __init__(self, lab, name, number, forward):
        self.lab, self.name, self.number = lab, name, number
        self.ns = f"{lab.prefix}-{name}"
        self._interfaces = 0
        subprocess.run(["ip", "netns", "add", self.ns], check=True)
        self._fd = os.open(f"/run/netns/{self.ns}", os.O_RDONLY | os.O_CLOEXEC)
        # For interfaces to come: addresses are usable at once (no duplicate address detection, and no random delay of
        # up to a second before it), no router solicitations, no surprises by router advertisements.
        for key, value in {
            "all/forwarding": int(forward),
            "default/accept_dad": 0,
            "all/accept_dad": 0,
            "default/router_solicitations": 0,
            "default/router_solicitation_delay": 0,
            "default/accept_ra": 0,
        }.items():
            self.sysctl(f"net/ipv6/conf/{key}", value)
        self.ip("link set dev lo up")

    def close(self):
        os.close(self._fd)
        subprocess.run(["ip", "netns", "del", self.ns], check=False)

    # --- being there ---

    def inside(self, function):
        """Calls `function` in this namespace (a thread of its own changes over) and returns what it returns.

        Sockets and processes made there belong to the namespace for good.
        """
        result = []

        def work():
            try:
                if _libc.setns(self._fd, _CLONE_NEWNET) != 0:
                    raise OSError(ctypes.get_errno(), f"setns to {self.ns}")
                result.append((function(), None))
            except BaseException as e:  # handed to the caller below
                result.append((None, e))

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        value, error = result[0]
        if error is not None:
            raise error
        return value

    def run(self, *argv, check=True, deadline=DEADLINE, input=None, env=None):
        """Runs a program to its end here; its output is text."""
        done = self.inside(
            lambda: subprocess.run(
                argv,
                stdin=None if input is not None else subprocess.DEVNULL,
                input=input,
                capture_output=True,
                text=True,
                timeout=deadline,
                env={**os.environ, **(env or {})},
            )
        )
        if check and done.returncode != 0:
            raise AssertionError(f"{self.name}: {' '.join(argv)}: {done.returncode} {done.stdout}{done.stderr}")
        return done

    def sysctl(self, key, value):
        def write():
            with open(f"/proc/sys/{key}", "w") as f:
                f.write(str(value))

        self.inside(write)

    # --- iproute2 ---

    def ip(self, command, check=True):
        """`ip COMMAND` here."""
        done = subprocess.run(["ip", "-n", self.ns] + command.split(), capture_output=True, text=True)
        if check and done.returncode != 0:
            raise AssertionError(f"{self.name}: ip {command}: {done.stderr}")
        return done.stdout

    def ip_json(self, command):
        out = subprocess.run(
            ["ip", "-j", "-N", "-d", "-n", self.ns] + command.split(), capture_output=True, text=True, check=True
        ).stdout
        return json.loads(out or "[]")

    def ip_batch(self, lines):
        """Many `ip -6` commands at once."""
        argv = ["ip", "-6", "-n", self.ns, "-batch", "-"]
        done = subprocess.run(argv, input="\n".join(lines) + "\n", text=True, capture_output=True)
        assert done.returncode == 0, done.stderr[-500:]

    def address(self, interface, *addresses):
        for address in addresses:
            self.ip(f"-6 addr add {address} dev {interface} nodad")

    def route(self, command, check=True):
        return self.ip(f"-6 route {command}", check)

    def up(self, interface):
        self.ip(f"link set dev {interface} up")

    def down(self, interface):
        self.ip(f"link set dev {interface} down")

    def interfaces(self):
        return [link["ifname"] for link in self.ip_json("link show") if link["ifname"] != "lo"]

    def link_local(self, interface):
        """The link-local address there; waits for it."""

        def look():
            for link in self.ip_json(f"-6 addr show dev {interface} scope link"):
                for a in link.get("addr_info", []):
                    if "local" in a and not a.get("tentative"):
                        return a["local"]
            return None

        return wait_until(look, f"a link-local address on {interface} of {self.name}")

    def routes(self, table=254):
        """The kernel's IPv6 routes: a list of dicts of `ip -j -N`, `dst` in the one way to write a prefix."""
        found = self.ip_json(f"-6 route show table {table}")
        for r in found:
            r["dst"] = prefix_text(r["dst"])
            r["protocol"] = int(r["protocol"])
        return found

    def learned(self, protocol=OURS, table=254):
        """What a routing daemon put into the kernel: prefix -> route."""
        return {r["dst"]: r for r in self.routes(table) if r["protocol"] == protocol}

    def wait_learned(self, prefix, via=None, protocol=OURS, deadline=DEADLINE):
        """Waits for a learned route in the kernel (through `via`, a link-local address)."""

        def look():
            r = self.learned(protocol).get(prefix)
            return r if r and (via is None or r.get("gateway") == via) else None

        return wait_until(
            look, lambda: f"{self.name} has {prefix} via {via}; it has {self.learned(protocol)}", deadline
        )

    def wait_unlearned(self, prefix, protocol=OURS, deadline=DEADLINE):
        wait_until(
            lambda: prefix not in self.learned(protocol), f"{prefix} gone from the kernel of {self.name}", deadline
        )

    # --- programs ---

    def start(self, name, argv, **kwargs):
        return Process(self, name, argv, **kwargs)

    def ripngd(self, config=TIMERS, **kwargs):
        """A ripngd that answers already. None: no configuration at all."""
        return Ripngd(self, config, **kwargs).ready()

    def pings(self, address, source=None):
        """Does one ping come back within a second?"""
        argv = ["ping", "-6", "-n", "-c1", "-W1"] + (["-I", source] if source else []) + [address]
        return self.run(*argv, check=False).returncode == 0

    def wait_pings(self, address, source=None):
        wait_until(lambda: self.pings(address, source), f"a ping from {self.name} to {address} comes back")


class Ping:
    """A ping that runs while something else happens; lost() ends it and counts."""

    def __init__(self, node, address, interval=0.01, source=None, name="ping"):
        argv = ["ping", "-6", "-n", "-q", "-i", str(interval)] + (["-I", source] if source else []) + [address]
        self.process = node.start(name, argv)
        self.process.may_end = True

    def counts(self):
        """(sent, received) so far; ping says so when it gets SIGINT."""
        self.process.stop(signal.SIGINT)
        sent, received = re.search(r"(\d+) packets transmitted, (\d+) received", self.process.log()).groups()
        return int(sent), int(received)

    def lost(self):
        sent, received = self.counts()
        assert sent > 0
        # The last one may still have been under way.
        return max(0, sent - received - 1)


class RouteMonitor:
    """`ip monitor route` in a node: what happened to the kernel's routes meanwhile."""

    def __init__(self, node):
        self.process = node.start("monitor", ["ip", "-N", "-6", "monitor", "route"])
        self.process.may_end = True
        self.node = node
        # It listens once a change of our own shows up.
        wait_until(lambda: self._mark() in self.process.log(), f"ip monitor on {node.name} listens", pause=0.1)

    def _mark(self):
        """A change that no daemon cares for: in a table of its own."""
        marker = f"2001:db8:dead:{self.node.lab.next_number():x}::/64"
        self.node.route(f"add blackhole {marker} table 77")
        self.node.route(f"del blackhole {marker} table 77")
        return marker

    def lines(self):
        return [line.strip() for line in self.process.log().splitlines() if "table 77" not in line]

    def deleted(self, prefix=None):
        return [line for line in self.lines() if line.startswith("Deleted") and (prefix is None or prefix in line)]

    def settle(self):
        """All that happened so far has been printed."""
        marker = self._mark()
        wait_until(lambda: marker in self.process.log(), "ip monitor caught up")
        return self


class Lab:
    """Nodes, cables, switches and programs, and the end of them all."""

    _numbers = 0

    def __init__(self):
        Lab._numbers += 1
        self.prefix = f"rn{os.getpid()}x{Lab._numbers}"
        self.dir = tempfile.mkdtemp(prefix="ripngd-")
        self.nodes, self.processes = {}, []
        self._number = 0
        self._switch = None
        os.chmod(self.dir, 0o755)

    def next_number(self):
        self._number += 1
        return self._number

    # --- building ---

    def node(self, name, forward=True):
        node = Node(self, name, len(self.nodes) + 1, forward)
        self.nodes[name] = node
        return node

    def routers(self, *names):
        return [self.node(name) for name in names]

    def host(self, name):
        return self.node(name, forward=False)

    def cable(self, a, b, name_a=None, name_b=None):
        """A cable between two nodes; the names of its ends are those of the nodes at the other end."""
        name_a, name_b = name_a or b.name, name_b or a.name
        ends = []
        for node, name in ((a, name_a), (b, name_b)):
            node._interfaces += 1
            ends.append(["name", name, "address", f"02:00:00:00:{node.number:02x}:{node._interfaces:02x}"])
            ends[-1] += ["netns", node.ns]
        subprocess.run(["ip", "link", "add"] + ends[0] + ["type", "veth", "peer"] + ends[1], check=True)
        a.up(name_a)
        b.up(name_b)

    def switch(self, name, *nodes):
        """A switch with a port to each of the nodes, whose interfaces are called as it is."""
        if self._switch is None:
            self._switch = self.node("switches", forward=False)
        s = self._switch
        s.ip(f"link add {name} type bridge mcast_snooping 0")
        s.up(name)
        for node in nodes:
            self.plug(node, name)

    def plug(self, node, name):
        """One more node for a switch."""
        port = f"{name}-{node.name}"
        self.cable(self._switch, node, port, name)
        self._switch.ip(f"link set dev {port} master {name}")

    def stub(self, node, name, *addresses):
        """A LAN with nobody else in it: a cable whose other end is up."""
        if self._switch is None:
            self._switch = self.node("switches", forward=False)
        other = f"s{self.next_number()}-{node.name}"
        self.cable(self._switch, node, other, name)
        self._switch.sysctl(f"net/ipv6/conf/{other}/disable_ipv6", 1)
        node.address(name, *addresses)

    def host_behind(self, router, name, prefix):
        """A host on a cable of its own: `prefix` like '2001:db8:1:' gives the router ::1, the host ::2."""
        host = self.host(name)
        self.cable(router, host)
        router.address(name, f"{prefix}:1/64")
        host.address(router.name, f"{prefix}:2/64")
        host.route(f"add default via {prefix}:1")
        return host

    # --- ending ---

    def close(self):
        """Takes everything away. Returns what was wrong with the programs."""
        problems = [p for process in self.processes for p in process.problems()]
        daemons = [p for p in self.processes if isinstance(p, Ripngd) and p.alive()]
        for p in self.processes:
            p.may_end = True
            if p.alive():
                p.popen.send_signal(signal.SIGCONT)
                p.popen.terminate()
        for p in self.processes:
            try:
                status = p.popen.wait(DEADLINE)
                if p in daemons and status != 0:
                    problems.append(f"{p.name} on {p.node.name}: exit status {status} after SIGTERM")
            except subprocess.TimeoutExpired:
                p.popen.kill()
                p.popen.wait()
                if p in daemons:
                    problems.append(f"{p.name} on {p.node.name} did not end at SIGTERM")
        for p in daemons:
            problems += [line for line in p.problems() if line not in problems]
        for node in self.nodes.values():
            node.close()
        shutil.rmtree(self.dir)
        return problems

    def story(self):
        """For a test that failed: the programs' logs and the kernels' routes."""
        parts = []
        for node in self.nodes.values():
            if node is not self._switch:
                text = node.ip("-6 addr show", check=False) + node.ip("-6 route show table all", check=False)
                lines = [line for line in text.splitlines() if "table local" not in line and "valid_lft" not in line]
                parts.append((f"{node.name}: addresses and routes", "\n".join(lines[:200])))
        for p in self.processes:
            log = p.log()
            cut = "" if len(log) < 12000 else "[...]\n"
            parts.append((f"{p.node.name}: {' '.join(p.argv)}", cut + log[-12000:]))
        return parts
