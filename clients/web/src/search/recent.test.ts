import { beforeEach, describe, expect, it } from "vitest";

import { RecentSearches } from "./recent";

beforeEach(() => window.localStorage.clear());

const createRecentSearches = () => new RecentSearches(window.localStorage);

describe("the recent searches", () => {
  it("are stored for each profile, the latest first", () => {
    const recent = createRecentSearches();
    recent.searched("ada", "cello");
    recent.searched("ada", "lighthouse");
    recent.searched("ben", "football");

    expect(createRecentSearches().of("ada")).toEqual(["lighthouse", "cello"]);
  });

  it("replace a query by a longer query that begins with it", () => {
    const recent = createRecentSearches();
    for (const query of ["slow", "slow-burn", "slow-burn mystery"]) recent.searched("ada", query);

    expect(recent.of("ada")).toEqual(["slow-burn mystery"]);
  });

  it("can be removed", () => {
    const recent = createRecentSearches();
    recent.searched("ada", "cello");
    recent.forget("ada");

    expect(createRecentSearches().of("ada")).toEqual([]);
  });

  it("ignore invalid values in storage", () => {
    for (const stored of ["{", "[]", '{"queries":"x"}', '{"queries":[1]}', "null"]) {
      window.localStorage.setItem("marquee.recent.ada", stored);

      expect(createRecentSearches().of("ada")).toEqual([]);
    }
  });
});
