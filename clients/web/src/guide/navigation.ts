import type { Span } from "./guideTime";
import { dayOf } from "./guideTime";
import type { Cell } from "./schedule";

/** The place of the focus in the grid: a channel by its index, and a time in the field that has the focus. */
export interface Place {
  row: number;
  time: number;
}

/** What moves depend on. */
export interface GridShape {
  rowCount: number;
  /** The number of channels on the screen. */
  rowsPerPage: number;
  span: Span;
  findCell: (place: Place) => Cell | undefined;
}

/** Returns the place that a key leads to; undefined if the key does not move the focus within the grid. */
export function moveBy(key: string, isCtrl: boolean, place: Place, grid: GridShape): Place | undefined {
  const { rowCount, rowsPerPage, span } = grid;
  const lastRow = rowCount - 1;
  switch (key) {
    case "ArrowLeft":
      return earlier(place, grid);
    case "ArrowRight":
      return later(place, grid);
    case "ArrowUp":
      return place.row > 0 ? { ...place, row: place.row - 1 } : undefined;
    case "ArrowDown":
      return { ...place, row: Math.min(lastRow, place.row + 1) };
    case "PageUp":
      return { ...place, row: Math.max(0, place.row - rowsPerPage) };
    case "PageDown":
      return { ...place, row: Math.min(lastRow, place.row + rowsPerPage) };
    case "Home":
      return isCtrl ? { ...place, row: 0 } : { ...place, time: Math.max(span.start, dayOf(place.time).start) };
    case "End":
      if (isCtrl) return { ...place, row: lastRow };
      return startOfField({ ...place, time: Math.min(span.end, dayOf(place.time).end) - 1 }, grid);
    default:
      return undefined;
  }
}

/** Returns the place of a field that got the focus: the time is kept if the field has it, else it is on the screen. */
export function placeIn(cell: Span, row: number, time: number, screen: Span): Place {
  if (cell.start <= time && time < cell.end) return { row, time };
  const first = Math.max(cell.start, screen.start);
  return { row, time: first < cell.end ? first : cell.start };
}

function earlier(place: Place, grid: GridShape): Place {
  const cell = grid.findCell(place);
  const end = cell?.start ?? place.time;
  return end <= grid.span.start ? place : startOfField({ ...place, time: end - 1 }, grid);
}

function later(place: Place, grid: GridShape): Place {
  const start = grid.findCell(place)?.end ?? place.time;
  return start >= grid.span.end ? place : { ...place, time: start };
}

/** Returns the first time of the field at a place that the grid shows. */
function startOfField(place: Place, { findCell, span }: GridShape): Place {
  return { ...place, time: Math.max(span.start, findCell(place)?.start ?? place.time) };
}
