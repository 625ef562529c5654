import type { Channel, Programme } from "../gen/marquee/epg/v1/epg_pb";
import type { Strings } from "../strings";
import type { Span } from "./guideTime";
import { catchUpEnd } from "./catchUp";
import { daysBetween, isRunning } from "./guideTime";
import type { Cell } from "./schedule";

/** The formats by language and name: making one costs more than using it a hundred times. */
const formats = new Map<string, Intl.DateTimeFormat>();

function format(time: number, language: string, name: string, options: Intl.DateTimeFormatOptions): string {
  const key = `${language} ${name}`;
  const locale = language === "en" ? "en-GB" : language;
  const made = formats.get(key) ?? new Intl.DateTimeFormat(locale, options);
  formats.set(key, made);
  return made.format(time);
}

/** Returns a time of day, such as `20:15`. */
export function clockTime(time: number, { language }: Strings): string {
  return format(time, language, "time", { hour: "2-digit", minute: "2-digit" });
}

/** Returns a day as seen from the present: `Today`, `Thu 3 Dec`. */
export function dayLabel(time: number, now: number, { language, guide }: Strings): string {
  const near: Record<number, string> = { [-1]: guide.yesterday, 0: guide.today, 1: guide.tomorrow };
  const date = () => format(time, language, "day", { weekday: "short", day: "numeric", month: "short" });
  return near[daysBetween(now, time)] ?? date().replace(",", "");
}

/** Returns the times of a programme: `20:15–21:45`. */
export function timesLabel({ start, end }: Span, strings: Strings): string {
  return strings.guide.times(clockTime(start, strings), clockTime(end, strings));
}

/** Returns the times of a programme, with its day unless that is today. */
export function datedTimesLabel(span: Span, now: number, strings: Strings): string {
  const times = timesLabel(span, strings);
  return daysBetween(now, span.start) === 0 ? times : `${dayLabel(span.start, now, strings)}, ${times}`;
}

/** Returns what a field of the guide shows: a name, or why there is none. */
export function cellName({ kind, programme }: Cell, strings: Strings): string {
  if (kind === "loading") return strings.loading;
  if (kind === "failed") return strings.guide.notLoaded;
  if (!programme) return strings.guide.noInformation;
  return programme.restricted ? strings.guide.restricted : programme.displayName;
}

/** Returns the name of a field for screen readers: channel, programme and time. */
export function spokenCell(cell: Cell, channel: Channel, now: number, strings: Strings): string {
  const { guide } = strings;
  const programme = cell.programme;
  const start = daysBetween(now, cell.start) === 0 ? "" : dayLabel(cell.start, now, strings);
  return [
    channel.displayName,
    cellName(cell, strings),
    start,
    guide.spokenTimes(clockTime(cell.start, strings), clockTime(cell.end, strings)),
    programme && isRunning(cell, now) ? guide.onNow : "",
    catchUpEnd(programme, cell.end, now) ? guide.onCatchUp : "",
    programme?.live ? guide.live : "",
    programme?.firstRun ? guide.isNew : "",
  ]
    .filter(Boolean)
    .join(", ");
}

/** Returns the season, the number and the name of an episode on one line; empty if there is none. */
export function episodeLine(programme: Programme, { guide }: Strings): string {
  const number = guide.episode(programme.seasonNumber, programme.episodeNumber);
  return [number, programme.episodeDisplayName].filter(Boolean).join(" · ");
}
