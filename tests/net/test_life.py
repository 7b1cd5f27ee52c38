"""Start, orderly stop, crash and start again: what neighbours hear of it, what stays in the kernel, what traffic feels."""

import os
import signal

import pytest

import rip
from lab import OURS, SLOW_TIMERS, TIMERS, Ping, Ripngd, RouteMonitor, holds_for, wait_until


class Neighbour:
    """Router r1 with a LAN, and a Speaker on its other interface."""

    def __init__(self, lab, config=SLOW_TIMERS):
        self.config = config
        self.router, peer = lab.routers("r1", "peer")
        lab.cable(self.router, peer)
        lab.stub(self.router, "lan", "2001:db8:1::1/64")
        self.router.route("add unreachable 2001:db8:100::/56 proto dhcp metric 1001")
        self.speaker = rip.Speaker(peer, "r1")
        self.daemon = self.start()

    def start(self):
        self.speaker.forget()
        daemon = self.router.ripngd(self.config)
        self.speaker.wait_request()
        return daemon

    def learn(self, *prefixes):
        self.speaker.announce(*prefixes)
        for prefix in prefixes:
            self.router.wait_learned(prefix, via=self.speaker.address)


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
def test_an_orderly_stop_poisons_withdraws_removes_the_socket_and_exits_0(lab, signum):
    n = Neighbour(lab)
    n.learn("2001:db8:a::/64", "2001:db8:b::/48")
    n.speaker.wait_metric("2001:db8:1::/64", 1)
    n.speaker.wait_metric("2001:db8:100::/56", 1)
    assert os.path.exists(n.daemon.socket)
    assert n.daemon.stop(signum) == 0
    n.speaker.wait_metric("2001:db8:1::/64", 16)
    n.speaker.wait_metric("2001:db8:100::/56", 16)
    assert n.router.learned() == {}
    assert not os.path.exists(n.daemon.socket)


def test_the_neighbours_of_a_stopped_router_lose_its_routes_long_before_their_timeout(lab):
    r1, r2, r3 = lab.routers("r1", "r2", "r3")
    lab.cable(r1, r2)
    lab.cable(r2, r3)
    lab.stub(r1, "lan", "2001:db8:1::1/64")
    d1 = r1.ripngd(SLOW_TIMERS)
    r2.ripngd(SLOW_TIMERS)
    r3.ripngd(SLOW_TIMERS)
    r3.wait_learned("2001:db8:1::/64")
    assert d1.stop() == 0
    r2.wait_unlearned("2001:db8:1::/64")
    r3.wait_unlearned("2001:db8:1::/64")


def test_with_graceful_restart_a_stop_poisons_nothing_and_leaves_the_kernels_routes_to_be_adopted(lab):
    n = Neighbour(lab, SLOW_TIMERS + "graceful-restart = true")
    n.learn("2001:db8:a::/64")
    n.speaker.wait_metric("2001:db8:1::/64", 1)
    monitor = RouteMonitor(n.router)
    assert n.daemon.stop() == 0
    assert not os.path.exists(n.daemon.socket)
    assert "2001:db8:a::/64" in n.router.learned()
    assert 16 not in [r.metric for r in n.speaker.table().values() if r.prefix != "2001:db8:a::/64"]
    n.daemon = n.start()
    n.daemon.wait_for_log("earlier run")
    n.speaker.announce("2001:db8:a::/64")
    wait_until(lambda: n.daemon.route("2001:db8:a::/64"), "learned anew")
    monitor.settle()
    assert monitor.deleted("2001:db8:a::") == []
    assert n.router.learned()["2001:db8:a::/64"]["gateway"] == n.speaker.address


def test_killed_and_started_again_under_a_running_ping_no_packet_is_lost(lab):
    r1, r2, r3 = lab.routers("r1", "r2", "r3")
    lab.cable(r1, r2)
    lab.cable(r2, r3)
    nas = lab.host_behind(r1, "nas", "2001:db8:1:")
    laptop = lab.host_behind(r3, "laptop", "2001:db8:3:")
    daemons = {r: r.ripngd() for r in (r1, r2, r3)}
    laptop.wait_pings("2001:db8:1::2")
    nas.wait_pings("2001:db8:3::2")
    monitors = [RouteMonitor(r) for r in (r1, r2, r3)]
    ping = Ping(laptop, "2001:db8:1::2")
    for _ in range(3):
        daemons[r2].kill()
        assert set(r2.learned()) == {"2001:db8:1::/64", "2001:db8:3::/64"}
        daemons[r2] = r2.ripngd()
        daemons[r2].wait_for_log("earlier run")
        wait_until(
            lambda: all((daemons[r2].route(p) or {}).get("source") == "ripng" for p in r2.learned()),
            "both are learned again",
        )
    # Longer than the timeout: what was adopted and confirmed stays.
    uptime = 8
    wait_until(lambda: daemons[r2].status()["uptime"] > uptime, "it runs on")
    assert ping.lost() == 0
    for m in monitors:
        assert m.settle().deleted("2001:db8:1::") == [] and m.deleted("2001:db8:3::") == []


def test_what_was_adopted_and_nobody_announces_any_more_is_withdrawn_after_the_timeout_not_before(lab):
    n = Neighbour(lab, TIMERS)
    n.learn("2001:db8:a::/64", "2001:db8:b::/64")
    n.daemon.kill()
    n.daemon = n.start()
    n.daemon.wait_for_log("2 routes|routes of an earlier run.*2")

    def announcing():
        n.speaker.announce("2001:db8:a::/64")
        return True

    holds_for(
        3, lambda: announcing() and "2001:db8:b::/64" in n.router.learned(), "kept while its router may yet be heard"
    )
    wait_until(lambda: announcing() and "2001:db8:b::/64" not in n.router.learned(), "withdrawn", pause=0.3)
    assert "2001:db8:a::/64" in n.router.learned()


def test_an_adopted_route_whose_interface_or_neighbour_changed_is_replaced_in_place(lab):
    n = Neighbour(lab, SLOW_TIMERS)
    n.learn("2001:db8:a::/64")
    n.daemon.kill()
    other = lab.node("other")
    lab.cable(n.router, other)
    monitor = RouteMonitor(n.router)
    with rip.Speaker(other, "r1") as speaker:
        n.daemon = n.router.ripngd(SLOW_TIMERS)
        speaker.wait_request()
        speaker.announce("2001:db8:a::/64")
        n.router.wait_learned("2001:db8:a::/64", via=speaker.address)
        wait_until(lambda: n.router.learned()["2001:db8:a::/64"]["dev"] == "other", "over the other interface")
        monitor.settle()
        assert monitor.deleted("2001:db8:a::") == []
        assert len([r for r in n.router.routes() if r["dst"] == "2001:db8:a::/64"]) == 1


def test_what_a_dead_run_left_over_an_own_prefix_is_withdrawn_at_start(lab):
    n = Neighbour(lab, SLOW_TIMERS)
    n.learn("2001:db8:a::/64")
    n.daemon.kill()
    n.router.route("add unreachable 2001:db8:a::/64 proto dhcp metric 1001")
    n.daemon = n.start()
    n.router.wait_unlearned("2001:db8:a::/64")
    assert n.daemon.route("2001:db8:a::/64")["source"] == "delegated"


def test_stopped_before_the_kernel_has_told_all_what_a_dead_run_left_goes_all_the_same(lab):
    r1, peer = lab.routers("r1", "peer")
    lab.cable(r1, peer)
    left = f"via {peer.link_local('r1')} dev peer proto {OURS} metric 2048"
    r1.ip_batch([f"route add 2001:db8:{i:x}::/48 {left}" for i in range(20000)])
    daemon = Ripngd(r1, SLOW_TIMERS)
    wait_until(lambda: os.path.exists(daemon.socket), "it starts", pause=0.0002)
    assert daemon.stop() == 0
    assert not r1.learned()


def test_foreign_routes_are_never_touched_by_start_or_stop(lab):
    n = Neighbour(lab, SLOW_TIMERS)
    foreign = [
        "2001:db8:f1::/64 via fe80::99 dev lan proto static metric 10",
        "2001:db8:f2::/64 via fe80::99 dev lan proto bird metric 32",
        "2001:db8:f3::/64 via fe80::99 dev lan proto 190 metric 20",
        "2001:db8:f4::/64 via fe80::99 dev lan proto boot metric 2048",
    ]
    for f in foreign:
        n.router.route(f"add {f}")
    n.learn("2001:db8:f1::/64")
    before = n.router.route("show")
    n.daemon.stop()
    assert n.router.learned() == {}
    n.daemon = n.start()
    n.daemon.kill()
    n.daemon = n.start()
    n.daemon.stop()
    after = n.router.route("show")
    gone = set(before.splitlines()) - set(after.splitlines())
    assert all("proto rip" in line or "proto 189" in line for line in gone), gone


def test_a_route_is_replaced_in_place_when_a_better_one_comes_and_when_it_goes(lab):
    """Never delete, then add: nothing falls through in between."""
    r1, a, b = lab.routers("r1", "a", "b")
    lab.cable(r1, a)
    lab.cable(r1, b)
    monitor = RouteMonitor(r1)
    with rip.Speaker(a, "r1") as left, rip.Speaker(b, "r1") as right:
        r1.ripngd(SLOW_TIMERS)
        left.wait_request()
        right.wait_request()
        left.announce(("2001:db8:9::/64", 5))
        r1.wait_learned("2001:db8:9::/64", via=left.address)
        right.announce(("2001:db8:9::/64", 2))
        wait_until(lambda: r1.learned()["2001:db8:9::/64"]["dev"] == "b", "the better one")
        right.announce(("2001:db8:9::/64", 16))
        left.announce(("2001:db8:9::/64", 5))
        wait_until(lambda: r1.learned().get("2001:db8:9::/64", {}).get("dev") == "a", "the other one again")
        monitor.settle()
        between = monitor.lines()
        better = next(i for i, line in enumerate(between) if "2001:db8:9::" in line and "dev b" in line)
        assert not [line for line in between[: better + 1] if line.startswith("Deleted 2001:db8:9::")]


def test_a_prefix_not_heard_any_more_times_out_is_told_as_16_and_forgotten(lab):
    n = Neighbour(lab, TIMERS)
    n.learn("2001:db8:a::/64")
    third = lab.node("third")
    lab.cable(n.router, third)
    with rip.Speaker(third, "r1") as watcher:
        n.speaker.announce("2001:db8:a::/64")
        watcher.wait_metric("2001:db8:a::/64", 2)
        n.router.wait_unlearned("2001:db8:a::/64")
        watcher.wait_metric("2001:db8:a::/64", 16)
        route = n.daemon.route("2001:db8:a::/64")
        assert route is None or (route["state"], route["metric"]) == ("garbage", 16)
        wait_until(lambda: n.daemon.route("2001:db8:a::/64") is None, "forgotten")
        watcher.wait_updates(1)
        watcher.forget()
        watcher.wait_updates(2)
        assert "2001:db8:a::/64" not in watcher.table()


def test_a_withdrawn_prefix_announced_anew_while_it_is_garbage_comes_back(lab):
    n = Neighbour(lab, SLOW_TIMERS)
    n.learn("2001:db8:a::/64")
    n.speaker.announce(("2001:db8:a::/64", 16))
    n.router.wait_unlearned("2001:db8:a::/64")
    assert n.daemon.route("2001:db8:a::/64")["state"] == "garbage"
    n.learn("2001:db8:a::/64")
    assert n.daemon.route("2001:db8:a::/64")["state"] == "valid"
