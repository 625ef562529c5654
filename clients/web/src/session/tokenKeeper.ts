/** An access token and when it ends, in milliseconds of the epoch. */
export interface Access {
  accessToken: string;
  expires: number;
}

/** The tokens that a log-in or an exchange returns. */
export interface Tokens extends Access {
  refreshToken: string;
}

/** What is asked for in an exchange. */
export interface Exchange {
  refreshToken: string;
  /** The profile that the access token is to speak for; empty for the one that was selected last. */
  profileId: string;
  requestId: string;
}

export interface TokenKeeperNeeds {
  /** Outlives the browser; used when the viewer wants to stay signed in. */
  lasting: Storage;
  /** Ends with the tab. */
  passing: Storage;
  /** Exchanges a refresh token for the next tokens. */
  exchange: (request: Exchange) => Promise<Tokens>;
  newRequestId: () => string;
  /** Whether a failed exchange means that the viewer is signed out, rather than that the network is. */
  isFinal: (failure: unknown) => boolean;
  /** Whether a failed exchange means that the profile no longer exists. */
  isProfileGone: (failure: unknown) => boolean;
  /** Runs one tab's work at a time. */
  exclusively: <T>(work: () => Promise<T>) => Promise<T>;
  now: () => number;
}

const KEY = "marquee.refresh-token";
const PROFILE_KEY = "marquee.profile";

/** Renewing a little early spares the call that would have been refused. */
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
    return this.needs.lasting.getItem(KEY) ?? this.needs.passing.getItem(KEY) ?? undefined;
  }

  /** The profile of this tab; undefined until one is bound to it. */
  get profileId(): string | undefined {
    return this.needs.passing.getItem(PROFILE_KEY) ?? undefined;
  }

  /** Whether a viewer is signed in here, as far as this browser knows. */
  holdsTokens(): boolean {
    return this.refreshToken !== undefined;
  }

  /** Returns an access token that is good for the next call; undefined when signed out. */
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

  /** Takes the tokens of a log-in. No profile is bound to the tab yet. */
  signIn(tokens: Tokens, stay: boolean): void {
    this.forget();
    (stay ? this.needs.lasting : this.needs.passing).setItem(KEY, tokens.refreshToken);
    this.access = tokens;
  }

  /** Binds a profile to this tab, with an access token of it where there is a new one. */
  bindProfile(profileId: string, access?: Access): void {
    this.needs.passing.setItem(PROFILE_KEY, profileId);
    if (access) this.access = access;
  }

  /** Forgets everything. */
  forget(): void {
    this.access = undefined;
    this.needs.lasting.removeItem(KEY);
    this.needs.passing.removeItem(KEY);
    this.needs.passing.removeItem(PROFILE_KEY);
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
      const spent = this.refreshToken;
      if (spent === undefined) return undefined;
      try {
        const next = await this.exchangeAs(spent, this.profileId ?? "");
        const home = this.needs.lasting.getItem(KEY) === null ? this.needs.passing : this.needs.lasting;
        home.setItem(KEY, next.refreshToken);
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

  /** Exchanges a refresh token for tokens of a profile; where that is gone, for those of the one selected last. */
  private async exchangeAs(refreshToken: string, profileId: string): Promise<Tokens> {
    if (this.latest?.refreshToken !== refreshToken || this.latest.profileId !== profileId) {
      this.latest = { refreshToken, profileId, requestId: this.needs.newRequestId() };
    }
    try {
      return await this.needs.exchange(this.latest);
    } catch (failure) {
      if (profileId === "" || !this.needs.isProfileGone(failure)) throw failure;
      this.needs.passing.removeItem(PROFILE_KEY);
      this.profileGoneListeners.forEach((listener) => listener());
      return this.exchangeAs(refreshToken, "");
    }
  }
}
