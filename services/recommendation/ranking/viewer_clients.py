"""Clients of the services that know the viewer: viewing and identity."""

from collections.abc import Iterable

from google.protobuf import field_mask_pb2
from marquee.identity.v1 import (
    identity_internal_pb2,
    identity_internal_pb2_grpc,
    identity_pb2,
    identity_service_pb2,
    identity_service_pb2_grpc,
)
from marquee.viewing.v1 import viewing_internal_pb2, viewing_internal_pb2_grpc

from services.kit import circuit_breaker, client, context, watchable_subjects
from services.recommendation.convert import signal_messages
from services.recommendation.domain import signals

#: How long a home waits for one of the services.
PATIENCE_SECONDS = 0.25
#: How long the taste page waits, which shows nothing without the services.
_LONG_PATIENCE_SECONDS = 1.5
#: For how long a service is not called after it failed.
PAUSE_SECONDS = 2.0
#: The number of titles for callers who want all signals; no profile has more.
_ALL_SUBJECTS = 20_000


class ViewerClients:
    """Calls viewing and identity. Its methods raise the errors of the kit.

    Args:
        mesh: opens the channels.
        patience: how many seconds a home waits for each.
        pause: for how many seconds a service is not called after it failed.
    """

    def __init__(self, mesh: client.Mesh, *, patience: float = PATIENCE_SECONDS, pause: float = PAUSE_SECONDS) -> None:
        viewing, identity = mesh.channel("viewing"), mesh.channel("identity")
        self._viewing: viewing_internal_pb2_grpc.ViewingInternalServiceAsyncStub = (
            viewing_internal_pb2_grpc.ViewingInternalServiceStub(viewing)
        )
        self._profiles: identity_internal_pb2_grpc.IdentityInternalServiceAsyncStub = (
            identity_internal_pb2_grpc.IdentityInternalServiceStub(identity)
        )
        self._identity: identity_service_pb2_grpc.IdentityServiceAsyncStub = (
            identity_service_pb2_grpc.IdentityServiceStub(identity)
        )
        self._long_patience = max(patience, _LONG_PATIENCE_SECONDS)
        self._viewing_breaker, self._identity_breaker = (
            circuit_breaker.CircuitBreaker(area, patience=patience, failures=1, pause=pause)
            for area in ("viewing", "identity")
        )

    async def get_history(self, caller: context.Caller, *, patient: bool = False) -> signals.History:
        """Returns what the calling profile did; all of it, and waits longer, if `patient`."""
        request = viewing_internal_pb2.GetSignalsRequest(
            profile_id=caller.profile_id, account_id=caller.account_id, subject_count=_ALL_SUBJECTS if patient else 0
        )
        response = await self._viewing_breaker.call(
            lambda: self._viewing.GetSignals(request), patience=self._patience(patient=patient), force=patient
        )
        return signal_messages.read_history(response)

    async def get_revision(self, caller: context.Caller) -> int:
        """Returns the revision of the calling profile, which its latest write has; cheaper than its history."""
        request = viewing_internal_pb2.GetSignalsRequest(
            profile_id=caller.profile_id, account_id=caller.account_id, subject_count=1
        )
        response = await self._viewing_breaker.call(
            lambda: self._viewing.GetSignals(request), patience=self._long_patience, force=True
        )
        return response.revision

    async def get_preferences(self, profile_id: str, *, patient: bool = False) -> signals.Preferences:
        """Returns the preferences of a profile; waits longer if `patient`."""
        request = identity_internal_pb2.GetProfileRequest(profile_id=profile_id)
        response = await self._identity_breaker.call(
            lambda: self._profiles.GetProfile(request), patience=self._patience(patient=patient), force=patient
        )
        preferences = response.profile.preferences
        return signals.Preferences(tuple(preferences.genre_ids), tuple(preferences.language_codes))

    async def forget_signals(self, caller: context.Caller, title_id: str, kind: int) -> int:
        """Has viewing delete signals of a profile about a title; returns the revision of the write."""
        response = await self._viewing.ForgetSignals(
            viewing_internal_pb2.ForgetSignalsRequest(
                profile_id=caller.profile_id,
                account_id=caller.account_id,
                subject=watchable_subjects.title(title_id),
                kinds=[viewing_internal_pb2.SignalKind.ValueType(kind)],
            )
        )
        return response.revision

    async def remove_preference(self, profile_id: str, kind: int, value: str) -> None:
        """Removes a genre or a language from the preferences of a profile."""
        response = await self._profiles.GetProfile(identity_internal_pb2.GetProfileRequest(profile_id=profile_id))
        preferences = response.profile.preferences
        remaining = identity_pb2.Preferences(
            genre_ids=_without(preferences.genre_ids, value if kind == signals.GENRE else ""),
            language_codes=_without(preferences.language_codes, value if kind == signals.LANGUAGE else ""),
        )
        profile = identity_pb2.Profile(profile_id=profile_id, preferences=remaining, etag=response.profile.etag)
        mask = field_mask_pb2.FieldMask(paths=["preferences"])
        await self._identity.UpdateProfile(identity_service_pb2.UpdateProfileRequest(profile=profile, update_mask=mask))

    def _patience(self, *, patient: bool) -> float | None:
        return self._long_patience if patient else None


def _without(values: Iterable[str], value: str) -> list[str]:
    return [each for each in values if each != value]
