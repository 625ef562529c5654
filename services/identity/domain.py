"""The rules of identity: email addresses, passwords and the rotation of refresh tokens."""

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

import zxcvbn

ACCESS_LIFETIME = timedelta(minutes=15)
REFRESH_LIFETIME = timedelta(days=7)
#: How long a used refresh token still returns its successor, for two tabs that refresh at once.
REUSE_GRACE = timedelta(seconds=30)
MOST_PROFILES = 5
#: Log-ins of an account. One more ends the one that was used least recently.
MOST_LOG_INS = 100
#: Refresh tokens of a log-in within their lifetime, in which an access token expires some 700 times. A client that
#: needs more does not refresh, it fills the table: its log-in ends.
MOST_REFRESH_TOKENS = 10_000
#: What a profile sees for which nothing else is stated, as an age in years.
DEFAULT_CEILING = 13
DEFAULT_LANGUAGE_CODE = "en"

_TOKEN_BYTES = 32
_SALT_BYTES = 16
#: A shorter name, such as the `jo` of jo@example.org, is part of many good passwords.
_SHORTEST_KNOWN_WORD = 4
_SHORTEST_PASSWORD = 8

_LONGEST_NAME = 80
#: Avatars are drawn by their names: a word, or several.
_AVATAR = re.compile(r"[a-z][a-z0-9-]{0,39}")
#: BCP 47, as far as languages of texts go: a language, and a script, a region or a variant.
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")

#: The weakest password that is accepted, by the scale of zxcvbn: 3 takes at least 10^8 guesses.
_WEAKEST_SCORE = 3
#: zxcvbn's time grows with the length, and what follows does not make a password weaker.
_SCORED_CHARACTERS = 72
#: Signs that zxcvbn also reads as letters, and one letter for each. It tries all combinations of those in a password;
#: with all twenty, that takes seconds.
_SIGNS = str.maketrans("4@8({[<369!|17$50+%2", "aabcccceggiiltssotxz")
_MOST_SIGNS = 8
#: Words that anybody tries at this platform first, among them the passwords of the demo accounts.
_OWN_WORDS = ("marquee", "demo123", "test123", "admin123")


@dataclass(frozen=True, slots=True)
class Profile:
    """A member of the household."""

    profile_id: str
    account_id: str
    display_name: str
    avatar: str
    #: The highest maturity age that the profile sees, in years.
    maturity_ceiling: int
    language_code: str
    create_time: datetime
    #: What the profile prefers, and when it answered; None if it has not been asked yet.
    genre_ids: tuple[str, ...] = ()
    liked_language_codes: tuple[str, ...] = ()
    answer_time: datetime | None = None
    #: Grows with each change; 0 before the first one.
    revision: int = 0

    @property
    def etag(self) -> str:
        """The version of the profile."""
        return str(self.revision)


@dataclass(frozen=True, slots=True)
class Account:
    """A customer of the platform."""

    account_id: str
    email: str
    display_name: str
    #: Numbers of marquee.identity.v1.Role, ascending.
    roles: tuple[int, ...]
    country_code: str
    #: A marquee.type.v1.Tier.
    tier: int
    create_time: datetime


def invalid_field(current: Profile, target: Profile, taken_names: Collection[str]) -> str | None:
    """Returns the field of a profile whose new value is not allowed, None if all are.

    Args:
        current: the profile as it is; unchanged fields are not checked.
        target: the profile as it would be.
        taken_names: the names of the account's other profiles.
    """
    name = target.display_name
    unfit = {
        "display_name": not name.strip() or len(name) > _LONGEST_NAME or name in taken_names,
        "avatar": not _AVATAR.fullmatch(target.avatar),
        "language_code": not _LANGUAGE.fullmatch(target.language_code),
    }
    return next((field for field, is_unfit in unfit.items() if is_unfit and _differs(current, target, field)), None)


def _differs(current: Profile, target: Profile, field: str) -> bool:
    return bool(getattr(current, field) != getattr(target, field))


class RotationOutcome(enum.Enum):
    """What happens to a refresh token that is presented."""

    #: It is used for the first time and replaced by a successor.
    ROTATE = enum.auto()
    #: It was used within the grace period and returns the same successor.
    REPEAT = enum.auto()
    #: It was used earlier: it may have been stolen, so its family is revoked.
    REUSED = enum.auto()
    #: It is expired.
    EXPIRED = enum.auto()


def rotation_outcome(issue_time: datetime, use_time: datetime | None, at: datetime) -> RotationOutcome:
    """Returns what happens to a refresh token that is presented at `at`."""
    if at >= issue_time + REFRESH_LIFETIME:
        return RotationOutcome.EXPIRED
    if use_time is None:
        return RotationOutcome.ROTATE
    return RotationOutcome.REPEAT if at <= use_time + REUSE_GRACE else RotationOutcome.REUSED


def new_refresh_token() -> str:
    """Returns the first refresh token of a family: 256 random bits."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def new_salt() -> bytes:
    """Returns the salt of a successor."""
    return secrets.token_bytes(_SALT_BYTES)


def successor(refresh_token: str, salt: bytes, key: bytes) -> str:
    """Returns the token that follows `refresh_token`.

    It is derived, so that it can be returned again although only its hash is stored. Deriving it takes the old token,
    which the client has, the salt, which the database has, and the key, which the process has.
    """
    digest = hmac.digest(key, salt + refresh_token.encode(), "sha256")
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def token_hash(refresh_token: str) -> bytes:
    """Returns the hash under which a refresh token is stored."""
    return hashlib.sha256(refresh_token.encode()).digest()


def normalized_email(email: str) -> str:
    """Returns the form in which an email address is stored and looked up."""
    return unicodedata.normalize("NFKC", email).strip().lower()


def password_weakness(password: str, email: str) -> str | None:
    """Returns why a password is refused, or None if it is accepted.

    The strength is estimated by zxcvbn (Wheeler, USENIX Security 2016); the account's own address counts as known to a
    guesser.
    """
    folded = unicodedata.normalize("NFKC", password)
    if len(folded) < _SHORTEST_PASSWORD:
        return f"The password has fewer than {_SHORTEST_PASSWORD} characters."
    name, _, host = normalized_email(email).partition("@")
    if len(name) >= _SHORTEST_KNOWN_WORD and name in folded.lower():
        return "The password contains the name in your email address."
    current = [word for word in (name, *re.split(r"\W+", name), host) if len(word) >= _SHORTEST_KNOWN_WORD]
    scored = folded[:_SCORED_CHARACTERS]
    if len({ord(sign) for sign in scored} & _SIGNS.keys()) > _MOST_SIGNS:
        scored = scored.translate(_SIGNS)
    estimate = zxcvbn.zxcvbn(scored, user_inputs=[*current, *_OWN_WORDS])
    if estimate["score"] >= _WEAKEST_SCORE:
        return None
    return estimate["feedback"]["warning"] or "The password is too easy to guess."
