"""All SQL of epg. No function commits."""

from services.epg.storage import channels, programmes, sources

__all__ = ["channels", "programmes", "sources"]
