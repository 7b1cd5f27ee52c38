"""Least privilege: once its sockets are open the daemon is an ordinary user with two capabilities, and all that comes later
works for that one too; members of the control socket's group may look, and no more."""

import os
import pwd
import signal
import socket

import pytest

import rip
from lab import RIPNGCTL, SLOW_TIMERS, TIMERS, sanitizer_env, wait_until
from test_start import nobody, open_to_nobody, program, refused, start, write

USER = "nobody"
UID = pwd.getpwnam(USER).pw_uid
TWO = 1 << 12 | 1 << 10  # CAP_NET_ADMIN, CAP_NET_BIND_SERVICE


def credentials(process):
    with open(f"/proc/{process.pid}/status") as f:
        return dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)


def assert_two_capabilities_alone(process):
    status = credentials(process)
    assert status["Uid"].split() == [str(UID)] * 4
    assert (int(status["CapEff"], 16), int(status["CapPrm"], 16)) == (TWO, TWO)
    assert int(status["CapInh"], 16) & ~TWO == int(status["CapAmb"], 16) == 0
    assert status["NoNewPrivs"] == "1"


def test_it_becomes_the_user_with_two_capabilities_alone(lab):
    r1 = lab.node("r1")
    daemon = r1.ripngd(SLOW_TIMERS + f'user = "{USER}"\n')
    assert_two_capabilities_alone(daemon)
    status = credentials(daemon)
    gid = str(pwd.getpwnam(USER).pw_gid)
    assert status["Gid"].split() == [gid] * 4 and status["Groups"].split() == [gid]
    assert int(status["CapBnd"], 16) == 0


def test_without_the_setting_it_stays_who_has_started_it(lab):
    assert credentials(lab.node("r1").ripngd(SLOW_TIMERS))["Uid"].split() == ["0"] * 4


def test_what_comes_later_works_for_the_user_too(lab):
    """New interfaces, routes learned, replaced and withdrawn, reloads, and the end."""
    r1, r2, peer = lab.routers("r1", "r2", "peer")
    place = open_to_nobody(lab)
    text = SLOW_TIMERS + f'user = "{USER}"\n'
    daemon = r1.ripngd(text, socket=place)
    lab.cable(r1, r2)  # after the daemon has become the user
    lab.cable(r1, peer)
    lab.stub(r2, "lan", "2001:db8:2::1/64")
    r2.ripngd()
    r1.wait_learned("2001:db8:2::/64")
    wait_until(lambda: (daemon.interface("peer") or {}).get("up"), "RIPng on the new interface")
    speaker = rip.Speaker(peer, "r1")
    speaker.announce(("2001:db8:9::/64", 1))
    r1.wait_learned("2001:db8:9::/64")
    speaker.announce(("2001:db8:9::/64", 16))
    r1.wait_unlearned("2001:db8:9::/64")
    daemon.write_config(text + "kernel { metric = 3000 }\n")
    for reload in (lambda: daemon.send_signal(signal.SIGHUP), lambda: daemon.ctl("reload").check_returncode()):
        reload()
        wait_until(lambda: r1.learned()["2001:db8:2::/64"]["metric"] == 3000, "the new metric")
    assert daemon.stop() == 0
    assert r1.learned() == {} and not os.path.exists(place)


def test_a_crash_of_the_user_is_taken_over_by_the_next_start(lab):
    r1, peer = lab.routers("r1", "peer")
    lab.cable(r1, peer)
    lab.stub(peer, "lan", "2001:db8:2::1/64")
    text = TIMERS + f'user = "{USER}"\n'
    peer.ripngd()
    daemon = r1.ripngd(text)
    r1.wait_learned("2001:db8:2::/64")
    daemon.kill()
    again = r1.ripngd(text)
    again.wait_for_log("earlier run")
    assert "2001:db8:2::/64" in r1.learned()


def test_a_socket_that_the_user_may_not_remove_is_told_of_and_replaced(lab):
    r1 = lab.node("r1")
    daemon = r1.ripngd(SLOW_TIMERS + f'user = "{USER}"\n')
    assert daemon.stop() == 0
    assert daemon.socket in daemon.wait_for_log("the next start replaces it")
    again = r1.ripngd(SLOW_TIMERS + f'user = "{USER}"\n')
    assert again.socket == daemon.socket and again.status()["pid"] == again.pid


def test_a_link_to_the_users_own_directory_serves_in_a_place_where_it_may_not_write(lab):
    r1 = lab.node("r1")
    real = open_to_nobody(lab)
    link = os.path.join(lab.dir, "link.sock")
    os.symlink(os.path.relpath(real, lab.dir), link)
    daemon = r1.ripngd(SLOW_TIMERS + f'user = "{USER}"\n', socket=link)
    assert os.path.exists(real) and daemon.status()["pid"] == daemon.pid
    assert daemon.stop() == 0
    assert not os.path.exists(real) and os.path.islink(link)


# --- who may not -----------------------------------------------------------


@pytest.fixture(params=["the file", "its folder"])
def roots_own(request, lab):
    """A configuration that nobody but root can read."""
    folder = os.path.join(lab.dir, "etc")
    os.mkdir(folder, 0o755 if request.param == "the file" else 0o700)
    path = os.path.join(folder, "ripngd.conf")
    with open(path, "w") as f:
        f.write(f'user = "{USER}"\n')
    os.chmod(path, 0o600 if request.param == "the file" else 0o644)
    return path


def test_a_configuration_that_the_user_may_not_read_is_refused(lab, roots_own):
    r1 = lab.node("r1")
    refused(start(r1, "-t", "-c", roots_own), roots_own, USER, "reload")
    refused(start(r1, "-c", roots_own), roots_own, USER, "reload")


def test_a_user_that_is_not_there_is_refused_with_its_line(lab):
    path = write(lab, '\nuser = "no-such-user"\n')
    refused(start(lab.node("r1"), "-c", path), f"{path}:2: user", "no-such-user")


def test_without_the_right_to_become_the_user_it_says_so(lab):
    wrapper = nobody("net_admin", "net_bind_service")
    done = start(lab.node("r1"), "-c", write(lab, 'user = "daemon"\n'), wrapper=wrapper, path=open_to_nobody(lab))
    refused(done, '"daemon"', "CAP_SETUID", "root")


def test_a_group_that_the_user_is_no_member_of_is_refused(lab):
    wrapper = nobody("net_admin", "net_bind_service")
    config = write(lab, 'control { group = "adm" }\n')
    refused(start(lab.node("r1"), "-c", config, wrapper=wrapper, path=open_to_nobody(lab)), "control socket", "member")


def test_a_new_user_at_reload_waits_for_the_next_start(lab):
    daemon = lab.node("r1").ripngd(SLOW_TIMERS + f'user = "{USER}"\n')
    daemon.write_config(SLOW_TIMERS + 'user = "daemon"\n')
    done = daemon.ctl("reload")
    assert (done.returncode, done.stdout) == (0, f"the user stays {USER}, the new one waits for the next start\n")
    daemon.wait_for_log(f"the user stays {USER}.*next start")
    assert_two_capabilities_alone(daemon)


@pytest.mark.parametrize("text", ["", f'user = "{USER}"\n'], ids=["no setting", "itself"])
def test_started_as_the_user_with_ambient_capabilities_it_works_just_so(lab, text):
    r1, peer = lab.routers("r1", "peer")
    place = open_to_nobody(lab)
    wrapper = nobody("net_bind_service", "net_admin")
    argv = [*wrapper, program(lab), "-s", place, "-c", write(lab, TIMERS + text), "-l", "debug"]
    process = r1.start("ripngd", argv, env=sanitizer_env())
    wait_until(lambda: os.path.exists(place) or not process.alive(), "it started")
    lab.cable(r1, peer)
    lab.stub(peer, "lan", "2001:db8:2::1/64")
    peer.ripngd()
    r1.wait_learned("2001:db8:2::/64")
    status = credentials(process)
    assert int(status["CapEff"], 16) == TWO
    if text:
        assert_two_capabilities_alone(process)
    assert process.stop() == 0
    assert r1.learned() == {} and not os.path.exists(place)


# --- the control socket ------------------------------------------------------


def member(group):
    """Runs a program as a user who is in this group, and nothing else."""
    return ("setpriv", "--reuid=1", "--regid=1", f"--groups={group}", "--inh-caps=-all", "--ambient-caps=-all")


def ctl_copy(lab):
    path = program(lab) + "ctl"
    if not os.path.exists(path):
        with open(RIPNGCTL, "rb") as source, open(path, "wb") as copy:
            copy.write(source.read())
        os.chmod(path, 0o755)
    return path


@pytest.mark.parametrize("user", ["", USER])
def test_members_of_the_group_look_and_root_alone_changes(lab, user):
    r1 = lab.node("r1")
    daemon = r1.ripngd(SLOW_TIMERS + f'user = "{user}"\ncontrol {{ group = "adm" }}\n')

    def ctl(group, *args):
        argv = [*member(group), ctl_copy(lab), "-s", daemon.socket, *args]
        return r1.run(*argv, check=False, env=sanitizer_env())

    for what in ("route", "neigh", "interface", "status"):
        assert ctl("adm", "show", what).returncode == 0
    done = ctl("adm", "reload")
    assert done.returncode == 1 and "root" in done.stderr
    daemon.wait_for_log("uid 1\\) was refused")
    assert ctl("daemon", "show", "status").returncode == 3
    assert daemon.ctl("reload").returncode == 0
    assert daemon.status()["clients_refused"] == 1


def test_the_daemons_own_user_may_change_what_it_could_by_a_signal_too(lab):
    r1 = lab.node("r1")
    daemon = r1.ripngd(SLOW_TIMERS + f'user = "{USER}"\ncontrol {{ group = "nogroup" }}\n')
    done = r1.run(*nobody(), ctl_copy(lab), "-s", daemon.socket, "reload", check=False, env=sanitizer_env())
    assert done.returncode == 0, done.stderr


def test_clients_that_only_connect_are_never_felt_by_anybody_and_counted(lab):
    r1, peer = lab.routers("r1", "peer")
    lab.cable(r1, peer)
    speaker = rip.Speaker(peer, "r1")
    daemon = r1.ripngd(SLOW_TIMERS)
    speaker.wait_request()
    silent = []
    for _ in range(100):
        silent.append(socket.socket(socket.AF_UNIX))
        silent[-1].connect(daemon.socket)
    status = daemon.status()
    assert status["clients"] <= 16 and status["clients_cut"] >= 80
    assert b"still for longest" in silent[0].recv(1000)
    assert daemon.log().count(" was cut: ") < 20  # a hundred are not a hundred lines
    speaker.announce("2001:db8:9::/64")
    r1.wait_learned("2001:db8:9::/64")
    for s in silent:
        s.close()
