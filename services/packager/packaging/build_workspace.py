"""Executes the steps of a job in a directory of its own, so that each step is either done or not."""

import asyncio
import contextlib
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from services.packager.demo import demo_source
from services.packager.domain import captions, job_plan, languages, media, source_uris, thumbnails
from services.packager.packaging import source_probe
from services.packager.tools import ffmpeg, shaka, store_capacity, subprocess_runner

_WORKSPACES = ".work"


@dataclass(frozen=True, slots=True)
class Rendition:
    """A finished rendition: its size in pixels and its average bit rate in bits per second."""

    width: int
    height: int
    bitrate: int


class BuildWorkspace:
    """Builds one asset.

    The workspace is a hidden directory of the media store, so that publishing is one rename.
    A step writes a draft and renames it when it is complete, so a file with its final name is never made again.
    Each run of a step has a directory of its own for what it writes, which is removed at its end.

    Args:
        store: the media store.
        order: the requested asset.
        key: the content key that encrypts the asset.
        content: the content of the source, if an earlier run probed it.
    """

    def __init__(self, store: Path, order: job_plan.Order, key: shaka.Key, content: media.Media | None = None) -> None:
        self._order = order
        self._key = key
        self._content = content
        self._store = store
        self._directory = _workspace_directory(store, order.asset_id)
        self._published = _asset_directory(store, order.asset_id)
        match order.source:
            case source_uris.FileSource(path):
                self._source = path
            case source_uris.DemoSource():
                self._source = self._product(job_plan.GenerateSource())

    @property
    def content(self) -> media.Media:
        """The content of the source, available after the step `InspectSource`."""
        if self._content is None:
            raise RuntimeError("The source was not inspected yet.")
        return self._content

    def is_done(self, step: job_plan.Step) -> bool:
        """Returns whether the product of a step exists."""
        match step:
            case job_plan.InspectSource():
                return self._content is not None
            case job_plan.Publish():
                return self._published.is_dir()
            case _:
                return self._published.is_dir() or self._product(step).exists()

    async def run(self, step: job_plan.Step, progress: ffmpeg.Progress) -> None:
        """Runs a step.

        Raises `subprocess_runner.ToolFailed`, `captions.CaptionsUnusable` or `store_capacity.StoreFull`.
        """
        # A tool may outlive its killed worker for a moment; it must not write into the file of the next worker.
        scratch = self._directory / secrets.token_hex(4)
        try:
            await asyncio.to_thread(scratch.mkdir, parents=True)
            await self._run(step, scratch, progress)
        except (subprocess_runner.ToolFailed, OSError) as failed:
            if await asyncio.to_thread(store_capacity.is_full, self._store, failed):
                raise store_capacity.StoreFull(await asyncio.to_thread(_tree_size, scratch)) from failed
            raise
        finally:
            await asyncio.to_thread(shutil.rmtree, scratch, ignore_errors=True)

    async def _run(self, step: job_plan.Step, scratch: Path, progress: ffmpeg.Progress) -> None:
        match step:
            case job_plan.InspectSource():
                self._content = await source_probe.probe(self._source)
            case job_plan.Publish():
                await asyncio.to_thread(_publish, self._product(job_plan.Encrypt()), self._published)
            case _:
                product = self._product(step)
                draft = scratch / product.name
                await self._make(step, draft, progress)
                await asyncio.to_thread(_move_into_place, draft, product)

    def renditions(self) -> list[Rendition]:
        """Returns the renditions of the published asset, the smallest first."""
        return [
            Rendition(
                rung.width,
                rung.height,
                bitrate=round(8 * _size(self._published / "video" / rung.name) / self.content.duration),
            )
            for rung in self._ladder
        ]

    async def _make(self, step: job_plan.ProducingStep, draft: Path, progress: ffmpeg.Progress) -> None:
        profile = self._order.profile
        match step:
            case job_plan.GenerateSource():
                await self._generate(draft, progress)
            case job_plan.EncodeVideo(rung):
                await self._encode(rung, draft, progress)
            case job_plan.EncodeAudio(track, label):
                with _named(f"sound {label}"):
                    stderr = await ffmpeg.encode_audio(self._source, track, self.content, profile, draft, progress)
                await self._check_length(f"sound {label}", draft, stderr)
            case job_plan.ConvertCaptions(ordered):
                # Joining leaves absolute paths unchanged; only the captions of a demo source lie in the workspace.
                await self._convert_captions(self._directory / ordered.path, draft)
            case job_plan.DrawThumbnails():
                await self._draw(draft, progress)
            case job_plan.Encrypt():
                await self._encrypt(draft)

    async def _generate(self, draft: Path, progress: ffmpeg.Progress) -> None:
        if isinstance(self._order.source, source_uris.DemoSource):
            seed, profile = self._order.source.seed, self._order.profile
            file = self._directory / job_plan.GENERATED_CAPTIONS.path
            await asyncio.to_thread(file.write_text, demo_source.captions(seed, profile))
            await demo_source.generate(seed, self._order.display_name, profile, self._directory, draft, progress)

    async def _encode(self, rung: media.Rung, draft: Path, progress: ffmpeg.Progress) -> None:
        profile = self._order.profile
        with _named("picture"):
            stderr = await ffmpeg.encode_video(self._source, rung, self.content, profile, draft, progress)
        await self._check_length("picture", draft, stderr)

    async def _check_length(self, what: str, file: Path, stderr: str = "") -> None:
        """Raises `subprocess_runner.ToolFailed` if an encoded track does not end where the asset ends."""
        (extent, *_), _ = await ffmpeg.measure(file, [0], confined=False)
        if abs(extent.end - self.content.duration) > media.TOLERANCE:
            ending = f"The {what} ends after {extent.end:.1f} s of {self.content.duration:.1f} s."
            raise subprocess_runner.ToolFailed("; ".join(filter(None, (subprocess_runner.summarize(stderr), ending))))

    async def _convert_captions(self, source: Path, draft: Path) -> None:
        text = captions.decode(await asyncio.to_thread(source.read_bytes))
        unified = draft.with_suffix(".utf-8.vtt")
        await asyncio.to_thread(unified.write_text, text, encoding="utf-8")
        await ffmpeg.normalize_captions(unified, draft)
        clipped = captions.clip(await asyncio.to_thread(draft.read_text, encoding="utf-8"), self.content.duration)
        await asyncio.to_thread(draft.write_text, clipped, encoding="utf-8")

    async def _draw(self, draft: Path, progress: ffmpeg.Progress) -> None:
        length = self.content.duration
        tiles = thumbnails.layout(length, self.content.width, self.content.height)
        await asyncio.to_thread(draft.mkdir)
        # The second rung has more pixels than a tile and is cheap to decode.
        await ffmpeg.draw_sheets(self._video(self._ladder[:2][-1]), tiles, draft, length, progress)
        await asyncio.to_thread((draft / thumbnails.INDEX_NAME).write_text, thumbnails.index(tiles, length))

    async def _encrypt(self, draft: Path) -> None:
        drawn = self._product(job_plan.DrawThumbnails())
        await asyncio.to_thread(shutil.copytree, drawn, draft / job_plan.DrawThumbnails().product)
        videos = [shaka.Video(rung.name, self._video(rung)) for rung in self._ladder]
        sounds = [
            shaka.Track(label, name, languages.valid_tag(track.language), track.role, self._sound(track, label))
            for (track, label), name in zip(
                job_plan.label_audio(self.content), job_plan.name_audio(self.content.audio), strict=True
            )
        ]
        texts = [
            shaka.Track(
                label,
                name,
                languages.valid_tag(each.language),
                each.role,
                self._product(job_plan.ConvertCaptions(each, label)),
            )
            for (each, label), name in zip(
                job_plan.label_captions(self._order.captions), job_plan.name_captions(self._order.captions), strict=True
            )
        ]
        if self._order.generated:
            await self._check_generated()
        await shaka.asset(videos, sounds, texts, self._key, self._order.scheme, draft)

    async def _check_generated(self) -> None:
        content = self.content
        ends = [content.picture_end, *(track.end for track in content.audio)]
        if any(abs(end - content.duration) > media.TOLERANCE for end in ends):
            raise subprocess_runner.ToolFailed(
                f"The generated sound and picture end at {ends}, not at {content.duration:.1f} s."
            )

    @property
    def _ladder(self) -> tuple[media.Rung, ...]:
        return media.ladder(self.content.width, self.content.height, self._order.profile)

    def _video(self, rung: media.Rung) -> Path:
        own = self._order.generated and rung == self._ladder[-1]
        return self._source if own else self._product(job_plan.EncodeVideo(rung))

    def _sound(self, track: media.Audio, label: str) -> Path:
        return self._source if self._order.generated else self._product(job_plan.EncodeAudio(track, label))

    def _product(self, step: job_plan.ProducingStep) -> Path:
        return self._directory / step.product


@contextlib.contextmanager
def _named(what: str) -> Iterator[None]:
    """Adds the failed part of the source to the reason of a `ToolFailed`."""
    try:
        yield
    except subprocess_runner.ToolFailed as failed:
        raise subprocess_runner.ToolFailed(f"The {what} cannot be decoded: {failed.reason}") from None


async def list_asset_ids(store: Path) -> list[str]:
    """Returns the ids of the assets that have a workspace."""
    return await asyncio.to_thread(lambda: [path.name for path in (store / _WORKSPACES).glob("*")])


async def remove_workspace(store: Path, asset_id: str) -> None:
    """Removes the workspace of an asset."""
    await asyncio.to_thread(shutil.rmtree, _workspace_directory(store, asset_id), ignore_errors=True)


async def remove_asset(store: Path, asset_id: str) -> None:
    """Removes all files of an asset, published or not."""
    await remove_workspace(store, asset_id)
    await asyncio.to_thread(shutil.rmtree, _asset_directory(store, asset_id), ignore_errors=True)


def _workspace_directory(store: Path, asset_id: str) -> Path:
    return store / _WORKSPACES / asset_id


def _asset_directory(store: Path, asset_id: str) -> Path:
    return store / asset_id


def _publish(tree: Path, published: Path) -> None:
    try:
        tree.rename(published)
    except OSError:
        # A job that was killed right after the rename runs this step again.
        if not published.is_dir():
            raise


def _move_into_place(draft: Path, product: Path) -> None:
    if product.is_dir():
        # The product was complete but its step was not recorded; the new product is the same.
        shutil.rmtree(product)
    draft.rename(product)


def _tree_size(directory: Path) -> int:
    return sum(path.lstat().st_size for path in directory.rglob("*"))


def _size(directory: Path) -> int:
    return sum(file.stat().st_size for file in directory.iterdir())
