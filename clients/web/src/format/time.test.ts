import { describe, expect, it } from "vitest";

import { clock, durationOf, hoursAndMinutes, progress, seconds } from "./time";

const duration = (whole: number, nanos = 0) => ({
  $typeName: "google.protobuf.Duration" as const,
  seconds: BigInt(whole),
  nanos,
});

describe("a clock", () => {
  it("shows hours only if there are any", () => {
    expect([0, 59.9, 245, 3845].map(clock)).toEqual(["0:00", "0:59", "4:05", "1:04:05"]);
  });

  it("shows zero for an unknown length", () => {
    expect([NaN, Infinity, -3].map(clock)).toEqual(["0:00", "0:00", "0:00"]);
  });
});

describe("a duration", () => {
  it("keeps its milliseconds when it is converted to a message and back", () => {
    expect(seconds({ ...duration(0), ...durationOf(61.2345) })).toBeCloseTo(61.235, 3);
  });

  it("is never negative", () => {
    expect(durationOf(-1)).toEqual({ seconds: 0n, nanos: 0 });
  });

  it("is at least one minute in hours and minutes", () => {
    expect(hoursAndMinutes(5)).toEqual({ hours: 0, minutes: 1 });
    expect(hoursAndMinutes(6720)).toEqual({ hours: 1, minutes: 52 });
  });
});

describe("progress", () => {
  it("stays between 0 and 1", () => {
    expect(progress(duration(30), duration(60))).toBe(0.5);
    expect(progress(duration(90), duration(60))).toBe(1);
    expect(progress(duration(90), undefined)).toBe(0);
  });
});
