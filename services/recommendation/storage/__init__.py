"""All SQL of recommendation; every function takes a session, none commits."""

from services.recommendation.storage import runs, titles, vectors

__all__ = ["runs", "titles", "vectors"]
