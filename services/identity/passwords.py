"""Judges passwords, and hashes them with argon2id (RFC 9106), in a bounded number of threads."""

import asyncio
import os
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TypeVar

import argon2
from argon2.exceptions import InvalidHashError, VerificationError

from services.identity import domain, errors

_T = TypeVar("_T")

# The minimum that OWASP recommends: 19 MiB and two passes. One check takes about 30 ms of a core. The next step would
# halve the rate of log-ins, and rate limits stop guessing long before it matters.
_MEMORY_KIBIBYTES = 19 * 1024
_PASSES = 2
_LANES = 1

_RETRY = timedelta(seconds=1)


class Passwords:
    """Judges, hashes and checks passwords.

    Args:
        concurrency: the number of threads; one for each core if not given.
        queue_limit: how many calls may wait or run at once; further ones are refused, so that none waits in vain.
    """

    def __init__(self, *, concurrency: int | None = None, queue_limit: int = 64) -> None:
        self._hasher = argon2.PasswordHasher(_PASSES, _MEMORY_KIBIBYTES, _LANES)
        self._threads = ThreadPoolExecutor(concurrency or os.cpu_count(), thread_name_prefix="argon2")
        self._queue_limit = queue_limit
        self._waiting = 0
        self._dummy_hash = self._hasher.hash(os.urandom(16))

    async def hash(self, password: str) -> str:
        """Returns the hash of a password, with its parameters and a new salt. Raises SignInBusy."""
        return await self._run(lambda: self._hasher.hash(_normalized(password)))

    async def require_strong(self, password: str, email: str) -> None:
        """Raises WeakPassword if a password is too easy to guess, or SignInBusy."""
        weakness = await self._run(lambda: domain.password_weakness(password, email))
        if weakness is not None:
            raise errors.WeakPassword(weakness)

    async def matches(self, password_hash: str | None, password: str) -> bool:
        """Returns whether `password` has the hash `password_hash`. Raises SignInBusy.

        Without a hash, because there is no such account, it returns False after the same time.
        """
        return await self._run(lambda: self._verify(password_hash or self._dummy_hash, password))

    def outdated(self, password_hash: str) -> bool:
        """Returns whether a hash was made with other parameters than the current ones."""
        return self._hasher.check_needs_rehash(password_hash)

    def close(self) -> None:
        """Stops the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _verify(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, _normalized(password))
        except (VerificationError, InvalidHashError):
            return False

    async def _run(self, work: Callable[[], _T]) -> _T:
        if self._waiting >= self._queue_limit:
            raise errors.SignInBusy(_RETRY)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1


def _normalized(password: str) -> str:
    """Returns the password in NFKC, since keyboards encode letters differently (NIST SP 800-63B, 5.1.1.2)."""
    return unicodedata.normalize("NFKC", password)
