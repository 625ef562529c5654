"""The addresses in the manifests of one session on a channel."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.playback import domain
from services.playback.media import tokens


@dataclass(frozen=True, slots=True)
class Addresses:
    """The addresses of one session, with their tokens."""

    #: The path of the session at the edge.
    session_path: str
    #: Where a player gets the keys; with a host, since DASH players do not resolve it.
    license_url: str
    #: What follows the paths of playlists, such as `?token=…&from=…`.
    playlist_query: str
    #: What follows the paths of keys.
    key_query: str
    #: The query of the segments of each asset, which opens that asset alone.
    media_queries: Mapping[str, str]
    #: The key system for which HLS names keys of samples: one, since players choose among several differently.
    key_format: str = domain.IDENTITY

    def playlist(self, name: str) -> str:
        """Returns the address of a playlist."""
        return f"{self.session_path}/hls/{name}{self.playlist_query}"

    def key(self, key_id: str) -> str:
        """Returns the address of a key."""
        return f"{self.session_path}/keys/{key_id}{self.key_query}"

    def segment(self, asset_id: str, path: str) -> str:
        """Returns the address of a file of an asset."""
        return f"{tokens.path_prefix(asset_id)}{path}{self.media_queries[asset_id]}"
