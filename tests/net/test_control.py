"""ripngctl and the socket behind it: each command for people and as JSON, exit statuses, the line protocol of
INTERFACE.md, and clients that are slow, stuck, rude or many."""

import json
import os
import re
import socket
import time

import pytest

import lab as laboratory
import rip
from lab import RIPNGCTL, RIPNGD, SLOW_TIMERS, sanitizer_env, wait_until

FIELDS = {
    "route": {
        "prefix": str, "nexthop": (str, type(None)), "interface": (str, type(None)), "metric": int, "tag": int,
        "source": str, "state": str, "age": (int, float), "expires": (int, float, type(None)), "installed": bool,
    },
    "neigh": {
        "address": str, "interface": str, "routes": int, "seen": (int, float), "packets": int, "bad_packets": int,
        "bad_routes": int,
    },
    "interface": {
        "name": str, "index": int, "address": (str, type(None)), "mtu": int, "up": bool, "passive": bool,
        "metric": int, "split_horizon": str, "neighbors": int, "rx_packets": int, "tx_packets": int, "rx_errors": int,
    },
    "status": {
        "version": str, "pid": int, "uptime": (int, float), "routes": int, "neighbors": int, "interfaces": int,
        "timers": dict,
    },
}  # fmt: skip


@pytest.fixture
def home(lab):
    """A router with one of everything to show."""

    class Home:
        router, peer = lab.routers("r1", "peer")

    lab.cable(Home.router, Home.peer)
    lab.stub(Home.router, "lan", "2001:db8:1::1/64")
    Home.router.route("add unreachable 2001:db8:100::/56 proto dhcp metric 1001")
    Home.lab = lab
    Home.speaker = rip.Speaker(Home.peer, "r1")
    Home.daemon = Home.router.ripngd(SLOW_TIMERS)
    Home.speaker.wait_request()
    Home.speaker.announce(("2001:db8:9::/64", 3, 42), "2001:db8:a::/64")
    Home.router.wait_learned("2001:db8:9::/64")
    Home.router.wait_learned("2001:db8:a::/64")
    Home.speaker.announce(("2001:db8:a::/64", 16))
    Home.router.wait_unlearned("2001:db8:a::/64")
    yield Home
    Home.speaker.close()


class Client:
    """The socket without ripngctl."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)  # waits for a place in the backlog
        self.socket.settimeout(laboratory.DEADLINE)
        self.rest = b""

    def send(self, text):
        self.socket.sendall(text.encode())

    def line(self):
        while b"\n" not in self.rest:
            data = self.socket.recv(65536)
            if not data:
                raise EOFError
            self.rest += data
        line, _, self.rest = self.rest.partition(b"\n")
        return json.loads(line)

    def reply(self):
        """The objects before the end, and the line that ends it."""
        objects = []
        while True:
            line = self.line()
            if "end" in line or "error" in line:
                return objects, line
            objects.append(line)

    def ask(self, command):
        self.send(command + "\n")
        return self.reply()


@pytest.mark.parametrize("what", FIELDS)
def test_each_table_has_the_fields_that_were_promised_and_their_types(home, what):
    objects = home.daemon.show(what)
    assert objects
    for o in objects:
        for field, kind in FIELDS[what].items():
            assert field in o and isinstance(o[field], kind), (field, o)
            assert not (kind is int and isinstance(o[field], bool)), (field, o)


def test_the_route_table_tells_all_about_each_route(home):
    learned = home.daemon.route("2001:db8:9::/64")
    assert learned["nexthop"] == home.speaker.address and learned["interface"] == "peer"
    assert (learned["metric"], learned["tag"]) == (4, 42)
    assert (learned["source"], learned["state"], learned["installed"]) == ("ripng", "valid", True)
    assert 0 <= learned["age"] < 3600 and 0 < learned["expires"] <= 3600
    garbage = home.daemon.route("2001:db8:a::/64")
    assert (garbage["metric"], garbage["state"], garbage["installed"]) == (16, "garbage", False)
    lan = home.daemon.route("2001:db8:1::/64")
    assert (lan["source"], lan["nexthop"], lan["expires"], lan["interface"]) == ("connected", None, None, "lan")
    aggregate = home.daemon.route("2001:db8:100::/56")
    assert (aggregate["source"], aggregate["nexthop"], aggregate["expires"]) == ("delegated", None, None)


def test_neighbours_interfaces_and_status_tell_what_is_so(home):
    neigh = home.daemon.neigh(home.speaker.address)
    assert (neigh["interface"], neigh["routes"], neigh["packets"]) == ("peer", 1, 2)
    assert neigh["seen"] < 3600 and neigh["bad_packets"] == 0
    peer = home.daemon.interface("peer")
    assert (peer["up"], peer["passive"], peer["metric"], peer["split_horizon"]) == (True, False, 1, "poison")
    assert (peer["mtu"], peer["neighbors"], peer["address"]) == (1500, 1, home.router.link_local("peer"))
    assert peer["rx_packets"] == 2 and peer["tx_packets"] >= 2 and peer["rx_errors"] == 0
    assert peer["index"] == home.router.inside(lambda: socket.if_nametoindex("peer"))
    status = home.daemon.status()
    assert (status["pid"], status["neighbors"], status["interfaces"]) == (home.daemon.pid, 1, 2)
    assert status["routes"] == 3 and status["timers"]["update"] == 600


def test_show_route_with_a_prefix_or_an_address_gives_the_best_match(home):
    def best(what):
        return [r["prefix"] for r in home.daemon.show("route", what)]

    assert best("2001:db8:9::/64") == ["2001:db8:9::/64"]
    assert best("2001:db8:9::1234") == ["2001:db8:9::/64"]
    assert best("2001:db8:9:0:8000::/65") == ["2001:db8:9::/64"]
    assert best("2001:db8:100:23::1") == ["2001:db8:100::/56"]
    done = home.daemon.ctl("show", "route", "2001:db8:ffff::1")
    assert done.returncode == 1 and done.stdout.strip() == "" and "2001:db8:ffff::1" in done.stderr
    done = home.daemon.ctl("show", "route", "2001:db8:ffff::1", json_=True)
    assert done.returncode == 1
    assert home.daemon.ctl("show", "route", "rubbish").returncode in (1, 2)


def test_for_people_there_are_aligned_columns_that_fit_80_where_they_can(home):
    done = home.daemon.ctl("show", "route")
    lines = done.stdout.splitlines()
    assert done.returncode == 0 and done.stderr == ""
    assert all(len(line) <= 80 for line in lines), done.stdout
    row = next(line for line in lines if "2001:db8:9::/64" in line)
    assert home.speaker.address in row and "peer" in row
    column = lines[0].lower().index("metric") + len("metric")
    assert row[:column].endswith("4"), done.stdout  # numbers stand under the end of their title
    for what in ("neigh", "interface", "status"):
        done = home.daemon.ctl("show", what)
        assert done.returncode == 0 and done.stdout.strip() and done.stderr == ""
        assert not any(line != line.rstrip() for line in done.stdout.splitlines()), done.stdout
    assert home.speaker.address in home.daemon.ctl("show", "neigh").stdout
    assert "\x1b" not in home.daemon.ctl("show", "route").stdout


def on_a_terminal(home, *args, **env):
    """What ripngctl prints where standard output is a terminal of 80 columns."""
    script = "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)"
    env = {**sanitizer_env(), "TERM": "xterm", "NO_COLOR": "", **env}
    done = home.router.run("/usr/bin/python3", "-c", script, RIPNGCTL, "-s", home.daemon.socket, *args, check=False, env=env)
    assert done.returncode == 0 and done.stderr == "", (args, done)
    return done.stdout.replace("\r\n", "\n")


def test_a_terminal_gets_colours_unless_no_color_is_set_and_nothing_else_does(home):
    for args in (("show", "route"), ("show", "route", "--all"), ("show", "neigh"), ("show", "interface")):
        coloured, plain = on_a_terminal(home, *args), on_a_terminal(home, *args, NO_COLOR="1")
        assert "\x1b[1m" in coloured and "\x1b" not in plain, args
        for text in (plain, re.sub("\x1b[^m]*m", "", coloured)):
            assert max(len(line) for line in text.splitlines()) <= 80, text
    assert "\x1b" not in on_a_terminal(home, "show", "route", TERM="dumb")
    for args in (("-j", "show", "route"), ("-j", "show", "neigh"), ("show", "status", "--prometheus")):
        assert "\x1b" not in on_a_terminal(home, *args), args
    assert "\x1b" not in home.daemon.ctl("show", "route", "--all").stdout


def test_an_empty_table_is_an_empty_json_array_and_a_word_for_people(lab):
    r1 = lab.node("r1")
    daemon = r1.ripngd()
    for what in ("route", "neigh", "interface"):
        assert daemon.show(what) == []
        done = daemon.ctl("show", what)
        assert done.returncode == 0 and done.stdout + done.stderr != ""


def test_exit_statuses_are_0_1_2_and_3(home):
    assert home.daemon.ctl("show", "route").returncode == 0
    assert home.daemon.ctl("reload").returncode == 0
    assert home.daemon.ctl("show", "route", "2001:db8:ffff::/64").returncode == 1
    for usage in ([], ["show"], ["shew", "route"], ["show", "routes"], ["s", "r", "x", "y"], ["re", "x"], ["show", "neigh", "surplus"], ["reload", "x"]):
        done = home.daemon.ctl(*usage)
        assert done.returncode == 2 and done.stderr and not done.stdout, usage
    assert "show route" in home.daemon.ctl("nonsense").stderr  # it says what there is
    assert "reload" not in home.daemon.ctl("show", "nonsense").stderr  # and no more than what could be meant
    nobody = home.router.run(RIPNGCTL, "-s", "/nonexistent/x.sock", "show", "route", check=False)
    assert nobody.returncode == 3 and "/nonexistent/x.sock" in nobody.stderr
    home.daemon.kill()
    assert home.daemon.ctl("show", "route").returncode == 3


def test_commands_may_be_cut_short_and_options_may_follow_them(home):
    whole = home.daemon.show("neigh")[0]["address"]
    for words in (["sh", "ne", "-j"], ["s", "n", "--json"], ["-j", "show", "nei"]):
        done = home.daemon.ctl(*words)
        assert done.returncode == 0 and json.loads(done.stdout)[0]["address"] == whole, words
    assert "2001:db8:9::/64" in home.daemon.ctl("sh", "ro", "2001:db8:9::1").stdout


def test_the_completion_of_bash_asks_the_daemon(home):
    completion = os.path.join(laboratory.TOP, "cli", "completion", "ripngctl.bash")
    script = 'source "$1"; COMP_WORDBREAKS=; COMP_LINE=$3; COMP_POINT=${#3}; _ripngctl "$2"; printf "%s\\n" "${COMPREPLY[@]}"'

    def offered(line):
        line = f"ripngctl -s {home.daemon.socket} {line}"
        return home.router.run("bash", "-c", script, "bash", completion, RIPNGCTL, line, env=sanitizer_env()).stdout.split()

    assert offered("query ") == [f"{home.speaker.address}%peer"]
    assert offered("query fe80::1%p") == ["fe80::1%peer"]
    assert set(offered("show route 2001:db8:1")) == {"2001:db8:1::/64", "2001:db8:100::/56"}


def test_all_paths_are_shown_with_why_they_are_not_used(home):
    home.speaker.announce(("2001:db8:1::/64", 1), ("ff02::/16", 1), ("2001:db8:77::/64", 2))
    home.router.wait_learned("2001:db8:77::/64")
    paths = home.daemon.show("route", "--all")
    why = {(p["prefix"], p["from"]): (p["used"], p["why"]) for p in paths}
    speaker = home.speaker.address
    assert why["2001:db8:1::/64", None] == (True, None)
    assert why["2001:db8:1::/64", speaker][0] is False and why["2001:db8:1::/64", speaker][1] == "owned"
    assert why["2001:db8:a::/64", speaker] == (False, "garbage")
    assert why["ff02::/16", speaker] == (False, "martian")
    assert why["2001:db8:77::/64", speaker] == (True, None)
    assert {p["prefix"] for p in home.daemon.show("route", "-a", "2001:db8:77::1")} == {"2001:db8:77::/64"}
    text = home.daemon.ctl("show", "route", "--all").stdout
    assert "no: martian" in text and "no: garbage" in text
    neigh = home.daemon.neigh(speaker)
    assert neigh["last_error"] == "martian" and neigh["last_error_text"] and neigh["last_error_age"] >= 0
    assert home.daemon.interface("peer")["drops"]["martian"] == 1
    assert "martian 1" in home.daemon.ctl("show", "interface").stdout
    assert home.daemon.ctl("show", "neigh", "--all").returncode == 2


def test_a_daemon_that_does_not_answer_is_told_not_waited_for_for_ever(home):
    listener = socket.socket(socket.AF_UNIX)
    path = os.path.join(home.lab.dir, "mute.sock")
    listener.bind(path)
    listener.listen()
    done = home.router.run(RIPNGCTL, "-s", path, "show", "route", check=False)
    assert done.returncode == 3 and path in done.stderr
    listener.close()


def test_output_into_a_closed_pipe_or_a_full_disk_is_no_success(home):
    for command in (
        f"{RIPNGCTL} -s {home.daemon.socket} show route", f"{RIPNGCTL} -V", f"{RIPNGD} -V", f"{RIPNGD} -h",
    ):
        done = home.router.run("sh", "-c", f"{command} > /dev/full", check=False, env=sanitizer_env())
        assert done.returncode == 1 and done.stderr, command


# --- the socket itself ---------------------------------------------------


def test_a_line_in_gives_json_lines_and_an_end_and_then_the_next_command(home):
    client = Client(home.daemon.socket)
    for what in FIELDS:
        objects, end = client.ask(f"show {what}")
        assert end == {"end": True}
        assert len(objects) == len(home.daemon.show(what))
        assert all(set(FIELDS[what]) <= set(o) for o in objects)
    objects, end = client.ask("show route 2001:db8:9::1")
    assert [o["prefix"] for o in objects] == ["2001:db8:9::/64"] and end == {"end": True}
    assert client.ask("reload") == ([], {"end": True})


def test_commands_sent_all_at_once_are_answered_in_order(home):
    client = Client(home.daemon.socket)
    client.send("show status\nshow neigh\nnonsense\nshow status\n")
    assert client.reply()[0][0]["pid"] == home.daemon.pid
    assert client.reply()[0][0]["address"] == home.speaker.address
    assert "error" in client.reply()[1]
    assert client.reply()[0][0]["pid"] == home.daemon.pid


def test_a_command_in_pieces_is_put_together(home):
    client = Client(home.daemon.socket)
    for piece in ("sh", "ow sta", "tus", "\n"):
        client.send(piece)
        time.sleep(0.05)  # so that they arrive one by one
    assert client.reply()[1] == {"end": True}


@pytest.mark.parametrize(
    "line", ["nonsense", "", "show", "show route not-a-prefix", "show neigh x", "\x00", "\xff\xfe", "{}", "SHOW ROUTE"]
)
def test_what_is_no_command_is_answered_with_an_error_and_the_client_stays(home, line):
    client = Client(home.daemon.socket)
    objects, end = client.ask(line)
    assert objects == [] and set(end) == {"error"} and end["error"]
    assert client.ask("show status")[1] == {"end": True}


def test_a_line_without_end_is_cut_off_with_a_reason(home):
    client = Client(home.daemon.socket)
    try:
        for _ in range(100):
            client.send("x" * 10000)
    except OSError:
        pass  # it hung up: fine
    try:
        assert "error" in client.line()
        client.line()
        raise AssertionError("the client was not cut off")
    except (EOFError, ConnectionResetError):
        pass
    assert home.daemon.status()["pid"] == home.daemon.pid


def test_clients_that_hang_up_in_every_possible_moment_do_no_harm(home):
    for text in ("", "show", "show route\n", "show route\n" * 50, "show status\nshow ro"):
        for _ in range(20):
            client = Client(home.daemon.socket)
            if text:
                client.send(text)
            client.socket.close()
    assert home.daemon.status()["pid"] == home.daemon.pid


def test_many_silent_clients_do_not_lock_anybody_out(home):
    silent = [Client(home.daemon.socket) for _ in range(60)]
    assert home.daemon.status()["pid"] == home.daemon.pid
    assert home.daemon.route("2001:db8:9::/64")
    for client in silent:
        client.socket.close()


def test_a_stopped_daemon_says_goodbye_to_its_clients(home):
    client = Client(home.daemon.socket)
    assert client.ask("show status")[1] == {"end": True}
    assert home.daemon.stop() == 0
    with pytest.raises((EOFError, ConnectionResetError)):
        client.line()


def test_a_table_read_while_it_changes_has_no_route_twice(home):
    client = Client(home.daemon.socket)
    for i in range(50):
        client.send("show route\n")
        home.speaker.announce((f"2001:db8:b:{i:x}::/64", 1), (f"2001:db8:b:{i - 1:x}::/64" if i else "2001:db8:c::/64", 16))
        objects, end = client.reply()
        assert end == {"end": True}
        prefixes = [o["prefix"] for o in objects]
        assert len(prefixes) == len(set(prefixes))
    wait_until(lambda: "2001:db8:b:31::/64" in home.router.learned(), "the last one")
