"""The facts that decide who may see a title: from rows, and to messages."""

from collections.abc import Sequence

from marquee.catalog.v1 import catalog_internal_pb2

from services.catalog import tables
from services.catalog.convert.titles import maturity_rating
from services.kit import timestamps, visibility


def from_row(row: tables.Row) -> visibility.Facts:
    """Returns the facts in a row."""
    return visibility.Facts(
        state=row.state,
        maturity_age=row.maturity_age,
        territories=frozenset(row.territories),
        windows=tuple(visibility.Window(window.lower, window.upper) for window in row.windows),
        deleted=row.deleted,
    )


def message(row: tables.Row, episode_ids: Sequence[str]) -> catalog_internal_pb2.TitleFacts:
    """Returns the facts in a row as a message, with the episodes of the title."""
    message = catalog_internal_pb2.TitleFacts(
        title_id=row.title_id,
        revision=row.revision,
        state=row.state,
        maturity_rating=maturity_rating(row),
        territories=sorted(row.territories),
        type=row.type,
        deleted=row.deleted,
        episode_ids=episode_ids,
    )
    for window in row.windows:
        added = message.windows.add()
        if window.lower is not None:
            timestamps.put_datetime(added.start_time, window.lower)
        if window.upper is not None:
            timestamps.put_datetime(added.end_time, window.upper)
    return message
