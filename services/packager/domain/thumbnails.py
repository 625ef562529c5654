"""The layout of thumbnails on sheets, and their WebVTT index."""

import math
from dataclasses import dataclass

from services.packager.domain import media

INDEX_NAME = "index.vtt"
SHEET_NAME = "sheet-%03d.jpg"
_TILE_HEIGHT = 90
# A film of two hours has a tile every ten seconds.
_MAX_TILES = 720


@dataclass(frozen=True, slots=True)
class Layout:
    """A tile every `interval` seconds, `columns` by `rows` of them on a sheet, in pixels."""

    interval: int
    columns: int
    rows: int
    tile_width: int
    tile_height: int


def layout(duration: float, width: int, height: int) -> Layout:
    """Returns the layout for a film of this many seconds; the tiles have the aspect ratio of the picture."""
    interval = media.KEYFRAME_SECONDS * max(1, math.ceil(duration / media.KEYFRAME_SECONDS / _MAX_TILES))
    tile_width = max(2, 2 * round(_TILE_HEIGHT * width / height / 2))
    return Layout(interval, columns=5, rows=5, tile_width=tile_width, tile_height=_TILE_HEIGHT)


def index(tiles: Layout, duration: float) -> str:
    """Returns the WebVTT index, which maps times to parts of the sheets."""
    cues = ["WEBVTT\n"]
    for tile in range(max(1, math.ceil(duration / tiles.interval))):
        sheet, position = divmod(tile, tiles.columns * tiles.rows)
        row, column = divmod(position, tiles.columns)
        start, end = tile * tiles.interval, min((tile + 1) * tiles.interval, duration)
        left, top = column * tiles.tile_width, row * tiles.tile_height
        cues.append(
            f"{timestamp(start)} --> {timestamp(end)}\n"
            f"{SHEET_NAME % (sheet + 1)}#xywh={left},{top},{tiles.tile_width},{tiles.tile_height}\n"
        )
    return "\n".join(cues)


def timestamp(seconds: float) -> str:
    """Returns a time in the format of WebVTT."""
    minutes, milliseconds = divmod(round(seconds * 1000), 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{milliseconds // 1000:02d}.{milliseconds % 1000:03d}"
