"""The services that know the viewer, as recommendation asks them: briefly, and not at all while they are silent."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from google.protobuf import field_mask_pb2
from marquee.identity.v1 import identity_pb2, identity_pb2_grpc
from marquee.viewing.v1 import viewing_pb2, viewing_pb2_grpc

from services.kit import client, context, errors, logs
from services.recommendation.domain import signals

#: A home is not worth waiting for any of them for longer.
SECONDS = 0.25
#: Who asks for what it told wants it rather late than not at all.
_PATIENT_SECONDS = 1.5
#: How many titles are told to who wants to see everything; nobody has come across more.
_EVERYTHING = 20_000
#: One that did not answer is left alone for so long: who waits for a home should not wait for nothing.
SILENCE_SECONDS = 2.0

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

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
        """Answers what a call answers. Raises Silence."""
        if time.monotonic() < self._silent_until and not patient:
            raise Silence(self._area)
        try:
            async with asyncio.timeout(max(self._seconds, _PATIENT_SECONDS) if patient else self._seconds):
                return await call()
        except (errors.Unavailable, errors.DeadlineExceeded, errors.Internal, TimeoutError) as silent:
            self._silent_until = time.monotonic() + self._silence
            _log.warning("peer is silent", peer=self._area, cause=str(silent))
            raise Silence(self._area) from None


class Peers:
    """Asks viewing and identity.

    Args:
        mesh: dials them.
        seconds: how long a home waits for each.
        silence: for how many seconds one that did not answer is left alone.
    """

    def __init__(self, mesh: client.Mesh, *, seconds: float = SECONDS, silence: float = SILENCE_SECONDS) -> None:
        viewing, identity = mesh.channel("viewing"), mesh.channel("identity")
        self._signals: viewing_pb2_grpc.ViewingInternalServiceAsyncStub = viewing_pb2_grpc.ViewingInternalServiceStub(
            viewing
        )
        self._profiles: identity_pb2_grpc.IdentityInternalServiceAsyncStub = (
            identity_pb2_grpc.IdentityInternalServiceStub(identity)
        )
        self._identity: identity_pb2_grpc.IdentityServiceAsyncStub = identity_pb2_grpc.IdentityServiceStub(identity)
        self._to_viewing, self._to_identity = (Line(area, seconds, silence) for area in ("viewing", "identity"))
        #: The line to recommendation's own database, which is waited for as briefly.
        self.to_database = Line("database", seconds, silence)

    async def history(self, caller: context.Caller, *, patient: bool = False) -> signals.History:
        """Answers what the calling profile did. Raises Silence."""
        asked = viewing_pb2.GetSignalsRequest(
            profile_id=caller.profile_id, account_id=caller.account_id, title_count=_EVERYTHING if patient else 0
        )
        told = await self._to_viewing.ask(lambda: self._signals.GetSignals(asked), patient=patient)
        # Without catalog's word, what was begun is gone on with as far as signals tell.
        at = tuple(map(told_going, told.going.items)) if told.HasField("going") else None
        return signals.History(
            titles=tuple(map(told_signals, told.titles)),
            household=tuple(
                signals.HouseholdTitle(each.title_id, each.profile_count, each.completion, _time(each, "watch_time"))
                for each in told.household
            ),
            going=at,
            revision=told.revision,
            excluded=tuple(told.excluded_title_ids),
        )

    async def preferences(self, profile_id: str, *, patient: bool = False) -> signals.Preferences:
        """Answers what a profile asked to see. Raises Silence."""
        asked = identity_pb2.GetProfileRequest(profile_id=profile_id)
        told = await self._to_identity.ask(lambda: self._profiles.GetProfile(asked), patient=patient)
        wishes = told.profile.preferences
        return signals.Preferences(tuple(wishes.genres), tuple(wishes.language_codes))

    async def forget(self, caller: context.Caller, title_id: str, kind: int) -> int:
        """Has viewing forget what a profile told of a title; answers the revision with this in it."""
        told = await self._signals.ForgetSignals(
            viewing_pb2.ForgetSignalsRequest(
                profile_id=caller.profile_id,
                account_id=caller.account_id,
                title_id=title_id,
                kinds=[viewing_pb2.SignalKind.ValueType(kind)],
            )
        )
        return told.revision

    async def withdraw(self, profile_id: str, kind: int, word: str) -> None:
        """Takes a genre or a language out of what a profile asked to see."""
        told = await self._profiles.GetProfile(identity_pb2.GetProfileRequest(profile_id=profile_id))
        wishes = told.profile.preferences
        left = identity_pb2.Preferences(
            genres=_without(wishes.genres, word if kind == signals.GENRE else ""),
            language_codes=_without(wishes.language_codes, word if kind == signals.LANGUAGE else ""),
        )
        profile = identity_pb2.Profile(profile_id=profile_id, preferences=left, etag=told.profile.etag)
        mask = field_mask_pb2.FieldMask(paths=["preferences"])
        await self._identity.UpdateProfile(identity_pb2.UpdateProfileRequest(profile=profile, update_mask=mask))


def told_signals(told: viewing_pb2.TitleSignals) -> signals.TitleSignals:
    """Answers what viewing tells of one title."""
    return signals.TitleSignals(
        title_id=told.title_id,
        completion=told.completion,
        finished=told.finished,
        watch_time=_time(told, "watch_time"),
        thumb=told.thumb,
        rate_time=_time(told, "rate_time"),
        add_time=_time(told, "add_time"),
        suppress_time=_time(told, "suppress_time"),
        view_count=told.view_count,
        view_time=_time(told, "view_time"),
        abandon_count=told.abandon_count,
        episode_id=told.episode_id,
        dismiss_time=_time(told, "dismiss_time"),
        snooze_until_time=_time(told, "snooze_until_time"),
    )


def told_going(told: viewing_pb2.ContinueWatchingItem) -> signals.Going:
    """Answers what viewing tells to go on with."""
    return signals.Going(
        title_id=told.title_id,
        update_time=told.update_time.ToDatetime(UTC),
        episode_id=told.episode_id,
        position=told.position.ToTimedelta(),
        duration=told.duration.ToTimedelta() if told.HasField("duration") else None,
    )


def _time(message: Any, field: str) -> datetime | None:
    if not message.HasField(field):
        return None
    told = getattr(message, field)
    # `ToDatetime` takes several times as long, and what a profile did holds thousands of times.
    return _EPOCH + timedelta(seconds=told.seconds, microseconds=told.nanos // 1000)


def _without(words: Iterable[str], word: str) -> list[str]:
    return [each for each in words if each != word]
