"""Decisions, models and runs of embedding into messages, for operators."""

from marquee.recommendation.v1 import embedding_admin_service_pb2, recommendation_pb2

from services.kit import timestamps
from services.recommendation import storage
from services.recommendation.domain import score_parts

_STATES = {
    "queued": recommendation_pb2.WORK_STATE_QUEUED,
    "running": recommendation_pb2.WORK_STATE_RUNNING,
    "ready": recommendation_pb2.WORK_STATE_READY,
    "failed": recommendation_pb2.WORK_STATE_FAILED,
}


def decision(row: storage.decisions.Decision, kept_inputs: frozenset[str]) -> recommendation_pb2.Decision:
    """Returns the message of a decision.

    Args:
        row: the decision.
        kept_inputs: the names of the inputs that are still kept.
    """
    return recommendation_pb2.Decision(
        decision_id=row.decision_id,
        kind=recommendation_pb2.DECISION_KIND_HOME,
        profile_id=row.profile_id or "",
        inputs=[
            recommendation_pb2.DecisionInput(name=name, version=version, kept=name in kept_inputs)
            for name, version in input_versions(row).items()
        ],
        degradations=[recommendation_pb2.Degradation.ValueType(each) for each in row.degradations],
        digest=row.digest,
        decide_time=timestamps.from_datetime(row.decide_time),
        expire_time=timestamps.from_datetime(row.expire_time),
    )


def input_versions(row: storage.decisions.Decision) -> dict[str, str]:
    """Returns the versions of the inputs of a decision by name, without the inputs that were missing."""
    versions = {name: digest.hex()[:16] for name, digest in row.contents}
    versions["catalog"] = str(row.epoch)
    if row.embedder:
        versions["vectors"] = f"{row.vectors_version} by {row.embedder}"
    if row.model_id:
        versions["model"] = row.model_id
    return {
        **versions,
        "rules": row.rules.hex()[:16] or "not known",
        "time": row.decide_time.isoformat(),
        "language": row.language,
        "maturity_ceiling": str(row.maturity_ceiling),
        "country_code": row.country_code,
    }


def model(row: storage.models.Model) -> recommendation_pb2.Model:
    """Returns the message of a collaborative model."""
    return recommendation_pb2.Model(
        model_id=row.model_id,
        state=_STATES[row.state],
        profile_count=row.profile_count,
        title_count=row.title_count,
        interaction_count=row.interaction_count,
        failure_message=row.failure_message,
        start_time=timestamps.from_datetime(row.start_time),
        end_time=timestamps.from_datetime(row.end_time) if row.end_time else None,
    )


def weights(value: score_parts.Weights) -> recommendation_pb2.Weights:
    """Returns the message of weights."""
    return recommendation_pb2.Weights(
        content=value.content,
        collaborative=value.collaborative,
        popularity=value.popularity,
        newness=value.newness,
        preference=value.preference,
        diversity=value.diversity,
    )


def read_weights(message: recommendation_pb2.Weights) -> score_parts.Weights:
    """Returns the weights in a message."""
    return score_parts.Weights(
        message.content,
        message.collaborative,
        message.popularity,
        message.newness,
        message.preference,
        message.diversity,
    )


def embedding_run(run: storage.embedding_runs.Run) -> recommendation_pb2.EmbeddingRun:
    """Returns the message of a run of embedding."""
    return recommendation_pb2.EmbeddingRun(
        run_id=run.run_id,
        state=_STATES[run.state],
        title_count=run.title_count,
        done_count=run.done_count,
        skipped_count=run.skipped_count,
        failure_message=run.failure_message,
        start_time=timestamps.from_datetime(run.start_time),
        end_time=timestamps.from_datetime(run.end_time) if run.end_time else None,
    )


def embedding_status(
    freshness: storage.embedding_queue.Freshness,
    model_version: str,
    failure: str,
    run: storage.embedding_runs.Run | None,
) -> embedding_admin_service_pb2.GetEmbeddingStatusResponse:
    """Returns the message of how many vectors are fresh, and of the last run."""
    behind_since = freshness.behind_since
    return embedding_admin_service_pb2.GetEmbeddingStatusResponse(
        title_count=freshness.titles,
        fresh_count=freshness.fresh,
        stale_count=freshness.stale,
        missing_count=freshness.missing,
        textless_count=freshness.textless,
        model_version=model_version,
        failure_message=failure,
        run=embedding_run(run) if run else None,
        behind_since_time=timestamps.from_datetime(behind_since) if behind_since else None,
    )
