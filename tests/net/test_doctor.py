"""`ripngctl doctor`: a machine with exactly one defect is told so, a healthy one nothing, and the mend is tried."""

import json
import signal

from lab import RIPNGCTL, TIMERS, sanitizer_env, wait_until


def doctor(node, daemon=None, socket="/nowhere.sock"):
    """What it finds: a list of dicts."""
    argv = [RIPNGCTL, "-j", "-s", daemon.socket if daemon else socket, "doctor"]
    done = node.run(*argv, check=False, env=sanitizer_env())
    assert done.returncode in (0, 1), (done.returncode, done.stderr)
    found = json.loads(done.stdout)
    assert done.returncode == (1 if found else 0)
    for f in found:
        assert sorted(f) == ["check", "finding", "interface", "mend", "severity"]
        assert f["severity"] in ("error", "warning") and f["finding"] and f["mend"]
    return found


def only(node, check, interface=None, daemon=None, **kwargs):
    """The one finding that there is, of this check."""
    found = doctor(node, daemon, **kwargs)
    assert [(f["check"], f["interface"]) for f in found] == [(check, interface)], found
    return found[0]


def healthy(node, daemon):
    assert doctor(node, daemon) == []


def mend(node, finding):
    """Does what the finding says."""
    node.run("sh", "-c", finding["mend"])


def soon_healthy(node, daemon):
    found = []

    def look():
        found[:] = doctor(node, daemon)
        return not found

    wait_until(look, lambda: f"nothing found: {found}", pause=0.3)


def pair(lab, config=TIMERS, config2=TIMERS):
    """Two routers on a cable, each with a LAN, that hear each other."""
    r1, r2 = lab.routers("r1", "r2")
    lab.cable(r1, r2)
    lab.stub(r1, "lan", "2001:db8:1::1/64")
    lab.stub(r2, "lan", "2001:db8:2::1/64")
    d1, d2 = r1.ripngd(config), r2.ripngd(config2)
    r1.wait_learned("2001:db8:2::/64")
    r2.wait_learned("2001:db8:1::/64")
    return r1, r2, d1, d2


# --- healthy ---------------------------------------------------------------------------------------------------------


def test_on_two_healthy_routers_nothing_is_found(lab):
    r1, r2, d1, d2 = pair(lab)
    healthy(r1, d1)
    healthy(r2, d2)
    done = d1.ctl("doctor")
    assert (done.returncode, done.stdout, done.stderr) == (0, "nothing found\n", "")


def test_a_command_cut_short_and_words_too_many(lab):
    r1, _, d1, _ = pair(lab)
    assert d1.ctl("doc").returncode == 0
    assert d1.ctl("doctor", "eth0").returncode == 2


# --- the daemon ------------------------------------------------------------------------------------------------------


def test_no_daemon(lab):
    r1 = lab.node("r1")
    f = only(r1, "daemon", socket=f"{lab.dir}/none.sock")
    assert f["severity"] == "error" and "does not run" in f["finding"]


def test_the_socket_of_a_dead_daemon(lab):
    r1 = lab.node("r1")
    d = r1.ripngd()
    d.kill()
    f = only(r1, "daemon", daemon=d)
    assert "left over" in f["finding"]


def test_a_daemon_with_another_socket(lab):
    r1 = lab.node("r1")
    d = r1.ripngd()
    f = only(r1, "daemon", socket=f"{lab.dir}/none.sock")
    assert d.socket in f["finding"] and d.socket in f["mend"] and str(d.pid) in f["finding"]


def test_a_daemon_that_is_stopped(lab):
    r1 = lab.node("r1")
    d = r1.ripngd()
    d.send_signal(signal.SIGSTOP)
    try:
        f = only(r1, "daemon", daemon=d)
    finally:
        d.send_signal(signal.SIGCONT)
    assert "stopped or stuck" in f["finding"]


def test_a_socket_of_another_program(lab):
    r1 = lab.node("r1")
    path = f"{lab.dir}/other.sock"
    argv = ["python3", "-c", f"import socket\ns = socket.socket(socket.AF_UNIX)\ns.bind({path!r})\ns.listen()\n"
            "print('there', flush=True)\nwhile True: s.accept()[0].close()"]  # fmt: skip
    r1.start("other", argv).wait_for_log("there")
    f = only(r1, "daemon", socket=path)
    assert "no control socket" in f["finding"]


def test_the_port_is_taken_by_another_program(lab):
    r1 = lab.node("r1")
    argv = ["python3", "-c", "import socket, time\ns = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)\n"
            "s.bind(('::', 521))\nprint('there', flush=True)\ntime.sleep(600)"]  # fmt: skip
    taker = r1.start("taker", argv)
    taker.wait_for_log("there")
    found = doctor(r1)
    assert [f["check"] for f in found] == ["daemon", "port"]
    assert f"python3 (process {taker.pid})" in found[1]["finding"]
    taker.may_end = True
    mend(r1, found[1])
    wait_until(lambda: not taker.alive(), "it is ended by the mend")
    only(r1, "daemon")


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
