"""A channel, who may see it, and the order of channels."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from services.epg.domain import guide_search
from services.kit import visibility

#: A channel without a number is listed behind all others.
_NO_NUMBER = 100_000


@dataclass(frozen=True, slots=True)
class Channel:
    """A live channel."""

    channel_id: str
    #: The number on the remote; zero for none.
    number: int
    display_name: str
    images: tuple[Mapping[str, Any], ...] = ()
    #: By BCP 47, the main one first.
    language_codes: tuple[str, ...] = ()
    genre_id: str = ""
    high_definition: bool = False
    #: ISO 3166-1 alpha-2; empty for an international channel.
    country_code: str = ""
    #: IANA's name; empty for UTC.
    time_zone: str = ""
    #: The fields `age`, `system` and `label`; None if every profile sees the channel.
    maturity_rating: Mapping[str, Any] | None = None
    #: Countries by ISO 3166-1 alpha-2; everywhere if empty.
    territories: frozenset[str] = frozenset()
    start_over: bool = False
    #: How long an ended programme can be played.
    catch_up_window: timedelta = timedelta(0)
    start_padding: timedelta = timedelta(0)
    end_padding: timedelta = timedelta(0)
    #: A number of marquee.epg.v1.ChannelKind.
    kind: int = 1
    #: The kind and the id of the subject whose media fills gaps, as `watchable_subjects.key` returns them.
    filler: tuple[str, str] | None = None
    hidden: bool = False
    #: Grows with each change; 0 before the first write.
    revision: int = 0

    @property
    def etag(self) -> str:
        """The version of the channel; empty before the first write."""
        return str(self.revision) if self.revision else ""

    @property
    def facts(self) -> visibility.Facts:
        """What decides who may see the channel."""
        age = self.maturity_rating["age"] if self.maturity_rating else 0
        return visibility.Facts(0 if self.hidden else visibility.PUBLISHED, age, self.territories)

    @property
    def search_words(self) -> str:
        """What the channel is found by, as a `tsvector`: its name and its number."""
        number = str(self.number) if self.number else ""
        return guide_search.encode_words((self.display_name, number))

    @property
    def order(self) -> tuple[int, str, str]:
        """The place of the channel in lists: by number, then by name."""
        return self.number or _NO_NUMBER, self.display_name.casefold(), self.channel_id


@dataclass(frozen=True, slots=True)
class Filter:
    """Which channels are meant; an empty field matches all."""

    genre_id: str = ""
    #: `en` matches `en-GB`.
    language_code: str = ""
    country_code: str = ""
    #: The name contains each of its words, or the number is this one.
    query: str = ""
    channel_ids: frozenset[str] = frozenset()
    #: What the packages of the account hold; None for all channels.
    entitled_ids: frozenset[str] | None = None

    def matches(self, channel: Channel) -> bool:
        """Returns whether the filter includes a channel."""
        return (
            (not self.genre_id or channel.genre_id == self.genre_id)
            and (not self.country_code or channel.country_code == self.country_code)
            and (not self.channel_ids or channel.channel_id in self.channel_ids)
            and (self.entitled_ids is None or channel.channel_id in self.entitled_ids)
            and (not self.language_code or any(map(self._matches_language, channel.language_codes)))
            and (not self.query or self._matches_query(channel))
        )

    def _matches_language(self, language_code: str) -> bool:
        wanted, spoken = self.language_code.casefold(), language_code.casefold()
        return spoken == wanted or spoken.startswith(f"{wanted}-")

    def _matches_query(self, channel: Channel) -> bool:
        name, words = channel.display_name.casefold(), self.query.casefold().split()
        return all(word in name for word in words) or [str(channel.number)] == words
