"""Decisions, models and runs of embedding into messages, for operators."""

from marquee.recommendation.v1 import embedding_admin_service_pb2, recommendation_pb2

from services.recommendation import storage
from services.recommendation.domain import scoring

_STATES = {
    "queued": recommendation_pb2.WORK_STATE_QUEUED,
    "running": recommendation_pb2.WORK_STATE_RUNNING,
    "ready": recommendation_pb2.WORK_STATE_READY,
    "failed": recommendation_pb2.WORK_STATE_FAILED,
}


def decision(row: storage.decisions.Decision, kept: frozenset[str]) -> recommendation_pb2.Decision:
    """Returns a decision, with those inputs as kept that are."""
    message = recommendation_pb2.Decision(
        decision_id=row.decision_id,
        kind=recommendation_pb2.DECISION_KIND_HOME,
        profile_id=row.profile_id or "",
        inputs=[
            recommendation_pb2.DecisionInput(name=name, version=version, kept=name in kept)
            for name, version in versions(row).items()
        ],
        degradations=[recommendation_pb2.Degradation.ValueType(each) for each in row.degradations],
        digest=row.digest,
    )
    message.decide_time.FromDatetime(row.decide_time)
    message.expire_time.FromDatetime(row.expire_time)
    return message


def versions(row: storage.decisions.Decision) -> dict[str, str]:
    """Returns the versions of what a decision was made from, by name; what it had to do without is left out."""
    found = {name: digest.hex()[:16] for name, digest in row.contents}
    found["catalog"] = str(row.epoch)
    if row.embedder:
        found["vectors"] = f"{row.vectors_version} by {row.embedder}"
    if row.model_id:
        found["model"] = row.model_id
    return {
        **found,
        "rules": row.rules.hex()[:16] or "not known",
        "time": row.decide_time.isoformat(),
        "language": row.language,
        "maturity_ceiling": str(row.maturity_ceiling),
        "country_code": row.country_code,
    }


def model(told: storage.models.Model) -> recommendation_pb2.Model:
    """Returns a collaborative model."""
    message = recommendation_pb2.Model(
        model_id=told.model_id,
        state=_STATES[told.state],
        profile_count=told.profile_count,
        title_count=told.title_count,
        interaction_count=told.interaction_count,
        failure_message=told.failure_message,
    )
    message.start_time.FromDatetime(told.start_time)
    if told.end_time is not None:
        message.end_time.FromDatetime(told.end_time)
    return message


def weights(told: scoring.Weights) -> recommendation_pb2.Weights:
    """Returns how the blend weighed its parts."""
    return recommendation_pb2.Weights(
        content=told.content,
        collaborative=told.collaborative,
        popularity=told.popularity,
        newness=told.newness,
        preference=told.preference,
        diversity=told.diversity,
    )


def read_weights(told: recommendation_pb2.Weights) -> scoring.Weights:
    """Returns the weights that somebody asks about."""
    return scoring.Weights(
        told.content, told.collaborative, told.popularity, told.newness, told.preference, told.diversity
    )


def run_message(run: storage.embedding_runs.Run) -> recommendation_pb2.EmbeddingRun:
    """Returns a run of embedding as the contract tells it."""
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
    freshness: storage.embedding_queue.Freshness,
    model_version: str,
    failure: str,
    run: storage.embedding_runs.Run | None,
) -> embedding_admin_service_pb2.GetEmbeddingStatusResponse:
    """Returns how fresh the vectors are as the contract tells it."""
    message = embedding_admin_service_pb2.GetEmbeddingStatusResponse(
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
