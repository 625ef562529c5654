"""The servicer of playback."""

from marquee.playback.v1 import playback_service_pb2_grpc

from services.playback.handlers.media import Media
from services.playback.handlers.sessions import Sessions

__all__ = ["Playback"]


class Playback(Sessions, Media, playback_service_pb2_grpc.PlaybackServiceServicer):
    """Sessions, and the manifests and keys that players request."""
