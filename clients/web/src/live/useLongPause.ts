import type { RefObject } from "react";
import { useEffect, useEffectEvent } from "react";

/** After a shorter pause the media is still there, in milliseconds. */
const LONG_PAUSE = 20_000;

/** Calls a function when the viewer resumes the video after a pause that was not short. */
export function useLongPause(video: RefObject<HTMLVideoElement | null>, onResume: () => void): void {
  const handleResume = useEffectEvent(onResume);
  useEffect(() => {
    const element = video.current;
    let pausedAt: number | undefined;
    const listeners = {
      pause: () => (pausedAt = performance.now()),
      // Other media is loaded.
      emptied: () => (pausedAt = undefined),
      play: () => {
        if (pausedAt !== undefined && performance.now() - pausedAt > LONG_PAUSE) handleResume();
        pausedAt = undefined;
      },
    };
    const names = Object.keys(listeners) as (keyof typeof listeners)[];
    names.forEach((name) => element?.addEventListener(name, listeners[name]));
    return () => names.forEach((name) => element?.removeEventListener(name, listeners[name]));
  }, [video]);
}
