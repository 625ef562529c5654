"""The channels and the maturity of programmes, as epg states them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from marquee.epg.v1 import epg_internal_pb2, epg_internal_pb2_grpc
from marquee.type.v1 import type_pb2

from services.entitlement import domain
from services.kit import cache, circuit_breaker
from services.kit.clock import Clock

_NONE: Mapping[str, domain.Programme] = {}


class ProgrammeCache:
    """Asks epg for the programmes that it does not have, with one call for all of them.

    Args:
        clock: the clock.
        epg: the internal service of epg.
    """

    def __init__(self, clock: Clock, epg: epg_internal_pb2_grpc.EpgInternalServiceAsyncStub) -> None:
        self._epg = epg
        self._breaker = circuit_breaker.CircuitBreaker("epg")
        self._messages = cache.Cache(clock)

    async def resolve(self, subjects: Iterable[type_pb2.Subject]) -> Mapping[str, domain.Programme]:
        """Returns the programmes among some subjects by their ids, without those that do not exist."""
        ids = {subject.programme_id for subject in subjects if subject.HasField("programme_id")}
        if not ids:
            return _NONE
        cached = {id_: message for id_ in ids if (message := self._messages.get(id_))}
        found = {id_: _programme(epg_internal_pb2.ProgrammeFacts.FromString(cached[id_])) for id_ in cached}
        if missing := sorted(ids - cached.keys()):
            generation = self._messages.generation
            request = epg_internal_pb2.ResolveProgrammesRequest(programme_ids=missing)
            for facts in (await self._breaker.call(lambda: self._epg.ResolveProgrammes(request))).programmes:
                message, tags = facts.SerializeToString(), [facts.channel_id]
                self._messages.put(facts.programme_id, message, tags=tags, generation=generation)
                found[facts.programme_id] = _programme(facts)
        return found

    def drop(self, *channel_ids: str) -> None:
        """Drops the programmes of channels, because they or their schedules changed."""
        self._messages.drop(*channel_ids)

    def clear(self) -> None:
        """Drops all programmes, because changes may have been missed."""
        self._messages.clear()


def _programme(facts: epg_internal_pb2.ProgrammeFacts) -> domain.Programme:
    return domain.Programme(facts.channel_id, facts.maturity_rating.age)
