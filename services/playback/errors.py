"""Playback's refusals, one class for each reason of the contract."""

from marquee.entitlement.v1 import entitlement_pb2

from services.kit import errors

DOMAIN = "playback.marquee"


class NotEntitled(errors.PermissionDenied):
    """The viewer may not watch this now."""

    reason, domain = "NOT_ENTITLED", DOMAIN

    def __init__(self, decision: entitlement_pb2.AccessDecision) -> None:
        first = decision.reasons[0]
        code = entitlement_pb2.AccessReasonCode.Name(first.code)
        super().__init__(first.message, metadata={"title_id": decision.title_id, "code": code}, details=[decision])


class TooManyStreams(errors.PermissionDenied):
    """The account plays on all the screens it may."""

    reason, domain = "TOO_MANY_STREAMS", DOMAIN

    def __init__(self, decision: entitlement_pb2.AccessDecision) -> None:
        limit = str(decision.max_streams)
        metadata = {"title_id": decision.title_id, "limit": limit}
        super().__init__(decision.reasons[0].message, metadata=metadata, details=[decision])


class TitleNotFound(errors.NotFound):
    """There is no such title, or none that the caller may know of."""

    reason, domain = "TITLE_NOT_FOUND", DOMAIN

    def __init__(self, title_id: str) -> None:
        super().__init__("There is no such title.", metadata={"title_id": title_id})


class EpisodeNotFound(errors.NotFound):
    """The title has no such episode."""

    reason, domain = "EPISODE_NOT_FOUND", DOMAIN

    def __init__(self, title_id: str, episode_id: str) -> None:
        super().__init__("The title has no such episode.", metadata={"title_id": title_id, "episode_id": episode_id})


class NotPlayableYet(errors.FailedPrecondition):
    """The title has no media to play yet."""

    reason, domain = "NOT_PLAYABLE_YET", DOMAIN

    def __init__(self, title_id: str, episode_id: str) -> None:
        super().__init__(
            "There is nothing to play of this title yet.", metadata={"title_id": title_id, "episode_id": episode_id}
        )


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
    """The playback token is missing, broken, expired, or belongs to another session."""

    reason, domain = "PLAYBACK_TOKEN_INVALID", DOMAIN

    def __init__(self) -> None:
        super().__init__("The playback token does not open this.")


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


def refusal(decision: entitlement_pb2.AccessDecision) -> errors.Error:
    """Answers the error for a title that may not be watched; one that is hidden is answered as if it were not there."""
    if decision.reasons[0].code == entitlement_pb2.ACCESS_REASON_CODE_NOT_AVAILABLE:
        return TitleNotFound(decision.title_id)
    return NotEntitled(decision)
