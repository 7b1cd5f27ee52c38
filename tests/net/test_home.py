"""The home that changes: a real one with DHCPv6 prefix delegation (home.py), and what happens to it in its life.

The ISP renumbers, cables move, routers reboot in any order. After each of these, laptop reaches NAS again, in about a
second from the moment the routers hold their prefixes; no prefix outlives its owner, and no packet ever runs in a loop.

Times are real, and taken from the kernel's own route events and from pings each 10 ms. Where a bound on one is asserted
this machine gets a second chance, because it may have been busy with something else: second_chance() is where.

The home is built once and handed from test to test as long as it is whole; a test that leaves it broken costs the next
one three seconds for another.
"""

import ipaddress
import itertools
import time

import pytest

import lab as laboratory
from doctor import healthy
from home import EXCEEDED, UNREACHABLE, Home, Prober, Watch, measured, what_comes_back
from lab import holds_for, wait_until

SECOND = 1.0


class Keeper:
    """The home that is handed on."""

    home = None

    @classmethod
    def give(cls):
        if cls.home and not cls.home.healthy():
            cls.close()
        if not cls.home:
            lab = laboratory.Lab()
            try:
                cls.home = Home(lab).boot()
            except BaseException:
                for title, text in lab.story():
                    print(f"--- {title}\n{text}")
                lab.close()
                raise
        return cls.home

    @classmethod
    def close(cls):
        if cls.home:
            home, cls.home = cls.home, None
            return home.lab.close()
        return []


@pytest.fixture(scope="module", autouse=True)
def keeper():
    yield
    problems = Keeper.close()
    assert not problems, "; ".join(problems)


@pytest.fixture
def home(request):
    home = Keeper.give()
    request.node.lab = home.lab  # for the story of a failure
    yield home
    problems = [p for program in home.lab.processes for p in program.problems()]
    for program in home.lab.processes:
        if program.name.startswith("watch-"):
            program.stop()
    assert not problems, "; ".join(problems)


@pytest.fixture
def another_home(request):
    """Makes homes for one test, not started yet."""
    made = []

    def make(*args):
        made.append(laboratory.Lab())
        request.node.lab = made[-1]
        return Home(made[-1], *args)

    yield make
    problems = [p for lab in made for p in lab.close()]
    assert not problems, "; ".join(problems)


def second_chance(measure, bound):
    """Measures, and once more where it was over the bound; what it was the last time."""
    seconds = measure()
    return seconds if seconds < bound else measure()


def reach_after(home, watches, since):
    """From the last LAN prefix of R2 and R3 that was put into a kernel to the first ping of NAS by laptop."""
    with Prober(home.laptop, home.address(home.nas)) as prober:
        reached = wait_until(prober.answered, lambda: f"laptop reaches NAS; {home.wrong()}", pause=0.01)
    holding = max(
        wait_until(lambda w=w: w.added_at("dev lan", "proto 16", since=since), "the LAN's route") for w in watches
    )
    return max(0.0, reached - holding)


# --- start ---


@pytest.mark.parametrize("onwards", [True, False], ids=["with-sub-delegation-routes", "ripng-alone"])
def test_from_the_last_prefix_delegated_to_laptop_reaching_nas_it_takes_less_than_a_second(
    onwards, another_home, request, record_property
):
    def start():
        home = another_home(onwards)
        watches = [Watch(r.node) for r in (home.r2, home.r3)]
        home.start()
        seconds = reach_after(home, watches, 0)
        home.wait_right()
        return measured(record_property, f"start {request.node.callspec.id}", seconds, SECOND)

    assert second_chance(start, SECOND) < SECOND


@pytest.mark.parametrize("order", [" ".join(o) for o in itertools.permutations(("r1", "r2", "r3"))])
def test_the_routers_may_start_in_any_order(home, order):
    for router in home.routers:
        router.ripngd.stop()
        assert router.learned() == set()
    for name in order.split():
        router = next(r for r in home.routers if r.name == name)
        router.start_ripngd()
    home.wait_right()


@pytest.mark.parametrize("first", ["ripngd", "dhcp"])
def test_a_router_that_is_up_before_it_has_its_prefix_and_one_after_both_end_right_without_a_loop(home, first):
    """R1 knows R2's lease and shares it; R2 must not take its own prefix from R1, whichever comes first."""
    lan, nas = home.r2.lan(), home.address(home.nas)
    home.r2.power_off()
    with Prober(home.laptop, nas) as prober:
        home.r2.power_on()
        watch = Watch(home.r2.node)
        if first == "ripngd":
            home.r2.start_ripngd()
            wait_until(lambda: f"{home.base}00::/56" in home.r2.learned(), "R2 learned R1's prefix")
            home.r2.start_clients()
        else:
            home.r2.start_clients()
            wait_until(lambda: home.r2.holds(home.base), "R2 holds its prefix")
            home.r2.start_ripngd()
        home.wait_right()
    assert home.r2.lan() == lan  # kea knows it by its DUID
    assert loops(prober, watch) == []


def loops(prober, watch):
    """Pings that ran in a loop after the router had its prefix.

    Before, any router loops: the one above it has a lease for it and sends packets down, and it knows a default only.
    """
    delegated = watch.added_at("7", "proto 16")
    return [(when, source) for when, kind, source in prober.outcomes(delegated) if kind == EXCEEDED]


# --- what a delegated prefix is ---


def subnet(router, n):
    """An address in the n-th /64 of what is delegated to a router."""
    (prefix,) = router.delegated()
    return str(ipaddress.IPv6Network(prefix).network_address + (n << 64) + 1)


def test_pings_to_unassigned_subnets_end_unreachable_at_their_owner_and_never_in_a_loop(home):
    for owner, n in ((home.r1, 0x80), (home.r1, 0xFF), (home.r2, 1), (home.r2, 3), (home.r3, 2)):
        for host in (home.laptop, home.nas):
            kind, source = what_comes_back(host, subnet(owner, n))
            assert kind == UNREACHABLE, f"{host.name} to {owner.name}'s subnet {n}: {kind} from {source}"
            assert source in owner.addresses(), f"{host.name} to {owner.name}'s subnet {n}: {source} says so"
    kind, source = what_comes_back(home.isp, subnet(home.r2, 1))
    assert (kind, source in home.r2.addresses()) == (UNREACHABLE, True)


def test_a_downstream_that_speaks_no_ripng_is_reached_and_directly_where_a_third_router_is_on_its_link(home):
    """R1 delegated to R2 and says so with R2 as next hop: nothing goes to R1 only to come back on the same link."""
    (prefix,) = home.r2.delegated()
    via = home.r2.node.link_local("wan")
    assert home.r2.ripngd.stop() == 0
    home.r3.node.wait_learned(prefix, via=via)
    assert home.r3.node.learned()[prefix]["dev"] == "wan"
    wait_until(lambda: home.r2.lan() not in home.r3.learned(), "what only R2 said is gone")
    home.laptop.wait_pings(home.address(home.nas))
    entry = home.r3.ripngd.route(prefix)
    assert (entry["nexthop"], entry["metric"]) == (via, 2)
    kind, source = what_comes_back(home.laptop, subnet(home.r2, 3))
    assert kind == UNREACHABLE and source in home.r2.addresses()
    home.r2.start_ripngd()
    home.wait_right()


# --- renumbering ---


def test_renumbered_laptop_reaches_nas_in_less_than_a_second_and_no_old_prefix_stays_or_comes_back(
    home, record_property
):
    def renumber():
        home.quiet()
        old = {r: r.prefixes() for r in home.routers}
        watches = {r: Watch(r.node) for r in home.routers}
        was = home.base
        since = time.time()
        home.renumber()
        seconds = reach_after(home, [watches[home.r2], watches[home.r3]], since)
        home.wait_right()

        # Each route to an old prefix: how long after its owner dropped it did it go?
        longest, which = 0.0, ""
        for owner, prefixes in old.items():
            for prefix in prefixes:
                dropped = watches[owner].settle().deleted_at(prefix, "proto 16", since=since)
                for router in home.routers:
                    gone = watches[router].settle().deleted_at(prefix, "proto 189", since=since)
                    if gone and gone - dropped > longest:
                        longest, which = gone - dropped, f"{owner.name}'s {prefix} at {router.name}"

        def no_echo():
            learned = {p for r in home.routers for p in r.learned()}
            spoken = {p for r in home.routers for p, source in r.speaks_of().items() if source != "connected"}
            return not [p for p in learned | spoken if p.startswith(was)]

        holds_for(3, no_echo, f"no prefix of {was} is spoken of any more")
        measured(record_property, "renumbered: laptop reaches NAS", seconds, SECOND)
        measured(record_property, f"renumbered: {which or 'no old prefix'} outlives its owner's", longest, SECOND)
        return max(seconds, longest)

    assert second_chance(renumber, SECOND) < SECOND


# --- cables and power ---


def test_the_doctor_finds_nothing_on_any_router_before_and_after_the_isp_renumbers(home):
    for router in home.routers:
        healthy(router.node, router.ripngd)
    home.renumber()
    home.wait_right()
    for router in home.routers:
        healthy(router.node, router.ripngd)


def test_the_line_to_the_isp_fails_and_returns_and_within_the_home_nothing_is_lost(home):
    lan = home.r1.lan()
    home.quiet()
    with Prober(home.laptop, home.address(home.nas)) as prober:
        home.line(up=False)
        wait_until(lambda: not home.r1.delegated() and not home.r1.lan(), "R1 lost its prefix")
        # R2 and R3 still have an address of R1's LAN; R1 must not take it back from them.
        holds_for(3, lambda: lan not in home.r1.learned(), "R1's own LAN comes back as no echo")
        home.line(up=True)
        wait_until(lambda: home.r1.holds(home.base), "R1 has its prefix back")
        home.wait_right()
    assert prober.lost() == 0
    home.laptop.wait_pings("2001:db8:eeee::1")


def test_r1_reboots_and_has_forgotten_everything_and_the_home_is_right_again(home, record_property):
    def reboot():
        watches = [Watch(r.node) for r in (home.r2, home.r3)]
        since = time.time()
        home.r1.power_off()
        wait_until(lambda: not home.r2.lan() and not home.r3.lan(), "R2 and R3 lost their prefixes")
        holds_for(
            0.5, lambda: not [p for r in (home.r2, home.r3) for p in r.learned() if p.startswith("2001:")], "no ghosts"
        )
        home.r1.power_on()
        home.r1.start_ripngd()
        home.r1.start_clients()
        home.wait_delegated()
        seconds = reach_after(home, watches, since)
        home.wait_right()
        return measured(record_property, "R1 rebooted: laptop reaches NAS", seconds, SECOND)

    assert second_chance(reboot, SECOND) < SECOND


def test_r2s_power_is_cut_without_a_word_no_packet_loops_and_it_comes_back_to_its_place(home):
    nas, lan = home.address(home.nas), home.r2.lan()
    with Prober(home.laptop, nas, 0.02) as prober:
        wait_until(prober.answered, "laptop reaches NAS")
        home.r2.power_off()
        cut = time.time()
        holds_for(2, lambda: prober.answered(cut) is None, "R2 has no power")
        assert EXCEEDED not in [kind for _, kind, _ in prober.outcomes()]
        home.r2.power_on()
        watch = Watch(home.r2.node)
        home.r2.start_ripngd()
        home.r2.start_clients()
        wait_until(lambda: home.r2.holds(home.base), "R2 has its prefix again")
        assert home.r2.lan() == lan
        home.wait_right()
        wait_until(lambda: prober.answered(cut), "the same ping goes through again")
    assert loops(prober, watch) == []


def test_a_second_cable_between_r2_and_r3_takes_over_when_the_first_way_fails(home, record_property):
    """The ISP's prefix goes with the line to R1; the home's own (a ULA, as every OpenWrt router has one) does not."""
    r2, r3 = home.r2.node, home.r3.node
    home.lab.cable(r2, r3, "side", "side")
    prefixes = {n: f"{home.ula[n]}::/64" for n in home.ula}
    wait_until(
        lambda: all(
            len([n for n in r.ripngd.show("neigh") if n["interface"] == "side" and n["routes"]]) == 1
            for r in (home.r2, home.r3)
        ),
        "they hear each other there too",
    )
    nas = f"{home.ula['r2']}:0:ff:fe00:501"
    home.laptop.wait_pings(nas)
    home.quiet()
    # The shorter way has the same length as the other: what was there first stays.
    assert {r3.learned()[prefixes["r2"]]["dev"], r2.learned()[prefixes["r3"]]["dev"]} == {"wan"}
    with Prober(home.laptop, nas) as prober:
        wait_until(prober.answered, "laptop reaches NAS over the first way")
        cut = time.time()
        home.r1.power_off()
        wait_until(lambda: prober.recovered(cut), "traffic flows over the second")
        seconds = prober.recovered(cut) - cut
        assert r3.learned()[prefixes["r2"]]["dev"] == r2.learned()[prefixes["r3"]]["dev"] == "side"
        # And back, without a loss this time.
        home.r1.power_on()
        home.r1.start_ripngd()
        home.r1.start_clients()
        home.wait_delegated()
        home.wait_right()
        back = time.time()
        r2.ip("link del side")
        wait_until(lambda: r3.learned().get(prefixes["r2"], {}).get("dev") == "wan", "the first way is used again")
        home.laptop.wait_pings(nas)
        assert EXCEEDED not in [kind for _, kind, _ in prober.outcomes(back)]
    assert measured(record_property, "the first way failed: traffic over the second", seconds, SECOND) < SECOND
