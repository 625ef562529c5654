"""Access decisions from memory: the facts of titles, the packages, and encoded decisions that are still valid.

catalog ─ facts, then TitlesChanged ─▶ DecisionCache ◀─ packages and assignments ─ own database
                                         └▶ encoded decisions, one for each subject and kind of viewer
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from marquee.catalog.v1 import catalog_internal_pb2
from marquee.entitlement.v1 import entitlement_service_pb2
from marquee.type.v1 import type_pb2

from services.entitlement import convert, domain, errors
from services.kit import cache, title_facts, visibility, watchable_subjects
from services.kit.clock import Clock


@dataclass(frozen=True, slots=True)
class _Title:
    revision: int
    facts: visibility.Facts
    episode_ids: tuple[str, ...]


class DecisionCache:
    """Decides from memory, and keeps each decision until something that it depends on changes.

    Args:
        clock: the clock.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._titles: dict[str, _Title] = {}
        self._title_of_episode: dict[str, str] = {}
        self._has_facts = False
        self._assignments: Mapping[str, frozenset[str]] = {}
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
        if not self._has_facts:
            raise errors.FactsNotReady
        title_id = self._title_of_episode.get(subject_id, "") if is_episode else subject_id
        title = self._titles.get(title_id)
        decision = domain.decide(
            title.facts if title else None,
            self._assignments.get(title_id, frozenset()),
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
        for message in facts:
            current = self._titles.get(message.title_id)
            if current is not None and current.revision >= message.revision:
                continue
            title = _Title(message.revision, title_facts.read(message), tuple(message.episode_ids))
            self._titles[message.title_id] = title
            self._responses.drop(message.title_id)
            for episode_id in current.episode_ids if current else ():
                self._title_of_episode.pop(episode_id, None)
            for episode_id in title.episode_ids:
                self._title_of_episode[episode_id] = message.title_id
                self._responses.drop(episode_id)

    def mark_titles_loaded(self) -> None:
        """Notes that the facts of all titles were taken in."""
        self._has_facts = True

    def replace_packages(self, packages: Sequence[domain.Package], assignments: Mapping[str, frozenset[str]]) -> None:
        """Replaces all packages, and the packages of each assigned title."""
        self._packages, self._assignments = packages, assignments
        self._responses.clear()
