"""The reasons for which the catalog refuses a call."""

from collections.abc import Sequence

from services.kit import errors

_DOMAIN = "catalog.marquee"
_MOST_NAMED = 20


class ImportUnreadable(errors.InvalidArgument):
    """The file is not of the stated format, or ends early."""

    reason, domain = "IMPORT_UNREADABLE", _DOMAIN

    def __init__(self, row: int, why: str) -> None:
        super().__init__(f"The file cannot be read from row {row} on: {why}.", metadata={"row": str(row)})


class ImportEmpty(errors.InvalidArgument):
    """The file holds no row."""

    reason, domain = "IMPORT_EMPTY", _DOMAIN

    def __init__(self) -> None:
        super().__init__("The file holds no row.")


class ImportOutOfOrder(errors.InvalidArgument):
    """The options do not come first, or come twice."""

    reason, domain = "IMPORT_OUT_OF_ORDER", _DOMAIN

    def __init__(self) -> None:
        super().__init__("The options must come first, and once.")


class CollectionNotFound(errors.NotFound):
    """There is no such collection, or none that is open and holds a title that the caller may see."""

    reason, domain = "COLLECTION_NOT_FOUND", _DOMAIN

    def __init__(self, collection_id: str) -> None:
        super().__init__("There is no such collection.", metadata={"collection_id": collection_id})


class CollectionTitlesUnknown(errors.InvalidArgument):
    """A collection names titles that do not exist."""

    reason, domain = "COLLECTION_TITLES_UNKNOWN", _DOMAIN

    def __init__(self, title_ids: Sequence[str]) -> None:
        named = ",".join(title_ids[:_MOST_NAMED])
        super().__init__(f"There are no such titles: {named}.", metadata={"title_ids": named})


class SearchNotReady(errors.Unavailable):
    """The search index is being built after a start."""

    reason, domain = "SEARCH_NOT_READY", _DOMAIN

    def __init__(self) -> None:
        super().__init__("The search index is being built; try again in a few seconds.")
