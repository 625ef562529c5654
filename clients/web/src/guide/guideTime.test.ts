import { afterEach, beforeEach, describe, expect, it } from "vitest";

import {
  blocksOf,
  dayOf,
  daysBetween,
  daysOf,
  guideSpan,
  HOUR,
  sameTimeOn,
  spanOfBlock,
  startOfDay,
} from "./guideTime";

const ownZone = process.env.TZ;
afterEach(() => {
  if (ownZone === undefined) delete process.env.TZ;
  else process.env.TZ = ownZone;
});

const at = (text: string) => new Date(text).getTime();
const hours = (span: { start: number; end: number }) => (span.end - span.start) / HOUR;

describe("a day in Berlin", () => {
  beforeEach(() => {
    process.env.TZ = "Europe/Berlin";
  });

  it("begins at midnight there", () => {
    expect(startOfDay(at("2026-07-03T21:59:00Z"))).toBe(at("2026-07-02T22:00:00Z"));
    expect(startOfDay(at("2026-07-03T22:00:00Z"))).toBe(at("2026-07-03T22:00:00Z"));
  });

  it("has 23 hours in spring and 25 hours in autumn when clocks change", () => {
    expect(hours(dayOf(at("2026-03-29T12:00:00Z")))).toBe(23);
    expect(hours(dayOf(at("2026-10-25T12:00:00Z")))).toBe(25);
    expect(hours(dayOf(at("2026-10-26T12:00:00Z")))).toBe(24);
  });

  it("is found from the days before and after a change", () => {
    expect(dayOf(at("2026-10-24T12:00:00Z"), 1)).toEqual(dayOf(at("2026-10-25T20:00:00Z")));
    expect(dayOf(at("2026-03-30T12:00:00Z"), -1)).toEqual(dayOf(at("2026-03-29T20:00:00Z")));
  });

  it("is one of fifteen, each of which begins where the one before ends", () => {
    const days = daysOf(guideSpan(at("2026-10-25T00:30:00Z")));

    expect(days).toHaveLength(15);
    expect(days.map((day) => new Date(day).getDate())).toEqual([
      18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 1,
    ]);
    expect(days.map((day) => new Date(day).getHours())).toEqual(Array<number>(15).fill(0));
  });

  it("is shown at the same time by the clock on another day", () => {
    const evening = at("2026-10-24T18:15:00Z");

    expect(sameTimeOn(startOfDay(evening, 1), evening)).toBe(at("2026-10-25T19:15:00Z"));
    expect(sameTimeOn(startOfDay(evening, -1), evening)).toBe(at("2026-10-23T18:15:00Z"));
  });

  it("counts as one day from its neighbours, also when clocks change", () => {
    expect(daysBetween(at("2026-10-24T21:59:00Z"), at("2026-10-25T22:59:00Z"))).toBe(1);
    expect(daysBetween(at("2026-03-30T00:00:00Z"), at("2026-03-29T00:00:00Z"))).toBe(-1);
  });
});

describe("a day in other zones", () => {
  it("begins at one o'clock where clocks change at midnight", () => {
    process.env.TZ = "Asia/Beirut";

    const day = dayOf(at("2026-03-29T12:00:00+03:00"));
    expect(day.start).toBe(at("2026-03-29T01:00:00+03:00"));
    expect(hours(day)).toBe(23);
    expect(daysOf(guideSpan(day.start))).toHaveLength(15);
  });

  it("may begin at half past an hour of UTC", () => {
    process.env.TZ = "Asia/Kolkata";

    expect(startOfDay(at("2026-01-05T00:00:00Z"))).toBe(at("2026-01-04T18:30:00Z"));
  });
});

describe("the blocks", () => {
  it("are the same in every zone", () => {
    const span = { start: at("2026-03-29T05:00:00Z"), end: at("2026-03-29T12:00:01Z") };
    const blocks = blocksOf(span);

    expect(blocks.map((block) => new Date(spanOfBlock(block).start).toISOString())).toEqual([
      "2026-03-29T00:00:00.000Z",
      "2026-03-29T06:00:00.000Z",
      "2026-03-29T12:00:00.000Z",
    ]);
    process.env.TZ = "America/New_York";
    expect(blocksOf(span)).toEqual(blocks);
  });

  it("do not include one that begins where the span ends", () => {
    expect(blocksOf({ start: at("2026-03-29T06:00:00Z"), end: at("2026-03-29T12:00:00Z") })).toHaveLength(1);
    expect(blocksOf({ start: 0, end: 0 })).toEqual([]);
  });
});
