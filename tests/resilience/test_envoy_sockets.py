"""Other users of the machine reach neither the administration of Envoy nor the socket of the public keys."""

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from services.kit import testing

_NOBODY = 65534
#: Connects to each path, and prints what became of it.
_CONNECT = """
import socket, sys
for path in sys.argv[1:]:
    try:
        socket.socket(socket.AF_UNIX).connect(path)
        print("connected")
    except OSError as error:
        print(type(error).__name__)
"""
_SOCKETS = ("admin.sock", "keys.sock", "media.sock", "web.sock")


def test_the_sockets_of_envoy_are_open_to_its_user_alone(platform):
    run = platform.home / "run"

    assert 0o700 == stat.S_IMODE(run.stat().st_mode)
    assert dict.fromkeys(_SOCKETS, 0o600) == {
        path.name: stat.S_IMODE(path.stat().st_mode) for path in run.glob("*.sock")
    }
    assert b"LIVE" in testing.get_over_socket(run / "admin.sock", "/server_info")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs a process of another user")
def test_another_user_cannot_connect_to_the_sockets_of_envoy(platform):
    setpriv = shutil.which("setpriv")
    assert setpriv is not None, "setpriv is not installed"
    # The interpreter of the machine, since that of the environment may be closed to others.
    command = [os.path.realpath(sys.executable), "-c", _CONNECT]
    command += [str(platform.home / "run" / name) for name in _SOCKETS]
    other = [setpriv, f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups"]

    def run(prefix):
        return subprocess.run([*prefix, *command], capture_output=True, text=True, check=True).stdout.split()

    assert ["connected"] * len(_SOCKETS) == run([])
    assert ["PermissionError"] * len(_SOCKETS) == run(other)


def test_no_socket_of_the_platform_is_open_to_everybody(platform):
    with Path("/proc/net/unix").open() as table:
        names = [line.split()[-1] for line in table]

    assert [] == [name for name in names if name.startswith("@marquee-keys") and name.endswith(str(platform.port))]
