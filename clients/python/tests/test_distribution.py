"""The SDK, installed with pip into an environment of its own."""

import asyncio
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def run(*command):
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)


async def test_pip_installs_the_sdk_and_its_readme_runs_as_written(platform, tmp_path):
    environment = tmp_path / "environment"
    run(sys.executable, "-m", "venv", environment)
    python = environment / "bin" / "python"
    installed = await asyncio.to_thread(run, python, "-m", "pip", "install", "--quiet", ROOT / "clients" / "python")
    assert installed.returncode == 0, installed.stderr
    [example] = re.findall(r"```python\n(.*?)```", (ROOT / "clients/python/README.md").read_text(), re.DOTALL)
    program = tmp_path / "example.py"
    program.write_text(example.replace("http://127.0.0.1:8080", platform.url))

    ran = await asyncio.to_thread(run, python, program)

    assert ran.returncode == 0, ran.stderr
    assert "The Lighthouse Keeper's Ledger plays at /media/x/hls/master.m3u8" == ran.stdout.splitlines()[-1]


async def test_the_distribution_holds_no_internal_contract(tmp_path):
    built = await asyncio.to_thread(
        run,
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--target",
        tmp_path,
        ROOT / "clients" / "python",
    )

    assert built.returncode == 0, built.stderr
    stubs = {path.name for path in (tmp_path / "marquee").rglob("*_pb2.py")}
    assert "catalog_service_pb2.py" in stubs
    assert not [name for name in stubs if name.endswith("_internal_pb2.py")]
