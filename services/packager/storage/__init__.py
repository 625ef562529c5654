"""All SQL of packager; every function takes a session, none commits."""

from services.packager.storage import assets, channel_encoders, encoder_runs

__all__ = ["assets", "channel_encoders", "encoder_runs"]
