const MAX_IDS = 200;
const NAME = "marquee.reminders.shown";

/** Remembers which reminders this browser has shown, so that each is shown once, in one tab. */
export class ShownReminders {
  constructor(private readonly storage: Storage) {}

  /** Returns whether a reminder was not shown yet, and remembers that it is shown now. */
  claim(reminderId: string): boolean {
    const shown = this.read();
    if (shown.includes(reminderId)) return false;
    try {
      this.storage.setItem(NAME, JSON.stringify([reminderId, ...shown].slice(0, MAX_IDS)));
    } catch {
      // If storage is full or blocked, a reminder is shown once by each page.
      this.inMemory.add(reminderId);
    }
    return true;
  }

  private readonly inMemory = new Set<string>();

  private read(): readonly string[] {
    try {
      const stored = JSON.parse(this.storage.getItem(NAME) ?? "[]") as unknown;
      const ids = Array.isArray(stored) ? stored.filter((each) => typeof each === "string") : [];
      return [...ids, ...this.inMemory];
    } catch {
      return [...this.inMemory];
    }
  }
}
