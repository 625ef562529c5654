import { describe, expect, it } from "vitest";

import { findNearest } from "./nearest";

const rectangleAt = (left: number, top: number, width = 100, height = 150) => ({
  left,
  top,
  right: left + width,
  bottom: top + height,
});

describe("an arrow key", () => {
  it("moves to the neighbour in the row", () => {
    expect(
      findNearest(rectangleAt(0, 0), [rectangleAt(220, 0), rectangleAt(110, 0), rectangleAt(110, 200)], "right"),
    ).toBe(1);
  });

  it("stays in the row if it points left or right", () => {
    expect(findNearest(rectangleAt(0, 0), [rectangleAt(110, 200)], "right")).toBeUndefined();
  });

  it("moves down to the element below rather than to a nearer one at the side", () => {
    expect(findNearest(rectangleAt(300, 0), [rectangleAt(0, 160), rectangleAt(290, 260)], "down")).toBe(1);
  });

  it("moves up from a card to the wide button above", () => {
    expect(findNearest(rectangleAt(500, 400), [rectangleAt(0, 100, 1000, 40), rectangleAt(500, 800)], "up")).toBe(0);
  });

  it("moves nowhere if no element lies in its direction", () => {
    expect(findNearest(rectangleAt(0, 0), [rectangleAt(110, 0)], "left")).toBeUndefined();
  });
});
