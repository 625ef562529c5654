import { describe, expect, it } from "vitest";

import { snoozeUntil } from "./snooze";

const FRIDAY = new Date(2026, 10, 20, 21, 30);
const SATURDAY = new Date(2026, 10, 21, 3, 0);
const SUNDAY = new Date(2026, 10, 22, 23, 59);

describe("a snoozed title", () => {
  it("returns the next morning if snoozed until tomorrow, even after midnight", () => {
    expect(snoozeUntil("tomorrow", FRIDAY)).toEqual(new Date(2026, 10, 21, 5));
    expect(snoozeUntil("tomorrow", SATURDAY)).toEqual(new Date(2026, 10, 22, 5));
  });

  it("returns on the next Saturday that has not begun if snoozed until the weekend", () => {
    expect(snoozeUntil("weekend", FRIDAY)).toEqual(new Date(2026, 10, 21, 5));
    expect(snoozeUntil("weekend", SATURDAY)).toEqual(new Date(2026, 10, 28, 5));
    expect(snoozeUntil("weekend", SUNDAY)).toEqual(new Date(2026, 10, 28, 5));
  });

  it("returns on the same day of the next month, or on its last day, if snoozed for a month", () => {
    expect(snoozeUntil("month", FRIDAY)).toEqual(new Date(2026, 11, 20, 5));
    expect(snoozeUntil("month", new Date(2027, 0, 31, 12))).toEqual(new Date(2027, 1, 28, 5));
    expect(snoozeUntil("month", new Date(2026, 11, 31, 12))).toEqual(new Date(2027, 0, 31, 5));
  });
});
