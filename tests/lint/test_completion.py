"""The completions of bash and zsh offer the commands and options that `ripngctl --help` lists, and what a daemon knows:
here a stand-in for ripngctl has the answers; tests/net/test_control.py asks a real one."""

import os
import pty
import re
import select
import shlex
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("RIPNGD_BUILD", TOP / "build")).resolve()
BASH = TOP / "cli" / "completion" / "ripngctl.bash"
ZSH = TOP / "cli" / "completion" / "_ripngctl"
HELP = subprocess.run([BUILD / "cli" / "ripngctl", "--help"], capture_output=True, text=True, check=True).stdout


def help_commands():
    """([first words], [words after show]) in the order of the help."""
    names = [c.split() for c in re.findall(r"^  ((?:[a-z]+ ?)+?)(?: [A-Z\[].*?)?(?:  |$)", HELP, re.M)]
    return sorted({n[0] for n in names}), sorted(n[1] for n in names if n[0] == "show")


def help_options():
    return sorted(re.findall(r"^  -\w, (--[a-z-]+)", HELP, re.M))


STUB = r"""#!/bin/sh
case "$*" in
"-j show route" | "-s /run/other.sock -j show route")
    printf '[\n{"prefix":"2001:db8:1::/48","nexthop":null},\n{"prefix":"2001:db8:2::/48","nexthop":null},\n{"prefix":"fd00::/8"}\n]\n' ;;
"-j show neigh")
    printf '[\n{"address":"fe80::a8bb:1","interface":"eth0","routes":1},\n{"address":"fe80::b","interface":"$(>x)"}\n]\n' ;;
*) echo "no daemon" >&2; exit 3 ;;
esac
"""


@pytest.fixture
def place(tmp_path):
    """A folder with a ripngctl that has some routes and neighbours, and a file."""
    (tmp_path / "ripngctl").write_text(STUB)
    (tmp_path / "ripngctl").chmod(0o755)
    (tmp_path / "a socket").write_text("")
    return tmp_path


def complete(*words, folder=TOP, breaks="", program="ripngctl"):
    """What bash offers for the last of these words; `breaks` are bash's COMP_WORDBREAKS."""
    line = " ".join((program, *words))
    script = f'source {shlex.quote(str(BASH))}; COMP_WORDBREAKS=$2; COMP_LINE=$1; COMP_POINT=${{#1}}; _ripngctl {program}; ((!${{#COMPREPLY[@]}})) || printf "%s\\n" "${{COMPREPLY[@]}}"'
    env = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}
    done = subprocess.run(["bash", "-uc", script, "bash", line, breaks], capture_output=True, text=True, cwd=folder, env=env)
    assert done.returncode == 0 and not done.stderr, done.stderr
    return sorted(done.stdout.splitlines())


def test_bash_offers_the_commands_and_options_of_the_help():
    first, shows = help_commands()
    assert {"show", "doctor"} <= set(first) and "route" in shows and "--json" in help_options()
    assert complete("") == first
    assert complete("show", "") == shows
    assert complete("--") == complete("show", "-") == help_options()
    assert sorted({*complete("show", "route", "-"), *complete("show", "status", "-")}) == help_options()


@pytest.mark.parametrize("words, offered", [
    (["sh"], ["show"]),
    (["show", "r"], ["route"]),
    (["-j", "show", "n"], ["neigh"]),
    (["-s", "/run/other.sock", "show", "st"], ["status"]),
    (["--socket", "READ"], ["README.md"]),
    (["show", "status", "--p"], ["--prometheus"]),
    (["show", "route", "--p"], []),
    (["show", "neigh", "--a"], []),
    (["sh", "ro", "2001:db8:1::1", "-j", "--a"], ["--all"]),
    (["show", "interface", ""], []),
    (["reload", ""], []),
    (["nonsense"], []),
    (["show", "nonsense", ""], []),
])  # fmt: skip
def test_bash_offers(words, offered):
    assert complete(*words) == offered


@pytest.mark.parametrize("words, offered", [
    (["show", "route", ""], ["2001:db8:1::/48", "2001:db8:2::/48", "fd00::/8"]),
    (["s", "r", "-j", "2001:db8:1"], ["2001:db8:1::/48"]),
    (["show", "route", "fd00::/8", ""], []),
    (["-s", "/run/other.sock", "show", "route", "f"], ["fd00::/8"]),
    (["-s", "/run/third.sock", "show", "route", "f"], []),
    (["q", "fe80::a"], ["fe80::a8bb:1%eth0"]),
    (["query", "fe80::b"], [r"fe80::b%\$\(\>x\)"]),
    (["query", "fe80::77%l"], ["fe80::77%lo"]),
    (["query", "fe80::77%lo", "fd00::/8", "2001:db8:2"], ["2001:db8:2::/48"]),
])  # fmt: skip
def test_bash_offers_what_the_daemon_knows(place, words, offered):
    assert complete(*words, folder=place) == offered
    assert not (place / "x").exists()  # and runs no name


def test_bash_offers_what_is_behind_the_last_colon_where_it_cuts_words_there(place):
    assert complete("show", "route", "2001:db8:", folder=place, breaks=":=") == ["1::/48", "2::/48"]
    assert complete("show", "r", folder=place, breaks=":=") == ["route"]


def typed(shell, folder, line):
    """The line as it is after TAB in an interactive shell. The marks are written so that the echo doesn't have them."""
    rc = {
        "bash": f"PS1='REA''DY>'; PS2=; bind 'set enable-bracketed-paste off'; source {BASH}\n",
        "zsh": f"unsetopt beep; PS1='REA''DY>'; bindkey -e; fpath=({ZSH.parent} $fpath); autoload -Uz compinit; compinit -u -D\n",
    }[shell]
    (folder / f".{shell}rc").write_text(rc)
    argv = {"bash": ["bash", "--noprofile", "--rcfile", folder / ".bashrc", "-i"], "zsh": ["zsh", "-i"]}[shell]
    env = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}", "ZDOTDIR": str(folder), "TERM": "dumb", "HOME": str(folder)}
    pid, fd = pty.fork()
    if pid == 0:
        os.chdir(folder)
        os.execvpe(argv[0], argv, env)
    text = ""

    def read_to(mark):
        nonlocal text
        while not (found := re.search(mark, text, re.S)):
            ready, _, _ = select.select([fd], [], [], 60)
            assert ready, text
            text += os.read(fd, 65536).decode(errors="replace")
        return found

    try:
        read_to("READY>")
        text = ""
        os.write(fd, f"{line}\t\x01echo 'RES''ULT[' \x05 ']'\n".encode())
        found = read_to(r"\nRESULT\[ ([^\r\n]*) \]")
        os.write(fd, b"exit\n")
        return found.group(1)
    finally:
        os.close(fd)
        os.waitpid(pid, 0)


@pytest.mark.parametrize("shell", ["bash", "zsh"])
@pytest.mark.parametrize("line, after", [
    ("ripngctl s", "ripngctl show "),
    ("ripngctl show i", "ripngctl show interface "),
    ("ripngctl sh ro 2001:db8:1", "ripngctl sh ro 2001:db8:1::/48 "),
    ("ripngctl -s /run/other.sock sh ro f", "ripngctl -s /run/other.sock sh ro fd00::/8 "),
    ("ripngctl show route --al", "ripngctl show route --all "),
    ("ripngctl query fe80::a", "ripngctl query fe80::a8bb:1%eth0 "),
    ("ripngctl query fe80::b", "ripngctl query fe80::b%$(>x) "),
    ("ripngctl query fe80::1%lo", "ripngctl query fe80::1%lo "),
    ("ripngctl query fe80::1%lo fd", "ripngctl query fe80::1%lo fd00::/8 "),
    ("ripngctl -s ./a", "ripngctl -s ./a socket "),
    ("ripngctl reload ", "ripngctl reload "),
])  # fmt: skip
def test_a_key_in_a_shell_completes(shell, place, line, after):
    assert typed(shell, place, line).split() == after.replace("'", "").split()
    assert not (place / "x").exists()


def test_the_completion_of_bash_is_clean_for_shellcheck():
    subprocess.run(["shellcheck", "-s", "bash", BASH], check=True)


def test_bash_registers_the_completion():
    done = subprocess.run(["bash", "-euc", f"source {BASH}; complete -p ripngctl"], capture_output=True, text=True, check=True)
    assert done.stdout == "complete -F _ripngctl ripngctl\n"


def test_zsh_has_the_commands_and_options_of_the_help():
    text = ZSH.read_text()
    first, shows = help_commands()
    assert text.startswith("#compdef ripngctl\n")
    assert sorted(re.search(r"^commands=\((.*)\)$", text, re.M).group(1).split()) == first
    assert sorted(re.search(r"^shows=\((.*)\)$", text, re.M).group(1).split()) == shows
    pairs = re.findall(r"'\(-(\w) (--[a-z-]+)\)'\{-(\w),(--[a-z-]+)\}", text)
    assert all((a, b) == (c, d) for a, b, c, d in pairs) and sorted(b for _, b, _, _ in pairs) == help_options()
    assert sorted(f"-{a}, {b}" for a, b, _, _ in pairs) == sorted(re.findall(r"^  (-\w, --[a-z-]+)", HELP, re.M))
