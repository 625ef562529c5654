"""Imports accounts. An import that is repeated writes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from marquee.event.v1 import event_internal_pb2
from marquee.identity.v1 import identity_admin_service_pb2

from services.identity import convert, domain, errors, passwords, storage
from services.kit import clock, db, events, status


class Importer:
    """Imports accounts.

    Args:
        database: the database of identity.
        outbox: publishes new accounts and changed profiles.
        secrets: hashes passwords.
        time: the clock.
        home_country_code: the country of accounts that state none.
    """

    def __init__(
        self,
        database: db.Database,
        outbox: events.Outbox,
        secrets: passwords.Passwords,
        time: clock.Clock,
        home_country_code: str,
    ) -> None:
        self._database = database
        self._outbox = outbox
        self._passwords = secrets
        self._clock = time
        self._home = home_country_code

    async def run(
        self, messages: Sequence[identity_admin_service_pb2.AccountImport]
    ) -> identity_admin_service_pb2.ImportAccountsResponse:
        """Imports all accounts or none. Raises RequestInvalid if two accounts contradict each other."""
        imports = _by_email(messages)
        hashes = await self._hashes(imports)
        response = identity_admin_service_pb2.ImportAccountsResponse()
        imported: dict[str, tuple[domain.Account, list[domain.Profile]]] = {}
        async with self._database.transaction() as tx:
            for email in sorted(imports):  # In a fixed order, so that concurrent imports do not deadlock.
                created = email in hashes and await self._create(tx, imports[email], hashes[email])
                account, profiles, changed = await self._update(tx, email, imports[email])
                imported[email] = account, profiles
                response.created_count += created
                response.updated_count += changed and not created
        for email in imports:
            account, profiles = imported[email]
            response.accounts.append(convert.account_message(account))
            for profile in profiles:
                response.profiles.add(account_id=account.account_id, profile=convert.profile_message(profile))
        return response

    async def _hashes(self, imports: Mapping[str, identity_admin_service_pb2.AccountImport]) -> dict[str, str]:
        """Returns the hashes of the passwords of accounts that do not exist yet, by address."""
        async with self._database.reading() as session:
            current = await storage.accounts_by_email(session, list(imports))
        new = {email: message for email, message in imports.items() if email not in current}
        return {email: await self._passwords.hash(message.password) for email, message in new.items()}

    async def _create(
        self, tx: db.WriteSession, message: identity_admin_service_pb2.AccountImport, password_hash: str
    ) -> bool:
        """Adds an account without profiles; returns False if a concurrent import was faster."""
        account = convert.new_account(message, self._home, self._clock.now())
        if not await storage.add_account(tx, account, password_hash):
            return False
        await self._outbox.add(
            tx, account_registered=event_internal_pb2.AccountRegistered(account_id=account.account_id)
        )
        return True

    async def _update(
        self, tx: db.WriteSession, email: str, message: identity_admin_service_pb2.AccountImport
    ) -> tuple[domain.Account, list[domain.Profile], bool]:
        """Updates an account and its profiles; returns them, and whether anything differed."""
        current = await storage.lock_account(tx, email)
        if current is None:
            raise errors.AccountNotFound
        target = convert.imported_account(current, message)
        if target != current:
            await storage.update_account(tx, target)
        profiles, profiles_changed = await self._update_profiles(tx, target, message.profiles)
        return target, profiles, target != current or profiles_changed

    async def _update_profiles(
        self, tx: db.WriteSession, account: domain.Account, messages: Sequence[identity_admin_service_pb2.ProfileImport]
    ) -> tuple[list[domain.Profile], bool]:
        """Creates and updates profiles; returns them, and whether anything differed. Other profiles stay."""
        profiles = {profile.display_name: profile for profile in await storage.profiles(tx, account.account_id)}
        changed = False
        for message in messages:
            current = profiles.get(message.display_name)
            target = (
                convert.imported_profile(current, message, self._clock.now())
                if current
                else convert.new_profile(account.account_id, message, self._clock.now())
            )
            if target != current:
                saved = await storage.save_profile(tx, target)
                await self._outbox.add(tx, profile_changed=convert.profile_changed(saved))
                profiles[target.display_name] = saved
                changed = True
        if len(profiles) > domain.MOST_PROFILES:
            description = f"{account.email} would have more than {domain.MOST_PROFILES} profiles"
            raise status.violations([("accounts", description)])
        return [profiles[message.display_name] for message in messages], changed


def _by_email(
    messages: Sequence[identity_admin_service_pb2.AccountImport],
) -> Mapping[str, identity_admin_service_pb2.AccountImport]:
    """Returns the imports by normalized address. Raises RequestInvalid if an address or a profile is given twice."""
    imports: dict[str, identity_admin_service_pb2.AccountImport] = {}
    violations: list[tuple[str, str]] = []
    for index, message in enumerate(messages):
        email = domain.normalized_email(message.email)
        if email in imports:
            violations.append((f"accounts[{index}].email", "the address is given twice"))
        if len({profile.display_name for profile in message.profiles}) < len(message.profiles):
            violations.append((f"accounts[{index}].profiles", "two profiles have the same name"))
        imports[email] = message
    if violations:
        raise status.violations(violations)
    return imports
