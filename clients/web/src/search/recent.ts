/** What was searched for and looked at in this browser. */
export interface Recent {
  queries: readonly string[];
  titleIds: readonly string[];
}

const NOTHING: Recent = { queries: [], titleIds: [] };
const MOST_QUERIES = 8;
const MOST_TITLES = 20;

/**
 * Remembers what each profile searched for and looked at, in the browser alone: it is a convenience of this screen,
 * and nobody else's business.
 */
export class RecentSearches {
  private readonly listeners = new Set<() => void>();
  private readonly known = new Map<string, Recent>();

  constructor(private readonly storage: Storage) {}

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  of(profileId: string): Recent {
    const known = this.known.get(profileId) ?? this.read(profileId);
    this.known.set(profileId, known);
    return known;
  }

  searched(profileId: string, query: string): void {
    const words = query.trim();
    if (!words) return;
    const { queries, titleIds } = this.of(profileId);
    // Typing on makes a longer query of the same one, not another one.
    const others = queries.filter((each) => !words.toLowerCase().startsWith(each.toLowerCase()));
    this.write(profileId, { queries: [words, ...others].slice(0, MOST_QUERIES), titleIds });
  }

  lookedAt(profileId: string, titleId: string): void {
    const { queries, titleIds } = this.of(profileId);
    const others = titleIds.filter((each) => each !== titleId);
    this.write(profileId, { queries, titleIds: [titleId, ...others].slice(0, MOST_TITLES) });
  }

  forget(profileId: string): void {
    this.write(profileId, NOTHING);
  }

  private read(profileId: string): Recent {
    try {
      const { queries, titleIds } = JSON.parse(this.storage.getItem(keyOf(profileId)) ?? "{}") as Partial<Recent>;
      return { queries: words(queries), titleIds: words(titleIds) };
    } catch {
      return NOTHING;
    }
  }

  private write(profileId: string, recent: Recent): void {
    this.known.set(profileId, recent);
    try {
      this.storage.setItem(keyOf(profileId), JSON.stringify(recent));
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
function words(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
}

/** What was searched for and looked at in this browser. */
export const recent = new RecentSearches(window.localStorage);
