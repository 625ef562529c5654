"""Background tasks end with their process, and the process ends if a background task fails."""

import asyncio

import pytest

from services.kit import process, testing


async def ignore_first_cancellation(cancellations):
    """Ignores the first cancellation, as some libraries do in some states."""
    while True:
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            cancellations.append("cancelled")
            if len(cancellations) == 2:
                raise


async def test_an_ignored_cancellation_is_repeated(monkeypatch):
    monkeypatch.setattr(process, "_REPEAT_SECONDS", 0.01)
    cancellations = []

    async with asyncio.timeout(testing.PATIENCE):
        async with process.background(ignore_first_cancellation(cancellations)):
            await asyncio.sleep(0)

    assert ["cancelled", "cancelled"] == cancellations


async def test_a_failure_of_a_background_task_is_raised_to_the_caller():
    async def fails():
        raise RuntimeError("failed")

    async with process.background(fails(), asyncio.sleep(3600)) as watch:
        with pytest.raises(RuntimeError, match="failed"):
            await watch()


class FakeServer:
    """Records when it is marked as ready for calls."""

    def __init__(self):
        self.ready_at = asyncio.Event()

    async def ready(self):
        self.ready_at.set()


async def test_the_server_is_ready_once_data_is_loaded():
    server, loaded = FakeServer(), asyncio.Event()

    ready_task = asyncio.create_task(process._ready(server, loaded.wait))
    await asyncio.sleep(0.01)
    before = server.ready_at.is_set()
    loaded.set()
    await ready_task

    assert not before
    assert server.ready_at.is_set()


async def test_the_server_is_ready_after_a_timeout_even_if_loading_does_not_end(monkeypatch):
    monkeypatch.setattr(process, "_LOAD_SECONDS", 0.01)
    server = FakeServer()

    await process._ready(server, asyncio.Event().wait)

    assert server.ready_at.is_set()
