import { useCallback, useEffect, useRef, useState } from "react";

/** How long one step of the count takes, in milliseconds. */
const STEP_MS = 200;

/**
 * Returns whether nothing was moved or pressed for `after` milliseconds, and a function to call on each input.
 *
 * Nothing is counted while `held`, as by an open menu: the count begins anew when that ends. Otherwise controls would
 * disappear at the moment in which a menu closes that was open for longer than the count.
 *
 * The time is counted in steps, one timer after another, so that a device that is too slow to draw or to deliver an
 * input does not count meanwhile: controls are visible for the full time, and an input made in time counts.
 */
export function useIdle(after: number, held = false): [idle: boolean, stir: () => void] {
  const [idle, setIdle] = useState(false);
  const [wasHeld, setWasHeld] = useState(held);
  if (held !== wasHeld) {
    setWasHeld(held);
    setIdle(false);
  }
  const timer = useRef<number>(undefined);
  const count = useCallback(() => {
    window.clearTimeout(timer.current);
    const step = (left: number) => {
      if (left > 0) timer.current = window.setTimeout(() => step(left - STEP_MS), STEP_MS);
      else setIdle(true);
    };
    if (!held) step(after);
  }, [after, held]);
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
