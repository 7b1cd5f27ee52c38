"""The bench: ripngd, BIRD, FRR and the kernel's own limit, side by side in one run. tests/bench/run calls it.

Prints a table of medians with the spread in parentheses, what each is in proportion to ripngd, and the goal; writes all
values as JSON. Where `--short`, it only sees to it that everything still works and judges no time. The exit status is 1
where something could not be measured, never where something was slow.
"""

import argparse
import json
import os
import platform
import statistics
import sys
import time
import traceback
import xml.etree.ElementTree as ElementTree
from concurrent.futures import ThreadPoolExecutor

import instructions
import rows
from rows import FEW, ONCE, ROWS, SCENARIOS, SHORT, SLOW, Frr, Ours, Scale

COLUMNS = ("netlink", "floor-rx", "ripngd", "bird", "frr")
ENGINE = "engine"
ALIAS = {"floor-count": "floor-rx"}  # the floor of receiving alone


def runs_of(scenario, who, scale):
    if scenario in ONCE:
        return 1
    if (scenario, who) in SLOW:
        return scale.frr_runs
    return (scale.runs + 1) // 2 if scenario in FEW else scale.runs


class Bench:
    def __init__(self, scale, only):
        self.scale, self.only = scale, only
        self.values = {}  # row -> contestant -> values
        self.done, self.failed = [], []
        self.instructions = {}  # what is done -> number of routes -> instructions a route

    def measure(self, scenario, who):
        begin = time.monotonic()
        try:
            found = scenario(who, self.scale)
        except Exception:  # said, counted, and the others go on
            self.failed.append(f"{scenario.__name__} of {who.name}")
            traceback.print_exc()
            return
        self.done.append(f"{scenario.__name__} of {who.name}")
        for row, value in found.items():
            self.values.setdefault(row, {}).setdefault(ALIAS.get(who.name, who.name), []).append(value)
        said = ", ".join(f"{k} {v:.4g}" for k, v in found.items())
        print(f"{scenario.__name__:12} {who.name:12} {time.monotonic() - begin:5.1f} s: {said}", file=sys.stderr, flush=True)

    def count_instructions(self):
        try:
            self.instructions = instructions.count(self.scale.engine_routes)
            self.done.append("the engine's instructions")
        except Exception:
            self.failed.append("the engine's instructions")
            traceback.print_exc()

    def run(self):
        if not self.only or ENGINE in self.only:
            self.count_instructions()
        work = [
            (scenario, who)
            for scenario, contestants in SCENARIOS
            if not self.only or scenario.__name__ in self.only
            for i in range(self.scale.runs)
            for who in contestants
            if (who is not Frr or self.scale.frr) and i < runs_of(scenario, who, self.scale)
        ]
        # Those that disturb each other spoil each other's figures, but nothing else.
        with ThreadPoolExecutor(self.scale.at_once) as pool:
            list(pool.map(lambda one: self.measure(*one), work))

    # --- what came of it ---

    def title(self, row):
        def timers(t):
            return "/".join(map(str, t))

        s = self.scale
        return ROWS[row].name.format(n=f"{s.routes:,}", ring=timers(s.ring_timers), slow=timers(s.ring_slow_timers))

    def goal(self, row):
        """(text, reached); reached is None where nothing of ours is there to judge."""
        r, mine = ROWS[row], self.values[row].get("ripngd")
        if r.goal is None:
            return "", None
        value = statistics.median(mine) if mine else None
        if r.of:
            other = self.values[row].get(r.of)
            ratio = value / statistics.median(other) if mine and other else None
            return f"{r.goal:g} x {r.of}" + (f" (is {ratio:.2f})" if ratio else ""), ratio and ratio <= r.goal
        if r.about:
            return f"{r.goal:g} {r.unit}", mine and value >= r.goal
        return f"{r.goal:g} {r.unit}", mine and value <= r.goal

    def table(self):
        judged = self.scale.judged
        lines = [["what", "unit", *COLUMNS] + ["goal", ""] * judged]
        for row in ROWS:
            found = self.values.get(row)
            if not found:
                continue
            text, reached = self.goal(row)
            cells = [cell(found.get(c), found.get("ripngd"), c) for c in COLUMNS]
            verdict = [text, {True: "yes", False: "NO"}.get(reached, "")]
            lines.append([self.title(row), ROWS[row].unit, *cells] + verdict * judged)
        lines.insert(1, ["---"] * len(lines[0]))
        return "\n".join("| " + " | ".join(line) + " |" for line in lines)

    def engine_table(self):
        counts = self.scale.engine_routes
        lines = [["instructions of the engine a route, of", *(f"{n:,}" for n in counts)], ["---"] * (len(counts) + 1)]
        for what, by in self.instructions.items():
            lines.append([what, *(f"{by[n]:,.0f}" for n in counts)])
        return "\n".join("| " + " | ".join(line) + " |" for line in lines)

    def json(self):
        return {
            "machine": {"cpus": os.cpu_count(), "kernel": platform.release(), "load": os.getloadavg()},
            "when": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "scale": vars(self.scale),
            "rows": {
                row: {
                    "what": self.title(row),
                    "unit": ROWS[row].unit,
                    "goal": self.goal(row)[0],
                    "values": by,
                    "median": {who: statistics.median(v) for who, v in by.items()},
                }
                for row, by in self.values.items()
            },
            "instructions": self.instructions,
            "failed": self.failed,
        }


def write_junit(path, done, failed):
    """What worked and what did not, as tests/run counts it."""
    suite = ElementTree.Element("testsuite", name="bench")
    for name in done + failed:
        case = ElementTree.SubElement(suite, "testcase", classname="bench", name=name)
        if name in failed:
            ElementTree.SubElement(case, "failure")
    ElementTree.ElementTree(suite).write(path)


def cell(values, mine, column):
    """Median, spread, and how many times ripngd's it is."""
    if not values:
        return "-"
    median = statistics.median(values)
    text = number(median)
    if len(values) > 1 and min(values) != max(values):
        text += f" ({number(min(values))} to {number(max(values))})"
    if mine and column != "ripngd" and statistics.median(mine) > 0:
        text += f", {median / statistics.median(mine):.2g}x"
    return text


def number(x):
    if x >= 100:
        return f"{x:,.0f}"
    return f"{x:.3g}"


def main():
    parser = argparse.ArgumentParser(prog="tests/bench/run")
    parser.add_argument("--short", action="store_true", help="a minute: does it all still work?")
    parser.add_argument("--runs", type=int, help="of each (default: 5)")
    parser.add_argument("--no-frr", action="store_true", help="FRR alone takes several minutes")
    parser.add_argument("--json", metavar="FILE", help="all values (default: build-bench/bench.json)")
    parser.add_argument("--junit", metavar="FILE", help="what worked, for tests/run")
    names = [ENGINE] + [s.__name__ for s, _ in SCENARIOS]
    parser.add_argument("only", nargs="*", metavar="SCENARIO", help=f"some of: {' '.join(names)}")
    o = parser.parse_args()
    unknown = set(o.only) - set(names)
    if unknown:
        parser.error(f"no such scenario: {' '.join(unknown)}")
    scale = SHORT if o.short else Scale()
    scale.runs = o.runs or scale.runs
    scale.frr = not o.no_frr
    bench = Bench(scale, o.only)
    begin = time.monotonic()
    bench.run()
    print(bench.table())
    if bench.instructions:
        print("\n" + bench.engine_table())
    path = o.json or os.path.join(rows.contest.BUILD, "bench.json")
    with open(path, "w") as f:
        json.dump(bench.json(), f, indent=1)
    print(f"\n{time.monotonic() - begin:.0f} s; all values: {path}")
    for what in bench.failed:
        print(f"could not be measured: {what}")
    if o.junit:
        write_junit(o.junit, bench.done, bench.failed)
    assert set(bench.values) <= set(ROWS)
    if not o.only and not bench.failed:
        missing = set(ROWS) - set(bench.values)
        assert not missing and all(bench.values[r].get(Ours.name) for r in ROWS), missing
    sys.exit(1 if bench.failed else 0)


main()
