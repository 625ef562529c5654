"""The methods for operators."""

from __future__ import annotations

from typing import Any

from marquee.identity.v1 import identity_admin_service_pb2, identity_admin_service_pb2_grpc

from services.identity import account_import, passwords


class IdentityAdmin(identity_admin_service_pb2_grpc.IdentityAdminServiceServicer):
    """Accounts, for operators.

    Args:
        importer: imports accounts.
        secrets: judges passwords.
        production: whether weak passwords are refused, such as those of the demo accounts.
    """

    def __init__(self, importer: account_import.Importer, secrets: passwords.Passwords, *, production: bool) -> None:
        self._importer = importer
        self._passwords = secrets
        self._production = production

    async def ImportAccounts(
        self, request: identity_admin_service_pb2.ImportAccountsRequest, rpc: Any
    ) -> identity_admin_service_pb2.ImportAccountsResponse:
        """Creates and updates accounts."""
        if self._production:
            for message in request.accounts:
                await self._passwords.require_strong(message.password, message.email)
        return await self._importer.run(request.accounts)
