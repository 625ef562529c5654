import type { Duration, Timestamp } from "@bufbuild/protobuf/wkt";
import { timestampDate } from "@bufbuild/protobuf/wkt";

/** A length in seconds, fractions included. */
export function seconds(duration: Duration | undefined): number {
  return duration ? Number(duration.seconds) + duration.nanos / 1e9 : 0;
}

/** A length of so many seconds, to the millisecond. */
export function durationOf(length: number): { seconds: bigint; nanos: number } {
  const milliseconds = Math.max(0, Math.round(length * 1000));
  return { seconds: BigInt(Math.floor(milliseconds / 1000)), nanos: (milliseconds % 1000) * 1_000_000 };
}

/** A place in a film as players show it: `4:05`, `1:04:05`. */
export function clock(position: number): string {
  const whole = Math.max(0, Math.floor(Number.isFinite(position) ? position : 0));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const tail = String(rest).padStart(2, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${tail}` : `${minutes}:${tail}`;
}

/** A length in hours and minutes, parted for the words around them. Anything that plays lasts a minute at least. */
export function hoursAndMinutes(length: number): { hours: number; minutes: number } {
  const all = Math.max(1, Math.round(length / 60));
  return { hours: Math.floor(all / 60), minutes: all % 60 };
}

/** A day in words: `3 March 2027`. */
export function day(time: Timestamp, language: string): string {
  const locale = language === "en" ? "en-GB" : language;
  return new Intl.DateTimeFormat(locale, { day: "numeric", month: "long", year: "numeric" }).format(
    timestampDate(time),
  );
}

/** How much of something was seen, from 0 to 1. */
export function progress(position: Duration | undefined, duration: Duration | undefined): number {
  const length = seconds(duration);
  return length > 0 ? Math.min(1, Math.max(0, seconds(position) / length)) : 0;
}
