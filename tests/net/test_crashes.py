"""kill -9 and upgrades under traffic, with a full table: what is in the kernel stays, and no packet is lost.

A ping of 100 a second runs through the router all the time. RIPNGD_KILLS says how many times it is killed: 20 in an
ordinary run, 200 before a release.
"""

import os
import random
import time

import pytest

from lab import Ping, Ripngd, RouteMonitor, wait_until

KILLS = int(os.environ.get("RIPNGD_KILLS", "20"))
ROUTES = 1000

# No configuration would do as well: these are its timers, apart from the hold between two triggered updates, so that a
# router that was killed has heard all again in less than a second.
TIMERS = "timers { triggered-min = 0.05 triggered-max = 0.1 }\n"


class Line:
    """r1 - r2 - r3 with a host at each end; r1 shares a thousand prefixes, which r2 and r3 hold in their kernels."""

    def __init__(self, lab, config=TIMERS):
        self.config = config
        r1, self.r2, r3 = self.routers = lab.routers("r1", "r2", "r3")
        lab.cable(r1, self.r2)
        lab.cable(self.r2, r3)
        self.nas = lab.host_behind(r1, "nas", "2001:db8:1:")
        self.laptop = lab.host_behind(r3, "laptop", "2001:db8:3:")
        prefixes = [f"2001:db8:100:{i:x}::/64" for i in range(ROUTES)]
        r1.ip_batch([f"route add unreachable {p} proto static metric 1001" for p in prefixes])
        r1.ripngd(TIMERS)
        r3.ripngd(TIMERS)
        self.daemon = self.r2.ripngd(config)
        self.wait_full(self.r2)
        self.wait_full(r3)
        self.laptop.wait_pings("2001:db8:1::2")

    @staticmethod
    def wait_full(router):
        wait_until(lambda: router.route("show proto 189").count("\n") >= ROUTES + 1, f"{router.name} holds all routes")

    def all_heard(self):
        """Does the daemon know all of it from its neighbours, not from the kernel alone?"""
        return self.daemon.status()["routes"] >= ROUTES + 2


@pytest.fixture
def line(lab):
    return Line(lab)


def test_killed_at_random_moments_under_a_ping_with_a_thousand_routes_no_packet_is_lost(line):
    chance = random.Random(2080)
    monitors = [RouteMonitor(r) for r in line.routers]
    ping = Ping(line.laptop, "2001:db8:1::2")
    for _ in range(KILLS):
        line.daemon.kill()
        line.daemon = Ripngd(line.r2, line.config)
        # Not yet started, adopting, asking, hearing, settled: all of that happens in half a second.
        time.sleep(chance.uniform(0, 0.5))
    line.daemon.ready()
    line.wait_full(line.r2)
    wait_until(line.all_heard, "all is learned again")
    assert ping.lost() == 0
    for m in monitors:
        assert m.settle().deleted() == []


def test_upgraded_with_graceful_restart_under_a_ping_no_packet_is_lost(lab):
    line = Line(lab, TIMERS + "graceful-restart = true\n")
    monitors = [RouteMonitor(r) for r in line.routers]
    ping = Ping(line.laptop, "2001:db8:1::2")
    for _ in range(3):
        assert line.daemon.stop() == 0
        assert line.r2.route("show proto 189").count("\n") >= ROUTES + 1
        line.daemon = line.r2.ripngd(line.config)
        wait_until(line.all_heard, "all is learned again")
    assert ping.lost() == 0
    for m in monitors:
        assert m.settle().deleted() == []
