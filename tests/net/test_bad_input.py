"""What comes off the wire and must not be believed: dropped, counted, and told in a log line that names the interface,
the sender and the reason. After each the daemon goes on as if nothing had been."""

import random
import re

import pytest

import rip
from lab import SLOW_TIMERS, holds_for, wait_until

GOOD = "2001:db8:9::/64"
BAD = "2001:db8:bad::/64"
ROUTE = rip.rte(BAD)


@pytest.fixture
def home(lab):
    class Home:
        router, peer = lab.routers("r1", "peer")

    lab.cable(Home.router, Home.peer)
    lab.stub(Home.router, "lan", "2001:db8:1::1/64")
    Home.peer.address("r1", "2001:db8:5::2/64")
    Home.lab = lab
    Home.speaker = rip.Speaker(Home.peer, "r1")
    Home.daemon = Home.router.ripngd(SLOW_TIMERS)
    Home.speaker.wait_request()
    Home.here = Home.router.link_local("peer")
    yield Home
    Home.speaker.close()


def still_alive(home):
    home.speaker.announce(GOOD)
    home.router.wait_learned(GOOD)
    assert BAD not in home.router.learned()


def header(command=2, version=1, zero=0):
    return rip.header(command, version, zero)


# Name: bytes, how they are sent, and what the log says of it.
PACKETS = {
    "no byte at all": (b"", {}, "short"),
    "three bytes": (b"\x02\x01\x00", {}, "short"),
    "half an RTE": (header() + ROUTE[:10], {}, "whole number of RTEs"),
    "an RTE and a byte": (header() + ROUTE + b"\0", {}, "whole number of RTEs"),
    "version 0": (header(version=0) + ROUTE, {}, "version"),
    "version 2": (header(version=2) + ROUTE, {}, "version"),
    "command 0": (header(command=0) + ROUTE, {}, "neither a request nor a response"),
    "command 3": (header(command=3) + ROUTE, {}, "neither a request nor a response"),
    "command 255": (header(command=255) + ROUTE, {}, "neither a request nor a response"),
    "a response from port 522": (header() + ROUTE, {"port": 522}, "port"),
    "a response from a high port": (header() + ROUTE, {"port": 40000}, "port"),
    "hop limit 254 to the group": (header() + ROUTE, {"hops": 254}, "hop limit"),
    "hop limit 1 to the group": (header() + ROUTE, {"hops": 1}, "hop limit"),
    "a global source": (header() + ROUTE, {"source": "2001:db8:5::2"}, "link-local"),
}


@pytest.mark.parametrize("data, how, reason", PACKETS.values(), ids=PACKETS.keys())
def test_a_bad_packet_is_dropped_counted_and_told(home, data, how, reason):
    before = home.daemon.interface("peer")["rx_errors"]
    home.speaker.send(data, **how)
    sender = how.get("source", home.speaker.address)
    home.daemon.wait_for_log(rf"peer: packet dropped.* {re.escape(sender)}.*{reason}")
    assert home.daemon.interface("peer")["rx_errors"] == before + 1
    still_alive(home)


def test_a_known_neighbours_bad_packets_are_counted_with_it(home):
    home.speaker.announce(GOOD)
    wait_until(lambda: home.daemon.neigh(home.speaker.address), "it is known")
    for _ in range(3):
        home.speaker.send(header(version=9) + ROUTE)
    wait_until(lambda: home.daemon.neigh(home.speaker.address)["bad_packets"] == 3, "three bad packets")
    assert home.daemon.status()["rx_errors"] == 3
    still_alive(home)


def test_a_strangers_bad_packets_make_no_neighbour(home):
    for i in range(1, 50):
        rip.craft(home.peer, "r1", header(version=9) + ROUTE, source=f"fe80::bad:{i:x}")
    wait_until(lambda: home.daemon.interface("peer")["rx_errors"] == 49, "49 bad packets")
    assert home.daemon.show("neigh") == []


RTES = {
    "prefix length 129": (rip.rte("2001:db8:bad::", 1, length=129), "prefix length"),
    "prefix length 255": (rip.rte("2001:db8:bad::", 1, length=255), "prefix length"),
    "metric 0": (rip.rte(BAD, 0), "metric"),
    "metric 17": (rip.rte(BAD, 17), "metric"),
    "metric 254": (rip.rte(BAD, 254), "metric"),
    "a link-local prefix": (rip.rte("fe80:bad::/64"), "never be a route"),
    "link-local itself": (rip.rte("fe80::/10"), "never be a route"),
    "a multicast prefix": (rip.rte("ff0e::/16"), "never be a route"),
    "loopback": (rip.rte("::1/128"), "never be a route"),
    "the unspecified address": (rip.rte("::/128"), "never be a route"),
    "a mapped IPv4 prefix": (rip.rte("::ffff:192.0.2.0/120"), "never be a route"),
}


@pytest.mark.parametrize("entry, reason", RTES.values(), ids=RTES.keys())
def test_a_bad_rte_is_dropped_counted_and_told_and_the_rest_of_its_packet_counts(home, entry, reason):
    home.speaker.announce("2001:db8:a::/64", entry, "2001:db8:b::/64")
    home.router.wait_learned("2001:db8:a::/64")
    home.router.wait_learned("2001:db8:b::/64")
    home.daemon.wait_for_log(rf"peer: RTE dropped.* {re.escape(home.speaker.address)}.*{reason}")
    neigh = home.daemon.neigh(home.speaker.address)
    assert (neigh["bad_routes"], neigh["bad_packets"]) == (1, 0)
    assert set(home.router.learned()) == {"2001:db8:a::/64", "2001:db8:b::/64"}


def test_bits_beyond_the_prefix_are_cut_off(home):
    home.speaker.announce(rip.rte("2001:db8:9:0:1:2:3:4/64"))
    home.router.wait_learned(GOOD)


def test_a_metric_of_16_for_an_unknown_prefix_is_nothing(home):
    home.speaker.announce((BAD, 16), GOOD)
    home.router.wait_learned(GOOD)
    assert home.daemon.route(BAD) is None


def test_must_be_zero_fields_are_ignored_not_refused(home):
    home.speaker.send(header(zero=0xFFFF) + rip.rte(GOOD))
    home.router.wait_learned(GOOD)


def test_a_response_by_unicast_with_hop_limit_64_is_believed(home):
    """FRR and route6d answer so (PEERS.md 0.1); only multicast must come with 255."""
    home.speaker.announce(GOOD, dest=home.here, hops=64)
    home.router.wait_learned(GOOD)


def test_a_response_without_rtes_and_a_request_without_rtes_are_harmless(home):
    home.speaker.send(header(2))
    home.speaker.send(header(1))
    home.speaker.send(header(1), dest=home.here)
    home.speaker.forget()
    still_alive(home)
    assert not [p for p in home.speaker.responses() if p.dest == home.speaker.address]


def test_our_own_packets_coming_back_are_ignored(home):
    rip.craft(home.peer, "r1", rip.response(BAD), source=home.here)
    still_alive(home)
    assert home.daemon.neigh(home.here) is None


def test_packets_from_the_unspecified_and_the_loopback_address_are_ignored(home):
    for source in ("::", "::1", "ff02::9"):
        rip.craft(home.peer, "r1", rip.response(BAD), source=source)
    still_alive(home)
    assert {n["address"] for n in home.daemon.show("neigh")} == {home.speaker.address}


def test_a_flood_of_bad_packets_makes_few_log_lines_that_say_how_many_there_were(home):
    for _ in range(500):
        home.speaker.send(header(version=7) + ROUTE)
    wait_until(lambda: home.daemon.interface("peer")["rx_errors"] == 500, "500 bad packets counted")

    def lines():
        return [line for line in home.daemon.log().splitlines() if "packet dropped" in line]

    assert 1 <= len(lines()) <= 20
    # The next one that is told, a second or so later, says how many were not.
    wait_until(
        lambda: home.speaker.send(header(version=7) + ROUTE) or re.search(r"\[\d+ more", lines()[-1]),
        "a line that tells of the others",
        pause=0.3,
    )
    still_alive(home)


def test_more_neighbours_than_the_limit_are_refused_counted_and_told(lab):
    r1, peer = lab.routers("r1", "peer")
    lab.cable(r1, peer)
    with rip.Speaker(peer, "r1") as speaker:
        daemon = r1.ripngd(SLOW_TIMERS + "limits { neighbors = 3 }")
        speaker.wait_request()
        for i in range(1, 8):
            rip.craft(peer, "r1", rip.response(f"2001:db8:{i}::/64"), source=f"fe80::bad:{i}")
        daemon.wait_for_log("peer.*neighbo")
        wait_until(lambda: len(r1.learned()) == 3, "routes of three")
        holds_for(0.5, lambda: len(daemon.show("neigh")) == 3, "three neighbours")


def test_more_routes_than_the_limit_are_refused_counted_and_told_and_old_ones_stay(lab):
    r1, peer = lab.routers("r1", "peer")
    lab.cable(r1, peer)
    lab.stub(r1, "lan", "2001:db8:1::1/64")
    with rip.Speaker(peer, "r1") as speaker:
        daemon = r1.ripngd(SLOW_TIMERS + "limits { routes = 20 }")
        speaker.wait_request()
        speaker.announce(*(f"2001:db8:a:{i:x}::/64" for i in range(15)))
        wait_until(lambda: len(r1.learned()) == 15, "15 routes")
        speaker.announce(*(f"2001:db8:b:{i:x}::/64" for i in range(15)))
        daemon.wait_for_log("peer.*limit")
        wait_until(lambda: len(r1.learned()) == 20, "20 routes")
        assert len([p for p in r1.learned() if p.startswith("2001:db8:a:")]) == 15
        # One goes, one may come.
        speaker.announce(("2001:db8:a:1::/64", 16))
        r1.wait_unlearned("2001:db8:a:1::/64")
        assert daemon.route("2001:db8:1::/64")["state"] == "valid"


def test_random_bytes_do_no_harm(home):
    rng = random.Random(2080)
    for _ in range(400):
        data = bytearray(rng.randbytes(rng.choice([1, 4, 20, 24, 44, 84, 200, 1404])))
        if rng.random() < 0.8:
            data[0:4] = header(rng.choice([1, 2, 2, 2]))[: len(data)]
        home.speaker.send(bytes(data), hops=rng.choice([255, 255, 255, 64]))
    home.speaker.forget()
    home.speaker.announce(GOOD)
    home.router.wait_learned(GOOD)
    home.speaker.send(rip.request())
    home.speaker.wait_metric("2001:db8:1::/64", 1)
