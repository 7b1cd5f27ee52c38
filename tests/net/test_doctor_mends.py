"""`ripngctl doctor`, its mends: the daemon itself, who else wants its port, and the firewalls of other people's making.

As in test_doctor.py each machine has one defect, and what is printed as the mend is run.
"""

import contextlib
import os
import re
import shutil
import signal

import pytest

import peers
from doctor import behind, doctor, healthy, mend, only, pair, soon_healthy, soon_only
from lab import RIPNGCTL, TIMERS, TOP, Ripngd, wait_until

# --- the daemon ------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def started_by_the_mend(node, finding, socket):
    """What it starts is there, and ended in the end."""
    process = mend(node, finding)
    try:
        wait_until(lambda: doctor(node, socket=socket) == [], "it runs, and nothing is found")
        yield
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        wait_until(lambda: not os.path.exists(socket), "it ended")


def test_no_daemon(lab):
    r1 = lab.node("r1")
    socket = f"{lab.dir}/none.sock"
    f = only(r1, "daemon", socket=socket)
    assert f["severity"] == "error" and "does not run" in f["finding"]
    with started_by_the_mend(r1, f, socket):
        pass


def test_the_socket_of_a_dead_daemon(lab):
    r1 = lab.node("r1")
    d = r1.ripngd()
    d.kill()
    f = only(r1, "daemon", daemon=d)
    assert "left over" in f["finding"]
    with started_by_the_mend(r1, f, d.socket):
        pass


def test_a_daemon_with_another_socket(lab):
    r1 = lab.node("r1")
    d = r1.ripngd()
    f = only(r1, "daemon", socket=f"{lab.dir}/none.sock")
    assert d.socket in f["finding"] and d.socket in f["mend"] and str(d.pid) in f["finding"]
    assert mend(r1, f).log() == "nothing found\n"


def test_a_daemon_whose_socket_is_not_for_everybody(lab):
    r1 = lab.node("r1")
    d = r1.ripngd()
    shutil.copy(RIPNGCTL, lab.dir)  # where anybody may run it
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", f"{lab.dir}/ripngctl"]
    f = only(r1, "daemon", daemon=d, program=nobody)
    assert "no permission" in f["finding"]
    f["mend"] = f["mend"].removeprefix("sudo ")  # which is not everywhere; root is what counts
    assert mend(r1, f).log() == "nothing found\n"


def test_a_daemon_that_is_stopped(lab):
    r1 = lab.node("r1")
    d = r1.ripngd()
    d.send_signal(signal.SIGSTOP)
    try:
        f = only(r1, "daemon", daemon=d)
        assert "stopped or stuck" in f["finding"]
        mend(r1, f)
        healthy(r1, d)
    finally:
        d.send_signal(signal.SIGCONT)


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


def frr_of_an_init_script(lab, frr):
    """A mend runs where /etc is a copy that has FRR's own file of daemons, and a script that heeds it."""
    etc = f"{lab.dir}/etc"
    shutil.copytree("/etc", etc, symlinks=True, ignore_dangling_symlinks=True)
    shutil.copytree(f"{peers.PEERS}/etc/frr", f"{etc}/frr", dirs_exist_ok=True)
    with open(f"{etc}/frr/daemons") as f:
        daemons = f.read()
    assert "\nripngd=no\n" in daemons
    with open(f"{etc}/frr/daemons", "w") as f:
        f.write(daemons.replace("ripngd=no", "ripngd=yes"))
    os.makedirs(f"{etc}/init.d", exist_ok=True)
    with open(f"{etc}/init.d/frr", "w", opener=lambda path, flags: os.open(path, flags, 0o755)) as f:
        f.write(f"""#!/bin/sh
[ "$1" = restart ] || exit 2
grep -q ^ripngd=yes /etc/frr/daemons || kill {frr.process.pid}
""")
    return lambda command: f"unshare -m sh -c 'mount --bind {etc} /etc && {command}'"


@pytest.mark.parametrize("peer", [peers.Bird, peers.Frr], ids=["bird", "frr"])
def test_the_port_is_taken_by_another_router(lab, peer):
    r1 = lab.node("r1")
    lab.stub(r1, "lan", "2001:db8:1::1/64")
    them = peer(r1, ["lan"]).start()
    found = []

    def look():
        found[:] = doctor(r1)
        return [f["check"] for f in found] == ["daemon", "port"]

    wait_until(look, lambda: f"it has the port: {found}")
    d = Ripngd(r1, TIMERS)
    assert d.wait() == 1 and "UDP port 521" in d.log()
    name = "ripngd of FRR" if peer is peers.Frr else "bird"
    assert f"{name} (process {them.process.pid})" in found[1]["finding"]
    them.process.may_end = True
    if peer is peers.Frr:
        found[1]["mend"] = frr_of_an_init_script(lab, them)(found[1]["mend"])
    mend(r1, found[1])
    wait_until(lambda: not them.process.alive(), "it is ended by the mend")
    healthy(r1, r1.ripngd())


@pytest.mark.parametrize("peer", [peers.Bird, peers.Frr, None], ids=["bird", "frr", "ripngd"])
def test_who_comes_second_does_not_get_the_port_and_does_no_harm(lab, peer):
    r1, r2, d1, _ = pair(lab)
    before = d1.neigh(r2.link_local("r1"))["packets"]
    if peer:
        them = peer(r1, ["r2", "lan"]).start()
        if peer is peers.Bird:
            them.process.wait_for_log("Cannot open socket")
    else:
        assert Ripngd(r1, TIMERS, socket=f"{lab.dir}/second.sock").wait() == 1
    wait_until(lambda: d1.neigh(r2.link_local("r1"))["packets"] > before + 1, "the first one still hears")
    healthy(r1, d1)


# --- firewalls -------------------------------------------------------------------------------------------------------


IP6TABLES = [
    "ip6tables -A INPUT -i lo -j ACCEPT",
    "ip6tables -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
    "ip6tables -A INPUT -p icmpv6 -j ACCEPT",
    "ip6tables -P INPUT DROP",
    "ip6tables -A FORWARD -p icmpv6 -j ACCEPT",
    "ip6tables -P FORWARD DROP",
]


@pytest.mark.parametrize("commands", [IP6TABLES, ["ufw --force enable"]], ids=["ip6tables", "ufw"])
def test_a_firewall_drops_ripng_and_what_is_forwarded_and_lets_both_through_in_its_own_way(lab, commands):
    program = commands[0].split()[0]
    env = {"ip6tables": peers.iptables, "ufw": peers.ufw}[program](f"{lab.dir}/firewall")
    r1, _, d1, _ = behind(lab, "")
    for command in commands:
        r1.run(*command.split(), env=env)
    found = []

    def look(*expected):
        found[:] = doctor(r1, d1, env=env)
        return [(f["check"], f["interface"]) for f in found] == list(expected)

    wait_until(lambda: look(("firewall-input", "r2"), ("firewall-forward", "r2")), lambda: f"two: {found}", pause=0.5)
    for f in list(found):
        assert f["severity"] == "error" and f["mend"].startswith(program + " ")
        mend(r1, f, env)
    r1.wait_learned("2001:db8:2::/64")
    wait_until(look, lambda: f"nothing found: {found}", pause=0.5)


def test_another_table_of_ip6tables_drops_ripng(lab):
    """`ip6tables -I INPUT` would put the mend into the table `filter`, where it does not help."""
    r1, _, d1, _ = behind(lab, "table ip6 mangle {\n chain INPUT {\n type filter hook input priority mangle;\n"
                          " udp dport 521 drop\n }\n}\n")  # fmt: skip
    mend(r1, soon_only(r1, "firewall-input", "r2", d1))
    r1.wait_learned("2001:db8:2::/64")
    soon_healthy(r1, d1)


@pytest.mark.parametrize("hook", ["forward", "prerouting"])
def test_what_is_forwarded_is_dropped_between_interfaces_whose_names_are_words_of_nft(lab, hook):
    r1, r2 = lab.routers("r1", "r2")
    lab.cable(r1, r2, "6in4-wan", "r1")
    lab.stub(r1, "mark", "2001:db8:1::1/64")
    lab.stub(r2, "lan", "2001:db8:2::1/64")
    d1, _ = r1.ripngd(), r2.ripngd()
    r1.wait_learned("2001:db8:2::/64")
    rules = "tcp dport 22-65535 drop" if hook == "prerouting" else "ip6 saddr 2001:db8::/32 drop"
    r1.run("nft", "-f", "-", input=f"table inet f {{\n chain c {{\n type filter hook {hook} priority 0;\n {rules}\n }}\n}}\n")
    f = only(r1, "firewall-forward", "6in4-wan", daemon=d1)
    mend(r1, f)
    soon_healthy(r1, d1)


# --- a switch chip's bridge ------------------------------------------------------------------------------------------


def test_the_mend_for_a_bridge_that_snoops_without_a_querier_makes_it_one(lab):
    """Only a switch chip needs it, of which there is none here: tests/unit/test_doctor.c has the finding."""
    r1 = lab.node("r1")
    r1.ip("link add name br-lan type bridge mcast_snooping 1")
    with open(os.path.join(TOP, "cli", "check_link.c")) as f:
        (command,) = re.findall(r'doctor_mend\(f, "(echo 1 > /sys/[^"]*)"', f.read())
    # /sys shows the devices of the namespace in which it was mounted.
    r1.run("unshare", "-m", "sh", "-c", f"mount -t sysfs none /sys && {command % 'br-lan'}")
    assert r1.ip_json("link show dev br-lan")[0]["linkinfo"]["info_data"]["mcast_querier"] == 1
