"""The methods for other services."""

from __future__ import annotations

from typing import Any

from marquee.identity.v1 import identity_internal_pb2, identity_internal_pb2_grpc

from services.identity import convert, errors, storage
from services.kit import db


class IdentityInternal(identity_internal_pb2_grpc.IdentityInternalServiceServicer):
    """Profiles, for other services.

    Args:
        database: the database of identity.
    """

    def __init__(self, database: db.Database) -> None:
        self._database = database

    async def GetProfile(
        self, request: identity_internal_pb2.GetProfileRequest, rpc: Any
    ) -> identity_internal_pb2.GetProfileResponse:
        """Gets a profile of any account."""
        async with self._database.reading() as session:
            profile = await storage.any_profile(session, request.profile_id)
        if profile is None:
            raise errors.ProfileNotFound(request.profile_id)
        return identity_internal_pb2.GetProfileResponse(
            profile=convert.profile_message(profile), account_id=profile.account_id
        )
