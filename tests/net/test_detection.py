"""Faster than the timers: a neighbour that fell silent is noticed, and another way found, long before the 180 and 30
seconds of RFC 2080; and a neighbour that is only busy, or behind a bad cable, is never given up.

No router here has a configuration, and the kernels have their own settings: what is measured is what people get. Times
are asserted against the bounds that README and issue name; where a bound is below a second the machine gets a second
chance, as it may have been busy with something else.
"""

import itertools
import random
import select
import signal
import socket
import threading
import time

import pytest

import lab as laboratory
from home import ECHO, EXCEEDED, Home, Prober, Watch, measured, quiet
from lab import holds_for, wait_until

SILENT = 10.0  # a silent cut is noticed in less


class Relay(threading.Thread):
    """A bad cable: passes frames between two interfaces of a node, and drops some of them, or all."""

    def __init__(self, node, a, b, loss):
        super().__init__(daemon=True)
        self.loss, self.chance, self.ended = loss, random.Random(30), False
        self.sockets = [node.inside(lambda name=name: self._open(name)) for name in (a, b)]
        self.start()

    @staticmethod
    def _open(name):
        s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        s.setsockopt(263, 15, 1)  # SOL_PACKET, PACKET_VNET_HDR: checksums left to the hardware are passed on as such
        s.bind((name, 3))  # ETH_P_ALL
        s.setblocking(False)
        return s

    def run(self):
        a, b = self.sockets
        while not self.ended:
            for s in select.select([a, b], [], [], 0.2)[0]:
                try:
                    frame, (_, _, kind, *_) = s.recvfrom(65536)
                    if kind != socket.PACKET_OUTGOING and self.chance.random() >= self.loss:
                        (b if s is a else a).send(frame)
                except OSError:
                    pass  # full, or one of the two is being taken away

    def close(self):
        self.ended = True
        self.join()
        for s in self.sockets:
            s.close()


class TwoWays:
    """laptop - r1 - r2 - nas over a switch, and the longer way r1 - r3 - r2."""

    def __init__(self, lab):
        self.lab = lab
        self.r1, self.r2, self.r3 = lab.routers("r1", "r2", "r3")
        lab.switch("sw", self.r1, self.r2)
        lab.cable(self.r1, self.r3)
        lab.cable(self.r3, self.r2)
        self.laptop = lab.host_behind(self.r1, "laptop", "2001:db8:1:")
        self.nas = lab.host_behind(self.r2, "nas", "2001:db8:2:")
        self.daemons = [r.ripngd(None) for r in (self.r1, self.r2, self.r3)]
        self.r1.wait_learned("2001:db8:2::/64", via=self.r2.link_local("sw"))
        self.r2.wait_learned("2001:db8:1::/64", via=self.r1.link_local("sw"))
        for r in (self.daemons[0], self.daemons[1]):  # the other way is known too
            wait_until(lambda r=r: [n for n in r.show("neigh") if n["interface"] == "r3" and n["routes"]], "r3 heard")

    def cut(self):
        """The switch passes nothing any more, and says nothing."""
        self.lab._switch.ip("link set dev sw-r2 nomaster")
        return time.time()


@pytest.mark.parametrize("traffic", ["under traffic", "idle"])
def test_a_silent_cut_is_noticed_within_ten_seconds_and_traffic_takes_the_other_way(lab, traffic, record_property):
    home = TwoWays(lab)
    watches = [Watch(home.r1), Watch(home.r2)]
    if traffic == "idle":
        cut = home.cut()
        home.r1.wait_learned("2001:db8:2::/64", via=home.r3.link_local("r1"))
        home.r2.wait_learned("2001:db8:1::/64", via=home.r3.link_local("r2"))
    else:
        with Prober(home.laptop, "2001:db8:2::2") as prober:
            wait_until(lambda: prober.answered(), "laptop reaches nas")
            cut = home.cut()
            wait_until(lambda: prober.recovered(cut), "traffic flows again")
            recovered = prober.recovered(cut)
            assert measured(record_property, "silent cut: traffic flows again", recovered - cut, SILENT) < SILENT
            assert EXCEEDED not in [kind for _, kind, _ in prober.outcomes()]
    for watch, prefix in zip(watches, ("2001:db8:2::/64", "2001:db8:1::/64")):
        moved = watch.settle().added_at(prefix, "dev r3", since=cut)
        what = f"silent cut, {traffic}: moved at {watch.node.name}"
        assert measured(record_property, what, moved - cut, SILENT) < SILENT


def test_over_a_cable_that_loses_thirty_percent_no_neighbour_is_given_up(lab):
    r1, r2 = lab.routers("r1", "r2")
    between = lab.node("between", forward=False)
    for router in (r1, r2):
        lab.cable(router, between, "bad")
        between.sysctl(f"net/ipv6/conf/{router.name}/disable_ipv6", 1)
    relay = Relay(between, "r1", "r2", loss=0)
    try:
        laptop = lab.host_behind(r1, "laptop", "2001:db8:1:")
        lab.host_behind(r2, "nas", "2001:db8:2:")
        for r in (r1, r2):
            r.ripngd(None)
        r1.wait_learned("2001:db8:2::/64")
        r2.wait_learned("2001:db8:1::/64")
        watches = [Watch(r1), Watch(r2)]
        with Prober(laptop, "2001:db8:2::2", 0.05) as prober:
            relay.loss = 0.3
            since = time.time()

            def kept():
                return "2001:db8:2::/64" in r1.learned() and "2001:db8:1::/64" in r2.learned()

            holds_for(25, kept, "both routes")
            # The cable is as bad as it should be, and no worse.
            through = [kind == ECHO for _, kind, _ in prober.outcomes(since)]
            assert 0.3 < sum(through) / len(through) < 0.7
        assert [e for w in watches for e in w.settle().events("proto 189") if e[1]] == []
    finally:
        relay.close()


def test_a_neighbour_that_is_busy_is_not_given_up(lab):
    """Its daemon stands still, and all the line's capacity is taken: its kernel still answers."""
    r1, r2 = lab.routers("r1", "r2")
    lab.cable(r1, r2)
    laptop = lab.host_behind(r1, "laptop", "2001:db8:1:")
    lab.host_behind(r2, "nas", "2001:db8:2:")
    r1.ripngd(None)
    daemon = r2.ripngd(None)
    r1.wait_learned("2001:db8:2::/64")
    laptop.wait_pings("2001:db8:2::2")
    watch = Watch(r1)
    flood = laptop.start("flood", ["ping", "-6", "-f", "-q", "-s", "1400", "2001:db8:2::2"])
    flood.may_end = True
    daemon.send_signal(signal.SIGSTOP)
    holds_for(15, lambda: "2001:db8:2::/64" in r1.learned(), "the route through it")
    daemon.send_signal(signal.SIGCONT)
    flood.stop(signal.SIGINT)
    laptop.wait_pings("2001:db8:2::2")
    assert [e for e in watch.settle().events("proto 189") if e[1]] == []


# --- a ring of four ---


class Ring:
    """r1 - r2 - r3 - r4 - r1, a host behind each."""

    def __init__(self, lab):
        self.routers = lab.routers("r1", "r2", "r3", "r4")
        r1, r2, r3, r4 = self.routers
        for a, b in ((r1, r2), (r2, r3), (r3, r4), (r4, r1)):
            lab.cable(a, b)
        self.hosts = [lab.host_behind(r, f"h{i}", f"2001:db8:{i}:") for i, r in enumerate(self.routers, 1)]
        self.daemons = [r.ripngd(None) for r in self.routers]
        for a, b in itertools.permutations(range(4), 2):
            self.routers[a].wait_learned(f"2001:db8:{b + 1}::/64")
        for a, b in itertools.combinations(range(4), 2):
            self.hosts[a].wait_pings(f"2001:db8:{b + 1}::2")


def test_in_a_ring_of_four_a_cable_is_cut_and_traffic_flows_the_other_way_at_once(request, record_property):
    """At the routers next to the cut within 100 ms, from any router to any other within a second.

    Both from the moment that the kernels of the two say that the link is down.
    """

    def measure():
        lab = request.node.lab = laboratory.Lab()
        request.addfinalizer(lab.close)
        ring = Ring(lab)
        r1, r2, r3, r4 = ring.routers
        watches = [Watch(r1), Watch(r2)]
        probers = [
            Prober(ring.hosts[a], f"2001:db8:{b + 1}::2", 0.02) for a, b in itertools.combinations(range(4), 2)
        ]
        try:
            for p in probers:
                wait_until(p.answered, f"{p.node.name} reaches {p.address}")
            quiet(ring.daemons)
            cut = time.time()
            r1.down("r2")
            for p in probers:
                wait_until(lambda p=p: p.recovered(cut), f"{p.node.name} reaches {p.address} again")
            # A kernel tells of a lost carrier up to a second late when it told of another link just before.
            told = [
                wait_until(lambda w=w, n=n: w.down_at(n, cut), "the kernel's word")
                for w, n in zip(watches, ("r2", "r1"))
            ]
            slowest = max(p.recovered(cut) - max(told) for p in probers)
        finally:
            for p in probers:
                p.stop()
        assert r1.learned()["2001:db8:2::/64"]["dev"] == "r4"
        assert r2.learned()["2001:db8:1::/64"]["dev"] == "r3"
        near = max(
            watches[0].settle().added_at("2001:db8:2::/64", "dev r4", since=cut) - told[0],
            watches[1].settle().added_at("2001:db8:1::/64", "dev r3", since=cut) - told[1],
        )
        measured(record_property, "ring: the other way next to the cut", near, 0.1)
        measured(record_property, "ring: the other way from anywhere", max(slowest, 0.0), 1)
        return near < 0.1 and slowest < 1

    assert measure() or measure()


# --- the home ---


def test_at_home_r2_without_power_is_noticed_within_ten_seconds_though_r1_still_has_a_lease_for_it(
    lab, record_property
):
    """R1 goes on telling of R2's prefix, with R2 as next hop: R3 must not take that up as long as R2 is silent."""
    home = Home(lab).boot()
    home.quiet()
    via = home.r2.node.link_local("wan")
    (prefix,) = home.r2.delegated()
    lan = home.r2.lan()
    watch = Watch(home.r3.node)
    with Prober(home.laptop, home.address(home.nas), 0.1) as prober:
        wait_until(prober.answered, "laptop reaches NAS")
        home.r2.power_off()
        cut = time.time()

        def left():
            return [p for p, r in home.r3.node.learned().items() if r.get("gateway") == via]

        wait_until(lambda: not left(), lambda: f"R3 gives up its routes through R2: {left()}")
        gone = max(watch.settle().deleted_at(p, "proto 189", since=cut) for p in (prefix, lan))
        assert measured(record_property, "R2 without power: given up by R3", gone - cut, SILENT) < SILENT
        holds_for(3, lambda: not left(), "no route through R2")
        home.r2.power_on()
        home.r2.start_ripngd()
        home.r2.start_clients()
        home.wait_right()
    assert EXCEEDED not in [kind for when, kind, _ in prober.outcomes(cut) if when < gone]
