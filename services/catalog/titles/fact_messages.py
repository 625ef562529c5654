"""The facts and documents of titles, in messages of bounded size."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from marquee.catalog.v1 import catalog_internal_pb2
from marquee.event.v1 import event_internal_pb2

from services.catalog import convert, storage, tables
from services.kit import db, events

#: How many titles and how many episodes one message holds. A series with more episodes has a message to itself.
_MOST_TITLES, _MOST_EPISODES = 500, 5_000

_Part = TypeVar("_Part")


async def facts(session: db.Session, rows: Sequence[tables.Row]) -> list[list[catalog_internal_pb2.TitleFacts]]:
    """Returns the facts of titles, as many together as one message holds."""
    episode_ids = await storage.episodes.ids_by_title(session, [row.title_id for row in rows])
    messages = (convert.visibility_facts.message(row, episode_ids.get(row.title_id, ())) for row in rows)
    return list(split(messages, lambda message: len(message.episode_ids)))


async def publish(session: db.WriteSession, outbox: events.Outbox, rows: Sequence[tables.Row]) -> None:
    """Publishes that titles changed, to other services and the other replicas."""
    for messages in await facts(session, rows):
        await outbox.add(session, titles_changed=event_internal_pb2.TitlesChanged(titles=messages))


def split(parts: Iterable[_Part], size: Callable[[_Part], int], most: int = _MOST_EPISODES) -> Iterator[list[_Part]]:
    """Returns what concerns titles, as much together as one message holds: `most`, as `size` counts, but one title."""
    together: list[_Part] = []
    total = 0
    for part in parts:
        part_size = size(part)
        if together and (len(together) == _MOST_TITLES or total + part_size > most):
            yield together
            together, total = [], 0
        together.append(part)
        total += part_size
    if together:
        yield together
