import type { RefObject } from "react";
import { useCallback, useEffect, useState } from "react";

/** Returns whether an element is in full screen, and a function that toggles it. */
export function useFullscreen(ref: RefObject<HTMLElement | null>): [isFullscreen: boolean, toggle: () => void] {
  const [isFullscreen, setIsFullscreen] = useState(false);
  useEffect(() => {
    const readState = () => setIsFullscreen(document.fullscreenElement !== null);
    document.addEventListener("fullscreenchange", readState);
    return () => document.removeEventListener("fullscreenchange", readState);
  }, []);
  const toggle = useCallback(() => {
    const change = document.fullscreenElement ? document.exitFullscreen() : ref.current?.requestFullscreen();
    // A browser may refuse full screen, for example inside a frame. The page then does not change.
    change?.catch(() => undefined);
  }, [ref]);
  return [isFullscreen, toggle];
}
