"""Loads the schedules of channels from epg into the database."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from marquee.epg.v1 import epg_internal_pb2, epg_internal_pb2_grpc

from services.kit import clock, db, errors, periodic_task, timestamps
from services.recommendation import storage
from services.recommendation.convert import guide_messages
from services.recommendation.ranking.title_store import TitleStore

#: What was shown before or is shown after is not loaded; together less than epg returns at once.
_PAST, _FUTURE = timedelta(days=16), timedelta(days=15)
_PERIOD_SECONDS = 2.0
#: How often all schedules are loaded, because the window moves, and all channels are compared with those of epg.
_REFRESH = timedelta(hours=12)
_CHANNELS_AT_ONCE = 16
#: Longer than a batch takes. Channels that a worker claimed before it died are free again after this time.
_CLAIM = timedelta(seconds=60)


class ScheduleLoader:
    """Loads the channels that events, or a comparison with epg, have marked as changed.

    Args:
        database: the database of recommendation.
        epg: the internal service of epg.
        title_store: the titles, whose vectors programmes share.
        time: the clock.
    """

    def __init__(
        self,
        database: db.Database,
        epg: epg_internal_pb2_grpc.EpgInternalServiceAsyncStub,
        title_store: TitleStore,
        time: clock.Clock,
    ) -> None:
        self._database = database
        self._epg = epg
        self._title_store = title_store
        self._clock = time
        self._compare_time = time.now()

    async def run(self) -> None:
        """Loads until it is cancelled, whatever fails."""
        await periodic_task.run("schedules", self.load, period=_PERIOD_SECONDS)

    async def load(self) -> None:
        """Loads the schedules that are behind. Raises Unavailable or DeadlineExceeded if epg does not respond.

        It does nothing before the titles are loaded: programmes that show titles have no text of their own.
        """
        if not self._title_store.is_loaded:
            return
        if self._clock.now() >= self._compare_time:
            await self._compare_channels()
            self._compare_time = self._clock.now() + _REFRESH
        while claimed := await self._claim():
            # Every load ends by itself, so that none is at work when the claims end.
            outcomes = await asyncio.gather(*map(self._load_channel, claimed), return_exceptions=True)
            failed = [each.channel_id for each, outcome in zip(claimed, outcomes, strict=True) if outcome is not None]
            if failed:
                async with self._database.transaction() as tx:
                    await storage.guide.release_channels(tx, failed)
                raise next(outcome for outcome in outcomes if outcome is not None)

    async def _compare_channels(self) -> None:
        """Marks the channels that only one side has: events about them may have been lost."""
        listed: set[str] = set()
        async for response in self._epg.StreamChannelFacts(epg_internal_pb2.StreamChannelFactsRequest()):
            listed.update(facts.channel_id for facts in response.facts)
        async with self._database.transaction() as tx:
            await storage.guide.mark_changed(tx, listed.symmetric_difference(await storage.guide.list_known(tx)))
        async with self._database.transaction() as tx:
            await storage.guide.take_turn(tx)
            await storage.guide.delete_unused_texts(tx)

    async def _claim(self) -> list[storage.guide.ClaimedChannel]:
        async with self._database.transaction() as tx:
            return await storage.guide.claim_channels(tx, self._clock.now(), lifetime=_CLAIM, limit=_CHANNELS_AT_ONCE)

    async def _load_channel(self, claimed: storage.guide.ClaimedChannel) -> None:
        loaded = await self._request_schedule(claimed)
        async with self._database.transaction(serialize_by="guide") as tx:
            await storage.guide.take_turn(tx)
            await storage.guide.store_channel(tx, loaded, self._clock.now() + _REFRESH)

    async def _request_schedule(self, claimed: storage.guide.ClaimedChannel) -> storage.guide.LoadedChannel:
        now = self._clock.now()
        request = epg_internal_pb2.GetScheduleRequest(
            channel_id=claimed.channel_id,
            start_time=timestamps.from_datetime(now - _PAST),
            end_time=timestamps.from_datetime(now + _FUTURE),
        )
        try:
            response = await self._epg.GetSchedule(request)
        except errors.NotFound:
            return storage.guide.LoadedChannel(claimed.channel_id, claimed.change_number, None)
        channel = guide_messages.channel(response.channel)
        programmes, texts = [], {channel.text_hash: guide_messages.channel_text(response.channel)}
        for item in response.items:
            programme = guide_messages.programme(item)
            if programme.end_time + channel.catch_up_window > now:
                programmes.append(programme)
                if not self._title_store.find_title(programme.title_id, programme.episode_id):
                    texts[programme.text_hash] = guide_messages.programme_text(item)
        return storage.guide.LoadedChannel(
            claimed.channel_id,
            claimed.change_number,
            response.channel.SerializeToString(),
            channel.text_hash,
            programmes,
            {text_hash: text for text_hash, text in texts.items() if text},
        )
