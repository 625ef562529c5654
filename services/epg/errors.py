"""The reasons with which epg refuses calls, one class for each."""

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
