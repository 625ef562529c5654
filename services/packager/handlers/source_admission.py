"""Checks the sources that operators name."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from services.packager import errors
from services.packager.domain import source_uris
from services.packager.tools import ffmpeg


@dataclass(frozen=True)
class Admission:
    """Checks source URIs: files below `directory`, demo sources if `demo_allowed`, and feeds of some schemes."""

    directory: Path
    demo_allowed: bool
    feed_schemes: Collection[str] = ()

    async def check(self, uri: str) -> None:
        """Checks that a source is allowed and exists. Raises SourceNotAllowed or SourceNotFound."""
        try:
            source = source_uris.resolve_uri(uri, self.directory, demo_allowed=self.demo_allowed)
        except source_uris.SourceRefused as refused:
            raise errors.SourceNotAllowed(str(refused), uri) from None
        if isinstance(source, source_uris.FileSource) and not await asyncio.to_thread(source_uris.is_file, source.path):
            raise errors.SourceNotFound(uri)

    async def check_feed(self, uri: str) -> None:
        """Checks that a feed is allowed and that FFmpeg can read it. Raises SourceNotAllowed."""
        try:
            feed = source_uris.resolve_feed(uri, self.feed_schemes)
        except source_uris.SourceRefused as refused:
            raise errors.SourceNotAllowed(str(refused), uri) from None
        if feed.scheme not in await ffmpeg.list_input_protocols():
            raise errors.SourceNotAllowed(f"FFmpeg on this platform cannot read {feed.scheme}:.", uri)
