import { describe, expect, it } from "vitest";

import { nearest } from "./nearest";

const at = (left: number, top: number, width = 100, height = 150) => ({
  left,
  top,
  right: left + width,
  bottom: top + height,
});

describe("an arrow key", () => {
  it("goes to the neighbour in the row", () => {
    expect(nearest(at(0, 0), [at(220, 0), at(110, 0), at(110, 200)], "right")).toBe(1);
  });

  it("does not leave the row sideways", () => {
    expect(nearest(at(0, 0), [at(110, 200)], "right")).toBeUndefined();
  });

  it("goes down to what lies under it rather than to what is near", () => {
    expect(nearest(at(300, 0), [at(0, 160), at(290, 260)], "down")).toBe(1);
  });

  it("goes up from a card to the wide button above", () => {
    expect(nearest(at(500, 400), [at(0, 100, 1000, 40), at(500, 800)], "up")).toBe(0);
  });

  it("stays where nothing lies that way", () => {
    expect(nearest(at(0, 0), [at(110, 0)], "left")).toBeUndefined();
  });
});
