"""What is measured. Each scenario takes a contestant's class and a Scale, builds its own namespaces, and gives
{row: value}; bench.py calls them in turn, run by run, so that what disturbs the machine disturbs all of them.
"""

import os
import threading
import time
from dataclasses import dataclass

import contest
from contest import Addresses, Bird, Count, Floor, FloorCount, Frr, Listener, Meanwhile, Ours, RouteEvents
from contest import blast, longest_gap
from lab import Lab, wait_until

QUIET = (600, 3600, 2)  # timers: nothing happens by the clock, and what is withdrawn is forgotten soon
LAN = "2001:db8:1::"


@dataclass
class Scale:
    routes: int = 100_000
    frr_routes: int = 20_000  # where FRR can't have as many
    runs: int = 5
    frr_runs: int = 1  # of what takes it minutes
    line_pause: float = 6  # longer than any hold between two triggered updates
    ring_timers: tuple = (5, 15, 10)
    ring_slow_timers: tuple = (30, 180, 120)
    full_update: int = 10
    full_updates: float = 2
    idle: float = 60
    engine_routes: tuple = (1_000, 10_000, 100_000, 1_000_000)
    frr: bool = True
    at_once: int = 1
    judged: bool = True  # by the goals


@dataclass
class Row:
    name: str
    unit: str
    goal: float = None  # at most
    of: str = None  # the goal is a ratio to this contestant
    about: str = ""


SHORT = Scale(
    routes=2_000,
    frr_routes=500,
    runs=1,
    line_pause=0.5,
    ring_timers=(1, 3, 2),
    ring_slow_timers=(2, 6, 4),
    full_update=2,
    full_updates=1,
    idle=2,
    engine_routes=(1_000, 10_000),
    at_once=4,
    judged=False,
)

ROWS = {
    "learn": Row("learn {n} routes, first packet to last route in the kernel", "s", 1.2, "floor-rx"),
    "withdraw": Row("withdraw {n}", "s", 1.2, "floor-rx"),
    "burst": Row("{n} in one unpaced burst: share that arrives", "%", 100, about="at least"),
    "passes": Row("tables sent until all were learned", ""),
    "refresh": Row("CPU to refresh an unchanged route", "ns", 220),
    "route": Row("memory a route (anonymous, slope to {n})", "B", 100),
    "rss": Row("RSS with no routes", "MB", 2.5),
    "anonymous": Row("anonymous part of it", "MB", 0.3),
    "kept": Row("anonymous memory more than before, once all {n} are withdrawn", "MB"),
    "dump": Row("dump of {n} by the CLI, for people", "s", 0.22),
    "dump-json": Row("the same as JSON", "s", 0.22),
    "question": Row("a small question meanwhile, the slowest", "ms", 5),
    "binary": Row("stripped daemon", "kB", 110),
    "libraries": Row("with its libraries other than libc", "kB", 350),
    "appears": Row("one prefix announced, line of 5 routers, end to end", "ms", 10),
    "goes": Row("the same withdrawn", "ms", 10),
    "cut": Row("ring of 4, cable cut, reachable again (timers {ring})", "s", 0.1),
    "silent": Row("ring of 4, silent cut (timers {ring})", "s", 10),
    "silent-slow": Row("ring of 4, silent cut (timers {slow})", "s", 10),
    "full": Row("CPU of one full update of {n} on two links", "ms", 40),
    "loss": Row("of it, a listener with the default buffer and 1 ms a packet loses", "%", 0),
    "packets": Row("packets in it", ""),
    "start": Row("start until both links are served", "ms", 5),
    "idle": Row("CPU when idle, two links", "us/s", 5),
}


class Place:
    """Namespaces, taken away at the end whatever happens."""

    one = threading.Lock()  # labs are numbered

    def __enter__(self):
        with self.one:
            self.lab = Lab()
        return self.lab

    def __exit__(self, kind, value, trace):
        problems = self.lab.close()
        if kind is None:
            assert not problems, problems


def _wait_links(*nodes):
    """The kernel needs up to a second for new interfaces, which is nobody's fault."""
    for node in nodes:
        for interface in node.interfaces():
            node.link_local(interface)


def _two(lab):
    """The router that is measured, and its neighbour on the interface `peer`."""
    dut, peer = lab.routers("dut", "peer")
    lab.cable(dut, peer)
    _wait_links(dut, peer)
    return dut, peer


def bare(_, scale):
    """The kernel alone."""
    with Place() as lab:
        dut, peer = _two(lab)
        via = peer.link_local("dut")
        add, delete = (
            float(dut.run(contest.tool("floor"), what, str(scale.routes), "peer", via, deadline=300).stdout)
            for what in ("add", "del")
        )
        return {"learn": add, "withdraw": delete}


def burst(who, scale):
    with Place() as lab:
        dut, peer = _two(lab)
        contestant = who(dut, ["peer"], QUIET).start()
        count = Count(dut)
        blast(peer, "dut", scale.routes, 1, 0)
        share = 100 * count.still() / scale.routes
        count.close()
        contestant.stop()
        return {"burst": share}


def _until(peer, count, routes, metric, gap, wanted, deadline=400):
    """Announces the table until the kernel has it all: (seconds, passes)."""
    first, passes, end = None, 0, time.monotonic() + deadline
    while time.monotonic() < end:
        began = blast(peer, "dut", routes, metric, gap)
        first, passes = first or began, passes + 1
        done = count.wait(wanted, max(1, end - time.monotonic()))
        if done:
            return done - first, passes
    raise AssertionError(f"{count.now()} routes {deadline} s after {routes} were announced with {metric}")


def _wait_cpu_still(contestant):
    last = -1
    while last != (last := contestant.cpu()):
        time.sleep(0.2)


def _refresh(contestant, peer, n, gap):
    """Nanoseconds a route."""
    _wait_cpu_still(contestant)
    passes, cpu, dropped = 3, contestant.cpu(), contestant.dropped()
    for _ in range(passes):
        blast(peer, "dut", n, 1, gap)
        time.sleep(0.3)
    _wait_cpu_still(contestant)
    heard = passes * n - 72 * (contestant.dropped() - dropped)
    return (contestant.cpu() - cpu) / max(1, heard)


def _dumps(contestant):
    rows = {"dump": contestant.dump(json=False), "dump-json": contestant.dump(json=True)}
    if isinstance(contestant, Ours):
        with Meanwhile(contestant.question, 0.003) as questions:
            contestant.dump(json=False)
            contestant.dump(json=True)
        rows["question"] = 1000 * max(questions.values)
    return {k: v for k, v in rows.items() if v is not None}


def table(who, scale):
    """A neighbour's large table: learned, refreshed, shown, withdrawn."""
    n = scale.routes
    with Place() as lab:
        dut, peer = _two(lab)
        contestant = who(dut, ["peer"], QUIET).start()
        time.sleep(0.5)
        count = Count(dut)
        (rss, anonymous), rows = contestant.memory(), {}
        tries = []
        for gap in contestant.gaps:
            learn, passes = _until(peer, count, n, 1, gap, n)
            if not tries:
                rows["route"] = (contestant.memory()[1] - anonymous) * 1024 / n
                if who is not Frr:
                    rows["refresh"] = _refresh(contestant, peer, n, contestant.gaps[-1])
                if hasattr(contestant, "dump"):
                    rows |= _dumps(contestant)
            tries.append((learn, passes, _until(peer, count, n, 16, gap, 0)[0]))
        rows["learn"], rows["passes"], _ = min(tries)
        rows["withdraw"] = min(t[2] for t in tries)
        if contestant.speaks:
            time.sleep(QUIET[2] + 1.5)
            rows["kept"] = (contestant.memory()[1] - anonymous) / 1024
            rows |= {"rss": rss / 1024, "anonymous": anonymous / 1024}
        else:
            rows = {k: v for k, v in rows.items() if k in ("learn", "withdraw", "passes")}
        count.close()
        contestant.stop()
        return rows


def _few(who, scale):
    """How many routes this one is asked to hold where the number matters little."""
    return scale.frr_routes if who is Frr else scale.routes


def refresh(who, scale):
    """For those whose `table` does not say: the floor, and FRR with as many as it can take."""
    n = _few(who, scale)
    with Place() as lab:
        dut, peer = _two(lab)
        contestant = who(dut, ["peer"], QUIET).start()
        count = Count(dut)
        if contestant.speaks:
            _until(peer, count, n, 1, contestant.gaps[-1], n)
        value = _refresh(contestant, peer, n, 5000 if who is Frr else 0)
        count.close()
        contestant.stop()
        return {"refresh": value}


def line(who, scale):
    """Five routers in a row with the default timers; a prefix appears at the first, and goes."""
    with Place() as lab:
        routers = lab.routers(*(f"r{i}" for i in range(1, 6)))
        for a, b in zip(routers, routers[1:]):
            lab.cable(a, b)
        lab.stub(routers[0], "lan", f"{LAN}1/64")
        _wait_links(*routers)
        contestants = []
        for r in routers:
            contestants.append(who(r, [i for i in r.interfaces() if i != "lan"]).start())
        last, protocol = routers[-1], 189 if who is Ours else who.protocol
        last.wait_learned(f"{LAN}/64", protocol=protocol, deadline=120)
        events, addresses = RouteEvents(last), Addresses(routers[0], "lan")
        time.sleep(scale.line_pause)
        begin = addresses.add("2001:db8:2::1")
        appears = events.wait("2001:db8:2::", True, 60) - begin
        time.sleep(scale.line_pause)
        begin = addresses.delete("2001:db8:2::1")
        goes = events.wait("2001:db8:2::", False, 60) - begin
        events.close()
        addresses.close()
        for c in contestants:
            c.stop()
        return {"appears": 1000 * appears, "goes": 1000 * goes}


def _ring(who, scale, timers, silent):
    """Seconds that r1 does not reach r2's LAN once the cable between them is cut."""
    with Place() as lab:
        r1, r2, r3, r4 = routers = lab.routers("r1", "r2", "r3", "r4")
        for a, b in ((r2, r3), (r3, r4), (r4, r1)):
            lab.cable(a, b)
        lab.switch("sw", r1, r2)
        lab.stub(r1, "lan", f"{LAN}1/64")
        lab.stub(r2, "lan", "2001:db8:2::1/64")
        _wait_links(*routers)
        contestants = [who(r, [i for i in r.interfaces() if i != "lan"], timers).start() for r in routers]
        protocol = 189 if who is Ours else who.protocol
        near = {"2001:db8:2::/64": r2.link_local("sw")}
        for prefix, via in near.items():
            r1.wait_learned(prefix, via=via, protocol=protocol, deadline=120)
        r2.wait_learned(f"{LAN}/64", via=r1.link_local("sw"), protocol=protocol, deadline=120)
        for r in (r3, r4):
            r.wait_learned("2001:db8:2::/64", protocol=protocol, deadline=120)
            r.wait_learned(f"{LAN}/64", protocol=protocol, deadline=120)

        time.sleep(scale.line_pause)  # nobody is held by what happened at the start

        def cut():
            how = "nomaster" if silent else "down"
            lab._switch.ip_batch([f"link set dev sw-{r.name} {how}" for r in (r1, r2)])

        value = longest_gap(r1, f"{LAN}1", "2001:db8:2::1", cut, back=timers[0])
        for c in contestants:
            c.stop()
        return value


def cut(who, scale):
    return {"cut": _ring(who, scale, scale.ring_timers, silent=False)}


def silent(who, scale):
    return {"silent": _ring(who, scale, scale.ring_timers, silent=True)}


def silent_slow(who, scale):
    return {"silent-slow": _ring(who, scale, scale.ring_slow_timers, silent=True)}


def full(who, scale):
    """A table learned on one link, announced on two others: what that costs, and what a slow listener gets of it."""
    n = _few(who, scale)
    with Place() as lab:
        dut, peer, a, b = lab.routers("dut", "peer", "a", "b")
        for other in (peer, a, b):
            lab.cable(dut, other)
        _wait_links(dut, peer, a, b)
        contestant = who(dut, ["peer", "a", "b"], (scale.full_update, 3600, 5), passive=["peer"]).start()
        count = Count(dut)
        _until(peer, count, n, 1, contestant.gaps[-1], n)
        listeners = [Listener(a, "dut"), Listener(b, "dut")]
        for listener in listeners:
            listener.forget()
        begin = contestant.cpu()
        wanted = scale.full_updates * n

        def all_heard():
            return min(listener.look().rtes for listener in listeners) >= wanted

        wait_until(all_heard, lambda: f"{wanted} routes announced", deadline=180, pause=0.5)
        _wait_cpu_still(contestant)
        spent = contestant.cpu() - begin
        heard = sum(listener.look().rtes for listener in listeners)
        packets = sum(listener.packets for listener in listeners)
        for listener in listeners:
            listener.close()
        slow = Listener(b, "dut", delay=1000, buffer=0)
        wait_until(
            lambda: slow.look().packets + slow.dropped >= packets * n / heard * scale.full_updates,
            lambda: f"packets of two updates: {slow.packets} and {slow.dropped} lost",
            deadline=180,
            pause=0.5,
        )
        loss = 100 * slow.dropped / (slow.packets + slow.dropped)
        slow.close()
        count.close()
        contestant.stop()
        return {"full": spent / 1e6 * 2 * n / heard, "packets": packets * n / heard, "loss": loss}


def start(who, scale):
    """From exec to the first packet on the later of two links."""
    with Place() as lab:
        dut, a, b = lab.routers("dut", "a", "b")
        lab.cable(dut, a)
        lab.cable(dut, b)
        _wait_links(dut, a, b)
        listeners = [Listener(n, "dut") for n in (a, b)]
        stamp = os.path.join(lab.dir, "stamp")
        contestant = who(dut, ["a", "b"], stamp=stamp).start()

        def heard():
            return all(listener.look().first for listener in listeners)

        wait_until(heard, "packets on both links", deadline=60)
        with open(stamp) as f:
            begin = int(f.read()) / 1e9
        value = max(listener.first for listener in listeners) - begin
        for listener in listeners:
            listener.close()
        contestant.stop()
        return {"start": 1000 * value}


def idle(who, scale):
    """Default timers, two links, nobody there."""
    with Place() as lab:
        dut, a, b = lab.routers("dut", "a", "b")
        lab.cable(dut, a)
        lab.cable(dut, b)
        _wait_links(dut, a, b)
        contestant = who(dut, ["a", "b"]).start()
        time.sleep(min(5, scale.idle))
        begin = contestant.cpu()
        time.sleep(scale.idle)
        value = (contestant.cpu() - begin) / 1000 / scale.idle
        contestant.stop()
        return {"idle": value}


def sizes(who, scale):
    if who is Frr:
        parts = [contest.size(f"{contest.peers.PEERS}/usr/lib/frr/{name}") for name in ("zebra", "ripngd")]
        libraries = set().union(*(p[2] for p in parts))
        own = sum(p[0] for p in parts)
        return {"binary": own / 1000, "libraries": (own + sum(map(os.path.getsize, libraries))) / 1000}
    own, total, _ = contest.size(who.program)
    return {"binary": own / 1000, "libraries": total / 1000}


class Bare:
    name = "netlink"


ROUTERS = (Ours, Bird, Frr)

# (scenario, who takes part). Those whose figure never changes, or that take minutes, are run fewer times: see bench.py.
SCENARIOS = (
    (sizes, ROUTERS),
    (bare, (Bare,)),
    (burst, (Floor, *ROUTERS)),
    (table, (Floor, *ROUTERS)),
    (refresh, (FloorCount, Frr)),
    (line, ROUTERS),
    (cut, ROUTERS),
    (silent, ROUTERS),
    (silent_slow, (Ours,)),
    (full, ROUTERS),
    (start, ROUTERS),
    (idle, ROUTERS),
)
ONCE = {sizes, idle}
FEW = {silent, silent_slow, full}  # a half of the runs: half a minute each
SLOW = {(table, Frr), (full, Frr), (silent, Frr), (refresh, Frr)}  # frr_runs
