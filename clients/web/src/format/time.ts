import type { Duration, Timestamp } from "@bufbuild/protobuf/wkt";
import { timestampDate } from "@bufbuild/protobuf/wkt";

/** Returns a duration in seconds, with fractions. */
export function seconds(duration: Duration | undefined): number {
  return duration ? Number(duration.seconds) + duration.nanos / 1e9 : 0;
}

/** Returns the duration message of `length` seconds, rounded to the millisecond. */
export function durationOf(length: number): { seconds: bigint; nanos: number } {
  const milliseconds = Math.max(0, Math.round(length * 1000));
  return { seconds: BigInt(Math.floor(milliseconds / 1000)), nanos: (milliseconds % 1000) * 1_000_000 };
}

/** Returns a position as players show it: `4:05`, `1:04:05`. */
export function clock(position: number): string {
  const wholeSeconds = Math.max(0, Math.floor(Number.isFinite(position) ? position : 0));
  const [hours, minutes, secondsPart] = [
    Math.floor(wholeSeconds / 3600),
    Math.floor(wholeSeconds / 60) % 60,
    wholeSeconds % 60,
  ];
  const secondsText = String(secondsPart).padStart(2, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${secondsText}` : `${minutes}:${secondsText}`;
}

/** Returns the hours and the minutes of a length in seconds, at least one minute. */
export function hoursAndMinutes(length: number): { hours: number; minutes: number } {
  const totalMinutes = Math.max(1, Math.round(length / 60));
  return { hours: Math.floor(totalMinutes / 60), minutes: totalMinutes % 60 };
}

/** Returns a day in words: `3 March 2027`. */
export function day(time: Timestamp, language: string): string {
  const locale = language === "en" ? "en-GB" : language;
  return new Intl.DateTimeFormat(locale, { day: "numeric", month: "long", year: "numeric" }).format(
    timestampDate(time),
  );
}

/** Returns how much was watched, from 0 to 1. */
export function progress(position: Duration | undefined, duration: Duration | undefined): number {
  const length = seconds(duration);
  return length > 0 ? Math.min(1, Math.max(0, seconds(position) / length)) : 0;
}
