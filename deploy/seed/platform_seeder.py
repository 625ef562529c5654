"""Puts the seed into a running platform, through its contracts alone; what is in place already is left as it is."""

import asyncio
import collections
import dataclasses
import json
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import TypeVar

from marquee.catalog.v1 import (
    catalog_admin_service_pb2,
    catalog_admin_service_pb2_grpc,
    catalog_pb2,
    collection_admin_service_pb2,
    collection_admin_service_pb2_grpc,
)
from marquee.entitlement.v1 import entitlement_admin_service_pb2, entitlement_admin_service_pb2_grpc, entitlement_pb2
from marquee.identity.v1 import identity_admin_service_pb2, identity_admin_service_pb2_grpc, identity_pb2
from marquee.packager.v1 import packager_admin_service_pb2, packager_admin_service_pb2_grpc, packager_pb2
from marquee.type.v1 import type_pb2
from marquee.viewing.v1 import viewing_admin_service_pb2_grpc

from deploy.seed import demo_collections as editorial
from deploy.seed import demo_history, demo_media, seed_files
from services.kit import client, errors, subjects

_CHUNK_BYTES = 256 * 1024
_PAGE = 200
_SECONDS = 30.0
# A platform that has just come up may still be loading its facts, or be short of breath.
_PAUSES = (0.25, 0.5, 1.0, 2.0, 4.0)

_PROFILES = {
    seed_files.Media.FULL: packager_pb2.PACKAGING_PROFILE_FULL,
    seed_files.Media.QUICK: packager_pb2.PACKAGING_PROFILE_QUICK,
}
_ENDED_IN_VAIN = (packager_pb2.ASSET_STATE_FAILED, packager_pb2.ASSET_STATE_CANCELED)

_T = TypeVar("_T")


class RowsRefused(Exception):
    """The catalogue does not take rows of the import; the text names each row, its field and the fault."""


@dataclasses.dataclass(frozen=True, slots=True)
class Step:
    """What one step was to bring about, and how much of that had to be written."""

    name: str
    total: int
    written: int


class Platform:
    """The running platform, as far as the seed writes to it.

    Args:
        mesh: dials the services, with a service token.
    """

    def __init__(self, mesh: client.Mesh) -> None:
        self._identity = identity_admin_service_pb2_grpc.IdentityAdminServiceStub(mesh.channel("identity"))
        self._entitlement = entitlement_admin_service_pb2_grpc.EntitlementAdminServiceStub(mesh.channel("entitlement"))
        self._catalog = catalog_admin_service_pb2_grpc.CatalogAdminServiceStub(mesh.channel("catalog"))
        self._collections = collection_admin_service_pb2_grpc.CollectionAdminServiceStub(mesh.channel("catalog"))
        self._packager = packager_admin_service_pb2_grpc.PackagerAdminServiceStub(mesh.channel("packager"))
        self._viewing = viewing_admin_service_pb2_grpc.ViewingAdminServiceStub(mesh.channel("viewing"))

    async def seed(self, seed: seed_files.Seed, *, with_media: bool = True) -> AsyncIterator[Step]:
        """Brings the platform to what the seed says and tells of each step as it ends.

        Media is only queued here; the packager makes it in the background. Fails with `RowsRefused`, and with the
        error of a service that refuses or does not answer.
        """
        yield await self._import_titles(seed.titles + seed.edge_cases)
        yield await self._save_collections(editorial.load(seed))
        yield await self._save_packages(seed.packages)
        yield await self._assign_titles(seed)
        imported = await self._import_accounts(seed.accounts)
        yield Step("accounts", len(seed.accounts), imported.created_count + imported.updated_count)
        yield await self._subscribe(seed, [account.account_id for account in imported.accounts])
        yield await self._import_history(seed, imported)
        if with_media:
            yield await self._queue_media(demo_media.items(seed))

    async def _import_titles(self, titles: Sequence[seed_files.Title]) -> Step:
        answer = await _answered(self._catalog.ImportTitles, _import(titles))
        if answer.error_count:
            raise RowsRefused("\n".join(f"row {row.row}: {row.field}: {row.message}" for row in answer.errors))
        return Step("titles", len(titles), answer.created_count + answer.updated_count)

    async def _save_collections(self, told: Sequence[editorial.Collection]) -> Step:
        written = 0
        for collection in told:
            request = collection_admin_service_pb2.SaveCollectionRequest(collection=_collection(collection))
            answer = await _answered(self._collections.SaveCollection, request)
            written += answer.changed
        return Step("collections", len(told), written)

    async def _save_packages(self, packages: Sequence[seed_files.Package]) -> Step:
        written = 0
        for package in packages:
            request = entitlement_admin_service_pb2.SavePackageRequest(package=_package(package))
            answer = await _answered(self._entitlement.SavePackage, request)
            written += answer.changed
        return Step("packages", len(packages), written)

    async def _assign_titles(self, seed: seed_files.Seed) -> Step:
        total = written = 0
        for package in seed.packages:
            listed = {title.title_id for title in seed.titles_of(package)}
            others = {title.title_id for title in seed.titles + seed.edge_cases} - listed
            request = entitlement_admin_service_pb2.AssignSubjectsRequest(
                package_id=package.package_id,
                add=map(subjects.title, sorted(listed)),
                remove=map(subjects.title, sorted(others)),
            )
            answer = await _answered(self._entitlement.AssignSubjects, request)
            total += len(listed)
            written += answer.added_count + answer.removed_count
        return Step("titles in packages", total, written)

    async def _import_accounts(
        self, accounts: Sequence[seed_files.Account]
    ) -> identity_admin_service_pb2.ImportAccountsResponse:
        request = identity_admin_service_pb2.ImportAccountsRequest(accounts=[_account(account) for account in accounts])
        return await _answered(self._identity.ImportAccounts, request)

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
            answer = await _answered(self._entitlement.SaveSubscription, request)
            written += answer.changed
        return Step("subscriptions", len(seed.accounts), written)

    async def _import_history(
        self, seed: seed_files.Seed, imported: identity_admin_service_pb2.ImportAccountsResponse
    ) -> Step:
        accounts = {account.account_id: account for account in imported.accounts}
        history = demo_history.load(seed)
        total = written = 0
        for known in imported.profiles:
            account = accounts[known.account_id]
            signals = history.get((account.email, known.profile.display_name), ())
            if signals:
                request = demo_history.import_request(account, known.profile.profile_id, signals)
                answer = await _answered(self._viewing.ImportSignals, request)
                total += len(signals)
                written += answer.changed_count
        return Step("viewing history", total, written)

    async def _queue_media(self, items: Sequence[demo_media.Item]) -> Step:
        alive, ended = await self._assets()
        missing = [item for item in items if _key(item) not in alive]
        for item in missing:
            request = _order(item, attempt=ended[_key(item)])
            await _answered(self._packager.CreateAsset, request)
        return Step("media to package", len(items), len(missing))

    async def _assets(self) -> tuple[set["_Key"], collections.Counter["_Key"]]:
        """Returns the assets that are or will be ready, and how many have failed."""
        alive: set[_Key] = set()
        ended: collections.Counter[_Key] = collections.Counter()
        request = packager_admin_service_pb2.ListAssetsRequest(page_size=_PAGE)
        while True:
            page = await _answered(self._packager.ListAssets, request)
            for asset in page.assets:
                key = (*subjects.key(asset.subject), asset.profile)
                if asset.state in _ENDED_IN_VAIN:
                    ended[key] += 1
                    continue
                alive.add(key)
                if asset.state == packager_pb2.ASSET_STATE_READY:
                    # The newest asset is played, so a quick one must not come after the full one.
                    alive.add((*subjects.key(asset.subject), packager_pb2.PACKAGING_PROFILE_QUICK))
            if not page.next_page_token:
                return alive, ended
            request.page_token = page.next_page_token


_Key = tuple[str, str, "packager_pb2.PackagingProfile.ValueType"]


async def _answered(method: Callable[..., Awaitable[_T]], request: object) -> _T:
    """The answer to a call that may be repeated, as all that are made here may."""
    for pause in _PAUSES:
        try:
            return await method(request, timeout=_SECONDS)
        except (errors.Unavailable, errors.DeadlineExceeded):
            await asyncio.sleep(pause)
    return await method(request, timeout=_SECONDS)


def _import(titles: Sequence[seed_files.Title]) -> list[catalog_admin_service_pb2.ImportTitlesRequest]:
    file = "\n".join(json.dumps(title.row, ensure_ascii=False) for title in titles).encode()
    options = catalog_admin_service_pb2.ImportOptions(format=catalog_admin_service_pb2.IMPORT_FORMAT_JSON_LINES)
    chunks = (file[start : start + _CHUNK_BYTES] for start in range(0, len(file), _CHUNK_BYTES))
    return [
        catalog_admin_service_pb2.ImportTitlesRequest(options=options),
        *(catalog_admin_service_pb2.ImportTitlesRequest(chunk=chunk) for chunk in chunks),
    ]


def _collection(told: editorial.Collection) -> catalog_pb2.Collection:
    return catalog_pb2.Collection(
        collection_id=told.collection_id,
        texts={
            language: catalog_pb2.CollectionText(display_name=text.display_name, tagline=text.tagline)
            for language, text in told.texts.items()
        },
        title_ids=[title.title_id for title in told.titles],
        featured=told.featured,
        position=told.position,
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
    liked = profile.preferences
    return identity_admin_service_pb2.ProfileImport(
        preferences=identity_pb2.Preferences(genre_ids=liked.genre_ids, language_codes=liked.languages)
        if liked
        else None,
        display_name=profile.name,
        avatar=profile.avatar,
        maturity_ceiling=profile.maturity_ceiling,
        language_code=profile.language,
    )


def _tier(tier: seed_files.Tier) -> type_pb2.Tier.ValueType:
    return type_pb2.Tier.Value(f"TIER_{tier.name}")


def _key(item: demo_media.Item) -> _Key:
    return *subjects.key(_subject(item)), _PROFILES[item.media]


def _subject(item: demo_media.Item) -> type_pb2.Subject:
    return subjects.episode(item.episode_id) if item.episode_id else subjects.title(item.title_id)


def _order(item: demo_media.Item, attempt: int) -> packager_admin_service_pb2.CreateAssetRequest:
    """A request whose id follows from the item, so that it may be repeated; a new attempt is a new request."""
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
