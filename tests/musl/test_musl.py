"""The programs against musl, the C library of OpenWrt: each source of lib/, daemon/ and cli/ compiles with its headers, with
the warnings and definitions of the build.

Debian has musl without the libraries that ripngd needs; their headers, and the kernel's, are found in a folder of links.
Run by tests/run with pytest; RIPNGD_BUILD names the build folder (default: build).
"""

import json
import os
import shlex
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("RIPNGD_BUILD", TOP / "build")).resolve()
HEADERS = "ev.h confuse.h libmnl json-c cap-ng.h linux asm-generic".split()


def commands():
    """folder -> source -> what meson compiles it with, for the programs' own."""
    found = {"lib": {}, "daemon": {}, "cli": {}}
    for c in json.loads((BUILD / "compile_commands.json").read_text()):
        path = Path(os.path.normpath(BUILD / c["file"]))
        folder = path.parent.name
        if path.parent.parent == TOP and folder in found and c["output"].startswith(folder + "/"):
            words = shlex.split(c["command"])
            found[folder][path] = [w for w in words if w.startswith(("-D", "-W", "-std", "-I"))]
    return found


COMMANDS = commands()


@pytest.fixture(scope="module")
def headers(tmp_path_factory):
    folder = tmp_path_factory.mktemp("headers")
    for name in HEADERS:
        (folder / name).symlink_to(Path("/usr/include") / name)
    machine = subprocess.run(["gcc", "-print-multiarch"], capture_output=True, text=True, check=True).stdout.strip()
    (folder / "asm").symlink_to(Path("/usr/include") / machine / "asm")
    return folder


def compile_(path, flags, headers):
    mine = [f for f in flags if not f.startswith("-I/usr/include")]
    argv = ["musl-gcc", *mine, "-isystem", headers, "-isystem", headers / "json-c", "-Werror", "-fsyntax-only", path]
    return subprocess.run(argv, cwd=BUILD, capture_output=True, text=True)


@pytest.mark.parametrize("folder", COMMANDS)
def test_each_source_compiles(folder, headers):
    sources = {p.name for p in (TOP / folder).glob("*.c")}
    assert sources == {p.name for p in COMMANDS[folder]}
    for path, flags in COMMANDS[folder].items():
        done = compile_(path, flags, headers)
        assert done.returncode == 0, done.stderr
