"""Reload, by SIGHUP and by `ripngctl reload`: a good file takes effect and drops nothing that it does not concern; a bad
one is reported with its lines and changes nothing."""

import os
import signal

import pytest

import rip
from lab import SLOW_TIMERS, RouteMonitor, TIMERS, wait_until

BAD = SLOW_TIMERS + "\nnonsense = 3\nredistribute connected { metric = 17 }\n"


class Home:
    def __init__(self, lab, config):
        self.router, left, right = lab.routers("r1", "left", "right")
        lab.cable(self.router, left)
        lab.cable(self.router, right)
        lab.stub(self.router, "lan", "2001:db8:1::1/64")
        self.left, self.right = rip.Speaker(left, "r1"), rip.Speaker(right, "r1")
        self.daemon = self.router.ripngd(config)
        for speaker, prefix in ((self.left, "2001:db8:a::/64"), (self.right, "2001:db8:b::/64")):
            speaker.wait_request()
            speaker.announce(prefix)
            self.router.wait_learned(prefix)

    def reload(self, how, config):
        self.daemon.write_config(config)
        if how == "sighup":
            self.daemon.send_signal(signal.SIGHUP)
            return None
        return self.daemon.ctl("reload")


@pytest.fixture(params=["sighup", "ripngctl"])
def how(request):
    return request.param


@pytest.fixture
def home(lab):
    made = Home(lab, SLOW_TIMERS)
    yield made
    made.left.close()
    made.right.close()


def test_a_good_file_takes_effect_and_no_route_is_dropped(home, how):
    monitor = RouteMonitor(home.router)
    done = home.reload(how, SLOW_TIMERS + "redistribute connected { metric = 5 tag = 7 }")
    home.left.wait_metric("2001:db8:1::/64", 5)
    home.right.wait_metric("2001:db8:1::/64", 5)
    assert done is None or done.returncode == 0
    monitor.settle()
    assert monitor.deleted("2001:db8:a::") == [] and monitor.deleted("2001:db8:b::") == []
    assert set(home.router.learned()) == {"2001:db8:a::/64", "2001:db8:b::/64"}
    assert home.daemon.status()["routes"] == 3


def test_a_bad_file_is_reported_line_by_line_and_the_running_one_stays(home, how):
    done = home.reload(how, BAD)
    lines = BAD.splitlines()
    unknown = f"{home.daemon.config_path}:{lines.index('nonsense = 3') + 1}: "
    range_ = f"{home.daemon.config_path}:{lines.index('redistribute connected { metric = 17 }') + 1}: "
    home.daemon.wait_for_log(unknown + ".*nonsense")
    home.daemon.wait_for_log(range_ + ".*metric")
    if done is not None:
        assert done.returncode == 1
        assert unknown in done.stdout + done.stderr and range_ in done.stdout + done.stderr
    assert set(home.router.learned()) == {"2001:db8:a::/64", "2001:db8:b::/64"}
    home.router.address("lan", "2001:db8:2::1/64")
    home.left.wait_metric("2001:db8:2::/64", 1)
    # And a good one after it works.
    home.reload(how, SLOW_TIMERS + "redistribute connected { metric = 4 }")
    home.left.wait_metric("2001:db8:1::/64", 4)


def test_the_same_file_again_changes_nothing_at_all(home, how):
    monitor = RouteMonitor(home.router)
    home.left.wait_metric("2001:db8:1::/64", 1)
    home.right.wait_metric("2001:db8:a::/64", 2)
    home.left.wait_metric("2001:db8:b::/64", 2)
    home.left.forget()
    home.reload(how, SLOW_TIMERS)
    home.router.address("lan", "2001:db8:2::1/64")
    home.left.wait_metric("2001:db8:2::/64", 1)
    monitor.settle()
    assert monitor.deleted() == []
    assert set(home.left.table()) == {"2001:db8:2::/64"}


def test_an_interface_taken_out_loses_its_routes_and_the_others_keep_theirs(home, how):
    monitor = RouteMonitor(home.router)
    home.reload(how, SLOW_TIMERS + 'interface "left" { } interface "lan" { }')
    home.router.wait_unlearned("2001:db8:b::/64")
    home.left.wait_metric("2001:db8:b::/64", 16)
    home.right.forget()
    home.reload(how, SLOW_TIMERS)
    home.right.wait_request()
    home.right.announce("2001:db8:b::/64")
    home.router.wait_learned("2001:db8:b::/64")
    monitor.settle()
    assert monitor.deleted("2001:db8:a::") == []


def test_a_source_taken_out_is_withdrawn_and_the_rest_stays(home, how):
    home.router.route("add unreachable 2001:db8:100::/56 proto dhcp metric 1001")
    home.left.wait_metric("2001:db8:100::/56", 1)
    home.reload(how, SLOW_TIMERS + "redistribute connected { }")
    home.left.wait_metric("2001:db8:100::/56", 16)
    assert home.left.metric("2001:db8:1::/64") == 1
    home.reload(how, SLOW_TIMERS + "redistribute connected { } redistribute delegated { }")
    home.left.wait_metric("2001:db8:100::/56", 1)


def test_new_timers_count_from_then_on(home, how):
    home.reload(how, TIMERS)
    home.left.wait_updates(2)
    wait_until(lambda: "2001:db8:a::/64" not in home.router.learned(), "it timed out by the new timers")


def test_another_kernel_metric_moves_the_routes(home, how):
    home.reload(how, SLOW_TIMERS + "kernel { metric = 3000 }")
    wait_until(
        lambda: {r["metric"] for r in home.router.routes() if r["protocol"] == 189} == {3000},
        lambda: f"all routes have the new metric: {home.router.learned()}",
    )
    assert set(home.router.learned()) == {"2001:db8:a::/64", "2001:db8:b::/64"}


def test_the_file_is_gone_and_reload_says_so_and_changes_nothing(lab):
    home = Home(lab, SLOW_TIMERS + "redistribute connected { metric = 5 }")
    os.unlink(home.daemon.config_path)
    done = home.daemon.ctl("reload")
    assert done.returncode == 1 and home.daemon.config_path in done.stdout + done.stderr
    assert set(home.router.learned()) == {"2001:db8:a::/64", "2001:db8:b::/64"}
    home.left.wait_metric("2001:db8:1::/64", 5)


def test_a_pipe_holds_up_nothing_and_is_no_empty_configuration(home, how):
    home.left.wait_metric("2001:db8:1::/64", 1)
    os.unlink(home.daemon.config_path)
    os.mkfifo(home.daemon.config_path)
    if how == "ripngctl":
        done = home.daemon.ctl("reload")
        assert done.returncode == 1 and f"{home.daemon.config_path}: a pipe" in done.stdout
    else:
        home.daemon.send_signal(signal.SIGHUP)
    home.daemon.wait_for_log("a pipe.*read again")
    assert home.daemon.status()["timers"]["update"] == 600
