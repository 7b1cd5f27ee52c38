"""The configuration file: `ripngd -t` reports every error as FILE:LINE: what, and touches nothing else."""

import os
import subprocess

import pytest

import lab as laboratory
from lab import RIPNGD, sanitizer_env

ALL_SETTINGS = """
timers { update = 30 timeout = 180.5 garbage = 120 triggered-min = 1 triggered-max = 5 }
interface "eth0" {
    enabled = true
    passive = false
    metric = 15
    split-horizon = simple
    multicast = false
    neighbors = {"fe80::2", "fe80::3"}
    accept-from = {"fe80::2"}
}
interface "eth*" { split-horizon = off }   # a comment
redistribute connected { metric = 1 tag = 65535 }
redistribute delegated { }
redistribute static { metric = 2 }
redistribute kernel { protocols = {"boot", "ra", "babel"} }
kernel { table = 254 metric = 2048 protocol = 189 multipath = 16 }
filter "home" { rules = {"permit fd00::/8 le 64", "deny ::/0 ge 49 tag 7", "permit any set metric 3"} }
default-route { originate = if-present metric = 2 accept = false }
aggregate "2001:db8::/48" { metric = 2 summary-only = true }
route "2001:db8:ffff::/64" { metric = 1 tag = 9 }
control { socket = "/run/ripngd.sock" group = "" }
log { level = notice syslog = false }
limits { routes = 0 routes-per-neighbor = 5 neighbors = 1 }
graceful-restart = true
"""

# Each bad line, and what its report must name.
BAD = {
    "unknown name": ("nonsense = 3", "nonsense"),
    "unknown section": ("nonsense { }", "nonsense"),
    "unknown name in a section": ("timers { upate = 3 }", "upate"),
    "unknown source": ("redistribute bgp { }", "bgp"),
    "no number": ("timers { update = soon }", "soon"),
    "timer of nothing": ("timers { update = 0 }", "update"),
    "negative timer": ("timers { timeout = -1 }", "timeout"),
    "timer of ages": ("timers { garbage = 1e9 }", "garbage"),
    "hold upside down": ("timers { triggered-min = 5 triggered-max = 1 }", "triggered"),
    "metric 0": ('interface "a" { metric = 0 }', "metric"),
    "metric 16": ('interface "a" { metric = 16 }', "metric"),
    "announced metric 16": ("redistribute connected { metric = 16 }", "metric"),
    "tag too large": ("redistribute connected { tag = 65536 }", "tag"),
    "no such split horizon": ('interface "a" { split-horizon = none }', "none"),
    "no boolean": ('interface "a" { passive = maybe }', "maybe"),
    "neighbour not link-local": ('interface "a" { neighbors = {"2001:db8::1"} }', "2001:db8::1"),
    "neighbour no address": ('interface "a" { accept-from = {"fe80::xyz"} }', "fe80::xyz"),
    "no way of sending": ('interface "a" { multicast = false }', "neighbors"),
    "interface without a name": ("interface { metric = 2 }", "interface"),
    "unknown protocol": ('redistribute kernel { protocols = {"carrierpigeon"} }', "carrierpigeon"),
    "our own protocol": ('redistribute kernel { protocols = {"rip"} }', "rip"),
    "protocols elsewhere": ('redistribute static { protocols = {"boot"} }', "protocols"),
    "kernel metric 0": ("kernel { metric = 0 }", "metric"),
    "kernel protocol too large": ("kernel { protocol = 256 }", "protocol"),
    "no log level": ("log { level = loud }", "loud"),
    "no neighbours at all": ("limits { neighbors = 0 }", "neighbors"),
    "section twice": ("timers { }  timers { }", "timers"),
    "setting twice": ("timers { update = 3 update = 4 }", "update"),
    "quote not closed": ('control { socket = "/run/x }', ""),
    "brace not closed": ("timers { update = 3", ""),
    "filter that there is not": ('interface "a" { import = "x" }', "x"),
    "filter of an export that there is not": ('interface "a" { export = "x" }', "x"),
    "filter of a source that there is not": ('redistribute connected { filter = "x" }', "x"),
    "rule that is none": ('filter "x" { rules = {"permit all"} }', "all"),
    "rule with a range upside down": ('filter "x" { rules = {"permit ::/0 ge 64 le 48"} }', "le"),
    "no next hop": ("kernel { multipath = 0 }", "multipath"),
    "too many next hops": ("kernel { multipath = 17 }", "multipath"),
    "default route at whim": ("default-route { originate = sometimes }", "sometimes"),
    "aggregate of no prefix": ('aggregate "2001:db8::" { }', "2001:db8::"),
    "route with bits beyond its length": ('route "2001:db8::1/64" { metric = 1 }', "2001:db8::1/64"),
    "user that there is not": ('user = "no-such-user"', "user"),
}


def check(path, *args):
    done = subprocess.run(
        [RIPNGD, "-t", "-c", str(path), *args],
        capture_output=True, text=True, timeout=laboratory.DEADLINE, env={**os.environ, **sanitizer_env()},
    )  # fmt: skip
    assert not laboratory.SANITIZER.search(done.stderr), done.stderr
    return done


def test_a_file_with_every_setting_is_fine(tmp_path):
    path = tmp_path / "ripngd.conf"
    path.write_text(ALL_SETTINGS)
    done = check(path)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("text", ["", "# nothing but a comment\n", "\n\n"])
def test_an_empty_file_is_fine(tmp_path, text):
    path = tmp_path / "ripngd.conf"
    path.write_text(text)
    assert check(path).returncode == 0


@pytest.mark.parametrize("line, named", BAD.values(), ids=BAD.keys())
def test_what_is_wrong_is_reported_with_its_file_and_line(tmp_path, line, named):
    path = tmp_path / "bad.conf"
    path.write_text(f"# a comment first\ngraceful-restart = false\n{line}\n")
    done = check(path)
    assert done.returncode == 1
    reports = [r for r in (done.stdout + done.stderr).splitlines() if str(path) in r]
    lines = (3, 4) if not named else (3,)  # what is never closed may be noticed at the end
    assert [r for r in reports if any(f"{path}:{n}: " in r for n in lines) and named in r], done.stdout + done.stderr


def test_all_errors_of_a_file_are_reported_at_once_in_order(tmp_path):
    path = tmp_path / "bad.conf"
    path.write_text('timers { update = 0 }\nnonsense = 1\ninterface "a" {\n  metric = 99\n  colour = blue\n}\nlog { level = x }\n')
    done = check(path)
    reports = [r.split(f"{path}:")[1] for r in (done.stdout + done.stderr).splitlines() if f"{path}:" in r]
    assert [int(r.split(":")[0]) for r in reports] == [1, 2, 4, 5, 7], done.stdout + done.stderr


def test_a_file_that_is_not_there_or_cant_be_read_is_one_clear_line(tmp_path):
    done = check(tmp_path / "none.conf")
    assert done.returncode == 1 and str(tmp_path / "none.conf") in done.stderr + done.stdout
    done = check(tmp_path)
    assert done.returncode == 1 and str(tmp_path) in done.stderr + done.stdout


def test_a_test_run_touches_neither_socket_nor_port_nor_a_running_daemon(lab, tmp_path):
    r1, peer = lab.routers("r1", "peer")
    lab.cable(r1, peer)
    daemon = r1.ripngd()
    path = tmp_path / "good.conf"
    path.write_text(f'control {{ socket = "{daemon.socket}" }}\n')
    done = r1.run(RIPNGD, "-t", "-c", str(path), "-s", daemon.socket, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert daemon.status()["pid"] == daemon.pid


def test_a_daemon_does_not_start_with_a_bad_file_and_says_why(lab):
    r1 = lab.node("r1")
    path = os.path.join(lab.dir, "bad.conf")
    with open(path, "w") as f:
        f.write("nonsense = 1\n")
    socket = os.path.join(lab.dir, "x.sock")
    done = r1.run(RIPNGD, "-c", path, "-s", socket, check=False)
    assert done.returncode == 1 and f"{path}:1: " in done.stderr and "nonsense" in done.stderr
    assert not os.path.exists(socket)


def test_a_file_that_is_asked_for_must_be_there(lab):
    r1 = lab.node("r1")
    done = r1.run(RIPNGD, "-c", "/nonexistent/ripngd.conf", "-s", os.path.join(lab.dir, "x.sock"), check=False)
    assert done.returncode == 1 and "/nonexistent/ripngd.conf" in done.stderr


def test_settings_of_the_file_take_effect_and_options_win_over_them(lab):
    r1, peer = lab.routers("r1", "peer")
    lab.cable(r1, peer)
    in_file, by_option = os.path.join(lab.dir, "file.sock"), os.path.join(lab.dir, "option.sock")
    daemon = r1.ripngd(f'control {{ socket = "{in_file}" }} timers {{ update = 12 timeout = 77 garbage = 33 }}')
    timers = daemon.status()["timers"]
    assert (timers["update"], timers["timeout"], timers["garbage"]) == (12, 77, 33)
    assert not os.path.exists(in_file)  # -s won
    daemon.stop()
    path = os.path.join(lab.dir, "x.conf")
    with open(path, "w") as f:
        f.write(f'control {{ socket = "{in_file}" }}\n')
    plain = r1.start("ripngd-plain", [RIPNGD, "-c", path], env=sanitizer_env())
    laboratory.wait_until(lambda: os.path.exists(in_file), "the socket of the file")
    assert not os.path.exists(by_option)
    assert plain.stop() == 0
