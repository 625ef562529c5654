import { isNoControl } from "./focusable";

/** The item and the rail that have the focus, and their indices in case the item is removed. */
export interface FocusPosition {
  rail: string;
  item: string;
  /** The index of the rail among the rails; `index` is that of the item in its rail. */
  railIndex: number;
  index: number;
}

const RAILS = "[data-rail]";
const ITEMS = "[data-item]";

/** Returns the position of an element; undefined if it is not in an item of a rail. */
export function findPosition(container: ParentNode, element: Element): FocusPosition | undefined {
  const rail = element.closest<HTMLElement>(RAILS);
  const item = element.closest<HTMLElement>(ITEMS);
  if (!rail || !item) return undefined;
  return {
    rail: rail.dataset.rail ?? "",
    item: item.dataset.item ?? "",
    railIndex: [...container.querySelectorAll(RAILS)].indexOf(rail),
    index: [...rail.querySelectorAll(ITEMS)].indexOf(item),
  };
}

/** Returns the element to focus for a position: the same item, or else the item at its index or the last one. */
export function findTargetAt(container: ParentNode, position: FocusPosition): HTMLElement | undefined {
  const rails = [...container.querySelectorAll<HTMLElement>(RAILS)].filter((rail) => rail.querySelector(ITEMS));
  const rail =
    rails.find((each) => each.dataset.rail === position.rail) ?? rails[Math.min(position.railIndex, rails.length - 1)];
  const items = [...(rail?.querySelectorAll<HTMLElement>(ITEMS) ?? [])];
  const item =
    items.find((each) => each.dataset.item === position.item) ?? items[Math.min(position.index, items.length - 1)];
  return item?.querySelector<HTMLElement>("[data-card]") ?? item;
}

/** Moves the focus to a neighbor when the focused element of a container is removed. Returns a function that stops it. */
export function keepFocus(
  container: HTMLElement,
  onMove: (position: FocusPosition) => void = () => undefined,
): () => void {
  let last: FocusPosition | undefined;
  let element: Element | undefined;
  const rememberFocus = (event: FocusEvent) => {
    const target = event.target as Element;
    // A dialog returns the focus when it closes, unless the element that had it is removed.
    if (target.closest("dialog")) return;
    const position = findPosition(container, target);
    [last, element] = [position, target];
    if (position) onMove(position);
  };
  const restoreFocus = () => {
    if (!last || element?.isConnected || !isNoControl(document.activeElement)) return;
    findTargetAt(container, last)?.focus({ preventScroll: true });
  };
  const observer = new MutationObserver(restoreFocus);
  observer.observe(container, { childList: true, subtree: true });
  document.addEventListener("focusin", rememberFocus);
  return () => {
    observer.disconnect();
    document.removeEventListener("focusin", rememberFocus);
  };
}
