"""Passwords by argon2id (RFC 9106), in threads, as many at once as the machine can do."""

import asyncio
import os
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TypeVar

import argon2
from argon2.exceptions import InvalidHashError, VerificationError

from services.identity import errors

_T = TypeVar("_T")

# OWASP's smallest advice: 19 MiB and two passes. One check keeps a core for some 30 ms; the next step up would halve
# how many people can sign in at once, and guessing from outside is held off by the rate limit long before.
_MEMORY_KIBIBYTES = 19 * 1024
_PASSES = 2
_LANES = 1

_RETRY = timedelta(seconds=1)


class Passwords:
    """Hashes and checks passwords.

    Args:
        at_once: how many threads work; one for each core if not given.
        most_waiting: how many calls may be under way before more are refused, so that nobody waits in vain.
    """

    def __init__(self, *, at_once: int | None = None, most_waiting: int = 64) -> None:
        self._hasher = argon2.PasswordHasher(_PASSES, _MEMORY_KIBIBYTES, _LANES)
        self._threads = ThreadPoolExecutor(at_once or os.cpu_count(), thread_name_prefix="argon2")
        self._most_waiting = most_waiting
        self._waiting = 0
        self._nobodys = self._hasher.hash(os.urandom(16))

    async def hash(self, password: str) -> str:
        """Answers the hash of a password, with its parameters and a new salt. Raises SignInBusy."""
        return await self._run(lambda: self._hasher.hash(_normalised(password)))

    async def matches(self, password_hash: str | None, password: str) -> bool:
        """Whether `password` is the one behind `password_hash`. Raises SignInBusy.

        Without a hash, because there is no such account, it answers no after the same time.
        """
        return await self._run(lambda: self._verify(password_hash or self._nobodys, password))

    def outdated(self, password_hash: str) -> bool:
        """Whether a hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(password_hash)

    def close(self) -> None:
        """Ends the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _verify(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, _normalised(password))
        except (VerificationError, InvalidHashError):
            return False

    async def _run(self, work: Callable[[], _T]) -> _T:
        if self._waiting >= self._most_waiting:
            raise errors.SignInBusy(_RETRY)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1


def _normalised(password: str) -> str:
    """One form for letters that keyboards send in several (NIST SP 800-63B, section 5.1.1.2)."""
    return unicodedata.normalize("NFKC", password)
