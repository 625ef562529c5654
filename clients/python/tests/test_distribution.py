"""The SDK, installed with pip into an empty environment."""

import asyncio
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


def run(*command):
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """An environment with the SDK and what it needs."""
    folder = tmp_path_factory.mktemp("sdk") / "environment"
    created = run(sys.executable, "-m", "venv", "--without-pip", folder)
    assert created.returncode == 0, created.stderr
    pip = (sys.executable, "-m", "pip", "--python", folder / "bin" / "python")
    installed = run(*pip, "install", "--quiet", "--no-compile", ROOT / "clients" / "python")
    assert installed.returncode == 0, installed.stderr
    return folder


async def test_pip_installs_the_sdk_and_its_readme_runs_as_written(platform, environment, tmp_path):
    [example] = re.findall(r"```python\n(.*?)```", (ROOT / "clients/python/README.md").read_text(), re.DOTALL)
    program = tmp_path / "example.py"
    program.write_text(example.replace("http://127.0.0.1:8080", platform.url))

    ran = await asyncio.to_thread(run, environment / "bin" / "python", program)

    assert ran.returncode == 0, ran.stderr
    assert "The Lighthouse Keeper's Ledger plays at /media/x/hls/master.m3u8" == ran.stdout.splitlines()[-1]


def test_the_distribution_holds_no_internal_contract(environment):
    [packages] = environment.glob("lib/python*/site-packages/marquee")

    stubs = {path.name for path in packages.rglob("*_pb2.py")}
    assert "catalog_service_pb2.py" in stubs
    assert not [name for name in stubs if name.endswith("_internal_pb2.py")]
