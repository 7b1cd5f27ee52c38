"""`ripngctl monitor`: what happens, while it happens."""

import json
import signal
import subprocess

import pytest

import rip
from lab import RIPNGCTL, SLOW_TIMERS, Process, sanitizer_env, wait_until


class Monitor(Process):
    def __init__(self, home, *options):
        argv = [RIPNGCTL, "-s", home.daemon.socket, "monitor", *options]
        super().__init__(home.router, f"monitor-{home.lab.next_number()}", argv, env=sanitizer_env())
        self.may_end = True

    def events(self):
        return [json.loads(line) for line in self.log().splitlines(keepends=True) if line.endswith("\n")]

    def wait_for(self, **what):
        """The first event with these fields."""
        return wait_until(
            lambda: next((e for e in self.events() if all(e.get(k) == v for k, v in what.items())), None),
            lambda: f"an event {what} among {self.log()[-2000:]}",
        )


@pytest.fixture
def home(lab):
    class Home:
        router, peer = lab.routers("r1", "peer")

    lab.cable(Home.router, Home.peer)
    Home.lab = lab
    Home.speaker = rip.Speaker(Home.peer, "r1")
    Home.daemon = Home.router.ripngd(SLOW_TIMERS)
    Home.speaker.wait_request()
    yield Home
    Home.speaker.close()


def begun(home, monitor):
    """Changes something until the monitor tells it: then it has begun."""
    n = iter(range(1, 10000))

    def told():
        assert monitor.alive(), monitor.log()
        home.speaker.announce((f"2001:db8:ffff:{next(n):x}::/64", 1))
        return "2001:db8:ffff:" in monitor.log()

    wait_until(told, "the monitor's first event")
    return monitor


def test_each_change_is_an_object_a_line_with_its_reason(home):
    monitor = begun(home, Monitor(home, "-j"))
    neighbor = home.speaker.address
    home.speaker.announce(("2001:db8:9::/64", 3, 42))
    new = monitor.wait_for(event="route-new", prefix="2001:db8:9::/64")
    assert new["metric"] == 4 and new["tag"] == 42 and new["nexthop"] == neighbor and new["interface"] == "peer"
    assert new["time"].endswith("Z") and new["severity"] == "info" and "2001:db8:9::/64" in new["text"]
    home.speaker.announce(("2001:db8:9::/64", 5, 42))
    assert monitor.wait_for(event="route-changed", prefix="2001:db8:9::/64")["metric"] == 6
    home.speaker.announce(("2001:db8:9::/64", 16))
    assert monitor.wait_for(event="route-lost", prefix="2001:db8:9::/64")["reason"] == "withdrawn"
    home.speaker.announce(("ff02::/16", 1))
    assert monitor.wait_for(event="rte-dropped")["reason"] == "martian"
    home.speaker.send(rip.response("2001:db8:7::/64"), hops=64)
    assert monitor.wait_for(event="packet-dropped", value=64)["reason"] == "hop-limit"
    home.router.down("peer")
    assert monitor.wait_for(event="interface-down", interface="peer")["reason"]
    monitor.wait_for(event="neighbor-gone", neighbor=neighbor)
    home.router.up("peer")
    monitor.wait_for(event="interface-up", interface="peer")
    assert monitor.stop(signal.SIGINT) == 0
    for event in monitor.events():
        assert {"time", "event", "severity", "text"} <= set(event)


def test_people_get_a_line_and_an_interrupt_is_a_good_end(home):
    monitor = begun(home, Monitor(home))
    home.speaker.announce("2001:db8:9::/64")
    monitor.wait_for_log(rf"^\d\d:\d\d:\d\d peer: new route 2001:db8:9::/64 via {home.speaker.address} metric 2$")
    assert monitor.stop(signal.SIGINT) == 0
    monitor = begun(home, Monitor(home))
    assert monitor.stop(signal.SIGTERM) == 0


def test_the_end_of_the_daemon_is_told(home):
    monitor = begun(home, Monitor(home))
    assert home.daemon.stop() == 0
    assert monitor.wait() == 1
    assert "ripngctl: ripngd has ended" in monitor.log()


def test_without_a_daemon_it_says_so(home):
    done = home.router.run(RIPNGCTL, "-s", "/nonexistent/x.sock", "monitor", check=False)
    assert done.returncode == 3 and "/nonexistent/x.sock" in done.stderr


def test_a_full_disk_is_no_success(home):
    argv = ["sh", "-c", f"exec {RIPNGCTL} -s {home.daemon.socket} monitor > /dev/full"]
    full = home.router.inside(lambda: subprocess.Popen(argv, stderr=subprocess.PIPE, text=True))

    def ended():
        home.speaker.announce(("2001:db8:9::/64", 16))
        home.speaker.announce(("2001:db8:9::/64", 1))
        return full.poll() is not None

    wait_until(ended, "the monitor's end")
    assert full.returncode == 1 and "can't write" in full.communicate()[1]


def test_a_stopped_reader_holds_nobody_up_and_is_told_what_it_missed(home):
    monitor = begun(home, Monitor(home, "-j"))
    monitor.send_signal(signal.SIGSTOP)
    changes = 120
    for i in range(changes):
        home.speaker.announce(*[(f"2001:db8:{n:x}::/64", 2 + i % 2) for n in range(60)])
        wait_until(lambda: home.daemon.route("2001:db8:3b::/64"), "an answer of the daemon")
    home.speaker.announce("2001:db8:abcd::/64")
    home.router.wait_learned("2001:db8:abcd::/64")
    monitor.send_signal(signal.SIGCONT)
    missed = monitor.wait_for(event="missed")["missed"]
    monitor.wait_for(event="route-new", prefix="2001:db8:abcd::/64")
    told = [e for e in monitor.events() if e.get("prefix", "").startswith("2001:db8:") and ":ffff:" not in e["prefix"]]
    assert missed > 0 and len(told) < changes * 60
    assert monitor.stop(signal.SIGINT) == 0
