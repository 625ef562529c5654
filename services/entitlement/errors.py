"""The reasons with which entitlement refuses calls, one class for each."""

from services.kit import errors

DOMAIN = "entitlement.marquee"


class PackageNotFound(errors.NotFound):
    """There is no such package."""

    reason, domain = "PACKAGE_NOT_FOUND", DOMAIN

    def __init__(self, package_id: str) -> None:
        super().__init__(f"There is no package {package_id}.", metadata={"package_id": package_id})


class FactsNotReady(errors.Unavailable):
    """The service has started and is still loading the facts of titles or channels."""

    reason, domain = "FACTS_NOT_READY", DOMAIN

    def __init__(self) -> None:
        super().__init__("The facts of titles or channels are still being loaded; try again.")
