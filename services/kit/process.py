"""The lifecycle of a service process: start, serve, drain, stop."""

import asyncio
import contextlib
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Coroutine
from typing import Any

import uvloop

from services.kit import config, gc_tuning, logs, metrics
from services.kit.server import Server

#: How long a cancelled task may take to end before it is cancelled again.
_REPEAT_SECONDS = 1.0
#: How long a process may load before it serves with the data that it has.
_LOAD_SECONDS = 30.0
#: How long threads may take to end once the service has stopped.
_THREADS_SECONDS = 5.0

_log = logs.logger()


def run(service: str, main: Callable[[], Coroutine[Any, Any, None]]) -> int:
    """Runs `main` of a service on uvloop until it is stopped; returns the exit code."""
    writer = logs.configure(service)
    gc_tuning.install()

    async def run_main() -> None:
        await main()
        _exit_soon(writer)

    try:
        uvloop.run(run_main())
    except config.ConfigError as wrong:
        print(f"{service}: {wrong}", file=sys.stderr)  # noqa: T201 - the operator must see it
        return 2
    except Exception:
        _log.exception("died")
        raise
    finally:
        writer.close()
    return 0


def _exit_soon(writer: logs.LineWriter) -> None:
    """Ends the process if its threads have not ended after some seconds.

    Python waits for all of them, and a thread may be blocked for ever, such as by a read from a store that hangs.
    """

    def exit_now() -> None:
        _log.warning("threads abandoned", threads=[thread.name for thread in threading.enumerate()])
        writer.close()
        os._exit(0)

    timer = threading.Timer(_THREADS_SECONDS, exit_now)
    timer.daemon = True
    timer.start()


@contextlib.asynccontextmanager
async def background(*tasks: Coroutine[Any, Any, None]) -> AsyncIterator[Callable[[], Coroutine[Any, Any, None]]]:
    """Runs `tasks` concurrently with the block and cancels them at its end.

    Returns a function that waits until one of them raises: a process without its background work must not look healthy,
    so it ends too and is restarted. Tasks of `periodic_task` do not end.
    """
    running = [asyncio.create_task(task) for task in tasks]

    async def watch() -> None:
        done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_EXCEPTION)
        for task in done:
            task.result()

    try:
        yield watch
    finally:
        await _end(running)


async def _end(running: Collection[asyncio.Task[None]]) -> None:
    """Cancels tasks until they have ended. A library can swallow a cancellation, so it is repeated."""
    left = set(running)
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=_REPEAT_SECONDS)
    # `watch` has raised their failures.
    await asyncio.gather(*running, return_exceptions=True)


async def serve(
    server: Server,
    *tasks: Coroutine[Any, Any, None],
    loaded: Callable[[], Awaitable[object]] | None = None,
    metrics_listen: str = "",
) -> None:
    """Serves until SIGTERM or SIGINT, with `tasks` in the background; then leaves the mesh and lets calls end.

    Args:
        server: the server.
        tasks: the background work.
        loaded: waits until the tasks have loaded their data; the mesh sends no calls before.
        metrics_listen: where metrics are served, as host:port; empty for nowhere.
    """
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    metrics.serve(metrics_listen)
    await server.start()
    async with background(_ready(server, loaded), _forever(stopping), *tasks) as watch:
        waits = {asyncio.create_task(stopping.wait()), asyncio.create_task(watch())}
        done, pending = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in pending:
            wait.cancel()
        await server.stop()
        for wait in done:
            wait.result()


async def _ready(server: Server, loaded: Callable[[], Awaitable[object]] | None) -> None:
    if loaded is not None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LOAD_SECONDS):
                await loaded()
    await server.ready()


async def _forever(stopping: asyncio.Event) -> None:
    """Keeps `watch` waiting in services without background work."""
    await stopping.wait()
