import { durationMs, timestampMs } from "@bufbuild/protobuf/wkt";

import type { Channel, Programme } from "../gen/marquee/epg/v1/epg_pb";
import type { Span } from "./guideTime";
import { DAYS_BACK, daysOf, HOUR, isRunning } from "./guideTime";

/** Returns until when an ended programme can be played; undefined if it has not ended, or cannot be played any more. */
export function catchUpEnd(programme: Programme | undefined, end: number, now: number): number | undefined {
  if (!programme?.catchUpEndTime || programme.restricted || end > now) return undefined;
  const until = timestampMs(programme.catchUpEndTime);
  return until > now ? until : undefined;
}

/** Whether ended programmes of a channel can be played. */
export function hasCatchUp(channel: Channel): boolean {
  return windowOf(channel) > 0;
}

/** Returns the days whose programmes can be played, by their first instants, today first. */
export function catchUpDays(channel: Channel, now: number): number[] {
  const first = now - Math.min(windowOf(channel), DAYS_BACK * 24 * HOUR);
  return daysOf({ start: first, end: now }).reverse();
}

/** Whether the guide offers a programme as something to watch: it runs, or it has ended and can be played. */
export function isWatchable(programme: Programme | undefined, span: Span, now: number): boolean {
  return (
    (programme?.restricted === false && isRunning(span, now)) || catchUpEnd(programme, span.end, now) !== undefined
  );
}

function windowOf({ timeShift }: Channel): number {
  return timeShift?.catchUpWindow ? durationMs(timeShift.catchUpWindow) : 0;
}
