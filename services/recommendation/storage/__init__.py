"""All SQL of recommendation; every function takes a session, none commits."""

from services.recommendation.storage import decisions, freshness, models, requests, runs, signals, titles, vectors

__all__ = ["decisions", "freshness", "models", "requests", "runs", "signals", "titles", "vectors"]
