"""Stream slots in Redis: leases that heartbeats extend, taken in one step so that two calls cannot take the last one.

All keys of an account share a hash tag, so that a script finds them on one node of a cluster. The account is named by
its reference, which playback tokens carry too:

playback:{reference}:slots           sorted set: sessions by the time at which their lease ends, in milliseconds
playback:{reference}:session:<id>    a session, as JSON
playback:{reference}:request:<id>    the session that a request started and a digest of the request, for a minute

The scripts use the clock of Redis, so that no replica ends the sessions of another one whose clock differs. Each begins
with a write that needs no memory: after such a write, a Redis that has reached its memory limit also takes the others
of the script. The keys are few for each account, and streams of events leave room for them.
"""

import hashlib
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from marquee.playback.v1 import playback_service_pb2

from services.kit import errors, stream_leases
from services.kit import redis as kit_redis
from services.playback import domain

_REPEATABLE = timedelta(minutes=1)
#: There is a record for every lease that holds or can be resumed.
_RECORD_LIFETIME = domain.LEASE + domain.RESUMABLE
_DIGEST_BYTES = 16

_NOW = """
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
"""

_TAKE = (
    _NOW
    + """
local slots, session, request = KEYS[1], KEYS[2], KEYS[3]
local lease, limit = tonumber(ARGV[1]), tonumber(ARGV[2])
local id, record, lifetime, prefix = ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local digest, repeatable, replaced = ARGV[7], ARGV[8], ARGV[9]
redis.call('ZREMRANGEBYSCORE', slots, '-inf', now)
local first = redis.call('GET', request)
if first then
  local first_digest, first_id = first:match('(%S+) (%S+)')
  if first_digest ~= digest then return {'reused'} end
  local started = redis.call('ZSCORE', slots, first_id) and redis.call('GET', prefix .. first_id)
  if started then return {'repeated', started} end
end
local live = redis.call('ZRANGE', slots, 0, -1)
local count = #live
if replaced ~= '' and redis.call('ZSCORE', slots, replaced) then count = count - 1 end
if count >= limit then return {'full', unpack(live)} end
if replaced ~= '' then
  redis.call('ZREM', slots, replaced)
  redis.call('DEL', prefix .. replaced)
end
redis.call('ZADD', slots, now + lease, id)
redis.call('PEXPIRE', slots, lifetime)
redis.call('SET', session, record, 'PX', lifetime)
redis.call('SET', request, digest .. ' ' .. id, 'PX', repeatable)
return {'taken'}
"""
)

_RENEW = (
    _NOW
    + """
local slots, session = KEYS[1], KEYS[2]
local lease, id, lifetime = tonumber(ARGV[1]), ARGV[2], ARGV[3]
redis.call('PEXPIRE', slots, lifetime)
local started = redis.call('GET', session)
if not started or not redis.call('ZSCORE', slots, id) then return false end
redis.call('ZADD', slots, now + lease, id)
redis.call('PEXPIRE', session, lifetime)
return started
"""
)

_MOVE = """
if redis.call('PEXPIRE', KEYS[1], ARGV[3]) == 0 then return 0 end
if ARGV[2] ~= '' and redis.call('GET', KEYS[1]) ~= ARGV[2] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3])
return 1
"""


@dataclass(frozen=True, slots=True)
class Request:
    """A request to start a session, as far as its slot is concerned."""

    request_id: str
    #: Differs where the contents of requests differ.
    digest: str = "-"
    #: The session whose slot is taken over; empty if none is.
    replace_session_id: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """A slot that was taken for the session: now, or by an earlier call with the same request id."""

    session: domain.Session
    repeated: bool


@dataclass(frozen=True, slots=True)
class Full:
    """The live sessions that take all slots."""

    sessions: tuple[domain.Session, ...]


def slot_request(request: playback_service_pb2.StartSessionRequest, profile_id: str) -> Request:
    """Returns what the slots need of a request of a profile."""
    contents = profile_id.encode() + request.SerializeToString(deterministic=True)
    digest = hashlib.blake2b(contents, digest_size=_DIGEST_BYTES).hexdigest()
    return Request(request.request_id, digest, request.replace_session_id)


class StreamSlots:
    """Takes, keeps and frees slots. Raises RedisUnavailable.

    Args:
        redis: where the leases are.
    """

    def __init__(self, redis: kit_redis.Client) -> None:
        self._redis = redis
        self._take = redis.register_script(_TAKE)
        self._renew = redis.register_script(_RENEW)
        self._move = redis.register_script(_MOVE)

    async def take(self, session: domain.Session, limit: int, request: Request) -> Taken | Full:
        """Takes a slot for a new session, unless the account has `limit` live ones.

        The lease is short: `renew` extends it when the session has started. Sessions of the account whose lease has
        lapsed end.

        Raises RequestIdReused if a request with other contents had the id.

        Args:
            session: the new session.
            limit: the number of streams that the account may play at once.
            request: the request to start it.
        """
        account = stream_leases.account_reference(session.account_id)
        keys = [
            stream_leases.slots_key(account),
            _session_key(account, session.session_id),
            f"playback:{{{account}}}:request:{request.request_id}",
        ]
        arguments: list[Any] = [
            _milliseconds(domain.STARTING_LEASE),
            limit,
            session.session_id,
            _record(session),
            _milliseconds(_RECORD_LIFETIME),
            _session_key(account, ""),
            request.digest,
            _milliseconds(_REPEATABLE),
            request.replace_session_id,
        ]
        with kit_redis.translated():
            outcome, *values = await self._take(keys=keys, args=arguments)
            if outcome == b"full":
                records = await self._redis.mget([_session_key(account, each.decode()) for each in values])
                return Full(tuple(_session(record) for record in records if record))
        if outcome == b"reused":
            raise errors.RequestIdReused
        return Taken(_session(values[0]), repeated=True) if outcome == b"repeated" else Taken(session, repeated=False)

    async def renew(self, account_id: str, session_id: str) -> domain.Session | None:
        """Extends a lease, also one that has lapsed; returns None if the session has ended or is not the account's."""
        account = stream_leases.account_reference(account_id)
        keys = [stream_leases.slots_key(account), _session_key(account, session_id)]
        arguments: list[Any] = [_milliseconds(domain.LEASE), session_id, _milliseconds(_RECORD_LIFETIME)]
        with kit_redis.translated():
            record = await self._renew(keys=keys, args=arguments)
        return _session(record) if record else None

    async def move(
        self, session: domain.Session, place: domain.ChannelPlace, *, unless_moved: bool = False
    ) -> domain.Session | None:
        """Writes the new place of a session on a channel; returns None if it has ended.

        Args:
            session: the session as it was read.
            place: where it is now.
            unless_moved: whether to write nothing, and return None, if it was moved since it was read.
        """
        moved = replace(session, place=place)
        account = stream_leases.account_reference(session.account_id)
        expected = _record(session) if unless_moved else b""
        with kit_redis.translated():
            is_moved = await self._move(
                keys=[_session_key(account, session.session_id)],
                args=[_record(moved), expected, _milliseconds(_RECORD_LIFETIME)],
            )
        return moved if is_moved else None

    async def get(self, account_id: str, session_id: str) -> domain.Session | None:
        """Returns a session while its lease holds, None otherwise."""
        return await self.opened_by(stream_leases.account_reference(account_id), session_id)

    async def opened_by(self, account: str, session_id: str) -> domain.Session | None:
        """Returns the session of a playback token, which names the account by its reference, while its lease holds."""
        with kit_redis.translated():
            if await stream_leases.read(self._redis, account, session_id) is not stream_leases.Lease.HOLDS:
                return None
            record = await self._redis.get(_session_key(account, session_id))
        return _session(record) if record else None

    async def free(self, account_id: str, session_id: str) -> None:
        """Frees the slot of a session, if it has one."""
        account = stream_leases.account_reference(account_id)
        with kit_redis.translated():
            # No transaction: a full Redis takes none, whatever its commands. The first command alone ends the session.
            async with self._redis.pipeline(transaction=False) as pipe:
                pipe.zrem(stream_leases.slots_key(account), session_id)
                pipe.delete(_session_key(account, session_id))
                await pipe.execute()


def _session_key(account: str, session_id: str) -> str:
    return f"playback:{{{account}}}:session:{session_id}"


def _milliseconds(duration: timedelta) -> int:
    return int(duration.total_seconds() * 1000)


def _record(session: domain.Session) -> bytes:
    return orjson.dumps(asdict(session), default=_serialize)


def _serialize(value: Any) -> Any:
    if isinstance(value, timedelta):
        return value.total_seconds()
    raise TypeError


def _session(record: bytes | str) -> domain.Session:
    fields = orjson.loads(record)
    kind, subject_id = fields["subject"]
    next_episode = fields["next_episode"]
    if next_episode:
        images = tuple(domain.Image(**image) for image in next_episode.pop("images"))
        fields["next_episode"] = domain.Episode(**next_episode, images=images)
    place = fields.get("place")  # Sessions that started before this version have none.
    return domain.Session(
        **{
            **fields,
            "subject": (kind, subject_id),
            "device": domain.Device(**fields["device"]),
            "protocols": tuple(fields["protocols"]),
            "codecs": tuple(fields["codecs"]),
            "duration": timedelta(seconds=fields["duration"]),
            "resume_position": timedelta(seconds=fields["resume_position"]),
            "place": domain.ChannelPlace(**place) if place else None,
            "start_time": datetime.fromisoformat(fields["start_time"]).astimezone(UTC),
        }
    )
