"""conf/openwrt/files/ripngd.rpcd: `ubus call ripngd ...`, by way of rpcd and ripngctl."""

import json

import pytest

PLUGIN = "/usr/libexec/rpcd/ripngd"


@pytest.fixture
def told(openwrt):
    """ripngctl prints its own command line, as a JSON array of one object."""
    program = openwrt.path("/usr/bin/ripngctl")
    program.unlink()
    program.write_text('#!/bin/sh\nprintf \'[{"asked": "%s"}]\\n\' "$*"\n')
    program.chmod(0o755)
    return openwrt


def call(openwrt, method, arguments="{}"):
    done = openwrt.run(PLUGIN, "call", method, stdin=arguments + "\n")
    assert done.returncode == 0 and done.stderr == "", done.stderr
    return json.loads(done.stdout)


def test_it_lists_its_methods_and_their_arguments(openwrt):
    listed = json.loads(openwrt.run(PLUGIN, "list").stdout)
    assert listed == {"status": {}, "routes": {"prefix": "String"}, "neighbors": {}, "interfaces": {}}


@pytest.mark.parametrize(
    "method, command",
    [("status", "status"), ("routes", "route"), ("neighbors", "neigh"), ("interfaces", "interface")],
)
def test_each_method_hands_on_what_ripngctl_prints(told, method, command):
    assert call(told, method) == {method: [{"asked": f"-j show {command}"}]}


def test_routes_takes_a_prefix(told):
    assert call(told, "routes", '{"prefix": "2001:db8::/64"}') == {"routes": [{"asked": "-j show route 2001:db8::/64"}]}


@pytest.mark.parametrize("arguments", ["", "nonsense", "{}", '{"prefix": ""}', '{"other": "x"}'])
def test_arguments_that_are_none_are_no_prefix(told, arguments):
    assert call(told, "routes", arguments) == {"routes": [{"asked": "-j show route"}]}


def test_a_prefix_is_one_word_whatever_is_in_it(told):
    (answer,) = call(told, "routes", '{"prefix": "-j; touch /tmp/x"}')["routes"]
    assert answer == {"asked": "-j show route -j; touch /tmp/x"}
    assert not told.path("/tmp/x").exists()


def test_without_a_daemon_the_reason_is_the_answer(openwrt):
    answer = call(openwrt, "status")
    assert list(answer) == ["error"] and "can't reach ripngd" in answer["error"]


def test_an_unknown_method_is_refused(openwrt):
    assert openwrt.run(PLUGIN, "call", "reboot").returncode != 0
