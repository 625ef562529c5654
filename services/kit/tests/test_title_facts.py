"""The titles in memory."""

from marquee.catalog.v1 import catalog_internal_pb2, catalog_pb2

from services.kit import title_facts, visibility


def facts(revision, *episode_ids, age=8):
    message = catalog_internal_pb2.TitleFacts(
        title_id="a title",
        revision=revision,
        state=catalog_pb2.TITLE_STATE_PUBLISHED,
        type=catalog_pb2.TITLE_TYPE_SERIES if episode_ids else catalog_pb2.TITLE_TYPE_FILM,
        episode_ids=episode_ids,
    )
    message.maturity_rating.age = age
    return message


def test_a_title_is_replaced_by_newer_facts_and_never_by_older_ones():
    index = title_facts.TitleIndex()

    changed = [index.update([facts(revision, age=age)]) for revision, age in ((2, 12), (1, 17), (2, 17), (3, 6))]

    assert [["a title"], [], [], ["a title"]] == changed
    expected = title_facts.Title(3, visibility.Facts(visibility.PUBLISHED, 6), is_series=False, episode_ids=())
    assert expected == index.get("a title")


def test_the_series_of_an_episode_is_known_for_as_long_as_it_has_the_episode():
    index = title_facts.TitleIndex()
    index.update([facts(1, "one", "two")])

    changed = index.update([facts(2, "two", "three")])

    assert {"a title", "one", "two", "three"} == set(changed)
    assert [None, "a title", "a title"] == [index.get_series_id(each) for each in ("one", "two", "three")]
