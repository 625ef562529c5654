import { findFirstTarget } from "./arrowKeys";
import { findFocusable, findFocusContainer, isNoControl } from "./focusable";
import { inputMode } from "./inputMode";

/** The element that this module focused. A page may move the focus from it to a more suitable element. */
let autoFocused: Element | undefined;

/** The page and the centre of the element that had the focus last. */
let lastFocus: { page: string; x: number; y: number } | undefined;

/** Whether the viewer, and not this module, moved the focus to `element`. */
export function isChosen(element: Element | null): boolean {
  return !isNoControl(element) && element !== autoFocused;
}

/**
 * Keeps the focus on a control. It focuses the first control of a new page as soon as there is one, and the nearest
 * control when the focused one is removed or disabled. Returns a function that stops it.
 */
export function keepPageFocus(): () => void {
  let scheduled: ReturnType<typeof setTimeout> | undefined;
  const restoreFocus = () => {
    scheduled = undefined;
    if (!isLost()) return;
    const samePage = lastFocus?.page === window.location.pathname;
    setFocus(lastFocus && samePage ? findNearestTo(lastFocus.x, lastFocus.y) : findFirstTarget());
  };
  const observer = new MutationObserver(() => {
    // The page's own focus handling, such as the return to a card, runs first.
    if (isLost()) scheduled ??= setTimeout(restoreFocus);
  });
  observer.observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ["disabled"] });
  const rememberFocus = ({ target }: FocusEvent) => {
    if (!(target instanceof Element)) return;
    if (target !== autoFocused) autoFocused = undefined;
    lastFocus = undefined;
    if (isNoControl(target)) return;
    const { left, top, width, height } = target.getBoundingClientRect();
    lastFocus = { page: window.location.pathname, x: left + width / 2, y: top + height / 2 };
  };
  document.addEventListener("focusin", rememberFocus);
  return () => {
    clearTimeout(scheduled);
    observer.disconnect();
    document.removeEventListener("focusin", rememberFocus);
  };
}

/** Whether the focus is missing. Focus on the content as a whole counts only if this module did not set it. */
function isLost(): boolean {
  const { activeElement } = document;
  return isNoControl(activeElement) && (!activeElement?.matches("main") || activeElement === autoFocused);
}

/** Focuses `target` if the viewer uses keys; otherwise the content, so that the space bar scrolls the page. */
function setFocus(target: HTMLElement | undefined): void {
  const element = (inputMode() === "keys" ? target : undefined) ?? findFocusContainer();
  if (!element || element === document.activeElement) return;
  autoFocused = element;
  if (element.matches("main")) element.tabIndex = -1;
  element.focus({ preventScroll: true });
}

function findNearestTo(x: number, y: number): HTMLElement | undefined {
  const container = findFocusContainer();
  if (!container) return undefined;
  const distance = (element: HTMLElement) => {
    const { left, right, top, bottom } = element.getBoundingClientRect();
    return Math.hypot(Math.max(left - x, x - right, 0), Math.max(top - y, y - bottom, 0));
  };
  const first = container.querySelector<HTMLElement>("[data-focus-first]");
  return first ?? findFocusable(container).sort((one, other) => distance(one) - distance(other))[0];
}
