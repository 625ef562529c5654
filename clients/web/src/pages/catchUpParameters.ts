import { startOfDay } from "../guide/guideTime";

/** The channel and the day in the URL of the catch-up page, and the programme whose sheet is open. */
export interface CatchUpParameters {
  channel?: string;
  /** The date of the day in the viewer's zone, such as `2026-11-30`. */
  day?: string;
  programme?: string;
}

/** Returns the parameters of a URL without invalid ones. */
export function parseCatchUpParameters(parameters: Record<string, unknown>): CatchUpParameters {
  const { channel, day, programme } = parameters;
  return {
    ...(typeof channel === "string" && channel ? { channel: channel.slice(0, 36) } : {}),
    ...(typeof day === "string" && timeOfDate(day) !== undefined ? { day } : {}),
    ...(typeof programme === "string" && programme ? { programme: programme.slice(0, 36) } : {}),
  };
}

/** Returns the date of a time in the viewer's zone: `2026-11-30`. */
export function dateOf(time: number): string {
  const date = new Date(time);
  const digits = (value: number) => String(value).padStart(2, "0");
  return [date.getFullYear(), digits(date.getMonth() + 1), digits(date.getDate())].join("-");
}

/** Returns the first instant of a date in the viewer's zone; undefined if there is no such date. */
export function timeOfDate(date: string): number | undefined {
  const [, year, month, day] = (/^(\d{4})-(\d{2})-(\d{2})$/.exec(date) ?? []).map(Number);
  if (year === undefined || month === undefined || day === undefined) return undefined;
  const time = startOfDay(new Date(year, month - 1, day).getTime());
  return dateOf(time) === date ? time : undefined;
}
