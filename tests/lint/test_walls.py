"""The walls of the house: who may include what, what the engine may call, and how the sources look.

The engine makes no system call and keeps no state of its own; each outside library has its own few files. Run by
tests/run with pytest; RIPNGD_BUILD names the build folder (default: build).
"""

import os
import re
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("RIPNGD_BUILD", TOP / "build")).resolve()

# The C library's pure part: types, and functions of their arguments (and the heap) alone.
PURE_HEADERS = """arpa/inet.h assert.h errno.h fnmatch.h inttypes.h limits.h netinet/in.h stdarg.h stdbool.h stddef.h
    stdint.h stdio.h stdlib.h string.h""".split()

PURE_FUNCTIONS = """malloc calloc realloc free
    memchr memcmp memcpy memmem memmove memset
    strchr strcmp strcpy strcspn strerror strlen strncmp strncpy strrchr strspn strtoul
    snprintf vsnprintf fnmatch inet_ntop inet_pton qsort
    __assert_fail __stack_chk_fail __memcpy_chk __memset_chk __snprintf_chk __vsnprintf_chk __strcpy_chk
    __strncpy_chk""".split()

# Put there by the compiler: sanitizers, coverage, position-independent code.
COMPILER_SYMBOLS = re.compile(r"^(_GLOBAL_OFFSET_TABLE_$|__(asan|ubsan|lsan|sanitizer|gcov|llvm|tsan)_|__aeabi_|__tls_get_addr$)")

# Outside libraries: the files that may include them.
DOORS = {
    "confuse.h": {"daemon/config.c"},
    "ev.h": {"daemon/loop.c"},
    "libmnl/": {"cli/doctor_kernel.c", "daemon/netlink.c", "daemon/nlmsg.c"},
    "json-c/": {"daemon/show.c"},
    "cap-ng.h": {"daemon/priv.c"},
}

# The folders whose headers each may include, besides its own.
MAY_SEE = {"lib": set(), "daemon": {"lib"}, "cli": {"lib"}}
PRIVATE = {"internal.h", "pool.h", "state.h"}  # lib/*.c and tests/unit alone


def sources(*folders, names=("*.c", "*.h")):
    return sorted(p for f in folders for n in names for p in (TOP / f).glob(n))


def inner(path):
    return path.relative_to(TOP).as_posix()


def includes(path):
    """(quoted, name) of each #include."""
    found = re.findall(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', path.read_text(), re.M)
    return [(mark == '"', name) for mark, name in found]


def test_the_engine_includes_its_own_headers_and_pure_ones_of_the_c_library():
    strangers = [
        f"{inner(p)}: {name}"
        for p in sources("lib")
        for quoted, name in includes(p)
        if not ((TOP / "lib" / name).exists() if quoted else name in PURE_HEADERS)
    ]
    assert sources("lib") and not strangers, strangers


def test_each_outside_library_has_its_own_door():
    through = {door: set() for door in DOORS}
    for p in sources("lib", "daemon", "cli"):
        for quoted, name in includes(p):
            for door, files in DOORS.items():
                if name.startswith(door) and not quoted:
                    assert inner(p) in files, f"{inner(p)} includes {name}"
                    through[door].add(inner(p))
    assert all(through.values()), through  # a door that nobody uses is a mistake in the table above


@pytest.mark.parametrize("folder", MAY_SEE)
def test_arrows_point_to_the_engine(folder):
    for p in sources(folder):
        for quoted, name in includes(p):
            if not quoted:
                continue
            assert "/" not in name, f"{inner(p)} includes {name}: headers are found by name alone"
            # The compiler looks beside the file first.
            home = folder if (TOP / folder / name).exists() else next(
                (f for f in sorted(MAY_SEE[folder]) if (TOP / f / name).exists()), None)
            assert home, f"{inner(p)} includes {name}"
            assert home == folder or name not in PRIVATE, f"{inner(p)} includes the private {name}"


def engine_symbols():
    """(name, kind, section) of each symbol in each object of the engine's library."""
    library = BUILD / "lib" / "libripng.a"
    assert library.exists(), f"{library} is not there: build first, or set RIPNGD_BUILD"
    text = subprocess.run(["nm", "--format=sysv", library], check=True, capture_output=True, text=True).stdout
    for line in text.splitlines():
        fields = [f.strip() for f in line.split("|")]
        if len(fields) == 7 and fields[0] != "Name":
            yield fields[0], fields[2], fields[6]


def test_the_engine_calls_nothing_but_pure_functions():
    symbols = list(engine_symbols())
    defined = {name for name, kind, _ in symbols if kind not in "Uw"}
    wanted = {name for name, kind, _ in symbols if kind in "Uw"}
    strangers = {n for n in wanted - defined - set(PURE_FUNCTIONS) if not COMPILER_SYMBOLS.match(n)}
    assert "ripng_new" in defined and not strangers, strangers


def test_the_engine_has_no_variable_outside_its_structs():
    symbols = list(engine_symbols())
    if any(COMPILER_SYMBOLS.match(name) and "GLOBAL" not in name for name, _, _ in symbols):
        pytest.skip("a build with sanitizers or coverage has variables of theirs")
    written = {n for n, _, where in symbols if re.match(r"(\.data|\.bss|\.tdata|\.tbss|\*COM\*)", where)
               and not where.startswith(".data.rel.ro")}
    assert not written, written


ALL_C = ("lib", "daemon", "cli", "tests/unit", "tests/sim", "tests/fuzz", "tests/bench")


def test_the_sources_are_formatted():
    done = subprocess.run(["clang-format", "--dry-run", "-Werror", *sources(*ALL_C)], cwd=TOP, capture_output=True, text=True)
    assert done.returncode == 0, "".join(sorted(set(re.findall(r"^.*error:.*\n", done.stderr, re.M))))


def test_each_source_opens_by_saying_what_it_is_for():
    silent = [inner(p) for p in sources(*ALL_C) if not p.read_text().startswith("/*")]
    scripts = sorted(p for p in (TOP / "tests").rglob("*.py"))
    silent += [inner(p) for p in scripts if not p.read_text().startswith(('"""', "#!/usr/bin/env python3\n", "#!/usr/bin/python3\n"))]
    assert not silent, silent


def test_files_and_functions_stay_readable():
    long = []
    for p in sources("lib", "daemon", "cli"):
        lines = p.read_text().splitlines()
        if len(lines) > 620:
            long.append(f"{inner(p)}: {len(lines)} lines")
        start = None
        for number, line in enumerate(lines, 1):
            if line == "{":
                start = number
            elif line == "}" and start:
                if number - start > 75:
                    long.append(f"{inner(p)}:{start}: a function of {number - start} lines")
                start = None
    assert not long, long
