"""The titles in memory, and their stored versions."""

from datetime import timedelta

import pytest

from services.kit import errors as kit_errors
from services.recommendation import errors, storage
from services.recommendation.ranking.title_store import TitleStore
from services.recommendation.tests import builders
from services.recommendation.tests.conftest import RETENTION


async def test_a_title_of_a_catalog_event_is_loaded(world):
    title_id = await world.put_title("The Long Tide", words={"inferred_moods": ["tense"], "moods": ["dark"]})

    title = world.title_store.titles[title_id]

    assert ("The Long Tide", ["dark", "tense"]) == (title.name("de"), [each.term_id for each in title.moods])
    assert world.title_store.epoch > 0


async def test_titles_of_missed_events_are_loaded_from_catalog(world):
    facts = builders.facts()
    world.catalog.put(facts, builders.document(facts, "Quiet"))
    await world.title_sync.missed()
    await world.title_sync.load()

    assert "Quiet" == world.title_store.titles[facts.title_id].name("en")


async def test_the_title_store_starts_without_catalog(world):
    title_id = await world.put_title("The Long Tide")
    world.catalog.unavailable = True
    restarted = TitleStore(world.database, world.clock, RETENTION)
    await restarted.load()

    assert restarted.is_loaded
    assert world.title_store.titles[title_id] == restarted.titles[title_id]
    assert world.title_store.epoch == restarted.epoch


async def test_without_titles_the_store_is_not_ready_until_catalog_responds(world):
    world.catalog.unavailable = True
    await world.title_store.load()
    with pytest.raises(kit_errors.Unavailable):
        await world.title_sync.load()
    with pytest.raises(errors.TitlesNotReady):
        world.title_store.require_loaded()
    world.catalog.unavailable = False
    await world.title_sync.load()

    world.title_store.require_loaded()


async def test_a_change_is_stored_once_by_two_replicas(world):
    title_id = await world.put_title("The Long Tide")
    epoch = world.title_store.epoch
    facts = world.catalog.facts[title_id]
    world.title_sync._pending[title_id] = facts
    await world.title_sync.load()

    assert epoch == world.title_store.epoch


async def test_listeners_get_the_ids_of_changed_titles(world):
    title_ids = []
    world.title_store.add_listener(title_ids.extend)

    title_id = await world.put_title("The Long Tide")

    assert [title_id] == title_ids


async def test_a_deleted_title_keeps_its_names_and_is_marked_as_deleted(world):
    title_id = await world.put_title("The Long Tide")
    deleted = builders.facts(title_id, deleted=True)
    world.catalog.put(deleted)
    del world.catalog.documents[title_id]
    await world.title_sync.listen(builders.changed(deleted))
    await world.title_sync.load()

    title = world.title_store.titles[title_id]
    assert (True, "The Long Tide") == (title.facts.deleted, title.name("en"))


async def test_a_snapshot_of_a_previous_epoch_can_be_loaded(world):
    first = await world.put_title("The Long Tide")
    epoch = world.title_store.epoch
    await world.put_title("The Longer Tide", first)
    second = await world.put_title("Salt")

    snapshot = await world.title_store.load_snapshot(epoch)

    assert {first: "The Long Tide"} == {title_id: title.name("en") for title_id, title in snapshot.titles.items()}
    assert {first, second} == set((await world.title_store.load_snapshot(world.title_store.epoch)).titles)


async def test_versions_older_than_the_retention_are_pruned(world):
    first = await world.put_title("The Long Tide")
    epoch = world.title_store.epoch
    await world.put_title("The Longer Tide", first)
    newest = world.title_store.epoch
    world.clock.advance(RETENTION + timedelta(seconds=1))
    async with world.database.transaction() as tx:
        pruned = await storage.titles.prune(tx, world.clock.now() - RETENTION)

    assert 1 == pruned
    assert "The Longer Tide" == (await world.title_store.load_snapshot(newest)).titles[first].name("en")
    with pytest.raises(errors.InputGone) as raised:
        await world.title_store.load_snapshot(epoch)
    assert {"input": "catalog"} == raised.value.metadata
