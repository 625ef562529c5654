import { useCallback, useEffect, useRef, useState } from "react";

/** Whether nothing was moved or pressed for a while, and how to say that something was. */
export function useIdle(after: number): [idle: boolean, stir: () => void] {
  const [idle, setIdle] = useState(false);
  const timer = useRef<number>(undefined);
  const stir = useCallback(() => {
    setIdle(false);
    window.clearTimeout(timer.current);
    timer.current = window.setTimeout(() => setIdle(true), after);
  }, [after]);
  useEffect(() => {
    timer.current = window.setTimeout(() => setIdle(true), after);
    return () => window.clearTimeout(timer.current);
  }, [after]);
  return [idle, stir];
}
