"""Background tasks end with their process, and the process with them."""

import asyncio

import pytest

from services.kit import process, testing


async def deaf(heard):
    """Goes on once although it was cancelled, as a library does that is at something else just then."""
    while True:
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            heard.append("cancelled")
            if len(heard) == 2:
                raise


async def test_a_cancellation_that_got_lost_is_repeated(monkeypatch):
    monkeypatch.setattr(process, "_REPEAT_SECONDS", 0.01)
    heard = []

    async with asyncio.timeout(testing.PATIENCE):
        async with process.background(deaf(heard)):
            await asyncio.sleep(0)

    assert ["cancelled", "cancelled"] == heard


async def test_work_that_dies_is_told_to_who_watches():
    async def dies():
        raise RuntimeError("died")

    async with process.background(dies(), asyncio.sleep(3600)) as watch:
        with pytest.raises(RuntimeError, match="died"):
            await watch()


class Told:
    """Stands where a server is told that calls are welcome."""

    def __init__(self):
        self.ready_at = asyncio.Event()

    async def ready(self):
        self.ready_at.set()


async def test_calls_are_welcome_once_all_is_loaded():
    server, loaded = Told(), asyncio.Event()

    waiting = asyncio.create_task(process._ready(server, loaded.wait))
    await asyncio.sleep(0.01)
    before = server.ready_at.is_set()
    loaded.set()
    await waiting

    assert not before
    assert server.ready_at.is_set()


async def test_who_cannot_load_takes_calls_all_the_same_after_a_while(monkeypatch):
    monkeypatch.setattr(process, "_LOAD_SECONDS", 0.01)
    server = Told()

    await process._ready(server, asyncio.Event().wait)

    assert server.ready_at.is_set()
