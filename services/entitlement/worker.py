"""Keeps the model in step: loads it at the start and after every loss, and follows the events."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from marquee.catalog.v1 import catalog_pb2, catalog_pb2_grpc
from marquee.event.v1 import event_internal_pb2

from services.entitlement import model, storage
from services.kit import db, errors, events, logs
from services.kit import redis as kit_redis

_RETRY_SECONDS = 0.5

_log = logs.logger()


class Follower:
    """Loads and follows what the model holds.

    Args:
        catalog: the internal service of catalog.
        database: entitlement's own.
        redis_events: where the streams are; a client without a timeout.
        decisions: the model to keep in step.
        tiers: the tiers to forget when they change.
    """

    def __init__(
        self,
        catalog: catalog_pb2_grpc.CatalogInternalServiceAsyncStub,
        database: db.Database,
        redis_events: kit_redis.Client,
        decisions: model.Model,
        tiers: model.Tiers,
    ) -> None:
        self._catalog = catalog
        self._database = database
        self._model = decisions
        self._tiers = tiers
        self._tail = events.BroadcastSubscriber(["catalog", "entitlement"], redis_events, self._listen, self._missed)
        self._facts_wanted = asyncio.Event()
        self._packages_wanted = asyncio.Event()

    def want_packages(self) -> None:
        """Has the packages loaded anew, because they changed."""
        self._packages_wanted.set()

    async def run(self) -> None:
        """Follows for as long as the process lives. Whatever it needs may come late, go and come back."""
        await self._tail.start()
        await self._missed()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._tail.run())
            group.create_task(self._whenever(self._facts_wanted, "facts", self._load_facts))
            group.create_task(self._whenever(self._packages_wanted, "packages", self._load_packages))

    async def _whenever(self, wanted: asyncio.Event, what: str, load: Callable[[], Awaitable[None]]) -> None:
        while True:
            await wanted.wait()
            wanted.clear()
            try:
                await load()
            except errors.Error as away:
                _log.warning("load waits", what=what, cause=str(away))
                wanted.set()
                await asyncio.sleep(_RETRY_SECONDS)

    async def _load_facts(self) -> None:
        async for response in self._catalog.StreamTitleFacts(catalog_pb2.StreamTitleFactsRequest()):
            self._model.learn(response.facts)
        self._model.learned_all()

    async def _load_packages(self) -> None:
        async with self._database.reading() as session:
            packages = await storage.all_packages(session)
            listed = await storage.listed_titles(session)
        self._model.offer(packages, listed)

    async def _listen(self, event: event_internal_pb2.Event) -> None:
        match event.WhichOneof("payload"):
            case "titles_changed":
                self._model.learn(event.titles_changed.titles)
            case "packages_changed":
                self.want_packages()
            case "subscription_changed":
                self._tiers.forget(event.subscription_changed.account_id)

    async def _missed(self) -> None:
        self._tiers.forget_all()
        self._facts_wanted.set()
        self._packages_wanted.set()
