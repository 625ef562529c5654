/** What an exchange of a refresh token answers. */
export interface Tokens {
  accessToken: string;
  refreshToken: string;
  /** When the access token ends, in milliseconds of the epoch. */
  expires: number;
}

export interface TokenKeeperNeeds {
  /** Outlives the browser; used when the viewer wants to stay signed in. */
  lasting: Storage;
  /** Ends with the tab. */
  passing: Storage;
  /** Buys the next tokens. */
  exchange: (refreshToken: string) => Promise<Tokens>;
  /** Whether a failed exchange means that the viewer is signed out, rather than that the network is. */
  isFinal: (failure: unknown) => boolean;
  /** Runs one tab's work at a time. */
  exclusively: <T>(work: () => Promise<T>) => Promise<T>;
  now: () => number;
}

const KEY = "marquee.refresh-token";

/** Renewing a little early spares the call that would have been refused. */
const MARGIN_MS = 30_000;

/**
 * Keeps the access token in memory and the refresh token in storage, and renews them.
 *
 * Refresh tokens are used once: tabs that share one take turns, and each reads what the last one stored.
 */
export class TokenKeeper {
  private access: { token: string; expires: number } | undefined;
  private renewing: Promise<string | undefined> | undefined;
  private readonly listeners = new Set<() => void>();

  constructor(private readonly needs: TokenKeeperNeeds) {}

  /** The refresh token, if the viewer is signed in. */
  get refreshToken(): string | undefined {
    return this.needs.lasting.getItem(KEY) ?? this.needs.passing.getItem(KEY) ?? undefined;
  }

  /** Whether a viewer is signed in here, as far as this browser knows. */
  holdsTokens(): boolean {
    return this.refreshToken !== undefined;
  }

  /** An access token that is good for the next call; undefined when signed out. */
  async current(): Promise<string | undefined> {
    if (this.access && this.access.expires - MARGIN_MS > this.needs.now()) return this.access.token;
    return this.renew(this.access?.token);
  }

  /** An access token other than `stale`; undefined when signed out. Callers that come together share one exchange. */
  async renew(stale: string | undefined): Promise<string | undefined> {
    if (this.access && this.access.token !== stale) return this.access.token;
    this.renewing ??= this.exchange().finally(() => (this.renewing = undefined));
    return this.renewing;
  }

  /** Takes the tokens of a log-in. */
  signIn(tokens: Tokens, stay: boolean): void {
    this.forget();
    (stay ? this.needs.lasting : this.needs.passing).setItem(KEY, tokens.refreshToken);
    this.access = { token: tokens.accessToken, expires: tokens.expires };
  }

  /** Takes the access token of another profile; the refresh token stays. */
  useProfile(token: string, expires: number): void {
    this.access = { token, expires };
  }

  /** Forgets everything. */
  forget(): void {
    this.access = undefined;
    this.needs.lasting.removeItem(KEY);
    this.needs.passing.removeItem(KEY);
  }

  /** Calls `listener` when the platform has ended the log-in. */
  onSignedOut(listener: () => void): void {
    this.listeners.add(listener);
  }

  private async exchange(): Promise<string | undefined> {
    return this.needs.exclusively(async () => {
      const spent = this.refreshToken;
      if (spent === undefined) return undefined;
      try {
        const next = await this.needs.exchange(spent);
        const home = this.needs.lasting.getItem(KEY) === null ? this.needs.passing : this.needs.lasting;
        home.setItem(KEY, next.refreshToken);
        this.access = { token: next.accessToken, expires: next.expires };
        return next.accessToken;
      } catch (failure) {
        if (!this.needs.isFinal(failure)) throw failure;
        this.forget();
        this.listeners.forEach((listener) => listener());
        return undefined;
      }
    });
  }
}
