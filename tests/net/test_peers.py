"""ripngd beside BIRD 2 and beside FRR, in both directions: what a mixed home needs.

Each test runs twice, once a peer. The peer's quirks are those of PEERS.md: FRR answers unicast with hop limit 64, BIRD
refuses unicast that has not 255; FRR's equal-metric black hole is not ours to meet here.
"""

import pytest

import peers
from doctor import healthy
from lab import SLOW_TIMERS, TIMERS, prefix_text, wait_until

OURS = "2001:db8:1::/64"
DELEGATED = "2001:db8:100::/56"
THEIRS = "2001:db8:aaaa::/48"
SLOW = (600, 3600, 3600)


class Home:
    """Our router and the peer's on a cable, a LAN behind each."""

    def __init__(self, lab, peer, timers=(1, 6, 3)):
        self.us, self.them = lab.routers("us", "them")
        lab.cable(self.us, self.them)
        self.laptop = lab.host_behind(self.us, "laptop", "2001:db8:1:")
        self.nas = lab.host_behind(self.them, "nas", "2001:db8:2:")
        self.us.route(f"add unreachable {DELEGATED} proto dhcp metric 1001")
        self.our_address = self.us.link_local("them")
        self.their_address = self.them.link_local("us")
        self.peer = peer(self.them, ["us"], timers)

    def we_learned(self, prefix):
        self.us.wait_learned(prefix, via=self.their_address)

    def they_learned(self, prefix):
        self.them.wait_learned(prefix, via=self.our_address, protocol=self.peer.protocol)

    def they_lost(self, prefix):
        self.them.wait_unlearned(prefix, protocol=self.peer.protocol)


@pytest.fixture(params=[peers.Bird, peers.Frr], ids=["bird", "frr"])
def peer(request):
    return request.param


@pytest.fixture
def home(lab, peer):
    return Home(lab, peer)


def test_hosts_behind_each_reach_each_other_and_the_metrics_are_right(home):
    home.peer.announce(THEIRS, 3)
    home.peer.start()
    daemon = home.us.ripngd()
    home.we_learned("2001:db8:2::/64")
    home.we_learned(THEIRS)
    home.they_learned(OURS)
    home.they_learned(DELEGATED)
    home.laptop.wait_pings("2001:db8:2::2")
    home.nas.wait_pings("2001:db8:1::2")
    assert daemon.route("2001:db8:2::/64")["metric"] == 2
    assert daemon.route(THEIRS)["metric"] == 4
    assert home.peer.metric(OURS) == 2
    assert home.peer.metric(DELEGATED) == 2
    neigh = daemon.neigh(home.their_address)
    assert neigh["routes"] == 2 and neigh["bad_packets"] == 0 and neigh["bad_routes"] == 0


def test_a_change_of_their_metric_is_followed(home):
    home.peer.announce(THEIRS, 3)
    home.peer.start()
    daemon = home.us.ripngd()
    home.we_learned(THEIRS)
    home.peer.announce(THEIRS, 7)
    wait_until(lambda: daemon.route(THEIRS)["metric"] == 8, lambda: f"metric 8: {daemon.route(THEIRS)}")
    home.peer.announce(THEIRS, 2)
    wait_until(lambda: daemon.route(THEIRS)["metric"] == 3, lambda: f"metric 3: {daemon.route(THEIRS)}")
    assert THEIRS in home.us.learned()


def test_a_change_of_our_metric_is_followed(home):
    home.peer.start()
    daemon = home.us.ripngd(TIMERS)
    wait_until(lambda: home.peer.metric(OURS) == 2, "they have metric 2")
    daemon.write_config(TIMERS + "redistribute connected { metric = 6 }")
    assert daemon.ctl("reload").returncode == 0
    wait_until(lambda: home.peer.metric(OURS) == 7, "they have metric 7")
    daemon.write_config(TIMERS + "redistribute connected { metric = 2 }")
    assert daemon.ctl("reload").returncode == 0
    wait_until(lambda: home.peer.metric(OURS) == 3, "they have metric 3")


def test_what_they_withdraw_is_gone_here_and_comes_back(home):
    home.peer.announce(THEIRS)
    home.peer.start()
    home.us.ripngd()
    home.we_learned(THEIRS)
    home.peer.withdraw(THEIRS)
    home.us.wait_unlearned(THEIRS)
    home.we_learned("2001:db8:2::/64")
    home.peer.announce(THEIRS)
    home.we_learned(THEIRS)


def test_what_we_withdraw_is_gone_there_and_comes_back(home):
    home.peer.start()
    home.us.ripngd()
    home.they_learned(DELEGATED)
    home.us.route(f"del unreachable {DELEGATED}")
    home.they_lost(DELEGATED)
    home.they_learned(OURS)
    home.us.route(f"add unreachable {DELEGATED} proto dhcp metric 1001")
    home.they_learned(DELEGATED)


def test_a_withdrawal_is_told_at_once_not_by_the_next_update(lab, peer):
    """With ten minutes between updates only triggered ones can do this."""
    home = Home(lab, peer, SLOW)
    home.peer.start()
    home.us.ripngd(SLOW_TIMERS)
    home.they_learned(DELEGATED)
    home.us.route(f"del unreachable {DELEGATED}")
    home.they_lost(DELEGATED)
    home.peer.announce(THEIRS)
    home.we_learned(THEIRS)
    home.peer.withdraw(THEIRS)
    home.us.wait_unlearned(THEIRS)


def test_we_start_later_and_get_their_table_by_asking(lab, peer):
    """Their next update is ten minutes away: what we learn is the answer to our request."""
    home = Home(lab, peer, SLOW)
    home.peer.announce(THEIRS)
    home.peer.start()
    # Its first update, sent when its interface is ready, must not be what we learn from.
    first = home.us.ripngd(SLOW_TIMERS)
    home.we_learned(THEIRS)
    first.stop()
    assert THEIRS not in home.us.learned()
    home.us.ripngd(SLOW_TIMERS)
    home.we_learned(THEIRS)
    home.laptop.wait_pings("2001:db8:2::2")


def test_they_start_later_and_get_our_table_by_asking(lab, peer):
    home = Home(lab, peer, SLOW)
    daemon = home.us.ripngd(SLOW_TIMERS)
    wait_until(lambda: daemon.interface("them")["tx_packets"] >= 1, "we sent our first packets")
    home.peer.start()
    home.they_learned(OURS)
    home.they_learned(DELEGATED)


def test_they_are_killed_and_come_back(home):
    home.peer.announce(THEIRS)
    home.peer.start()
    daemon = home.us.ripngd()
    home.we_learned(THEIRS)
    home.they_learned(OURS)
    home.peer.kill()
    home.us.wait_unlearned(THEIRS)  # by the timeout
    wait_until(lambda: daemon.route(THEIRS) is None, "it is collected")
    home.peer.start()
    home.we_learned(THEIRS)
    home.they_learned(OURS)
    home.laptop.wait_pings("2001:db8:2::2")


def test_we_are_stopped_and_they_know_it_at_once(lab, peer):
    """Their timeout is an hour, so it is our poison that tells them."""
    home = Home(lab, peer, SLOW)
    home.peer.start()
    daemon = home.us.ripngd(SLOW_TIMERS)
    home.they_learned(OURS)
    assert daemon.stop() == 0
    home.they_lost(OURS)
    home.us.ripngd(SLOW_TIMERS)
    home.they_learned(OURS)


def test_we_are_killed_and_come_back_without_a_route_lost(home):
    home.peer.announce(THEIRS)
    home.peer.start()
    daemon = home.us.ripngd()
    home.we_learned(THEIRS)
    home.they_learned(OURS)
    daemon.kill()
    assert THEIRS in home.us.learned()
    daemon = home.us.ripngd()
    wait_until(lambda: daemon.route(THEIRS), "learned anew")
    assert THEIRS in home.us.learned()
    home.they_learned(OURS)


def test_a_prefix_of_theirs_travels_through_us_to_the_next_router(lab, home):
    third = lab.node("third")
    lab.cable(home.us, third)
    home.peer.announce(THEIRS, 3)
    home.peer.start()
    home.us.ripngd()
    daemon = third.ripngd()
    third.wait_learned(THEIRS, via=home.us.link_local("third"))
    assert daemon.route(THEIRS)["metric"] == 5
    lab.stub(third, "lan", "2001:db8:3::1/64")
    home.they_learned("2001:db8:3::/64")
    assert home.peer.metric("2001:db8:3::/64") == 3


def test_500_prefixes_of_ours_arrive_whole(home):
    """FRR's receive buffer holds about nine packets: a burst of ours must not overrun it for good."""
    many = [prefix_text(f"2001:db8:{0x4000 + (i >> 8):x}:{i & 255:x}00::/56") for i in range(500)]
    home.us.ip_batch([f"route add unreachable {p} proto dhcp metric 1001" for p in many])
    home.peer.start()
    home.us.ripngd()
    wait_until(
        lambda: len(set(many) - set(home.them.learned(home.peer.protocol))) == 0, "500 prefixes in their kernel"
    )


def test_over_a_link_of_large_frames_500_prefixes_arrive_whole_too(home):
    """FRR takes no packet of more than 1500 bytes, however large they may be on the link."""
    for node, link in ((home.us, "them"), (home.them, "us")):
        node.ip(f"link set dev {link} mtu 9000")
    test_500_prefixes_of_ours_arrive_whole(home)


def test_on_a_shared_link_a_third_router_is_told_of_as_the_next_hop_in_both_directions(lab, peer):
    """Its 100 prefixes behind us are more than a packet holds: the next hop stands in each."""
    us, them, third = lab.routers("us", "them", "third")
    lab.switch("wire", us, them, third)
    hop = third.link_local("wire")
    ours = [f"2001:db8:7:{i:x}::/64" for i in range(1, 101)]
    us.ip_batch([f"route add {p} via {hop} dev wire proto static" for p in ours])
    daemon = us.ripngd(TIMERS + "redistribute static { }\n")
    them_ = peer(them, ["wire"])
    them_.announce(THEIRS, 3, via=(hop, "wire"))
    them_.start()

    us.wait_learned(THEIRS, via=hop)
    assert daemon.route(THEIRS)["metric"] == 4
    assert daemon.neigh(them.link_local("wire"))["routes"] == 1
    for prefix in ours:
        them.wait_learned(prefix, via=hop, protocol=them_.protocol)


def test_the_doctor_finds_nothing_beside_them(home):
    home.peer.start()
    daemon = home.us.ripngd()
    home.we_learned("2001:db8:2::/64")
    healthy(home.us, daemon)
