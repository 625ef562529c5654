"""Writes the seed to a running platform through its contracts. What was written before is not written again."""

import asyncio
import collections
import dataclasses
import datetime as dt
import json
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from typing import TypeVar

from marquee.catalog.v1 import (
    catalog_admin_service_pb2,
    catalog_admin_service_pb2_grpc,
    catalog_pb2,
    collection_admin_service_pb2,
    collection_admin_service_pb2_grpc,
)
from marquee.entitlement.v1 import entitlement_admin_service_pb2, entitlement_admin_service_pb2_grpc, entitlement_pb2
from marquee.epg.v1 import epg_admin_service_pb2, epg_admin_service_pb2_grpc
from marquee.identity.v1 import identity_admin_service_pb2, identity_admin_service_pb2_grpc, identity_pb2
from marquee.packager.v1 import packager_admin_service_pb2, packager_admin_service_pb2_grpc, packager_pb2
from marquee.type.v1 import type_pb2
from marquee.viewing.v1 import viewing_admin_service_pb2_grpc

from deploy.seed import demo_channels, demo_history, demo_media, seed_files
from deploy.seed import demo_collections as editorial
from services.kit import client, errors, watchable_subjects

_CHUNK_BYTES = 256 * 1024
_PAGE = 200
_TIMEOUT_SECONDS = 30.0
# Services that have just started may still be loading, or be slow.
_RETRY_PAUSES = (0.25, 0.5, 1.0, 2.0, 4.0)

_PROFILES = {
    seed_files.Media.FULL: packager_pb2.PACKAGING_PROFILE_FULL,
    seed_files.Media.QUICK: packager_pb2.PACKAGING_PROFILE_QUICK,
}
_UNSUCCESSFUL_STATES = (packager_pb2.ASSET_STATE_FAILED, packager_pb2.ASSET_STATE_CANCELED)

_T = TypeVar("_T")


class RowsRefused(Exception):
    """The catalog refused rows of the import; the text names each row, its field and the error."""


@dataclasses.dataclass(frozen=True, slots=True)
class Step:
    """One step of the seed: how many items it covers, and how many of them were written."""

    name: str
    total: int
    written: int


class PlatformSeeder:
    """Writes the seed to a running platform.

    Args:
        mesh: calls the services with a service token.
    """

    def __init__(self, mesh: client.Mesh) -> None:
        self._identity = identity_admin_service_pb2_grpc.IdentityAdminServiceStub(mesh.channel("identity"))
        self._entitlement = entitlement_admin_service_pb2_grpc.EntitlementAdminServiceStub(mesh.channel("entitlement"))
        self._catalog = catalog_admin_service_pb2_grpc.CatalogAdminServiceStub(mesh.channel("catalog"))
        self._collections = collection_admin_service_pb2_grpc.CollectionAdminServiceStub(mesh.channel("catalog"))
        self._epg = epg_admin_service_pb2_grpc.EpgAdminServiceStub(mesh.channel("epg"))
        self._packager = packager_admin_service_pb2_grpc.PackagerAdminServiceStub(mesh.channel("packager"))
        self._viewing = viewing_admin_service_pb2_grpc.ViewingAdminServiceStub(mesh.channel("viewing"))

    async def seed(self, seed: seed_files.Seed, *, with_media: bool = True) -> AsyncIterator[Step]:
        """Writes the seed and yields each step when it is done.

        Media is only queued; the packager makes it in the background. Raises `RowsRefused`, or the error of a service
        that refuses a call or cannot be reached.
        """
        yield await self._import_titles(seed.titles + seed.edge_cases)
        yield await self._save_collections(editorial.load(seed))
        yield await self._save_packages(seed.packages)
        yield await self._assign_titles(seed)
        imported = await self._import_accounts(seed.accounts)
        yield Step("accounts", len(seed.accounts), imported.created_count + imported.updated_count)
        yield await self._subscribe(seed, [account.account_id for account in imported.accounts])
        yield await self._import_history(seed, imported)
        yield await self._save_channels(demo_channels.load())
        yield await self._assign_channels(seed.packages, demo_channels.load())
        async for step in self.extend_schedules(seed):
            yield step
        if with_media:
            yield await self._queue_media(demo_media.list_items(seed))

    async def _import_titles(self, titles: Sequence[seed_files.Title]) -> Step:
        response = await _call_with_retries(self._catalog.ImportTitles, _import_requests(titles))
        if response.error_count:
            raise RowsRefused("\n".join(f"row {row.row}: {row.field}: {row.message}" for row in response.errors))
        return Step("titles", len(titles), response.created_count + response.updated_count)

    async def _save_collections(self, collections: Sequence[editorial.Collection]) -> Step:
        written = 0
        for collection in collections:
            request = collection_admin_service_pb2.SaveCollectionRequest(collection=_collection(collection))
            response = await _call_with_retries(self._collections.SaveCollection, request)
            written += response.changed
        return Step("collections", len(collections), written)

    async def _save_packages(self, packages: Sequence[seed_files.Package]) -> Step:
        written = 0
        for package in packages:
            request = entitlement_admin_service_pb2.SavePackageRequest(package=_package(package))
            response = await _call_with_retries(self._entitlement.SavePackage, request)
            written += response.changed
        return Step("packages", len(packages), written)

    async def _assign_titles(self, seed: seed_files.Seed) -> Step:
        total = written = 0
        for package in seed.packages:
            listed = {title.title_id for title in seed.titles_of(package)}
            others = {title.title_id for title in seed.titles + seed.edge_cases} - listed
            total += len(listed)
            written += await self._assign(
                package, map(watchable_subjects.title, sorted(listed)), map(watchable_subjects.title, sorted(others))
            )
        return Step("titles in packages", total, written)

    async def _assign_channels(
        self, packages: Sequence[seed_files.Package], channels: Sequence[demo_channels.Channel]
    ) -> Step:
        total = written = 0
        for package in packages:
            listed = [channel.subject for channel in channels if channel.tier in package.tier.reach]
            others = [channel.subject for channel in channels if channel.tier not in package.tier.reach]
            total += len(listed)
            written += await self._assign(package, listed, others)
        return Step("channels in packages", total, written)

    async def _assign(
        self, package: seed_files.Package, add: Iterable[type_pb2.Subject], remove: Iterable[type_pb2.Subject]
    ) -> int:
        """Adds subjects to a package and removes others; returns how many assignments were written."""
        request = entitlement_admin_service_pb2.AssignSubjectsRequest(
            package_id=package.package_id, add=add, remove=remove
        )
        response = await _call_with_retries(self._entitlement.AssignSubjects, request)
        return response.added_count + response.removed_count

    async def _import_accounts(
        self, accounts: Sequence[seed_files.Account]
    ) -> identity_admin_service_pb2.ImportAccountsResponse:
        request = identity_admin_service_pb2.ImportAccountsRequest(accounts=[_account(account) for account in accounts])
        return await _call_with_retries(self._identity.ImportAccounts, request)

    async def _subscribe(self, seed: seed_files.Seed, account_ids: Sequence[str]) -> Step:
        packages = {package.tier: package.package_id for package in seed.packages}
        written = 0
        for account, account_id in zip(seed.accounts, account_ids, strict=True):
            subscription = entitlement_pb2.Subscription(
                account_id=account_id,
                state=entitlement_pb2.SUBSCRIPTION_STATE_ACTIVE,
                package_ids=[packages[account.tier]],
            )
            request = entitlement_admin_service_pb2.SaveSubscriptionRequest(subscription=subscription)
            response = await _call_with_retries(self._entitlement.SaveSubscription, request)
            written += response.changed
        return Step("subscriptions", len(seed.accounts), written)

    async def _import_history(
        self, seed: seed_files.Seed, imported: identity_admin_service_pb2.ImportAccountsResponse
    ) -> Step:
        accounts = {account.account_id: account for account in imported.accounts}
        history = demo_history.load(seed)
        total = written = 0
        for profile in imported.profiles:
            account = accounts[profile.account_id]
            signals = history.get((account.email, profile.profile.display_name), ())
            if signals:
                request = demo_history.import_request(account, profile.profile.profile_id, signals)
                response = await _call_with_retries(self._viewing.ImportSignals, request)
                total += len(signals)
                written += response.changed_count
        return Step("viewing history", total, written)

    async def _save_channels(self, channels: Sequence[demo_channels.Channel]) -> Step:
        written = 0
        for channel in channels:
            request = epg_admin_service_pb2.SaveChannelRequest(channel=channel.message)
            response = await _call_with_retries(self._epg.SaveChannel, request)
            written += response.changed
        return Step("channels", len(channels), written)

    async def extend_schedules(self, seed: seed_files.Seed) -> AsyncIterator[Step]:
        """Writes the schedules of the demo channels around today, and yields the step when it is done."""
        today = dt.datetime.now(dt.UTC).date()
        total = written = 0
        for channel in demo_channels.load():
            request = demo_channels.schedule_request(channel, seed.titles, today)
            response = await _call_with_retries(self._epg.ReplaceSchedule, request)
            total += len(request.programmes)
            written += response.changes.created_count + response.changes.updated_count
        yield Step("programmes", total, written)

    async def _queue_media(self, items: Sequence[demo_media.Item]) -> Step:
        existing, failed_attempts = await self._list_assets()
        missing = [item for item in items if _key(item) not in existing]
        for item in missing:
            request = _asset_request(item, attempt=failed_attempts[_key(item)])
            await _call_with_retries(self._packager.CreateAsset, request)
        return Step("media to package", len(items), len(missing))

    async def _list_assets(self) -> tuple[set["_Key"], collections.Counter["_Key"]]:
        """Returns the keys of the assets that are or will be ready, and the number of failed attempts by key."""
        existing: set[_Key] = set()
        failed_attempts: collections.Counter[_Key] = collections.Counter()
        request = packager_admin_service_pb2.ListAssetsRequest(page_size=_PAGE)
        while True:
            page = await _call_with_retries(self._packager.ListAssets, request)
            for asset in page.assets:
                key = (*watchable_subjects.key(asset.subject), asset.profile)
                if asset.state in _UNSUCCESSFUL_STATES:
                    failed_attempts[key] += 1
                    continue
                existing.add(key)
                if asset.state == packager_pb2.ASSET_STATE_READY:
                    # Playback uses the newest asset, so a quick one must not be created after the full one.
                    existing.add((*watchable_subjects.key(asset.subject), packager_pb2.PACKAGING_PROFILE_QUICK))
            if not page.next_page_token:
                return existing, failed_attempts
            request.page_token = page.next_page_token


_Key = tuple[str, str, "packager_pb2.PackagingProfile.ValueType"]


async def _call_with_retries(method: Callable[..., Awaitable[_T]], request: object) -> _T:
    """Returns the response of a call, and repeats the call while the service cannot be reached."""
    for pause in _RETRY_PAUSES:
        try:
            return await method(request, timeout=_TIMEOUT_SECONDS)
        except (errors.Unavailable, errors.DeadlineExceeded):
            await asyncio.sleep(pause)
    return await method(request, timeout=_TIMEOUT_SECONDS)


def _import_requests(titles: Sequence[seed_files.Title]) -> list[catalog_admin_service_pb2.ImportTitlesRequest]:
    file = "\n".join(json.dumps(title.row, ensure_ascii=False) for title in titles).encode()
    options = catalog_admin_service_pb2.ImportOptions(format=catalog_admin_service_pb2.IMPORT_FORMAT_JSON_LINES)
    chunks = (file[start : start + _CHUNK_BYTES] for start in range(0, len(file), _CHUNK_BYTES))
    return [
        catalog_admin_service_pb2.ImportTitlesRequest(options=options),
        *(catalog_admin_service_pb2.ImportTitlesRequest(chunk=chunk) for chunk in chunks),
    ]


def _collection(collection: editorial.Collection) -> catalog_pb2.Collection:
    return catalog_pb2.Collection(
        collection_id=collection.collection_id,
        texts={
            language: catalog_pb2.CollectionText(display_name=text.display_name, tagline=text.tagline)
            for language, text in collection.texts.items()
        },
        title_ids=[title.title_id for title in collection.titles],
        featured=collection.featured,
        position=collection.position,
    )


def _package(package: seed_files.Package) -> entitlement_pb2.Package:
    return entitlement_pb2.Package(
        package_id=package.package_id,
        display_name=package.display_name,
        description=package.description,
        tier=_tier(package.tier),
        prices=[
            entitlement_pb2.Price(
                country_code=price.country_code,
                amount=type_pb2.Money(minor_units=price.minor_units, currency_code=price.currency_code),
                billing_period=entitlement_pb2.BILLING_PERIOD_MONTH,
            )
            for price in package.prices
        ],
        max_streams=package.max_streams,
        includes_all_titles=package.includes_all_titles,
        includes_all_channels=package.includes_all_channels,
    )


def _account(account: seed_files.Account) -> identity_admin_service_pb2.AccountImport:
    return identity_admin_service_pb2.AccountImport(
        email=account.email,
        password=account.password,
        display_name=account.display_name,
        roles=[identity_pb2.Role.Value(f"ROLE_{role.upper()}") for role in account.roles],
        country_code=account.country,
        profiles=[_profile(profile) for profile in account.profiles],
    )


def _profile(profile: seed_files.Profile) -> identity_admin_service_pb2.ProfileImport:
    preferences = profile.preferences
    return identity_admin_service_pb2.ProfileImport(
        preferences=identity_pb2.Preferences(genre_ids=preferences.genre_ids, language_codes=preferences.languages)
        if preferences
        else None,
        display_name=profile.name,
        avatar=profile.avatar,
        maturity_ceiling=profile.maturity_ceiling,
        language_code=profile.language,
    )


def _tier(tier: seed_files.Tier) -> type_pb2.Tier.ValueType:
    return type_pb2.Tier.Value(f"TIER_{tier.name}")


def _key(item: demo_media.Item) -> _Key:
    return *watchable_subjects.key(_subject(item)), _PROFILES[item.media]


def _subject(item: demo_media.Item) -> type_pb2.Subject:
    return watchable_subjects.episode(item.episode_id) if item.episode_id else watchable_subjects.title(item.title_id)


def _asset_request(item: demo_media.Item, attempt: int) -> packager_admin_service_pb2.CreateAssetRequest:
    """Returns the request for an asset. Its id depends on the item and the attempt, so that it can be repeated."""
    namespace = uuid.UUID(item.episode_id or item.title_id)
    return packager_admin_service_pb2.CreateAssetRequest(
        subject=_subject(item),
        source_uri=item.source,
        profile=_PROFILES[item.media],
        encryption_scheme=packager_pb2.ENCRYPTION_SCHEME_CBCS,
        priority=item.priority,
        request_id=str(uuid.uuid5(namespace, f"{item.media.value}/{attempt}")),
        display_name=item.display_name,
    )
