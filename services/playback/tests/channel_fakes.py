"""A small fake of epg, with one channel whose programmes have media."""

from datetime import timedelta

from marquee.epg.v1 import epg_internal_pb2_grpc, epg_pb2, epg_service_pb2, epg_service_pb2_grpc

from services.kit import context, errors, ids, timestamps, watchable_subjects
from services.playback.linear import schedules


class Epg(epg_service_pb2_grpc.EpgServiceServicer):
    """Has one channel with the programmes that it was given."""

    def __init__(self):
        self.channel_id = ids.new()
        self.rules = {"start_over": True, "catch_up_window": timedelta(days=7)}
        self.filler = None
        self.programmes = []
        self.is_down = False

    def add(self, start, duration, subject=None, age=None, name="News"):
        """Adds a programme; returns its id."""
        programme = schedules.ScheduledProgramme(
            ids.new(), start, start + duration, (("en", name),), subject and watchable_subjects.key(subject), age
        )
        self.programmes.append(programme)
        return programme.programme_id

    @property
    def channel(self):
        """The channel as playback knows it."""
        return schedules.Channel(
            self.channel_id, "One", filler=self.filler and watchable_subjects.key(self.filler), **self.rules
        )

    async def GetProgramme(self, request, rpc):
        self.check_is_up()
        for each in self.programmes:
            if each.programme_id == request.programme_id and (each.maturity_age or 0) <= self.ceiling():
                return epg_service_pb2.GetProgrammeResponse(
                    programme=epg_pb2.Programme(
                        programme_id=each.programme_id,
                        channel_id=self.channel_id,
                        start_time=timestamps.from_datetime(each.start_time),
                        end_time=timestamps.from_datetime(each.end_time),
                    )
                )
        raise watchable_subjects.not_found(watchable_subjects.programme(request.programme_id))

    async def ListChannels(self, request, rpc):
        self.check_is_up()
        channels = [epg_pb2.Channel(channel_id=id_, display_name="One") for id_ in request.filter.channel_ids]
        return epg_service_pb2.ListChannelsResponse(channels=channels)

    def ceiling(self):
        """Returns the maturity ceiling of the caller."""
        return context.caller().maturity_ceiling

    def check_is_up(self):
        if self.is_down:
            raise errors.Unavailable("Not now.", reason="NOT_NOW", domain="epg.marquee")


class EpgInternal(epg_internal_pb2_grpc.EpgInternalServiceServicer):
    """Gets the schedule of the channel."""

    def __init__(self, epg):
        self._epg = epg

    async def GetSchedule(self, request, rpc):
        raise NotImplementedError("tests use Schedules")


class Schedules:
    """The schedule of the channel, without a cache."""

    def __init__(self, epg):
        self._epg = epg

    async def get(self, channel_id, start, end):
        self._epg.check_is_up()
        if channel_id != self._epg.channel_id:
            raise watchable_subjects.not_found(watchable_subjects.channel(channel_id))
        programmes = sorted(self._epg.programmes, key=lambda each: each.start_time)
        found = tuple(each for each in programmes if each.start_time < end and each.end_time > start)
        return schedules.Schedule(self._epg.channel, found)
