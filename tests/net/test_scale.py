"""Many routes: learned, announced on, shown and withdrawn, and a client that does not read meanwhile."""

import json
import socket
import time

import pytest

import rip
from lab import SLOW_TIMERS, prefix_text, wait_until
from test_control import Client

CONFIG = SLOW_TIMERS + "limits { routes = 0 }\n"


def prefixes(n):
    return [prefix_text(f"2001:db8:{0x1000 + (i >> 16):x}:{i & 0xFFFF:x}::/64") for i in range(n)]


def announce(speaker, n, metric=1):
    """All of them, 70 in a packet."""
    entries = prefixes(n)
    for i in range(0, n, 70):
        speaker.send(rip.response(*((p, metric) for p in entries[i : i + 70])))
        if i % 7000 == 0:
            time.sleep(0.01)  # a link is not infinitely fast either


@pytest.fixture
def home(lab):
    class Home:
        router, peer, far = lab.routers("r1", "peer", "far")

    lab.cable(Home.router, Home.peer)
    lab.cable(Home.router, Home.far)
    Home.lab = lab
    Home.speaker = rip.Speaker(Home.peer, "r1")
    Home.daemon = Home.router.ripngd(CONFIG, level="warning")
    Home.speaker.wait_request()
    yield Home
    Home.speaker.close()


def kernel_count(node):
    out = node.ip("-6 route show proto 189")
    return len(out.splitlines())


def test_ten_thousand_routes_reach_the_kernel_of_the_next_router_but_one_and_go_again(home):
    n = 10_000
    far = home.far.ripngd(CONFIG, level="warning")
    announce(home.speaker, n)
    wait_until(lambda: home.daemon.status()["installed"] == n, lambda: f"installed: {home.daemon.status()}")
    wait_until(lambda: far.status()["installed"] == n, lambda: f"installed at the far one: {far.status()}")
    assert kernel_count(home.router) == kernel_count(home.far) == n
    announce(home.speaker, n, metric=16)
    wait_until(lambda: kernel_count(home.router) == 0, "withdrawn")
    wait_until(lambda: kernel_count(home.far) == 0, "withdrawn at the far one")
    assert home.daemon.status()["packets_lost"] == 0


def test_routes_are_streamed_to_a_slow_client_who_delays_nobody(home):
    n = 20_000
    announce(home.speaker, n)
    wait_until(lambda: home.daemon.status()["installed"] == n, lambda: f"installed: {home.daemon.status()}")

    stuck = Client(home.daemon.socket)
    stuck.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    stuck.send("show route\n")
    stuck.line()
    # It does not read on. Others and the protocol do not notice.
    for i in range(5):
        assert home.daemon.status()["pid"] == home.daemon.pid
        home.speaker.announce(f"2001:db8:f{i}::/64")
        home.router.wait_learned(f"2001:db8:f{i}::/64")
    assert len(home.daemon.show("route")) == n + 5
    # Reads on after all, and has got a table without holes.
    seen = {o["prefix"] for o in stuck.reply()[0]}
    assert len(set(prefixes(n)) - seen) <= 1  # the first line was read before


def test_a_table_for_people_has_all_routes_in_order_and_a_best_match_is_quick_meanwhile(home):
    n = 20_000
    announce(home.speaker, n)
    wait_until(lambda: home.daemon.status()["installed"] == n, lambda: f"installed: {home.daemon.status()}")
    done = home.daemon.ctl("show", "route")
    shown = [line.split()[0] for line in done.stdout.splitlines() if line.startswith("2001:")]
    assert sorted(shown) == sorted(prefixes(n)) and len(shown) == n
    assert [r["prefix"] for r in home.daemon.show("route", prefixes(n)[777])] == [prefixes(n)[777]]
    done = home.daemon.ctl("show", "route", json_=True)
    assert len(json.loads(done.stdout)) == n


def test_killed_with_ten_thousand_routes_it_adopts_them_all_and_stops_in_order(home):
    n = 10_000
    announce(home.speaker, n)
    wait_until(lambda: home.daemon.status()["installed"] == n, lambda: f"installed: {home.daemon.status()}")
    home.daemon.kill()
    assert kernel_count(home.router) == n
    home.speaker.forget()
    daemon = home.router.ripngd(CONFIG)
    daemon.wait_for_log("earlier run.*10000")
    home.speaker.wait_request()
    announce(home.speaker, n)
    wait_until(lambda: daemon.status()["installed"] == n, lambda: f"installed again: {daemon.status()}")
    assert kernel_count(home.router) == n
    assert daemon.stop() == 0
    assert kernel_count(home.router) == 0
