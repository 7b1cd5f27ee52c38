"""The examples of the man pages, run: each configuration by a daemon, and those for BIRD, FRR and babeld by them, beside ours."""

import os
import re

import pytest

import peers
import rip
from lab import TOP, wait_until

PAGES = ["ripngd.conf.5", "ripngd-migrate.7"]


def blocks(page):
    """[(kind, text)] of the marked literal blocks, in their order."""
    with open(os.path.join(TOP, "man", page)) as f:
        found = re.findall(r'^\.\\" example: (\w+)\n\.Bd -literal.*\n((?:.*\n)*?)\.Ed$', f.read(), re.M)
    return [(kind, text.replace("\\e", "\\").replace("\\(aq", "'")) for kind, text in found]


def of_kind(kind):
    return [text for page in PAGES for k, text in blocks(page) if k == kind]


def theirs(kind, page):
    """The block for a peer, and the configuration that the page puts behind it: beside it or in its place."""
    all_ = blocks(page)
    at = next(i for i, (k, _) in enumerate(all_) if k == kind)
    return all_[at][1], next(text for k, text in all_[at:] if k == "conf")


def peer(kind, node, text):
    """BIRD or FRR with this very text as its configuration."""
    if kind == "bird":
        them = peers.Bird(node, [])

        def write():
            with open(them.config, "w") as f:
                f.write(text)

        them._write = write
    else:
        them = peers.Frr(node, [])
        them._config_lines = lambda: text.splitlines()
    return them.start()


@pytest.fixture
def place(lab):
    """A router with two links, lan0 and lan1, and a neighbour on the first."""
    router, other = lab.routers("router", "other")
    lab.cable(router, other, "lan0", "lan0")
    lab.stub(router, "lan1", "2001:db8:1:1::1/64")
    router.route("add 2001:db8:5::/48 via fe80::99 dev lan1 proto static")
    return router, other


@pytest.mark.parametrize("text", of_kind("conf"), ids=lambda text: next(iter(re.findall(r"^[a-z].*", text, re.M)), "none")[:30])
def test_a_daemon_runs_with_the_example_and_ends_well(lab, text):
    router = lab.node("router")
    for name in ("eth0", "eth1", "lan0", "wlan0", "br-guest"):
        lab.stub(router, name, f"2001:db8:{lab.next_number()}::1/64")
    daemon = router.ripngd(text)
    assert daemon.status()["interfaces"] >= 1
    assert daemon.stop() == 0


@pytest.mark.parametrize("kind", ["bird", "frr"])
def test_beside_a_peer_with_the_example_both_learn(lab, place, kind):
    router, other = place
    text, conf = theirs(kind, "ripngd.conf.5")
    lab.stub(other, "home", "2001:db8:2::1/64")
    them = peer(kind, other, text)
    router.ripngd(conf)
    router.wait_learned("2001:db8:2::/64", via=other.link_local("lan0"))
    other.wait_learned("2001:db8:1:1::/64", via=router.link_local("lan0"), protocol=them.protocol)


LAN1 = "2001:db8:1:1::/64"
EXPECTED = {"bird": {LAN1, "2001:db8:f::/48"}, "frr": {LAN1, "2001:db8:5::/48", "::/0"}}


@pytest.mark.parametrize("kind", ["bird", "frr"])
def test_what_takes_their_files_place_announces_the_same(place, kind):
    router, other = place
    text, conf = theirs(kind, "ripngd-migrate.7")
    with rip.Speaker(other, "lan0") as speaker:

        def announced():
            """{prefix: metric}, once it was asked for and two answers in a row were the same."""
            speaker.send(rip.request())
            return {p: e.metric for p, e in speaker.table().items() if e.metric < 16}

        def settled():
            seen = announced()
            return seen if set(seen) == EXPECTED[kind] and seen == announced() else None

        them = peer(kind, router, text)
        expected = wait_until(settled, lambda: f"their table: {speaker.table()}", pause=1)
        them.stop()
        if kind == "frr":
            them.zebra.stop()
        speaker.forget()
        router.ripngd(conf)
        wait_until(lambda: announced() == expected, lambda: f"{expected}; it announces {announced()}", pause=0.5)


# --- two networks, joined by a router that speaks two protocols ------------------------------------------------------

NEAR, FAR, OWN = "2001:db8:2::/64", "2001:db8:3::/64", "2001:db8:1:1::/64"
FAR_ROUTER = {
    "babeld": "interface joint\nredistribute proto 2\nredistribute local deny\n",
    "birdospf": """router id 192.0.2.2;
protocol device { }
protocol direct { ipv6; interface "lan"; }
protocol kernel { ipv6 { import none; export where proto = "far"; }; }
protocol ospf v3 far { ipv6 { import all; export all; }; area 0 { interface "joint" { type ptp; }; }; }
""",
}


def beside(kind, node, text):
    return peers.Babeld(node, text).start() if kind == "babeld" else peer("bird", node, text)


@pytest.mark.parametrize("kind", list(FAR_ROUTER))
def test_with_another_routing_protocol_on_the_same_router_both_parts_know_each_other(lab, kind):
    """near (ripngd) --- joint (ripngd, and babeld or BIRD, by the page) --- far (babeld or BIRD)"""
    joint, near, far = lab.routers("joint", "near", "far")
    lab.cable(joint, near, "lan0", "joint")
    lab.cable(joint, far, "far0", "joint")
    lab.stub(joint, "lan1", "2001:db8:1:1::1/64")
    lab.stub(near, "lan", "2001:db8:2::1/64")
    lab.stub(far, "lan", "2001:db8:3::1/64")
    examples = blocks("ripngd.conf.5")
    at = [k for k, _ in examples].index("babeld")
    joint.ripngd(examples[at - 1][1])
    beside(kind, joint, dict(examples)[kind])
    them = beside(kind, far, FAR_ROUTER[kind])
    neighbour = near.ripngd()

    wait_until(lambda: neighbour.route(FAR), "the far network is known here")
    assert (neighbour.route(FAR)["metric"], neighbour.route(FAR)["tag"]) == (4, 42)
    for prefix in (NEAR, OWN):
        far.wait_learned(prefix, via=joint.link_local("far0"), protocol=them.protocol)
    near.wait_pings("2001:db8:3::1", "2001:db8:2::1")

    assert neighbour.stop() == 0
    far.wait_unlearned(NEAR, protocol=them.protocol)
    neighbour = near.ripngd()
    far.wait_learned(NEAR, protocol=them.protocol)
    far.down("lan")
    near.wait_unlearned(FAR)
    far.up("lan")
    far.address("lan", "2001:db8:3::1/64")
    near.wait_learned(FAR)
