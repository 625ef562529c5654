"""Channels and their schedules, as playback needs them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.playback import domain


@dataclass(frozen=True, slots=True)
class Channel:
    """What playback needs of a channel."""

    channel_id: str
    display_name: str
    is_encoded: bool = False
    #: What fills gaps; None if media repeats instead.
    filler: domain.SubjectKey | None = None
    start_over: bool = False
    #: How long an ended programme can be played.
    catch_up_window: timedelta = timedelta(0)
    start_padding: timedelta = timedelta(0)
    end_padding: timedelta = timedelta(0)
    #: By BCP 47, the main one first.
    language_codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ScheduledProgramme:
    """A programme of a schedule."""

    programme_id: str
    start_time: datetime
    end_time: datetime
    #: The names by language.
    display_names: tuple[tuple[str, str], ...] = ()
    #: The title or the episode whose media is shown; None if it is not in the catalog.
    on_demand: domain.SubjectKey | None = None
    #: The minimum age of viewers in years; None if it is not known.
    maturity_age: int | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """A channel and its programmes in a window, by start time. They do not overlap; there may be gaps between them."""

    channel: Channel
    programmes: Sequence[ScheduledProgramme]
