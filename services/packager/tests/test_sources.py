"""Source URIs: which files they name, and which are refused."""

import os

import pytest

from services.packager.domain import source_uris


@pytest.fixture
def directory(tmp_path):
    inside = tmp_path / "sources"
    (inside / "films").mkdir(parents=True)
    (tmp_path / "secret.mp4").touch()
    (inside / "way-out").symlink_to(tmp_path)
    return inside


def test_a_path_below_the_directory_may_be_relative_or_absolute(directory):
    expected = source_uris.FileSource(directory.resolve() / "films" / "a film.mp4")

    for path in (
        "file:films/a%20film.mp4",
        f"file:{directory}/films/a film.mp4",
        f"file://{directory}/films/a%20film.mp4",
        f"file://localhost{directory}/films/./a film.mp4",
    ):
        assert expected == source_uris.resolve_uri(path, directory, demo_allowed=False)


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("100% true.mp4", "100% true.mp4"),
        ("100% true.mp4", "100%25%20true.mp4"),
        ("a%20b.mp4", "a%20b.mp4"),
        ("a%20b.mp4", "a%2520b.mp4"),
        ("%2e%2e.mp4", "%2e%2e.mp4"),
        ("-i.mp4", "-i.mp4"),
        ("concat:a|b.mp4", "concat:a|b.mp4"),
        ("what?.mp4", "what?.mp4"),
        ("a#1.mp4", "a#1.mp4"),
        ('l\'été "2".mp4', 'l\'été "2".mp4'),
        ("千と千尋.mp4", "%E5%8D%83%E3%81%A8%E5%8D%83%E5%B0%8B.mp4"),
        (b"caf\xe9.mp4", "caf%E9.mp4"),
        ("a\nb.mp4", "a%0Ab.mp4"),
    ],
)
def test_a_file_is_found_with_any_characters_in_its_name(directory, name, path):
    expected = directory.resolve() / os.fsdecode(name)
    expected.touch()

    assert source_uris.FileSource(expected) == source_uris.resolve_uri(f"file:{path}", directory, demo_allowed=False)
    assert source_uris.is_file(expected)


def test_the_decoded_name_is_preferred_to_the_literal_name(directory):
    (directory / "a%20b.mp4").touch()
    (directory / "a b.mp4").touch()

    resolved = source_uris.resolve_uri("file:a%20b.mp4", directory, demo_allowed=False)

    assert source_uris.FileSource(directory.resolve() / "a b.mp4") == resolved


def test_a_name_that_is_too_long_for_the_file_system_is_not_a_file(directory):
    assert not source_uris.is_file(directory / ("x" * 300))
    assert not source_uris.is_file(source_uris.resolve_uri(f"file:{'%78' * 300}", directory, demo_allowed=False).path)


@pytest.mark.parametrize(
    "path",
    [
        "file:../secret.mp4",
        "file:films/../../secret.mp4",
        "file:%2e%2e/secret.mp4",
        "file:films/%2e%2e%2f%2e%2e%2fsecret.mp4",
        "file:way-out/secret.mp4",
        "file:///etc/passwd",
        "file:/etc/passwd",
        "file:",
        "file:.",
        "file:films/..",
        "file:films/a%00.mp4",
        "file://other.host/films/a.mp4",
        "http://127.0.0.1/a.mp4",
        "concat:films/a.mp4",
    ],
)
def test_a_path_outside_the_directory_is_refused_with_a_reason(directory, path):
    with pytest.raises(source_uris.SourceRefused, match=r"\w+ \w+"):
        source_uris.resolve_uri(path, directory, demo_allowed=False)


def test_a_demo_uri_contains_the_seed(directory):
    assert source_uris.DemoSource("the-salt-road") == source_uris.resolve_uri(
        "demo:the-salt-road", directory, demo_allowed=True
    )


def test_a_demo_uri_is_refused_unless_demos_are_allowed(directory):
    with pytest.raises(source_uris.SourceRefused, match="demonstration"):
        source_uris.resolve_uri("demo:the-salt-road", directory, demo_allowed=False)
