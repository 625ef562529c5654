"""The media that channels show."""

from collections.abc import Awaitable, Callable

from marquee.packager.v1 import packager_pb2
from marquee.type.v1 import type_pb2

from services.kit import watchable_subjects
from services.playback import domain
from services.playback.linear import runs, track_tables


class PackagedItems:
    """Returns the media of subjects as items of channels.

    Args:
        load_asset: returns the newest asset of a subject, None if there is none.
        tables: the tracks of assets.
    """

    def __init__(
        self,
        load_asset: Callable[[type_pb2.Subject], Awaitable[packager_pb2.MediaAsset | None]],
        tables: track_tables.TrackTables,
    ) -> None:
        self._load_asset = load_asset
        self._tables = tables

    async def get(self, subject: domain.SubjectKey) -> runs.PackagedItem | None:
        """Returns the newest media of a subject, None if it has none that fills a cell."""
        asset = await self._load_asset(watchable_subjects.from_key(*subject))
        table = await self._tables.get(asset.asset_id) if asset else None
        return runs.PackagedItem(table.asset_id, table.segment_count) if table and table.segment_count else None
