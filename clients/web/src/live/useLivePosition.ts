import { timestampMs } from "@bufbuild/protobuf/wkt";
import type { RefObject } from "react";
import { useEffect, useState } from "react";

import { SessionKind } from "../gen/marquee/playback/v1/playback_pb";
import type { Span } from "../guide/guideTime";
import type { Engine } from "../player/engine";
import type { OpenPlayback } from "../player/playbackSession";

/** The position is read again after this time. */
const STEP_MS = 500;

/** The oldest media of the live window leaves it at any moment. Nothing is sought in this much of it. */
const LEAVING_MS = 15_000;

/** Where a viewer is on a channel. Times are instants in milliseconds. */
export interface LivePosition {
  position: number;
  /** What the player has a manifest of, and will have for a while; undefined while it has none. */
  playable: Span | undefined;
  /** What the session allows. Its end is the live edge. */
  seekWindow: Span;
}

/** Returns where the viewer is on the channel, a few times in a second. */
export function useLivePosition(
  video: RefObject<HTMLVideoElement | null>,
  engine: RefObject<Engine | null>,
  playback: OpenPlayback | undefined,
): LivePosition {
  const [reading, setReading] = useState(() => readEngine(null));
  useEffect(() => {
    const element = video.current;
    const update = () => setReading(readEngine(engine.current));
    const timer = setInterval(update, STEP_MS);
    element?.addEventListener("seeking", update);
    return () => {
      clearInterval(timer);
      element?.removeEventListener("seeking", update);
    };
  }, [video, engine]);

  const seekWindow = playback?.session.seekWindow;
  const [received, setReceived] = useState({ seekWindow, at: reading.now });
  if (seekWindow !== received.seekWindow) setReceived({ seekWindow, at: reading.now });
  // The clock of the device may be wrong. Only its steps count.
  const { startTime, endTime } = seekWindow ?? {};
  const end = endTime ? timestampMs(endTime) + reading.now - received.at : reading.now;
  const start = startTime ? timestampMs(startTime) : end;
  const isLive = !playback || playback.session.kind === SessionKind.LIVE;
  const { playable } = reading;
  const expected = isLive ? end : playback.startAt * 1000;
  return {
    position: (playback && reading.position) ?? expected,
    playable:
      playback && playable && isLive
        ? { ...playable, start: Math.min(playable.start + LEAVING_MS, playable.end) }
        : playable,
    seekWindow: { start: Math.min(start, end), end },
  };
}

function readEngine(engine: Engine | null) {
  const { position, seekRange } = engine ?? {};
  return {
    now: Date.now(),
    position: position === undefined ? undefined : position * 1000,
    playable: seekRange && { start: seekRange.start * 1000, end: seekRange.end * 1000 },
  };
}
