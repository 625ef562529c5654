"""Homes and their inputs, as values."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.kit import visibility
from services.recommendation.domain import score_parts, signals
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
    """One recommended title."""

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
    #: Whether `ListRailItems` has items that follow these.
    has_more: bool = False


@dataclass(frozen=True, slots=True)
class Home:
    """A home for one viewer at one moment."""

    hero: Item | None = None
    rails: tuple[Rail, ...] = ()

    @property
    def items(self) -> tuple[Item, ...]:
        """Every item, the hero first."""
        hero = () if self.hero is None else (self.hero,)
        return (*hero, *(item for rail in self.rails for item in rail.items))


@dataclass(frozen=True, slots=True, eq=False)
class Inputs:
    """All inputs of a home: equal inputs make the same home, byte for byte."""

    at: datetime
    viewer: visibility.Viewer
    language: str
    matrix: FeatureMatrix
    vectors: score_parts.TitleVectors
    history: signals.History = field(default_factory=signals.History)
    preferences: signals.Preferences = field(default_factory=signals.Preferences)
    #: The ids of the signals that do not count.
    paused: frozenset[str] = frozenset()
    popularity: score_parts.Popularity = field(default_factory=score_parts.Popularity)
    model: score_parts.CollaborativeModel | None = None
    weights: score_parts.Weights = field(default_factory=score_parts.Weights)
