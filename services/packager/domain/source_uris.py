"""Source URIs, and what they may name."""

import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit


class SourceRefused(Exception):
    """A source URI is not allowed; the message says why."""


@dataclass(frozen=True, slots=True)
class FileSource:
    """A file below the sources directory."""

    path: Path


@dataclass(frozen=True, slots=True)
class DemoSource:
    """A generated source; the seed determines its look."""

    seed: str


@dataclass(frozen=True, slots=True)
class FeedSource:
    """A stream that comes from elsewhere: its URI, its address, and whether to wait for its sender there."""

    uri: str
    address: str
    scheme: str
    listens: bool = False


def is_file(path: Path) -> bool:
    """Returns whether a file exists; False for a name that is too long for the file system."""
    return os.path.isfile(path)  # noqa: PTH113 - Path.is_file raises for such names.


def resolve_uri(uri: str, directory: Path, *, demo_allowed: bool) -> FileSource | DemoSource:
    """Returns the source that a URI names. Raises SourceRefused.

    `file:` takes an absolute path or a path relative to `directory`.
    The path is unescaped and resolved before it is compared, so that neither `..` nor a link leads out of `directory`.
    """
    kind, _, rest = uri.partition(":")
    if kind == "demo":
        if not demo_allowed:
            raise SourceRefused("Demo sources are allowed only where the platform runs as a demonstration.")
        return DemoSource(rest)
    if kind != "file":
        raise SourceRefused(f"A source URI starts with file: or demo:, not with {kind}:.")
    return FileSource(_path(rest, directory.resolve()))


_LISTENER = "?mode=listener"


def resolve_feed(uri: str, allowed_schemes: Collection[str]) -> FeedSource:
    """Returns the feed that a URI names. Raises SourceRefused.

    SRT takes its mode from the address itself.
    """
    try:
        parts = urlsplit(uri)
        has_address = bool(parts.port or parts.hostname)
    except ValueError:
        has_address = False
    if not has_address:
        raise SourceRefused("The address of the feed has no host.")
    if parts.scheme not in allowed_schemes:
        allowed = ", ".join(f"{scheme}:" for scheme in allowed_schemes) or "nothing"
        raise SourceRefused(f"A feed on this platform starts with {allowed}, not with {parts.scheme}:.")
    if parts.scheme == "rtmp" and uri.endswith(_LISTENER):
        return FeedSource(uri, uri.removesuffix(_LISTENER), parts.scheme, listens=True)
    return FeedSource(uri, uri, parts.scheme)


def _path(written: str, root: Path) -> Path:
    if written.startswith("//"):
        host, slash, path = written[2:].partition("/")
        if host not in ("", "localhost"):
            raise SourceRefused("A file on another host cannot be read.")
        written = slash + path
    # A file name may be other bytes than UTF-8.
    unescaped = _inside(unquote(written, errors="surrogateescape"), root)
    if "%" in written and not os.path.exists(unescaped) and os.path.exists(root / written):  # noqa: PTH110 - see is_file
        # The caller did not escape a percent sign of the name.
        return _inside(written, root)
    return unescaped


def _inside(name: str, root: Path) -> Path:
    if "\0" in name:
        raise SourceRefused("The path holds a zero byte.")
    resolved = (root / name).resolve()
    if root not in resolved.parents:
        raise SourceRefused("The path lies outside the sources directory.")
    return resolved
