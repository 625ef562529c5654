import { beforeEach, describe, expect, it } from "vitest";

import { RecentSearches } from "./recent";

beforeEach(() => window.localStorage.clear());

const fresh = () => new RecentSearches(window.localStorage);

describe("what was searched for", () => {
  it("is remembered by each profile for itself, the latest first", () => {
    const recent = fresh();
    recent.searched("ada", "cello");
    recent.searched("ada", "lighthouse");
    recent.searched("ben", "football");

    expect(fresh().of("ada")).toEqual(["lighthouse", "cello"]);
  });

  it("grows with the typing instead of filling the list", () => {
    const recent = fresh();
    for (const query of ["slow", "slow-burn", "slow-burn mystery"]) recent.searched("ada", query);

    expect(recent.of("ada")).toEqual(["slow-burn mystery"]);
  });

  it("can be forgotten", () => {
    const recent = fresh();
    recent.searched("ada", "cello");
    recent.forget("ada");

    expect(fresh().of("ada")).toEqual([]);
  });

  it("does not fail over what somebody else stored", () => {
    for (const stored of ["{", "[]", '{"queries":"x"}', '{"queries":[1]}', "null"]) {
      window.localStorage.setItem("marquee.recent.ada", stored);

      expect(fresh().of("ada")).toEqual([]);
    }
  });
});
