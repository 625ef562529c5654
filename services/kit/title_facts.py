"""Reads the facts that decide who may see a title from the message in which catalog publishes them."""

from marquee.catalog.v1 import catalog_internal_pb2

from services.kit import timestamps, visibility


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
