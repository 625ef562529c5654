"""The facts that decide who may see a title: read from the messages of catalog, and held in memory for all titles."""

from collections.abc import Iterable
from dataclasses import dataclass

from marquee.catalog.v1 import catalog_internal_pb2, catalog_pb2

from services.kit import timestamps, visibility


@dataclass(frozen=True, slots=True)
class Title:
    """What catalog publishes of a title."""

    #: Grows with each change of the title.
    revision: int
    facts: visibility.Facts
    is_series: bool
    #: The episodes of a series, in their order.
    episode_ids: tuple[str, ...]


class TitleIndex:
    """All titles as catalog publishes them, and the series of all episodes.

    While catalog is away no title changes, so the index stays right for as long as the outage lasts.
    """

    def __init__(self) -> None:
        #: Whether all titles were taken in once.
        self.is_loaded = False
        self._titles: dict[str, Title] = {}
        self._series_ids: dict[str, str] = {}

    def get(self, title_id: str) -> Title | None:
        """Returns a title, whoever may see it; None if it is not known."""
        return self._titles.get(title_id)

    def get_series_id(self, episode_id: str) -> str | None:
        """Returns the series of an episode, None if it is not known."""
        return self._series_ids.get(episode_id)

    def update(self, messages: Iterable[catalog_internal_pb2.TitleFacts]) -> list[str]:
        """Takes in titles in any order; returns the ids of those that changed, and of their episodes.

        Facts that are older than the current ones are ignored.
        """
        changed: list[str] = []
        for message in messages:
            current = self._titles.get(message.title_id)
            if current is not None and current.revision >= message.revision:
                continue
            title = self._titles[message.title_id] = Title(
                revision=message.revision,
                facts=read(message),
                is_series=message.type == catalog_pb2.TITLE_TYPE_SERIES,
                episode_ids=tuple(message.episode_ids),
            )
            former = current.episode_ids if current else ()
            for episode_id in former:
                self._series_ids.pop(episode_id, None)
            self._series_ids.update(dict.fromkeys(title.episode_ids, message.title_id))
            changed += (message.title_id, *former, *title.episode_ids)
        return changed


def read(message: catalog_internal_pb2.TitleFacts) -> visibility.Facts:
    """Returns the facts in a message."""
    return visibility.Facts(
        state=message.state,
        maturity_age=message.maturity_rating.age if message.HasField("maturity_rating") else None,
        territories=frozenset(message.territories),
        windows=tuple(
            visibility.Window(
                timestamps.optional_datetime(window, "start_time"), timestamps.optional_datetime(window, "end_time")
            )
            for window in message.windows
        ),
        deleted=message.deleted,
    )
