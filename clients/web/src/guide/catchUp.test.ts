import { create } from "@bufbuild/protobuf";
import { durationFromMs, timestampFromMs } from "@bufbuild/protobuf/wkt";
import { describe, expect, it } from "vitest";

import { ChannelSchema, ProgrammeSchema } from "../gen/marquee/epg/v1/epg_pb";
import { catchUpDays, catchUpEnd, hasCatchUp, isWatchable } from "./catchUp";
import { HOUR } from "./guideTime";

const NOW = new Date(2026, 10, 30, 20, 30).getTime();

const programmeUntil = (until: number, restricted = false) =>
  create(ProgrammeSchema, { catchUpEndTime: timestampFromMs(until), restricted });
const channelWith = (hours: number) =>
  create(ChannelSchema, { timeShift: { catchUpWindow: durationFromMs(hours * HOUR) } });

describe("catchUpEnd", () => {
  it("is that of a programme that has ended and can still be played", () => {
    expect(catchUpEnd(programmeUntil(NOW + HOUR), NOW - HOUR, NOW)).toBe(NOW + HOUR);
    expect(catchUpEnd(programmeUntil(NOW + HOUR), NOW, NOW)).toBe(NOW + HOUR);
  });

  it("is missing before the end, after the window, without a window and for a restricted programme", () => {
    expect(catchUpEnd(programmeUntil(NOW + HOUR), NOW + 1, NOW)).toBeUndefined();
    expect(catchUpEnd(programmeUntil(NOW), NOW - HOUR, NOW)).toBeUndefined();
    expect(catchUpEnd(create(ProgrammeSchema), NOW - HOUR, NOW)).toBeUndefined();
    expect(catchUpEnd(programmeUntil(NOW + HOUR, true), NOW - HOUR, NOW)).toBeUndefined();
    expect(catchUpEnd(undefined, NOW - HOUR, NOW)).toBeUndefined();
  });
});

describe("isWatchable", () => {
  it("is what runs, and what can be caught up", () => {
    const running = { start: NOW - 1, end: NOW + 1 };
    const over = { start: NOW - 2, end: NOW - 1 };

    expect(isWatchable(create(ProgrammeSchema), running, NOW)).toBe(true);
    expect(isWatchable(programmeUntil(NOW + 1), over, NOW)).toBe(true);
    expect(isWatchable(create(ProgrammeSchema), over, NOW)).toBe(false);
    expect(isWatchable(create(ProgrammeSchema), { start: NOW + 1, end: NOW + 2 }, NOW)).toBe(false);
    expect(isWatchable(create(ProgrammeSchema, { restricted: true }), running, NOW)).toBe(false);
    expect(isWatchable(undefined, running, NOW)).toBe(false);
  });
});

describe("the days of catch-up", () => {
  it("are those that the window reaches, today first", () => {
    const day = (daysLater: number) => new Date(2026, 10, 30 + daysLater).getTime();

    expect(catchUpDays(channelWith(3), NOW)).toEqual([day(0)]);
    expect(catchUpDays(channelWith(24), NOW)).toEqual([day(0), day(-1)]);
    expect(catchUpDays(channelWith(24 * 7), NOW)).toEqual([0, -1, -2, -3, -4, -5, -6, -7].map(day));
    expect(catchUpDays(channelWith(24 * 31), NOW)).toHaveLength(8);
  });

  it("do not exist without a window", () => {
    expect(hasCatchUp(channelWith(1))).toBe(true);
    expect(hasCatchUp(channelWith(0))).toBe(false);
    expect(hasCatchUp(create(ChannelSchema))).toBe(false);
  });
});
