import type { KeyboardEvent } from "react";
import { useRef } from "react";

/** A key that is held for this many milliseconds is a long press. */
const LONG_PRESS_MS = 550;

interface LongPressHandlers {
  onKeyDown: (event: KeyboardEvent<HTMLElement>) => void;
  onKeyUp: (event: KeyboardEvent<HTMLElement>) => void;
}

/** Calls `onLongPress` when Enter is held or the menu key is pressed: remotes have few keys. */
export function useLongKeyPress(onLongPress: () => void): LongPressHandlers {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const handleLongPress = () => {
    timer.current = undefined;
    ignoreKeysUntilReleased();
    onLongPress();
  };
  return {
    onKeyDown: (event) => {
      if (event.key === "ContextMenu") {
        event.preventDefault();
        onLongPress();
      } else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
        // A short press becomes a click when the key is released.
        event.preventDefault();
        if (!event.repeat) timer.current = setTimeout(handleLongPress, LONG_PRESS_MS);
      }
    },
    onKeyUp: (event) => {
      if (event.key !== "Enter" || timer.current === undefined) return;
      clearTimeout(timer.current);
      timer.current = undefined;
      if (event.target instanceof HTMLElement) event.target.click();
    },
  };
}

/** Ignores the key until it is released: a held key repeats, and would press the control that has just appeared. */
function ignoreKeysUntilReleased(): void {
  const preventDefault = (event: Event) => event.preventDefault();
  window.addEventListener("keydown", preventDefault, { capture: true });
  window.addEventListener("keyup", () => window.removeEventListener("keydown", preventDefault, { capture: true }), {
    once: true,
    capture: true,
  });
}
