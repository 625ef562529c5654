import type { RefObject } from "react";
import { useEffect, useEffectEvent, useRef, useState } from "react";

import type { EngineState, Programme } from "./engine";
import { Engine, IDLE } from "./engine";

/**
 * Plays a programme on a video element while the component is mounted. Renewed URLs of the session do not interrupt it.
 */
export function useEngine(
  video: RefObject<HTMLVideoElement | null>,
  container: RefObject<HTMLElement | null>,
  { session, startAt, format }: Programme,
): [state: EngineState, engine: RefObject<Engine | null>] {
  const [state, setState] = useState(IDLE);
  const engine = useRef<Engine>(null);
  const { sessionId } = session;
  const openProgramme = useEffectEvent((newEngine: Engine) => newEngine.open({ session, startAt, format }));
  useEffect(() => {
    if (!video.current || !container.current) return;
    const newEngine = new Engine(video.current, container.current, setState);
    engine.current = newEngine;
    openProgramme(newEngine);
    return () => newEngine.close();
  }, [video, container, sessionId, startAt, format]);
  useEffect(() => engine.current?.renew(session), [session]);
  return [state, engine];
}
