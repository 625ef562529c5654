import { useCallback, useEffect, useRef, useState } from "react";

/** How long one step of the count takes, in milliseconds. */
const STEP_MS = 200;

/**
 * Returns whether nothing was moved or pressed for `after` milliseconds, and how to say that something was.
 *
 * The time is counted in steps, one timer after another, so a device that is too slow to draw or to hear of a press
 * does not count meanwhile: what is shown can always be seen for as long, and a press that was made in time is heard
 * in time.
 */
export function useIdle(after: number): [idle: boolean, stir: () => void] {
  const [idle, setIdle] = useState(false);
  const timer = useRef<number>(undefined);
  const count = useCallback(() => {
    window.clearTimeout(timer.current);
    const step = (left: number) => {
      if (left > 0) timer.current = window.setTimeout(() => step(left - STEP_MS), STEP_MS);
      else setIdle(true);
    };
    step(after);
  }, [after]);
  const stir = useCallback(() => {
    setIdle(false);
    count();
  }, [count]);
  useEffect(() => {
    count();
    return () => window.clearTimeout(timer.current);
  }, [count]);
  return [idle, stir];
}
