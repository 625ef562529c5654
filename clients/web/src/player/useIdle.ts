import { useCallback, useEffect, useRef, useState } from "react";

/** The duration of one step of the count, in milliseconds. */
const STEP_MS = 200;

/**
 * Returns whether there was no input for `timeoutMs` milliseconds, and a function to call on each input.
 *
 * The count stops while `suspended` is true, for example while a menu is open, and starts again from zero afterwards.
 * Otherwise the controls would disappear as soon as the viewer closes a menu that was open for a long time.
 *
 * The count uses short steps, one timer after another. A slow device that cannot draw or deliver input during a step
 * delays the next step, so the controls stay visible for the full time and input that was made in time counts.
 */
export function useIdle(timeoutMs: number, suspended = false): [idle: boolean, reset: () => void] {
  const [idle, setIdle] = useState(false);
  const [wasSuspended, setWasSuspended] = useState(suspended);
  if (suspended !== wasSuspended) {
    setWasSuspended(suspended);
    setIdle(false);
  }
  const timer = useRef<number>(undefined);
  const startCount = useCallback(() => {
    window.clearTimeout(timer.current);
    const runStep = (remainingMs: number) => {
      if (remainingMs > 0) timer.current = window.setTimeout(() => runStep(remainingMs - STEP_MS), STEP_MS);
      else setIdle(true);
    };
    if (!suspended) runStep(timeoutMs);
  }, [timeoutMs, suspended]);
  const reset = useCallback(() => {
    setIdle(false);
    startCount();
  }, [startCount]);
  useEffect(() => {
    startCount();
    return () => window.clearTimeout(timer.current);
  }, [startCount]);
  return [idle, reset];
}
