"""A home, and what it is decided from."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.kit import visibility
from services.recommendation.domain import scoring, signals
from services.recommendation.domain.explanations import Explanation
from services.recommendation.domain.feature_matrix import FeatureMatrix

#: marquee.recommendation.v1.RailKind
(
    CONTINUE_WATCHING,
    FOR_YOU,
    MY_LIST,
    NEW_EPISODES,
    TRENDING,
    NEW_RELEASES,
    HOUSEHOLD,
    GENRE,
    CURATED,
    DISCOVER,
    BECAUSE,
) = range(1, 12)


#: marquee.recommendation.v1.ItemKind
TITLE, NEXT_EPISODE, CONTINUE, NEW_EPISODE = range(1, 5)


@dataclass(frozen=True, slots=True)
class Item:
    """One chosen title."""

    title_id: str
    explanation: Explanation
    kind: int = TITLE
    #: The episode to play, of a series; empty if the title itself is played.
    episode_id: str = ""
    position: timedelta | None = None
    duration: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Rail:
    """A row of titles."""

    rail_id: str
    kind: int
    display_name: str
    items: tuple[Item, ...]
    genre_id: str = ""
    #: Whether more items follow these.
    more: bool = False


@dataclass(frozen=True, slots=True)
class Home:
    """Everything that was chosen for somebody at some moment."""

    hero: Item | None = None
    rails: tuple[Rail, ...] = ()

    @property
    def items(self) -> tuple[Item, ...]:
        """Every item, the hero first."""
        led = () if self.hero is None else (self.hero,)
        return (*led, *(item for rail in self.rails for item in rail.items))


@dataclass(frozen=True, slots=True, eq=False)
class Inputs:
    """What a home is decided from, all of it: the same inputs make the same home to the byte."""

    at: datetime
    viewer: visibility.Viewer
    language: str
    shelf: FeatureMatrix
    meaning: scoring.Meaning
    history: signals.History = field(default_factory=signals.History)
    preferences: signals.Preferences = field(default_factory=signals.Preferences)
    paused: frozenset[str] = frozenset()
    popularity: scoring.Popularity = field(default_factory=scoring.Popularity)
    model: scoring.Collaborative | None = None
    weights: scoring.Weights = field(default_factory=scoring.Weights)
