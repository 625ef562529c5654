"""Events of clients."""

from typing import Any

from marquee.viewing.v1 import viewing_service_pb2

from services.kit import watchable_subjects
from services.viewing import convert
from services.viewing.handlers import base


class ViewingEvents(base.Base):
    """Accepts events of players and screens."""

    async def RecordEvents(
        self, request: viewing_service_pb2.RecordEventsRequest, rpc: Any
    ) -> viewing_service_pb2.RecordEventsResponse:
        """Publishes a batch of events as one message; `event_consumer` counts them."""
        owner = base.owner()
        for event in request.events:
            watchable_subjects.require(event.subject, "title_id", "episode_id")
        episode_ids = [event.subject.episode_id for event in request.events if event.subject.episode_id]
        series_ids = await self._catalog.resolve_episodes(episode_ids)
        accepted = convert.accepted_events(request.events, self._clock.now(), series_ids)
        if accepted:
            async with self._database.transaction() as tx:
                await self._writer.publish_events(tx, owner, accepted)
        return viewing_service_pb2.RecordEventsResponse(accepted_count=len(accepted))
