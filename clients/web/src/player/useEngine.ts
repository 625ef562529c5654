import type { RefObject } from "react";
import { useEffect, useEffectEvent, useRef, useState } from "react";

import type { EngineState } from "./engine";
import { Engine, IDLE } from "./engine";
import type { OpenPlayback } from "./playbackSession";
import type { Format } from "./sessionAddresses";
import { formatOf } from "./sessionAddresses";

/**
 * Plays what is open on a video element while the component is mounted; undefined keeps what plays. Renewed URLs of the
 * session do not interrupt it.
 */
export function useEngine(
  video: RefObject<HTMLVideoElement | null>,
  container: RefObject<HTMLElement | null>,
  playback: OpenPlayback | undefined,
  format: Format,
): [state: EngineState, engine: RefObject<Engine | null>] {
  const [state, setState] = useState(IDLE);
  const engine = useRef<Engine>(null);
  const { session, loadNumber } = playback ?? {};
  const prepare = useEffectEvent((newEngine: Engine) => playback ?? newEngine.prepare());
  const open = useEffectEvent(
    () => playback && engine.current?.open({ ...playback, format: formatOf(playback.session, format) }),
  );
  useEffect(() => {
    if (!video.current || !container.current) return;
    const newEngine = new Engine(video.current, container.current, setState);
    engine.current = newEngine;
    prepare(newEngine);
    return () => newEngine.close();
  }, [video, container]);
  useEffect(() => open(), [loadNumber, format]);
  useEffect(() => session && engine.current?.renew(session), [session]);
  return [state, engine];
}
