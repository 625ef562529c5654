"""The facts and documents of titles, in messages of bounded size."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from marquee.catalog.v1 import catalog_internal_pb2
from marquee.event.v1 import event_internal_pb2

from services.catalog import convert, storage, tables
from services.kit import db, events

#: How many titles and how many episodes one message holds. A series with more episodes has a message to itself.
_MOST_TITLES, _MOST_EPISODES = 500, 5_000

_Message = TypeVar("_Message")


async def facts(session: db.Session, rows: Sequence[tables.Row]) -> list[list[catalog_internal_pb2.TitleFacts]]:
    """Returns the facts of titles, as many together as one message holds."""
    episode_ids = await storage.episodes.ids_by_title(session, [row.title_id for row in rows])
    messages = (convert.facts_message(row, episode_ids.get(row.title_id, ())) for row in rows)
    return list(split(messages, lambda message: len(message.episode_ids)))


async def publish(session: db.WriteSession, outbox: events.Outbox, rows: Sequence[tables.Row]) -> None:
    """Publishes that titles changed, to other services and the other replicas."""
    for messages in await facts(session, rows):
        await outbox.add(session, titles_changed=event_internal_pb2.TitlesChanged(titles=messages))


def split(messages: Iterable[_Message], episode_count: Callable[[_Message], int]) -> Iterator[list[_Message]]:
    """Returns messages about titles, as many together as one message holds."""
    together: list[_Message] = []
    episodes = 0
    for message in messages:
        count = episode_count(message)
        if together and (len(together) == _MOST_TITLES or episodes + count > _MOST_EPISODES):
            yield together
            together, episodes = [], 0
        together.append(message)
        episodes += count
    if together:
        yield together
