"""Sources of guides that the platform fetches itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

#: After a failure a source is fetched again sooner than planned, if its interval is longer.
_RETRY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class GuideSource:
    """A source."""

    source: str
    uri: str
    #: The fields of marquee.epg.v1.ImportOptions.
    options: Mapping[str, Any]
    #: None if only editors refresh it.
    refresh_interval: timedelta | None
    revision: int = 0
    #: What the server said of the file of the last import: the fields `etag` and `last_modified`.
    validators: Mapping[str, str] = field(default_factory=dict)
    #: The fields of marquee.epg.v1.GuideRefresh; None before the first fetch.
    last_refresh: Mapping[str, Any] | None = None
    next_refresh_time: datetime | None = None

    @property
    def etag(self) -> str:
        """The version of what editors state; empty before the first write."""
        return str(self.revision) if self.revision else ""

    def plan_refresh(self, now: datetime, *, failed: bool) -> datetime | None:
        """Returns when the next fetch begins, None if none is planned."""
        if self.refresh_interval is None:
            return None
        return now + (min(self.refresh_interval, _RETRY) if failed else self.refresh_interval)


def is_stale(guide_end: datetime | None, now: datetime) -> bool:
    """Returns whether a guide whose last programme ends at `guide_end`, None if it has none, is not kept up."""
    return guide_end is None or guide_end <= now
