"""The steps of a job, and the labels of tracks."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.packager.domain import job_plan, media, source_uris


def an_order(
    source: source_uris.FileSource | source_uris.DemoSource | None = None,
    captions: tuple[job_plan.Captions, ...] = (),
    profile: media.Profile = media.Profile.FULL,
) -> job_plan.Order:
    return job_plan.Order(
        asset_id="0190",
        source=source or source_uris.FileSource(Path("/sources/film.mp4")),
        display_name="The Salt Road",
        captions=captions,
        profile=profile,
        scheme=media.Scheme.CBCS,
    )


def a_content(width: int = 1280, height: int = 720, languages: Sequence[str] = ("en",)) -> media.Media:
    audio = tuple(
        media.Audio(index, language, "", media.Role.MAIN, 60.0) for index, language in enumerate(languages, start=1)
    )
    return media.Media(
        duration=60.0,
        stream=0,
        picture_end=60.0,
        width=width,
        height=height,
        frame_rate=Fraction(24),
        interlaced=False,
        color=media.Color(),
        audio=audio,
    )


def test_a_job_inspects_encodes_encrypts_and_publishes_in_this_order():
    order, content = an_order(captions=(job_plan.Captions("hi", Path("/sources/hi.vtt")),)), a_content()

    names = [stage.step.name for stage in (*job_plan.first_stages(order), *job_plan.remaining_stages(order, content))]

    assert names == [
        "inspect source",
        "encode 144p",
        "encode 360p",
        "encode 480p",
        "encode 720p",
        "encode sound en",
        "convert captions hi",
        "draw thumbnails",
        "encrypt",
        "publish",
    ]


def test_a_generated_source_is_not_encoded_again_at_its_own_size():
    order = an_order(source_uris.DemoSource("seed"), profile=media.Profile.QUICK)

    stages = (*job_plan.first_stages(order), *job_plan.remaining_stages(order, a_content(640, 360)))

    assert [stage.step.name for stage in stages] == [
        "generate source",
        "inspect source",
        "encode 144p",
        "draw thumbnails",
        "encrypt",
        "publish",
    ]


@given(st.integers(2, 4000), st.integers(2, 4000), st.lists(st.sampled_from(["en", "hi"]), max_size=4), st.booleans())
def test_progress_increases_from_zero_to_one(width, height, languages, generated):
    order = an_order(source_uris.DemoSource("seed") if generated else None)

    stages = (*job_plan.first_stages(order), *job_plan.remaining_stages(order, a_content(width, height, languages)))

    marks = [mark for stage in stages for mark in (stage.progress(0.0), stage.progress(0.5), stage.progress(1.0))]
    assert sorted(marks) == marks
    assert marks[0] == 0.0
    assert marks[-1] == pytest.approx(1.0)


def test_tracks_of_one_language_have_different_labels():
    content = a_content(languages=("en", "en", "hi", "en"))

    assert ["en", "en_2", "hi", "en_3"] == [label for _, label in job_plan.label_audio(content)]


@given(st.lists(st.text(max_size=12) | st.sampled_from(["xx", "pt-BR", "../.."]), max_size=6))
def test_an_invalid_language_of_a_source_is_not_used_in_a_path(tags):
    labels = [label for _, label in job_plan.label_audio(a_content(languages=tuple(tags)))]

    assert all(label.replace("-", "").replace("_", "").isalnum() and label.isascii() for label in labels)
    assert len(set(labels)) == len(labels)
