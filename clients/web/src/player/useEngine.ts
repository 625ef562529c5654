import type { RefObject } from "react";
import { useEffect, useEffectEvent, useRef, useState } from "react";

import type { EngineState, Programme } from "./engine";
import { Engine, IDLE } from "./engine";

/** Plays a programme on a video element while the component is there; new addresses of its session do not interrupt it. */
export function useEngine(
  video: RefObject<HTMLVideoElement | null>,
  frame: RefObject<HTMLElement | null>,
  { session, startAt, format }: Programme,
): [state: EngineState, engine: RefObject<Engine | null>] {
  const [state, setState] = useState(IDLE);
  const engine = useRef<Engine>(null);
  const { sessionId } = session;
  const open = useEffectEvent((opened: Engine) => opened.open({ session, startAt, format }));
  useEffect(() => {
    if (!video.current || !frame.current) return;
    const opened = new Engine(video.current, frame.current, setState);
    engine.current = opened;
    open(opened);
    return () => opened.close();
  }, [video, frame, sessionId, startAt, format]);
  useEffect(() => engine.current?.renew(session), [session]);
  return [state, engine];
}
