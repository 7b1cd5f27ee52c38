"""Interfaces: coming, going, changing under a running daemon, and the settings of an `interface` section."""

import socket

import rip
from lab import SLOW_TIMERS, TIMERS, holds_for, wait_until


def two(lab, config=TIMERS):
    """Two routers on a cable, a LAN behind each; what they learn from each other is there."""
    r1, r2 = lab.routers("r1", "r2")
    lab.cable(r1, r2)
    lab.stub(r1, "lan", "2001:db8:1::1/64")
    lab.stub(r2, "lan", "2001:db8:2::1/64")
    d1, d2 = r1.ripngd(config), r2.ripngd(config)
    r1.wait_learned("2001:db8:2::/64", via=r2.link_local("r1"))
    r2.wait_learned("2001:db8:1::/64", via=r1.link_local("r2"))
    return r1, r2, d1, d2


def router_and_speaker(lab, config=SLOW_TIMERS):
    r1, peer = lab.routers("r1", "peer")
    lab.cable(r1, peer)
    lab.stub(r1, "lan", "2001:db8:1::1/64")
    speaker = rip.Speaker(peer, "r1")
    return r1, speaker, r1.ripngd(config)


def test_an_interface_down_loses_its_routes_at_once_and_up_again_learns_them_again(lab):
    r1, r2, d1, _ = two(lab, SLOW_TIMERS)
    r2.down("r1")
    r2.wait_unlearned("2001:db8:1::/64")
    r1.wait_unlearned("2001:db8:2::/64")  # its carrier is gone
    assert d1.interface("r2")["up"] is False
    r2.up("r1")
    r2.wait_learned("2001:db8:1::/64", via=r1.link_local("r2"))
    r1.wait_learned("2001:db8:2::/64", via=r2.link_local("r1"))
    assert d1.interface("r2")["up"] is True


def test_with_failure_detection_off_a_pulled_cable_waits_for_the_timeout(lab):
    r1, r2, d1, _ = two(lab, TIMERS + "failure-detection = false\n")
    r2.down("r1")
    wait_until(lambda: "NO-CARRIER" in r1.ip("link show dev r2"), "r1 without a carrier")
    r1.address("lan", "2001:db8:9::1/64")
    wait_until(lambda: d1.route("2001:db8:9::/64"), "all heard that the kernel had to say before that")
    assert d1.interface("r2")["up"] is True and "2001:db8:2::/64" in r1.learned()
    r1.wait_unlearned("2001:db8:2::/64")
    r2.up("r1")
    r1.wait_learned("2001:db8:2::/64", via=r2.link_local("r1"))


def test_what_was_behind_a_lost_interface_is_withdrawn_from_the_neighbours_at_once(lab):
    r1, speaker, _ = router_and_speaker(lab)
    speaker.wait_metric("2001:db8:1::/64", 1)
    r1.down("lan")
    speaker.wait_metric("2001:db8:1::/64", 16)


def test_an_interface_deleted_and_made_anew_is_taken_up_again(lab):
    r1, r2, d1, d2 = two(lab)
    r2.ip("link del r1")
    r1.wait_unlearned("2001:db8:2::/64")
    r2.wait_unlearned("2001:db8:1::/64")
    wait_until(lambda: d2.interface("r1") is None, "it is not shown any more")
    lab.cable(r1, r2)
    r2.wait_learned("2001:db8:1::/64", via=r1.link_local("r2"))
    r1.wait_learned("2001:db8:2::/64", via=r2.link_local("r1"))
    assert d1.interface("r2")["up"] is True


def test_an_interface_created_while_the_daemon_runs_is_served_if_the_configuration_wants_it(lab):
    r1, early, late, other = lab.routers("r1", "early", "late", "other")
    lab.cable(r1, early, "eth0", "r1")
    lab.stub(r1, "lan", "2001:db8:1::1/64")
    daemon = r1.ripngd(SLOW_TIMERS + 'interface "eth*" { }')
    lab.cable(r1, late, "eth7", "r1")
    lab.cable(r1, other, "wan", "r1")
    lab.stub(late, "lan", "2001:db8:2::1/64")
    late.ripngd(SLOW_TIMERS)
    other.ripngd(SLOW_TIMERS)
    late.wait_learned("2001:db8:1::/64", via=r1.link_local("eth7"))
    r1.wait_learned("2001:db8:2::/64", via=late.link_local("r1"))
    assert {i["name"] for i in daemon.show("interface")} == {"eth0", "eth7"}
    holds_for(1, lambda: not other.learned(), "nothing is sent on an interface that no section matches")


def test_a_renamed_interface_is_what_its_new_name_says(lab):
    r1, speaker, daemon = router_and_speaker(lab, SLOW_TIMERS + 'interface "eth*" { metric = 4 }')
    assert daemon.show("interface") == []
    r1.down("peer")
    r1.ip("link set dev peer name eth5")
    r1.up("eth5")
    speaker.wait_request()
    speaker.announce("2001:db8:9::/64")
    r1.wait_learned("2001:db8:9::/64")
    assert daemon.route("2001:db8:9::/64")["metric"] == 5
    assert daemon.route("2001:db8:9::/64")["interface"] == "eth5"


def test_a_bridge_speaks_for_its_ports_which_are_silent(lab):
    r1, peer = lab.routers("r1", "peer")
    r1.ip("link add lan type bridge mcast_snooping 0")
    r1.up("lan")
    lab.cable(r1, peer, "port", "r1")
    r1.ip("link set dev port master lan")
    lab.stub(r1, "stub", "2001:db8:1::1/64")
    with rip.Speaker(peer, "r1") as speaker:
        daemon = r1.ripngd()
        speaker.wait_metric("2001:db8:1::/64", 1)
        speaker.wait_updates(2)
        assert {p.source for p in speaker.listen()} == {r1.link_local("lan")}
        speaker.announce("2001:db8:9::/64")
        r1.wait_learned("2001:db8:9::/64")
        assert r1.learned()["2001:db8:9::/64"]["dev"] == "lan"
        port = daemon.interface("port")
        assert port is None or not port["up"]


def test_a_port_taken_out_of_its_bridge_speaks_for_itself_and_falls_silent_when_it_goes_back(lab):
    r1, peer = lab.routers("r1", "peer")
    r1.ip("link add lan type bridge mcast_snooping 0")
    r1.up("lan")
    lab.cable(r1, peer, "port", "r1")
    r1.ip("link set dev port master lan")
    daemon = r1.ripngd()
    wait_until(lambda: (daemon.interface("lan") or {}).get("up"), "the bridge is served")
    r1.ip("link set dev port nomaster")
    wait_until(lambda: (daemon.interface("port") or {}).get("up"), "the port is served")
    with rip.Speaker(peer, "r1") as speaker:
        speaker.announce("2001:db8:9::/64")
        wait_until(lambda: r1.learned().get("2001:db8:9::/64", {}).get("dev") == "port", "learned on the port")
        r1.ip("link set dev port master lan")
        wait_until(lambda: not (daemon.interface("port") or {}).get("up"), "the port is silent")
        r1.wait_unlearned("2001:db8:9::/64")


def test_a_new_link_local_address_takes_over_and_the_neighbours_follow(lab):
    r1, r2, _, d2 = two(lab)
    old = r1.link_local("r2")
    r1.ip("-6 addr add fe80::1:2:3:4/64 dev r2 nodad")
    r1.ip(f"-6 addr del {old}/64 dev r2")
    r2.wait_learned("2001:db8:1::/64", via="fe80::1:2:3:4")
    r1.wait_learned("2001:db8:2::/64")
    wait_until(lambda: d2.neigh("fe80::1:2:3:4"), "the neighbour is known by its new address")


def test_a_second_link_local_address_changes_nothing(lab):
    r1, speaker, daemon = router_and_speaker(lab, TIMERS)
    first = r1.link_local("peer")
    speaker.wait_metric("2001:db8:1::/64", 1)
    r1.ip("-6 addr add fe80::1/64 dev peer nodad")
    r1.ip("-6 addr add fe80::ffff/64 dev peer nodad")
    speaker.wait_updates(2)
    assert {p.source for p in speaker.listen()} == {first}
    assert daemon.interface("peer")["address"] == first


def test_without_a_link_local_address_nothing_is_sent_until_there_is_one(lab):
    r1, peer = lab.routers("r1", "peer")
    lab.cable(r1, peer)
    lab.stub(r1, "lan", "2001:db8:1::1/64")
    r1.ip(f"-6 addr del {r1.link_local('peer')}/64 dev peer")
    with rip.Speaker(peer, "r1") as speaker:
        daemon = r1.ripngd()
        holds_for(1, lambda: not speaker.listen(), "silence without a link-local address")
        assert not (daemon.interface("peer") or {}).get("up")
        r1.ip("-6 addr add fe80::77/64 dev peer nodad")
        speaker.wait_metric("2001:db8:1::/64", 1)
        assert {p.source for p in speaker.listen()} == {"fe80::77"}


def test_a_tentative_address_is_not_used_before_it_is_checked(lab):
    """With duplicate address detection on, as on a real router: about a second and a half."""
    r1, peer = lab.routers("r1", "peer")
    for key in ("all", "default"):
        r1.sysctl(f"net/ipv6/conf/{key}/accept_dad", 1)
        r1.sysctl(f"net/ipv6/conf/{key}/router_solicitation_delay", 1)
    lab.stub(r1, "lan", "2001:db8:1::1/64")
    daemon = r1.ripngd()
    lab.cable(r1, peer)
    with rip.Speaker(peer, "r1") as speaker:
        speaker.wait_metric("2001:db8:1::/64", 1)
        assert daemon.interface("peer")["up"]
        assert {p.source for p in speaker.listen()} == {r1.link_local("peer")}


def test_a_request_is_sent_at_start_and_all_that_is_sent_is_well_formed(lab):
    r1, speaker, _ = router_and_speaker(lab, TIMERS)
    asked = speaker.wait_request()
    assert asked.rtes == [rip.Rte("::/0", 16, 0, None)]
    assert asked.dest == rip.GROUP
    speaker.send(rip.request(), dest=r1.link_local("peer"))
    wait_until(lambda: [p for p in speaker.responses() if p.dest == speaker.address], "a unicast answer")
    speaker.wait_updates(2)
    for p in speaker.listen():
        assert p.hops == 255 and p.port == 521 and len(p.data) <= 1500 - 48
        assert p.source == r1.link_local("peer")


def test_requests_are_answered_as_asked(lab):
    r1, speaker, _ = router_and_speaker(lab)
    speaker.wait_metric("2001:db8:1::/64", 1)

    def answers(data, **how):
        speaker.forget()
        speaker.send(data, dest=r1.link_local("peer"), **how)
        return wait_until(lambda: [p for p in speaker.responses() if p.dest == speaker.address], "an answer")[0]

    assert "2001:db8:1::/64" in {r.prefix for r in answers(rip.request()).rtes}
    exact = answers(rip.request("2001:db8:1::/64", "2001:db8:77::/64"))
    assert [(r.prefix, r.metric) for r in exact.rtes] == [("2001:db8:1::/64", 1), ("2001:db8:77::/64", 16)]
    assert answers(rip.request(), hops=64).rtes  # FRR and route6d ask with 64


def test_a_request_from_another_port_is_answered_to_that_port(lab):
    r1, speaker, _ = router_and_speaker(lab)
    speaker.wait_metric("2001:db8:1::/64", 1)
    node = speaker.node
    tool = node.inside(lambda: socket.socket(socket.AF_INET6, socket.SOCK_DGRAM))
    tool.settimeout(40)
    tool.sendto(rip.request("2001:db8:1::/64"), (r1.link_local("peer"), 521, 0, speaker.index))
    data, source = tool.recvfrom(2048)
    tool.close()
    assert rip.parse(data)[1] == [rip.Rte("2001:db8:1::/64", 1, 0, None)]
    assert source[1] == 521


def test_next_hops_of_others_are_learned_and_told(lab):
    """A response may name another router of the link as next hop; one that is no link-local address means the sender."""
    r1, speaker, _ = router_and_speaker(lab)
    speaker.wait_request()
    speaker.announce(
        rip.rte("2001:db8:a::/64"),
        rip.next_hop("fe80::abcd"),
        rip.rte("2001:db8:b::/64"),
        rip.next_hop("2001:db8::1"),
        rip.rte("2001:db8:c::/64"),
        rip.next_hop("::"),
        rip.rte("2001:db8:d::/64"),
    )
    r1.wait_learned("2001:db8:a::/64", via=speaker.address)
    r1.wait_learned("2001:db8:b::/64", via="fe80::abcd")
    r1.wait_learned("2001:db8:c::/64", via=speaker.address)
    r1.wait_learned("2001:db8:d::/64", via=speaker.address)


def test_two_interfaces_of_one_router_on_one_link_do_not_learn_from_each_other(lab):
    r1, other = lab.routers("r1", "other")
    lab.switch("home", r1, other)
    lab.cable(r1, lab.nodes["switches"], "second", "home-second")
    lab.nodes["switches"].ip("link set dev home-second master home")
    lab.stub(r1, "lan", "2001:db8:1::1/64")
    lab.stub(other, "lan", "2001:db8:2::1/64")
    daemon = r1.ripngd()
    other.ripngd()
    r1.wait_learned("2001:db8:2::/64", via=other.link_local("home"))
    other.wait_learned("2001:db8:1::/64")
    wait_until(lambda: daemon.status()["drops"].get("own", 0) >= 4, "its own packets came back")
    assert {n["address"] for n in daemon.show("neigh")} == {other.link_local("home")}
    assert daemon.route("2001:db8:1::/64")["source"] == "connected"


def test_a_neighbour_with_the_link_local_address_that_we_have_on_another_link_is_believed(lab):
    """Many homes give every router fe80::1 on its LAN."""
    r1, r2 = lab.routers("r1", "r2")
    lab.cable(r1, r2)
    lab.stub(r1, "lan", "2001:db8:1::1/64", "fe80::1/64")
    lab.stub(r2, "lan", "2001:db8:2::1/64")
    r1.ip(f"-6 addr del {r1.link_local('r2')}/64 dev r2")
    r1.address("r2", "fe80::2/64")
    r1.ip("-6 addr del fe80::ff:fe00:102/64 dev lan")
    r2.ip(f"-6 addr del {r2.link_local('r1')}/64 dev r1")
    r2.address("r1", "fe80::1/64")
    r1.ripngd()
    r2.ripngd()
    r1.wait_learned("2001:db8:2::/64", via="fe80::1")
    r2.wait_learned("2001:db8:1::/64", via="fe80::2")


# --- settings of an interface section -----------------------------------


def test_split_horizon_poison_announces_back_with_16(lab):
    """In the regular updates: a triggered one just for that would be no news."""
    _, speaker, _ = router_and_speaker(lab, TIMERS)
    speaker.wait_request()
    speaker.announce("2001:db8:9::/64")
    speaker.wait_metric("2001:db8:9::/64", 16)


def test_split_horizon_simple_announces_nothing_back(lab):
    r1, speaker, _ = router_and_speaker(lab, TIMERS + 'interface "*" { split-horizon = simple }')
    speaker.wait_request()
    speaker.announce("2001:db8:9::/64")
    r1.wait_learned("2001:db8:9::/64")
    speaker.wait_updates(2)
    assert "2001:db8:9::/64" not in speaker.table() and "2001:db8:1::/64" in speaker.table()


def test_split_horizon_off_announces_back_what_is_known(lab):
    _, speaker, _ = router_and_speaker(lab, SLOW_TIMERS + 'interface "*" { split-horizon = off }')
    speaker.wait_request()
    speaker.announce("2001:db8:9::/64")
    speaker.wait_metric("2001:db8:9::/64", 2)


def test_the_metric_of_an_interface_is_added_to_what_is_heard_there(lab):
    r1, speaker, daemon = router_and_speaker(lab, SLOW_TIMERS + 'interface "peer" { metric = 5 } interface "lan" {}')
    speaker.wait_request()
    speaker.announce(("2001:db8:9::/64", 3), ("2001:db8:a::/64", 11))
    r1.wait_learned("2001:db8:9::/64")
    assert daemon.route("2001:db8:9::/64")["metric"] == 8
    assert daemon.interface("peer")["metric"] == 5
    assert "2001:db8:a::/64" not in r1.learned()  # 16 is no route


def test_a_passive_interface_learns_and_sends_no_update(lab):
    r1, speaker, daemon = router_and_speaker(lab, TIMERS + 'interface "peer" { passive = true } interface "lan" {}')
    wait_until(lambda: (daemon.interface("peer") or {}).get("up"), "it is served")
    wait_until(
        lambda: speaker.announce("2001:db8:9::/64") or "2001:db8:9::/64" in r1.learned(), "learned", pause=0.3
    )
    assert daemon.interface("peer")["passive"] is True
    holds_for(2.5, lambda: not speaker.responses(), "no response on a passive interface")


def test_a_disabled_interface_neither_learns_nor_sends(lab):
    r1, speaker, daemon = router_and_speaker(lab, TIMERS + 'interface "peer" { enabled = false } interface "*" {}')

    def silent():
        speaker.announce("2001:db8:9::/64")
        return not speaker.listen() and not r1.learned()

    wait_until(lambda: (daemon.interface("lan") or {}).get("up"), "the other one is served")
    holds_for(2, silent, "silence")
    assert daemon.interface("peer") is None


def test_without_multicast_only_the_neighbours_named_are_sent_to(lab):
    r1, peer, third = lab.routers("r1", "peer", "third")
    lab.switch("home", r1, peer, third)
    lab.stub(r1, "lan", "2001:db8:1::1/64")
    with rip.Speaker(peer, "home") as named, rip.Speaker(third, "home") as other:
        r1.ripngd(TIMERS + f'interface "home" {{ multicast = false neighbors = {{"{named.address}"}} }}')
        named.wait_metric("2001:db8:1::/64", 1)
        named.listen()
        wait_until(lambda: len(named.responses()) >= 3, "updates")
        assert {p.dest for p in named.listen()} == {named.address}
        assert other.listen() == []


def test_named_neighbours_are_sent_to_by_unicast_beside_the_group(lab):
    r1, peer = lab.routers("r1", "peer")
    lab.cable(r1, peer)
    lab.stub(r1, "lan", "2001:db8:1::1/64")
    with rip.Speaker(peer, "r1") as speaker:
        r1.ripngd(TIMERS + f'interface "peer" {{ neighbors = {{"{speaker.address}"}} }} interface "lan" {{}}')
        wait_until(
            lambda: {p.dest for p in speaker.responses()} >= {rip.GROUP, speaker.address}, "both ways of sending"
        )


def test_only_routers_in_accept_from_are_believed(lab):
    r1, good, bad = lab.routers("r1", "good", "bad")
    lab.switch("home", r1, good, bad)
    with rip.Speaker(good, "home") as friend, rip.Speaker(bad, "home") as stranger:
        daemon = r1.ripngd(SLOW_TIMERS + f'interface "home" {{ accept-from = {{"{friend.address}"}} }}')
        friend.wait_request()
        stranger.announce("2001:db8:bad::/64")
        daemon.wait_for_log(f"home.*{stranger.address}.*accept-from")
        friend.announce("2001:db8:9::/64")
        r1.wait_learned("2001:db8:9::/64")
        assert "2001:db8:bad::/64" not in r1.learned()
        assert daemon.interface("home")["rx_errors"] >= 1
