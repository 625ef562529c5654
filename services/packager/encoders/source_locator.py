"""Finds the files of the sources of channels, and generates those of demo sources."""

import asyncio
import hashlib
import secrets
import shutil
from pathlib import Path

from services.packager.demo import demo_source
from services.packager.domain import media, source_uris
from services.packager.encoders import segment_store
from services.packager.tools import ffmpeg


class SourceLocator:
    """Returns the files of sources.

    Args:
        segments: where generated sources are kept.
        directory: the directory below which sources are read.
        demo_allowed: whether demo sources are allowed.
    """

    def __init__(self, segments: segment_store.SegmentStore, directory: Path, *, demo_allowed: bool) -> None:
        self._segments = segments
        self._directory = directory
        self._demo_allowed = demo_allowed

    async def locate(self, uri: str, profile: media.Profile) -> Path:
        """Returns the file of a source. Raises SourceRefused, ToolFailed or OSError."""
        match source_uris.resolve_uri(uri, self._directory, demo_allowed=self._demo_allowed):
            case source_uris.FileSource(path):
                return path
            case source_uris.DemoSource(seed):
                return await self._generate(seed, profile)

    async def _generate(self, seed: str, profile: media.Profile) -> Path:
        digest = hashlib.sha256(seed.encode()).hexdigest()[:32]
        file = self._segments.demo_source(f"{digest}-{profile.value}.mp4")
        if await asyncio.to_thread(file.exists):
            return file
        scratch = file.with_name(secrets.token_hex(8))
        try:
            await asyncio.to_thread(scratch.mkdir, parents=True)
            draft = scratch / file.name
            await demo_source.generate(seed, seed, profile, scratch, draft, ffmpeg.ignore_progress)
            await asyncio.to_thread(draft.rename, file)
        finally:
            await asyncio.to_thread(shutil.rmtree, scratch, ignore_errors=True)
        return file
