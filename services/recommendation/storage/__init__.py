"""All SQL of recommendation; every function takes a session, none commits."""

from services.recommendation.storage import freshness, runs, titles, vectors

__all__ = ["freshness", "runs", "titles", "vectors"]
