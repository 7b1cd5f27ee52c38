"""The Debian package: what is in it, and its life on a small Debian of its own (a chroot on an overlay, in a namespace of
the laboratory): installed, started as it comes, purged.

tests/run builds it and makes the small Debian; RIPNGD_PACKAGE and RIPNGD_CHROOT name the folders.
"""

import gzip
import os
import re
import shutil
import signal
import subprocess
import tarfile
from pathlib import Path

import pytest

from lab import TIMERS, Process, wait_until

TOP = Path(__file__).resolve().parents[2]
BUILT = Path(os.environ.get("RIPNGD_PACKAGE", TOP / "build" / "package"))
CHROOT = Path(os.environ.get("RIPNGD_CHROOT", TOP / "build" / "chroot"))
VERSION = re.search(r"version: '([^']+)'", (TOP / "meson.build").read_text()).group(1)
DEB = next(BUILT.glob("ripngd_*.deb"))
TWO = 1 << 12 | 1 << 10  # CAP_NET_ADMIN, CAP_NET_BIND_SERVICE


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory):
    folder = tmp_path_factory.mktemp("package")
    subprocess.run(["dpkg-deb", "-x", DEB, folder], check=True)
    subprocess.run(["dpkg-deb", "-e", DEB, folder / "DEBIAN"], check=True)
    return folder


def field(name):
    return subprocess.run(["dpkg-deb", "-f", DEB, name], capture_output=True, text=True, check=True).stdout.strip()


# --- what is in it ------------------------------------------------------------


def test_lintian_finds_nothing():
    argv = ["lintian", "--allow-root", "--fail-on", "warning,error", next(BUILT.glob("*.changes"))]
    done = subprocess.run(argv, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_there_is_one_version_everywhere(unpacked):
    assert field("Version") == VERSION
    for program in ("usr/sbin/ripngd", "usr/bin/ripngctl"):
        done = subprocess.run([unpacked / program, "-V"], capture_output=True, text=True, check=True)
        assert done.stdout.split() == [Path(program).name, VERSION]
    for page in unpacked.glob("usr/share/man/man*/*.gz"):
        assert f".Os ripngd {VERSION}\n" in gzip.open(page, "rt").read(), page
    assert (TOP / "debian" / "changelog").read_text().startswith(f"ripngd ({VERSION})")


def test_readme_lists_the_files_that_it_installs(unpacked):
    there = {"/" + p.relative_to(unpacked).as_posix() for p in unpacked.rglob("*") if p.is_file()}
    there = {p for p in there if not p.startswith(("/DEBIAN/", "/usr/share/doc/"))}
    section = re.search(r"^## Install.*?(?=^## )", (TOP / "README.md").read_text(), re.M | re.S).group(0)
    listed = {p for row in re.findall(r"^\| (`/.*?) \|", section, re.M) for p in re.findall(r"`([^`]+)`", row)}
    assert {p.removesuffix(".gz") for p in there} == {p for p in listed if not p.startswith("/run/")}


def test_the_completions_are_where_the_shells_of_debian_look(unpacked):
    assert (unpacked / "usr" / "share" / "bash-completion" / "completions" / "ripngctl").is_file()
    (zsh,) = unpacked.rglob("_ripngctl")
    places = subprocess.run(["zsh", "-fc", "print -l $fpath"], capture_output=True, text=True, check=True).stdout.split()
    assert "/" + zsh.parent.relative_to(unpacked).as_posix() in places


def test_its_configuration_is_the_one_of_the_tree_but_for_the_user(unpacked):
    ours = (TOP / "conf" / "ripngd.conf").read_text().splitlines()
    theirs = (unpacked / "etc" / "ripngd.conf").read_text().splitlines()
    assert [b.split("#")[0].strip() for a, b in zip(ours, theirs, strict=True) if a != b] == ['user = "ripngd"']
    assert (unpacked / "DEBIAN" / "conffiles").read_text().split() == ["/etc/ripngd.conf"]


# --- a machine that has it ------------------------------------------------------


class Machine:
    """A node with a root of its own: CHROOT, with what was changed kept in memory."""

    def __init__(self, node):
        self.node, self.root = node, os.path.join(node.lab.dir, "root")
        os.mkdir(self.root)
        script = f"""set -e
mount -t tmpfs none {self.root}
cd {self.root}
mkdir upper work all
mount -t overlay none -o lowerdir={CHROOT},upperdir=upper,workdir=work all
mount -t proc proc all/proc
mount -t sysfs sysfs all/sys
mount --rbind /dev all/dev
echo ready
exec sleep infinity"""
        self.holder = node.start("holder", ["unshare", "-m", "--propagation", "private", "sh", "-c", script])
        self.holder.wait_for_log("ready")
        shutil.copy(DEB, f"/proc/{self.holder.pid}/root{self.root}/all/ripngd.deb")

    def argv(self, *argv):
        env = ["env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C"]
        return ["nsenter", "-t", str(self.holder.pid), "-m", "chroot", f"{self.root}/all", *env, *argv]

    def run(self, *argv, check=True, deadline=300):
        return self.node.run(*self.argv(*argv), check=check, deadline=deadline)

    def sh(self, line):
        return self.run("sh", "-ec", line).stdout

    def install(self):
        self.run("apt-get", "install", "-y", "--no-install-recommends", "/ripngd.deb")

    def ctl(self, *args):
        return self.run("ripngctl", *args, check=False)

    def close(self):
        self.holder.stop(signal.SIGKILL)


@pytest.fixture
def machine(lab):
    made = Machine(lab.node("r1"))
    yield made
    made.close()


# As root, with `user` of the shipped configuration; and as the unit does it.
STARTS = {
    "as root": (),
    "as the unit does": (
        "setpriv", "--reuid=ripngd", "--regid=ripngd", "--clear-groups", "--no-new-privs",
        "--inh-caps=-all,+net_admin,+net_bind_service", "--ambient-caps=-all,+net_admin,+net_bind_service",
        "--bounding-set=-all,+net_admin,+net_bind_service",
    ),
}  # fmt: skip


@pytest.mark.parametrize("wrapper", STARTS.values(), ids=STARTS.keys())
def test_installed_and_started_as_it_comes_it_shares_prefixes(lab, machine, wrapper):
    r1, peer = machine.node, lab.node("peer", forward=True)
    lab.cable(r1, peer)
    lab.stub(r1, "lan", "2001:db8:1::1/64")
    lab.stub(peer, "lan", "2001:db8:2::1/64")
    machine.install()
    daemon = Process(r1, "ripngd", machine.argv(*wrapper, "/usr/sbin/ripngd"))
    wait_until(lambda: machine.ctl("show", "status").returncode == 0 or not daemon.alive(), lambda: daemon.log())
    peer.ripngd(TIMERS)
    r1.wait_learned("2001:db8:2::/64")
    peer.wait_learned("2001:db8:1::/64")
    with open(f"/proc/{daemon.pid}/status") as f:
        status = dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)
    uid = machine.sh("id -u ripngd").strip()
    assert status["Uid"].split() == [uid] * 4 and uid != "0"
    assert int(status["CapEff"], 16) == int(status["CapPrm"], 16) == TWO
    assert machine.ctl("reload").returncode == 0
    assert daemon.stop() == 0
    assert r1.learned() == {} and machine.sh("ls /run/ripngd") == ""
    assert machine.ctl("show", "status").returncode == 3


def test_the_home_of_the_autopkgtest_works(machine):
    machine.install()
    with tarfile.open(f"/proc/{machine.holder.pid}/root{machine.root}/all/tree.tar", "w") as tar:
        for path in ("tests/demo", "tests/common.sh", "debian/tests"):
            tar.add(TOP / path, path)
    done = machine.run("sh", "-ec", "mkdir /tree; tar -xf /tree.tar -C /tree; cd /tree; exec debian/tests/home", check=False)
    assert done.returncode == 0 and "All of it happened" in done.stdout, done.stdout + done.stderr


def test_a_purge_leaves_nothing(machine):
    files = "find / -xdev -path /proc -prune -o -path /dev -prune -o -path /sys -prune -o -print"
    users = "cat /etc/passwd /etc/group /etc/shadow /etc/gshadow"
    before, people = set(machine.sh(files).splitlines()), machine.sh(users)
    machine.install()
    assert "ripngd" in machine.sh(users) and "/run/ripngd.sock" in machine.sh(files)
    assert machine.sh("systemctl is-enabled ripngd") == "enabled\n"
    machine.run("apt-get", "purge", "-y", "ripngd")
    assert machine.sh(users) == people
    left = set(machine.sh(files).splitlines()) - before
    diary = re.compile(r"/var/(log|cache|lib/(dpkg|apt))/|/etc/(passwd|group|shadow|gshadow)-$|/etc/\.pwd\.lock$|/var/lib/systemd$|/etc/systemd")
    assert not [p for p in left if not diary.search(p) or "ripngd" in p], left
