"""The documents are true: README, man pages and conf/ripngd.conf against the programs.

Every example is run: configurations through `ripngd -t`, commands by a shell next to a running daemon, README's
installation into a folder of its own. Every default and range that a page names is compared with what the program
takes. Run by tests/run with pytest, as root; RIPNGD_BUILD names the build folder (default: build).
"""

import json
import os
import re
import shlex
import subprocess
import time
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("RIPNGD_BUILD", TOP / "build")).resolve()
RIPNGD = BUILD / "daemon" / "ripngd"
RIPNGCTL = BUILD / "cli" / "ripngctl"
PAGES = ["ripngd.8", "ripngd.conf.5", "ripngctl.8", "ripngd-migrate.7"]
DEADLINE = 60

# --- reading the documents --------------------------------------------------


def page(name):
    """A man page as it is installed: with the paths of this build."""
    path = BUILD / "man" / name
    assert path.exists(), f"{path} is not there: build first, or set RIPNGD_BUILD"
    return path.read_text()


def man_examples(kind):
    """The literal blocks that are marked `.\\" example: KIND`."""
    found = []
    for name in PAGES:
        blocks = re.findall(r'^\.\\" example: %s\n\.Bd -literal.*\n((?:.*\n)*?)\.Ed$' % kind, page(name), re.M)
        found += [(f"{name}-{i}", re.sub(r"\\\(aq", "'", b).replace("\\e", "\\")) for i, b in enumerate(blocks, 1)]
    return found


def readme_examples(kind):
    blocks = re.findall(r"^```%s\n(.*?)^```$" % kind, (TOP / "README.md").read_text(), re.M | re.S)
    return [(f"README-{i}", b) for i, b in enumerate(blocks, 1)]


def examples(kind):
    found = man_examples(kind) + readme_examples(kind)
    return pytest.mark.parametrize("text", [t for _, t in found], ids=[n for n, _ in found])


def page_settings():
    """{(section, setting): (default, low, high)} of ripngd.conf.5; outside any section: ""."""
    settings, section, names = {}, None, []
    for line in page("ripngd.conf.5").splitlines():
        if line.startswith(".Ss "):
            section = line.split()[1] if not line.endswith("Outside any section") else ""
        elif line.startswith(".Sh "):
            section = None
        elif line.startswith(".It Cm ") and section is not None:
            names.append(line.split()[2])
        elif line.startswith("Default: "):
            default, low, high = re.fullmatch(r"Default: (.+?)(?:; from ([\d.]+) to ([\d.]+))?\.", line).groups()
            settings[section, names[-1]] = (default, low, high)
    return settings


def awake(text):
    """Sleeping settings ('#redistribute static {', '#    metric = 1') take effect; '# Words' stay words."""
    return re.sub(r"^#(?=\S|    )", "", text, flags=re.M)


def file_settings():
    """{(section, setting): value} of conf/ripngd.conf; what is commented out in it counts, sections of a kind are one."""
    settings, section = {}, ""
    for line in (TOP / "conf" / "ripngd.conf").read_text().splitlines():
        line = awake(line)
        quoted = re.match(r'(?:[^"#]|"[^"]*")*', line).group()
        opened = re.match(r"\s*([a-z-]+)(?:\s+\S+)?\s*\{", quoted)
        if opened and "=" not in quoted[: opened.end()]:
            section = opened.group(1)
            quoted = quoted[opened.end() :]
        for name, value in re.findall(r'([a-z-]+)\s*=\s*("[^"]*"|\{[^}]*\}|[^\s}]+)', quoted):
            settings.setdefault((section, name), value)
        if re.search(r"\}\s*$", quoted) and not re.search(r"=\s*\{[^}]*\}\s*$", quoted):
            section = ""
    return settings


# --- running the programs ---------------------------------------------------


def check_config(tmp_path, text):
    path = tmp_path / "ripngd.conf"
    path.write_text(text)
    return subprocess.run([RIPNGD, "-t", "-c", path], capture_output=True, text=True, timeout=DEADLINE)


@pytest.fixture(scope="module")
def playground(tmp_path_factory):
    """A shell beside a running daemon, in a network of its own: run(line) -> the finished process.

    `ripngctl` reaches that daemon; `ripngd` only has its options checked; for tools that a machine may lack there are
    stand-ins that do what the examples want of them.
    """
    work = tmp_path_factory.mktemp("docs")
    bin_, socket = work / "bin", work / "ripngd.sock"
    bin_.mkdir()
    (work / "ripngd.conf").write_text((TOP / "conf" / "ripngd.conf").read_text())
    scripts = {
        "ripngctl": f'#!/bin/sh\nexec {RIPNGCTL} -s {socket} "$@"\n',
        "ripngd": f'#!/bin/sh\nexec {RIPNGD} -t "$@"\n',
        "jq": '#!/usr/bin/python3\nimport json, sys\nassert "prefix" in json.load(sys.stdin)[0] and sys.argv[1] == "-r"\n',
        "socat": "#!/usr/bin/python3\nimport socket, sys\n"
        f'assert sys.argv[1:] == ["-", "UNIX-CONNECT:{default_socket()}"]\n'
        f's = socket.socket(socket.AF_UNIX)\ns.connect("{socket}")\ns.sendall(sys.stdin.buffer.read())\n'
        "s.shutdown(socket.SHUT_WR)\ntext = b''.join(iter(lambda: s.recv(65536), b''))\n"
        'assert text.endswith(b\'{"end":true}\\n\'), text\n',
    }
    for name, text in scripts.items():
        (bin_ / name).write_text(text)
        (bin_ / name).chmod(0o755)
    setup = "echo 1 >/proc/sys/net/ipv6/conf/all/forwarding; ip link set lo up; ip link add d0 type veth peer name d1; ip link set d0 up; ip link set d1 up; ip -6 addr add 2001:db8:1::1/64 dev d0 nodad"
    conf = work / "own.conf"
    conf.write_text("")
    daemon = subprocess.Popen(
        ["unshare", "-n", "sh", "-ec", f"{setup}; exec {RIPNGD} -c {conf} -s {socket}"],
        stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    end = time.monotonic() + DEADLINE
    ask = [RIPNGCTL, "-s", socket, "-j", "show", "route", "2001:db8:1::17"]
    while subprocess.run(ask, capture_output=True, timeout=DEADLINE).returncode != 0:
        assert daemon.poll() is None and time.monotonic() < end, daemon.stderr.read() if daemon.poll() else "no route"
        time.sleep(0.05)

    def run(line):
        inside = ["nsenter", f"--net=/proc/{daemon.pid}/ns/net", "bash", "-euo", "pipefail", "-c", line]
        path = f"{bin_}:{os.environ['PATH']}:/usr/sbin:/sbin"
        return subprocess.run(inside, cwd=work, env={**os.environ, "PATH": path}, capture_output=True, text=True, timeout=DEADLINE)

    try:
        yield run
    finally:
        daemon.terminate()
        daemon.communicate(timeout=DEADLINE)


def default_socket():
    return re.search(r"control socket.*\((.+)\)", subprocess.run([RIPNGD, "-h"], capture_output=True, text=True).stdout).group(1)


# --- man pages ----------------------------------------------------------------


@pytest.mark.parametrize("name", PAGES)
def test_man_page_is_clean(name):
    for path in (TOP / "man" / name, BUILD / "man" / name):
        done = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", path], capture_output=True, text=True)
        assert done.returncode == 0 and not done.stdout, done.stdout


@pytest.mark.parametrize("name", PAGES)
def test_man_page_shows_no_example_that_nobody_runs(name):
    kinds = ("conf", "sh", "bird", "birdospf", "frr", "babeld", "xfrm")
    assert page(name).count("\n.Bd ") == sum(n.startswith(name) for k in kinds for n, _ in man_examples(k))
    # bird and frr: tests/net/test_examples.py


@pytest.mark.parametrize("program, name", [(RIPNGD, "ripngd.8"), (RIPNGCTL, "ripngctl.8")])
def test_man_page_lists_the_options_and_paths_of_the_program(program, name):
    text = subprocess.run([program, "-h"], capture_output=True, text=True, check=True).stdout
    options = set(re.findall(r"^  (-\w), --([a-z-]+)", text, re.M))
    listed = set(re.findall(r"^\.It Fl (\w) , Fl Fl ([a-z-]+)", page(name), re.M))
    assert len(options) > 3 and {(o[1:], long) for o, long in options} == listed
    for path in re.findall(r"\((/[^\s,)]+)", text):
        assert path in page(name)
        assert path in page("ripngd.8")


def test_man_page_lists_the_commands_of_ripngctl():
    text = subprocess.run([RIPNGCTL, "-h"], capture_output=True, text=True, check=True).stdout
    commands = set(re.findall(r"^  ((?:[a-z]+ ?)+)(?: [A-Z\[].*?)?(?:  |$)", text, re.M))
    listed = set(re.findall(r"^\.It Cm ((?:[a-z]+ ?)+)(?: Op| Ar|$)", page("ripngctl.8"), re.M))
    assert commands and {c.strip() for c in commands} == {c.strip() for c in listed}


def test_man_page_lists_the_fields_of_the_objects(playground):
    """Each field that the daemon sends is named in ripngctl(8); neighbours it has none here, so theirs from show.c."""
    text = re.search(r"^\.Sh JSON$(.*?)^\.S[hs]", page("ripngctl.8"), re.M | re.S).group(1)
    items = {k: set(re.findall(r"[a-z_]+", body)) for k, body in re.findall(r"^\.It Sy (\w+)$(.*?)(?=^\.It|^\.El)", text, re.M | re.S)}
    for kind in ("route", "interface", "status"):
        objects = json.loads(playground(f"ripngctl -j show {kind}").stdout)
        assert objects and set(objects[0]) <= items[kind], kind
    fields = re.findall(r'\[N_\w+\] = \{"(\w+)"', (TOP / "daemon" / "show.c").read_text())
    assert len(fields) > 5 and set(fields) <= items["neigh"]


# --- examples -------------------------------------------------------------------


@examples("conf")
def test_example_of_a_configuration_is_accepted(tmp_path, text):
    done = check_config(tmp_path, text)
    assert done.returncode == 0, done.stdout + done.stderr


def commands(text):
    """The lines of a shell example, without remarks."""
    return [line for line in (re.sub(r"\s+#.*", "", line) for line in text.splitlines()) if line.strip()]


@examples("sh")
def test_example_of_ripngctl_is_understood_without_a_daemon(tmp_path, text):
    for line in commands(text):
        for part in re.split(r"\s\|\s", line):
            if part.split()[0] == "ripngctl":
                done = subprocess.run([RIPNGCTL, "-s", tmp_path / "none", *shlex.split(part)[1:]], capture_output=True, text=True)
                # That there is none is what a doctor finds; all others can't go on.
                expected = 1 if "doctor" in part.split() else 3
                assert done.returncode == expected, f"{line}: {done.stderr}"


# Run elsewhere: what installs is test_readme_installation_works', what runs tests is tests/run's.
ELSEWHERE = ("apt-get", "dpkg-", "meson", "systemctl", "systemd-", "tests/run")


@examples("sh")
def test_example_of_commands_works_beside_a_daemon(playground, text):
    for line in commands(text):
        if not line.startswith(ELSEWHERE):
            done = playground(line)
            assert done.returncode == 0, f"{line}: {done.stdout}{done.stderr}"


@examples("xfrm")
def test_example_of_authentication_has_policies_that_the_kernel_takes(text):
    """The last command needs a kernel with AH for IPv6; where there is none, its words and numbers are right nevertheless:
    it fails with what the page says. That AH then does its work was tried by hand, on Debian 12's kernel."""
    *policies, state = re.split(r"^(?=ip xfrm)", text, flags=re.M)[1:]
    assert len(policies) == 2 and " state add " in state
    script = f"set -e\nip link add eth0 type veth peer name eth1\n{text[: -len(state)]}ip xfrm policy\n{state}"
    done = subprocess.run(["unshare", "-n", "bash", "-c", script], capture_output=True, text=True, timeout=DEADLINE)
    for way in ("out", "in"):
        assert re.search(rf"dst ff02::9/128 proto udp dport 521 dev eth0 *\n\s+dir {way} ", done.stdout), done.stdout + done.stderr
    said = re.search(r"\.Qq (Requested.*) ,", page("ripngd.8")).group(1)
    assert done.returncode == 0 or done.stderr.strip() == f"Error: {said}.", done.stderr


# --- settings --------------------------------------------------------------------


def test_the_pages_and_the_file_have_the_same_settings_and_defaults():
    pages, file = page_settings(), file_settings()
    assert len(pages) > 25 and set(pages) == set(file)
    for key, (default, _, _) in pages.items():
        if key not in (("redistribute", "protocols"), ("filter", "rules")):  # the file has examples of them, asleep
            assert default == file[key], key


def test_the_shipped_file_is_accepted(tmp_path):
    done = check_config(tmp_path, (TOP / "conf" / "ripngd.conf").read_text())
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_shipped_file_is_accepted_with_its_sleeping_sections_awake(tmp_path):
    text = awake((TOP / "conf" / "ripngd.conf").read_text())
    done = check_config(tmp_path, text)
    assert "redistribute kernel {" in text and done.returncode == 0, done.stdout + done.stderr


def setting_text(section, name, value):
    titles = {"aggregate": '"2001:db8::/48"', "route": '"2001:db8::/48"', "interface": "eth0", "redistribute": "static" if name != "protocols" else "kernel"}
    others = {"triggered-min": " triggered-max = 86400", "triggered-max": " triggered-min = 0.05"}.get(name, "")
    if not section:
        return f"{name} = {value}\n"
    return f"{section} {titles.get(section, '')} {{ {name} = {value}{others} }}\n"


RANGES = {k: v for k, v in page_settings().items() if v[1]} if (BUILD / "man").exists() else {}


@pytest.mark.parametrize("section, name", RANGES, ids=[".".join(k) for k in RANGES])
def test_the_range_in_the_page_is_the_range_of_the_program(tmp_path, section, name):
    default, low, high = RANGES[section, name]
    step = 1 if "." not in low else 0.01
    for value in (default, low, high):
        done = check_config(tmp_path, setting_text(section, name, value))
        assert done.returncode == 0, done.stderr
    for value in (float(low) - step, float(high) + step):
        text = f"{value:.2f}" if step < 1 else f"{value:.0f}"
        done = check_config(tmp_path, setting_text(section, name, text))
        assert done.returncode == 1 and f":1: {name}: " in done.stderr, f"{text}: {done.stderr}"
        if value > 0:
            assert f"out of range ({low} to {high}" in done.stderr


WORDS = {  # settings whose words the page lists
    ("interface", "split-horizon"): ["poison", "simple", "off"],
    ("default-route", "originate"): ["never", "always", "if-present"],
    ("log", "level"): ["error", "warning", "notice", "info", "debug"],
}


@pytest.mark.parametrize("section, name", WORDS, ids=[".".join(k) for k in WORDS])
def test_the_words_in_the_page_are_those_of_the_program(tmp_path, section, name):
    text = re.search(rf"^\.It Cm {name}\n(.*?)^Default", page("ripngd.conf.5"), re.M | re.S).group(1)
    listed = re.findall(r"\b(%s)\b" % "|".join(WORDS[section, name]), " ".join(re.findall(r"^\.Cm (.*)$", text, re.M)))
    assert listed == WORDS[section, name]
    assert check_config(tmp_path, setting_text(section, name, "nonsense")).stderr.endswith(
        " is none of " + ", ".join(listed) + "\n")
    for word in listed:
        assert check_config(tmp_path, setting_text(section, name, word)).returncode == 0


# --- README ------------------------------------------------------------------------


def test_readme_names_only_what_is_there():
    text = (TOP / "README.md").read_text()
    listed = re.findall(r"`((?:tests|lib|daemon|cli|conf|man)/[\w./-]*)`|\]\(([\w./-]+)\)", text, re.M)
    paths = {p for found in listed for p in found if p}
    for path in paths | {"tests/run", "tests/demo"}:
        assert (TOP / path).exists(), path


def test_readme_packages_are_those_of_the_test_run():
    packages = set(re.search(r"^apt-get install -y (gcc .*)$", (TOP / "README.md").read_text(), re.M).group(1).split())
    listed = re.search(r"^PACKAGES_BUILD=\(([^)]*)\)", (TOP / "tests" / "common.sh").read_text(), re.M).group(1).split()
    assert packages == set(listed) - {"libcmocka-dev"}


def test_readme_single_tests_exist():
    text = (TOP / "README.md").read_text()
    done = subprocess.run(["meson", "test", "-C", BUILD, "--list"], capture_output=True, text=True)
    programs = {line.split(" / ")[-1].strip() for line in done.stdout.splitlines()}
    wanted = re.findall(r"^tests/run unit (\w+)", text, re.M)
    assert wanted and set(wanted) <= programs
    for folder, word in re.findall(r"^tests/run (net|lint) -k (\w+)", text, re.M):
        tests = "".join(p.read_text() for p in (TOP / "tests" / folder).glob("test_*.py"))
        assert re.search(rf"^def test_\w*{word}", tests, re.M), word


def test_readme_installation_works(tmp_path):
    """README's meson lines, with a folder for `build` and DESTDIR for the machine."""
    build, machine = tmp_path / "build", tmp_path / "machine"
    block = next(text for _, text in readme_examples("sh") if "meson install" in text)
    env = {**os.environ, "DESTDIR": str(machine)}
    for line in commands(block):
        if line.startswith("meson "):
            words = [str(build) if w == "build" else w for w in shlex.split(line)]
            done = subprocess.run(words, cwd=TOP, env=env, capture_output=True, text=True, timeout=20 * DEADLINE)
            assert done.returncode == 0, f"{line}: {done.stdout}{done.stderr}"
    there = {p.relative_to(machine).as_posix() for p in machine.rglob("*") if p.is_file()}
    assert there == {
        "usr/local/bin/ripngctl",
        "usr/local/etc/ripngd.conf",
        "usr/local/lib/systemd/system/ripngd.service",
        "usr/local/lib/sysusers.d/ripngd.conf",
        "usr/local/lib/tmpfiles.d/ripngd.conf",
        "usr/local/sbin/ripngd",
        "usr/local/share/bash-completion/completions/ripngctl",
        "usr/local/share/zsh/site-functions/_ripngctl",
        "usr/local/share/man/man5/ripngd.conf.5",
        "usr/local/share/man/man7/ripngd-migrate.7",
        "usr/local/share/man/man8/ripngctl.8",
        "usr/local/share/man/man8/ripngd.8",
    }
    # A second installation leaves an edited configuration alone.
    conf = machine / "usr/local/etc/ripngd.conf"
    conf.write_text("# mine\n")
    subprocess.run(["meson", "install", "-C", build], env=env, check=True, capture_output=True, timeout=DEADLINE)
    assert conf.read_text() == "# mine\n"
    unit_is_good(machine)


def unit_is_good(machine):
    """systemd finds nothing wrong with the unit, and its commands are programs that were installed."""
    unit = machine / "usr/local/lib/systemd/system/ripngd.service"
    for command in re.findall(r"^Exec\w+=(\S+)", unit.read_text(), re.M):
        assert (machine / command.lstrip("/")).exists()
        unit.write_text(unit.read_text().replace(command, str(machine / command.lstrip("/"))))
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True)
    assert done.returncode == 0 and "ripngd.service" not in done.stderr, done.stderr


def test_the_programs_tell_the_version_of_the_project():
    version = re.search(r"version: '([^']+)'", (TOP / "meson.build").read_text()).group(1)
    for program in (RIPNGD, RIPNGCTL):
        done = subprocess.run([program, "-V"], capture_output=True, text=True, check=True)
        assert done.stdout == f"{program.name} {version}\n"
    assert f"## {version}" in (TOP / "CHANGELOG.md").read_text()
