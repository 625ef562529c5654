"""Measures a guide of a large operator: its import, its pages, what is on now on 41,105 channels, and its search."""

import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
import psutil
from marquee.epg.v1 import epg_admin_service_pb2, epg_service_pb2, epg_service_pb2_grpc

from deploy.cli import demo_accounts, import_client
from services.kit import testing, timestamps
from tests.bench import guide_file, user_flows
from tests.local_platform import Platform

CHANNELS, PROGRAMMES, ALL_CHANNELS = 701, 64_697, 41_105
#: The channels that have programmes when the guide is read.
_READ_CHANNELS = 1_000
_PAGE, _ROUNDS, _READS, _SEARCHES = 50, 10, 400, 200
_PEAK = re.compile(r"VmHWM:\s*(\d+) kB")
_KIBIBYTE = 1024


@dataclass(frozen=True)
class Import:
    """An import: its duration, the time of the processor, and by how much the memory of epg grew at most."""

    seconds: float
    processor_seconds: float
    growth_bytes: int
    written: int


@dataclass(frozen=True)
class LargeGuide:
    """The figures; latencies in milliseconds, sorted."""

    first_import: Import
    second_import: Import
    #: Pages whose programmes were encoded before, and those whose programmes are read from the database.
    warm_pages: list[float]
    cold_pages: list[float]
    on_now: list[float]
    searches: list[float]
    misspelled_searches: list[float]


def measure(platform: Platform, log_in: Callable[[], str], folder: Path) -> LargeGuide:
    """Imports the guide twice, adds channels, and reads."""
    guide, more, playlist = folder / "guide.xml", folder / "more.xml", folder / "channels.m3u"
    names = guide_file.write(guide, CHANNELS, PROGRAMMES)
    first = _import(platform, guide, "large")
    user_flows.wait_until_idle(platform)
    second = _import(platform, guide, "large")
    guide_file.write(more, _READ_CHANNELS - CHANNELS, 27_000, first_number=CHANNELS + 1)
    _import(platform, more, "more")
    user_flows.wait_until_idle(platform)
    with playlist.open("w") as file:
        file.write("#EXTM3U\n")
        for number in range(ALL_CHANNELS - _READ_CHANNELS):
            file.write(f'#EXTINF:-1 tvg-id="all-{number}",Station {number}\nhttp://streams.example/{number}\n')
    options = [("grpc.max_receive_message_length", 16 * 1024 * 1024)]
    with grpc.insecure_channel(platform.service_address("epg"), options=options) as channel:
        epg = epg_service_pb2_grpc.EpgServiceStub(channel)
        metadata = testing.bearing(log_in())
        pages = _time_guide(epg, metadata, datetime.now(UTC))
        found, misspelled = _time_searches(epg, metadata, names)
        _import(platform, playlist, "all")
        on_now = _time_pages(lambda page: _list_on_now(epg, metadata, page), _READS)
    count = _READ_CHANNELS // _PAGE
    cold, warm = sorted(pages[:count]), sorted(pages[count:])
    return LargeGuide(first, second, warm, cold, on_now, found, misspelled)


def _import(platform: Platform, file: Path, source: str) -> Import:
    process = psutil.Process(platform.pids["epg"])
    before, used = process.memory_info().rss, process.cpu_times()
    Path(f"/proc/{process.pid}/clear_refs").write_text("5")  # The peak begins anew.
    editor = demo_accounts.get_editor()
    server = import_client.Server(platform.address, editor.email, editor.password)
    is_playlist = file.suffix == ".m3u"
    options = epg_admin_service_pb2.ImportOptions(
        format=epg_admin_service_pb2.IMPORT_FORMAT_M3U if is_playlist else epg_admin_service_pb2.IMPORT_FORMAT_XMLTV,
        source=source,
        create_channels=True,
    )
    began = time.perf_counter()
    with file.open("rb") as content:
        changes = import_client.import_guide(server, content, options).changes
    seconds, after = time.perf_counter() - began, process.cpu_times()
    peak = int(_PEAK.search(Path(f"/proc/{process.pid}/status").read_text())[1]) * _KIBIBYTE  # type: ignore[index] # Linux writes it.
    written = changes.created_count + changes.updated_count + changes.deleted_count
    return Import(seconds, after.user + after.system - used.user - used.system, peak - before, written)


def _time_guide(epg: epg_service_pb2_grpc.EpgServiceStub, metadata: Any, now: datetime) -> list[float]:
    """Returns the times of the pages of a day of 1,000 channels, in different windows; only the first ones are cold."""
    times = []
    for index in range(_ROUNDS):
        start = now.replace(minute=0, second=0, microsecond=0) + timedelta(minutes=index)
        window = {
            "start_time": timestamps.from_datetime(start),
            "end_time": timestamps.from_datetime(start + timedelta(hours=24)),
        }
        token = ""
        for _ in range(_READ_CHANNELS // _PAGE):
            request = epg_service_pb2.GetGuideRequest(page_token=token, page_size=_PAGE, **window)
            began = time.perf_counter()
            response = epg.GetGuide(request, metadata=metadata)
            times.append((time.perf_counter() - began) * 1000)
            token = response.next_page_token
    return times


def _list_on_now(epg: epg_service_pb2_grpc.EpgServiceStub, metadata: Any, page_token: str) -> str:
    request = epg_service_pb2.ListOnNowRequest(page_token=page_token)
    return epg.ListOnNow(request, metadata=metadata).next_page_token


def _time_pages(read_page: Callable[[str], str], count: int) -> list[float]:
    """Returns the times of pages that follow each other, from the first one again after the last one."""
    times, token = [], ""
    for _ in range(count):
        began = time.perf_counter()
        token = read_page(token)
        times.append((time.perf_counter() - began) * 1000)
    return sorted(times)


def _time_searches(
    epg: epg_service_pb2_grpc.EpgServiceStub, metadata: Any, names: list[str]
) -> tuple[list[float], list[float]]:
    """Returns the times of searches for the beginnings of names, and for names with a wrong letter."""
    chance = random.Random(1)
    found, misspelled = [], []
    for name in chance.sample(names, _SEARCHES):
        place = chance.randrange(1, max(2, len(name) - 1))
        for query, times in (
            (name[: max(3, len(name) - 2)], found),
            (name[:place] + "q" + name[place + 1 :], misspelled),
        ):
            began = time.perf_counter()
            epg.SearchGuide(epg_service_pb2.SearchGuideRequest(query=query), metadata=metadata)
            times.append((time.perf_counter() - began) * 1000)
    return sorted(found), sorted(misspelled)
