"""The encoding ladder, frame rates and the check of durations."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.packager.domain import media

sizes = st.integers(min_value=2, max_value=8192)
profiles = st.sampled_from(media.Profile)


@given(sizes, sizes, profiles)
def test_no_rung_is_larger_than_the_source(width, height, profile):
    rungs = media.ladder(width, height, profile)

    assert all(rung.width <= width and rung.height <= height for rung in rungs)


@given(sizes, sizes, profiles)
def test_every_source_has_a_rung_and_each_is_larger_than_the_one_before(width, height, profile):
    areas = [rung.width * rung.height for rung in media.ladder(width, height, profile)]

    assert areas
    assert sorted(set(areas)) == areas


@given(sizes, sizes, profiles)
def test_every_rung_has_even_sides(width, height, profile):
    rungs = media.ladder(width, height, profile)

    assert all(rung.width % 2 == 0 and rung.height % 2 == 0 for rung in rungs)


@given(st.integers(min_value=144, max_value=2160), st.integers(min_value=100, max_value=300), profiles)
def test_every_rung_keeps_the_aspect_ratio_of_the_source(height, percent, profile):
    width = height * percent // 100

    for rung in media.ladder(width, height, profile):
        assert abs(rung.width / rung.height - width / height) <= 2 / min(rung.width, rung.height) * 2


@pytest.mark.parametrize(
    ("size", "names"),
    [
        ((1920, 1080), ["144p", "360p", "480p", "720p", "1080p"]),
        ((3840, 2160), ["144p", "360p", "480p", "720p", "1080p"]),
        ((1280, 720), ["144p", "360p", "480p", "720p"]),
        ((1080, 1920), ["144p", "360p", "480p", "720p", "1080p"]),
        ((640, 400), ["144p", "360p"]),
        ((160, 101), ["100p"]),
    ],
)
def test_the_full_ladder_goes_as_high_as_the_source(size, names):
    assert names == [rung.name for rung in media.ladder(size[0], size[1], media.Profile.FULL)]


def test_the_quick_ladder_has_two_small_rungs():
    sizes = [(rung.width, rung.height) for rung in media.ladder(1920, 1080, media.Profile.QUICK)]

    assert [(256, 144), (640, 360)] == sizes


@pytest.mark.parametrize(
    ("source", "encoded"), [("24000/1001", "24000/1001"), ("60", "60"), ("120", "60"), ("240", "60")]
)
def test_a_frame_rate_above_60_is_reduced(source, encoded):
    assert Fraction(encoded) == media.encoded_rate(Fraction(source))


@pytest.mark.parametrize(
    ("measured", "short"), [(60.0, False), (58.9, False), (57.0, False), (50.0, True), (0.0, True)]
)
def test_a_picture_that_ends_early_is_detected(measured, short):
    assert short == media.is_cut_short(60.0, measured)
