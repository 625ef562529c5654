"""All SQL of packager; every function takes a session, none commits."""

from services.packager.storage import assets

__all__ = ["assets"]
