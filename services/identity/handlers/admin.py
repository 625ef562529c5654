"""The methods for operators."""

from __future__ import annotations

from typing import Any

from marquee.identity.v1 import identity_admin_service_pb2, identity_admin_service_pb2_grpc

from services.identity import account_import
from services.identity.handlers import base


class IdentityAdmin(identity_admin_service_pb2_grpc.IdentityAdminServiceServicer):
    """Accounts, for operators.

    Args:
        importer: imports accounts.
        production: whether weak passwords are refused, such as those of the demo accounts.
    """

    def __init__(self, importer: account_import.Importer, *, production: bool) -> None:
        self._importer = importer
        self._production = production

    async def ImportAccounts(
        self, request: identity_admin_service_pb2.ImportAccountsRequest, rpc: Any
    ) -> identity_admin_service_pb2.ImportAccountsResponse:
        """Creates and updates accounts."""
        if self._production:
            for message in request.accounts:
                base.require_strong_password(message.password, message.email)
        return await self._importer.run(request.accounts)
