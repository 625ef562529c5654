"""Reading XMLTV."""

import gzip
import io
import lzma
from datetime import UTC, datetime, timedelta, timezone

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.epg import errors
from services.epg.domain.source_records import ProblemKind
from services.epg.imports import file_chunks, xmltv
from services.kit import testing

GUIDES = testing.DATA / "guide"
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE tv SYSTEM "xmltv.dtd">\n'


def naive(*parts):
    return datetime(*parts)  # noqa: DTZ001


def read(text, encoding="utf-8"):
    return xmltv.read(io.BytesIO(text.encode(encoding) if isinstance(text, str) else text))


def a_programme(children="<title>News</title>", **attributes):
    attributes = {"start": "20260628200000 +0000", "stop": "20260628210000 +0000", "channel": "one", **attributes}
    stated = " ".join(f'{name}="{value}"' for name, value in attributes.items())
    return f"<programme {stated}>{children}</programme>"


def details_of(children):
    return orjson.loads(read(f"<tv>{a_programme(children)}</tv>").programmes["one"][0].details)


def unreadable(content):
    with pytest.raises(errors.ImportUnreadable) as refused:
        read(content)
    return refused.value


def test_channels_and_programmes_are_read_with_their_lines():
    guide = read(
        f"""{HEAD}<tv>
        <channel id="one"><display-name lang="da">En HD</display-name><display-name>1</display-name>
          <icon src="https://logos.example/1.png"/></channel>
        {a_programme()}
        </tv>"""
    )
    [programme] = guide.programmes["one"]

    assert ("one", ("En HD",), "https://logos.example/1.png", 1, 4) == (
        guide.channels["one"].source_channel_id,
        guide.channels["one"].display_names,
        guide.channels["one"].images[0]["uri"],
        guide.channels["one"].number,
        guide.channels["one"].line,
    )
    assert (6, datetime(2026, 6, 28, 20, tzinfo=UTC), datetime(2026, 6, 28, 21, tzinfo=UTC)) == (
        programme.line,
        programme.start,
        programme.stop,
    )


def test_what_is_shown_is_read_and_unknown_elements_are_ignored():
    details = details_of(
        """<title lang="en">The  Film</title><title lang="pt_BR">O Filme</title><title lang="?">Der Film</title>
        <sub-title>Part 1</sub-title><desc lang="en">About &amp; more.</desc><credits><actor>Somebody</actor></credits>
        <category>Science Fiction</category><category>Äventyr</category><category>science fiction</category>
        <episode-num system="onscreen">S01E02</episode-num><episode-num system="xmltv_ns">3/10 . 19 . 0/2</episode-num>
        <rating system="FSK"><value>12</value></rating><rating system="MPAA"><value>PG-13</value></rating>
        <icon src="https://pictures.example/film.jpg"/><icon src="file:///etc/passwd"/>
        <new/><live/><season>9</season><series-id system="x">7</series-id><sport/><team>A</team><audio-description/>"""
    )

    assert details == {
        "display_names": {"en": "The Film", "pt-BR": "O Filme", "": "Der Film"},
        "episode_display_names": {"": "Part 1"},
        "synopses": {"en": "About & more."},
        "genre_ids": ["science-fiction", "aventyr"],
        "season_number": 4,
        "episode_number": 20,
        "maturity_rating": {"age": 13, "system": "MPAA", "label": "PG-13"},
        "images": [{"kind": 2, "uri": "https://pictures.example/film.jpg", "width": 0, "height": 0}],
        "first_run": True,
        "live": True,
    }


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("20260628230000 +0530", datetime(2026, 6, 28, 23, tzinfo=timezone(timedelta(hours=5, minutes=30)))),
        ("20260628230000 -04:00", datetime(2026, 6, 28, 23, tzinfo=timezone(timedelta(hours=-4)))),
        ("20260628230000Z", datetime(2026, 6, 28, 23, tzinfo=UTC)),
        ("202606282301", naive(2026, 6, 28, 23, 1)),
        ("20260628", naive(2026, 6, 28)),
        ("2026", naive(2026, 1, 1)),
        ("20260628230000 CEST", naive(2026, 6, 28, 23)),
        ("20261328230000 +0000", None),
        ("00010101000000 +1200", None),
        ("20260628230000 +9900", None),
        ("tomorrow", None),
        ("", None),
    ],
)
def test_times_are_read_with_and_without_offsets(text, time):
    assert time == xmltv.parse_time(text)


def test_what_cannot_be_used_is_reported_and_skipped():
    guide = read(
        f"""<tv>
        <channel id="one"><display-name>One</display-name></channel>
        <channel id="one"><display-name>Another</display-name></channel>
        <channel><display-name>No id</display-name></channel>
        {a_programme("<desc>No title</desc>")}
        {a_programme(start="soon")}
        {a_programme(channel="")}
        {a_programme(stop="later")}
        </tv>"""
    )

    assert {"one": ("One",)} == {id_: channel.display_names for id_, channel in guide.channels.items()}
    assert [None] == [programme.stop for programme in guide.programmes["one"]]
    assert guide.problems.counts == {
        ProblemKind.CHANNEL_REPEATED: 1,
        ProblemKind.CHANNEL_UNREADABLE: 1,
        ProblemKind.PROGRAMME_UNREADABLE: 3,
    }
    assert [5, 6, 7] == [problem.line for problem in guide.problems.examples[ProblemKind.PROGRAMME_UNREADABLE]]


@pytest.mark.parametrize("pack", [bytes, gzip.compress, lzma.compress], ids=["xml", "gz", "xz"])
def test_compressed_files_are_recognized(pack):
    content = f"<tv>{a_programme() * 3000}</tv>".encode()

    assert 3000 == read(pack(content)).programme_count
    assert 3000 == read(pack(content[:1000]) + pack(content[1000:])).programme_count


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1", "windows-1252"])
def test_declared_encodings_are_read(encoding):
    text = f'<?xml version="1.0" encoding="{encoding}"?><tv>{a_programme("<title>Søndag</title>")}</tv>'

    assert "Søndag" in read(text, encoding).programmes["one"][0].details


LAUGHS = "".join(f'<!ENTITY l{number} "{f"&l{number - 1};" * 10}">' for number in range(1, 10))


@pytest.mark.parametrize(
    ("content", "line", "why"),
    [
        (f'<!DOCTYPE tv [<!ENTITY l0 "ha">{LAUGHS}]><tv>&l9;</tv>', "1", "declares entities"),
        ('<!DOCTYPE tv [<!ENTITY file SYSTEM "file:///etc/passwd">]><tv>&file;</tv>', "1", "declares entities"),
        (f"<tv>\n{a_programme()}\n<programme", "3", ""),
        (f"<tv>\n{a_programme()}\n", "3", "no element found"),
        ("<tv>\n&nbsp;</tv>", "2", "undefined entity"),
        (b"<tv>\n<channel id='\xf8'/></tv>", "2", "not well-formed"),
        (b'<?xml version="1.0" encoding="klingon"?><tv/>', "1", "encoding"),
        (b'<?xml version="1.0" encoding="big5"?><tv/>', "1", "encoding"),
        ("<html/>", "1", "not <tv>"),
        ("", "1", "no element found"),
        ("not XML", "1", ""),
        (f"<tv>{'<a>' * 100}", "1", "nested too deeply"),
        (f"<tv><channel id='{'x' * 3_000_000}'/></tv>", "1", "longer than"),
        (gzip.compress(b"<tv>" + b" " * 100_000, mtime=0)[:-20], "1", "ends early"),
        (gzip.compress(b"<tv/>", mtime=0)[:-8] + b"damaged!", "1", "damaged"),
        (lzma.compress(b"<tv/>")[:-4], "1", "ends early"),
        (lzma.compress(b"<tv/>").replace(b"<tv/>", b"<tv >"), "1", "damaged"),
        (gzip.compress(b"<tv>" + b" " * 20_000_000, mtime=0), "1", "times its size"),
        (lzma.compress(b"<tv>" + b" " * 20_000_000), "1", "times its size"),
    ],
    ids=lambda value: None if isinstance(value, str | bytes) and len(value) > 40 else value,
)
def test_a_file_that_is_no_guide_is_refused_with_the_line(content, line, why):
    refused = unreadable(content)

    assert ("IMPORT_UNREADABLE", line) == (refused.reason, refused.metadata["line"])
    assert why in str(refused)


def test_lines_are_counted_in_long_files():
    assert "100002" == unreadable("<tv>" + "\n" * 100_000 + "\n<a></b></tv>").metadata["line"]


def test_a_file_that_is_too_long_is_refused():
    with pytest.raises(file_chunks.UnpackFailed, match="longer than 100000 bytes"):
        list(file_chunks.read(io.BytesIO(gzip.compress(bytes(200_000), mtime=0)), most_bytes=100_000))


_FRAGMENTS = st.sampled_from(
    [
        *("<tv>", "</tv>", "<channel id='a'>", "</channel>", "<display-name>", "</display-name>", "<programme", "/>"),
        *(" channel='a'", " start='20260628200000 +0000'", " stop='20260628'", ">", "</programme>", "<title lang='e'>"),
        *("</title>", "<episode-num system='xmltv_ns'>", "</episode-num>", "1.2/3.", "9" * 30, "<rating><value>18"),
        *("</value></rating>", "<!--", "-->", "<![CDATA[", "]]>", "&amp;", "&x;", "<!DOCTYPE tv [", "]>", "<?xml?>"),
    ]
)
_FILES = st.one_of(
    st.binary(max_size=200),
    st.lists(st.one_of(_FRAGMENTS, st.text(max_size=5)), max_size=30).map(lambda parts: "".join(parts).encode()),
    st.lists(_FRAGMENTS, max_size=20).map(
        lambda parts: gzip.compress("".join(["<tv>", *parts, "</tv>"]).encode(), mtime=0)
    ),
)


@settings(max_examples=300, deadline=None)
@given(_FILES)
def test_any_file_is_read_or_refused(content):
    try:
        guide = read(content)
    except errors.ImportUnreadable as refused:
        assert int(refused.metadata["line"]) >= 0
    else:
        for programmes in guide.programmes.values():
            for programme in programmes:
                assert orjson.loads(programme.details)["display_names"]


@pytest.mark.data
@pytest.mark.skipif(
    not GUIDES.exists(), reason=f"the open data sets are not at {testing.DATA}; MARQUEE_DATA names them"
)
@pytest.mark.parametrize(("country", "channels", "programmes"), [("dk", 99, 2888), ("fi", 89, 2409), ("no", 118, 3361)])
def test_guides_of_operators_are_read_whole(country, channels, programmes):
    with (GUIDES / f"allente_{country}.xml.gz").open("rb") as file:
        guide = xmltv.read(file)

    assert (channels, programmes) == (len(guide.channels), sum(map(len, guide.programmes.values())))
