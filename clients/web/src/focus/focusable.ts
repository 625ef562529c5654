const FOCUSABLE =
  "a[href], button:not(:disabled), input:not(:disabled), summary, [role=slider], [data-card], [data-focus-first]";

/** Returns what the arrow keys can reach in a part of the page, in the order of the page. */
export function focusableIn(room: ParentNode): HTMLElement[] {
  return [...room.querySelectorAll<HTMLElement>(FOCUSABLE)].filter(
    (element) =>
      !element.closest("[data-arrows=skip], [inert]") && element.checkVisibility({ visibilityProperty: true }),
  );
}

/** Returns the part of the page that takes the focus: an open dialog, what covers the content, or the content. */
export function focusRoom(): HTMLElement | null {
  return document.querySelector<HTMLElement>("dialog[open], [data-focus-room]") ?? document.querySelector("main");
}

/** Whether an element is as good as no focus at all. */
export function isNowhere(element: Element | null): boolean {
  return element === null || element === document.body || element.matches("main");
}
