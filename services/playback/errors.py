"""The reasons with which playback refuses calls, one class for each."""

from datetime import datetime

from marquee.entitlement.v1 import entitlement_pb2
from marquee.type.v1 import type_pb2

from services.kit import errors, watchable_subjects

DOMAIN = "playback.marquee"


class NotEntitled(errors.PermissionDenied):
    """The viewer may not watch this now."""

    reason, domain = "NOT_ENTITLED", DOMAIN

    def __init__(self, decision: entitlement_pb2.AccessDecision) -> None:
        first = decision.reasons[0]
        code = entitlement_pb2.AccessReasonCode.Name(first.code)
        metadata = {**watchable_subjects.metadata(decision.subject), "code": code}
        super().__init__(first.message, metadata=metadata, details=[decision])


class TooManyStreams(errors.PermissionDenied):
    """The account already plays as many streams as it may."""

    reason, domain = "TOO_MANY_STREAMS", DOMAIN

    def __init__(self, decision: entitlement_pb2.AccessDecision) -> None:
        metadata = {**watchable_subjects.metadata(decision.subject), "limit": str(decision.max_streams)}
        super().__init__(decision.reasons[0].message, metadata=metadata, details=[decision])


class NotPlayableYet(errors.FailedPrecondition):
    """The subject has no media to play yet."""

    reason, domain = "NOT_PLAYABLE_YET", DOMAIN

    def __init__(self, subject: type_pb2.Subject) -> None:
        super().__init__("There is no media to play yet.", metadata=watchable_subjects.metadata(subject))


class DeviceNotSupported(errors.FailedPrecondition):
    """The media is in no form that the device states it can play."""

    reason, domain = "DEVICE_NOT_SUPPORTED", DOMAIN

    def __init__(self, subject: type_pb2.Subject) -> None:
        super().__init__("The device cannot play this.", metadata=watchable_subjects.metadata(subject))


class SessionNotFound(errors.NotFound):
    """The account has no such session."""

    reason, domain = "SESSION_NOT_FOUND", DOMAIN

    def __init__(self, session_id: str) -> None:
        super().__init__("There is no such session.", metadata={"session_id": session_id})


class SessionEnded(errors.FailedPrecondition):
    """The session was stopped, or missed three heartbeats."""

    reason, domain = "SESSION_ENDED", DOMAIN

    def __init__(self, session_id: str) -> None:
        super().__init__("The session has ended; start a new one.", metadata={"session_id": session_id})


class PlaybackTokenInvalid(errors.Unauthenticated):
    """The playback token is missing, damaged, expired, or belongs to another session."""

    reason, domain = "PLAYBACK_TOKEN_INVALID", DOMAIN

    def __init__(self) -> None:
        super().__init__("The playback token is not valid for this session.")


class PlaylistNotFound(errors.NotFound):
    """The session's media has no such playlist."""

    reason, domain = "PLAYLIST_NOT_FOUND", DOMAIN

    def __init__(self, playlist: str) -> None:
        super().__init__("There is no such playlist.", metadata={"playlist": playlist})


class LicenseRequestInvalid(errors.InvalidArgument):
    """The license request is not JSON with a list of key ids."""

    reason, domain = "LICENSE_REQUEST_INVALID", DOMAIN

    def __init__(self) -> None:
        super().__init__("A license request is JSON with `kids`, a list of key ids of 16 bytes in base64url.")


class KeyNotFound(errors.NotFound):
    """The session's media has no such key."""

    reason, domain = "KEY_NOT_FOUND", DOMAIN

    def __init__(self, key_id: str) -> None:
        super().__init__("There is no such key.", metadata={"key_id": key_id})


class ProgrammeNotStarted(errors.FailedPrecondition):
    """The programme begins later."""

    reason, domain = "PROGRAMME_NOT_STARTED", DOMAIN

    def __init__(self, programme_id: str, start_time: datetime) -> None:
        metadata = {"programme_id": programme_id, "start_time": start_time.isoformat()}
        super().__init__("The programme has not begun yet.", metadata=metadata)


class CatchUpNotAvailable(errors.FailedPrecondition):
    """The programme has ended, and its channel does not offer it any more."""

    reason, domain = "CATCH_UP_NOT_AVAILABLE", DOMAIN

    def __init__(self, programme_id: str, catch_up_end_time: datetime | None) -> None:
        metadata = {"programme_id": programme_id}
        if catch_up_end_time is not None:
            metadata["catch_up_end_time"] = catch_up_end_time.isoformat()
        super().__init__("The programme can no longer be played.", metadata=metadata)


class TimeNotAvailable(errors.FailedPrecondition):
    """The viewer may not seek to this time of the channel."""

    reason, domain = "TIME_NOT_AVAILABLE", DOMAIN

    def __init__(self, session_id: str, start_time: datetime, end_time: datetime) -> None:
        super().__init__(
            "The channel cannot be played at this time.",
            metadata={
                "session_id": session_id,
                "start_time": start_time.isoformat(),
                "end_time": end_time.isoformat(),
            },
        )


def refusal(decision: entitlement_pb2.AccessDecision) -> errors.Error:
    """Returns the error for a subject that may not be watched; a hidden one is not found, as on its page."""
    if decision.reasons[0].code == entitlement_pb2.ACCESS_REASON_CODE_NOT_AVAILABLE:
        return watchable_subjects.not_found(decision.subject)
    return NotEntitled(decision)
