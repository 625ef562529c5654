"""What viewing hears of playback."""

from marquee.event.v1 import event_pb2

from services.kit import db
from services.viewing import convert, storage


async def on_event(tx: db.WriteSession, event: event_pb2.Event) -> None:
    """Writes the bookmark of a viewer who is somewhere in something."""
    if event.HasField("playback_progressed"):
        bookmark = convert.progress(event)
        if bookmark is not None:
            await storage.save(tx, bookmark)
