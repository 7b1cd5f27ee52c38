"""The systemd unit, where no systemd runs: its own analyzer's judgement of it, the daemon inside of everything that it
forbids (sandbox.py), and this test as the service manager that is told how the daemon is."""

import ipaddress
import os
import pwd
import re
import signal
import socket
import subprocess
import sys
import time

import pytest

import rip
from lab import BUILD, RIPNGD, SLOW_TIMERS, TIMERS, Ripngd, holds_for, sanitizer_env, wait_until
from sandbox import read_unit

UNIT = os.path.join(BUILD, "conf", "ripngd.service")
SANDBOX = os.path.join(os.path.dirname(os.path.abspath(__file__)), "sandbox.py")
USER = "nobody"
# What the sanitizers do at the end is not what the sandbox is for.
ENV = {**sanitizer_env(), "ASAN_OPTIONS": sanitizer_env()["ASAN_OPTIONS"].replace("detect_leaks=1", "detect_leaks=0")}


def test_its_exposure_is_1_5_at_most():
    argv = ["systemd-analyze", "security", "--offline=yes", "--no-pager", "--threshold=15", UNIT]
    done = subprocess.run(argv, capture_output=True, text=True)
    assert done.returncode == 0 and "exposure level" in done.stdout, done.stdout + done.stderr


# --- the service manager ------------------------------------------------------


class Manager:
    """What systemd does with NOTIFY_SOCKET."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(path)
        os.chmod(path, 0o777)
        self.socket.setblocking(False)
        self.heard = []  # (when, {name: value})

    def listen(self):
        while True:
            try:
                text = self.socket.recv(4096).decode()
            except BlockingIOError:
                return self.heard
            self.heard.append((time.monotonic(), dict(line.split("=", 1) for line in text.split("\n"))))

    def said(self, name):
        return [message for _, message in self.listen() if name in message]

    def wait(self, name, count=1):
        return wait_until(lambda: len(self.said(name)) >= count and self.said(name), lambda: f"{name}, not {self.heard}")


@pytest.fixture
def managed(lab):
    """(a node with a ripngd under a manager, that ripngd, the manager)"""
    r1 = lab.node("r1")
    path = os.path.join(lab.dir, "notify")
    manager = Manager(path)
    env = {"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "300000"}
    return r1, Managed(r1, SLOW_TIMERS, env).ready(), manager


class Managed(Ripngd):
    def __init__(self, node, config, env):
        self.extra = env
        old = {name: os.environ.get(name) for name in env}
        os.environ.update(env)
        try:
            super().__init__(node, config)
        finally:
            for name, value in old.items():
                os.environ.pop(name) if value is None else os.environ.update({name: value})


def test_ready_is_said_once_and_then_it_is_alive_as_often_as_asked(managed):
    _, _, manager = managed
    manager.wait("WATCHDOG", 5)
    assert len(manager.said("READY")) == 1
    times = [when for when, message in manager.heard if "WATCHDOG" in message]
    assert times[-1] - times[0] > 0.3  # no flood
    assert re.fullmatch(r"0 routes; 0 neighbours, on 0 interfaces", manager.said("WATCHDOG")[-1]["STATUS"])


def test_a_daemon_that_hangs_says_nothing(managed):
    _, daemon, manager = managed
    manager.wait("WATCHDOG")
    daemon.send_signal(signal.SIGSTOP)
    wait_until(lambda: "State:\tT" in open(f"/proc/{daemon.pid}/status").read(), "it has stopped")
    manager.listen()
    count = len(manager.heard)
    holds_for(1, lambda: len(manager.listen()) == count, "silence")
    daemon.send_signal(signal.SIGCONT)
    manager.wait("WATCHDOG", count + 1)


def test_a_reload_is_told_with_its_end_and_its_outcome(managed):
    _, daemon, manager = managed
    daemon.send_signal(signal.SIGHUP)
    manager.wait("READY", 2)
    order = [name for _, m in manager.heard for name in ("RELOADING", "READY") if name in m]
    assert order == ["READY", "RELOADING", "READY"]
    reloading = manager.said("RELOADING")[0]
    assert abs(int(reloading["MONOTONIC_USEC"]) / 1e6 - time.clock_gettime(time.CLOCK_MONOTONIC)) < 60
    daemon.write_config("nonsense = 3\n")
    assert daemon.ctl("reload").returncode == 1
    assert "wrong" in manager.wait("READY", 3)[-1]["STATUS"]
    daemon.write_config(SLOW_TIMERS)
    assert daemon.ctl("reload").returncode == 0
    assert "wrong" not in manager.wait("READY", 4)[-1]["STATUS"]


def test_the_end_is_told_when_it_begins(managed):
    _, daemon, manager = managed
    assert daemon.stop() == 0
    assert manager.said("STOPPING")


def test_a_manager_that_is_not_there_keeps_nobody_from_routing(lab):
    r1 = lab.node("r1")
    daemon = Managed(r1, SLOW_TIMERS, {"NOTIFY_SOCKET": "/nonexistent/notify"}).ready()
    daemon.wait_for_log("service manager")


# --- the sandbox ------------------------------------------------------------------


class Sandboxed(Ripngd):
    """A ripngd with all that the unit takes from it."""

    def __init__(self, node, run, config, action="kill"):
        node.lab.next_number()
        self.run, self.socket = run, os.path.join(run, "ripngd", "ripngd.sock")
        self.config_path = os.path.join(run, "ripngd.conf")
        self.write_config(config)
        self.manager = Manager(os.path.join(run, "notify"))
        argv = [sys.executable, SANDBOX, UNIT, run, USER, action, RIPNGD, "-c", "/run/ripngd.conf", "-l", "debug"]
        env = {**ENV, "NOTIFY_SOCKET": "/run/notify", "WATCHDOG_USEC": "1000000"}
        super(Ripngd, self).__init__(node, "ripngd", argv, env=env)


@pytest.fixture
def run(lab):
    path = os.path.join(lab.dir, "run")
    os.mkdir(path, 0o755)
    return path


def inside(node, run, code):
    """Python, in the sandbox; system calls that are forbidden fail."""
    argv = [sys.executable, SANDBOX, UNIT, run, USER, "errno", sys.executable, "-c", code]
    return node.run(*argv).stdout.split()


def test_the_sandbox_of_these_tests_forbids_what_the_unit_does(lab, run):
    """Or the next tests would prove nothing."""
    tries = {
        "open('/etc/x', 'w')": "EROFS", "open('/usr/x', 'w')": "EROFS", "open('/run/x', 'w')": "EROFS",
        "open('/proc/sys/net/ipv6/conf/all/forwarding', 'w')": "EROFS", "os.listdir('/root')": "EACCES",
        "os.listdir('/home')": "EACCES", "open('/dev/kmsg')": "ENOENT", "open('/proc/1/status')": "ENOENT",
        "socket.socket(socket.AF_INET)": "EPERM", "socket.socket(socket.AF_PACKET)": "EPERM",
        "os.setuid(0)": "EPERM", "os.chown('/run/ripngd', 1, 1)": "EPERM", "os.chroot('/')": "EPERM",
        "os.sched_setscheduler(0, 1, os.sched_param(1))": "EPERM", "os.chmod('/run/ripngd', 0o4755)": "EPERM",
        "mmap.mmap(-1, 4096, prot=7)": "EPERM", "socket.sethostname('x')": "EPERM",
        "open('/run/ripngd/x', 'w')": "fine", "socket.socket(socket.AF_INET6)": "fine", "open('/tmp/x', 'w')": "fine",
        "socket.socket(socket.AF_INET6, socket.SOCK_DGRAM).bind(('::', 521))": "fine",
        "open('/proc/sys/net/ipv6/conf/all/forwarding')": "fine",
    }  # fmt: skip
    code = f"""
import errno, mmap, os, socket
for what in {list(tries)!r}:
    try:
        eval(what)
        print("fine")
    except OSError as e:
        print(errno.errorcode[e.errno])
"""
    assert dict(zip(tries, inside(lab.node("r1"), run, code))) == tries
    os.unlink(os.path.join(run, "ripngd", "x"))


@pytest.mark.parametrize("user", ["", f'user = "{USER}"\ncontrol {{ group = "nogroup" }}\n'], ids=["no setting", "packaged"])
def test_the_daemon_does_all_its_work_in_the_sandbox(lab, run, user):
    r1, r2, peer = lab.routers("r1", "r2", "peer")
    daemon = Sandboxed(r1, run, TIMERS + user).ready()
    daemon.manager.wait("READY")
    lab.cable(r1, r2)  # after it has started
    lab.cable(r1, peer)
    lab.stub(r2, "lan", "2001:db8:2::1/64")
    r2.ripngd()
    r1.wait_learned("2001:db8:2::/64")
    wait_until(lambda: (daemon.interface("peer") or {}).get("up"), "RIPng on the new interface")
    speaker = rip.Speaker(peer, "r1")
    speaker.announce(("2001:db8:9::/64", 1))
    r1.wait_learned("2001:db8:9::/64")
    speaker.announce(("2001:db8:9::/64", 16))
    r1.wait_unlearned("2001:db8:9::/64")
    for what in ("route", "neigh", "interface", "status"):
        assert daemon.show(what)
    assert daemon.ctl("reload").returncode == 0
    daemon.write_config(TIMERS + user + "nonsense = 1\n")
    assert daemon.ctl("reload").returncode == 1
    daemon.manager.wait("WATCHDOG")
    with open(f"/proc/{daemon.pid}/status") as f:
        status = dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)
    assert status["Uid"].split() == [str(pwd.getpwnam(USER).pw_uid)] * 4 and status["Seccomp"] == "2"
    assert int(status["CapEff"], 16) == int(status["CapPrm"], 16) == 1 << 10 | 1 << 12
    assert daemon.stop() == 0
    assert r1.learned() == {} and os.listdir(os.path.join(run, "ripngd")) == []


def test_a_next_hop_that_dies_in_silence_is_found_in_the_sandbox(lab, run):
    r1, r2 = lab.routers("r1", "r2")
    lab.cable(r1, r2)
    lab.stub(r2, "lan", "2001:db8:2::1/64")
    daemon = Sandboxed(r1, run, SLOW_TIMERS).ready()
    r2.ripngd(SLOW_TIMERS)
    r1.wait_learned("2001:db8:2::/64")
    r2.ip("-6 addr flush dev r1 scope link")  # both links stay up, and nobody answers
    r1.wait_unlearned("2001:db8:2::/64")
    assert daemon.stop() == 0


def test_all_its_packets_are_among_the_addresses_that_the_unit_allows(lab):
    """IPAddressAllow= cuts off what goes elsewhere or comes from elsewhere."""
    allowed = [ipaddress.ip_network(n) for n in read_unit(UNIT)["IPAddressAllow"][0].split()]
    assert read_unit(UNIT)["IPAddressDeny"] == ["any"]
    r1, r2 = lab.routers("r1", "r2")
    lab.cable(r1, r2)
    sniffer = r2.inside(lambda: socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x86DD)))
    sniffer.bind(("r1", 0x86DD))
    sniffer.setblocking(False)
    link_local = {n: n.link_local(i) for n, i in ((r1, "r2"), (r2, "r1"))}
    lab.stub(r1, "lan", "2001:db8:1::1/64")
    lab.stub(r2, "lan", "2001:db8:2::1/64")
    for node, other in ((r1, r2), (r2, r1)):
        node.ripngd(TIMERS + f'interface "*" {{ neighbors = {{"{link_local[other]}"}} }}\n')
    r1.wait_learned("2001:db8:2::/64")
    r2.wait_learned("2001:db8:1::/64")
    seen = 0
    while True:
        try:
            packet = sniffer.recv(65536)
        except BlockingIOError:
            break
        if packet[6] == 17 and 521 in (int.from_bytes(packet[40:42], "big"), int.from_bytes(packet[42:44], "big")):
            seen += 1
            for at in (8, 24):
                address = ipaddress.IPv6Address(packet[at : at + 16])
                assert any(address in n for n in allowed), address
    assert seen >= 4
