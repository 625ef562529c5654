import { findFocusable, findFocusContainer, isNoControl } from "./focusable";
import type { Direction } from "./nearest";
import { findNearest } from "./nearest";

const DIRECTIONS: Record<string, Direction> = {
  ArrowUp: "up",
  ArrowDown: "down",
  ArrowLeft: "left",
  ArrowRight: "right",
};

/** Elements that use all arrow keys themselves. */
const OWN_ARROWS = "[role=menu], [role=listbox], [data-arrows=own], textarea, select";

/** Elements that use the left and right keys themselves; the up and down keys move the focus. */
const OWN_SIDEWAYS = "[role=slider], input:not([type=checkbox], [type=radio], [type=button])";

/** Moves the focus in the direction of an arrow key of a keyboard or a remote. Returns a function that stops it. */
export function followArrowKeys(): () => void {
  window.addEventListener("keydown", onKey);
  return () => window.removeEventListener("keydown", onKey);
}

function onKey(event: KeyboardEvent): void {
  const direction = DIRECTIONS[event.key];
  if (!direction || event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const from = document.activeElement instanceof HTMLElement ? document.activeElement : document.body;
  if (from.closest(OWN_ARROWS) || (isSideways(direction) && from.matches(OWN_SIDEWAYS))) return;
  const target = isNoControl(from) ? (findFirstTarget() ?? findFocusable(document)[0]) : findTarget(from, direction);
  // Without this, a slider also changes its value.
  if (target || from.matches(OWN_SIDEWAYS)) event.preventDefault();
  if (target) focusOn(target);
  if (direction === "up" && isAtTop(target ?? from)) scrollToTop();
}

function findTarget(from: HTMLElement, direction: Direction): HTMLElement | undefined {
  const rail = from.closest("[data-rail]");
  if (isSideways(direction) && rail) return findNearestElement(rail, from, direction);
  const container = findFocusContainer();
  // The top bar is fixed, so it can be nearer than content that has scrolled above the screen. Controls in the content
  // therefore come first.
  const within = container?.contains(from) ? findNearestElement(container, from, direction) : undefined;
  const target =
    within ?? findNearestElement(container?.matches("main") ? document : (container ?? document), from, direction);
  return chooseRailCard(target, rail);
}

function findNearestElement(container: ParentNode, from: HTMLElement, direction: Direction): HTMLElement | undefined {
  const candidates = findFocusable(container).filter((element) => element !== from);
  const nearestIndex = findNearest(
    from.getBoundingClientRect(),
    candidates.map((element) => element.getBoundingClientRect()),
    direction,
  );
  return nearestIndex === undefined ? undefined : candidates[nearestIndex];
}

/** Returns the card of another rail that had the focus last, if that card is visible; otherwise `target`. */
function chooseRailCard(target: HTMLElement | undefined, from: Element | null): HTMLElement | undefined {
  const rail = target?.closest("[data-rail]");
  if (!rail || rail === from) return target;
  const remembered = rail.querySelector<HTMLElement>("[data-card][tabindex='0']");
  if (!remembered) return target;
  const [card, frame] = [remembered.getBoundingClientRect(), rail.getBoundingClientRect()];
  return card.left >= frame.left - 1 && card.right <= frame.right + 1 ? remembered : target;
}

/** Returns the control that gets the focus first on a page or in a dialog. */
export function findFirstTarget(): HTMLElement | undefined {
  const container = findFocusContainer();
  if (!container) return undefined;
  return container.querySelector<HTMLElement>("[data-focus-first]") ?? findFocusable(container)[0];
}

function isSideways(direction: Direction): boolean {
  return direction === "left" || direction === "right";
}

/** Whether no control of the content lies above. The page then scrolls to its top, so that its heading is visible. */
function isAtTop(element: HTMLElement): boolean {
  const container = findFocusContainer();
  if (!container?.matches("main")) return false;
  return !container.contains(element) || findNearestElement(container, element, "up") === undefined;
}

function prefersReducedMotion(): boolean {
  return window.matchMedia("(prefers-reduced-motion: reduce)").matches;
}

function scrollToTop(): void {
  window.scrollTo({ top: 0, behavior: prefersReducedMotion() ? "instant" : "smooth" });
}

function focusOn(element: HTMLElement): void {
  element.focus({ preventScroll: true });
  element.scrollIntoView({
    block: "nearest",
    inline: "nearest",
    behavior: prefersReducedMotion() ? "instant" : "smooth",
  });
}
