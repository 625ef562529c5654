"""What operators do with accounts."""

from __future__ import annotations

from typing import Any

from marquee.identity.v1 import identity_admin_service_pb2, identity_admin_service_pb2_grpc

from services.identity import importing
from services.identity.handlers import room


class IdentityAdmin(identity_admin_service_pb2_grpc.IdentityAdminServiceServicer):
    """Accounts, for operators.

    Args:
        importer: imports accounts.
        production: whether passwords that are easy to guess are refused, those of the demo accounts first.
    """

    def __init__(self, importer: importing.Importer, *, production: bool) -> None:
        self._importer = importer
        self._production = production

    async def ImportAccounts(
        self, request: identity_admin_service_pb2.ImportAccountsRequest, rpc: Any
    ) -> identity_admin_service_pb2.ImportAccountsResponse:
        """Brings accounts to what is given."""
        if self._production:
            for message in request.accounts:
                room.refuse_weak(message.password, message.email)
        return await self._importer.run(request.accounts)
