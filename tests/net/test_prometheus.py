"""`ripngctl show status --prometheus`: what a real daemon prints is strictly in Prometheus' text format."""

import re

import rip
from lab import SLOW_TIMERS, wait_until

LABEL = r'[a-z_][a-z0-9_]*="(?:[^"\\\n]|\\[\\"n])*"'
# What promtool calls wrong in a name: the type, an abbreviated unit or one that is no base unit, capitals (a pattern above).
WRONG_WORDS = re.compile(r"(?:^|_)(?:counter|gauge|histogram|summary|count|sum|bucket|ms|sec|secs|millis\w*|minutes?|hours?|kb|bits?)(?=_|$)")
SAMPLE = re.compile(r"([a-z_:][a-z0-9_:]*)(?:\{(%s(?:,%s)*)\})? (-?[0-9.]+(?:e[+-]?[0-9]+)?)" % (LABEL, LABEL))


def read(text):
    """(name, labels) -> value; each line is right, and where it belongs."""
    assert text.endswith("\n")
    samples, kinds, now = {}, {}, None
    lines = iter(text.splitlines())
    for line in lines:
        if line.startswith("#"):
            now, help_ = re.fullmatch(r"# HELP ([a-z_]+) (\S.*)", line).groups()
            assert now not in kinds and help_.endswith("."), f"{line}: twice, or no sentence"
            kinds[now] = re.fullmatch(r"# TYPE %s (counter|gauge)" % now, next(lines)).group(1)
            assert now.startswith("ripngd_") and now.endswith("_total") == (kinds[now] == "counter")
            assert not WRONG_WORDS.search(now), now
            line = next(lines)  # a head without a sample says nothing
        name, labels, value = SAMPLE.fullmatch(line).groups()
        assert name == now, f"{line}: not below its head"
        assert (name, labels) not in samples, f"{line}: twice"
        assert not re.search(r"(?:^|,)(?:le|quantile|__\w*)=", labels or ""), f"{line}: a label that is reserved"
        samples[name, labels] = float(value)
    return samples


def test_the_metrics_are_in_the_format_and_true(lab):
    us, them = lab.routers("us", "them")
    lab.cable(us, them)
    lab.stub(them, "lan", "2001:db8:2::1/64")
    daemon = us.ripngd(SLOW_TIMERS)
    them.ripngd(SLOW_TIMERS)
    us.wait_learned("2001:db8:2::/64")
    done = daemon.ctl("show", "status", "--prometheus")
    assert done.returncode == 0 and not done.stderr, done.stderr
    samples = read(done.stdout)
    neighbour = f'address="{them.link_local("us")}",interface="them"'
    assert samples["ripngd_neighbor_routes", neighbour] >= 1 and samples["ripngd_neighbor_packets_total", neighbour] >= 1
    assert samples["ripngd_interface_up", 'interface="them"'] == 1
    assert samples["ripngd_installed_routes", None] >= 1 and samples["ripngd_neighbors", None] == 1
    assert 0 < samples["ripngd_uptime_seconds", None] < 3600


def test_drops_are_counted_by_reason_and_an_interface_may_be_called_anything(lab):
    us, them = lab.routers("us", "them")
    lab.cable(us, them, 'a"b\\c', "us")
    lab.stub(us, "lan{x=1},")
    daemon = us.ripngd(SLOW_TIMERS)
    with rip.Speaker(them, "us") as speaker:
        speaker.announce("2001:db8:2::/64", hops=254)
        wait_until(lambda: daemon.status()["rx_errors"] == 1, "it is dropped")
    samples = read(daemon.ctl("show", "status", "--prometheus").stdout)
    assert samples["ripngd_interface_up", r'interface="a\"b\\c"'] == 1
    assert samples["ripngd_interface_up", 'interface="lan{x=1},"'] == 1
    drops = {labels: value for (name, labels), value in samples.items() if name == "ripngd_interface_drops_total"}
    assert list(drops.values()) == [1] and r'interface="a\"b\\c"' in list(drops)[0] and "reason=" in list(drops)[0]


def test_it_goes_with_no_other_form_or_command(lab):
    daemon = lab.node("us").ripngd(SLOW_TIMERS)
    for words in (["-j", "show", "status", "--prometheus"], ["show", "neigh", "--prometheus"]):
        done = daemon.ctl(*words)
        assert done.returncode == 2 and "--prometheus" in done.stderr and not done.stdout
