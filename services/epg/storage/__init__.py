"""All SQL of epg. No function commits."""

from services.epg.storage import channels, programmes, search, sources

__all__ = ["channels", "programmes", "search", "sources"]
