/**
 * What the viewer took off the home since it was answered: it is gone at once, although the home that shows it is
 * renewed only later. A title by itself is hidden everywhere, one with a rail in that rail alone.
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

  /** A newer home knows what was taken out of its rows, and may bring back what was played since. */
  renewed(decisionId: string): void {
    const isNewer = this.decisionId !== decisionId;
    this.decisionId = decisionId;
    if (isNewer) this.change(new Set([...this.entries].filter((entry) => entry.endsWith(" "))));
  }

  /** Somebody else watches from now on. */
  clear(): void {
    this.change(new Set());
  }

  private change(entries: ReadonlySet<string>): void {
    this.entries = entries;
    this.listeners.forEach((listener) => listener());
  }
}

/** Whether a title is to be left out of a rail. */
export function isHidden(entries: ReadonlySet<string>, titleId: string, railId = ""): boolean {
  return entries.has(keyOf(titleId, "")) || (railId !== "" && entries.has(keyOf(titleId, railId)));
}

function keyOf(titleId: string, railId: string): string {
  return `${titleId} ${railId}`;
}

/** What this viewer took off. */
export const hidden = new Hidden();
