"""The rails of a home, one function each: which titles they hold, and why."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import numpy as np

from services.recommendation.domain import (
    cold_start,
    continue_watching,
    explanations,
    homes,
    rail_drafts,
    scoring,
    signals,
    weights,
)
from services.recommendation.domain.explanations import Contribution
from services.recommendation.domain.rail_drafts import Draft
from services.recommendation.domain.ranking import BLEND, RankingContext
from services.recommendation.domain.titles import Episode, Title

_OWN_HALF_LIFE = timedelta(days=30)
_NEW_RELEASE_DAYS = 3 * 365
_NEWEST = 200
_GENRE_RAILS = 6
_BECAUSE_RAILS = 2
_BECAUSE_LEAST = 0.2
#: A title that is liked less than this does not get a rail of similar titles.
_BECAUSE_WEIGHT = 0.5

_RELEASES: Mapping[str, float] = {**{part: 1.0 for part in BLEND if part != "newness"}, "release": 6.0}
#: How the parts count on rails of editors.
CURATED: Mapping[str, float] = {**BLEND, "curation": 2.0}
_PERSONAL: Mapping[str, float] = {part: 1.0 for part in BLEND if part not in {"popularity", "newness"}}
_POPULAR: Mapping[str, float] = {"trend": 1.0}


def new_episodes(floor: RankingContext) -> Draft | None:
    """Returns the series that the viewer follows and that have an episode newer than what the viewer last did."""
    found = {}
    for told in floor.inputs.history.titles:
        row = floor.row(told.title_id)
        if row is None or (told.watch_time is None and told.add_time is None):
            continue
        title = floor.inputs.shelf.titles[row]
        episode, continuation = _newer(title, _since(told), floor.inputs.at), floor.continuations.get(told.title_id)
        if episode is None or (continuation is not None and not _is_new(title, continuation, told)):
            continue
        value = _recency(episode.publish_time, floor.inputs.at)
        found[row] = (value, told, episode.episode_id if continuation is None else continuation.episode_id)

    def item(row: int) -> homes.Item:
        value, told, episode_id = found[row]
        return floor.item(row, [_own(value, told)], own="episode", kind=homes.NEW_EPISODE, episode_id=episode_id)

    rows = sorted(found, key=lambda row: (-found[row][0], row))
    return rail_drafts.listed(floor, homes.NEW_EPISODES, "new-episodes", rows, item)


def continuing(floor: RankingContext) -> Draft | None:
    """Returns what the viewer started and did not finish, the latest first."""
    found = {
        # A title that was watched to its end and is started again is continued, though it is recommended nowhere.
        row: continuation
        for title_id, continuation in floor.continuations.items()
        if (row := floor.own_row(title_id, finished=True)) is not None
    }

    def item(row: int) -> homes.Item:
        at = found[row]
        told = floor.told.get(at.title_id) or signals.TitleSignals(at.title_id, watch_time=at.update_time)
        return floor.item(
            row,
            [_own(_recency(at.update_time, floor.inputs.at), told)],
            own="going",
            kind=homes.NEXT_EPISODE if at.next_episode else homes.CONTINUE,
            episode_id=at.episode_id,
            position=at.position or None,
            duration=at.duration,
        )

    return rail_drafts.listed(floor, homes.CONTINUE_WATCHING, "continue-watching", list(found), item)


def my_list(floor: RankingContext) -> Draft | None:
    """Returns the watchlist, the latest addition first."""
    found = {
        row: told.add_time
        for told in floor.inputs.history.titles
        if told.add_time is not None and (row := floor.own_row(told.title_id)) is not None
    }

    def item(row: int) -> homes.Item:
        named = signals.signal_id(signals.LISTED, title_id := floor.inputs.shelf.titles[row].title_id)
        part = Contribution(scoring.OWN, _recency(found[row], floor.inputs.at), named, title_id)
        return floor.item(row, [part], own="listed")

    rows = sorted(found, key=lambda row: (-found[row].timestamp(), row))
    return rail_drafts.listed(floor, homes.MY_LIST, "my-list", rows, item)


def for_you(floor: RankingContext) -> Draft | None:
    """Returns what suits the viewer, of whom something must be known."""
    if not floor.known:
        return None
    return rail_drafts.ranked(
        floor,
        homes.FOR_YOU,
        "for-you",
        floor.unmet,
        limit=weights.SHOWN,
        fewest=1,
        arrange=lambda items: _with_room(floor, items),
    )


def curated(floor: RankingContext) -> Draft | None:
    """Returns what editors feature and what is popular, tilted by the preferences of the viewer."""
    among = floor.unmet & (floor.inputs.shelf.featured | (floor.recent > 0))
    return rail_drafts.ranked(floor, homes.CURATED, "curated", among, CURATED, fewest=1)


def featured(floor: RankingContext) -> Draft | None:
    """Returns what editors feature, for a viewer whose home begins with what suits the viewer."""
    return rail_drafts.ranked(floor, homes.CURATED, "curated", floor.unmet & floor.inputs.shelf.featured, CURATED)


def anything(floor: RankingContext) -> Draft | None:
    """Returns any titles, so that a home is not empty while there is something to watch."""
    return rail_drafts.ranked(floor, homes.CURATED, "curated", floor.unmet, CURATED, fewest=1)


def because(floor: RankingContext) -> list[Draft]:
    """Returns what is similar to a title that the viewer liked, for the titles liked best."""
    found: list[Draft] = []
    meaning, seen = floor.inputs.meaning, set()
    kinds = {signals.RATED, signals.WATCHED}
    for each, row in zip(floor.taste.counted, floor.taste.rows, strict=True):
        weak = each.weight < _BECAUSE_WEIGHT or each.kind not in kinds or each.title_id in seen
        if len(found) == _BECAUSE_RAILS or weak or not meaning.known[row] or not floor.visible[row]:
            continue
        seen.add(each.title_id)
        close = meaning.scores(meaning.vectors([row])[0])
        thanks = [Contribution(scoring.CONTENT, 0.0, each.signal_id, each.title_id)]
        what = "because" if each.kind == signals.RATED else "because-watched"
        draft = rail_drafts.ranked(
            floor,
            homes.BECAUSE,
            f"because.{each.title_id}",
            floor.unmet & (close >= _BECAUSE_LEAST),
            {"disliked": 1.0},
            display_name=explanations.rail_title(what, floor.inputs.language, floor.name(each.title_id)),
            extra=("liked", floor.inputs.weights.content * close, thanks),
        )
        found += [draft] if draft else []
    return found


def trending(floor: RankingContext) -> Draft | None:
    """Returns what many viewers watch now."""
    among = floor.unmet & (floor.recent > 0)
    return rail_drafts.ranked(floor, homes.TRENDING, "trending", among, _POPULAR, diverse=False)


def new_releases(floor: RankingContext) -> Draft | None:
    """Returns newly released titles, those that suit the viewer first."""
    today, released = floor.today.toordinal(), floor.inputs.shelf.released
    new = floor.free & floor.unmet & (released <= today) & (released > today - _NEW_RELEASE_DAYS)
    if int(new.sum()) > _NEWEST:
        new &= released >= np.partition(released[new], -_NEWEST)[-_NEWEST]
    return rail_drafts.ranked(floor, homes.NEW_RELEASES, "new-releases", new, _RELEASES, diverse=False)


def household(floor: RankingContext) -> Draft | None:
    """Returns what the other profiles of the account watch."""
    told = floor.inputs.history.household
    most = max((each.profile_count + each.completion for each in told), default=0.0)
    found = {}
    for each in told:
        row = floor.row(each.title_id)
        if row is not None and floor.unmet[row]:
            found[row] = scoring.rounded((each.profile_count + each.completion) / most)
    return rail_drafts.listed(
        floor,
        homes.HOUSEHOLD,
        "household",
        sorted(found, key=lambda row: (-found[row], row)),
        lambda row: floor.item(row, [Contribution(scoring.HOUSEHOLD, found[row])]),
        own=False,
    )


def discover(floor: RankingContext) -> Draft | None:
    """Returns what suits the viewer and few have watched; None if nobody has watched anything."""
    if floor.taste.liked is None or not floor.counts.any():
        return None
    unfound = floor.unmet & floor.inputs.meaning.known & cold_start.is_cold(floor.counts)
    return rail_drafts.ranked(floor, homes.DISCOVER, "discover", unfound, parts=floor.fitted(weights.COLD_RAIL))


def genres(floor: RankingContext) -> list[Draft]:
    """Returns what suits the viewer in the genres liked best, then in those with most titles."""
    found: list[Draft] = []
    for genre_id in _leading(floor):
        if len(found) == _GENRE_RAILS:
            break
        draft = rail_drafts.ranked(
            floor,
            homes.GENRE,
            f"genre.{genre_id}",
            floor.unmet & floor.inputs.shelf.in_genre(genre_id),
            display_name=floor.inputs.shelf.genre_names[genre_id],
            genre_id=genre_id,
        )
        found += [draft] if draft else []
    return found


def _with_room(floor: RankingContext, items: list[homes.Item]) -> list[homes.Item]:
    """Returns items among which the best guests have a place: titles that suit the viewer and are not in the air."""
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


def _leading(floor: RankingContext) -> list[str]:
    shelf = floor.inputs.shelf
    liked: dict[str, float] = dict.fromkeys(shelf.genres, 0.0)
    for each, row in zip(floor.taste.counted, floor.taste.rows, strict=True):
        own = [genre.term_id for genre in shelf.titles[row].genres]
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
    """Returns the first episode that came after something was last done with the series."""
    return next((each for each in title.episodes if each.publish_time and since < each.publish_time <= at), None)


def _is_new(title: Title, continuation: continue_watching.Continuation, told: signals.TitleSignals) -> bool:
    """Whether the viewer continues with an episode that came after something was last done with the series."""
    if continuation.position:
        return False
    episode = next((each for each in title.episodes if each.episode_id == continuation.episode_id), None)
    return episode is not None and episode.publish_time is not None and episode.publish_time > _since(told)
