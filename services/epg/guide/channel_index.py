"""All channels in memory, in their order."""

from collections.abc import Collection, Iterable, Mapping, MutableMapping, Sequence
from datetime import datetime

import cachetools

from services.epg.domain import channels
from services.kit import visibility

_ALL = channels.Filter()
#: Viewers are the same if their maturity ceiling and their country are.
_MAX_VIEWERS = 64


class ChannelIndex:
    """The channels of this replica."""

    def __init__(self) -> None:
        self._ordered: Sequence[channels.Channel] = ()
        self._by_id: Mapping[str, channels.Channel] = {}
        #: What viewers may see, which many of them ask for with every call.
        self._visible: MutableMapping[visibility.Viewer, Sequence[channels.Channel]] = cachetools.LRUCache(_MAX_VIEWERS)

    def update(self, loaded: Iterable[channels.Channel], all_ids: Collection[str]) -> set[str]:
        """Puts channels in place of their former ones; returns the ids of those that changed, were added or removed.

        Args:
            loaded: the channels that may have changed.
            all_ids: the ids of all channels that there are; others are removed.
        """
        former = self._by_id
        changed = {channel.channel_id: channel for channel in loaded if former.get(channel.channel_id) != channel}
        removed = former.keys() - all_ids
        if changed or removed:
            current = {**former, **changed}
            self._ordered = sorted(
                (channel for id_, channel in current.items() if id_ not in removed), key=lambda channel: channel.order
            )
            self._by_id = {channel.channel_id: channel for channel in self._ordered}
            self._visible.clear()
        return removed.union(changed)

    def get(self, channel_id: str) -> channels.Channel | None:
        """Returns a channel, whoever may see it; None if there is none."""
        return self._by_id.get(channel_id)

    def get_visible(self, channel_id: str, viewer: visibility.Viewer, at: datetime) -> channels.Channel | None:
        """Returns a channel that a viewer may see, None if there is none."""
        channel = self._by_id.get(channel_id)
        return channel if channel and visibility.visible(channel.facts, viewer, at) else None

    def list_all(self) -> Sequence[channels.Channel]:
        """Returns all channels in their order, hidden ones too."""
        return self._ordered

    def list_visible(
        self, viewer: visibility.Viewer, included: channels.Filter, at: datetime
    ) -> Sequence[channels.Channel]:
        """Returns the channels of a filter that a viewer may see, in their order; callers do not change the list."""
        if included.channel_ids:
            named = (self.get_visible(channel_id, viewer, at) for channel_id in included.channel_ids)
            candidates: Iterable[channels.Channel] = sorted(filter(None, named), key=lambda channel: channel.order)
        else:
            candidates = self._visible.get(viewer) or self._find_visible(viewer, at)
            if included == _ALL:
                return candidates
        return [channel for channel in candidates if included.matches(channel)]

    def _find_visible(self, viewer: visibility.Viewer, at: datetime) -> Sequence[channels.Channel]:
        """Finds what a viewer may see, which depends on the time for titles only."""
        found = [channel for channel in self._ordered if visibility.visible(channel.facts, viewer, at)]
        self._visible[viewer] = found
        return found
