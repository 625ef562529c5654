"""Where a source may lie."""

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote


class SourceRefused(Exception):
    """The address of a source is not one that may be read here; the message says why."""


@dataclass(frozen=True, slots=True)
class FileSource:
    """A source that lies below the sources directory."""

    path: Path


@dataclass(frozen=True, slots=True)
class DemoSource:
    """A source that is generated; the seed decides its look."""

    seed: str


def is_file(path: Path) -> bool:
    """Returns whether there is a file; a name that is too long for a file system is none."""
    return os.path.isfile(path)  # noqa: PTH113 - Path.is_file raises for such names.


def resolve_uri(uri: str, directory: Path, *, demo_allowed: bool) -> FileSource | DemoSource:
    """Reads the address of a source, or raises `SourceRefused`.

    `file:` takes an absolute path or one below `directory`.
    The path is resolved, links and all, before it is compared: neither `..`, nor an escaped one, nor a link leads out.
    """
    kind, _, rest = uri.partition(":")
    if kind == "demo":
        if not demo_allowed:
            raise SourceRefused("Sources are generated only where the platform runs as a demonstration.")
        return DemoSource(rest)
    if kind != "file":
        raise SourceRefused(f"A source is named by file: or demo:, not by {kind}:.")
    return FileSource(_path(rest, directory.resolve()))


def _path(written: str, root: Path) -> Path:
    if written.startswith("//"):
        host, slash, path = written[2:].partition("/")
        if host not in ("", "localhost"):
            raise SourceRefused("A file on another host cannot be read.")
        written = slash + path
    # The name of a file need not be UTF-8.
    unescaped = _inside(unquote(written, errors="surrogateescape"), root)
    if "%" in written and not os.path.exists(unescaped) and os.path.exists(root / written):  # noqa: PTH110 - see is_file
        # The caller left a percent sign of the name as it is.
        return _inside(written, root)
    return unescaped


def _inside(name: str, root: Path) -> Path:
    if "\0" in name:
        raise SourceRefused("The path holds a zero byte.")
    resolved = (root / name).resolve()
    if root not in resolved.parents:
        raise SourceRefused("The path lies outside the sources directory.")
    return resolved
