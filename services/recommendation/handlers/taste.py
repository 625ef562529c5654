"""The servicer of the taste of a profile."""

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
from services.recommendation.domain import consistency_token, signals
from services.recommendation.domain.consistency_token import ConsistencyToken
from services.recommendation.home.home_service import HomeService
from services.recommendation.ranking import feature_gatherer

_SIGNALS, _MAX_SIGNALS = 50, 200
#: The pauses in seconds before signals are loaded again that lack a write.
_PAUSES = (0.02, 0.05, 0.1, 0.2)
_TITLE_KINDS = {signals.WATCHED, signals.RATED, signals.LISTED, signals.VIEWED, signals.SUPPRESSED}


class SignalsUnavailable(kit_errors.Unavailable):
    """A service that has signals of the viewer does not respond."""

    reason, domain = "DATABASE_UNAVAILABLE", kit_errors.PLATFORM

    def __init__(self) -> None:
        super().__init__("Your signals are not available at the moment; try again.")


class Taste(taste_service_pb2_grpc.TasteServiceServicer):
    """Shows the signals that recommendations are based on, and lets viewers correct them.

    Args:
        gatherer: loads the signals.
        homes: caches homes, which change with the signals.
        database: the database of recommendation.
    """

    def __init__(self, gatherer: feature_gatherer.FeatureGatherer, homes: HomeService, database: db.Database) -> None:
        self._gatherer = gatherer
        self._homes = homes
        self._database = database

    async def ListTasteSignals(
        self, request: taste_service_pb2.ListTasteSignalsRequest, rpc: Any
    ) -> taste_service_pb2.ListTasteSignalsResponse:
        """Returns a page of signals, those with the largest weights first."""
        caller = _require_profile()
        taste, _ = await self._load_signals(caller, consistency_token.parse(request.consistency_token))
        matching = [signal for signal in taste if request.kind in {0, signal.kind}]
        size = paging.size(request.page_size, default=_SIGNALS, most=_MAX_SIGNALS)
        filters = ("taste", caller.profile_id, request.kind)
        start = (paging.cursor(request.page_token, of=filters, kinds=(paging.non_negative_int,)) or [0])[0]
        end = start + size
        return taste_service_pb2.ListTasteSignalsResponse(
            signals=[self._message(signal) for signal in matching[start:end]],
            next_page_token=paging.token([end], of=filters) if len(matching) > end else "",
            total_size=len(matching),
        )

    async def PauseTasteSignal(
        self, request: taste_service_pb2.PauseTasteSignalRequest, rpc: Any
    ) -> taste_service_pb2.PauseTasteSignalResponse:
        """Pauses a signal."""
        signal, token = await self._set_paused(request.signal_id, paused=True)
        return taste_service_pb2.PauseTasteSignalResponse(signal=signal, consistency_token=token)

    async def ResumeTasteSignal(
        self, request: taste_service_pb2.ResumeTasteSignalRequest, rpc: Any
    ) -> taste_service_pb2.ResumeTasteSignalResponse:
        """Resumes a paused signal."""
        signal, token = await self._set_paused(request.signal_id, paused=False)
        return taste_service_pb2.ResumeTasteSignalResponse(signal=signal, consistency_token=token)

    async def ForgetTasteSignal(
        self, request: taste_service_pb2.ForgetTasteSignalRequest, rpc: Any
    ) -> taste_service_pb2.ForgetTasteSignalResponse:
        """Deletes a signal in the service that it came from."""
        caller = _require_profile()
        parsed = signals.parse(request.signal_id)
        if parsed is None:
            return taste_service_pb2.ForgetTasteSignalResponse()
        kind, value = parsed
        revision = 0
        if kind in _TITLE_KINDS:
            if not _is_id(value):
                return taste_service_pb2.ForgetTasteSignalResponse()
            revision = await self._gatherer.clients.forget_signals(caller, value, kind)
        else:
            await self._gatherer.clients.remove_preference(caller.profile_id, kind, value)
        async with self._database.transaction(serialize_by=caller.profile_id) as tx:
            # A deleted signal is not paused. The new revision tells the other replicas of the write.
            taste_revision = await storage.signals.set_paused(tx, caller.profile_id, request.signal_id, paused=False)
        self._homes.drop_homes(caller.profile_id)
        token = ConsistencyToken(revision, taste_revision).encode()
        return taste_service_pb2.ForgetTasteSignalResponse(consistency_token=token)

    async def ExportTaste(self, request: taste_service_pb2.ExportTasteRequest, rpc: Any) -> httpbody_pb2.HttpBody:
        """Returns all signals as JSON."""
        caller = _require_profile()
        taste, history = await self._load_signals(caller)
        export = {
            "profile_id": caller.profile_id,
            "export_time": self._gatherer.clock.now(),
            "revision": history.revision,
            "signals": [
                {
                    "signal_id": signal.signal_id,
                    "kind": recommendation_pb2.TasteSignalKind.Name(
                        recommendation_pb2.TasteSignalKind.ValueType(signal.kind)
                    ),
                    "title_id": signal.title_id,
                    "display_name": self._display_name(signal),
                    "weight": signal.weight,
                    "signal_time": signal.time,
                    "paused": signal.paused,
                }
                for signal in taste
            ],
            "titles": list(history.titles),
            "household": [each for each in history.household if self._is_visible(each.title_id)],
        }
        data = orjson.dumps(export, option=orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z)
        return httpbody_pb2.HttpBody(content_type="application/json", data=data)

    async def _set_paused(self, signal_id: str, *, paused: bool) -> tuple[recommendation_pb2.TasteSignal, str]:
        caller = _require_profile()
        taste, history = await self._load_signals(caller)
        if signal_id not in {signal.signal_id for signal in taste}:
            raise errors.SignalNotFound(signal_id)
        async with self._database.transaction(serialize_by=caller.profile_id) as tx:
            revision = await storage.signals.set_paused(tx, caller.profile_id, signal_id, paused=paused)
        self._homes.drop_homes(caller.profile_id)
        taste, _ = await self._load_signals(caller)
        changed = next((signal for signal in taste if signal.signal_id == signal_id), None)
        if changed is None:  # It was deleted meanwhile.
            raise errors.SignalNotFound(signal_id)
        return self._message(changed), ConsistencyToken(history.revision, revision).encode()

    async def _load_signals(
        self, caller: context.Caller, token: ConsistencyToken | None = None
    ) -> tuple[list[signals.TasteSignal], signals.History]:
        """Returns the signals of the calling profile, and its history. Raises SignalsUnavailable."""
        if token is not None and token.viewing:
            await self._wait_for(caller, token.viewing)
        data = await self._gatherer.load_viewer_data(caller, patient=True)
        if data.history is None or data.preferences is None or data.paused is None:
            raise SignalsUnavailable
        taste = signals.list_signals(
            data.history.titles, data.preferences, data.paused.signal_ids, self._gatherer.clock.now()
        )
        return taste, data.history

    async def _wait_for(self, caller: context.Caller, revision: int) -> None:
        """Waits a moment for a write of the calling profile; a client may also name one that was never made.

        The history is loaded only once, since that of one profile may take a large part of a second of two services.
        """
        for pause in _PAUSES:
            try:
                if await self._gatherer.clients.get_revision(caller) >= revision:
                    return
            except kit_errors.Error as failure:
                raise SignalsUnavailable from failure
            await asyncio.sleep(pause)

    def _message(self, signal: signals.TasteSignal) -> recommendation_pb2.TasteSignal:
        return signal_messages.taste_signal(signal, self._display_name(signal))

    def _display_name(self, signal: signals.TasteSignal) -> str:
        """Returns the name of what a signal is about; empty for a title that the viewer may not see any more."""
        language = context.caller().language_code
        if signal.kind == signals.GENRE:
            genre = self._gatherer.title_store.genres.get(signal.value)
            return genre.name_in(language) if genre else signal.value
        if not signal.title_id:
            return signal.value
        if not self._is_visible(signal.title_id):
            return ""
        return self._gatherer.title_store.titles[signal.title_id].name(language)

    def _is_visible(self, title_id: str) -> bool:
        """Returns whether the calling profile may see a title: its household may watch what it may not."""
        title = self._gatherer.title_store.titles.get(title_id)
        viewer = feature_gatherer.viewer_of(context.caller()).visibility
        return title is not None and visibility.visible(title.facts, viewer, self._gatherer.clock.now())


def _require_profile() -> context.Caller:
    caller = context.caller()
    if not caller.profile_id:
        raise pipeline.ProfileRequired("Select a profile to call this.")
    return caller


def _is_id(value: str) -> bool:
    try:
        ids.parse(value)
    except ValueError:
        return False
    return True
