"""The servicer of what the platform takes for a viewer's taste."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
from google.api import httpbody_pb2
from marquee.recommendation.v1 import recommendation_pb2, taste_service_pb2, taste_service_pb2_grpc

from services.kit import context, db, ids, paging, pipeline, visibility
from services.kit import errors as kit_errors
from services.recommendation import errors, storage
from services.recommendation.convert import signal_messages
from services.recommendation.domain import signals
from services.recommendation.home import consistency_token, home_service
from services.recommendation.ranking import feature_gatherer

_SIGNALS, _MOST_SIGNALS = 50, 200
#: How long to wait, each time in seconds, before a write is looked for again that has not come here yet.
_WAITS = (0.02, 0.05, 0.1, 0.2)
_OF_TITLES = {signals.WATCHED, signals.RATED, signals.LISTED, signals.VIEWED, signals.SUPPRESSED}


class Unknown(kit_errors.Unavailable):
    """What a viewer did is not known at the moment."""

    reason, domain = "DATABASE_UNAVAILABLE", kit_errors.PLATFORM


class Taste(taste_service_pb2_grpc.TasteServiceServicer):
    """Shows viewers what is taken for their taste, and lets them correct it.

    Args:
        place: gathers what is known of a viewer.
        kept: the homes that change with it.
        database: recommendation's own.
    """

    def __init__(
        self, place: feature_gatherer.FeatureGatherer, kept: home_service.HomeService, database: db.Database
    ) -> None:
        self._room = place
        self._homes = kept
        self._database = database

    async def ListTasteSignals(
        self, request: taste_service_pb2.ListTasteSignalsRequest, rpc: Any
    ) -> taste_service_pb2.ListTasteSignalsResponse:
        """Returns a page of signals, the weightiest first."""
        caller = _profile()
        ledger, _ = await self._ledger(caller, consistency_token.read(request.consistency_token))
        found = [each for each in ledger if request.kind in {0, each.kind}]
        size = paging.size(request.page_size, default=_SIGNALS, most=_MOST_SIGNALS)
        of = ("taste", caller.profile_id, request.kind)
        start = (paging.cursor(request.page_token, of=of, kinds=(paging.non_negative_int,)) or [0])[0]
        return taste_service_pb2.ListTasteSignalsResponse(
            signals=[signal_messages.signal(each, self._display_name(each)) for each in found[start : start + size]],
            next_page_token=paging.token([start + size], of=of) if len(found) > start + size else "",
            total_size=len(found),
        )

    async def PauseTasteSignal(
        self, request: taste_service_pb2.PauseTasteSignalRequest, rpc: Any
    ) -> taste_service_pb2.PauseTasteSignalResponse:
        """Lets a signal rest."""
        signal, token = await self._set(request.signal_id, paused=True)
        return taste_service_pb2.PauseTasteSignalResponse(signal=signal, consistency_token=token)

    async def ResumeTasteSignal(
        self, request: taste_service_pb2.ResumeTasteSignalRequest, rpc: Any
    ) -> taste_service_pb2.ResumeTasteSignalResponse:
        """Lets a signal count again."""
        signal, token = await self._set(request.signal_id, paused=False)
        return taste_service_pb2.ResumeTasteSignalResponse(signal=signal, consistency_token=token)

    async def ForgetTasteSignal(
        self, request: taste_service_pb2.ForgetTasteSignalRequest, rpc: Any
    ) -> taste_service_pb2.ForgetTasteSignalResponse:
        """Deletes a signal where it came from."""
        caller = _profile()
        named = signals.parse(request.signal_id)
        if named is None:
            return taste_service_pb2.ForgetTasteSignalResponse()
        kind, about = named
        revision = 0
        if kind in _OF_TITLES:
            if not _is_id(about):
                return taste_service_pb2.ForgetTasteSignalResponse()
            revision = await self._room.peers.forget(caller, about, kind)
        else:
            await self._room.peers.withdraw(caller.profile_id, kind, about)
        async with self._database.transaction() as tx:
            # What is gone rests no more; and the new revision names the write to homes that are kept elsewhere.
            rest = await storage.signals.set_paused(tx, caller.profile_id, request.signal_id, paused=False)
        self._homes.profile_changed(caller.profile_id)
        token = consistency_token.Written(revision, rest).token
        return taste_service_pb2.ForgetTasteSignalResponse(consistency_token=token)

    async def ExportTaste(self, request: taste_service_pb2.ExportTasteRequest, rpc: Any) -> httpbody_pb2.HttpBody:
        """Returns everything as JSON."""
        caller = _profile()
        ledger, known = await self._ledger(caller)
        household = known.history.household if known.history else ()
        told = {
            "profile_id": caller.profile_id,
            "export_time": self._room.clock.now(),
            "revision": known.history.revision if known.history else 0,
            "signals": [
                {
                    "signal_id": each.signal_id,
                    "kind": recommendation_pb2.TasteSignalKind.Name(
                        recommendation_pb2.TasteSignalKind.ValueType(each.kind)
                    ),
                    "title_id": each.title_id,
                    "display_name": self._display_name(each),
                    "weight": each.weight,
                    "signal_time": each.time,
                    "paused": each.paused,
                }
                for each in ledger
            ],
            "titles": [] if known.history is None else list(known.history.titles),
            "household": [each for each in household if self._may_know(each.title_id)],
        }
        data = orjson.dumps(told, option=orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z)
        return httpbody_pb2.HttpBody(content_type="application/json", data=data)

    async def _set(self, signal_id: str, *, paused: bool) -> tuple[recommendation_pb2.TasteSignal, str]:
        caller = _profile()
        ledger, known = await self._ledger(caller)
        if signal_id not in {each.signal_id for each in ledger}:
            raise errors.SignalNotFound(signal_id)
        async with self._database.transaction() as tx:
            rest = await storage.signals.set_paused(tx, caller.profile_id, signal_id, paused=paused)
        self._homes.profile_changed(caller.profile_id)
        now, _ = await self._ledger(caller)
        signal = next((each for each in now if each.signal_id == signal_id), None)
        if signal is None:  # It was forgotten meanwhile.
            raise errors.SignalNotFound(signal_id)
        revision = known.history.revision if known.history else 0
        return signal_messages.signal(signal, self._display_name(signal)), consistency_token.Written(
            revision, rest
        ).token

    async def _ledger(
        self, caller: context.Caller, newer_than: consistency_token.Written | None = None
    ) -> tuple[list[signals.TasteSignal], feature_gatherer.Known]:
        """Returns the signals of the calling profile. Raises Unavailable where they are not all known.

        A write that is on its way is waited for a moment; a token may also name one that never was.
        """
        known = await self._room.known(caller, patient=True)
        for wait in _WAITS:
            written = consistency_token.Written(
                known.history.revision if known.history else 0, known.rest.revision if known.rest else 0
            )
            if newer_than is None or known.history is None or known.rest is None or written.covers(newer_than):
                break
            await asyncio.sleep(wait)
            known = await self._room.known(caller, patient=True)
        if known.history is None or known.preferences is None or known.rest is None:
            raise Unknown("What you told is not known at the moment; try again.")
        at = self._room.clock.now()
        return signals.ledger(known.history.titles, known.preferences, known.rest.paused, at), known

    def _display_name(self, signal: signals.TasteSignal) -> str:
        """Returns the name of what a signal is about; empty for a title that the viewer may not know of any more."""
        if signal.kind == signals.GENRE:
            return self._room.library.genre_names.get(signal.word, signal.word)
        if not signal.title_id:
            return signal.word
        if not self._may_know(signal.title_id):
            return ""
        return self._room.library.titles[signal.title_id].name(context.caller().language_code)

    def _may_know(self, title_id: str) -> bool:
        """Whether the calling profile may know of a title: what others of its household watch may be beyond it."""
        title = self._room.library.titles.get(title_id)
        sees = feature_gatherer.viewer(context.caller()).sees
        return title is not None and visibility.visible(title.facts, sees, self._room.clock.now())


def _profile() -> context.Caller:
    caller = context.caller()
    if not caller.profile_id:
        raise pipeline.ProfileRequired("Select a profile to call this.")
    return caller


def _is_id(told: str) -> bool:
    try:
        ids.parse(told)
    except ValueError:
        return False
    return True
