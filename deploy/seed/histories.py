"""What the demo profiles did before anybody looks: watched, liked, meant to watch, and hid."""

import dataclasses
import datetime as dt
import json
import pathlib
from collections.abc import Iterator, Mapping
from typing import Any

from deploy.seed import files

_FILE = pathlib.Path(__file__).parent / "histories.json"
#: Of a series an episode was watched each evening.
_EVENING = dt.timedelta(days=1)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """What a profile told of a title, or of one of its episodes, so long before its account was made.

    Times are told from the account on, not from now: so a platform that is seeded again is told the same once more.
    """

    title_id: str
    episode_id: str
    before: dt.timedelta
    #: How much of it was watched; zero if it was not.
    share: float
    duration: dt.timedelta
    thumb: str | None
    listed: bool
    hidden: bool


def load(seed: files.Seed) -> dict[tuple[str, str], tuple[Signal, ...]]:
    """Reads what each profile did, by its account's address and its name. A title is named by its name in the seed."""
    titles = {title.title: title for title in seed.titles}
    return {
        (row["email"], row["profile"]): tuple(signal for told in row["signals"] for signal in _signals(told, titles))
        for row in json.loads(_FILE.read_text(encoding="utf-8"))
    }


def _signals(told: dict[str, Any], titles: Mapping[str, files.Title]) -> Iterator[Signal]:
    """Answers the signals of one line; of a series one for each episode, the last of which carries the rest."""
    title, before = titles[told["title"]], dt.timedelta(days=told["days"])
    watched = [(episode, 1.0) for episode in title.episodes[: told.get("episodes", 0)]]
    if told.get("into"):
        watched.append((title.episodes[len(watched)], told["into"]))
    for evenings, (episode, share) in enumerate(reversed(watched[:-1]), start=1):
        yield _signal(title, before + evenings * _EVENING, share, episode)
    last, share = watched[-1] if watched else (None, told.get("share", 0.0))
    yield dataclasses.replace(
        _signal(title, before, share, last),
        thumb=told.get("thumb"),
        listed=told.get("listed", False),
        hidden=told.get("hidden", False),
    )


def _signal(title: files.Title, before: dt.timedelta, share: float, episode: files.Episode | None) -> Signal:
    length = episode.duration if episode else title.duration
    return Signal(
        title_id=title.title_id,
        episode_id=episode.episode_id if episode else "",
        before=before,
        share=share,
        duration=length if length and share else dt.timedelta(0),
        thumb=None,
        listed=False,
        hidden=False,
    )
