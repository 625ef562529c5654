"""The seed is written through the contracts, here to fakes of the services."""

import dataclasses
import itertools
from types import SimpleNamespace

import pytest
from marquee.catalog.v1 import catalog_admin_service_pb2_grpc, collection_admin_service_pb2_grpc
from marquee.entitlement.v1 import entitlement_admin_service_pb2_grpc
from marquee.epg.v1 import epg_admin_service_pb2_grpc
from marquee.identity.v1 import identity_admin_service_pb2_grpc
from marquee.packager.v1 import packager_admin_service_pb2_grpc, packager_pb2
from marquee.type.v1 import type_pb2
from marquee.viewing.v1 import viewing_admin_service_pb2_grpc

from deploy.seed import demo_media, platform_seeder, seed_files
from deploy.seed.tests import fake_services
from services.kit import testing


@pytest.fixture
def services():
    return SimpleNamespace(
        catalog=fake_services.Catalog(),
        collections=fake_services.Collections(),  # type: ignore[abstract]  # The seed calls one of its methods.
        entitlement=fake_services.Entitlement(),
        identity=fake_services.Identity(),
        viewing=fake_services.Viewing(),
        epg=fake_services.Epg(),  # type: ignore[abstract]  # The seed calls two of its methods.
        packager=fake_services.Packager(),  # type: ignore[abstract]  # The seed calls two of its methods.
    )


@pytest.fixture
async def platform(services):
    registrations = (
        (catalog_admin_service_pb2_grpc.add_CatalogAdminServiceServicer_to_server, services.catalog),
        (collection_admin_service_pb2_grpc.add_CollectionAdminServiceServicer_to_server, services.collections),
        (entitlement_admin_service_pb2_grpc.add_EntitlementAdminServiceServicer_to_server, services.entitlement),
        (identity_admin_service_pb2_grpc.add_IdentityAdminServiceServicer_to_server, services.identity),
        (epg_admin_service_pb2_grpc.add_EpgAdminServiceServicer_to_server, services.epg),
        (packager_admin_service_pb2_grpc.add_PackagerAdminServiceServicer_to_server, services.packager),
        (viewing_admin_service_pb2_grpc.add_ViewingAdminServiceServicer_to_server, services.viewing),
    )
    async with testing.serving(*registrations) as address:
        areas = ("catalog", "entitlement", "epg", "identity", "packager", "viewing")
        mesh = testing.a_mesh("operator", dict.fromkeys(areas, address))
        yield platform_seeder.PlatformSeeder(mesh)
        await mesh.close()


async def count_written(
    platform: platform_seeder.PlatformSeeder, values: seed_files.Seed, *, with_media: bool = True
) -> dict[str, int]:
    return {step.name: step.written async for step in platform.seed(values, with_media=with_media)}


async def test_a_fresh_platform_is_filled(platform, services):
    values = seed_files.load()

    steps = [step async for step in platform.seed(values)]

    assert all(step.total == step.written for step in steps)
    assert {title.title_id for title in values.titles + values.edge_cases} == set(services.catalog.rows)
    assert 6 == len(services.collections.collections)
    for collection in services.collections.collections.values():
        assert set(collection.title_ids) <= set(services.catalog.rows)
    assert {account.email for account in values.accounts} == set(services.identity.accounts)
    assert [6, 42, 60, 70] == [len(titles) for titles in services.entitlement.list_ids("title_id")]
    assert len(demo_media.list_items(values)) == len(services.packager.assets)


async def test_a_second_run_writes_nothing(platform):
    values = seed_files.load()
    await count_written(platform, values)

    again = await count_written(platform, values)

    assert {0} == set(again.values())


async def test_accounts_subscribe_to_the_packages_of_their_tiers(platform, services):
    values = seed_files.load()

    await count_written(platform, values, with_media=False)

    tiers = {}
    for email, account in services.identity.accounts.items():
        (package_id,) = services.entitlement.subscriptions[account.account_id].package_ids
        tiers[email] = type_pb2.Tier.Name(services.entitlement.packages[package_id].tier)
    assert {account.email: f"TIER_{account.tier.name}" for account in values.accounts} == tiers


async def test_each_package_holds_the_channels_of_its_tier_and_of_the_cheaper_ones(platform, services):
    await count_written(platform, seed_files.load(), with_media=False)
    held = services.entitlement.list_ids("channel_id")

    assert [3, 15, 23, 25] == [len(channels) for channels in held]
    assert set(services.epg.channels) == held[-1]
    assert all(fewer < more for fewer, more in itertools.pairwise(held))
    assert [False, False, False, True] == [
        package.includes_all_channels for package in services.entitlement.packages.values()
    ]


async def test_one_profile_has_neither_preferences_nor_history(platform, services):
    await count_written(platform, seed_files.load(), with_media=False)

    with_preferences = {
        profile.display_name
        for account in services.identity.imports.values()
        for profile in account.profiles
        if profile.HasField("preferences")
    }
    with_history = {
        name for (_, name), profile_id in services.identity.profiles.items() if profile_id in services.viewing.signals
    }
    profiles = {name for _, name in services.identity.profiles}
    assert profiles - {"Standard User"} == with_preferences == with_history


async def test_signals_occur_before_the_account_was_created(platform, services):
    await count_written(platform, seed_files.load(), with_media=False)

    signals = [signal for stored in services.viewing.signals.values() for signal in stored.values()]
    assert all(signal.occur_time.seconds < fake_services.CREATE_TIME.seconds for signal in signals)
    assert all(signal.HasField("duration") for signal in signals if signal.completion)


async def test_the_seed_can_run_without_media(platform, services):
    await count_written(platform, seed_files.load(), with_media=False)

    assert {} == services.packager.assets


async def test_a_title_that_moves_to_a_more_expensive_tier_leaves_the_cheaper_packages(platform, services):
    values = seed_files.load()
    await count_written(platform, values, with_media=False)
    moved, *others = sorted(values.titles, key=lambda title: title.tier is not seed_files.Tier.BASIC)

    again = await count_written(
        platform,
        dataclasses.replace(values, titles=(dataclasses.replace(moved, tier=seed_files.Tier.PREMIUM), *others)),
        with_media=False,
    )

    assert 2 == again["titles in packages"]
    assert 1 == sum(moved.title_id in titles for titles in services.entitlement.list_ids("title_id"))


async def test_rows_that_the_catalog_refuses_are_reported(platform, services):
    services.catalog.refused = {"Leeward"}

    with pytest.raises(platform_seeder.RowsRefused, match=r"row \d+: title: is refused"):
        await count_written(platform, seed_files.load())


async def test_calls_to_a_service_that_is_loading_are_repeated(platform, services):
    services.entitlement.loading_calls = 2

    steps = await count_written(platform, seed_files.load(), with_media=False)

    assert 4 == steps["packages"]


async def test_media_that_failed_is_queued_again(platform, services):
    values = seed_files.load()
    await count_written(platform, values)
    next(iter(services.packager.assets.values())).state = packager_pb2.ASSET_STATE_FAILED

    again = await count_written(platform, values)

    assert 1 == again["media to package"]


async def test_a_ready_full_asset_needs_no_quick_one(platform, services):
    values = seed_files.load()
    await count_written(platform, values)
    (series,) = (title for title in values.titles if title.seasons and title.media is seed_files.Media.FULL)
    states = {packager_pb2.PACKAGING_PROFILE_FULL: "READY", packager_pb2.PACKAGING_PROFILE_QUICK: "FAILED"}
    for asset in services.packager.assets.values():
        if asset.subject.episode_id == series.episodes[0].episode_id:
            asset.state = packager_pb2.AssetState.Value(f"ASSET_STATE_{states[asset.profile]}")

    again = await count_written(platform, values)

    assert 0 == again["media to package"]


async def test_media_is_queued_in_the_order_of_its_priority(platform, services):
    values = seed_files.load()
    await count_written(platform, values)
    orders = list(services.packager.requests.values())
    featured = {title.title_id for title in values.titles if title.featured}
    series = {
        episode.episode_id: title.title_id for title in values.titles + values.edge_cases for episode in title.episodes
    }
    title_ids = [order.subject.title_id or series[order.subject.episode_id] for order in orders]

    assert sorted((order.priority for order in orders), reverse=True) == [order.priority for order in orders]
    assert featured == {*title_ids[: len(featured)]}
    assert {title.title_id for title in values.titles} == {*title_ids[: len(values.titles)]}


async def test_the_newest_asset_of_what_is_packaged_in_full_is_the_full_one(platform, services):
    await count_written(platform, seed_files.load())
    orders = list(services.packager.requests.values())
    full = [order for order in orders if order.profile == packager_pb2.PACKAGING_PROFILE_FULL]

    assert 4 == len(full)
    for order in full:
        same = [other for other in orders if other.subject == order.subject]
        assert [packager_pb2.PACKAGING_PROFILE_QUICK, order.profile] == [other.profile for other in same]


def test_no_two_items_have_the_same_source():
    quick = [item for item in demo_media.list_items(seed_files.load()) if item.media is seed_files.Media.QUICK]

    assert len(quick) == len({item.source for item in quick})


def test_every_published_item_has_media():
    values = seed_files.load()
    playable = {
        identifier
        for title in values.titles + values.edge_cases
        if title.state == "PUBLISHED"
        for identifier in ([episode.episode_id for episode in title.episodes] or [title.title_id])
    }

    assert playable == {item.episode_id or item.title_id for item in demo_media.list_items(values)}


def test_only_the_first_episode_of_a_series_is_packaged_in_full():
    values = seed_files.load()
    (series,) = (title for title in values.titles if title.seasons and title.media is seed_files.Media.FULL)
    full = [
        item
        for item in demo_media.list_items(values)
        if item.media is seed_files.Media.FULL and item.title_id == series.title_id
    ]

    assert [series.episodes[0].episode_id] == [item.episode_id for item in full]
