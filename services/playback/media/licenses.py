"""Clear Key license requests and licenses (W3C Encrypted Media Extensions, section 9.1)."""

import base64
import binascii
from collections.abc import Mapping, Sequence

import orjson

from services.playback import errors

_KEY_ID_BYTES = 16
_MAX_KEYS = 100


def parse_request(body: bytes) -> list[bytes]:
    """Returns the key ids that a license request names. Raises LicenseRequestInvalid."""
    try:
        key_ids = [_decode(each) for each in orjson.loads(body)["kids"]]
    except (ValueError, TypeError, KeyError, AttributeError, binascii.Error):
        raise errors.LicenseRequestInvalid from None
    if not 0 < len(key_ids) <= _MAX_KEYS or any(len(each) != _KEY_ID_BYTES for each in key_ids):
        raise errors.LicenseRequestInvalid
    return key_ids


def build_license(key_ids: Sequence[bytes], keys: Mapping[bytes, bytes]) -> bytes:
    """Returns the license with the keys of these ids. Raises KeyNotFound."""
    for key_id in key_ids:
        if key_id not in keys:
            raise errors.KeyNotFound(key_id.hex())
    entries = [{"kty": "oct", "kid": _encode(each), "k": _encode(keys[each])} for each in key_ids]
    return orjson.dumps({"keys": entries, "type": "temporary"})


def _decode(text: str) -> bytes:
    padded = text.encode() + b"=" * (-len(text) % 4)
    return base64.b64decode(padded, altchars=b"-_", validate=True)


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
