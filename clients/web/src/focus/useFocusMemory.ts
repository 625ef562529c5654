import { useRouterState } from "@tanstack/react-router";
import type { RefObject } from "react";
import { useEffect } from "react";

import type { Held } from "./keepFocus";
import { keepFocus, targetFor } from "./keepFocus";
import { isChosen } from "./pageFocus";

/** Where the focus was on each page that can be gone back to, by its entry in the history. */
const memory = new Map<string, Held>();

/** Keeps the focus when items are taken away, and puts it where it was when one comes back to the page. */
export function useFocusMemory(room: RefObject<HTMLElement | null>, ready: boolean): void {
  // The address changes before the page does: until then, what has the focus is of the page that is still shown.
  const entry = useRouterState({
    select: ({ resolvedLocation, location }) => {
      const shown = resolvedLocation ?? location;
      return shown.state.__TSR_key ?? shown.href;
    },
  });
  useEffect(() => {
    if (!room.current || !ready) return;
    const held = memory.get(entry);
    const stop = keepFocus(room.current, (now) => memory.set(entry, now));
    if (held && !isChosen(document.activeElement)) restore(room.current, held);
    return stop;
  }, [room, entry, ready]);
}

function restore(room: HTMLElement, held: Held): void {
  const target = targetFor(room, held);
  target?.focus({ preventScroll: true });
  target?.scrollIntoView({ block: "nearest", inline: "nearest", behavior: "instant" });
}
