"""Page sizes and page tokens."""

import base64
import binascii
import hashlib
from collections.abc import Callable, Sequence
from typing import Any

import orjson

from services.kit import errors

_FINGERPRINT_BYTES = 6
#: PostgreSQL's largest bigint.
_MAX_BIGINT = 2**63 - 1


def size(requested: int, *, default: int, most: int) -> int:
    """Returns how many items a page has: `default` for zero, never more than `most`."""
    return min(requested or default, most)


def token(cursor: Sequence[Any], *, of: Sequence[Any]) -> str:
    """Returns the opaque token of the page after `cursor`, in the list with the filters and the order in `of`."""
    return base64.urlsafe_b64encode(orjson.dumps([_fingerprint(of), *cursor])).rstrip(b"=").decode()


def cursor(
    page_token: str, *, of: Sequence[Any], kinds: Sequence[Callable[[Any], Any]] | None = None
) -> list[Any] | None:
    """Returns the cursor in a token, None for the first page. Raises PageTokenInvalid for tokens of other lists.

    Args:
        page_token: the token, as the caller sent it.
        of: the filters and the order of the list, as they were when the token was made.
        kinds: for each value of the cursor, the function that parses it and raises ValueError or TypeError. A token is
            not signed, so its values are untrusted like any other input.
    """
    if not page_token:
        return None
    try:
        padded = page_token.encode() + b"=" * (-len(page_token) % 4)
        fingerprint, *values = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, TypeError, binascii.Error):
        raise errors.PageTokenInvalid("The page token is broken.") from None
    if any(isinstance(value, str) and "\0" in value for value in values):
        raise errors.PageTokenInvalid("The page token is broken.")
    if fingerprint != _fingerprint(of):
        raise errors.PageTokenInvalid("The page token belongs to another list or to other filters.")
    if kinds is None:
        return list(values)
    try:
        return [kind(value) for kind, value in zip(kinds, values, strict=True)]
    except (ValueError, TypeError):
        raise errors.PageTokenInvalid("The page token is broken.") from None


def non_negative_int(value: object) -> int:
    """Returns an offset in a list, from 0 to PostgreSQL's largest bigint. Raises ValueError for any other value."""
    number = int(str(value))
    if not 0 <= number <= _MAX_BIGINT:
        raise ValueError(value)
    return number


def _fingerprint(of: Sequence[Any]) -> str:
    return hashlib.blake2b(orjson.dumps(list(of)), digest_size=_FINGERPRINT_BYTES).hexdigest()
