"""Which terms are chosen for a title, and the line that is made of them."""

import pytest

from services.catalog.domain import enrichment


def a_subject(**changes):
    return enrichment.Subject(**{"title_id": "", "type": 1, "name": "Leeward", **changes})


@pytest.mark.parametrize(
    ("subject", "moods", "themes", "line"),
    [
        ({"genres": ["Mystery"]}, ["brooding", "tense", "wry"], ["grief"], "A brooding, tense mystery about grief."),
        ({"genres": ["Horror"]}, ["eerie"], ["ghosts", "grief"], "An eerie horror film about ghosts and grief."),
        ({"genres": ["Science Fiction"], "type": 2}, [], ["robots"], "A science fiction series about robots."),
        ({"genres": ["Comedy"], "type": 2}, ["uplifting"], [], "An uplifting comedy series."),
        ({"type": 3}, ["thrilling"], ["rivalry"], "A thrilling event about rivalry."),
        ({"genres": ["Action"]}, [], ["war"], "An action film about war."),
        ({"genres": ["Mystery"]}, ["mysterious", "wry"], ["war"], "A wry mystery about war."),
    ],
)
def test_a_line_reads_like_one(subject, moods, themes, line):
    felt, about = ([enrichment.Value(word, 0.5) for word in words] for words in (moods, themes))
    made = enrichment.line(a_subject(**subject), felt, about)

    assert line == made.value


def test_of_a_title_of_which_nothing_is_known_there_is_no_line():
    assert enrichment.line(a_subject(genres=["Drama"]), [], []) is None


def test_words_of_the_house_are_taken_where_two_fit_alike():
    labels = [enrichment.Label(word, "", word == "house", 0.1, 0.1) for word in ("other", "house", "far")]

    assert ["house", "other"] == [value.value for value in enrichment.choose(labels, [0.4, 0.4, 0.1])]
