"""Finds the channels that the channels of a source are."""

import enum
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from services.epg.domain import channels, name_folding, source_records

#: Names that are less similar, of 100, are not proposed.
_LEAST_SIMILARITY = 70
_PROPOSALS = 3


class MatchKind(enum.Enum):
    """How a channel of a source was matched."""

    UNSPECIFIED = enum.auto()
    STATED = enum.auto()
    SOURCE = enum.auto()
    NAME = enum.auto()
    CREATED = enum.auto()


@dataclass(frozen=True, slots=True)
class Match:
    """A channel of a source, and the channel that it is."""

    source: source_records.SourceChannel
    kind: MatchKind = MatchKind.UNSPECIFIED
    #: Empty if it matches none.
    channel_id: str = ""


def match(
    sources: Iterable[source_records.SourceChannel],
    existing: Sequence[channels.Channel],
    stated: Mapping[str, str],
    earlier: Mapping[str, str],
) -> list[Match]:
    """Returns the match of each channel of a file.

    A channel is found by the id that the editor states, else by an earlier import of the source, else by its name: the
    whole name first, then the name without its quality. A name that several channels have matches none. No two
    channels of a file are the same channel.

    Args:
        sources: the channels of the file.
        existing: all channels.
        stated: the ids of channels by their ids in the source, as the editor states them.
        earlier: the same, from earlier imports.
    """
    sources = list(sources)
    ids = {channel.channel_id for channel in existing}
    found: dict[str, Match] = {}
    taken: set[str] = set()

    def take(source: source_records.SourceChannel, kind: MatchKind, channel_id: str | None) -> None:
        if channel_id in ids and channel_id not in taken and source.source_channel_id not in found:
            found[source.source_channel_id] = Match(source, kind, channel_id)
            taken.add(channel_id)

    for kind, known in ((MatchKind.STATED, stated), (MatchKind.SOURCE, earlier)):
        for source in sources:
            take(source, kind, known.get(source.source_channel_id))
    for fold in (str.casefold, name_folding.fold_channel_name):
        by_name: defaultdict[str, list[str]] = defaultdict(list)
        for channel in existing:
            by_name[fold(channel.display_name)].append(channel.channel_id)
        for source in sources:
            named = {id_ for name in source.display_names for id_ in by_name.get(fold(name), ())}
            if len(named) == 1:
                take(source, MatchKind.NAME, named.pop())
    return [found.get(source.source_channel_id, Match(source)) for source in sources]


def propose(
    sources: Iterable[source_records.SourceChannel], existing: Sequence[channels.Channel]
) -> dict[str, list[str]]:
    """Returns the ids of the channels with similar names, the most similar first, by the id in the source."""
    # Only imports with unmatched channels need it.
    from rapidfuzz import fuzz, process

    names = {channel.channel_id: name_folding.fold_channel_name(channel.display_name) for channel in existing}
    return {
        source.source_channel_id: [
            channel_id
            for _, _, channel_id in process.extract(
                name_folding.fold_channel_name(source.display_names[0]),
                names,
                scorer=fuzz.ratio,
                score_cutoff=_LEAST_SIMILARITY,
                limit=_PROPOSALS,
            )
        ]
        for source in sources
    }
