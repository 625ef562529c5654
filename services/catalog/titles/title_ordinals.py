"""Small integers for titles, so that facts about all of them fit into arrays."""

import threading


class TitleOrdinals:
    """Assigns each title an integer of this replica, from zero, which never changes. Any thread may use it."""

    def __init__(self) -> None:
        self._ordinals: dict[str, int] = {}
        self._title_ids: list[str] = []
        self._assigning = threading.Lock()

    def __len__(self) -> int:
        return len(self._title_ids)

    def assign(self, title_id: str) -> int:
        """Returns the ordinal of a title, a new one if it has none."""
        ordinal = self._ordinals.get(title_id)
        if ordinal is not None:
            return ordinal
        with self._assigning:
            if title_id not in self._ordinals:
                self._title_ids.append(title_id)
                self._ordinals[title_id] = len(self._title_ids) - 1
            return self._ordinals[title_id]

    def get(self, title_id: str) -> int | None:
        """Returns the ordinal of a title, None if it has none."""
        return self._ordinals.get(title_id)

    def title_id(self, ordinal: int) -> str:
        """Returns the title with an ordinal."""
        return self._title_ids[ordinal]
