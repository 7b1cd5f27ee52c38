"""Sums up what tests/run ran: `counts.py FAILED FOLDER`, with pytest's JUnit files and meson's testlog.json in the folder.

Prints 'N passed, N failed' and exits 0 where nothing failed. A skipped test counts as failed: none may skip itself. A
unit test program counts with each of its cmocka tests; one without them (a corpus, the simulator) as one; one that
crashed before it could say how many, as one failed.
FAILED is 1 where a part of tests/run failed as a whole (a build, say): then that is one failure more, if no other shows.
"""

import json
import pathlib
import re
import sys
import xml.etree.ElementTree


def pytest_counts(path):
    passed = failed = 0
    for case in xml.etree.ElementTree.parse(path).iter("testcase"):
        bad = {child.tag for child in case} & {"failure", "error", "skipped"}
        if bad:
            print(f"{'skipped' if bad == {'skipped'} else 'failed'}: {case.get('classname')} {case.get('name')}")
        failed, passed = failed + bool(bad), passed + (not bad)
    return passed, failed


def meson_counts(path):
    passed = failed = 0
    for line in path.read_text().splitlines():
        test = json.loads(line)
        said = test.get("stdout", "") + test.get("stderr", "")
        passed += sum(int(n) for n in re.findall(r"\[  PASSED  \] (\d+) test", said))
        bad = sum(int(n) for n in re.findall(r"\[  FAILED  \] (\d+) test", said))
        passed += test["result"] == "OK" and "[  PASSED  ]" not in said
        if test["result"] != "OK":
            print(f"failed: unit test {test['name']}: {test['result']}")
            bad = max(bad, 1)
        failed += bad
    return passed, failed


def main():
    passed = 0
    failed = 0
    for path in sorted(pathlib.Path(sys.argv[2]).iterdir()):
        more = pytest_counts(path) if path.suffix == ".xml" else meson_counts(path)
        passed, failed = passed + more[0], failed + more[1]
    if sys.argv[1] != "0" and failed == 0:
        failed = 1
    print(f"{passed} passed, {failed} failed")
    return 0 if failed == 0 and passed > 0 else 1


sys.exit(main())
