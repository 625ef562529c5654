import { timestampMs } from "@bufbuild/protobuf/wkt";

import type { Programme } from "../gen/marquee/epg/v1/epg_pb";
import type { Span } from "./guideTime";
import { spanOfBlock } from "./guideTime";

/** A programme with its times in milliseconds. */
export interface ScheduledProgramme extends Span {
  programme: Programme;
}

/** The programmes of a channel that overlap a block of the guide, or why there are none yet. */
export interface BlockSchedule {
  block: number;
  /** The programmes in their order; undefined if the block is not loaded. */
  programmes: readonly ScheduledProgramme[] | undefined;
  failed: boolean;
}

/** One field of the grid. Times without programmes end at the edges of blocks, so that fields keep their places. */
export interface Cell extends Span {
  kind: "programme" | "gap" | "loading" | "failed";
  programme?: Programme;
}

/** Returns a programme with its times; undefined for one without. */
export function scheduled(programme: Programme | undefined): ScheduledProgramme | undefined {
  if (!programme?.startTime || !programme.endTime) return undefined;
  return { programme, start: timestampMs(programme.startTime), end: timestampMs(programme.endTime) };
}

/** Returns the fields of a channel for blocks that follow each other. A programme in two blocks is one field. */
export function cellsOf(blocks: readonly BlockSchedule[]): Cell[] {
  const cells: Cell[] = [];
  let cursor = -Infinity;
  for (const { block, programmes, failed } of blocks) {
    const span = spanOfBlock(block);
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

/** Returns the field at a time, from the only block that can have it. */
export function cellAt(schedule: BlockSchedule, time: number): Cell | undefined {
  return cellsOf([schedule]).find(({ start, end }) => start <= time && time < end);
}
