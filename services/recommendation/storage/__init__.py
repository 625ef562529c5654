"""All SQL of recommendation; every function takes a session, none commits."""

from services.recommendation.storage import (
    decisions,
    embedding_queue,
    embedding_runs,
    guide,
    models,
    signals,
    titles,
    vectors,
    work_requests,
)

__all__ = [
    "decisions",
    "embedding_queue",
    "embedding_runs",
    "guide",
    "models",
    "signals",
    "titles",
    "vectors",
    "work_requests",
]
