"""What the sound tracks and captions of an asset are called, and what each is for."""

import itertools
import re
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any

from services.packager.domain import languages, media

_MAX_NAME = 80
# In the order of weight: a described commentary is for those who want it described.
_DISPOSITIONS = {
    "visual_impaired": media.Role.DESCRIPTION,
    "descriptions": media.Role.DESCRIPTION,
    "comment": media.Role.COMMENTARY,
    "hearing_impaired": media.Role.CLEAR_SPEECH,
    "dub": media.Role.DUB,
}
_TITLES = (
    (re.compile(r"(?i)\bcommentary\b"), media.Role.COMMENTARY),
    (re.compile(r"(?i)\b(audio description|descriptive|described)\b"), media.Role.DESCRIPTION),
)
# What muxers write where nobody gave a name.
_NO_TITLE = re.compile(
    r"(?i)(\W*(sound|audio|video|media|apple|iso media|gpac|mainconcept|l-smash|bento4|core media|stereo|mono)\W*)*"
    r"(handler|handlers|file produced by.*|track|alias data handler)?\W*\d*"
)
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff\ud800-\udfff]+")
_ROLE_NAMES = {
    media.Role.COMMENTARY: "Commentary",
    media.Role.DESCRIPTION: "Audio description",
    media.Role.CLEAR_SPEECH: "Clear speech",
    media.Role.DUB: "Dubbed",
    media.Role.FORCED_SUBTITLE: "Forced",
    media.Role.CAPTION: "SDH",
}
# The tokens that archives put into the names of caption files, as in `film.en.sdh.vtt`.
_FILE_TOKENS = {
    "forced": media.Role.FORCED_SUBTITLE,
    "sdh": media.Role.CAPTION,
    "cc": media.Role.CAPTION,
}


def audio_title(tags: Mapping[str, str]) -> str:
    """Returns the name that a source gives a sound track, or nothing if a muxer made it up."""
    for tag in ("title", "name", "handler_name"):
        title = " ".join(_UNPRINTABLE.sub(" ", tags.get(tag, "")).replace('"', "'").split())[:_MAX_NAME]
        if title and not _NO_TITLE.fullmatch(title):
            return title
    return ""


def audio_role(disposition: Mapping[str, Any], title: str) -> media.Role:
    """Returns what a sound track is for: what the source states, else what its name says."""
    for name, role in _DISPOSITIONS.items():
        if disposition.get(name):
            return role
    return next((role for pattern, role in _TITLES if pattern.search(title)), media.Role.MAIN)


def order_audio(tracks: Sequence[media.Audio]) -> list[media.Audio]:
    """Returns the sound tracks, main ones first; the second main track of a language is its alternate."""
    ordered = sorted(tracks, key=lambda track: track.role is not media.Role.MAIN)
    seen: set[str] = set()
    result = []
    for track in ordered:
        if track.role is media.Role.MAIN and track.language in seen:
            track = media.Audio(track.stream, track.language, track.title, media.Role.ALTERNATE, track.end)  # noqa: PLW2901
        seen.add(track.language)
        result.append(track)
    return result


def caption_role(path: PurePath) -> media.Role:
    """Returns what captions are for, as their file's name says."""
    tokens = [token.lower() for token in path.stem.split(".")[1:]]
    roles = [_FILE_TOKENS[token] for token in tokens if token in _FILE_TOKENS]
    return roles[-1] if roles else media.Role.SUBTITLE


def display_names(tracks: Sequence[tuple[str, str, media.Role]]) -> list[str]:
    """Returns a name for each track, by its language, its title and its role; no two are the same."""
    names: list[str] = []
    for language, title, role in tracks:
        name = _display_name(languages.display_name(languages.valid_tag(language)), title or _ROLE_NAMES.get(role, ""))
        numbered = (f"{name} {number}" for number in itertools.count(2))
        names.append(next(each for each in itertools.chain([name], numbered) if each not in names))
    return names


def _display_name(language: str, detail: str) -> str:
    if not detail:
        return language
    return detail if language.lower() in detail.lower() else f"{language} ({detail})"
