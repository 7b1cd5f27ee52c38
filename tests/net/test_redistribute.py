"""What a router shares of its own, as the kernel's routes say: each source appearing and going, and what never is shared.

One router with a LAN, and beside it a Speaker who hears what is announced. Nothing happens by the clock here (updates
are ten minutes apart), so all is seen through triggered updates and answers.
"""

import pytest

import rip
from lab import SLOW_TIMERS, wait_until

LAN = "2001:db8:1::/64"


@pytest.fixture
def home(lab):
    class Home:
        router, outside = lab.routers("r1", "outside")

    lab.cable(Home.router, Home.outside)
    lab.stub(Home.router, "lan", "2001:db8:1::1/64")
    Home.lab = lab
    Home.watcher = rip.Speaker(Home.outside, "r1")
    yield Home
    Home.watcher.close()


def marked(home, then):
    """Does `then`, shares one more prefix, and returns when that was heard: all before it would have been heard too."""
    n = home.lab.next_number()
    then()
    mark = f"2001:db8:fade:{n:x}::/64"
    home.router.address("lan", f"2001:db8:fade:{n:x}::1/64")
    home.watcher.wait_metric(mark, 1)
    return home.watcher.table()


AGGREGATE = "2001:db8:100::/56"
INSIDE = "2001:db8:100:10::/62"

SOURCES = {
    "connected by an address": ("connected", "", "addr add 2001:db8:2::1/64 dev lan nodad", "2001:db8:2::/64"),
    "connected, installed by a DHCPv6 client": (
        "connected", "", "route add 2001:db8:2::/64 dev lan proto dhcp metric 1003", "2001:db8:2::/64"),
    "connected, as OpenWrt installs it": (
        "connected", "", "route add 2001:db8:2::/64 dev lan proto static metric 1024", "2001:db8:2::/64"),
    "delegated, unreachable": (
        "delegated", "", f"route add unreachable {AGGREGATE} proto dhcp metric 1001", AGGREGATE),
    "delegated, unreachable with OpenWrt's metric": (
        "delegated", "", f"route add unreachable {AGGREGATE} proto static metric 2147483647", AGGREGATE),
    "delegated, blackhole": ("delegated", "", f"route add blackhole {AGGREGATE} proto boot", AGGREGATE),
    "delegated, prohibit": ("delegated", "", f"route add prohibit {AGGREGATE} proto dhcp", AGGREGATE),
    "static": ("static", "", "route add 2001:db8:2::/64 via fe80::99 dev lan proto static", "2001:db8:2::/64"),
    "kernel protocol boot": (
        "kernel", 'protocols = {"boot"}', "route add 2001:db8:2::/64 via fe80::99 dev lan proto boot",
        "2001:db8:2::/64"),
    "kernel protocol babel": (
        "kernel", 'protocols = {"ra", "babel"}', "route add 2001:db8:2::/64 via fe80::99 dev lan proto 42",
        "2001:db8:2::/64"),
}  # fmt: skip


@pytest.mark.parametrize("source, keys, command, prefix", SOURCES.values(), ids=SOURCES.keys())
def test_a_source_is_announced_when_it_appears_and_withdrawn_when_it_goes(home, source, keys, command, prefix):
    daemon = home.router.ripngd(SLOW_TIMERS + f"redistribute {source} {{ metric = 3 tag = 4711 {keys} }}")
    home.router.ip("-6 " + command)
    home.watcher.wait_metric(prefix, 3)
    assert home.watcher.table()[prefix].tag == 4711
    route = daemon.route(prefix)
    assert (route["source"], route["metric"], route["tag"], route["state"]) == (source, 3, 4711, "valid")
    assert route["nexthop"] == ("fe80::99" if " via " in command else None) and route["expires"] is None
    home.router.ip("-6 " + command.replace(" add ", " del ", 1).replace(" nodad", ""))
    home.watcher.wait_metric(prefix, 16)
    home.router.ip("-6 " + command)
    home.watcher.wait_metric(prefix, 3)


def test_what_is_there_before_the_start_is_shared_from_the_start(home):
    home.router.route(f"add unreachable {AGGREGATE} proto dhcp metric 1001")
    home.router.ripngd(SLOW_TIMERS)
    home.watcher.wait_metric(AGGREGATE, 1)
    home.watcher.wait_metric(LAN, 1)


def test_what_this_router_delegated_onwards_is_shared_while_it_lies_in_an_aggregate(home):
    gateway_route = f"{INSIDE} via fe80::99 dev lan proto static metric 1024"
    home.router.route(f"add {gateway_route}")
    home.router.ripngd(SLOW_TIMERS)
    assert INSIDE not in marked(home, lambda: None)  # no aggregate, so not delegated
    home.router.route(f"add unreachable {AGGREGATE} proto static metric 2147483647")
    home.watcher.wait_metric(INSIDE, 1)
    home.watcher.wait_metric(AGGREGATE, 1)
    home.router.route(f"del {gateway_route}")
    home.watcher.wait_metric(INSIDE, 16)
    home.router.route(f"add {gateway_route}")
    home.watcher.wait_metric(INSIDE, 1)
    home.router.route(f"del unreachable {AGGREGATE}")
    home.watcher.wait_metric(AGGREGATE, 16)
    home.watcher.wait_metric(INSIDE, 16)


def test_without_a_redistribute_section_connected_and_delegated_are_shared_and_nothing_else(home):
    home.router.ripngd(SLOW_TIMERS)

    def change():
        home.router.route(f"add unreachable {AGGREGATE} proto dhcp metric 1001")
        home.router.route("add 2001:db8:3::/64 via fe80::99 dev lan proto static")
        home.router.route("add 2001:db8:4::/64 via fe80::99 dev lan proto boot")
        home.router.route("add default via fe80::99 dev lan proto ra")

    table = marked(home, change)
    assert {AGGREGATE, LAN} <= set(table)
    assert not {"2001:db8:3::/64", "2001:db8:4::/64", "::/0"} & set(table)


def test_with_a_redistribute_section_only_what_is_named_is_shared(home):
    home.router.ripngd(SLOW_TIMERS + "redistribute static { }")
    home.router.route(f"add unreachable {AGGREGATE} proto dhcp metric 1001")
    home.router.route("add 2001:db8:3::/64 via fe80::99 dev lan proto static")
    home.watcher.wait_metric("2001:db8:3::/64", 1)
    assert set(home.watcher.table()) == {"2001:db8:3::/64"}


def test_source_specific_routes_are_never_shared(home):
    home.router.ripngd(
        SLOW_TIMERS + "redistribute connected {} redistribute delegated {} redistribute static {}"
        'redistribute kernel { protocols = {"boot", "ra", "dhcp"} }'
    )

    def change():
        home.router.route("add default from 2001:db8:1::/56 via fe80::99 dev lan proto static metric 512")
        home.router.route("add 2001:db8:5::/64 from 2001:db8:1::/64 dev lan proto boot")
        home.router.route("add unreachable 2001:db8:6::/64 from 2001:db8:1::/64 proto dhcp")

    table = marked(home, change)
    assert not {"::/0", "2001:db8:5::/64", "2001:db8:6::/64"} & set(table), table


def test_an_address_without_its_route_is_nothing_to_share(home):
    """After a renumbering OpenWrt keeps the old address, deprecated, for up to two hours; its route is gone."""
    home.router.ripngd(SLOW_TIMERS)
    home.watcher.wait_metric(LAN, 1)
    home.router.ip("-6 addr change 2001:db8:1::1/64 dev lan valid_lft 7200 preferred_lft 0 noprefixroute")
    home.router.route(f"del {LAN} dev lan", check=False)
    home.watcher.wait_metric(LAN, 16)
    home.router.ip("-6 addr add 2001:db8:7::1/64 dev lan nodad noprefixroute")
    assert "2001:db8:7::/64" not in marked(home, lambda: None)


def test_link_local_multicast_and_loopback_prefixes_are_never_shared(home):
    home.router.ripngd(SLOW_TIMERS + 'redistribute connected {} redistribute kernel { protocols = {"boot"} }')

    def change():
        home.router.route("add fe80:1::/64 dev lan proto boot")
        home.router.route("add ff0e::/16 dev lan proto boot table main", check=False)

    assert all(p.startswith("2001:db8:") for p in marked(home, change))


def test_a_prefix_is_not_announced_onto_the_link_where_it_is_on_link_but_elsewhere(home):
    other = home.lab.node("other")
    home.lab.cable(home.router, other)
    home.router.address("outside", "2001:db8:9::1/64")
    with rip.Speaker(other, "r1") as elsewhere:
        home.router.ripngd(SLOW_TIMERS)
        elsewhere.wait_metric("2001:db8:9::/64", 1)
        table = marked(home, lambda: home.watcher.send(rip.request()))
        assert "2001:db8:9::/64" not in table


def test_a_prefix_is_not_accepted_on_the_link_where_it_is_on_link(home):
    home.router.address("outside", "2001:db8:9::1/64")
    daemon = home.router.ripngd(SLOW_TIMERS)
    home.watcher.wait_request()
    home.watcher.announce("2001:db8:9::/64", "2001:db8:a::/64")
    home.router.wait_learned("2001:db8:a::/64")
    # Its own entry is the connected one, and once that goes there is none from the neighbour either.
    home.router.ip("-6 addr del 2001:db8:9::1/64 dev outside")
    wait_until(
        lambda: (daemon.route("2001:db8:9::/64") or {"state": "gone"})["state"] != "valid",
        "the link's prefix is no valid route any more",
    )
    assert "2001:db8:9::/64" not in home.router.learned()


@pytest.mark.parametrize(
    "own",
    [
        "unreachable 2001:db8:9::/64 proto dhcp metric 1001",
        "unreachable 2001:db8:9::/64 proto static metric 2147483647",
        "2001:db8:9::/64 dev lan proto static metric 4096",
        "2001:db8:9::/64 dev lan proto kernel metric 256",
    ],
)
def test_a_learned_route_is_never_installed_over_a_prefix_that_this_router_owns(home, own):
    home.router.route(f"add {own}")
    daemon = home.router.ripngd(SLOW_TIMERS)
    home.watcher.wait_request()
    home.watcher.announce("2001:db8:9::/64", "2001:db8:a::/64")
    home.router.wait_learned("2001:db8:a::/64")
    assert "2001:db8:9::/64" not in home.router.learned()
    assert daemon.route("2001:db8:9::/64")["source"] in ("connected", "delegated")


@pytest.mark.parametrize("own", ["unreachable 2001:db8:9::/64 proto dhcp metric 1001", "2001:db8:9::/64 dev lan"])
def test_an_installed_route_goes_when_its_prefix_becomes_the_routers_own_and_may_come_back_after(home, own):
    daemon = home.router.ripngd(SLOW_TIMERS)
    home.watcher.wait_request()
    home.watcher.announce("2001:db8:9::/64")
    home.router.wait_learned("2001:db8:9::/64")
    home.router.route(f"add {own}")
    home.router.wait_unlearned("2001:db8:9::/64")
    home.watcher.wait_metric("2001:db8:9::/64", 1)
    assert daemon.route("2001:db8:9::/64")["source"] in ("connected", "delegated")
    home.router.route(f"del {own}")
    wait_until(
        lambda: [home.watcher.announce("2001:db8:9::/64")] and "2001:db8:9::/64" in home.router.learned(),
        "the neighbour's route is back",
        pause=0.3,
    )


def test_an_aggregate_owned_keeps_a_learned_route_for_the_same_prefix_out_but_not_one_inside_it(home):
    home.router.route(f"add unreachable {AGGREGATE} proto static metric 2147483647")
    home.router.ripngd(SLOW_TIMERS)
    home.watcher.wait_request()
    home.watcher.announce(AGGREGATE, INSIDE)
    home.router.wait_learned(INSIDE)
    assert AGGREGATE not in home.router.learned()


def test_a_router_whose_neighbour_echoes_its_own_prefixes_keeps_them_its_own(home):
    """What BIRD did in HOME.md 0.1 and 0.2: its own aggregate back from a neighbour, installed over it: a loop."""
    home.router.route(f"add unreachable {AGGREGATE} proto dhcp metric 1001")
    home.router.ripngd(SLOW_TIMERS)
    home.watcher.wait_metric(AGGREGATE, 1)
    home.watcher.announce((AGGREGATE, 1), (LAN, 1), ("2001:db8:a::/64", 1))
    home.router.wait_learned("2001:db8:a::/64")
    assert set(home.router.learned()) == {"2001:db8:a::/64"}
