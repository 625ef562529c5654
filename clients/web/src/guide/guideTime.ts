/** The arithmetic of the guide's times. Times are instants in milliseconds; days are days in the viewer's time zone. */

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

/** The guide is loaded in blocks of this length, which begin at whole multiples of it. */
export const BLOCK = 6 * HOUR;

/** The grid of times has a line at each of these steps. */
export const SLOT = 30 * MINUTE;

/** The days before and after today that the guide has. */
export const DAYS_BACK = 7;
export const DAYS_AHEAD = 7;

/** A span of time, without its end. */
export interface Span {
  start: number;
  end: number;
}

/** Returns the first instant of a day: the day of `time`, or the one that many days later. */
export function startOfDay(time: number, daysLater = 0): number {
  const date = new Date(time);
  // The constructor counts in days, not in hours, so days of 23 and 25 hours are right.
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() + daysLater).getTime();
}

/** Returns a day from its first to its last instant. */
export function dayOf(time: number, daysLater = 0): Span {
  return { start: startOfDay(time, daysLater), end: startOfDay(time, daysLater + 1) };
}

/** Returns the span that the guide shows around the present. */
export function guideSpan(now: number): Span {
  return { start: startOfDay(now, -DAYS_BACK), end: startOfDay(now, DAYS_AHEAD + 1) };
}

/** Returns the days of a span by their first instants. */
export function daysOf(span: Span): number[] {
  const days: number[] = [];
  for (let day = startOfDay(span.start); day < span.end; day = startOfDay(day, 1)) days.push(day);
  return days;
}

/** Returns the instant of another day at which clocks show what they show at `time`. */
export function sameTimeOn(day: number, time: number): number {
  const [date, clock] = [new Date(day), new Date(time)];
  return new Date(date.getFullYear(), date.getMonth(), date.getDate(), clock.getHours(), clock.getMinutes()).getTime();
}

/** Returns the number of days from the day of one time to that of another. */
export function daysBetween(from: number, to: number): number {
  // A change of the clock makes a day an hour longer or shorter, which rounding removes.
  return Math.round((startOfDay(to) - startOfDay(from)) / (24 * HOUR));
}

/** Returns the numbers of the blocks that a span overlaps. */
export function blocksOf({ start, end }: Span): number[] {
  const [first, last] = [Math.floor(start / BLOCK), Math.ceil(end / BLOCK) - 1];
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
}

/** Returns the span of a block. */
export function spanOfBlock(block: number): Span {
  return { start: block * BLOCK, end: (block + 1) * BLOCK };
}

/** Returns how much of a span is over, from 0 to 1. */
export function elapsedShare({ start, end }: Span, now: number): number {
  return Math.min(1, Math.max(0, (now - start) / (end - start)));
}

/** Returns the last step of the grid's times before `time`, or at it. */
export function floorToSlot(time: number, span: Span): number {
  return span.start + Math.floor((time - span.start) / SLOT) * SLOT;
}

/** Whether something is on at a time. */
export function isRunning({ start, end }: Span, now: number): boolean {
  return start <= now && now < end;
}
