"""The reasons with which epg refuses calls, one class for each."""

from datetime import datetime

from services.kit import errors

DOMAIN = "epg.marquee"


class ChannelNotFound(errors.NotFound):
    """There is no such channel, or none that the caller may know of."""

    reason, domain = "CHANNEL_NOT_FOUND", DOMAIN

    def __init__(self, channel_id: str) -> None:
        super().__init__(f"There is no channel {channel_id}.", metadata={"channel_id": channel_id})


class ProgrammeNotFound(errors.NotFound):
    """There is no such programme, or none that the caller may know of."""

    reason, domain = "PROGRAMME_NOT_FOUND", DOMAIN

    def __init__(self, programme_id: str) -> None:
        super().__init__(f"There is no programme {programme_id}.", metadata={"programme_id": programme_id})


class GuideWindowInvalid(errors.InvalidArgument):
    """The window ends before it begins, or is too long."""

    reason, domain = "GUIDE_WINDOW_INVALID", DOMAIN

    def __init__(self, most_days: int) -> None:
        super().__init__(f"The window must end after it begins, {most_days} days later at most.")


class ScheduleInvalid(errors.InvalidArgument):
    """The times of a programme in a schedule are wrong."""

    reason, domain = "SCHEDULE_INVALID", DOMAIN

    def __init__(self, index: int, message: str) -> None:
        super().__init__(f"Programme {index} of the schedule {message}.", metadata={"index": str(index)})


class ChannelNumberTaken(errors.AlreadyExists):
    """Another channel has the number."""

    reason, domain = "CHANNEL_NUMBER_TAKEN", DOMAIN

    def __init__(self, number: int, channel_id: str) -> None:
        super().__init__(
            f"Channel {channel_id} has the number {number}.",
            metadata={"number": str(number), "channel_id": channel_id},
        )


class TimeZoneUnknown(errors.InvalidArgument):
    """The time zone is not one of IANA's."""

    reason, domain = "TIME_ZONE_UNKNOWN", DOMAIN

    def __init__(self, time_zone: str) -> None:
        super().__init__(f"There is no time zone {time_zone}.", metadata={"time_zone": time_zone})


class ImportUnreadable(errors.InvalidArgument):
    """The file is not of the stated format, ends early or states too much."""

    reason, domain = "IMPORT_UNREADABLE", DOMAIN

    def __init__(self, line: int, why: str) -> None:
        super().__init__(f"The file cannot be read at line {line}: {why}.", metadata={"line": str(line)})


class ImportShrinksGuide(errors.FailedPrecondition):
    """The file leaves much fewer programmes in the future than are scheduled."""

    reason, domain = "IMPORT_SHRINKS_GUIDE", DOMAIN

    def __init__(self, stored_count: int, remaining_count: int) -> None:
        super().__init__(
            f"The import would replace {stored_count} programmes of the future by {remaining_count}.",
            metadata={"stored_count": str(stored_count), "remaining_count": str(remaining_count)},
        )


class ImportOutOfOrder(errors.InvalidArgument):
    """The options do not come first, or come twice."""

    reason, domain = "IMPORT_OUT_OF_ORDER", DOMAIN

    def __init__(self) -> None:
        super().__init__("The options must come first, and once.")


class SourceNotFound(errors.NotFound):
    """There is no such source."""

    reason, domain = "SOURCE_NOT_FOUND", DOMAIN

    def __init__(self, source: str) -> None:
        super().__init__(f"There is no source {source}.", metadata={"source": source})


class SourceRefreshing(errors.FailedPrecondition):
    """The source is being fetched already."""

    reason, domain = "SOURCE_REFRESHING", DOMAIN

    def __init__(self, source: str) -> None:
        super().__init__(f"The source {source} is being fetched already.", metadata={"source": source})


class SourceHostForbidden(errors.FailedPrecondition):
    """The host is not allowed, or is in a private network."""

    reason, domain = "SOURCE_HOST_FORBIDDEN", DOMAIN

    def __init__(self, host: str, why: str) -> None:
        super().__init__(f"Nothing is fetched from {host}: {why}.", metadata={"host": host})


class SourceUnreachable(errors.FailedPrecondition):
    """The server of the source did not return the file."""

    reason, domain = "SOURCE_UNREACHABLE", DOMAIN

    def __init__(self, why: str) -> None:
        super().__init__(f"The server of the source did not return the file: {why}.")


class ProgrammeEnded(errors.FailedPrecondition):
    """The programme has ended."""

    reason, domain = "PROGRAMME_ENDED", DOMAIN

    def __init__(self, programme_id: str, end_time: datetime) -> None:
        super().__init__(
            f"Programme {programme_id} has ended.",
            metadata={"programme_id": programme_id, "end_time": end_time.isoformat()},
        )


class RemindersFull(errors.FailedPrecondition):
    """The profile has as many reminders as it may."""

    reason, domain = "REMINDERS_FULL", DOMAIN

    def __init__(self, limit: int) -> None:
        super().__init__(f"The profile has {limit} reminders already.", metadata={"limit": str(limit)})


class FavoritesFull(errors.FailedPrecondition):
    """The profile has as many favorite channels as it may."""

    reason, domain = "FAVORITES_FULL", DOMAIN

    def __init__(self, limit: int) -> None:
        super().__init__(f"The profile has {limit} favorite channels already.", metadata={"limit": str(limit)})


class TooManyWatches(errors.ResourceExhausted):
    """The account has as many streams of the guide open as it may."""

    reason, domain = "TOO_MANY_WATCHES", DOMAIN

    def __init__(self, limit: int) -> None:
        super().__init__(f"The account watches the guide {limit} times already.", metadata={"limit": str(limit)})
