"""A real home with DHCPv6 prefix delegation, for test_home.py and test_detection.py.

    isp --- r1 (a bridge `lan` with two ports) --- r2 --- nas
                                             \\--- r3 --- laptop

The ISP is kea and radvd, and delegates a /56. R1 runs dhcpcd, and behind it kea and radvd, whose configuration is
written by dhcpcd's hook from the prefix it got: a /64 for R1's LAN, a /62 each for R2 and R3, and, as odhcpd does it,
a static route for what was delegated onwards (kea's own hook). R2 and R3 run dhcpcd, and radvd on their LANs. NAS and
laptop know nothing but router advertisements. R1, R2 and R3 run ripngd without a configuration.

All of these run from the folder into which tests/run unpacked Debian's packages (RIPNGD_PEERS), each in a mount
namespace of its own with /run and /var/lib empty, so that nothing of this machine is read or written. They ask for
nothing by the clock: a DHCPv6 client is told to renew (what odhcpd's Reconfigure does on OpenWrt) when a test wants it.

Besides the Home there are two instruments here, both with real times: Watch (what happened to a kernel's routes, and
when) and Prober (pings, what came back of each, from whom, and when).
"""

import datetime
import glob
import ipaddress
import itertools
import json
import os
import select
import signal
import socket
import struct
import subprocess
import threading
import time

import lab as laboratory
import peers
from lab import wait_until

DHCP = 16  # RTPROT_DHCP, dhcpcd's
STATIC = 4
ECHO, EXCEEDED, UNREACHABLE = 129, 3, 1  # types of ICMPv6

INTERNET = "2001:db8:eeee::1"

# Leases that outlive every test: clients renew when they are told to.
LEASES = {"renew-timer": 300, "rebind-timer": 400, "preferred-lifetime": 500, "valid-lifetime": 600}

# Nothing of this machine is seen in /run and /var/lib, nothing is left there.
PRIVATE = """
mount -t tmpfs none /run && mount -t tmpfs none /var/lib && mount -t sysfs none /sys || exit 1
mkdir -p /run/dhcpcd /run/kea /run/radvd /var/lib/dhcpcd /var/lib/kea
echo $$ >"$PIDFILE"
until [ -s "$CONFIG" ]; do sleep 0.02; done
exec "$@"
"""

# dhcpcd's hook on each router: the prefix that it holds now becomes radvd's and kea's configuration. FOLDER has
# templates in which @NOW@ stands for the prefix without its last two digits and ::, @WAS@ for the one before.
HOOK = """#!/bin/sh
PATH=/usr/sbin:/usr/bin:/sbin:/bin
case "$reason" in BOUND6|RENEW6|REBIND6|REBOOT6|DELEGATED6) ;; *) exit 0 ;; esac
now=
for n in 1 2 3 4; do
  eval "prefix=\\$new_dhcp6_ia_pd1_prefix$n life=\\$new_dhcp6_ia_pd1_prefix${n}_vltime"
  [ -n "$prefix" ] && [ "${life:-0}" != 0 ] && now=$prefix
done
was=$(cat "$FOLDER/prefix" 2>/dev/null)
[ -n "$now" ] && [ "$now" != "$was" ] || exit 0
echo "$now" >"$FOLDER/prefix"
for t in "$FOLDER"/*.template; do
  config=${t%.template}
  sed -e "s/@NOW@/${now%::}/g; s/@NOW56@/${now%00::}/g" -e "${was:+s/#was //}" \\
      -e "s/@WAS@/${was%::}/g; s/@WAS56@/${was%00::}/g" "$t" >"$config.new"
  known=; [ -s "$config" ] && known=1
  mv "$config.new" "$config"
  [ -n "$known" ] && kill -HUP "$(cat "$config.pid")"
done
exit 0
"""

# kea's hook on R1, which gets kea's variables and nothing else: the route to what was delegated, through the client's
# link-local address, as odhcpd makes it. kea never says that a lease went with a change of its configuration, so what
# the same client had before goes when it gets something else.
KEA_HOOK = """#!/bin/sh
PATH=/usr/sbin:/usr/bin:/sbin:/bin
[ "$1" = leases6_committed ] || exit 0
i=0
while [ $i -lt "${LEASES6_SIZE:-0}" ]; do
  eval "type=\\$LEASES6_AT${i}_TYPE prefix=\\$LEASES6_AT${i}_ADDRESS/\\$LEASES6_AT${i}_PREFIX_LEN"
  eval "life=\\$LEASES6_AT${i}_VALID_LIFETIME"
  i=$((i + 1))
  [ "$type" = IA_PD ] && [ "${life:-1}" != 0 ] || continue
  ip -6 route show proto static via "$QUERY6_REMOTE_ADDR" dev lan | while read -r other rest; do
    [ "$other" = "$prefix" ] || ip -6 route del "$other" via "$QUERY6_REMOTE_ADDR" dev lan proto static
  done
  ip -6 route replace "$prefix" via "$QUERY6_REMOTE_ADDR" dev lan proto static metric 1024
done
exit 0
"""

DHCPCD_R1 = """
ipv6only
allowinterfaces wan lan
duid ll
noipv6rs
interface wan
  ipv6rs
  iaid 1
  ia_na 1
  ia_pd 2/::/56 lan/0/64/1
"""

DHCPCD_INNER = """
ipv6only
allowinterfaces wan lan
duid ll
noipv6rs
interface wan
  ipv6rs
  iaid 1
  ia_pd 2/::/62 lan/0/64/1
"""

RADVD = """
interface %(interface)s {
  AdvSendAdvert on; MinRtrAdvInterval 3; MaxRtrAdvInterval 4; %(flags)s
  prefix %(now)s::/64 { AdvPreferredLifetime 500; AdvValidLifetime 600; %(auto)s };
  #was prefix %(was)s::/64 { AdvPreferredLifetime 0; AdvValidLifetime 60; };
  %(more)s
};
"""


def kea_config(interface, subnet, pool, length, delegated, hook=None, pool_na=None):
    subnet6 = {
        "id": 1,
        "subnet": subnet,
        "interface": interface,
        "pd-pools": [{"prefix": pool, "prefix-len": length, "delegated-len": delegated}],
    }
    if pool_na:
        subnet6["pools"] = [{"pool": pool_na}]
    config = {
        "interfaces-config": {"interfaces": [interface], "service-sockets-max-retries": 200,
                              "service-sockets-retry-wait-time": 50},
        "lease-database": {"type": "memfile", "persist": False},
        "server-id": {"type": "LL", "persist": False},
        "subnet6": [subnet6],
        "loggers": [{"name": "kea-dhcp6", "severity": "INFO", "output_options": [{"output": "stdout"}]}],
        **LEASES,
    }  # fmt: skip
    if hook:
        library = glob.glob(f"{peers.PEERS}/usr/lib/*/kea/hooks/libdhcp_run_script.so")[0]
        config["hooks-libraries"] = [{"library": library, "parameters": {"name": hook, "sync": False}}]
    return json.dumps({"Dhcp6": config})


def measured(record_property, what, seconds, bound):
    """Notes a time that was measured: in the results' file, in the output of a failed test, and in RIPNGD_MEASURED."""
    line = f"{what}: {seconds:.3f} s (to be under {bound:g} s)"
    print(line)
    record_property(what, f"{seconds:.3f}")
    path = os.environ.get("RIPNGD_MEASURED")
    if path:
        with open(path, "a") as f:
            f.write(line + "\n")
    return seconds


def quiet(daemons, seconds=7.0):
    """Waits until nothing changed in any router's table for so long, as in a home where nothing happened lately.

    RFC 2080 holds a triggered update back for 1 to 5 seconds after another. One that was held back begins the next such
    time, so that in rare cases ten seconds would be needed: measurements have a second chance.
    """
    known, since = None, 0.0

    def still():
        nonlocal known, since
        now = [(r["prefix"], r["nexthop"], r["metric"]) for d in daemons for r in d.show("route")]
        if now != known:
            known, since = now, time.monotonic()
        return time.monotonic() - since > seconds

    wait_until(still, "a quiet home", deadline=60, pause=0.2)


class Watch:
    """`ip monitor` with times: what happened to a kernel's IPv6 routes and its links, and when (as of time.time())."""

    def __init__(self, node):
        self.node = node
        argv = ["ip", "-ts", "-N", "-6", "monitor", "route", "link"]
        self.process = node.start(f"watch-{node.lab.next_number()}", argv)
        self.process.may_end = True
        self.settle()

    def settle(self):
        """All that happened so far has been printed."""
        marker = f"2001:db8:dead:{self.node.lab.next_number():x}::/64"

        def seen():
            self.node.route(f"add blackhole {marker} table 77")
            self.node.route(f"del blackhole {marker} table 77")
            return marker in self.process.log()

        wait_until(seen, f"ip monitor on {self.node.name} listens", pause=0.05)
        return self

    def events(self, *words, since=0.0):
        """[(time, deleted, text)] of the lines that have all of these words."""
        found = []
        for line in self.process.log().splitlines():
            if not line.startswith("[") or "]" not in line or "table 77" in line:
                continue
            stamp, _, text = line[1:].partition("] ")
            when = datetime.datetime.fromisoformat(stamp).timestamp()
            deleted = text.startswith("Deleted ")
            text = text.removeprefix("Deleted ").strip() + " "
            if when >= since and all(f"{w} " in text for w in words):
                found.append((when, deleted, text))
        return found

    def added_at(self, *words, since=0.0):
        """When a route with these words was first put there."""
        return next((when for when, deleted, _ in self.events(*words, since=since) if not deleted), None)

    def deleted_at(self, *words, since=0.0):
        """When the last such route was taken away."""
        return max((when for when, deleted, _ in self.events(*words, since=since) if deleted), default=None)


    def down_at(self, link, since=0.0):
        """When the kernel said that this link is down."""
        names = (f": {link}@", f": {link}:")
        found = [when for when, _, text in self.events("DOWN", since=since) if any(n in text for n in names)]
        return min(found, default=None)


class Prober(threading.Thread):
    """Pings from a node, one each `interval`, and what came back of each: (time, type of ICMPv6, from whom)."""

    marks = itertools.count(os.getpid())

    def __init__(self, node, address, interval=0.01):
        super().__init__(daemon=True)
        self.node, self.address, self.interval = node, address, interval
        self.sent, self.answers = {}, {}
        self.mark = next(Prober.marks) & 0xFFFF  # of several on one node, each takes its own answers
        self.socket = node.inside(lambda: socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6))
        self.socket.setblocking(False)
        self.ended = threading.Event()
        self.start()

    def run(self):
        number, due = 0, time.monotonic()
        while not self.ended.is_set():
            due += self.interval
            number += 1
            self.sent[number] = time.time()
            try:
                self.socket.sendto(
                    struct.pack("!BBHHHQ", 128, 0, 0, self.mark, number & 0xFFFF, number), (self.address, 0)
                )
            except OSError as e:
                self.answers[number] = (time.time(), e.errno, None)
            self._receive_until(due)
            if time.monotonic() > due + 1:
                due = time.monotonic()  # this machine stood still

    def _receive_until(self, due):
        while True:
            left = due - time.monotonic()
            if not select.select([self.socket], [], [], max(left, 0))[0]:
                return
            try:
                data, source = self.socket.recvfrom(65536)
            except OSError:
                continue
            kind = data[0]
            if kind in (UNREACHABLE, EXCEEDED):
                data = data[48:]  # what was sent is inside, behind its IPv6 header
            elif kind != ECHO:
                continue
            if len(data) < 16:
                continue
            ident, _, number = struct.unpack("!HHQ", data[4:16])
            if ident == self.mark and number in self.sent:
                self.answers.setdefault(number, (time.time(), kind, source[0].partition("%")[0]))
            if left <= 0:
                return

    def stop(self):
        if not self.ended.is_set():
            self.ended.set()
            self.join()
            self.socket.close()
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    # --- what came of it ---

    def outcomes(self, since=0.0):
        """[(time sent, type of ICMPv6 or errno or None, from whom)], in order."""
        answers, sent = dict(self.answers), dict(self.sent)
        return [(when, *(answers.get(n, (0, None, None))[1:])) for n, when in sent.items() if when >= since]

    def answered(self, since=0.0):
        """When the first echo came back for a ping sent after `since`; None: not yet."""
        sent = dict(self.sent)
        times = [t for n, (t, kind, _) in dict(self.answers).items() if kind == ECHO and sent[n] >= since]
        return min(times, default=None)

    def gap(self):
        """The longest time between two answered pings."""
        good = [when for when, kind, _ in self.outcomes() if kind == ECHO]
        return max((b - a for a, b in zip(good, good[1:])), default=None)

    def recovered(self, since):
        """When the last ping without an echo was sent, if ten after it were answered."""
        outcomes = self.outcomes(since)
        bad = [i for i, (_, kind, _) in enumerate(outcomes) if kind != ECHO]
        settled = [o for o in outcomes if o[0] < time.time() - 0.3]
        last = max((i for i in bad if i < len(settled)), default=None)
        if last is None:
            return since if len(settled) >= 10 else None
        return outcomes[last][0] if len(settled) - last > 10 else None

    def lost(self):
        """How many of the pings came to nothing; the last ones may be under way."""
        return len([1 for when, kind, _ in self.outcomes() if kind != ECHO and when < time.time() - 0.3])


def what_comes_back(node, address, deadline=laboratory.DEADLINE):
    """Pings until something does: (type of ICMPv6, from whom)."""
    with Prober(node, address, 0.05) as prober:
        return wait_until(
            lambda: next(((k, source) for _, k, source in prober.outcomes() if source), None),
            lambda: f"anything comes back from {address}: {prober.outcomes()[-3:]}",
            deadline,
        )


class Router:
    """One of R1, R2, R3: the node, its programs and what they put into the kernel."""

    def __init__(self, home, name):
        self.home, self.name = home, name
        self.node = home.lab.node(name)
        self.folder = os.path.join(home.lab.dir, name)
        os.mkdir(self.folder)
        self.programs = {}
        self.ripngd = None

    # --- life ---

    def start_clients(self):
        """dhcpcd, and what waits for its prefix."""
        for old in glob.glob(f"{self.folder}/*"):
            if not old.endswith(".template"):
                os.unlink(old)
        config = os.path.join(self.folder, "dhcpcd")
        with open(config, "w") as f:
            f.write(DHCPCD_R1 if self.name == "r1" else DHCPCD_INNER)
        self._start("radvd", [*self.home.RADVD, "-C", f"{self.folder}/radvd"])
        if self.name == "r1":
            self._start("kea", [self.home.KEA, "-c", f"{self.folder}/kea"])
        self._start(
            "dhcpcd",
            [f"{peers.PEERS}/usr/sbin/dhcpcd", "-B", "-d", "-e", f"FOLDER={self.folder}", "-f", config]
            + ["-c", self.home.hook, "wan"],
        )

    def _start(self, name, argv):
        config = os.path.join(self.folder, name)
        self.programs[name] = self.home.start_private(self.node, name, argv, config)

    def start_ripngd(self):
        self.ripngd = self.node.ripngd(None)
        return self.ripngd

    def kill_all(self):
        """The power goes: every program, at once."""
        for p in [*self.programs.values(), self.ripngd]:
            if p:
                p.kill()
        self.programs, self.ripngd = {}, None

    def power_off(self):
        """Without a word: programs, addresses, routes and neighbours are gone, its cables are dead."""
        self.kill_all()
        if self.name == "r1":
            self.node.ip("link del lan")
        for name in ("wan", "lan") if self.name != "r1" else ("wan", "r2", "r3"):
            self.node.down(name)
            self.node.ip(f"-6 addr flush dev {name}")
        self.node.ip("-6 route flush table main", check=False)
        self.node.ip("-6 neigh flush all", check=False)

    def power_on(self):
        """The interfaces as they are after a boot; starts no program."""
        self.node.sysctl("net/ipv6/conf/wan/addr_gen_mode", 0)  # dhcpcd had its own way
        if self.name == "r1":
            self.home.make_bridge()
            self.node.up("wan")
        else:
            self.node.up("wan")
            self.node.up("lan")
            self.node.address("lan", f"{self.home.ula[self.name]}::1/64")

    def renew(self):
        """Its DHCPv6 client asks for news, as odhcpd's Reconfigure makes it."""
        self.programs["dhcpcd"].send_signal(signal.SIGUSR1)

    # --- what it has ---

    def delegated(self):
        """The prefixes delegated to it, as its DHCPv6 client put them into the kernel."""
        return {r["dst"] for r in self.node.routes() if r["protocol"] == DHCP and r["type"] in ("7", "unreachable")}

    def lan(self):
        """The /64 of its LAN, of its DHCPv6 client; None: not there."""
        return next((r["dst"] for r in self.node.routes() if r["protocol"] == DHCP and r["dev"] == "lan"), None)

    def holds(self, base):
        """Does it hold a prefix out of this one, and a LAN in it?"""
        return any(p.startswith(base) for p in self.delegated()) and (self.lan() or "").startswith(base)

    def prefixes(self):
        """All that its DHCPv6 client gave it."""
        return self.delegated() | {self.lan()}

    def learned(self):
        return set(self.node.learned())

    def addresses(self):
        found = [a for link in self.node.ip_json("-6 addr show") for a in link.get("addr_info", [])]
        return {a["local"] for a in found if "local" in a}

    def speaks_of(self):
        """The valid routes in its RIPng table: prefix -> source."""
        return {r["prefix"]: r["source"] for r in self.ripngd.show("route") if r["state"] == "valid"}


class Home:
    """All of it. boot() starts everything and returns when every router holds its prefix."""

    KEA = f"{peers.PEERS}/usr/sbin/kea-dhcp6"
    RADVD = [f"{peers.PEERS}/usr/sbin/radvd", "-n", "-m", "stderr", "-p", "/run/radvd/pid"]

    def __init__(self, lab, onwards=True):
        """`onwards`: R1's DHCPv6 server makes routes to what it delegates, as odhcpd does."""
        self.lab, self.onwards = lab, onwards
        self.isp = lab.node("isp")
        self.r1, self.r2, self.r3 = self.routers = [Router(self, name) for name in ("r1", "r2", "r3")]
        self.nas, self.laptop = lab.host("nas"), lab.host("laptop")
        r1, r2, r3 = (r.node for r in self.routers)
        lab.cable(self.isp, r1, "isp0", "wan")
        for router in (r2, r3):
            lab.cable(r1, router, router.name, "wan")
        self.make_bridge()
        lab.cable(r2, self.nas, "lan", "eth0")
        lab.cable(r3, self.laptop, "lan", "eth0")
        for host in (self.nas, self.laptop):
            host.sysctl("net/ipv6/conf/eth0/accept_ra", 1)
        for node in lab.nodes.values():
            node.sysctl("net/ipv6/icmp/ratelimit", 0)  # every ping is told what became of it
        self.isp.sysctl("net/ipv6/conf/isp0/keep_addr_on_down", 1)
        self.isp.address("isp0", "2001:db8:f::1/64")
        self.isp.ip("link add internet type bridge")
        self.isp.up("internet")
        self.isp.address("internet", f"{INTERNET}/128")
        self.isp_programs = {}
        self._bases = (f"2001:db8:{n:x}000:{n % 6 + 10:x}" for n in itertools.count(1))
        self.base = next(self._bases)
        self._write_files()

    def make_bridge(self):
        """R1's LAN: a bridge, whose ports have link-local addresses too."""
        r1 = self.r1.node
        r1.ip("link add lan address 02:00:00:00:01:ff type bridge mcast_snooping 0")
        r1.up("lan")
        for port in ("r2", "r3"):
            r1.up(port)
            r1.ip(f"link set dev {port} master lan")

    def _write_files(self):
        self.hook = self._script("hook", HOOK)
        kea_hook = self._script("kea-hook", KEA_HOOK) if self.onwards else None
        self.ula = {"r2": "fd00:0:0:2", "r3": "fd00:0:0:3"}
        for router in self.routers:
            base, prefix = ("@NOW@", "@WAS@")
            more = ""
            if router.name in self.ula:  # as every OpenWrt router has one
                more = f"prefix {self.ula[router.name]}::/64 {{ }};"
            with open(f"{router.folder}/radvd.template", "w") as f:
                f.write(RADVD % {"interface": "lan", "flags": "", "now": base, "was": prefix, "auto": "", "more": more})
        with open(f"{self.r1.folder}/kea.template", "w") as f:
            f.write(kea_config("lan", "@NOW56@00::/64", "@NOW56@10::", 60, 62, kea_hook))

    def _script(self, name, text):
        path = os.path.join(self.lab.dir, name)
        with open(path, "w") as f:
            f.write(text)
        os.chmod(path, 0o755)
        return path

    def start_private(self, node, name, argv, config):
        """A program that waits for its configuration, in a mount namespace of its own."""
        environment = {**peers.environment(), "PIDFILE": config + ".pid", "CONFIG": config}
        environment.update(KEA_LOCKFILE_DIR="/run/kea", KEA_PIDFILE_DIR="/run/kea", DAEMON=name)
        return node.start(name, ["unshare", "-m", "sh", "-c", PRIVATE, "sh", *argv], env=environment)

    # --- the ISP ---

    def isp_delegates(self, base):
        """The /56 that R1 gets when it asks the next time."""
        path = os.path.join(self.lab.dir, "isp-kea")
        with open(path + ".new", "w") as f:
            f.write(
                kea_config("isp0", "2001:db8:f::/64", f"{base}00::", 56, 56, None, "2001:db8:f::100-2001:db8:f::1ff")
            )
        os.rename(path + ".new", path)
        self.isp_routes(base)
        kea = self.isp_programs.get("kea")
        if kea:
            done = kea.log().count("DHCP6_CONFIG_COMPLETE")
            kea.send_signal(signal.SIGHUP)
            wait_until(lambda: kea.log().count("DHCP6_CONFIG_COMPLETE") > done, "the ISP's new configuration")

    def isp_routes(self, base):
        via = self.r1.node.link_local("wan")
        self.isp.route("flush proto static")
        self.isp.route(f"add {base}00::/56 via {via} dev isp0 proto static")

    def line(self, up):
        """The line to the ISP fails or comes back."""
        if up:
            self.isp.up("isp0")
            self.isp_routes(self.base)
        else:
            self.isp.down("isp0")

    def start_isp(self):
        self.isp_delegates(self.base)
        path = os.path.join(self.lab.dir, "isp-radvd")
        with open(path, "w") as f:
            f.write(
                RADVD
                % {"interface": "isp0", "flags": "AdvManagedFlag on;", "now": "2001:db8:f", "was": "",
                   "auto": "AdvAutonomous off;", "more": ""}
            )  # fmt: skip
        self.isp_programs["kea"] = self.start_private(
            self.isp, "kea", [self.KEA, "-c", f"{self.lab.dir}/isp-kea"], f"{self.lab.dir}/isp-kea"
        )
        self.isp_programs["radvd"] = self.start_private(self.isp, "radvd", [*self.RADVD, "-C", path], path)
        # A client that asks before it listens waits for a second.
        self.isp_programs["kea"].wait_for_log("DHCP6_STARTED")

    # --- life ---

    def start(self):
        """Starts everything; what comes of it has to be waited for."""
        for router in (self.r2, self.r3):
            router.node.address("lan", f"{self.ula[router.name]}::1/64")
        self.start_isp()
        for router in self.routers:
            router.start_ripngd()
        self.start_all_clients()

    def boot(self):
        self.start()
        self.wait_right()
        return self

    def start_all_clients(self):
        """R1's first: a client that asks before there is a server waits longer and longer."""
        self.r1.start_clients()
        self.r1.programs["kea"].wait_for_log("DHCP6_STARTED")
        for router in (self.r2, self.r3):
            router.start_clients()

    def wait_delegated(self):
        wait_until(
            lambda: all(r.holds(self.base) for r in self.routers),
            lambda: f"each router holds a prefix of {self.base}: { {r.name: r.prefixes() for r in self.routers} }",
        )

    def renumber(self):
        """The ISP delegates another /56, and everybody is told at once; R2 and R3 hold their parts of it in the end."""
        self.base = next(self._bases)
        self.isp_delegates(self.base)
        kea = self.r1.programs["kea"]
        done = kea.log().count("DHCP6_CONFIG_COMPLETE")
        self.r1.renew()
        wait_until(lambda: self.r1.holds(self.base), "R1 holds its new prefix")
        wait_until(lambda: kea.log().count("DHCP6_CONFIG_COMPLETE") > done, "R1 delegates out of it")
        self.r2.renew()
        self.r3.renew()
        self.wait_delegated()

    def quiet(self):
        quiet([r.ripngd for r in self.routers])

    # --- hosts ---

    def address(self, host):
        """The address that this host gave itself out of its router's LAN prefix of today; waits for it."""
        router = self.r2 if host is self.nas else self.r3

        def look():
            lan = router.lan()
            for link in host.ip_json("-6 addr show dev eth0 scope global") if lan else []:
                for a in link.get("addr_info", []):
                    if "local" in a and ipaddress.ip_address(a["local"]) in ipaddress.ip_network(lan):
                        return a["local"] if not a.get("deprecated") else None
            return None

        return wait_until(look, f"{host.name} has an address of {router.name}'s LAN", pause=0.01)

    def wrong(self):
        """What is not as it should be, in a sentence; None: all is right."""
        for router in self.routers:
            if not router.holds(self.base):
                return f"{router.name} does not hold its prefix: {router.prefixes()}"
        own = {r: r.prefixes() for r in self.routers}
        for router in self.routers:
            routes = router.node.routes()
            learned = {r["dst"] for r in routes if r["protocol"] == laboratory.OURS}
            if learned & own[router]:
                return f"{router.name} learned what is its own: {learned & own[router]}"
            missing = set().union(*own.values()) - {r["dst"] for r in routes}
            if missing:
                return f"{router.name} has no route to {missing}"
            strange = {p for p in learned if not p.startswith((self.base, "fd00:", "2001:db8:f:"))}
            if strange:
                return f"{router.name} has routes to what nobody has: {strange}"
        return None

    def wait_right(self):
        wait_until(lambda: self.wrong() is None, self.wrong, pause=0.1)
        self.laptop.wait_pings(self.address(self.nas))
        self.nas.wait_pings(self.address(self.laptop))

    def healthy(self):
        """Is it as boot() left it?"""
        programs = [p for r in self.routers for p in (*r.programs.values(), r.ripngd)]
        if not all(p and p.alive() for p in programs):
            return False
        try:
            wait_until(lambda: self.wrong() is None, self.wrong, 5)
        except AssertionError:
            return False
        return self.laptop.pings(self.address(self.nas))
