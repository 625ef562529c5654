"""Promises about titles in memory."""

from datetime import timedelta

import pytest

from services.kit import errors as kit_errors
from services.recommendation import errors, storage
from services.recommendation.ranking.title_store import TitleStore
from services.recommendation.tests import builders
from services.recommendation.tests.conftest import RETENTION


async def test_a_title_that_catalog_tells_of_is_known(world):
    title_id = await world.put_title("The Long Tide", words={"inferred_moods": ["tense"], "moods": ["dark"]})

    title = world.title_store.titles[title_id]

    assert ("The Long Tide", ["dark", "tense"]) == (title.name("de"), [each.term_id for each in title.moods])
    assert world.title_store.epoch > 0


async def test_what_no_event_told_of_is_found_by_asking(world):
    told = builders.facts()
    world.catalog.put(told, builders.document(told, "Quiet"))
    await world.title_sync.missed()
    await world.title_sync.load()

    assert "Quiet" == world.title_store.titles[told.title_id].name("en")


async def test_the_library_starts_without_catalog(world):
    title_id = await world.put_title("The Long Tide")
    world.catalog.away = True
    again = TitleStore(world.database, world.clock, RETENTION)
    await again.load()

    assert again.is_loaded
    assert world.title_store.titles[title_id] == again.titles[title_id]
    assert world.title_store.epoch == again.epoch


async def test_without_titles_it_is_not_ready_until_catalog_has_answered(world):
    world.catalog.away = True
    await world.title_store.load()
    with pytest.raises(kit_errors.Unavailable):
        await world.title_sync.load()
    with pytest.raises(errors.TitlesNotReady):
        world.title_store.require_loaded()
    world.catalog.away = False
    await world.title_sync.load()

    world.title_store.require_loaded()


async def test_two_replicas_write_a_change_down_once(world):
    title_id = await world.put_title("The Long Tide")
    epoch = world.title_store.epoch
    told = world.catalog.facts[title_id]
    world.title_sync._pending[title_id] = told
    await world.title_sync.load()

    assert epoch == world.title_store.epoch


async def test_listeners_are_told_what_changed(world):
    heard = []
    world.title_store.add_listener(heard.extend)

    title_id = await world.put_title("The Long Tide")

    assert [title_id] == heard


async def test_a_deleted_title_keeps_its_words_and_is_known_as_deleted(world):
    title_id = await world.put_title("The Long Tide")
    gone = builders.facts(title_id, deleted=True)
    world.catalog.put(gone)
    del world.catalog.documents[title_id]
    await world.title_sync.listen(builders.changed(gone))
    await world.title_sync.load()

    title = world.title_store.titles[title_id]
    assert (True, "The Long Tide") == (title.facts.deleted, title.name("en"))


async def test_the_library_can_be_seen_as_it_was(world):
    first = await world.put_title("The Long Tide")
    epoch = world.title_store.epoch
    await world.put_title("The Longer Tide", first)
    second = await world.put_title("Salt")

    then = await world.title_store.load_snapshot(epoch)

    assert {first: "The Long Tide"} == {title_id: title.name("en") for title_id, title in then.titles.items()}
    assert {first, second} == set((await world.title_store.load_snapshot(world.title_store.epoch)).titles)


async def test_versions_are_pruned_when_they_are_too_old_to_be_asked_for(world):
    first = await world.put_title("The Long Tide")
    epoch = world.title_store.epoch
    await world.put_title("The Longer Tide", first)
    newest = world.title_store.epoch
    world.clock.advance(RETENTION + timedelta(seconds=1))
    async with world.database.transaction() as tx:
        pruned = await storage.titles.prune(tx, world.clock.now() - RETENTION)

    assert 1 == pruned
    assert "The Longer Tide" == (await world.title_store.load_snapshot(newest)).titles[first].name("en")
    with pytest.raises(errors.InputGone) as gone:
        await world.title_store.load_snapshot(epoch)
    assert {"input": "catalog"} == gone.value.metadata
