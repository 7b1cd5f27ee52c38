"""tests/conformance.md keeps its word: each test that it names is there, is registered, and is part of the run.

A table row is | number | what | how | proved by |. `how` begins with one of HOW; `proved by` names tests, each in
backticks: `test_input: name` (a function in the table of tests/unit/test_input.c), `test_peers.py: name` (a function of
tests/net or tests/lint), `kit: name` (a rule in tests/unit/kit*.c that every unit test's packets are held against), `sim:
name` (a function of tests/sim). Run by tests/run with pytest; RIPNGD_BUILD names the build folder (default: build).
"""

import json
import os
import re
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("RIPNGD_BUILD", TOP / "build")).resolve()
PAGE = TOP / "tests" / "conformance.md"
UNIT = TOP / "tests" / "unit"

# yes: as it says. choice: it leaves one, and this is ours. differs: not as it says. n/a: nothing of ours it is about.
HOW = ("yes", "choice", "differs", "n/a")
# RFC 2080's own sections, as far as they say anything about a router.
SECTIONS = "1 1.1 1.2 2 2.1 2.1.1 2.2 2.3 2.4 2.4.1 2.4.2 2.5 2.5.1 2.5.2 2.6 3 4".split()

PROOF = re.compile(r"`(\w+(?:\.py)?): (\w+)`")


class Row:
    def __init__(self, line, section, cells):
        self.line, self.section = line, section
        self.number, self.what, self.how, self.proof = cells
        self.kind, _, self.reason = (part.strip() for part in self.how.partition(":"))
        self.proofs = PROOF.findall(self.proof)

    def __str__(self):
        return f"{PAGE.name}:{self.line}: {self.number}"


def read_page():
    rows, section, strange = [], None, []
    for number, line in enumerate(PAGE.read_text().splitlines(), 1):
        if heading := re.match(r"## (\S+)", line):
            section = heading[1]
        if not line.startswith("|") or re.match(r"\|(-+\|)+$|\| number \|", line):
            continue
        cells = [c.strip() for c in line.strip().strip("|").split("|")]
        if len(cells) == 4:
            rows.append(Row(number, section, cells))
        else:
            strange.append(f"{PAGE.name}:{number}: {len(cells)} cells")
    return rows, strange


ROWS, STRANGE = read_page()
PROOFS = sorted({p for row in ROWS for p in row.proofs})


def functions_in_table(text):
    """The functions that a cmocka program runs: each entry of its table is MACRO(function...)."""
    tables = re.findall(r"CMUnitTest \w+\[\] = \{(.*?)\n    \};", text, re.S)
    named = {n for table in tables for n in re.findall(r"^\s*\w+\((\w+)", table, re.M)}
    return {n for n in named if re.search(rf"^(static void {n}\(\s*void \*\*|TEST\({n}\))", text, re.M)}


def programs():
    """The unit tests of the table in tests/unit/meson.build."""
    table = re.search(r"^unit_tests = \{(.*?)^\}", (UNIT / "meson.build").read_text(), re.S | re.M)[1]
    return set(re.findall(r"^  '(\w+)':", table, re.M))


def missing_in_unit(file, name):
    program = file.removeprefix("test_")
    source = UNIT / f"{file}.c"
    if not source.exists():
        return "no such file in tests/unit"
    if program not in programs():
        return "not in the table of tests/unit/meson.build"
    built = BUILD / "meson-info" / "intro-tests.json"
    if built.exists() and program not in {t["name"] for t in json.loads(built.read_text())}:
        return f"meson left it out of {BUILD.name}"
    return None if name in functions_in_table(source.read_text()) else "not in the program's table"


def missing_in_pytest(file, name):
    found = [p for p in (TOP / "tests" / "net" / file, TOP / "tests" / "lint" / file) if p.exists()]
    if not found or not file.startswith("test_") or not name.startswith("test_"):
        return "nothing that tests/run gives to pytest"
    above = re.search(rf"((?:^@.*\n)*)^def {name}\(", found[0].read_text(), re.M)
    if not above:
        return "no such function"
    return "skipped" if re.search(r"skip|xfail", above[1]) else None


def missing_in_kit(name):
    text = "".join(p.read_text() for p in sorted(UNIT.glob("kit*.c")))
    defined = re.search(rf"^(?:static )?\w+ \*?{name}\(", text, re.M)
    return None if defined and len(re.findall(rf"\b{name}\(", text)) > 1 else "no such rule, or nobody calls it"


def missing_in_sim(name):
    if not (TOP / "tests" / "sim" / "meson.build").exists():
        return "the simulator is not part of the run"
    text = "".join(p.read_text() for p in sorted((TOP / "tests" / "sim").glob("*.c")))
    return None if re.search(rf"^(?:static )?[\w *]+\b{name}\(", text, re.M) else "no such function"


def missing(file, name):
    """Why this is no proof; None: it is one."""
    if file == "kit":
        return missing_in_kit(name)
    if file == "sim":
        return missing_in_sim(name)
    return missing_in_pytest(file, name) if file.endswith(".py") else missing_in_unit(file, name)


def test_the_page_has_rows_and_each_has_four_cells():
    assert len(ROWS) > 100
    assert not STRANGE


def test_numbers_are_unique_and_stand_in_their_section():
    numbers = [r.number for r in ROWS]
    assert not [n for n in numbers if numbers.count(n) > 1]
    assert not [str(r) for r in ROWS if not re.fullmatch(rf"{re.escape(r.section)}-\d+", r.number)]


def test_each_section_of_the_rfc_is_there():
    there = {r.section for r in ROWS}
    assert not [s for s in SECTIONS if s not in there]


def test_each_row_says_how():
    assert not [f"{r}: {r.kind}" for r in ROWS if r.kind not in HOW or not r.what]


def test_what_is_not_done_to_the_letter_has_a_reason():
    assert not [str(r) for r in ROWS if r.kind != "yes" and len(r.reason) < 20]


def test_what_is_done_has_a_proof():
    assert not [str(r) for r in ROWS if r.kind != "n/a" and not r.proofs]


def test_nothing_but_tests_is_named_as_a_proof():
    assert not [f"{r}: {rest}" for r in ROWS if (rest := PROOF.sub("", r.proof).strip(" ,"))]


@pytest.mark.parametrize("file", sorted({file for file, _ in PROOFS}))
def test_each_test_named_is_there_and_runs(file):
    assert not [f"{name}: {why}" for f, name in PROOFS if f == file and (why := missing(f, name))]
