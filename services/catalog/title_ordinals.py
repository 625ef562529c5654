"""Small numbers for titles, so that what is known of all of them fits into arrays."""

import threading


class TitleOrdinals:
    """Gives every title a number of this replica, from zero, which it keeps. Any thread may ask."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._title_ids: list[str] = []
        self._giving = threading.Lock()

    def __len__(self) -> int:
        return len(self._title_ids)

    def of(self, title_id: str) -> int:
        """Answers the number of a title, which gets one if it has none."""
        known = self._numbers.get(title_id)
        if known is not None:
            return known
        with self._giving:
            if title_id not in self._numbers:
                self._title_ids.append(title_id)
                self._numbers[title_id] = len(self._title_ids) - 1
            return self._numbers[title_id]

    def known(self, title_id: str) -> int | None:
        """Answers the number of a title; None if it has none."""
        return self._numbers.get(title_id)

    def title_id(self, number: int) -> str:
        """Answers the title with a number."""
        return self._title_ids[number]
