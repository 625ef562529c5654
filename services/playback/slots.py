"""Stream slots in Redis: leases that heartbeats extend, taken in one step so that two cannot take the last one.

All keys of an account share a hash tag, so that a script finds them on one node of a cluster. The account is named by
its reference, which playback tokens carry too:

playback:{reference}:slots           sorted set: live sessions by the time at which their lease ends, in milliseconds
playback:{reference}:session:<id>    what a live session is, as JSON
playback:{reference}:request:<id>    the session that a request started, for a minute
"""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from services.kit import redis as kit_redis
from services.kit import stream_leases
from services.playback import domain

_REPEATABLE = timedelta(minutes=1)
#: A record outlives its lease by a little, so that whoever finds the lease finds the record.
_RECORD_KEPT = 2 * domain.LEASE

_TAKE = """
local slots, session, request = KEYS[1], KEYS[2], KEYS[3]
local now, expires, limit = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local id, record, kept, prefix, repeatable = ARGV[4], ARGV[5], ARGV[6], ARGV[7], ARGV[8]
redis.call('ZREMRANGEBYSCORE', slots, '-inf', now)
if repeatable ~= '0' then
  local known = redis.call('GET', request)
  if known and redis.call('ZSCORE', slots, known) then
    local begun = redis.call('GET', prefix .. known)
    if begun then return {'known', begun} end
  end
end
local live = redis.call('ZRANGE', slots, 0, -1)
if #live >= limit then return {'full', unpack(live)} end
redis.call('ZADD', slots, expires, id)
redis.call('PEXPIRE', slots, kept)
redis.call('SET', session, record, 'PX', kept)
if repeatable ~= '0' then redis.call('SET', request, id, 'PX', repeatable) end
return {'taken'}
"""

_RENEW = """
local slots, session = KEYS[1], KEYS[2]
local now, expires, id, kept = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3], ARGV[4]
local lease = redis.call('ZSCORE', slots, id)
if not lease or tonumber(lease) <= now then return false end
local begun = redis.call('GET', session)
if not begun then return false end
redis.call('ZADD', slots, math.max(expires, tonumber(lease)), id)
redis.call('PEXPIRE', slots, kept)
redis.call('PEXPIRE', session, kept)
return begun
"""


@dataclass(frozen=True, slots=True)
class Taken:
    """A slot that was taken for the session: now, or by an earlier call with the same request id."""

    session: domain.Session
    repeated: bool


@dataclass(frozen=True, slots=True)
class Full:
    """The live sessions that take every slot."""

    sessions: tuple[domain.Session, ...]


class Slots:
    """Takes, keeps and frees slots. Raises RedisUnavailable.

    Args:
        redis: where the leases are.
    """

    def __init__(self, redis: kit_redis.Client) -> None:
        self._redis = redis
        self._take = redis.register_script(_TAKE)
        self._renew = redis.register_script(_RENEW)

    async def take(self, session: domain.Session, limit: int, request_id: str, at: datetime) -> Taken | Full:
        """Takes a slot for a new session, unless the account has `limit` already.

        Args:
            session: what begins.
            limit: how many streams the account may play at once.
            request_id: makes it safe to repeat, if it is not empty.
            at: when it is.
        """
        account = stream_leases.account_reference(session.account_id)
        keys = [stream_leases.slots_key(account), _record(account, session.session_id), _request(account, request_id)]
        arguments: list[Any] = [
            stream_leases.milliseconds(at),
            stream_leases.milliseconds(at + domain.LEASE),
            limit,
            session.session_id,
            orjson.dumps(asdict(session), default=_plain),
            _lasting(_RECORD_KEPT),
            _record(account, ""),
            _lasting(_REPEATABLE) if request_id else 0,
        ]
        with kit_redis.translated():
            outcome, *told = await self._take(keys=keys, args=arguments)
            if outcome == b"full":
                records = await self._redis.mget([_record(account, each.decode()) for each in told])
                return Full(tuple(_session(record) for record in records if record))
        return Taken(_session(told[0]), repeated=True) if outcome == b"known" else Taken(session, repeated=False)

    async def renew(self, account_id: str, session_id: str, at: datetime) -> domain.Session | None:
        """Extends a lease; None if it has ended, or never was the account's."""
        account = stream_leases.account_reference(account_id)
        keys = [stream_leases.slots_key(account), _record(account, session_id)]
        arguments: list[Any] = [
            stream_leases.milliseconds(at),
            stream_leases.milliseconds(at + domain.LEASE),
            session_id,
            _lasting(_RECORD_KEPT),
        ]
        with kit_redis.translated():
            record = await self._renew(keys=keys, args=arguments)
        return _session(record) if record else None

    async def get(self, account_id: str, session_id: str, at: datetime) -> domain.Session | None:
        """Returns a session whose lease holds; None if there is none such."""
        return await self.opened_by(stream_leases.account_reference(account_id), session_id, at)

    async def opened_by(self, account: str, session_id: str, at: datetime) -> domain.Session | None:
        """Returns the session of a playback token, which names the account by its reference, while its lease holds."""
        with kit_redis.translated():
            async with self._redis.pipeline(transaction=False) as pipe:
                pipe.zscore(stream_leases.slots_key(account), session_id)
                pipe.get(_record(account, session_id))
                lease, record = await pipe.execute()
        return _session(record) if lease and record and lease > stream_leases.milliseconds(at) else None

    async def free(self, account_id: str, session_id: str) -> None:
        """Frees the slot of a session, if it has one."""
        account = stream_leases.account_reference(account_id)
        with kit_redis.translated():
            async with self._redis.pipeline(transaction=True) as pipe:
                pipe.zrem(stream_leases.slots_key(account), session_id)
                pipe.delete(_record(account, session_id))
                await pipe.execute()


def _record(account: str, session_id: str) -> str:
    return f"playback:{{{account}}}:session:{session_id}"


def _request(account: str, request_id: str) -> str:
    return f"playback:{{{account}}}:request:{request_id}"


def _lasting(span: timedelta) -> int:
    return int(span.total_seconds() * 1000)


def _plain(value: Any) -> Any:
    if isinstance(value, timedelta):
        return value.total_seconds()
    raise TypeError


def _session(record: bytes | str) -> domain.Session:
    told = orjson.loads(record)
    following = told.pop("next_episode")
    return domain.Session(
        **{
            **told,
            "device": domain.Device(**told["device"]),
            "duration": timedelta(seconds=told["duration"]),
            "resume_position": timedelta(seconds=told["resume_position"]),
            "start_time": datetime.fromisoformat(told["start_time"]).astimezone(UTC),
            "next_episode": domain.Episode(**following) if following else None,
        }
    )
