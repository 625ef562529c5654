"""The rails of a home, one function each: the titles that they hold, and why."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import numpy as np

from services.recommendation.domain import (
    cold_titles,
    continue_watching,
    explanations,
    home_values,
    rail_drafts,
    score_parts,
    signals,
    weights,
)
from services.recommendation.domain.explanations import Contribution
from services.recommendation.domain.rail_drafts import RailDraft
from services.recommendation.domain.ranking import BLEND, RankingContext
from services.recommendation.domain.titles import Episode, Title

_OWN_HALF_LIFE = timedelta(days=30)
#: What is on a list of the viewer's own has at least this score, so that its explanation has a contribution.
_MIN_OWN_SCORE = 2**-20
_NEW_RELEASE_DAYS = 3 * 365
_MAX_NEW_RELEASES = 200
_GENRE_RAILS = 6
_BECAUSE_RAILS = 2
_BECAUSE_MIN_SIMILARITY = 0.2
#: A title whose signal has a smaller weight does not get a rail of similar titles.
_BECAUSE_MIN_WEIGHT = 0.5

_RELEASES: Mapping[str, float] = {**{part: 1.0 for part in BLEND if part != "newness"}, "release": 6.0}
#: The emphasis of rails that editors curate.
CURATED: Mapping[str, float] = {**BLEND, "curation": 2.0}
_PERSONAL: Mapping[str, float] = {part: 1.0 for part in BLEND if part not in {"popularity", "newness"}}
_TRENDING: Mapping[str, float] = {"trend": 1.0}


def draft_new_episodes(context: RankingContext) -> RailDraft | None:
    """Returns the series that the viewer follows and that have an episode newer than what the viewer last did."""
    entries = {}
    for title_signals in context.inputs.history.titles:
        row = context.available_row(title_signals.title_id)
        if row is None or (title_signals.watch_time is None and title_signals.add_time is None):
            continue
        title = context.inputs.matrix.titles[row]
        episode = _first_new_episode(title, _last_action_time(title_signals), context.inputs.at)
        continuation = context.continuations.get(title_signals.title_id)
        if episode is None or (
            continuation is not None and not _continues_with_new_episode(title, continuation, title_signals)
        ):
            continue
        score = _recency(episode.publish_time, context.inputs.at)
        episode_id = episode.episode_id if continuation is None else continuation.episode_id
        entries[row] = (score, title_signals, episode_id)

    def build_item(row: int) -> home_values.Item:
        score, title_signals, episode_id = entries[row]
        contributions = [_own_contribution(score, title_signals)]
        return context.build_item(
            row, contributions, own="episode", kind=home_values.NEW_EPISODE, episode_id=episode_id
        )

    rows = sorted(entries, key=lambda row: (-entries[row][0], row))
    return rail_drafts.draft_listed(context, home_values.NEW_EPISODES, "new-episodes", rows, build_item)


def draft_continue_watching(context: RankingContext) -> RailDraft | None:
    """Returns what the viewer started and did not finish, the latest first."""
    entries = {
        # A finished title that is started again is continued, although no rail recommends it.
        row: continuation
        for title_id, continuation in context.continuations.items()
        if (row := context.own_row(title_id, may_be_finished=True)) is not None
    }

    def build_item(row: int) -> home_values.Item:
        continuation = entries[row]
        title_signals = context.signals_by_title.get(continuation.title_id) or signals.TitleSignals(
            continuation.title_id, watch_time=continuation.update_time
        )
        return context.build_item(
            row,
            [_own_contribution(_recency(continuation.update_time, context.inputs.at), title_signals)],
            own="continue",
            kind=home_values.NEXT_EPISODE if continuation.next_episode else home_values.CONTINUE,
            episode_id=continuation.episode_id,
            position=continuation.position or None,
            duration=continuation.duration,
        )

    return rail_drafts.draft_listed(
        context, home_values.CONTINUE_WATCHING, "continue-watching", list(entries), build_item
    )


def draft_my_list(context: RankingContext) -> RailDraft | None:
    """Returns the watchlist, the latest addition first."""
    add_times = {
        row: title_signals.add_time
        for title_signals in context.inputs.history.titles
        if title_signals.add_time is not None and (row := context.own_row(title_signals.title_id)) is not None
    }

    def build_item(row: int) -> home_values.Item:
        title_id = context.inputs.matrix.titles[row].title_id
        signal_id = signals.signal_id(signals.LISTED, title_id)
        score = _recency(add_times[row], context.inputs.at)
        return context.build_item(row, [Contribution(score_parts.OWN, score, signal_id, title_id)], own="listed")

    rows = sorted(add_times, key=lambda row: (-add_times[row].timestamp(), row))
    return rail_drafts.draft_listed(context, home_values.MY_LIST, "my-list", rows, build_item)


def draft_for_you(context: RankingContext) -> RailDraft | None:
    """Returns the best titles for a viewer of whom a liking is known."""
    if not context.has_liking:
        return None
    return rail_drafts.draft_ranked(
        context,
        home_values.FOR_YOU,
        "for-you",
        context.unfamiliar,
        limit=weights.SHOWN,
        min_items=1,
        arrange=lambda items: _reserve_places(context, items),
    )


def draft_curated(context: RankingContext) -> RailDraft | None:
    """Returns what editors feature and what is popular, ranked with the viewer's preferences."""
    candidates = context.unfamiliar & (context.inputs.matrix.featured | (context.recent_interest > 0))
    return rail_drafts.draft_ranked(context, home_values.CURATED, "curated", candidates, CURATED, min_items=1)


def draft_featured(context: RankingContext) -> RailDraft | None:
    """Returns what editors feature, for a viewer whose home begins with For You."""
    candidates = context.unfamiliar & context.inputs.matrix.featured
    return rail_drafts.draft_ranked(context, home_values.CURATED, "curated", candidates, CURATED)


def draft_any_titles(context: RankingContext) -> RailDraft | None:
    """Returns any titles, so that a home is not empty while there is something to watch."""
    return rail_drafts.draft_ranked(context, home_values.CURATED, "curated", context.unfamiliar, CURATED, min_items=1)


def draft_because(context: RankingContext) -> list[RailDraft]:
    """Returns a rail of similar titles for each of the titles that the viewer likes best."""
    drafts: list[RailDraft] = []
    vectors, used_title_ids = context.inputs.vectors, set()
    for signal, row in zip(context.taste.entries, context.taste.rows, strict=True):
        if len(drafts) == _BECAUSE_RAILS:
            break
        is_strong = signal.weight >= _BECAUSE_MIN_WEIGHT and signal.kind in {signals.RATED, signals.WATCHED}
        if not is_strong or signal.title_id in used_title_ids or not vectors.present[row] or not context.visible[row]:
            continue
        used_title_ids.add(signal.title_id)
        similarity = vectors.scores(vectors.rows([row])[0])
        contributions = [Contribution(score_parts.CONTENT, 0.0, signal.signal_id, signal.title_id)]
        heading = "because" if signal.kind == signals.RATED else "because-watched"
        draft = rail_drafts.draft_ranked(
            context,
            home_values.BECAUSE,
            f"because.{signal.title_id}",
            context.unfamiliar & (similarity >= _BECAUSE_MIN_SIMILARITY),
            {"disliked": 1.0},
            display_name=explanations.rail_title(
                heading, context.inputs.language, context.visible_name(signal.title_id)
            ),
            extra=("liked", context.inputs.weights.content * similarity, contributions),
        )
        drafts += [draft] if draft else []
    return drafts


def draft_trending(context: RankingContext) -> RailDraft | None:
    """Returns what many viewers watch now."""
    candidates = context.unfamiliar & (context.recent_interest > 0)
    return rail_drafts.draft_ranked(context, home_values.TRENDING, "trending", candidates, _TRENDING, diverse=False)


def draft_new_releases(context: RankingContext) -> RailDraft | None:
    """Returns newly released titles, the best for the viewer first."""
    today, released = context.today.toordinal(), context.inputs.matrix.released
    new = context.available & context.unfamiliar & (released <= today) & (released > today - _NEW_RELEASE_DAYS)
    if int(new.sum()) > _MAX_NEW_RELEASES:
        new &= released >= np.partition(released[new], -_MAX_NEW_RELEASES)[-_MAX_NEW_RELEASES]
    return rail_drafts.draft_ranked(context, home_values.NEW_RELEASES, "new-releases", new, _RELEASES, diverse=False)


def draft_household(context: RankingContext) -> RailDraft | None:
    """Returns what the other profiles of the account watch."""
    household = context.inputs.history.household
    highest = max((each.profile_count + each.completion for each in household), default=0.0)
    scores = {}
    for each in household:
        row = context.available_row(each.title_id)
        if row is not None and context.unfamiliar[row]:
            scores[row] = score_parts.quantize((each.profile_count + each.completion) / highest)
    return rail_drafts.draft_listed(
        context,
        home_values.HOUSEHOLD,
        "household",
        sorted(scores, key=lambda row: (-scores[row], row)),
        lambda row: context.build_item(row, [Contribution(score_parts.HOUSEHOLD, scores[row])]),
        is_own=False,
    )


def draft_discover(context: RankingContext) -> RailDraft | None:
    """Returns good titles for the viewer that few have watched; None if nobody has watched anything."""
    if context.taste.liked is None or not context.counts.any():
        return None
    candidates = context.unfamiliar & context.inputs.vectors.present & cold_titles.is_cold(context.counts)
    parts = context.score_parts(weights.COLD_RAIL)
    return rail_drafts.draft_ranked(context, home_values.DISCOVER, "discover", candidates, parts=parts)


def draft_genres(context: RankingContext) -> list[RailDraft]:
    """Returns a rail for each of the genres that the viewer likes best, then for those with most titles."""
    drafts: list[RailDraft] = []
    for genre_id in _rank_genres(context):
        if len(drafts) == _GENRE_RAILS:
            break
        draft = rail_drafts.draft_ranked(
            context,
            home_values.GENRE,
            f"genre.{genre_id}",
            context.unfamiliar & context.inputs.matrix.in_genre(genre_id),
            display_name=context.genre_name(genre_id),
            genre_id=genre_id,
        )
        drafts += [draft] if draft else []
    return drafts


def _reserve_places(context: RankingContext, items: list[home_values.Item]) -> list[home_values.Item]:
    """Returns items of which some places are reserved for the best by the personal parts of the score alone."""
    if not context.taste.likes_titles or len(items) < weights.SHOWN:
        return items
    # They are chosen by the personal parts; their scores and explanations have all parts.
    personal = context.rank(context.unfamiliar, weights.RESERVED, _PERSONAL, diverse=False)
    shown = {item.title_id for item in items}
    missing = context.inputs.matrix.mask(item.title_id for item in personal if item.title_id not in shown)
    added = context.rank(missing, weights.RESERVED, diverse=False)
    personal_ids = {item.title_id for item in personal}
    others = [item.title_id for item in items if item.title_id not in personal_ids]
    removed = set(others[len(others) - len(added) :])
    remaining = [item for item in items if item.title_id not in removed]
    return sorted([*remaining, *added], key=lambda item: (-item.explanation.score, item.title_id))


def _rank_genres(context: RankingContext) -> list[str]:
    matrix = context.inputs.matrix
    liking: dict[str, float] = dict.fromkeys(matrix.genres, 0.0)
    for signal, row in zip(context.taste.entries, context.taste.rows, strict=True):
        genre_ids = [genre.term_id for genre in matrix.titles[row].genres]
        for genre_id in genre_ids:
            liking[genre_id] += signal.weight / len(genre_ids)
    for genre_id in context.preferred_genres:
        if genre_id in liking:
            liking[genre_id] += 1.0
    counts = {
        genre_id: int((matrix.genre_of[:, column] & context.visible).sum())
        for genre_id, column in matrix.genres.items()
    }
    shown = [genre_id for genre_id in liking if counts[genre_id] and liking[genre_id] >= 0]
    return sorted(shown, key=lambda genre_id: (-score_parts.quantize(liking[genre_id]), -counts[genre_id], genre_id))


def _own_contribution(score: float, title_signals: signals.TitleSignals) -> Contribution:
    kind = signals.WATCHED if title_signals.watch_time is not None else signals.LISTED
    signal_id = signals.signal_id(kind, title_signals.title_id)
    return Contribution(score_parts.OWN, score, signal_id, title_signals.title_id)


def _recency(time: datetime | None, at: datetime) -> float:
    age = timedelta() if time is None else max(at - time, timedelta())
    return max(score_parts.quantize(0.5 ** (age / _OWN_HALF_LIFE)), _MIN_OWN_SCORE)


def _last_action_time(title_signals: signals.TitleSignals) -> datetime:
    times = [time for time in (title_signals.watch_time, title_signals.dismiss_time) if time is not None]
    return max(times) if times else title_signals.add_time or datetime.max.replace(tzinfo=UTC)


def _first_new_episode(title: Title, since: datetime, at: datetime) -> Episode | None:
    """Returns the first episode that was published since the viewer last did something with the series."""
    return next((each for each in title.episodes if each.publish_time and since < each.publish_time <= at), None)


def _continues_with_new_episode(
    title: Title, continuation: continue_watching.Continuation, title_signals: signals.TitleSignals
) -> bool:
    """Returns whether the next episode was published since the viewer last did something with the series."""
    if continuation.position:
        return False
    episode = next((each for each in title.episodes if each.episode_id == continuation.episode_id), None)
    return (
        episode is not None
        and episode.publish_time is not None
        and episode.publish_time > _last_action_time(title_signals)
    )
