"""The servicers of entitlement."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import grpc
from marquee.entitlement.v1 import entitlement_pb2, entitlement_pb2_grpc
from marquee.event.v1 import event_internal_pb2
from marquee.type.v1 import type_pb2

from services.entitlement import convert, domain, errors, model, storage
from services.kit import context, db, events, ids, paging, visibility
from services.kit.clock import Clock

Rpc: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"
#: Decisions leave the model encoded, and the server lets bytes pass as they are.
Encoded: TypeAlias = Any

_PAGE_SIZE, _LARGEST_PAGE = 50, 100


class Entitlement(entitlement_pb2_grpc.EntitlementServiceServicer):
    """Answers viewers."""

    def __init__(self, database: db.Database, decisions: model.Model, tiers: model.Tiers) -> None:
        self._database = database
        self._model = decisions
        self._tiers = tiers

    async def CheckAccess(self, request: entitlement_pb2.CheckAccessRequest, rpc: Rpc) -> Encoded:
        """Decides for the calling profile."""
        return self._model.answer(request.title_id, await self._viewer())

    async def BatchCheckAccess(self, request: entitlement_pb2.BatchCheckAccessRequest, rpc: Rpc) -> Encoded:
        """Decides for the calling profile, title by title.

        A CheckAccessResponse holds one decision in the field in which the answer to a batch holds many, so the
        encoded answers in a row are the encoded answer to the batch.
        """
        viewer = await self._viewer()
        return b"".join([self._model.answer(title_id, viewer) for title_id in request.title_ids])

    async def GetSubscription(
        self, request: entitlement_pb2.GetSubscriptionRequest, rpc: Rpc
    ) -> entitlement_pb2.GetSubscriptionResponse:
        """Answers what the calling account pays for."""
        account_id = context.caller().account_id
        async with self._database.reading() as session:
            subscription = await storage.get_subscription(session, account_id)
        return entitlement_pb2.GetSubscriptionResponse(
            subscription=convert.subscription_message(account_id, subscription, self._model.packages)
        )

    async def ListPackages(
        self, request: entitlement_pb2.ListPackagesRequest, rpc: Rpc
    ) -> entitlement_pb2.ListPackagesResponse:
        """Answers a page of the packages on offer."""
        cursor = paging.cursor(request.page_token, of=["packages"], kinds=(paging.non_negative_int, ids.parse))
        size = paging.size(request.page_size, default=_PAGE_SIZE, most=_LARGEST_PAGE)
        page, following = domain.page(self._model.packages, cursor, size)
        return entitlement_pb2.ListPackagesResponse(
            packages=map(convert.package_message, page),
            next_page_token=paging.token(following, of=["packages"]) if following else "",
        )

    async def _viewer(self) -> domain.Viewer:
        asking = context.caller()
        tier = await self._tiers.get(asking.account_id)
        return domain.Viewer(tier, visibility.Viewer(asking.maturity_ceiling, asking.country_code))


class EntitlementInternal(entitlement_pb2_grpc.EntitlementInternalServiceServicer):
    """Answers services that act for a viewer."""

    def __init__(self, decisions: model.Model, tiers: model.Tiers) -> None:
        self._model = decisions
        self._tiers = tiers

    async def CheckAccessFor(self, request: entitlement_pb2.CheckAccessForRequest, rpc: Rpc) -> Encoded:
        """Decides for the viewer that the request describes; the answer is encoded like that of CheckAccess."""
        sees = visibility.Viewer(request.maturity_ceiling, request.country_code)
        return self._model.answer(request.title_id, domain.Viewer(await self._tiers.get(request.account_id), sees))


class EntitlementAdmin(entitlement_pb2_grpc.EntitlementAdminServiceServicer):
    """Answers operators.

    Args:
        database: entitlement's own.
        outbox: where events are written.
        decisions: the model of this replica.
        tiers: the tiers that this replica remembers.
        packages_changed: has the model of this replica load the packages anew, without waiting for the event.
        clock: tells since when a subscription holds.
    """

    def __init__(
        self,
        database: db.Database,
        outbox: events.Outbox,
        decisions: model.Model,
        tiers: model.Tiers,
        packages_changed: Callable[[], None],
        clock: Clock,
    ) -> None:
        self._database = database
        self._outbox = outbox
        self._model = decisions
        self._tiers = tiers
        self._packages_changed = packages_changed
        self._clock = clock

    async def SavePackage(
        self, request: entitlement_pb2.SavePackageRequest, rpc: Rpc
    ) -> entitlement_pb2.SavePackageResponse:
        """Brings a package to what is given."""
        wanted = convert.package(request.package)
        async with self._database.transaction() as tx:
            changed = await storage.save_package(tx, wanted)
            if changed:
                await self._tell_packages_changed(tx, wanted.package_id)
            saved = await storage.get_package(tx, wanted.package_id) or wanted
        return entitlement_pb2.SavePackageResponse(package=convert.package_message(saved), changed=changed)

    async def AssignTitles(
        self, request: entitlement_pb2.AssignTitlesRequest, rpc: Rpc
    ) -> entitlement_pb2.AssignTitlesResponse:
        """Puts titles into a package and takes others out."""
        async with self._database.transaction() as tx:
            if await storage.get_package(tx, request.package_id) is None:
                raise errors.PackageNotFound(request.package_id)
            removed = await storage.remove_titles(tx, request.package_id, request.remove_title_ids)
            added = await storage.add_titles(tx, request.package_id, request.add_title_ids)
            if added or removed:
                await self._tell_packages_changed(tx, request.package_id)
        return entitlement_pb2.AssignTitlesResponse(added_count=added, removed_count=removed)

    async def SetSubscription(
        self, request: entitlement_pb2.SetSubscriptionRequest, rpc: Rpc
    ) -> entitlement_pb2.SetSubscriptionResponse:
        """Sets the tier of an account, for this replica at once and for the others with the event."""
        account_id, tier, packages = request.account_id, domain.Tier(request.tier), self._model.packages
        async with self._database.transaction() as tx:
            changed = await storage.set_subscription(tx, account_id, tier, self._clock.now())
            if changed:
                await self._tell_subscription_changed(tx, account_id, changed)
            subscription = changed or await storage.get_subscription(tx, account_id)
        return entitlement_pb2.SetSubscriptionResponse(
            subscription=convert.subscription_message(account_id, subscription, packages),
            changed=changed is not None,
        )

    async def _tell_packages_changed(self, tx: db.WriteSession, package_id: str) -> None:
        await self._outbox.add(tx, packages_changed=event_internal_pb2.PackagesChanged(package_ids=[package_id]))
        db.after_commit(tx, self._packages_changed)

    async def _tell_subscription_changed(
        self, tx: db.WriteSession, account_id: str, subscription: domain.Subscription
    ) -> None:
        told = event_internal_pb2.SubscriptionChanged(
            account_id=account_id,
            tier=type_pb2.Tier.ValueType(subscription.tier),
            revision=subscription.revision,
        )
        await self._outbox.add(tx, subscription_changed=told)
        db.after_commit(tx, lambda: self._tiers.forget(account_id))
