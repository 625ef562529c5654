"""AES-128 of whole segments as HLS defines it (RFC 8216, section 4.3.2.4), and the tags of keys in playlists."""

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


def add_key(playlist: str, attributes: str) -> str:
    """Returns a playlist without a key as one of encrypted segments, with the attributes of the tag of the key.

    The key follows the initialization segment, which is in the clear: a key before it would apply to it too.
    """
    return _INIT.sub(lambda init: f"{init[0]}\n#EXT-X-KEY:{attributes}", playlist)
