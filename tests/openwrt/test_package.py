"""conf/openwrt as a package of the feed: what fits together without an OpenWrt to build it."""

import json
import re
import subprocess

from conftest import FILES, INSTALLED, TOP

MAKEFILE = (TOP / "conf" / "openwrt" / "Makefile").read_text()


def test_the_version_is_the_one_of_meson_build():
    (ours,) = re.findall(r"^  version: '(.*)',$", (TOP / "meson.build").read_text(), re.M)
    assert re.findall(r"^PKG_VERSION:=(.*)$", MAKEFILE, re.M) == [ours]


def test_every_file_is_installed_once_and_where_the_tests_have_it():
    placed = dict(re.findall(r"\$\(INSTALL_\w+\) \./files/(\S+) \$\(1\)/(\S+)$", MAKEFILE, re.M))
    assert placed == INSTALLED
    assert sorted(placed) == sorted(p.name for p in FILES.iterdir())


def test_it_depends_on_the_libraries_that_the_programs_are_linked_to():
    packages = {"ev": "libev", "confuse": "confuse", "mnl": "libmnl", "json-c": "libjson-c", "cap-ng": "libcap-ng"}
    needed = set(re.findall(r"dependency\('(?:lib)?([\w-]+)'|find_library\('([\w-]+)'", (TOP / "meson.build").read_text()))
    (depends,) = re.findall(r"DEPENDS:=(.*)$", MAKEFILE, re.M)
    assert set(depends.split()) == {"@IPV6"} | {f"+{packages[a or b]}" for a, b in needed}


def test_the_json_files_are_json_and_grant_no_more_than_is_needed():
    for capabilities in json.loads((FILES / "ripngd.capabilities").read_text()).values():
        assert capabilities == ["CAP_NET_ADMIN", "CAP_NET_BIND_SERVICE"]
    (grant,) = json.loads((FILES / "ripngd.acl").read_text()).values()
    assert list(grant) == ["description", "read"]


def test_the_doctor_names_options_that_the_init_script_knows():
    settings = re.findall(r'^ +\[DOCTOR_\w+\] = \{"([\w-]+)", "([\w-]+)", "(\w+)"\},$', (TOP / "cli" / "doctor.c").read_text(), re.M)
    (known,) = re.findall(r"^RIPNGD_ripngd='(.*?)'$", (FILES / "ripngd.init").read_text(), re.M | re.S)
    assert settings and {f"{uci}:{section}.{key}" for section, key, uci in settings} <= {":".join(w.split(":")[:2]) for w in known.split()}


def test_the_scripts_are_clean_for_shellcheck():
    scripts = [FILES / "ripngd.init", FILES / "ripngd.rpcd"]
    subprocess.run(["shellcheck", "-s", "dash", *scripts], check=True)
