"""Bringing accounts to what an import states: again and again, without writing what is so already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from marquee.event.v1 import event_internal_pb2
from marquee.identity.v1 import identity_admin_service_pb2

from services.identity import convert, domain, errors, passwords, storage
from services.kit import clock, db, events, status


class Importer:
    """Imports accounts.

    Args:
        database: identity's own.
        outbox: where new accounts and changed profiles are told.
        secrets: hashes passwords.
        time: tells the time.
        home_country_code: where accounts live that do not say.
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
        """Imports all accounts or none. Raises RequestInvalid for accounts that contradict each other."""
        imports = _by_email(messages)
        hashes = await self._hashes(imports)
        answer = identity_admin_service_pb2.ImportAccountsResponse()
        imported: dict[str, tuple[domain.Account, list[domain.Profile]]] = {}
        async with self._database.transaction() as tx:
            for email in sorted(imports):  # In one order, so that two imports at once do not wait for each other.
                created = email in hashes and await self._create(tx, imports[email], hashes[email])
                account, profiles, changed = await self._bring(tx, email, imports[email])
                imported[email] = account, profiles
                answer.created_count += created
                answer.updated_count += changed and not created
        for email in imports:
            account, profiles = imported[email]
            answer.accounts.append(convert.account_message(account))
            for profile in profiles:
                answer.profiles.add(account_id=account.account_id, profile=convert.profile_message(profile))
        return answer

    async def _hashes(self, imports: Mapping[str, identity_admin_service_pb2.AccountImport]) -> dict[str, str]:
        """Answers the hashes of the passwords of accounts that do not exist yet, by address."""
        async with self._database.reading() as session:
            known = await storage.accounts_by_email(session, list(imports))
        new = {email: message for email, message in imports.items() if email not in known}
        return {email: await self._passwords.hash(message.password) for email, message in new.items()}

    async def _create(
        self, tx: db.WriteSession, message: identity_admin_service_pb2.AccountImport, password_hash: str
    ) -> bool:
        """Adds an account without profiles; answers whether it is new: somebody may have been faster."""
        account = convert.new_account(message, self._home, self._clock.now())
        if not await storage.add_account(tx, account, password_hash):
            return False
        await self._outbox.add(
            tx, account_registered=event_internal_pb2.AccountRegistered(account_id=account.account_id)
        )
        return True

    async def _bring(
        self, tx: db.WriteSession, email: str, message: identity_admin_service_pb2.AccountImport
    ) -> tuple[domain.Account, list[domain.Profile], bool]:
        """Brings an account and its profiles to what is given; answers them, and whether anything differed."""
        known = await storage.lock_account(tx, email)
        if known is None:
            raise errors.AccountNotFound
        wanted = convert.imported_account(known, message)
        if wanted != known:
            await storage.update_account(tx, wanted)
        profiles, profiles_changed = await self._bring_profiles(tx, wanted, message.profiles)
        return wanted, profiles, wanted != known or profiles_changed

    async def _bring_profiles(
        self, tx: db.WriteSession, account: domain.Account, messages: Sequence[identity_admin_service_pb2.ProfileImport]
    ) -> tuple[list[domain.Profile], bool]:
        """Brings profiles to what is given; answers them, and whether anything differed. Those not named stay."""
        profiles = {profile.display_name: profile for profile in await storage.profiles(tx, account.account_id)}
        changed = False
        for message in messages:
            known = profiles.get(message.display_name)
            wanted = (
                convert.imported_profile(known, message, self._clock.now())
                if known
                else convert.new_profile(account.account_id, message, self._clock.now())
            )
            if wanted != known:
                saved = await storage.save_profile(tx, wanted)
                await self._outbox.add(tx, profile_changed=convert.profile_changed(saved))
                profiles[wanted.display_name] = saved
                changed = True
        if len(profiles) > domain.MOST_PROFILES:
            told = f"{account.email} would have more than {domain.MOST_PROFILES} profiles"
            raise status.violations([("accounts", told)])
        return [profiles[message.display_name] for message in messages], changed


def _by_email(
    messages: Sequence[identity_admin_service_pb2.AccountImport],
) -> Mapping[str, identity_admin_service_pb2.AccountImport]:
    """Answers imports by normalised address. Raises RequestInvalid where an address or a profile comes twice."""
    imports: dict[str, identity_admin_service_pb2.AccountImport] = {}
    found: list[tuple[str, str]] = []
    for index, message in enumerate(messages):
        email = domain.normalised_email(message.email)
        if email in imports:
            found.append((f"accounts[{index}].email", "the address comes twice"))
        if len({profile.display_name for profile in message.profiles}) < len(message.profiles):
            found.append((f"accounts[{index}].profiles", "two profiles have the same name"))
        imports[email] = message
    if found:
        raise status.violations(found)
    return imports
