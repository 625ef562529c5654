"""Language tags of sources."""

import pytest

from services.packager.domain import languages


@pytest.mark.parametrize("tag", ["en", "EN", "eng", "pt-BR", "zh-Hans-CN", "cmn"])
def test_a_valid_language_tag_is_not_changed(tag):
    assert tag == languages.valid_tag(tag)


@pytest.mark.parametrize("tag", ["", "xx", "e", "english", "en_US", "../etc", "en,drm_label=x", "en\n"])
def test_an_invalid_language_tag_becomes_undetermined(tag):
    assert languages.UNDETERMINED == languages.valid_tag(tag)
