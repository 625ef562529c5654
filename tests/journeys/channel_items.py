"""Packaged films of several forms, and a channel that shows them."""

import asyncio
from collections.abc import Iterable
from concurrent import futures
from pathlib import Path

from services.packager.domain import job_plan, media, source_uris
from services.packager.packaging import build_workspace
from services.packager.tools import shaka
from services.playback.linear import runs, track_tables
from services.playback.media import manifests
from tests.journeys import channel_server, timed_films

#: Frame rates, lengths and encryption differ, one sound ends early and one film is longer than its cells.
_FORMS = (
    ("25", 8.0, 8.0, media.Scheme.CBCS),
    ("30000/1001", 4.6, 4.6, media.Scheme.CBCS),
    ("24", 4.0, 3.0, media.Scheme.CBCS),
    ("16", 4.5, 4.5, media.Scheme.CENC),
)
#: When the last caption ends, in seconds: before the end of the longest film.
_LAST_CAPTION = 4.0


def asset_id(number: int) -> str:
    """Returns the id of the asset of a film."""
    return f"00000000-0000-7000-8000-{number:012d}"


def film_number(asset: str) -> int:
    """Returns the number of the film of an asset."""
    return int(asset.rpartition("-")[2])


def package(folder: Path) -> channel_server.Channel:
    """Packages the films in a media store, and returns a channel without items."""
    # The browser of the tests has an event loop in this thread.
    with futures.ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(_package(folder))).result()


async def _package(folder: Path) -> channel_server.Channel:
    store, keys, tables = folder / "media", {}, {}
    reader = track_tables.TrackTables(manifests.MediaStore(store, ""))
    for number, (rate, seconds, sound_seconds, scheme) in enumerate(_FORMS):
        source = folder / f"{number}.mp4"
        timed_films.write_film(source, number, seconds, rate=rate, sound_seconds=sound_seconds)
        key = shaka.Key(*(bytes([part + number] * 16) for part in (16, 80, 160)))
        captions = folder / f"{number}.en.vtt"
        timed_films.write_captions(captions, number, min(seconds, _LAST_CAPTION))
        texts = (job_plan.Captions("en", captions),)
        order = job_plan.Order(asset_id(number), source_uris.FileSource(source), "", texts, media.Profile.QUICK, scheme)
        workspace = build_workspace.BuildWorkspace(store, order, key)
        for stage in job_plan.first_stages(order):
            await workspace.run(stage.step, lambda _: None)
        for stage in job_plan.remaining_stages(order, workspace.content):
            await workspace.run(stage.step, lambda _: None)
        keys[key.key_id.hex()] = key.key
        table = await reader.get(order.asset_id)
        assert table is not None
        tables[order.asset_id] = table
    return channel_server.Channel(store, tables, keys, ())


def show(channel: channel_server.Channel, assets: Iterable[str], first_cell: int) -> list[runs.AiredItem]:
    """Returns items for assets, one after the other."""
    items: list[runs.AiredItem] = []
    for asset in assets:
        count = channel.tables[asset].segment_count
        items.append(runs.AiredItem(first_cell, count, "p", asset, 0, count, first_cell))
        first_cell += count
    return runs.renumber(items)
