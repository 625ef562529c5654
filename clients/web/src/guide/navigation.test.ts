import { describe, expect, it } from "vitest";

import { HOUR } from "./guideTime";
import type { GridShape, Place } from "./navigation";
import { moveBy, placeIn } from "./navigation";

const DAY = new Date(2026, 10, 30).getTime();
const at = (hours: number) => DAY + hours * HOUR;

/** The hours at which the programmes of each channel begin; the last number is the end of the guide. */
const ROWS = [
  [0, 6, 7, 12, 24],
  [0, 3, 24],
  [-2, 8, 9, 24],
];

const grid: GridShape = {
  rowCount: ROWS.length,
  rowsPerPage: 2,
  span: { start: at(0), end: at(24) },
  findCell: ({ row, time }) => {
    const edges = (ROWS[row] ?? []).map(at);
    const cells = edges.map((start, index) => ({ kind: "programme" as const, start, end: edges[index + 1] ?? start }));
    return cells.find(({ start, end }) => start <= time && time < end);
  },
};

/** Presses keys one after the other. Returns the last place, with its time as hours of the day. */
function press(from: Place, ...keys: string[]): Place {
  const place = keys.reduce((current, key) => {
    const [name = "", modifier] = key.split("+").reverse();
    return moveBy(name, modifier === "Ctrl", current, grid) ?? current;
  }, from);
  return { row: place.row, time: (place.time - DAY) / HOUR };
}

describe("the arrow keys", () => {
  it("move by programme in time", () => {
    expect(press({ row: 0, time: at(6.5) }, "ArrowRight")).toEqual({ row: 0, time: 7 });
    expect(press({ row: 0, time: at(6.5) }, "ArrowLeft")).toEqual({ row: 0, time: 0 });
    expect(press({ row: 0, time: at(7) }, "ArrowLeft", "ArrowRight", "ArrowRight")).toEqual({ row: 0, time: 12 });
  });

  it("move by channel at the same time of day", () => {
    expect(press({ row: 0, time: at(6.5) }, "ArrowDown")).toEqual({ row: 1, time: 6.5 });
    expect(press({ row: 0, time: at(6.5) }, "ArrowDown", "ArrowDown", "ArrowUp", "ArrowUp")).toEqual({
      row: 0,
      time: 6.5,
    });
  });

  it("stay within the guide", () => {
    expect(press({ row: 0, time: at(13) }, "ArrowRight")).toEqual({ row: 0, time: 13 });
    expect(press({ row: 2, time: at(8) }, "ArrowDown")).toEqual({ row: 2, time: 8 });
    // The first programme of the last channel began before the guide.
    expect(press({ row: 2, time: at(8) }, "ArrowLeft")).toEqual({ row: 2, time: 0 });
    expect(press({ row: 2, time: at(0) }, "ArrowLeft")).toEqual({ row: 2, time: 0 });
  });

  it("leave the grid upwards from the first channel", () => {
    expect(moveBy("ArrowUp", false, { row: 0, time: at(1) }, grid)).toBeUndefined();
  });
});

describe("the other keys", () => {
  it("move to the ends of the day, and of the channels with Ctrl", () => {
    expect(press({ row: 0, time: at(8) }, "Home")).toEqual({ row: 0, time: 0 });
    expect(press({ row: 0, time: at(1) }, "End")).toEqual({ row: 0, time: 12 });
    expect(press({ row: 1, time: at(8) }, "Ctrl+Home")).toEqual({ row: 0, time: 8 });
    expect(press({ row: 0, time: at(8) }, "Ctrl+End")).toEqual({ row: 2, time: 8 });
  });

  it("move by a screen of channels", () => {
    expect(press({ row: 0, time: at(8) }, "PageDown")).toEqual({ row: 2, time: 8 });
    expect(press({ row: 2, time: at(8) }, "PageUp", "PageUp")).toEqual({ row: 0, time: 8 });
  });

  it("that mean nothing are left to the page", () => {
    expect(moveBy("Enter", false, { row: 0, time: at(1) }, grid)).toBeUndefined();
  });
});

describe("a field that gets the focus", () => {
  const cell = { start: at(2), end: at(6) };

  it("keeps the time if it contains it", () => {
    expect(placeIn(cell, 3, at(5), { start: at(0), end: at(4) })).toEqual({ row: 3, time: at(5) });
  });

  it("takes its first time on the screen otherwise", () => {
    expect(placeIn(cell, 3, at(9), { start: at(4), end: at(8) })).toEqual({ row: 3, time: at(4) });
    expect(placeIn(cell, 3, at(9), { start: at(7), end: at(10) })).toEqual({ row: 3, time: at(2) });
  });
});
