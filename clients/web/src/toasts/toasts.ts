/** A short word on what was done, and the way back. */
export interface Toast {
  id: number;
  text: string;
  undo: (() => void) | undefined;
}

/** Long enough to read it twice and to reach the button. */
const SHOWN_FOR_MS = 10_000;

const listeners = new Set<() => void>();
let shown: Toast | undefined;
let ending: ReturnType<typeof setTimeout> | undefined;

/** The toast that stands now, if any. */
export function snapshot(): Toast | undefined {
  return shown;
}

/** Calls `listener` after each change; answers how to stop that. */
export function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Says something in place of what stood there. */
export function showToast(text: string, undo?: () => void): void {
  change({ id: (shown?.id ?? 0) + 1, text, undo });
  stay(false);
}

/** Takes the toast away. */
export function dismiss(): void {
  clearTimeout(ending);
  change(undefined);
}

/** Keeps the toast while it has the pointer or the focus, and removes it some time afterwards. */
export function stay(attended: boolean): void {
  clearTimeout(ending);
  if (!attended) ending = setTimeout(dismiss, SHOWN_FOR_MS);
}

function change(next: Toast | undefined): void {
  shown = next;
  listeners.forEach((listener) => listener());
}
