"""The display names and the roles of sound tracks and captions."""

import itertools
import re
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any

from services.packager.domain import languages, media

_MAX_NAME = 80
# In the order of precedence.
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
# Names that muxers write by default.
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
# Tokens of caption file names, as in `film.en.sdh.vtt`.
_FILE_TOKENS = {
    "forced": media.Role.FORCED_SUBTITLE,
    "sdh": media.Role.CAPTION,
    "cc": media.Role.CAPTION,
}


def audio_title(tags: Mapping[str, str]) -> str:
    """Returns the title of a sound track; empty if there is none but a muxer's default."""
    for tag in ("title", "name", "handler_name"):
        title = " ".join(_UNPRINTABLE.sub(" ", tags.get(tag, "")).replace('"', "'").split())[:_MAX_NAME]
        if title and not _NO_TITLE.fullmatch(title):
            return title
    return ""


def audio_role(disposition: Mapping[str, Any], title: str) -> media.Role:
    """Returns the role of a sound track, from its disposition, else from its title."""
    for name, role in _DISPOSITIONS.items():
        if disposition.get(name):
            return role
    return next((role for pattern, role in _TITLES if pattern.search(title)), media.Role.MAIN)


def order_audio(tracks: Sequence[media.Audio]) -> list[media.Audio]:
    """Returns the sound tracks, main ones first; further main tracks of a language become alternates."""
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
    """Returns the role of captions, from their file name."""
    tokens = [token.lower() for token in path.stem.split(".")[1:]]
    roles = [_FILE_TOKENS[token] for token in tokens if token in _FILE_TOKENS]
    return roles[-1] if roles else media.Role.SUBTITLE


def display_names(tracks: Sequence[tuple[str, str, media.Role]]) -> list[str]:
    """Returns a unique name for each track, from its language, its title and its role."""
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
