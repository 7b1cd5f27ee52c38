"""What keeps the daemon from starting: one clear line on standard error, exit status 1, and nothing changed; and what is
simply put right (the socket that a dead one left)."""

import os
import shutil
import socket
import stat
import subprocess

import lab as laboratory
from lab import RIPNGCTL, RIPNGD, SLOW_TIMERS, sanitizer_env, wait_until


def start(node, *args, wrapper=(), path=None):
    path = path or os.path.join(node.lab.dir, "x.sock")
    done = node.run(*wrapper, program(node.lab), "-s", path, *args, check=False, env=sanitizer_env())
    assert not laboratory.SANITIZER.search(done.stderr), done.stderr
    return done


def program(lab):
    """A copy of ripngd where nobody may run it: the tree itself may lie in root's own folder."""
    copy = os.path.join(lab.dir, "ripngd")
    if not os.path.exists(copy):
        shutil.copy(RIPNGD, copy)
    return copy


def refused(done, *words):
    lines = done.stderr.strip().splitlines()
    assert done.returncode == 1 and len(lines) == 1, (done.returncode, done.stdout, done.stderr)
    for word in words:
        assert word in lines[0], lines[0]


def test_port_521_taken_is_one_clear_line(lab):
    r1 = lab.node("r1")
    taken = r1.inside(lambda: socket.socket(socket.AF_INET6, socket.SOCK_DGRAM))
    taken.bind(("::", 521))
    path = os.path.join(lab.dir, "x.sock")
    refused(start(r1, path=path), "521")
    assert not os.path.exists(path)
    taken.close()


def test_a_second_daemon_in_the_same_place_is_refused_and_the_first_goes_on(lab):
    r1, peer = lab.routers("r1", "peer")
    lab.cable(r1, peer)
    daemon = r1.ripngd()
    refused(start(r1), "521")
    assert daemon.status()["pid"] == daemon.pid


def nobody(*capabilities):
    """Runs a program as nobody, with these capabilities and no others."""
    names = ",".join(f"+{c}" for c in capabilities)
    return (
        "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
        *(("--inh-caps=" + names, "--ambient-caps=" + names) if capabilities else ()),
    )  # fmt: skip


def open_to_nobody(lab):
    """A folder in which nobody may make a socket."""
    place = os.path.join(lab.dir, "nobody")
    os.mkdir(place)
    os.chown(place, 65534, 65534)
    return os.path.join(place, "x.sock")


def test_without_permission_for_the_port_it_says_so(lab):
    r1 = lab.node("r1")
    path = open_to_nobody(lab)
    refused(start(r1, wrapper=nobody(), path=path), "521", "permission")
    assert not os.path.exists(path)


def test_without_permission_to_change_routes_it_says_so(lab):
    r1 = lab.node("r1")
    path = open_to_nobody(lab)
    refused(start(r1, wrapper=nobody("net_bind_service"), path=path), "permission", "CAP_NET_ADMIN")


def test_as_nobody_with_the_two_capabilities_it_works(lab):
    r1, peer = lab.routers("r1", "peer")
    lab.cable(r1, peer)
    path = open_to_nobody(lab)
    wrapper = nobody("net_bind_service", "net_admin")
    process = r1.start("ripngd", [*wrapper, program(lab), "-s", path, "-l", "debug"], env=sanitizer_env())
    wait_until(lambda: os.path.exists(path) or not process.alive(), "it started")
    peer.ripngd()
    lab.stub(peer, "lan", "2001:db8:2::1/64")
    r1.wait_learned("2001:db8:2::/64")
    assert process.stop() == 0
    assert r1.learned() == {} and not os.path.exists(path)


def test_a_socket_path_in_use_by_a_living_daemon_is_refused_and_left_alone(lab):
    r1, r2 = lab.routers("r1", "r2")
    daemon = r1.ripngd()
    refused(start(r2, path=daemon.socket), daemon.socket)
    assert daemon.status()["pid"] == daemon.pid


def test_the_stale_socket_of_a_dead_daemon_is_replaced(lab):
    r1 = lab.node("r1")
    daemon = r1.ripngd()
    daemon.kill()
    assert os.path.exists(daemon.socket)
    again = r1.ripngd()
    assert again.socket == daemon.socket and again.status()["pid"] == again.pid


def test_a_file_that_is_no_socket_is_not_touched(lab):
    r1 = lab.node("r1")
    path = os.path.join(lab.dir, "precious")
    with open(path, "w") as f:
        f.write("keep me")
    refused(start(r1, path=path), path)
    with open(path) as f:
        assert f.read() == "keep me"


def test_a_directory_that_is_not_there_or_not_writable_is_one_clear_line(lab):
    r1 = lab.node("r1")
    refused(start(r1, path="/nonexistent/x.sock"), "/nonexistent/x.sock")
    refused(start(r1, path="/proc/x.sock"), "/proc/x.sock")
    place = os.path.join(lab.dir, "roots")
    os.mkdir(place, 0o755)
    done = start(r1, wrapper=nobody("net_bind_service", "net_admin"), path=f"{place}/x.sock")
    refused(done, f"{place}/x.sock")


def test_a_refused_start_leaves_the_kernels_routes_of_a_dead_run_alone(lab):
    r1 = lab.node("r1")
    lab.stub(r1, "lan", "2001:db8:1::1/64")
    r1.route("add 2001:db8:9::/64 via fe80::99 dev lan proto 189 metric 2048")
    refused(start(r1, path="/nonexistent/x.sock"))
    assert "2001:db8:9::/64" in r1.learned()


def test_the_socket_is_for_root_alone_unless_a_group_is_named(lab):
    r1 = lab.node("r1")
    daemon = r1.ripngd(SLOW_TIMERS)
    assert stat.S_IMODE(os.stat(daemon.socket).st_mode) == 0o600
    daemon.stop()
    daemon = r1.ripngd(SLOW_TIMERS + 'control { group = "nogroup" }')
    assert stat.S_IMODE(os.stat(daemon.socket).st_mode) == 0o660
    assert os.stat(daemon.socket).st_gid == 65534
    refused(start(lab.node("r2"), "-c", write(lab, 'control { group = "no-such-group" }\n')), "group")


def write(lab, text):
    path = os.path.join(lab.dir, f"{lab.next_number()}.conf")
    with open(path, "w") as f:
        f.write(text)
    return path


def test_a_daemon_starts_without_any_interface_and_waits_for_one(lab):
    r1, peer = lab.routers("r1", "peer")
    daemon = r1.ripngd()
    assert daemon.show("interface") == [] and daemon.show("route") == []
    lab.cable(r1, peer)
    lab.stub(peer, "lan", "2001:db8:2::1/64")
    peer.ripngd()
    r1.wait_learned("2001:db8:2::/64")


def test_version_and_help_are_there_and_wrong_options_are_usage_errors():
    def run(program, *args):
        return subprocess.run([program, *args], capture_output=True, text=True, timeout=laboratory.DEADLINE)

    for program in (RIPNGD, RIPNGCTL):
        assert run(program, "-V").returncode == 0 and run(program, "-V").stdout.strip()
        assert run(program, "--version").stdout == run(program, "-V").stdout
        assert run(program, "-h").returncode == 0 and "usage" in run(program, "-h").stdout.lower()
        assert run(program, "--help").stdout == run(program, "-h").stdout
        assert run(program, "--no-such-option").returncode != 0
    for option in ("-c", "-s", "-l", "-S", "-t", "-V", "-h"):
        assert option in run(RIPNGD, "-h").stdout
    assert run(RIPNGD, "-l", "loud").returncode != 0
    assert run(RIPNGD, "surplus").returncode != 0
    assert run(RIPNGD, "-t", "-s", "").returncode == run(RIPNGD, "-t", "-s", 108 * "x").returncode == 2
