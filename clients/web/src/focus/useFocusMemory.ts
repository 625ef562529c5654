import { useRouterState } from "@tanstack/react-router";
import type { RefObject } from "react";
import { useEffect } from "react";

import type { FocusPosition } from "./keepFocus";
import { keepFocus, findTargetAt } from "./keepFocus";
import { isChosen } from "./pageFocus";

/** The last position of the focus on each page, by the key of the page's history entry. */
const positions = new Map<string, FocusPosition>();

/** Keeps the focus when items are removed, and restores its position when the viewer returns to the page. */
export function useFocusMemory(container: RefObject<HTMLElement | null>, ready: boolean): void {
  // The address changes before the page does. Until then, the focus belongs to the page that is still shown.
  const entry = useRouterState({
    select: ({ resolvedLocation, location }) => {
      const shown = resolvedLocation ?? location;
      return shown.state.__TSR_key ?? shown.href;
    },
  });
  useEffect(() => {
    if (!container.current || !ready) return;
    const remembered = positions.get(entry);
    const stop = keepFocus(container.current, (position) => positions.set(entry, position));
    if (remembered && !isChosen(document.activeElement)) restore(container.current, remembered);
    return stop;
  }, [container, entry, ready]);
}

function restore(container: HTMLElement, remembered: FocusPosition): void {
  const target = findTargetAt(container, remembered);
  target?.focus({ preventScroll: true });
  target?.scrollIntoView({ block: "nearest", inline: "nearest", behavior: "instant" });
}
