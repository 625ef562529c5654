import type { RefObject } from "react";
import { useCallback, useEffect, useState } from "react";

/** Whether an element fills the screen, and how to change that. */
export function useFullscreen(ref: RefObject<HTMLElement | null>): [full: boolean, toggle: () => void] {
  const [full, setFull] = useState(false);
  useEffect(() => {
    const look = () => setFull(document.fullscreenElement !== null);
    document.addEventListener("fullscreenchange", look);
    return () => document.removeEventListener("fullscreenchange", look);
  }, []);
  const toggle = useCallback(() => {
    const change = document.fullscreenElement ? document.exitFullscreen() : ref.current?.requestFullscreen();
    // A browser may refuse, as in a frame; the picture stays as it is.
    change?.catch(() => undefined);
  }, [ref]);
  return [full, toggle];
}
