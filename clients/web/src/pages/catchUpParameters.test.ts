import { describe, expect, it } from "vitest";

import { dateOf, parseCatchUpParameters, timeOfDate } from "./catchUpParameters";

describe("the parameters of the catch-up page", () => {
  it("are read from a URL", () => {
    const parameters = { channel: "c", day: "2026-11-30", programme: "p" };

    expect(parseCatchUpParameters(parameters)).toEqual(parameters);
  });

  it("leave out what is invalid", () => {
    for (const day of ["2026-02-30", "2026-13-01", "yesterday", "", 20261130])
      expect(parseCatchUpParameters({ channel: 1, day, programme: [] })).toEqual({});
  });
});

describe("a date", () => {
  it("is the day of each of its times", () => {
    const midnight = new Date(2026, 10, 3).getTime();

    expect(dateOf(midnight)).toBe("2026-11-03");
    expect(dateOf(midnight - 1)).toBe("2026-11-02");
    expect(timeOfDate("2026-11-03")).toBe(midnight);
  });
});
