import type { RefObject } from "react";
import { useEffect, useRef, useState } from "react";

import type { EngineState, Programme } from "./engine";
import { Engine, IDLE } from "./engine";

/** Plays a programme on a video element while the component is there. */
export function useEngine(
  video: RefObject<HTMLVideoElement | null>,
  frame: RefObject<HTMLElement | null>,
  { session, startAt, format }: Programme,
): [state: EngineState, engine: RefObject<Engine | null>] {
  const [state, setState] = useState(IDLE);
  const engine = useRef<Engine>(null);
  useEffect(() => {
    if (!video.current || !frame.current) return;
    const opened = new Engine(video.current, frame.current, setState);
    engine.current = opened;
    opened.open({ session, startAt, format });
    return () => opened.close();
  }, [video, frame, session, startAt, format]);
  return [state, engine];
}
