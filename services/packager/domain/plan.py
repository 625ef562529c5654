"""The steps of a job, in order, each with its share of the progress."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from services.packager.domain import languages, media, sources, tracks


@dataclass(frozen=True, slots=True)
class Captions:
    """Captions that come with a source: their language by BCP 47, and where they lie."""

    language: str
    path: Path

    @property
    def role(self) -> media.Role:
        """What they are for."""
        return tracks.caption_role(self.path)


#: The captions that a generated source comes with, in the room where it is made.
GENERATED_CAPTIONS = Captions("en", Path("source.vtt"))


@dataclass(frozen=True, slots=True)
class Order:
    """What was asked for."""

    asset_id: str
    source: sources.FileSource | sources.DemoSource
    display_name: str
    captions: tuple[Captions, ...]
    profile: media.Profile
    scheme: media.Scheme

    @property
    def generated(self) -> bool:
        """Whether the source is of our own making; then it is encoded the way its top rung is."""
        return isinstance(self.source, sources.DemoSource)


@dataclass(frozen=True, slots=True)
class GenerateSource:
    """Makes the source of a demonstration."""

    name: str = "generate source"
    product: str = "source.mp4"


@dataclass(frozen=True, slots=True)
class InspectSource:
    """Finds out what the source holds."""

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
        """The name of what it makes."""
        return f"{self.rung.name}.mp4"


@dataclass(frozen=True, slots=True)
class EncodeAudio:
    """Encodes one sound track, which is called `label` among its like."""

    track: media.Audio
    label: str

    @property
    def name(self) -> str:
        """The step's name, such as `encode sound en`."""
        return f"encode sound {self.label}"

    @property
    def product(self) -> str:
        """The name of what it makes."""
        return f"sound-{self.label}.mp4"


@dataclass(frozen=True, slots=True)
class ConvertCaptions:
    """Brings captions into plain WebVTT; they are called `label` among their like."""

    captions: Captions
    label: str

    @property
    def name(self) -> str:
        """The step's name, such as `convert captions en`."""
        return f"convert captions {self.label}"

    @property
    def product(self) -> str:
        """The name of what it makes."""
        return f"captions-{self.label}.vtt"


@dataclass(frozen=True, slots=True)
class DrawThumbnails:
    """Draws the thumbnails that are seen while seeking."""

    name: str = "draw thumbnails"
    product: str = "thumbnails"


@dataclass(frozen=True, slots=True)
class Encrypt:
    """Cuts everything into encrypted segments and writes the manifests."""

    name: str = "encrypt"
    product: str = "tree"


@dataclass(frozen=True, slots=True)
class Publish:
    """Moves the finished asset into the media store, whole."""

    name: str = "publish"


#: A step that leaves something in the room where the asset is made.
ProducingStep = GenerateSource | EncodeVideo | EncodeAudio | ConvertCaptions | DrawThumbnails | Encrypt
Step = InspectSource | ProducingStep | Publish


@dataclass(frozen=True, slots=True)
class Stage:
    """A step, and the progress of the job when it starts and when it ends, each from 0 to 1."""

    step: Step
    start: float
    end: float

    def progress(self, fraction: float) -> float:
        """Answers the progress of the job when this much of the step is done."""
        return self.start + (self.end - self.start) * fraction


def first_stages(order: Order) -> tuple[Stage, ...]:
    """Answers the steps that come before it is known what the source holds."""
    if order.generated:
        return (Stage(GenerateSource(), 0.0, 0.4), Stage(InspectSource(), 0.4, 0.41))
    return (Stage(InspectSource(), 0.0, 0.01),)


def remaining_stages(order: Order, content: media.Media) -> tuple[Stage, ...]:
    """Answers the steps that follow from what the source holds.

    A generated source is its own top rung and its own sound: neither is encoded a second time.
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
    """Answers the sound tracks, each with a label of its own that is safe in a path."""
    return list(zip(content.audio, languages.labels([track.language for track in content.audio]), strict=True))


def label_captions(captions: Sequence[Captions]) -> list[tuple[Captions, str]]:
    """Answers the captions, each with a label of its own that is safe in a path."""
    return list(zip(captions, languages.labels([each.language for each in captions]), strict=True))


def name_audio(audio: Sequence[media.Audio]) -> list[str]:
    """Returns what people call each sound track."""
    return tracks.display_names([(track.language, track.title, track.role) for track in audio])


def name_captions(captions: Sequence[Captions]) -> list[str]:
    """Returns what people call each of the captions."""
    return tracks.display_names([(each.language, "", each.role) for each in captions])
