"""The error reasons of viewing, one class for each."""

from datetime import timedelta

from services.kit import errors

DOMAIN = "viewing.marquee"


class PositionBeyondEnd(errors.InvalidArgument):
    """The position is beyond the end."""

    reason, domain = "POSITION_BEYOND_END", DOMAIN

    def __init__(self, position: timedelta, duration: timedelta) -> None:
        super().__init__(
            "The position is beyond the end.",
            metadata={
                "position": f"{position.total_seconds():g}",
                "duration": f"{duration.total_seconds():g}",
            },
        )


class EpisodeRequired(errors.InvalidArgument):
    """A series has no position of its own."""

    reason, domain = "EPISODE_REQUIRED", DOMAIN

    def __init__(self, title_id: str) -> None:
        super().__init__("The title is a series; name an episode.", metadata={"title_id": title_id})


class WatchlistFull(errors.FailedPrecondition):
    """The watchlist holds as many titles as it may."""

    reason, domain = "WATCHLIST_FULL", DOMAIN

    def __init__(self, limit: int) -> None:
        super().__init__(f"The watchlist is full: it holds {limit} titles.", metadata={"limit": str(limit)})


class SnoozeInThePast(errors.InvalidArgument):
    """A title cannot be snoozed until a time in the past."""

    reason, domain = "SNOOZE_IN_THE_PAST", DOMAIN

    def __init__(self) -> None:
        super().__init__("The time until which the title is snoozed is in the past.")
