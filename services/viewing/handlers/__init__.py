"""The servicers of viewing."""

from marquee.viewing.v1 import viewing_service_pb2_grpc

from services.viewing.handlers.admin import ViewingAdmin
from services.viewing.handlers.bookmarks import Bookmarks
from services.viewing.handlers.continue_watching import ContinueWatching
from services.viewing.handlers.history import History
from services.viewing.handlers.internal import ViewingInternal
from services.viewing.handlers.ratings import Ratings
from services.viewing.handlers.recently_viewed import RecentlyViewed
from services.viewing.handlers.stats import Stats
from services.viewing.handlers.subject_states import SubjectStates
from services.viewing.handlers.suppressions import Suppressions
from services.viewing.handlers.viewing_events import ViewingEvents
from services.viewing.handlers.watchlist import Watchlist

__all__ = ["Viewing", "ViewingAdmin", "ViewingInternal"]


class Viewing(
    Bookmarks,
    ContinueWatching,
    Ratings,
    Watchlist,
    History,
    RecentlyViewed,
    Suppressions,
    SubjectStates,
    ViewingEvents,
    Stats,
    viewing_service_pb2_grpc.ViewingServiceServicer,
):
    """What a profile watched, how far, and what it thinks of it."""
