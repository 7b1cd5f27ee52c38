"""What the tests of `ripngctl doctor` share: asking it, doing what it says, and machines to ask it on."""

import json
import os
import re

from lab import RIPNGCTL, RIPNGD, TIMERS, sanitizer_env, wait_until


def doctor(node, daemon=None, socket="/nowhere.sock", env=None, program=None):
    """What it finds: a list of dicts. `program`: ripngctl in another way, as a list."""
    argv = [*(program or [RIPNGCTL]), "-j", "-s", daemon.socket if daemon else socket, "doctor"]
    done = node.run(*argv, check=False, env={**sanitizer_env(), **(env or {})})
    assert done.returncode in (0, 1), (done.returncode, done.stderr)
    found = json.loads(done.stdout)
    assert done.returncode == (1 if found else 0)
    for f in found:
        assert sorted(f) == ["check", "finding", "interface", "mend", "severity"]
        assert f["severity"] in ("error", "warning") and f["finding"] and f["mend"]
    return found


def only(node, check, interface=None, daemon=None, **kwargs):
    """The one finding that there is, of this check."""
    found = doctor(node, daemon, **kwargs)
    assert [(f["check"], f["interface"]) for f in found] == [(check, interface)], found
    return found[0]


def healthy(node, daemon):
    assert doctor(node, daemon) == []


def mend(node, finding, env=None):
    """Does what the finding says; what it leaves running is in the process group of what is returned."""
    path = os.pathsep.join([os.path.dirname(RIPNGD), os.path.dirname(RIPNGCTL), os.environ["PATH"]])
    env = {**sanitizer_env(), "PATH": path, **(env or {})}
    process = node.start("mend", ["sh", "-c", finding["mend"]], env=env, preexec=os.setsid)
    assert process.wait() == 0, (finding["mend"], process.log())
    return process


def mend_setting(daemon, config, finding):
    """The same where it is a line for the configuration, `name { key = value }`, and a reload."""
    line, then = re.fullmatch(r".*set `(.*)` in ripngd.conf, then: ripngctl (.*)", finding["mend"]).groups()
    name, _, inside = line.rstrip(" }").partition(" { ")
    section = re.compile(rf"^{name} {{(.*)}}$", re.M)
    if section.search(config):
        key = inside.split()[0]
        config = section.sub(lambda m: f"{name} {{{re.sub(rf'{key} = [0-9.a-z]+', inside, m.group(1))}}}", config)
        assert inside in config
    else:
        config += line + "\n"
    daemon.write_config(config)
    done = daemon.ctl(then)
    assert done.returncode == 0, done.stdout + done.stderr


def soon_healthy(node, daemon):
    found = []

    def look():
        found[:] = doctor(node, daemon)
        return not found

    wait_until(look, lambda: f"nothing found: {found}", pause=0.3)


def pair(lab, config=TIMERS, config2=TIMERS):
    """Two routers on a cable, each with a LAN, that hear each other."""
    r1, r2 = lab.routers("r1", "r2")
    lab.cable(r1, r2)
    lab.stub(r1, "lan", "2001:db8:1::1/64")
    lab.stub(r2, "lan", "2001:db8:2::1/64")
    d1, d2 = r1.ripngd(config), r2.ripngd(config2)
    r1.wait_learned("2001:db8:2::/64")
    r2.wait_learned("2001:db8:1::/64")
    return r1, r2, d1, d2


def behind(lab, rules, name="r1"):
    """Like pair(), but `rules` are there before the daemons; nothing is waited for."""
    r1, r2 = lab.routers("r1", "r2")
    lab.cable(r1, r2)
    lab.stub(r1, "lan", "2001:db8:1::1/64")
    lab.stub(r2, "lan", "2001:db8:2::1/64")
    {"r1": r1, "r2": r2}[name].run("nft", "-f", "-", input=rules)
    return r1, r2, r1.ripngd(), r2.ripngd()


def soon_only(node, check, interface, daemon):
    """The one finding that there is after a while, for the other router has to be known and asked."""
    found = []

    def look():
        found[:] = doctor(node, daemon)
        return [(f["check"], f["interface"]) for f in found] == [(check, interface)]

    wait_until(look, lambda: f"{check} on {interface}: {found}", pause=0.5)
    return found[0]
