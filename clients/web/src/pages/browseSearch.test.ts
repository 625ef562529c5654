import { describe, expect, it } from "vitest";

import { browseSearch, isWhole } from "./browseSearch";

describe("the whole catalogue", () => {
  it("is shown while nothing is filtered, in whatever order", () => {
    expect(isWhole(undefined, browseSearch({}))).toBe(true);
    expect(isWhole(undefined, browseSearch({ order: "a-z", year: "soon", type: "opera" }))).toBe(true);
  });

  it("is not shown by any one filter", () => {
    expect(isWhole("mystery", {})).toBe(false);
    for (const filter of [{ type: "film" }, { language: "hi" }, { year: 2019 }, { mood: "wry" }, { theme: "food" }])
      expect(isWhole(undefined, browseSearch(filter))).toBe(false);
  });
});
