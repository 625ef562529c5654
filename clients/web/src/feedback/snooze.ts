/** The choices of how long to snooze a title. */
export const SNOOZE_OPTIONS = ["tomorrow", "weekend", "month"] as const;
export type SnoozeOption = (typeof SNOOZE_OPTIONS)[number];

/** The hour at which a snooze ends: early enough for the morning. */
const MORNING = 5;
const SATURDAY = 6;

/** Returns the time at which a snooze ends, in the viewer's time zone. It is always on a later day. */
export function snoozeUntil(option: SnoozeOption, now: Date): Date {
  const [year, month, today] = [now.getFullYear(), now.getMonth(), now.getDate()];
  switch (option) {
    case "tomorrow":
      return new Date(year, month, today + 1, MORNING);
    case "weekend":
      return new Date(year, month, today + ((SATURDAY - now.getDay() + 6) % 7) + 1, MORNING);
    case "month":
      // If the next month has no such day, the snooze ends on its last day.
      return new Date(year, month + 1, Math.min(today, new Date(year, month + 2, 0).getDate()), MORNING);
  }
}
