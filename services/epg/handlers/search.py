"""The search of the guide, for the servicer of viewers."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from marquee.epg.v1 import epg_service_pb2

from services.epg import convert
from services.epg.domain import channels
from services.epg.guide import guide_cache, search_service
from services.epg.storage.search import Place
from services.kit import ids, paging, timestamps

_RESULTS, _MAX_RESULTS = 20, 50
_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class GuideSearch:
    """Returns pages of results.

    Args:
        searcher: finds channels and programmes.
    """

    def __init__(self, searcher: search_service.SearchService) -> None:
        self._searcher = searcher

    async def search(
        self,
        request: epg_service_pb2.SearchGuideRequest,
        visible: Sequence[channels.Channel],
        all_channels: Sequence[channels.Channel],
        audience: guide_cache.Audience,
    ) -> epg_service_pb2.SearchGuideResponse:
        """Returns a page of results among the channels that the caller may see.

        Args:
            request: the request.
            visible: the channels of its filter that the caller may see.
            all_channels: all channels.
            audience: the language and the maturity ceiling of the caller.
        """
        window = timestamps.optional_datetime(request, "start_time"), timestamps.optional_datetime(request, "end_time")
        position = _parse(request)
        page_size = paging.size(request.page_size, default=_RESULTS, most=_MAX_RESULTS)
        named = {channel.channel_id: channel for channel in visible}
        page = await self._searcher.search(
            request.query, named.keys(), all_channels, audience.maturity_ceiling, window, position, page_size
        )
        programmes = [(named[channel_id], each) for channel_id, each in page.programmes if channel_id in named]
        showing = {channel.channel_id: channel for channel, _ in programmes}
        return epg_service_pb2.SearchGuideResponse(
            channels=[convert.shown_channel(named[id_]) for id_ in page.channel_ids if id_ in named],
            programmes=[convert.programme_message(each, channel, *audience) for channel, each in programmes],
            programme_channels=map(convert.shown_channel, showing.values()),
            next_page_token=_token(page.next_position, request) if page.next_position else "",
            corrected=page.corrected,
        )


def _token(position: search_service.Position, request: epg_service_pb2.SearchGuideRequest) -> str:
    after = position.after
    place = (after.by_episode, after.stage, after.distance // _MICROSECOND, after.programme_id)
    now = (position.now - _EPOCH) // _MICROSECOND
    return paging.token((now, int(position.corrected), *place), of=_fingerprint(request))


def _parse(request: epg_service_pb2.SearchGuideRequest) -> search_service.Position | None:
    """Returns the position in the token of a request, None for the first page. Raises PageTokenInvalid."""
    kinds = (_parse_instant, _parse_flag, _parse_flag, _parse_stage, _parse_duration, ids.parse)
    cursor = paging.cursor(request.page_token, of=_fingerprint(request), kinds=kinds)
    if cursor is None:
        return None
    now, corrected, *place = cursor
    return search_service.Position(now, bool(corrected), Place(*place))


def _parse_instant(value: object) -> datetime:
    try:
        return _EPOCH + _parse_duration(value)
    except OverflowError:
        raise ValueError(value) from None


def _parse_duration(value: object) -> timedelta:
    return timedelta(microseconds=paging.non_negative_int(value))


def _parse_flag(value: object) -> int:
    return [0, 1].index(int(str(value)))


def _parse_stage(value: object) -> int:
    return [0, 1, 2].index(int(str(value)))


def _fingerprint(request: epg_service_pb2.SearchGuideRequest) -> list[str]:
    """Returns what a page token belongs to: the request without the token and the size of the page."""
    asked = epg_service_pb2.SearchGuideRequest()
    asked.CopyFrom(request)
    asked.ClearField("page_token")
    asked.ClearField("page_size")
    return ["guide search", asked.SerializeToString(deterministic=True).hex()]
