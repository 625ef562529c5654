"""The servicers of viewing."""

from marquee.viewing.v1 import viewing_pb2_grpc

from services.viewing.handlers.admin import ViewingAdmin
from services.viewing.handlers.bookmarks import Bookmarks
from services.viewing.handlers.figures import Figures
from services.viewing.handlers.going_on import GoingOn
from services.viewing.handlers.history import History
from services.viewing.handlers.internal import ViewingInternal
from services.viewing.handlers.ratings import Ratings
from services.viewing.handlers.recording import Recording
from services.viewing.handlers.suppressions import Suppressions
from services.viewing.handlers.views import Views
from services.viewing.handlers.watchlist import Watchlist

__all__ = ["Viewing", "ViewingAdmin", "ViewingInternal"]


class Viewing(
    Bookmarks,
    GoingOn,
    Ratings,
    Watchlist,
    History,
    Views,
    Suppressions,
    Recording,
    Figures,
    viewing_pb2_grpc.ViewingServiceServicer,
):
    """What a profile watched, how far, and what it thinks of it."""
