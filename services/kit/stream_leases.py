"""The leases of stream slots in Redis: playback writes them, and the edge reads them for media.

All keys of an account share a hash tag, so that a script finds them on one node of a cluster. They name the account by
a reference, which playback tokens carry too, so that a token does not reveal its account.
"""

import enum
import hashlib

import redis.asyncio

_REFERENCE_BYTES = 16


class Lease(enum.Enum):
    """The state of the lease of a session."""

    HOLDS = enum.auto()
    #: It was not extended in time. A heartbeat resumes the session, unless the account has started another one since.
    LAPSED = enum.auto()
    #: The session was stopped or replaced, or lapsed long ago.
    ENDED = enum.auto()


def account_reference(account_id: str) -> str:
    """Returns the name of an account in playback tokens. The id cannot be computed from it: ids are random."""
    return hashlib.blake2b(account_id.encode(), digest_size=_REFERENCE_BYTES, person=b"marquee-playback").hexdigest()


def slots_key(reference: str) -> str:
    """Returns the key of an account's sessions, sorted by the time at which each lease ends, in milliseconds."""
    return f"playback:{{{reference}}}:slots"


async def read(client: "redis.asyncio.Redis", reference: str, session_id: str) -> Lease:
    """Returns the state of a lease, by the clock of Redis, on which all replicas agree. Raises RedisError.

    That is also raised for a lease that lapsed while Redis refuses writes: it has refused the heartbeats too.
    """
    key = slots_key(reference)
    async with client.pipeline(transaction=False) as pipe:
        pipe.time()
        pipe.zscore(key, session_id)
        (seconds, microseconds), expires = await pipe.execute()
    if expires is None:
        return Lease.ENDED
    if expires > seconds * 1000 + microseconds // 1000:
        return Lease.HOLDS
    await client.zrem(key, "")  # Changes nothing.
    return Lease.LAPSED
