"""The limit on guesses of one account's password, from whatever addresses they come."""

import contextlib
import hashlib
from collections.abc import AsyncIterator

from services.identity import domain, errors
from services.kit import errors as kit_errors
from services.kit import rate_budget, redis

#: Failed log-ins to one email address. Guessing at this pace takes years for the weakest password that is accepted, and
#: whoever mistypes a password again and again waits three minutes for the next try.
FAILED_LOG_INS = rate_budget.Budget(20, 3600)


class LogInAttempts:
    """Counts failed log-ins by email address, whether or not an account has it.

    Args:
        client: the Redis that all replicas share.
        budget: how many log-ins to one email address may fail.
    """

    def __init__(self, client: redis.Client, budget: rate_budget.Budget = FAILED_LOG_INS) -> None:
        self._counter = rate_budget.BudgetCounter(client)
        self._budget = budget

    @contextlib.asynccontextmanager
    async def attempt(self, email: str) -> AsyncIterator[None]:
        """Runs a log-in to `email` in the block. Raises TooManyAttempts, or RedisUnavailable if it cannot be counted.

        The log-in is counted before it runs, so that guesses at the same time do not pass together. It no longer counts
        if it ends otherwise than with a wrong password: BadCredentials, or RegistrationRefused for a registration.
        """
        key = key_of(email)
        with redis.translated():
            wait = await self._counter.spend(key, self._budget)
        if wait > 0:
            raise errors.TooManyAttempts(wait)
        try:
            yield
        except (errors.BadCredentials, errors.RegistrationRefused):
            raise
        except kit_errors.Error:
            await self._refund(key)
            raise
        await self._refund(key)

    async def _refund(self, key: str) -> None:
        # A log-in that has succeeded does not fail because Redis went away meanwhile.
        with contextlib.suppress(kit_errors.RedisUnavailable), redis.translated():
            await self._counter.refund(key, self._budget)


def key_of(email: str) -> str:
    """Returns the key that counts log-ins to an email address; it does not show the address."""
    return f"marquee:identity:attempts:{hashlib.sha256(domain.normalized_email(email).encode()).hexdigest()}"
