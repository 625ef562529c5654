"""Reads the demo accounts of the seed. Their passwords are public."""

import json
from dataclasses import dataclass

from deploy.local import settings

ACCOUNTS_FILE = settings.PROJECT / "deploy" / "seed" / "accounts.json"


@dataclass(frozen=True)
class Account:
    """A demo account to sign in with."""

    email: str
    password: str
    tier: str
    roles: tuple[str, ...]

    @property
    def label(self) -> str:
        """The tier, and whether the account is an administrator."""
        return f"{self.tier}, administrator" if "admin" in self.roles else self.tier


def list_accounts() -> list[Account]:
    """Returns all demo accounts, those of viewers first."""
    rows = json.loads(ACCOUNTS_FILE.read_text())
    accounts = [Account(row["email"], row["password"], row["tier"], tuple(row["roles"])) for row in rows]
    return sorted(accounts, key=lambda account: "admin" in account.roles)


def get_editor() -> Account:
    """Returns the demo account that may edit the catalog."""
    return next(account for account in list_accounts() if "editor" in account.roles)
