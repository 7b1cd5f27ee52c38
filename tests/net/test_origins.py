"""What a router announces beside its kernel's routes: a default route, aggregates, routes of the configuration; and how
BIRD and FRR take it. And the routing table that all of it happens in, when that is not the main one.
"""

import pytest

import peers
import rip
from lab import RIPNGD, SLOW_TIMERS, TIMERS, RouteMonitor, holds_for, wait_until

DEFAULT = "::/0"
SITE = "2001:db8:100::/48"
INSIDE = "2001:db8:100:1::/64"
OUTSIDE = "2001:db8:1::/64"
SLOW = (600, 3600, 3600)
IF_PRESENT = "default-route { originate = if-present }\n"


@pytest.fixture(params=[peers.Bird, peers.Frr], ids=["bird", "frr"])
def peer(request):
    return request.param


class Border:
    """A router with an uplink of its own and a neighbour that hears it."""

    def __init__(self, lab):
        self.lab = lab
        self.router, self.inner = lab.routers("border", "inner")
        lab.cable(self.router, self.inner)
        lab.stub(self.router, "wan", "2001:db8:f::1/64")
        lab.stub(self.router, "lan", "2001:db8:1::1/64")

    def uplink(self, verb="add", source=""):
        self.router.route(f"{verb} default {source} via fe80::99 dev wan proto ra metric 1024")


@pytest.fixture
def border(lab):
    return Border(lab)


def reload(daemon, text):
    daemon.write_config(text)
    done = daemon.ctl("reload")
    assert done.returncode == 0, done.stderr


# --- default route ---------------------------------------------------------------


def test_a_peer_gets_the_default_route_while_the_uplink_has_one(border, peer):
    them = peer(border.inner, ["border"], SLOW).start()
    border.router.ripngd(SLOW_TIMERS + IF_PRESENT)
    border.inner.wait_learned(OUTSIDE, protocol=them.protocol)
    assert DEFAULT not in border.inner.learned(them.protocol)
    border.uplink()
    border.inner.wait_learned(DEFAULT, via=border.router.link_local("inner"), protocol=them.protocol)
    border.uplink("del")
    border.inner.wait_unlearned(DEFAULT, protocol=them.protocol)
    assert OUTSIDE in border.inner.learned(them.protocol)


def test_a_source_specific_default_route_is_enough(border):
    """OpenWrt's odhcp6c installs no other."""
    border.router.ripngd(SLOW_TIMERS + IF_PRESENT)
    with rip.Speaker(border.inner, "border") as speaker:
        border.uplink(source="from 2001:db8:100::/56")
        speaker.wait_metric(DEFAULT, 1)
        border.uplink(source="from 2001:db8:f::77/128")
        border.uplink("del", source="from 2001:db8:100::/56")
        border.router.route("del 2001:db8:1::/64 dev lan")
        speaker.wait_metric(OUTSIDE, 16)
        assert speaker.metric(DEFAULT) == 1
        border.uplink("del", source="from 2001:db8:f::77/128")
        speaker.wait_metric(DEFAULT, 16)


def test_an_uplink_that_loses_its_carrier_is_no_way_out(border):
    border.uplink()
    border.router.ripngd(SLOW_TIMERS + IF_PRESENT)
    with rip.Speaker(border.inner, "border") as speaker:
        speaker.send(rip.request())
        speaker.wait_metric(DEFAULT, 1)
        plug = next(name for name in border.lab._switch.interfaces() if name.endswith("-border"))
        border.lab._switch.down(plug)
        speaker.wait_metric(DEFAULT, 16)
        border.lab._switch.up(plug)
        speaker.wait_metric(DEFAULT, 1)


def test_a_backup_takes_over_and_hands_back(lab):
    """Two uplinks: the inner router follows the one with the lower metric, and each of them the other."""
    first, second, inner = lab.routers("first", "second", "inner")
    lab.switch("lan", first, second, inner)
    for router, metric in ((first, 1), (second, 5)):
        lab.stub(router, "wan", f"2001:db8:f{metric}::1/64")
        router.route("add default via fe80::99 dev wan proto ra metric 1024")
        router.ripngd(TIMERS + f"default-route {{ originate = if-present metric = {metric} }}\n")
    inner.ripngd()
    inner.wait_learned(DEFAULT, via=first.link_local("lan"))
    assert DEFAULT not in first.learned() and DEFAULT not in second.learned()
    first.route("del default via fe80::99 dev wan")
    inner.wait_learned(DEFAULT, via=second.link_local("lan"))
    first.wait_learned(DEFAULT, via=second.link_local("lan"))
    second.route("del default via fe80::99 dev wan")  # now nobody has one: neither may keep the other's alive
    for router in (first, second, inner):
        router.wait_unlearned(DEFAULT)
    first.route("add default via fe80::99 dev wan proto ra metric 1024")
    inner.wait_learned(DEFAULT, via=first.link_local("lan"))
    second.wait_learned(DEFAULT, via=first.link_local("lan"))


def test_a_peers_default_route_is_taken_or_not_as_wished(border):
    them = peers.Bird(border.inner, ["border"])
    them.announce(DEFAULT)
    them.announce(SITE)
    them.start()
    daemon = border.router.ripngd(TIMERS + "default-route { accept = false }\n")
    border.router.wait_learned(SITE)
    assert DEFAULT not in border.router.learned() and daemon.route(DEFAULT) is None
    reload(daemon, TIMERS)
    border.router.wait_learned(DEFAULT, via=border.inner.link_local("border"))
    reload(daemon, TIMERS + "default-route { accept = false }\n")
    border.router.wait_unlearned(DEFAULT)
    assert SITE in border.router.learned()


def test_the_uplinks_own_route_is_left_alone(border):
    with rip.Speaker(border.inner, "border") as speaker:
        daemon = border.router.ripngd(SLOW_TIMERS)
        border.uplink()
        speaker.announce((DEFAULT, 1))
        border.router.wait_learned(DEFAULT)
        uplinks = [r for r in border.router.routes() if r["dst"] == DEFAULT and r["protocol"] != 189]
        assert len(uplinks) == 1 and uplinks[0]["metric"] == 1024  # lower than ours: the kernel prefers it
        reload(daemon, SLOW_TIMERS + IF_PRESENT)  # with a way of our own no other is needed
        border.router.wait_unlearned(DEFAULT)
        assert daemon.route(DEFAULT)["source"] == "default"


# --- aggregates --------------------------------------------------------------------


def discards(node, prefix=SITE):
    return node.learned().get(prefix, {}).get("type") in ("unreachable", "7")  # RTN_UNREACHABLE, as ip's -N has it


def test_a_peer_gets_the_aggregate_instead_of_what_is_inside_it(border, peer):
    them = peer(border.inner, ["border"], SLOW).start()
    daemon = border.router.ripngd(SLOW_TIMERS + f'aggregate "{SITE}" {{ summary-only = true metric = 2 }}\n')
    border.inner.wait_learned(OUTSIDE, protocol=them.protocol)
    border.router.address("lan", "2001:db8:100:1::1/64")
    border.inner.wait_learned(SITE, via=border.router.link_local("inner"), protocol=them.protocol)
    assert them.metric(SITE) == 3
    assert INSIDE not in border.inner.learned(them.protocol)
    wait_until(lambda: discards(border.router), "a discard route for the aggregate")
    route = daemon.route(SITE)
    assert (route["source"], route["installed"], route["nexthop"]) == ("aggregate", True, None)
    border.router.ip("-6 addr del 2001:db8:100:1::1/64 dev lan")
    border.inner.wait_unlearned(SITE, protocol=them.protocol)
    wait_until(lambda: SITE not in border.router.learned(), "no discard route any more")


def test_what_is_held_back_from_now_on_is_taken_back_and_shown_again(border, peer):
    border.router.address("lan", "2001:db8:100:1::1/64")
    them = peer(border.inner, ["border"], SLOW).start()
    daemon = border.router.ripngd(SLOW_TIMERS)
    border.inner.wait_learned(INSIDE, protocol=them.protocol)
    reload(daemon, SLOW_TIMERS + f'aggregate "{SITE}" {{ summary-only = true }}\n')
    border.inner.wait_learned(SITE, protocol=them.protocol)
    border.inner.wait_unlearned(INSIDE, protocol=them.protocol)
    reload(daemon, SLOW_TIMERS)
    border.inner.wait_learned(INSIDE, protocol=them.protocol)
    border.inner.wait_unlearned(SITE, protocol=them.protocol)
    wait_until(lambda: SITE not in border.router.learned(), "no discard route any more")


def test_what_nobody_has_does_not_go_round_in_circles(border):
    """Each sends the other what it has no route for: one by its default route, one by the aggregate."""
    with rip.Speaker(border.inner, "border") as speaker:
        border.router.ripngd(SLOW_TIMERS + f'aggregate "{SITE}" {{ }}\n')
        speaker.announce((DEFAULT, 1), (INSIDE, 1))
        border.router.wait_learned(INSIDE)
        wait_until(lambda: discards(border.router), "a discard route")
        found = border.router.run("ip", "-6", "route", "get", "2001:db8:100:2::1", check=False)
        assert "No route to host" in found.stderr  # EHOSTUNREACH, of the unreachable route
        assert "inner" in border.router.ip("-6 route get 2001:db8:100:1::1")


def test_a_discard_route_survives_a_crash_and_ends_with_the_daemon(border):
    border.router.address("lan", "2001:db8:100:1::1/64")
    text = SLOW_TIMERS + f'aggregate "{SITE}" {{ }}\n'
    daemon = border.router.ripngd(text)
    wait_until(lambda: discards(border.router), "a discard route")
    watch = RouteMonitor(border.router)
    daemon.kill()
    daemon = border.router.ripngd(text)
    wait_until(lambda: daemon.route(SITE)["installed"], "adopted")
    assert not [line for line in watch.settle().lines() if SITE in line]
    assert daemon.stop() == 0
    assert SITE not in border.router.learned()


def test_a_discard_route_and_a_learned_one_replace_each_other_in_place(border):
    with rip.Speaker(border.inner, "border") as speaker:
        border.router.ripngd(SLOW_TIMERS + f'aggregate "{SITE}" {{ }}\n')
        speaker.wait_request()
        speaker.announce((SITE, 1))
        border.router.wait_learned(SITE, via=border.inner.link_local("border"))
        watch = RouteMonitor(border.router)
        speaker.announce((INSIDE, 1))
        wait_until(lambda: discards(border.router), "a discard route")
        assert not watch.settle().deleted(SITE)
        assert len([r for r in border.router.routes() if r["dst"] == SITE]) == 1
        speaker.announce((INSIDE, 16), (SITE, 1))
        border.router.wait_learned(SITE, via=border.inner.link_local("border"))
        assert len([r for r in border.router.routes() if r["dst"] == SITE]) == 1


# --- routes of the configuration -------------------------------------------------------


def test_a_peer_gets_a_route_of_the_configuration(border, peer):
    them = peer(border.inner, ["border"], SLOW).start()
    daemon = border.router.ripngd(SLOW_TIMERS + f'route "{SITE}" {{ metric = 4 tag = 9 }}\n')
    border.inner.wait_learned(SITE, via=border.router.link_local("inner"), protocol=them.protocol)
    assert them.metric(SITE) == 5
    assert daemon.route(SITE)["source"] == "route" and daemon.route(SITE)["tag"] == 9
    assert SITE not in {r["dst"] for r in border.router.routes()}
    reload(daemon, SLOW_TIMERS + f'route "{SITE}" {{ metric = 6 }}\nroute "{INSIDE}" {{ }}\n')
    border.inner.wait_learned(INSIDE, protocol=them.protocol)
    wait_until(lambda: them.metric(SITE) == 7, "the new metric")
    reload(daemon, SLOW_TIMERS)
    for prefix in (SITE, INSIDE):
        border.inner.wait_unlearned(prefix, protocol=them.protocol)
    assert OUTSIDE in border.inner.learned(them.protocol)


# --- another table ------------------------------------------------------------------------

TABLE = "kernel { table = 1000 }\n"


def test_all_happens_in_the_table_of_the_configuration(border):
    """What is learned goes there, what is there is shared, and the main table is nobody's business."""
    with rip.Speaker(border.inner, "border") as speaker:
        border.router.route("add 2001:db8:7::/64 dev lan table 1000")
        daemon = border.router.ripngd(SLOW_TIMERS + TABLE + IF_PRESENT)
        speaker.wait_metric("2001:db8:7::/64", 1)
        border.uplink()  # in the main table
        speaker.announce((SITE, 1))
        wait_until(lambda: SITE in border.router.learned(table=1000), "learned into table 1000")
        assert not border.router.learned()
        border.router.route("add default via fe80::99 dev wan table 1000")
        speaker.wait_metric(DEFAULT, 1)
        assert speaker.metric(OUTSIDE) is None
        assert daemon.stop() == 0
        assert not border.router.learned(table=1000)


def test_a_rule_sends_traffic_through_another_table(lab):
    """A router that routes by its own table for what comes from a LAN, and names that LAN itself."""
    us, them = lab.routers("us", "them")
    lab.cable(us, them)
    laptop = lab.host_behind(us, "laptop", "2001:db8:1:")
    nas = lab.host_behind(them, "nas", "2001:db8:2:")
    us.ripngd(TIMERS + 'kernel { table = 1000 }\nroute "2001:db8:1::/64" { }\n')
    them.ripngd()
    them.wait_learned("2001:db8:1::/64")
    wait_until(lambda: "2001:db8:2::/64" in us.learned(table=1000), "learned into table 1000")
    assert not laptop.pings("2001:db8:2::2")
    us.ip("-6 rule add from 2001:db8:1::/64 lookup 1000")
    laptop.wait_pings("2001:db8:2::2")
    nas.wait_pings("2001:db8:1::2")


def test_daemons_in_several_namespaces_do_not_see_each_other(lab):
    """The same addresses, the same prefixes, another table in one of them: two homes on one machine."""
    homes = []
    for n, text in enumerate((TIMERS, TIMERS + 'kernel { table = 1000 }\nroute "2001:db8:1::/64" { }\n')):
        us, them = lab.routers(f"us{n}", f"them{n}")
        lab.cable(us, them, "them", "us")
        lab.stub(us, "lan", "2001:db8:1::1/64")
        homes.append((us.ripngd(text), us, them, them.ripngd()))
    for _, _, them, other in homes:
        them.wait_learned("2001:db8:1::/64")
        assert len(other.show("neigh")) == 1
    assert homes[0][0].stop() == 0
    homes[0][2].wait_unlearned("2001:db8:1::/64")
    holds_for(2, lambda: "2001:db8:1::/64" in homes[1][2].learned(), "the other home has its route")


def test_a_second_daemon_in_a_namespace_is_told_that_it_cannot(lab):
    """Unicast to port 521 reaches one socket alone: two daemons would lose each other's answers."""
    router = lab.node("r1")
    lab.stub(router, "lan", "2001:db8:1::1/64")
    router.ripngd(socket=f"{lab.dir}/first.sock")
    second = router.start("second", [RIPNGD, "-s", f"{lab.dir}/second.sock"])
    assert second.wait() == 1
    assert "UDP port 521: in use" in second.log()
