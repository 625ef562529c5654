"""Access decisions from memory: the facts of titles and channels, the packages, and encoded decisions still valid.

catalog ─ facts, then TitlesChanged ─▶ DecisionCache ◀─ packages and assignments ─ own database
epg ─ facts of all channels ──────────▶  └▶ encoded decisions, one for each subject and kind of viewer
"""

from collections.abc import Iterable, Mapping, Sequence

from marquee.catalog.v1 import catalog_internal_pb2
from marquee.entitlement.v1 import entitlement_service_pb2
from marquee.type.v1 import type_pb2

from services.entitlement import convert, domain, errors
from services.kit import cache, title_facts, visibility, watchable_subjects
from services.kit.clock import Clock


class DecisionCache:
    """Decides from memory, and keeps each decision until something that it depends on changes.

    Args:
        clock: the clock.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._titles = title_facts.TitleIndex()
        self._channels: Mapping[str, visibility.Facts] | None = None
        self._assignments: Mapping[domain.Kind, Mapping[str, frozenset[str]]] = {kind: {} for kind in domain.Kind}
        self._packages: Sequence[domain.Package] | None = None
        self._responses = cache.Cache(clock)

    @property
    def packages(self) -> Sequence[domain.Package]:
        """All packages. Raises FactsNotReady."""
        if self._packages is None:
            raise errors.FactsNotReady
        return self._packages

    def check_access(
        self, subject: type_pb2.Subject, viewer: domain.Viewer, programmes: Mapping[str, domain.Programme]
    ) -> bytes:
        """Returns an encoded CheckAccessResponse. Raises FactsNotReady.

        Args:
            subject: what to watch.
            viewer: who asks.
            programmes: the programme, if the subject is one that exists.
        """
        kind, subject_id = watchable_subjects.key(subject)
        programme = programmes.get(subject_id) if kind == "programme_id" else None
        country_code = viewer.visibility.country_code
        key = (subject_id, kind, programme, viewer.grant, viewer.visibility.maturity_ceiling, country_code)
        cached = self._responses.get(key)
        if cached is not None:
            return cached
        if kind in ("title_id", "episode_id"):
            held_kind, (held_id, facts) = domain.Kind.TITLE, self._find_title(kind, subject_id)
        else:
            channel_id = programme.channel_id if programme else subject_id if kind == "channel_id" else ""
            held_kind, held_id, facts = domain.Kind.CHANNEL, channel_id, self._find_channel(channel_id, programme)
        assigned_to = self._assignments[held_kind].get(held_id, frozenset())
        decision = domain.decide(held_kind, facts, assigned_to, self.packages, viewer, self._clock.now())
        message = convert.decision_message(subject, decision, country_code)
        response = entitlement_service_pb2.CheckAccessResponse(decision=message).SerializeToString()
        tags = {subject_id, held_id} if held_id else {subject_id}
        return self._responses.put(key, response, expire_time=decision.recheck_time, tags=tags)

    def list_entitled_channels(self, grant: domain.Grant) -> bytes:
        """Returns an encoded ListEntitledChannelsResponse. Raises FactsNotReady."""
        key = ("channels", grant)
        cached = self._responses.get(key)
        if cached is not None:
            return cached
        now = self._clock.now()
        if grant.end_time and grant.end_time <= now:
            grant = domain.NO_GRANT
        accessible = domain.accessible_packages(self.packages, grant, now)
        channel_ids = domain.list_entitled(domain.Kind.CHANNEL, self._assignments[domain.Kind.CHANNEL], accessible)
        response = convert.entitled_channels_message(channel_ids, grant).SerializeToString()
        return self._responses.put(key, response, expire_time=grant.end_time)

    def _find_title(self, kind: str, subject_id: str) -> tuple[str, visibility.Facts | None]:
        """Returns the title of a title or an episode, with its facts. Raises FactsNotReady."""
        if not self._titles.is_loaded:
            raise errors.FactsNotReady
        title_id = subject_id if kind == "title_id" else self._titles.get_series_id(subject_id) or ""
        title = self._titles.get(title_id)
        return title_id, title.facts if title else None

    def _find_channel(self, channel_id: str, programme: domain.Programme | None) -> visibility.Facts | None:
        """Returns the facts of a channel, or of a programme of it. Raises FactsNotReady."""
        if self._channels is None:
            raise errors.FactsNotReady
        channel = self._channels.get(channel_id)
        return domain.programme_facts(channel, programme) if channel and programme else channel

    def update_titles(self, facts: Iterable[catalog_internal_pb2.TitleFacts]) -> None:
        """Takes facts of titles in any order. Those that are older than the current ones are ignored."""
        for subject_id in self._titles.update(facts):
            self._responses.drop(subject_id)

    def mark_titles_loaded(self) -> None:
        """Notes that the facts of all titles were taken in."""
        self._titles.is_loaded = True

    def replace_channels(self, channels: Mapping[str, visibility.Facts]) -> None:
        """Replaces the facts of all channels, by their ids."""
        former = self._channels or {}
        self._channels = channels
        self._responses.drop(*(id_ for id_ in former.keys() | channels.keys() if former.get(id_) != channels.get(id_)))

    def replace_packages(
        self,
        packages: Sequence[domain.Package],
        assignments: Mapping[domain.Kind, Mapping[str, frozenset[str]]],
    ) -> None:
        """Replaces all packages, and the packages of each assigned title and channel."""
        self._packages, self._assignments = packages, assignments
        self._responses.clear()
