const NO_QUERIES: readonly string[] = [];
const MAX_QUERIES = 8;

/**
 * Stores the recent searches of each profile. They stay in this browser and are not sent to the platform, because only
 * this device needs them.
 */
export class RecentSearches {
  private readonly listeners = new Set<() => void>();
  private readonly cache = new Map<string, readonly string[]>();

  constructor(private readonly storage: Storage) {}

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  of(profileId: string): readonly string[] {
    const queries = this.cache.get(profileId) ?? this.read(profileId);
    this.cache.set(profileId, queries);
    return queries;
  }

  searched(profileId: string, query: string): void {
    const trimmed = query.trim();
    if (!trimmed) return;
    // A query replaces the earlier queries that it begins with.
    const others = this.of(profileId).filter((each) => !trimmed.toLowerCase().startsWith(each.toLowerCase()));
    this.write(profileId, [trimmed, ...others].slice(0, MAX_QUERIES));
  }

  forget(profileId: string): void {
    this.write(profileId, NO_QUERIES);
  }

  private read(profileId: string): readonly string[] {
    try {
      const stored = JSON.parse(this.storage.getItem(keyOf(profileId)) ?? "{}") as { queries?: unknown };
      return parseQueries(stored.queries);
    } catch {
      return NO_QUERIES;
    }
  }

  private write(profileId: string, queries: readonly string[]): void {
    this.cache.set(profileId, queries);
    try {
      this.storage.setItem(keyOf(profileId), JSON.stringify({ queries }));
    } catch {
      // If storage is full or blocked, the queries last only as long as the page.
    }
    this.listeners.forEach((listener) => listener());
  }
}

function keyOf(profileId: string): string {
  return `marquee.recent.${profileId}`;
}

/** Returns the strings of a stored list. Storage may hold any value. */
function parseQueries(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === "string") : NO_QUERIES;
}

/** The recent searches of this browser. */
export const recent = new RecentSearches(window.localStorage);
