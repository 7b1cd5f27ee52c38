"""Filters and what else an interface may be told about its neighbours, with BIRD and FRR as peers, and on the wire.

Updates are ten minutes apart wherever a change has to show at once: only triggered updates and answers can do it then.
"""

import pytest

import peers
import rip
from lab import SLOW_TIMERS, wait_until

LAN = "2001:db8:1::/64"
GUESTS = "2001:db8:9::/64"
THEIR_LAN = "2001:db8:2::/64"
THEIRS = "2001:db8:aaaa::/48"
THEIR_LAB = "2001:db8:bbbb:1::/64"
SLOW = (600, 3600, 3600)


@pytest.fixture(params=[peers.Bird, peers.Frr], ids=["bird", "frr"])
def peer(request):
    return request.param


class Home:
    """Our router with a LAN and a guest network, and a peer."""

    def __init__(self, lab, peer, config=""):
        self.us, self.them = lab.routers("us", "them")
        lab.cable(self.us, self.them)
        lab.stub(self.us, "lan", "2001:db8:1::1/64")
        lab.stub(self.us, "guests", "2001:db8:9::1/64")
        self.peer = peer(self.them, ["us"], SLOW).start()
        self.daemon = self.us.ripngd(SLOW_TIMERS + config)

    def reload(self, config):
        self.daemon.write_config(SLOW_TIMERS + config)
        done = self.daemon.ctl("reload")
        assert done.returncode == 0, done.stderr

    def they_learned(self, prefix):
        self.them.wait_learned(prefix, protocol=self.peer.protocol)

    def they_lost(self, prefix):
        self.them.wait_unlearned(prefix, protocol=self.peer.protocol)

    def they_have(self):
        return set(self.them.learned(self.peer.protocol))


# --- what is announced -------------------------------------------------------------


def test_a_new_export_filter_is_followed_at_once_by_the_peer(lab, peer):
    home = Home(lab, peer)
    home.they_learned(LAN)
    home.they_learned(GUESTS)
    home.reload(f'filter "public" {{ rules = {{"deny {GUESTS}", "permit any"}} }} interface "*" {{ export = "public" }}')
    home.they_lost(GUESTS)
    assert LAN in home.they_have()
    home.reload("")
    home.they_learned(GUESTS)
    assert LAN in home.they_have()


def test_what_a_filter_sets_is_what_the_peer_hears(lab, peer):
    home = Home(lab, peer, f"""
filter "mark" {{
    rules = {{"permit {GUESTS} set metric 7 set tag 4711",
             "permit any add metric 2 set tag 12"}}
}}
interface "them" {{ export = "mark" }}
interface "*" {{ }}
""")
    home.they_learned(LAN)
    home.they_learned(GUESTS)
    wait_until(lambda: home.peer.metric(GUESTS) == 8, lambda: f"metric 8: {home.peer.metric(GUESTS)}")
    assert (home.peer.metric(LAN), home.peer.tag(LAN), home.peer.tag(GUESTS)) == (4, 12, 4711)
    assert home.daemon.route(LAN)["metric"] == 1 and home.daemon.route(LAN)["tag"] == 0
    home.reload("")
    wait_until(
        lambda: (home.peer.metric(LAN), home.peer.tag(LAN), home.peer.tag(GUESTS)) == (2, 0, 0), "as without a filter"
    )


def test_a_filter_of_a_source_decides_what_is_shared(lab, peer):
    home = Home(lab, peer, f"""
filter "no guests" {{ rules = {{"deny {GUESTS}", "permit any set tag 5"}} }}
redistribute connected {{ filter = "no guests" }}
""")
    home.they_learned(LAN)
    assert home.peer.tag(LAN) == 5
    assert GUESTS not in home.they_have()
    home.reload("redistribute connected { }")
    home.they_learned(GUESTS)
    home.reload('filter "lan" { rules = {"permit 2001:db8:1::/48 le 64"} } redistribute connected { filter = "lan" }')
    home.they_lost(GUESTS)
    assert LAN in home.they_have()


def test_a_peer_that_may_only_hear_the_default_route_hears_only_that(lab, peer):
    home = Home(lab, peer, """
default-route { originate = always }
filter "way-out" { rules = {"permit ::/0"} }
interface "them" { export = "way-out" }
interface "*" { }
""")
    home.they_learned("::/0")
    assert home.they_have() == {"::/0"}


# --- what is heard ---------------------------------------------------------------------


def test_a_new_import_filter_loses_at_once_what_it_denies_and_asks_for_what_it_permits(lab, peer):
    home = Home(lab, peer)
    home.they_learned(LAN)  # its interface is ready: what it shares now, it announces at once
    home.peer.announce(THEIRS)
    home.peer.announce(THEIR_LAB)
    home.us.wait_learned(THEIR_LAB)
    home.us.wait_learned(THEIRS)
    home.reload(f'filter "sane" {{ rules = {{"deny {THEIRS}", "permit any set tag 3"}} }} interface "*" {{ import = "sane" }}')
    home.us.wait_unlearned(THEIRS)
    assert THEIR_LAB in home.us.learned() and home.daemon.route(THEIR_LAB)["tag"] == 3
    home.reload('filter "other" { rules = {"permit 2001:db8::/32 le 48 add metric 4"} } interface "*" { import = "other" }')
    home.us.wait_learned(THEIRS)
    home.us.wait_unlearned(THEIR_LAB)
    assert home.daemon.route(THEIRS)["metric"] == 6
    home.reload("")
    home.us.wait_learned(THEIR_LAB)


class Middle:
    """Our router between two speakers."""

    def __init__(self, lab, config):
        self.router, left, right = lab.routers("r1", "left", "right")
        lab.cable(self.router, left)
        lab.cable(self.router, right)
        lab.stub(self.router, "lan", "2001:db8:1::1/64")
        self.left, self.right = rip.Speaker(left, "r1"), rip.Speaker(right, "r1")
        self.daemon = self.router.ripngd(SLOW_TIMERS + config)
        self.left.wait_request()
        self.right.wait_request()


@pytest.fixture
def middle(lab):
    made = []

    def make(config):
        made.append(Middle(lab, config))
        return made[0]

    yield make
    for m in made:
        m.left.close()
        m.right.close()


def test_a_denied_route_is_told_with_its_rule(middle):
    m = middle("""
filter "sane" { rules = {"deny ::/0 ge 65", "deny any tag 66", "permit any"} }
interface "left" { import = "sane" }
interface "right" { }
""")
    m.left.announce(rip.rte(THEIRS, tag=66), rip.rte(THEIR_LAN), rip.rte("2001:db8:2::1/128"))
    m.router.wait_learned(THEIR_LAN)
    m.daemon.wait_for_log(f"left: RTE dropped {THEIRS} from {m.left.address}: the import filter denies it, rule 2")
    m.daemon.wait_for_log("left: RTE dropped 2001:db8:2::1/128 from .*: the import filter denies it, rule 1")
    assert set(m.router.learned()) == {THEIR_LAN}


def test_a_tag_that_comes_to_be_denied_takes_the_route_back_and_out(middle):
    m = middle("""
filter "in" { rules = {"deny any tag 66", "permit any"} }
filter "out" { rules = {"deny any tag 67", "permit any"} }
interface "left" { import = "in" }
interface "right" { export = "out" }
""")
    m.left.announce(rip.rte(THEIRS), rip.rte(THEIR_LAN))
    m.right.wait_metric(THEIRS, 2)
    m.right.wait_metric(THEIR_LAN, 2)
    m.left.announce(rip.rte(THEIRS, tag=67), rip.rte(THEIR_LAN, tag=66))
    m.right.wait_metric(THEIRS, 16)
    m.right.wait_metric(THEIR_LAN, 16)
    m.router.wait_unlearned(THEIR_LAN)
    assert THEIRS in m.router.learned()  # it is only not told there
    m.left.announce(rip.rte(THEIRS), rip.rte(THEIR_LAN))
    m.right.wait_metric(THEIRS, 2)
    m.right.wait_metric(THEIR_LAN, 2)


def test_a_stop_names_nothing_that_was_held_back(middle):
    m = middle(f"""
filter "out" {{ rules = {{"permit {THEIRS}"}} }}
interface "left" {{ }}
interface "right" {{ export = "out" }}
""")
    m.left.announce(rip.rte(THEIRS), rip.rte(THEIR_LAN))
    m.right.wait_metric(THEIRS, 2)
    m.daemon.stop()
    m.right.wait_metric(THEIRS, 16)
    assert set(m.right.table()) == {THEIRS}


# --- neighbours and limits ---------------------------------------------------------------


def test_a_neighbour_can_bring_so_many_routes_and_no_more(middle):
    m = middle("limits { routes-per-neighbor = 3 }")
    m.left.announce(*(rip.rte(f"2001:db8:a{n}::/48") for n in range(5)))
    m.right.announce(*(rip.rte(f"2001:db8:b{n}::/48") for n in range(3)))
    wait_until(lambda: len(m.router.learned()) == 6, lambda: f"three of each: {sorted(m.router.learned())}")
    m.daemon.wait_for_log(f"left: limit reached from {m.left.address}: as many routes as the limits section allows")
    assert m.daemon.neigh(m.left.address)["routes"] == 3
    m.left.announce(rip.rte("2001:db8:a0::/48", 16), rip.rte("2001:db8:a4::/48"))  # one goes, there is room for one
    m.router.wait_learned("2001:db8:a4::/48")
    m.router.wait_unlearned("2001:db8:a0::/48")


def test_more_room_for_routes_is_asked_to_be_filled(middle):
    m = middle("limits { routes = 1 }")
    m.left.announce(rip.rte(THEIRS), rip.rte(THEIR_LAN))
    m.router.wait_learned(THEIRS)
    m.left.forget()
    m.daemon.write_config(SLOW_TIMERS)
    assert m.daemon.ctl("reload").returncode == 0
    m.left.wait_request()
    m.left.announce(rip.rte(THEIRS), rip.rte(THEIR_LAN))
    m.router.wait_learned(THEIR_LAN)


def test_neighbours_to_send_to_do_not_wake_an_interface_that_is_off(middle):
    m = middle('interface "*" { }')
    for what in ("enabled = false", "passive = true"):
        config = f'interface "left" {{ {what} neighbors = {{"{m.left.address}"}} }} interface "right" {{ }}'
        m.daemon.write_config("timers { update = 0.2 timeout = 600 }\n" + config)
        assert m.daemon.ctl("reload").returncode == 0
        m.right.forget()
        m.right.wait_updates(2)  # the goodbye on the left is over by then
        m.left.forget()
        m.right.forget()
        m.right.wait_updates(5)
        assert not m.left.responses() and not m.left.requests()
        m.daemon.write_config(SLOW_TIMERS + 'interface "*" { }')
        assert m.daemon.ctl("reload").returncode == 0
        m.left.wait_request()


def test_a_router_that_is_accepted_only_now_is_asked(middle):
    m = middle('interface "left" { accept-from = {"fe80::1"} } interface "right" { }')
    m.left.announce(rip.rte(THEIRS))
    m.daemon.wait_for_log(f"left.*{m.left.address}.*accept-from")
    m.left.forget()
    m.daemon.write_config(SLOW_TIMERS + f'interface "left" {{ accept-from = {{"{m.left.address}"}} }} interface "right" {{ }}')
    assert m.daemon.ctl("reload").returncode == 0
    m.left.wait_request()
    m.left.announce(rip.rte(THEIRS))
    m.router.wait_learned(THEIRS)
    m.daemon.write_config(SLOW_TIMERS + 'interface "left" { accept-from = {"fe80::1"} } interface "right" { }')
    assert m.daemon.ctl("reload").returncode == 0
    m.router.wait_unlearned(THEIRS)
    m.right.wait_metric(THEIRS, 16)
