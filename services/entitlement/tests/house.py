"""Builders of titles, packages and viewers, and a whole entitlement on a real server, database and Redis."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import grpc
from marquee.catalog.v1 import catalog_pb2, catalog_pb2_grpc
from marquee.entitlement.v1 import entitlement_pb2, entitlement_pb2_grpc
from marquee.event.v1 import event_internal_pb2
from marquee.type.v1 import type_pb2

from services.entitlement import domain, handlers, model, storage, worker
from services.kit import clock as kit_clock
from services.kit import db, errors, events, ids, process, testing
from services.kit import redis as kit_redis

ADMIN = testing.bearing(testing.a_token(roles=("viewer", "admin")))


def some_facts(title_id: str, *, revision: int = 1, **changes: Any) -> catalog_pb2.TitleFacts:
    told: dict[str, Any] = {
        "state": catalog_pb2.TITLE_STATE_PUBLISHED,
        "maturity_rating": type_pb2.MATURITY_RATING_PG,
        "type": catalog_pb2.TITLE_TYPE_FILM,
    }
    return catalog_pb2.TitleFacts(title_id=title_id, revision=revision, **{**told, **changes})


def a_package(tier: type_pb2.Tier.ValueType = type_pb2.TIER_BASIC, **changes: Any) -> entitlement_pb2.Package:
    told: dict[str, Any] = {
        "package_id": ids.new(),
        "display_name": type_pb2.Tier.Name(tier).removeprefix("TIER_").capitalize(),
        "tier": tier,
        "monthly_price": type_pb2.Money(minor_units=tier * 400, currency_code="EUR"),
        "max_streams": tier,
    }
    return entitlement_pb2.Package(**{**told, **changes})


class Catalog(catalog_pb2_grpc.CatalogInternalServiceServicer):
    """Tells the facts that it was given."""

    def __init__(self) -> None:
        self.facts: list[catalog_pb2.TitleFacts] = []
        self.away = False

    async def StreamTitleFacts(self, request, rpc):
        if self.away:
            raise errors.Unavailable("Catalog is starting.", reason="STARTING", domain="test")
        for facts in self.facts:
            yield catalog_pb2.StreamTitleFactsResponse(facts=[facts])


@dataclass
class House:
    """An entitlement and what it lives on."""

    channel: grpc.aio.Channel
    catalog: Catalog
    redis: kit_redis.Client
    clock: kit_clock.FixedClock

    def __post_init__(self) -> None:
        self.viewer = entitlement_pb2_grpc.EntitlementServiceStub(self.channel)
        self.internal = entitlement_pb2_grpc.EntitlementInternalServiceStub(self.channel)
        self.admin = entitlement_pb2_grpc.EntitlementAdminServiceStub(self.channel)

    async def tell(self, *facts: catalog_pb2.TitleFacts) -> None:
        """Publishes new facts the way catalog does."""
        event = event_internal_pb2.Event(event_id=ids.new(), titles_changed=event_internal_pb2.TitlesChanged(titles=facts))
        await self.redis.xadd(events.stream("catalog"), {"event": event.SerializeToString()})

    async def save(self, package: entitlement_pb2.Package, *title_ids: str) -> entitlement_pb2.Package:
        """Saves a package and assigns titles to it."""
        saved = await self.admin.SavePackage(entitlement_pb2.SavePackageRequest(package=package), metadata=ADMIN)
        if title_ids:
            request = entitlement_pb2.AssignTitlesRequest(package_id=package.package_id, add_title_ids=title_ids)
            await self.admin.AssignTitles(request, metadata=ADMIN)
        return saved.package

    async def subscribe(
        self, account_id: str, tier: type_pb2.Tier.ValueType
    ) -> entitlement_pb2.SetSubscriptionResponse:
        """Sets a tier as an operator."""
        request = entitlement_pb2.SetSubscriptionRequest(account_id=account_id, tier=tier)
        return await self.admin.SetSubscription(request, metadata=ADMIN)

    async def check(self, title_id: str, token: str | None = None) -> entitlement_pb2.AccessDecision:
        """Asks for a decision as the bearer of `token`."""
        request = entitlement_pb2.CheckAccessRequest(title_id=title_id)
        answer = await self.viewer.CheckAccess(request, metadata=testing.bearing(token or testing.a_token()))
        return answer.decision


@contextlib.asynccontextmanager
async def open_house(database_url: str, redis_url: str, catalog: Catalog) -> AsyncIterator[House]:
    """Runs an entitlement with its background work."""
    clock = testing.a_clock()
    database = db.Database(database_url, "entitlement")
    redis, redis_events = kit_redis.connect(redis_url), kit_redis.connect(redis_url, timeout=None)

    async def tier(account_id: str) -> domain.Tier:
        async with database.reading() as session:
            return (await storage.get_subscription(session, account_id)).tier

    decisions, tiers = model.Model(clock), model.Tiers(clock, tier)
    outbox = events.Outbox("entitlement", database, redis, clock)
    catalog_registration = (catalog_pb2_grpc.add_CatalogInternalServiceServicer_to_server, catalog)
    async with contextlib.AsyncExitStack() as stack:
        for close in (database.close, redis_events.aclose, redis.aclose):
            stack.push_async_callback(close)
        address = await stack.enter_async_context(testing.serving(catalog_registration, time=clock))
        mesh = testing.a_mesh("entitlement", {"catalog": address}, clock)
        stack.push_async_callback(mesh.close)
        stub = catalog_pb2_grpc.CatalogInternalServiceStub(mesh.channel("catalog"))
        follower = worker.Follower(stub, database, redis_events, decisions, tiers)
        admin = handlers.EntitlementAdmin(database, outbox, decisions, tiers, follower.want_packages, clock)
        registrations = (
            (
                entitlement_pb2_grpc.add_EntitlementServiceServicer_to_server,
                handlers.Entitlement(database, decisions, tiers),
            ),
            (
                entitlement_pb2_grpc.add_EntitlementInternalServiceServicer_to_server,
                handlers.EntitlementInternal(decisions, tiers),
            ),
            (entitlement_pb2_grpc.add_EntitlementAdminServiceServicer_to_server, admin),
        )
        await stack.enter_async_context(process.background(outbox.relay(), follower.run()))
        channel = await stack.enter_async_context(testing.channel_to(*registrations, time=clock))
        home = House(channel, catalog, redis, clock)
        await eventually(lambda: home.viewer.ListPackages(entitlement_pb2.ListPackagesRequest()), lambda _: True)
        yield home


async def eventually(ask: Callable[[], Awaitable[Any]], wanted: Callable[[Any], bool]) -> Any:
    """Asks until the answer is as wanted; in the end answers the last one, for the assertion to judge."""
    deadline = time.monotonic() + testing.PATIENCE
    while True:
        try:
            answer = await ask()
        except grpc.aio.AioRpcError as failed:
            answer = failed
        if (not isinstance(answer, grpc.aio.AioRpcError) and wanted(answer)) or time.monotonic() > deadline:
            return answer
        await asyncio.sleep(0.02)
