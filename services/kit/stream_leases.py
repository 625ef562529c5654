"""The leases of stream slots in Redis: playback writes them, and the edge reads them for media.

All keys of an account share a hash tag, so that a script finds them on one node of a cluster. They name the account by
a reference, which playback tokens carry too, so that a token does not reveal its account.
"""

import hashlib
from datetime import datetime

import redis.asyncio

_REFERENCE_BYTES = 16


def account_reference(account_id: str) -> str:
    """Returns the name of an account in playback tokens. The id cannot be computed from it: ids are random."""
    return hashlib.blake2b(account_id.encode(), digest_size=_REFERENCE_BYTES, person=b"marquee-playback").hexdigest()


def slots_key(reference: str) -> str:
    """Returns the key of an account's live sessions, sorted by the time at which each lease ends, in milliseconds."""
    return f"playback:{{{reference}}}:slots"


def milliseconds(time: datetime) -> int:
    """Returns a time as the leases hold it."""
    return int(time.timestamp() * 1000)


async def is_live(client: "redis.asyncio.Redis", reference: str, session_id: str, at: datetime) -> bool:
    """Returns whether the lease of a session holds. Raises RedisError."""
    expires = await client.zscore(slots_key(reference), session_id)
    return expires is not None and float(expires) > milliseconds(at)
