import type { RefObject } from "react";
import { useEffect, useLayoutEffect, useRef } from "react";

import { isNoControl } from "../focus/focusable";
import { inputMode } from "../focus/inputMode";
import { isChosen } from "../focus/pageFocus";

/**
 * Keeps the focus on the active field of a grid. Fields are replaced when programmes are loaded, and the field that a
 * key leads to is drawn only after the grid has scrolled to it. Returns a function that moves the focus to that field.
 */
export function useGridFocus(grid: RefObject<HTMLElement | null>): () => void {
  const isInside = useRef(false);
  // A viewer with a remote begins in the grid, unless another control was chosen before the grid was loaded.
  const isOpening = useRef(true);
  const isMoving = useRef(false);
  useEffect(() => {
    const follow = ({ target }: FocusEvent) => {
      const element = target as Element;
      // A dialog returns the focus, and the content as a whole has it only while nothing else has.
      if (!element.closest("dialog") && !isNoControl(element))
        isInside.current = grid.current?.contains(element) ?? false;
    };
    document.addEventListener("focusin", follow);
    return () => document.removeEventListener("focusin", follow);
  }, [grid]);
  // Runs after every rendering: each can draw or replace the active field.
  useLayoutEffect(() => {
    const isLost = isInside.current && isNoControl(document.activeElement);
    const isFirst = isOpening.current && inputMode() === "keys" && !isChosen(document.activeElement);
    if (!isMoving.current && !isLost && !isFirst) return;
    const cell = grid.current?.querySelector<HTMLElement>("[data-active]");
    if (!cell) return;
    isMoving.current = false;
    isOpening.current = false;
    isInside.current = true;
    cell.focus({ preventScroll: true });
  });
  return () => {
    isMoving.current = true;
  };
}
