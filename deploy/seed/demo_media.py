"""Lists the media to package for a new platform, with the priority of each item."""

import dataclasses
from collections.abc import Iterator

from deploy.seed import seed_files

# Two cores need minutes for all items. Quick versions of the first films and episodes come first, then full versions,
# later episodes, and last the titles that are withheld.
_FEATURED = 90
_OPENING = 70
_FULL = 50
_LATER_EPISODE = 30
_WITHHELD = 10


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A film, match or episode to package; higher priorities come first."""

    title_id: str
    episode_id: str | None
    display_name: str
    media: seed_files.Media
    priority: int

    @property
    def source(self) -> str:
        """The demo source. Its look follows from its name, so that no two titles look alike."""
        return f"demo:{self.episode_id or self.title_id}"


def list_items(seed: seed_files.Seed) -> tuple[Item, ...]:
    """Returns every playable item in the order of priority. Titles that are not published have no media."""
    visible = [item for title in seed.titles for item in _of_title(title)]
    withheld = [
        dataclasses.replace(item, priority=_WITHHELD)
        for title in seed.edge_cases
        if title.state == "PUBLISHED"
        for item in _of_title(title)
    ]
    return tuple(sorted(visible + withheld, key=lambda item: -item.priority))


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
