"""Builders of facts and packages, and an entitlement service on a real server, database and Redis."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import grpc
from marquee.catalog.v1 import catalog_internal_pb2, catalog_internal_pb2_grpc, catalog_pb2
from marquee.entitlement.v1 import (
    entitlement_admin_service_pb2,
    entitlement_admin_service_pb2_grpc,
    entitlement_internal_pb2_grpc,
    entitlement_pb2,
    entitlement_service_pb2,
    entitlement_service_pb2_grpc,
)
from marquee.epg.v1 import epg_internal_pb2, epg_internal_pb2_grpc
from marquee.event.v1 import event_internal_pb2
from marquee.type.v1 import type_pb2

from services.entitlement import (
    decision_cache,
    domain,
    grant_cache,
    handlers,
    programme_cache,
    replica_sync,
    storage,
    subscription_writer,
)
from services.kit import clock as kit_clock
from services.kit import db, errors, event_streams, events, ids, process, testing, watchable_subjects
from services.kit import redis as kit_redis

ADMIN = testing.bearing(testing.a_token(roles=("viewer", "admin")))


def a_rating(age: int) -> type_pb2.MaturityRating:
    return type_pb2.MaturityRating(age=age, system="MPA")


def some_facts(title_id: str, *, revision: int = 1, **changes: Any) -> catalog_internal_pb2.TitleFacts:
    fields: dict[str, Any] = {
        "state": catalog_pb2.TITLE_STATE_PUBLISHED,
        "maturity_rating": a_rating(8),
        "type": catalog_pb2.TITLE_TYPE_FILM,
    }
    return catalog_internal_pb2.TitleFacts(title_id=title_id, revision=revision, **{**fields, **changes})


def a_price(minor_units: int, country_code: str = "") -> entitlement_pb2.Price:
    return entitlement_pb2.Price(
        country_code=country_code,
        amount=type_pb2.Money(minor_units=minor_units, currency_code="EUR"),
        billing_period=entitlement_pb2.BILLING_PERIOD_MONTH,
    )


def a_package(tier: type_pb2.Tier.ValueType = type_pb2.TIER_BASIC, **changes: Any) -> entitlement_pb2.Package:
    fields: dict[str, Any] = {
        "package_id": ids.new(),
        "display_name": type_pb2.Tier.Name(tier).removeprefix("TIER_").capitalize(),
        "tier": tier,
        "prices": [a_price(tier * 400)],
        "max_streams": tier or 1,
    }
    return entitlement_pb2.Package(**{**fields, **changes})


class Catalog(catalog_internal_pb2_grpc.CatalogInternalServiceServicer):
    """Streams the facts that it was given."""

    def __init__(self) -> None:
        self.facts: list[catalog_internal_pb2.TitleFacts] = []
        self.is_down = False

    async def StreamTitleFacts(self, request, rpc):
        if self.is_down:
            raise errors.Unavailable("Catalog is starting.", reason="STARTING", domain="test")
        for facts in self.facts:
            yield catalog_internal_pb2.StreamTitleFactsResponse(facts=[facts])


class Epg(epg_internal_pb2_grpc.EpgInternalServiceServicer):
    """Has the channels and programmes that it was given."""

    def __init__(self) -> None:
        self.channels: dict[str, epg_internal_pb2.ChannelFacts] = {}
        self.programmes: dict[str, epg_internal_pb2.ProgrammeFacts] = {}
        self.is_down = False
        #: How many programmes each call asked for.
        self.calls: list[int] = []

    def add_channel(self, **changes: Any) -> str:
        """Adds a channel and returns its id."""
        facts = epg_internal_pb2.ChannelFacts(**{"channel_id": ids.new(), **changes})
        self.channels[facts.channel_id] = facts
        return facts.channel_id

    def add_programme(self, channel_id: str, **changes: Any) -> str:
        """Adds a programme to a channel and returns its id."""
        facts = epg_internal_pb2.ProgrammeFacts(programme_id=ids.new(), channel_id=channel_id, **changes)
        self.programmes[facts.programme_id] = facts
        return facts.programme_id

    async def StreamChannelFacts(self, request, rpc):
        self._check_is_up()
        for facts in self.channels.values():
            yield epg_internal_pb2.StreamChannelFactsResponse(facts=[facts])

    async def ResolveProgrammes(self, request, rpc):
        self._check_is_up()
        self.calls.append(len(request.programme_ids))
        found = [self.programmes[id_] for id_ in request.programme_ids if id_ in self.programmes]
        return epg_internal_pb2.ResolveProgrammesResponse(programmes=found)

    def _check_is_up(self) -> None:
        if self.is_down:
            raise errors.DatabaseUnavailable


@dataclass
class Service:
    """A running entitlement service and what it depends on."""

    channel: grpc.aio.Channel
    catalog: Catalog
    epg: Epg
    redis: kit_redis.Client
    clock: kit_clock.FixedClock
    subscriptions: subscription_writer.SubscriptionWriter

    def __post_init__(self) -> None:
        self.viewer = entitlement_service_pb2_grpc.EntitlementServiceStub(self.channel)
        self.internal = entitlement_internal_pb2_grpc.EntitlementInternalServiceStub(self.channel)
        self.admin = entitlement_admin_service_pb2_grpc.EntitlementAdminServiceStub(self.channel)

    async def publish(self, *facts: catalog_internal_pb2.TitleFacts) -> None:
        """Publishes new facts as catalog does."""
        changed = event_internal_pb2.TitlesChanged(titles=facts)
        await self._publish("catalog", event_internal_pb2.Event(event_id=ids.new(), titles_changed=changed))

    async def publish_channels(self, *channel_ids: str) -> None:
        """Publishes that channels changed, as epg does."""
        changed = event_internal_pb2.ChannelsChanged(channel_ids=channel_ids)
        await self._publish("epg", event_internal_pb2.Event(event_id=ids.new(), channels_changed=changed))

    async def publish_schedule(self, channel_id: str) -> None:
        """Publishes that the schedule of a channel changed, as epg does."""
        changed = event_internal_pb2.ScheduleChanged(channel_id=channel_id)
        await self._publish("epg", event_internal_pb2.Event(event_id=ids.new(), schedule_changed=changed))

    async def _publish(self, area: str, event: event_internal_pb2.Event) -> None:
        await self.redis.xadd(event_streams.name_of(area), {"event": event.SerializeToString()})

    async def save(self, package: entitlement_pb2.Package, *title_ids: str) -> entitlement_pb2.Package:
        """Saves a package and assigns titles to it."""
        request = entitlement_admin_service_pb2.SavePackageRequest(package=package)
        saved = await self.admin.SavePackage(request, metadata=ADMIN)
        if title_ids:
            await self.assign(package.package_id, map(watchable_subjects.title, title_ids))
        return saved.package

    async def assign(self, package_id: str, add=(), remove=()) -> entitlement_admin_service_pb2.AssignSubjectsResponse:
        """Adds subjects to a package and removes others."""
        request = entitlement_admin_service_pb2.AssignSubjectsRequest(package_id=package_id, add=add, remove=remove)
        return await self.admin.AssignSubjects(request, metadata=ADMIN)

    async def subscribe(
        self,
        account_id: str,
        *packages: entitlement_pb2.Package,
        state: entitlement_pb2.SubscriptionState.ValueType = entitlement_pb2.SUBSCRIPTION_STATE_ACTIVE,
        **changes: Any,
    ) -> entitlement_admin_service_pb2.SaveSubscriptionResponse:
        """Saves the subscription of an account."""
        subscription = entitlement_pb2.Subscription(
            account_id=account_id,
            state=state,
            package_ids=[package.package_id for package in packages],
            **changes,
        )
        request = entitlement_admin_service_pb2.SaveSubscriptionRequest(subscription=subscription)
        return await self.admin.SaveSubscription(request, metadata=ADMIN)

    async def check(
        self, title_id: str, token: str | None = None, *, subject: type_pb2.Subject | None = None
    ) -> entitlement_pb2.AccessDecision:
        """Returns the decision on a title, or on another subject, for the bearer of `token`."""
        request = entitlement_service_pb2.CheckAccessRequest(subject=subject or watchable_subjects.title(title_id))
        response = await self.viewer.CheckAccess(request, metadata=testing.bearing(token or testing.a_token()))
        return response.decision

    async def list_packages(self, metadata=(), **request: Any) -> tuple[list[entitlement_pb2.Package], str]:
        """Returns a page of packages and the token of the next one."""
        response = await self.viewer.ListPackages(
            entitlement_service_pb2.ListPackagesRequest(**request), metadata=metadata
        )
        return list(response.packages), response.next_page_token


@contextlib.asynccontextmanager
async def run_service(
    database_url: str, redis_url: str, catalog: Catalog, epg: Epg | None = None
) -> AsyncIterator[Service]:
    """Runs entitlement with its background tasks. Tests end canceled subscriptions themselves."""
    epg = epg or Epg()
    clock = testing.a_clock()
    database = db.Database(database_url, "entitlement")
    redis, redis_events = kit_redis.connect(redis_url), kit_redis.connect(redis_url, timeout=None)

    async def load_subscription(account_id: str) -> domain.Subscription:
        async with database.reading() as session:
            return await storage.get_subscription(session, account_id)

    decisions = decision_cache.DecisionCache(clock)
    grants = grant_cache.GrantCache(clock, load_subscription)
    outbox = events.Outbox("entitlement", database, redis, clock)
    subscriptions = subscription_writer.SubscriptionWriter(database, outbox, grants, clock)
    peers = (
        (catalog_internal_pb2_grpc.add_CatalogInternalServiceServicer_to_server, catalog),
        (epg_internal_pb2_grpc.add_EpgInternalServiceServicer_to_server, epg),
    )
    async with contextlib.AsyncExitStack() as stack:
        for close in (database.close, redis_events.aclose, redis.aclose):
            stack.push_async_callback(close)
        address = await stack.enter_async_context(testing.serving(*peers, time=clock))
        mesh = testing.a_mesh("entitlement", {"catalog": address, "epg": address}, clock)
        stack.push_async_callback(mesh.close)
        stub = catalog_internal_pb2_grpc.CatalogInternalServiceStub(mesh.channel("catalog"))
        epg_stub = epg_internal_pb2_grpc.EpgInternalServiceStub(mesh.channel("epg"))
        programmes = programme_cache.ProgrammeCache(clock, epg_stub)
        sync = replica_sync.CacheSync(stub, epg_stub, database, redis_events, decisions, grants, programmes)
        registrations = (
            (
                entitlement_service_pb2_grpc.add_EntitlementServiceServicer_to_server,
                handlers.Entitlement(database, decisions, grants, programmes, clock),
            ),
            (
                entitlement_internal_pb2_grpc.add_EntitlementInternalServiceServicer_to_server,
                handlers.EntitlementInternal(decisions, grants, programmes),
            ),
            (
                entitlement_admin_service_pb2_grpc.add_EntitlementAdminServiceServicer_to_server,
                handlers.EntitlementAdmin(database, outbox, subscriptions, sync.packages.mark_behind, clock),
            ),
        )
        await stack.enter_async_context(process.background(outbox.relay(), sync.run()))
        channel = await stack.enter_async_context(testing.channel_to(*registrations, time=clock))
        service = Service(channel, catalog, epg, redis, clock, subscriptions)
        await eventually(service.list_packages, lambda _: True)
        yield service


async def eventually(ask: Callable[[], Awaitable[Any]], expected: Callable[[Any], bool]) -> Any:
    """Calls `ask` until its result is as expected; returns the last result, which the assertion then checks."""
    deadline = time.monotonic() + testing.PATIENCE
    while True:
        try:
            result = await ask()
        except grpc.aio.AioRpcError as failed:
            result = failed
        if (not isinstance(result, grpc.aio.AioRpcError) and expected(result)) or time.monotonic() > deadline:
            return result
        await asyncio.sleep(0.02)
