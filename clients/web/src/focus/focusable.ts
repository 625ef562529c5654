const FOCUSABLE =
  "a[href], button:not(:disabled), input:not(:disabled), summary, [role=slider], [data-card], [data-focus-first]";

/** Returns the elements of a container that the arrow keys can reach, in document order. */
export function findFocusable(container: ParentNode): HTMLElement[] {
  return [...container.querySelectorAll<HTMLElement>(FOCUSABLE)].filter(
    (element) =>
      !element.closest("[data-arrows=skip], [inert]") && element.checkVisibility({ visibilityProperty: true }),
  );
}

/** Returns the container of the focus: an open dialog, an element that covers the content, or the content. */
export function findFocusContainer(): HTMLElement | null {
  return document.querySelector<HTMLElement>("dialog[open], [data-focus-scope]") ?? document.querySelector("main");
}

/** Whether the focused element is no control: it is missing, the body or the content as a whole. */
export function isNoControl(element: Element | null): boolean {
  return element === null || element === document.body || element.matches("main");
}
