import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { FocusPosition } from "./keepFocus";
import { keepFocus, findTargetAt } from "./keepFocus";

let container: HTMLElement;
let stop: () => void;
const moves: FocusPosition[] = [];

const item = (id: string) => `<div data-item="${id}"><a data-card href="#${id}">${id}</a><button>more</button></div>`;
const rail = (id: string, ...items: string[]) => `<div data-rail="${id}">${items.map(item).join("")}</div>`;
const card = (id: string) => container.querySelector<HTMLElement>(`[data-item="${id}"] a`);

beforeEach(() => {
  container = document.createElement("main");
  container.innerHTML = `${rail("one", "a", "b", "c")}${rail("two", "d", "e")}`;
  document.body.replaceChildren(container);
  moves.length = 0;
  stop = keepFocus(container, (position) => moves.push(position));
});
afterEach(() => stop());

/** Waits until the mutation observers have run. */
const waitForObservers = () => new Promise((resolve) => setTimeout(resolve));

describe("the focus", () => {
  it("moves to the item that takes the place of the removed item", async () => {
    card("b")?.focus();
    container.querySelector("[data-item=b]")?.remove();
    // Browsers take the focus from a removed element; the test environment does not.
    (document.activeElement as HTMLElement | null)?.blur();
    await waitForObservers();

    expect(document.activeElement).toBe(card("c"));
  });

  it("moves to the new last item when the last item is removed", async () => {
    card("c")?.focus();
    container.querySelector("[data-item=c]")?.remove();
    (document.activeElement as HTMLElement | null)?.blur();
    await waitForObservers();

    expect(document.activeElement).toBe(card("b"));
  });

  it("moves to the next rail when the whole rail is removed", async () => {
    card("a")?.focus();
    container.querySelector("[data-rail=one]")?.remove();
    (document.activeElement as HTMLElement | null)?.blur();
    await waitForObservers();

    expect(document.activeElement).toBe(card("d"));
  });

  it("stays where the viewer moved it", async () => {
    card("a")?.focus();
    card("d")?.focus();
    container.querySelector("[data-item=a]")?.remove();
    await waitForObservers();

    expect(document.activeElement).toBe(card("d"));
  });

  it("reports its position", () => {
    card("e")?.focus();

    expect(moves).toEqual([{ rail: "two", item: "e", railIndex: 1, index: 1 }]);
  });

  it("returns to its item after the rails have moved", () => {
    container.innerHTML = `${rail("two", "x", "d", "e")}${rail("one", "a")}`;

    expect(findTargetAt(container, { rail: "two", item: "e", railIndex: 1, index: 1 })).toBe(card("e"));
    expect(findTargetAt(container, { rail: "gone", item: "gone", railIndex: 0, index: 9 })).toBe(card("e"));
  });
});
