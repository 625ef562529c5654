/** An access token and its expiry time, in milliseconds since the epoch. */
export interface Access {
  accessToken: string;
  expires: number;
}

/** The tokens that a log-in or an exchange returns. */
export interface Tokens extends Access {
  refreshToken: string;
}

/** The request of an exchange. */
export interface Exchange {
  refreshToken: string;
  /** The profile that the access token is for; empty for the profile that was selected last. */
  profileId: string;
  requestId: string;
}

export interface TokenKeeperNeeds {
  /** Is kept after the browser closes; used if the viewer wants to stay signed in. */
  browserStorage: Storage;
  /** Is cleared when the tab closes. */
  tabStorage: Storage;
  /** Exchanges a refresh token for the next tokens. */
  exchange: (request: Exchange) => Promise<Tokens>;
  newRequestId: () => string;
  /** Whether a failed exchange means that the viewer is signed out, and not that the network is down. */
  isFinal: (failure: unknown) => boolean;
  /** Whether a failed exchange means that the profile no longer exists. */
  isProfileGone: (failure: unknown) => boolean;
  /** Runs the work of one tab at a time. */
  exclusively: <T>(work: () => Promise<T>) => Promise<T>;
  now: () => number;
}

const KEY = "marquee.refresh-token";
const PROFILE_KEY = "marquee.profile";

/** The keeper renews a token this long before it expires, so that the platform refuses no call. */
const MARGIN_MS = 30_000;

/**
 * Keeps the access token in memory and the refresh token in storage, and renews them.
 *
 * Refresh tokens are used once: tabs that share one take turns, and each reads what the last one stored. Each tab keeps
 * its own profile and names it in every exchange, whichever profile another tab has selected.
 */
export class TokenKeeper {
  private access: Access | undefined;
  private renewing: Promise<string | undefined> | undefined;
  /** The latest exchange. Trying it again under the same id returns the same tokens if only the response was lost. */
  private latest: Exchange | undefined;
  private readonly signedOutListeners = new Set<() => void>();
  private readonly profileGoneListeners = new Set<() => void>();

  constructor(private readonly needs: TokenKeeperNeeds) {}

  /** The refresh token, if the viewer is signed in. */
  get refreshToken(): string | undefined {
    return this.needs.browserStorage.getItem(KEY) ?? this.needs.tabStorage.getItem(KEY) ?? undefined;
  }

  /** The profile of this tab; undefined until one is bound to it. */
  get profileId(): string | undefined {
    return this.needs.tabStorage.getItem(PROFILE_KEY) ?? undefined;
  }

  /** Whether a viewer is signed in here, as far as this browser knows. */
  holdsTokens(): boolean {
    return this.refreshToken !== undefined;
  }

  /** Returns an access token that is valid for the next call; undefined when signed out. */
  async current(): Promise<string | undefined> {
    if (this.access && this.access.expires - MARGIN_MS > this.needs.now()) return this.access.accessToken;
    return this.renew(this.access?.accessToken);
  }

  /** Returns an access token other than `stale`; undefined when signed out. Concurrent callers share one exchange. */
  async renew(stale: string | undefined): Promise<string | undefined> {
    if (this.access && this.access.accessToken !== stale) return this.access.accessToken;
    this.renewing ??= this.exchange().finally(() => (this.renewing = undefined));
    return this.renewing;
  }

  /** Stores the tokens of a log-in. No profile is bound to the tab yet. */
  signIn(tokens: Tokens, stay: boolean): void {
    this.forget();
    (stay ? this.needs.browserStorage : this.needs.tabStorage).setItem(KEY, tokens.refreshToken);
    this.access = tokens;
  }

  /** Binds a profile to this tab, and stores a new access token for it if there is one. */
  bindProfile(profileId: string, access?: Access): void {
    this.needs.tabStorage.setItem(PROFILE_KEY, profileId);
    if (access) this.access = access;
  }

  /** Deletes the tokens and the profile of this tab. */
  forget(): void {
    this.access = undefined;
    this.needs.browserStorage.removeItem(KEY);
    this.needs.tabStorage.removeItem(KEY);
    this.needs.tabStorage.removeItem(PROFILE_KEY);
  }

  /** Calls `listener` when the platform has ended the log-in. */
  onSignedOut(listener: () => void): void {
    this.signedOutListeners.add(listener);
  }

  /** Calls `listener` when the profile of this tab no longer exists. */
  onProfileGone(listener: () => void): void {
    this.profileGoneListeners.add(listener);
  }

  private async exchange(): Promise<string | undefined> {
    return this.needs.exclusively(async () => {
      const refreshToken = this.refreshToken;
      if (refreshToken === undefined) return undefined;
      try {
        const next = await this.exchangeAs(refreshToken, this.profileId ?? "");
        const storage =
          this.needs.browserStorage.getItem(KEY) === null ? this.needs.tabStorage : this.needs.browserStorage;
        storage.setItem(KEY, next.refreshToken);
        this.access = next;
        return next.accessToken;
      } catch (failure) {
        if (!this.needs.isFinal(failure)) throw failure;
        this.forget();
        this.signedOutListeners.forEach((listener) => listener());
        return undefined;
      }
    });
  }

  /** Exchanges a refresh token for tokens of a profile; if that is gone, for tokens of the profile selected last. */
  private async exchangeAs(refreshToken: string, profileId: string): Promise<Tokens> {
    if (this.latest?.refreshToken !== refreshToken || this.latest.profileId !== profileId) {
      this.latest = { refreshToken, profileId, requestId: this.needs.newRequestId() };
    }
    try {
      return await this.needs.exchange(this.latest);
    } catch (failure) {
      if (profileId === "" || !this.needs.isProfileGone(failure)) throw failure;
      this.needs.tabStorage.removeItem(PROFILE_KEY);
      this.profileGoneListeners.forEach((listener) => listener());
      return this.exchangeAs(refreshToken, "");
    }
  }
}
