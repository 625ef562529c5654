import { firstTarget } from "./arrowKeys";
import { focusableIn, focusRoom, isNowhere } from "./focusable";
import { inputMode } from "./inputMode";

/** What was focused without the viewer's asking: a page that knows better may move the focus on. */
let placed: Element | undefined;

/** On which page the focus was last, and the middle of what had it. */
let last: { page: string; x: number; y: number } | undefined;

/** Whether the viewer put the focus where it is. */
export function isChosen(element: Element | null): boolean {
  return !isNowhere(element) && element !== placed;
}

/**
 * Keeps the focus somewhere: at the start of a page on its first control, once there is one; and where a control is
 * taken away, on what stands nearest to it. Returns how to stop.
 */
export function keepPageFocus(): () => void {
  let scheduled: ReturnType<typeof setTimeout> | undefined;
  const check = () => {
    scheduled = undefined;
    if (!isLost()) return;
    const samePage = last?.page === window.location.pathname;
    place(last && samePage ? nearestTo(last.x, last.y) : firstTarget());
  };
  const watch = new MutationObserver(() => {
    // What the page itself does about its focus, such as the way back to a card, goes first.
    if (isLost()) scheduled ??= setTimeout(check);
  });
  watch.observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ["disabled"] });
  const follow = ({ target }: FocusEvent) => {
    if (!(target instanceof Element)) return;
    if (target !== placed) placed = undefined;
    last = undefined;
    if (isNowhere(target)) return;
    const { left, top, width, height } = target.getBoundingClientRect();
    last = { page: window.location.pathname, x: left + width / 2, y: top + height / 2 };
  };
  document.addEventListener("focusin", follow);
  return () => {
    clearTimeout(scheduled);
    watch.disconnect();
    document.removeEventListener("focusin", follow);
  };
}

/** A page that has no control yet, or none at all, has the focus as a whole. */
function isLost(): boolean {
  const { activeElement } = document;
  return isNowhere(activeElement) && (!activeElement?.matches("main") || activeElement === placed);
}

/** With keys the next press acts on the focus. With a pointer the space bar has to scroll the page, so nothing is set. */
function place(target: HTMLElement | undefined): void {
  const element = (inputMode() === "keys" ? target : undefined) ?? focusRoom();
  if (!element || element === document.activeElement) return;
  placed = element;
  if (element.matches("main")) element.tabIndex = -1;
  element.focus({ preventScroll: true });
}

function nearestTo(x: number, y: number): HTMLElement | undefined {
  const room = focusRoom();
  if (!room) return undefined;
  const distance = (element: HTMLElement) => {
    const { left, right, top, bottom } = element.getBoundingClientRect();
    return Math.hypot(Math.max(left - x, x - right, 0), Math.max(top - y, y - bottom, 0));
  };
  const first = room.querySelector<HTMLElement>("[data-focus-first]");
  return first ?? focusableIn(room).sort((one, other) => distance(one) - distance(other))[0];
}
