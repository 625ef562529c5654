"""Two demo channels that encoders write, and their schedules of the next days."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from marquee.epg.v1 import epg_admin_service_pb2, epg_pb2
from marquee.packager.v1 import channel_encoder_admin_service_pb2, channel_encoder_pb2, packager_pb2

from services.kit import timestamps

#: The namespace of channel ids, which are derived from their numbers.
_CHANNELS = uuid.UUID("019c5e20-8a00-7c41-8d2b-90f3ab6e7712")
_CATCH_UP = dt.timedelta(days=1)
_SCHEDULED_DAYS = 7
_HOUR = dt.timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class EncodedChannel:
    """A demo channel whose encoder repeats generated sources."""

    number: int
    display_name: str
    seeds: Sequence[str]

    @property
    def channel_id(self) -> str:
        """The id of the channel."""
        return str(uuid.uuid5(_CHANNELS, str(self.number)))

    @property
    def save_request(self) -> epg_admin_service_pb2.SaveChannelRequest:
        """The request that writes the channel."""
        rules = epg_pb2.TimeShiftRules(start_over=True, catch_up_window=timestamps.from_timedelta(_CATCH_UP))
        return epg_admin_service_pb2.SaveChannelRequest(
            channel=epg_pb2.Channel(
                channel_id=self.channel_id,
                number=self.number,
                display_name=self.display_name,
                language_codes=["en"],
                time_zone="Europe/London",
                kind=epg_pb2.CHANNEL_KIND_ENCODED,
                time_shift=rules,
            )
        )

    @property
    def start_request(self) -> channel_encoder_admin_service_pb2.StartChannelEncoderRequest:
        """The request that starts the encoder."""
        return channel_encoder_admin_service_pb2.StartChannelEncoderRequest(
            channel_id=self.channel_id,
            playlist=channel_encoder_pb2.SourcePlaylist(source_uris=[f"demo:{seed}" for seed in self.seeds]),
            profile=packager_pb2.PACKAGING_PROFILE_QUICK,
            # Programmes are played until they have been over for as long as the catch-up window.
            catch_up_window=timestamps.from_timedelta(_CATCH_UP + 4 * _HOUR),
        )

    def schedule_request(self, now: dt.datetime) -> epg_admin_service_pb2.ReplaceScheduleRequest:
        """Returns the request that writes a programme for each hour of the next days."""
        start = now.replace(minute=0, second=0, microsecond=0)
        starts = [start + hour * _HOUR for hour in range(24 * _SCHEDULED_DAYS)]
        return epg_admin_service_pb2.ReplaceScheduleRequest(
            channel_id=self.channel_id,
            start_time=timestamps.from_datetime(start),
            end_time=timestamps.from_datetime(starts[-1] + _HOUR),
            programmes=[
                epg_admin_service_pb2.ScheduledProgramme(
                    start_time=timestamps.from_datetime(each),
                    end_time=timestamps.from_datetime(each + _HOUR),
                    display_names={"en": self.display_name},
                )
                for each in starts
            ],
        )


CHANNELS = (
    EncodedChannel(101, "Marquee Loop One", ("Harbour at Dawn", "The Long Meadow", "Night Ferry")),
    EncodedChannel(102, "Marquee Loop Two", ("Glass Mountain", "A Quiet Orbit", "Salt Road")),
)
