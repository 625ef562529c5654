import pytest

from services.packager.domain import languages


@pytest.mark.parametrize("tag", ["en", "EN", "eng", "pt-BR", "zh-Hans-CN", "cmn"])
def test_a_language_is_kept_as_it_was_written(tag):
    assert tag == languages.valid_tag(tag)


@pytest.mark.parametrize("tag", ["", "xx", "e", "english", "en_US", "../etc", "en,drm_label=x", "en\n"])
def test_what_is_no_language_is_undetermined(tag):
    assert languages.UNDETERMINED == languages.valid_tag(tag)
