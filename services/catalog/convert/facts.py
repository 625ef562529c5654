"""What titles are judged by: from rows, to messages and back."""

from datetime import UTC

from marquee.catalog.v1 import catalog_pb2

from services.catalog import tables
from services.kit import visibility


def facts(row: tables.Row) -> visibility.Facts:
    """Answers what a title is judged by."""
    return visibility.Facts(
        state=row.state,
        maturity_rating=row.maturity_rating,
        territories=frozenset(row.territories),
        windows=tuple(visibility.Window(span.lower, span.upper) for span in row.windows),
        deleted=row.deleted,
    )


def facts_message(row: tables.Row) -> catalog_pb2.TitleFacts:
    """Answers what a title is judged by, for other services."""
    message = catalog_pb2.TitleFacts(
        title_id=row.title_id,
        revision=row.revision,
        state=row.state,
        maturity_rating=row.maturity_rating,
        territories=sorted(row.territories),
        type=row.type,
        deleted=row.deleted,
    )
    for span in row.windows:
        window = message.windows.add()
        if span.lower is not None:
            window.start_time.FromDatetime(span.lower)
        if span.upper is not None:
            window.end_time.FromDatetime(span.upper)
    return message


def facts_told(message: catalog_pb2.TitleFacts) -> visibility.Facts:
    """Answers the facts in a message."""
    return visibility.Facts(
        state=message.state,
        maturity_rating=message.maturity_rating,
        territories=frozenset(message.territories),
        windows=tuple(_window(window) for window in message.windows),
        deleted=message.deleted,
    )


def _window(message: catalog_pb2.AvailabilityWindow) -> visibility.Window:
    return visibility.Window(
        message.start_time.ToDatetime(UTC) if message.HasField("start_time") else None,
        message.end_time.ToDatetime(UTC) if message.HasField("end_time") else None,
    )
