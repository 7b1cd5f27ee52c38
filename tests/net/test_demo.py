"""tests/demo does what the README says it does, and leaves nothing behind, whether it ends or is interrupted."""

import glob
import os
import signal
import subprocess

import pytest

from lab import BUILD, TOP, sanitizer_env, wait_until


class Demo:
    def __init__(self, tmp_path):
        self.tmp = tmp_path
        self.out = tmp_path / "out"
        with open(self.out, "w") as out:
            self.popen = subprocess.Popen(
                [os.path.join(TOP, "tests", "demo")],
                stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                # A shell in the background ignores SIGINT, and so would all that it starts.
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
                env={**os.environ, **sanitizer_env(), "RIPNGD_BUILD": BUILD, "TMPDIR": str(tmp_path)},
            )  # fmt: skip

    def text(self):
        return self.out.read_text()

    def leftovers(self):
        namespaces = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True).stdout
        found = [line for line in namespaces.splitlines() if line.startswith(f"demo{self.popen.pid}-")]
        found += list(glob.glob(f"{self.tmp}/ripngd-demo.*"))
        for path in glob.glob("/proc/[0-9]*/cmdline"):
            try:
                with open(path) as f:
                    command = f.read()
            except OSError:
                continue
            if f"{self.tmp}/ripngd-demo." in command:
                found.append(command.replace("\0", " "))
        return found


def test_the_demo_shows_all_that_it_promises_and_leaves_nothing_behind(tmp_path):
    demo = Demo(tmp_path)
    assert demo.popen.wait(170) == 0, demo.text()
    text = demo.text()
    for word in ("can't reach the NAS", "the laptop reaches the NAS", "PREFIX", "ADDRESS", "renumbered", "none lost",
                 "All of it happened"):  # fmt: skip
        assert word in text, text
    assert demo.leftovers() == []


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("moment", ["A home with", "ok: the NAS reaches", "is dead"])
def test_an_interrupted_demo_leaves_nothing_behind(tmp_path, signum, moment):
    over = True
    while over:  # on a busy machine its last second may have passed before anybody looked: again then
        demo = Demo(tmp_path)
        wait_until(lambda d=demo: moment in d.text() or d.popen.poll() is not None, "that moment", 120, pause=0.01)
        over = "All of it happened" in demo.text()

    def insist():  # as people do who see no end at once
        demo.popen.send_signal(signum)
        return demo.popen.poll() is not None

    wait_until(insist, lambda: f"it ends: {demo.text()}", deadline=60, pause=0.3)
    assert demo.popen.returncode == 130, demo.text()
    assert demo.leftovers() == []
