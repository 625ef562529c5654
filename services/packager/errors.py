"""The errors of packager's calls, one class for each reason of the contract."""

from services.kit import errors

DOMAIN = "packager.marquee"


class PackageNotFound(errors.NotFound):
    """The package does not exist."""

    reason, domain = "PACKAGE_NOT_FOUND", DOMAIN

    def __init__(self, package_id: str) -> None:
        super().__init__("There is no such package.", metadata={"package_id": package_id})


class SourceNotFound(errors.NotFound):
    """The source URI names no file."""

    reason, domain = "SOURCE_NOT_FOUND", DOMAIN

    def __init__(self, source_uri: str) -> None:
        super().__init__("There is no file where the source should be.", metadata={"source_uri": source_uri})


class SourceNotAllowed(errors.InvalidArgument):
    """The source lies outside the sources directory, or its scheme is not allowed."""

    reason, domain = "SOURCE_NOT_ALLOWED", DOMAIN

    def __init__(self, message: str, source_uri: str) -> None:
        super().__init__(message, metadata={"source_uri": source_uri})


class NothingPlayable(errors.NotFound):
    """No package of the title or episode is ready."""

    reason, domain = "NOTHING_PLAYABLE", DOMAIN

    def __init__(self, title_id: str, episode_id: str) -> None:
        super().__init__(
            "No package of the title or episode is ready.",
            metadata={"title_id": title_id, "episode_id": episode_id},
        )
