"""ripngd among its own kind: a line of routers, a ring, and several on one link."""

import peers
from lab import wait_until


def line(lab, n):
    """Routers r1 to rN on a line, and their daemons."""
    routers = lab.routers(*(f"r{i}" for i in range(1, n + 1)))
    for a, b in zip(routers, routers[1:]):
        lab.cable(a, b)
    return routers


def test_in_a_line_of_five_the_ends_reach_each_other_and_a_prefix_that_goes_is_gone_everywhere(lab):
    routers = line(lab, 5)
    nas = lab.host_behind(routers[0], "nas", "2001:db8:1:")
    laptop = lab.host_behind(routers[4], "laptop", "2001:db8:5:")
    daemons = [r.ripngd() for r in routers]

    for i, r in enumerate(routers[1:], 1):
        r.wait_learned("2001:db8:1::/64", via=routers[i - 1].link_local(r.name))
    routers[0].wait_learned("2001:db8:5::/64", via=routers[1].link_local("r1"))
    assert [d.route("2001:db8:1::/64")["metric"] for d in daemons] == [1, 2, 3, 4, 5]
    laptop.wait_pings("2001:db8:1::2")
    nas.wait_pings("2001:db8:5::2")

    routers[0].down("nas")
    for r in routers[1:]:
        r.wait_unlearned("2001:db8:1::/64")
    routers[0].up("nas")
    routers[0].address("nas", "2001:db8:1::1/64")
    laptop.wait_pings("2001:db8:1::2")


def test_in_a_ring_traffic_goes_the_other_way_round_when_a_cable_is_cut(lab):
    r1, r2, r3, r4 = routers = line(lab, 4)
    lab.cable(r4, r1)
    nas = lab.host_behind(r1, "nas", "2001:db8:1:")
    laptop = lab.host_behind(r2, "laptop", "2001:db8:2:")
    for r in routers:
        r.ripngd()
    r2.wait_learned("2001:db8:1::/64", via=r1.link_local("r2"))
    r4.wait_learned("2001:db8:1::/64", via=r1.link_local("r4"))
    r3.wait_learned("2001:db8:1::/64")
    laptop.wait_pings("2001:db8:1::2")

    r2.down("r1")
    r2.wait_learned("2001:db8:1::/64", via=r3.link_local("r2"))
    r1.wait_learned("2001:db8:2::/64", via=r4.link_local("r1"))
    laptop.wait_pings("2001:db8:1::2")

    r2.up("r1")
    r2.wait_learned("2001:db8:1::/64", via=r1.link_local("r2"))
    r1.wait_learned("2001:db8:2::/64", via=r2.link_local("r1"))
    nas.wait_pings("2001:db8:2::2")


def test_on_a_shared_link_each_router_learns_the_others_directly_and_nobody_learns_the_link_itself(lab):
    routers = lab.routers("r1", "r2", "r3")
    lab.switch("home", *routers)
    for i, r in enumerate(routers, 1):
        r.address("home", f"2001:db8::{i}/64")
        lab.stub(r, "lan", f"2001:db8:{i}::1/64")
    daemons = [r.ripngd() for r in routers]

    for i, r in enumerate(routers, 1):
        for j, other in enumerate(routers, 1):
            if i != j:
                r.wait_learned(f"2001:db8:{j}::/64", via=other.link_local("home"))
    for i, (r, d) in enumerate(zip(routers, daemons), 1):
        assert set(r.learned()) == {f"2001:db8:{j}::/64" for j in (1, 2, 3) if j != i}
        assert d.route("2001:db8::/64")["source"] == "connected"
        assert {n["address"] for n in d.show("neigh")} == {
            other.link_local("home") for other in routers if other is not r
        }
        for j in (1, 2, 3):
            assert d.route(f"2001:db8:{j}::/64")["metric"] == (1 if j == i else 2)


def test_with_no_configuration_at_all_three_home_routers_share_what_dhcpv6_pd_gave_them(lab):
    """The README's promise, with the defaults: 30 s between updates, so only requests and triggered updates are quick."""
    r1, r2, r3 = lab.routers("r1", "r2", "r3")
    r1.ip("link add lan type bridge mcast_snooping 0")
    r1.up("lan")
    for r in (r2, r3):
        lab.cable(r1, r, f"port-{r.name}", "wan")
        r1.ip(f"link set dev port-{r.name} master lan")
    r1.route("add unreachable 2001:db8:1000::/56 proto dhcp metric 1001")
    r1.address("lan", "2001:db8:1000::1/64")
    hosts = []
    for r, n in ((r2, "10"), (r3, "14")):
        r.address("wan", f"2001:db8:1000::{r.name[1]}/64")
        r.route(f"add default via {r1.link_local('lan')} dev wan proto ra metric 1002")
        r.route(f"add unreachable 2001:db8:1000:{n}::/62 proto dhcp metric 1001")
        hosts.append(lab.host_behind(r, f"host{n}", f"2001:db8:1000:{n}:"))
    nas, laptop = hosts
    assert not laptop.pings("2001:db8:1000:10::2")

    daemons = [r.ripngd(config=None) for r in (r1, r2, r3)]
    wait_until(lambda: laptop.pings("2001:db8:1000:10::2"), "the laptop reaches the NAS")
    nas.wait_pings("2001:db8:1000:14::2")
    r1.wait_learned("2001:db8:1000:10::/62", via=r2.link_local("wan"))
    r3.wait_learned("2001:db8:1000:10::/62", via=r2.link_local("wan"))
    # What each owns stays its own, and nobody takes the link's prefix from a neighbour.
    assert "2001:db8:1000::/64" not in r2.learned() and "2001:db8:1000:10::/62" not in r2.learned()
    assert daemons[0].route("2001:db8:1000::/56")["source"] == "delegated"
    # A subnet that nobody has dies at its owner, not in a loop.
    answer = laptop.run("ping", "-6", "-n", "-c2", "-W1", "2001:db8:1000:13::1", check=False).stdout
    assert "Time exceeded" not in answer and f"From 2001:db8:1000:" in answer, answer


def test_the_sanity_of_this_laboratory_bird_and_frr_learn_from_each_other(lab):
    """If this one fails, look at the machine before looking at ripngd."""
    a, b = lab.routers("a", "b")
    lab.cable(a, b)
    bird = peers.Bird(a, ["b"])
    bird.announce("2001:db8:a::/48", 3)
    bird.start()
    frr = peers.Frr(b, ["a"])
    frr.announce("2001:db8:b::/48", 2)
    frr.start()
    b.wait_learned("2001:db8:a::/48", protocol=frr.protocol)
    a.wait_learned("2001:db8:b::/48", protocol=bird.protocol)
    assert frr.metric("2001:db8:a::/48") == 4
    assert bird.metric("2001:db8:b::/48") == 3
