"""The seed in a process of its own."""

import asyncio
import os
import sys

import pytest

from deploy.local import home_directory, platform_builder, seed_runner, settings

_NOTE_ARGUMENTS = "import pathlib, sys; pathlib.Path(sys.argv[1]).write_text(' '.join(sys.argv[2:]))"


@pytest.fixture
def config(tmp_path):
    """The settings of a prepared home directory."""
    config = settings.read({"MARQUEE_HOME": str(tmp_path / "home")})
    home_directory.create(config.home)
    platform_builder.prepare_home(config)
    return config


@pytest.mark.parametrize(("age", "is_extended"), [(3600, False), (7 * 3600, True), (None, False)])
async def test_schedules_are_extended_some_hours_after_the_last_run(config, tmp_path, age, is_extended):
    noted = tmp_path / "arguments"
    if age is not None:
        config.seeded.write_text("")
        old = config.seeded.stat().st_mtime - age
        os.utime(config.seeded, (old, old))
    command = ("-c", _NOTE_ARGUMENTS, str(noted))
    extending = asyncio.create_task(seed_runner.extend_schedules(config, sys.stdout, command))
    if is_extended:
        while not (noted.exists() and noted.read_text()) or config.seeded.stat().st_mtime == old:
            await asyncio.sleep(0.01)
    else:
        await asyncio.sleep(0)
    extending.cancel()
    await asyncio.gather(extending, return_exceptions=True)

    assert is_extended == noted.exists()
    assert not is_extended or "--schedules" == noted.read_text()
