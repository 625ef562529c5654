"""Access decisions from memory: the facts of titles, the packages, and encoded decisions that are still valid.

catalog ─ facts, then TitlesChanged ─▶ DecisionCache ◀─ packages and assignments ─ own database
                                         └▶ encoded decisions, one for each subject and kind of viewer
"""

from collections.abc import Iterable, Mapping, Sequence

from marquee.catalog.v1 import catalog_internal_pb2
from marquee.entitlement.v1 import entitlement_service_pb2
from marquee.type.v1 import type_pb2

from services.entitlement import convert, domain, errors
from services.kit import cache, title_facts, watchable_subjects
from services.kit.clock import Clock


class DecisionCache:
    """Decides from memory, and keeps each decision until something that it depends on changes.

    Args:
        clock: the clock.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._titles = title_facts.TitleIndex()
        self._assignments: Mapping[domain.Kind, Mapping[str, frozenset[str]]] = {kind: {} for kind in domain.Kind}
        self._packages: Sequence[domain.Package] | None = None
        self._responses = cache.Cache(clock)

    @property
    def packages(self) -> Sequence[domain.Package]:
        """All packages. Raises FactsNotReady."""
        if self._packages is None:
            raise errors.FactsNotReady
        return self._packages

    def check_access(self, subject: type_pb2.Subject, viewer: domain.Viewer) -> bytes:
        """Returns an encoded CheckAccessResponse. Raises FactsNotReady, SubjectNotSupported."""
        subject_id = watchable_subjects.require(subject, "title_id", "episode_id")
        country_code = viewer.visibility.country_code
        is_episode = subject.HasField("episode_id")
        key = (subject_id, is_episode, viewer.grant, viewer.visibility.maturity_ceiling, country_code)
        cached = self._responses.get(key)
        if cached is not None:
            return cached
        if not self._titles.is_loaded:
            raise errors.FactsNotReady
        title_id = (self._titles.get_series_id(subject_id) or "") if is_episode else subject_id
        title = self._titles.get(title_id)
        decision = domain.decide(
            domain.Kind.TITLE,
            title.facts if title else None,
            self._assignments[domain.Kind.TITLE].get(title_id, frozenset()),
            self.packages,
            viewer,
            self._clock.now(),
        )
        message = convert.decision_message(subject, decision, country_code)
        response = entitlement_service_pb2.CheckAccessResponse(decision=message).SerializeToString()
        tags = {subject_id, title_id} if title_id else {subject_id}
        return self._responses.put(key, response, expire_time=decision.recheck_time, tags=tags)

    def update_titles(self, facts: Iterable[catalog_internal_pb2.TitleFacts]) -> None:
        """Takes facts of titles in any order. Those that are older than the current ones are ignored."""
        for subject_id in self._titles.update(facts):
            self._responses.drop(subject_id)

    def mark_titles_loaded(self) -> None:
        """Notes that the facts of all titles were taken in."""
        self._titles.is_loaded = True

    def replace_packages(
        self,
        packages: Sequence[domain.Package],
        assignments: Mapping[domain.Kind, Mapping[str, frozenset[str]]],
    ) -> None:
        """Replaces all packages, and the packages of each assigned title and channel."""
        self._packages, self._assignments = packages, assignments
        self._responses.clear()
