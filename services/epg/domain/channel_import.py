"""The channels that an import creates, and those that it completes."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from services.epg.domain import channels, name_folding
from services.epg.domain.channel_matching import Match, MatchKind
from services.epg.domain.source_records import Problem, ProblemKind, ProblemLog, SourceChannel


@dataclass(frozen=True, slots=True)
class ChannelPlan:
    """What an import does to channels."""

    matches: Sequence[Match]
    #: Those that are created or completed.
    changed: Sequence[channels.Channel]


def plan(
    matches: Iterable[Match],
    existing: Sequence[channels.Channel],
    problems: ProblemLog,
    new_channel: Callable[[SourceChannel], channels.Channel] | None,
) -> ChannelPlan:
    """Returns what an import does to channels.

    It adds the logo, the number and the genre that a channel lacks, and replaces nothing that an editor has stated.

    Args:
        matches: the matches of the channels of the file.
        existing: all channels.
        problems: receives what is wrong.
        new_channel: returns the channel that is created for one that matches none; None if none is created.
    """
    by_id = {channel.channel_id: channel for channel in existing}
    numbers = {channel.number for channel in existing if channel.number}
    planned, changed = [], []
    for match in matches:
        former = by_id.get(match.channel_id)
        base = former or (new_channel(match.source) if new_channel else None)
        if base is None:
            problems.add(Problem(ProblemKind.CHANNEL_UNMATCHED, match.source.line, match.source.source_channel_id))
            planned.append(match)
            continue
        channel = _complete(base, match.source, numbers, problems)
        if channel != former:
            changed.append(channel)
        planned.append(match if former else Match(match.source, MatchKind.CREATED, channel.channel_id))
    return ChannelPlan(planned, changed)


def create(source: SourceChannel, channel_id: str, time_zone: str) -> channels.Channel:
    """Returns the new channel for one of a source, without what `plan` adds."""
    name = source.display_names[0]
    return channels.Channel(
        channel_id,
        number=0,
        display_name=name,
        high_definition=name_folding.says_high_definition(name),
        time_zone=time_zone,
        start_over=bool(source.catch_up_window),
        catch_up_window=source.catch_up_window,
    )


def _complete(
    channel: channels.Channel, source: SourceChannel, numbers: set[int], problems: ProblemLog
) -> channels.Channel:
    number = channel.number
    if not number and source.number in numbers:
        problems.add(Problem(ProblemKind.NUMBER_TAKEN, source.line, source.source_channel_id))
    elif not number and source.number:
        number = source.number
        numbers.add(number)
    return replace(
        channel, number=number, images=channel.images or source.images, genre_id=channel.genre_id or source.genre_id
    )
