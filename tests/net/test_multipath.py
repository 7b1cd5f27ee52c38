"""Two routers as good as each other, side by side: with `multipath` traffic uses both, and when one of them goes the other
one carries all of it.

    h1 - r1 = r2, r3 = r4 - h4

In the end with three of different make in the middle: ripngd, BIRD and FRR.
"""

import signal

import pytest

import peers
import rip
from lab import SLOW_TIMERS, TIMERS, Ping, RouteMonitor, holds_for, wait_until

FAR = "2001:db8:4::/64"
HOST = "2001:db8:4::2"
BOTH = ["r2", "r3"]
SOURCES = [f"2001:db8:1::{n:x}" for n in range(0x100, 0x120)]


def multipath(n, timers=TIMERS):
    return timers + f"kernel {{ multipath = {n} }}\n"


def ways(node, prefix=FAR):
    """The interfaces of a route's next hops that can be used."""
    route = node.learned().get(prefix)
    hops = [] if route is None else route.get("nexthops") or [route]
    return sorted(h["dev"] for h in hops if not {"dead", "linkdown"} & set(h.get("flags", [])))


def wait_ways(node, expected, prefix=FAR):
    wait_until(lambda: ways(node, prefix) == expected, lambda: f"{prefix} over {expected}: {node.learned()}")


class Diamond:
    def __init__(self, lab):
        self.r1, self.r2, self.r3, self.r4 = lab.routers("r1", "r2", "r3", "r4")
        for middle in (self.r2, self.r3):
            lab.cable(self.r1, middle)
            lab.cable(middle, self.r4)
        self.h1 = lab.host_behind(self.r1, "h1", "2001:db8:1:")
        self.h4 = lab.host_behind(self.r4, "h4", "2001:db8:4:")
        self.h1.address("r1", *(f"{a}/64" for a in SOURCES))
        self.daemon = self.r1.ripngd(multipath(2))
        self.middle = {r.name: r.ripngd() for r in (self.r2, self.r3)}
        self.r4.ripngd()
        self.r1.wait_learned(FAR)
        wait_ways(self.r1, BOTH)
        self.r4.wait_learned("2001:db8:1::/64")
        self.h1.wait_pings(HOST, SOURCES[0])

    def crossed(self):
        """Packets that each of the two got from r1."""
        return [r.ip_json("-s link show dev r1")[0]["stats64"]["rx"]["packets"] for r in (self.r2, self.r3)]

    def pings(self):
        """Flows enough for one of them to take each way."""
        return [Ping(self.h1, HOST, source=source, name=f"ping-{source[-3:]}") for source in SOURCES[:8]]

    def reload(self, n):
        self.daemon.write_config(multipath(n))
        self.daemon.send_signal(signal.SIGHUP)


@pytest.fixture
def diamond(lab):
    return Diamond(lab)


def lost(pings):
    return max(p.lost() for p in pings)


def test_traffic_uses_both_ways_and_both_are_shown(diamond):
    before = diamond.crossed()
    for source in SOURCES:
        argv = ["ping", "-6", "-n", "-q", "-c5", "-i0.01", "-W1", "-I", source, HOST]
        assert diamond.h1.run(*argv, check=False).returncode == 0
    carried = [b - a for a, b in zip(before, diamond.crossed())]
    assert min(carried) > 20, carried

    route = diamond.daemon.route(FAR)
    assert sorted(h["interface"] for h in route["nexthops"]) == BOTH
    assert route["nexthops"][0] == {k: route[k] for k in ("nexthop", "interface")}
    table = diamond.daemon.ctl("show", "route").stdout
    assert all(h["nexthop"] in table for h in route["nexthops"])
    assert table.count(FAR) == 1


def test_a_way_whose_link_goes_down_is_left_at_once_and_used_again_when_it_is_back(diamond):
    pings = diamond.pings()
    diamond.r1.down("r2")
    wait_ways(diamond.r1, ["r3"])
    diamond.h1.wait_pings(HOST, SOURCES[0])  # the way back is r4's
    assert lost(pings) < 100  # a second
    diamond.r1.up("r2")
    wait_ways(diamond.r1, BOTH)
    for source in SOURCES[:8]:
        diamond.h1.wait_pings(HOST, source)


def test_a_way_that_falls_silent_is_taken_out_of_the_route_in_place(diamond):
    monitor = RouteMonitor(diamond.r1)
    diamond.r2.sysctl("net/ipv6/conf/r1/disable_ipv6", 1)
    wait_ways(diamond.r1, ["r3"])
    for source in SOURCES[:8]:
        diamond.h1.wait_pings(HOST, source)
    diamond.r2.sysctl("net/ipv6/conf/r1/disable_ipv6", 0)
    wait_ways(diamond.r1, BOTH)
    assert monitor.settle().deleted(FAR) == []


def test_another_number_of_next_hops_replaces_the_route_and_loses_no_ping(diamond):
    monitor = RouteMonitor(diamond.r1)
    pings = diamond.pings()
    diamond.reload(1)
    wait_until(lambda: len(ways(diamond.r1)) == 1, "one next hop")
    diamond.reload(2)
    wait_ways(diamond.r1, BOTH)
    assert monitor.settle().deleted(FAR) == []
    assert lost(pings) == 0


def test_after_a_crash_the_route_is_adopted_as_it_stands(diamond):
    monitor = RouteMonitor(diamond.r1)
    diamond.daemon.kill()
    daemon = diamond.r1.ripngd(multipath(2))
    wait_until(lambda: len((daemon.route(FAR) or {}).get("nexthops", [])) == 2, "both next hops are heard again")
    holds_for(2.0, lambda: ways(diamond.r1) == BOTH, "the route stays as it is")
    assert [line for line in monitor.settle().lines() if FAR in line] == []


def test_nothing_goes_back_on_either_link_and_bird_behind_hears_of_it(lab):
    r1, r2, r3, behind = lab.routers("r1", "r2", "r3", "behind")
    for other in (r2, r3, behind):
        lab.cable(r1, other)
    bird = peers.Bird(behind, ["r1"])
    bird.start()
    with rip.Speaker(r2, "r1") as left, rip.Speaker(r3, "r1") as right:
        r1.ripngd(multipath(2, SLOW_TIMERS))
        for speaker in (left, right):
            speaker.wait_request()
            speaker.announce(rip.rte(FAR, 2))
        wait_ways(r1, BOTH)
        behind.wait_learned(FAR, via=r1.link_local("behind"), protocol=bird.protocol)
        assert bird.metric(FAR) == 4
        for speaker in (left, right):
            speaker.wait_metric(FAR, 16)
            speaker.forget()
            speaker.send(rip.request())
            speaker.wait_metric(FAR, 16)
            assert {e.metric for p in speaker.listen() for e in p.rtes if e.prefix == FAR} == {16}


class Three:
    """h1 - r1 = ours, bird, frr = r4 - h4: the ways are called after what runs there."""

    names = ["bird", "frr", "ours"]

    def __init__(self, lab):
        self.r1, self.r4, self.ours, bird, frr = lab.routers("r1", "r4", "ours", "bird", "frr")
        for middle in (self.ours, bird, frr):
            lab.cable(self.r1, middle)
            lab.cable(middle, self.r4)
        self.h1 = lab.host_behind(self.r1, "h1", "2001:db8:1:")
        self.h4 = lab.host_behind(self.r4, "h4", "2001:db8:4:")
        self.peers = {"bird": peers.Bird(bird, ["r1", "r4"]).start(), "frr": peers.Frr(frr, ["r1", "r4"]).start()}
        self.daemon = self.r1.ripngd(multipath(16))
        self.r4.ripngd(multipath(16))
        self.start("ours")
        wait_ways(self.r1, self.names)
        wait_ways(self.r4, self.names, "2001:db8:1::/64")

    def start(self, name):
        if name == "ours":
            self.middle = self.ours.ripngd()
        else:
            self.peers[name].start()

    def stop(self, name):
        (self.middle if name == "ours" else self.peers[name]).stop()

    def kill(self, name):
        (self.middle if name == "ours" else self.peers[name]).kill()

    def others(self, name):
        return [n for n in self.names if n != name]

    def settled(self, ways_):
        """These next hops of the same metric, in one route, and h4 is reached."""
        wait_ways(self.r1, ways_)
        assert [r["dst"] for r in self.r1.routes()].count(FAR) == 1
        assert self.daemon.route(FAR)["metric"] == 3
        self.h1.wait_pings(HOST)


@pytest.fixture
def three(lab):
    return Three(lab)


def test_ripngd_bird_and_frr_are_next_hops_of_one_route(three):
    three.settled(three.names)
    route = three.r1.learned()[FAR]
    assert {h["dev"]: h["gateway"] for h in route["nexthops"]} == {n: three.r1.lab.nodes[n].link_local("r1") for n in three.names}
    monitor = RouteMonitor(three.r1)
    for n in (2, 1, 3):
        three.daemon.write_config(multipath(n))
        assert three.daemon.ctl("reload").returncode == 0
        wait_until(lambda: len(ways(three.r1)) == n, lambda: f"{n} next hops: {three.r1.learned()}")
    assert monitor.settle().deleted(FAR) == []


@pytest.mark.parametrize("name", Three.names)
def test_one_of_them_withdraws_and_its_next_hop_alone_leaves_the_route_in_place(three, name):
    monitor = RouteMonitor(three.r1)
    three.r4.down(name)
    three.settled(three.others(name))
    three.r4.up(name)
    three.settled(three.names)
    assert monitor.settle().deleted(FAR) == []


@pytest.mark.parametrize("name", Three.names)
def test_one_of_them_is_stopped_and_its_next_hop_alone_leaves_the_route_in_place(three, name):
    """ripngd says goodbye; BIRD and FRR are silent, until the timeout."""
    monitor = RouteMonitor(three.r1)
    three.stop(name)
    three.settled(three.others(name))
    three.start(name)
    three.settled(three.names)
    assert monitor.settle().deleted(FAR) == []


@pytest.mark.parametrize("name", Three.names)
def test_with_one_next_hop_one_that_is_dead_is_left_though_the_others_are_no_better(three, name):
    """An update as good as the route in use must not keep that alive: FRR black-holes for ever here (PEERS.md 0.2)."""
    for other in three.others(name):
        three.r4.down(other)
    wait_ways(three.r1, [name])
    three.daemon.write_config(multipath(1))
    assert three.daemon.ctl("reload").returncode == 0
    for other in three.others(name):
        three.r4.up(other)
    wait_until(lambda: all(n["routes"] for n in three.daemon.show("neigh") if n["interface"] != "h1"), "all have it")
    wait_ways(three.r1, [name])
    monitor = RouteMonitor(three.r1)
    three.kill(name)
    wait_until(lambda: ways(three.r1) and ways(three.r1) != [name], lambda: f"another way: {three.r1.learned()}")
    three.h1.wait_pings(HOST)
    assert monitor.settle().deleted(FAR) == []


def test_all_of_them_go_one_after_the_other_and_the_route_goes_with_the_last(three):
    monitor = RouteMonitor(three.r1)
    three.stop("bird")
    wait_ways(three.r1, ["frr", "ours"])
    three.stop("ours")
    wait_ways(three.r1, ["frr"])
    assert monitor.settle().deleted(FAR) == []
    three.stop("frr")
    three.r1.wait_unlearned(FAR)
