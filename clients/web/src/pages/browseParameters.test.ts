import { describe, expect, it } from "vitest";

import { parseBrowseParameters, isUnfiltered } from "./browseParameters";

describe("isUnfiltered", () => {
  it("is true without filters, in any order", () => {
    expect(isUnfiltered(undefined, parseBrowseParameters({}))).toBe(true);
    expect(isUnfiltered(undefined, parseBrowseParameters({ order: "a-z", year: "soon", type: "opera" }))).toBe(true);
  });

  it("is false with any filter", () => {
    expect(isUnfiltered("mystery", {})).toBe(false);
    for (const filter of [{ type: "film" }, { language: "hi" }, { year: 2019 }, { mood: "wry" }, { theme: "food" }])
      expect(isUnfiltered(undefined, parseBrowseParameters(filter))).toBe(false);
  });
});
