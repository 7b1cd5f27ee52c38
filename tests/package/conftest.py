"""The laboratory of tests/net, for a machine that has the package instead of the tree."""

import importlib.util
import sys
from pathlib import Path

NET = Path(__file__).resolve().parents[1] / "net"
sys.path.insert(0, str(NET))
spec = importlib.util.spec_from_file_location("net_conftest", NET / "conftest.py")
net = importlib.util.module_from_spec(spec)
spec.loader.exec_module(net)
lab, pytest_configure, pytest_runtest_makereport = net.lab, net.pytest_configure, net.pytest_runtest_makereport
