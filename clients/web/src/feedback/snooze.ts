/** Until when something can be put off. */
export const SNOOZE_OPTIONS = ["tomorrow", "weekend", "month"] as const;
export type SnoozeOption = (typeof SNOOZE_OPTIONS)[number];

/** The hour at which a snooze ends: early enough for the morning. */
const MORNING = 5;
const SATURDAY = 6;

/** The moment at which something that is put off comes back, by the viewer's own clock; always a later day. */
export function snoozeUntil(wanted: SnoozeOption, now: Date): Date {
  const [year, month, today] = [now.getFullYear(), now.getMonth(), now.getDate()];
  switch (wanted) {
    case "tomorrow":
      return new Date(year, month, today + 1, MORNING);
    case "weekend":
      return new Date(year, month, today + ((SATURDAY - now.getDay() + 6) % 7) + 1, MORNING);
    case "month":
      // The month after may have no such day: then it is the last that it has.
      return new Date(year, month + 1, Math.min(today, new Date(year, month + 2, 0).getDate()), MORNING);
  }
}
