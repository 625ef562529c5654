"""Channels and programmes in the country of a household that only some of its profiles may know of."""

import contextlib
import dataclasses
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from marquee.epg.v1 import epg_admin_service_pb2, epg_pb2, epg_service_pb2
from marquee.type.v1 import type_pb2

from services.kit import clock, ids, timestamps
from tests import local_platform
from tests.journeys import edge_client, hidden_titles
from tests.journeys.hidden_titles import ADULT, ELSEWHERE, HERE, KID
from tests.journeys.methods_returning_titles import SECRET

#: The age of what an adult may see and a kid may not.
_MATURE = 17


@dataclasses.dataclass(frozen=True)
class Channel:
    """A channel with a programme that is on for all of a day; others have ids that name nothing."""

    channel_id: str = dataclasses.field(default_factory=ids.new)
    programme_id: str = dataclasses.field(default_factory=ids.new)

    @property
    def ids(self) -> tuple[str, str]:
        """The ids of the channel and of its programme."""
        return self.channel_id, self.programme_id


@dataclasses.dataclass
class World:
    """The channels, the services and the profiles of a household whose package holds all channels."""

    services: hidden_titles.World
    adult: hidden_titles.Viewer
    kid: hidden_titles.Viewer
    #: What the whole household sees.
    shown: Channel
    #: A channel that the whole household sees, with a programme that only the adult sees.
    late: Channel
    #: What only the adult sees.
    mature: Channel
    #: What nobody in the country sees.
    closed: list[Channel]


@contextlib.contextmanager
def build(platform: local_platform.Platform, edge: edge_client.Edge) -> Iterator[World]:
    """Saves the channels; returns when epg and entitlement know them."""
    with hidden_titles.connect(platform, edge) as services:
        viewers = services.household(100, adult=ADULT, kid=KID)
        adult = viewers["adult"]

        def save(channel_name: str, programme_name: str, age: int | None = None) -> Channel:
            channel_id = ids.new()
            _save(services, channel_id, channel_name)
            _schedule(services, channel_id, programme_name, age)
            # The adult reads the id of the programme before the channel is hidden.
            guide = services.call("EpgService.GetGuide", _guide_request(channel_id), adult.token)
            return Channel(channel_id, guide.schedules[0].programmes[0].programme_id)

        shown, late = save("Quiet", "Quiet"), save("Quiet", SECRET, _MATURE)
        mature, hidden, foreign = (save(SECRET, SECRET) for _ in range(3))
        _save(services, mature.channel_id, SECRET, maturity_rating=type_pb2.MaturityRating(age=_MATURE))
        _save(services, hidden.channel_id, SECRET, hidden=True)
        _save(services, foreign.channel_id, SECRET, territories=[ELSEWHERE])
        yield World(services, adult, viewers["kid"], shown, late, mature, [hidden, foreign])


def _save(services: hidden_titles.World, channel_id: str, display_name: str, **changes: Any) -> None:
    values = {"channel_id": channel_id, "display_name": f"{display_name} TV", "territories": [HERE], **changes}
    request = epg_admin_service_pb2.SaveChannelRequest(channel=epg_pb2.Channel(**values))
    services.admin("EpgAdminService.SaveChannel", request)


def _schedule(services: hidden_titles.World, channel_id: str, display_name: str, age: int | None) -> None:
    start = clock.SystemClock().now() - timedelta(hours=12)
    window = {
        "start_time": timestamps.from_datetime(start),
        "end_time": timestamps.from_datetime(start + timedelta(days=1)),
    }
    programme = epg_admin_service_pb2.ScheduledProgramme(
        source_key="all day",
        display_names={"en": f"{display_name} by night"},
        synopses={"en": f"What {display_name} does."},
        maturity_rating=None if age is None else type_pb2.MaturityRating(age=age),
        **window,
    )
    request = epg_admin_service_pb2.ReplaceScheduleRequest(channel_id=channel_id, programmes=[programme], **window)
    services.admin("EpgAdminService.ReplaceSchedule", request)


def _guide_request(channel_id: str) -> epg_service_pb2.GetGuideRequest:
    now = clock.SystemClock().now()
    return epg_service_pb2.GetGuideRequest(
        filter=epg_service_pb2.ChannelFilter(channel_ids=[channel_id]),
        start_time=timestamps.from_datetime(now),
        end_time=timestamps.from_datetime(now + timedelta(hours=1)),
    )
