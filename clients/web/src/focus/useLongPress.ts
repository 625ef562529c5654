import type { KeyboardEvent } from "react";
import { useRef } from "react";

/** A key that is held for this long means more than a press. */
const HELD_MS = 550;

interface HoldKeys {
  onKeyDown: (event: KeyboardEvent<HTMLElement>) => void;
  onKeyUp: (event: KeyboardEvent<HTMLElement>) => void;
}

/** Tells a held Enter, or the menu key, from a press: remotes have few keys. */
export function useLongPress(onHold: () => void): HoldKeys {
  const waiting = useRef<ReturnType<typeof setTimeout>>(undefined);
  const hold = () => {
    waiting.current = undefined;
    untilReleased();
    onHold();
  };
  return {
    onKeyDown: (event) => {
      if (event.key === "ContextMenu") {
        event.preventDefault();
        onHold();
      } else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
        // The press counts when the key comes up again.
        event.preventDefault();
        if (!event.repeat) waiting.current = setTimeout(hold, HELD_MS);
      }
    },
    onKeyUp: (event) => {
      if (event.key !== "Enter" || waiting.current === undefined) return;
      clearTimeout(waiting.current);
      waiting.current = undefined;
      if (event.target instanceof HTMLElement) event.target.click();
    },
  };
}

/** A key that is still down repeats, and must not press what has come up under it. */
function untilReleased(): void {
  const swallow = (event: Event) => event.preventDefault();
  window.addEventListener("keydown", swallow, { capture: true });
  window.addEventListener("keyup", () => window.removeEventListener("keydown", swallow, { capture: true }), {
    once: true,
    capture: true,
  });
}
