import pytest

from services.packager.domain import sources


@pytest.fixture
def directory(tmp_path):
    inside = tmp_path / "sources"
    (inside / "films").mkdir(parents=True)
    (tmp_path / "secret.mp4").touch()
    (inside / "way-out").symlink_to(tmp_path)
    return inside


def test_a_path_below_the_directory_is_found_relative_or_absolute(directory):
    expected = sources.FileSource(directory.resolve() / "films" / "a film.mp4")

    for written in (
        "file:films/a%20film.mp4",
        f"file:{directory}/films/a film.mp4",
        f"file://{directory}/films/a%20film.mp4",
        f"file://localhost{directory}/films/./a film.mp4",
    ):
        assert expected == sources.locate(written, directory, demo_allowed=False)


@pytest.mark.parametrize(
    "written",
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
def test_a_path_that_leads_out_is_refused_with_a_reason(directory, written):
    with pytest.raises(sources.SourceRefused, match=r"\w+ \w+"):
        sources.locate(written, directory, demo_allowed=False)


def test_a_generated_source_is_named_by_its_seed(directory):
    assert sources.DemoSource("the-salt-road") == sources.locate("demo:the-salt-road", directory, demo_allowed=True)


def test_a_generated_source_is_refused_outside_a_demonstration(directory):
    with pytest.raises(sources.SourceRefused, match="demonstration"):
        sources.locate("demo:the-salt-road", directory, demo_allowed=False)
