"""Files that are damaged at random: each of them is read or refused, within bounds of time and memory.

Every run damages the files in `seeds` in the same ways. Whoever finds a file that breaks the import adds it there.
"""

import gzip
import io
import lzma
import random
import re
import time
import tracemalloc
import zoneinfo
from datetime import timedelta
from pathlib import Path

import grpc
import orjson
import pytest
from marquee.epg.v1 import epg_admin_service_pb2

from services.epg import errors
from services.epg.domain import schedule_repair, schedules
from services.epg.imports import m3u, xmltv
from services.kit import testing

SEEDS = sorted((Path(__file__).parent / "seeds").iterdir())
GUIDES = testing.DATA / "guide"
READERS = {".xml": xmltv.read, ".m3u": m3u.read}
FORMATS = {
    ".xml": epg_admin_service_pb2.IMPORT_FORMAT_XMLTV,
    ".m3u": epg_admin_service_pb2.IMPORT_FORMAT_M3U,
}
NOW = testing.NOW
BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")
#: What breaks parsers, put in at random.
TOKENS = [
    *(b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"\xc0\x80", b"\xed\xa0\x80", b"&#0;", b"&#xD800;", b"&#x10FFFF;", b"&x;"),
    *(b"<tv>", b"</tv>", b"<programme ", b"</programme>", b"<![CDATA[", b"]]>", b"<!--", b"<!DOCTYPE x [", b"<?xml ?>"),
    *(b'"', b"'", b"=", b"\n", b"\r", b"\t", b" " * 200, b"9" * 40, b"-1", b"+9900", b"00000000000000", b"99991231"),
    *(b"#EXTM3U", b"#EXTINF:", b",", b";", "İß千ﬁ\u202e\u0301".encode()),
]
#: What replaces values, so that the file stays well-formed.
VALUES = [
    *(
        b"",
        b"0",
        b"-1",
        b"9" * 40,
        b"+0000",
        b"+9900",
        b"Z",
        b"20260628",
        b"20261025023000",
        b"99991231235959",
        b"1.2.3",
    ),
    *(
        b"en",
        b"one.example",
        b"title",
        b"desc",
        b"programme",
        b"channel",
        b"&#x10FFFF;",
        b"x" * 300,
        "İß千ﬁ\u0301".encode(),
    ),
]
#: The values of attributes, and texts.
VALUE = re.compile(rb"""(?<=["'>,=])[^<>&"'\n]*[^<>&"'\s](?=["'<\n])""")
MUTATIONS = 1_000
#: A damaged file of some kilobytes takes a millisecond; no machine is a thousand times slower.
MAX_SECONDS = 5.0
MAX_BYTES = 32 * 1024 * 1024


def damage(content: bytes, chance: random.Random) -> bytes:
    """Returns a file with some damage."""
    if chance.randrange(2) and VALUE.search(content):
        return replace_values(content, chance)
    damaged = bytearray(content)
    for _ in range(chance.randint(1, 6)):
        break_bytes(damaged, chance)
    packed = {0: gzip.compress(damaged, mtime=0), 1: lzma.compress(damaged, preset=0)}.get(chance.randrange(8))
    if packed is None:
        return bytes(damaged)
    return packed if chance.randrange(2) else damage(packed, chance)


def replace_values(content: bytes, chance: random.Random) -> bytes:
    """Returns a file in which values are replaced."""
    share = chance.choice([0.02, 0.1, 0.5])
    return VALUE.sub(lambda found: chance.choice(VALUES) if chance.random() < share else found[0], content)


def break_bytes(damaged: bytearray, chance: random.Random) -> None:
    """Removes, repeats, replaces or flips bytes at one place."""
    begin = chance.randrange(len(damaged) + 1)
    length = min(chance.choice([1, 1, 4, 30, 400]), len(damaged) - begin)
    match chance.randrange(7):
        case 0:
            del damaged[begin : begin + length]
        case 1:
            damaged[begin:begin] = chance.choice(TOKENS)
        case 2:
            damaged[begin : begin + length] = chance.choice(TOKENS)
        case 3:
            damaged[begin : begin + length] = chance.randbytes(length)
        case 4:
            damaged[begin:begin] = damaged[begin : begin + length] * chance.choice([1, 3, 50])
        case 5:
            del damaged[begin:]
        case 6 if length:
            damaged[begin] ^= 1 << chance.randrange(8)


def check(content: bytes, read) -> bool:
    """Returns whether a file is read; then all that it states makes valid schedules. Fails if it is a fault."""
    try:
        guide = read(io.BytesIO(content))
    except errors.ImportUnreadable as refused:
        assert int(refused.metadata["line"]) >= 0
        return False
    for channel in guide.channels.values():
        assert channel.source_channel_id
        assert all(channel.display_names)
    for stated in guide.programmes.values():
        repaired = schedule_repair.repair(stated, BERLIN, NOW, lambda _kind, _line: None)
        scheduled = [schedules.Scheduled(each.start, each.end, orjson.loads(each.source.details)) for each in repaired]
        first, last = NOW - schedule_repair.MAX_AGE - timedelta(days=3), NOW + schedule_repair.MAX_AHEAD
        assert schedules.find_invalid(scheduled, first, last) is None
        assert "\0" not in str([(each.search_words, each.details) for each in scheduled])
    return True


@pytest.mark.parametrize("seed", SEEDS, ids=lambda path: path.name)
def test_a_damaged_file_is_read_or_refused_at_once(seed):
    content, read = seed.read_bytes(), READERS[seed.suffix]
    outcomes = set()
    for number in range(MUTATIONS):
        damaged = damage(content, random.Random(f"{seed.name} {number}"))
        began = time.process_time()
        outcomes.add(check(damaged, read))
        assert time.process_time() - began < MAX_SECONDS, f"mutation {number}"

    # Declared entities are refused unless the damage removes them.
    assert {True, False} == outcomes | ({True} if seed.name == "entities.xml" else set())


@pytest.mark.data
@pytest.mark.skipif(
    not GUIDES.exists(), reason=f"the open data sets are not at {testing.DATA}; MARQUEE_DATA names them"
)
@pytest.mark.parametrize("country", ["dk", "fi", "no", "se"])
def test_a_damaged_guide_of_an_operator_is_read_or_refused(country):
    content = gzip.decompress((GUIDES / f"allente_{country}.xml.gz").read_bytes())
    content = content[:20_000] + content[-20_000:]
    outcomes = [check(damage(content, random.Random(f"{country} {number}")), xmltv.read) for number in range(60)]

    assert False in outcomes


#: Files that state much more than they hold.
BOMBS = {
    "gzip": lambda: gzip.compress(b"<tv>" + b" " * 50_000_000, mtime=0),
    "xz": lambda: lzma.compress(b"<tv>" + b" " * 50_000_000, preset=0),
    "gzip in gzip": lambda: gzip.compress(gzip.compress(b" " * 50_000_000, mtime=0), mtime=0),
    "one text": lambda: b"<tv><programme><title>" + b"x" * 30_000_000 + b"</title></programme></tv>",
    "one tag": lambda: b"<tv><programme channel='" + b"x" * 30_000_000,
    "one comment": lambda: b"<tv><!--" + b"x" * 30_000_000,
    "depth": lambda: b"<tv>" + b"<a>" * 5_000_000,
    "children": lambda: b"<tv><programme>" + b"<title>x</title>" * 200_000 + b"</programme></tv>",
    "attributes": lambda: b"<tv><programme " + b" ".join(b"a%d='x'" % index for index in range(200_000)) + b"/></tv>",
    "programmes": lambda: b"<tv>" + b"<programme/>" * 60_000 + b"</tv>",
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_file_that_states_much_more_than_it_holds_takes_little_memory(name):
    content = BOMBS[name]()
    tracemalloc.start()
    try:
        check(content, xmltv.read)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    # The test holds the file itself, and a second time as a stream.
    assert peak < len(content) + MAX_BYTES


def test_a_line_without_an_end_takes_little_memory():
    assert not check(gzip.compress(b"#EXTM3U\n#EXTINF:-1," + b"x" * 10_000_000, mtime=0), m3u.read)


@pytest.mark.parametrize("suffix", sorted(READERS))
async def test_the_service_imports_a_damaged_file_or_refuses_it_for_its_content(service, suffix):
    reasons = set()
    for seed in (path for path in SEEDS if path.suffix == suffix):
        content = seed.read_bytes()
        for number in range(40):
            damaged = damage(content, random.Random(f"service {seed.name} {number}"))
            try:
                await service.import_guide(damaged, format=FORMATS[suffix], create_channels=True)
            except grpc.aio.AioRpcError as refused:
                reasons.add(testing.reason_of(refused))

    assert {"IMPORT_UNREADABLE"} == reasons
