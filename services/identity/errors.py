"""The errors of identity, one class for each reason of the contract."""

import math
from datetime import timedelta

from services.kit import errors

DOMAIN = "identity.marquee"


class RegistrationRefused(errors.FailedPrecondition):
    """No account can be created with the email address and the password."""

    reason, domain = "REGISTRATION_REFUSED", DOMAIN

    def __init__(self) -> None:
        super().__init__("No account was created. If you have one with this email address, log in.")


class WeakPassword(errors.InvalidArgument):
    """The password is too easy to guess."""

    reason, domain = "WEAK_PASSWORD", DOMAIN


class BadCredentials(errors.Unauthenticated):
    """The email address or the password is wrong."""

    reason, domain = "BAD_CREDENTIALS", DOMAIN

    def __init__(self) -> None:
        super().__init__("The email address or the password is wrong.")


class RefreshTokenInvalid(errors.Unauthenticated):
    """The refresh token is unknown, revoked or expired."""

    reason, domain = "REFRESH_TOKEN_INVALID", DOMAIN

    def __init__(self) -> None:
        super().__init__("The refresh token is not valid any more; log in again.")


class RefreshTokenReused(errors.Unauthenticated):
    """The refresh token was used before."""

    reason, domain = "REFRESH_TOKEN_REUSED", DOMAIN

    def __init__(self) -> None:
        super().__init__("The refresh token was used before, so all tokens of this log-in were revoked.")


class ProfileNotFound(errors.NotFound):
    """The account has no such profile."""

    reason, domain = "PROFILE_NOT_FOUND", DOMAIN

    def __init__(self, profile_id: str) -> None:
        super().__init__("The account has no such profile.", metadata={"profile_id": profile_id})


class AccountNotFound(errors.NotFound):
    """The account of the access token was deleted."""

    reason, domain = "ACCOUNT_NOT_FOUND", DOMAIN

    def __init__(self) -> None:
        super().__init__("The account was deleted.")


class SignInBusy(errors.ResourceExhausted):
    """Too many passwords are being checked at once."""

    reason, domain = "SIGN_IN_BUSY", DOMAIN

    def __init__(self, retry: timedelta) -> None:
        super().__init__(
            "Too many log-ins at once; try again in a moment.",
            details=[errors.retry_info(retry)],
        )


class TooManyAttempts(errors.ResourceExhausted):
    """Too many log-ins to the email address have failed; `retry` is the delay in seconds."""

    reason, domain = "TOO_MANY_ATTEMPTS", DOMAIN

    def __init__(self, retry: float) -> None:
        delay = timedelta(milliseconds=math.ceil(retry * 1000))
        super().__init__(
            "Too many log-ins with this email address have failed; try again later.",
            details=[errors.retry_info(delay)],
        )


class SignedOut(errors.Unauthenticated):
    """The log-in of the access token was revoked."""

    reason, domain = "SIGNED_OUT", DOMAIN

    def __init__(self) -> None:
        super().__init__("This log-in was revoked; log in again.")


class FieldNotEditable(errors.InvalidArgument):
    """The mask names a field that cannot be changed, or the value is not allowed."""

    reason, domain = "FIELD_NOT_EDITABLE", DOMAIN

    def __init__(self, field: str) -> None:
        super().__init__(f"{field} cannot be changed, or its value is not allowed.", metadata={"field": field})
