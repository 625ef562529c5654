import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { Held } from "./keepFocus";
import { keepFocus, targetFor } from "./keepFocus";

let room: HTMLElement;
let stop: () => void;
const moves: Held[] = [];

const item = (id: string) => `<div data-item="${id}"><a data-card href="#${id}">${id}</a><button>more</button></div>`;
const rail = (id: string, ...items: string[]) => `<div data-rail="${id}">${items.map(item).join("")}</div>`;
const card = (id: string) => room.querySelector<HTMLElement>(`[data-item="${id}"] a`);

beforeEach(() => {
  room = document.createElement("main");
  room.innerHTML = `${rail("one", "a", "b", "c")}${rail("two", "d", "e")}`;
  document.body.replaceChildren(room);
  moves.length = 0;
  stop = keepFocus(room, (held) => moves.push(held));
});
afterEach(() => stop());

/** Lets those that watch the page see what changed. */
const settled = () => new Promise((resolve) => setTimeout(resolve));

describe("the focus", () => {
  it("goes to what stands where the lost item stood", async () => {
    card("b")?.focus();
    room.querySelector("[data-item=b]")?.remove();
    // Browsers drop the focus of what is gone; this one keeps it.
    (document.activeElement as HTMLElement | null)?.blur();
    await settled();

    expect(document.activeElement).toBe(card("c"));
  });

  it("goes to the last item when the last one is lost", async () => {
    card("c")?.focus();
    room.querySelector("[data-item=c]")?.remove();
    (document.activeElement as HTMLElement | null)?.blur();
    await settled();

    expect(document.activeElement).toBe(card("b"));
  });

  it("goes to the next rail when the whole rail is lost", async () => {
    card("a")?.focus();
    room.querySelector("[data-rail=one]")?.remove();
    (document.activeElement as HTMLElement | null)?.blur();
    await settled();

    expect(document.activeElement).toBe(card("d"));
  });

  it("is left where the viewer put it", async () => {
    card("a")?.focus();
    card("d")?.focus();
    room.querySelector("[data-item=a]")?.remove();
    await settled();

    expect(document.activeElement).toBe(card("d"));
  });

  it("tells where it is", () => {
    card("e")?.focus();

    expect(moves).toEqual([{ rail: "two", item: "e", railIndex: 1, index: 1 }]);
  });

  it("comes back to its item when the rails have moved meanwhile", () => {
    room.innerHTML = `${rail("two", "x", "d", "e")}${rail("one", "a")}`;

    expect(targetFor(room, { rail: "two", item: "e", railIndex: 1, index: 1 })).toBe(card("e"));
    expect(targetFor(room, { rail: "gone", item: "gone", railIndex: 0, index: 9 })).toBe(card("e"));
  });
});
