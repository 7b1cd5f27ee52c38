"""ripngd on OpenWrt's kernel routes (openwrt.py): what it shares of them, what it never touches, how it follows them.

And what other programs, people and the kernel do to its own routes and interfaces meanwhile: each has one answer.
"""

import pytest

import rip
from doctor import healthy
from home import UNREACHABLE, Watch, measured, quiet, what_comes_back
from lab import SLOW_TIMERS, RouteMonitor, holds_for, wait_until
from openwrt import OpenWrt

ULA = "fd12:3456:789a"
FAST = "timers { triggered-min = 0.05 triggered-max = 0.1 }\n"


class Ow:
    """An OpenWrt router with its WAN, a bridge with one port, and a second LAN where a Speaker hears all."""

    def __init__(self, lab, config=SLOW_TIMERS):
        self.lab = lab
        self.node, isp, inner, peer = lab.routers("ow", "isp", "inner", "peer")
        lab.cable(self.node, isp, "eth1", "down")
        self.node.ip("link add br-lan type bridge mcast_snooping 0")
        self.node.up("br-lan")
        lab.cable(self.node, inner, "lan1", "up")
        self.node.ip("link set dev lan1 master br-lan")
        lab.cable(self.node, peer, "guest", "up")
        self.openwrt = OpenWrt(self.node, ULA)
        self.openwrt.up()
        self.openwrt.wan_up("2001:db8:f::100", "2001:db8:f::/64")
        self.openwrt.delegated("2001:db8:1000:a00::/56")
        self.openwrt.lease("2001:db8:1000:a10::/62", inner.link_local("up"))
        self.inner = rip.Speaker(inner, "up")
        self.speaker = rip.Speaker(peer, "up")
        self.daemon = self.node.ripngd(config)
        self.speaker.wait_request()
        self.inner.wait_request()

    def close(self):
        self.inner.close()
        self.speaker.close()

    def shared(self):
        """What it announces on the second LAN, with a metric below 16."""
        return {p for p, r in self.speaker.table().items() if r.metric < 16}


@pytest.fixture
def ow(lab):
    router = Ow(lab)
    yield router
    router.close()


HOME = {
    f"{ULA}::/48", f"{ULA}::/64", "2001:db8:1000:a00::/56", "2001:db8:1000:a00::/64", "2001:db8:1000:a10::/62",
    "2001:db8:f::/64",
}  # fmt: skip


# --- what is shared ---


def test_of_openwrts_routes_lans_aggregates_and_sub_delegations_are_shared_and_no_default(ow):
    wait_until(lambda: HOME <= ow.shared(), lambda: f"{HOME - ow.shared()} shared too")
    assert ow.shared() <= HOME | {"2001:db8:f::100/128"}
    sources = {r["prefix"]: r["source"] for r in ow.daemon.show("route")}
    assert {p: sources[p] for p in HOME} == {
        f"{ULA}::/48": "delegated", f"{ULA}::/64": "connected", "2001:db8:1000:a00::/56": "delegated",
        "2001:db8:1000:a00::/64": "connected", "2001:db8:1000:a10::/62": "delegated", "2001:db8:f::/64": "connected",
    }  # fmt: skip


def test_on_the_lan_a_sub_delegation_is_told_with_its_router_as_next_hop_and_the_lan_itself_not_at_all(ow):
    ow.inner.wait_metric("2001:db8:1000:a10::/62", 1)
    ow.inner.wait_metric("2001:db8:1000:a00::/56", 1)
    table = ow.inner.table()
    assert table["2001:db8:1000:a10::/62"].nexthop == ow.inner.address
    assert table["2001:db8:1000:a00::/56"].nexthop is None
    assert not {"2001:db8:1000:a00::/64", f"{ULA}::/64"} & set(table)


def test_renumbered_all_that_is_old_is_withdrawn_at_once_though_its_address_stays_deprecated(ow):
    wait_until(lambda: HOME <= ow.shared(), "all is shared")
    ow.openwrt.renumbered("2001:db8:2000:b00::/56")
    for prefix in ("2001:db8:1000:a00::/56", "2001:db8:1000:a00::/64", "2001:db8:1000:a10::/62"):
        ow.speaker.wait_metric(prefix, 16)
    for prefix in ("2001:db8:2000:b00::/56", "2001:db8:2000:b00::/64"):
        ow.speaker.wait_metric(prefix, 1)
    addresses = [a for link in ow.node.ip_json("-6 addr show dev br-lan") for a in link["addr_info"]]
    assert [a.get("deprecated") for a in addresses if a.get("local") == "2001:db8:1000:a00::1"] == [True]
    ow.openwrt.lease("2001:db8:2000:b10::/62", ow.inner.address)
    ow.speaker.wait_metric("2001:db8:2000:b10::/62", 1)
    assert not [p for p in ow.shared() if p.startswith("2001:db8:1000:")]


def test_the_doctor_finds_nothing_before_and_after_it_was_renumbered(ow):
    healthy(ow.node, ow.daemon)
    ow.openwrt.renumbered("2001:db8:2000:b00::/56")
    ow.speaker.wait_metric("2001:db8:1000:a00::/56", 16)
    healthy(ow.node, ow.daemon)


def test_a_sub_delegation_that_outlives_the_prefix_it_was_part_of_is_shared_no_more(ow):
    """kea says nothing of leases that a change of its configuration ended: their routes stay behind."""
    ow.speaker.wait_metric("2001:db8:1000:a10::/62", 1)
    ow.openwrt.leases.clear()
    ow.openwrt.renumbered("2001:db8:2000:b00::/56")
    ow.speaker.wait_metric("2001:db8:1000:a10::/62", 16)
    assert "2001:db8:1000:a10::/62" in [r["dst"] for r in ow.node.routes()]


def test_a_lease_that_ends_is_withdrawn_and_one_given_to_another_router_changes_its_next_hop(ow):
    other = "fe80::abcd"
    ow.inner.wait_metric("2001:db8:1000:a10::/62", 1)
    ow.openwrt.lease("2001:db8:1000:a10::/62", other)  # NLM_F_REPLACE
    wait_until(lambda: ow.inner.table()["2001:db8:1000:a10::/62"].nexthop == other, "the other router is told")
    ow.openwrt.lease_ends("2001:db8:1000:a10::/62")
    ow.inner.wait_metric("2001:db8:1000:a10::/62", 16)


def test_what_neighbours_say_of_an_own_prefix_never_reaches_the_kernel_however_far_netifds_metric_is(ow):
    """Any metric is better than 2147483647: installed once, and packets for unassigned subnets would run in a loop."""
    monitor = RouteMonitor(ow.node)
    own = ["2001:db8:1000:a00::/56", f"{ULA}::/48", "2001:db8:1000:a00::/64"]
    ow.speaker.announce(*own, "2001:db8:aa::/64")
    ow.inner.announce(*own)
    ow.node.wait_learned("2001:db8:aa::/64")
    ow.openwrt.delegated("2001:db8:1000:a00::/56")  # the same again, as at every renewal
    ow.speaker.announce(*own, "2001:db8:ab::/64")
    ow.node.wait_learned("2001:db8:ab::/64")
    monitor.settle()
    assert not [line for line in monitor.lines() if "proto 189" in line and any(p in line for p in own)]


# --- a whole home of them ---


class Inner:
    """R2 or R3: its WAN is on R1's LAN."""

    def __init__(self, lab, r1, number):
        self.node = lab.node(f"r{number}")
        lab.cable(r1, self.node, f"lan{number}", "eth1")
        r1.ip(f"link set dev lan{number} master br-lan")
        host = lab.host(f"host{number}")
        lab.cable(self.node, host, "br-lan", "eth0")
        self.host = host
        self.openwrt = OpenWrt(self.node, f"fd00:0:{number}", gateway=r1.link_local("br-lan"))
        self.openwrt.up()


class OwHome:
    """R1 above R2 and R3, all OpenWrt; hosts have addresses by hand."""

    def __init__(self, lab):
        self.r1 = lab.node("r1")
        isp = lab.node("isp")
        lab.cable(self.r1, isp, "eth1", "down")
        self.r1.ip("link add br-lan type bridge mcast_snooping 0")
        self.r1.up("br-lan")
        self.openwrt = OpenWrt(self.r1, "fd00:0:1", gateway=isp.link_local("down"))
        self.openwrt.up()
        self.r2, self.r3 = Inner(lab, self.r1, 2), Inner(lab, self.r1, 3)
        for node in lab.nodes.values():
            node.sysctl("net/ipv6/icmp/ratelimit", 0)
        for inner in (self.r2, self.r3):  # a default that knows nothing of sources, as dhcpcd's
            inner.node.route(f"add default via {self.r1.link_local('br-lan')} dev eth1 proto ra metric 1024")
        self.nodes = [self.r1, self.r2.node, self.r3.node]

    def r1_delegated(self, base):
        self.openwrt.delegated(f"{base}00::/56")

    def leases(self, base):
        for inner, part in ((self.r2, "10"), (self.r3, "14")):
            self.openwrt.lease(f"{base}{part}::/62", inner.node.link_local("eth1"))

    def inner_delegated(self, base, inner, part):
        if inner.openwrt.prefix:
            inner.openwrt.renumbered(f"{base}{part}::/62")
        else:
            inner.openwrt.delegated(f"{base}{part}::/62")
        self.addressed(base, inner, part)

    @staticmethod
    def addressed(base, inner, part):
        """The host behind takes a new address; the old one goes."""
        inner.host.ip("-6 addr flush dev eth0 scope global")
        inner.host.address("eth0", f"{base}{part}::2/64")
        inner.host.route(f"replace default via {base}{part}::1")

    def all_delegated(self, base):
        self.r1_delegated(base)
        self.leases(base)
        self.inner_delegated(base, self.r2, "10")
        self.inner_delegated(base, self.r3, "14")

    def renumbered(self, base):
        """As odhcpd has it: R1, its leases and, told by Reconfigure, R2 and R3, one straight after the other."""
        self.openwrt.renumbered(f"{base}00::/56")
        self.leases(base)
        self.inner_delegated(base, self.r2, "10")
        self.inner_delegated(base, self.r3, "14")

    def wait_right(self, base):
        self.r2.host.wait_pings(f"{base}14::2")
        self.r3.host.wait_pings(f"{base}10::2")
        for node, own in zip(self.nodes, ((f"{base}00::/56",), (f"{base}10::/62",), (f"{base}14::/62",))):
            assert not set(node.learned()) & set(own), f"{node.name} learned its own prefix"

    def unassigned_is_unreachable(self, base):
        for owner, part in zip(self.nodes, ("80", "11", "16")):
            mine = {a["local"] for link in owner.ip_json("-6 addr show") for a in link["addr_info"] if "local" in a}
            for inner in (self.r2, self.r3):
                kind, source = what_comes_back(inner.host, f"{base}{part}::1")
                assert kind == UNREACHABLE and source in mine, f"{inner.host.name} to {part}: {kind} from {source}"


P1, P2 = "2001:db8:1000:a", "2001:db8:2000:b"


@pytest.mark.parametrize("order", ["prefixes first", "ripngd first", "R1 first and R2 before its prefix"])
def test_whoever_is_first_no_router_takes_its_own_prefix_from_another_and_nothing_loops(lab, order):
    """With netifd's metric the loop would be certain: R1 tells R2 of R2's own prefix, which R1 leased to it."""
    home = OwHome(lab)
    if order == "prefixes first":
        home.all_delegated(P1)
        for node in home.nodes:
            node.ripngd(FAST)
    elif order == "ripngd first":
        for node in reversed(home.nodes):
            node.ripngd(FAST)
        home.all_delegated(P1)
    else:
        home.r1_delegated(P1)
        home.leases(P1)
        for node in home.nodes:
            node.ripngd(FAST)
        home.r2.node.wait_learned(f"{P1}00::/56")
        home.inner_delegated(P1, home.r3, "14")
        home.r2.node.wait_learned(f"{P1}14::/62")
        # What leads to R2 itself is no route for R2.
        assert f"{P1}10::/62" not in home.r2.node.learned()
        home.inner_delegated(P1, home.r2, "10")
    home.wait_right(P1)
    home.unassigned_is_unreachable(P1)


def test_renumbered_as_by_reconfigure_all_old_prefixes_are_gone_within_a_second_and_none_comes_back(
    lab, record_property
):
    """No configuration, so RFC 2080's own timers: from the last change of netifd and odhcpd to the last of ripngd's.

    Twice; of four attempts, as ripngd may have told of something else less than five seconds before (see quiet()).
    """
    home = OwHome(lab)
    home.all_delegated(P1)
    daemons = [node.ripngd(None) for node in home.nodes]
    home.wait_right(P1)
    good = 0
    bases = [P1, P2, "2001:db8:3000:c", "2001:db8:4000:d", "2001:db8:5000:e"]
    for was, base in zip(bases, bases[1:]):
        quiet(daemons)
        watches = [Watch(node) for node in home.nodes]
        home.renumbered(base)
        changed = max(when for w in watches for when, _, text in w.settle().events("proto 4"))
        home.wait_right(base)

        def old(was=was):
            kernel = [p for node in home.nodes for p in node.learned()]
            tables = [r["prefix"] for d in daemons for r in d.show("route") if r["state"] == "valid"]
            return [p for p in kernel + tables if p.startswith(was)]

        wait_until(lambda: not old(), lambda: f"no longer there: {old()}")
        holds_for(1, lambda: not old(), "gone for good")
        late = [(0.0, "nothing")]
        for w in watches:
            late += [(when - changed, f"{w.node.name}: {text}") for when, _, text in w.settle().events("proto 189")]
            w.process.stop()
        print(f"renumbered to {base}, last: {max(late)}")
        good += measured(record_property, "OpenWrt renumbered: the last route of ripngd", max(late)[0], 1) < 1
        if good == 2:
            return
    raise AssertionError("more than a second, most of the time")


# --- others' hands on our routes ---


@pytest.fixture
def learned(ow):
    """Two routes of ours."""
    ow.speaker.announce("2001:db8:a::/64", "2001:db8:b::/48")
    ow.node.wait_learned("2001:db8:a::/64", via=ow.speaker.address)
    ow.node.wait_learned("2001:db8:b::/48", via=ow.speaker.address)
    return ow


def ours(ow, prefix):
    return ow.node.learned().get(prefix, {}).get("gateway") == ow.speaker.address


def test_a_foreign_route_that_takes_our_place_is_left_alone_and_ours_comes_back_after_it(learned):
    """With NLM_F_REPLACE the kernel tells of the new one only; ours is gone without a word."""
    ow = learned
    ow.node.route("replace 2001:db8:a::/64 via fe80::99 dev br-lan proto static metric 2048")
    wait_until(lambda: ow.daemon.route("2001:db8:a::/64")["installed"] is False, "it noticed")

    def foreign():
        found = [(r["protocol"], r.get("gateway")) for r in ow.node.routes() if r["dst"] == "2001:db8:a::/64"]
        return found == [(4, "fe80::99")]

    holds_for(2, foreign, "the other one's route stays, alone")
    assert ours(ow, "2001:db8:b::/48")
    ow.node.route("del 2001:db8:a::/64 dev br-lan proto static metric 2048")
    wait_until(lambda: ours(ow, "2001:db8:a::/64"), "ours is back")
    wait_until(lambda: ow.daemon.route("2001:db8:a::/64")["installed"] is True, "and known to be")


def test_a_foreign_route_with_another_metric_stands_beside_ours(learned):
    ow = learned
    for metric in (512, 4096):
        ow.node.route(f"replace 2001:db8:a::/64 via fe80::99 dev br-lan proto static metric {metric}")
    ow.speaker.announce("2001:db8:c::/64")
    ow.node.wait_learned("2001:db8:c::/64")
    found = sorted((r["metric"], r["protocol"]) for r in ow.node.routes() if r["dst"] == "2001:db8:a::/64")
    assert found == [(512, 4), (2048, 189), (4096, 4)]


def test_a_route_of_ours_deleted_by_hand_is_put_back(learned):
    learned.node.route("del 2001:db8:a::/64 proto 189")
    wait_until(lambda: ours(learned, "2001:db8:a::/64"), "put back")
    assert ours(learned, "2001:db8:b::/48")


def test_after_the_table_was_flushed_all_of_ours_are_put_back(learned):
    learned.speaker.announce(*[f"2001:db8:100:{i:x}::/64" for i in range(500)])
    wait_until(lambda: len(learned.node.learned()) == 502, "five hundred more")
    learned.node.route("flush proto 189")
    wait_until(lambda: len(learned.node.learned()) == 502, "all are back")
    learned.node.route("flush table main")
    wait_until(lambda: len(learned.node.learned()) == 502, "all are back again")


def test_when_netifd_sets_a_device_up_anew_ours_are_put_back_and_its_own_followed(learned):
    learned.openwrt.device_starts_anew("guest")
    wait_until(lambda: ours(learned, "2001:db8:a::/64") and ours(learned, "2001:db8:b::/48"), "both are back")


def test_a_route_that_somebody_keeps_deleting_is_put_back_without_a_frenzy(learned):
    watch = Watch(learned.node)
    for _ in range(30):
        learned.node.route("del 2001:db8:a::/64 proto 189", check=False)
    wait_until(lambda: ours(learned, "2001:db8:a::/64"), "back in the end")
    watch.settle()
    added = [text for _, deleted, text in watch.events("2001:db8:a::/64", "proto 189") if not deleted]
    assert len(added) <= 31


# --- interfaces ---


def test_an_interface_renamed_while_it_is_up_keeps_its_routes_and_neighbour(learned):
    monitor = RouteMonitor(learned.node)
    learned.node.ip("link property add dev guest altname gast", check=False)
    done = learned.node.ip("link set dev guest name visitors", check=False)
    if "guest" in learned.node.ip("link show"):  # older kernels rename only what is down
        learned.node.down("guest")
        learned.node.ip("link set dev guest name visitors")
        learned.node.up("visitors")
        learned.speaker.wait_request()
        learned.speaker.announce("2001:db8:a::/64", "2001:db8:b::/48")
    wait_until(lambda: (learned.daemon.interface("visitors") or {}).get("up"), f"it has the new name {done}")
    assert learned.daemon.interface("guest") is None
    wait_until(lambda: ours(learned, "2001:db8:a::/64"), "the route is there")
    wait_until(lambda: learned.daemon.route("2001:db8:a::/64")["interface"] == "visitors", "under the new name")
    monitor.settle()
    learned.speaker.announce("2001:db8:d::/64")
    learned.node.wait_learned("2001:db8:d::/64", via=learned.speaker.address)


def test_an_interface_moved_to_another_namespace_takes_its_routes_along_and_back_again_speaks_again(learned):
    ow = learned
    ow.inner.wait_metric("2001:db8:a::/64", 2)
    other = ow.lab.node("elsewhere")
    ow.node.ip(f"link set dev guest netns {other.ns}")
    ow.inner.wait_metric("2001:db8:a::/64", 16)
    ow.node.wait_unlearned("2001:db8:a::/64")
    wait_until(lambda: ow.daemon.interface("guest") is None, "the interface is forgotten")
    other.ip(f"link set dev guest netns {ow.node.ns}")
    ow.speaker.forget()
    ow.node.up("guest")
    ow.speaker.wait_request()
    ow.speaker.announce("2001:db8:a::/64")
    wait_until(lambda: ours(ow, "2001:db8:a::/64"), "learned again")


def test_a_smaller_mtu_makes_smaller_packets_at_once_and_a_larger_one_larger(ow):
    ow.inner.announce(*[f"2001:db8:100:{i:x}::/64" for i in range(70)])
    wait_until(lambda: len(ow.node.learned()) == 70, "seventy routes")

    def longest():
        """Of the answer to a question for the whole table: bytes of UDP payload."""
        ow.speaker.forget()
        ow.speaker.send(rip.request(), dest=ow.node.link_local("guest"))

        def answer():
            packets = ow.speaker.responses()
            return packets if sum(len(p.rtes) for p in packets) >= 70 else None

        return max(len(p.data) for p in wait_until(answer, "the whole table"))

    assert longest() > 1280 - 48
    ow.node.ip("link set dev guest mtu 1280")
    wait_until(lambda: ow.daemon.interface("guest")["mtu"] == 1280, "the new MTU is known")
    assert longest() <= 1280 - 48
    ow.node.ip("link set dev guest mtu 1500")
    wait_until(lambda: ow.daemon.interface("guest")["mtu"] == 1500, "the old MTU is known again")
    assert longest() > 1280 - 48


def test_where_forwarding_is_off_a_warning_says_so(lab):
    host = lab.host("host")
    lab.stub(host, "lan", "2001:db8:1::1/64")
    daemon = host.ripngd(SLOW_TIMERS)
    daemon.wait_for_log("warning.*forward")
