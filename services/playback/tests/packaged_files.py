"""The playlists and the manifest of an asset, as the packager writes them."""

import itertools
from pathlib import Path

from services.playback.linear import track_tables

_MPD = """<?xml version="1.0" encoding="UTF-8"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" xmlns:cenc="urn:mpeg:cenc:2013" type="static">
  <BaseURL>../</BaseURL>
  <Period id="0">
    <AdaptationSet id="0" contentType="video">
      {protection}
      {videos}
    </AdaptationSet>
    {others}
  </Period>
</MPD>
"""
_CODECS = {"144p": "avc1.42c00b", "360p": "avc1.42c016", "720p": "avc1.64001f"}


def an_asset_id(number):
    return f"00000000-0000-7000-8000-{number:012d}"


def files(
    key="b8848590ec521b25d03cfb5032cd744a",
    *,
    scheme="cbcs",
    videos=("144p", "360p"),
    sounds=("eng",),
    texts=(),
    video_times=(0, 4, 8, 12),
    sound_times=(0, 4.010667, 8.021333, 12),
    text_times=(0, 4, 8),
):
    """Returns the master playlist, a playlist of a rendition and the manifest."""
    master = ["#EXTM3U", ""]
    master += [
        f'#EXT-X-MEDIA:TYPE=AUDIO,URI="audio-{label}.m3u8",GROUP-ID="audio",NAME="{label}",DEFAULT=YES,CHANNELS="1"'
        for label in sounds
    ]
    master += [
        f'#EXT-X-MEDIA:TYPE=SUBTITLES,URI="text-{label}.m3u8",GROUP-ID="text",NAME="{label}",DEFAULT=NO'
        for label in texts
    ]
    for label in videos:
        lines = int(label[:-1])
        master += [
            f"#EXT-X-STREAM-INF:BANDWIDTH={lines * 1000},AVERAGE-BANDWIDTH={lines * 900},{_attributes(label)}",
            f"video-{label}.m3u8",
        ]
    tag = f'#EXT-X-KEY:METHOD=SAMPLE-AES,URI="urn:marquee:key:{key}",IV=0x{"0a" * 16},KEYFORMAT="identity"'
    playlist = "#EXTM3U\n" + (tag if scheme == "cbcs" else "") + "\n"
    key_id = "-".join((key[:8], key[8:12], key[12:16], key[16:20], key[20:]))
    common_encryption = f'value="{scheme}" schemeIdUri="urn:mpeg:dash:mp4protection:2011"'
    protection = f'<ContentProtection {common_encryption} cenc:default_KID="{key_id}"/>' if scheme else ""
    manifest = _MPD.format(
        protection=protection,
        videos="".join(_representation("video", label, video_times, 12_800, _CODECS[label]) for label in videos),
        others="".join(
            f'<AdaptationSet contentType="{kind}">{protection if kind == "audio" else ""}'
            f"{_representation(kind, label, times, timescale, codecs)}</AdaptationSet>"
            for kind, labels, times, timescale, codecs in (
                ("audio", sounds, sound_times, 24_000, "mp4a.40.2"),
                ("text", texts, text_times, 1_000, "wvtt"),
            )
            for label in labels
        ),
    )
    return "\n".join(master) + "\n", playlist, manifest


def a_table(number, codecs=(), **stated):
    """Returns the tracks of an asset."""
    return track_tables.read_table(an_asset_id(number), *files(**stated), codecs)


def write(folder: Path, number, **stated):
    """Writes the files of an asset into the media store."""
    asset = folder / an_asset_id(number)
    for name, text in zip(
        ("hls/master.m3u8", "hls/video-144p.m3u8", "dash/manifest.mpd"), files(**stated), strict=True
    ):
        (asset / name).parent.mkdir(parents=True, exist_ok=True)
        (asset / name).write_text(text)


def _attributes(label):
    lines = int(label[:-1])
    return (
        f'CODECS="{_CODECS[label]},mp4a.40.2",RESOLUTION={lines * 16 // 9}x{lines},FRAME-RATE=25.000,AUDIO="audio",'
        "CLOSED-CAPTIONS=NONE"
    )


def _representation(kind, label, times, timescale, codecs):
    stamps = [round(time * timescale) for time in times]
    entries = "".join(f'<S t="{before}" d="{after - before}"/>' for before, after in itertools.pairwise(stamps))
    init = "" if kind == "text" else f'initialization="{kind}/{label}/init.mp4" '
    suffix = "vtt" if kind == "text" else "m4s"
    return (
        f'<Representation id="{kind}-{label}" codecs="{codecs}"><SegmentTemplate timescale="{timescale}" {init}'
        f'media="{kind}/{label}/$Number%05d$.{suffix}" startNumber="1"><SegmentTimeline>{entries}</SegmentTimeline>'
        "</SegmentTemplate></Representation>"
    )
