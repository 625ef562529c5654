"""The demo accounts, as the seed has them; their passwords are public."""

import json
from dataclasses import dataclass

from deploy.local import settings

FILE = settings.PROJECT / "deploy" / "seed" / "accounts.json"


@dataclass(frozen=True)
class Account:
    """Somebody to sign in as."""

    email: str
    password: str
    tier: str
    roles: tuple[str, ...]

    @property
    def words(self) -> str:
        """What the account shows."""
        return f"{self.tier}, administrator" if "admin" in self.roles else self.tier


def demo() -> list[Account]:
    """All demo accounts, those of viewers first."""
    rows = json.loads(FILE.read_text())
    accounts = [Account(row["email"], row["password"], row["tier"], tuple(row["roles"])) for row in rows]
    return sorted(accounts, key=lambda account: "admin" in account.roles)


def editor() -> Account:
    """The demo account that may edit the catalogue."""
    return next(account for account in demo() if "editor" in account.roles)
