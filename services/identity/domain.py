"""The decisions of identity: addresses, passwords and the rotation of refresh tokens."""

import base64
import enum
import hashlib
import hmac
import re
import secrets
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

ACCESS_LIFETIME = timedelta(minutes=15)
REFRESH_LIFETIME = timedelta(days=7)
#: How long a used refresh token still answers its successor, for two tabs that ask at once.
REUSE_GRACE = timedelta(seconds=30)
MOST_PROFILES = 5

_TOKEN_BYTES = 32
_SALT_BYTES = 16
#: A shorter name, such as the `jo` of jo@example.org, stands in half of all good passwords.
_SHORTEST_TELLING_NAME = 4
_SHORTEST_PASSWORD = 8

_LONGEST_NAME = 80
#: Avatars are drawn by their names: a word, or several.
_AVATAR = re.compile(r"[a-z][a-z0-9-]{0,39}")
#: BCP 47, as far as languages of texts go: a language, and a script, a region or a variant.
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")

#: What guessing begins with, beside the passwords of the demo accounts, which everybody may read.
COMMON_PASSWORDS = frozenset(
    """
    00000000 11111111 11223344 12341234 12344321 123123123 12345678 123456789 1234567890 123456789a 12qwaszx
    1q2w3e4r 1q2w3e4r5t 1qaz2wsx 87654321 88888888 987654321 a1234567 aa123456 aa12345678 abc12345 abcd1234 abcdefgh
    admin123 administrator asdf1234 asdfasdf asdfghjkl baseball basketball changeme computer demo123 dragon123
    football iloveyou internet jennifer letmein1 letmein123 liverpool marquee123 michael1 michelle monkey123 p@ssw0rd
    pa55word passw0rd password password1 password12 password123 princess princess1 q1w2e3r4 qazwsxedc qwer1234
    qwerty12 qwerty123 qwerty1234 qwertyui qwertyuiop samsung1 starwars sunshine superman test1234 test123 trustno1
    welcome1 welcome123 whatever
    """.split()  # noqa: SIM905 - words read better as words
)


@dataclass(frozen=True, slots=True)
class Profile:
    """Somebody of the household."""

    profile_id: str
    account_id: str
    display_name: str
    avatar: str
    #: A marquee.type.v1.MaturityRating.
    maturity_ceiling: int
    language_code: str
    create_time: datetime
    #: What it asked to see, and when it was asked; None for one that is still to be asked.
    genres: tuple[str, ...] = ()
    liked_language_codes: tuple[str, ...] = ()
    answer_time: datetime | None = None
    #: Grows with each change; 0 before the first.
    revision: int = 0

    @property
    def etag(self) -> str:
        """Changes with each change of the profile."""
        return str(self.revision)


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who signs in."""

    account_id: str
    email: str
    display_name: str
    #: Numbers of marquee.identity.v1.Role, ascending.
    roles: tuple[int, ...]
    country_code: str
    #: A marquee.type.v1.Tier.
    tier: int
    create_time: datetime


def unfit_field(known: Profile, wanted: Profile, taken_names: Collection[str]) -> str | None:
    """Answers the field of a profile that would get a value that no profile may have, None if there is none.

    Args:
        known: the profile as it is; what is not changed is not judged.
        wanted: the profile as it would be.
        taken_names: the names of the account's other profiles.
    """
    name = wanted.display_name
    unfit = {
        "display_name": not name.strip() or len(name) > _LONGEST_NAME or name in taken_names,
        "avatar": not _AVATAR.fullmatch(wanted.avatar),
        "language_code": not _LANGUAGE.fullmatch(wanted.language_code),
    }
    return next((field for field, is_unfit in unfit.items() if is_unfit and _differs(known, wanted, field)), None)


def _differs(known: Profile, wanted: Profile, field: str) -> bool:
    return bool(getattr(known, field) != getattr(wanted, field))


class Verdict(enum.Enum):
    """What becomes of a refresh token that is presented."""

    #: It is used now and followed by a successor.
    ROTATE = enum.auto()
    #: It was used a moment ago and answers the same successor again.
    REPEAT = enum.auto()
    #: It was used before: somebody has a copy, so its family ends.
    REUSED = enum.auto()
    #: Its time is over.
    EXPIRED = enum.auto()


def judged(issue_time: datetime, use_time: datetime | None, at: datetime) -> Verdict:
    """Judges a known refresh token, issued and first used at these times, that is presented at `at`."""
    if at >= issue_time + REFRESH_LIFETIME:
        return Verdict.EXPIRED
    if use_time is None:
        return Verdict.ROTATE
    return Verdict.REPEAT if at <= use_time + REUSE_GRACE else Verdict.REUSED


def new_refresh_token() -> str:
    """Answers the first refresh token of a family: 256 random bits."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def new_salt() -> bytes:
    """Answers the salt of a successor."""
    return secrets.token_bytes(_SALT_BYTES)


def successor_key(service_secret: str) -> bytes:
    """Answers the key that successors are derived with: the same in every replica, and good for nothing else."""
    return hmac.digest(service_secret.encode(), b"marquee identity: successors of refresh tokens", "sha256")


def successor(refresh_token: str, salt: bytes, key: bytes) -> str:
    """Answers the token that follows `refresh_token`.

    It is derived, so that it can be answered again while only its hash is kept. Whoever wants to derive it must know
    the old token, which the client has, the salt, which the database has, and the key, which the process has.
    """
    digest = hmac.digest(key, salt + refresh_token.encode(), "sha256")
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def token_hash(refresh_token: str) -> bytes:
    """Answers what is kept of a refresh token."""
    return hashlib.sha256(refresh_token.encode()).digest()


def normalised_email(email: str) -> str:
    """Answers the one form in which an address is kept and looked for."""
    return unicodedata.normalize("NFKC", email).strip().lower()


def weakness(password: str, email: str) -> str | None:
    """Answers why a password is refused, None for one that may pass.

    Length is the contract's rule for those who register; the rules here catch what a guesser tries first.
    """
    folded = unicodedata.normalize("NFKC", password).lower()
    name = normalised_email(email).partition("@")[0]
    if len(folded) < _SHORTEST_PASSWORD:
        return f"The password has fewer than {_SHORTEST_PASSWORD} characters."
    if folded in COMMON_PASSWORDS:
        return "The password is among those that are tried first."
    if len(name) >= _SHORTEST_TELLING_NAME and name in folded:
        return "The password holds the name in your address."
    return None
