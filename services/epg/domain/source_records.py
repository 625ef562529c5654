"""What a file of a source states: its channels and programmes, and the problems found in them."""

import enum
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

#: The number of problems of a kind that are kept; more are only counted.
EXAMPLES = 10


class ProblemKind(enum.Enum):
    """What may be wrong in a file, with the rule that resolves it."""

    CHANNEL_UNREADABLE = "A channel has no name or no address, and was skipped."
    CHANNEL_REPEATED = "The file states the channel again; the first statement counts."
    CHANNEL_UNDECLARED = "Programmes name a channel that the file does not state; its id was taken as its name."
    CHANNEL_UNMATCHED = "The channel matches none, and its programmes were skipped."
    CHANNEL_EMPTY = "The file has no programmes of the channel; its schedule was left as it is."
    PROGRAMME_UNREADABLE = "The programme has no channel, no title or no valid start, and was skipped."
    PROGRAMME_REPEATED = "The file states the programme again; it was taken once."
    PROGRAMME_OUT_OF_RANGE = "The programme ended over 31 days ago or begins in over 400 days, and was skipped."
    START_SHARED = "Another programme begins at the same time; the one that the file states last was taken."
    STOP_MISSING = "The programme has no stop; it ends where the next one begins, after an hour if that is far away."
    STOP_INVALID = "The programme ends before it begins; it was read as one without a stop."
    DURATION_TOO_LONG = "The programme lasts longer than 48 hours; it was read as one without a stop."
    OVERLAP = "The programme runs into the next one, and was cut where that begins."
    GAP = "Nothing is stated until the next programme; a gap of up to 2 minutes was closed, a longer one was kept."
    CLOCK_GAP = "The clock skips the stated time; it was read as if the clock had not been changed yet."
    CLOCK_FOLD = "The clock shows the stated time twice; the first time was taken that is in order."
    NUMBER_TAKEN = "Another channel has the number of the channel, which was left without one."


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in a file that was not as it should be."""

    kind: ProblemKind
    #: Zero if unknown.
    line: int
    #: Empty if unknown.
    source_channel_id: str = ""


class ProblemLog:
    """Counts the problems of a file, and keeps the first ones of each kind."""

    def __init__(self) -> None:
        self.counts: Counter[ProblemKind] = Counter()
        self.examples: defaultdict[ProblemKind, list[Problem]] = defaultdict(list)

    def add(self, problem: Problem) -> None:
        """Adds a problem."""
        self.counts[problem.kind] += 1
        if self.counts[problem.kind] <= EXAMPLES:
            self.examples[problem.kind].append(problem)


@dataclass(frozen=True, slots=True)
class SourceChannel:
    """A channel as a file states it."""

    line: int
    source_channel_id: str
    #: The first one is shown; others may match too.
    display_names: tuple[str, ...]
    #: In the form in which the images of channels are stored.
    images: tuple[Mapping[str, Any], ...] = ()
    #: Zero if unknown.
    number: int = 0
    genre_id: str = ""
    catch_up_window: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class SourceProgramme:
    """A programme as a file states it."""

    line: int
    #: Without a zone if the file states no offset.
    start: datetime
    stop: datetime | None
    #: What is shown, as the JSON of `schedules.Scheduled.details`: as such it takes a fifth of the memory.
    details: str


@dataclass(slots=True)
class SourceGuide:
    """What a file states."""

    channels: dict[str, SourceChannel] = field(default_factory=dict)
    #: By the id of the channel in the source, in the order of the file.
    programmes: defaultdict[str, list[SourceProgramme]] = field(default_factory=lambda: defaultdict(list))
    programme_count: int = 0
    problems: ProblemLog = field(default_factory=ProblemLog)
