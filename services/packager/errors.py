"""The errors of packager's calls, one class for each reason of the contract."""

from marquee.type.v1 import type_pb2

from services.kit import errors, watchable_subjects

DOMAIN = "packager.marquee"


class AssetNotFound(errors.NotFound):
    """The asset does not exist."""

    reason, domain = "ASSET_NOT_FOUND", DOMAIN

    def __init__(self, asset_id: str) -> None:
        super().__init__("There is no such asset.", metadata={"asset_id": asset_id})


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
    """The subject has no asset that is ready."""

    reason, domain = "NOTHING_PLAYABLE", DOMAIN

    def __init__(self, subject: type_pb2.Subject) -> None:
        super().__init__("The subject has no asset that is ready.", metadata=watchable_subjects.metadata(subject))


class EncoderNotFound(errors.NotFound):
    """The channel has no encoder."""

    reason, domain = "ENCODER_NOT_FOUND", DOMAIN

    def __init__(self, channel_id: str) -> None:
        super().__init__("The channel has no encoder.", metadata={"channel_id": channel_id})
