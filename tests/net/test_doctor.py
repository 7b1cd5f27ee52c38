"""`ripngctl doctor`: a machine with exactly one defect is told so, a healthy one nothing, and the mend is tried.

Here what is wrong with the machine; test_doctor_mends.py has the daemon, its settings, and other people's programs.
"""

from doctor import behind, healthy, mend, mend_setting, only, pair, soon_healthy, soon_only
from lab import RIPNGCTL, TIMERS, wait_until


# --- healthy ---------------------------------------------------------------------------------------------------------


def test_on_two_healthy_routers_nothing_is_found(lab):
    r1, r2, d1, d2 = pair(lab)
    healthy(r1, d1)
    healthy(r2, d2)
    done = d1.ctl("doctor")
    assert (done.returncode, done.stdout, done.stderr) == (0, "nothing found\n", "")


def test_without_proc_it_says_what_it_could_not_look_at(lab):
    r1, _, d1, _ = pair(lab)
    done = r1.run("unshare", "-m", "sh", "-c", f"umount -l /proc; exec {RIPNGCTL} -s {d1.socket} doctor", check=False)
    # LeakSanitizer can't do without /proc either, nor read there that it should not look.
    ended = done.returncode == 0 or "LeakSanitizer has encountered a fatal error" in done.stderr
    assert ended and "not looked at: the port" in done.stderr, done.stderr


def test_a_command_cut_short_and_words_too_many(lab):
    r1, _, d1, _ = pair(lab)
    assert d1.ctl("doc").returncode == 0
    assert d1.ctl("doctor", "eth0").returncode == 2


# --- the kernel's switches and interfaces -------------------------------------------------------------------------------


def test_forwarding_is_off(lab):
    r1, _, d1, _ = pair(lab)
    r1.sysctl("net/ipv6/conf/all/forwarding", 0)
    f = only(r1, "forwarding", daemon=d1)
    assert f["severity"] == "error"
    mend(r1, f)
    healthy(r1, d1)


def test_forwarding_is_off_on_one_interface(lab):
    r1, _, d1, _ = pair(lab)
    r1.sysctl("net/ipv6/conf/lan/forwarding", 0)
    f = only(r1, "forwarding", "lan", daemon=d1)
    mend(r1, f)
    healthy(r1, d1)


def test_forwarding_is_off_on_an_interface_whose_name_sysctl_would_take_for_two(lab):
    r1, _, d1, _ = pair(lab)
    lab.stub(r1, "lan.5")
    wait_until(lambda: (d1.interface("lan.5") or {}).get("up"), "RIPng runs on it")
    r1.sysctl("net/ipv6/conf/lan.5/forwarding", 0)
    mend(r1, only(r1, "forwarding", "lan.5", daemon=d1))
    healthy(r1, d1)


def test_a_listener_with_one_interface_need_not_forward(lab):
    r1, r2 = lab.node("r1", forward=False), lab.node("r2")
    lab.cable(r1, r2)
    d1, _ = r1.ripngd(), r2.ripngd()
    healthy(r1, d1)


def test_ipv6_is_disabled_on_an_interface(lab):
    r1, _, d1, _ = pair(lab)
    r1.sysctl("net/ipv6/conf/lan/disable_ipv6", 1)
    f = only(r1, "ipv6", "lan", daemon=d1)
    mend(r1, f)
    r1.address("lan", "2001:db8:1::1/64")
    soon_healthy(r1, d1)


def test_an_interface_that_the_configuration_names_is_down_or_unplugged(lab):
    r1, r2, d1, _ = pair(lab, TIMERS + 'interface "lan" { }\ninterface "r2" { }\ninterface "spare" { }\n')
    healthy(r1, d1)
    r1.down("lan")
    f = only(r1, "link", "lan", daemon=d1)
    mend(r1, f)
    r1.address("lan", "2001:db8:1::1/64")
    soon_healthy(r1, d1)
    r2.down("r1")
    f = only(r1, "link", "r2", daemon=d1)
    assert "no carrier" in f["finding"]


def test_an_interface_that_is_down_and_that_nobody_named_is_no_finding(lab):
    r1, _, d1, _ = pair(lab)
    r1.ip("link add spare type veth peer name spare2")
    r1.down("lan")
    healthy(r1, d1)


def test_an_interface_without_multicast(lab):
    r1, _, d1, _ = pair(lab)
    r1.ip("link set dev lan multicast off")
    f = only(r1, "multicast", "lan", daemon=d1)
    mend(r1, f)
    healthy(r1, d1)


def test_no_link_local_address(lab):
    r1, r2, d1, _ = pair(lab)
    address = r1.link_local("r2")
    r1.ip(f"-6 addr del {address}/64 dev r2")
    f = only(r1, "link-local", "r2", daemon=d1)
    mend(r1, f)
    assert r1.link_local("r2") == address
    soon_healthy(r1, d1)


def test_no_link_local_address_because_the_kernel_makes_none(lab):
    r1, r2, d1, _ = pair(lab)
    r1.ip("link add odd type veth peer name odd2")
    r1.ip("link set dev odd addrgenmode none")
    r1.sysctl("net/ipv6/conf/odd2/disable_ipv6", 1)
    r1.up("odd")
    r1.ip("link set dev odd2 netns " + r2.ns)
    r2.up("odd2")
    f = only(r1, "link-local", "odd", daemon=d1)
    assert "addrgenmode none" in f["finding"]
    mend(r1, f)
    soon_healthy(r1, d1)


def test_a_link_local_address_that_another_machine_has(lab):
    r1, r2, d1, _ = pair(lab)
    for node, name in ((r1, "r2"), (r2, "r1")):
        node.ip(f"-6 addr del {node.link_local(name)}/64 dev {name}")
    r2.ip("-6 addr add fe80::77/64 dev r1 nodad")
    for conf in ("all", "r2"):
        r1.sysctl(f"net/ipv6/conf/{conf}/accept_dad", 1)
    r1.ip("-6 addr add fe80::77/64 dev r2")
    wait_until(lambda: "dadfailed" in r1.ip("-6 addr show dev r2"), "the duplicate is found")
    f = only(r1, "link-local", "r2", daemon=d1)
    assert "fe80::77" in f["finding"]
    mend(r1, f)
    soon_healthy(r1, d1)


def test_a_link_local_address_that_stays_tentative(lab):
    r1, r2, d1, _ = pair(lab)
    r1.ip(f"-6 addr del {r1.link_local('r2')}/64 dev r2")
    for conf in ("all", "r2"):
        r1.sysctl(f"net/ipv6/conf/{conf}/accept_dad", 1)
    r1.sysctl("net/ipv6/conf/r2/dad_transmits", 1000)
    r1.ip("-6 addr add fe80::77/64 dev r2")
    f = only(r1, "link-local", "r2", daemon=d1)
    assert "tentative" in f["finding"]
    mend(r1, f)
    soon_healthy(r1, d1)


# --- the firewall ----------------------------------------------------------------------------------------------------

# As an administrator writes it; %s: one more rule.
INPUT = """
table inet filter {
  chain input {
    type filter hook input priority 0; policy drop;
    iifname "lo" accept
    ct state established,related accept
    icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert, echo-request } accept
    %s
  }
}
"""

# As OpenWrt's fw4 does, with `lan` and the cable to the other router as zones lan and wan.
FW4 = """
table inet fw4 {
  chain input {
    type filter hook input priority filter; policy drop;
    iif "lo" accept comment "!fw4: Accept traffic from loopback"
    ct state vmap { established : accept, related : accept } comment "!fw4: Handle inbound flows"
    iifname "lan" jump input_lan comment "!fw4: Handle lan IPv4/IPv6 input traffic"
    iifname "r2" jump input_wan comment "!fw4: Handle wan IPv4/IPv6 input traffic"
    jump handle_reject
  }
  chain forward {
    type filter hook forward priority filter; policy drop;
    ct state vmap { established : accept, related : accept } comment "!fw4: Handle forwarded flows"
    iifname "lan" jump forward_lan comment "!fw4: Handle lan IPv4/IPv6 forward traffic"
    iifname "r2" jump forward_wan comment "!fw4: Handle wan IPv4/IPv6 forward traffic"
    jump handle_reject
  }
  chain handle_reject {
    meta l4proto tcp reject with tcp reset comment "!fw4: Reject TCP traffic"
    reject comment "!fw4: Reject any other traffic"
  }
  chain input_lan { jump accept_from_lan
  }
  chain accept_from_lan { iifname "lan" counter accept
  }
  chain forward_lan { jump accept_to_wan
  }
  chain accept_to_wan { oifname "r2" counter accept
  }
  chain accept_to_lan { oifname "lan" counter accept
  }
  chain input_wan {
    meta nfproto ipv6 udp dport 546 counter accept comment "!fw4: Allow-DHCPv6"
    icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert, echo-request } limit rate 1000/second accept
    %s
    jump reject_from_wan
  }
  chain reject_from_wan { iifname "r2" counter jump handle_reject
  }
  chain forward_wan {
    icmpv6 type { echo-request, echo-reply } limit rate 1000/second accept comment "!fw4: Allow-ICMPv6-Forward"
    %s
    jump reject_to_wan
  }
  chain reject_to_wan { oifname "r2" counter jump handle_reject
  }
}
"""
ALLOW_RIPNG = 'ip6 saddr fe80::/10 udp dport 521 counter accept comment "!fw4: Allow-RIPng"'


def test_an_input_chain_drops_ripng(lab):
    r1, r2, d1, d2 = behind(lab, INPUT % "")
    f = soon_only(r1, "firewall-input", "r2", d1)
    assert f["severity"] == "error" and r2.link_local("r1") in f["finding"]
    mend(r1, f)
    r1.wait_learned("2001:db8:2::/64")
    healthy(r1, d1)
    healthy(r2, d2)


def test_an_input_chain_that_comes_later_drops_a_neighbour_that_was_heard_before(lab):
    r1, r2, d1, _ = pair(lab)
    r1.run("nft", "-f", "-", input=INPUT % "")
    f = soon_only(r1, "firewall-input", "r2", d1)
    assert f["severity"] == "error" and f"{r2.link_local('r1')} speaks RIPng" in f["finding"]
    mend(r1, f)
    soon_healthy(r1, d1)


def test_an_input_chain_that_accepts_ripng_is_no_finding(lab):
    for number, rule in enumerate(
        (
            "ip6 saddr fe80::/10 udp dport 521 accept",
            "udp dport { 521, 547 } accept",
            'iifname { "r2", "lan" } accept',
            'iifname vmap { "r2" : accept, "lan" : accept }',
            "ip6 daddr ff02::9 accept; udp sport 521 accept",
        )
    ):
        r1, _, d1, d2 = behind(lab, INPUT % rule.replace("; ", "\n    "))
        r1.wait_learned("2001:db8:2::/64")
        healthy(r1, d1)
        for d in (d1, d2):
            assert d.stop() == 0
        for node in list(lab.nodes.values()):
            node.close()
        lab.nodes.clear()
        lab._switch = None


def test_a_firewall_that_drops_ripng_where_no_router_is_does_no_harm(lab):
    """An Internet provider's or a guest network's side."""
    r1, r2 = lab.node("r1"), lab.host("r2")
    lab.cable(r1, r2)
    lab.stub(r1, "lan", "2001:db8:1::1/64")
    r1.run("nft", "-f", "-", input=FW4 % ("", ""))
    d1 = r1.ripngd()
    r1.wait_pings(r2.link_local("r1") + "%r2")
    healthy(r1, d1)


def test_openwrts_firewall_rejects_ripng_from_the_wan(lab):
    r1, r2, d1, _ = behind(lab, FW4 % ("", "jump accept_to_lan"))
    f = soon_only(r1, "firewall-input", "r2", d1)
    assert "src=wan" in f["mend"] and "uci" in f["mend"]
    r1.run("nft", "insert", "rule", "inet", "fw4", "input_wan", *ALLOW_RIPNG.partition(" comment")[0].split())
    r1.wait_learned("2001:db8:2::/64")
    soon_healthy(r1, d1)


def test_openwrts_firewall_rejects_what_is_forwarded_from_wan_to_lan(lab):
    r1, r2, d1, _ = behind(lab, FW4 % (ALLOW_RIPNG, ""))
    r1.wait_learned("2001:db8:2::/64")
    f = only(r1, "firewall-forward", "r2", daemon=d1)
    assert f["severity"] == "error" and ".src=wan" in f["mend"]
    r1.run("nft", "insert", "rule", "inet", "fw4", "forward_wan", "jump", "accept_to_lan")
    healthy(r1, d1)


def test_openwrts_firewall_with_both_rules_is_no_finding(lab):
    r1, r2, d1, d2 = behind(lab, FW4 % (ALLOW_RIPNG, "jump accept_to_lan"))
    r1.wait_learned("2001:db8:2::/64")
    healthy(r1, d1)
    healthy(r2, d2)


def test_a_forward_chain_drops_all_between_the_homes_networks(lab):
    r1, r2, d1, _ = pair(lab)
    lab.host_behind(r1, "pc", "2001:db8:7:")
    r1.run("nft", "-f", "-", input="table ip6 f {\n chain forward {\n type filter hook forward priority 0; policy drop;\n"
           ' iifname "lan" accept\n iifname "pc" accept\n }\n}\n')  # fmt: skip
    f = only(r1, "firewall-forward", "r2", daemon=d1)
    mend(r1, f)
    healthy(r1, d1)  # it is open to one network: the others are shut on purpose


def test_the_other_routers_answers_come_but_its_updates_are_dropped_elsewhere(lab):
    """By something that nft's rules do not tell: here the other side's own firewall, which lets answers out only."""
    rules = """
table inet f {
  chain output {
    type filter hook output priority 0; policy accept;
    ip6 daddr ff02::9 drop
    udp sport 521 udp dport 521 drop
  }
}
"""
    r1, r2, d1, _ = behind(lab, rules, "r2")
    f = soon_only(r1, "silence", "r2", d1)
    assert f["severity"] == "warning" and r2.link_local("r1") in f["finding"]


# --- routes ----------------------------------------------------------------------------------------------------------


def test_a_prefix_whose_route_is_in_another_table(lab):
    r1, _, d1, _ = pair(lab)
    r1.ip("-6 addr add 2001:db8:5::1/64 dev lan noprefixroute nodad")
    r1.route("add 2001:db8:5::/64 dev lan table 100")
    f = only(r1, "announced", "lan", daemon=d1)
    assert "table 100" in f["finding"]
    mend(r1, f)
    soon_healthy(r1, d1)


def test_an_address_without_a_route(lab):
    r1, _, d1, _ = pair(lab)
    r1.ip("-6 addr add 2001:db8:5::1/64 dev lan noprefixroute nodad")
    f = only(r1, "announced", "lan", daemon=d1)
    mend(r1, f)
    soon_healthy(r1, d1)


def test_a_deprecated_prefix_is_a_finding_only_if_nothing_took_its_place(lab):
    r1, _, d1, _ = pair(lab)
    ghost = "dev lan noprefixroute nodad valid_lft 7200 preferred_lft 0"
    r1.ip(f"-6 addr add 2001:db8:5::1/64 {ghost}")
    healthy(r1, d1)
    r1.ip("-6 addr del 2001:db8:1::1/64 dev lan")
    wait_until(lambda: d1.route("2001:db8:1::/64") is None or d1.route("2001:db8:1::/64")["state"] == "garbage", "gone")
    f = only(r1, "announced", "lan", daemon=d1)
    assert "deprecated" in f["finding"]


def test_nothing_is_shared_by_configuration(lab):
    r1, r2 = lab.routers("r1", "r2")
    lab.cable(r1, r2)
    lab.stub(r1, "lan", "2001:db8:1::1/64")
    config = TIMERS + "redistribute static { }\n"
    d1, _ = r1.ripngd(config), r2.ripngd()
    f = only(r1, "announced", "lan", daemon=d1)
    assert "redistribute connected" in f["finding"]
    mend_setting(d1, config, f)
    soon_healthy(r1, d1)


def test_a_filter_keeps_all_from_being_shared(lab):
    filters = TIMERS + 'filter "f" { rules = {"permit fd00::/8", "%s any"} }\n'
    r1 = lab.node("r1")
    lab.stub(r1, "lan", "2001:db8:1::1/64")
    d1 = r1.ripngd(filters % "deny" + 'redistribute connected { filter = "f" }\n')
    f = only(r1, "announced", "lan", daemon=d1)
    assert "a filter denies it" in f["finding"] and "permit it" in f["mend"]
    d1.write_config(filters % "permit" + 'redistribute connected { filter = "f" }\n')
    assert d1.ctl("reload").returncode == 0
    soon_healthy(r1, d1)


def test_parts_of_a_delegated_prefix_without_the_whole(lab):
    r1, _, d1, _ = pair(lab)
    lab.stub(r1, "guest")
    for name, net in (("lan", "a01"), ("guest", "a02")):
        r1.ip(f"-6 addr add 2001:db8:1000:{net}::1/64 dev {name} nodad valid_lft 7200 preferred_lft 3600")
    wait_until(lambda: d1.route("2001:db8:1000:a02::/64"), "both are shared")
    f = only(r1, "aggregate", daemon=d1)
    mend(r1, f)
    soon_healthy(r1, d1)


def test_static_networks_next_to_each_other_need_no_aggregate(lab):
    r1, _, d1, _ = pair(lab)
    lab.stub(r1, "guest", "2001:db8:1:0:2::1/64", "2001:db8:1:1::1/64")
    wait_until(lambda: d1.route("2001:db8:1:1::/64"), "it is shared")
    healthy(r1, d1)


def test_a_learned_default_route_is_hidden_by_another_one(lab):
    r1, r2, d1, _ = pair(lab, config2=TIMERS + "default-route { originate = always }\n")
    r1.wait_learned("::/0")
    healthy(r1, d1)
    r1.route("add default via 2001:db8:1::99 dev lan metric 1024")
    f = only(r1, "default-route", "r2", daemon=d1)
    assert "1023" in f["mend"]
    mend_setting(d1, TIMERS, f)
    soon_healthy(r1, d1)
    d1.write_config(TIMERS)
    assert d1.ctl("reload").returncode == 0
    r1.route("del default via 2001:db8:1::99 dev lan metric 1024")
    r1.route(f"add default via {r2.link_local('r1')} dev r2 metric 1024")  # the same way: nothing is lost
    healthy(r1, d1)


def test_default_routes_are_refused_and_there_is_no_other(lab):
    originate = TIMERS + "default-route { originate = always }\n"
    refuse = TIMERS + "default-route { accept = false }\n"
    r1, r2, d1, _ = pair(lab, refuse, originate)
    f = soon_only(r1, "default-route", None, d1)
    r1.route("add default via 2001:db8:1::99 dev lan metric 1024")
    healthy(r1, d1)
    r1.route("del default via 2001:db8:1::99 dev lan metric 1024")
    mend_setting(d1, refuse, f)
    r1.wait_learned("::/0")
    soon_healthy(r1, d1)


def test_a_learned_route_is_kept_out_by_another_programs(lab):
    r1, r2 = lab.routers("r1", "r2")
    lab.cable(r1, r2)
    lab.stub(r1, "lan", "2001:db8:1::1/64")
    lab.stub(r2, "lan", "2001:db8:2::1/64")
    r1.route("add 2001:db8:2::/64 via 2001:db8:1::99 dev lan metric 2048 proto 77")
    d1, _ = r1.ripngd(), r2.ripngd()
    wait_until(lambda: (d1.route("2001:db8:2::/64") or {}).get("source") == "ripng", "it is learned")
    f = only(r1, "conflict", "r2", daemon=d1)
    assert "protocol 77" in f["finding"] and "2049" in f["mend"]
    mend_setting(d1, TIMERS, f)
    r1.wait_learned("2001:db8:2::/64")
    soon_healthy(r1, d1)


def test_a_neighbour_with_slow_timers(lab):
    r1, _, d1, _ = pair(lab, config2="timers { update = 3.6 timeout = 60 garbage = 60 }\n")
    f = soon_only(r1, "timers", "r2", d1)
    mend_setting(d1, TIMERS, f)
    soon_healthy(r1, d1)


# --- multicast and router advertisements -------------------------------------------------------------------------------


def test_a_bridge_that_snoops_without_a_querier_passes_ripng_on(lab):
    """Linux floods then, ff02::9 included: it works, so it is no finding."""
    r1, r2, r3 = lab.routers("r1", "r2", "r3")
    lab.stub(r1, "lan", "2001:db8:1::1/64")
    lab.stub(r3, "lan", "2001:db8:3::1/64")
    r2.ip("link add name home type bridge mcast_snooping 1 mcast_querier 0")
    r2.up("home")
    for other in (r1, r3):
        lab.cable(r2, other)
        r2.ip(f"link set dev {other.name} master home")
    daemons = [r.ripngd() for r in (r1, r2, r3)]
    for r, prefix in ((r1, "2001:db8:3::/64"), (r3, "2001:db8:1::/64"), (r2, "2001:db8:1::/64")):
        r.wait_learned(prefix)
    for r, d in zip((r1, r2, r3), daemons):
        healthy(r, d)


ADVERTISE = """
import socket, struct, time
s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, socket.if_nametoindex("r1"))
mac = bytes(int(x, 16) for x in open("/proc/self/net/dev") and %r.split(":"))
while True:
    s.sendto(struct.pack("!BBHBBHII", 134, 0, 0, 64, 0, 1800, 0, 0) + b"\\1\\1" + mac, ("ff02::1", 0))
    time.sleep(0.2)
"""


def test_a_router_that_advertises_itself_is_ignored(lab):
    r1, isp = lab.node("r1"), lab.node("isp")
    lab.cable(r1, isp)
    lab.stub(r1, "lan", "2001:db8:1::1/64")
    for conf in ("isp", "lan"):  # the kernel's default
        r1.sysctl(f"net/ipv6/conf/{conf}/accept_ra", 1)
    d1 = r1.ripngd()
    healthy(r1, d1)
    mac = isp.ip_json("link show dev r1")[0]["address"]
    isp.start("advertise", ["python3", "-c", ADVERTISE % mac])
    f = soon_only(r1, "accept-ra", "isp", d1)
    mend(r1, f)
    wait_until(lambda: any(r["dst"] == "::/0" for r in r1.routes()), "the default route")
    healthy(r1, d1)
