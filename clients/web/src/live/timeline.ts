/** The arithmetic of the timeline of a channel. Times are instants in milliseconds. */

import type { Span } from "../guide/guideTime";

/** A viewer who is at most this far behind the live edge counts as watching live: players keep such a distance. */
export const LIVE_TOLERANCE = 30_000;

/** A running programme is offered from its beginning if this much of it is over and left. */
const START_OVER_MARGIN = 60_000;

/** The part of a programme that can be played. */
export interface Timeline extends Span {
  /** The first and the last time that the viewer may seek to. They are equal if the viewer may seek nowhere. */
  from: number;
  to: number;
}

/** Returns the timeline of a programme: what the session allows of it, up to the live edge. */
export function timelineOf({ start, end }: Span, seekWindow: Span): Timeline {
  const to = clamp(seekWindow.end, start, end);
  return { start, end, from: clamp(seekWindow.start, start, to), to };
}

/** Returns the place of a time in a span, from 0 to 1. */
export function shareOf(time: number, { start, end }: Span): number {
  return end > start ? clamp((time - start) / (end - start), 0, 1) : 0;
}

/** How the player reaches a time. */
export type Seek =
  /** The time is in the media that the player has a manifest of. */
  | { kind: "within"; time: number }
  /** The session moves to the time, and the player gets another manifest. */
  | { kind: "move"; time: number };

/**
 * Returns how the player reaches `time`.
 *
 * `playable` is the span that the player's manifest covers, `seekWindow` the span that the session allows; its end is
 * the live edge.
 */
export function planSeek(time: number, playable: Span, seekWindow: Span): Seek {
  // A channel may offer no more than its live window, in which a session cannot move.
  const earliest = seekWindow.start > playable.start - LIVE_TOLERANCE ? playable.start : seekWindow.start;
  const target = clamp(time, earliest, seekWindow.end);
  // The last media of a live channel is a few seconds behind the live edge.
  const reach = seekWindow.end - playable.end <= LIVE_TOLERANCE ? seekWindow.end : playable.end;
  if (playable.start <= target && target <= reach) return { kind: "within", time: Math.min(target, playable.end) };
  return { kind: "move", time: target };
}

/** Whether a viewer at a time watches live. */
export function isAtLiveEdge(time: number, seekWindow: Span): boolean {
  return seekWindow.end - time <= LIVE_TOLERANCE;
}

/** Whether a programme that the viewer joined is offered from its beginning. */
export function offersStartOver({ start, end }: Span, seekWindow: Span): boolean {
  const now = seekWindow.end;
  return seekWindow.start <= start && now - start >= START_OVER_MARGIN && end - now >= START_OVER_MARGIN;
}

function clamp(value: number, lowest: number, highest: number): number {
  return Math.min(highest, Math.max(lowest, value));
}
