"""Entitlement's refusals, one class for each reason of the contract."""

from services.kit import errors

DOMAIN = "entitlement.marquee"


class PackageNotFound(errors.NotFound):
    """There is no such package."""

    reason, domain = "PACKAGE_NOT_FOUND", DOMAIN

    def __init__(self, package_id: str) -> None:
        super().__init__("There is no such package.", metadata={"package_id": package_id})


class FactsNotReady(errors.Unavailable):
    """The facts of the titles are being loaded after a start."""

    reason, domain = "FACTS_NOT_READY", DOMAIN

    def __init__(self) -> None:
        super().__init__("What is known of the titles is still being loaded; try again.")
