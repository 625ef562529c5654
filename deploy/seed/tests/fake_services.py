"""Fakes of the services that the seed writes to. They store what they receive, as the contracts say."""

import json
from typing import Any

from google.protobuf import timestamp_pb2
from marquee.catalog.v1 import (
    catalog_admin_service_pb2,
    catalog_admin_service_pb2_grpc,
    collection_admin_service_pb2,
    collection_admin_service_pb2_grpc,
)
from marquee.entitlement.v1 import entitlement_admin_service_pb2, entitlement_admin_service_pb2_grpc
from marquee.epg.v1 import epg_admin_service_pb2, epg_admin_service_pb2_grpc
from marquee.identity.v1 import identity_admin_service_pb2, identity_admin_service_pb2_grpc, identity_pb2
from marquee.packager.v1 import packager_admin_service_pb2, packager_admin_service_pb2_grpc, packager_pb2
from marquee.viewing.v1 import viewing_admin_service_pb2, viewing_admin_service_pb2_grpc

from services.kit import errors, ids, watchable_subjects

PAGE = 50
CREATE_TIME = timestamp_pb2.Timestamp(seconds=1_790_000_000)


class Catalog(catalog_admin_service_pb2_grpc.CatalogAdminServiceServicer):
    """Stores imported rows by title id. Refuses rows whose titles are in `refused`."""

    def __init__(self) -> None:
        self.rows: dict[str, Any] = {}
        self.refused: set[str] = set()

    async def ImportTitles(self, request_iterator: Any, _rpc: Any) -> Any:
        file, response = b"", catalog_admin_service_pb2.ImportTitlesResponse()
        async for request in request_iterator:
            file += request.chunk
        for number, line in enumerate(file.splitlines(), start=1):
            row = json.loads(line)
            if row["title"] in self.refused:
                response.error_count += 1
                response.errors.add(row=number, field="title", message="is refused")
                continue
            previous = self.rows.get(row["title_id"])
            response.created_count += previous is None
            response.updated_count += previous is not None and previous != row
            self.rows[row["title_id"]] = row
        return response


class Collections(collection_admin_service_pb2_grpc.CollectionAdminServiceServicer):
    """Stores collections by id."""

    def __init__(self) -> None:
        self.collections: dict[str, Any] = {}

    async def SaveCollection(self, request: Any, _rpc: Any) -> Any:
        collection = request.collection
        changed = self.collections.get(collection.collection_id) != collection
        self.collections[collection.collection_id] = collection
        return collection_admin_service_pb2.SaveCollectionResponse(collection=collection, changed=changed)


class Entitlement(entitlement_admin_service_pb2_grpc.EntitlementAdminServiceServicer):
    """Stores packages, what they hold, and subscriptions. Is still loading during the first `loading_calls` calls."""

    def __init__(self) -> None:
        self.packages: dict[str, Any] = {}
        #: The keys of the subjects in each package.
        self.held: dict[str, set[tuple[str, str]]] = {}
        self.subscriptions: dict[str, Any] = {}
        self.loading_calls = 0

    async def SavePackage(self, request: Any, _rpc: Any) -> Any:
        if self.loading_calls:
            self.loading_calls -= 1
            raise errors.Unavailable("Entitlement is loading.", reason="NOT_READY", domain="entitlement.marquee")
        package = request.package
        changed = self.packages.get(package.package_id) != package
        self.packages[package.package_id] = package
        self.held.setdefault(package.package_id, set())
        return entitlement_admin_service_pb2.SavePackageResponse(package=package, changed=changed)

    async def AssignSubjects(self, request: Any, _rpc: Any) -> Any:
        held = self.held[request.package_id]
        added = set(map(watchable_subjects.key, request.add)) - held
        removed = set(map(watchable_subjects.key, request.remove)) & held
        self.held[request.package_id] = (held | added) - removed
        return entitlement_admin_service_pb2.AssignSubjectsResponse(added_count=len(added), removed_count=len(removed))

    def list_ids(self, kind: str) -> list[set[str]]:
        """Returns the ids of a kind, such as `title_id`, in each package, the smallest package first."""
        ids = ({id_ for held_kind, id_ in held if held_kind == kind} for held in self.held.values())
        return sorted(ids, key=len)

    async def SaveSubscription(self, request: Any, _rpc: Any) -> Any:
        subscription = request.subscription
        changed = self.subscriptions.get(subscription.account_id) != subscription
        self.subscriptions[subscription.account_id] = subscription
        return entitlement_admin_service_pb2.SaveSubscriptionResponse(subscription=subscription, changed=changed)


class Identity(identity_admin_service_pb2_grpc.IdentityAdminServiceServicer):
    """Stores accounts by email address."""

    def __init__(self) -> None:
        self.accounts: dict[str, Any] = {}
        self.imports: dict[str, Any] = {}
        self.profiles: dict[tuple[str, str], str] = {}

    async def ImportAccounts(self, request: Any, _rpc: Any) -> Any:
        response = identity_admin_service_pb2.ImportAccountsResponse()
        for account in request.accounts:
            previous = self.imports.get(account.email)
            response.created_count += previous is None
            response.updated_count += previous is not None and previous != account
            self.imports[account.email] = account
            stored = self.accounts.setdefault(
                account.email, identity_pb2.Account(account_id=ids.new(), email=account.email, create_time=CREATE_TIME)
            )
            response.accounts.append(stored)
            for profile in account.profiles:
                key = (account.email, profile.display_name)
                profile_id = self.profiles.setdefault(key, ids.new())
                stored_profile = identity_pb2.Profile(profile_id=profile_id, display_name=profile.display_name)
                response.profiles.add(account_id=stored.account_id, profile=stored_profile)
        return response


class Viewing(viewing_admin_service_pb2_grpc.ViewingAdminServiceServicer):
    """Stores the signals of profiles, by profile, title and episode."""

    def __init__(self) -> None:
        self.signals: dict[str, dict[tuple[str, str], Any]] = {}

    async def ImportSignals(self, request: Any, _rpc: Any) -> Any:
        stored = self.signals.setdefault(request.profile_id, {})
        response = viewing_admin_service_pb2.ImportSignalsResponse()
        for signal in request.signals:
            key = (signal.subject.title_id, signal.subject.episode_id)
            response.changed_count += stored.get(key) != signal
            stored[key] = signal
        return response


class Packager(packager_admin_service_pb2_grpc.PackagerAdminServiceServicer):
    """Stores assets in the order of their requests. The same request id returns the same asset."""

    def __init__(self) -> None:
        self.requests: dict[str, Any] = {}
        self.assets: dict[str, Any] = {}

    async def CreateAsset(self, request: Any, _rpc: Any) -> Any:
        if request.request_id not in self.assets:
            self.requests[request.request_id] = request
            self.assets[request.request_id] = packager_pb2.MediaAsset(
                asset_id=ids.new(),
                subject=request.subject,
                profile=request.profile,
                state=packager_pb2.ASSET_STATE_QUEUED,
            )
        return packager_admin_service_pb2.CreateAssetResponse(asset=self.assets[request.request_id])

    async def ListAssets(self, request: Any, _rpc: Any) -> Any:
        assets = list(self.assets.values())
        start = int(request.page_token or 0)
        end = start + PAGE
        token = str(end) if end < len(assets) else ""
        return packager_admin_service_pb2.ListAssetsResponse(assets=assets[start:end], next_page_token=token)


class Epg(epg_admin_service_pb2_grpc.EpgAdminServiceServicer):
    """Stores channels and the last schedule of each by channel id."""

    def __init__(self) -> None:
        self.channels: dict[str, Any] = {}
        self.schedules: dict[str, list[Any]] = {}

    async def SaveChannel(self, request: Any, _rpc: Any) -> Any:
        changed = self.channels.get(request.channel.channel_id) != request.channel
        self.channels[request.channel.channel_id] = request.channel
        return epg_admin_service_pb2.SaveChannelResponse(channel=request.channel, changed=changed)

    async def ReplaceSchedule(self, request: Any, _rpc: Any) -> Any:
        former = self.schedules.get(request.channel_id, [])
        self.schedules[request.channel_id] = list(request.programmes)
        created = sum(programme not in former for programme in request.programmes)
        changes = epg_admin_service_pb2.ScheduleChanges(
            created_count=created, unchanged_count=len(request.programmes) - created
        )
        return epg_admin_service_pb2.ReplaceScheduleResponse(changes=changes)
