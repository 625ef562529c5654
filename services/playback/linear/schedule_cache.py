"""The schedules of channels, loaded from epg by day and kept until epg says that they changed."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from marquee.epg.v1 import epg_internal_pb2, epg_internal_pb2_grpc, epg_pb2
from marquee.event.v1 import event_internal_pb2

from services.kit import broadcast_subscriber, cache, client, clock, timestamps, watchable_subjects
from services.kit import redis as kit_redis
from services.playback.linear import schedules

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)
_MAX_DAYS = 5_000


class ScheduleCache:
    """Returns the schedules of channels.

    Args:
        mesh: finds epg.
        redis_events: where the event streams are; a client without a timeout.
        time: the clock.
    """

    def __init__(self, mesh: client.Mesh, redis_events: kit_redis.Client, time: clock.Clock) -> None:
        self._epg = epg_internal_pb2_grpc.EpgInternalServiceStub(mesh.channel("epg"))
        self._days: cache.ExpiringCache[tuple[str, int], schedules.Schedule] = cache.ExpiringCache(
            time, most_values=_MAX_DAYS
        )
        #: Changes with each event: what was requested before may be older than the event.
        self._generation = 0
        #: Set once no change can be missed.
        self.following = asyncio.Event()
        self._subscriber = broadcast_subscriber.BroadcastSubscriber(["epg"], redis_events, self._handle, self._missed)

    async def run(self) -> None:
        """Follows the changes of channels and schedules until it is cancelled."""
        await self._subscriber.start()
        await self._missed()
        self.following.set()
        await self._subscriber.run()

    async def get(self, channel_id: str, start: datetime, end: datetime) -> schedules.Schedule:
        """Returns a channel with its programmes that overlap a window.

        Raises what epg raises: NotFound for a channel that does not exist, and Unavailable if the schedule is not known
        and epg does not answer.
        """
        days = [await self._day(channel_id, day) for day in range((start - _EPOCH) // _DAY, -((_EPOCH - end) // _DAY))]
        programmes = {
            programme.programme_id: programme
            for day in days
            for programme in day.programmes
            if programme.start_time < end and programme.end_time > start
        }
        return schedules.Schedule(days[-1].channel, tuple(programmes.values()))

    async def _day(self, channel_id: str, day: int) -> schedules.Schedule:
        cached = self._days.get((channel_id, day))
        if cached is not None:
            return cached
        generation = self._generation
        request = epg_internal_pb2.GetScheduleRequest(
            channel_id=channel_id,
            start_time=timestamps.from_datetime(_EPOCH + day * _DAY),
            end_time=timestamps.from_datetime(_EPOCH + (day + 1) * _DAY),
        )
        response = await self._epg.GetSchedule(request)
        loaded = schedules.Schedule(_channel(response.channel), tuple(map(_programme, response.items)))
        return self._days.put((channel_id, day), loaded) if generation == self._generation else loaded

    async def _handle(self, event: event_internal_pb2.Event) -> None:
        if event.WhichOneof("payload") in {"channels_changed", "schedule_changed"}:
            await self._missed()

    async def _missed(self) -> None:
        self._generation += 1
        self._days.clear()


def _channel(message: epg_pb2.Channel) -> schedules.Channel:
    rules = message.time_shift
    return schedules.Channel(
        channel_id=message.channel_id,
        display_name=message.display_name,
        is_encoded=message.kind == epg_pb2.CHANNEL_KIND_ENCODED,
        filler=watchable_subjects.key(message.filler) if message.HasField("filler") else None,
        start_over=rules.start_over,
        catch_up_window=timestamps.to_timedelta(rules.catch_up_window),
        start_padding=timestamps.to_timedelta(rules.start_padding),
        end_padding=timestamps.to_timedelta(rules.end_padding),
        language_codes=tuple(message.language_codes),
    )


def _programme(message: epg_internal_pb2.ScheduleItem) -> schedules.ScheduledProgramme:
    return schedules.ScheduledProgramme(
        programme_id=message.programme_id,
        start_time=timestamps.to_datetime(message.start_time),
        end_time=timestamps.to_datetime(message.end_time),
        display_names=tuple(sorted(message.display_names.items())),
        on_demand=watchable_subjects.key(message.on_demand) if message.HasField("on_demand") else None,
        maturity_age=message.maturity_rating.age if message.HasField("maturity_rating") else None,
    )
