"""conf/openwrt/files/ripngd.init: from /etc/config/ripngd to /var/etc/ripngd.conf and to what procd is asked for.

Every configuration made here has passed `ripngd -t`: the script asks it, and refuses what it refuses.
"""

import pytest

PLAIN = """
config ripngd 'main'

config interface 'home'
	list network 'lan'
	list network 'wan6'
"""
PLAIN_CONF = """\
user = 'ripngd'
interface 'br-lan' { }
interface 'eth1' { }
interface '*' { enabled = false }
"""


def has_instance(calls):
    return any(c.startswith("procd_set_param command") for c in calls)


def rules(calls):
    return [c.split()[-1] for c in calls if c.startswith("json_add_string src ")]


# --- as it comes ---


def test_as_it_comes_it_serves_lan_and_wan6_with_connected_and_delegated(openwrt):
    calls = openwrt.init("start")
    assert openwrt.conf() == (
        "user = 'ripngd'\n"
        "redistribute 'connected' { }\n"
        "redistribute 'delegated' { }\n"
        "interface 'br-lan' { }\n"
        "interface 'eth1' { }\n"
        "interface '*' { enabled = false }\n"
    )
    assert openwrt.said == ""
    rule = lambda zone: [
        "json_add_object ",
        "json_add_string type rule",
        f"json_add_string name RIPng on {zone}",
        f"json_add_string src {zone}",
        "json_add_string family ipv6",
        "json_add_string proto udp",
        "json_add_string src_ip fe80::/10",
        "json_add_string dest_port 521",
        "json_add_string target ACCEPT",
        "json_close_object",
    ]
    assert calls == [
        "procd_open_service ripngd",
        "procd_open_instance",
        "procd_set_param command /usr/sbin/ripngd -c /var/etc/ripngd.conf",
        "procd_set_param file /var/etc/ripngd.conf",
        "procd_set_param reload_signal HUP",
        "procd_set_param respawn 3600 2 0",
        "procd_set_param term_timeout 10",
        "procd_set_param stdout 1",
        "procd_set_param stderr 1",
        "procd_open_data",
        "json_add_array firewall",
        *rule("lan"),
        *rule("wan"),
        "json_close_array",
        "procd_close_data",
        "procd_close_instance",
        "procd_add_reload_trigger ripngd",
        "procd_add_interface_trigger interface.* lan /etc/init.d/ripngd reload",
        "procd_add_interface_trigger interface.* wan6 /etc/init.d/ripngd reload",
        "procd_close_service",
        "procd_set_config_changed firewall",
    ]


def test_every_option_has_its_setting(openwrt):
    openwrt.uci(
        """
config ripngd 'main'
	option enabled '1'
	option firewall '1'
	option update '5'
	option timeout '30.5'
	option garbage '20'
	option triggered_min '0.5'
	option triggered_max '2'
	option default_route 'if-present'
	option default_metric '3'
	option accept_default '0'
	option kernel_table '100'
	option kernel_metric '3000'
	option kernel_protocol '190'
	option multipath '4'
	option max_routes '500'
	option max_routes_per_neighbor '100'
	option max_neighbors '16'
	option log_level 'info'
	option control_group 'ripngd'
	option failure_detection 'off'
	option graceful_restart 'yes'

config filter
	option name 'mine'
	list rule 'permit fd00::/8 le 64'
	list rule 'deny any'

config filter 'all'
	list rule 'permit any'

config redistribute
	option source 'static'
	option metric '2'
	option tag '7'
	option filter 'mine'

config redistribute
	option source 'kernel'
	list protocol 'boot'
	list protocol 'babel'

config redistribute
	option enabled '0'
	option source 'connected'

config aggregate
	option prefix '2001:db8::/48'
	option metric '2'
	option summary_only '1'

config route
	option prefix '2001:db8:ffff::/64'
	option tag '9'

config interface 'home'
	option network 'lan'
	option cost '2'
	option passive '1'
	option split_horizon 'simple'
	option multicast '0'
	list neighbor 'fe80::1'
	list neighbor 'fe80::2'
	option accept_from 'fe80::1 fe80::2'
	option import 'mine'
	option export 'all'

config interface 'guest'
	list device 'wlan*'
	option enabled '0'
"""
    )
    openwrt.init("start")
    assert openwrt.said == ""
    assert openwrt.conf() == (
        "timers {\n\tupdate = '5'\n\ttimeout = '30.5'\n\tgarbage = '20'\n\ttriggered-min = '0.5'\n\ttriggered-max = '2'\n}\n"
        "default-route {\n\toriginate = 'if-present'\n\tmetric = '3'\n\taccept = false\n}\n"
        "kernel {\n\ttable = '100'\n\tmetric = '3000'\n\tprotocol = '190'\n\tmultipath = '4'\n}\n"
        "limits {\n\troutes = '500'\n\troutes-per-neighbor = '100'\n\tneighbors = '16'\n}\n"
        "log {\n\tlevel = 'info'\n}\n"
        "control {\n\tgroup = 'ripngd'\n}\n"
        "\tfailure-detection = false\n\tgraceful-restart = true\n"
        "user = 'ripngd'\n"
        "filter 'mine' {\n\trules = {'permit fd00::/8 le 64', 'deny any'}\n}\n"
        "filter 'all' {\n\trules = {'permit any'}\n}\n"
        "redistribute 'static' {\n\tmetric = '2'\n\ttag = '7'\n\tfilter = 'mine'\n}\n"
        "redistribute 'kernel' {\n\tprotocols = {'boot', 'babel'}\n}\n"
        "aggregate '2001:db8::/48' {\n\tmetric = '2'\n\tsummary-only = true\n}\n"
        "route '2001:db8:ffff::/64' {\n\ttag = '9'\n}\n"
        "interface 'br-lan' {\n\tmetric = '2'\n\tpassive = true\n\tsplit-horizon = 'simple'\n\tmulticast = false\n"
        "\tneighbors = {'fe80::1', 'fe80::2'}\n\taccept-from = {'fe80::1', 'fe80::2'}\n\timport = 'mine'\n\texport = 'all'\n}\n"
        "interface 'wlan*' {\n\tenabled = false\n}\n"
        "interface '*' { enabled = false }\n"
    )


# --- networks ---


def test_two_networks_on_one_device_are_one_interface(openwrt):
    openwrt.uci(PLAIN + "\tlist network 'wan'\n")
    openwrt.init("start")
    assert openwrt.conf() == PLAIN_CONF


def test_a_network_that_is_down_waits_and_is_served_when_netifd_says_so(openwrt):
    openwrt.uci(PLAIN)
    openwrt.networks(lan="br-lan")
    calls = openwrt.init("start")
    assert openwrt.conf() == PLAIN_CONF.replace("interface 'eth1' { }\n", "")
    assert "network wan6 is not up" in openwrt.said
    assert "procd_add_interface_trigger interface.* wan6 /etc/init.d/ripngd reload" in calls
    openwrt.networks(lan="br-lan", wan6="pppoe-wan")
    openwrt.init("reload")
    assert openwrt.conf() == PLAIN_CONF.replace("eth1", "pppoe-wan")


def test_with_all_networks_down_it_is_no_interface_and_not_every_one(openwrt):
    openwrt.uci(PLAIN)
    openwrt.networks()
    openwrt.init("start")
    assert openwrt.conf() == "user = 'ripngd'\ninterface '*' { enabled = false }\n"


def test_without_any_interface_section_it_is_every_interface_as_for_ripngd_itself(openwrt):
    openwrt.uci("config ripngd 'main'\n")
    openwrt.init("start")
    assert openwrt.conf() == "user = 'ripngd'\n"


# --- what is wrong ---


@pytest.mark.parametrize(
    "text, said",
    [
        ("config ripngd 'main'\n\toption upadte '5'\n", "no option 'upadte' in a section of type ripngd (main)"),
        ("config interface 'x'\n\tlist network 'lan'\n\toption metric '5'\n", "no option 'metric' in a section of type interface"),
        ("config general 'main'\n", "no section of type 'general'"),
        ("config ripngd\n", "the section of type ripngd is: config ripngd 'main'"),
        ("config interface 'x'\n\tlist network 'lan'\n\tlist cost '5'\n", "x: 'cost' is one value"),
        ("config interface 'x'\n\toption cost '5'\n", "x: an interface needs list network"),
        ("config interface 'x'\n\tlist network 'lan'\n\toption passive 'maybe'\n", "x.passive: 'maybe' is neither 0 nor 1"),
        ("config interface 'x'\n\tlist network 'lan'\n\toption cost '99'\n", "metric: 99 is out of range"),
        ("config interface 'x'\n\tlist network 'lan'\n\toption import 'nowhere'\n", "nowhere"),
        ("config redistribute\n\toption metric '1'\n", "a section of type redistribute needs option source"),
        ("config redistribute\n\toption source 'ospf'\n", 'redistribute: "ospf" is none of'),
        ("config filter 'f'\n\toption rule 'permit any'\n", "f: rules are a list: list rule 'permit any'"),
        ("config filter 'f'\n\tlist rule \"permit any' }\"\n", "must not have quotes or control characters"),
        ("config ripngd 'main'\n\toption log_level \"info\nuser = x\"\n", "must not have quotes or control characters"),
    ],
)
def test_what_is_wrong_is_told_and_the_file_in_force_stays(openwrt, text, said):
    openwrt.uci(PLAIN)
    openwrt.init("start")
    openwrt.uci(text)
    calls = openwrt.init("reload")
    assert said in openwrt.said
    assert "/etc/config/ripngd is not used: errors: 1" in openwrt.said
    assert openwrt.conf() == PLAIN_CONF
    assert has_instance(calls), "the running one goes on"


def test_all_that_is_wrong_is_told_at_once(openwrt):
    openwrt.uci("config ripngd 'main'\n\toption a '1'\n\toption b '2'\nconfig x\n")
    openwrt.init("start")
    for word in ("'a'", "'b'", "'x'", "errors: 3"):
        assert word in openwrt.said


def test_with_a_bad_file_from_the_start_nothing_runs(openwrt):
    openwrt.uci("config ripngd 'main'\n\toption upadte '5'\n")
    calls = openwrt.init("start")
    assert not has_instance(calls) and rules(calls) == []
    assert "procd_add_reload_trigger ripngd" in calls, "it looks again when the file changes"


def test_values_are_text_and_nothing_is_expanded(openwrt):
    openwrt.uci("config ripngd 'main'\n\toption control_group '$(touch /tmp/x) ${PATH} \"`id`'\n")
    openwrt.init("start")
    assert not openwrt.path("/tmp/x").exists()
    assert "is not used" in openwrt.said  # there is no such group


# --- switched off, or with a file of one's own ---


def test_disabled_nothing_runs_and_no_port_is_open(openwrt):
    openwrt.uci(PLAIN.replace("'main'\n", "'main'\n\toption enabled '0'\n"))
    calls = openwrt.init("start")
    assert not has_instance(calls) and rules(calls) == []
    assert openwrt.said == ""


def test_a_file_of_ones_own_is_used_as_it_is(openwrt):
    openwrt.uci("config ripngd 'main'\n\toption conf_file '/etc/ripngd.conf'\n")
    calls = openwrt.init("start")
    assert "procd_set_param command /usr/sbin/ripngd -c /etc/ripngd.conf" in calls
    assert "procd_set_param file /etc/ripngd.conf" in calls
    assert not openwrt.path("/var/etc/ripngd.conf").exists()


# --- the firewall ---


def test_the_firewall_looks_again_only_where_the_zones_changed(openwrt):
    changed = "procd_set_config_changed firewall"
    openwrt.uci(PLAIN)
    assert changed in openwrt.init("start")
    calls = openwrt.init("reload")
    assert changed not in calls and rules(calls) == ["lan", "wan"]
    openwrt.uci(PLAIN.replace("\tlist network 'wan6'\n", ""))
    calls = openwrt.init("reload")
    assert changed in calls and rules(calls) == ["lan"]


def test_when_the_service_stops_its_rules_go(openwrt):
    openwrt.uci(PLAIN)
    openwrt.init("start")
    assert openwrt.init("stop") == ["procd_kill ripngd", "procd_set_config_changed firewall"]
    assert "procd_set_config_changed firewall" in openwrt.init("start"), "and come back with it"


def test_the_rules_can_be_left_to_others(openwrt):
    openwrt.uci(PLAIN.replace("'main'\n", "'main'\n\toption firewall '0'\n"))
    assert rules(openwrt.init("start")) == []


def test_two_networks_of_one_zone_need_one_rule_and_a_network_without_zone_none(openwrt):
    openwrt.uci(PLAIN + "\tlist network 'wan'\n\tlist network 'tunnel'\n")
    assert rules(openwrt.init("start")) == ["lan", "wan"]


# --- privileges ---


def test_with_ujail_it_runs_as_its_user_with_two_capabilities_in_a_jail(openwrt):
    openwrt.uci(PLAIN)
    openwrt.path("/sbin/ujail").touch(0o755)
    calls = openwrt.init("start")
    assert [c for c in calls if "jail" in c or c.split()[1:2] in (["user"], ["group"], ["capabilities"], ["no_new_privs"])] == [
        "procd_add_jail ripngd procfs",
        "procd_add_jail_mount /var/etc/ripngd.conf",
        "procd_add_jail_mount_rw /var/run/ripngd",
        "procd_set_param capabilities /etc/capabilities/ripngd.json",
        "procd_set_param no_new_privs 1",
        "procd_set_param user ripngd",
        "procd_set_param group ripngd",
    ]
    assert "user" not in openwrt.conf()
    assert openwrt.path("/var/run/ripngd").stat().st_uid == 521


def test_a_reload_changes_the_very_file_that_a_jail_has_mounted(openwrt):
    openwrt.uci(PLAIN)
    openwrt.init("start")
    inode = openwrt.path("/var/etc/ripngd.conf").stat().st_ino
    openwrt.uci(PLAIN + "\toption cost '3'\n")
    openwrt.init("reload")
    assert "metric = '3'" in openwrt.conf()
    assert openwrt.path("/var/etc/ripngd.conf").stat().st_ino == inode


def test_without_its_user_it_runs_as_root_all_the_same(openwrt):
    openwrt.uci(PLAIN)
    openwrt.path("/sbin/ujail").touch(0o755)
    openwrt.path("/etc/passwd").write_text("root:x:0:0:root:/root:/bin/ash\n")
    calls = openwrt.init("start")
    assert has_instance(calls) and not [c for c in calls if "jail" in c]
    assert "user" not in openwrt.conf()
