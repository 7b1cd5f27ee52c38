"""The completions of bash and zsh know the commands and options that `ripngctl --help` lists, and bash's offers them."""

import os
import re
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


def complete(*words):
    """What bash offers for the last of these words."""
    line = " ".join(shlex.quote(w) for w in ("ripngctl", *words))
    script = f'source {shlex.quote(str(BASH))}; COMP_WORDS=({line}); COMP_CWORD={len(words)}; _ripngctl; printf "%s\\n" "${{COMPREPLY[@]}}"'
    done = subprocess.run(["bash", "-euc", script], capture_output=True, text=True, cwd=TOP)
    assert done.returncode == 0 and not done.stderr, done.stderr
    return sorted(done.stdout.split())


def test_bash_offers_the_commands_and_options_of_the_help():
    first, shows = help_commands()
    assert {"show", "doctor"} <= set(first) and "route" in shows and "--json" in help_options()
    assert complete("") == first
    assert complete("show", "") == shows
    assert complete("--") == complete("show", "route", "-") == help_options()


@pytest.mark.parametrize("words, offered", [
    (["sh"], ["show"]),
    (["show", "r"], ["route"]),
    (["-j", "show", "n"], ["neigh"]),
    (["-s", "/run/other.sock", "show", "st"], ["status"]),
    (["--socket", "READ"], ["README.md"]),
    (["show", "status", "--p"], ["--prometheus"]),
    (["show", "route", ""], []),
    (["reload", ""], []),
    (["nonsense"], []),
])  # fmt: skip
def test_bash_offers(words, offered):
    assert complete(*words) == offered


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
