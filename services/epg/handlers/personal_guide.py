"""The servicer of what profiles keep of the guide."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any, TypeAlias

import grpc
from marquee.epg.v1 import epg_pb2, personal_guide_service_pb2, personal_guide_service_pb2_grpc

from services.epg import errors, storage
from services.epg.domain import channel_ranking, reminders
from services.epg.guide import channel_index
from services.epg.handlers import callers
from services.epg.personal import reminder_list
from services.kit import context, db, ids, pipeline, timestamps
from services.kit.clock import Clock

Rpc: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"


class PersonalGuide(personal_guide_service_pb2_grpc.PersonalGuideServiceServicer):
    """Keeps the favorite channels, the reminders and the watched channels of the calling profile.

    Args:
        database: the database of epg.
        index: the channels in memory.
        clock: the clock.
    """

    def __init__(self, database: db.Database, index: channel_index.ChannelIndex, clock: Clock) -> None:
        self._database = database
        self._index = index
        self._clock = clock

    async def ListFavoriteChannels(
        self, request: personal_guide_service_pb2.ListFavoriteChannelsRequest, rpc: Rpc
    ) -> personal_guide_service_pb2.ListFavoriteChannelsResponse:
        """Returns the favorite channels that the profile may see."""
        async with self._database.reading() as session:
            stored = await storage.favorites.list_favorites(session, _profile_id())
        return personal_guide_service_pb2.ListFavoriteChannelsResponse(channel_ids=self._visible(stored))

    async def SetFavoriteChannels(
        self, request: personal_guide_service_pb2.SetFavoriteChannelsRequest, rpc: Rpc
    ) -> personal_guide_service_pb2.SetFavoriteChannelsResponse:
        """Replaces the favorite channels that the profile may see."""
        profile_id = _profile_id()
        self._require_visible(*request.channel_ids)
        async with self._database.transaction(serialize_by=profile_id) as tx:
            stored = await storage.favorites.list_favorites(tx, profile_id)
            visible_ids = {*self._visible(stored), *request.channel_ids}
            hidden_ids = [id_ for id_ in stored if id_ not in visible_ids and self._index.get(id_)]
            kept_ids = [*request.channel_ids, *hidden_ids][: storage.favorites.MOST]
            await storage.favorites.save_favorites(tx, profile_id, kept_ids)
        return personal_guide_service_pb2.SetFavoriteChannelsResponse(channel_ids=request.channel_ids)

    async def AddFavoriteChannel(
        self, request: personal_guide_service_pb2.AddFavoriteChannelRequest, rpc: Rpc
    ) -> personal_guide_service_pb2.AddFavoriteChannelResponse:
        """Adds a channel to the favorite channels."""
        profile_id = _profile_id()
        self._require_visible(request.channel_id)
        async with self._database.transaction(serialize_by=profile_id) as tx:
            stored = await storage.favorites.add_favorite(tx, profile_id, request.channel_id)
        if stored is None:
            raise errors.FavoritesFull(storage.favorites.MOST)
        return personal_guide_service_pb2.AddFavoriteChannelResponse(channel_ids=self._visible(stored))

    async def RemoveFavoriteChannel(
        self, request: personal_guide_service_pb2.RemoveFavoriteChannelRequest, rpc: Rpc
    ) -> personal_guide_service_pb2.RemoveFavoriteChannelResponse:
        """Removes a channel from the favorite channels."""
        profile_id = _profile_id()
        async with self._database.transaction(serialize_by=profile_id) as tx:
            stored = await storage.favorites.remove_favorite(tx, profile_id, request.channel_id)
        return personal_guide_service_pb2.RemoveFavoriteChannelResponse(channel_ids=self._visible(stored))

    async def CreateReminder(
        self, request: personal_guide_service_pb2.CreateReminderRequest, rpc: Rpc
    ) -> personal_guide_service_pb2.CreateReminderResponse:
        """Sets a reminder of a programme, or changes its lead time."""
        caller, now = context.caller(), self._clock.now()
        profile_id, programme_id = _profile_id(), request.programme_id
        async with self._database.transaction(serialize_by=profile_id) as tx:
            # While the programme is locked, it does not move without its reminder.
            channel_id, programme = await storage.programmes.lock_programme(tx, programme_id) or ("", None)
            channel = self._index.get_visible(channel_id, callers.viewer(), now)
            if programme is None or channel is None or programme.scheduled.is_above(caller.maturity_ceiling):
                raise errors.ProgrammeNotFound(programme_id)
            if programme.scheduled.end_time <= now:
                raise errors.ProgrammeEnded(programme_id, programme.scheduled.end_time)
            since = now - reminders.RETENTION
            others = await storage.reminders.count_reminders(tx, profile_id, since, without=programme_id)
            if others >= reminders.MOST:
                raise errors.RemindersFull(reminders.MOST)
            lead_time = timedelta(seconds=request.lead_time.seconds)
            reminder = await storage.reminders.save_reminder(
                tx,
                reminders.Reminder(
                    reminder_id=ids.new(),
                    account_id=caller.account_id,
                    profile_id=profile_id,
                    channel_id=channel_id,
                    programme=programme,
                    lead_time=lead_time,
                    remind_time=programme.scheduled.start_time - lead_time,
                    state=reminders.State.PENDING,
                ),
            )
        [message] = self._messages([reminder], request.display_language_code)
        return personal_guide_service_pb2.CreateReminderResponse(reminder=message)

    async def ListReminders(
        self, request: personal_guide_service_pb2.ListRemindersRequest, rpc: Rpc
    ) -> personal_guide_service_pb2.ListRemindersResponse:
        """Returns the reminders of the profile."""
        async with self._database.reading() as session:
            since = self._clock.now() - reminders.RETENTION
            stored = await storage.reminders.list_reminders(session, _profile_id(), since)
        listed = [each for each in stored if request.state in (0, each.state)]
        return personal_guide_service_pb2.ListRemindersResponse(
            reminders=self._messages(listed, request.display_language_code)
        )

    async def DeleteReminder(
        self, request: personal_guide_service_pb2.DeleteReminderRequest, rpc: Rpc
    ) -> personal_guide_service_pb2.DeleteReminderResponse:
        """Deletes a reminder of the profile."""
        async with self._database.transaction() as tx:
            await storage.reminders.delete_reminder(tx, _profile_id(), request.reminder_id)
        return personal_guide_service_pb2.DeleteReminderResponse()

    async def ListWatchedChannels(
        self, request: personal_guide_service_pb2.ListWatchedChannelsRequest, rpc: Rpc
    ) -> personal_guide_service_pb2.ListWatchedChannelsResponse:
        """Returns the channels that the profile watched, the latest first."""
        async with self._database.reading() as session:
            since = self._clock.now() - channel_ranking.RETENTION
            watched = await storage.watched_channels.list_watched(session, _profile_id(), since)
        by_channel: defaultdict[str, list[channel_ranking.Watched]] = defaultdict(list)
        for each in sorted(watched, key=lambda each: each.last_time, reverse=True):
            by_channel[each.channel_id].append(each)
        return personal_guide_service_pb2.ListWatchedChannelsResponse(
            channels=[_watched_message(channel_id, by_channel[channel_id]) for channel_id in self._visible(by_channel)]
        )

    async def ForgetWatchedChannels(
        self, request: personal_guide_service_pb2.ForgetWatchedChannelsRequest, rpc: Rpc
    ) -> personal_guide_service_pb2.ForgetWatchedChannelsResponse:
        """Deletes what is known of the profile watching a channel, or all channels."""
        async with self._database.transaction() as tx:
            await storage.watched_channels.forget(tx, _profile_id(), request.channel_id)
        return personal_guide_service_pb2.ForgetWatchedChannelsResponse()

    def _messages(self, listed: Iterable[reminders.Reminder], display_language_code: str) -> list[epg_pb2.Reminder]:
        audience, now = callers.audience(display_language_code), self._clock.now()
        return reminder_list.messages(listed, self._index, callers.viewer(), audience, now)

    def _visible(self, channel_ids: Iterable[str]) -> list[str]:
        viewer, now = callers.viewer(), self._clock.now()
        return [id_ for id_ in channel_ids if self._index.get_visible(id_, viewer, now)]

    def _require_visible(self, *channel_ids: str) -> None:
        visible_ids = set(self._visible(channel_ids))
        for channel_id in channel_ids:
            if channel_id not in visible_ids:
                raise errors.ChannelNotFound(channel_id)


def _profile_id() -> str:
    """Returns the calling profile. Raises ProfileRequired for a service that calls for itself."""
    profile_id = context.caller().profile_id
    if not profile_id:
        raise pipeline.ProfileRequired("Select a profile to call this.")
    return profile_id


def _watched_message(
    channel_id: str, watched: Sequence[channel_ranking.Watched]
) -> personal_guide_service_pb2.WatchedChannel:
    return personal_guide_service_pb2.WatchedChannel(
        channel_id=channel_id,
        watch_time=timestamps.from_datetime(watched[0].last_time),
        duration=timestamps.from_timedelta(sum((each.duration for each in watched), timedelta(0))),
    )
