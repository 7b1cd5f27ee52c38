"""A stand-in for an OpenWrt machine: a folder with busybox, this build's programs, and conf/openwrt's files in their places.

Scripts run in it by busybox ash after a chroot. procd, UCI, netifd and jshn are the small scripts in root/, which record
what they were asked for; everything else (ash and its applets, ripngd -t) is the real thing.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
TOP = HERE.parents[1]
FILES = TOP / "conf" / "openwrt" / "files"
BUILD = Path(os.environ.get("RIPNGD_BUILD", TOP / "build")).resolve()
INSTALLED = {  # as the Makefile's install section has it
    "ripngd.init": "etc/init.d/ripngd",
    "ripngd.config": "etc/config/ripngd",
    "ripngd.capabilities": "etc/capabilities/ripngd.json",
    "ripngd.rpcd": "usr/libexec/rpcd/ripngd",
    "ripngd.acl": "usr/share/rpcd/acl.d/ripngd.json",
}
FIREWALL = """
config defaults
	option input 'REJECT'

config zone
	option name 'lan'
	list network 'lan'
	option input 'ACCEPT'

config zone
	option name 'wan'
	list network 'wan'
	list network 'wan6'
	option input 'REJECT'
"""


def copy_program(root, program, to):
    """A program with the libraries that it is linked to."""
    (root / to).parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(program, root / to)
    listed = subprocess.run(["ldd", program], check=True, capture_output=True, text=True).stdout
    for library in re.findall(r"(/\S+) \(0x", listed):
        (root / library[1:]).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(library, root / library[1:])


@pytest.fixture(scope="session")
def image(tmp_path_factory):
    root = tmp_path_factory.mktemp("openwrt") / "image"
    shutil.copytree(HERE / "root", root)
    copy_program(root, shutil.which("busybox"), "bin/busybox")
    copy_program(root, BUILD / "daemon" / "ripngd", "usr/sbin/ripngd")
    copy_program(root, BUILD / "cli" / "ripngctl", "usr/bin/ripngctl")
    for source, to in INSTALLED.items():
        (root / to).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(FILES / source, root / to)
    for folder in ("dev", "tmp", "sbin", "var"):
        (root / folder).mkdir(exist_ok=True)
    (root / "dev" / "null").touch()
    subprocess.run(["chroot", root, "/bin/busybox", "--install", "-s", "/bin"], check=True)
    (root / "etc" / "config" / "firewall").write_text(FIREWALL)
    (root / "etc" / "passwd").write_text("root:x:0:0:root:/root:/bin/ash\nripngd:x:521:521::/var/run/ripngd:/bin/false\n")
    (root / "etc" / "group").write_text("root:x:0:\nripngd:x:521:\n")
    (root / "networks").write_text("lan br-lan\nwan6 eth1\nwan eth1\n")
    return root


class OpenWrt:
    def __init__(self, root):
        self.root = root
        self.said = ""

    def path(self, name):
        return self.root / name.lstrip("/")

    def uci(self, text):
        self.path("/etc/config/ripngd").write_text(text)

    def networks(self, **devices):
        self.path("/networks").write_text("".join(f"{n} {d}\n" for n, d in devices.items()))

    def run(self, *argv, stdin=""):
        return subprocess.run(
            ["chroot", self.root, "/bin/ash", *argv],
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def init(self, action):
        """/etc/init.d/ripngd ACTION: what procd was asked for, a line a call."""
        self.path("/calls").write_text("")
        done = self.run("/etc/rc.common", "/etc/init.d/ripngd", action)
        assert done.returncode == 0, done.stderr
        self.said = done.stderr
        return self.path("/calls").read_text().splitlines()

    def conf(self):
        """The settings of /var/etc/ripngd.conf, without the line that says where they come from."""
        first, rest = self.path("/var/etc/ripngd.conf").read_text().split("\n", 1)
        assert first.startswith("# Made from /etc/config/ripngd")
        return rest


@pytest.fixture
def openwrt(image, tmp_path):
    root = tmp_path / "root"
    shutil.copytree(image, root, symlinks=True)
    return OpenWrt(root)
