"""What the engine alone executes for a route: the program `engine` under callgrind. The same figures on every machine with
the same compiler, busy or not.
"""

import glob

import re
import subprocess
import tempfile

import contest

WHAT = {
    "learned": "learned: decoded, chosen, handed to the kernel, acknowledged",
    "refreshed": "refreshed, unchanged",
    "sent": "sent in a full update",
    "expired": "expired: lost, out of the kernel",
    "freed": "freed at the end of its time as garbage",
}

def count(numbers):
    """{what: {routes: instructions a route}}."""
    found = {text: {} for text in WHAT.values()}
    for n in numbers:
        with tempfile.TemporaryDirectory() as folder:
            argv = ["valgrind", "-q", "--tool=callgrind", "--dump-before=mark_*", f"--callgrind-out-file={folder}/out"]
            subprocess.run(argv + [contest.tool("engine"), str(n)], check=True, stdout=subprocess.DEVNULL)
            for path in glob.glob(f"{folder}/out.*"):
                with open(path) as f:
                    text = f.read()
                phase = re.search(r"^desc: Trigger: --dump-before=mark_(\w+)", text, re.M).group(1)
                if phase in WHAT:
                    found[WHAT[phase]][n] = int(re.search(r"^summary: (\d+)", text, re.M).group(1)) / n
    assert all(set(by) == set(numbers) for by in found.values()), found
    return found
