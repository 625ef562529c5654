"""Identity's refusals, one class for each reason of the contract."""

from datetime import timedelta

from google.protobuf import duration_pb2
from google.rpc import error_details_pb2

from services.kit import errors

DOMAIN = "identity.marquee"


class EmailTaken(errors.AlreadyExists):
    """Another account signs in with this address."""

    reason, domain = "EMAIL_TAKEN", DOMAIN

    def __init__(self) -> None:
        super().__init__("There is an account with this address already.")


class WeakPassword(errors.InvalidArgument):
    """The password is too easy to guess."""

    reason, domain = "WEAK_PASSWORD", DOMAIN


class BadCredentials(errors.Unauthenticated):
    """The address or the password is wrong."""

    reason, domain = "BAD_CREDENTIALS", DOMAIN

    def __init__(self) -> None:
        super().__init__("The address or the password is wrong.")


class RefreshTokenInvalid(errors.Unauthenticated):
    """The refresh token is unknown, ended or expired."""

    reason, domain = "REFRESH_TOKEN_INVALID", DOMAIN

    def __init__(self) -> None:
        super().__init__("The refresh token does not hold any more; sign in again.")


class RefreshTokenReused(errors.Unauthenticated):
    """The refresh token had been used before."""

    reason, domain = "REFRESH_TOKEN_REUSED", DOMAIN

    def __init__(self) -> None:
        super().__init__("The refresh token had been used before, so everybody who held it is signed out.")


class ProfileNotFound(errors.NotFound):
    """The account has no such profile."""

    reason, domain = "PROFILE_NOT_FOUND", DOMAIN

    def __init__(self, profile_id: str) -> None:
        super().__init__("The account has no such profile.", metadata={"profile_id": profile_id})


class AccountNotFound(errors.NotFound):
    """The account that the token speaks for is gone."""

    reason, domain = "ACCOUNT_NOT_FOUND", DOMAIN

    def __init__(self) -> None:
        super().__init__("There is no such account any more.")


class SignInBusy(errors.ResourceExhausted):
    """Too many passwords are being checked at once."""

    reason, domain = "SIGN_IN_BUSY", DOMAIN

    def __init__(self, retry: timedelta) -> None:
        delay = duration_pb2.Duration()
        delay.FromTimedelta(retry)
        super().__init__(
            "Too many people are signing in just now; try again in a moment.",
            details=[error_details_pb2.RetryInfo(retry_delay=delay)],
        )


class SignedOut(errors.Unauthenticated):
    """The log-in that the access token came from has ended."""

    reason, domain = "SIGNED_OUT", DOMAIN

    def __init__(self) -> None:
        super().__init__("This log-in has ended; sign in again.")


class FieldNotEditable(errors.InvalidArgument):
    """The mask names a field that cannot be changed, or a value that no profile may have."""

    reason, domain = "FIELD_NOT_EDITABLE", DOMAIN

    def __init__(self, field: str) -> None:
        super().__init__(f"The field {field} cannot be changed, or not to this value.", metadata={"field": field})
