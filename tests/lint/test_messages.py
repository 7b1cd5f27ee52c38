"""What ripngctl says when something is wrong: what, where, why, and what to do about it, in a line, and to standard
error alone. Where no daemon is needed for it; tests/net has the rest."""

import os
import re
import shutil
import socket
import subprocess
import tempfile
import threading
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("RIPNGD_BUILD", TOP / "build")).resolve()
RIPNGCTL, RIPNGD = BUILD / "cli" / "ripngctl", BUILD / "daemon" / "ripngd"


def ripngctl(*args, **how):
    return subprocess.run([RIPNGCTL, *args], capture_output=True, text=True, **how)


def expect(done, status, what):
    assert (done.returncode, done.stdout, done.stderr) == (status, "", f"ripngctl: {what}\n")


@pytest.mark.parametrize("words, what", [
    ("show route foo", "no IPv6 prefix or address: 'foo' (like 2001:db8:1::/48 or 2001:db8::1)"),
    ("show route 10.0.0.0/8", "no IPv6 prefix or address: '10.0.0.0/8' (like 2001:db8:1::/48 or 2001:db8::1)"),
    ("show route ::/129", "no IPv6 prefix or address: '::/129' (like 2001:db8:1::/48 or 2001:db8::1)"),
    ("show route ::/0 ::/0", "too many words, from '::/0' on; it is: ripngctl show route [PREFIX]"),
    ("sh in eth0", "too many words, from 'eth0' on; it is: ripngctl show interface"),
    ("reload /etc/ripngd.conf", "too many words, from '/etc/ripngd.conf' on; it is: ripngctl reload"),
    ("query", "'query' of what? It is: ripngctl query ADDRESS%IFACE [PREFIX ...]"),
    ("query fe80::1", "on which interface? 'fe80::1' means nothing without (like fe80::1%eth0)"),
    ("query 192.168.1.1", "no IPv6 address: '192.168.1.1' (like fe80::1%eth0)"),
    ("query fe80::1%lo x", "no IPv6 prefix or address: 'x' (like 2001:db8:1::/48)"),
    ("show neigh --all", "'show neigh' has no --all; 'show route' has"),
    ("show route -p", "'show route' has no --prometheus; 'show status' has"),
    ("show status -jp", "--json or --prometheus, not both"),
])  # fmt: skip
def test_words_that_make_no_command(words, what):
    expect(ripngctl(*words.split()), 2, what)


@pytest.mark.parametrize("words, what, offered", [
    ("shw", "'shw' is no command; there are:", {"show", "monitor", "query", "reload", "doctor"}),
    ("show rout3", "'show rout3' is no command; there are:", {"show"}),
    ("sh", "'sh' needs another word; there are:", {"show"}),
])  # fmt: skip
def test_what_could_have_been_meant_is_listed(words, what, offered):
    done = ripngctl(*words.split())
    first, *rest = done.stderr.splitlines()
    assert (done.returncode, done.stdout, first) == (2, "", f"ripngctl: {what}")
    assert {line.split()[0] for line in rest if re.match("  [a-z]", line)} == offered


def test_an_unknown_option_points_to_the_help():
    done = ripngctl("show", "route", "--every")
    assert done.returncode == 2 and done.stderr == "ripngctl: unrecognized option '--every'\nTry 'ripngctl --help'.\n"


NOT_THERE = "there is no such socket; start ripngd, or name its socket with -s ('ripngctl doctor' looks for it)"


@pytest.mark.parametrize("words", ["show neigh", "monitor", "reload", "-j show route", "show status --prometheus"])
def test_no_daemon(tmp_path, words):
    path = tmp_path / "none.sock"
    expect(ripngctl("-s", path, *words.split()), 3, f"can't reach ripngd at {path}: {NOT_THERE}")
    expect(ripngctl("-s", path / "below", *words.split()), 3, f"can't reach ripngd at {path}/below: {NOT_THERE}")


def test_paths_that_are_no_sockets_of_a_daemon(tmp_path):
    expect(ripngctl("-s", "", "show", "neigh"), 3, f"can't reach ripngd at '': {NOT_THERE}")
    path = "/" + 107 * "x"
    expect(ripngctl("-s", path, "show", "neigh"), 3, f"can't reach ripngd at {path}: the path is too long for a socket (107 characters)")
    dead = tmp_path / "dead.sock"
    socket.socket(socket.AF_UNIX).bind(str(dead))
    expect(ripngctl("-s", dead, "show", "neigh"), 3,
           f"can't reach ripngd at {dead}: nobody listens there; is ripngd running? (This is the socket of a dead one, or no socket)")
    other = tmp_path / "datagrams.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
        s.bind(str(other))
        expect(ripngctl("-s", other, "show", "neigh"), 3,
               f"can't reach ripngd at {other}: another program's socket; is this the socket that ripngd was started with?")


def test_no_permission():
    # Where anybody gets at: not pytest's folder, nor that of a checkout in root's home.
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as s:
        path = os.path.join(folder, "s")
        s.bind(path)
        s.listen()
        os.chmod(path, 0o600)
        os.chmod(folder, 0o755)
        program = shutil.copy(RIPNGCTL, folder)
        done = subprocess.run([program, "-s", path, "show", "neigh"], capture_output=True, text=True,
                              user=65534, group=65534, extra_groups=[])  # fmt: skip
    expect(done, 3, f"can't reach ripngd at {path}: no permission; try as root, or be in the group of 'control {{ group }}' in ripngd.conf")


@pytest.mark.parametrize("reply, what", [
    (b"", "the reply ended early: ripngd closed the connection; its log may say why"),
    (b"HTTP/1.1 400 Bad Request\r\n", "bad reply: a line that is no JSON object; is that ripngd's socket?"),
    (70000 * b"x", "bad reply: a line longer than 65536 bytes; is that ripngd's socket?"),
    (b'{"error":"too many clients, all of them at work; try again later"}\n', "too many clients, all of them at work; try again later"),
])  # fmt: skip
def test_replies_that_are_none(tmp_path, reply, what):
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(str(path))
        s.listen()

        def answer():
            client, _ = s.accept()
            with client:
                client.recv(4096)
                client.sendall(reply)

        thread = threading.Thread(target=answer)
        thread.start()
        expect(ripngctl("-s", path, "show", "neigh"), 1, what)
        thread.join()


def test_a_query_on_no_interface(tmp_path):
    done = ripngctl("-s", tmp_path / "none", "query", "fe80::1%nowhere9")
    expect(done, 1, "no such interface: 'nowhere9' (ip link lists them)")


@pytest.mark.parametrize("program", [RIPNGCTL, RIPNGD])
def test_the_help_fits_80_columns(program):
    done = subprocess.run([program, "--help"], capture_output=True, text=True, check=True)
    # But for where the default is: a path of the build.
    assert not [line for line in done.stdout.splitlines() if len(line) > 80 and "if it is there" not in line]
