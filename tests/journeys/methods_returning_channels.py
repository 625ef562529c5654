"""The methods that viewers can call and that can return channels or programmes, and a request for each of them.

Ids in the requests are placeholders: a request that holds one is sent for each channel and programme of a test.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta

from google.protobuf import descriptor
from google.protobuf.message import Message
from marquee.epg.v1 import epg_pb2, epg_service_pb2, personal_guide_service_pb2
from marquee.recommendation.v1 import recommendation_service_pb2
from marquee.type.v1 import type_pb2

from services.kit import clock, ids, timestamps
from tests.journeys import methods_returning_titles
from tests.journeys.methods_returning_titles import SECRET

CHANNEL, PROGRAMME = (ids.new() for _ in range(2))
_NOW = clock.SystemClock().now()
_WINDOW = {
    "start_time": timestamps.from_datetime(_NOW),
    "end_time": timestamps.from_datetime(_NOW + timedelta(hours=1)),
}
_FILTERS = [
    epg_service_pb2.ChannelFilter(),
    epg_service_pb2.ChannelFilter(entitled_only=True),
    epg_service_pb2.ChannelFilter(query=SECRET),
    epg_service_pb2.ChannelFilter(channel_ids=[CHANNEL]),
]

#: By method: the requests that make it return channels or programmes.
REQUESTS: Mapping[str, list[Message]] = {
    "EpgService.ListChannels": [
        *(epg_service_pb2.ListChannelsRequest(filter=included, page_size=500) for included in _FILTERS),
        epg_service_pb2.ListChannelsRequest(order=epg_pb2.CHANNEL_ORDER_PERSONAL, page_size=500),
    ],
    "EpgService.GetChannel": [epg_service_pb2.GetChannelRequest(channel_id=CHANNEL)],
    "EpgService.GetGuide": [
        epg_service_pb2.GetGuideRequest(filter=included, page_size=200, **_WINDOW) for included in _FILTERS
    ],
    "EpgService.ListOnNow": [epg_service_pb2.ListOnNowRequest(filter=included, page_size=500) for included in _FILTERS],
    "EpgService.GetProgramme": [epg_service_pb2.GetProgrammeRequest(programme_id=PROGRAMME)],
    "EpgService.BatchGetProgrammes": [epg_service_pb2.BatchGetProgrammesRequest(programme_ids=[PROGRAMME])],
    "EpgService.SearchGuide": [epg_service_pb2.SearchGuideRequest(query=query) for query in (SECRET, f"{SECRET}x")],
    "EpgService.WatchGuide": [epg_service_pb2.WatchGuideRequest(**_WINDOW)],
    "EpgService.ExportGuide": [epg_service_pb2.ExportGuideRequest()],
    "EpgService.ExportChannels": [
        epg_service_pb2.ExportChannelsRequest(stream_url="https://tv.example/{channel_id}/live.m3u8")
    ],
    "PersonalGuideService.CreateReminder": [personal_guide_service_pb2.CreateReminderRequest(programme_id=PROGRAMME)],
    "PersonalGuideService.ListReminders": [personal_guide_service_pb2.ListRemindersRequest()],
    "PersonalGuideService.ListWatchedChannels": [personal_guide_service_pb2.ListWatchedChannelsRequest()],
}
#: By method: requests about channels and programmes of methods that return titles too.
_MORE_REQUESTS: Mapping[str, list[Message]] = {
    "RecommendationService.ListGuideBadges": [
        recommendation_service_pb2.ListGuideBadgesRequest(programme_ids=[PROGRAMME]),
        recommendation_service_pb2.ListGuideBadgesRequest(
            window=recommendation_service_pb2.GuideWindow(channel_ids=[CHANNEL], **_WINDOW)
        ),
    ]
}

#: The methods above that return nothing to somebody who has watched nothing, and that return only what changes during
#: the call, which tests of epg check.
WITHOUT_TEXTS = {"PersonalGuideService.ListWatchedChannels", "EpgService.WatchGuide"}


def channel_methods() -> Iterator[descriptor.MethodDescriptor]:
    """Yields every method that viewers can call and whose response can hold a channel, a programme or a subject."""
    yield from methods_returning_titles.methods_returning(_is_channel, "marquee.epg.v1.EpgService")


def requests_of(method: str) -> list[Message]:
    """Returns the requests of a method: its own, or those about titles with channels and programmes in their place."""
    if method in REQUESTS:
        return REQUESTS[method]
    requests = list(_MORE_REQUESTS.get(method, ()))
    for subject in (type_pb2.Subject(channel_id=CHANNEL), type_pb2.Subject(programme_id=PROGRAMME)):
        for template in methods_returning_titles.REQUESTS[method]:
            request = type(template).FromString(template.SerializeToString())
            _replace_subjects(request, subject)
            if request not in requests:
                requests.append(request)
    return requests


def _replace_subjects(message: Message, subject: type_pb2.Subject) -> None:
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        for each in [value] if isinstance(value, Message) else value:
            if isinstance(each, type_pb2.Subject):
                each.CopyFrom(subject)
            else:
                _replace_subjects(each, subject)


def _is_channel(name: str) -> bool:
    return name == methods_returning_titles.SUBJECT or (
        name.startswith("marquee.epg.v1.") and not name.endswith("Response")
    )
