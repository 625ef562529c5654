"""Reads the viewing history of the demo profiles: what they watched, rated, added to the watchlist and suppressed."""

import dataclasses
import datetime as dt
import json
import pathlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from marquee.identity.v1 import identity_pb2
from marquee.viewing.v1 import viewing_admin_service_pb2, viewing_pb2

from deploy.seed import seed_files
from services.kit import timestamps, watchable_subjects

_FILE = pathlib.Path(__file__).parent / "demo_history.json"
#: The profiles watched one episode of a series each evening.
_EVENING = dt.timedelta(days=1)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """The signals of a profile for a title, or for one of its episodes, before its account was created.

    `before` counts back from the creation of the account, not from now, so that a repeated seed changes nothing.
    """

    title_id: str
    episode_id: str
    before: dt.timedelta
    #: The share of the duration that was watched; zero if the title was not watched.
    share: float
    duration: dt.timedelta
    thumb: str | None
    on_watchlist: bool
    suppressed: bool


def load(seed: seed_files.Seed) -> dict[tuple[str, str], tuple[Signal, ...]]:
    """Returns the signals of each profile, by the email address of its account and the name of the profile."""
    titles = {title.title: title for title in seed.titles}
    return {
        (row["email"], row["profile"]): tuple(signal for line in row["signals"] for signal in _signals(line, titles))
        for row in json.loads(_FILE.read_text(encoding="utf-8"))
    }


def import_request(
    account: identity_pb2.Account, profile_id: str, signals: Sequence[Signal]
) -> viewing_admin_service_pb2.ImportSignalsRequest:
    """Returns the request that imports the signals of a profile."""
    request = viewing_admin_service_pb2.ImportSignalsRequest(account_id=account.account_id, profile_id=profile_id)
    create_time = timestamps.to_datetime(account.create_time)
    for signal in signals:
        title = watchable_subjects.title(signal.title_id)
        request.signals.add(
            subject=watchable_subjects.episode(signal.episode_id) if signal.episode_id else title,
            parent=title if signal.episode_id else None,
            completion=signal.share,
            duration=timestamps.from_timedelta(signal.duration),
            thumb=viewing_pb2.Thumb.Value(f"THUMB_{signal.thumb.upper()}") if signal.thumb else None,
            on_watchlist=signal.on_watchlist,
            suppressed=signal.suppressed,
            occur_time=timestamps.from_datetime(create_time - signal.before),
        )
    return request


def _signals(line: dict[str, Any], titles: Mapping[str, seed_files.Title]) -> Iterator[Signal]:
    """Yields the signals of one line of the file: for a series one for each episode, the last with the rating."""
    title, before = titles[line["title"]], dt.timedelta(days=line["days"])
    watched = [(episode, 1.0) for episode in title.episodes[: line.get("episodes", 0)]]
    if line.get("into"):
        watched.append((title.episodes[len(watched)], line["into"]))
    for evenings, (episode, share) in enumerate(reversed(watched[:-1]), start=1):
        yield _signal(title, before + evenings * _EVENING, share, episode)
    last, share = watched[-1] if watched else (None, line.get("share", 0.0))
    yield dataclasses.replace(
        _signal(title, before, share, last),
        thumb=line.get("thumb"),
        on_watchlist=line.get("on_watchlist", False),
        suppressed=line.get("suppressed", False),
    )


def _signal(title: seed_files.Title, before: dt.timedelta, share: float, episode: seed_files.Episode | None) -> Signal:
    length = episode.duration if episode else title.duration
    return Signal(
        title_id=title.title_id,
        episode_id=episode.episode_id if episode else "",
        before=before,
        share=share,
        duration=length if length and share else dt.timedelta(0),
        thumb=None,
        on_watchlist=False,
        suppressed=False,
    )
