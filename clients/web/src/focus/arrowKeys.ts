import type { Direction } from "./nearest";
import { nearest } from "./nearest";

const DIRECTIONS: Record<string, Direction> = {
  ArrowUp: "up",
  ArrowDown: "down",
  ArrowLeft: "left",
  ArrowRight: "right",
};

const FOCUSABLE = "a[href], button:not(:disabled), input:not(:disabled), summary, [role=slider], [data-card]";

/** What uses arrow keys itself. */
const OWN_ARROWS = "[role=menu], [role=slider], [role=listbox], [data-arrows=own], textarea, select";

/** Lets the arrow keys of a keyboard or a remote move the focus to what lies that way. Answers how to stop. */
export function followArrowKeys(): () => void {
  window.addEventListener("keydown", onKey);
  return () => window.removeEventListener("keydown", onKey);
}

function onKey(event: KeyboardEvent): void {
  const direction = DIRECTIONS[event.key];
  if (!direction || event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const from = document.activeElement instanceof HTMLElement ? document.activeElement : document.body;
  if (from.closest(OWN_ARROWS) || (isTyping(from) && (direction === "left" || direction === "right"))) return;
  const target = from === document.body ? first() : ahead(from, direction);
  if (!target) return;
  event.preventDefault();
  focusOn(target);
}

function ahead(from: HTMLElement, direction: Direction): HTMLElement | undefined {
  const rail = from.closest("[data-rail]");
  const sideways = direction === "left" || direction === "right";
  const room = sideways && rail ? rail : (openDialog() ?? document);
  const candidates = focusable(room).filter((element) => element !== from);
  const index = nearest(
    from.getBoundingClientRect(),
    candidates.map((element) => element.getBoundingClientRect()),
    direction,
  );
  return index === undefined ? undefined : intoRail(candidates[index], rail);
}

/** Coming into another rail, the focus goes to the card that had it last, unless that is out of sight. */
function intoRail(target: HTMLElement | undefined, from: Element | null): HTMLElement | undefined {
  const rail = target?.closest("[data-rail]");
  if (!rail || rail === from) return target;
  const remembered = rail.querySelector<HTMLElement>("[data-card][tabindex='0']");
  if (!remembered) return target;
  const [card, frame] = [remembered.getBoundingClientRect(), rail.getBoundingClientRect()];
  return card.left >= frame.left - 1 && card.right <= frame.right + 1 ? remembered : target;
}

function first(): HTMLElement | undefined {
  const main = openDialog() ?? document.querySelector("main");
  return main ? focusable(main)[0] : undefined;
}

/** What lies behind an open dialog cannot be reached. */
function openDialog(): Element | null {
  return document.querySelector("dialog[open]");
}

function focusable(room: ParentNode): HTMLElement[] {
  return [...room.querySelectorAll<HTMLElement>(FOCUSABLE)].filter(
    (element) =>
      !element.closest("[data-arrows=skip], [inert]") && element.checkVisibility({ visibilityProperty: true }),
  );
}

function isTyping(element: HTMLElement): boolean {
  return element instanceof HTMLInputElement && !["checkbox", "radio", "button"].includes(element.type);
}

function focusOn(element: HTMLElement): void {
  element.focus({ preventScroll: true });
  const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  element.scrollIntoView({ block: "nearest", inline: "nearest", behavior: still ? "instant" : "smooth" });
}
