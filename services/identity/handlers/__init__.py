"""The servicers of identity."""

from marquee.identity.v1 import identity_service_pb2_grpc

from services.identity.handlers.admin import IdentityAdmin
from services.identity.handlers.authentication import Authentication
from services.identity.handlers.internal import IdentityInternal
from services.identity.handlers.profiles import Profiles

__all__ = ["Identity", "IdentityAdmin", "IdentityInternal"]


class Identity(Authentication, Profiles, identity_service_pb2_grpc.IdentityServiceServicer):
    """Accounts, profiles and tokens, for viewers."""
