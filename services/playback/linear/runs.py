"""What a channel shows, by cells: items planned from its schedule, and the runs that a player plays of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from services.playback import domain
from services.playback.linear import cells, schedules


@dataclass(frozen=True, slots=True)
class PackagedItem:
    """An asset that a channel can show."""

    asset_id: str
    #: How many whole segments its picture fills; at least one.
    segment_count: int


@dataclass(frozen=True, slots=True)
class AiredItem:
    """A row of the as-run log: cells in a row in which a channel shows one asset, which repeats if it is shorter."""

    first_cell: int
    cell_count: int
    #: The programme that the guide states; empty in a gap of the schedule.
    programme_id: str
    #: Empty if nothing can be shown.
    asset_id: str
    #: The segment of the asset in the first cell, counted from zero.
    first_segment: int
    #: How many whole segments the asset has.
    segment_count: int
    #: How many runs began before this item.
    runs_before: int
    #: The minimum age of viewers in years; None if it is not known.
    maturity_age: int | None = None

    @property
    def end_cell(self) -> int:
        """The first cell behind the item."""
        return self.first_cell + self.cell_count


@dataclass(frozen=True, slots=True)
class Run:
    """Cells in a row that play one asset without a break."""

    #: Empty if nothing can be shown.
    asset_id: str
    first_cell: int
    cell_count: int
    #: The segment of the asset in the first cell, counted from zero.
    first_segment: int
    programme_id: str
    #: The discontinuity sequence number: how many runs of the channel began before this one.
    number: int
    #: How many cells of the run lie before the window.
    cells_before: int = 0
    #: The key of its segments, in hexadecimal digits; empty if it is that of the asset. Where keys change within a run,
    #: runs of the same number follow each other.
    key_id: str = ""

    @property
    def began_cell(self) -> int:
        """The cell in which the run began, which may lie before the window."""
        return self.first_cell - self.cells_before

    @property
    def end_cell(self) -> int:
        """The first cell behind the run."""
        return self.first_cell + self.cell_count


def count_runs(item: AiredItem) -> int:
    """Returns how many runs an item has: one, and one more each time that its asset begins again."""
    return -(-(item.first_segment + item.cell_count) // item.segment_count) if item.asset_id else 1


def renumber(items: Sequence[AiredItem]) -> list[AiredItem]:
    """Returns items in a row with the `runs_before` that follows from those before them.

    The first keeps its own. A session in which another asset replaces an item counts its runs so, from one and the
    same item on as long as it lasts.
    """
    numbered: list[AiredItem] = []
    for item in items:
        before = numbered[-1] if numbered else None
        numbered.append(replace(item, runs_before=before.runs_before + count_runs(before)) if before else item)
    return numbered


def runs_in(items: Sequence[AiredItem], first_cell: int, end_cell: int) -> list[Run]:
    """Returns the runs of a window, cut at its edges, of items that are sorted and follow each other.

    Runs of a window are contiguous: they end before the first cell that no item covers.
    """
    runs: list[Run] = []
    for item in items:
        if item.end_cell <= first_cell:
            continue
        if item.first_cell >= end_cell or (runs and item.first_cell != runs[-1].end_cell):
            break
        runs.extend(_runs_of(item, first_cell, end_cell))
    return runs


def _runs_of(item: AiredItem, first_cell: int, end_cell: int) -> Iterator[Run]:
    first, end = max(first_cell, item.first_cell), min(end_cell, item.end_cell)
    if not item.asset_id:
        yield Run("", first, end - first, 0, item.programme_id, item.runs_before, first - item.first_cell)
        return
    # The cell at which the asset would have begun at its first segment.
    origin = item.first_cell - item.first_segment
    while first < end:
        repeats, segment = divmod(first - origin, item.segment_count)
        count = min(item.segment_count - segment, end - first)
        before = min(segment, first - item.first_cell)
        yield Run(item.asset_id, first, count, segment, item.programme_id, item.runs_before + repeats, before)
        first += count


def plan_items(
    schedule: Sequence[schedules.ScheduledProgramme],
    assets: Mapping[domain.SubjectKey, PackagedItem],
    filler: PackagedItem | None,
    first_cell: int,
    end_cell: int,
    last: AiredItem | None = None,
) -> list[AiredItem]:
    """Plans what a channel shows from a cell up to another one, and returns it as items in a row.

    Each programme shows its asset from the beginning, for as many cells as its picture fills; the next programme cuts
    what is longer. Filler shows in the remaining cells, in gaps and in programmes without an asset. Without filler, the
    asset repeats in the remaining cells, and the item before repeats in gaps and in programmes without an asset. If
    there is no such item the plan ends there. A plan in several steps is the same as one in a single step.

    Args:
        schedule: the programmes, sorted by their start. Each has the cells from the one that contains its start up to,
            but without, the one that contains its end.
        assets: those that can be shown; other subjects have no asset.
        filler: what fills the rest; None if items repeat.
        first_cell: where the plan begins.
        end_cell: the first cell behind it.
        last: the last item that was planned before; the plan continues it, or numbers its runs from it.

    Returns:
        The items. The first one is `last` with more cells if it goes on.
    """
    items: list[AiredItem] = []
    previous = last if last and last.asset_id else _earlier_item(schedule, assets, first_cell)
    for first, end, programme in _spans(schedule, first_cell, end_cell):
        for piece in _fill(first, end, programme, assets, filler, previous):
            before = items[-1] if items else last
            if before and before.end_cell == piece.first_cell and _is_same(before, piece.programme_id, piece.asset_id):
                joined = replace(before, cell_count=before.cell_count + piece.cell_count)
                items[-1:] = [joined]
            elif before and before.end_cell == piece.first_cell:
                items.append(replace(piece, runs_before=before.runs_before + count_runs(before)))
            else:
                items.append(piece)
            previous = items[-1]
        if not items or items[-1].end_cell < end:
            break
    return items


def _is_same(item: AiredItem, programme_id: str, asset_id: str) -> bool:
    return (item.programme_id, item.asset_id) == (programme_id, asset_id)


def _spans(
    schedule: Sequence[schedules.ScheduledProgramme], first_cell: int, end_cell: int
) -> Iterator[tuple[int, int, schedules.ScheduledProgramme | None]]:
    """Returns the parts of a window, each with its programme, None in a gap; a later one cuts an earlier one."""
    for index, programme in enumerate(schedule):
        first, end = (
            max(first_cell, cells.cell_at(programme.start_time)),
            min(end_cell, cells.cell_at(programme.end_time)),
        )
        if index + 1 < len(schedule):
            end = min(end, cells.cell_at(schedule[index + 1].start_time))
        if first < end:
            if first_cell < first:
                yield first_cell, first, None
            yield first, end, programme
            first_cell = end
    if first_cell < end_cell:
        yield first_cell, end_cell, None


def _fill(
    first: int,
    end: int,
    programme: schedules.ScheduledProgramme | None,
    assets: Mapping[domain.SubjectKey, PackagedItem],
    filler: PackagedItem | None,
    previous: AiredItem | None,
) -> Iterator[AiredItem]:
    """Returns what shows in cells of one programme or of a gap; nothing if there is nothing to show."""
    programme_id, age = (programme.programme_id, programme.maturity_age) if programme else ("", 0)
    own = assets.get(programme.on_demand) if programme and programme.on_demand else None
    if programme and own:
        position = first - cells.cell_at(programme.start_time)
        if previous and previous.end_cell == first and _is_same(previous, programme_id, own.asset_id):
            position = previous.first_segment + previous.cell_count
        count = end - first if filler is None else min(end - first, own.segment_count - position)
        if count > 0:
            segment = position % own.segment_count
            yield AiredItem(first, count, programme_id, own.asset_id, segment, own.segment_count, first, age)
            first += count
    if first == end:
        return
    if filler:
        yield AiredItem(first, end - first, programme_id, filler.asset_id, 0, filler.segment_count, first, 0)
    elif previous:
        age = None if age is None or previous.maturity_age is None else max(age, previous.maturity_age)
        repeated = previous.segment_count
        yield AiredItem(first, end - first, programme_id, previous.asset_id, 0, repeated, first, age)


def _earlier_item(
    schedule: Sequence[schedules.ScheduledProgramme], assets: Mapping[domain.SubjectKey, PackagedItem], first_cell: int
) -> AiredItem | None:
    """Returns an item of the last programme before a cell that has an asset, None if there is none."""
    for programme in reversed(schedule):
        start, asset = (
            cells.cell_at(programme.start_time),
            assets.get(programme.on_demand) if programme.on_demand else None,
        )
        if start < first_cell and asset:
            # It does not end where the plan begins, so that the plan does not continue it.
            return AiredItem(
                start, 0, programme.programme_id, asset.asset_id, 0, asset.segment_count, start, programme.maturity_age
            )
    return None
