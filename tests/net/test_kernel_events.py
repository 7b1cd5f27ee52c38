"""Lost netlink events: whatever happened meanwhile is read from the kernel at once, not at the next scan.

The way to lose them for certain: the daemon is stopped (SIGSTOP) while a hundred thousand routes come and go, which is
more than any receive buffer of a netlink socket holds. It finds ENOBUFS when it goes on.
"""

import signal

import pytest

import rip
from lab import SLOW_TIMERS, RouteMonitor, wait_until

FLOOD = 50_000


def flood(router):
    """Twice FLOOD events, and nothing left of them."""
    router.ip_batch([f"route add unreachable 2001:db8:4000:{i:x}::/64 table 77" for i in range(FLOOD)])
    router.route("flush table 77")


@pytest.fixture
def home(lab):
    class Home:
        router, peer = lab.routers("r1", "peer")

    lab.cable(Home.router, Home.peer)
    lab.stub(Home.router, "lan", "2001:db8:1::1/64")
    Home.lab = lab
    Home.speaker = rip.Speaker(Home.peer, "r1")
    Home.daemon = Home.router.ripngd(SLOW_TIMERS)
    Home.speaker.wait_request()
    Home.speaker.announce("2001:db8:a::/64", "2001:db8:b::/64")
    Home.router.wait_learned("2001:db8:a::/64")
    Home.router.wait_learned("2001:db8:b::/64")
    Home.speaker.wait_metric("2001:db8:1::/64", 1)
    yield Home
    Home.speaker.close()


def test_after_lost_events_what_came_and_what_went_meanwhile_is_known_at_once(home):
    home.router.route("add unreachable 2001:db8:100::/56 proto dhcp metric 1001")
    home.speaker.wait_metric("2001:db8:100::/56", 1)
    monitor = RouteMonitor(home.router)

    home.daemon.send_signal(signal.SIGSTOP)
    flood(home.router)
    # All of this is behind the point where the buffer was full.
    home.router.address("lan", "2001:db8:2::1/64")  # appears
    home.router.route("del unreachable 2001:db8:100::/56")  # goes
    home.router.route("del 2001:db8:b::/64 proto 189")  # ours, taken away by somebody
    late = home.lab.node("late")
    home.lab.cable(home.router, late)  # a new interface
    home.daemon.send_signal(signal.SIGCONT)

    home.daemon.wait_for_log("events lost")
    home.speaker.wait_metric("2001:db8:2::/64", 1)
    home.speaker.wait_metric("2001:db8:100::/56", 16)
    with rip.Speaker(late, "r1") as speaker:
        speaker.send(rip.request(), dest=home.router.link_local("late"))
        speaker.wait_metric("2001:db8:2::/64", 1)
    wait_until(lambda: (home.daemon.interface("late") or {}).get("up"), "the new interface is served")
    assert home.daemon.route("2001:db8:a::/64")["state"] == "valid"
    assert "2001:db8:a::/64" in home.router.learned()
    monitor.settle()
    assert monitor.deleted("2001:db8:a::/") == []


def test_an_interface_that_went_while_events_were_lost_is_found_gone(home):
    home.daemon.send_signal(signal.SIGSTOP)
    flood(home.router)
    home.router.ip("link del peer")
    home.daemon.send_signal(signal.SIGCONT)
    home.daemon.wait_for_log("events lost")
    wait_until(lambda: home.daemon.interface("peer") is None, "its interface is gone")
    wait_until(
        lambda: not [r for r in home.daemon.show("route") if r["source"] == "ripng" and r["state"] == "valid"],
        "no valid route through it",
    )


def test_prefixes_learned_while_the_kernels_events_are_lost_are_not_forgotten(home):
    home.daemon.send_signal(signal.SIGSTOP)
    flood(home.router)
    home.speaker.announce("2001:db8:c::/64", ("2001:db8:a::/64", 16))
    home.daemon.send_signal(signal.SIGCONT)
    home.router.wait_learned("2001:db8:c::/64")
    home.router.wait_unlearned("2001:db8:a::/64")
    assert "2001:db8:b::/64" in home.router.learned()


def test_a_hundred_thousand_changes_of_others_do_no_harm_to_a_running_daemon(home):
    """Without being stopped it keeps up or dumps again; either way it is right at the end and still answers."""
    flood(home.router)
    home.router.address("lan", "2001:db8:3::1/64")
    home.speaker.wait_metric("2001:db8:3::/64", 1)
    home.speaker.announce("2001:db8:d::/64")
    home.router.wait_learned("2001:db8:d::/64")
    assert {r["prefix"] for r in home.daemon.show("route") if r["state"] == "valid"} == {
        "2001:db8:1::/64", "2001:db8:3::/64", "2001:db8:a::/64", "2001:db8:b::/64", "2001:db8:d::/64"
    }  # fmt: skip
