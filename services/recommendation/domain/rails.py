"""The rails of a home, one function each: what stands on it, and why."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import numpy as np

from services.recommendation.domain import cold, explaining, homes, scoring, signals, weights
from services.recommendation.domain.explaining import Contribution
from services.recommendation.domain.ranking import BLEND, Floor
from services.recommendation.domain.titles import Episode, Title

#: Of a small catalogue, one rail must not take all that the others need.
_LARGEST, _SMALLEST, _SHARE = 20, 6, 8
#: Fewer titles than this are no rail, unless they are the viewer's own.
_FEWEST = 3
_OWN_HALF_LIFE = timedelta(days=30)
_NEW_RELEASE_DAYS = 3 * 365
_NEWEST = 200
_GENRE_RAILS = 6
_BECAUSE_RAILS = 2
_BECAUSE_LEAST = 0.2
#: Liking that is weaker than that names no rail.
_BECAUSE_WEIGHT = 0.5

_RELEASES: Mapping[str, float] = {**{part: 1.0 for part in BLEND if part != "newness"}, "release": 6.0}
#: How the parts count where editors speak.
CURATED: Mapping[str, float] = {**BLEND, "curation": 2.0}
_PERSONAL: Mapping[str, float] = {part: 1.0 for part in BLEND if part not in {"popularity", "newness"}}
_POPULAR: Mapping[str, float] = {"trend": 1.0}


def size(floor: Floor) -> int:
    """Answers how many titles a rail holds at most."""
    return max(_SMALLEST, min(_LARGEST, int(floor.visible.sum()) // _SHARE))


def new_episodes(floor: Floor) -> homes.Rail | None:
    """Series that the viewer follows and that have an episode newer than what it last did with them."""
    going = {each.title_id: each for each in floor.inputs.history.going or ()}
    found = []
    for told in floor.inputs.history.titles:
        row = floor.row(told.title_id)
        if row is None or (told.watch_time is None and told.add_time is None):
            continue
        episode = _newer(floor.inputs.shelf.titles[row], _since(told), floor.inputs.at)
        at = going.get(told.title_id)
        if episode is None or (at is not None and not _is_next(floor.inputs.shelf.titles[row], at, told)):
            continue
        value = _recency(episode.publish_time, floor.inputs.at)
        episode_id = at.episode_id if at is not None and at.episode_id else episode.episode_id
        found.append((value, row, episode_id, told))
    found.sort(key=lambda each: (-each[0], each[1]))
    items = [
        floor.item(row, [_own(value, told)], own="episode", episode_id=episode_id)
        for value, row, episode_id, told in found[: size(floor)]
    ]
    return _rail(floor, "new-episodes", homes.NEW_EPISODES, items, fewest=1)


def continue_watching(floor: Floor) -> homes.Rail | None:
    """What was begun and not finished, the latest first."""
    inputs = floor.inputs
    going = inputs.history.going
    if going is None:
        going = tuple(
            signals.Going(each.title_id, each.watch_time, each.episode_id)
            for each in inputs.history.titles
            if each.watch_time is not None and each.completion > 0
        )
    items: list[homes.Item] = []
    most = size(floor)
    for each in sorted(going, key=lambda each: (-each.update_time.timestamp(), each.title_id)):
        told = floor.told.get(each.title_id)
        # What viewing lists goes on, even if it was seen to its end before; it knows better than anything kept here.
        row = floor.row(each.title_id) if inputs.history.going is None else floor.again(each.title_id)
        if row is None or (told is not None and told.dismissed(inputs.at)):
            continue
        if len(items) == most:
            break
        known = told or signals.TitleSignals(each.title_id, watch_time=each.update_time)
        value = _recency(each.update_time, inputs.at)
        position = each.position or None
        items.append(
            floor.item(
                row,
                [_own(value, known)],
                own="going",
                episode_id=each.episode_id,
                position=position,
                duration=each.duration,
            )
        )
    return _rail(floor, "continue-watching", homes.CONTINUE_WATCHING, items, fewest=1)


def my_list(floor: Floor) -> homes.Rail | None:
    """The watchlist, the latest addition first."""
    listed = [
        (told.add_time, row)
        for told in floor.inputs.history.titles
        if told.add_time is not None and (row := floor.row(told.title_id)) is not None
    ]
    listed.sort(key=lambda each: (-each[0].timestamp(), each[1]))
    items = []
    for add_time, row in listed[: size(floor)]:
        named = signals.signal_id(signals.LISTED, title_id := floor.inputs.shelf.titles[row].title_id)
        part = Contribution(scoring.OWN, _recency(add_time, floor.inputs.at), named, title_id)
        items.append(floor.item(row, [part], own="listed"))
    return _rail(floor, "my-list", homes.MY_LIST, items, fewest=1)


def for_you(floor: Floor) -> homes.Rail | None:
    """What suits the viewer, of whom something must be known."""
    if not floor.known:
        return None
    items = _with_room(floor, floor.rank(floor.unmet, weights.SHOWN))
    return _rail(floor, "for-you", homes.FOR_YOU, items, fewest=1)


def curated(floor: Floor) -> homes.Rail | None:
    """What editors put forward and what is popular, tilted by what the viewer asked for."""
    shown = floor.inputs.shelf.featured | (floor.recent > 0)
    items = floor.rank(floor.unmet & shown, size(floor), CURATED)
    return _rail(floor, "curated", homes.CURATED, items, fewest=1)


def put_forward(floor: Floor) -> homes.Rail | None:
    """What editors put forward, for a viewer whom the home already met with what suits it."""
    items = floor.rank(floor.unmet & floor.inputs.shelf.featured, size(floor), CURATED)
    return _rail(floor, "curated", homes.CURATED, items)


def anything(floor: Floor) -> homes.Rail | None:
    """Whatever there is, so that a home is not empty while there is something to watch."""
    return _rail(floor, "curated", homes.CURATED, floor.rank(floor.unmet, size(floor), CURATED), fewest=1)


def because(floor: Floor) -> list[homes.Rail]:
    """What is like a title that the viewer liked, for the best liked ones."""
    rails: list[homes.Rail] = []
    meaning, seen = floor.inputs.meaning, set()
    kinds = {signals.RATED, signals.WATCHED}
    for each, row in zip(floor.taste.counted, floor.taste.rows, strict=True):
        weak = each.weight < _BECAUSE_WEIGHT or each.kind not in kinds or each.title_id in seen
        if len(rails) == _BECAUSE_RAILS or weak or not meaning.known[row] or not floor.visible[row]:
            continue
        seen.add(each.title_id)
        close = meaning.scores(meaning.vectors([row])[0])
        thanks = [Contribution(scoring.CONTENT, 0.0, each.signal_id, each.title_id)]
        among = floor.unmet & (close >= _BECAUSE_LEAST)
        weight = floor.inputs.weights.content
        items = floor.rank(among, size(floor), {"disliked": 1.0}, extra=("liked", weight * close, thanks))
        what = "because" if each.kind == signals.RATED else "because-watched"
        title = explaining.rail_title(what, floor.inputs.language, floor.name(each.title_id))
        if rail := _rail(floor, f"because.{each.title_id}", homes.BECAUSE, items, title=title):
            rails.append(rail)
    return rails


def trending(floor: Floor) -> homes.Rail | None:
    """What many watch now."""
    items = floor.rank(floor.unmet & (floor.recent > 0), size(floor), _POPULAR, diverse=False)
    return _rail(floor, "trending", homes.TRENDING, items)


def new_releases(floor: Floor) -> homes.Rail | None:
    """What came out of late, what suits the viewer before the rest."""
    today, released = floor.today.toordinal(), floor.inputs.shelf.released
    new = floor.free & floor.unmet & (released <= today) & (released > today - _NEW_RELEASE_DAYS)
    if int(new.sum()) > _NEWEST:
        new &= released >= np.partition(released[new], -_NEWEST)[-_NEWEST]
    return _rail(floor, "new-releases", homes.NEW_RELEASES, floor.rank(new, size(floor), _RELEASES, diverse=False))


def household(floor: Floor) -> homes.Rail | None:
    """What the other profiles of the account watch."""
    told = floor.inputs.history.household
    most = max((each.profile_count + each.completion for each in told), default=0.0)
    found = []
    for each in told:
        row = floor.row(each.title_id)
        if row is not None and floor.unmet[row]:
            found.append((scoring.rounded((each.profile_count + each.completion) / most), row))
    found.sort(key=lambda each: (-each[0], each[1]))
    items = [floor.item(row, [Contribution(scoring.HOUSEHOLD, value)]) for value, row in found[: size(floor)]]
    return _rail(floor, "household", homes.HOUSEHOLD, items, fewest=1)


def discover(floor: Floor) -> homes.Rail | None:
    """What suits the viewer and few have found yet; nothing where nothing was watched, since all is unfound then."""
    if floor.taste.liked is None or not floor.counts.any():
        return None
    unfound = floor.unmet & floor.inputs.meaning.known & cold.is_cold(floor.counts)
    items = floor.rank(unfound, size(floor), parts=floor.fitted(weights.COLD_RAIL))
    return _rail(floor, "discover", homes.DISCOVER, items)


def genres(floor: Floor) -> list[homes.Rail]:
    """What suits the viewer in the genres it likes best, then in those with most to show."""
    found: list[homes.Rail] = []
    for genre in _leading(floor):
        if len(found) == _GENRE_RAILS:
            break
        among = floor.unmet & floor.inputs.shelf.in_genre(genre)
        rail_id = f"genre.{genre.casefold().replace(' ', '-')}"
        title = explaining.rail_title("genre", floor.inputs.language, genre)
        rail = _rail(floor, rail_id, homes.GENRE, floor.rank(among, size(floor)), title=title, genre=genre)
        found += [rail] if rail else []
    return found


def _with_room(floor: Floor, items: list[homes.Item]) -> list[homes.Item]:
    """Answers items among which the best guests have a place: titles that suit the viewer and are not in the air."""
    if not floor.taste.known or len(items) < weights.SHOWN:
        return items
    # Who they are is the viewer's own; what they score is told as of all others.
    best = floor.rank(floor.unmet, weights.ROOM, _PERSONAL, diverse=False)
    shown = {item.title_id for item in items}
    missing = floor.inputs.shelf.mask(item.title_id for item in best if item.title_id not in shown)
    guests = floor.rank(missing, weights.ROOM, diverse=False)
    invited = {item.title_id for item in best}
    hosts = [item.title_id for item in items if item.title_id not in invited]
    leaving = set(hosts[len(hosts) - len(guests) :])
    kept = [item for item in items if item.title_id not in leaving]
    return sorted([*kept, *guests], key=lambda item: (-item.explanation.score, item.title_id))


def _leading(floor: Floor) -> list[str]:
    shelf = floor.inputs.shelf
    liked: dict[str, float] = dict.fromkeys(shelf.genres, 0.0)
    for each, row in zip(floor.taste.counted, floor.taste.rows, strict=True):
        own = shelf.titles[row].genres
        for genre in own:
            liked[genre] += each.weight / len(own)
    for genre in floor.genres:
        if genre in liked:
            liked[genre] += 1.0
    counts: Mapping[str, int] = {
        genre: int((shelf.genre_of[:, column] & floor.visible).sum()) for genre, column in shelf.genres.items()
    }
    shown = [genre for genre in liked if counts[genre] and liked[genre] >= 0]
    return sorted(shown, key=lambda genre: (-scoring.rounded(liked[genre]), -counts[genre], genre))


def _rail(
    floor: Floor,
    rail_id: str,
    kind: int,
    items: list[homes.Item],
    *,
    title: str = "",
    genre: str = "",
    fewest: int = _FEWEST,
) -> homes.Rail | None:
    if len(items) < fewest:
        return None
    title = title or explaining.rail_title(rail_id, floor.inputs.language)
    return homes.Rail(rail_id, kind, title, floor.take(items), genre)


def _own(value: float, told: signals.TitleSignals) -> Contribution:
    kind = signals.WATCHED if told.watch_time is not None else signals.LISTED
    return Contribution(scoring.OWN, value, signals.signal_id(kind, told.title_id), told.title_id)


def _recency(time: datetime | None, at: datetime) -> float:
    age = timedelta() if time is None else max(at - time, timedelta())
    # Never nothing: what is the viewer's own has that as the reason of its place.
    return max(scoring.rounded(0.5 ** (age / _OWN_HALF_LIFE)), 2**-20)


def _since(told: signals.TitleSignals) -> datetime:
    times = [time for time in (told.watch_time, told.dismiss_time) if time is not None]
    return max(times) if times else told.add_time or datetime.max.replace(tzinfo=UTC)


def _newer(title: Title, since: datetime, at: datetime) -> Episode | None:
    """Answers the first episode that came after something was last done with the series."""
    return next((each for each in title.episodes if each.publish_time and since < each.publish_time <= at), None)


def _is_next(title: Title, at: signals.Going, told: signals.TitleSignals) -> bool:
    """Whether the next thing to watch of a series is one of its new episodes, and is not begun."""
    if at.position:
        return False
    episode = next((each for each in title.episodes if each.episode_id == at.episode_id), None)
    return episode is not None and episode.publish_time is not None and episode.publish_time > _since(told)
