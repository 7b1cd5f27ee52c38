"""pytest's side of the laboratory: each test gets a `lab` of its own, taken away at its end, come what may.

A test that fails shows the logs and routing tables of its lab. A daemon that crashed, leaked or said something through
a sanitizer fails its test at the end, whatever the test itself looked at.
"""

import os
import signal

import pytest

import lab as laboratory


def pytest_configure(config):
    if os.geteuid() != 0:
        raise pytest.UsageError("these tests make network namespaces: run them as root")
    for program in (laboratory.RIPNGD, laboratory.RIPNGCTL):
        if not os.access(program, os.X_OK):
            raise pytest.UsageError(f"{program} is not there: build first, or set RIPNGD_BUILD")

    # Ended from outside: unwind, so that the labs are taken away.
    def interrupted(*_):
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupted)


@pytest.fixture
def lab(request):
    made = laboratory.Lab()
    request.node.lab = made
    yield made
    problems = made.close()
    assert not problems, "; ".join(problems)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    if call.when == "call" and report.failed and hasattr(item, "lab"):
        for title, text in item.lab.story():
            report.sections.append((title, text))
