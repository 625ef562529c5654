"""AES-128 of whole segments, as `METHOD=AES-128` of HLS defines it (RFC 8216, section 4.3.2.4)."""

import re

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

_BLOCK_BYTES = 16
_INIT = re.compile(r"(?m)^#EXT-X-MAP:.*$")


def encrypt(segment: bytes, key: bytes, vector: bytes) -> bytes:
    """Encrypts a segment in CBC mode with PKCS #7 padding."""
    padder = padding.PKCS7(8 * _BLOCK_BYTES).padder()
    encryptor = Cipher(algorithms.AES(key), modes.CBC(vector)).encryptor()
    return encryptor.update(padder.update(segment) + padder.finalize()) + encryptor.finalize()


def default_vector(sequence_number: int) -> bytes:
    """Returns the initialization vector of a segment whose playlist states none: its media sequence number."""
    return sequence_number.to_bytes(_BLOCK_BYTES, "big")


def add_key(playlist: str, key_uri: str, vector: bytes) -> str:
    """Returns a playlist of clear segments as one of encrypted segments.

    The key follows the initialization segment, which is in the clear: a key before it would apply to it too.
    """
    tag = f'#EXT-X-KEY:METHOD=AES-128,URI="{key_uri}",IV=0x{vector.hex()}'
    return _INIT.sub(lambda init: f"{init[0]}\n{tag}", playlist)
