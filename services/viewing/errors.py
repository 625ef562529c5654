"""Viewing's refusals, one class for each reason of the contract."""

from datetime import timedelta

from services.kit import errors

DOMAIN = "viewing.marquee"


class TitleNotFound(errors.NotFound):
    """There is no such title, or none that the caller may know of."""

    reason, domain = "TITLE_NOT_FOUND", DOMAIN

    def __init__(self, title_id: str) -> None:
        super().__init__("There is no such title.", metadata={"title_id": title_id})


class EpisodeNotFound(errors.NotFound):
    """The title has no such episode."""

    reason, domain = "EPISODE_NOT_FOUND", DOMAIN

    def __init__(self, title_id: str, episode_id: str) -> None:
        super().__init__(
            "The title has no such episode." if episode_id else "The title is a series: name the episode.",
            metadata={"title_id": title_id, "episode_id": episode_id},
        )


class PositionBeyondEnd(errors.InvalidArgument):
    """The position lies behind the end."""

    reason, domain = "POSITION_BEYOND_END", DOMAIN

    def __init__(self, position: timedelta, duration: timedelta) -> None:
        super().__init__(
            "The position lies behind the end.",
            metadata={
                "position": f"{position.total_seconds():g}",
                "duration": f"{duration.total_seconds():g}",
            },
        )


class WatchlistFull(errors.FailedPrecondition):
    """The watchlist holds as many titles as it may."""

    reason, domain = "WATCHLIST_FULL", DOMAIN

    def __init__(self, limit: int) -> None:
        super().__init__(f"The watchlist is full: it holds {limit} titles.", metadata={"limit": str(limit)})


class SnoozeInThePast(errors.InvalidArgument):
    """A title cannot be put off until a moment that has passed."""

    reason, domain = "SNOOZE_IN_THE_PAST", DOMAIN

    def __init__(self) -> None:
        super().__init__("The moment until which the title is put off has passed.")
