import { isNowhere } from "./focusable";

/** Where the focus was: on which item of which rail, and at which place, should the item go. */
export interface Held {
  rail: string;
  item: string;
  /** The place of the rail among the rails, and of the item in it. */
  railIndex: number;
  index: number;
}

const RAILS = "[data-rail]";
const ITEMS = "[data-item]";

/** Where an element stands; undefined for what is not in an item of a rail. */
export function placeOf(room: ParentNode, element: Element): Held | undefined {
  const rail = element.closest<HTMLElement>(RAILS);
  const item = element.closest<HTMLElement>(ITEMS);
  if (!rail || !item) return undefined;
  return {
    rail: rail.dataset.rail ?? "",
    item: item.dataset.item ?? "",
    railIndex: [...room.querySelectorAll(RAILS)].indexOf(rail),
    index: [...rail.querySelectorAll(ITEMS)].indexOf(item),
  };
}

/** What to focus for a place: the same item; else what stands where it stood, or nearest to that. */
export function targetFor(room: ParentNode, held: Held): HTMLElement | undefined {
  const rails = [...room.querySelectorAll<HTMLElement>(RAILS)].filter((rail) => rail.querySelector(ITEMS));
  const rail =
    rails.find((each) => each.dataset.rail === held.rail) ?? rails[Math.min(held.railIndex, rails.length - 1)];
  const items = [...(rail?.querySelectorAll<HTMLElement>(ITEMS) ?? [])];
  const item = items.find((each) => each.dataset.item === held.item) ?? items[Math.min(held.index, items.length - 1)];
  return item?.querySelector<HTMLElement>("[data-card]") ?? item;
}

/** Moves the focus to a neighbor when the focused element of a container is removed. Returns a function that stops it. */
export function keepFocus(room: HTMLElement, onMove: (held: Held) => void = () => undefined): () => void {
  let held: Held | undefined;
  let element: Element | undefined;
  const follow = (event: FocusEvent) => {
    const target = event.target as Element;
    // A dialog gives the focus back when it closes, unless what had it is gone by then.
    if (target.closest("dialog")) return;
    const place = placeOf(room, target);
    [held, element] = [place, target];
    if (place) onMove(place);
  };
  const mend = () => {
    if (!held || element?.isConnected || !isNowhere(document.activeElement)) return;
    targetFor(room, held)?.focus({ preventScroll: true });
  };
  const watch = new MutationObserver(mend);
  watch.observe(room, { childList: true, subtree: true });
  document.addEventListener("focusin", follow);
  return () => {
    watch.disconnect();
    document.removeEventListener("focusin", follow);
  };
}
