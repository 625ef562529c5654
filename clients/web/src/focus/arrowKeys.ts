import { focusableIn, focusRoom, isNowhere } from "./focusable";
import type { Direction } from "./nearest";
import { nearest } from "./nearest";

const DIRECTIONS: Record<string, Direction> = {
  ArrowUp: "up",
  ArrowDown: "down",
  ArrowLeft: "left",
  ArrowRight: "right",
};

/** What uses all arrow keys itself. */
const OWN_ARROWS = "[role=menu], [role=listbox], [data-arrows=own], textarea, select";

/** Elements that use the left and right keys themselves; the other arrows leave them. */
const OWN_SIDEWAYS = "[role=slider], input:not([type=checkbox], [type=radio], [type=button])";

/** Lets the arrow keys of a keyboard or a remote move the focus to what lies that way. Returns how to stop. */
export function followArrowKeys(): () => void {
  window.addEventListener("keydown", onKey);
  return () => window.removeEventListener("keydown", onKey);
}

function onKey(event: KeyboardEvent): void {
  const direction = DIRECTIONS[event.key];
  if (!direction || event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const from = document.activeElement instanceof HTMLElement ? document.activeElement : document.body;
  if (from.closest(OWN_ARROWS) || (isSideways(direction) && from.matches(OWN_SIDEWAYS))) return;
  const target = isNowhere(from) ? (firstTarget() ?? focusableIn(document)[0]) : ahead(from, direction);
  // A slider would take the key for itself.
  if (target || from.matches(OWN_SIDEWAYS)) event.preventDefault();
  if (target) focusOn(target);
  if (direction === "up" && isAtTop(target ?? from)) scrollToTop();
}

function ahead(from: HTMLElement, direction: Direction): HTMLElement | undefined {
  const rail = from.closest("[data-rail]");
  if (isSideways(direction) && rail) return nearestIn(rail, from, direction);
  const room = focusRoom();
  // The bar over the page stays in place while the page moves, so it is nearer than what lies above the screen: the
  // content comes first, whichever is nearer.
  const within = room?.contains(from) ? nearestIn(room, from, direction) : undefined;
  const target = within ?? nearestIn(room?.matches("main") ? document : (room ?? document), from, direction);
  return intoRail(target, rail);
}

function nearestIn(room: ParentNode, from: HTMLElement, direction: Direction): HTMLElement | undefined {
  const candidates = focusableIn(room).filter((element) => element !== from);
  const index = nearest(
    from.getBoundingClientRect(),
    candidates.map((element) => element.getBoundingClientRect()),
    direction,
  );
  return index === undefined ? undefined : candidates[index];
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

/** Returns what has the focus first on a page, or in a dialog. */
export function firstTarget(): HTMLElement | undefined {
  const room = focusRoom();
  if (!room) return undefined;
  return room.querySelector<HTMLElement>("[data-focus-first]") ?? focusableIn(room)[0];
}

function isSideways(direction: Direction): boolean {
  return direction === "left" || direction === "right";
}

/** Whether nothing of the content lies above: the page is shown from its top then, with its heading. */
function isAtTop(element: HTMLElement): boolean {
  const room = focusRoom();
  if (!room?.matches("main")) return false;
  return !room.contains(element) || nearestIn(room, element, "up") === undefined;
}

function isStill(): boolean {
  return window.matchMedia("(prefers-reduced-motion: reduce)").matches;
}

function scrollToTop(): void {
  window.scrollTo({ top: 0, behavior: isStill() ? "instant" : "smooth" });
}

function focusOn(element: HTMLElement): void {
  element.focus({ preventScroll: true });
  element.scrollIntoView({ block: "nearest", inline: "nearest", behavior: isStill() ? "instant" : "smooth" });
}
