"""Which media a fresh platform is given, and what of it comes first."""

import dataclasses
from collections.abc import Iterator

from deploy.seed import seed_files

# Two cores need minutes for all of it. Something plays within seconds, every title before long; then comes what looks
# best, and last what may not be seen yet.
_FEATURED = 90
_OPENING = 70
_FULL = 50
_LATER_EPISODE = 30
_WITHHELD = 10


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A package to make of a film, a match or an episode; higher priorities go first."""

    title_id: str
    episode_id: str | None
    display_name: str
    media: seed_files.Media
    priority: int

    @property
    def source(self) -> str:
        """The demo source; its name makes its look, so that no two titles look alike."""
        return f"demo:{self.episode_id or self.title_id}"


def items(seed: seed_files.Seed) -> tuple[Item, ...]:
    """Everything there is to play, in the order of priority. What is still a draft has no media."""
    shown = [item for title in seed.titles for item in _of_title(title)]
    withheld = [
        dataclasses.replace(item, priority=_WITHHELD)
        for title in seed.edge_cases
        if title.state == "PUBLISHED"
        for item in _of_title(title)
    ]
    return tuple(sorted(shown + withheld, key=lambda item: -item.priority))


def _of_title(title: seed_files.Title) -> Iterator[Item]:
    opening, *later = title.episodes or (None,)
    yield _quick(title, opening, _FEATURED if title.featured else _OPENING)
    for episode in later:
        yield _quick(title, episode, _LATER_EPISODE)
    if title.media is seed_files.Media.FULL:
        yield dataclasses.replace(_quick(title, opening, _FULL), media=seed_files.Media.FULL)


def _quick(title: seed_files.Title, episode: seed_files.Episode | None, priority: int) -> Item:
    return Item(
        title_id=title.title_id,
        episode_id=episode.episode_id if episode else None,
        display_name=f"{title.title}: {episode.title}" if episode else title.title,
        media=seed_files.Media.QUICK,
        priority=priority,
    )
