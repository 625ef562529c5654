"""Whether a device plays a codec, both named by RFC 6381."""

from collections.abc import Iterable, Sequence

_VIDEO = frozenset({"avc1", "avc3", "hvc1", "hev1", "dvh1", "dvhe", "vp08", "vp09", "av01"})
_AUDIO = frozenset({"mp4a", "ac-3", "ec-3", "ac-4", "opus", "flac"})
_AVC = frozenset({"avc1", "avc3"})
#: The profiles of AVC by `profile_idc`, each of which includes those before it: Baseline, Main and High.
_AVC_PROFILES = (0x42, 0x4D, 0x64)


def plays(stated: Sequence[str], codecs: Iterable[str]) -> bool:
    """Returns whether a device plays a rendition with some codecs.

    Args:
        stated: the codecs that the device states. Without a codec for video it plays any video, and without one for
            sound any sound.
        codecs: those of the rendition.
    """
    return all(_plays(stated, codec.strip().lower()) for codec in codecs)


def _plays(stated: Sequence[str], codec: str) -> bool:
    kind = next((names for names in (_VIDEO, _AUDIO) if _name(codec) in names), frozenset[str]())
    limits = [each.lower() for each in stated if _name(each.lower()) in kind]
    return not limits or any(_includes(limit, codec) for limit in limits)


def _includes(limit: str, codec: str) -> bool:
    """Returns whether a codec is the stated one, or one with a lower profile and level of it."""
    if limit in (codec, _name(codec)):
        return True
    ours, theirs = _avc_profile_and_level(codec), _avc_profile_and_level(limit)
    return bool(ours and theirs and _name(limit) == _name(codec) and ours[0] <= theirs[0] and ours[1] <= theirs[1])


def _avc_profile_and_level(codec: str) -> tuple[int, int] | None:
    """Returns the rank of the profile and the level of `avc1.PPCCLL`; None for other codecs and profiles."""
    name, _, parameters = codec.partition(".")
    try:
        profile, _, level = bytes.fromhex(parameters)
    except ValueError:
        return None
    return (_AVC_PROFILES.index(profile), level) if name in _AVC and profile in _AVC_PROFILES else None


def _name(codec: str) -> str:
    return codec.partition(".")[0]
