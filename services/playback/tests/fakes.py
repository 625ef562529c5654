"""Small fakes of the services that playback calls."""

from datetime import timedelta

from marquee.catalog.v1 import catalog_pb2, catalog_service_pb2, catalog_service_pb2_grpc
from marquee.entitlement.v1 import (
    entitlement_internal_pb2,
    entitlement_internal_pb2_grpc,
    entitlement_pb2,
    entitlement_service_pb2,
    entitlement_service_pb2_grpc,
)
from marquee.packager.v1 import packager_internal_pb2, packager_internal_pb2_grpc, packager_pb2
from marquee.type.v1 import type_pb2
from marquee.viewing.v1 import viewing_pb2, viewing_service_pb2, viewing_service_pb2_grpc

from services.kit import context, errors, ids, testing, timestamps, watchable_subjects

KEY_ID, KEY = bytes(range(16)), bytes(range(100, 116))
DURATION = timedelta(minutes=90)


class Entitlement(entitlement_service_pb2_grpc.EntitlementServiceServicer):
    """Decides as a test tells it."""

    def __init__(self) -> None:
        self.max_streams = 1
        self.reasons: list[entitlement_pb2.AccessReasonCode.ValueType] = []
        self.is_down = False

    def decide(self, subject):
        return entitlement_pb2.AccessDecision(
            subject=subject,
            allowed=not self.reasons,
            reasons=[entitlement_pb2.AccessReason(code=code, message="Because.") for code in self.reasons],
            max_streams=self.max_streams,
        )

    async def CheckAccess(self, request, rpc):
        self.check_is_up()
        return entitlement_service_pb2.CheckAccessResponse(decision=self.decide(request.subject))

    def check_is_up(self):
        if self.is_down:
            raise errors.Unavailable("Not yet.", reason="FACTS_NOT_READY", domain="entitlement.marquee")


class EntitlementInternal(entitlement_internal_pb2_grpc.EntitlementInternalServiceServicer):
    def __init__(self, entitlement: Entitlement) -> None:
        self._entitlement = entitlement

    async def CheckAccessFor(self, request, rpc):
        self._entitlement.check_is_up()
        return entitlement_internal_pb2.CheckAccessForResponse(decision=self._entitlement.decide(request.subject))


class Catalog(catalog_service_pb2_grpc.CatalogServiceServicer):
    """Has the titles and episodes that it was given; hides what is above the caller's ceiling."""

    def __init__(self) -> None:
        self.titles: dict[str, catalog_pb2.Title] = {}
        self.episodes: list[catalog_pb2.Episode] = []
        self.calls: list[str] = []

    def film(self, display_name: str = "The Lamp Keeper", age: int = 8) -> str:
        return self._add(display_name, catalog_pb2.TITLE_TYPE_FILM, age)

    def series(self, *seasons: int) -> tuple[str, list[str]]:
        """Adds a series with so many episodes in each season; returns its id and those of its episodes."""
        title_id = self._add("Tides", catalog_pb2.TITLE_TYPE_SERIES, 8)
        episodes = [
            catalog_pb2.Episode(
                episode_id=ids.new(),
                title_id=title_id,
                season_number=season,
                episode_number=number,
                display_name=f"S{season} E{number}",
                images=[type_pb2.Image(kind=type_pb2.IMAGE_KIND_STILL, uri=f"/stills/{number}.webp", width=320)],
            )
            for season, count in enumerate(seasons, 1)
            for number in range(1, count + 1)
        ]
        self.episodes += episodes
        return title_id, [episode.episode_id for episode in episodes]

    def _add(self, display_name: str, kind: catalog_pb2.TitleType.ValueType, age: int) -> str:
        title = catalog_pb2.Title(
            title_id=ids.new(), display_name=display_name, type=kind, maturity_rating=type_pb2.MaturityRating(age=age)
        )
        self.titles[title.title_id] = title
        return title.title_id

    def _visible(self, title_id: str) -> catalog_pb2.Title | None:
        title = self.titles.get(title_id)
        return title if title and title.maturity_rating.age <= context.caller().maturity_ceiling else None

    async def GetTitle(self, request, rpc):
        self.calls.append("GetTitle")
        title = self._visible(request.title_id)
        if title is None:
            raise errors.TitleNotFound(request.title_id)
        return catalog_service_pb2.GetTitleResponse(title=title)

    async def BatchGetTitles(self, request, rpc):
        titles = filter(None, map(self._visible, request.title_ids))
        return catalog_service_pb2.BatchGetTitlesResponse(titles=titles)

    async def GetEpisode(self, request, rpc):
        self.calls.append("GetEpisode")
        for episode in self.episodes:
            if episode.episode_id == request.episode_id:
                return catalog_service_pb2.GetEpisodeResponse(episode=episode)
        raise errors.EpisodeNotFound(request.episode_id)

    async def ListEpisodes(self, request, rpc):
        self.calls.append("ListEpisodes")
        listed = [episode for episode in self.episodes if episode.title_id == request.title_id]
        start = int(request.page_token or 0)
        end = start + request.page_size
        return catalog_service_pb2.ListEpisodesResponse(
            episodes=listed[start:end], next_page_token=str(end) if end < len(listed) else ""
        )


class Packager(packager_internal_pb2_grpc.PackagerInternalServiceServicer):
    """Has one asset for every subject, except for those that a test names, and the runs of encoders that it adds."""

    def __init__(self, asset_id: str) -> None:
        self.asset_id = asset_id
        self.unready: set[str] = set()
        #: The assets and the keys of subjects that have their own.
        self.assets: dict[str, str] = {}
        self.keys: dict[str, tuple[bytes, bytes]] = {}
        #: The runs of encoders by their channels, and the keys of a run by their ids.
        self.run_keys: dict[str, dict[bytes, bytes]] = {}
        #: The asset with encrypted segments, for devices that decrypt no samples.
        self.whole_asset_id = ""
        self.runs: dict[str, list[packager_internal_pb2.EncoderRun]] = {}
        self.run_requests = 0

    async def GetPlayableAsset(self, request, rpc):
        _, subject_id = watchable_subjects.key(request.subject)
        if subject_id in self.unready:
            metadata = watchable_subjects.metadata(request.subject)
            raise errors.NotFound("No.", reason="NOTHING_PLAYABLE", domain="packager.marquee", metadata=metadata)
        cbcs, whole = packager_pb2.ENCRYPTION_SCHEME_CBCS, packager_pb2.ENCRYPTION_SCHEME_AES_128
        is_whole = bool(self.whole_asset_id and request.encryption_schemes and cbcs not in request.encryption_schemes)
        return packager_internal_pb2.GetPlayableAssetResponse(
            asset=packager_pb2.MediaAsset(
                asset_id=self.whole_asset_id if is_whole else self.assets.get(subject_id, self.asset_id),
                subject=request.subject,
                encryption_scheme=whole if is_whole else cbcs,
                duration=timestamps.from_timedelta(DURATION),
            )
        )

    async def ListContentKeys(self, request, rpc):
        keys = self.run_keys.get(request.asset_id) or dict([self.keys.get(request.asset_id, (KEY_ID, KEY))])
        return packager_internal_pb2.ListContentKeysResponse(
            keys=[packager_internal_pb2.ContentKey(key_id=key_id, key=key) for key_id, key in keys.items()]
        )

    async def ListEncoderRuns(self, request, rpc):
        self.run_requests += 1
        runs = [
            run
            for run in self.runs.get(request.channel_id, ())
            if run.first_cell < request.end_cell and run.first_cell + run.cell_count > request.first_cell
        ]
        page = int(request.page_token or 0)
        return packager_internal_pb2.ListEncoderRunsResponse(
            runs=runs[page : page + 1], next_page_token=str(page + 1) if page + 1 < len(runs) else ""
        )


class Viewing(viewing_service_pb2_grpc.ViewingServiceServicer):
    """Has the bookmarks that it was given, the latest last."""

    def __init__(self) -> None:
        self.bookmarks: list[viewing_pb2.Bookmark] = []
        self.is_down = False

    def add_bookmark(self, title_id: str, position: timedelta, *, episode_id: str = "", watched: bool = False) -> None:
        """Adds a bookmark that is later than those before."""
        update_time = testing.NOW + timedelta(seconds=len(self.bookmarks))
        title = watchable_subjects.title(title_id)
        self.bookmarks.append(
            viewing_pb2.Bookmark(
                subject=watchable_subjects.episode(episode_id) if episode_id else title,
                parent=title if episode_id else None,
                position=timestamps.from_timedelta(position),
                duration=timestamps.from_timedelta(DURATION),
                watched=watched,
                update_time=timestamps.from_datetime(update_time),
            )
        )

    def add_programme_bookmark(self, programme_id: str, position: timedelta, duration: timedelta) -> None:
        """Adds a bookmark in a programme."""
        self.bookmarks.append(
            viewing_pb2.Bookmark(
                subject=watchable_subjects.programme(programme_id),
                position=timestamps.from_timedelta(position),
                duration=timestamps.from_timedelta(duration),
                update_time=timestamps.from_datetime(testing.NOW),
            )
        )

    async def ListBookmarks(self, request, rpc):
        if self.is_down:
            raise errors.DatabaseUnavailable
        listed = [each for each in self.bookmarks if request.subject in (each.subject, each.parent)]
        return viewing_service_pb2.ListBookmarksResponse(bookmarks=reversed(listed))
