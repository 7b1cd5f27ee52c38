"""RIPng by hand: packets built and read, sent and heard from a namespace, right ones and wrong ones.

A Speaker is a router that does only what a test tells it: it listens on port 521 and on ff02::9 of one interface, keeps
all that it hears, and sends any bytes from any port with any hop limit. craft() goes below that, with a source address
that the node does not have.
"""

import collections
import ipaddress
import socket
import struct
import time

import lab as laboratory

GROUP = "ff02::9"
PORT = 521
REQUEST, RESPONSE = 1, 2
NEXT_HOP = 0xFF
INFINITY = 16

Rte = collections.namedtuple("Rte", "prefix metric tag nexthop", defaults=(0, None))
Packet = collections.namedtuple("Packet", "time command rtes source port dest hops data")


def rte(prefix, metric=1, tag=0, length=None):
    """Twenty bytes. `length` overrides the one in `prefix`, for wrong ones; bits beyond the length are kept."""
    address, _, bits = prefix.partition("/")
    return (
        ipaddress.IPv6Address(address).packed
        + struct.pack("!HBB", tag, int(bits or 128) if length is None else length, metric)
    )


def next_hop(address):
    return rte(address, NEXT_HOP, length=0)


def header(command, version=1, zero=0):
    return struct.pack("!BBH", command, version, zero)


def response(*entries):
    """Entries are RTEs' bytes, prefixes (metric 1), or (prefix, metric) and (prefix, metric, tag)."""
    body = b""
    for e in entries:
        body += e if isinstance(e, bytes) else rte(e) if isinstance(e, str) else rte(*e)
    return header(RESPONSE) + body


def request(*prefixes):
    """A request for these prefixes; for the whole table where there are none."""
    if not prefixes:
        return header(REQUEST) + rte("::/0", INFINITY)
    return header(REQUEST) + b"".join(rte(p, 0) for p in prefixes)


def parse(data, strict=True):
    """(command, [Rte]) of a packet; next-hop RTEs are worked into the ones behind them.

    Strict, because this is what we send: but an answer to a request for a strange prefix may repeat it.
    """
    command, version, zero = struct.unpack("!BBH", data[:4])
    assert version == 1 and zero == 0, data.hex()
    assert (len(data) - 4) % 20 == 0, data.hex()
    hop, rtes = None, []
    for i in range(4, len(data), 20):
        address = ipaddress.IPv6Address(data[i : i + 16])
        tag, length, metric = struct.unpack("!HBB", data[i + 16 : i + 20])
        if metric == NEXT_HOP:
            assert tag == 0 and length == 0, data.hex()
            hop = None if int(address) == 0 else str(address)
            continue
        if not strict:
            length = min(length, 128)
        network = ipaddress.IPv6Network((address, length), strict)  # raises where host bits are set
        rtes.append(Rte(str(network), metric, tag, hop))
    return command, rtes


class Speaker:
    """A router played by a test, on one interface of a node."""

    def __init__(self, node, interface, port=PORT):
        self.node, self.interface = node, interface
        self.address = node.link_local(interface)
        self.index = node.inside(lambda: socket.if_nametoindex(interface))
        self.heard = []
        self.socket = self._open(port)

    def _open(self, port):
        s = self.node.inside(lambda: socket.socket(socket.AF_INET6, socket.SOCK_DGRAM))
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVHOPLIMIT, 1)
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_LOOP, 0)
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, self.index)
        group = socket.inet_pton(socket.AF_INET6, GROUP) + struct.pack("@I", self.index)
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, group)
        s.bind(("::", port))
        s.setblocking(False)
        return s

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # --- sending ---

    def send(self, data, dest=GROUP, hops=255, port=None, source=None):
        """`port`: from another port than this speaker's; `source`: from another address of this node."""
        s = self.socket
        if port is not None:
            s = self._open(port)
        ancillary = [(socket.IPPROTO_IPV6, socket.IPV6_HOPLIMIT, struct.pack("@i", hops))]
        if source is not None:
            info = socket.inet_pton(socket.AF_INET6, source) + struct.pack("@I", self.index)
            ancillary.append((socket.IPPROTO_IPV6, socket.IPV6_PKTINFO, info))
        scope = 0 if not ipaddress.IPv6Address(dest).is_link_local and dest != GROUP else self.index
        try:
            s.sendmsg([data], ancillary, 0, (dest, PORT, 0, scope))
        finally:
            if s is not self.socket:
                s.close()

    def announce(self, *entries, **how):
        self.send(response(*entries), **how)

    # --- hearing ---

    def listen(self):
        """All packets so far."""
        while True:
            try:
                data, ancillary, _, source = self.socket.recvmsg(65536, 256)
            except BlockingIOError:
                return self.heard
            hops, dest, index = None, None, None
            for level, kind, value in ancillary:
                if level == socket.IPPROTO_IPV6 and kind == socket.IPV6_HOPLIMIT:
                    hops = struct.unpack("@i", value)[0]
                if level == socket.IPPROTO_IPV6 and kind == socket.IPV6_PKTINFO:
                    dest = socket.inet_ntop(socket.AF_INET6, value[:16])
                    index = struct.unpack("@I", value[16:20])[0]
            if index != self.index:
                continue
            command, rtes = parse(data, strict=dest == GROUP)
            self.heard.append(
                Packet(time.monotonic(), command, rtes, source[0].partition("%")[0], source[1], dest, hops, data)
            )

    def forget(self):
        self.listen()
        self.heard.clear()

    def responses(self, source=None):
        return [p for p in self.listen() if p.command == RESPONSE and source in (None, p.source)]

    def requests(self, source=None):
        return [p for p in self.listen() if p.command == REQUEST and source in (None, p.source)]

    def table(self, source=None):
        """What is announced: prefix -> the last Rte heard for it."""
        return {r.prefix: r for p in self.responses(source) for r in p.rtes}

    def metric(self, prefix, source=None):
        """The last metric heard; None: never heard of."""
        found = self.table(source).get(prefix)
        return found.metric if found else None

    def wait_metric(self, prefix, metric, source=None):
        laboratory.wait_until(
            lambda: self.metric(prefix, source) == metric,
            lambda: f"{prefix} announced with {metric}; heard: {self.table(source)}",
        )

    def wait_request(self, source=None):
        return laboratory.wait_until(lambda: self.requests(source), "a request")[-1]

    def updates(self, source=None):
        """How many multicast responses so far."""
        return len([p for p in self.responses(source) if p.dest == GROUP])

    def wait_updates(self, n, source=None):
        """Waits for `n` more multicast responses: what was to be in one is in one now."""
        before = self.updates(source)
        laboratory.wait_until(lambda: self.updates(source) >= before + n, f"{n} more updates")


def _checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return (~total & 0xFFFF) or 0xFFFF


def craft(node, interface, data, source, dest=GROUP, hops=255, sport=PORT, dport=PORT, dest_mac=None):
    """Sends a frame with any source address: what only a raw socket can."""
    src, dst = ipaddress.IPv6Address(source).packed, ipaddress.IPv6Address(dest).packed
    length = 8 + len(data)
    pseudo = src + dst + struct.pack("!IHBB", length, 0, 0, 17)
    udp = struct.pack("!HHHH", sport, dport, length, 0) + data
    udp = udp[:6] + struct.pack("!H", _checksum(pseudo + udp)) + data
    packet = struct.pack("!IHBB", 6 << 28, length, 17, hops) + src + dst + udp
    mac = bytes.fromhex(dest_mac.replace(":", "")) if dest_mac else b"\x33\x33" + dst[12:]

    def send():
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as s:
            s.bind((interface, 0x86DD))
            s.send(mac + s.getsockname()[4] + b"\x86\xdd" + packet)

    node.inside(send)
