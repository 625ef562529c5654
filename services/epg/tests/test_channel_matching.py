"""The channels that the channels of a source are."""

import pytest

from services.epg.domain import channel_matching, channels, name_folding, source_records
from services.epg.domain.channel_matching import MatchKind


def channel(channel_id, name):
    return channels.Channel(channel_id, 0, name)


def source(id_, *names):
    return source_records.SourceChannel(1, id_, names or (id_,))


def match(sources, existing, stated=(), earlier=()):
    found = channel_matching.match(sources, existing, dict(stated), dict(earlier))
    return [(each.kind, each.channel_id) for each in found]


@pytest.mark.parametrize(
    ("one", "other"),
    [("TV 2 Sport HD", "tv2 sport"), ("Köket", "KOKET"), ("DR1 UHD", "DR 1"), ("Søren & Co", "soren co"), ("HD", "hd")],
)
def test_names_of_one_channel_are_folded_to_the_same(one, other):
    assert name_folding.fold_channel_name(one) == name_folding.fold_channel_name(other) != ""


def test_names_of_two_channels_are_not():
    assert name_folding.fold_channel_name("TV3") != name_folding.fold_channel_name("TV3+")


def test_a_stated_match_wins_over_an_earlier_one_and_that_over_the_name():
    existing = [channel("a", "One"), channel("b", "Two"), channel("c", "Three")]
    sources = [source("1", "Three"), source("2", "Three"), source("3", "Three")]

    assert [(MatchKind.STATED, "a"), (MatchKind.SOURCE, "b"), (MatchKind.NAME, "c")] == match(
        sources, existing, {"1": "a"}, {"1": "b", "2": "b"}
    )


def test_the_whole_name_wins_over_the_name_without_its_quality():
    existing = [channel("hd", "TV 2 HD"), channel("sd", "TV 2")]

    assert [(MatchKind.NAME, "sd"), (MatchKind.NAME, "hd")] == match(
        [source("1", "TV 2"), source("2", "TV 2 HD")], existing
    )


def test_a_name_of_several_channels_and_a_channel_that_is_taken_match_none():
    ambiguous = [channel("a", "News HD"), channel("b", "News UHD")]

    assert [(MatchKind.UNSPECIFIED, "")] == match([source("1", "News")], ambiguous)
    assert [(MatchKind.NAME, "a"), (MatchKind.UNSPECIFIED, "")] == match(
        [source("1", "News HD"), source("2", "News")], ambiguous[:1]
    )


def test_an_earlier_match_with_a_channel_that_was_deleted_does_not_count():
    assert [(MatchKind.UNSPECIFIED, "")] == match([source("1", "One")], [], earlier={"1": "gone"})


def test_similar_names_are_proposed_the_most_similar_first():
    existing = [channel("a", "Discovery Science"), channel("b", "Discovery Channel"), channel("c", "Eurosport")]

    assert {"1": ["b", "a"]} == channel_matching.propose([source("1", "Discovery Chanel HD")], existing)
