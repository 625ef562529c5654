/**
 * The titles that the viewer hid since the home was loaded. The app hides them at once, although it refetches the home
 * only later. An entry without a rail hides the title everywhere, an entry with a rail only in that rail.
 */
export class Hidden {
  private entries: ReadonlySet<string> = new Set();
  private decisionId = "";
  private readonly listeners = new Set<() => void>();

  readonly snapshot = (): ReadonlySet<string> => this.entries;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  hide(titleId: string, railId = ""): void {
    this.change(new Set([...this.entries, keyOf(titleId, railId)]));
  }

  restore(titleId: string, railId = ""): void {
    this.change(new Set([...this.entries].filter((entry) => entry !== keyOf(titleId, railId))));
  }

  /** Removes the entries with a rail if the home is newer: a newer home omits those titles unless they were played. */
  renewed(decisionId: string): void {
    const isNewer = this.decisionId !== decisionId;
    this.decisionId = decisionId;
    if (isNewer) this.change(new Set([...this.entries].filter((entry) => entry.endsWith(" "))));
  }

  /** Removes all entries, because another viewer takes over. */
  clear(): void {
    this.change(new Set());
  }

  private change(entries: ReadonlySet<string>): void {
    this.entries = entries;
    this.listeners.forEach((listener) => listener());
  }
}

/** Whether a rail must leave a title out. */
export function isHidden(entries: ReadonlySet<string>, titleId: string, railId = ""): boolean {
  return entries.has(keyOf(titleId, "")) || (railId !== "" && entries.has(keyOf(titleId, railId)));
}

function keyOf(titleId: string, railId: string): string {
  return `${titleId} ${railId}`;
}

/** The titles that this viewer hid. */
export const hidden = new Hidden();
