/**
 * Positions of players in seconds: in the media of a title, and since the Unix epoch on a channel, where media has no
 * beginning.
 */

import type { Timestamp } from "@bufbuild/protobuf/wkt";
import { timestampFromMs, timestampMs } from "@bufbuild/protobuf/wkt";

import { durationOf, seconds } from "../format/time";
import type { Session } from "../gen/marquee/playback/v1/playback_pb";
import { SessionKind } from "../gen/marquee/playback/v1/playback_pb";

const CHANNEL_KINDS = new Set([SessionKind.LIVE, SessionKind.START_OVER, SessionKind.CATCH_UP]);

/** Whether a session plays a channel, live or at an earlier time. */
export function isOnChannel({ kind }: Session): boolean {
  return CHANNEL_KINDS.has(kind);
}

/** Returns the start position of a session. */
export function startOf({ start }: Session): number {
  if (start.case === "liveTime") return timestampMs(start.value) / 1000;
  return start.case === "resumePosition" ? seconds(start.value) : 0;
}

/** Returns a position on a channel as a time. */
export function liveTimeOf(position: number): Timestamp {
  return timestampFromMs(Math.round(position * 1000));
}

/** Returns a position as the platform reads it: in media on demand, or on a channel. */
export function placeOf(onChannel: boolean, position: number) {
  return onChannel
    ? { case: "liveTime" as const, value: liveTimeOf(position) }
    : { case: "position" as const, value: durationOf(position) };
}
