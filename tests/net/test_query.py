"""`ripngctl query`: asks ripngd, BIRD and FRR, beside a running ripngd (from its port 521) and without one."""

import json

import pytest

import peers
from lab import RIPNGCTL, SLOW_TIMERS, sanitizer_env, wait_until

THEIRS = "2001:db8:aaaa::/48"
LAN = "2001:db8:2::/64"
ANOTHER = "2001:db8:bbbb::/48"
NOBODY = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]


class Ours:
    """ripngd behind the face of peers.py, as far as it is needed."""

    name = "ripngd"

    def __init__(self, node, interfaces, timers):
        self.node, self.config = node, SLOW_TIMERS

    def announce(self, prefix, metric=1):
        self.config += f'route "{prefix}" {{ metric = {metric} }}\n'

    def start(self):
        self.daemon = self.node.ripngd(self.config)


class Home:
    def __init__(self, lab, peer):
        self.lab = lab
        self.us, self.them = lab.routers("us", "them")
        lab.cable(self.us, self.them)
        lab.stub(self.them, "lan", "2001:db8:2::1/64")
        self.whom = self.them.link_local("us") + "%them"
        self.daemon = None
        if peer:
            self.peer = peer(self.them, ["us"], (600, 3600, 3600))
            self.peer.announce(THEIRS, 3)
            self.peer.announce(ANOTHER, 3)  # FRR has one metric for both
            self.peer.start()

    def query(self, *words, json_=True, before=()):
        socket = self.daemon.socket if self.daemon else "/nonexistent/ripngd.sock"
        argv = [*before, RIPNGCTL, "-s", socket] + (["-j"] if json_ else []) + ["query", *words]
        return self.us.run(*argv, check=False, env=sanitizer_env())

    def answer(self, *words, before=()):
        """prefix -> object."""
        done = self.query(*words, before=before)
        assert done.returncode == 0, f"{done.stdout}{done.stderr}"
        objects = json.loads(done.stdout)
        assert all(set(o) == {"prefix", "nexthop", "metric", "tag"} for o in objects)
        return {o["prefix"]: o for o in objects}


@pytest.fixture(params=[Ours, peers.Bird, peers.Frr], ids=["ripngd", "bird", "frr"])
def peer(request):
    return request.param


@pytest.fixture(params=["daemon", "alone"])
def home(lab, peer, request):
    home = Home(lab, peer)
    if request.param == "daemon":
        home.daemon = home.us.ripngd(SLOW_TIMERS)
        home.us.wait_learned(THEIRS)  # the peer's own request is answered, it has time for ours
        home.us.wait_learned(ANOTHER)
    else:
        def knows_all():  # one that has just started may know less
            done = home.query(home.whom)
            return done.returncode == 0 and {THEIRS, ANOTHER, LAN} <= {o["prefix"] for o in json.loads(done.stdout)}

        wait_until(knows_all, "an answer of a peer that is up")
    return home


def test_the_whole_table(home):
    table = home.answer(home.whom)
    assert table[THEIRS]["metric"] == 3 and table[ANOTHER]["metric"] == 3 and table[LAN]["metric"] == 1
    assert table[THEIRS]["nexthop"] == home.whom.split("%")[0] and table[THEIRS]["tag"] == 0


def test_some_prefixes(home):
    table = home.answer(home.whom, THEIRS, LAN)
    assert set(table) == {THEIRS, LAN} and table[LAN]["metric"] == 1
    # FRR 8.4 forgets the metric of a redistribution in such an answer.
    assert table[THEIRS]["metric"] == (1 if home.peer.name == "frr" else 3)
    done = home.query(home.whom, LAN, json_=False)
    assert done.returncode == 0
    title, row = done.stdout.splitlines()
    assert title.split() == ["PREFIX", "NEXT", "HOP", "METRIC"] and row.split()[0] == LAN


def test_a_prefix_that_it_has_not(home):
    """Who answers such a question says 16; who tells the whole table leaves it out."""
    done = home.query(home.whom, "2001:db8:cccc::/48")
    if done.returncode == 0:
        assert [o["metric"] for o in json.loads(done.stdout)] == [16]
    else:
        assert done.returncode == 1 and "has no such route" in done.stderr


def test_anybody_may_ask_but_bird_wants_port_521(lab, peer):
    home = Home(lab, peer)
    home.daemon = home.us.ripngd(SLOW_TIMERS)
    home.us.wait_learned(THEIRS)
    # Nobody may not use the daemon's socket: asks by itself.
    if peer is peers.Bird:
        done = home.query(home.whom, before=NOBODY)
        assert done.returncode == 1 and f"no answer from {home.whom}" in done.stderr and "try as root" in done.stderr
        return
    assert home.answer(home.whom, before=NOBODY)[THEIRS]["metric"] == 3
    assert set(home.answer(home.whom, THEIRS, before=NOBODY)) == {THEIRS}


def test_a_passive_router_answers_tools(lab):
    home = Home(lab, None)
    home.them.ripngd(SLOW_TIMERS + 'interface "us" { passive = true } interface "*" { }')
    assert home.answer(home.whom, before=NOBODY)[LAN]["metric"] == 1
    done = home.query(home.whom)  # from port 521 like a router
    assert done.returncode == 1 and f"no answer from {home.whom}" in done.stderr


@pytest.mark.parametrize("with_daemon", [True, False])
def test_who_is_not_there_and_where_nothing_is(lab, with_daemon):
    home = Home(lab, Ours)
    if with_daemon:
        home.daemon = home.us.ripngd(SLOW_TIMERS)
    done = home.query("fe80::dead%them")
    assert done.returncode == 1 and not done.stdout.strip("[]\n"), done.stdout
    assert "fe80::dead%them" in done.stderr and ("no answer" in done.stderr or "no such router" in done.stderr)
    done = home.query("fe80::1%eth9")
    assert done.returncode == 1 and "no such interface: 'eth9'" in done.stderr
    for usage in ([], ["fe80::1"], ["x"], ["ff02::9%them"], [home.whom, "x"]):
        done = home.query(*usage)
        assert done.returncode == 2 and done.stderr, usage
    done = home.query(home.whom, *9 * ["2001:db8::/48"])
    assert (done.returncode, done.stderr) == (2, "ripngctl: more than 8 prefixes at once\n")


def test_a_machine_that_speaks_no_ripng_says_so(lab):
    home = Home(lab, None)
    done = home.query(home.whom)
    assert done.returncode == 1 and done.stderr == f"ripngctl: {home.whom}: nothing listens on its RIPng port, 521: no RIPng runs there\n"


def test_a_big_table_comes_whole(lab):
    home = Home(lab, None)
    routes = 5000
    home.them.ip_batch([f"route add 2001:db8:{i >> 8:x}:{i & 255:x}::/64 via 2001:db8:2::2 proto static" for i in range(routes)])
    them = home.them.ripngd(SLOW_TIMERS + "redistribute static { }")
    wait_until(lambda: them.status()["routes"] >= routes and them.status()["interfaces"], "all routes read")
    assert len(home.answer(home.whom)) >= routes
    home.daemon = home.us.ripngd(SLOW_TIMERS)
    assert len(home.answer(home.whom)) >= routes
