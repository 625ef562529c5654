"""Writes large guides that are shaped like those of real operators, the same in every run."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.sax import saxutils

#: Minutes at the ends of steps in the distribution of durations: 1, 10, 50, 90 and 99 % last less.
_DURATIONS = ((0.01, 5), (0.10, 23), (0.50, 31), (0.90, 90), (0.99, 182), (1.0, 600))
_OFFSETS = ("+0000", "+0200", "-0400", "+1200", "+0530")
_OVERLAPS, _GAPS, _REPEATED, _WITHOUT_TEXT = 0.03, 0.01, 0.007, 0.06
_MAX_TEXT = 3_211
_NAMES, _WORDS = 12_000, 9_000
_CONSONANTS, _VOWELS = "bdfgklmnprstv", "aeio"
_SYLLABLES = [first + second for first in _CONSONANTS for second in _VOWELS]


def write(path: Path, channels: int, programmes: int, *, first_number: int = 1) -> list[str]:
    """Writes a guide that began yesterday; returns some names of programmes."""
    chance = random.Random(first_number)
    vocabulary = ["".join(chance.choices(_SYLLABLES, k=chance.randint(2, 5))) for _ in range(_WORDS)]
    names = [" ".join(chance.choices(vocabulary, k=chance.randint(1, 4))).title() for _ in range(_NAMES)]
    start = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(days=1)
    with path.open("w") as file:
        file.write('<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE tv SYSTEM "xmltv.dtd">\n<tv>\n')
        for number in range(first_number, first_number + channels):
            file.write(
                f'<channel id="{number}.example"><display-name>Channel {vocabulary[number]} {number}</display-name>'
                f'<display-name>{number}</display-name><icon src="https://logos.example/{number}.png"/></channel>\n'
            )
        for index in range(channels):
            count = programmes // channels + (index < programmes % channels)
            file.writelines(_schedule(f"{first_number + index}.example", count, start, names, vocabulary, chance))
        file.write("</tv>\n")
    return names


def _schedule(
    channel_id: str, count: int, start: datetime, names: list[str], vocabulary: list[str], chance: random.Random
) -> Iterator[str]:
    offset = chance.choice(_OFFSETS)
    zone = datetime.strptime(offset, "%z").tzinfo
    for _ in range(count):
        duration = timedelta(minutes=_duration(chance), seconds=chance.choice([0, 0, 0, 30]))
        stop = start + duration
        kind = chance.random()
        shown_stop = stop + timedelta(minutes=5) if kind < _OVERLAPS else stop
        times = [f"{each.astimezone(zone):%Y%m%d%H%M%S} {offset}" for each in (start, shown_stop)]
        attributes = f'start="{times[0]}" stop="{times[1]}" channel="{channel_id}"'
        text = f"<programme {attributes}>{_details(names, vocabulary, chance)}</programme>\n"
        yield text
        if chance.random() < _REPEATED:
            yield text
        start = stop + (timedelta(minutes=15) if kind > 1 - _GAPS else timedelta(0))


def _details(names: list[str], vocabulary: list[str], chance: random.Random) -> str:
    length = 0 if chance.random() < _WITHOUT_TEXT else min(int(chance.expovariate(1 / 180)) + 20, _MAX_TEXT)
    words = " ".join(chance.choices(vocabulary, k=length // 7 + 1))[:length]
    season, episode = chance.randrange(12), chance.randrange(24)
    return (
        f'<title lang="en">{saxutils.escape(chance.choice(names))}</title>'
        f"<sub-title>{' '.join(chance.choices(vocabulary, k=2))}</sub-title>"
        f'<desc lang="en">{words}</desc><category>{chance.choice(["News", "Film", "Sport", "Series"])}</category>'
        f'<episode-num system="xmltv_ns">{season}.{episode}.</episode-num><season>{season}</season><team>x</team>'
    )


def _duration(chance: random.Random) -> int:
    place, before, shortest = chance.random(), 0.0, 1
    for share, longest in _DURATIONS:
        if place <= share:
            return shortest + round((longest - shortest) * (place - before) / (share - before))
        before, shortest = share, longest
    return shortest
