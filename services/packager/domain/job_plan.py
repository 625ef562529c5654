"""The steps of a job, in order, each with its share of the progress."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from services.packager.domain import languages, media, source_uris, tracks


@dataclass(frozen=True, slots=True)
class Captions:
    """Captions of a source: their language by BCP 47 and their file."""

    language: str
    path: Path

    @property
    def role(self) -> media.Role:
        """The purpose of the captions, from their file name."""
        return tracks.caption_role(self.path)


#: The captions of a demo source; the path is relative to the workspace.
GENERATED_CAPTIONS = Captions("en", Path("source.vtt"))


@dataclass(frozen=True, slots=True)
class Order:
    """A requested asset."""

    asset_id: str
    source: source_uris.FileSource | source_uris.DemoSource
    display_name: str
    captions: tuple[Captions, ...]
    profile: media.Profile
    scheme: media.Scheme

    @property
    def generated(self) -> bool:
        """Whether the source is a demo source, which is encoded as its own top rung."""
        return isinstance(self.source, source_uris.DemoSource)


@dataclass(frozen=True, slots=True)
class GenerateSource:
    """Generates a demo source."""

    name: str = "generate source"
    product: str = "source.mp4"


@dataclass(frozen=True, slots=True)
class InspectSource:
    """Probes the source."""

    name: str = "inspect source"


@dataclass(frozen=True, slots=True)
class EncodeVideo:
    """Encodes one rung."""

    rung: media.Rung

    @property
    def name(self) -> str:
        """The step's name, such as `encode 720p`."""
        return f"encode {self.rung.name}"

    @property
    def product(self) -> str:
        """The file name of its product."""
        return f"{self.rung.name}.mp4"


@dataclass(frozen=True, slots=True)
class EncodeAudio:
    """Encodes one sound track; `label` is unique among the sound tracks."""

    track: media.Audio
    label: str

    @property
    def name(self) -> str:
        """The step's name, such as `encode sound en`."""
        return f"encode sound {self.label}"

    @property
    def product(self) -> str:
        """The file name of its product."""
        return f"sound-{self.label}.mp4"


@dataclass(frozen=True, slots=True)
class ConvertCaptions:
    """Converts captions to plain WebVTT; `label` is unique among the captions."""

    captions: Captions
    label: str

    @property
    def name(self) -> str:
        """The step's name, such as `convert captions en`."""
        return f"convert captions {self.label}"

    @property
    def product(self) -> str:
        """The file name of its product."""
        return f"captions-{self.label}.vtt"


@dataclass(frozen=True, slots=True)
class DrawThumbnails:
    """Draws the thumbnails for seeking."""

    name: str = "draw thumbnails"
    product: str = "thumbnails"


@dataclass(frozen=True, slots=True)
class Encrypt:
    """Writes encrypted segments and the manifests."""

    name: str = "encrypt"
    product: str = "tree"


@dataclass(frozen=True, slots=True)
class Publish:
    """Moves the finished asset to its public directory in one rename."""

    name: str = "publish"


#: A step that leaves a product in the workspace.
ProducingStep = GenerateSource | EncodeVideo | EncodeAudio | ConvertCaptions | DrawThumbnails | Encrypt
Step = InspectSource | ProducingStep | Publish


@dataclass(frozen=True, slots=True)
class Stage:
    """A step, with the progress of the job at its start and at its end, each from 0 to 1."""

    step: Step
    start: float
    end: float

    def progress(self, fraction: float) -> float:
        """Returns the progress of the job when a fraction of the step is done."""
        return self.start + (self.end - self.start) * fraction


def first_stages(order: Order) -> tuple[Stage, ...]:
    """Returns the steps before the content of the source is known."""
    if order.generated:
        return (Stage(GenerateSource(), 0.0, 0.4), Stage(InspectSource(), 0.4, 0.41))
    return (Stage(InspectSource(), 0.0, 0.01),)


def remaining_stages(order: Order, content: media.Media) -> tuple[Stage, ...]:
    """Returns the steps that depend on the content of the source.

    A demo source is its own top rung and its own sound; neither is encoded again.
    """
    rungs = media.ladder(content.width, content.height, order.profile)
    steps: list[tuple[Step, float]] = [
        (EncodeVideo(rung), rung.width * rung.height / 1e6) for rung in (rungs[:-1] if order.generated else rungs)
    ]
    if not order.generated:
        steps += [(EncodeAudio(track, label), 0.05) for track, label in label_audio(content)]
    steps += [(ConvertCaptions(captions, label), 0.01) for captions, label in label_captions(order.captions)]
    steps += [(DrawThumbnails(), 0.05), (Encrypt(), 0.1), (Publish(), 0.01)]
    return tuple(_spread(steps, first_stages(order)[-1].end))


def _spread(steps: Sequence[tuple[Step, float]], start: float) -> Iterable[Stage]:
    unit = (1.0 - start) / sum(weight for _, weight in steps)
    for step, weight in steps:
        yield Stage(step, start, end := min(1.0, start + weight * unit))
        start = end


def label_audio(content: media.Media) -> list[tuple[media.Audio, str]]:
    """Returns the sound tracks, each with a unique label that is safe in a path."""
    return list(zip(content.audio, languages.labels([track.language for track in content.audio]), strict=True))


def label_captions(captions: Sequence[Captions]) -> list[tuple[Captions, str]]:
    """Returns the captions, each with a unique label that is safe in a path."""
    return list(zip(captions, languages.labels([each.language for each in captions]), strict=True))


def name_audio(audio: Sequence[media.Audio]) -> list[str]:
    """Returns the display name of each sound track."""
    return tracks.display_names([(track.language, track.title, track.role) for track in audio])


def name_captions(captions: Sequence[Captions]) -> list[str]:
    """Returns the display name of each of the captions."""
    return tracks.display_names([(each.language, "", each.role) for each in captions])
