"""The segments of encoders: written in the clear to a hidden directory, encrypted into the one of the run."""

import os
import shutil
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from services.packager.domain import encoded_tracks, fragments, media, segment_encryption
from services.packager.tools import shaka

_WORKSPACES = ".encoders"
#: A workspace that was not used for so long, in seconds, belongs to a process that was killed.
_ABANDONED_SECONDS = 900.0


class SegmentStore:
    """The files of encoders in the media store.

    Args:
        store: the media store.
    """

    def __init__(self, store: Path) -> None:
        self.store = store

    def workspace(self, run_id: str) -> Path:
        """Returns the directory of a run that its encoder writes to."""
        return self.store / _WORKSPACES / run_id

    def demo_source(self, name: str) -> Path:
        """Returns the file of a generated source."""
        return self.store / _WORKSPACES / "demo" / name

    def is_complete(self, run_id: str, profile: media.Profile, number: int) -> bool:
        """Returns whether the encoder has completed a segment of every track."""
        workspace = self.workspace(run_id)
        return all((workspace / name / f"{number}.m4s").exists() for name in encoded_tracks.names(profile))

    def publish_init(self, run_id: str, profile: media.Profile) -> tuple[encoded_tracks.EncodedTrack, ...]:
        """Publishes the initialization segments of a run and returns its tracks. Raises `fragments.Unusable`."""
        files = [next((self.workspace(run_id) / name).glob("init*.mp4")) for name in encoded_tracks.names(profile)]
        inits = [file.read_bytes() for file in files]
        tracks = encoded_tracks.describe(profile, tuple(fragments.codec(init) for init in inits))
        for track, init in zip(tracks, inits, strict=True):
            directory = self.store / run_id / track.directory
            directory.mkdir(parents=True, exist_ok=True)
            _write(directory / "init.mp4", init)
        return tracks

    def publish_cell(
        self, run_id: str, tracks: Sequence[encoded_tracks.EncodedTrack], number: int, cell: int, key: shaka.Key
    ) -> None:
        """Publishes a segment of every track, encrypted, as those of a cell. Raises `fragments.Unusable`."""
        workspace = self.workspace(run_id)
        sources = [workspace / Path(track.directory).name / f"{number}.m4s" for track in tracks]
        for track, source in zip(tracks, sources, strict=True):
            segment = source.read_bytes()
            fragments.check_segment(segment)
            encrypted = segment_encryption.encrypt(segment, key.key, segment_encryption.default_vector(cell))
            _write(self.store / run_id / track.directory / f"{cell}.m4s", encrypted)
        for source in sources:
            source.unlink()

    def touch_workspace(self, run_id: str) -> None:
        """Marks the directory that the encoder of a run writes to as used, so that it is not removed as abandoned."""
        os.utime(self.workspace(run_id))

    def remove_workspace(self, run_id: str) -> None:
        """Removes the directory of a run that its encoder writes to."""
        shutil.rmtree(self.workspace(run_id), ignore_errors=True)

    def list_abandoned_runs(self) -> list[str]:
        """Returns the runs whose process was killed."""
        before = time.time() - _ABANDONED_SECONDS
        workspaces = (path for path in (self.store / _WORKSPACES).glob("*-*") if path.is_dir())
        return [path.name for path in workspaces if path.stat().st_mtime < before]

    def remove_cells(self, run_id: str, directories: Iterable[str], cells: Iterable[int]) -> None:
        """Removes the segments of some cells of a run."""
        for cell in cells:
            for directory in directories:
                (self.store / run_id / directory / f"{cell}.m4s").unlink(missing_ok=True)

    def remove_run(self, run_id: str) -> None:
        """Removes all files of a run."""
        self.remove_workspace(run_id)
        shutil.rmtree(self.store / run_id, ignore_errors=True)


def _write(file: Path, content: bytes) -> None:
    """Writes a file, which has its name only once it is complete."""
    draft = file.with_suffix(".part")
    try:
        draft.write_bytes(content)
        draft.rename(file)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
