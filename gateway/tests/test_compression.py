"""Responses that the edge compresses."""

import gzip

import pytest


def test_long_answers_are_compressed_for_those_who_can_read_that(platform):
    answer = platform.http("GET", "/api/v1/shop/things/long", accept_encoding="gzip")

    assert "gzip" == answer.headers["content-encoding"]
    assert b"longlong" in gzip.decompress(answer.body)


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("master.m3u8", "application/vnd.apple.mpegurl"),
        ("manifest.mpd", "application/dash+xml"),
        ("captions.vtt", "text/vtt"),
        ("guide.xml", "application/xml"),
    ],
)
def test_playlists_and_documents_are_compressed(platform, name, content_type):
    path = f"/api/v1/shop/lists/{name}?token={'x' * 1_000}"

    answer = platform.http("GET", path, accept_encoding="gzip")
    plain = platform.http("GET", path)

    assert (content_type, "gzip") == (answer.headers["content-type"], answer.headers["content-encoding"])
    assert gzip.decompress(answer.body) == plain.body
    assert len(answer.body) < len(plain.body) / 2


def test_pictures_are_not_compressed_again(platform):
    answer = platform.http("GET", f"/api/v1/shop/lists/poster.jpg?token={'x' * 1_000}", accept_encoding="gzip")

    assert "content-encoding" not in answer.headers
