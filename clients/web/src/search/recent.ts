const NOTHING: readonly string[] = [];
const MOST_QUERIES = 8;

/**
 * Remembers what each profile searched for, in the browser alone: it is a convenience of this screen, and nobody else's
 * business.
 */
export class RecentSearches {
  private readonly listeners = new Set<() => void>();
  private readonly known = new Map<string, readonly string[]>();

  constructor(private readonly storage: Storage) {}

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  of(profileId: string): readonly string[] {
    const known = this.known.get(profileId) ?? this.read(profileId);
    this.known.set(profileId, known);
    return known;
  }

  searched(profileId: string, query: string): void {
    const words = query.trim();
    if (!words) return;
    // Typing on makes a longer query of the same one, not another one.
    const others = this.of(profileId).filter((each) => !words.toLowerCase().startsWith(each.toLowerCase()));
    this.write(profileId, [words, ...others].slice(0, MOST_QUERIES));
  }

  forget(profileId: string): void {
    this.write(profileId, NOTHING);
  }

  private read(profileId: string): readonly string[] {
    try {
      const kept = JSON.parse(this.storage.getItem(keyOf(profileId)) ?? "{}") as { queries?: unknown };
      return words(kept.queries);
    } catch {
      return NOTHING;
    }
  }

  private write(profileId: string, queries: readonly string[]): void {
    this.known.set(profileId, queries);
    try {
      this.storage.setItem(keyOf(profileId), JSON.stringify({ queries }));
    } catch {
      // A browser whose storage is full or closed forgets with the page.
    }
    this.listeners.forEach((listener) => listener());
  }
}

function keyOf(profileId: string): string {
  return `marquee.recent.${profileId}`;
}

/** Storage may hold anything. */
function words(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === "string") : NOTHING;
}

/** What was searched for in this browser. */
export const recent = new RecentSearches(window.localStorage);
