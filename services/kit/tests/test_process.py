"""What runs in the background ends with what it runs for."""

import asyncio

import pytest

from services.kit import process


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

    async with asyncio.timeout(30):
        async with process.background(deaf(heard)):
            await asyncio.sleep(0)

    assert ["cancelled", "cancelled"] == heard


async def test_work_that_dies_is_told_to_who_watches():
    async def dies():
        raise RuntimeError("died")

    async with process.background(dies(), asyncio.sleep(3600)) as watch:
        with pytest.raises(RuntimeError, match="died"):
            await watch()
