/** A button of a toast. */
export interface ToastAction {
  label: string;
  run: () => void;
}

/** A short message about a change, with a function that undoes the change, or about an event, with another action. */
export interface Toast {
  id: number;
  text: string;
  undo: (() => void) | undefined;
  action: ToastAction | undefined;
}

/** How long a toast is shown: long enough to read it twice and to reach the button. */
const SHOWN_FOR_MS = 10_000;

const listeners = new Set<() => void>();
let shown: Toast | undefined;
let removalTimer: ReturnType<typeof setTimeout> | undefined;

/** Returns the toast that is shown, if any. */
export function snapshot(): Toast | undefined {
  return shown;
}

/** Calls `listener` after each change. Returns a function that stops it. */
export function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Shows a toast in place of the current one. */
export function showToast(text: string, undo?: () => void): void {
  show({ text, undo, action: undefined });
}

/** Shows a toast with a button in place of the current one. */
export function showToastWithAction(text: string, action: ToastAction): void {
  show({ text, undo: undefined, action });
}

function show(toast: Omit<Toast, "id">): void {
  change({ id: (shown?.id ?? 0) + 1, ...toast });
  setAttended(false);
}

/** Removes the toast. */
export function dismiss(): void {
  clearTimeout(removalTimer);
  change(undefined);
}

/** Keeps the toast while it has the pointer or the focus, and removes it some time afterwards. */
export function setAttended(isAttended: boolean): void {
  clearTimeout(removalTimer);
  if (!isAttended) removalTimer = setTimeout(dismiss, SHOWN_FOR_MS);
}

function change(next: Toast | undefined): void {
  shown = next;
  listeners.forEach((listener) => listener());
}
