import { timestampMs } from "@bufbuild/protobuf/wkt";

import type { Programme } from "../gen/marquee/epg/v1/epg_pb";
import type { AiredProgramme } from "../gen/marquee/playback/v1/playback_pb";
import type { Span } from "../guide/guideTime";
import { isRunning } from "../guide/guideTime";
import type { ScheduledProgramme } from "../guide/schedule";

/** What a channel shows at a time. */
export interface ShownProgramme extends Span {
  /** Empty in a gap of the schedule, and for a programme that the profile may not know of. */
  programmeId: string;
  /** Empty in a gap of the schedule, and for a programme that the profile may not know of. */
  name: string;
  /** What the guide states of it, if that is loaded. */
  programme: Programme | undefined;
}

/**
 * Returns what a channel shows at a time; undefined if nothing is known of it.
 *
 * The playback session states when a programme was really shown, which may differ from the guide, but it states only one
 * programme, and learns of the next one with a heartbeat.
 */
export function shownAt(
  time: number,
  aired: AiredProgramme | undefined,
  schedule: readonly ScheduledProgramme[],
): ShownProgramme | undefined {
  const span = spanOf(aired);
  if (aired && span && isRunning(span, time)) {
    const planned = schedule.find(({ programme }) => programme.programmeId === aired.programmeId);
    return { ...span, programmeId: aired.programmeId, name: aired.displayName, programme: planned?.programme };
  }
  const index = schedule.findIndex((each) => time < each.end);
  const next = schedule[index];
  if (!next) return undefined;
  if (next.start <= time) {
    const { programme, start, end } = next;
    return { start, end, programmeId: programme.programmeId, name: programme.displayName, programme };
  }
  const before = schedule[index - 1];
  // A gap between programmes. Before the first known one, it is not known where it begins.
  return before ? { start: before.end, end: next.start, programmeId: "", name: "", programme: undefined } : undefined;
}

/** Returns what follows on a channel after a time, as far as it is known. */
export function nextAfter(time: number, schedule: readonly ScheduledProgramme[]): ScheduledProgramme | undefined {
  return schedule.find(({ start }) => start >= time);
}

function spanOf(aired: AiredProgramme | undefined): Span | undefined {
  if (!aired?.startTime || !aired.endTime) return undefined;
  return { start: timestampMs(aired.startTime), end: timestampMs(aired.endTime) };
}
