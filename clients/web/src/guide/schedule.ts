import { timestampMs } from "@bufbuild/protobuf/wkt";

import type { Programme } from "../gen/marquee/epg/v1/epg_pb";
import type { Span } from "./guideTime";

/** A programme with its times in milliseconds. */
export interface ScheduledProgramme extends Span {
  programme: Programme;
}

/** The programmes of a channel that overlap a span of time, or why there are none yet. */
export interface SpanSchedule {
  span: Span;
  /** The programmes in their order; undefined if they are not loaded. */
  programmes: readonly ScheduledProgramme[] | undefined;
  failed: boolean;
}

/** One field of the grid. Times without programmes end at the edges of the loaded spans, so that fields keep their places. */
export interface Cell extends Span {
  kind: "programme" | "gap" | "loading" | "failed";
  programme?: Programme;
}

/** Returns a programme with its times; undefined for one without. */
export function scheduled(programme: Programme | undefined): ScheduledProgramme | undefined {
  if (!programme?.startTime || !programme.endTime) return undefined;
  return { programme, start: timestampMs(programme.startTime), end: timestampMs(programme.endTime) };
}

/** Returns the fields of a channel for spans that follow each other. A programme in two spans is one field. */
export function cellsOf(schedules: readonly SpanSchedule[]): Cell[] {
  const cells: Cell[] = [];
  let cursor = -Infinity;
  for (const { span, programmes, failed } of schedules) {
    cursor = Math.max(cursor, span.start);
    for (const { programme, start, end } of programmes ?? []) {
      if (end <= cursor) continue;
      if (start > cursor) cells.push({ kind: "gap", start: cursor, end: start });
      cells.push({ kind: "programme", start, end, programme });
      cursor = end;
    }
    if (cursor >= span.end) continue;
    const kind = programmes ? "gap" : failed ? "failed" : "loading";
    cells.push({ kind, start: cursor, end: span.end });
    cursor = span.end;
  }
  return cells;
}

/** Returns the field at a time, from the only span that can have it. */
export function cellAt(schedule: SpanSchedule, time: number): Cell | undefined {
  return cellsOf([schedule]).find(({ start, end }) => start <= time && time < end);
}
