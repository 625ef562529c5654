"""The authorization service of Envoy: media needs a live session, and JSON bodies need known fields."""

from typing import Any

import redis.asyncio
import redis.exceptions
from envoy.service.auth.v3 import external_auth_pb2, external_auth_pb2_grpc
from google.protobuf import json_format
from google.rpc import code_pb2, status_pb2
from prometheus_client import Counter

from gateway import json_bodies
from gateway.edge import auth, json_paths
from services.kit import clock, errors, logs, status, stream_leases

_log = logs.logger()

_MEDIA = Counter("marquee_media_checks_total", "Requests for media, by what became of them.", ["outcome"])

#: For how long after Redis was away heartbeats return that extend the leases that lapsed meanwhile.
_HEARTBEATS_RETURN_SECONDS = 30.0

_HTTP_BAD_REQUEST, _HTTP_FORBIDDEN = 400, 403

_PASS = external_auth_pb2.CheckResponse(status=status_pb2.Status(code=code_pb2.OK))


class SessionEnded(errors.FailedPrecondition):
    """The session of a playback token was stopped, or has missed its heartbeats."""

    reason, domain = "SESSION_ENDED", "playback.marquee"


class AuthorizationServicer(external_auth_pb2_grpc.AuthorizationServicer):  # type: ignore[misc]  # The wheel is untyped.
    """Refuses media of sessions that have ended, and JSON bodies with unknown fields.

    Args:
        client: the Redis that holds the leases of stream slots.
        bodies: the fields of JSON bodies.
        time: the clock.
    """

    def __init__(self, client: "redis.asyncio.Redis", bodies: json_bodies.JsonBodies, time: clock.Clock) -> None:
        self._redis = client
        self._bodies = bodies
        self._clock = time
        #: Until when a lapsed lease may be one that nobody could extend.
        self._doubtful_until = 0.0

    async def Check(self, request: Any, _context: Any) -> Any:  # noqa: N802 - the name is the contract's
        """Returns whether a request may pass, or the refusal."""
        attributes = request.attributes
        template = attributes.context_extensions.get(json_paths.TEMPLATE)
        if template:
            return self._check_body(template, attributes.request.http)
        claims = attributes.metadata_context.filter_metadata[auth.JWT][auth.PLAYBACK_CLAIMS]
        return await self._check_session(str(claims["sub"]), str(claims["sid"]))

    def _check_body(self, template: str, http: Any) -> Any:
        unknown = self._bodies.unknown_fields(template, http.method, http.raw_body or http.body.encode())
        if not unknown:
            return _PASS
        return _denied(status.violations([(path, "there is no such field") for path in unknown]), _HTTP_BAD_REQUEST)

    async def _check_session(self, account: str, session_id: str) -> Any:
        try:
            lease = await stream_leases.read(self._redis, account, session_id)
        except redis.exceptions.RedisError as error:
            # The token is valid, and viewers are not interrupted because the lease cannot be read or extended.
            now = self._clock.seconds()
            if now >= self._doubtful_until:  # Once for each outage, not for each segment.
                _log.warning("media.unchecked", error=str(error))
            self._doubtful_until = now + _HEARTBEATS_RETURN_SECONDS
            return self._passed("unchecked")
        if lease is stream_leases.Lease.HOLDS:
            return self._passed("passed")
        if lease is stream_leases.Lease.LAPSED and self._clock.seconds() < self._doubtful_until:
            return self._passed("unchecked")
        _MEDIA.labels("refused").inc()
        return _denied(SessionEnded("The session has ended; start another one."), _HTTP_FORBIDDEN)

    def _passed(self, outcome: str) -> Any:
        _MEDIA.labels(outcome).inc()
        return _PASS


def _denied(error: errors.Error, http_status: int) -> Any:
    found = status.of(error)
    response = external_auth_pb2.CheckResponse(status=status_pb2.Status(code=found.code))
    response.denied_response.status.code = http_status
    response.denied_response.body = json_format.MessageToJson(found, indent=None)
    return response
