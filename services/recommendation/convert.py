"""What catalog says into titles and texts; runs and freshness to messages."""

from collections.abc import MutableMapping
from datetime import UTC, date, datetime, timedelta

from google.protobuf import duration_pb2, timestamp_pb2
from marquee.catalog.v1 import catalog_pb2
from marquee.recommendation.v1 import recommendation_pb2

from services.kit import visibility
from services.recommendation import storage
from services.recommendation.domain import texts, titles

_STATES = {
    "queued": recommendation_pb2.WORK_STATE_QUEUED,
    "running": recommendation_pb2.WORK_STATE_RUNNING,
    "ready": recommendation_pb2.WORK_STATE_READY,
    "failed": recommendation_pb2.WORK_STATE_FAILED,
}


def title(version: storage.titles.Version, shared: MutableMapping[visibility.Facts, visibility.Facts]) -> titles.Title:
    """Answers a title as it was written down. Facts that other titles have too are taken from `shared`."""
    judged_message = catalog_pb2.TitleFacts.FromString(version.facts)
    judged = facts(judged_message)
    told = catalog_pb2.TitleDocument.FromString(version.document)
    word = titles.shared
    return titles.Title(
        title_id=version.title_id,
        revision=judged_message.revision,
        facts=shared.setdefault(judged, judged),
        type=told.type,
        names={word(language): name for language, name in sorted(told.titles.items())},
        genres=tuple(map(word, told.genres)),
        moods=tuple(map(word, dict.fromkeys([*told.moods, *told.inferred_moods]))),
        themes=tuple(map(word, dict.fromkeys([*told.themes, *told.inferred_themes]))),
        language_code=word(told.language_code),
        release_date=_released(told.release_date),
        duration=_length(told.duration) if told.HasField("duration") else None,
        featured=told.featured,
        episodes=tuple(map(_episode, told.episodes)),
        people=tuple(map(word, told.people)),
    )


def facts(message: catalog_pb2.TitleFacts) -> visibility.Facts:
    """Answers what a title is judged by."""
    return visibility.Facts(
        state=message.state,
        maturity_rating=message.maturity_rating,
        territories=frozenset(message.territories),
        windows=tuple(
            visibility.Window(
                _time(window.start_time) if window.HasField("start_time") else None,
                _time(window.end_time) if window.HasField("end_time") else None,
            )
            for window in message.windows
        ),
        deleted=message.deleted,
    )


def embedded(told: catalog_pb2.TitleDocument) -> str:
    """Answers the text of a title to embed; empty where there is none."""
    names = told.titles
    return texts.text(
        texts.Words(
            name=names.get("en") or names.get(told.language_code) or next(iter(sorted(names.values())), ""),
            tagline=told.tagline,
            synopsis=told.synopsis,
            genres=told.genres,
            moods=told.moods,
            themes=told.themes,
            people=told.people,
        )
    )


def text_digest(told: catalog_pb2.TitleDocument) -> bytes | None:
    """Answers what tells the text of a title from another; None where there is none."""
    return texts.digest(embedded(told))


def run_message(run: storage.runs.Run) -> recommendation_pb2.EmbeddingRun:
    """Answers a run of embedding as the contract tells it."""
    message = recommendation_pb2.EmbeddingRun(
        run_id=run.run_id,
        state=_STATES[run.state],
        title_count=run.title_count,
        done_count=run.done_count,
        skipped_count=run.skipped_count,
        failure_message=run.failure_message,
    )
    message.start_time.FromDatetime(run.start_time)
    if run.end_time is not None:
        message.end_time.FromDatetime(run.end_time)
    return message


def status_message(
    freshness: storage.freshness.Freshness, model_version: str, failure: str, run: storage.runs.Run | None
) -> recommendation_pb2.GetEmbeddingStatusResponse:
    """Answers how fresh the vectors are as the contract tells it."""
    message = recommendation_pb2.GetEmbeddingStatusResponse(
        title_count=freshness.titles,
        fresh_count=freshness.fresh,
        stale_count=freshness.stale,
        missing_count=freshness.missing,
        textless_count=freshness.textless,
        model_version=model_version,
        failure_message=failure,
        run=run_message(run) if run else None,
    )
    if freshness.behind_since is not None:
        message.behind_since_time.FromDatetime(freshness.behind_since)
    return message


def _episode(told: catalog_pb2.EpisodeDocument) -> titles.Episode:
    return titles.Episode(
        episode_id=told.episode_id,
        season_number=told.season_number,
        episode_number=told.episode_number,
        publish_time=_time(told.publish_time) if told.HasField("publish_time") else None,
        duration=_length(told.duration) if told.HasField("duration") else None,
    )


def _released(told: catalog_pb2.ReleaseDate) -> date | None:
    if not told.year:
        return None
    try:
        return date(told.year, told.month or 1, told.day or 1)
    except ValueError:  # A day that no calendar has says nothing; its year does.
        return date(told.year, 1, 1) if 1 <= told.year <= date.max.year else None


def _time(told: timestamp_pb2.Timestamp) -> datetime:
    return told.ToDatetime(UTC)


def _length(told: duration_pb2.Duration) -> timedelta:
    return told.ToTimedelta()
