"""The errors of recommendation, one class for each reason of the contract."""

from services.kit import errors

DOMAIN = "recommendation.marquee"


class TitlesNotReady(errors.Unavailable):
    """The titles are being loaded after a start."""

    reason, domain = "TITLES_NOT_READY", DOMAIN

    def __init__(self) -> None:
        super().__init__("The titles are being loaded; try again in a moment.")


class MeaningUnavailable(errors.Unavailable):
    """There is no model, or no title has a vector yet."""

    reason, domain = "MEANING_UNAVAILABLE", DOMAIN

    def __init__(self) -> None:
        super().__init__("Search by meaning is not available at the moment.")


class RunNotFound(errors.NotFound):
    """There is no such run of embedding."""

    reason, domain = "RUN_NOT_FOUND", DOMAIN

    def __init__(self, run_id: str) -> None:
        super().__init__("There is no such run of embedding.", metadata={"run_id": run_id})


class InputGone(errors.FailedPrecondition):
    """An input of a decision is no longer kept."""

    reason, domain = "INPUT_GONE", DOMAIN

    def __init__(self, name: str, decision_id: str = "") -> None:
        metadata = {"decision_id": decision_id} if decision_id else {}
        of = f"decision {decision_id}" if decision_id else "that time"
        super().__init__(f"The {name} of {of} are no longer kept.", metadata={"input": name, **metadata})
        self.name = name


class NothingFits(errors.NotFound):
    """Nothing that the caller may watch fits the mood and the time."""

    reason, domain = "NOTHING_FITS", DOMAIN

    def __init__(self) -> None:
        super().__init__("Nothing fits the mood and the time.")


class SignalNotFound(errors.NotFound):
    """The profile has no such signal."""

    reason, domain = "SIGNAL_NOT_FOUND", DOMAIN

    def __init__(self, signal_id: str) -> None:
        super().__init__("There is no such signal.", metadata={"signal_id": signal_id})


class DecisionNotFound(errors.NotFound):
    """There is no such decision, or it is no longer kept."""

    reason, domain = "DECISION_NOT_FOUND", DOMAIN

    def __init__(self, decision_id: str) -> None:
        super().__init__("There is no such decision.", metadata={"decision_id": decision_id})
