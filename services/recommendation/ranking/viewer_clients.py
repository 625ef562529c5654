"""The services that know the viewer, as recommendation asks them: briefly, and not at all while they are silent."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

from google.protobuf import field_mask_pb2
from marquee.identity.v1 import (
    identity_internal_pb2,
    identity_internal_pb2_grpc,
    identity_pb2,
    identity_service_pb2,
    identity_service_pb2_grpc,
)
from marquee.viewing.v1 import viewing_internal_pb2, viewing_internal_pb2_grpc, viewing_pb2

from services.kit import client, context, errors, logs, subjects, timestamps
from services.recommendation.domain import signals

#: A home is not worth waiting for any of them for longer.
SECONDS = 0.25
#: Who asks for what it told wants it rather late than not at all.
_PATIENT_SECONDS = 1.5
#: How many titles are told to who wants to see everything; nobody has come across more.
_EVERYTHING = 20_000
#: One that did not answer is left alone for so long: who waits for a home should not wait for nothing.
SILENCE_SECONDS = 2.0

_T = TypeVar("_T")
_log = logs.logger()


class Silence(Exception):
    """A service does not answer."""


class Line:
    """The line to one service."""

    def __init__(self, area: str, seconds: float, silence: float) -> None:
        self._area = area
        self._seconds = seconds
        self._silence = silence
        self._silent_until = float("-inf")

    async def ask(self, call: Callable[[], Awaitable[_T]], *, patient: bool = False) -> _T:
        """Returns what a call answers. Raises Silence."""
        if time.monotonic() < self._silent_until and not patient:
            raise Silence(self._area)
        try:
            async with asyncio.timeout(max(self._seconds, _PATIENT_SECONDS) if patient else self._seconds):
                return await call()
        except (errors.Unavailable, errors.DeadlineExceeded, errors.Internal, TimeoutError) as silent:
            self._silent_until = time.monotonic() + self._silence
            _log.warning("peer is silent", peer=self._area, cause=str(silent))
            raise Silence(self._area) from None


class ViewerClients:
    """Asks viewing and identity.

    Args:
        mesh: dials them.
        seconds: how long a home waits for each.
        silence: for how many seconds one that did not answer is left alone.
    """

    def __init__(self, mesh: client.Mesh, *, seconds: float = SECONDS, silence: float = SILENCE_SECONDS) -> None:
        viewing, identity = mesh.channel("viewing"), mesh.channel("identity")
        self._signals: viewing_internal_pb2_grpc.ViewingInternalServiceAsyncStub = (
            viewing_internal_pb2_grpc.ViewingInternalServiceStub(viewing)
        )
        self._profiles: identity_internal_pb2_grpc.IdentityInternalServiceAsyncStub = (
            identity_internal_pb2_grpc.IdentityInternalServiceStub(identity)
        )
        self._identity: identity_service_pb2_grpc.IdentityServiceAsyncStub = (
            identity_service_pb2_grpc.IdentityServiceStub(identity)
        )
        self._to_viewing, self._to_identity = (Line(area, seconds, silence) for area in ("viewing", "identity"))
        #: The line to recommendation's own database, which is waited for as briefly.
        self.to_database = Line("database", seconds, silence)

    async def history(self, caller: context.Caller, *, patient: bool = False) -> signals.History:
        """Returns what the calling profile did. Raises Silence."""
        asked = viewing_internal_pb2.GetSignalsRequest(
            profile_id=caller.profile_id, account_id=caller.account_id, subject_count=_EVERYTHING if patient else 0
        )
        told = await self._to_viewing.ask(lambda: self._signals.GetSignals(asked), patient=patient)
        return signals.History(
            titles=read_signals(told.signals),
            household=tuple(
                signals.HouseholdTitle(
                    each.subject.title_id,
                    each.profile_count,
                    each.completion,
                    timestamps.optional_datetime(each, "watch_time"),
                )
                for each in told.household
                if each.subject.title_id
            ),
            bookmarks=tuple(map(_bookmark, told.bookmarks)),
            revision=told.revision,
            excluded=tuple(each.title_id for each in told.excluded if each.title_id),
        )

    async def preferences(self, profile_id: str, *, patient: bool = False) -> signals.Preferences:
        """Returns what a profile asked to see. Raises Silence."""
        asked = identity_internal_pb2.GetProfileRequest(profile_id=profile_id)
        told = await self._to_identity.ask(lambda: self._profiles.GetProfile(asked), patient=patient)
        wishes = told.profile.preferences
        return signals.Preferences(tuple(wishes.genre_ids), tuple(wishes.language_codes))

    async def forget(self, caller: context.Caller, title_id: str, kind: int) -> int:
        """Has viewing forget what a profile told of a title; returns the revision with this in it."""
        told = await self._signals.ForgetSignals(
            viewing_internal_pb2.ForgetSignalsRequest(
                profile_id=caller.profile_id,
                account_id=caller.account_id,
                subject=subjects.title(title_id),
                kinds=[viewing_internal_pb2.SignalKind.ValueType(kind)],
            )
        )
        return told.revision

    async def withdraw(self, profile_id: str, kind: int, word: str) -> None:
        """Takes a genre or a language out of what a profile asked to see."""
        told = await self._profiles.GetProfile(identity_internal_pb2.GetProfileRequest(profile_id=profile_id))
        wishes = told.profile.preferences
        left = identity_pb2.Preferences(
            genre_ids=_without(wishes.genre_ids, word if kind == signals.GENRE else ""),
            language_codes=_without(wishes.language_codes, word if kind == signals.LANGUAGE else ""),
        )
        profile = identity_pb2.Profile(profile_id=profile_id, preferences=left, etag=told.profile.etag)
        mask = field_mask_pb2.FieldMask(paths=["preferences"])
        await self._identity.UpdateProfile(identity_service_pb2.UpdateProfileRequest(profile=profile, update_mask=mask))


def read_signals(some: Iterable[viewing_internal_pb2.SubjectSignals]) -> tuple[signals.TitleSignals, ...]:
    """Returns the signals about titles; only titles are recommended."""
    return tuple(_title_signals(each) for each in some if each.subject.title_id)


def _title_signals(told: viewing_internal_pb2.SubjectSignals) -> signals.TitleSignals:
    return signals.TitleSignals(
        title_id=told.subject.title_id,
        completion=told.completion,
        finished=told.finished,
        watch_time=timestamps.optional_datetime(told, "watch_time"),
        thumb=told.thumb,
        rate_time=timestamps.optional_datetime(told, "rate_time"),
        add_time=timestamps.optional_datetime(told, "add_time"),
        suppress_time=timestamps.optional_datetime(told, "suppress_time"),
        view_count=told.view_count,
        view_time=timestamps.optional_datetime(told, "view_time"),
        abandon_count=told.abandon_count,
        dismiss_time=timestamps.optional_datetime(told, "dismiss_time"),
        snooze_until_time=timestamps.optional_datetime(told, "snooze_until_time"),
    )


def _bookmark(told: viewing_pb2.Bookmark) -> signals.Bookmark:
    return signals.Bookmark(
        title_id=told.parent.title_id or told.subject.title_id,
        episode_id=told.subject.episode_id,
        position=timestamps.to_timedelta(told.position),
        duration=timestamps.to_timedelta(told.duration),
        update_time=timestamps.to_datetime(told.update_time),
        watched=told.watched,
    )


def _without(words: Iterable[str], word: str) -> list[str]:
    return [each for each in words if each != word]
