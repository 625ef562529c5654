"""Events of clients."""

from typing import Any

from marquee.viewing.v1 import viewing_service_pb2

from services.kit import errors, rate_budget, watchable_subjects
from services.kit import redis as kit_redis
from services.viewing import convert
from services.viewing.handlers import base

#: The events that an account may report. Four screens report some tens a minute; an event takes 300 bytes of Redis.
_BUDGET = rate_budget.Budget(2_000, 600)


class ViewingEvents(base.Base):
    """Accepts events of players and screens."""

    async def RecordEvents(
        self, request: viewing_service_pb2.RecordEventsRequest, rpc: Any
    ) -> viewing_service_pb2.RecordEventsResponse:
        """Publishes a batch of events as one message; `event_consumer` counts them.

        Raises RateLimited, and RedisUnavailable if the events cannot be counted or too many wait for Redis.
        """
        owner = base.owner()
        for event in request.events:
            watchable_subjects.require(event.subject, "title_id", "episode_id")
        episode_ids = [event.subject.episode_id for event in request.events if event.subject.episode_id]
        series_ids = await self._catalog.resolve_episodes(episode_ids)
        accepted = convert.accepted_events(request.events, self._clock.now(), series_ids)
        if accepted:
            with kit_redis.translated():
                wait = await self._counter.spend(f"viewing:events:{owner.account_id}", _BUDGET, len(accepted))
            if wait:
                raise errors.RateLimited(wait, "heartbeat")
            async with self._database.transaction() as tx:
                await self._writer.publish_events(tx, owner, accepted)
        return viewing_service_pb2.RecordEventsResponse(accepted_count=len(accepted))
