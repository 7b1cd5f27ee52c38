"""What OpenWrt puts into the kernel, and how it moves it: a light stand-in for netifd, odhcp6c and odhcpd.

Only `ip` is run, so that a router is there in a moment, but types, protocols, priorities, flags and order are those of
the programs (netifd's and odhcpd's sources of 2026):

    unreachable PREFIX/56, ULA/48    proto static, priority 2147483647      netifd
    LAN /64s                         proto static, priority 1024, their addresses with noprefixroute   netifd
    sub-delegated /62                via fe80::, proto static, priority 1024   odhcpd
    default from PREFIX, from WAN    proto static, priority 512                odhcp6c's script
    on-link prefix of the WAN        proto static, priority 256                odhcp6c's script

All of them are added with NLM_F_CREATE | NLM_F_REPLACE (`ip route replace`). odhcpd deletes without a protocol. When
the ISP renumbers, netifd adds the new before it drops the old, and keeps the old address, deprecated and without a
route, for up to two hours (RFC 7084, L-14).
"""

FAR = 2147483647  # priority of netifd's unreachable routes


class OpenWrt:
    """Lays out OpenWrt's routes in a node. `prefix` is '2001:db8:1000:a' for a /56, or whole for another length."""

    def __init__(self, node, ula, wan="eth1", lan="br-lan", gateway="fe80::ff:1"):
        self.node, self.ula, self.wan, self.lan, self.gateway = node, ula, wan, lan, gateway
        self.leases = {}
        self.prefix = None

    def batch(self, *lines):
        self.node.ip_batch([line for line in lines if line])

    def up(self):
        """After boot: the home's own prefix (ULA)."""
        self.batch(
            f"route replace unreachable {self.ula}::/48 proto static metric {FAR}",
            f"addr add {self.ula}::1/64 dev {self.lan} noprefixroute nodad",
            f"route replace {self.ula}::/64 dev {self.lan} proto static metric 1024",
        )

    def wan_up(self, address, on_link=None):
        """What the router advertisement and IA_NA of the ISP, or of the router above, gave it."""
        self.batch(
            f"addr add {address}/128 dev {self.wan} nodad",
            f"route replace default from {address} via {self.gateway} dev {self.wan} proto static metric 512",
            on_link and f"route replace {on_link} dev {self.wan} proto static metric 256",
        )

    def _there(self, prefix):
        aggregate, lan = prefix
        return [
            f"route replace unreachable {aggregate} proto static metric {FAR}",
            f"addr replace {lan}1/64 dev {self.lan} noprefixroute nodad",
            f"route replace {lan}/64 dev {self.lan} proto static metric 1024",
        ]

    def _source(self, prefix, verb):
        return f"route {verb} default from {prefix[0]} via {self.gateway} dev {self.wan} proto static metric 512"

    def delegated(self, aggregate):
        """A prefix arrives: `aggregate` like 2001:db8:1000:a00::/56; its first /64 is the LAN's."""
        self.prefix = (aggregate, aggregate.partition("/")[0])
        self.batch(*self._there(self.prefix), self._source(self.prefix, "replace"))

    def _gone(self, prefix):
        aggregate, lan = prefix
        return [
            f"route del {lan}/64 dev {self.lan} proto static metric 1024",
            f"addr change {lan}1/64 dev {self.lan} valid_lft 7200 preferred_lft 0 noprefixroute",
            f"route del unreachable {aggregate} metric {FAR}",
            self._source(prefix, "del"),
        ]

    def renumbered(self, aggregate):
        """Another prefix in the place of the one so far, in one go: first what is new."""
        old = self.prefix
        self.prefix = (aggregate, aggregate.partition("/")[0])
        self.batch(
            *self._there(self.prefix), self._source(self.prefix, "replace"), *self._gone(old), *self._drop_leases()
        )

    def lost(self):
        """The prefix expired, or the WAN went down."""
        self.batch(*self._gone(self.prefix), *self._drop_leases())
        self.prefix = None

    def lease(self, prefix, via):
        """odhcpd delegates a part onwards."""
        self.leases[prefix] = via
        self.batch(f"route replace {prefix} via {via} dev {self.lan} proto static metric 1024")

    def lease_ends(self, prefix):
        via = self.leases.pop(prefix)
        self.batch(f"route del {prefix} via {via} dev {self.lan} metric 1024")

    def _drop_leases(self):
        lines = [f"route del {p} via {via} dev {self.lan} metric 1024" for p, via in self.leases.items()]
        self.leases = {}
        return lines

    def device_starts_anew(self, device):
        """netifd takes every route of a device away when it sets it up, whoever put it there, but the kernel's own."""
        routes = self.node.ip_json(f"-6 route show dev {device}")
        self.batch(
            *[f"route del {r['dst']} dev {device} metric {r['metric']}" for r in routes if r["protocol"] != "2"]
        )
