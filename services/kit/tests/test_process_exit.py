"""A process that has stopped ends, whatever its threads do."""

import asyncio
import os
import sys

from services.kit import testing

_STOPS_WHILE_A_THREAD_READS = """
import asyncio, pathlib, sys
from services.kit import process

async def main():
    reading = asyncio.create_task(asyncio.to_thread(pathlib.Path(sys.argv[1]).read_bytes))
    await asyncio.sleep(0)
    reading.cancel()

process._THREADS_SECONDS = 0.1
sys.exit(process.run("kit", main))
"""


async def test_a_thread_that_is_blocked_by_a_file_does_not_keep_the_process(tmp_path):
    file = tmp_path / "hangs"
    os.mkfifo(file)

    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _STOPS_WHILE_A_THREAD_READS, file, stdout=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(testing.PATIENCE):
        output, _ = await process.communicate()

    assert 0 == process.returncode
    assert b"threads abandoned" in output
